//! A member in the list of participants. Source: conversations.md 4.4.

use hyper::header::HeaderName;
use schemars::JsonSchema;
use serde::Serialize;

use super::status::StatusView;

use crate::chat::participant::Present;
use crate::model::Token;

/// The participant object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantView<'p> {
    room_token: &'p str,
    in_call: i64,
    last_ping: i64,
    session_ids: Vec<&'p str>,
    participant_type: i64,
    attendee_id: i64,
    actor_id: &'p str,
    actor_type: &'static str,
    display_name: &'p str,
    permissions: i64,
    attendee_permissions: i64,
    attendee_pin: &'static str,
    phone_number: &'static str,
    call_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_actor_id: Option<&'p str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    status: Option<StatusView>,
}

/// The header that says that statuses are among the answer.
pub const HAS_STATUSES: HeaderName = HeaderName::from_static("x-nextcloud-has-user-statuses");

impl<'p> ParticipantView<'p> {
    pub fn new(token: &'p Token, present: &'p Present) -> Self {
        let attendee = &present.attendee;
        let pings = present.sessions.iter().map(|session| session.last_ping_at);
        Self {
            room_token: token.as_str(),
            in_call: present.in_call().0,
            last_ping: pings.max().unwrap_or(0),
            session_ids: present
                .sessions
                .iter()
                .map(|session| session.id.0.as_str())
                .collect(),
            participant_type: attendee.role.wire(),
            attendee_id: attendee.id.0,
            actor_id: &attendee.actor.id,
            actor_type: attendee.actor.kind.wire(),
            display_name: &attendee.display_name,
            permissions: present.permissions.0,
            attendee_permissions: attendee.permissions.0,
            attendee_pin: "",
            phone_number: "",
            call_id: "",
            invited_actor_id: Some(attendee.invited_address.as_str())
                .filter(|address| !address.is_empty()),
            status: present.status.clone().map(StatusView::new),
        }
    }
}
