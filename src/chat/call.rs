//! Calls without media: who is in one, and what is said about it. The browser that acts is the one
//! of the request's cookie. Source: conversations.md 6.

use super::admission::{Participation, Seat};
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::still_there;
use super::notice;
use super::policy::{Policy, StartCalls};
use super::posting::{Entry, append, say};
use super::session::pinged;
use super::transaction::Act;
use super::{Chat, ONLINE_SECS, one_to_one};
use crate::model::system_message::CallSummary;
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, CallFlags, CookieKey, Permissions, Room, RoomId,
    RoomKind, Session, SystemMessage, Token, User,
};

/// Everything at once: what somebody joins with who says nothing else.
const ALL_MEDIA: CallFlags = CallFlags(7);
/// The largest combination of flags there is.
const MAX_FLAGS: i64 = 15;

/// How somebody wants to join a call.
#[derive(Debug, Clone)]
pub struct JoinCall {
    /// `None`: with audio and video.
    pub flags: Option<i64>,
    /// Nobody is to be told.
    pub silent: bool,
    /// Accounts that are not told.
    pub silent_for: Vec<String>,
}

/// Somebody who is in the call at the moment, in one browser.
#[derive(Debug, Clone)]
pub struct Peer {
    pub actor: Actor,
    pub display_name: String,
    pub session: Session,
}

/// Whether a telephone should ring on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ringing {
    On,
    /// There is no call any more.
    Over,
}

/// A running call as somebody sees it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallView {
    /// Unix seconds.
    pub since: Option<i64>,
    pub flags: CallFlags,
    /// Held in the lobby, the onlooker is not told that there is one.
    pub is_hidden: bool,
    /// Whether the onlooker may start one.
    pub may_start: bool,
}

impl CallView {
    /// What somebody without a place in the room sees.
    pub fn outside(room: &Room, policy: &Policy) -> Self {
        if policy.start_calls == StartCalls::Nobody {
            return Self::default();
        }
        Self {
            since: room.call_since,
            flags: room.call_flags,
            is_hidden: false,
            may_start: false,
        }
    }

    /// What a member sees.
    pub fn of(seat: &Seat, policy: &Policy) -> Self {
        Self {
            is_hidden: seat.waits_in_lobby(),
            may_start: !seat.waits_in_lobby() && may_start(seat, policy),
            ..Self::outside(&seat.room, policy)
        }
    }
}

/// Whether a member may start a call. Source: conversations.md 2.5.
pub fn may_start(seat: &Seat, policy: &Policy) -> bool {
    let allowed = match policy.start_calls {
        StartCalls::Everyone => true,
        StartCalls::Users => !seat.attendee.is_guest(),
        StartCalls::Moderators => seat.attendee.role.moderates(),
        StartCalls::Nobody => false,
    };
    allowed
        && seat.room.kind != RoomKind::NoteToSelf
        && seat.permissions.allows(Permissions::CALL_START)
}

impl Chat {
    /// Who is in the call right now, one for each browser.
    pub async fn peers(&self, at: &Participation) -> Result<Vec<Peer>, Error> {
        let room = at.room().id;
        self.read(move |view| {
            let mut peers = Vec::new();
            for session in view.tx.sessions_in_call(room)? {
                let session = pinged(view, session);
                if session.last_ping_at < view.now - ONLINE_SECS {
                    continue;
                }
                if let Some(attendee) = view.tx.find_attendee_by_id(session.attendee)? {
                    peers.push(Peer {
                        actor: attendee.actor,
                        display_name: attendee.display_name,
                        session,
                    });
                }
            }
            Ok(peers)
        })
        .await
    }

