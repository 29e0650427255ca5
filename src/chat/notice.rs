//! What accounts are told: who hears of what, what settles it, and what is shown.
//! Source: messages.md 6, server.md 11.3, chat-extras.md 2 and 5.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::admission::{Participation, Seat};
use super::avatar::avatar_path;
use super::call::CallView;
use super::crowd::{self, Crowd};
use super::error::Error;
use super::event::Event;
use super::mention_flags::Flagged;
use super::notice_level::{Levels, is_held_back};
use super::one_to_one::Pair;
use super::read_marker::marks;
use super::resolved::{Resolved, Resolver};
use super::session::pinged;
use super::transaction::{Act, View};
use super::user_status;
use super::{Chat, ONLINE_SECS};
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, Message, MessageId, Notice, NoticeKind, Room, RoomId,
    RoomKind, User, UserId, UserStatus,
};

/// What an account is shown at most, and what is kept for it.
const KEPT: u32 = 500;
/// Notices whose accounts one transaction looks at.
const BATCH: u32 = 500;
// Quirk: desktop-announces.
/// How long after its last question a desktop client counts as running; it asks every 30 s.
const DESKTOP_SECS: i64 = 90;
/// What an explicit look into a conversation settles.
const SETTLED_BY_LOOKING: [NoticeKind; 6] = [
    NoticeKind::Chat,
    NoticeKind::Reply,
    NoticeKind::Mention,
    NoticeKind::GroupMention,
    NoticeKind::AllMention,
    NoticeKind::Reaction,
];
/// Everything that is about a message.
const ABOUT_MESSAGES: [NoticeKind; 7] = [
    NoticeKind::Chat,
    NoticeKind::Reply,
    NoticeKind::Mention,
    NoticeKind::GroupMention,
    NoticeKind::AllMention,
    NoticeKind::Reaction,
    NoticeKind::Reminder,
];
const ALL: [NoticeKind; 9] = [
    NoticeKind::Invitation,
    NoticeKind::Chat,
    NoticeKind::Reply,
    NoticeKind::Mention,
    NoticeKind::GroupMention,
    NoticeKind::AllMention,
    NoticeKind::Reaction,
    NoticeKind::Call,
    NoticeKind::Reminder,
];

/// Somebody whom a message concerns, and why.
#[derive(Debug, Clone)]
pub struct Concerned {
    pub attendee: Attendee,
    pub why: NoticeKind,
    /// The group that was mentioned, else empty.
    pub detail: String,
}

/// A notice with everything that its words need.
#[derive(Debug, Clone)]
pub struct ShownNotice {
    pub notice: Notice,
    pub room: Arc<Room>,
    /// The conversation's name for the reader.
    pub room_name: String,
    /// The path of its avatar.
    pub room_avatar: String,
    /// The reader keeps the conversation's content private.
    pub is_sensitive: bool,
    pub call_is_running: bool,
    /// Who did it; of a reminder who wrote the message.
    pub person: Person,
    /// The name of the mentioned group, else empty.
    pub group_name: String,
    pub message: Option<Arc<Resolved>>,
}

/// Somebody in the words of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    User {
        id: String,
        name: String,
    },
    Bot {
        id: String,
        name: String,
    },
    Guest {
        id: String,
        name: String,
    },
    UnnamedGuest,
    Deleted,
    /// The reader.
    Oneself {
        id: String,
        name: String,
    },
}

/// With what an account asks what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// The desktop client, which announces everything by itself.
    Desktop,
    Other,
}

/// What an account is told.
#[derive(Debug)]
pub struct Told {
    /// Newest first.
    pub notices: Vec<ShownNotice>,
    /// Whether who asks is to announce them: not where a desktop client does.
    pub is_to_announce: bool,
    /// How the account is itself.
    pub status: Option<UserStatus>,
}

impl Chat {
    /// What the account is told.
    pub async fn notices(&self, user: &User, by: AskedBy) -> Result<Told, Error> {
        let id = user.id.clone();
        let is_to_announce = self.is_to_announce(&id, by);
        self.read(move |view| {
            let mut notices = Vec::new();
            for notice in view.tx.notices_of(&id, KEPT)? {
                if let Some(notice) = show(view, &id, notice)? {
                    notices.push(notice);
                }
            }
            Ok(Told {
                notices,
                is_to_announce,
                status: user_status::current(view, &id)?,
            })
        })
        .await
    }

