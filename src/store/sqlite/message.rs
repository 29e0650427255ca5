//! SQL of messages. They are clustered by conversation: key = room id << 40 | message id.

use std::collections::HashMap;

use rusqlite::{Row, named_params};

use super::body;
use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, Body, Edit, Message, MessageId, RoomId, SharedKind};
use crate::store::{MessagesRead, MessagesWrite, NewMessage, Reaction, StoreError};

const ID_BITS: u32 = 40;

/// Where a message stands. Ids outside of what was ever given are pulled to the room's edges, so
/// that a client's number can never reach into another room.
pub(super) fn key(room: RoomId, id: MessageId) -> i64 {
    (room.0 << ID_BITS) | id.0.clamp(0, MessageId::MAX.0)
}

pub(super) fn split(key: i64) -> (RoomId, MessageId) {
    (RoomId(key >> ID_BITS), MessageId(key & MessageId::MAX.0))
}

/// The columns that `read_message` reads, in its order.
macro_rules! select_message {
    ($rest:literal) => {
        concat!(
            "select key, actor_type, actor_id, verb, body, created_at, parent_id, topmost_id, reference_id,
               expires_at, silent, can_mention_all, edited_at, editor_type, editor_id, reactions
             from message ",
            $rest
        )
    };
}
pub(super) use select_message;

/// Shared objects of a kind; the kinds are those of the index `message_shared`, word for word.
macro_rules! select_shared {
    () => {
        select_message!(
            "where verb = 'object_shared'
               and case json_extract(body, '$.parameters.objectType')
                     when 'geo-location' then 'location'
                     when 'deck-card' then 'deckcard'
                     when 'talk-poll' then 'poll'
                     else 'other'
                   end = :kind
               and key < :before and key > :first
               and (expires_at is null or expires_at > :now)
             order by key desc
             limit :limit"
        )
    };
}

pub(super) fn read_message(row: &Row<'_>) -> Result<Message, StoreError> {
    let (room, id) = split(row.get(0)?);
    let kind = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let kind = known("message.actor_type", ActorKind::from_wire(kind), kind)?;
    let verb = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Message {
        id,
        room,
        actor: Actor {
            kind,
            id: row.get(2)?,
        },
        created_at: row.get(5)?,
        body: body::read(verb, row.get(4)?)?,
        parent: row.get::<_, Option<i64>>(6)?.map(MessageId),
        topmost: row.get::<_, Option<i64>>(7)?.map(MessageId),
        reference_id: row.get(8)?,
        expires_at: row.get(9)?,
        silent: row.get(10)?,
        can_mention_all: row.get(11)?,
        edited: read_edit(row)?,
        reactions: row.get(15)?,
    })
}

fn read_edit(row: &Row<'_>) -> Result<Option<Edit>, StoreError> {
    let Some(at) = row.get(12)? else {
        return Ok(None);
    };
    let kind: String = row.get(13)?;
    Ok(Some(Edit {
        by: Actor {
            kind: known("message.editor_type", ActorKind::from_wire(&kind), &kind)?,
            id: row.get(14)?,
        },
        at,
    }))
}

