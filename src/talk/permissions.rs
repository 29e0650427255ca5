//! What members may do, set by moderators. Rules: `chat::permission`. Shapes: `view::room`, `view::participant`.

use super::room::room_reply;
use super::view::participant::{HAS_STATUSES, ParticipantView};
use super::view::room::RoomJson;
use crate::chat::Error;
use crate::chat::admission::Participation;
use crate::chat::permission::{Level, PermissionChange};
use crate::http::form::{BadField, Fields};
use crate::model::AttendeeId;
use crate::ocs::{Cx, Failure, Form, Moderator, Reply, Routes, moderator};

pub fn routes(r: &mut Routes) {
    r.add(
        "PUT",
        "/api/v4/room/{token}/permissions/default",
        moderator(),
        set_default,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/permissions/call",
        moderator(),
        set_for_calls,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/attendees/permissions",
        moderator(),
        change,
    )
    .shows::<Vec<ParticipantView<'static>>>();
    r.add(
        "PUT",
        "/api/v4/room/{token}/attendees/permissions/all",
        moderator(),
        change_all,
    )
    .only_refuses();
}

/// A mask.
struct Mask(i64);

impl Form for Mask {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("permissions").map(Self)
    }
}

impl Form for PermissionChange {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            target: AttendeeId(fields.int("attendeeId")?),
            method: fields.text("method")?,
            permissions: fields.int("permissions")?,
        })
    }
}

/// Set what those may do who have nothing of their own.
///
/// Shape: the room. Errors: `type`, `value` 400. Source: conversations.md 3.13.
async fn set_default(cx: Cx, Moderator(at): Moderator, mask: Mask) -> Result<Reply, Failure> {
    set(cx, at, Level::Default, mask).await
}

/// Errors: always `mode` 400. Source: conversations.md 3.13.
async fn set_for_calls(cx: Cx, Moderator(at): Moderator, mask: Mask) -> Result<Reply, Failure> {
    set(cx, at, Level::Call, mask).await
}

async fn set(cx: Cx, at: Participation, level: Level, Mask(mask): Mask) -> Result<Reply, Failure> {
    cx.chat().set_default_permissions(&at, level, mask).await?;
    Ok(room_reply(&cx, &cx.chat().room_of(&at).await?))
}

/// Change what one member may do.
///
/// Shape: a list of that participant. Errors: `ParticipantNotFound` 404, `ModeratorUnchangeable` 403,
/// `room-type`, `type`, `value`, `method` 400. Source: conversations.md 4.8.
async fn change(
    cx: Cx,
    Moderator(at): Moderator,
    form: PermissionChange,
) -> Result<Reply, Failure> {
    let present = cx.chat().change_permissions(&at, form).await?;
    let token = &at.room().token;
    let reply = Reply::ok(&cx, &[ParticipantView::new(token, &present)]);
    Ok(match cx.caller.user {
        Some(_) => reply.number(HAS_STATUSES, 1),
        None => reply,
    })
}

/// Errors: always `InvalidSetting` 400. Source: conversations.md 4.8.
async fn change_all(_: Cx, Moderator(_): Moderator, (): ()) -> Result<Reply, Failure> {
    Err(Error::InvalidSetting.into())
}