    /// Whether who asks is to announce what is new; a desktop client that asks is remembered.
    pub fn is_to_announce(&self, user: &UserId, by: AskedBy) -> bool {
        let (desktops, now) = (&self.memory.desktops, self.clock.now());
        match by {
            AskedBy::Desktop => {
                desktops.note(user.clone(), now);
                true
            }
            AskedBy::Other => !desktops.within(user, now, DESKTOP_SECS),
        }
    }

    /// The account looked into the conversation: what it was told about messages is settled.
    pub async fn settle(&self, at: &Participation) -> Result<(), Error> {
        let Some(user) = at.caller.user_id().cloned() else {
            return Ok(());
        };
        let room = at.room().id;
        // Nearly every poll ends here: what cannot be settled by it, such as an invitation, costs it nothing.
        if self.memory.has_no_notices(room, &user) {
            return Ok(());
        }
        let stamp = self.memory.stamp();
        let asker = user.clone();
        let has = self
            .read(move |view| Ok(view.tx.has_notices(&asker, room, &SETTLED_BY_LOOKING)?))
            .await?;
        if !has {
            self.memory.remember_no_notices(stamp, room, user);
            return Ok(());
        }
        self.write(move |act| {
            act.tx
                .delete_notices(room, Some(&user), &SETTLED_BY_LOOKING)?;
            Ok(())
        })
        .await
    }
}

/// Forgets the oldest notices of accounts that were told more than is kept, a batch of them;
/// whether there may be more. Not done with each notice: a message may concern thousands.
pub fn forget_oldest(act: &mut Act<'_>) -> Result<bool, Error> {
    let known = act.memory.notices_trimmed.load(Ordering::Relaxed);
    let trimmed = match known {
        // What was there before the start is looked at when its account is told more.
        -1 => act.tx.newest_notice()?,
        after => act.tx.keep_newest_notices(after, BATCH, KEPT)?,
    };
    act.memory.notices_trimmed.store(trimmed, Ordering::Relaxed);
    Ok(known != -1 && trimmed != known)
}

/// Tells an account.
fn tell(act: &mut Act<'_>, notice: &Notice) -> Result<(), Error> {
    act.tx.insert_notice(notice)?;
    act.happened(Event::Noticed {
        user: notice.user.clone(),
    });
    Ok(())
}

/// Tells those whom a message concerns, and those who want to be told of all.
pub fn of_message(
    act: &mut Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    flagged: &Flagged,
) -> Result<(), Error> {
    if message.silent {
        return Ok(());
    }
    let Flagged { meant, concerned } = flagged;
    for one in concerned {
        tell_about(act, &one.attendee, author, message, one.why, &one.detail)?;
    }
    let told: HashSet<AttendeeId> = concerned.iter().map(|one| one.attendee.id).collect();
    let levels = Levels::of(act, room, message)?;
    for attendee in levels.told_of_all(act)? {
        let is_passed_over = told.contains(&attendee.id)
            || attendee.actor == *author
            || is_held_back(act, room, &attendee);
        // Who is meant with a crowd is told of that, though perhaps only in the next transaction.
        let user = attendee.actor.as_user().filter(|_| meant.is_crowd());
        let is_meant = match user.filter(|_| !is_passed_over) {
            Some(user) => meant.why(act, &user)?.is_some(),
            None => false,
        };
        if is_passed_over || is_meant || looks_on(act, &attendee)? {
            continue;
        }
        tell_about(act, &attendee, author, message, NoticeKind::Chat, "")?;
    }
    Ok(())
}

/// Tells the author of a message of a reaction, if they want to be told of all.
pub fn of_reaction(
    act: &mut Act<'_>,
    room: &Room,
    reactor: &Actor,
    message: &Message,
    emoji: &str,
) -> Result<(), Error> {
    if message.actor == *reactor || message.actor.kind != ActorKind::Users {
        return Ok(());
    }
    let author = act.tx.find_attendee(room.id, &message.actor)?;
    let levels = Levels::of(act, room, message)?;
    let author = author.filter(|author| levels.wants_all(author));
    match author.filter(|author| !is_held_back(act, room, author)) {
        Some(author) => tell_about(act, &author, reactor, message, NoticeKind::Reaction, emoji),
        None => Ok(()),
    }
}

// Quirk: reaction-taken-back.
/// The reaction was taken back: its author forgets it, so that who changes their mind tells once.
pub fn reaction_taken_back(
    act: &mut Act<'_>,
    reactor: &Actor,
    message: &Message,
    emoji: &str,
) -> Result<(), Error> {
    Ok(act.tx.delete_reaction_notice(message, reactor, emoji)?)
}

