//! SQL of scheduled messages.

use std::collections::HashMap;

use rusqlite::{Row, named_params};

use super::tx::Tx;
use crate::model::{AttendeeId, MessageId, RoomId, UserId};
use crate::store::{Scheduled, ScheduledRead, ScheduledWrite, StoreError};

/// The columns that `read_scheduled` reads, in its order.
macro_rules! select_scheduled {
    ($rest:literal) => {
        concat!(
            "select id, room_id, attendee_id, body, parent_id, thread_id, thread_title, silent,
               created_at, send_at
             from scheduled_message ",
            $rest
        )
    };
}

fn read_scheduled(row: &Row<'_>) -> Result<Scheduled, StoreError> {
    Ok(Scheduled {
        id: row.get(0)?,
        room: RoomId(row.get(1)?),
        attendee: AttendeeId(row.get(2)?),
        text: row.get(3)?,
        reply_to: MessageId(row.get(4)?),
        thread: MessageId(row.get(5)?),
        thread_title: row.get(6)?,
        silent: row.get(7)?,
        created_at: row.get(8)?,
        send_at: row.get(9)?,
    })
}

impl ScheduledRead for Tx<'_> {
    fn find_scheduled(&self, id: i64) -> Result<Option<Scheduled>, StoreError> {
        self.find(
            select_scheduled!("where id = :id"),
            named_params! { ":id": id },
            read_scheduled,
        )
    }

    fn scheduled_of(&self, attendee: AttendeeId) -> Result<Vec<Scheduled>, StoreError> {
        self.list(
            select_scheduled!("where attendee_id = :attendee order by send_at, id"),
            named_params! { ":attendee": attendee.0 },
            read_scheduled,
        )
    }

    fn count_scheduled(&self, attendee: AttendeeId) -> Result<i64, StoreError> {
        self.number(
            "select count(*) from scheduled_message where attendee_id = :attendee",
            named_params! { ":attendee": attendee.0 },
        )
    }

    fn scheduled_counts(&self, user: &UserId) -> Result<HashMap<RoomId, i64>, StoreError> {
        let counts = self.list(
            "select a.room_id, count(*)
             from attendee a
             cross join scheduled_message s on s.attendee_id = a.id
             where a.actor_type = 'users' and a.actor_id = :user
             group by a.id",
            named_params! { ":user": user.as_str() },
            |row| Ok((RoomId(row.get(0)?), row.get(1)?)),
        )?;
        Ok(counts.into_iter().collect())
    }

    fn due_scheduled(&self, now: i64, limit: u32) -> Result<Vec<Scheduled>, StoreError> {
        self.list(
            select_scheduled!("where try_at <= :now order by try_at, id limit :limit"),
            named_params! { ":now": now, ":limit": limit },
            read_scheduled,
        )
    }

    fn next_scheduled(&self) -> Result<Option<i64>, StoreError> {
        self.find(
            "select try_at from scheduled_message order by try_at limit 1",
            [],
            |row| Ok(row.get(0)?),
        )
    }
}

impl ScheduledWrite for Tx<'_> {
    fn insert_scheduled(&self, scheduled: &Scheduled) -> Result<i64, StoreError> {
        self.execute(
            "insert into scheduled_message (room_id, attendee_id, body, parent_id, thread_id,
               thread_title, silent, created_at, send_at, try_at)
             values (:room, :attendee, :text, :reply_to, :thread,
               :thread_title, :silent, :created_at, :send_at, :send_at)",
            named_params! {
                ":room": scheduled.room.0,
                ":attendee": scheduled.attendee.0,
                ":text": scheduled.text,
                ":reply_to": scheduled.reply_to.0,
                ":thread": scheduled.thread.0,
                ":thread_title": scheduled.thread_title,
                ":silent": scheduled.silent,
                ":created_at": scheduled.created_at,
                ":send_at": scheduled.send_at,
            },
        )?;
        Ok(self.0.last_insert_rowid())
    }

    fn update_scheduled(&self, scheduled: &Scheduled) -> Result<(), StoreError> {
        self.execute(
            "update scheduled_message
             set body = :text, parent_id = :reply_to, thread_id = :thread, thread_title = :thread_title,
                 silent = :silent, send_at = :send_at, try_at = :send_at
             where id = :id",
            named_params! {
                ":id": scheduled.id,
                ":text": scheduled.text,
                ":reply_to": scheduled.reply_to.0,
                ":thread": scheduled.thread.0,
                ":thread_title": scheduled.thread_title,
                ":silent": scheduled.silent,
                ":send_at": scheduled.send_at,
            },
        )
    }

    fn postpone_scheduled(&self, id: i64, at: i64) -> Result<(), StoreError> {
        self.execute(
            "update scheduled_message set try_at = :at where id = :id",
            named_params! { ":id": id, ":at": at },
        )
    }

    fn delete_scheduled(&self, id: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from scheduled_message where id = :id",
            named_params! { ":id": id },
        )
    }
}
