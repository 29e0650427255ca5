//! Posting, sharing and deleting messages. Source: chat.md 3 to 5.

use std::sync::Arc;

use super::admission::Participation;
use super::error::Error;
use super::event::Event;
use super::mention_flags::{Flagged, flag_mentions};
use super::notice;
use super::participant;
use super::posting::{self, Entry, append};
use super::resolved::{Resolved, Resolver};
use super::rich::{MetaValue, RichError, shared_object};
use super::thread::{self, Place};
use super::throttle::Action;
use super::transaction::Act;
use super::{Chat, MAX_MESSAGE_CHARS, avatar, edit, mention, one_to_one, pin, poll};
use crate::model::{
    Attendee, Body, Deletion, Message, MessageId, Room, SharedObject, SystemMessage,
};

/// Messages with mentions that guests of one address may send within a day.
const GUEST_MENTIONS: usize = 50;
const DAY_SECS: i64 = 24 * 60 * 60;

/// What the original trims: ASCII white space and NUL, nothing else.
const TRIMMED: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\x0B'];

/// A message as somebody wants to send it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub text: String,
    /// 0 or less than any id: not a reply.
    pub reply_to: MessageId,
    /// Where it belongs without answering anything; 0: nowhere.
    pub thread: MessageId,
    /// Of the thread that it begins; empty: none.
    pub thread_title: String,
    pub reference_id: ReferenceId,
    pub silent: bool,
    /// A guest's new name, if they send one.
    pub display_name: Option<String>,
}

/// A message with nothing left to check.
#[derive(Debug, Clone)]
pub struct Post {
    pub text: String,
    pub parent: Option<Message>,
    pub place: Place,
    pub reference_id: String,
    pub silent: bool,
}

/// An object as somebody wants to share it.
#[derive(Debug, Clone)]
pub struct Share {
    pub object_type: String,
    pub object_id: String,
    pub meta: Vec<(String, MetaValue)>,
    /// Where it belongs; 0: nowhere.
    pub thread: MessageId,
    pub reference_id: ReferenceId,
    pub display_name: Option<String>,
}

/// A sender's own mark on a message: at most 64 bytes, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceId(String);

impl ReferenceId {
    /// Cut at a character boundary at or below 64 bytes, then trimmed.
    pub fn cut(text: &str) -> Self {
        Self(trim(&text[..text.floor_char_boundary(64)]).to_owned())
    }

    /// The mark as text.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Without the white space that the original removes from both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(TRIMMED)
}

impl Chat {
    /// Post a message.
    ///
    /// Errors, in order: `EmptyMessage`, `ParentNotFound`, `MessageTooLong`, `TooManyMentions`.
    /// Source: chat.md 3.4.
    pub async fn post_message(
        self: &Arc<Self>,
        at: &Participation,
        draft: Draft,
    ) -> Result<Arc<Resolved>, Error> {
        let text = trim(&draft.text);
        if text.is_empty() {
            return Err(Error::EmptyMessage);
        }
        let text = text.to_owned();
        let (chat, at) = (Arc::clone(self), at.clone());
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            // Quirk: refused-send-undoes.
            if let Some(name) = &draft.display_name {
                participant::rename_guest(act, &attendee, name)?;
            }
            let parent = find_parent(act, &room, draft.reply_to)?;
            let place = thread::place(
                act,
                &room,
                parent.as_ref(),
                draft.thread,
                &draft.thread_title,
            )?;
            if text.chars().count() > MAX_MESSAGE_CHARS {
                return Err(Error::MessageTooLong {
                    max: MAX_MESSAGE_CHARS,
                });
            }
            if attendee.is_guest() && !mention::find(&text).is_empty() {
                chat.count_guest_mention(&at)?;
            }
            let message = Post {
                text,
                parent,
                place,
                reference_id: draft.reference_id.0,
                silent: draft.silent,
            };
            post(act, &room, &attendee, message)
        })
        .await
    }

    /// Share a rich object.
    ///
    /// Errors: `InvalidLink`, `InvalidObject`, `MessageTooLong`. Source: chat.md 4.
    pub async fn share_object(
        self: &Arc<Self>,
        at: &Participation,
        share: Share,
        is_trusted_host: impl Fn(&str) -> bool,
    ) -> Result<Arc<Resolved>, Error> {
        let icon = avatar::avatar_path(at.room(), None);
        let object: SharedObject = shared_object(
            &share.object_type,
            &share.object_id,
            share.meta,
            &icon,
            is_trusted_host,
        )
        .map_err(|refusal| match refusal {
            RichError::Link => Error::InvalidLink,
            RichError::Object => Error::InvalidObject,
            RichError::TooLong => Error::MessageTooLong {
                max: MAX_MESSAGE_CHARS,
            },
        })?;
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            if let Some(name) = &share.display_name {
                participant::rename_guest(act, &attendee, name)?;
            }
            one_to_one::refill(act, &room)?;
            // An unknown thread is none.
            let thread = act.tx.find_thread(room.id, share.thread)?;
            let entry = Entry {
                reference_id: share.reference_id.0,
                can_mention_all: may_mention_all(&room, &attendee),
                place: thread.map_or(Place::Plain, |thread| Place::In(thread.root)),
                ..Entry::of(&attendee.actor, Body::Object(object))
            };
            post_entry(act, &room, &attendee, entry)
        })
        .await
    }

    /// Delete a message; its place stays. The answer is the system message that says so.
    ///
    /// Errors, in order: `MessageNotFound`, `NotYourMessage`, `NotChangeable`, `TooOldToChange`.
    /// Source: chat.md 5.
    pub async fn delete_message(
        &self,
        at: &Participation,
        id: MessageId,
    ) -> Result<Arc<Resolved>, Error> {
        let (at, max_age) = (at.clone(), self.limits.delete_age_secs);
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let message = act
                .tx
                .find_message(room.id, id)?
                // Quirk: delete-by-id-0.
                .ok_or(Error::MessageNotFound)?;
            let own = message.actor == attendee.actor;
            let moderates = attendee.role.is_real_moderator() && !room.kind.is_one_to_one();
            if !own && !moderates {
                return Err(Error::NotYourMessage);
            }
            if !message.body.is_chat() {
                return Err(Error::NotChangeable);
            }
            if max_age.is_some_and(|age| message.created_at < act.now - age) {
                return Err(Error::TooOldToChange);
            }
            poll::delete_with(act, &room, &attendee, &message)?;
            erase(act, &room, &attendee, &message)
        })
        .await
    }

    fn count_guest_mention(&self, at: &Participation) -> Result<(), Error> {
        let (now, address) = (self.clock.now(), at.caller.address);
        let sent = self
            .throttle
            .count_within(Action::GuestMention, address, now, DAY_SECS);
        if sent >= GUEST_MENTIONS {
            return Err(Error::TooManyMentions);
        }
        self.throttle.record(Action::GuestMention, address, now);
        Ok(())
    }
}

