//! Setting what members may do: for a whole room, and for one of them. Source: conversations.md 3.13, 4.8.
//!
//! What a member's permissions come to is decided in `admission::effective`.

use super::Chat;
use super::admission::{Participation, effective};
use super::error::{Error, Invalid};
use super::event::Event;
use super::membership;
use super::message::still_there;
use super::participant::{Present, find_in};
use super::presence::Status;
use crate::model::{AttendeeId, Permissions, Role, RoomKind};

/// Which of a room's levels is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What members have who have nothing of their own.
    Default,
    /// A level for the time of a call; it is gone, only its name is still refused.
    Call,
}

/// A change of one member's permissions as somebody wants it.
#[derive(Debug, Clone)]
pub struct PermissionChange {
    pub target: AttendeeId,
    /// `set`, `add` or `remove`.
    pub method: String,
    /// A mask as it came.
    pub permissions: i64,
}

impl Chat {
    /// Set what members may do who have nothing of their own; afterwards nobody has.
    ///
    /// Errors: `mode`, `type`, `value`.
    pub async fn set_default_permissions(
        &self,
        at: &Participation,
        level: Level,
        permissions: i64,
    ) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (mut room, _) = still_there(act, &at)?;
            if level == Level::Call {
                return Err(Error::Invalid(Invalid::Mode));
            }
            if room.kind.is_one_to_one() || room.kind == RoomKind::NoteToSelf {
                return Err(Error::Invalid(Invalid::Type));
            }
            room.default_permissions =
                Permissions::from_wire(permissions).ok_or(Error::Invalid(Invalid::Value))?;
            act.tx.reset_permissions(room.id)?;
            act.tx.update_room(&room)?;
            act.happened(Event::RoomChanged { room: room.id });
            act.happened(Event::PeopleChanged { room: room.id });
            Ok(())
        })
        .await
    }

    /// Change what one member may do. Who joined by themselves belongs from then on.
    ///
    /// Errors: `ParticipantNotFound`, `room-type`, `ModeratorUnchangeable`, `type`, `value`, `method`.
    pub async fn change_permissions(
        &self,
        at: &Participation,
        change: PermissionChange,
    ) -> Result<Present, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, _) = still_there(act, &at)?;
            let target = find_in(act, &room, change.target)?;
            let mut target = target.ok_or(Error::ParticipantNotFound)?;
            if room.kind.is_one_to_one() {
                return Err(Error::Invalid(Invalid::RoomType));
            }
            if target.role.moderates() {
                return Err(Error::ModeratorUnchangeable);
            }
            if target.is_collective() {
                return Err(Error::Invalid(Invalid::Type));
            }
            let policy = act.memory.policy();
            let so_far = effective(&room, &target, &policy);
            target.permissions = changed(so_far, &change.method, change.permissions)?;
            if target.role == Role::SelfJoined {
                target.role = Role::User;
            }
            target.activity_at = act.now;
            membership::update(act, &target)?;
            act.happened(Event::PeopleChanged { room: room.id });
            Ok(Present {
                status: match at.caller.user {
                    Some(_) => Status::shown(&act.view(), &target)?,
                    None => None,
                },
                permissions: effective(&room, &target, &policy),
                attendee: target,
                // Quirk: changed-member-without-sessions.
                sessions: Vec::new(),
            })
        })
        .await
    }
}

/// A member's own level after a change of what they may do in effect.
///
/// Errors: `value`, `method`.
fn changed(so_far: Permissions, method: &str, sent: i64) -> Result<Permissions, Error> {
    let set = Permissions::from_wire(sent).ok_or(Error::Invalid(Invalid::Value))?;
    match method {
        "set" => Ok(set),
        "add" => Ok(Permissions(so_far.0 | sent)),
        // Quirk: remove-all-permissions.
        "remove" => Ok(Permissions(so_far.0 & !sent)),
        _ => Err(Error::Invalid(Invalid::Method)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_and_removing_begin_with_what_is_in_effect() {
        for (so_far, method, sent, stored) in [
            (246, "set", 0, Ok(0)),
            (246, "set", 1, Ok(1)),
            (246, "set", 4, Ok(5)),
            (246, "set", 254, Ok(255)),
            (246, "set", 255, Ok(255)),
            (246, "add", 8, Ok(254)),
            (246, "add", 0, Ok(246)),
            (5, "add", 128, Ok(133)),
            (246, "remove", 2, Ok(244)),
            (133, "remove", 5, Ok(128)),
            (246, "remove", 0, Ok(246)),
            (246, "remove", 254, Ok(0)),
            (246, "set", 256, Err("value")),
            (246, "add", -1, Err("value")),
            (246, "remove", i64::MAX, Err("value")),
            (246, "toggle", 256, Err("value")),
            (246, "toggle", 1, Err("method")),
            (246, "SET", 1, Err("method")),
            (246, "", 1, Err("method")),
        ] {
            let found = match changed(Permissions(so_far), method, sent) {
                Ok(permissions) => Ok(permissions.0),
                Err(Error::Invalid(what)) => Err(what.wire()),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, stored, "{method} {sent} on {so_far}");
        }
    }
}