impl MessagesRead for Tx<'_> {
    fn find_message(&self, room: RoomId, id: MessageId) -> Result<Option<Message>, StoreError> {
        if id <= MessageId::NONE || id > MessageId::MAX {
            return Ok(None);
        }
        self.find(
            select_message!("where key = :key"),
            named_params! { ":key": key(room, id) },
            read_message,
        )
    }

    fn room_of_message(&self, id: MessageId) -> Result<Option<RoomId>, StoreError> {
        self.find(
            "select room_id from message_room where id = :id",
            named_params! { ":id": id.0 },
            |row| Ok(RoomId(row.get(0)?)),
        )
    }

    fn messages_after(
        &self,
        room: RoomId,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.list(
            select_message!("where key > :after and key <= :last order by key limit :limit"),
            named_params! {
                ":after": key(room, after), ":last": key(room, MessageId::MAX), ":limit": limit,
            },
            read_message,
        )
    }

    fn messages_before(
        &self,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.list(
            select_message!("where key < :before and key > :first order by key desc limit :limit"),
            named_params! {
                ":before": key(room, before), ":first": key(room, MessageId::NONE), ":limit": limit,
            },
            read_message,
        )
    }

    fn shared_before(
        &self,
        room: RoomId,
        kind: SharedKind,
        before: MessageId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.list(
            select_shared!(),
            named_params! {
                ":kind": kind.wire(),
                ":before": key(room, before),
                ":first": key(room, MessageId::NONE),
                ":now": now,
                ":limit": limit,
            },
            read_message,
        )
    }

    fn newest_message(&self, room: RoomId) -> Result<MessageId, StoreError> {
        let newest = self.find(
            "select key from message where key <= :last and key > :first order by key desc limit 1",
            named_params! {
                ":first": key(room, MessageId::NONE), ":last": key(room, MessageId::MAX),
            },
            |row| Ok(split(row.get(0)?).1),
        )?;
        Ok(newest.unwrap_or(MessageId::NONE))
    }

    fn newest_id(&self) -> Result<MessageId, StoreError> {
        self.number("select coalesce(max(id), 0) from message_room", [])
            .map(MessageId)
    }

    fn chat_message_before(
        &self,
        room: RoomId,
        before: MessageId,
    ) -> Result<Option<MessageId>, StoreError> {
        self.find(
            "select key
             from message
             where key < :before and key > :first and verb in ('comment', 'object_shared')
             order by key desc
             limit 1",
            named_params! {
                ":before": key(room, before), ":first": key(room, MessageId::NONE),
            },
            |row| Ok(split(row.get(0)?).1),
        )
    }

    fn count_unread(&self, room: RoomId, marker: MessageId) -> Result<i64, StoreError> {
        self.number(
            "select count(*)
             from message
             where key > :marker and key <= :last and verb in ('comment', 'object_shared')",
            named_params! {
                ":marker": key(room, marker), ":last": key(room, MessageId::MAX),
            },
        )
    }

    fn reactions_to(&self, message: MessageId) -> Result<Vec<Reaction>, StoreError> {
        self.list(
            "select key, actor_type, actor_id, body, created_at
             from message
             where parent_id = :parent and verb = 'reaction'
             order by key",
            named_params! { ":parent": message.0 },
            |row| {
                let kind: String = row.get(1)?;
                Ok(Reaction {
                    row: split(row.get(0)?).1,
                    actor: Actor {
                        kind: known("message.actor_type", ActorKind::from_wire(&kind), &kind)?,
                        id: row.get(2)?,
                    },
                    emoji: row.get(3)?,
                    at: row.get(4)?,
                })
            },
        )
    }

    fn last_comments(&self, room: RoomId) -> Result<HashMap<Actor, MessageId>, StoreError> {
        let rows = self.list(
            "select actor_type, actor_id, last_comment_id from author where room_id = :room",
            named_params! { ":room": room.0 },
            |row| {
                let kind: String = row.get(0)?;
                let actor = Actor {
                    kind: known("author.actor_type", ActorKind::from_wire(&kind), &kind)?,
                    id: row.get(1)?,
                };
                Ok((actor, MessageId(row.get(2)?)))
            },
        )?;
        Ok(rows.into_iter().collect())
    }
}

