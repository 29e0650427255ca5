//! SQL of threads.

use rusqlite::{Row, named_params};

use super::message::{key, read_message, select_message};
use super::tx::{Tx, known};
use crate::model::{AttendeeId, Message, MessageId, NotificationLevel, RoomId, UserId};
use crate::store::{MessagesRead, StoreError, Thread, ThreadsRead, ThreadsWrite};

/// The columns that `read_thread` reads, in its order.
macro_rules! select_thread {
    ($rest:literal) => {
        concat!(
            "select t.room_id, t.root_id, t.title, t.replies, t.last_message_id, t.last_activity_at ",
            $rest
        )
    };
}

fn read_thread(row: &Row<'_>) -> Result<Thread, StoreError> {
    Ok(Thread {
        room: RoomId(row.get(0)?),
        root: MessageId(row.get(1)?),
        title: row.get(2)?,
        replies: row.get(3)?,
        last_message: MessageId(row.get(4)?),
        last_activity_at: row.get(5)?,
    })
}

const THREAD_LEVELS: &str = "select attendee_id, level from thread_member
     where root_id = :root and level <> 0
     order by attendee_id";

impl ThreadsRead for Tx<'_> {
    fn find_thread(&self, room: RoomId, root: MessageId) -> Result<Option<Thread>, StoreError> {
        self.find(
            select_thread!("from thread t where t.room_id = :room and t.root_id = :root"),
            named_params! { ":room": room.0, ":root": root.0 },
            read_thread,
        )
    }

    fn recent_threads(&self, room: RoomId, limit: u32) -> Result<Vec<Thread>, StoreError> {
        self.list(
            select_thread!(
                "from thread t
                 where t.room_id = :room
                 order by t.last_activity_at desc, max(t.last_message_id, t.root_id) desc
                 limit :limit"
            ),
            named_params! { ":room": room.0, ":limit": limit },
            read_thread,
        )
    }

    fn followed_threads(
        &self,
        user: &UserId,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Thread>, StoreError> {
        self.list(
            select_thread!(
                "from attendee a
                 join thread_member m on m.attendee_id = a.id
                 join thread t on t.room_id = a.room_id and t.root_id = m.root_id
                 where a.actor_type = 'users' and a.actor_id = :user and m.level <> 3
                 order by t.last_activity_at desc, max(t.last_message_id, t.root_id) desc
                 limit :limit offset :offset"
            ),
            named_params! { ":user": user.as_str(), ":limit": limit, ":offset": offset },
            read_thread,
        )
    }

    fn thread_level(
        &self,
        attendee: AttendeeId,
        root: MessageId,
    ) -> Result<Option<NotificationLevel>, StoreError> {
        self.find(
            "select level from thread_member where attendee_id = :attendee and root_id = :root",
            named_params! { ":attendee": attendee.0, ":root": root.0 },
            |row| {
                let level = row.get(0)?;
                known(
                    "thread_member.level",
                    NotificationLevel::from_wire(level),
                    level,
                )
            },
        )
    }

    fn thread_levels(
        &self,
        root: MessageId,
    ) -> Result<Vec<(AttendeeId, NotificationLevel)>, StoreError> {
        self.list(THREAD_LEVELS, named_params! { ":root": root.0 }, |row| {
            let level = row.get(1)?;
            let found = NotificationLevel::from_wire(level);
            Ok((
                AttendeeId(row.get(0)?),
                known("thread_member.level", found, level)?,
            ))
        })
    }

    fn chain_after(
        &self,
        room: RoomId,
        root: MessageId,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut rows = match root > after {
            true => self.find_message(room, root)?.into_iter().collect(),
            false => Vec::new(),
        };
        rows.extend(self.list(
            select_message!(
                "where topmost_id = :root and key > :after and key <= :last order by key limit :limit"
            ),
            named_params! {
                ":root": root.0,
                ":after": key(room, after),
                ":last": key(room, MessageId::MAX),
                ":limit": limit,
            },
            read_message,
        )?);
        rows.truncate(limit as usize);
        Ok(rows)
    }

    fn chain_before(
        &self,
        room: RoomId,
        root: MessageId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut rows = self.list(
            select_message!(
                "where topmost_id = :root and key < :before and key > :first
                 order by key desc limit :limit"
            ),
            named_params! {
                ":root": root.0,
                ":before": key(room, before),
                ":first": key(room, MessageId::NONE),
                ":limit": limit,
            },
            read_message,
        )?;
        if root < before && rows.len() < limit as usize {
            rows.extend(self.find_message(room, root)?);
        }
        Ok(rows)
    }
}

