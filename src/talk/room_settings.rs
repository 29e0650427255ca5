//! What moderators set: public or private, password, lock, lobby. Rules: `chat::conversation`,
//! `chat::lobby`. Every answer is the room after the change.

use super::room::room_reply;
use crate::chat::admission::Participation;
use crate::http::form::{BadField, Fields};
use crate::ocs::{
    Cx, Failure, Form, LoggedInModerator, Moderator, Reply, Routes, logged_in_moderator, moderator,
};

pub fn routes(r: &mut Routes) {
    r.add(
        "POST",
        "/api/v4/room/{token}/public",
        logged_in_moderator(),
        make_public,
    );
    r.add(
        "DELETE",
        "/api/v4/room/{token}/public",
        logged_in_moderator(),
        make_private,
    );
    r.add(
        "PUT",
        "/api/v4/room/{token}/read-only",
        logged_in_moderator(),
        set_read_only,
    );
    r.add(
        "PUT",
        "/api/v4/room/{token}/password",
        moderator(),
        set_password,
    );
    r.add(
        "PUT",
        "/api/v4/room/{token}/webinar/lobby",
        logged_in_moderator(),
        set_lobby,
    );
}

/// A password that may be left out.
struct OptionalPassword(String);

impl Form for OptionalPassword {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text_or("password", "").map(Self)
    }
}

/// A password; an empty one removes it.
struct Password(String);

impl Form for Password {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("password").map(Self)
    }
}

/// A switch, 0 or 1.
struct State(i64);

impl Form for State {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("state").map(Self)
    }
}

/// The lobby and its timer in unix seconds.
struct Lobby {
    state: i64,
    timer: Option<i64>,
}

impl Form for Lobby {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            state: fields.int("state")?,
            timer: fields.optional_int("timer"),
        })
    }
}

/// Errors: `type` 400. Source: conversations.md 3.6.
async fn make_public(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    OptionalPassword(password): OptionalPassword,
) -> Result<Reply, Failure> {
    cx.chat().make_public(&at, password).await?;
    after(&cx, &at).await
}

/// Errors: `type` 400. Source: conversations.md 3.11.
async fn make_private(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    (): (),
) -> Result<Reply, Failure> {
    cx.chat().make_private(&at).await?;
    after(&cx, &at).await
}

/// Errors: `type`, `value` 400. Source: conversations.md 3.6.
async fn set_read_only(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    State(state): State,
) -> Result<Reply, Failure> {
    cx.chat().set_read_only(&at, state).await?;
    after(&cx, &at).await
}

/// Errors: `type` 400. Source: conversations.md 3.6.
async fn set_password(
    cx: Cx,
    Moderator(at): Moderator,
    Password(password): Password,
) -> Result<Reply, Failure> {
    cx.chat().set_password(&at, password).await?;
    after(&cx, &at).await
}

/// Errors: `type`, `object`, `value` 400. Source: conversations.md 3.12.
async fn set_lobby(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    form: Lobby,
) -> Result<Reply, Failure> {
    cx.chat().set_lobby(&at, form.state, form.timer).await?;
    after(&cx, &at).await
}

async fn after(cx: &Cx, at: &Participation) -> Result<Reply, Failure> {
    Ok(room_reply(cx, &cx.chat().room_of(at).await?))
}
