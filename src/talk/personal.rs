//! What members set for themselves. Rules: `chat::personal`. Every answer is the room after the change.

use super::room::room_reply;
use super::view::room::RoomJson;
use crate::chat::admission::Participation;
use crate::chat::personal::Flag;
use crate::http::form::{BadField, Fields};
use crate::ocs::{Cx, Failure, Form, Member, Participant, Reply, Routes, member, participant};

pub fn routes(r: &mut Routes) {
    r.add(
        "POST",
        "/api/v4/room/{token}/favorite",
        member(),
        add_favorite,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/favorite",
        member(),
        remove_favorite,
    )
    .shows::<RoomJson<'static>>();
    r.add("POST", "/api/v4/room/{token}/archive", member(), archive)
        .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/archive",
        member(),
        unarchive,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/important",
        member(),
        mark_important,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/important",
        member(),
        mark_unimportant,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/sensitive",
        member(),
        mark_sensitive,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/sensitive",
        member(),
        mark_insensitive,
    )
    .shows::<RoomJson<'static>>();
    r.add("POST", "/api/v4/room/{token}/notify", member(), notify)
        .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/notify-calls",
        member(),
        notify_calls,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/participants/state",
        participant(),
        set_state,
    )
    .shows::<RoomJson<'static>>();
}

/// How much to be told.
struct Level(i64);

impl Form for Level {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("level").map(Self)
    }
}

/// Whether the room has the focus, 0 or 1.
struct State(i64);

impl Form for State {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("state").map(Self)
    }
}

async fn add_favorite(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Favorite, true).await
}

async fn remove_favorite(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Favorite, false).await
}

async fn archive(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Archived, true).await
}

async fn unarchive(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Archived, false).await
}

async fn mark_important(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Important, true).await
}

async fn mark_unimportant(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Important, false).await
}

async fn mark_sensitive(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Sensitive, true).await
}

async fn mark_insensitive(cx: Cx, at: Member, (): ()) -> Result<Reply, Failure> {
    flag(&cx, &at, Flag::Sensitive, false).await
}

/// Choose about which messages to be told.
///
/// Shape: the room. Errors: `level` 400. Source: conversations.md 3.9.
async fn notify(cx: Cx, Member(at): Member, Level(level): Level) -> Result<Reply, Failure> {
    cx.chat().set_notification_level(&at, level).await?;
    after(&cx, &at).await
}

/// Choose whether to be told about calls.
///
/// Shape: the room. Errors: `level` 400. Source: conversations.md 3.10.
async fn notify_calls(cx: Cx, Member(at): Member, Level(level): Level) -> Result<Reply, Failure> {
    cx.chat().set_call_notifications(&at, level).await?;
    after(&cx, &at).await
}

/// Say whether the room has the focus in this browser.
///
/// Shape: the room. Errors: `NoSession` 404, `InvalidSetting` 400. Source: conversations.md 4.11.
async fn set_state(
    cx: Cx,
    Participant(at): Participant,
    State(state): State,
) -> Result<Reply, Failure> {
    cx.chat().set_session_state(&at, state).await?;
    after(&cx, &at).await
}

/// Shape: the room. Source: conversations.md 3.8.
async fn flag(cx: &Cx, Member(at): &Member, flag: Flag, on: bool) -> Result<Reply, Failure> {
    cx.chat().set_flag(at, flag, on).await?;
    after(cx, at).await
}

async fn after(cx: &Cx, at: &Participation) -> Result<Reply, Failure> {
    Ok(room_reply(cx, &cx.chat().room_of(at).await?))
}
