//! Who takes part: list, add, remove, promote, join and leave. Rules: `chat::participant`,
//! `chat::session`. Shapes: `view::participant`.

use super::room::RoomPath;
use super::view;
use super::view::invited::InvitedView;
use super::view::participant::{HAS_STATUSES, ParticipantView};
use super::view::room::RoomJson;
use crate::chat::session::Join;
use crate::http::form::{BadField, Fields};
use crate::model::{AttendeeId, Token};
use crate::ocs::{
    Cx, Failure, Form, LoggedInModerator, Member, Moderator, Participant, Reply, Routes, anyone,
    logged_in_moderator, member, moderator, participant,
};

pub fn routes(r: &mut Routes) {
    r.add(
        "GET",
        "/api/v4/room/{token}/participants",
        participant().no_lobby(),
        list,
    )
    .shows::<Vec<ParticipantView<'static>>>();
    r.add(
        "POST",
        "/api/v4/room/{token}/participants",
        logged_in_moderator(),
        add,
    )
    .says_done()
    .shows::<InvitedView<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/participants/self",
        member(),
        leave_for_good,
    )
    .shows::<()>();
    r.add(
        "POST",
        "/api/v4/room/{token}/participants/active",
        anyone(),
        join,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/participants/active",
        anyone(),
        leave,
    )
    .shows::<()>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/attendees",
        moderator(),
        remove,
    )
    .shows::<()>();
    r.add(
        "POST",
        "/api/v4/room/{token}/moderators",
        moderator(),
        promote,
    )
    .shows::<()>();
    r.add(
        "DELETE",
        "/api/v4/room/{token}/moderators",
        moderator(),
        demote,
    )
    .shows::<()>();
}

/// Whether to say who is online.
struct IncludeStatus(bool);

impl Form for IncludeStatus {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(fields.flag_or("includeStatus", false)))
    }
}

/// Whom to add, by the kind that `source` names.
struct NewParticipant {
    id: String,
    source: String,
}

impl Form for NewParticipant {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: fields.text("newParticipant")?,
            source: fields.text_or("source", "users")?,
        })
    }
}

/// A member of the room.
struct Target(AttendeeId);

impl Form for Target {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("attendeeId").map(|id| Self(AttendeeId(id)))
    }
}

/// A room, and how to open it.
struct JoinForm {
    token: Token,
    ask: Join,
}

impl Form for JoinForm {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            token: RoomPath::read(fields)?.0,
            ask: Join {
                password: fields.text_or("password", "")?,
                force: fields.flag_or("force", true),
            },
        })
    }
}

/// Everybody in the room; statuses only for accounts, and not of a crowd.
///
/// Shape: a list of participants. Errors: `GuestsSeeNobody` 403.
/// Source: conversations.md 4.4.
async fn list(
    cx: Cx,
    Participant(at): Participant,
    IncludeStatus(wanted): IncludeStatus,
) -> Result<Reply, Failure> {
    let everybody = cx.chat().participants(&at, wanted).await?;
    let with_statuses = everybody.with_statuses;
    let reply = Reply::list(&cx, everybody.people.len(), move |cx| {
        let token = &at.room().token;
        let people = everybody.people.iter();
        let views: Vec<_> = people
            .map(|present| ParticipantView::new(token, present))
            .collect();
        Reply::ok(cx, &views)
    })
    .await?;
    Ok(match with_statuses {
        true => reply.number(HAS_STATUSES, 1),
        false => reply,
    })
}

/// Add an account or a group, or invite an address.
///
/// Shape: `[]`; for an address the conversation's type. Errors: those of conversations.md 4.5.
async fn add(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    form: NewParticipant,
) -> Result<Reply, Failure> {
    let added = cx
        .chat()
        .add_participant(&at, form.source, form.id, &cx.base_url)
        .await?;
    Ok(match InvitedView::new(&added) {
        None => Reply::empty(&cx),
        Some(invited) => Reply::ok(&cx, &invited),
    })
}

/// Remove a member.
///
/// Shape: null. Errors: `ParticipantNotFound` 404, `room-type` 400, `OwnerProtected` 403.
/// Source: conversations.md 4.6.
async fn remove(
    cx: Cx,
    Moderator(at): Moderator,
    Target(target): Target,
) -> Result<Reply, Failure> {
    cx.chat().remove_participant(&at, target).await?;
    Ok(Reply::null(&cx))
}

/// Leave for good.
///
/// Shape: null. Errors: `last-moderator` 400. Source: conversations.md 4.6.
async fn leave_for_good(cx: Cx, Member(at): Member, (): ()) -> Result<Reply, Failure> {
    cx.chat().leave_for_good(&at).await?;
    Ok(Reply::null(&cx))
}

/// Shape: null. Errors: `TargetNotFound` 404, `ActOnSelf` 403, `RoleUnchangeable` 400.
/// Source: conversations.md 4.7.
async fn promote(
    cx: Cx,
    Moderator(at): Moderator,
    Target(target): Target,
) -> Result<Reply, Failure> {
    cx.chat().promote(&at, target).await?;
    Ok(Reply::null(&cx))
}

/// Shape: null. Errors: as `promote`. Source: conversations.md 4.7.
async fn demote(
    cx: Cx,
    Moderator(at): Moderator,
    Target(target): Target,
) -> Result<Reply, Failure> {
    cx.chat().demote(&at, target).await?;
    Ok(Reply::null(&cx))
}

/// Open the room in this browser.
///
/// Shape: the room. Errors: `NotJoinable` 404, `BannedFromJoining` 403, `InCallElsewhere` 409,
/// `WrongRoomPassword` 403, `TooManyGuests` 429.
/// Source: conversations.md 4.9.
async fn join(cx: Cx, (): (), form: JoinForm) -> Result<Reply, Failure> {
    let token = form.token;
    let joined = cx.chat().join(&cx.caller, &token, form.ask).await?;
    let room = cx.chat().room_for(&cx.caller, &token).await?;
    Ok(Reply::ok(&cx, &view::room::joined(&cx, &room, joined)))
}

/// Close the room in this browser. Always succeeds.
///
/// Shape: null. Source: conversations.md 4.10.
async fn leave(cx: Cx, (): (), RoomPath(token): RoomPath) -> Result<Reply, Failure> {
    cx.chat().leave(&cx.caller, &token).await?;
    Ok(Reply::null(&cx))
}
