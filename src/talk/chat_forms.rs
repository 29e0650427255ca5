//! Parameters of the chat endpoints. Source: chat.md 2.1, 3.1, 4.1, 6.2.

use std::time::Duration;

use crate::chat::message::{Draft, ReferenceId, Share};
use crate::chat::receive::{History, Wait};
use crate::chat::rich::MetaValue;
use crate::http::form::{BadField, Fields};
use crate::model::MessageId;
use crate::ocs::Form;

/// Rows per page: default and maximum.
const LIMIT: (u32, u32) = (100, 200);
/// Rows around a message: default and maximum.
const CONTEXT_LIMIT: (u32, u32) = (50, 100);
/// Seconds to wait by default.
const TIMEOUT_SECS: i64 = 30;

/// Reading a room.
#[derive(Debug, Clone, Copy)]
pub enum Receive {
    History(History),
    Wait(Wait),
}

/// `Receive`, and whether the session is to be kept alive by it.
#[derive(Debug, Clone, Copy)]
pub struct ReceiveMessages {
    pub receive: Receive,
    pub keeps_alive: bool,
    /// What the caller was told about this conversation is settled.
    pub settles: bool,
}

impl Form for ReceiveMessages {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let waits = fields.int("lookIntoFuture")? != 0;
        let last_known = MessageId(fields.int_or("lastKnownMessageId", 0));
        let include_last_known = fields.int_or("includeLastKnown", 0) != 0;
        let limit = limit(fields, LIMIT);
        let thread = thread(fields);
        let last_common_read = MessageId(fields.int_or("lastCommonReadId", 0));
        let receive = if waits {
            let seconds = fields.int_or("timeout", TIMEOUT_SECS);
            Receive::Wait(Wait {
                last_known,
                include_last_known,
                limit,
                thread,
                last_common_read,
                timeout: Duration::from_secs(u64::try_from(seconds).unwrap_or(0)),
                set_read_marker: fields.int_or("setReadMarker", 1) == 1,
            })
        } else {
            Receive::History(History {
                last_known,
                include_last_known,
                limit,
                thread,
                last_common_read,
            })
        };
        Ok(Self {
            receive,
            keeps_alive: fields.int_or("noStatusUpdate", 0) == 0,
            settles: waits && fields.int_or("markNotificationsAsRead", 1) != 0,
        })
    }
}

/// The chain to which reading is restricted; 0 and less: none.
fn thread(fields: &Fields) -> MessageId {
    MessageId(fields.int_or("threadId", 0).max(0))
}

/// A number of rows; 0 and less mean the default.
pub(super) fn limit(fields: &Fields, (default, maximum): (u32, u32)) -> u32 {
    match fields.int_or("limit", i64::from(default)) {
        // Quirk: limit-zero.
        ..=0 => default,
        wanted => u32::try_from(wanted).unwrap_or(maximum).min(maximum),
    }
}

/// The message that a path names.
#[derive(Debug, Clone, Copy)]
pub struct MessagePath(pub MessageId);

impl Form for MessagePath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("messageId").map(|id| Self(MessageId(id)))
    }
}

/// A message and how many rows around it.
#[derive(Debug, Clone, Copy)]
pub struct AroundMessage {
    pub message: MessageId,
    pub limit: u32,
    pub thread: MessageId,
}

impl Form for AroundMessage {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            limit: limit(fields, CONTEXT_LIMIT),
            thread: thread(fields),
        })
    }
}

/// Another text for a message.
pub struct NewText {
    pub message: MessageId,
    pub text: String,
}

impl Form for NewText {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            text: fields.text("message")?,
        })
    }
}

impl Form for Draft {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            text: fields.text("message")?,
            reply_to: MessageId(fields.int_or("replyTo", 0)),
            thread: MessageId(fields.int_or("threadId", 0)),
            thread_title: fields.text_or("threadTitle", "")?,
            reference_id: ReferenceId::cut(&fields.text_or("referenceId", "")?),
            silent: fields.flag_or("silent", false),
            display_name: fields.optional_text("actorDisplayName")?,
        })
    }
}

impl Form for Share {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            object_type: fields.text("objectType")?,
            object_id: fields.text("objectId")?,
            meta: meta_data(&fields.text_or("metaData", "")?),
            thread: MessageId(fields.int_or("threadId", 0)),
            reference_id: ReferenceId::cut(&fields.text_or("referenceId", "")?),
            display_name: fields.optional_text("actorDisplayName")?,
        })
    }
}

/// A JSON object or list as pairs; anything else is empty. A list's keys are its numbers.
fn meta_data(text: &str) -> Vec<(String, MetaValue)> {
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => MetaValue::Text(text),
        _ => MetaValue::Other,
    };
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(map)) => map
            .into_iter()
            .map(|(key, item)| (key, value(item)))
            .collect(),
        Ok(serde_json::Value::Array(list)) => {
            let numbered = list.into_iter().enumerate();
            numbered
                .map(|(number, item)| (number.to_string(), value(item)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A read marker to set; without one, the last message.
#[derive(Debug, Clone, Copy)]
pub struct MarkRead(pub Option<i64>);

impl Form for MarkRead {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(fields.optional_int("lastReadMessage")))
    }
}
