//! Telling a whole crowd: the first at once, the others batch by batch, so that those who post elsewhere need not wait
//! for thousands of rows. What is left is stored together with what it tells of, and each batch moves it on: a crash
//! loses nobody and tells nobody twice.

use std::collections::HashSet;

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::mention_flags::{Meant, concern};
use super::notice::{self, Concerned};
use super::notice_level::Levels;
use super::transaction::Act;
use crate::model::{
    Actor, Attendee, AttendeeId, Message, MessageId, NoticeKind, Room, RoomId, UserId,
};
use crate::store::Telling;

/// Members whom one transaction tells.
const BATCH: u32 = 500;
/// So many accounts that are meant are told at once, however large their room is.
pub const AT_ONCE: usize = BATCH as usize;

/// What everybody in a room is to be told.
#[derive(Debug, Clone)]
pub struct Crowd {
    pub room: RoomId,
    /// 0: it is about the room.
    pub message: MessageId,
    pub kind: NoticeKind,
    /// Who did it.
    pub actor: Actor,
    /// Accounts that are not told.
    pub except: Vec<String>,
}

impl Crowd {
    /// To be told of the room.
    pub fn of(room: &Room, kind: NoticeKind, actor: &Actor) -> Self {
        Self {
            room: room.id,
            message: MessageId::NONE,
            kind,
            actor: actor.clone(),
            except: Vec::new(),
        }
    }

    /// To be told of a message.
    pub fn about(message: &Message, kind: NoticeKind, actor: &Actor) -> Self {
        Self {
            room: message.room,
            message: message.id,
            kind,
            actor: actor.clone(),
            except: Vec::new(),
        }
    }
}

/// The members who are told in the same transaction.
pub struct First {
    pub members: Vec<Attendee>,
    /// The last account of them, if others are left.
    pub left_after: Option<String>,
}

/// All members of a small room; of a crowd some of them, and those in `besides`.
pub fn first<'u>(
    act: &Act<'_>,
    room: RoomId,
    besides: impl Iterator<Item = &'u UserId>,
) -> Result<First, Error> {
    let mut members = act.tx.accounts_after(room, "", BATCH + 1)?;
    if members.len() <= AT_ONCE {
        let left_after = None;
        return Ok(First {
            members,
            left_after,
        });
    }
    members.truncate(AT_ONCE);
    let left_after = members.last().map(|last| last.actor.id.clone());
    let there: HashSet<AttendeeId> = members.iter().map(|one| one.id).collect();
    for user in besides {
        let found = act.tx.find_attendee(room, &Actor::user(user))?;
        members.extend(found.filter(|found| !there.contains(&found.id)));
    }
    Ok(First {
        members,
        left_after,
    })
}

/// Whoever comes after this account is told after the commit.
pub fn leave(act: &mut Act<'_>, crowd: Crowd, after: String) -> Result<(), Error> {
    act.tx.insert_telling(&Telling {
        id: 0,
        room: crowd.room,
        message: crowd.message,
        kind: crowd.kind,
        actor: crowd.actor,
        except: crowd.except,
        after,
        up_to: act.tx.newest_attendee()?,
        at: act.now,
    })?;
    act.happened(Event::LeftToTell);
    Ok(())
}

/// Tells the next batch of those who are left; whether there may be more.
pub fn tell_some(act: &mut Act<'_>) -> Result<bool, Error> {
    let Some(telling) = act.tx.next_telling()? else {
        return Ok(false);
    };
    let Some(room) = act.tx.find_room_by_id(telling.room)? else {
        act.tx.delete_telling(telling.id)?;
        return Ok(true);
    };
    let mut members = act.tx.accounts_after(room.id, &telling.after, BATCH)?;
    let last = members.last().map(|last| last.actor.id.clone());
    let is_over = members.len() < AT_ONCE;
    members.retain(|member| member.id <= telling.up_to);
    let is_told = match telling.kind {
        NoticeKind::Call => tell_of_call(act, &room, &telling, members)?,
        _ => tell_of_message(act, &room, &telling, members)?,
    };
    match last.filter(|_| is_told && !is_over) {
        Some(last) => act.tx.move_telling(telling.id, &last)?,
        None => act.tx.delete_telling(telling.id)?,
    }
    Ok(true)
}

fn tell_of_call(
    act: &mut Act<'_>,
    room: &Room,
    telling: &Telling,
    mut members: Vec<Attendee>,
) -> Result<bool, Error> {
    // Whoever has joined meanwhile knows.
    members.retain(|member| member.last_joined_call_at < telling.at);
    notice::call_began(act, room, &telling.actor, members, &telling.except)?;
    Ok(true)
}

/// Whether the message still means more than single people, as it reads now: it may have been edited meanwhile.
fn tell_of_message(
    act: &mut Act<'_>,
    room: &Room,
    telling: &Telling,
    members: Vec<Attendee>,
) -> Result<bool, Error> {
    let message = act.tx.find_message(room.id, telling.message)?;
    let Some(message) = message.filter(|message| !message.is_expired(act.now)) else {
        return Ok(false);
    };
    let author = &telling.actor;
    let parent = match message.parent {
        Some(parent) => act.tx.find_message(room.id, parent)?,
        None => None,
    };
    let meant = Meant::by(act, room, author, &message, parent.as_ref())?;
    if !meant.is_more_than_people() {
        return Ok(false);
    }
    let except: HashSet<&str> = telling.except.iter().map(String::as_str).collect();
    let levels = Levels::of(act, room, &message)?;
    for member in members {
        let is_direct = member
            .actor
            .as_user()
            .is_some_and(|user| meant.is_direct(&user));
        if is_direct || except.contains(member.actor.id.as_str()) {
            continue;
        }
        if let Some(one) = concern(act, &levels, author, member, &meant)? {
            tell_one(act, author, &message, &one)?;
        }
    }
    Ok(true)
}

/// Tells one who is left, unless they know already, because the message was edited.
fn tell_one(
    act: &mut Act<'_>,
    author: &Actor,
    message: &Message,
    one: &Concerned,
) -> Result<(), Error> {
    let Some(user) = one.attendee.actor.as_user() else {
        return Ok(());
    };
    let told = act.tx.told_of(&user, message.room, message.id)?;
    let mut told = told.into_iter().filter(|told| told.kind.ends_when_read());
    match told.next() {
        // An edit brought the mention: in place of that there is a message at all.
        Some(told) if told.kind == NoticeKind::Chat => act.tx.delete_notice(&user, told.id)?,
        Some(_) => return Ok(()),
        None => {}
    }
    act.tx.raise_last_mention(one.attendee.id, message.id)?;
    if !message.silent {
        notice::tell_about(act, &one.attendee, author, message, one.why, &one.detail)?;
    }
    Ok(())
}

impl Chat {
    /// Tells whoever is left. What fails is logged: the next upkeep goes on.
    pub async fn tell_the_rest(&self) {
        loop {
            match self.write_alone(tell_some).await {
                Ok((true, _)) => {}
                Ok((false, _)) => return,
                Err(error) => {
                    tracing::error!(%error, "not all of a crowd could be told yet");
                    return;
                }
            }
        }
    }
}
