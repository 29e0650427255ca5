//! Reactions: an emoji on a message, given and taken back. Source: chat-extras.md 2.

use std::cmp::Reverse;

use super::Chat;
use super::admission::Participation;
use super::bot;
use super::emoji;
use super::error::Error;
use super::event::Event;
use super::message::{still_there, trim};
use super::notice;
use super::posting::{Entry, append};
use super::resolved::{Author, Resolved, Resolver};
use super::transaction::{Act, View};
use crate::model::{Actor, Body, Message, MessageId, Room, SystemMessage};

/// Emojis that a message shows at most.
const SHOWN_EMOJIS: usize = 20;

/// Who reacted with an emoji, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactor {
    pub author: Author,
    /// Unix seconds.
    pub at: i64,
}

/// All reactions to a message: emojis in the order of their newest reaction, newest first.
pub type Reactions = Vec<(String, Vec<Reactor>)>;

/// Whether a reaction was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reacted {
    New,
    Already,
}

impl Resolved {
    /// The emojis most used on it with their numbers, the most used first, else by emoji.
    pub fn most_used_emojis(&self) -> Vec<(&str, usize)> {
        let used = self.reactions.iter();
        let mut used: Vec<_> = used.map(|one| (&*one.emoji, one.by.len())).collect();
        used.sort_unstable_by_key(|(emoji, count)| (Reverse(*count), *emoji));
        used.truncate(SHOWN_EMOJIS);
        used
    }
}

impl Chat {
    /// React to a message.
    ///
    /// Errors: `ReactionNotFound` (no such message), `NotReactable` (a message of another kind or
    /// room, or no emoji).
    pub async fn react(
        &self,
        at: &Participation,
        id: MessageId,
        text: String,
    ) -> Result<(Reacted, Reactions), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let reacted = add(act, &room, &attendee.actor, id, &text)?;
            let view = act.view();
            Ok((reacted, list(&view, &room, id, None)?))
        })
        .await
    }

    /// Take a reaction back.
    ///
    /// Errors: `NotReactable` (message 0), `ReactionNotFound`.
    pub async fn take_reaction_back(
        &self,
        at: &Participation,
        id: MessageId,
        text: String,
    ) -> Result<Reactions, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            remove(act, &room, &attendee.actor, id, &text)?;
            list(&act.view(), &room, id, None)
        })
        .await
    }

    /// Who reacted to a message, with any emoji or only with `filter`.
    ///
    /// Errors: `ReactionNotFound`.
    pub async fn reactions(
        &self,
        at: &Participation,
        id: MessageId,
        filter: Option<String>,
    ) -> Result<Reactions, Error> {
        let room = at.room().clone();
        self.read(move |view| {
            reactable(view, &room, id)?.ok_or(Error::ReactionNotFound)?;
            list(view, &room, id, filter.as_deref())
        })
        .await
    }
}

/// A message of the room that can be reacted to.
fn reactable(view: &View<'_>, room: &Room, id: MessageId) -> Result<Option<Message>, Error> {
    let message = view.tx.find_message(room.id, id)?;
    Ok(message.filter(|message| message.body.is_chat()))
}

/// Adds a reaction, unless it is there.
pub fn add(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    id: MessageId,
    text: &str,
) -> Result<Reacted, Error> {
    let emoji = trim(text);
    if id <= MessageId::NONE {
        return Err(Error::NotReactable);
    }
    let Some(message) = reactable(&act.view(), room, id)? else {
        // Whose number is known may have expired since.
        let message = match act.tx.room_of_message(id)? {
            Some(home) => act.tx.find_message(home, id)?,
            None => None,
        };
        return Err(match message {
            Some(_) => Error::NotReactable,
            None => Error::ReactionNotFound,
        });
    };
    if !emoji::is_one(emoji) {
        return Err(Error::NotReactable);
    }
    let known = act.tx.reactions_to(id)?;
    if known
        .iter()
        .any(|one| one.actor == *actor && one.emoji == emoji)
    {
        return Ok(Reacted::Already);
    }
    act.tx.count_reaction(room.id, id, 1)?;
    act.happened(Event::RowsChanged { room: room.id });
    let entry = Entry {
        parent: Some(&message),
        ..Entry::of(actor, Body::Reaction(emoji.to_owned()))
    };
    append(act, room, entry)?;
    notice::of_reaction(act, room, actor, &message, emoji)?;
    Ok(Reacted::New)
}

/// Takes a reaction back.
pub fn remove(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    id: MessageId,
    text: &str,
) -> Result<(), Error> {
    if id <= MessageId::NONE {
        return Err(Error::NotReactable);
    }
    let message = reactable(&act.view(), room, id)?.ok_or(Error::ReactionNotFound)?;
    let emoji = trim(text);
    let own = act
        .tx
        .reactions_to(id)?
        .into_iter()
        .find(|one| one.actor == *actor && one.emoji == emoji);
    let own = own.ok_or(Error::ReactionNotFound)?;
    act.tx
        .replace_body(room.id, own.row, &Body::ReactionRevoked)?;
    act.tx.count_reaction(room.id, id, -1)?;
    act.happened(Event::RowsChanged { room: room.id });
    let revoked = SystemMessage::ReactionRevoked { message: own.row.0 };
    let entry = Entry {
        parent: Some(&message),
        ..Entry::system(actor, revoked)
    };
    append(act, room, entry)?;
    notice::reaction_taken_back(act, actor, &message, emoji)?;
    bot::told::of_undo(act, room, actor, &message, emoji)
}

fn list(
    view: &View<'_>,
    room: &Room,
    id: MessageId,
    filter: Option<&str>,
) -> Result<Reactions, Error> {
    let mut resolver = Resolver::new(view, room)?;
    let mut all: Reactions = Vec::new();
    for reaction in view.tx.reactions_to(id)?.into_iter().rev() {
        if filter.is_some_and(|emoji| emoji != reaction.emoji) {
            continue;
        }
        let reactor = Reactor {
            author: resolver.author_of(&reaction.actor)?,
            at: reaction.at,
        };
        match all.iter_mut().find(|(emoji, _)| *emoji == reaction.emoji) {
            Some((_, reactors)) => reactors.push(reactor),
            None => all.push((reaction.emoji, vec![reactor])),
        }
    }
    Ok(all)
}
