//! What may be set about a conversation, and its end. Source: conversations.md 3.6, 3.7, 3.11.

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::{still_there, trim};
use super::policy::Policy;
use super::posting::say;
use super::transaction::Act;
use super::{MAX_DESCRIPTION_CHARS, call, membership};
use crate::model::{Actor, Listable, Role, Room, RoomKind, SystemMessage};

/// Characters that a conversation's name may have.
const MAX_NAME_CHARS: usize = 255;
/// What is answered where administrators want passwords and none is sent.
pub const PASSWORD_NEEDED: &str = "Conversations that are open to guests need a password";

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

    /// Say what the conversation is about; an empty text says nothing.
    ///
    /// Errors: `event`, `value`, `type`.
    pub async fn describe(&self, at: &Participation, description: String) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if room.object_type == "event" {
                return Err(Error::Invalid(Invalid::Event));
            }
            let description = trim(&description);
            if description == room.description {
                return Ok(());
            }
            if description.chars().count() > MAX_DESCRIPTION_CHARS {
                return Err(Error::Invalid(Invalid::Value));
            }
            if room.kind.is_one_to_one() {
                return Err(Error::Invalid(Invalid::Type));
            }
            description.clone_into(&mut room.description);
            store(act, room)?;
            let message = if description.is_empty() {
                SystemMessage::DescriptionRemoved
            } else {
                SystemMessage::DescriptionSet {
                    new_description: description.to_owned(),
                }
            };
            say(act, room, actor, message)?;
            Ok(())
        })
        .await
    }

    /// Open a group to guests; the password is set along with it unless it is public already.
    ///
    /// Errors: `PasswordRefused` (administrators want one), `type`.
    pub async fn make_public(&self, at: &Participation, password: String) -> Result<(), Error> {
        let password_hash = self.hash_if_any(&password).await?;
        self.change(at, move |act, room, actor| {
            if password_hash.is_empty() && act.memory.policy().force_passwords {
                return Err(Error::PasswordRefused(PASSWORD_NEEDED));
            }
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
            if room.read_only {
                // Quirk: locked-call-ends.
                call::take_out(act, room.id, |_| true)?;
            }
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

    /// Say who finds the conversation without an invitation (0 to 2). Errors: `type`, `value`.
    pub async fn set_listable(&self, at: &Participation, scope: i64) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if scope == room.listable.wire() {
                return Ok(());
            }
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Type));
            }
            let scope = Listable::from_wire(scope).ok_or(Error::Invalid(Invalid::Value))?;
            room.listable = scope;
            store(act, room)?;
            let message = match scope {
                Listable::Nobody => SystemMessage::ListableNone,
                Listable::Users => SystemMessage::ListableUsers,
                Listable::Everyone => SystemMessage::ListableAll,
            };
            say(act, room, actor, message)?;
            Ok(())
        })
        .await
    }

    /// Leave mentioning everybody to everybody (0) or to moderators (1). Errors: `type`, `value`.
    pub async fn set_mention_permissions(
        &self,
        at: &Participation,
        state: i64,
    ) -> Result<(), Error> {
        self.change(at, move |act, room, _| {
            if state == i64::from(room.mentions_by_moderators_only) {
                return Ok(());
            }
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Type));
            }
            room.mentions_by_moderators_only = match state {
                0 => false,
                1 => true,
                _ => return Err(Error::Invalid(Invalid::Value)),
            };
            store(act, room)
        })
        .await
    }

    /// Say how many seconds messages live from now on; 0: for ever. Told every time.
    ///
    /// Errors: `type`, `value`.
    pub async fn set_message_expiration(
        &self,
        at: &Participation,
        seconds: i64,
    ) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if room.kind == RoomKind::FormerOneToOne {
                return Err(Error::Invalid(Invalid::Type));
            }
            if seconds < 0 {
                return Err(Error::Invalid(Invalid::Value));
            }
            room.message_expiration_secs = seconds;
            store(act, room)?;
            let message = if seconds == 0 {
                SystemMessage::MessageExpirationDisabled { seconds }
            } else {
                SystemMessage::MessageExpirationEnabled { seconds }
            };
            say(act, room, actor, message)?;
            Ok(())
        })
        .await
    }

    /// Keep the conversation when what it was made for is over: it is bound to nothing any more.
    ///
    /// Errors: `object-type`.
    pub async fn unbind(&self, at: &Participation) -> Result<(), Error> {
        self.change(at, |act, room, _| {
            match room.object_type.as_str() {
                "event" | "instant_meeting" => {
                    room.object_type.clear();
                    room.object_id.clear();
                }
                "phone_temporary" => "phone_persist".clone_into(&mut room.object_type),
                _ => return Err(Error::Invalid(Invalid::ObjectType)),
            }
            store(act, room)
        })
        .await
    }

    /// Set or, with an empty one, remove the password of a public room.
    ///
    /// Errors: `type`, `PasswordNotRemovable` (administrators want one).
    pub async fn set_password(&self, at: &Participation, password: String) -> Result<(), Error> {
        if at.room().kind != RoomKind::Public {
            return Err(Error::Invalid(Invalid::Type));
        }
        let password_hash = self.hash_if_any(&password).await?;
        self.change(at, move |act, room, actor| {
            if room.kind != RoomKind::Public {
                return Err(Error::Invalid(Invalid::Type));
            }
            if password_hash.is_empty() && act.memory.policy().force_passwords {
                // Quirk: forced-password-stays.
                return Err(Error::PasswordNotRemovable(PASSWORD_NEEDED));
            }
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
            if !is_deletable(room, &act.memory.policy()) {
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

/// Whether moderators may delete a conversation like this one. Source: server.md 13.4.
pub fn is_deletable(room: &Room, policy: &Policy) -> bool {
    match room.kind {
        RoomKind::OneToOne => policy.delete_one_to_one,
        RoomKind::FormerOneToOne => false,
        RoomKind::Group | RoomKind::Public | RoomKind::Changelog | RoomKind::NoteToSelf => true,
    }
}

fn store(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    act.tx.update_room(room)?;
    act.happened(Event::RoomChanged { room: room.id });
    Ok(())
}
