//! Polls: asking, drafting, voting, closing, and what of the result a reader may see.
//!
//! Votes are given and polls closed in read-only rooms, too, and without the permission to chat.
//! Source: chat-extras.md 3.

mod content;

use std::collections::BTreeMap;

use content::check_choice;

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::message::{erase, post_object, still_there};
use super::posting::{self, Entry, append, say};
use super::resolved::{Author, Resolver};
use super::transaction::{Act, View};
use crate::model::system_message::PollReference;
use crate::model::{
    Actor, ActorKind, Attendee, Ballot, Body, Message, MessageId, Poll, PollId, PollStatus, Room,
    RoomId, RoomKind, SharedObject, SystemMessage,
};

pub use content::NewPoll;

/// The type of the object that stands for a poll in a message.
const POLL_OBJECT: &str = "talk-poll";

/// Whether a new poll is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Now,
    Later,
}

/// A poll without its result, as drafts are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollSheet {
    pub poll: Poll,
    pub author: Author,
}

/// A poll as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollSeen {
    pub sheet: PollSheet,
    /// Positions of options and their votes; none without votes.
    pub votes: BTreeMap<usize, usize>,
    pub voters: usize,
    /// Who chose what, one entry for each vote; `None`: not told.
    pub details: Option<Vec<(Author, usize)>>,
    /// Positions of the options that the reader chose.
    pub own: Vec<usize>,
}

/// What closing a poll comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Closed(Box<PollSeen>),
    /// It was a draft.
    Deleted,
}

