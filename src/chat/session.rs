//! Joining and leaving: a browser opens a room and closes it. Source: conversations.md 4.2, 4.9, 4.10.

use sha1::{Digest, Sha1};

use super::Chat;
use super::admission::{Caller, Participation, find_own_attendee};
use super::error::Error;
use super::event::{Event, Who};
use super::notice;
use super::posting::say;
use super::throttle::Action;
use super::transaction::{Act, View};
use super::{ban, call, membership};
use crate::model::{
    Actor, ActorKind, Attendee, CookieKey, Listable, Role, Room, RoomKind, Session, SessionId,
    SystemMessage, Token, User, UserId, Visit,
};
use crate::store::NewSession;

/// Browsers in which one member has a room open at the same time; beyond that the oldest is closed.
const MAX_SESSIONS: usize = 100;

/// How somebody wants to open a room.
#[derive(Debug, Clone)]
pub struct Join {
    /// Of the room, if it has one.
    pub password: String,
    /// Replace this browser's session even if it is in the call.
    pub force: bool,
}

/// What joining needs to know before a password is compared, which takes long.
struct Door {
    password_hash: String,
    needs_password: bool,
    by_invitation: bool,
}

/// As what somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// A guest who was not there before.
    NewGuest,
    /// Anybody else.
    Other,
}

/// How a join ended inside the transaction. Refusals that keep what was done before are no errors.
enum Entered {
    Yes(Joined),
    Banned,
    WrongPassword,
}

/// What somebody at the door has shown, and how many may come.
struct Key {
    knows_password: bool,
    /// The hash that the password was compared with.
    password_hash: String,
    force: bool,
    /// No password was asked for only because of an invitation.
    by_invitation: bool,
    /// Beyond them nobody new comes in without account or invitation.
    max_guests: u32,
}

impl Chat {
    /// Open a room in this browser. Whatever session the browser had there ends.
    ///
    /// Errors, in order: `NotJoinable`, `BannedFromJoining`, `InCallElsewhere`, `WrongRoomPassword`,
    /// `TooManyGuests`.
    pub async fn join(&self, caller: &Caller, token: &Token, ask: Join) -> Result<Joined, Error> {
        let door = {
            let (caller, token) = (caller.clone(), token.clone());
            self.read(move |view| look_at_door(view, &caller, &token))
                .await?
        };
        let Some(door) = door else {
            return Err(self.unknown_room(caller.address));
        };
        let knows_password = !door.needs_password
            || self
                .hasher
                .matches(&ask.password, &door.password_hash)
                .await?;
        let entered = {
            let (caller, token) = (caller.clone(), token.clone());
            let max_guests = self.limits.max_guests;
            self.write(move |act| {
                let room = act.tx.find_room(&token)?.ok_or(Error::NotJoinable)?;
                let key = Key {
                    max_guests,
                    knows_password,
                    password_hash: door.password_hash,
                    force: ask.force,
                    by_invitation: door.by_invitation,
                };
                enter(act, &caller, &room, &key)
            })
            .await?
        };
        match entered {
            Entered::Yes(joined) => Ok(joined),
            Entered::Banned => Err(Error::BannedFromJoining),
            Entered::WrongPassword => {
                self.note_failure(Action::RoomPassword, caller.address);
                Err(Error::WrongRoomPassword)
            }
        }
    }

    /// Close a room in this browser. Nothing happens if it is not open there.
    pub async fn leave(&self, caller: &Caller, token: &Token) -> Result<(), Error> {
        let (caller, token) = (caller.clone(), token.clone());
        self.write(move |act| {
            let Some(room) = act.tx.find_room(&token)? else {
                return Ok(());
            };
            let view = act.view();
            let own = find_own_attendee(&view, &room, caller.user_id(), caller.cookie)?;
            let session = act.tx.find_session(room.id, caller.cookie)?;
            match own.zip(session) {
                Some((attendee, session)) if session.attendee == attendee.id => {
                    end(act, &attendee, &session)
                }
                _ => Ok(()),
            }
        })
        .await
    }

    /// Note that the caller's browser still has the room open.
    pub async fn ping(&self, at: &Participation) -> Result<(), Error> {
        let (room, cookie, attendee) = (at.room().id, at.caller.cookie, at.attendee().id);
        let session = self
            .read(move |view| Ok(view.tx.find_session(room, cookie)?))
            .await?;
        if let Some(session) = session.filter(|session| session.attendee == attendee) {
            self.raise_ping(session.row);
        }
        Ok(())
    }
}

