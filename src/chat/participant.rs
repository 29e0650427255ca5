//! Who takes part: listing, adding, removing, promoting, guests' names.
//! Source: conversations.md 4.2, 4.4 to 4.7.

use std::collections::HashMap;

use super::admission::{Participation, effective};
use super::ban;
use super::error::{Error, Invalid};
use super::event::Event;
use super::invitation::{self, Added, Invitee};
use super::membership;
use super::message::still_there;
use super::posting::say;
use super::presence::Status;
use super::session::pinged;
use super::transaction::{Act, View};
use super::upkeep::Dead;
use super::{Chat, SESSION_TIMEOUT_SECS};
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, CallFlags, Permissions, Role, Room, RoomKind, Session,
    SystemMessage,
};

/// So many participants are listed without their statuses.
const CROWD: usize = 1000;
/// Characters that a guest's name may have.
pub const MAX_GUEST_NAME_CHARS: usize = 255;

/// A member with their open sessions.
#[derive(Debug, Clone)]
pub struct Present {
    pub attendee: Attendee,
    pub permissions: Permissions,
    pub sessions: Vec<Session>,
    /// Of an account, if it was asked for.
    pub status: Option<Status>,
}

/// Everybody whom somebody sees in a room.
#[derive(Debug)]
pub struct Everybody {
    pub people: Vec<Present>,
    /// Whether each account's status is among it.
    pub with_statuses: bool,
}

impl Participation {
    /// Whether the member may know who else takes part. Errors: `GuestsSeeNobody`.
    pub fn check_sees_others(&self) -> Result<(), Error> {
        match self.attendee().role {
            Role::Guest => Err(Error::GuestsSeeNobody),
            _ => Ok(()),
        }
    }
}

impl Present {
    /// What they do in the call, in all their browsers together.
    pub fn in_call(&self) -> CallFlags {
        let flags = self.sessions.iter().map(|session| session.in_call);
        flags.fold(CallFlags::NONE, CallFlags::with)
    }
}

impl Chat {
    /// Everybody in the room; guests only while they are there.
    ///
    /// Errors: `GuestsSeeNobody`.
    pub async fn participants(
        &self,
        at: &Participation,
        with_statuses: bool,
    ) -> Result<Everybody, Error> {
        at.check_sees_others()?;
        loop {
            let (room, asker) = (at.room().clone(), at.attendee().clone());
            let (everybody, dead) = self
                .read(move |view| who_is_there(view, &room, &asker, with_statuses))
                .await?;
            if dead.is_empty() {
                return Ok(everybody);
            }
            // Whoever looks at the list carries out the dead.
            self.write(move |act| dead.end(act)).await?;
        }
    }

    /// Bring somebody in, by the kind that `source` names. Links in letters begin with `base_url`.
    ///
    /// Errors, in order: `room-type`, then by source `NewParticipantNotFound`, `ban`, `FederationOff`,
    /// `TelephonyOff`, `new-participant`, `source`; for addresses those of `invitation::invite`.
    pub async fn add_participant(
        &self,
        at: &Participation,
        source: String,
        id: String,
        base_url: &str,
    ) -> Result<Added, Error> {
        let at = at.clone();
        let places = self.post_office.reserve(usize::from(source == "emails"))?;
        let invited = self
            .write(move |act| bring_in(act, &at, &source, &id))
            .await?;
        Ok(match invited {
            None => Added::Member,
            Some((kind, invitee)) => Added::Guest {
                kind,
                link: self.send_first(places, &invitee, base_url),
            },
        })
    }

