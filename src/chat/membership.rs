//! Entering and leaving a room: the rows, and what memory must know. Who may is decided elsewhere.

use super::error::Error;
use super::event::{Event, Who};
use super::notice;
use super::posting::say;
use super::transaction::Act;
use super::{ban, call};
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, MessageId, Role, Room, SystemMessage, User,
};
use crate::store::NewAttendee;

/// Makes an account a member, without a word.
pub fn seat_user(
    act: &mut Act<'_>,
    room: &Room,
    user: &User,
    role: Role,
    last_read: MessageId,
) -> Result<AttendeeId, Error> {
    let attendee = NewAttendee {
        room: room.id,
        actor: Actor::user(&user.id),
        role,
        display_name: user.display_name.clone(),
        read_private: user.read_private,
        favorite: false,
        last_read,
    };
    seat(act, &attendee)
}

/// Makes anybody a member, without a word.
pub fn seat(act: &mut Act<'_>, attendee: &NewAttendee) -> Result<AttendeeId, Error> {
    let id = act.tx.insert_attendee(attendee)?;
    if attendee.actor.kind == ActorKind::Users && !attendee.read_private {
        act.happened(Event::MarkerCounts {
            room: attendee.room,
            attendee: id,
            marker: attendee.last_read,
        });
    }
    Ok(id)
}

/// Makes somebody without an account a member, or a group, who has read everything there is.
pub fn seat_other(
    act: &mut Act<'_>,
    room: &Room,
    actor: Actor,
    role: Role,
    display_name: &str,
) -> Result<Attendee, Error> {
    let last_read = act.tx.pulse(room.id)?.last_message;
    let attendee = NewAttendee {
        room: room.id,
        actor,
        role,
        display_name: display_name.to_owned(),
        read_private: false,
        favorite: false,
        last_read,
    };
    let id = seat(act, &attendee)?;
    // Just stored.
    act.tx
        .find_attendee_by_id(id)?
        .ok_or(Error::ParticipantNotFound)
}

/// Ends a membership with its sessions, without a word.
pub fn unseat(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    for session in act.tx.sessions_of(attendee.id)? {
        call::drop_out(act, attendee, &session, &Actor::system())?;
    }
    seat_changed(act, attendee)?;
    notice::left(act, attendee)?;
    act.tx.delete_attendee(attendee.id)?;
    act.happened(Event::PeopleChanged {
        room: attendee.room,
    });
    act.happened(Event::MarkerGone {
        room: attendee.room,
        attendee: attendee.id,
    });
    Ok(())
}

/// Stores a changed membership.
pub fn update(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    act.tx.update_attendee(attendee)?;
    seat_changed(act, attendee)
}

/// What was known of this member's place is out of date.
pub fn seat_changed(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    let room = attendee.room;
    if let Some(user) = attendee.actor.as_user() {
        act.happened(Event::SeatChanged {
            room,
            who: Who::Account(user),
        });
        return Ok(());
    }
    for session in act.tx.sessions_of(attendee.id)? {
        act.happened(Event::SeatChanged {
            room,
            who: Who::Browser(session.cookie),
        });
    }
    Ok(())
}

/// Adds accounts in one batch, each with its message; who belongs already stays as they are,
/// who joined by themselves becomes permanent, who is banned is left out without a word.
pub fn add_users(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    users: &[User],
) -> Result<(), Error> {
    // Being added is not unread: everybody starts at the last message before the batch.
    let before = act.tx.pulse(room.id)?.last_message;
    let has_bans = act.tx.has_bans(room.id)?;
    for user in users {
        let mut is_new = true;
        match act.tx.find_attendee(room.id, &Actor::user(&user.id))? {
            None if has_bans && ban::is_banned(act, room.id, &user.id)? => continue,
            None => {
                seat_user(act, room, user, Role::User, before)?;
            }
            Some(mut attendee) if attendee.role == Role::SelfJoined => {
                attendee.role = Role::User;
                update(act, &attendee)?;
                // Who came by themselves need not be told.
                is_new = false;
            }
            Some(_) => continue,
        }
        let added = SystemMessage::UserAdded {
            user: user.id.0.clone(),
        };
        say(act, room, actor, added)?;
        if is_new {
            notice::of_invitation(act, room, actor, &user.id)?;
        }
    }
    Ok(())
}

/// Adds a group as a member, once, and then everybody in it.
pub fn add_group(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    group: &crate::model::Group,
) -> Result<(), Error> {
    let collective = Actor::group(&group.id);
    if act.tx.find_attendee(room.id, &collective)?.is_none() {
        seat_other(act, room, collective, Role::User, &group.display_name)?;
        let added = SystemMessage::GroupAdded {
            group: group.id.clone(),
        };
        say(act, room, actor, added)?;
    }
    let members = act.tx.members_of(&group.id)?;
    add_users(act, room, actor, &members)
}

/// Removes a member and says so where it is said.
pub fn remove(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    attendee: &Attendee,
) -> Result<(), Error> {
    match attendee.actor.kind {
        ActorKind::Users => {
            // While the account still is a member, so that its waiting reader gets this row, too.
            let left_quietly = attendee.role == Role::SelfJoined && *actor == attendee.actor;
            if !room.kind.is_one_to_one() && !left_quietly {
                let removed = SystemMessage::UserRemoved {
                    user: attendee.actor.id.clone(),
                };
                say(act, room, actor, removed)?;
            }
            unseat(act, attendee)
        }
        ActorKind::Groups => remove_group(act, room, actor, attendee),
        _ => unseat(act, attendee),
    }
}

/// Removes a group and those who are here only through it.
fn remove_group(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    attendee: &Attendee,
) -> Result<(), Error> {
    let group = attendee.actor.id.clone();
    unseat(act, attendee)?;
    let removed = SystemMessage::GroupRemoved {
        group: group.clone(),
    };
    say(act, room, actor, removed)?;
    for member in act.tx.members_of(&group)? {
        leave_with_group(act, room, actor, &member)?;
    }
    Ok(())
}

/// Removes an ordinary member whom no other group of the room contains.
pub fn leave_with_group(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    user: &User,
) -> Result<(), Error> {
    let attendee = act.tx.find_attendee(room.id, &Actor::user(&user.id))?;
    let Some(attendee) = attendee.filter(|attendee| attendee.role == Role::User) else {
        return Ok(());
    };
    for group in act.tx.groups_of(user.number)? {
        if act
            .tx
            .find_attendee(room.id, &Actor::group(&group.id))?
            .is_some()
        {
            return Ok(());
        }
    }
    remove(act, room, actor, &attendee)
}

/// Ends a room with everything in it.
pub fn delete_room(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    act.tx.delete_room(room.id)?;
    act.happened(Event::RoomGone { room: room.id });
    Ok(())
}
