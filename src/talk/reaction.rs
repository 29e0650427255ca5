//! Reactions to messages. Rules: `chat::reaction`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::chat_forms::MessagePath;
use crate::chat::reaction::{Reacted, Reactions, Reactor};
use crate::http::form::{BadField, Fields};
use crate::model::{MessageId, Permissions};
use crate::ocs::shape::map_of;
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, participant};

pub fn routes(r: &mut Routes) {
    let path = "/api/v1/reaction/{token}/{messageId}";
    let may_write = participant().read_write().no_lobby().may(Permissions::CHAT);
    r.add("POST", path, may_write, add)
        .shows::<ReactionsView<'static>>()
        .creates::<ReactionsView<'static>>();
    r.add("DELETE", path, may_write, remove)
        .shows::<ReactionsView<'static>>();
    r.add("GET", path, participant().no_lobby(), list)
        .shows::<ReactionsView<'static>>();
}

/// A message and an emoji.
struct Reaction {
    message: MessageId,
    emoji: String,
}

impl Form for Reaction {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            emoji: fields.text("reaction")?,
        })
    }
}

/// A message, and perhaps the only emoji of interest.
struct Filter {
    message: MessageId,
    emoji: Option<String>,
}

impl Form for Filter {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            emoji: Some(fields.text_or("reaction", "")?).filter(|emoji| !emoji.is_empty()),
        })
    }
}

/// Emoji to who reacted with it; an empty map is `{}` here.
struct ReactionsView<'r>(&'r Reactions);

impl Serialize for ReactionsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (emoji, reactors) in self.0 {
            let views: Vec<_> = reactors.iter().map(ReactorView::new).collect();
            map.serialize_entry(emoji, &views)?;
        }
        map.end()
    }
}

impl JsonSchema for ReactionsView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Reactions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<Vec<ReactorView<'_>>>(generator)
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReactorView<'r> {
    actor_type: &'static str,
    actor_id: &'r str,
    actor_display_name: &'r str,
    timestamp: i64,
}

impl<'r> ReactorView<'r> {
    fn new(reactor: &'r Reactor) -> Self {
        Self {
            actor_type: reactor.author.kind,
            actor_id: &reactor.author.id,
            actor_display_name: &reactor.author.name,
            timestamp: reactor.at,
        }
    }
}

/// React to a message.
///
/// Shape: all its reactions; 201 new, 200 there already. Errors: `ReactionNotFound` 404,
/// `NotReactable` 400. Source: chat-extras.md 2.
async fn add(cx: Cx, Participant(at): Participant, form: Reaction) -> Result<Reply, Failure> {
    let (reacted, reactions) = cx.chat().react(&at, form.message, form.emoji).await?;
    let status = match reacted {
        Reacted::New => 201,
        Reacted::Already => 200,
    };
    Ok(Reply::with_status(&cx, status, &ReactionsView(&reactions)))
}

/// Take a reaction back.
///
/// Shape: all reactions that are left. Errors: `ReactionNotFound` 404, `NotReactable` 400.
async fn remove(cx: Cx, Participant(at): Participant, form: Reaction) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let reactions = chat
        .take_reaction_back(&at, form.message, form.emoji)
        .await?;
    Ok(Reply::ok(&cx, &ReactionsView(&reactions)))
}

/// Who reacted.
///
/// Shape: emoji to a list of actors. Errors: `ReactionNotFound` 404.
async fn list(cx: Cx, Participant(at): Participant, form: Filter) -> Result<Reply, Failure> {
    let reactions = cx.chat().reactions(&at, form.message, form.emoji).await?;
    Ok(Reply::ok(&cx, &ReactionsView(&reactions)))
}