/// Tells an account that somebody brought it into a conversation.
pub fn of_invitation(
    act: &mut Act<'_>,
    room: &Room,
    inviter: &Actor,
    user: &UserId,
) -> Result<(), Error> {
    if !room.kind.is_managed() || inviter.kind != ActorKind::Users || inviter.is_user(user) {
        return Ok(());
    }
    let notice = about_room(act, room, user, NoticeKind::Invitation, inviter);
    tell(act, &notice)
}

/// Tells everybody who wants to know that a call began.
pub fn of_call(
    act: &mut Act<'_>,
    room: &Room,
    caller: &Actor,
    silent: bool,
    silent_for: &[String],
) -> Result<(), Error> {
    let settled = [NoticeKind::Call, NoticeKind::Invitation];
    act.tx.delete_notices(room.id, None, &settled)?;
    act.tx.delete_tellings(room.id, NoticeKind::Call)?;
    if silent {
        return Ok(());
    }
    let first = crowd::first(act, room.id, [].iter())?;
    if let Some(after) = first.left_after {
        let all = Crowd {
            except: silent_for.to_vec(),
            ..Crowd::of(room, NoticeKind::Call, caller)
        };
        crowd::leave(act, all, after)?;
    }
    call_began(act, room, caller, first.members, silent_for)
}

/// Tells these members, if they want to know of calls.
pub fn call_began(
    act: &mut Act<'_>,
    room: &Room,
    caller: &Actor,
    members: Vec<Attendee>,
    silent_for: &[String],
) -> Result<(), Error> {
    let policy = act.memory.policy();
    let shared = Arc::new(room.clone());
    for attendee in members {
        let Some(user) = attendee.actor.as_user() else {
            continue;
        };
        let is_told = attendee.notify_calls
            && attendee.actor != *caller
            && !silent_for.contains(&user.0)
            && !Seat::new(Arc::clone(&shared), attendee, &policy).waits_in_lobby();
        if is_told {
            let notice = about_room(act, room, &user, NoticeKind::Call, caller);
            tell(act, &notice)?;
        }
    }
    Ok(())
}

/// Rings one account.
pub fn ring(act: &mut Act<'_>, room: &Room, caller: &Actor, user: &UserId) -> Result<(), Error> {
    act.tx
        .delete_notices(room.id, Some(user), &[NoticeKind::Call])?;
    let notice = about_room(act, room, user, NoticeKind::Call, caller);
    tell(act, &notice)
}

/// Tells an account what it asked to be reminded of.
pub fn of_reminder(
    act: &mut Act<'_>,
    user: &UserId,
    room: RoomId,
    message: MessageId,
    at: i64,
) -> Result<(), Error> {
    tell(
        act,
        &Notice {
            id: 0,
            user: user.clone(),
            room,
            message,
            kind: NoticeKind::Reminder,
            actor: None,
            detail: String::new(),
            at,
        },
    )
}

/// The account joined the call.
pub fn joined_call(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    settle_kinds(act, attendee, &[NoticeKind::Call])
}

/// The account opened the room.
pub fn opened(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    settle_kinds(
        act,
        attendee,
        &[NoticeKind::Invitation, NoticeKind::Reaction],
    )
}

/// The account left the room for good.
pub fn left(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    settle_kinds(act, attendee, &ALL)
}

/// The account has read everything there is.
pub fn has_read_all(act: &mut Act<'_>, attendee: &Attendee) -> Result<(), Error> {
    settle_kinds(act, attendee, &SETTLED_BY_LOOKING)
}

/// Everything that was said in a room is gone.
pub fn cleared(act: &mut Act<'_>, room: RoomId) -> Result<(), Error> {
    Ok(act.tx.delete_notices(room, None, &ABOUT_MESSAGES)?)
}

fn settle_kinds(act: &mut Act<'_>, attendee: &Attendee, kinds: &[NoticeKind]) -> Result<(), Error> {
    match attendee.actor.as_user() {
        Some(user) => Ok(act.tx.delete_notices(attendee.room, Some(&user), kinds)?),
        None => Ok(()),
    }
}

fn about_room(
    act: &Act<'_>,
    room: &Room,
    user: &UserId,
    kind: NoticeKind,
    actor: &Actor,
) -> Notice {
    Notice {
        id: 0,
        user: user.clone(),
        room: room.id,
        message: MessageId::NONE,
        kind,
        actor: Some(actor.clone()),
        detail: String::new(),
        at: act.now,
    }
}

