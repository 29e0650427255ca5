//! What moderators set: description, public or private, password, lock, who finds it, lobby, …
//! Rules: `chat::conversation`, `chat::lobby`. Every answer is the room after the change.

use super::room::room_reply;
use super::view::room::RoomJson;
use crate::chat::admission::Participation;
use crate::http::form::{BadField, Fields};
use crate::ocs::{
    Cx, Failure, Form, LoggedInModerator, Moderator, Reply, Routes, logged_in_moderator, moderator,
};

pub fn routes(r: &mut Routes) {
    r.add(
        "PUT",
        "/api/v4/room/{token}/description",
        moderator(),
        describe,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/public",
        logged_in_moderator(),
        make_public,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/public",
        logged_in_moderator(),
        make_private,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/read-only",
        logged_in_moderator(),
        set_read_only,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/password",
        moderator(),
        set_password,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/listable",
        logged_in_moderator(),
        set_listable,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/mention-permissions",
        logged_in_moderator(),
        set_mention_permissions,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/message-expiration",
        moderator(),
        set_message_expiration,
    )
    .shows::<RoomJson<'static>>();
    r.add("DELETE", "/api/v4/room/{token}/object", moderator(), unbind)
        .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/webinar/lobby",
        logged_in_moderator(),
        set_lobby,
    )
    .shows::<RoomJson<'static>>();
}

/// What the conversation is about; an empty text removes it.
struct Description(String);

impl Form for Description {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("description").map(Self)
    }
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

/// Who finds the conversation, 0 to 2.
struct Scope(i64);

impl Form for Scope {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("scope").map(Self)
    }
}

/// Who may mention everybody, 0 or 1.
struct MentionPermissions(i64);

impl Form for MentionPermissions {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("mentionPermissions").map(Self)
    }
}

/// How long messages live; 0: for ever.
struct Seconds(i64);

impl Form for Seconds {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("seconds").map(Self)
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

/// Errors: `event`, `value`, `type` 400. Source: conversations.md 3.6.
async fn describe(
    cx: Cx,
    Moderator(at): Moderator,
    Description(text): Description,
) -> Result<Reply, Failure> {
    cx.chat().describe(&at, text).await?;
    after(&cx, &at).await
}

/// Errors: `PasswordRefused`, `type` 400. Source: conversations.md 3.6.
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

/// Errors: `type`, `PasswordNotRemovable` 400. Source: conversations.md 3.6.
async fn set_password(
    cx: Cx,
    Moderator(at): Moderator,
    Password(password): Password,
) -> Result<Reply, Failure> {
    cx.chat().set_password(&at, password).await?;
    after(&cx, &at).await
}

/// Errors: `type`, `value` 400. Source: conversations.md 3.6.
async fn set_listable(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    Scope(scope): Scope,
) -> Result<Reply, Failure> {
    cx.chat().set_listable(&at, scope).await?;
    after(&cx, &at).await
}

/// Errors: `type`, `value` 400. Source: conversations.md 3.6.
async fn set_mention_permissions(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    MentionPermissions(state): MentionPermissions,
) -> Result<Reply, Failure> {
    cx.chat().set_mention_permissions(&at, state).await?;
    after(&cx, &at).await
}

/// Errors: `type`, `value` 400. Source: conversations.md 3.6.
async fn set_message_expiration(
    cx: Cx,
    Moderator(at): Moderator,
    Seconds(seconds): Seconds,
) -> Result<Reply, Failure> {
    cx.chat().set_message_expiration(&at, seconds).await?;
    after(&cx, &at).await
}

/// Errors: `object-type` 400. Source: conversations.md 3.6.
async fn unbind(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    cx.chat().unbind(&at).await?;
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
