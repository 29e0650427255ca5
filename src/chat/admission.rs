//! Who is let in: the checks before every act in a room, in the order that clients can observe.
//!
//! A route declares what it needs; nothing after the gate evaluates membership, role, read-only,
//! lobby or permission again. Source: conversations.md 5.

use std::net::IpAddr;
use std::sync::Arc;

use super::error::Error;
use super::event::Who;
use super::grounds::Grounds;
use super::policy::{Policy, StartCalls};
use super::throttle::Action;
use super::transaction::View;
use super::{Chat, ban, lobby};
use crate::model::{
    Actor, ActorKind, AppPasswordId, Attendee, CookieKey, Network, Permissions, Room, Token, User,
    UserId,
};

/// Who sends a request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: Option<Arc<User>>,
    /// Why it is believed to be that account; none for those who need not be asked again.
    pub grounds: Option<Arc<Grounds>>,
    /// The browser, for the sessions it has joined.
    pub cookie: CookieKey,
    pub address: IpAddr,
}

impl Caller {
    /// How the caller is known in a room.
    pub fn who(&self) -> Who {
        match &self.user {
            Some(user) => Who::Account(user.id.clone()),
            None => Who::Browser(self.cookie),
        }
    }

    /// The app password that it logged in with, if it was one.
    pub fn app_password(&self) -> Option<AppPasswordId> {
        self.grounds.as_ref()?.stamp.by.app_password()
    }

    /// The account's name.
    pub fn user_id(&self) -> Option<&UserId> {
        self.user.as_ref().map(|user| &user.id)
    }
}

/// A place in a room: what is settled about the room and its member.
#[derive(Debug)]
pub struct Seat {
    pub room: Arc<Room>,
    pub attendee: Attendee,
    /// The member's effective permissions.
    pub permissions: Permissions,
    /// Where guests may not act from: banned addresses. Empty for accounts.
    pub banned_networks: Box<[Network]>,
}

impl Seat {
    /// The place of this member under what administrators decided.
    pub fn new(room: Arc<Room>, attendee: Attendee, policy: &Policy) -> Self {
        Self {
            permissions: effective(&room, &attendee, policy),
            room,
            attendee,
            banned_networks: Box::default(),
        }
    }

    /// Whether the lobby holds this member back.
    pub fn waits_in_lobby(&self) -> bool {
        self.room.lobby
            && !self.attendee.role.moderates()
            && !self.permissions.allows(Permissions::LOBBY_IGNORE)
    }

    /// Whether a ban keeps this member from acting from `address`.
    pub fn is_banned_from(&self, address: IpAddr) -> bool {
        self.banned_networks
            .iter()
            .any(|network| network.contains(address))
    }
}

/// The permissions of a member: the first level that is set counts; moderators have all.
pub fn effective(room: &Room, attendee: &Attendee, policy: &Policy) -> Permissions {
    if attendee.role.moderates() {
        return Permissions::MAX_DEFAULT;
    }
    [attendee.permissions, room.default_permissions]
        .into_iter()
        .find(|level| *level != Permissions::DEFAULT)
        .unwrap_or(policy.default_permissions)
}

/// A caller with a place in a room that fulfils what the route needs.
#[derive(Debug, Clone)]
pub struct Participation {
    pub caller: Caller,
    /// How the caller is known here.
    pub who: Who,
    pub seat: Arc<Seat>,
    pub needs: Needs,
    /// Before the seat was read; to notice later that something about it changed.
    pub stamp: u64,
}

impl Participation {
    /// The room.
    pub fn room(&self) -> &Arc<Room> {
        &self.seat.room
    }

    /// The member.
    pub fn attendee(&self) -> &Attendee {
        &self.seat.attendee
    }

    /// As whom the member acts.
    pub fn actor(&self) -> &Actor {
        &self.seat.attendee.actor
    }
}

/// Which members an act is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// Everybody in the room, guests too.
    Participants,
    /// Members with an account; for guests the room does not exist.
    Authenticated,
    /// Members with an account; guests must log in.
    LoggedIn,
    /// Moderators of any kind.
    Moderators,
    /// Moderators with an account; guests must log in.
    LoggedInModerators,
}

/// What a route needs of its caller and room.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    pub members: Members,
    pub writable: bool,
    pub no_lobby: bool,
    /// There must be calls on this server.
    pub calls: bool,
    pub permission: Option<Permissions>,
}

impl Needs {
    /// Nothing but membership of this kind.
    pub const fn of(members: Members) -> Self {
        Self {
            members,
            writable: false,
            no_lobby: false,
            calls: false,
            permission: None,
        }
    }

    /// Whether somebody without an account is asked to log in before anything else.
    pub const fn need_login(&self) -> bool {
        matches!(
            self.members,
            Members::LoggedIn | Members::LoggedInModerators
        )
    }
}

