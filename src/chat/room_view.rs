//! A conversation as one caller has it: every computed value of the room object.
//! Source: conversations.md 2, 3.1, 3.3.

use std::collections::HashMap;
use std::sync::Arc;

use super::Chat;
use super::admission::{Caller, Participation, Seat, find_own_attendee};
use super::avatar::avatar_version;
use super::call::CallView;
use super::conversation::is_deletable;
use super::error::Error;
use super::lobby;
use super::one_to_one::Pair;
use super::policy::{Policy, StartCalls};
use super::presence::Status;
use super::read_marker::marks;
use super::resolved::{Resolved, Resolver};
use super::session::{is_accessible, is_listed_for, pinged};
use super::throttle::Action;
use super::transaction::View;
use crate::model::{
    ActorKind, Attendee, CallFlags, CookieKey, Listable, Marks, MessageId, NotificationLevel,
    Permissions, Pulse, Role, Room, RoomId, RoomKind, Session, Token, UserId,
};

/// Characters of a name made from the members' names.
const GENERATED_NAME_CHARS: usize = 64;

/// A conversation as seen by a caller.
#[derive(Debug, Clone)]
pub struct RoomView {
    pub room: Arc<Room>,
    pub pulse: Pulse,
    pub display_name: String,
    /// The name on the wire: of a one-to-one the other one's id.
    pub name: String,
    /// Changes with the picture that the caller sees.
    pub avatar_version: String,
    pub call: CallView,
    /// Of the other one in a one-to-one.
    pub status: Option<Status>,
    pub seen: Seen,
}

impl RoomView {
    /// Whether the caller may see how the other one of a one-to-one is: not from the lobby.
    fn shows_status(&self) -> bool {
        !self.call.is_hidden
    }
}

/// How much a caller sees.
#[derive(Debug, Clone)]
pub enum Seen {
    /// A member sees all.
    Member(Box<MemberView>),
    /// Somebody who finds the room in the list of open ones.
    Preview,
    /// Somebody with a link, before joining.
    Skeleton,
}

/// What concerns a member only.
#[derive(Debug, Clone)]
pub struct MemberView {
    pub attendee: Attendee,
    pub marks: Marks,
    pub permissions: Permissions,
    /// 1 always, 2 mentions, 3 never; never 0.
    pub notification_level: NotificationLevel,
    pub unread_messages: i64,
    pub unread_mention: bool,
    pub unread_mention_direct: bool,
    pub can_leave: bool,
    pub can_delete: bool,
    /// Messages that the caller wants to be sent here later.
    pub scheduled: i64,
    /// 0: none, or hidden by the lobby.
    pub last_pin: MessageId,
    /// Of the caller's browser.
    pub session: Option<Session>,
    /// 0 for callers who keep their own marker private.
    pub common_read: MessageId,
    pub last_message: Option<Arc<Resolved>>,
}

/// Which conversations a list has.
#[derive(Debug, Clone, Copy)]
pub struct ListRooms {
    /// Unix seconds; 0: all.
    pub modified_since: i64,
    pub with_last_message: bool,
    /// Together with `modified_since`: one-to-ones in any case, since a status may have changed.
    pub include_status: bool,
}

impl Chat {
    /// All conversations of the caller's account, and when they were looked at (unix seconds).
    pub async fn list_rooms(
        &self,
        caller: &Caller,
        ask: ListRooms,
    ) -> Result<(Vec<RoomView>, i64), Error> {
        let user = caller.user.clone().ok_or(Error::NotLoggedIn)?;
        // Quirk: note-to-self-on-first-list.
        self.note_to_self(&user, false).await?;
        let looked_at = self.clock.now();
        let (id, cookie) = (user.id.clone(), caller.cookie);
        loop {
            let id = id.clone();
            let looked = self.read(move |view| list(view, &id, cookie, ask)).await?;
            match looked {
                Looked::Rooms(rooms) => return Ok((rooms, looked_at)),
                Looked::Due(rooms) => self.open_due_lobbies(rooms).await?,
            }
        }
    }

