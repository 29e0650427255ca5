//! Reminders of messages. Rules: `chat::reminder`.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::chat_forms::MessagePath;
use super::view::message::{MessageView, ParametersView};
use crate::chat::reminder::Upcoming;
use crate::chat::rendered::Reader;
use crate::http::form::{BadField, Fields};
use crate::model::{Actor, MessageId, Token, User};
use crate::ocs::shape::Object;
use crate::ocs::{Cx, Failure, Form, Member, Reply, Routes, logged_in, member};
use crate::store::Reminder;

pub fn routes(r: &mut Routes) {
    let path = "/api/v1/chat/{token}/{messageId}/reminder";
    r.add("POST", path, member().no_lobby(), set)
        .limited(60, 3600)
        .creates::<ReminderView<'static>>();
    r.add("GET", path, member().no_lobby(), show)
        .shows::<ReminderView<'static>>();
    r.add("DELETE", path, member().no_lobby(), forget)
        .says_done();
    r.add(
        "GET",
        "/api/v1/chat/upcoming-reminders",
        logged_in(),
        upcoming,
    )
    .shows::<Vec<UpcomingView<'static>>>();
}

/// A message and when to be reminded of it.
struct Wish {
    message: MessageId,
    at: i64,
}

impl Form for Wish {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            at: fields.int("timestamp")?,
        })
    }
}

/// A reminder.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ReminderView<'r> {
    user_id: &'r str,
    token: &'r str,
    message_id: i64,
    timestamp: i64,
}

impl<'r> ReminderView<'r> {
    fn new(token: &'r Token, reminder: &'r Reminder) -> Self {
        Self {
            user_id: reminder.user.as_str(),
            token: token.as_str(),
            message_id: reminder.message.0,
            timestamp: reminder.at,
        }
    }
}

/// Shape: the reminder, status 201. Errors: `MessageNotFound` 404.
/// Source: chat-extras.md 5.
async fn set(cx: Cx, Member(at): Member, wish: Wish) -> Result<Reply, Failure> {
    let reminder = cx.chat().remind(&at, wish.message, wish.at).await?;
    let view = ReminderView::new(&at.room().token, &reminder);
    Ok(Reply::created(&cx, &view))
}

/// Shape: the reminder. Errors: `MessageNotFound`, `ReminderNotFound` 404.
async fn show(
    cx: Cx,
    Member(at): Member,
    MessagePath(message): MessagePath,
) -> Result<Reply, Failure> {
    let reminder = cx.chat().reminder(&at, message).await?;
    let view = ReminderView::new(&at.room().token, &reminder);
    Ok(Reply::ok(&cx, &view))
}

/// Shape: `[]`. Errors: `MessageNotFound` 404.
async fn forget(
    cx: Cx,
    Member(at): Member,
    MessagePath(message): MessagePath,
) -> Result<Reply, Failure> {
    cx.chat().forget_reminder(&at, message).await?;
    Ok(Reply::empty(&cx))
}

/// The next reminders of the account in all its conversations.
///
/// Shape: a list of at most 10. Source: chat-extras.md 5.
async fn upcoming(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let upcoming = cx.chat().upcoming_reminders(&user).await?;
    let actor = Actor::user(&user.id);
    let readers: Vec<Reader> = upcoming
        .iter()
        .map(|one| Reader {
            actor: actor.clone(),
            room_kind: one.room.kind,
        })
        .collect();
    let views: Vec<_> = upcoming
        .iter()
        .zip(&readers)
        .map(|(one, reader)| UpcomingView {
            one,
            reader,
            cx: &cx,
        })
        .collect();
    Ok(Reply::ok(&cx, &views))
}

struct UpcomingView<'u> {
    one: &'u Upcoming,
    reader: &'u Reader,
    cx: &'u Cx,
}

impl Serialize for UpcomingView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let message = MessageView::new(&self.one.message, self.reader, &self.cx.base_url);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("reminderTimestamp", &self.one.reminder.at)?;
        map.serialize_entry("roomToken", self.one.room.token.as_str())?;
        map.serialize_entry("messageId", &self.one.reminder.message.0)?;
        message.write_author(&mut map)?;
        if self.one.is_sensitive {
            map.serialize_entry("message", "")?;
            map.serialize_entry::<_, [(); 0]>("messageParameters", &[])?;
        } else {
            message.write_text(&mut map)?;
        }
        map.end()
    }
}

impl JsonSchema for UpcomingView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "UpcomingReminder".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<i64>(&["reminderTimestamp", "messageId"])
            .always::<String>(&[
                "roomToken",
                "actorType",
                "actorId",
                "actorDisplayName",
                "message",
            ])
            .always::<ParametersView<'_>>(&["messageParameters"])
            .done()
    }
}
