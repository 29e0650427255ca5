//! The JSON in which bots are told of an event: what is stored, signed and sent. Source: chat-extras.md 4.3.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::bot::{Note, Party, Place};
use crate::model::{BotEvent, BotEventKind, RichObject};
use crate::store::StoreError;

/// The whole body.
pub(super) fn write(event: &BotEvent) -> Result<String, StoreError> {
    let (actor, target) = (&event.actor, &event.target);
    match &event.kind {
        BotEventKind::Create {
            note,
            role,
            in_reply_to,
        } => {
            let reply = match in_reply_to {
                Some((author, parent)) => Some(ReplyView {
                    kind: "Note",
                    actor: ActorView::of(author),
                    object: NoteView::of(parent)?,
                }),
                None => None,
            };
            let view = Activity {
                kind: event.kind.wire(),
                actor: ActorView {
                    role: role.map(|role| role.wire().to_string()),
                    ..ActorView::of(actor)
                },
                object: NoteView {
                    in_reply_to: reply.map(Box::new),
                    ..NoteView::of(note)?
                },
                target: Some(PlaceView::of(target)),
                content: None,
            };
            json(&view)
        }
        BotEventKind::Activity { note } => json(&Activity {
            kind: event.kind.wire(),
            actor: ActorView::of(actor),
            object: NoteView::of(note)?,
            target: Some(PlaceView::of(target)),
            content: None,
        }),
        BotEventKind::Like { note, emoji } => json(&like(actor, note, target, emoji)?),
        BotEventKind::Undo { note, emoji } => json(&Activity {
            kind: event.kind.wire(),
            actor: ActorView::of(actor),
            object: like(actor, note, target, emoji)?,
            target: Some(PlaceView::of(target)),
            content: None,
        }),
        BotEventKind::Join | BotEventKind::Leave => json(&Activity {
            kind: event.kind.wire(),
            actor: ActorView::of(actor),
            object: PlaceView::of(target),
            target: None,
            content: None,
        }),
    }
}

fn like<'e>(
    actor: &'e Party,
    note: &'e Note,
    target: &'e Place,
    emoji: &'e str,
) -> Result<Activity<'e, NoteView<'e>>, StoreError> {
    Ok(Activity {
        kind: "Like",
        actor: ActorView::of(actor),
        object: NoteView::of(note)?,
        target: Some(PlaceView::of(target)),
        content: Some(emoji),
    })
}

#[derive(Serialize)]
struct Activity<'e, O> {
    #[serde(rename = "type")]
    kind: &'static str,
    actor: ActorView<'e>,
    object: O,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<PlaceView<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'e str>,
}

#[derive(Serialize)]
struct ActorView<'e> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'e str,
    name: &'e str,
    #[serde(
        rename = "talkParticipantType",
        skip_serializing_if = "Option::is_none"
    )]
    role: Option<String>,
}

impl<'e> ActorView<'e> {
    fn of(party: &'e Party) -> Self {
        Self {
            kind: party.kind,
            id: &party.id,
            name: &party.name,
            role: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoteView<'e> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    name: &'static str,
    content: String,
    media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<Box<ReplyView<'e>>>,
}

impl NoteView<'_> {
    fn of(note: &Note) -> Result<Self, StoreError> {
        Ok(Self {
            kind: "Note",
            id: note.id.0.to_string(),
            name: note.name,
            // Text within text: JSON of its own.
            content: json(&Content {
                message: &note.text,
                parameters: Parameters(&note.parameters),
            })?,
            media_type: "text/markdown",
            in_reply_to: None,
        })
    }
}

#[derive(Serialize)]
struct ReplyView<'e> {
    #[serde(rename = "type")]
    kind: &'static str,
    actor: ActorView<'e>,
    object: NoteView<'e>,
}

#[derive(Serialize)]
struct PlaceView<'e> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'e str,
    name: &'e str,
}

impl<'e> PlaceView<'e> {
    fn of(place: &'e Place) -> Self {
        Self {
            kind: "Collection",
            id: &place.token,
            name: &place.name,
        }
    }
}

#[derive(Serialize)]
struct Content<'e> {
    message: &'e str,
    parameters: Parameters<'e>,
}

