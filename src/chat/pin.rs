//! Pinned messages. A room knows its newest pin, so that rooms without any pay nothing.
//! Source: chat-extras.md 14.

use std::sync::Arc;

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::still_there;
use super::posting::{Entry, append};
use super::resolved::{Author, Resolved, Resolver};
use super::shared_item::SharedItems;
use super::transaction::Act;
use crate::model::{Actor, Message, MessageId, Room, RoomId, SystemMessage};
use crate::store::Pin;

/// Pins that one transaction takes away because their time is over.
const BATCH: u32 = 200;

/// Who pinned a message, as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    pub by: Author,
    /// Unix seconds.
    pub at: i64,
    /// Unix seconds; `None`: for ever.
    pub until: Option<i64>,
}

impl Chat {
    /// Pin a message until `until` (unix seconds; 0: for ever). The answer is the system message that
    /// says so, `None` if it is pinned already.
    ///
    /// Errors, in order: `MessageNotFound`, `message`, `until`.
    pub async fn pin(
        &self,
        at: &Participation,
        id: MessageId,
        until: i64,
    ) -> Result<Option<Arc<Resolved>>, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let message = act.tx.find_message(room.id, id)?;
            let message = message
                .filter(|message| !message.is_expired(act.now))
                .ok_or(Error::MessageNotFound)?;
            if !message.body.is_chat() {
                return Err(Error::Invalid(Invalid::Message));
            }
            if until != 0 && until <= act.now {
                return Err(Error::Invalid(Invalid::Until));
            }
            if act.tx.find_pin(room.id, id)?.is_some() {
                return Ok(None);
            }
            act.tx.insert_pin(&Pin {
                room: room.id,
                message: id,
                by: attendee.actor.clone(),
                at: act.now,
                until: Some(until).filter(|until| *until != 0),
            })?;
            act.tx.unhide_pin(room.id, id)?;
            changed(act, room.id);
            say(
                act,
                room.id,
                &attendee.actor,
                id,
                SystemMessage::MessagePinned { message: id.0 },
            )
        })
        .await
    }

    /// The pinned messages, most recently pinned first; those pinned before the message `before` was,
    /// `MessageId::NONE`: all.
    pub async fn pinned(
        &self,
        at: &Participation,
        before: MessageId,
        limit: u32,
    ) -> Result<SharedItems, Error> {
        let room = Arc::clone(at.room());
        self.read(move |view| {
            let mut resolver = Resolver::new(view, &room)?;
            let mut items = Vec::new();
            for pin in view.tx.pins(room.id, before, limit)? {
                let message = view.tx.find_message(room.id, pin.message)?;
                if let Some(message) = message.filter(|one| !one.is_expired(view.now)) {
                    items.push(resolver.resolve_alone(message)?);
                }
            }
            Ok(items)
        })
        .await
    }

    // Quirk: pin-of-nothing.
    /// Take a pin away. The answer is the system message that says so, `None` if there is no pin.
    ///
    /// Errors: `MessageNotFound`.
    pub async fn unpin(
        &self,
        at: &Participation,
        id: MessageId,
    ) -> Result<Option<Arc<Resolved>>, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let message = act.tx.find_message(room.id, id)?;
            message.ok_or(Error::MessageNotFound)?;
            match act.tx.find_pin(room.id, id)? {
                Some(pin) => take_away(act, &pin, &attendee.actor),
                None => Ok(None),
            }
        })
        .await
    }

    /// Close the banner of a pinned message for the caller. Nothing happens if it is not pinned.
    ///
    /// Errors: `MessageNotFound`.
    pub async fn hide_pin(&self, at: &Participation, id: MessageId) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let message = act.tx.find_message(room.id, id)?;
            message.ok_or(Error::MessageNotFound)?;
            if act.tx.find_pin(room.id, id)?.is_some() {
                act.tx.hide_pin(attendee.id, id)?;
                // Other devices of the account look for it.
                act.tx.touch_attendee(attendee.id, act.now)?;
            }
            Ok(())
        })
        .await
    }
}

/// The pin of a message, looked for only in rooms where something is pinned.
pub fn of(resolver: &mut Resolver<'_>, message: &Message) -> Result<Option<Pinned>, Error> {
    let room = resolver.room;
    if room.last_pin == MessageId::NONE || !message.body.is_chat() {
        return Ok(None);
    }
    let Some(pin) = resolver.view.tx.find_pin(room.id, message.id)? else {
        return Ok(None);
    };
    Ok(Some(Pinned {
        by: resolver.author_of(&pin.by)?,
        at: pin.at,
        until: pin.until,
    }))
}

/// Takes away what was pinned only until now; whether there may be more.
pub fn unpin_due(act: &mut Act<'_>) -> Result<bool, Error> {
    let due = act.tx.due_pins(act.now, BATCH)?;
    for pin in &due {
        take_away(act, pin, &Actor::system())?;
    }
    Ok(due.len() == BATCH as usize)
}

// Quirk: pin-of-deleted.
/// A message was deleted: it is pinned no more, without a word.
pub fn forget(act: &mut Act<'_>, room: &Room, id: MessageId) -> Result<(), Error> {
    if room.last_pin != MessageId::NONE && act.tx.find_pin(room.id, id)?.is_some() {
        act.tx.delete_pin(room.id, id)?;
        changed(act, room.id);
    }
    Ok(())
}

/// The history is gone, and all pins with it.
pub fn cleared(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    if room.last_pin != MessageId::NONE {
        act.tx.delete_pins(room.id)?;
        changed(act, room.id);
    }
    Ok(())
}

/// Rows of a room were purged, and their pins with them.
pub fn purged(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    let newest = room.last_pin;
    if newest != MessageId::NONE && act.tx.find_pin(room.id, newest)?.is_none() {
        // The one before it counts again.
        act.tx.delete_pin(room.id, newest)?;
        changed(act, room.id);
    }
    Ok(())
}

fn take_away(act: &mut Act<'_>, pin: &Pin, actor: &Actor) -> Result<Option<Arc<Resolved>>, Error> {
    act.tx.delete_pin(pin.room, pin.message)?;
    changed(act, pin.room);
    let unpinned = SystemMessage::MessageUnpinned {
        message: pin.message.0,
    };
    say(act, pin.room, actor, pin.message, unpinned)
}

/// Says it in the room as it is now; nothing is said about a message that is gone.
fn say(
    act: &mut Act<'_>,
    room: RoomId,
    actor: &Actor,
    id: MessageId,
    what: SystemMessage,
) -> Result<Option<Arc<Resolved>>, Error> {
    let room = act.tx.find_room_by_id(room)?.ok_or(Error::RoomNotFound)?;
    let Some(message) = act.tx.find_message(room.id, id)? else {
        return Ok(None);
    };
    let entry = Entry {
        parent: Some(&message),
        ..Entry::system(actor, what)
    };
    append(act, &room, entry).map(Some)
}

fn changed(act: &mut Act<'_>, room: RoomId) {
    act.happened(Event::RowsChanged { room });
    act.happened(Event::RoomChanged { room });
}
