//! SQL of notices and reminders.

use std::collections::BTreeSet;

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, Message, MessageId, Notice, NoticeKind, RoomId, UserId};
use crate::store::{NoticesRead, NoticesWrite, Reminder, StoreError};

pub(super) fn read_notice(row: &Row<'_>) -> Result<Notice, StoreError> {
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

    fn find_notice(&self, user: &UserId, id: i64) -> Result<Option<Notice>, StoreError> {
        self.find(
            "select n.id, u.id, n.room_id, n.message_id, n.kind, n.actor_type, n.actor_id, n.detail,
               n.created_at
             from notification n join user u on u.number = n.user_number
             where n.id = :id and u.id_key = :key",
            named_params! { ":id": id, ":key": account_key(user) },
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

    fn has_notices(
        &self,
        user: &UserId,
        room: RoomId,
        kinds: &[NoticeKind],
    ) -> Result<bool, StoreError> {
        let there = self.list(
            "select distinct kind from notification
             where room_id = :room
               and user_number = (select number from user where id_key = :key)",
            named_params! { ":room": room.0, ":key": account_key(user) },
            |row| {
                let kind: String = row.get(0)?;
                known("notification.kind", NoticeKind::from_wire(&kind), &kind)
            },
        )?;
        Ok(there.iter().any(|kind| kinds.contains(kind)))
    }

    fn newest_notice(&self) -> Result<i64, StoreError> {
        self.number("select coalesce(max(id), 0) from notification", [])
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
        // One row of values, not `select`: for that SQLite opens a savepoint of its own, and closing
        // it takes the longer the more this transaction wrote. Ignored if the account is gone.
        self.execute(
            "insert or ignore into notification (user_number, room_id, message_id, kind, actor_type, actor_id,
               detail, created_at)
             values ((select number from user where id_key = :key), :room, :message, :kind, :actor_type,
               :actor_id, :detail, :at)",
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
        for kind in kinds {
            match user {
                // Apart from the other: it finds the account's few among those of thousands.
                Some(user) => self.execute(
                    "delete from notification
                     where room_id = :room and kind = :kind
                       and user_number = (select number from user where id_key = :key)",
                    named_params! {
                        ":room": room.0, ":kind": kind.wire(), ":key": account_key(user),
                    },
                )?,
                None => self.execute(
                    "delete from notification where room_id = :room and kind = :kind",
                    named_params! { ":room": room.0, ":kind": kind.wire() },
                )?,
            }
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

    fn delete_reaction_notice(
        &self,
        message: &Message,
        reactor: &Actor,
        emoji: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "delete from notification
             where room_id = :room and message_id = :message and kind = 'reaction'
               and user_number = (select number from user where id_key = :key)
               and actor_type = :actor_type and actor_id = :actor_id and detail = :emoji",
            named_params! {
                ":room": message.room.0,
                ":message": message.id.0,
                ":key": message.actor.id.to_ascii_lowercase(),
                ":actor_type": reactor.kind.wire(),
                ":actor_id": reactor.id,
                ":emoji": emoji,
            },
        )
    }

    fn delete_all_notices(&self, user: &UserId) -> Result<(), StoreError> {
        self.execute(
            "delete from notification
             where user_number = (select number from user where id_key = :key)",
            named_params! { ":key": account_key(user) },
        )
    }

    fn keep_newest_notices(&self, after: i64, batch: u32, newest: u32) -> Result<i64, StoreError> {
        let next: Vec<(i64, i64)> = self.list(
            "select id, user_number from notification where id > :after order by id limit :batch",
            named_params! { ":after": after, ":batch": batch },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let accounts: BTreeSet<i64> = next.iter().map(|(_, account)| *account).collect();
        for account in accounts {
            self.execute(
                "delete from notification
                 where user_number = :account
                   and id <= (select id from notification
                              where user_number = :account
                              order by id desc limit 1 offset :newest)",
                named_params! { ":account": account, ":newest": newest },
            )?;
        }
        Ok(next.last().map_or(after, |(id, _)| *id))
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

    fn delete_reminders(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from reminder where room_id = :room",
            named_params! { ":room": room.0 },
        )
    }
}