    /// Join the call in this browser; the first one starts it.
    ///
    /// Errors, in order: `NoSession`, `type`, `PermissionMissing`.
    pub async fn join_call(&self, at: &Participation, wish: JoinCall) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (mut room, attendee) = still_there(act, &at)?;
            one_to_one::refill(act, &room)?;
            let session = own_session(act, &room, &attendee, at.caller.cookie)?;
            let has_calls = matches!(
                room.kind,
                RoomKind::OneToOne | RoomKind::Group | RoomKind::Public
            );
            if !has_calls {
                return Err(Error::Invalid(Invalid::Type));
            }
            enter(act, &mut room, attendee, &session, wish)
        })
        .await
    }

    /// Say with what this browser takes part from now on.
    ///
    /// Errors: `NoSession`, `NotInCall`.
    pub async fn change_call_flags(&self, at: &Participation, flags: i64) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let session = own_session(act, &room, &attendee, at.caller.cookie)?;
            let in_call = flags & CallFlags::IN_CALL.0 != 0;
            let are_calls = act.memory.policy().start_calls != StartCalls::Nobody;
            if !are_calls || !session.in_call.is_in_call() || !in_call {
                return Err(Error::NotInCall);
            }
            let flags = allowed_flags(act, &room, &attendee, Some(flags));
            act.tx.set_session_in_call(session.row, flags)?;
            act.happened(Event::PeopleChanged { room: room.id });
            Ok(())
        })
        .await
    }

    /// Leave the call in this browser; as a moderator, on wish, take everybody out.
    ///
    /// Errors: `NoSession`.
    pub async fn leave_call(&self, at: &Participation, for_all: bool) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let session = own_session(act, &room, &attendee, at.caller.cookie)?;
            if for_all && attendee.role.moderates() {
                return end_for_all(act, room.id, &attendee.actor);
            }
            drop_out(act, &attendee, &session, &attendee.actor)
        })
        .await
    }

    /// Tell an account of the call that the caller is in.
    ///
    /// Errors, in order: `in-call`, `TargetNotFound`, `actor-type`.
    pub async fn ring(&self, at: &Participation, target: AttendeeId) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let session = act.tx.find_session(room.id, at.caller.cookie)?;
            let takes_part = session
                .filter(|session| session.attendee == attendee.id)
                .is_some_and(|session| session.in_call.is_in_call());
            if !takes_part {
                return Err(Error::Invalid(Invalid::InCall));
            }
            let target = act.tx.find_attendee_by_id(target)?;
            let target = target.filter(|target| target.room == room.id);
            let target = target.ok_or(Error::TargetNotFound)?;
            let user = target.actor.as_user();
            let user = user.ok_or(Error::Invalid(Invalid::ActorType))?;
            notice::ring(act, &room, &attendee.actor, &user)
        })
        .await
    }

    /// Errors: `NoCall`, then `TargetNotFound`: nobody here is a telephone.
    pub async fn dial_out(&self, at: &Participation) -> Result<(), Error> {
        match at.room().call_since {
            None => Err(Error::NoCall),
            Some(_) => Err(Error::TargetNotFound),
        }
    }

    /// Whether the account's telephone should ring on for the call in this room.
    ///
    /// Errors: `TargetNotFound` (no such room, not a member, or joined already).
    pub async fn ringing(&self, user: &User, token: &Token) -> Result<Ringing, Error> {
        let (actor, token) = (Actor::user(&user.id), token.clone());
        self.read(move |view| {
            let room = view.tx.find_room(&token)?.ok_or(Error::TargetNotFound)?;
            let attendee = view.tx.find_attendee(room.id, &actor)?;
            let attendee = attendee.ok_or(Error::TargetNotFound)?;
            let call = CallView::outside(&room, &view.memory.policy());
            match call.since {
                None => Ok(Ringing::Over),
                Some(since) if attendee.last_joined_call_at >= since => Err(Error::TargetNotFound),
                Some(_) => Ok(Ringing::On),
            }
        })
        .await
    }

    /// Everybody who joined the running call.
    ///
    /// Errors: `NoCall`.
    pub async fn call_members(&self, at: &Participation) -> Result<Vec<CallMember>, Error> {
        let room = at.room().id;
        self.read(move |view| {
            let room = view.tx.find_room_by_id(room)?.ok_or(Error::RoomNotFound)?;
            let since = room.call_since.ok_or(Error::NoCall)?;
            let joined = view.tx.joined_call_since(room.id, since)?.into_iter();
            joined
                .map(|attendee| {
                    let email = match attendee.actor.as_user() {
                        Some(user) => view
                            .user(user.as_str())?
                            .and_then(|user| user.email.clone()),
                        None => Some(attendee.invited_address.clone()),
                    };
                    Ok(CallMember {
                        name: attendee.display_name,
                        email: email.unwrap_or_default(),
                        actor: attendee.actor,
                    })
                })
                .collect()
        })
        .await
    }
}

