//! Messages to be sent later. Rules: `chat::scheduled`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::chat::reader;
use super::chat_forms::MessagePath;
use super::view::message::MessageView;
use crate::chat::admission::Participation;
use crate::chat::rendered::Reader;
use crate::chat::scheduled::{Change, ScheduledView, Wish};
use crate::http::form::{BadField, Fields};
use crate::model::{MessageId, Permissions};
use crate::ocs::shape::Object;
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, participant};

pub fn routes(r: &mut Routes) {
    let all = "/api/v1/chat/{token}/schedule";
    let one = "/api/v1/chat/{token}/schedule/{messageId}";
    let may_read = participant().no_lobby();
    let may_write = may_read.read_write().may(Permissions::CHAT);
    r.add("GET", all, may_read, list)
        .shows::<Vec<OneView<'static>>>();
    r.add("POST", all, may_write, schedule)
        .creates::<OneView<'static>>();
    r.add("POST", one, may_write, change)
        .answers::<OneView<'static>>(202);
    r.add("DELETE", one, may_read, forget).says_done();
}

impl Form for Wish {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            text: fields.text("message")?,
            send_at: fields.int("sendAt")?,
            reply_to: MessageId(fields.int_or("replyTo", 0)),
            thread: MessageId(fields.int_or("threadId", 0)),
            thread_title: fields.text_or("threadTitle", "")?,
            silent: fields.flag_or("silent", false),
        })
    }
}

/// A scheduled message, and what is to be different about it.
struct Edit {
    id: i64,
    change: Change,
}

impl Form for Edit {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: fields.int("messageId")?,
            change: Change {
                text: fields.text("message")?,
                send_at: fields.int("sendAt")?,
                silent: fields.flag_or("silent", false),
                thread_title: fields.optional_text("threadTitle")?,
            },
        })
    }
}

/// A scheduled message; its id is a text.
struct OneView<'s> {
    seen: &'s ScheduledView,
    reader: Reader,
    base_url: &'s str,
}

impl<'s> OneView<'s> {
    fn new(cx: &'s Cx, at: &Participation, seen: &'s ScheduledView) -> Self {
        Self {
            seen,
            reader: reader(at),
            base_url: &cx.base_url,
        }
    }
}

impl Serialize for OneView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (one, author) = (&self.seen.scheduled, &self.seen.author);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &one.id.to_string())?;
        map.serialize_entry("actorId", &author.id)?;
        map.serialize_entry("actorType", author.kind.wire())?;
        map.serialize_entry("threadId", &one.thread.0)?;
        if let Some(parent) = &self.seen.parent {
            let parent = MessageView::new(parent, &self.reader, self.base_url);
            map.serialize_entry("parent", &parent)?;
        }
        map.serialize_entry("message", &one.text)?;
        map.serialize_entry("messageType", "comment")?;
        map.serialize_entry("createdAt", &one.created_at)?;
        map.serialize_entry("sendAt", &one.send_at)?;
        map.serialize_entry("silent", &one.silent)?;
        if !one.thread_title.is_empty() {
            map.serialize_entry("threadTitle", &one.thread_title)?;
        }
        map.end()
    }
}

impl JsonSchema for OneView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "ScheduledMessage".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<String>(&["id", "actorId", "actorType", "message", "messageType"])
            .always::<i64>(&["threadId", "createdAt", "sendAt"])
            .always::<bool>(&["silent"])
            .sometimes::<MessageView<'_>>(&["parent"])
            .sometimes::<String>(&["threadTitle"])
            .done()
    }
}

/// Shape: a list, soonest first. Errors: `NothingScheduled` 404. Source: chat-extras.md 15.
async fn list(cx: Cx, Participant(at): Participant, (): ()) -> Result<Reply, Failure> {
    let all = cx.chat().scheduled(&at).await?;
    let views: Vec<_> = all.iter().map(|one| OneView::new(&cx, &at, one)).collect();
    Ok(Reply::ok(&cx, &views))
}

/// Shape: the scheduled message, status 201. Errors: `NothingScheduled` 404, `send-at` 400,
/// `EmptyMessage` 400, `ParentNotFound` 400, `MessageTooLong` 413, `TooManyScheduled` 429.
async fn schedule(cx: Cx, Participant(at): Participant, wish: Wish) -> Result<Reply, Failure> {
    let one = cx.chat().schedule(&at, wish).await?;
    Ok(Reply::created(&cx, &OneView::new(&cx, &at, &one)))
}

/// Shape: the scheduled message, status 202. Errors: `NothingScheduled` 404, `send-at` 400,
/// `EmptyMessage` 400, `MessageTooLong` 413, `MessageNotFound` 404, `thread-title` 400.
async fn change(cx: Cx, Participant(at): Participant, edit: Edit) -> Result<Reply, Failure> {
    let one = cx.chat().reschedule(&at, edit.id, edit.change).await?;
    Ok(Reply::with_status(&cx, 202, &OneView::new(&cx, &at, &one)))
}

/// Shape: `[]`. Errors: `NothingScheduled` 404, `MessageNotFound` 404.
async fn forget(
    cx: Cx,
    Participant(at): Participant,
    MessagePath(MessageId(id)): MessagePath,
) -> Result<Reply, Failure> {
    cx.chat().unschedule(&at, id).await?;
    Ok(Reply::empty(&cx))
}
