//! A person's status, as rooms and participants carry it. Source: conversations.md 2.2, 4.4.

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::presence::Status;

/// The four keys of a status; all of them or none stand in an object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    status: &'static str,
    status_icon: Option<String>,
    status_message: Option<String>,
    status_clear_at: Option<i64>,
}

impl StatusView {
    pub fn new(status: Status) -> Self {
        Self {
            status: status.availability.wire(),
            status_icon: status.icon,
            status_message: status.message,
            status_clear_at: status.clear_at,
        }
    }
}
