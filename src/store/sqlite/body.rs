//! A message's body as a verb and a text: plain for comments, JSON for everything else.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, ActorKind, Body, Deletion, SharedObject, SystemMessage};
use crate::store::StoreError;

/// What a deleted message leaves behind.
#[derive(Serialize, Deserialize)]
struct StoredDeletion {
    deleted_by_type: String,
    deleted_by_id: String,
    deleted_on: i64,
}

/// A shared object stands in the same frame as a system message.
#[derive(Serialize, Deserialize)]
struct StoredObject {
    message: String,
    parameters: SharedObject,
}

const OBJECT_SHARED: &str = "object_shared";
const REACTION: &str = "reaction";
const REACTION_REVOKED: &str = "reaction_deleted";

/// Verb and text of a body.
pub(super) fn write(body: &Body) -> Result<(&'static str, String), StoreError> {
    let json = |text: Result<String, serde_json::Error>| {
        text.map_err(|error| StoreError::Database(error.to_string()))
    };
    Ok(match body {
        Body::Text(text) => ("comment", text.clone()),
        Body::System(message) => ("system", json(serde_json::to_string(message))?),
        Body::Object(object) => (
            OBJECT_SHARED,
            json(serde_json::to_string(&StoredObject {
                message: OBJECT_SHARED.to_owned(),
                parameters: object.clone(),
            }))?,
        ),
        Body::Reaction(emoji) => (REACTION, emoji.clone()),
        Body::ReactionRevoked => (REACTION_REVOKED, String::new()),
        Body::Deleted(deletion) => (
            "comment_deleted",
            json(serde_json::to_string(&StoredDeletion {
                deleted_by_type: deletion.by.kind.wire().to_owned(),
                deleted_by_id: deletion.by.id.clone(),
                deleted_on: deletion.at,
            }))?,
        ),
    })
}

/// The body of a stored verb and text. Errors: `Corrupt`.
pub(super) fn read(verb: &str, text: String) -> Result<Body, StoreError> {
    let corrupt = || StoreError::Corrupt {
        place: "message.body",
        value: verb.to_owned(),
    };
    Ok(match verb {
        "comment" => Body::Text(text),
        "system" => {
            let message: SystemMessage = serde_json::from_str(&text).map_err(|_| corrupt())?;
            Body::System(message)
        }
        OBJECT_SHARED => {
            let stored: StoredObject = serde_json::from_str(&text).map_err(|_| corrupt())?;
            Body::Object(stored.parameters)
        }
        "comment_deleted" => {
            let stored: StoredDeletion = serde_json::from_str(&text).map_err(|_| corrupt())?;
            Body::Deleted(Deletion {
                by: Actor {
                    kind: ActorKind::from_wire(&stored.deleted_by_type).ok_or_else(corrupt)?,
                    id: stored.deleted_by_id,
                },
                at: stored.deleted_on,
            })
        }
        REACTION => Body::Reaction(text),
        REACTION_REVOKED => Body::ReactionRevoked,
        _ => return Err(corrupt()),
    })
}