/// Somebody who took part, for a list to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallMember {
    pub name: String,
    /// Empty if none is known.
    pub email: String,
    pub actor: Actor,
}

/// The browser's session, if it is this member's.
fn own_session(
    act: &Act<'_>,
    room: &Room,
    attendee: &Attendee,
    cookie: CookieKey,
) -> Result<Session, Error> {
    let session = act.tx.find_session(room.id, cookie)?;
    session
        .filter(|session| session.attendee == attendee.id)
        .ok_or(Error::NoSession)
}

/// What of `wanted` the member may do.
fn allowed_flags(
    act: &Act<'_>,
    room: &Room,
    attendee: &Attendee,
    wanted: Option<i64>,
) -> CallFlags {
    let mut flags = match wanted {
        None => ALL_MEDIA,
        // Quirk: odd-call-flags.
        Some(flags) if (1..=MAX_FLAGS).contains(&flags) => CallFlags(flags),
        Some(_) => CallFlags::IN_CALL,
    };
    let permissions = super::admission::effective(room, attendee, &act.memory.policy());
    if !permissions.allows(Permissions::PUBLISH_AUDIO) {
        flags = flags.without(CallFlags::AUDIO);
    }
    if !permissions.allows(Permissions::PUBLISH_VIDEO) {
        flags = flags.without(CallFlags::VIDEO);
    }
    flags
}

fn enter(
    act: &mut Act<'_>,
    room: &mut Room,
    mut attendee: Attendee,
    session: &Session,
    wish: JoinCall,
) -> Result<(), Error> {
    let policy = act.memory.policy();
    let others = others_active(act, room.id, session)?;
    let is_new = !session.in_call.is_in_call();
    let seat = Seat::new(std::sync::Arc::new(room.clone()), attendee.clone(), &policy);
    if is_new && !others && !may_start(&seat, &policy) {
        return Err(Error::PermissionMissing);
    }
    let flags = allowed_flags(act, room, &attendee, wish.flags);
    act.tx.set_session_in_call(session.row, flags)?;
    attendee.last_joined_call_at = act.now;
    act.tx.update_attendee(&attendee)?;
    let all_flags = room.call_flags.with(flags);
    if room.call_since.is_none() || all_flags != room.call_flags {
        room.call_since.get_or_insert(act.now);
        room.call_flags = all_flags;
        act.tx.update_room(room)?;
        act.happened(Event::RoomChanged { room: room.id });
    }
    act.happened(Event::PeopleChanged { room: room.id });
    notice::joined_call(act, &attendee)?;
    if !is_new {
        return Ok(());
    }
    let message = if others {
        SystemMessage::CallJoined
    } else {
        SystemMessage::CallStarted
    };
    let entry = Entry {
        silent: wish.silent && message == SystemMessage::CallStarted,
        ..Entry::system(&attendee.actor, message)
    };
    let is_start = !others;
    let is_silent = entry.silent;
    append(act, room, entry)?;
    if is_start {
        notice::of_call(act, room, &attendee.actor, is_silent, &wish.silent_for)?;
    }
    Ok(())
}

