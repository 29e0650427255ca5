//! Bans of one conversation. Rules: `chat::ban`. Shapes: `view::ban`.

use super::view::ban::BanView;
use crate::chat::ban::NewBan;
use crate::http::form::{BadField, Fields};
use crate::ocs::{Cx, Failure, Form, Moderator, Reply, Routes, moderator};

pub fn routes(r: &mut Routes) {
    r.add("POST", "/api/v1/ban/{token}", moderator(), ban)
        .shows::<BanView<'static>>();
    r.add("GET", "/api/v1/ban/{token}", moderator(), list)
        .shows::<Vec<BanView<'static>>>();
    r.add("DELETE", "/api/v1/ban/{token}/{banId}", moderator(), unban)
        .shows::<()>();
}

impl Form for NewBan {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            kind: fields.text("actorType")?,
            id: fields.text("actorId")?,
            note: fields.text_or("internalNote", "")?,
        })
    }
}

/// A ban, by its number.
struct BanPath(i64);

impl Form for BanPath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("banId").map(Self)
    }
}

/// Ban somebody; who is there is removed.
///
/// Shape: the ban. Errors: `room`, `bannedActor`, `internalNote`, `self`, `moderator` 400, `TooManyBans` 429.
/// Source: conversations.md 4.12.
async fn ban(cx: Cx, Moderator(at): Moderator, new: NewBan) -> Result<Reply, Failure> {
    let ban = cx.chat().ban(&at, new).await?;
    Ok(Reply::ok(&cx, &BanView::new(&ban)))
}

/// Who is banned.
///
/// Shape: a list of bans, by id. Source: conversations.md 4.12.
async fn list(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    let bans = cx.chat().bans(&at).await?;
    let views: Vec<_> = bans.iter().map(BanView::new).collect();
    Ok(Reply::ok(&cx, &views))
}

/// Lift a ban, if there is one.
///
/// Shape: null. Source: conversations.md 4.12.
async fn unban(cx: Cx, Moderator(at): Moderator, BanPath(id): BanPath) -> Result<Reply, Failure> {
    cx.chat().unban(&at, id).await?;
    Ok(Reply::null(&cx))
}
