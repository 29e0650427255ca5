//! The message object. Source: messages.md 2.

use std::borrow::Cow;

use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::chat::pin::Pinned;
use crate::chat::receive::SharedRow;
use crate::chat::rendered::{MessageType, Reader, Rendered, RenderedParent};
use crate::chat::resolved::Resolved;
use crate::model::RichObject;
use crate::ocs::format::Format;
use crate::ocs::shape::{Object, map_of, map_or_empty_list};
use crate::ocs::{Cx, envelope, json, xml};
use crate::store::Thread;

/// A message as JSON or XML, with its parent if it has one.
pub struct MessageView<'m> {
    message: Rendered<'m>,
    base_url: &'m str,
    /// Lists say how the reader reacted.
    in_list: bool,
}

impl<'m> MessageView<'m> {
    /// The same as an entry of a list.
    fn in_list(row: &'m Resolved, reader: &Reader, base_url: &'m str) -> Self {
        Self {
            in_list: true,
            ..Self::new(row, reader, base_url)
        }
    }

    /// In the words for `reader`.
    pub fn new(row: &'m Resolved, reader: &Reader, base_url: &'m str) -> Self {
        Self {
            message: row.render(reader),
            base_url,
            in_list: false,
        }
    }
}

impl MessageView<'_> {
    /// Who wrote it, as an entry of something larger.
    pub fn write_author<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        write_author(map, &self.message)
    }

    /// What it says, likewise.
    pub fn write_text<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        write_text(map, &self.message, self.base_url)
    }

    fn write_own_reactions<M: SerializeMap>(
        &self,
        map: &mut M,
        message: &Rendered<'_>,
    ) -> Result<(), M::Error> {
        if self.in_list && !message.own_reactions.is_empty() {
            map.serialize_entry("reactionsSelf", &message.own_reactions)?;
        }
        Ok(())
    }
}

impl Serialize for MessageView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_message(&mut map, &self.message, self.base_url)?;
        self.write_own_reactions(&mut map, &self.message)?;
        match &self.message.parent {
            RenderedParent::None => {}
            RenderedParent::Gone(id) => {
                map.serialize_entry("parent", &GoneParent { id: id.0 })?;
            }
            RenderedParent::Message(parent) => {
                let parent = ParentView {
                    message: parent,
                    child: self,
                };
                map.serialize_entry("parent", &parent)?;
            }
        }
        map.end()
    }
}

impl JsonSchema for MessageView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape(generator).sometimes::<AnyParent>(&["parent"]).done()
    }
}

/// A message without its parent, or what is left of one.
struct AnyParent;

impl JsonSchema for AnyParent {
    fn schema_name() -> Cow<'static, str> {
        "Parent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let whole = shape(generator).done();
        let gone = Object::new(generator)
            .always::<i64>(&["id"])
            .always::<bool>(&["deleted"])
            .done();
        json_schema!({ "anyOf": [whole, gone] })
    }
}

struct ParentView<'m> {
    message: &'m Rendered<'m>,
    child: &'m MessageView<'m>,
}

impl Serialize for ParentView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_message(&mut map, self.message, self.child.base_url)?;
        self.child.write_own_reactions(&mut map, self.message)?;
        map.end()
    }
}

/// A parent of which only the number is left.
struct GoneParent {
    id: i64,
}

impl Serialize for GoneParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("deleted", &true)?;
        map.end()
    }
}

/// All keys but `parent`, as `write_message` writes them.
fn shape(generator: &mut SchemaGenerator) -> Object<'_> {
    Object::new(generator)
        .always::<i64>(&["id"])
        .always::<String>(&["token", "actorType", "actorId", "actorDisplayName"])
        .always::<i64>(&["timestamp"])
        .always::<String>(&["message"])
        .always::<ParametersView<'_>>(&["messageParameters"])
        .always::<String>(&["systemMessage", "messageType"])
        .always::<bool>(&["isReplyable"])
        .always::<String>(&["referenceId"])
        .always::<ReactionsView<'_>>(&["reactions"])
        .always::<i64>(&["expirationTimestamp"])
        .always::<bool>(&["markdown"])
        .always::<i64>(&["threadId"])
        .sometimes::<bool>(&["isThread", "deleted", "silent"])
        .sometimes::<String>(&[
            "threadTitle",
            "lastEditActorDisplayName",
            "lastEditActorId",
            "lastEditActorType",
        ])
        .sometimes::<i64>(&["threadReplies", "lastEditTimestamp"])
        .sometimes::<PinnedView<'_>>(&["metaData"])
        .sometimes::<Vec<String>>(&["reactionsSelf"])
}

/// All keys but `parent`, in the reference's order.
fn write_message<M: SerializeMap>(
    map: &mut M,
    message: &Rendered<'_>,
    base_url: &str,
) -> Result<(), M::Error> {
    let row = &message.row.message;
    map.serialize_entry("id", &row.id.0)?;
    map.serialize_entry("token", message.row.token.as_str())?;
    write_author(map, message)?;
    map.serialize_entry("timestamp", &row.created_at)?;
    write_text(map, message, base_url)?;
    map.serialize_entry("systemMessage", message.system_message)?;
    map.serialize_entry("messageType", message.message_type.wire())?;
    map.serialize_entry("isReplyable", &message.replyable)?;
    map.serialize_entry("referenceId", &row.reference_id)?;
    map.serialize_entry("reactions", &ReactionsView(message.row))?;
    map.serialize_entry("expirationTimestamp", &row.expires_at.unwrap_or(0))?;
    let markdown = message.message_type != MessageType::System;
    map.serialize_entry("markdown", &markdown)?;
    map.serialize_entry("threadId", &row.thread().0)?;
    if let Some(thread) = &message.row.thread {
        map.serialize_entry("isThread", &true)?;
        map.serialize_entry("threadTitle", &shown_title(thread))?;
        map.serialize_entry("threadReplies", &thread.replies)?;
    }
    if message.message_type == MessageType::CommentDeleted {
        map.serialize_entry("deleted", &true)?;
    }
    if let Some(edit) = &message.row.last_edit {
        map.serialize_entry("lastEditActorDisplayName", &edit.by.name)?;
        map.serialize_entry("lastEditActorId", &edit.by.id)?;
        map.serialize_entry("lastEditActorType", edit.by.kind)?;
        map.serialize_entry("lastEditTimestamp", &edit.at)?;
    }
    if row.silent {
        map.serialize_entry("silent", &true)?;
    }
    if let Some(pinned) = &message.row.pinned {
        map.serialize_entry("metaData", &PinnedView(pinned))?;
    }
    Ok(())
}

