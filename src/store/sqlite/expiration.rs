//! SQL of messages whose time is over.

use rusqlite::named_params;

use super::message::{key, split};
use super::tx::Tx;
use crate::model::{MessageId, RoomId};
use crate::store::{ExpirationsRead, ExpirationsWrite, NoticesWrite, StoreError};

impl ExpirationsRead for Tx<'_> {
    fn expired_messages(
        &self,
        now: i64,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError> {
        self.list(
            "select key from message where expires_at <= :now order by expires_at limit :limit",
            named_params! { ":now": now, ":limit": limit },
            |row| Ok(split(row.get(0)?)),
        )
    }
}

impl ExpirationsWrite for Tx<'_> {
    fn delete_message(&self, room: RoomId, id: MessageId) -> Result<(), StoreError> {
        self.text_changed(room, id, id)?;
        self.delete_notices_about(room, id)?;
        for sql in [
            "delete from reminder where room_id = :room and message_id = :message",
            "delete from pin where room_id = :room and message_id = :message",
        ] {
            self.execute(sql, named_params! { ":room": room.0, ":message": id.0 })?;
        }
        self.execute(
            "delete from message where key = :key",
            named_params! { ":key": key(room, id) },
        )
    }
}
