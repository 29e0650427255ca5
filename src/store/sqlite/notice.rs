//! SQL of notices and reminders.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, MessageId, Notice, NoticeKind, RoomId, UserId};
use crate::store::{NoticesRead, NoticesWrite, Reminder, StoreError};

fn read_notice(row: &Row<'_>) -> Result<Notice, StoreError> {
    let (kind, actor_kind): (String, String) = (row.get(4)?, row.get(5)?);
    let actor = match actor_kind.as_str() {
        "" => None,
        word => Some(Actor {
            kind: known("notification.actor_type", ActorKind::from_wire(word), word)?,
            id: row.get(6)?,
        }),
    };
    Ok(Notice {
        id: row.get(0)?,
        user: UserId(row.get(1)?),
        room: RoomId(row.get(2)?),
        message: MessageId(row.get(3)?),
        kind: known("notification.kind", NoticeKind::from_wire(&kind), &kind)?,
        actor,
        detail: row.get(7)?,
        at: row.get(8)?,
    })
}

fn read_reminder(row: &Row<'_>) -> Result<Reminder, StoreError> {
    Ok(Reminder {
        user: UserId(row.get(0)?),
        room: RoomId(row.get(1)?),
        message: MessageId(row.get(2)?),
        at: row.get(3)?,
    })
}

/// The number of an account, by its id in lower case.
fn account_key(user: &UserId) -> String {
    user.as_str().to_ascii_lowercase()
}

impl NoticesRead for Tx<'_> {
    fn notices_of(&self, user: &UserId, limit: u32) -> Result<Vec<Notice>, StoreError> {
        self.list(
            "select n.id, u.id, n.room_id, n.message_id, n.kind, n.actor_type, n.actor_id, n.detail,
               n.created_at
             from notification n join user u on u.number = n.user_number
             where u.id_key = :key
             order by n.id desc
             limit :limit",
            named_params! { ":key": account_key(user), ":limit": limit },
            read_notice,
        )
    }

    fn notices_about(&self, room: RoomId, message: MessageId) -> Result<Vec<Notice>, StoreError> {
        self.list(
            "select n.id, u.id, n.room_id, n.message_id, n.kind, n.actor_type, n.actor_id, n.detail,
               n.created_at
             from notification n join user u on u.number = n.user_number
             where n.room_id = :room and n.message_id = :message
             order by n.id",
            named_params! { ":room": room.0, ":message": message.0 },
            read_notice,
        )
    }

    fn has_notices(&self, user: &UserId, room: RoomId) -> Result<bool, StoreError> {
        let found = self.number(
            "select exists (select 1 from notification
                            where room_id = :room
                              and user_number = (select number from user where id_key = :key))",
            named_params! { ":room": room.0, ":key": account_key(user) },
        )?;
        Ok(found != 0)
    }

    fn find_reminder(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<Option<Reminder>, StoreError> {
        self.find(
            "select u.id, r.room_id, r.message_id, r.remind_at
             from reminder r join user u on u.number = r.user_number
             where u.id_key = :key and r.room_id = :room and r.message_id = :message",
            named_params! { ":key": account_key(user), ":room": room.0, ":message": message.0 },
            read_reminder,
        )
    }

    fn reminders_of(&self, user: &UserId, limit: u32) -> Result<Vec<Reminder>, StoreError> {
        self.list(
            "select u.id, r.room_id, r.message_id, r.remind_at
             from reminder r join user u on u.number = r.user_number
             where u.id_key = :key
             order by r.remind_at, r.message_id
             limit :limit",
            named_params! { ":key": account_key(user), ":limit": limit },
            read_reminder,
        )
    }

    fn due_reminders(&self, now: i64, limit: u32) -> Result<Vec<Reminder>, StoreError> {
        self.list(
            "select u.id, r.room_id, r.message_id, r.remind_at
             from reminder r join user u on u.number = r.user_number
             where r.remind_at <= :now
             order by r.remind_at
             limit :limit",
            named_params! { ":now": now, ":limit": limit },
            read_reminder,
        )
    }
}

impl NoticesWrite for Tx<'_> {
    fn insert_notice(&self, notice: &Notice) -> Result<(), StoreError> {
        let actor = notice.actor.as_ref();
        self.execute(
            "insert into notification (user_number, room_id, message_id, kind, actor_type, actor_id, detail,
               created_at)
             select number, :room, :message, :kind, :actor_type, :actor_id, :detail, :at
             from user
             where id_key = :key",
            named_params! {
                ":key": account_key(&notice.user),
                ":room": notice.room.0,
                ":message": notice.message.0,
                ":kind": notice.kind.wire(),
                ":actor_type": actor.map_or("", |actor| actor.kind.wire()),
                ":actor_id": actor.map_or("", |actor| actor.id.as_str()),
                ":detail": notice.detail,
                ":at": notice.at,
            },
        )
    }

    fn delete_notices(
        &self,
        room: RoomId,
        user: Option<&UserId>,
        kinds: &[NoticeKind],
    ) -> Result<(), StoreError> {
        let key = user.map(account_key);
        for kind in kinds {
            self.execute(
                "delete from notification
                 where room_id = :room and kind = :kind
                   and (:key is null or user_number = (select number from user where id_key = :key))",
                named_params! { ":room": room.0, ":kind": kind.wire(), ":key": key },
            )?;
        }
        Ok(())
    }

    fn delete_notices_about(&self, room: RoomId, message: MessageId) -> Result<(), StoreError> {
        self.execute(
            "delete from notification where room_id = :room and message_id = :message",
            named_params! { ":room": room.0, ":message": message.0 },
        )
    }

    fn delete_notice(&self, user: &UserId, id: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from notification
             where id = :id and user_number = (select number from user where id_key = :key)",
            named_params! { ":id": id, ":key": account_key(user) },
        )
    }

    fn keep_notices(&self, user: &UserId, newest: u32) -> Result<(), StoreError> {
        self.execute(
            "delete from notification
             where user_number = (select number from user where id_key = :key)
               and id <= (select id from notification
                          where user_number = (select number from user where id_key = :key)
                          order by id desc limit 1 offset :newest)",
            named_params! { ":key": account_key(user), ":newest": newest },
        )
    }

    fn set_reminder(&self, reminder: &Reminder) -> Result<(), StoreError> {
        self.execute(
            "insert into reminder (user_number, room_id, message_id, remind_at)
             select number, :room, :message, :at from user where id_key = :key
             on conflict (user_number, room_id, message_id) do update set remind_at = :at",
            named_params! {
                ":key": account_key(&reminder.user),
                ":room": reminder.room.0,
                ":message": reminder.message.0,
                ":at": reminder.at,
            },
        )
    }

    fn delete_reminder(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<(), StoreError> {
        self.execute(
            "delete from reminder
             where user_number = (select number from user where id_key = :key)
               and room_id = :room and message_id = :message",
            named_params! { ":key": account_key(user), ":room": room.0, ":message": message.0 },
        )
    }
}
