//! SQL of open rooms in browsers.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{AttendeeId, CallFlags, CookieKey, RoomId, Session, SessionId, UserId};
use crate::store::{NewSession, SessionsRead, SessionsWrite, StoreError};

/// The columns that `read_session` reads, in its order.
macro_rules! select_session {
    ($rest:literal) => {
        concat!(
            "select id, room_id, attendee_id, session_id, cookie_key, last_ping_at, active, in_call from session ",
            $rest
        )
    };
}

fn read_session(row: &Row<'_>) -> Result<Session, StoreError> {
    let cookie: String = row.get(4)?;
    let mut key = [0; 16];
    known(
        "session.cookie_key",
        hex::decode_to_slice(&cookie, &mut key).ok(),
        "(secret)",
    )?;
    Ok(Session {
        row: row.get(0)?,
        room: RoomId(row.get(1)?),
        attendee: AttendeeId(row.get(2)?),
        id: SessionId(row.get(3)?),
        cookie: CookieKey(key),
        last_ping_at: row.get(5)?,
        active: row.get(6)?,
        in_call: CallFlags(row.get(7)?),
    })
}

impl SessionsRead for Tx<'_> {
    fn find_session(&self, room: RoomId, cookie: CookieKey) -> Result<Option<Session>, StoreError> {
        self.find(
            select_session!("where room_id = :room and cookie_key = :cookie"),
            named_params! { ":room": room.0, ":cookie": cookie.to_hex() },
            read_session,
        )
    }

    fn sessions(&self, room: RoomId) -> Result<Vec<Session>, StoreError> {
        self.list(
            select_session!("where room_id = :room order by id"),
            named_params! { ":room": room.0 },
            read_session,
        )
    }

    fn sessions_of(&self, attendee: AttendeeId) -> Result<Vec<Session>, StoreError> {
        self.list(
            select_session!("where attendee_id = :attendee order by id"),
            named_params! { ":attendee": attendee.0 },
            read_session,
        )
    }

    fn find_session_by_id(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.find(
            select_session!("where session_id = :id"),
            named_params! { ":id": id.0 },
            read_session,
        )
    }

    fn sessions_in_call(&self, room: RoomId) -> Result<Vec<Session>, StoreError> {
        self.list(
            select_session!("where room_id = :room and in_call <> 0 order by id"),
            named_params! { ":room": room.0 },
            read_session,
        )
    }

    fn is_in_call(&self, user: &UserId) -> Result<bool, StoreError> {
        let found = self.number(
            "select exists (select 1 from attendee a join session s on s.attendee_id = a.id
                            where a.actor_type = 'users' and a.actor_id = :user and s.in_call <> 0)",
            named_params! { ":user": user.as_str() },
        )?;
        Ok(found != 0)
    }

    fn silent_sessions(&self, since: i64, limit: u32) -> Result<Vec<Session>, StoreError> {
        self.list(
            select_session!("where last_ping_at <= :since order by last_ping_at limit :limit"),
            named_params! { ":since": since, ":limit": limit },
            read_session,
        )
    }

    fn sessions_of_cookie(&self, cookie: CookieKey) -> Result<Vec<Session>, StoreError> {
        self.list(
            select_session!("where cookie_key = :cookie order by id"),
            named_params! { ":cookie": cookie.to_hex() },
            read_session,
        )
    }
}

impl SessionsWrite for Tx<'_> {
    fn insert_session(&self, session: &NewSession) -> Result<(), StoreError> {
        self.execute(
            "insert into session (room_id, attendee_id, session_id, cookie_key, last_ping_at)
             values (:room, :attendee, :session, :cookie, :last_ping)",
            named_params! {
                ":room": session.room.0,
                ":attendee": session.attendee.0,
                ":session": session.id.0,
                ":cookie": session.cookie.to_hex(),
                ":last_ping": session.last_ping_at,
            },
        )
    }

    fn set_session_active(&self, row: i64, active: bool) -> Result<(), StoreError> {
        self.execute(
            "update session set active = :active where id = :id",
            named_params! { ":id": row, ":active": active },
        )
    }

    fn set_session_in_call(&self, row: i64, flags: CallFlags) -> Result<(), StoreError> {
        self.execute(
            "update session set in_call = :flags where id = :id",
            named_params! { ":id": row, ":flags": flags.0 },
        )
    }

    fn delete_session(&self, row: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from session where id = :id",
            named_params! { ":id": row },
        )
    }

    fn raise_ping(&self, row: i64, at: i64) -> Result<(), StoreError> {
        self.execute(
            "update session set last_ping_at = :at where id = :id and last_ping_at < :at",
            named_params! { ":id": row, ":at": at },
        )
    }
}
