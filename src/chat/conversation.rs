//! What may be set about a conversation, and its end. Source: conversations.md 3.6, 3.7, 3.11.

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::membership;
use super::message::{still_there, trim};
use super::posting::say;
use super::transaction::Act;
use crate::model::{Actor, Role, Room, RoomKind, SystemMessage};

/// Characters that a conversation's name may have.
const MAX_NAME_CHARS: usize = 255;

/// A conversation's name: trimmed, 1 to 255 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    /// `None` if it is empty or too long.
    pub fn parse(text: &str) -> Option<Self> {
        let text = trim(text);
        let fits = !text.is_empty() && text.chars().count() <= MAX_NAME_CHARS;
        fits.then(|| Self(text.to_owned()))
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl Chat {
    /// Errors: `event`, `type`, `value`.
    pub async fn rename(&self, at: &Participation, name: String) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if room.object_type == "event" {
                return Err(Error::Invalid(Invalid::Event));
            }
            if room.kind.is_one_to_one() {
                return Err(Error::Invalid(Invalid::Type));
            }
            if trim(&name) == room.name {
                return Ok(());
            }
            let new = RoomName::parse(&name).ok_or(Error::Invalid(Invalid::Value))?;
            let old_name = std::mem::replace(&mut room.name, new.into_string());
            store(act, room)?;
            let renamed = SystemMessage::ConversationRenamed {
                new_name: room.name.clone(),
                old_name: old_name.clone(),
            };
            if !old_name.is_empty() {
                say(act, room, actor, renamed)?;
            }
            Ok(())
        })
        .await
    }

    /// Open a group to guests; `password_hash` is set along with it unless it is public already.
    ///
    /// Errors: `type`.
    pub async fn make_public(&self, at: &Participation, password: String) -> Result<(), Error> {
        let password_hash = self.hash_if_any(&password).await?;
        self.change(at, move |act, room, actor| {
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Type));
            }
            if room.kind == RoomKind::Public {
                return Ok(());
            }
            room.kind = RoomKind::Public;
            let has_password = !password_hash.is_empty();
            if has_password {
                room.password_hash = password_hash;
            }
            store(act, room)?;
            say(act, room, actor, SystemMessage::GuestsAllowed)?;
            if has_password {
                say(act, room, actor, SystemMessage::PasswordSet)?;
            }
            Ok(())
        })
        .await
    }

    /// Close a public room to guests; those who came through the link are out, without a word.
    ///
    /// Errors: `type`.
    pub async fn make_private(&self, at: &Participation) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Type));
            }
            if room.kind == RoomKind::Group {
                return Ok(());
            }
            room.kind = RoomKind::Group;
            store(act, room)?;
            for attendee in act.tx.attendees(room.id)? {
                let came_by_link = matches!(
                    attendee.role,
                    Role::Guest | Role::SelfJoined | Role::GuestModerator
                );
                if came_by_link {
                    membership::unseat(act, &attendee)?;
                }
            }
            say(act, room, actor, SystemMessage::GuestsDisallowed)?;
            Ok(())
        })
        .await
    }

    /// Lock (1) or unlock (0) the conversation. Errors: `type`, `value`.
    pub async fn set_read_only(&self, at: &Participation, state: i64) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if state == i64::from(room.read_only) {
                return Ok(());
            }
            if !room.kind.is_managed() && room.kind != RoomKind::Changelog {
                return Err(Error::Invalid(Invalid::Type));
            }
            room.read_only = match state {
                0 => false,
                1 => true,
                _ => return Err(Error::Invalid(Invalid::Value)),
            };
            store(act, room)?;
            let message = if room.read_only {
                SystemMessage::ReadOnly
            } else {
                SystemMessage::ReadOnlyOff
            };
            say(act, room, actor, message)?;
            Ok(())
        })
        .await
    }

    /// Set or, with an empty one, remove the password of a public room. Errors: `type`.
    pub async fn set_password(&self, at: &Participation, password: String) -> Result<(), Error> {
        if at.room().kind != RoomKind::Public {
            return Err(Error::Invalid(Invalid::Type));
        }
        let password_hash = self.hash_if_any(&password).await?;
        self.change(at, move |act, room, actor| {
            let message = if password_hash.is_empty() {
                SystemMessage::PasswordRemoved
            } else {
                SystemMessage::PasswordSet
            };
            room.password_hash = password_hash;
            store(act, room)?;
            say(act, room, actor, message)?;
            Ok(())
        })
        .await
    }

    /// End the conversation with everything in it.
    ///
    /// Errors: `OnlyLeaving` for one-to-ones.
    pub async fn delete_room(&self, at: &Participation) -> Result<(), Error> {
        self.change(at, |act, room, _| {
            if room.kind.is_one_to_one() {
                return Err(Error::OnlyLeaving);
            }
            membership::delete_room(act, room)
        })
        .await
    }

    /// One change of a room, decided on what it is inside the transaction.
    pub(super) async fn change<F>(&self, at: &Participation, change: F) -> Result<(), Error>
    where
        F: FnOnce(&mut Act<'_>, &mut Room, &Actor) -> Result<(), Error> + Send + 'static,
    {
        let at = at.clone();
        self.write(move |act| {
            let (mut room, attendee) = still_there(act, &at)?;
            change(act, &mut room, &attendee.actor)
        })
        .await
    }

    pub(super) async fn hash_if_any(&self, password: &str) -> Result<String, Error> {
        if password.is_empty() {
            return Ok(String::new());
        }
        self.hasher.hash(password).await
    }
}

fn store(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    act.tx.update_room(room)?;
    act.happened(Event::RoomChanged { room: room.id });
    Ok(())
}
