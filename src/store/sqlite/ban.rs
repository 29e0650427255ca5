//! SQL of bans.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, Ban, BanTarget, BannedKind, RoomId};
use crate::store::{BansRead, BansWrite, StoreError};

/// The columns that `read_ban` reads, in its order.
macro_rules! select_ban {
    ($rest:literal) => {
        concat!(
            "select id, room_id, moderator_type, moderator_id, moderator_name, banned_type, banned_id,
               banned_name, banned_at, note
             from ban ",
            $rest
        )
    };
}

fn read_ban(row: &Row<'_>) -> Result<Ban, StoreError> {
    let (moderator, banned): (String, String) = (row.get(2)?, row.get(5)?);
    Ok(Ban {
        id: row.get(0)?,
        room: RoomId(row.get(1)?),
        moderator: Actor {
            kind: known(
                "ban.moderator_type",
                ActorKind::from_wire(&moderator),
                &moderator,
            )?,
            id: row.get(3)?,
        },
        moderator_name: row.get(4)?,
        banned: BanTarget {
            kind: known("ban.banned_type", BannedKind::from_wire(&banned), &banned)?,
            id: row.get(6)?,
        },
        banned_name: row.get(7)?,
        banned_at: row.get(8)?,
        note: row.get(9)?,
    })
}

impl BansRead for Tx<'_> {
    fn find_ban(&self, room: RoomId, target: &BanTarget) -> Result<Option<Ban>, StoreError> {
        self.find(
            select_ban!("where room_id = :room and banned_type = :type and banned_id = :id"),
            named_params! { ":room": room.0, ":type": target.kind.wire(), ":id": target.id },
            read_ban,
        )
    }

    fn bans(&self, room: RoomId) -> Result<Vec<Ban>, StoreError> {
        self.list(
            select_ban!("where room_id = :room order by id"),
            named_params! { ":room": room.0 },
            read_ban,
        )
    }

    fn has_bans(&self, room: RoomId) -> Result<bool, StoreError> {
        let found = self.number(
            "select exists (select 1 from ban where room_id = :room)",
            named_params! { ":room": room.0 },
        )?;
        Ok(found != 0)
    }
}

impl BansWrite for Tx<'_> {
    fn insert_ban(&self, ban: Ban) -> Result<Ban, StoreError> {
        self.execute(
            "insert into ban (room_id, moderator_type, moderator_id, moderator_name, banned_type, banned_id,
               banned_name, banned_at, note)
             values (:room, :moderator_type, :moderator_id, :moderator_name, :banned_type, :banned_id,
               :banned_name, :banned_at, :note)",
            named_params! {
                ":room": ban.room.0,
                ":moderator_type": ban.moderator.kind.wire(),
                ":moderator_id": ban.moderator.id,
                ":moderator_name": ban.moderator_name,
                ":banned_type": ban.banned.kind.wire(),
                ":banned_id": ban.banned.id,
                ":banned_name": ban.banned_name,
                ":banned_at": ban.banned_at,
                ":note": ban.note,
            },
        )?;
        Ok(Ban {
            id: self.0.last_insert_rowid(),
            ..ban
        })
    }

    fn delete_ban(&self, room: RoomId, id: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from ban where id = :id and room_id = :room",
            named_params! { ":id": id, ":room": room.0 },
        )
    }

    fn rename_in_bans(&self, user: &str, name: &str) -> Result<(), StoreError> {
        let params = named_params! { ":user": user, ":name": name };
        self.execute(
            "update ban set banned_name = :name where banned_type = 'users' and banned_id = :user",
            params,
        )?;
        self.execute(
            "update ban set moderator_name = :name
             where moderator_type = 'users' and moderator_id = :user",
            params,
        )
    }
}
