//! SQL of what browsers keep in rooms.

use rusqlite::named_params;

use super::tx::Tx;
use crate::model::{CookieKey, RoomId, Visit};
use crate::store::{StoreError, VisitsRead, VisitsWrite};

impl VisitsRead for Tx<'_> {
    fn visit(&self, room: RoomId, cookie: CookieKey) -> Result<Visit, StoreError> {
        let found = self.find(
            "select guest_id, email_id, password_hash
             from visit
             where room_id = :room and cookie_key = :cookie",
            named_params! { ":room": room.0, ":cookie": cookie.to_hex() },
            |row| {
                Ok(Visit {
                    guest_id: row.get(0)?,
                    email_id: row.get(1)?,
                    password_hash: row.get(2)?,
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }
}

impl VisitsWrite for Tx<'_> {
    fn set_visit(
        &self,
        room: RoomId,
        cookie: CookieKey,
        visit: &Visit,
        at: i64,
    ) -> Result<(), StoreError> {
        self.execute(
            "insert into visit (room_id, cookie_key, guest_id, email_id, password_hash, visited_at)
             values (:room, :cookie, :guest, :email, :password_hash, :at)
             on conflict (room_id, cookie_key) do update
             set guest_id = :guest, email_id = :email, password_hash = :password_hash, visited_at = :at",
            named_params! {
                ":room": room.0,
                ":cookie": cookie.to_hex(),
                ":guest": visit.guest_id,
                ":email": visit.email_id,
                ":password_hash": visit.password_hash,
                ":at": at,
            },
        )
    }

    fn delete_visits_before(&self, before: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from visit
             where visited_at < :before
               and not exists (select 1 from session
                               where session.room_id = visit.room_id
                                 and session.cookie_key = visit.cookie_key)",
            named_params! { ":before": before },
        )
    }
}
