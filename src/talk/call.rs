//! Calls without media. Rules: `chat::call`. Source: conversations.md 6.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::header::CONTENT_DISPOSITION;
use schemars::JsonSchema;
use serde::Serialize;

use super::room::RoomPath;
use crate::chat::Error;
use crate::chat::call::{JoinCall, Peer, Ringing};
use crate::http::form::{BadField, Fields};
use crate::model::{AttendeeId, Permissions, Token, User};
use crate::ocs::{
    Cx, Failure, Form, Moderator, Participant, Reply, Routes, logged_in, moderator, participant,
};

pub fn routes(r: &mut Routes) {
    let path = "/api/v4/call/{token}";
    let in_the_room = participant().with_calls().read_write().no_lobby();
    r.add("GET", path, in_the_room, peers)
        .shows::<Vec<PeerView<'static>>>();
    r.add("POST", path, in_the_room, join).shows::<()>();
    r.add("PUT", path, participant(), change_flags)
        .shows::<()>();
    r.add("DELETE", path, participant(), leave).shows::<()>();
    let may_call = participant().with_calls().may(Permissions::CALL_START);
    r.add(
        "POST",
        "/api/v4/call/{token}/ring/{attendeeId}",
        may_call,
        ring,
    )
    .shows::<()>();
    r.add(
        "POST",
        "/api/v4/call/{token}/dialout/{attendeeId}",
        may_call,
        dial_out,
    )
    .shows::<()>();
    r.add(
        "GET",
        "/api/v4/call/{token}/download",
        moderator(),
        download,
    )
    .sends(&["text/csv"])
    .bodiless(400);
    r.add(
        "GET",
        "/api/v4/call/{token}/notification-state",
        logged_in(),
        notification_state,
    )
    .shows::<()>()
    .creates::<()>();
}

impl Form for JoinCall {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            flags: fields.optional_int("flags"),
            silent: fields.flag_or("silent", false),
            silent_for: match fields.is_present("silentFor") {
                true => fields.texts("silentFor")?,
                false => Vec::new(),
            },
        })
    }
}

/// What one does in the call.
struct Flags(i64);

impl Form for Flags {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("flags").map(Self)
    }
}

/// Whether everybody leaves.
struct Leave {
    all: bool,
}

impl Form for Leave {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            all: fields.flag_or("all", false),
        })
    }
}

/// The member that the path names.
struct Callee(AttendeeId);

impl Form for Callee {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("attendeeId").map(|id| Self(AttendeeId(id)))
    }
}

/// Somebody in the call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PeerView<'p> {
    actor_type: &'static str,
    actor_id: &'p str,
    display_name: &'p str,
    token: &'p str,
    last_ping: i64,
    session_id: &'p str,
}

impl<'p> PeerView<'p> {
    fn new(token: &'p Token, peer: &'p Peer) -> Self {
        Self {
            actor_type: peer.actor.kind.wire(),
            actor_id: &peer.actor.id,
            display_name: &peer.display_name,
            token: token.as_str(),
            last_ping: peer.session.last_ping_at,
            session_id: &peer.session.id.0,
        }
    }
}

/// Who is in the call.
///
/// Shape: a list of peers. Source: conversations.md 6.1.
async fn peers(cx: Cx, Participant(at): Participant, (): ()) -> Result<Reply, Failure> {
    let peers = cx.chat().peers(&at).await?;
    let views: Vec<_> = peers
        .iter()
        .map(|peer| PeerView::new(&at.room().token, peer))
        .collect();
    Ok(Reply::ok(&cx, &views))
}

/// Shape: null. Errors: `NoSession` 404, `type` 400, `PermissionMissing` 403.
/// Source: conversations.md 6.2.
async fn join(cx: Cx, Participant(at): Participant, wish: JoinCall) -> Result<Reply, Failure> {
    cx.chat().join_call(&at, wish).await?;
    Ok(Reply::null(&cx))
}

/// Shape: null. Errors: `NoSession` 404, `NotInCall` 400. Source: conversations.md 6.3.
async fn change_flags(
    cx: Cx,
    Participant(at): Participant,
    Flags(flags): Flags,
) -> Result<Reply, Failure> {
    cx.chat().change_call_flags(&at, flags).await?;
    Ok(Reply::null(&cx))
}

/// Shape: null. Errors: `NoSession` 404. Source: conversations.md 6.4.
async fn leave(cx: Cx, Participant(at): Participant, form: Leave) -> Result<Reply, Failure> {
    cx.chat().leave_call(&at, form.all).await?;
    Ok(Reply::null(&cx))
}

/// Shape: null. Errors: `in-call` 400, `TargetNotFound` 404, `actor-type` 400.
/// Source: conversations.md 6.5.
async fn ring(
    cx: Cx,
    Participant(at): Participant,
    Callee(callee): Callee,
) -> Result<Reply, Failure> {
    cx.chat().ring(&at, callee).await?;
    Ok(Reply::null(&cx))
}

/// Nobody here is a telephone. Errors: `NoCall` 400, `TargetNotFound` 404.
async fn dial_out(cx: Cx, Participant(at): Participant, (): ()) -> Result<Reply, Failure> {
    cx.chat().dial_out(&at).await?;
    Ok(Reply::null(&cx))
}

/// Everybody who joined the running call, to keep.
///
/// Shape: a CSV file `name,email,type,identifier`; without a call 400 and nothing.
async fn download(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    let members = match cx.chat().call_members(&at).await {
        Ok(members) => members,
        Err(Error::NoCall) => return Ok(Reply::bodiless(400)),
        Err(refusal) => return Err(refusal.into()),
    };
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut written = table.write_record(["name", "email", "type", "identifier"]);
    for member in &members {
        let (kind, id) = (member.actor.kind.wire(), member.actor.id.as_str());
        let row = [
            harmless(&member.name),
            harmless(&member.email),
            kind.into(),
            id.into(),
        ];
        written =
            written.and_then(|()| table.write_record(row.iter().map(|field| field.as_bytes())));
    }
    let bytes = written.map_err(|error| error.to_string()).and_then(|()| {
        let inner = table.into_inner();
        inner.map_err(|error| error.to_string())
    });
    let bytes = bytes.unwrap_or_else(|error| {
        // Memory is all that is written to.
        tracing::error!(error, "a table could not be written");
        Vec::new()
    });
    Ok(Reply::file("text/csv", bytes.into())
        .header(CONTENT_DISPOSITION, "attachment; filename=\"call.csv\""))
}

/// A field in which no spreadsheet sees a formula.
fn harmless(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

/// Whether to ring on.
///
/// Shape: null; 200 ring on, 201 the call is over. Errors: `TargetNotFound` 404.
async fn notification_state(
    cx: Cx,
    user: Arc<User>,
    RoomPath(token): RoomPath,
) -> Result<Reply, Failure> {
    Ok(match cx.chat().ringing(&user, &token).await? {
        Ringing::On => Reply::null(&cx),
        Ringing::Over => Reply::created(&cx, &()),
    })
}