/// Whether another browser is in the call and alive.
fn others_active(act: &Act<'_>, room: RoomId, own: &Session) -> Result<bool, Error> {
    let alive_since = act.now - ONLINE_SECS;
    let view = act.view();
    let sessions = act.tx.sessions_in_call(room)?.into_iter();
    Ok(sessions
        .filter(|session| session.row != own.row)
        .any(|session| pinged(&view, session).last_ping_at >= alive_since))
}

/// Takes one browser out of the call, if it is in it. The call ends with the last one; `ender` did it.
pub fn drop_out(
    act: &mut Act<'_>,
    attendee: &Attendee,
    session: &Session,
    ender: &Actor,
) -> Result<(), Error> {
    if !session.in_call.is_in_call() {
        return Ok(());
    }
    let Some(mut room) = act.tx.find_room_by_id(attendee.room)? else {
        return Ok(());
    };
    if room.call_since.is_none() {
        // It has ended since `session` was read.
        return Ok(());
    }
    act.tx.set_session_in_call(session.row, CallFlags::NONE)?;
    act.happened(Event::PeopleChanged { room: room.id });
    say(act, &room, &attendee.actor, SystemMessage::CallLeft)?;
    if others_active(act, room.id, session)? {
        return Ok(());
    }
    let summary = summary(act, &room)?;
    let message = if is_missed(&room, &summary) {
        SystemMessage::CallMissed(summary)
    } else {
        SystemMessage::CallEnded(summary)
    };
    end(act, &mut room, ender, message)
}

/// Takes everybody out for whom `goes` says so, each with a word; as the room's rules changed.
pub fn take_out(
    act: &mut Act<'_>,
    room: RoomId,
    goes: impl Fn(&Attendee) -> bool,
) -> Result<(), Error> {
    for session in act.tx.sessions_in_call(room)? {
        let attendee = act.tx.find_attendee_by_id(session.attendee)?;
        if let Some(attendee) = attendee.filter(&goes) {
            drop_out(act, &attendee, &session, &Actor::system())?;
        }
    }
    Ok(())
}

/// Ends the call for everybody, without a word for each.
pub fn end_for_all(act: &mut Act<'_>, room: RoomId, actor: &Actor) -> Result<(), Error> {
    let Some(mut room) = act.tx.find_room_by_id(room)? else {
        return Ok(());
    };
    if room.call_since.is_none() {
        return Ok(());
    }
    let summary = summary(act, &room)?;
    let message = if is_missed(&room, &summary) {
        SystemMessage::CallMissed(summary)
    } else {
        SystemMessage::CallEndedEveryone(summary)
    };
    end(act, &mut room, actor, message)
}

/// The call is over: nobody is in it any more.
fn end(
    act: &mut Act<'_>,
    room: &mut Room,
    actor: &Actor,
    message: SystemMessage,
) -> Result<(), Error> {
    for session in act.tx.sessions_in_call(room.id)? {
        act.tx.set_session_in_call(session.row, CallFlags::NONE)?;
    }
    room.call_since = None;
    room.call_flags = CallFlags::NONE;
    act.tx.update_room(room)?;
    act.happened(Event::RoomChanged { room: room.id });
    act.happened(Event::PeopleChanged { room: room.id });
    say(act, room, actor, message)?;
    Ok(())
}

fn is_missed(room: &Room, summary: &CallSummary) -> bool {
    room.kind == RoomKind::OneToOne && summary.users.len() == 1
}

/// Who joined since the call began, and how long it lasted.
fn summary(act: &Act<'_>, room: &Room) -> Result<CallSummary, Error> {
    let since = room.call_since.unwrap_or(act.now);
    let mut users = Vec::new();
    let mut guests = 0;
    for attendee in act.tx.joined_call_since(room.id, since)? {
        match attendee.actor.kind {
            ActorKind::Users => users.push(attendee.actor.id),
            ActorKind::Guests | ActorKind::Emails => guests += 1,
            _ => {}
        }
    }
    Ok(CallSummary {
        users,
        cloud_ids: Vec::new(),
        guests,
        duration: act.now - since,
    })
}