impl MessagesWrite for Tx<'_> {
    fn insert_message(&self, message: &NewMessage) -> Result<MessageId, StoreError> {
        self.execute(
            "insert into message_room (room_id) values (:room)",
            named_params! { ":room": message.room.0 },
        )?;
        let id = MessageId(self.0.last_insert_rowid());
        let (verb, text) = body::write(&message.body)?;
        self.execute(
            "insert into message (key, actor_type, actor_id, verb, body, created_at, parent_id, topmost_id,
               reference_id, expires_at, silent, can_mention_all)
             values (:key, :actor_type, :actor_id, :verb, :body, :created_at, :parent, :topmost,
               :reference_id, :expires_at, :silent, :can_mention_all)",
            named_params! {
                ":key": key(message.room, id),
                ":actor_type": message.actor.kind.wire(),
                ":actor_id": message.actor.id,
                ":verb": verb,
                ":body": text,
                ":created_at": message.created_at,
                ":parent": message.parent.map(|parent| parent.0),
                ":topmost": message.topmost.map(|topmost| topmost.0),
                ":reference_id": message.reference_id,
                ":expires_at": message.expires_at,
                ":silent": message.silent,
                ":can_mention_all": message.can_mention_all,
            },
        )?;
        Ok(id)
    }

    fn replace_body(&self, room: RoomId, id: MessageId, body: &Body) -> Result<(), StoreError> {
        let (verb, text) = body::write(body)?;
        self.execute(
            "update message set verb = :verb, body = :body where key = :key",
            named_params! { ":key": key(room, id), ":verb": verb, ":body": text },
        )?;
        match body {
            Body::Text(_) | Body::Object(_) | Body::Deleted(_) => self.text_changed(room, id, id),
            Body::System(_) | Body::Reaction(_) | Body::ReactionRevoked => Ok(()),
        }
    }

    fn edit_body(
        &self,
        room: RoomId,
        id: MessageId,
        body: &Body,
        edit: &Edit,
    ) -> Result<(), StoreError> {
        self.replace_body(room, id, body)?;
        self.execute(
            "update message set edited_at = :at, editor_type = :type, editor_id = :id where key = :key",
            named_params! {
                ":key": key(room, id), ":at": edit.at, ":type": edit.by.kind.wire(), ":id": edit.by.id,
            },
        )
    }

    fn count_reaction(&self, room: RoomId, id: MessageId, by: i64) -> Result<(), StoreError> {
        self.execute(
            "update message set reactions = max(reactions + :by, 0) where key = :key",
            named_params! { ":key": key(room, id), ":by": by },
        )
    }

    fn delete_messages(&self, room: RoomId) -> Result<(), StoreError> {
        self.text_changed(room, MessageId::NONE, self.newest_message(room)?)?;
        self.execute(
            "delete from message where key > :first and key <= :last",
            named_params! {
                ":first": key(room, MessageId::NONE), ":last": key(room, MessageId::MAX),
            },
        )?;
        self.execute(
            "delete from author where room_id = :room",
            named_params! { ":room": room.0 },
        )
    }

    fn set_last_comment(
        &self,
        room: RoomId,
        author: &Actor,
        id: MessageId,
    ) -> Result<(), StoreError> {
        self.execute(
            "insert into author (room_id, actor_type, actor_id, last_comment_id)
             values (:room, :type, :actor, :id)
             on conflict (room_id, actor_type, actor_id) do update set last_comment_id = :id",
            named_params! {
                ":room": room.0, ":type": author.kind.wire(), ":actor": author.id, ":id": id.0,
            },
        )
    }

    fn forget_author(&self, author: &Actor) -> Result<(), StoreError> {
        let (kind, id) = (author.kind.wire(), author.id.as_str());
        let rooms = self.list(
            "select room_id from author where actor_type = :type and actor_id = :actor
             union
             select room_id from attendee where actor_type = :type and actor_id = :actor",
            named_params! { ":type": kind, ":actor": id },
            |row| Ok(RoomId(row.get(0)?)),
        )?;
        // No account has an empty name.
        const WRITTEN: &str = "update message set actor_id = ''
             where key > :first and key <= :last and actor_type = :type and actor_id = :actor";
        const DELETED: &str = "update message set body = json_set(body, '$.deleted_by_id', '')
             where key > :first and key <= :last and verb = 'comment_deleted'
               and json_extract(body, '$.deleted_by_type') = :type
               and json_extract(body, '$.deleted_by_id') = :actor";
        for room in rooms {
            for sql in [WRITTEN, DELETED] {
                self.execute(
                    sql,
                    named_params! {
                        ":first": key(room, MessageId::NONE),
                        ":last": key(room, MessageId::MAX),
                        ":type": kind,
                        ":actor": id,
                    },
                )?;
            }
        }
        self.execute(
            "update pin set pinner_id = '' where pinner_type = :type and pinner_id = :actor",
            named_params! { ":type": kind, ":actor": id },
        )?;
        self.execute(
            "delete from author where actor_type = :type and actor_id = :actor",
            named_params! { ":type": kind, ":actor": id },
        )
    }

    fn recompute_last_comment(&self, room: RoomId, author: &Actor) -> Result<(), StoreError> {
        let newest = self.find(
            "select key
             from message
             where key > :first and key <= :last and verb = 'comment'
               and actor_type = :type and actor_id = :actor
             order by key desc
             limit 1",
            named_params! {
                ":first": key(room, MessageId::NONE),
                ":last": key(room, MessageId::MAX),
                ":type": author.kind.wire(),
                ":actor": author.id,
            },
            |row| Ok(split(row.get(0)?).1),
        )?;
        match newest {
            Some(id) => self.set_last_comment(room, author, id),
            None => self.execute(
                "delete from author where room_id = :room and actor_type = :type and actor_id = :actor",
                named_params! {
                    ":room": room.0, ":type": author.kind.wire(), ":actor": author.id,
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn the_statements_of_every_request_are_served_by_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        for (sql, expected) in [
            (
                select_message!("where key > :a and key <= :b order by key limit 10"),
                "INTEGER PRIMARY KEY",
            ),
            (
                "select count(*) from message
                 where key > :m and key <= :l and verb in ('comment', 'object_shared')",
                "message_chat",
            ),
            (select_shared!(), "message_shared"),
            (
                select_message!("where topmost_id = :r and key > :a and key <= :l order by key limit 10"),
                "message_thread (topmost_id=? AND key>? AND key<?)",
            ),
            (
                "select message_id from pin where room_id = :room order by number desc limit 1",
                "pin_number",
            ),
            (
                "select id from scheduled_message where try_at <= :now order by try_at, id limit 10",
                "scheduled_message_due",
            ),
            (
                "select count(*) from attendee a
                 cross join scheduled_message s on s.attendee_id = a.id
                 where a.actor_type = 'users' and a.actor_id = :user group by a.id",
                "scheduled_message_attendee",
            ),
            (
                "select last_read_id from attendee
                 where room_id = :room and actor_type = 'users' and read_private = 0
                 order by last_read_id limit 1",
                "attendee_common_read",
            ),
            (
                "select key from message where expires_at <= :now order by expires_at limit 500",
                "message_expiring",
            ),
            (
                "delete from reminder where room_id = :room and message_id = :message",
                "reminder_message",
            ),
            (
                "select 1 from room r join attendee a on a.room_id = r.id
                 where a.actor_type = 'users' and a.actor_id = :user",
                "attendee_actor",
            ),
            (
                "select 1 from session where room_id = :room and cookie_key = :cookie",
                "sqlite_autoindex_session",
            ),
            (
                "select 1 from room r indexed by room_open
                 where r.listable > 0 and r.id > :after and r.kind in (2, 3)
                   and not exists (select 1 from attendee a
                                   where a.room_id = r.id and a.actor_type = 'users' and a.actor_id = :user)
                 order by r.id limit :limit",
                "room_open",
            ),
        ] {
            let plan = plan(&connection, sql);
            assert!(plan.contains(expected), "{sql}\n{plan}");
            assert!(!plan.contains("SCAN message"), "{plan}");
        }
    }

    #[test]
    fn a_clients_number_stays_inside_its_room() {
        for number in [i64::MIN, -5, 0, 1 << 40, i64::MAX] {
            let (room, _) = split(key(RoomId(7), MessageId(number)));
            assert_eq!(room, RoomId(7), "{number}");
        }
    }
}