/// The session with its last ping, whether that is stored yet or not.
pub fn pinged(view: &View<'_>, mut session: Session) -> Session {
    let waiting = view.memory.pending.last_ping(session.row).unwrap_or(0);
    session.last_ping_at = session.last_ping_at.max(waiting);
    session
}

/// Whether this account finds the room without an invitation.
pub fn is_listed_for(room: &Room, user: Option<&UserId>) -> bool {
    user.is_some() && room.listable != Listable::Nobody
}

/// Whether somebody may know that the room exists: public, a member, or listed for the account.
pub fn is_accessible(view: &View<'_>, room: &Room, user: Option<&UserId>) -> Result<bool, Error> {
    if room.kind == RoomKind::Public || is_listed_for(room, user) {
        return Ok(true);
    }
    let Some(user) = user else {
        return Ok(false);
    };
    let attendee = view.tx.find_attendee(room.id, &Actor::user(user))?;
    Ok(attendee.is_some())
}

fn look_at_door(view: &View<'_>, caller: &Caller, token: &Token) -> Result<Option<Door>, Error> {
    let user = caller.user_id();
    let Some(room) = view.tx.find_room(token)? else {
        return Ok(None);
    };
    if !is_accessible(view, &room, user)? {
        return Ok(None);
    }
    let session = view.tx.find_session(room.id, caller.cookie)?;
    let own = find_own_attendee(view, &room, user, caller.cookie)?;
    let stays = match &own {
        None => false,
        // This session is about to end; with their last one the self-joined lose their place.
        Some(attendee) if attendee.role == Role::SelfJoined => {
            let ends = i64::from(session.is_some_and(|session| session.attendee == attendee.id));
            let sessions = view.tx.sessions_of(attendee.id)?;
            i64::try_from(sessions.len()).unwrap_or(i64::MAX) > ends || ends == 0
        }
        Some(_) => true,
    };
    let visit = view.tx.visit(room.id, caller.cookie)?;
    let was_invited = user.is_none() && find_invited(view, &room, &visit)?.is_some();
    let is_locked = room.kind == RoomKind::Public
        && !room.password_hash.is_empty()
        && visit.password_hash != room.password_hash
        && !stays
        && !is_listed_for(&room, user);
    Ok(Some(Door {
        password_hash: room.password_hash,
        needs_password: is_locked && !was_invited,
        by_invitation: is_locked && was_invited,
    }))
}

fn enter(act: &mut Act<'_>, caller: &Caller, room: &Room, key: &Key) -> Result<Entered, Error> {
    let user = caller.user.as_deref();
    let previous = {
        let view = act.view();
        if !is_accessible(&view, room, caller.user_id())? {
            return Err(Error::NotJoinable);
        }
        find_own_attendee(&view, room, caller.user_id(), caller.cookie)?
    };
    if ban::check_door(act, room, caller)? {
        return Ok(Entered::Banned);
    }
    // The browser has one session in a room, whosever it is.
    if let Some(session) = act.tx.find_session(room.id, caller.cookie)? {
        if !key.force && session.in_call.is_in_call() {
            return Err(Error::InCallElsewhere(Box::new(session)));
        }
        match act.tx.find_attendee_by_id(session.attendee)? {
            Some(attendee) => end(act, &attendee, &session)?,
            None => act.tx.delete_session(session.row)?,
        }
    }
    let mut visit = act.tx.visit(room.id, caller.cookie)?;
    let invited = match user {
        None => find_invited(&act.view(), room, &visit)?,
        Some(_) => None,
    };
    // A password that was changed, or an invitation that was withdrawn in between, opens no door.
    let is_open = key.knows_password && room.password_hash == key.password_hash;
    if !is_open || (key.by_invitation && invited.is_none()) {
        return Ok(Entered::WrongPassword);
    }
    let mut id = SessionId::random();
    let (attendee, joined) = match (user, previous) {
        (Some(user), _) => (seat_account(act, room, user)?, Joined::Other),
        (None, previous) => match invited.or(previous) {
            Some(guest) => (guest, Joined::Other),
            None => (
                seat_guest(act, room, &id, key.max_guests)?,
                Joined::NewGuest,
            ),
        },
    };
    if attendee.actor.kind == ActorKind::Emails {
        id.0 = format!("{}#{}", id.0, attendee.invited_address);
    }
    end_the_oldest(act, &attendee)?;
    act.tx.insert_session(&NewSession {
        room: room.id,
        attendee: attendee.id,
        id,
        cookie: caller.cookie,
        last_ping_at: act.now,
    })?;
    let typed_password = !std::mem::take(&mut visit.password_hash).is_empty();
    if attendee.actor.kind == ActorKind::Guests {
        visit.guest_id.clone_from(&attendee.actor.id);
    }
    if typed_password || attendee.actor.kind == ActorKind::Guests {
        act.tx.set_visit(room.id, caller.cookie, &visit, act.now)?;
    }
    notice::opened(act, &attendee)?;
    changed(act, room, caller.cookie, &attendee);
    act.happened(Event::PeopleChanged { room: room.id });
    Ok(Entered::Yes(joined))
}

