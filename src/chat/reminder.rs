//! Reminders: an account asks to be told of a message later. Source: chat-extras.md 5.

use std::sync::Arc;

use super::Chat;
use super::admission::Participation;
use super::error::Error;
use super::notice;
use super::resolved::{Resolved, Resolver};
use super::transaction::{Act, View};
use crate::model::{Actor, MessageId, NoticeKind, Room, User, UserId};
use crate::store::Reminder;

/// Reminders that a list of the next ones has.
const UPCOMING: u32 = 10;
/// Reminders that one transaction carries out.
const BATCH: u32 = 200;

/// One of the next reminders with what it is about.
#[derive(Debug, Clone)]
pub struct Upcoming {
    pub reminder: Reminder,
    pub room: Arc<Room>,
    pub message: Arc<Resolved>,
    /// The reader keeps the conversation's content private.
    pub is_sensitive: bool,
}

impl Chat {
    /// Remind the caller of a message at `time` (unix seconds; in the past: soon). Moves a reminder that is there.
    ///
    /// Errors: `MessageNotFound`.
    pub async fn remind(
        &self,
        at: &Participation,
        message: MessageId,
        time: i64,
    ) -> Result<Reminder, Error> {
        let reminder = self.reminder_for(at, message, time)?;
        self.write(move |act| {
            let found = act.tx.find_message(reminder.room, reminder.message)?;
            found.ok_or(Error::MessageNotFound)?;
            act.tx.set_reminder(&reminder)?;
            Ok(reminder)
        })
        .await
    }

    /// The caller's reminder of a message.
    ///
    /// Errors: `MessageNotFound`, `ReminderNotFound`.
    pub async fn reminder(
        &self,
        at: &Participation,
        message: MessageId,
    ) -> Result<Reminder, Error> {
        let asked = self.reminder_for(at, message, 0)?;
        self.read(move |view| {
            let found = view.tx.find_message(asked.room, asked.message)?;
            found.ok_or(Error::MessageNotFound)?;
            view.tx
                .find_reminder(&asked.user, asked.room, asked.message)?
                .ok_or(Error::ReminderNotFound)
        })
        .await
    }

    /// Forget a reminder, or what it already told.
    ///
    /// Errors: `MessageNotFound`.
    pub async fn forget_reminder(
        &self,
        at: &Participation,
        message: MessageId,
    ) -> Result<(), Error> {
        let asked = self.reminder_for(at, message, 0)?;
        self.write(move |act| {
            let found = act.tx.find_message(asked.room, asked.message)?;
            found.ok_or(Error::MessageNotFound)?;
            act.tx
                .delete_reminder(&asked.user, asked.room, asked.message)?;
            for told in act.tx.notices_about(asked.room, asked.message)? {
                if told.kind == NoticeKind::Reminder && told.user == asked.user {
                    act.tx.delete_notice(&asked.user, told.id)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// The account's next reminders, soonest first; those of messages it can no longer read are left out.
    pub async fn upcoming_reminders(&self, user: &User) -> Result<Vec<Upcoming>, Error> {
        let user = user.id.clone();
        self.read(move |view| {
            let mut upcoming = Vec::new();
            for reminder in view.tx.reminders_of(&user, UPCOMING)? {
                upcoming.extend(look(view, &user, reminder)?);
            }
            Ok(upcoming)
        })
        .await
    }

    fn reminder_for(
        &self,
        at: &Participation,
        message: MessageId,
        time: i64,
    ) -> Result<Reminder, Error> {
        Ok(Reminder {
            user: at.caller.user_id().cloned().ok_or(Error::NotLoggedIn)?,
            room: at.room().id,
            message,
            at: time,
        })
    }
}

fn look(view: &View<'_>, user: &UserId, reminder: Reminder) -> Result<Option<Upcoming>, Error> {
    let room = view.tx.find_room_by_id(reminder.room)?;
    let Some(room) = room else {
        return Ok(None);
    };
    let attendee = view.tx.find_attendee(room.id, &Actor::user(user))?;
    let message = view.tx.find_message(room.id, reminder.message)?;
    let message = message.filter(|message| !message.is_expired(view.now));
    let (Some(attendee), Some(message)) = (attendee, message) else {
        return Ok(None);
    };
    Ok(Some(Upcoming {
        message: Resolver::new(view, &room)?.resolve_alone(message)?,
        is_sensitive: attendee.sensitive,
        room: Arc::new(room),
        reminder,
    }))
}

/// Carries out what is due; whether there may be more.
pub fn fire_due(act: &mut Act<'_>) -> Result<bool, Error> {
    let due = act.tx.due_reminders(act.now, BATCH)?;
    for reminder in &due {
        act.tx
            .delete_reminder(&reminder.user, reminder.room, reminder.message)?;
        let message = act.tx.find_message(reminder.room, reminder.message)?;
        if message.is_none() {
            continue;
        }
        notice::of_reminder(
            act,
            &reminder.user,
            reminder.room,
            reminder.message,
            reminder.at,
        )?;
    }
    Ok(due.len() == BATCH as usize)
}