impl Chat {
    /// Let the caller in, or say the first reason why not.
    pub async fn admit(
        &self,
        caller: &Caller,
        token: &Token,
        needs: Needs,
    ) -> Result<Participation, Error> {
        if needs.calls && self.policy().start_calls == StartCalls::Nobody {
            return Err(Error::TalkForbidden);
        }
        if needs.need_login() && caller.user.is_none() {
            return Err(Error::NotLoggedIn);
        }
        if needs.members == Members::Authenticated && caller.user.is_none() {
            return Err(Error::RoomNotFound);
        }
        let stamp = self.memory.stamp();
        let seat = self.seat(caller, token).await?;
        let participation = Participation {
            caller: caller.clone(),
            who: caller.who(),
            seat,
            needs,
            stamp,
        };
        check(&participation)?;
        Ok(participation)
    }

    /// Whether what let the caller in still holds; looks again only if something changed.
    pub async fn readmit(&self, at: &Participation) -> Result<Option<Participation>, Error> {
        if self.memory.seat_is_current(&at.seat, &at.who, at.stamp) {
            return Ok(None);
        }
        let token = at.room().token.clone();
        self.admit(&at.caller, &token, at.needs).await.map(Some)
    }

    /// The caller's place in a room, lobby timers carried out.
    async fn seat(&self, caller: &Caller, token: &Token) -> Result<Arc<Seat>, Error> {
        let who = caller.who();
        let seat = match self.memory.seat(token, &who) {
            Some(seat) => seat,
            None => self.load_seat(caller, token).await?,
        };
        if !lobby::is_due(&seat.room, self.clock.now()) {
            return Ok(seat);
        }
        self.open_due_lobbies(vec![seat.room.id]).await?;
        self.load_seat(caller, token).await
    }

    async fn load_seat(&self, caller: &Caller, token: &Token) -> Result<Arc<Seat>, Error> {
        let stamp = self.memory.stamp();
        let (who, cookie) = (caller.who(), caller.cookie);
        let found = {
            let (token, user) = (token.clone(), caller.user_id().cloned());
            self.read(move |view| find_seat(view, &token, user.as_ref(), cookie))
                .await?
        };
        let Some(seat) = found.map(Arc::new) else {
            self.note_failure(Action::RoomToken, caller.address);
            return Err(Error::RoomNotFound);
        };
        self.memory
            .remember_seat(token.clone(), who, stamp, Arc::clone(&seat));
        Ok(seat)
    }
}

/// The place of an account, or of the guest who joined in this browser.
pub fn find_seat(
    view: &View<'_>,
    token: &Token,
    user: Option<&UserId>,
    cookie: CookieKey,
) -> Result<Option<Seat>, Error> {
    let Some(room) = view.tx.find_room(token)? else {
        return Ok(None);
    };
    let Some(attendee) = find_own_attendee(view, &room, user, cookie)? else {
        return Ok(None);
    };
    let banned_networks = ban::networks_against(view, room.id, &attendee)?;
    let policy = view.memory.policy();
    Ok(Some(Seat {
        banned_networks,
        ..Seat::new(Arc::new(room), attendee, &policy)
    }))
}

/// The caller's membership of a room.
pub fn find_own_attendee(
    view: &View<'_>,
    room: &Room,
    user: Option<&UserId>,
    cookie: CookieKey,
) -> Result<Option<Attendee>, Error> {
    let attendee = match user {
        Some(user) => view.tx.find_attendee(room.id, &Actor::user(user))?,
        None => match view.tx.find_session(room.id, cookie)? {
            // A browser's session of an account says nothing about a visitor without login.
            Some(session) => view
                .tx
                .find_attendee_by_id(session.attendee)?
                .filter(|attendee| attendee.actor.kind != ActorKind::Users),
            None => None,
        },
    };
    Ok(attendee)
}

/// The checks after membership, in order.
fn check(at: &Participation) -> Result<(), Error> {
    let (needs, seat) = (&at.needs, &at.seat);
    if seat.is_banned_from(at.caller.address) {
        return Err(Error::Banned);
    }
    let role = seat.attendee.role;
    match needs.members {
        Members::Moderators if !role.moderates() => return Err(Error::NotModerator),
        Members::LoggedInModerators if !role.is_real_moderator() => {
            return Err(Error::NotModerator);
        }
        _ => {}
    }
    if needs.writable && seat.room.refuses_writing() {
        return Err(Error::ReadOnly);
    }
    if needs.no_lobby && seat.waits_in_lobby() {
        return Err(Error::LobbyActive);
    }
    match needs.permission {
        Some(permission) if !seat.permissions.allows(permission) => Err(Error::PermissionMissing),
        _ => Ok(()),
    }
}
