//! Polls: asking, drafting, voting, closing, and what of the result a reader may see.
//!
//! Votes are given and polls closed in read-only rooms, too, and without the permission to chat.
//! Source: chat-extras.md 3.

use std::collections::BTreeMap;

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::message::{erase, post_object, still_there, trim};
use super::posting::{self, Entry, append, say};
use super::resolved::{Author, Resolver};
use super::transaction::{Act, View};
use crate::model::system_message::PollReference;
use crate::model::{
    Actor, ActorKind, Attendee, Ballot, Message, Poll, PollId, PollStatus, Room, RoomKind,
    SharedObject, SystemMessage,
};

/// Bytes that a question may have.
const MAX_QUESTION_BYTES: usize = 32_000;
/// Bytes that the options may have, as the JSON text in which they are kept.
const MAX_OPTIONS_BYTES: usize = 60_000;
/// Options with a text that a poll must have.
const MIN_OPTIONS: usize = 2;
/// The type of the object that stands for a poll in a message.
const POLL_OBJECT: &str = "talk-poll";

/// A poll as somebody wants to ask it.
#[derive(Debug, Clone)]
pub struct NewPoll {
    pub question: String,
    /// `None`: they are not all texts.
    pub options: Option<Vec<String>>,
    /// 0: public, 1: hidden.
    pub result_mode: i64,
    /// 0: any number.
    pub max_votes: i64,
}

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
    Closed(PollSeen),
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
        self.write(move |act| {
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
            see(&act.view(), poll, &attendee)
        })
        .await
    }

    /// Close a poll; a draft is deleted.
    ///
    /// Errors, in order: `PollNotFound`, `Invalid(Poll)` (closed already), `NotYourPoll`.
    pub async fn close_poll(&self, at: &Participation, id: PollId) -> Result<Ended, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let moderates = attendee.role.moderates();
            let poll = act.tx.find_poll(room.id, id)?;
            let mut poll = poll.ok_or(Error::PollNotFound)?;
            match poll.status {
                PollStatus::Draft if moderates => {
                    act.tx.delete_poll(poll.id)?;
                    return Ok(Ended::Deleted);
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
            see(&act.view(), poll, &attendee).map(Ended::Closed)
        })
        .await
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