/// Makes room for one more session: nobody has that many browsers.
fn end_the_oldest(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    let sessions = act.tx.sessions_of(attendee.id)?;
    let surplus = (sessions.len() + 1).saturating_sub(MAX_SESSIONS);
    for session in &sessions[..surplus] {
        end(act, attendee, session)?;
    }
    Ok(())
}

/// The e-mail guest whose invitation this browser has opened.
fn find_invited(view: &View<'_>, room: &Room, visit: &Visit) -> Result<Option<Attendee>, Error> {
    if visit.email_id.is_empty() {
        return Ok(None);
    }
    let actor = Actor {
        kind: ActorKind::Emails,
        id: visit.email_id.clone(),
    };
    Ok(view.tx.find_attendee(room.id, &actor)?)
}

/// The account's membership; a new one if it came through a link or the list of open rooms.
fn seat_account(act: &mut Act<'_>, room: &Room, user: &User) -> Result<Attendee, Error> {
    let actor = Actor::user(&user.id);
    if let Some(attendee) = act.tx.find_attendee(room.id, &actor)? {
        return Ok(attendee);
    }
    let last = act.tx.pulse(room.id)?.last_message;
    if is_listed_for(room, Some(&user.id)) && room.kind.is_managed() {
        membership::seat_user(act, room, user, Role::User, last)?;
        let joined = SystemMessage::UserAdded {
            user: user.id.0.clone(),
        };
        say(act, room, &actor, joined)?;
    } else if room.kind == RoomKind::Public {
        membership::seat_user(act, room, user, Role::SelfJoined, last)?;
    } else {
        return Err(Error::NotJoinable);
    }
    act.tx
        .find_attendee(room.id, &actor)?
        .ok_or(Error::NotJoinable)
}

fn seat_guest(
    act: &mut Act<'_>,
    room: &Room,
    session: &SessionId,
    most: u32,
) -> Result<Attendee, Error> {
    if room.kind != RoomKind::Public {
        return Err(Error::NotJoinable);
    }
    if act.tx.guests(room.id)? >= i64::from(most) {
        return Err(Error::TooManyGuests);
    }
    let actor = Actor::guest(hex::encode(Sha1::digest(session.0.as_bytes())));
    membership::seat_other(act, room, actor, Role::Guest, "")
}

/// Ends one session, in the call, too; a self-joined account goes with its last one, silently.
pub fn end(act: &mut Act<'_>, attendee: &Attendee, session: &Session) -> Result<(), Error> {
    call::drop_out(act, attendee, session, &Actor::system())?;
    act.tx.delete_session(session.row)?;
    let room = attendee.room;
    act.happened(Event::SeatChanged {
        room,
        who: Who::Browser(session.cookie),
    });
    act.happened(Event::PeopleChanged { room });
    let last = act.tx.sessions_of(attendee.id)?.is_empty();
    if last && attendee.role == Role::SelfJoined {
        membership::unseat(act, attendee)?;
    }
    Ok(())
}

fn changed(act: &mut Act<'_>, room: &Room, cookie: CookieKey, attendee: &Attendee) {
    if attendee.actor.kind != ActorKind::Users {
        act.happened(Event::SeatChanged {
            room: room.id,
            who: Who::Browser(cookie),
        });
    }
}