    /// One conversation as the caller sees it, member or not.
    ///
    /// Errors: `RoomNotFound`.
    pub async fn room_for(&self, caller: &Caller, token: &Token) -> Result<RoomView, Error> {
        loop {
            let (asker, token) = (caller.clone(), token.clone());
            let found = self.read(move |view| look(view, &asker, &token)).await;
            match found {
                Ok(Looked::Rooms(room)) => return Ok(room),
                Ok(Looked::Due(rooms)) => self.open_due_lobbies(rooms).await?,
                Err(error) => {
                    if matches!(error, Error::RoomNotFound) {
                        self.note_failure(Action::RoomToken, caller.address);
                    }
                    return Err(error);
                }
            }
        }
    }

    /// The conversation after a member's act.
    pub async fn room_of(&self, at: &Participation) -> Result<RoomView, Error> {
        self.room_for(&at.caller, &at.room().token).await
    }
}

/// What a look came to.
enum Looked<T> {
    Rooms(T),
    /// The timers of these lobbies are over: they must be opened first.
    Due(Vec<RoomId>),
}

fn list(
    view: &View<'_>,
    user: &UserId,
    cookie: CookieKey,
    ask: ListRooms,
) -> Result<Looked<Vec<RoomView>>, Error> {
    let memberships = view.tx.memberships_of(user)?;
    let due: Vec<RoomId> = memberships
        .iter()
        .filter(|membership| lobby::is_due(&membership.room, view.now))
        .map(|membership| membership.room.id)
        .collect();
    if !due.is_empty() {
        return Ok(Looked::Due(due));
    }
    let scheduled = view.tx.scheduled_counts(user)?;
    let sessions = view.tx.sessions_of_cookie(cookie)?;
    let sessions: HashMap<RoomId, Session> = sessions
        .into_iter()
        .map(|session| (session.room, session))
        .collect();
    let policy = view.memory.policy();
    let mut rooms = Vec::new();
    for membership in memberships {
        let (pulse, stored) = (membership.pulse, membership.marks);
        let changed_at = pulse.last_activity_at.max(membership.attendee.activity_at);
        let in_any_case = (ask.include_status && membership.room.kind == RoomKind::OneToOne)
            || membership.room.call_since.is_some();
        if changed_at < ask.modified_since && !in_any_case {
            continue;
        }
        let seat = Seat::new(Arc::new(membership.room), membership.attendee, &policy);
        let session = sessions.get(&seat.room.id);
        let session = session.filter(|session| session.attendee == seat.attendee.id);
        let waiting = scheduled.get(&seat.room.id).copied().unwrap_or(0);
        let mut seen = member(view, &seat, pulse, stored, session.cloned(), waiting)?;
        if ask.include_status {
            seen.status = partner_status(view, &seat)?;
        }
        if !ask.with_last_message
            && let Seen::Member(own) = &mut seen.seen
        {
            own.last_message = None;
        }
        rooms.push(seen);
    }
    if rooms.iter().any(|room| room.status.is_some()) {
        // Where anybody has a status, everybody has one.
        for room in &mut rooms {
            if room.room.kind == RoomKind::OneToOne && room.shows_status() {
                room.status.get_or_insert(Status::OFFLINE);
            }
        }
    }
    Ok(Looked::Rooms(rooms))
}

