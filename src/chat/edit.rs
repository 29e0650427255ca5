//! Changing what was said: editing a message, and clearing a conversation's history.
//! Source: chat-extras.md 1, 10.

use std::collections::HashMap;
use std::sync::Arc;

use super::admission::Participation;
use super::error::Error;
use super::event::Event;
use super::mention_flags::{Flagged, Meant, flag_edit};
use super::message::{still_there, trim};
use super::notice;
use super::posting::{Entry, append};
use super::resolved::Resolved;
use super::transaction::Act;
use super::{Chat, MAX_MESSAGE_CHARS, pin, thread};
use crate::model::{
    Actor, ActorKind, Attendee, Body, Edit, Message, MessageId, Notice, NoticeKind, Room, RoomKind,
    SystemMessage,
};

/// Seconds after which a message can no longer be edited.
const EDIT_SECS: i64 = 24 * 60 * 60;

impl Chat {
    /// Put another text in place of a message's. The answer is the system message that says so.
    ///
    /// Errors, in order: `MessageNotFound`, `NotYourMessage`, `NotChangeable`, `TooOldToChange`,
    /// `EmptyMessage`, `NotChangeable` (an object), `MessageTooLong`.
    pub async fn edit_message(
        &self,
        at: &Participation,
        id: MessageId,
        text: String,
    ) -> Result<Arc<Resolved>, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let message = act.tx.find_message(room.id, id)?;
            let mut message = message.ok_or(Error::MessageNotFound)?;
            if !may_edit(&room, &attendee, &message) {
                return Err(Error::NotYourMessage);
            }
            if !message.body.is_chat() {
                return Err(Error::NotChangeable);
            }
            let is_old = message.created_at < act.now - EDIT_SECS;
            if is_old && room.kind != RoomKind::NoteToSelf {
                return Err(Error::TooOldToChange);
            }
            let text = trim(&text);
            if text.is_empty() {
                return Err(Error::EmptyMessage);
            }
            if !matches!(message.body, Body::Text(_)) {
                return Err(Error::NotChangeable);
            }
            if text.chars().count() > MAX_MESSAGE_CHARS {
                return Err(Error::MessageTooLong {
                    max: MAX_MESSAGE_CHARS,
                });
            }
            let editor = &attendee.actor;
            let before = Meant::by(act, &room, editor, &message, None)?;
            message.body = Body::Text(text.to_owned());
            let edit = Edit {
                by: editor.clone(),
                at: act.now,
            };
            act.tx.edit_body(room.id, id, &message.body, &edit)?;
            act.happened(Event::RowsChanged { room: room.id });
            if !message.silent {
                let flagged = flag_edit(act, &room, editor, &message, &before)?;
                tell_of_edit(act, editor, &message, &before, &flagged)?;
            }
            say_about(
                act,
                &room,
                &attendee,
                &message,
                SystemMessage::MessageEdited { message: id.0 },
            )
        })
        .await
    }

    /// Delete everything that was ever said here. The answer is the system message that says so.
    ///
    /// Errors: `HistoryStays` in one-to-ones, unless administrators decide otherwise.
    pub async fn clear_history(&self, at: &Participation) -> Result<Arc<Resolved>, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            if room.kind.is_one_to_one() && !act.memory.policy().delete_one_to_one {
                return Err(Error::HistoryStays);
            }
            act.tx.delete_messages(room.id)?;
            act.tx.delete_polls(room.id)?;
            act.tx.forget_markers(room.id)?;
            thread::cleared(act, &room)?;
            pin::cleared(act, &room)?;
            notice::cleared(act, room.id)?;
            act.tx.delete_reminders(room.id)?;
            for attendee in act.tx.attendees(room.id)? {
                act.memory.pending.forget_marker(attendee.id);
            }
            act.happened(Event::RowsChanged { room: room.id });
            act.happened(Event::MarkersReset { room: room.id });
            let entry = Entry::system(&attendee.actor, SystemMessage::HistoryCleared);
            append(act, &room, entry)
        })
        .await
    }
}

// Quirk: edited-reason.
/// Who is mentioned only now is told, and who is mentioned no more forgets it. Who was mentioned `before`, in whatever
/// way, is told nothing, even if they have dismissed what they were told.
fn tell_of_edit(
    act: &mut Act<'_>,
    editor: &Actor,
    message: &Message,
    before: &Meant,
    flagged: &Flagged,
) -> Result<(), Error> {
    let mut known: HashMap<Actor, Notice> = HashMap::new();
    for notice in act.tx.notices_about(message.room, message.id)? {
        if notice.kind.ends_when_read() {
            known.insert(Actor::user(&notice.user), notice);
        }
    }
    for one in &flagged.concerned {
        let Some(user) = one.attendee.actor.as_user() else {
            continue;
        };
        let told = known.remove(&one.attendee.actor);
        let is_answered = told.as_ref().map(|notice| notice.kind) == Some(NoticeKind::Reply);
        if is_answered || before.why(act, &user)?.is_some() {
            continue;
        }
        // In place of that there is a message at all.
        if let Some(notice) = told {
            act.tx.delete_notice(&notice.user, notice.id)?;
        }
        notice::tell_about(act, &one.attendee, editor, message, one.why, &one.detail)?;
    }
    for notice in known.into_values() {
        if notice.kind.is_mention() && flagged.meant.why(act, &notice.user)?.is_none() {
            act.tx.delete_notice(&notice.user, notice.id)?;
        }
    }
    Ok(())
}

/// Appends a technical row about `message`.
pub fn say_about(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    message: &Message,
    what: SystemMessage,
) -> Result<Arc<Resolved>, Error> {
    let entry = Entry {
        parent: Some(message),
        ..Entry::system(&attendee.actor, what)
    };
    append(act, room, entry)
}

/// Authors edit their own; moderators others', but not of two; both of two what a bot wrote there.
fn may_edit(room: &Room, attendee: &Attendee, message: &Message) -> bool {
    let moderates = attendee.role.is_real_moderator() && !room.kind.is_one_to_one();
    let by_bot = message.actor.kind == ActorKind::Bots && room.kind == RoomKind::OneToOne;
    message.actor == attendee.actor || moderates || by_bot
}