/// An empty map is `[]` here.
struct Parameters<'e>(&'e [(String, RichObject)]);

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, object) in self.0 {
            map.serialize_entry(name, &Fields(object))?;
        }
        map.end()
    }
}

struct Fields<'e>(&'e RichObject);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.fields.iter().map(|(key, value)| (key, value)))
    }
}

fn json(view: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(view).map_err(|error| StoreError::Database(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageId, Role};

    fn party(id: &str) -> Party {
        Party {
            kind: "Person",
            id: format!("users/{id}"),
            name: format!("{id}-displayname"),
        }
    }

    fn note(id: i64, text: &str, parameters: Vec<(String, RichObject)>) -> Note {
        Note {
            id: MessageId(id),
            name: "message",
            text: text.to_owned(),
            parameters,
        }
    }

    fn written(actor: Party, kind: BotEventKind) -> String {
        let target = Place {
            token: "fymw9qyn".to_owned(),
            name: "Spec bots".to_owned(),
        };
        let event = BotEvent {
            kind,
            actor,
            target,
        };
        write(&event).unwrap()
    }

    #[test]
    fn an_answer_quotes_the_message() {
        let mention = RichObject::mention_user("participant2", "participant2-displayname");
        let body = written(
            party("participant2"),
            BotEventKind::Create {
                note: note(1039, "re", Vec::new()),
                role: Some(Role::User),
                in_reply_to: Some((
                    party("participant1"),
                    note(
                        1038,
                        "hi {mention-user1}",
                        vec![("mention-user1".to_owned(), mention)],
                    ),
                )),
            },
        );
        let expected = concat!(
            r#"{"type":"Create","actor":{"type":"Person","id":"users/participant2","#,
            r#""name":"participant2-displayname","talkParticipantType":"3"},"#,
            r#""object":{"type":"Note","id":"1039","name":"message","#,
            r#""content":"{\"message\":\"re\",\"parameters\":[]}","mediaType":"text/markdown","#,
            r#""inReplyTo":{"type":"Note","actor":{"type":"Person","id":"users/participant1","#,
            r#""name":"participant1-displayname"},"object":{"type":"Note","id":"1038","name":"message","#,
            r#""content":"{\"message\":\"hi {mention-user1}\",\"parameters\":{\"mention-user1\":"#,
            r#"{\"type\":\"user\",\"id\":\"participant2\",\"name\":\"participant2-displayname\","#,
            r#"\"mention-id\":\"participant2\"}}}","mediaType":"text/markdown"}}},"#,
            r#""target":{"type":"Collection","id":"fymw9qyn","name":"Spec bots"}}"#,
        );
        assert_eq!(body, expected);
    }

    #[test]
    fn a_reaction_and_its_end() {
        let like = written(
            party("bob"),
            BotEventKind::Like {
                note: note(7, "hi", Vec::new()),
                emoji: "👍".to_owned(),
            },
        );
        let undo = written(
            party("bob"),
            BotEventKind::Undo {
                note: note(7, "hi", Vec::new()),
                emoji: "👍".to_owned(),
            },
        );
        let target = r#""target":{"type":"Collection","id":"fymw9qyn","name":"Spec bots"}"#;
        assert!(like.starts_with(r#"{"type":"Like","actor":{"#), "{like}");
        assert!(
            like.ends_with(&format!(r#"{target},"content":"👍"}}"#)),
            "{like}"
        );
        let actor = r#"{"type":"Person","id":"users/bob","name":"bob-displayname"}"#;
        let expected = format!(r#"{{"type":"Undo","actor":{actor},"object":{like},{target}}}"#);
        assert_eq!(undo, expected);
    }

    #[test]
    fn a_bot_that_comes() {
        let bot = Party {
            kind: "Application",
            id: "bots/bot-0bbf".to_owned(),
            name: "SpecBot".to_owned(),
        };
        let expected = concat!(
            r#"{"type":"Join","actor":{"type":"Application","id":"bots/bot-0bbf","name":"SpecBot"},"#,
            r#""object":{"type":"Collection","id":"fymw9qyn","name":"Spec bots"}}"#,
        );
        assert_eq!(written(bot, BotEventKind::Join), expected);
    }
}