fn look(view: &View<'_>, caller: &Caller, token: &Token) -> Result<Looked<RoomView>, Error> {
    let user = caller.user_id();
    let room = view.tx.find_room(token)?.ok_or(Error::RoomNotFound)?;
    if lobby::is_due(&room, view.now) {
        return Ok(Looked::Due(vec![room.id]));
    }
    if !is_accessible(view, &room, user)? {
        return Err(Error::RoomNotFound);
    }
    let room = Arc::new(room);
    let pulse = view.tx.pulse(room.id)?;
    let attendee = find_own_attendee(view, &room, user, caller.cookie)?;
    let Some(attendee) = attendee else {
        let seen = if room.listable == Listable::Nobody {
            Seen::Skeleton
        } else {
            Seen::Preview
        };
        return Ok(Looked::Rooms(RoomView {
            display_name: outside_name(&room, user),
            name: room.name.clone(),
            avatar_version: avatar_version(&room, None),
            call: CallView::outside(&room, &view.memory.policy()),
            status: None,
            room,
            pulse,
            seen,
        }));
    };
    let stored = view.tx.marks(attendee.id)?;
    let session = own_session(view, &room, &attendee, caller.cookie)?;
    let policy = view.memory.policy();
    let seat = Seat::new(room, attendee, &policy);
    let waiting = view.tx.count_scheduled(seat.attendee.id)?;
    let mut seen = member(view, &seat, pulse, stored, session, waiting)?;
    seen.status = partner_status(view, &seat)?;
    Ok(Looked::Rooms(seen))
}

/// The status of the other one in a one-to-one; the lobby hides it.
fn partner_status(view: &View<'_>, seat: &Seat) -> Result<Option<Status>, Error> {
    let own = seat.attendee.actor.as_user();
    let (RoomKind::OneToOne, Some(own), false) = (seat.room.kind, own, seat.waits_in_lobby())
    else {
        return Ok(None);
    };
    match Pair::find(view, &seat.room)? {
        Some(pair) => Status::of(view, &pair.other_than(&own).id),
        None => Ok(None),
    }
}

fn own_session(
    view: &View<'_>,
    room: &Room,
    attendee: &Attendee,
    cookie: CookieKey,
) -> Result<Option<Session>, Error> {
    let session = view.tx.find_session(room.id, cookie)?;
    Ok(session.filter(|session| session.attendee == attendee.id))
}

fn member(
    view: &View<'_>,
    seat: &Seat,
    pulse: Pulse,
    stored: Marks,
    session: Option<Session>,
    scheduled: i64,
) -> Result<RoomView, Error> {
    let (room, attendee) = (&seat.room, &seat.attendee);
    let is_user = attendee.actor.kind == ActorKind::Users;
    let held_back = seat.waits_in_lobby();
    let mut marks = marks(view, attendee, stored);
    let mut unread = 0;
    if is_user && !held_back {
        unread = view.tx.count_unread(room.id, marks.last_read)?;
    }
    if !held_back {
        if marks.last_read == MessageId::NONE {
            marks.last_read = MessageId::NOTHING_READ;
        }
        if is_user && marks.last_read == MessageId::NOTHING_READ && unread == 0 {
            // So that "mark unread" in an empty room can be seen.
            unread = 1;
        }
    }
    let mentioned =
        |at: MessageId| is_user && !held_back && at != MessageId::NONE && marks.last_read < at;
    let pair = match room.kind {
        RoomKind::OneToOne => Pair::find(view, room)?,
        _ => None,
    };
    let policy = view.memory.policy();
    let own = MemberView {
        permissions: seat.permissions,
        notification_level: notification_level(room, attendee, &policy),
        unread_messages: unread,
        unread_mention: mentioned(marks.last_mention),
        unread_mention_direct: mentioned(marks.last_direct_mention),
        can_leave: is_user && room.kind != RoomKind::NoteToSelf,
        can_delete: is_user && attendee.role.is_real_moderator() && is_deletable(room, &policy),
        scheduled,
        last_pin: if held_back {
            MessageId::NONE
        } else {
            room.last_pin
        },
        session: session.map(|session| shown(view, session, &policy)),
        common_read: common_read(view, room, attendee)?,
        last_message: if held_back || attendee.sensitive {
            None
        } else {
            last_message(view, room, pulse)?
        },
        marks,
        attendee: attendee.clone(),
    };
    let (name, display_name) = names(view, room, attendee, pair.as_ref())?;
    let caller = attendee.actor.as_user();
    let partner = pair.as_ref().zip(caller.as_ref());
    let partner = partner.map(|(pair, caller)| pair.other_than(caller));
    Ok(RoomView {
        room: Arc::clone(room),
        pulse,
        display_name,
        name,
        avatar_version: avatar_version(room, partner),
        call: CallView::of(seat, &policy),
        status: None,
        seen: Seen::Member(Box::new(own)),
    })
}

