//! What the fields of an answer and the parameters of a request mean: which of them are ids, and of what, and which are times.
//!
//! The tables follow the rules that come with the recordings. Binding and comparing happen elsewhere.

use serde_json::{Map, Value};

/// A name space of ids: message 12 and poll 12 are two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    Token,
    Room,
    Message,
    Attendee,
    Session,
    Guest,
    Poll,
    Ban,
    Notification,
}

impl Space {
    /// How a report calls an id of this space.
    pub fn name(self) -> &'static str {
        match self {
            Space::Token => "token",
            Space::Room => "room",
            Space::Message => "message",
            Space::Attendee => "attendee",
            Space::Session => "session",
            Space::Guest => "guest",
            Space::Poll => "poll",
            Space::Ban => "ban",
            Space::Notification => "notification",
        }
    }
}

/// What a field of an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An id that the server chose.
    Id(Space),
    /// `guest/` and a guest's id.
    GuestPath,
    /// A token, or a token and a message id with a slash between.
    TokenAndMessage,
    /// A moment in UTC seconds, or written as a date.
    Time,
    /// An event's start and end, with a `#` between; the recording moved them back at a `clock` line.
    Span,
    /// Not compared.
    Ignored,
    /// Anything else: compared as it is, tokens and guests inside of texts replaced.
    Plain,
}

/// Keys that later versions added; a server may send them although the recording does not have them.
pub const LATER_KEYS: [&str; 9] = [
    "threadId",
    "isThread",
    "threadTitle",
    "threadReplies",
    "metaData",
    "lastPinnedId",
    "hiddenPinnedId",
    "hasScheduledMessages",
    "liveTranscriptionLanguageId",
];

/// Meaning of the text or number under `key` of `object`, which itself stands under the keys of `trail`, outermost first.
pub fn of_field(trail: &[String], object: &Map<String, Value>, key: &str) -> Meaning {
    let guest = || match object.get(key).and_then(Value::as_str) {
        Some(id) if is_guest(id) => Meaning::Id(Space::Guest),
        Some(id) if id.strip_prefix("guest/").is_some_and(is_guest) => Meaning::GuestPath,
        _ => Meaning::Plain,
    };
    match key {
        "token" | "roomToken" => Meaning::Id(Space::Token),
        "roomId" => Meaning::Id(Space::Room),
        "messageId" if !object[key].is_number() => Meaning::Plain,
        "lastReadMessage"
        | "lastCommonReadMessage"
        | "messageId"
        | "threadId"
        | "lastMessageId"
        | "lastPinnedId"
        | "hiddenPinnedId" => Meaning::Id(Space::Message),
        "attendeeId" => Meaning::Id(Space::Attendee),
        "sessionId" => Meaning::Id(Space::Session),
        "notification_id" => Meaning::Id(Space::Notification),
        "actorId" | "lastEditActorId" | "moderatorActorId" | "bannedActorId"
        | "bannedDisplayName" | "mention-id" | "mentionId" => guest(),
        "id" => match of_id(trail, object) {
            Some(space) => Meaning::Id(space),
            None => guest(),
        },
        "objectId" if is_made_from_room(object) => Meaning::Id(Space::Token),
        "objectId" if is_event(object) => Meaning::Span,
        "object_id" => Meaning::TokenAndMessage,
        // A reminder's time is one that the client chose, and it was sent as it is.
        "timestamp" if object.contains_key("userId") => Meaning::Plain,
        "timestamp"
        | "lastActivity"
        | "lastPing"
        | "callStartTime"
        | "lobbyTimer"
        | "bannedTime"
        | "lastEditTimestamp"
        | "pinnedAt"
        | "pinnedUntil"
        | "createdAt"
        | "sendAt"
        | "expirationTimestamp"
        | "datetime" => Meaning::Time,
        "avatarVersion" => Meaning::Ignored,
        "subject"
        | "subjectRich"
        | "subjectRichParameters"
        | "message"
        | "messageRich"
        | "messageRichParameters"
            if is_about_server(object) =>
        {
            Meaning::Ignored
        }
        _ => Meaning::Plain,
    }
}

fn is_event(object: &Map<String, Value>) -> bool {
    object.get("objectType").and_then(Value::as_str) == Some("event")
}

/// What an `id` counts, told by the fields beside it and by where the object stands.
fn of_id(trail: &[String], object: &Map<String, Value>) -> Option<Space> {
    let at = |depth: usize| trail.iter().rev().nth(depth).map(String::as_str);
    if is_room(object) {
        return Some(Space::Room);
    }
    let is_thread = object.contains_key("numReplies");
    if is_thread || object.contains_key("messageType") || at(0) == Some("parent") {
        return Some(Space::Message);
    }
    if object.contains_key("question") {
        return Some(Space::Poll);
    }
    if object.contains_key("bannedActorType") {
        return Some(Space::Ban);
    }
    match object.get("type").and_then(Value::as_str) {
        Some("call") if at(1) == Some("subjectRichParameters") => Some(Space::Room),
        Some("call") => Some(Space::Token),
        Some("talk-poll") => Some(Space::Poll),
        _ => None,
    }
}

/// Whether `object` is a conversation as rooms are rendered.
pub fn is_room(object: &Map<String, Value>) -> bool {
    object.contains_key("token") && object.contains_key("participantFlags")
}

/// Rooms that the reference server makes by itself, with texts of its own: the changelog and the sample.
pub fn is_made_by_server(room: &Map<String, Value>) -> bool {
    is_room(room)
        && (room.get("type").and_then(Value::as_i64) == Some(4)
            || room.get("objectType").and_then(Value::as_str) == Some("sample"))
}

