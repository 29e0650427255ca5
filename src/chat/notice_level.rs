//! How much a member wants to be told of a message: by the level of its thread, else by that of the
//! conversation, else by what administrators decided. Source: messages.md 6, chat-extras.md 13.

use std::collections::{HashMap, HashSet};

use super::admission::effective;
use super::error::Error;
use super::transaction::Act;
use crate::model::{
    ActorKind, Attendee, AttendeeId, Message, NotificationLevel, Permissions, Room,
};

/// What the members of a room want to be told of one message.
pub struct Levels<'r> {
    room: &'r Room,
    /// What administrators decided, or what a conversation of two is for.
    tells_all_by_default: bool,
    /// Those who chose a level for the thread in which the message stands.
    in_thread: HashMap<AttendeeId, NotificationLevel>,
}

impl<'r> Levels<'r> {
    // Quirk: thread-levels.
    /// Those that count for `message`.
    pub fn of(act: &Act<'_>, room: &'r Room, message: &Message) -> Result<Self, Error> {
        let in_thread = match room.has_threads {
            true => act.tx.thread_levels(message.thread())?,
            false => Vec::new(),
        };
        let by_default = act.memory.policy().default_group_notification;
        Ok(Self {
            room,
            tells_all_by_default: room.kind.is_one_to_one()
                || by_default == NotificationLevel::Always,
            in_thread: in_thread.into_iter().collect(),
        })
    }

    /// Whether the member wants to be told when the message means them.
    pub fn wants_mentions(&self, attendee: &Attendee) -> bool {
        self.level(attendee) != NotificationLevel::Never
    }

    /// Whether the member wants to be told in any case.
    pub fn wants_all(&self, attendee: &Attendee) -> bool {
        match self.level(attendee) {
            NotificationLevel::Always => true,
            NotificationLevel::Default => self.tells_all_by_default,
            NotificationLevel::Mention | NotificationLevel::Never => false,
        }
    }

    /// The accounts that want to be told in any case. Nobody else is looked at, if few do.
    pub fn told_of_all(&self, act: &Act<'_>) -> Result<Vec<Attendee>, Error> {
        let mut told = match self.tells_all_by_default {
            true => act.tx.attendees(self.room.id)?,
            false => act.tx.told_of_all(self.room.id)?,
        };
        if !self.tells_all_by_default {
            let known: HashSet<AttendeeId> = told.iter().map(|one| one.id).collect();
            for (id, level) in &self.in_thread {
                if *level == NotificationLevel::Always && !known.contains(id) {
                    told.extend(act.tx.find_attendee_by_id(*id)?);
                }
            }
        }
        told.retain(|attendee| attendee.actor.kind == ActorKind::Users && self.wants_all(attendee));
        told.sort_by_key(|attendee| attendee.id);
        Ok(told)
    }

    /// The room.
    pub fn room(&self) -> &Room {
        self.room
    }

    fn level(&self, attendee: &Attendee) -> NotificationLevel {
        let in_thread = self.in_thread.get(&attendee.id);
        in_thread.copied().unwrap_or(attendee.notification_level)
    }
}

/// Whether the lobby holds a member back: who waits there is told of nothing that is said meanwhile.
pub fn is_held_back(act: &Act<'_>, room: &Room, attendee: &Attendee) -> bool {
    let policy = act.memory.policy();
    room.lobby && !effective(room, attendee, &policy).allows(Permissions::LOBBY_IGNORE)
}