/// The member and the room as they are inside the transaction: the gate looked before it.
pub fn still_there(act: &Act<'_>, at: &Participation) -> Result<(Room, Attendee), Error> {
    let attendee = act
        .tx
        .find_attendee_by_id(at.attendee().id)?
        .ok_or(Error::RoomNotFound)?;
    let room = act
        .tx
        .find_room_by_id(attendee.room)?
        .ok_or(Error::RoomNotFound)?;
    Ok((room, attendee))
}

/// Posts a member's message: the row and everything that moves with it.
pub fn post(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    message: Post,
) -> Result<Arc<Resolved>, Error> {
    one_to_one::refill(act, room)?;
    let title = match &message.place {
        Place::Begins(title) => Some(title.clone()),
        Place::Plain | Place::In(_) => None,
    };
    let parent = message.parent.as_ref();
    let entry = Entry {
        actor: &attendee.actor,
        body: Body::Text(message.text),
        parent,
        reference_id: message.reference_id,
        silent: message.silent,
        can_mention_all: may_mention_all(room, attendee),
        place: message.place,
    };
    let row = append(act, room, entry)?;
    posting::set_marker(act, attendee, row.message.id)?;
    let author = &attendee.actor;
    let flagged = flag_mentions(act, room, author, &row.message, parent)?;
    notice::of_message(act, room, author, &row.message, &flagged)?;
    if let Some(title) = title {
        thread::announce(act, room, attendee, &row.message, title)?;
    }
    Ok(row)
}

/// Posts a shared object by a member.
pub fn post_object(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    object: SharedObject,
    reference_id: String,
) -> Result<Arc<Resolved>, Error> {
    let entry = Entry {
        reference_id,
        can_mention_all: may_mention_all(room, attendee),
        ..Entry::of(&attendee.actor, Body::Object(object))
    };
    post_entry(act, room, attendee, entry)
}

fn post_entry(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    entry: Entry<'_>,
) -> Result<Arc<Resolved>, Error> {
    let row = append(act, room, entry)?;
    posting::set_marker(act, attendee, row.message.id)?;
    let flagged = Flagged::default();
    notice::of_message(act, room, &attendee.actor, &row.message, &flagged)?;
    Ok(row)
}

/// Puts the note of its deletion in place of a message, and appends the row that says so.
pub fn erase(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    message: &Message,
) -> Result<Arc<Resolved>, Error> {
    let deletion = Body::Deleted(Deletion {
        by: attendee.actor.clone(),
        at: act.now,
    });
    act.tx.replace_body(room.id, message.id, &deletion)?;
    act.tx.delete_notices_about(room.id, message.id)?;
    pin::forget(act, room, message.id)?;
    if matches!(message.body, Body::Text(_)) {
        act.tx.recompute_last_comment(room.id, &message.actor)?;
    }
    act.happened(Event::RowsChanged { room: room.id });
    let deleted = SystemMessage::MessageDeleted {
        message: message.id.0,
    };
    edit::say_about(act, room, attendee, message, deleted)
}

fn may_mention_all(room: &Room, attendee: &Attendee) -> bool {
    !room.mentions_by_moderators_only || attendee.role.moderates()
}

/// The message that a reply quotes.
///
/// Errors: `ParentNotFound`.
pub fn find_parent(act: &Act<'_>, room: &Room, id: MessageId) -> Result<Option<Message>, Error> {
    if id == MessageId::NONE {
        return Ok(None);
    }
    let parent = act
        .tx
        .find_message(room.id, id)?
        .ok_or(Error::ParentNotFound)?;
    let view = act.view();
    let resolved = Resolver::new(&view, room)?.resolve_alone(parent)?;
    if !resolved.is_replyable() {
        return Err(Error::ParentNotFound);
    }
    Ok(Some(resolved.message.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_id_keeps_64_bytes_of_whole_characters() {
        let cases = [
            ("a".repeat(71), "a".repeat(64)),
            ("  mark \n".to_owned(), "mark".to_owned()),
            (format!("{}é", "a".repeat(63)), "a".repeat(63)),
            (String::new(), String::new()),
        ];
        for (sent, kept) in cases {
            assert_eq!(ReferenceId::cut(&sent), ReferenceId(kept), "{sent}");
        }
    }

    #[test]
    fn only_ascii_white_space_is_trimmed() {
        assert_eq!(trim(" \t\r\n\0\x0Bhi\u{a0} "), "hi\u{a0}");
        assert_eq!(trim("\u{2028}"), "\u{2028}");
    }
}
