//! A message as one reader sees it: pure choice of words over a resolved record.
//!
//! No look-ups, so that a thousand woken readers cost no SQL. Source: messages.md 2 and 4.

use std::borrow::Cow;

use super::resolved::{Author, Content, Parent, Resolved, standing};
use super::system_message;
use crate::model::{Actor, ActorKind, MessageId, RichObject, RoomKind, SystemMessage};

/// Who reads.
#[derive(Debug, Clone)]
pub struct Reader {
    pub actor: Actor,
    pub room_kind: RoomKind,
}

/// The type of a message on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    Comment,
    CommentDeleted,
    System,
}

impl MessageType {
    /// The word that clients know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::CommentDeleted => "comment_deleted",
            Self::System => "system",
        }
    }
}

/// A message in the words for one reader.
#[derive(Debug)]
pub struct Rendered<'r> {
    pub row: &'r Resolved,
    pub author: &'r Author,
    pub text: Cow<'r, str>,
    pub parameters: Vec<(&'r str, Cow<'r, RichObject>)>,
    /// The type of a system message, else empty.
    pub system_message: &'static str,
    pub message_type: MessageType,
    pub replyable: bool,
    /// The emojis with which the reader reacted.
    pub own_reactions: Vec<&'r str>,
    /// For messages that are about another.
    pub parent: RenderedParent<'r>,
}

/// The message that another is about.
#[derive(Debug)]
pub enum RenderedParent<'r> {
    None,
    Gone(MessageId),
    Message(Box<Rendered<'r>>),
}

impl Resolved {
    /// Whether a message may be replied to; the same for everybody.
    pub fn is_replyable(&self) -> bool {
        matches!(self.content, Content::Text { .. } | Content::Object { .. })
            && matches!(
                self.author.kind,
                "users" | "federated_users" | "guests" | "emails" | "bots"
            )
    }

    /// In the words for `reader`.
    pub fn render(&self, reader: &Reader) -> Rendered<'_> {
        let mut rendered = Rendered {
            row: self,
            author: &self.author,
            text: Cow::Borrowed(""),
            parameters: Vec::new(),
            system_message: "",
            message_type: MessageType::Comment,
            replyable: self.is_replyable(),
            own_reactions: self
                .reactions
                .iter()
                .filter(|one| one.by.contains(&reader.actor))
                .map(|one| one.emoji.as_str())
                .collect(),
            parent: match &self.parent {
                Parent::None => RenderedParent::None,
                Parent::Gone(id) => RenderedParent::Gone(*id),
                Parent::Message(parent) => RenderedParent::Message(Box::new(parent.render(reader))),
            },
        };
        match &self.content {
            Content::Text {
                text, parameters, ..
            } => {
                rendered.text = Cow::Borrowed(text);
                for (name, object) in parameters {
                    rendered
                        .parameters
                        .push((name, self.for_reader(object, reader)));
                }
            }
            Content::Object { actor, object } => {
                rendered.text = Cow::Borrowed("{object}");
                rendered.parameters.push(("actor", Cow::Borrowed(actor)));
                rendered.parameters.push(("object", Cow::Borrowed(object)));
            }
            Content::Deleted { deleter, by } => {
                rendered.message_type = MessageType::CommentDeleted;
                rendered.text = Cow::Borrowed(if is_reading(by, reader) {
                    "Message deleted by you"
                } else if *by == self.message.actor {
                    "Message deleted by author"
                } else {
                    "Message deleted by {actor}"
                });
                rendered.parameters.push(("actor", Cow::Borrowed(deleter)));
            }
            Content::Reaction { emoji } => {
                rendered.message_type = MessageType::System;
                rendered.system_message = "reaction";
                rendered.text = Cow::Borrowed(emoji);
            }
            Content::ReactionRevoked => {
                rendered.message_type = MessageType::System;
                rendered.system_message = "reaction_deleted";
                rendered.text = Cow::Borrowed("Reaction deleted by author");
            }
            Content::System {
                message,
                actor,
                parameters,
                target,
            } => {
                rendered.message_type = MessageType::System;
                let is_target = target.as_ref() == Some(&reader.actor);
                let standing = standing(
                    &self.message,
                    reader.room_kind,
                    Some(&reader.actor),
                    is_target,
                );
                let words = system_message::render(message, &standing);
                rendered.system_message = words.wire;
                rendered.text = Cow::Owned(words.text);
                if words.shows_actor {
                    rendered.parameters.push(("actor", Cow::Borrowed(actor)));
                }
                if matches!(message, SystemMessage::CallMissed(_)) {
                    let wanted = if is_reading(&self.message.actor, reader) {
                        "other"
                    } else {
                        "caller"
                    };
                    let shown = parameters.iter().find(|(name, _)| name == wanted);
                    if let Some((_, object)) = shown {
                        rendered.parameters.push(("user", Cow::Borrowed(object)));
                    }
                } else {
                    for (name, object) in parameters {
                        rendered.parameters.push((name, Cow::Borrowed(object)));
                    }
                }
            }
        }
        rendered
    }

    /// A mention of everybody in a one-to-one bears the other one's name.
    fn for_reader<'r>(&self, object: &'r RichObject, reader: &Reader) -> Cow<'r, RichObject> {
        let Some(pair) = &self.pair else {
            return Cow::Borrowed(object);
        };
        match (object.get("type"), reader.actor.as_user()) {
            (Some("call"), Some(user)) => {
                let mut object = object.clone();
                for (key, value) in &mut object.fields {
                    if key == "name" {
                        value.clone_from(&pair.other_than(&user).name);
                    }
                }
                Cow::Owned(object)
            }
            _ => Cow::Borrowed(object),
        }
    }
}

/// Quirk: guests-read-third-person.
fn is_reading(actor: &Actor, reader: &Reader) -> bool {
    actor.kind == ActorKind::Users && *actor == reader.actor
}