    /// Remove a member.
    ///
    /// Errors, in order: `ParticipantNotFound`, `room-type`, `last-moderator` (oneself),
    /// `OwnerProtected`.
    pub async fn remove_participant(
        &self,
        at: &Participation,
        target: AttendeeId,
    ) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let target = find_in(act, &room, target)?.ok_or(Error::ParticipantNotFound)?;
            if room.kind.is_one_to_one() {
                return Err(Error::Invalid(Invalid::RoomType));
            }
            if target.id == attendee.id {
                return if attendee.is_guest() {
                    Err(Error::ParticipantNotFound)
                } else {
                    leave_for_good(act, &room, &attendee)
                };
            }
            if target.role == Role::Owner {
                return Err(Error::OwnerProtected);
            }
            membership::remove(act, &room, &attendee.actor, &target)
        })
        .await
    }

    /// Leave the conversation for good; the last one takes it along.
    ///
    /// Errors: `last-moderator`.
    pub async fn leave_for_good(&self, at: &Participation) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            leave_for_good(act, &room, &attendee)
        })
        .await
    }

    /// Make a member a moderator.
    ///
    /// Errors, in order: `TargetNotFound`, `ActOnSelf`, `RoleUnchangeable`.
    pub async fn promote(&self, at: &Participation, target: AttendeeId) -> Result<(), Error> {
        self.change_role(at, target, |role| match role {
            Role::User | Role::SelfJoined => Some(Role::Moderator),
            Role::Guest => Some(Role::GuestModerator),
            Role::Owner | Role::Moderator | Role::GuestModerator => None,
        })
        .await
    }

    /// Make a moderator an ordinary member again. Errors: as `promote`.
    pub async fn demote(&self, at: &Participation, target: AttendeeId) -> Result<(), Error> {
        self.change_role(at, target, |role| match role {
            Role::Moderator => Some(Role::User),
            Role::GuestModerator => Some(Role::Guest),
            Role::Owner | Role::User | Role::Guest | Role::SelfJoined => None,
        })
        .await
    }

    async fn change_role(
        &self,
        at: &Participation,
        target: AttendeeId,
        change: impl FnOnce(Role) -> Option<Role> + Send + 'static,
    ) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let mut target = find_in(act, &room, target)?.ok_or(Error::TargetNotFound)?;
            if target.actor == attendee.actor {
                return Err(Error::ActOnSelf);
            }
            if target.is_collective() {
                return Err(Error::RoleUnchangeable);
            }
            let role = change(target.role).ok_or(Error::RoleUnchangeable)?;
            target.role = role;
            target.activity_at = act.now;
            if role == Role::Moderator {
                target.permissions = Permissions::DEFAULT;
            }
            membership::update(act, &target)?;
            let message = role_message(&target.actor, role);
            say(act, &room, &attendee.actor, message)?;
            Ok(())
        })
        .await
    }

    /// Change a guest's own name; it may be empty.
    ///
    /// Errors: `NotAGuest`, `value` (too long).
    pub async fn set_guest_name(&self, at: &Participation, name: String) -> Result<(), Error> {
        if !at.attendee().is_guest() {
            return Err(Error::NotAGuest);
        }
        let at = at.clone();
        self.write(move |act| {
            let (_, attendee) = still_there(act, &at)?;
            set_guest_name(act, attendee, name)
        })
        .await
    }
}

/// Everybody whom `asker` sees in the room, and who of them is to go.
fn who_is_there(
    view: &View<'_>,
    room: &Room,
    asker: &Attendee,
    with_statuses: bool,
) -> Result<(Everybody, Dead), Error> {
    let policy = view.memory.policy();
    let mut sessions: HashMap<AttendeeId, Vec<Session>> = HashMap::new();
    for session in view.tx.sessions(room.id)? {
        let of = sessions.entry(session.attendee).or_default();
        of.push(pinged(view, session));
    }
    let everybody = view.tx.attendees(room.id)?.into_iter().map(|mut attendee| {
        if !asker.role.moderates() && attendee.id != asker.id {
            // An address is the business of moderators and of whom it belongs to.
            attendee.invited_address.clear();
        }
        Present {
            permissions: effective(room, &attendee, &policy),
            sessions: sessions.remove(&attendee.id).unwrap_or_default(),
            status: None,
            attendee,
        }
    });
    let mut everybody: Vec<Present> = everybody.collect();
    let people = everybody
        .iter()
        .map(|present| (&present.attendee, present.sessions.as_slice()));
    let dead = Dead::find(view, people);
    let alive_since = view.now - SESSION_TIMEOUT_SECS;
    everybody.retain(|present| is_listed(present, alive_since));
    let with_statuses =
        with_statuses && asker.actor.kind == ActorKind::Users && everybody.len() < CROWD;
    if with_statuses {
        for present in &mut everybody {
            present.status = Status::shown(view, &present.attendee)?;
        }
    }
    let everybody = Everybody {
        people: everybody,
        with_statuses,
    };
    Ok((everybody, dead))
}

fn is_listed(present: &Present, alive_since: i64) -> bool {
    let fleeting = present.attendee.role == Role::Guest
        && present.attendee.actor.kind == ActorKind::Guests
        && present.attendee.permissions.0 <= Permissions::CUSTOM.0;
    !fleeting
        || present
            .sessions
            .iter()
            .any(|session| session.last_ping_at > alive_since)
}

