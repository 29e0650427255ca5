//! Threads. Rules: `chat::thread`.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::chat_forms::{MessagePath, limit};
use super::view::message::{MessageView, shown_title};
use crate::chat::rendered::Reader;
use crate::chat::thread::ThreadView;
use crate::http::form::{BadField, Fields};
use crate::model::{Actor, MessageId, Permissions, User};
use crate::ocs::shape::Object;
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, logged_in, participant};
use crate::store::Thread;

/// Threads of one room in a list: default and maximum.
const RECENT_LIMIT: (u32, u32) = (50, 50);
/// Threads of an account in a list: default and maximum.
const FOLLOWED_LIMIT: (u32, u32) = (100, 100);

pub fn routes(r: &mut Routes) {
    let may_read = participant().no_lobby();
    let one = "/api/v1/chat/{token}/threads/{threadId}";
    r.add(
        "GET",
        "/api/v1/chat/{token}/threads/recent",
        may_read,
        recent,
    )
    .shows::<Vec<InfoView<'static>>>();
    r.add("GET", one, may_read, show)
        .shows::<InfoView<'static>>();
    r.add(
        "PUT",
        one,
        may_read.read_write().may(Permissions::CHAT),
        rename,
    )
    .shows::<InfoView<'static>>();
    r.add(
        "POST",
        "/api/v1/chat/{token}/threads/{messageId}/notify",
        may_read,
        follow,
    )
    .shows::<InfoView<'static>>();
    r.add(
        "GET",
        "/api/v1/chat/subscribed-threads",
        logged_in(),
        followed,
    )
    .shows::<Vec<InfoView<'static>>>();
}

/// How many.
struct Recent(u32);

impl Form for Recent {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(limit(fields, RECENT_LIMIT)))
    }
}

/// Which part of a list.
struct Followed {
    limit: u32,
    offset: u32,
}

impl Form for Followed {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let offset = fields.int_or("offset", 0).max(0);
        Ok(Self {
            limit: limit(fields, FOLLOWED_LIMIT),
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
        })
    }
}

/// The thread that a path names.
struct ThreadPath(MessageId);

impl Form for ThreadPath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("threadId").map(|id| Self(MessageId(id)))
    }
}

/// A thread and its new title.
struct Title {
    thread: MessageId,
    title: String,
}

impl Form for Title {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            thread: ThreadPath::read(fields)?.0,
            title: fields.text("threadTitle")?,
        })
    }
}

/// A message of a thread, and when to be told of others.
struct Level {
    message: MessageId,
    level: i64,
}

impl Form for Level {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            level: fields.int("level")?,
        })
    }
}

/// A thread with what the reader chose, its first and its last message.
struct InfoView<'t> {
    seen: &'t ThreadView,
    reader: Reader,
    base_url: &'t str,
}

impl<'t> InfoView<'t> {
    fn new(cx: &'t Cx, actor: &Actor, seen: &'t ThreadView) -> Self {
        Self {
            seen,
            reader: Reader {
                actor: actor.clone(),
                room_kind: seen.room.kind,
            },
            base_url: &cx.base_url,
        }
    }
}

impl Serialize for InfoView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = |row| MessageView::new(row, &self.reader, self.base_url);
        let own = Own {
            notification_level: self.seen.level.wire(),
        };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("thread", &SummaryView(self.seen))?;
        map.serialize_entry("attendee", &own)?;
        map.serialize_entry("first", &self.seen.first.as_deref().map(message))?;
        map.serialize_entry("last", &self.seen.last.as_deref().map(message))?;
        map.end()
    }
}

impl JsonSchema for InfoView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Thread".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<SummaryView<'_>>(&["thread"])
            .always::<Own>(&["attendee"])
            .always::<Option<MessageView<'_>>>(&["first", "last"])
            .done()
    }
}

/// What the reader chose for a thread.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ThreadAttendee")]
struct Own {
    notification_level: i64,
}

struct SummaryView<'t>(&'t ThreadView);

impl JsonSchema for SummaryView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "ThreadSummary".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<i64>(&["id", "lastMessageId", "numReplies", "lastActivity"])
            .always::<String>(&["roomToken", "title"])
            .done()
    }
}

impl Serialize for SummaryView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let thread: &Thread = &self.0.thread;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("id", &thread.root.0)?;
        map.serialize_entry("roomToken", self.0.room.token.as_str())?;
        map.serialize_entry("lastMessageId", &thread.last_message.0)?;
        map.serialize_entry("numReplies", &thread.replies)?;
        map.serialize_entry("lastActivity", &thread.last_activity_at)?;
        map.serialize_entry("title", &shown_title(thread))?;
        map.end()
    }
}

fn list(cx: &Cx, actor: &Actor, threads: &[ThreadView]) -> Reply {
    let views: Vec<_> = threads
        .iter()
        .map(|seen| InfoView::new(cx, actor, seen))
        .collect();
    Reply::ok(cx, &views)
}

/// Shape: a list of threads, most recently active first. Source: chat-extras.md 13.
async fn recent(
    cx: Cx,
    Participant(at): Participant,
    Recent(limit): Recent,
) -> Result<Reply, Failure> {
    let threads = cx.chat().recent_threads(&at, limit).await?;
    Ok(list(&cx, at.actor(), &threads))
}

/// Shape: the thread. Errors: `ThreadNotFound` 404.
async fn show(
    cx: Cx,
    Participant(at): Participant,
    ThreadPath(root): ThreadPath,
) -> Result<Reply, Failure> {
    let thread = cx.chat().thread(&at, root).await?;
    Ok(Reply::ok(&cx, &InfoView::new(&cx, at.actor(), &thread)))
}

/// Shape: the thread. Errors: `title` 400, `ThreadNotFound` 404, `NotYourMessage` 403.
async fn rename(cx: Cx, Participant(at): Participant, form: Title) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let thread = chat.rename_thread(&at, form.thread, form.title).await?;
    Ok(Reply::ok(&cx, &InfoView::new(&cx, at.actor(), &thread)))
}

/// Shape: the thread. Errors: `level` 400, `MessageNotFound` 404.
async fn follow(cx: Cx, Participant(at): Participant, form: Level) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let thread = chat.follow_thread(&at, form.message, form.level).await?;
    Ok(Reply::ok(&cx, &InfoView::new(&cx, at.actor(), &thread)))
}

/// Shape: a list of threads of all conversations, most recently active first.
async fn followed(cx: Cx, user: Arc<User>, page: Followed) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let threads = chat
        .followed_threads(&user, page.offset, page.limit)
        .await?;
    Ok(list(&cx, &Actor::user(&user.id), &threads))
}