impl Chat {
    /// Ask a poll, or keep it as a draft.
    ///
    /// Errors, in order: `Invalid`: `Room`, `Draft`, `Question`, `Options`.
    pub async fn create_poll(
        &self,
        at: &Participation,
        new: NewPoll,
        asked: Asked,
    ) -> Result<PollSeen, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            check_room(&room)?;
            if asked == Asked::Later && !attendee.role.moderates() {
                return Err(Error::Invalid(Invalid::Draft));
            }
            let shown_question = new.shown_question();
            let content = new.check()?;
            let poll = act.tx.insert_poll(Poll {
                id: PollId(0),
                room: room.id,
                author_name: name_of(act, &room, &attendee.actor)?,
                author: attendee.actor.clone(),
                question: content.question,
                options: content.options,
                status: match asked {
                    Asked::Now => PollStatus::Open,
                    Asked::Later => PollStatus::Draft,
                },
                hidden: content.hidden,
                max_votes: content.max_votes,
                closing: None,
            })?;
            if asked == Asked::Now {
                let object = poll_object(poll.id, shown_question);
                post_object(act, &room, &attendee, object, String::new())?;
            }
            see(&act.view(), poll, &attendee)
        })
        .await
    }

    /// Put another content into a draft.
    ///
    /// Errors, in order: `Invalid(Room)`, `PollNotFound`, `Invalid`: `Poll` (no draft), `Draft`
    /// (neither author nor moderator), `Question`, `Options`.
    pub async fn edit_poll_draft(
        &self,
        at: &Participation,
        id: PollId,
        new: NewPoll,
    ) -> Result<PollSheet, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            check_room(&room)?;
            let poll = act.tx.find_poll(room.id, id)?;
            let poll = poll.ok_or(Error::PollNotFound)?;
            if poll.status != PollStatus::Draft {
                return Err(Error::Invalid(Invalid::Poll));
            }
            if !attendee.role.moderates() && poll.author != attendee.actor {
                return Err(Error::Invalid(Invalid::Draft));
            }
            let content = new.check()?;
            let poll = Poll {
                question: content.question,
                options: content.options,
                hidden: content.hidden,
                max_votes: content.max_votes,
                ..poll
            };
            act.tx.update_poll(&poll)?;
            sheet(&act.view(), poll)
        })
        .await
    }

    /// All drafts of the room.
    pub async fn poll_drafts(&self, at: &Participation) -> Result<Vec<PollSheet>, Error> {
        let room = at.room().id;
        self.read(move |view| {
            let drafts = view.tx.poll_drafts(room)?.into_iter();
            drafts.map(|draft| sheet(view, draft)).collect()
        })
        .await
    }

    /// A poll as the caller sees it.
    ///
    /// Errors: `PollNotFound`; so are drafts, for those who are no moderators.
    pub async fn poll(&self, at: &Participation, id: PollId) -> Result<PollSeen, Error> {
        let (room, reader) = (at.room().id, at.attendee().clone());
        self.read(move |view| {
            let poll = view.tx.find_poll(room, id)?;
            let poll = poll
                .filter(|poll| poll.status != PollStatus::Draft || reader.role.moderates())
                .ok_or(Error::PollNotFound)?;
            see(view, poll, &reader)
        })
        .await
    }

    /// Vote, in place of what the caller chose before; for nothing: take the vote back.
    ///
    /// `chosen` is `None` if it is not all numbers.
    /// Errors, in order: `PollNotFound`, `Invalid(Poll)` (closed), `Invalid(Options)`.
    pub async fn vote(
        &self,
        at: &Participation,
        id: PollId,
        chosen: Option<Vec<i64>>,
    ) -> Result<PollSeen, Error> {
        let at = at.clone();
        let voting = self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let poll = act.tx.find_poll(room.id, id)?;
            let poll = poll
                .filter(|poll| poll.status != PollStatus::Draft)
                .ok_or(Error::PollNotFound)?;
            if poll.status == PollStatus::Closed {
                return Err(Error::Invalid(Invalid::Poll));
            }
            let options = check_choice(&poll, chosen).ok_or(Error::Invalid(Invalid::Options))?;
            if options.is_empty() {
                act.tx.delete_ballot(poll.id, &attendee.actor)?;
            } else {
                let ballot = Ballot {
                    voter: attendee.actor.clone(),
                    voter_name: name_of(act, &room, &attendee.actor)?,
                    options,
                };
                act.tx.put_ballot(poll.id, &ballot)?;
            }
            if !poll.hidden {
                let poll = PollReference::new(poll.id.0, &poll.question);
                say(
                    act,
                    &room,
                    &attendee.actor,
                    SystemMessage::PollVoted { poll },
                )?;
            }
            Ok((poll, attendee))
        });
        let (poll, attendee) = voting.await?;
        // Counting takes long where thousands have voted: others shall not wait for it to write.
        self.read(move |view| see(view, poll, &attendee)).await
    }

    /// Close a poll; a draft is deleted.
    ///
    /// Errors, in order: `PollNotFound`, `Invalid(Poll)` (closed already), `NotYourPoll`.
    pub async fn close_poll(&self, at: &Participation, id: PollId) -> Result<Ended, Error> {
        let at = at.clone();
        let closing = self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let moderates = attendee.role.moderates();
            let poll = act.tx.find_poll(room.id, id)?;
            let mut poll = poll.ok_or(Error::PollNotFound)?;
            match poll.status {
                PollStatus::Draft if moderates => {
                    act.tx.delete_poll(poll.id)?;
                    return Ok(None);
                }
                PollStatus::Draft => return Err(Error::PollNotFound),
                PollStatus::Closed => return Err(Error::Invalid(Invalid::Poll)),
                PollStatus::Open => {}
            }
            if !moderates && poll.author != attendee.actor {
                return Err(Error::NotYourPoll);
            }
            let reference = PollReference::new(poll.id.0, &poll.question);
            let closed = SystemMessage::PollClosed { poll: reference };
            let row = append(act, &room, Entry::system(&attendee.actor, closed))?;
            posting::set_marker(act, &attendee, row.message.id)?;
            poll.status = PollStatus::Closed;
            poll.closing = Some(row.message.id);
            act.tx.update_poll(&poll)?;
            Ok(Some((poll, attendee)))
        });
        let Some((poll, attendee)) = closing.await? else {
            return Ok(Ended::Deleted);
        };
        let seen = self.read(move |view| see(view, poll, &attendee)).await?;
        Ok(Ended::Closed(Box::new(seen)))
    }
}

/// When `message` is about to be deleted and stands for a poll: what said that the poll was closed
/// goes, too, and if a moderator or its author deletes it, the poll.
pub fn delete_with(
    act: &mut Act<'_>,
    room: &Room,
    attendee: &Attendee,
    message: &Message,
) -> Result<(), Error> {
    let Some(id) = poll_of(message) else {
        return Ok(());
    };
    let Some(mut poll) = act.tx.find_poll(room.id, id)? else {
        return Ok(());
    };
    if let Some(closing) = poll.closing.take() {
        if let Some(closing) = act.tx.find_message(room.id, closing)? {
            erase(act, room, attendee, &closing)?;
        }
        act.tx.update_poll(&poll)?;
    }
    if attendee.role.moderates() || poll.author == attendee.actor {
        act.tx.delete_poll(poll.id)?;
    }
    Ok(())
}