/// Adds an account, a group or the owner of an address; of the last whom to write to, and the room's kind now.
fn bring_in(
    act: &mut Act<'_>,
    at: &Participation,
    source: &str,
    id: &str,
) -> Result<Option<(RoomKind, Invitee)>, Error> {
    let (mut room, attendee) = still_there(act, at)?;
    let closed = matches!(
        room.kind,
        RoomKind::OneToOne | RoomKind::FormerOneToOne | RoomKind::NoteToSelf
    );
    if closed {
        return Err(Error::Invalid(Invalid::RoomType));
    }
    match source {
        "users" => {
            let user = act.tx.find_user(id)?;
            let user = user.ok_or(Error::NewParticipantNotFound)?;
            if ban::is_banned(act, room.id, &user.id)? {
                return Err(Error::Invalid(Invalid::Ban));
            }
            membership::add_users(act, &room, &attendee.actor, &[user])?;
            Ok(None)
        }
        "groups" => {
            let group = act.tx.find_group(id)?;
            let group = group.ok_or(Error::NewParticipantNotFound)?;
            membership::add_group(act, &room, &attendee.actor, &group)?;
            Ok(None)
        }
        "emails" => {
            let invitee = invitation::invite(act, &mut room, &attendee, id, "")?;
            Ok(Some((room.kind, invitee)))
        }
        "circles" | "teams" => Err(Error::Invalid(Invalid::NewParticipant)),
        "federated_users" => Err(Error::FederationOff),
        "phones" => Err(Error::TelephonyOff),
        _ => Err(Error::Invalid(Invalid::Source)),
    }
}

/// The member with this id, if it is one of this room.
pub fn find_in(act: &Act<'_>, room: &Room, id: AttendeeId) -> Result<Option<Attendee>, Error> {
    let attendee = act.tx.find_attendee_by_id(id)?;
    Ok(attendee.filter(|attendee| attendee.room == room.id))
}

fn leave_for_good(act: &mut Act<'_>, room: &Room, attendee: &Attendee) -> Result<(), Error> {
    let counts = act.tx.counts(room.id)?;
    let only_moderator = attendee.role.is_real_moderator() && counts.moderators == 1;
    if !room.kind.is_one_to_one() && only_moderator && counts.users > 1 {
        return Err(Error::Invalid(Invalid::LastModerator));
    }
    let is_user = matches!(attendee.role, Role::Owner | Role::Moderator | Role::User);
    if room.kind != RoomKind::Changelog && counts.users == 1 && is_user {
        return membership::delete_room(act, room);
    }
    membership::remove(act, room, &attendee.actor, attendee)
}

fn role_message(target: &Actor, role: Role) -> SystemMessage {
    let id = target.id.clone();
    let actor_type = target.kind.wire().to_owned();
    match role {
        Role::Owner | Role::Moderator => SystemMessage::ModeratorPromoted { user: id },
        Role::User | Role::SelfJoined => SystemMessage::ModeratorDemoted { user: id },
        Role::GuestModerator => SystemMessage::GuestModeratorPromoted { actor_type, id },
        Role::Guest => SystemMessage::GuestModeratorDemoted { actor_type, id },
    }
}

/// A name sent along with a message counts for guests only, and only if it is not empty.
pub fn rename_guest(act: &mut Act<'_>, attendee: &Attendee, name: &str) -> Result<(), Error> {
    if !attendee.is_guest() || name.is_empty() {
        return Ok(());
    }
    set_guest_name(act, attendee.clone(), name.to_owned())
}

fn set_guest_name(act: &mut Act<'_>, mut attendee: Attendee, name: String) -> Result<(), Error> {
    // Quirk: guest-name-too-long.
    if name.chars().count() > MAX_GUEST_NAME_CHARS {
        return Err(Error::Invalid(Invalid::Value));
    }
    if name == attendee.display_name {
        return Ok(());
    }
    attendee.display_name = name;
    act.tx
        .rename_in_polls(&attendee.actor, &attendee.display_name)?;
    membership::update(act, &attendee)?;
    act.happened(Event::PeopleChanged {
        room: attendee.room,
    });
    // Older messages show the new name.
    act.happened(Event::RowsChanged {
        room: attendee.room,
    });
    Ok(())
}
