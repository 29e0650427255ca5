//! Putting a row into a room, and everything that moves with it.

use std::sync::Arc;

use super::bot;
use super::error::Error;
use super::event::Event;
use super::resolved::{Resolved, Resolver};
use super::thread::{self, Place};
use super::transaction::Act;
use crate::model::{Actor, Attendee, Body, Message, MessageId, Room, SystemMessage};
use crate::store::NewMessage;

/// A row to be.
pub struct Entry<'e> {
    pub actor: &'e Actor,
    pub body: Body,
    /// The message it answers or is about.
    pub parent: Option<&'e Message>,
    pub reference_id: String,
    pub silent: bool,
    pub can_mention_all: bool,
    pub place: Place,
}

impl<'e> Entry<'e> {
    /// A system message.
    pub fn system(actor: &'e Actor, message: SystemMessage) -> Self {
        Self::of(actor, Body::System(message))
    }

    /// A row with nothing but its author and what it holds.
    pub fn of(actor: &'e Actor, body: Body) -> Self {
        Self {
            actor,
            body,
            parent: None,
            reference_id: String::new(),
            silent: false,
            can_mention_all: false,
            place: Place::Plain,
        }
    }
}

/// Stores the row, moves the room's pulse, and tells those who wait.
pub fn append(act: &mut Act<'_>, room: &Room, entry: Entry<'_>) -> Result<Arc<Resolved>, Error> {
    let moves_pulse = match &entry.body {
        Body::System(message) => message.moves_last_message(),
        Body::Text(_) | Body::Object(_) => true,
        Body::Deleted(_) | Body::Reaction(_) | Body::ReactionRevoked => false,
    };
    let is_comment = matches!(entry.body, Body::Text(_));
    let lifetime = room.message_expiration_secs;
    let expires_at = match (&entry.body, entry.parent) {
        // A reaction goes with its message.
        (Body::Reaction(_), Some(parent)) => parent.expires_at,
        _ => (lifetime > 0).then_some(act.now.saturating_add(lifetime)),
    };
    let new = NewMessage {
        room: room.id,
        actor: entry.actor.clone(),
        created_at: act.now,
        body: entry.body,
        parent: entry.parent.map(|parent| parent.id),
        topmost: match (entry.parent, &entry.place) {
            (Some(parent), _) => Some(parent.thread()),
            (None, Place::In(root)) => Some(*root),
            (None, Place::Plain | Place::Begins(_)) => None,
        },
        reference_id: entry.reference_id,
        expires_at,
        silent: entry.silent,
        can_mention_all: entry.can_mention_all,
    };
    let id = act.tx.insert_message(&new)?;
    let room = &*thread::settle(act, room, id, &new, entry.place)?;
    if moves_pulse {
        act.tx.set_pulse(room.id, id, act.now)?;
    }
    if is_comment {
        act.tx.set_last_comment(room.id, entry.actor, id)?;
    }
    let row = {
        let view = act.view();
        Resolver::new(&view, room)?.resolve(new.numbered(id))?
    };
    bot::told::of_row(act, room, &row)?;
    act.happened(Event::Posted {
        room: room.id,
        row: Arc::clone(&row),
    });
    Ok(row)
}

/// Appends a system message; its id.
pub fn say(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    message: SystemMessage,
) -> Result<MessageId, Error> {
    append(act, room, Entry::system(actor, message)).map(|row| row.message.id)
}

/// Sets a member's read marker, wherever it was.
pub fn set_marker(act: &mut Act<'_>, attendee: &Attendee, to: MessageId) -> Result<(), Error> {
    act.tx.set_last_read(attendee.id, to)?;
    // Void from here on, so that a batch later in this group does not bring it back.
    act.memory.pending.forget_marker(attendee.id);
    act.happened(Event::MarkerSet {
        room: attendee.room,
        attendee: attendee.id,
        to,
    });
    Ok(())
}