/// When an expired message is about to be purged and its author's poll stands in it: the poll goes, too.
pub fn purge_with(act: &mut Act<'_>, room: RoomId, id: MessageId) -> Result<(), Error> {
    let Some(message) = act.tx.find_message(room, id)? else {
        return Ok(());
    };
    let poll = match poll_of(&message) {
        Some(poll) => act.tx.find_poll(room, poll)?,
        None => None,
    };
    if let Some(poll) = poll.filter(|poll| poll.author == message.actor) {
        act.tx.delete_poll(poll.id)?;
    }
    Ok(())
}

/// The poll that a message stands for, if it does.
fn poll_of(message: &Message) -> Option<PollId> {
    match &message.body {
        Body::Object(object) if object.object_type == POLL_OBJECT => {
            object.object_id.parse().ok().map(PollId)
        }
        _ => None,
    }
}

fn poll_object(id: PollId, question: String) -> SharedObject {
    let id = id.0.to_string();
    SharedObject {
        object_type: POLL_OBJECT.to_owned(),
        object_id: id.clone(),
        meta_data: vec![
            ("type".to_owned(), POLL_OBJECT.to_owned()),
            ("id".to_owned(), id),
            ("name".to_owned(), question),
        ],
    }
}

/// Polls are for groups.
fn check_room(room: &Room) -> Result<(), Error> {
    match room.kind {
        RoomKind::Group | RoomKind::Public => Ok(()),
        _ => Err(Error::Invalid(Invalid::Room)),
    }
}

/// What an actor is called in the room now.
fn name_of(act: &Act<'_>, room: &Room, actor: &Actor) -> Result<String, Error> {
    let view = act.view();
    Ok(Resolver::new(&view, room)?.author_of(actor)?.name)
}

fn sheet(view: &View<'_>, poll: Poll) -> Result<PollSheet, Error> {
    Ok(PollSheet {
        author: person(view, &poll.author, &poll.author_name)?,
        poll,
    })
}

/// An author or voter by the name that the poll keeps: they may have left the room.
fn person(view: &View<'_>, actor: &Actor, name: &str) -> Result<Author, Error> {
    let is_gone = actor.kind == ActorKind::Users && view.user(&actor.id)?.is_none();
    Ok(match is_gone {
        // Quirk: poll-of-deleted-author.
        true => Author::deleted(),
        false => Author {
            kind: actor.kind.wire(),
            id: actor.id.clone(),
            name: name.to_owned(),
        },
    })
}

/// The poll with as much of the result as the reader may know.
fn see(view: &View<'_>, poll: Poll, reader: &Attendee) -> Result<PollSeen, Error> {
    let ballots = match poll.status {
        PollStatus::Draft => Vec::new(),
        PollStatus::Open | PollStatus::Closed => view.tx.ballots(poll.id)?,
    };
    let own = ballots.iter().find(|ballot| ballot.voter == reader.actor);
    let own = own.map_or_else(Vec::new, |ballot| ballot.options.clone());
    let is_closed = poll.status == PollStatus::Closed;
    let sees_votes = is_closed || (!poll.hidden && !own.is_empty());
    let sees_number = sees_votes || reader.role.moderates() || poll.author == reader.actor;

    let mut votes = BTreeMap::new();
    if sees_votes {
        for option in ballots.iter().flat_map(|ballot| &ballot.options) {
            *votes.entry(*option).or_default() += 1;
        }
    }
    let details = match is_closed && !poll.hidden {
        true => Some(details(view, &ballots)?),
        false => None,
    };
    Ok(PollSeen {
        votes,
        voters: if sees_number { ballots.len() } else { 0 },
        details,
        own,
        sheet: sheet(view, poll)?,
    })
}

fn details(view: &View<'_>, ballots: &[Ballot]) -> Result<Vec<(Author, usize)>, Error> {
    let mut all = Vec::new();
    for ballot in ballots {
        let voter = person(view, &ballot.voter, &ballot.voter_name)?;
        all.extend(ballot.options.iter().map(|option| (voter.clone(), *option)));
    }
    Ok(all)
}
