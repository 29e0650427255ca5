//! The lobby: who waits outside, and the timer that opens it, evaluated when somebody looks.

use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::posting::say;
use super::transaction::Act;
use super::{Chat, call};
use crate::model::{Actor, Room, RoomId, SystemMessage};

/// Kinds of bound objects whose rooms may have a lobby.
const OBJECTS: [&str; 6] = [
    "",
    "room",
    "emails",
    "event",
    "extended_conversation",
    "instant_meeting",
];

/// Whether the timer of an active lobby is over.
pub fn is_due(room: &Room, now: i64) -> bool {
    room.lobby && room.lobby_timer.is_some_and(|at| at < now)
}

impl Chat {
    /// Set the lobby (`state` 0 or 1) and its timer in unix seconds; 0 or less is none.
    ///
    /// Errors: `type`, `object`, `value`. Source: conversations.md 3.12.
    pub async fn set_lobby(
        &self,
        at: &Participation,
        state: i64,
        timer: Option<i64>,
    ) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Type));
            }
            if !OBJECTS.contains(&room.object_type.as_str()) {
                return Err(Error::Invalid(Invalid::Object));
            }
            let lobby = match state {
                0 => false,
                1 => true,
                _ => return Err(Error::Invalid(Invalid::Value)),
            };
            let changed = room.lobby != lobby;
            room.lobby = lobby;
            room.lobby_timer = timer.filter(|timer| *timer > 0);
            act.tx.update_room(room)?;
            act.happened(Event::RoomChanged { room: room.id });
            if changed {
                let message = if lobby {
                    SystemMessage::LobbyNonModerators
                } else {
                    SystemMessage::LobbyNone
                };
                say(act, room, actor, message)?;
            }
            if lobby {
                call::take_out(act, room.id, |attendee| !attendee.role.moderates())?;
            }
            open_if_due(act, room.id)
        })
        .await
    }

    /// Carry out timers that are over. Whoever comes first does it; the others find it done.
    pub(super) async fn open_due_lobbies(&self, rooms: Vec<RoomId>) -> Result<(), Error> {
        self.write(move |act| rooms.iter().try_for_each(|room| open_if_due(act, *room)))
            .await
    }
}

/// Opens the lobby if its timer is over.
pub fn open_if_due(act: &mut Act<'_>, room: RoomId) -> Result<(), Error> {
    let Some(mut room) = act.tx.find_room_by_id(room)? else {
        return Ok(());
    };
    if !is_due(&room, act.now) {
        return Ok(());
    }
    room.lobby = false;
    room.lobby_timer = None;
    act.tx.update_room(&room)?;
    act.happened(Event::RoomChanged { room: room.id });
    say(
        act,
        &room,
        // Quirk: lobby-timer-actor.
        &Actor::system(),
        SystemMessage::LobbyTimerReached,
    )?;
    Ok(())
}
