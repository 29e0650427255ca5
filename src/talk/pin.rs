//! Pinned messages. Rules: `chat::pin`.

use super::chat::message_reply;
use super::chat_forms::MessagePath;
use super::view::message::MessageView;
use crate::http::form::{BadField, Fields};
use crate::model::MessageId;
use crate::ocs::{
    Cx, Failure, Form, Moderator, Participant, Reply, Routes, moderator, participant,
};

pub fn routes(r: &mut Routes) {
    let path = "/api/v1/chat/{token}/{messageId}/pin";
    r.add("POST", path, moderator().read_write(), pin)
        .shows::<Option<MessageView<'static>>>();
    r.add("DELETE", path, moderator().read_write(), unpin)
        .shows::<Option<MessageView<'static>>>();
    r.add(
        "DELETE",
        "/api/v1/chat/{token}/{messageId}/pin/self",
        participant().no_lobby(),
        hide,
    )
    .shows::<()>();
}

/// A message and until when it is to be pinned.
struct NewPin {
    message: MessageId,
    until: i64,
}

impl Form for NewPin {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            until: fields.int_or("pinUntil", 0),
        })
    }
}

/// Shape: the system message that says so, with the message as its parent; `null` if it was pinned.
/// Errors: `MessageNotFound` 404, `message` 400, `until` 400. Source: chat-extras.md 14.
async fn pin(cx: Cx, Moderator(at): Moderator, form: NewPin) -> Result<Reply, Failure> {
    match cx.chat().pin(&at, form.message, form.until).await? {
        Some(row) => message_reply(&cx, &at, 200, &row).await,
        None => Ok(Reply::null(&cx)),
    }
}

/// Shape: as above; `null` if it was not pinned. Errors: `MessageNotFound` 404.
async fn unpin(
    cx: Cx,
    Moderator(at): Moderator,
    MessagePath(message): MessagePath,
) -> Result<Reply, Failure> {
    match cx.chat().unpin(&at, message).await? {
        Some(row) => message_reply(&cx, &at, 200, &row).await,
        None => Ok(Reply::null(&cx)),
    }
}

/// Close the banner, for the caller only.
///
/// Shape: `null`. Errors: `MessageNotFound` 404.
async fn hide(
    cx: Cx,
    Participant(at): Participant,
    MessagePath(message): MessagePath,
) -> Result<Reply, Failure> {
    cx.chat().hide_pin(&at, message).await?;
    Ok(Reply::null(&cx))
}
