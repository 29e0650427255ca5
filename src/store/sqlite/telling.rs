//! SQL of what is left to tell.

use rusqlite::{Row, named_params};

use super::attendee::{read_attendee, select_attendee};
use super::notice::read_notice;
use super::tx::{Tx, known};
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, MessageId, Notice, NoticeKind, RoomId, UserId,
};
use crate::store::{StoreError, Telling, TellingsRead, TellingsWrite};

fn read_telling(row: &Row<'_>) -> Result<Telling, StoreError> {
    let (kind, actor_kind, except): (String, String, String) =
        (row.get(3)?, row.get(4)?, row.get(6)?);
    Ok(Telling {
        id: row.get(0)?,
        room: RoomId(row.get(1)?),
        message: MessageId(row.get(2)?),
        kind: known("telling.kind", NoticeKind::from_wire(&kind), &kind)?,
        actor: Actor {
            kind: known(
                "telling.actor_type",
                ActorKind::from_wire(&actor_kind),
                &actor_kind,
            )?,
            id: row.get(5)?,
        },
        except: known(
            "telling.except",
            serde_json::from_str(&except).ok(),
            &except,
        )?,
        after: row.get(7)?,
        up_to: AttendeeId(row.get(8)?),
        at: row.get(9)?,
    })
}

/// One member of a crowd after the other is asked for, so it goes through neither what others are told nor what else
/// the member is told: the plus keeps SQLite from the index that is in the order of the ids.
const TOLD_OF: &str =
    "select n.id, u.id, n.room_id, n.message_id, n.kind, n.actor_type, n.actor_id, n.detail,
       n.created_at
     from notification n join user u on u.number = n.user_number
     where n.room_id = :room and n.message_id = :message
       and n.user_number = (select number from user where id_key = :key)
     order by +n.id";

impl TellingsRead for Tx<'_> {
    fn next_telling(&self) -> Result<Option<Telling>, StoreError> {
        self.find(
            "select id, room_id, message_id, kind, actor_type, actor_id, except_ids, after_id, up_to, created_at
             from telling
             order by id
             limit 1",
            [],
            read_telling,
        )
    }

    fn accounts_after(
        &self,
        room: RoomId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Attendee>, StoreError> {
        self.list(
            select_attendee!(
                "where a.room_id = :room and a.actor_type = 'users' and a.actor_id > :after
                 order by a.actor_id
                 limit :limit"
            ),
            named_params! { ":room": room.0, ":after": after, ":limit": limit },
            |row| read_attendee(row, 0),
        )
    }

    fn told_of(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<Vec<Notice>, StoreError> {
        self.list(
            TOLD_OF,
            named_params! {
                ":room": room.0,
                ":message": message.0,
                ":key": user.as_str().to_ascii_lowercase(),
            },
            read_notice,
        )
    }

    fn newest_attendee(&self) -> Result<AttendeeId, StoreError> {
        self.number("select coalesce(max(id), 0) from attendee", [])
            .map(AttendeeId)
    }
}

impl TellingsWrite for Tx<'_> {
    fn insert_telling(&self, telling: &Telling) -> Result<(), StoreError> {
        let except = serde_json::to_string(&telling.except)
            .map_err(|error| StoreError::Database(error.to_string()))?;
        self.execute(
            "insert into telling (room_id, message_id, kind, actor_type, actor_id, except_ids, after_id, up_to,
               created_at)
             values (:room, :message, :kind, :actor_type, :actor_id, :except, :after, :up_to, :at)",
            named_params! {
                ":room": telling.room.0,
                ":message": telling.message.0,
                ":kind": telling.kind.wire(),
                ":actor_type": telling.actor.kind.wire(),
                ":actor_id": telling.actor.id,
                ":except": except,
                ":after": telling.after,
                ":up_to": telling.up_to.0,
                ":at": telling.at,
            },
        )
    }

    fn move_telling(&self, id: i64, after: &str) -> Result<(), StoreError> {
        self.execute(
            "update telling set after_id = :after where id = :id",
            named_params! { ":id": id, ":after": after },
        )
    }

    fn delete_telling(&self, id: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from telling where id = :id",
            named_params! { ":id": id },
        )
    }

    fn delete_tellings(&self, room: RoomId, kind: NoticeKind) -> Result<(), StoreError> {
        self.execute(
            "delete from telling where room_id = :room and kind = :kind",
            named_params! { ":room": room.0, ":kind": kind.wire() },
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::TOLD_OF;
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn what_one_account_is_told_is_found_without_looking_at_the_others() {
        let db = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&db).unwrap();
        let plan = plan(&db, TOLD_OF);
        let index = "notification_room (room_id=? AND user_number=?)";
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