impl ThreadsWrite for Tx<'_> {
    fn insert_thread(&self, thread: &Thread) -> Result<(), StoreError> {
        self.execute(
            "insert into thread (room_id, root_id, title, replies, last_message_id, last_activity_at)
             values (:room, :root, :title, :replies, :last_message, :last_activity_at)
             on conflict (room_id, root_id) do nothing",
            named_params! {
                ":room": thread.room.0,
                ":root": thread.root.0,
                ":title": thread.title,
                ":replies": thread.replies,
                ":last_message": thread.last_message.0,
                ":last_activity_at": thread.last_activity_at,
            },
        )?;
        self.execute(
            "update room set has_threads = 1 where id = :room",
            named_params! { ":room": thread.room.0 },
        )
    }

    fn rename_thread(&self, room: RoomId, root: MessageId, title: &str) -> Result<(), StoreError> {
        self.execute(
            "update thread set title = :title where room_id = :room and root_id = :root",
            named_params! { ":room": room.0, ":root": root.0, ":title": title },
        )
    }

    fn grow_thread(
        &self,
        room: RoomId,
        root: MessageId,
        last: MessageId,
        at: i64,
    ) -> Result<(), StoreError> {
        self.execute(
            "update thread
             set replies = replies + 1, last_message_id = :last, last_activity_at = :at
             where room_id = :room and root_id = :root",
            named_params! { ":room": room.0, ":root": root.0, ":last": last.0, ":at": at },
        )
    }

    fn set_thread_level(
        &self,
        attendee: AttendeeId,
        root: MessageId,
        level: NotificationLevel,
    ) -> Result<(), StoreError> {
        self.execute(
            "insert into thread_member (attendee_id, root_id, level)
             values (:attendee, :root, :level)
             on conflict (attendee_id, root_id) do update set level = :level",
            named_params! { ":attendee": attendee.0, ":root": root.0, ":level": level.wire() },
        )
    }

    fn delete_empty_threads(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from thread
             where room_id = :room
               and not exists (select 1 from message where key = :first | thread.root_id)
               and not exists (select 1 from message where topmost_id = thread.root_id)",
            named_params! { ":room": room.0, ":first": key(room, MessageId::NONE) },
        )?;
        self.execute(
            "delete from thread_member
             where attendee_id in (select id from attendee where room_id = :room)
               and not exists (select 1 from thread
                               where room_id = :room and root_id = thread_member.root_id)",
            named_params! { ":room": room.0 },
        )?;
        self.execute(
            "update room
             set has_threads = exists (select 1 from thread where room_id = :room)
             where id = :room",
            named_params! { ":room": room.0 },
        )
    }

    fn delete_threads(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from thread_member
             where attendee_id in (select id from attendee where room_id = :room)",
            named_params! { ":room": room.0 },
        )?;
        self.execute(
            "delete from thread where room_id = :room",
            named_params! { ":room": room.0 },
        )?;
        self.execute(
            "update room set has_threads = 0 where id = :room",
            named_params! { ":room": room.0 },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::THREAD_LEVELS;
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn who_chose_a_level_is_found_without_looking_at_everybody() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        let plan = plan(&connection, THREAD_LEVELS);
        assert!(plan.contains("thread_member_level"), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
