//! What the bots of a conversation are told: put into their queues in the transaction in which it
//! happens. Source: chat-extras.md 4.3.

use super::active;
use crate::chat::error::Error;
use crate::chat::event::Event;
use crate::chat::rendered::{Reader, Rendered};
use crate::chat::resolved::{Author, Content, Parent, Resolved, Resolver};
use crate::chat::transaction::{Act, View};
use crate::model::bot::{Note, Party, Place};
use crate::model::{
    Actor, ActorKind, Body, Bot, BotEvent, BotEventKind, BotFeatures, BotId, BotState, Message,
    RichObject, Room,
};

/// A row came to stand in a room. Costs one look-up where no bot works.
pub fn of_row(act: &mut Act<'_>, room: &Room, row: &Resolved) -> Result<(), Error> {
    let feature = match &row.message.body {
        // So that two bots do not talk to each other for ever.
        Body::Text(_) | Body::Object(_) if row.message.actor.kind == ActorKind::Bots => {
            return Ok(());
        }
        Body::Text(_) | Body::Object(_) | Body::System(_) => BotFeatures::WEBHOOK,
        Body::Reaction(_) => BotFeatures::REACTION,
        Body::Deleted(_) | Body::ReactionRevoked => return Ok(()),
    };
    let bots = active(&act.view(), room.id, feature)?;
    if bots.is_empty() {
        return Ok(());
    }
    let view = act.view();
    let scribe = Scribe { view: &view, room };
    let kind = match (&row.message.body, &row.parent) {
        (Body::Text(_), parent) => {
            let author = &row.message.actor;
            let member = view.tx.find_attendee(room.id, author)?;
            BotEventKind::Create {
                note: scribe.note(row, author),
                role: member.map(|member| member.role),
                in_reply_to: match parent {
                    Parent::Message(parent) => {
                        Some((party(&parent.author), scribe.note(parent, author)))
                    }
                    Parent::None | Parent::Gone(_) => None,
                },
            }
        }
        (Body::Reaction(emoji), Parent::Message(message)) => BotEventKind::Like {
            note: scribe.unnamed(message),
            emoji: emoji.clone(),
        },
        _ => BotEventKind::Activity {
            note: scribe.note(row, &Actor::system()),
        },
    };
    tell(act, room, &bots, party(&row.author), kind)
}

/// A reaction was taken back by `actor`. Quirk: bot-like-actor.
pub fn of_undo(
    act: &mut Act<'_>,
    room: &Room,
    actor: &Actor,
    message: &Message,
    emoji: &str,
) -> Result<(), Error> {
    let bots = active(&act.view(), room.id, BotFeatures::REACTION)?;
    if bots.is_empty() {
        return Ok(());
    }
    let view = act.view();
    let mut resolver = Resolver::new(&view, room)?;
    let author = resolver.author_of(actor)?;
    let message = resolver.resolve_alone(message.clone())?;
    let scribe = Scribe { view: &view, room };
    let kind = BotEventKind::Undo {
        note: scribe.unnamed(&message),
        emoji: emoji.to_owned(),
    };
    tell(act, room, &bots, party(&author), kind)
}

/// The bot itself comes or goes.
pub fn of_place(
    act: &mut Act<'_>,
    bot: &Bot,
    room: &Room,
    kind: BotEventKind,
) -> Result<(), Error> {
    if bot.state == BotState::Disabled {
        return Ok(());
    }
    let actor = Party {
        kind: "Application",
        id: format!("{}/{}", ActorKind::Bots.wire(), super::actor(bot).id),
        name: bot.name.clone(),
    };
    tell(act, room, std::slice::from_ref(bot), actor, kind)
}

fn tell(
    act: &mut Act<'_>,
    room: &Room,
    bots: &[Bot],
    actor: Party,
    kind: BotEventKind,
) -> Result<(), Error> {
    let bots: Vec<BotId> = bots.iter().map(|bot| bot.id).collect();
    let event = BotEvent {
        kind,
        actor,
        target: Place {
            token: room.token.as_str().to_owned(),
            name: room.name.clone(),
        },
    };
    act.tx.queue_delivery(&bots, &event, act.now)?;
    act.happened(Event::BotsTold);
    Ok(())
}

fn party(author: &Author) -> Party {
    Party {
        kind: match author.kind == ActorKind::Bots.wire() {
            true => "Application",
            false => "Person",
        },
        id: format!("{}/{}", author.kind, author.id),
        name: author.name.clone(),
    }
}

/// Puts rows into words for bots.
struct Scribe<'v> {
    view: &'v View<'v>,
    room: &'v Room,
}

impl Scribe<'_> {
    /// As `reader` sees it.
    fn note(&self, row: &Resolved, reader: &Actor) -> Note {
        let reader = Reader {
            actor: reader.clone(),
            room_kind: self.room.kind,
        };
        let rendered = row.render(&reader);
        Note {
            id: row.message.id,
            name: match row.content {
                Content::Object { .. } => "",
                Content::System { .. } => rendered.system_message,
                Content::Text { .. }
                | Content::Deleted { .. }
                | Content::Reaction { .. }
                | Content::ReactionRevoked => "message",
            },
            parameters: self.parameters(&rendered),
            text: rendered.text.into_owned(),
        }
    }

    /// A message that somebody reacted to, as nobody in particular sees it. Quirk: bot-like-without-name.
    fn unnamed(&self, row: &Resolved) -> Note {
        Note {
            name: "",
            ..self.note(row, &Actor::system())
        }
    }

    fn parameters(&self, rendered: &Rendered<'_>) -> Vec<(String, RichObject)> {
        let address = self.view.memory.address();
        let absolute = |object: &RichObject| {
            let mut object = object.clone();
            for (key, value) in &mut object.fields {
                if key == "icon-url" && value.starts_with('/') {
                    *value = format!("{address}{value}");
                }
            }
            object
        };
        let parameters = rendered.parameters.iter();
        parameters
            .map(|(name, object)| ((*name).to_owned(), absolute(object)))
            .collect()
    }
}