/// The poll that a message stands for, if it does.
fn poll_of(message: &Message) -> Option<PollId> {
    match &message.body {
        crate::model::Body::Object(object) if object.object_type == POLL_OBJECT => {
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

/// What a poll asks, checked.
struct Content {
    question: String,
    options: Vec<String>,
    hidden: bool,
    max_votes: i64,
}

impl NewPoll {
    /// The question as the message shows it: as sent, unless white space makes it too long.
    fn shown_question(&self) -> String {
        match self.question.len() <= MAX_QUESTION_BYTES {
            true => self.question.clone(),
            false => trim(&self.question).to_owned(),
        }
    }

    /// Options stay as they are, blank ones included: clients vote by position.
    fn check(self) -> Result<Content, Error> {
        let question = trim(&self.question);
        if question.is_empty() || question.len() > MAX_QUESTION_BYTES {
            return Err(Error::Invalid(Invalid::Question));
        }
        let refused = Error::Invalid(Invalid::Options);
        let Some(options) = self.options else {
            return Err(refused);
        };
        let filled = options.iter().filter(|option| !trim(option).is_empty());
        if filled.count() < MIN_OPTIONS || json_bytes(&options) > MAX_OPTIONS_BYTES {
            return Err(refused);
        }
        // Quirk: poll-numbers.
        if !(0..=1).contains(&self.result_mode) || self.max_votes < 0 {
            return Err(refused);
        }
        Ok(Content {
            question: question.to_owned(),
            options,
            hidden: self.result_mode == 1,
            max_votes: self.max_votes,
        })
    }
}

/// The length of the texts as a JSON list.
fn json_bytes(texts: &[String]) -> usize {
    let text_bytes = |text: &String| -> usize {
        text.chars()
            .map(|character| match character {
                '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
                '\0'..='\u{1f}' => 6,
                _ => character.len_utf8(),
            })
            .sum()
    };
    let texts_bytes: usize = texts.iter().map(|text| text_bytes(text) + 2).sum();
    texts_bytes + texts.len().saturating_sub(1) + 2
}

/// The options chosen, if one may choose them.
fn check_choice(poll: &Poll, chosen: Option<Vec<i64>>) -> Option<Vec<usize>> {
    let chosen = chosen?;
    let too_many = 0 < poll.max_votes
        && i64::try_from(chosen.len()).map_or(true, |count| count > poll.max_votes);
    if too_many {
        return None;
    }
    let mut is_chosen = vec![false; poll.options.len()];
    let mut options = Vec::new();
    for number in chosen {
        let option = usize::try_from(number).ok()?;
        let known = is_chosen.get_mut(option)?;
        if std::mem::replace(known, true) {
            return None;
        }
        options.push(option);
    }
    Some(options)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RoomId;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn new(question: &str, options: &[&str]) -> NewPoll {
        NewPoll {
            question: question.to_owned(),
            options: Some(texts(options)),
            result_mode: 0,
            max_votes: 0,
        }
    }

    fn refusal(new: NewPoll) -> Option<Invalid> {
        match new.check() {
            Ok(_) => None,
            Err(Error::Invalid(invalid)) => Some(invalid),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_poll_needs_a_question_and_two_options() {
        let long = "x".repeat(MAX_QUESTION_BYTES);
        let longer = format!("{long}x");
        let wide = "é".repeat(MAX_QUESTION_BYTES / 2 + 1);
        let many = vec!["x"; 50];
        let table: [(&str, &[&str], Option<Invalid>); 12] = [
            ("Tea?", &["yes", "no"], None),
            ("Tea?", &["yes", "yes"], None),
            ("Tea?", &many, None),
            ("Tea?", &["yes", " ", "no", ""], None),
            (" \t\n", &["yes", "no"], Some(Invalid::Question)),
            ("", &[], Some(Invalid::Question)),
            (&long, &["yes", "no"], None),
            (&longer, &["yes", "no"], Some(Invalid::Question)),
            (&wide, &["yes", "no"], Some(Invalid::Question)),
            ("Tea?", &[], Some(Invalid::Options)),
            ("Tea?", &["yes"], Some(Invalid::Options)),
            ("Tea?", &["yes", " ", "\t"], Some(Invalid::Options)),
        ];
        for (question, options, expected) in table {
            let start = question.get(..4).unwrap_or(question);
            assert_eq!(
                refusal(new(question, options)),
                expected,
                "{start} {options:?}"
            );
        }
        let no_texts = NewPoll {
            options: None,
            ..new("Tea?", &[])
        };
        assert_eq!(refusal(no_texts), Some(Invalid::Options));
    }

    #[test]
    fn options_have_60_000_bytes_of_json() {
        // ["…","b"]
        let fits = "a".repeat(MAX_OPTIONS_BYTES - 8);
        assert_eq!(refusal(new("Tea?", &[&fits, "b"])), None);
        let fits_not = format!("{fits}a");
        let refused = refusal(new("Tea?", &[&fits_not, "b"]));
        assert_eq!(refused, Some(Invalid::Options));
    }

    #[test]
    fn the_length_of_json_is_that_of_its_text() {
        for options in [
            texts(&[]),
            texts(&["a"]),
            texts(&[
                "a \"quoted\" \\ one",
                "né\n\r\t",
                "\u{1}\u{8}\u{c}\u{7f}",
                "🫖/",
            ]),
        ] {
            let text = serde_json::to_string(&options).unwrap();
            assert_eq!(json_bytes(&options), text.len(), "{text}");
        }
    }

    #[test]
    fn modes_and_numbers_of_votes_have_bounds() {
        let with = |result_mode, max_votes| {
            refusal(NewPoll {
                result_mode,
                max_votes,
                ..new("Tea?", &["yes", "no"])
            })
        };
        for (mode, votes) in [(0, 0), (1, 0), (0, 1), (1, i64::MAX)] {
            assert_eq!(with(mode, votes), None, "{mode} {votes}");
        }
        for (mode, votes) in [(2, 0), (-1, 0), (i64::MAX, 0), (0, -1), (0, i64::MIN)] {
            assert_eq!(with(mode, votes), Some(Invalid::Options), "{mode} {votes}");
        }
    }

    #[test]
    fn one_chooses_each_option_once_and_no_more_than_allowed() {
        let table: [(i64, &[i64], bool); 11] = [
            (0, &[], true),
            (0, &[0], true),
            (0, &[2, 0, 1], true),
            (2, &[2, 0], true),
            (i64::MAX, &[2, 0, 1], true),
            (2, &[2, 0, 1], false),
            (1, &[0, 1], false),
            (0, &[1, 1], false),
            (0, &[3], false),
            (0, &[-1], false),
            (0, &[i64::MAX], false),
        ];
        for (max_votes, chosen, allowed) in table {
            let poll = Poll {
                id: PollId(1),
                room: RoomId(1),
                author: Actor::system(),
                author_name: String::new(),
                question: "Tea?".to_owned(),
                options: texts(&["yes", "no", "coffee"]),
                status: PollStatus::Open,
                hidden: false,
                max_votes,
                closing: None,
            };
            let options = check_choice(&poll, Some(chosen.to_vec()));
            assert_eq!(options.is_some(), allowed, "{max_votes} {chosen:?}");
            assert_eq!(check_choice(&poll, None), None);
        }
    }
}