/// The title of a thread as clients show it.
pub fn shown_title(thread: &Thread) -> Cow<'_, str> {
    match thread.title.as_str() {
        "" => Cow::Owned(format!("Thread #{}", thread.root.0)),
        title => Cow::Borrowed(title),
    }
}

/// Who pinned it.
struct PinnedView<'m>(&'m Pinned);

impl Serialize for PinnedView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("pinnedActorType", self.0.by.kind)?;
        map.serialize_entry("pinnedActorId", &self.0.by.id)?;
        map.serialize_entry("pinnedActorDisplayName", &self.0.by.name)?;
        map.serialize_entry("pinnedAt", &self.0.at)?;
        if let Some(until) = self.0.until {
            map.serialize_entry("pinnedUntil", &until)?;
        }
        map.end()
    }
}

impl JsonSchema for PinnedView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Pinned".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<String>(&["pinnedActorType", "pinnedActorId", "pinnedActorDisplayName"])
            .always::<i64>(&["pinnedAt"])
            .sometimes::<i64>(&["pinnedUntil"])
            .done()
    }
}

fn write_author<M: SerializeMap>(map: &mut M, message: &Rendered<'_>) -> Result<(), M::Error> {
    map.serialize_entry("actorType", message.author.kind)?;
    map.serialize_entry("actorId", &message.author.id)?;
    map.serialize_entry("actorDisplayName", &message.author.name)
}

fn write_text<M: SerializeMap>(
    map: &mut M,
    message: &Rendered<'_>,
    base_url: &str,
) -> Result<(), M::Error> {
    map.serialize_entry("message", &message.text)?;
    let parameters = ParametersView {
        parameters: message,
        base_url,
    };
    map.serialize_entry("messageParameters", &parameters)
}

/// The most used reactions: emoji to number; an empty map is `{}` here.
struct ReactionsView<'m>(&'m Resolved);

impl Serialize for ReactionsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let used = self.0.most_used_emojis();
        let mut map = serializer.serialize_map(Some(used.len()))?;
        for (emoji, count) in used {
            map.serialize_entry(emoji, &count)?;
        }
        map.end()
    }
}

impl JsonSchema for ReactionsView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "ReactionCounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<i64>(generator)
    }
}

/// Parameters: an empty map is `[]` here.
pub struct ParametersView<'m> {
    parameters: &'m Rendered<'m>,
    base_url: &'m str,
}

impl Serialize for ParametersView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parameters = &self.parameters.parameters;
        if parameters.is_empty() {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        serializer.collect_map(parameters.iter().map(|(name, object)| {
            let object = ObjectView {
                object,
                base_url: self.base_url,
            };
            (name, object)
        }))
    }
}

impl JsonSchema for ParametersView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "MessageParameters".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_or_empty_list::<ObjectView<'_>>(generator)
    }
}

/// An object in a text.
pub struct ObjectView<'m> {
    pub object: &'m RichObject,
    pub base_url: &'m str,
}

impl Serialize for ObjectView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.object.fields {
            // Stored without the host, under which the server is known only when it is asked.
            if key == "icon-url" && value.starts_with('/') {
                map.serialize_entry(key, &format!("{}{value}", self.base_url))?;
            } else {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl JsonSchema for ObjectView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "RichObject".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<String>(generator)
    }
}

/// The whole body of an answer with these rows.
///
/// A single row that looks the same for all is rendered once, and its bytes are shared.
pub fn page_body(cx: &Cx, rows: &[SharedRow], reader: &Reader) -> Bytes {
    match rows {
        [row] if !row.record.concerns(&reader.actor) && !row.record.has_addresses() => {
            row.answer(cx.slot(), || render_page(cx, rows, reader))
        }
        _ => render_page(cx, rows, reader),
    }
}

fn render_page(cx: &Cx, rows: &[SharedRow], reader: &Reader) -> Bytes {
    let mut body = Vec::with_capacity(256 + 640 * rows.len());
    envelope::open(cx.version, cx.format, 200, None, &mut body);
    let views = Rows { cx, rows, reader };
    match cx.format {
        Format::Json => {
            // Views hold strings and numbers only: nothing in them can fail.
            let written = json::write(&views, &mut body);
            debug_assert!(written.is_ok(), "{written:?}");
        }
        Format::Xml => xml::write("data", &views, 1, &mut body),
    }
    envelope::close(cx.format, &mut body);
    body.into()
}

struct Rows<'r> {
    cx: &'r Cx,
    rows: &'r [SharedRow],
    reader: &'r Reader,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.rows
                .iter()
                .map(|row| MessageView::in_list(&row.record, self.reader, &self.cx.base_url)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_purged_parent_two_keys_are_left() {
        let json = serde_json::to_string(&GoneParent { id: 12 }).unwrap();
        assert_eq!(json, r#"{"id":12,"deleted":true}"#);
    }
}