fn is_made_from_room(object: &Map<String, Value>) -> bool {
    let kind = object.get("objectType").and_then(Value::as_str);
    matches!(kind, Some("room" | "extended_conversation"))
}

fn is_about_server(object: &Map<String, Value>) -> bool {
    object.contains_key("notification_id")
        && object.get("app").and_then(Value::as_str) != Some("spreed")
}

/// Whether `id` looks like the id of a guest: 40 hex digits.
pub fn is_guest(id: &str) -> bool {
    id.len() == 40
        && id
            .bytes()
            .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
}

/// What a named parameter of a request holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    Id(Space),
    /// A JSON object whose keys are attendee ids.
    AttendeeMap,
    Time,
    /// Anything else: tokens, guests and sessions inside of it are replaced.
    Text,
}

/// Meaning of the query or body parameter `name`, without its brackets.
pub fn of_parameter(name: &str) -> Parameter {
    match name {
        "lastKnownMessageId" | "lastCommonReadId" | "lastReadMessage" | "replyTo" | "threadId" => {
            Parameter::Id(Space::Message)
        }
        "attendeeId" => Parameter::Id(Space::Attendee),
        "attendeeMap" => Parameter::AttendeeMap,
        "timer" | "lobbyTimer" | "modifiedSince" | "pinUntil" | "sendAt" => Parameter::Time,
        _ => Parameter::Text,
    }
}

/// Meaning of the path segment at `index`; `None` if it is no numbered id.
pub fn of_segment(segments: &[&str], index: usize) -> Option<Space> {
    let before = |distance: usize| index.checked_sub(distance).map(|at| segments[at]);
    match (before(3), before(2), before(1)) {
        (_, Some("chat" | "reaction"), Some(_)) => Some(Space::Message),
        (Some("chat"), Some(_), Some("threads")) => Some(Space::Message),
        (Some("bot"), Some(_), Some("reaction")) => Some(Space::Message),
        (Some("poll"), Some(_), Some("draft")) => Some(Space::Poll),
        (_, Some("poll"), Some(_)) => Some(Space::Poll),
        (_, Some("ban"), Some(_)) => Some(Space::Ban),
        (_, _, Some("ring" | "dialout")) => Some(Space::Attendee),
        (_, _, Some("notifications")) => Some(Space::Notification),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meaning(trail: &[&str], object: Value, key: &str) -> Meaning {
        let trail: Vec<String> = trail.iter().map(|&key| key.to_owned()).collect();
        of_field(&trail, object.as_object().expect("an object"), key)
    }

    #[test]
    fn an_id_counts_what_its_object_is() {
        let guest = "guest/0123456789abcdef0123456789abcdef01234567";
        let cases = [
            (
                vec!["data"],
                json!({"id": 1, "token": "t", "participantFlags": 0}),
                Meaning::Id(Space::Room),
            ),
            (
                vec!["data", "0"],
                json!({"id": 1, "messageType": "comment"}),
                Meaning::Id(Space::Message),
            ),
            (
                vec!["parent"],
                json!({"id": 1, "deleted": true}),
                Meaning::Id(Space::Message),
            ),
            (
                vec!["thread"],
                json!({"id": 1, "numReplies": 0}),
                Meaning::Id(Space::Message),
            ),
            (
                vec!["data"],
                json!({"id": 1, "question": "?"}),
                Meaning::Id(Space::Poll),
            ),
            (
                vec!["data"],
                json!({"id": 1, "bannedActorType": "users"}),
                Meaning::Id(Space::Ban),
            ),
            (
                vec!["subjectRichParameters", "call"],
                json!({"id": "1", "type": "call"}),
                Meaning::Id(Space::Room),
            ),
            (
                vec!["messageParameters", "mention-call1"],
                json!({"id": "t", "type": "call"}),
                Meaning::Id(Space::Token),
            ),
            (
                vec!["messageParameters", "object"],
                json!({"id": "1", "type": "talk-poll"}),
                Meaning::Id(Space::Poll),
            ),
            (
                vec!["messageParameters", "actor"],
                json!({"id": guest, "type": "guest"}),
                Meaning::GuestPath,
            ),
            (
                vec!["messageParameters", "actor"],
                json!({"id": "guest/cli", "type": "guest"}),
                Meaning::Plain,
            ),
        ];
        for (trail, object, expected) in cases {
            assert_eq!(meaning(&trail, object.clone(), "id"), expected, "{object}");
        }
    }

    #[test]
    fn a_time_of_the_clients_choice_is_plain() {
        assert_eq!(
            meaning(&[], json!({"timestamp": 5}), "timestamp"),
            Meaning::Time
        );
        assert_eq!(
            meaning(&[], json!({"timestamp": 5, "userId": "alice"}), "timestamp"),
            Meaning::Plain
        );
    }

    #[test]
    fn numbers_in_a_path_are_told_by_what_stands_before() {
        let cases = [
            ("/v1/chat/tok/12", Some(Space::Message)),
            ("/v1/chat/tok/threads/12", Some(Space::Message)),
            ("/v1/reaction/tok/12", Some(Space::Message)),
            ("/v1/bot/tok/reaction/12", Some(Space::Message)),
            ("/v1/bot/tok/12", None),
            ("/v1/poll/tok/12", Some(Space::Poll)),
            ("/v1/poll/tok/draft/12", Some(Space::Poll)),
            ("/v1/ban/tok/12", Some(Space::Ban)),
            ("/v4/call/tok/ring/12", Some(Space::Attendee)),
            ("/v2/notifications/12", Some(Space::Notification)),
            ("/v4/room/tok/12", None),
        ];
        for (path, expected) in cases {
            let segments: Vec<&str> = path.split('/').collect();
            assert_eq!(
                of_segment(&segments, segments.len() - 1),
                expected,
                "{path}"
            );
        }
    }
}
