//! What this server does not offer, with the answers of a server where it is not set up: telephony, recording,
//! calendar meetings, breakout rooms, summaries. None of it is announced.
//! Source: conversations.md 3.6, 3.14, 3.16; chat-extras.md 12.

use crate::chat::{Error, Invalid};
use crate::http::form::{BadField, Fields};
use crate::ocs::{
    Cx, Failure, Form, LoggedInModerator, Member, Participant, Reply, Routes, logged_in_moderator,
    member, participant,
};

pub fn routes(r: &mut Routes) {
    r.add(
        "PUT",
        "/api/v4/room/{token}/webinar/sip",
        logged_in_moderator(),
        set_telephony,
    )
    .only_refuses();
    r.add(
        "PUT",
        "/api/v4/room/{token}/recording-consent",
        logged_in_moderator(),
        set_recording_consent,
    )
    .only_refuses();
    r.add(
        "POST",
        "/api/v4/room/{token}/meeting",
        logged_in_moderator(),
        schedule_meeting,
    )
    .only_refuses();
    r.add(
        "POST",
        "/api/v1/chat/{token}/summarize",
        participant().no_lobby(),
        summarize,
    )
    .limited(60, 3600)
    .limited_for_visitors(60, 3600)
    .only_refuses();
    r.add(
        "GET",
        "/api/v4/room/{token}/breakout-rooms",
        member(),
        breakout_rooms,
    )
    .only_refuses();
    r.add(
        "GET",
        "/api/v4/room/{token}/breakout-rooms/participants",
        participant().no_lobby(),
        breakout_participants,
    )
    .only_refuses();
    r.add(
        "POST",
        "/api/v1/breakout-rooms/{token}",
        logged_in_moderator(),
        make_breakout_rooms,
    )
    .only_refuses();
}

/// A number that must be there, though nothing comes of it.
struct State;

impl Form for State {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("state").map(|_| Self)
    }
}

/// Likewise.
struct Consent;

impl Form for Consent {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("recordingConsent").map(|_| Self)
    }
}

/// Likewise.
struct FromMessage;

impl Form for FromMessage {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("fromMessageId").map(|_| Self)
    }
}

/// Errors: `NoSummaries` 400.
async fn summarize(_: Cx, _: Participant, _: FromMessage) -> Result<Reply, Failure> {
    Err(Error::NoSummaries.into())
}

/// Errors: `NotConfigured` 412.
async fn set_telephony(_: Cx, _: LoggedInModerator, _: State) -> Result<Reply, Failure> {
    Err(Error::NotConfigured.into())
}

/// Errors: `NotConfigured` 412.
async fn set_recording_consent(_: Cx, _: LoggedInModerator, _: Consent) -> Result<Reply, Failure> {
    Err(Error::NotConfigured.into())
}

/// Errors: `calendar` 400.
async fn schedule_meeting(_: Cx, _: LoggedInModerator, (): ()) -> Result<Reply, Failure> {
    Err(Error::Invalid(Invalid::Calendar).into())
}

/// Errors: `mode` 400.
async fn breakout_rooms(_: Cx, _: Member, (): ()) -> Result<Reply, Failure> {
    Err(Error::Invalid(Invalid::Mode).into())
}

/// Errors: `GuestsSeeNobody` 403, `mode` 400.
async fn breakout_participants(
    _: Cx,
    Participant(at): Participant,
    (): (),
) -> Result<Reply, Failure> {
    at.check_sees_others()?;
    Err(Error::Invalid(Invalid::Mode).into())
}

/// Errors: `config` 400.
async fn make_breakout_rooms(_: Cx, _: LoggedInModerator, (): ()) -> Result<Reply, Failure> {
    Err(Error::Invalid(Invalid::Config).into())
}