/// Tells a member of a message.
pub fn tell_about(
    act: &mut Act<'_>,
    attendee: &Attendee,
    actor: &Actor,
    message: &Message,
    kind: NoticeKind,
    detail: &str,
) -> Result<(), Error> {
    let Some(user) = attendee.actor.as_user() else {
        return Ok(());
    };
    tell(
        act,
        &Notice {
            id: 0,
            user,
            room: message.room,
            message: message.id,
            kind,
            actor: Some(actor.clone()),
            detail: detail.to_owned(),
            at: act.now,
        },
    )
}

/// Whether the member has the room before their eyes.
fn looks_on(act: &Act<'_>, attendee: &Attendee) -> Result<bool, Error> {
    let view = act.view();
    let sessions = act.tx.sessions_of(attendee.id)?.into_iter();
    Ok(sessions
        .filter(|session| session.active)
        .any(|session| pinged(&view, session).last_ping_at >= act.now - ONLINE_SECS))
}

/// The notice as its reader gets it; `None` if it is settled, whether that was noted or not.
pub(super) fn show(
    view: &View<'_>,
    user: &UserId,
    notice: Notice,
) -> Result<Option<ShownNotice>, Error> {
    let Some(room) = view.tx.find_room_by_id(notice.room)? else {
        return Ok(None);
    };
    let actor = Actor::user(user);
    let Some(attendee) = view.tx.find_attendee(room.id, &actor)? else {
        return Ok(None);
    };
    let policy = view.memory.policy();
    let seat = Seat::new(Arc::new(room), attendee, &policy);
    if seat.waits_in_lobby() && notice.kind != NoticeKind::Invitation {
        return Ok(None);
    }
    let mut message = None;
    if notice.kind.is_about_message() {
        let found = view.tx.find_message(notice.room, notice.message)?;
        let found = found.filter(|found| !found.is_expired(view.now));
        let Some(found) = found else {
            return Ok(None);
        };
        let is_gone = !found.body.is_chat() && notice.kind != NoticeKind::Reminder;
        let stored = view.tx.marks(seat.attendee.id)?;
        let has_read = marks(view, &seat.attendee, stored).last_read >= found.id;
        if is_gone || (notice.kind.ends_when_read() && has_read) {
            return Ok(None);
        }
        message = Some(Resolver::new(view, &seat.room)?.resolve_alone(found)?);
    }
    let person = match (&notice.actor, &message) {
        (Some(actor), _) => person(view, &seat.room, actor)?,
        (None, Some(message)) => match person(view, &seat.room, &message.message.actor)? {
            Person::User { id, name } if message.message.actor == actor => {
                Person::Oneself { id, name }
            }
            other => other,
        },
        (None, None) => Person::Deleted,
    };
    let group_name = match notice.kind {
        NoticeKind::GroupMention => {
            let group = view.tx.find_group(&notice.detail)?;
            group.map_or_else(|| notice.detail.clone(), |group| group.display_name)
        }
        _ => String::new(),
    };
    let (room_name, room_avatar) = room_for(view, &seat.room, user)?;
    Ok(Some(ShownNotice {
        room_name,
        room_avatar,
        is_sensitive: seat.attendee.sensitive,
        call_is_running: CallView::of(&seat, &policy).since.is_some(),
        room: Arc::clone(&seat.room),
        person,
        group_name,
        message,
        notice,
    }))
}

/// The name of a room for this reader, and the path of its avatar.
fn room_for(view: &View<'_>, room: &Room, user: &UserId) -> Result<(String, String), Error> {
    let pair = match room.kind {
        RoomKind::OneToOne => Pair::find(view, room)?,
        _ => None,
    };
    let partner = pair.as_ref().map(|pair| pair.other_than(user));
    let name = partner.map_or(&room.name, |partner| &partner.name);
    Ok((name.clone(), avatar_path(room, partner)))
}

fn person(view: &View<'_>, room: &Room, actor: &Actor) -> Result<Person, Error> {
    let author = Resolver::new(view, room)?.author_of(actor)?;
    Ok(match actor.kind {
        ActorKind::Users => match author.kind {
            "users" => Person::User {
                id: author.id,
                name: author.name,
            },
            _ => Person::Deleted,
        },
        ActorKind::Bots => Person::Bot {
            id: author.id,
            name: author.name,
        },
        _ if author.name.is_empty() => Person::UnnamedGuest,
        _ => Person::Guest {
            id: author.id,
            name: author.name,
        },
    })
}
