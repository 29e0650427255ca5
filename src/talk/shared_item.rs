//! What was shared into a conversation. Rules: `chat::shared_item`. Shapes: `view::message`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::chat::{LAST_GIVEN, reader};
use super::chat_forms::limit;
use super::view::message::MessageView;
use crate::chat::rendered::Reader;
use crate::chat::shared_item::SharedItems;
use crate::http::form::{BadField, Fields};
use crate::model::{MessageId, SharedKind};
use crate::ocs::shape::{map_of, map_or_empty_list};
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, participant};

/// Items of a kind: default and maximum.
const LIMIT: (u32, u32) = (100, 200);
/// Items of each kind in the overview: default and maximum.
const OVERVIEW_LIMIT: (u32, u32) = (7, 20);

pub fn routes(r: &mut Routes) {
    r.add(
        "GET",
        "/api/v1/chat/{token}/share",
        participant().no_lobby(),
        list,
    )
    .shows::<ItemsById<'static>>();
    r.add(
        "GET",
        "/api/v1/chat/{token}/share/overview",
        participant().no_lobby(),
        overview,
    )
    .shows::<Overview<'static>>();
}

/// A page of one kind.
struct ListItems {
    list: List,
    before: MessageId,
    limit: u32,
}

impl Form for ListItems {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            list: match fields.text("objectType")?.as_str() {
                "pinned" => List::Pinned,
                word => SharedKind::from_wire(word).map_or(List::Nothing, List::Kind),
            },
            before: MessageId(fields.int_or("lastKnownMessageId", 0).max(0)),
            limit: limit(fields, LIMIT),
        })
    }
}

/// What is to be listed.
enum List {
    Kind(SharedKind),
    Pinned,
    /// A kind of which there is nothing.
    Nothing,
}

/// How many of each kind.
struct OverviewLimit(u32);

impl Form for OverviewLimit {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(limit(fields, OVERVIEW_LIMIT)))
    }
}

/// Items by id, in the order given.
struct ItemsById<'r> {
    items: &'r SharedItems,
    reader: &'r Reader,
    base_url: &'r str,
}

impl Serialize for ItemsById<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.items.iter().map(|row| {
            let view = MessageView::new(row, self.reader, self.base_url);
            (row.message.id.0.to_string(), view)
        }))
    }
}

impl JsonSchema for ItemsById<'_> {
    fn schema_name() -> Cow<'static, str> {
        "ItemsById".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_or_empty_list::<MessageView<'_>>(generator)
    }
}

/// Kinds, each with a list of items.
struct Overview<'r> {
    kinds: &'r [(SharedKind, SharedItems)],
    reader: &'r Reader,
    base_url: &'r str,
}

impl Serialize for Overview<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.kinds.iter().map(|(kind, items)| {
            let views = items.iter();
            let views = views.map(|row| MessageView::new(row, self.reader, self.base_url));
            (kind.wire(), views.collect::<Vec<_>>())
        }))
    }
}

impl JsonSchema for Overview<'_> {
    fn schema_name() -> Cow<'static, str> {
        "ItemsByKind".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<Vec<MessageView<'_>>>(generator)
    }
}

/// Items of one kind.
///
/// Shape: a map of ids to messages, `[]` if there are none; then also without `X-Chat-Last-Given`.
/// Pinned ones come by the moment of the pin, newest first. Quirk: pinned-pages.
/// Source: chat-extras.md 8.
async fn list(cx: Cx, Participant(at): Participant, form: ListItems) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let mut items = match form.list {
        List::Kind(kind) => {
            chat.shared_items(&at, kind, form.before, form.limit)
                .await?
        }
        List::Pinned => chat.pinned(&at, form.before, form.limit).await?,
        List::Nothing => Vec::new(),
    };
    let Some(last) = items.last().map(|row| row.message.id) else {
        return Ok(Reply::empty(&cx));
    };
    if let List::Kind(_) = form.list {
        items.reverse();
    }
    let view = ItemsById {
        items: &items,
        reader: &reader(&at),
        base_url: &cx.base_url,
    };
    Ok(Reply::ok(&cx, &view).number(LAST_GIVEN, last.0))
}

/// The newest items of each kind.
///
/// Shape: a map of all nine kinds to lists of messages, newest first. Source: chat-extras.md 8.
async fn overview(
    cx: Cx,
    Participant(at): Participant,
    OverviewLimit(limit): OverviewLimit,
) -> Result<Reply, Failure> {
    let kinds = cx.chat().shared_overview(&at, limit).await?;
    let view = Overview {
        kinds: &kinds,
        reader: &reader(&at),
        base_url: &cx.base_url,
    };
    Ok(Reply::ok(&cx, &view))
}