/// A browser's own session; nobody is in a call where there are none.
fn shown(view: &View<'_>, session: Session, policy: &Policy) -> Session {
    let mut session = pinged(view, session);
    if policy.start_calls == StartCalls::Nobody {
        session.in_call = CallFlags::NONE;
    }
    session
}

fn common_read(view: &View<'_>, room: &Room, attendee: &Attendee) -> Result<MessageId, Error> {
    if attendee.read_private {
        return Ok(MessageId::NONE);
    }
    if let Some(live) = view.memory.hub.awake(room.id)
        && let Some(markers) = live.common_read().as_ref()
    {
        return Ok(markers.lowest());
    }
    Ok(view.tx.common_read(room.id)?)
}

fn last_message(
    view: &View<'_>,
    room: &Room,
    pulse: Pulse,
) -> Result<Option<Arc<Resolved>>, Error> {
    let message = view.tx.find_message(room.id, pulse.last_message)?;
    let Some(message) = message.filter(|message| !message.is_expired(view.now)) else {
        return Ok(None);
    };
    Resolver::new(view, room)?.resolve_alone(message).map(Some)
}

fn notification_level(room: &Room, attendee: &Attendee, policy: &Policy) -> NotificationLevel {
    match attendee.notification_level {
        NotificationLevel::Default => match attendee.role {
            Role::Guest | Role::GuestModerator => NotificationLevel::Never,
            _ if room.kind.is_one_to_one() => NotificationLevel::Always,
            _ => policy.default_group_notification,
        },
        chosen => chosen,
    }
}

/// What a room is called for its member.
pub(super) fn display_name(view: &View<'_>, seat: &Seat) -> Result<String, Error> {
    let pair = match seat.room.kind {
        RoomKind::OneToOne => Pair::find(view, &seat.room)?,
        _ => None,
    };
    names(view, &seat.room, &seat.attendee, pair.as_ref()).map(|(_, shown)| shown)
}

/// Name and display name for a member.
fn names(
    view: &View<'_>,
    room: &Room,
    attendee: &Attendee,
    pair: Option<&Pair>,
) -> Result<(String, String), Error> {
    let same = |name: &str| (name.to_owned(), name.to_owned());
    Ok(match room.kind {
        RoomKind::Changelog => (room.name.clone(), "Talk updates ✅".to_owned()),
        RoomKind::OneToOne => {
            let own = attendee.actor.as_user();
            match pair.zip(own).filter(|(pair, own)| pair.has(own)) {
                Some((pair, own)) => {
                    let other = pair.other_than(&own);
                    (other.id.0.clone(), other.name.clone())
                }
                None => same(PRIVATE),
            }
        }
        _ if attendee.is_guest() && room.kind != RoomKind::Public => same(PRIVATE),
        _ if room.name.is_empty() => same(&generated_name(view, room)?),
        _ => same(&room.name),
    })
}

/// What somebody reads who is not to know the name.
const PRIVATE: &str = "Private conversation";

fn outside_name(room: &Room, user: Option<&UserId>) -> String {
    let may_know = is_listed_for(room, user)
        || (room.kind == RoomKind::Public && room.listable != Listable::Nobody);
    if may_know {
        room.name.clone()
    } else {
        PRIVATE.to_owned()
    }
}

fn generated_name(view: &View<'_>, room: &Room) -> Result<String, Error> {
    let attendees = view.tx.attendees(room.id)?;
    let names: Vec<String> = attendees
        .into_iter()
        .map(|attendee| attendee.display_name)
        .filter(|name| !name.is_empty())
        .collect();
    let name = names.join(", ");
    if name.chars().count() <= GENERATED_NAME_CHARS {
        return Ok(name);
    }
    let short: String = name.chars().take(GENERATED_NAME_CHARS - 4).collect();
    Ok(short + "…")
}
