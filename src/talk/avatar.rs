//! Avatars of conversations. Rules: `chat::avatar`, `chat::picture`.

use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, EXPIRES, LAST_MODIFIED};

use super::room::{RoomPath, room_reply};
use super::view::room::RoomJson;
use crate::chat::admission::Participation;
use crate::chat::avatar::Shown;
use crate::chat::picture::upload::Sent;
use crate::chat::picture::{Format, Theme};
use crate::http::date::http_date;
use crate::http::form::{BadField, Fields};
use crate::model::{PictureFormat, Token};
use crate::ocs::{Cx, Failure, Form, Moderator, Reply, Routes, anyone, moderator};

/// Seconds that a client may keep an avatar; a new one has a new version in its address.
const MAX_AGE_SECS: i64 = 86_400;

const PICTURES: &[&str] = &["image/svg+xml", "image/png", "image/jpeg"];

pub fn routes(r: &mut Routes) {
    r.add("GET", "/api/v1/room/{token}/avatar", anyone(), show)
        .sends(PICTURES);
    r.add(
        "GET",
        "/api/v1/room/{token}/avatar/dark",
        anyone(),
        show_dark,
    )
    .sends(PICTURES);
    r.add(
        "POST",
        "/api/v1/room/{token}/avatar",
        moderator(),
        set_picture,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "POST",
        "/api/v1/room/{token}/avatar/emoji",
        moderator(),
        set_emoji,
    )
    .shows::<RoomJson<'static>>();
    r.add("DELETE", "/api/v1/room/{token}/avatar", moderator(), remove)
        .shows::<RoomJson<'static>>();
}

/// Which room, and for which background.
struct Look {
    token: Token,
    theme: Theme,
}

impl Form for Look {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let RoomPath(token) = RoomPath::read(fields)?;
        let theme = if fields.flag_or("darkTheme", false) {
            Theme::Dark
        } else {
            Theme::Light
        };
        Ok(Self { token, theme })
    }
}

impl Form for Sent {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(match fields.upload("file") {
            Some(upload) => Self::File(upload.bytes.clone()),
            None if fields.upload("file[]").is_some() => Self::Several,
            None => Self::Nothing,
        })
    }
}

/// An emoji and the colour behind it.
struct Emoji {
    emoji: String,
    colour: Option<String>,
}

impl Form for Emoji {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            emoji: fields.text("emoji")?,
            colour: fields.optional_text("color")?,
        })
    }
}

/// The picture.
///
/// Shape: an SVG, PNG or JPEG. Errors: `RoomNotFound` 404. Source: conversations.md 3.18.
async fn show(cx: Cx, (): (), look: Look) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let shown = chat.avatar_for(&cx.caller, &look.token, look.theme).await?;
    Ok(file(shown))
}

/// The picture for a dark background.
///
/// Shape and errors: as of `show`.
async fn show_dark(cx: Cx, (): (), RoomPath(token): RoomPath) -> Result<Reply, Failure> {
    let chat = cx.chat();
    Ok(file(
        chat.avatar_for(&cx.caller, &token, Theme::Dark).await?,
    ))
}

/// Upload a picture.
///
/// Shape: the room. Errors: `AvatarRefused` 400.
async fn set_picture(cx: Cx, Moderator(at): Moderator, sent: Sent) -> Result<Reply, Failure> {
    cx.chat().set_picture(&at, sent).await?;
    after(&cx, &at).await
}

/// Take an emoji as the picture.
///
/// Shape: the room. Errors: `AvatarRefused` 400.
async fn set_emoji(cx: Cx, Moderator(at): Moderator, form: Emoji) -> Result<Reply, Failure> {
    cx.chat().set_emoji(&at, form.emoji, form.colour).await?;
    after(&cx, &at).await
}

/// Remove the picture. Shape: the room.
async fn remove(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    cx.chat().remove_avatar(&at).await?;
    after(&cx, &at).await
}

async fn after(cx: &Cx, at: &Participation) -> Result<Reply, Failure> {
    Ok(room_reply(cx, &cx.chat().room_of(at).await?))
}

/// A picture that the client may keep. The policy of all answers lets it run and load nothing, even
/// opened on its own; the drawings are made so that they need no more.
fn file(shown: Shown) -> Reply {
    let (content_type, ending) = match shown.picture.format {
        Format::Svg => ("image/svg+xml", "svg"),
        Format::Stored(PictureFormat::Png) => ("image/png", "png"),
        Format::Stored(PictureFormat::Jpeg) => ("image/jpeg", "jpg"),
    };
    Reply::file(content_type, shown.picture.bytes)
        .header(
            CACHE_CONTROL,
            format!("private, max-age={MAX_AGE_SECS}, immutable"),
        )
        .header(
            CONTENT_DISPOSITION,
            format!("inline; filename=\"avatar.{ending}\""),
        )
        .header(EXPIRES, http_date(shown.looked_at + MAX_AGE_SECS))
        // Quirk: avatar-last-modified.
        .header(LAST_MODIFIED, http_date(shown.looked_at))
}
