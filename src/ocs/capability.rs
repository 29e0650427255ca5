//! What this server says it can do in Talk: the `spreed` capability, and the hash by which clients notice a change.
//!
//! It stands here because two façades answer with it. Nothing is listed that does not work yet: clients take a feature
//! that is missing calmly, one that fails they show as an error. Source: server.md 4.

use schemars::JsonSchema;
use serde::Serialize;
use sha1::{Digest, Sha1};

use super::cx::Cx;
use super::json::{self, OrderedMap};
use crate::chat::policy::StartCalls;
use crate::chat::preference::Preferences;
use crate::chat::{Error, MAX_DESCRIPTION_CHARS, MAX_MESSAGE_CHARS};

/// The version of Talk whose interface this is.
pub const TALK_VERSION: &str = "21.1.7";

/// Everything that clients may rely on, in the reference's order.
const FEATURES: &[&str] = &[
    "chat-v2",
    "conversation-v4",
    "guest-signaling",
    "empty-group-room",
    "guest-display-names",
    "multi-room-users",
    "favorites",
    "last-room-activity",
    "no-ping",
    "system-messages",
    "delete-messages",
    "mention-flag",
    "in-call-flags",
    "conversation-call-flags",
    "notification-levels",
    "invite-groups-and-mails",
    "locked-one-to-one-rooms",
    "read-only-rooms",
    "listable-rooms",
    "chat-read-marker",
    "chat-unread",
    "webinary-lobby",
    "start-call-flag",
    "chat-replies",
    "chat-read-status",
    "room-description",
    "rich-object-sharing",
    "temp-user-avatar-api",
    "geo-location-sharing",
    "signaling-v3",
    "publishing-permissions",
    "clear-history",
    "direct-mention-flag",
    "notification-calls",
    "conversation-permissions",
    "reactions",
    "rich-object-list-media",
    "rich-object-delete",
    "unified-search",
    "chat-permission",
    "silent-send",
    "message-expiration",
    "silent-call",
    "send-call-notification",
    "talk-polls",
    "avatar",
    "chat-get-context",
    "single-conversation-status",
    "chat-keep-notifications",
    "typing-privacy",
    "remind-me-later",
    "bots-v1",
    "markdown-messages",
    "session-state",
    "note-to-self",
    "delete-messages-unlimited",
    "edit-messages",
    "silent-send-state",
    "chat-read-last",
    "ban-v1",
    "chat-reference-id",
    "mention-permissions",
    "edit-messages-note-to-self",
    "archived-conversations-v2",
    "talk-polls-drafts",
    "download-call-participants",
    "email-csv-import",
    "conversation-creation-password",
    "call-notification-state-api",
    "edit-draft-poll",
    "conversation-creation-all",
    "important-conversations",
    "unbind-conversation",
    "upcoming-reminders",
    "sensitive-conversations",
    "threads",
    "pinned-messages",
    "scheduled-messages",
];
/// Only advertised when messages can be deleted however old they are.
const DELETE_WITHOUT_LIMIT: &str = "delete-messages-unlimited";
/// Only advertised where there are calls.
const OF_CALLS: [&str; 4] = [
    "silent-call",
    "send-call-notification",
    "download-call-participants",
    "call-notification-state-api",
];

/// Features that belong to the reader's own server. A fixed list: it names what is off, too.
const FEATURES_LOCAL: [&str; 21] = [
    "favorites",
    "chat-read-status",
    "listable-rooms",
    "phonebook-search",
    "temp-user-avatar-api",
    "unified-search",
    "avatar",
    "remind-me-later",
    "note-to-self",
    "archived-conversations-v2",
    "chat-summary-api",
    "call-notification-state-api",
    "schedule-meeting",
    "conversation-creation-all",
    "important-conversations",
    "sip-direct-dialin",
    "dashboard-event-rooms",
    "mutual-calendar-events",
    "upcoming-reminders",
    "sensitive-conversations",
    "scheduled-messages",
];

/// The parts of `config` that belong to the reader's own server. A fixed list, likewise.
const CONFIG_LOCAL: [(&str, &[&str]); 8] = [
    ("attachments", &["allowed", "folder"]),
    (
        "call",
        &[
            "predefined-backgrounds",
            "predefined-backgrounds-v2",
            "can-upload-background",
            "start-without-media",
            "blur-virtual-background",
        ],
    ),
    (
        "chat",
        &[
            "read-privacy",
            "has-translation-providers",
            "has-translation-task-providers",
            "typing-privacy",
            "summary-threshold",
        ],
    ),
    (
        "conversations",
        &["can-create", "list-style", "description-length"],
    ),
    (
        "federation",
        &[
            "enabled",
            "incoming-enabled",
            "outgoing-enabled",
            "only-trusted-servers",
        ],
    ),
    ("previews", &["max-gif-size"]),
    ("signaling", &["session-ping-limit", "hello-v2-token-key"]),
    ("experiments", &["enabled"]),
];

const CALL_REACTIONS: [&str; 12] = [
    "❤️", "🎉", "👏", "👋", "👍", "👎", "🔥", "😂", "🤩", "🤔", "😲", "😥",
];

/// The `spreed` capability of one caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    features: Vec<&'static str>,
    features_local: &'static [&'static str],
    config: Config,
    config_local: OrderedMap<'static, &'static str, &'static [&'static str]>,
    version: &'static str,
}

/// Every section is a map with at least one entry: clients cannot read an empty list in its place.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Config {
    attachments: Attachments,
    call: Call,
    chat: Chat,
    conversations: Conversations,
    federation: Federation,
    previews: Previews,
    signaling: Signaling,
    experiments: Experiments,
}

/// There are no files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Attachments {
    allowed: bool,
    /// Absent until it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
}

/// Calls without media, if at all. Numbers stay numbers and lists lists: clients read all of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Call {
    enabled: bool,
    breakout_rooms: bool,
    recording: bool,
    recording_consent: i64,
    supported_reactions: &'static [&'static str],
    can_upload_background: bool,
    sip_enabled: bool,
    sip_dialout_enabled: bool,
    can_enable_sip: bool,
    start_without_media: bool,
    max_duration: i64,
    blur_virtual_background: bool,
    end_to_end_encryption: bool,
    predefined_backgrounds: [&'static str; 0],
    #[serde(rename = "predefined-backgrounds-v2")]
    predefined_backgrounds_v2: [&'static str; 0],
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Chat {
    max_length: usize,
    /// 0: public, 1: private.
    read_privacy: i64,
    has_translation_providers: bool,
    has_translation_task_providers: bool,
    /// 0: public, 1: private.
    typing_privacy: i64,
    summary_threshold: i64,
}

/// Retention in days; 0: for ever.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Conversations {
    can_create: bool,
    force_passwords: bool,
    list_style: &'static str,
    description_length: usize,
    retention_event: i64,
    retention_phone: i64,
    retention_instant_meetings: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Federation {
    enabled: bool,
    incoming_enabled: bool,
    outgoing_enabled: bool,
    only_trusted_servers: bool,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Previews {
    max_gif_size: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Signaling {
    session_ping_limit: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Experiments {
    enabled: i64,
}

/// What the capability depends on.
#[derive(Debug, Clone)]
struct Circumstances {
    can_create: bool,
    read_private: bool,
    typing_private: bool,
    delete_without_limit: bool,
    force_passwords: bool,
    session_ping_limit: i64,
    calls: bool,
    /// Seconds; 0: no limit.
    max_call_secs: i64,
    /// Days; 0: for ever.
    retention_event: i64,
    /// Days; 0: for ever.
    retention_instant_meetings: i64,
    preferences: Preferences,
}

impl Capabilities {
    /// What the caller may rely on.
    pub async fn of(cx: &Cx) -> Result<Self, Error> {
        let user = cx.caller.user.as_ref();
        let preferences = match user {
            Some(user) => Preferences::clone(&*cx.chat().preferences(user).await?),
            None => Preferences::NONE,
        };
        let policy = cx.chat().policy();
        Ok(Self::under(Circumstances {
            can_create: user.is_some() && cx.allowance.create_rooms,
            read_private: user.is_some_and(|user| user.read_private),
            typing_private: user.is_some_and(|user| user.typing_private),
            delete_without_limit: cx.chat().limits().delete_age_secs.is_none(),
            force_passwords: policy.force_passwords,
            session_ping_limit: policy.session_ping_limit,
            calls: policy.start_calls != StartCalls::Nobody,
            max_call_secs: policy.max_call_secs.unwrap_or(0),
            retention_event: policy.retention_event_days.unwrap_or(0),
            retention_instant_meetings: policy.retention_meeting_days.unwrap_or(0),
            preferences,
        }))
    }

    fn under(so: Circumstances) -> Self {
        let features = FEATURES
            .iter()
            .filter(|feature| **feature != DELETE_WITHOUT_LIMIT || so.delete_without_limit)
            .filter(|feature| so.calls || !OF_CALLS.contains(feature));
        Self {
            features: features.copied().collect(),
            features_local: &FEATURES_LOCAL,
            config: Config::under(so),
            config_local: OrderedMap(&CONFIG_LOCAL),
            version: TALK_VERSION,
        }
    }
}

impl Config {
    fn under(so: Circumstances) -> Self {
        Self {
            attachments: Attachments {
                allowed: false,
                folder: so.preferences.attachment_folder,
            },
            call: Call {
                enabled: so.calls,
                breakout_rooms: false,
                recording: false,
                recording_consent: 0,
                supported_reactions: &CALL_REACTIONS,
                can_upload_background: false,
                sip_enabled: false,
                sip_dialout_enabled: false,
                can_enable_sip: false,
                start_without_media: so.preferences.start_without_media,
                max_duration: so.max_call_secs,
                blur_virtual_background: so.preferences.blur_background,
                end_to_end_encryption: false,
                predefined_backgrounds: [],
                predefined_backgrounds_v2: [],
            },
            chat: Chat {
                max_length: MAX_MESSAGE_CHARS,
                read_privacy: i64::from(so.read_private),
                has_translation_providers: false,
                has_translation_task_providers: false,
                typing_privacy: i64::from(so.typing_private),
                summary_threshold: 100,
            },
            conversations: Conversations {
                can_create: so.can_create,
                force_passwords: so.force_passwords,
                list_style: if so.preferences.compact_list {
                    "compact"
                } else {
                    "two-lines"
                },
                description_length: MAX_DESCRIPTION_CHARS,
                retention_event: so.retention_event,
                retention_phone: 0,
                retention_instant_meetings: so.retention_instant_meetings,
            },
            federation: Federation {
                enabled: false,
                incoming_enabled: false,
                outgoing_enabled: false,
                only_trusted_servers: true,
            },
            previews: Previews {
                max_gif_size: 3_145_728,
            },
            signaling: Signaling {
                session_ping_limit: so.session_ping_limit,
            },
            experiments: Experiments { enabled: 0 },
        }
    }
}

/// What `X-Nextcloud-Talk-Hash` carries: 40 hex digits that change when the caller's capability or the theme does. Of one conversation
/// clients get the hash of the capability alone, which is another value.
pub async fn talk_hash(cx: &Cx) -> Result<String, Error> {
    let branding = cx.app.branding.version();
    Ok(digest(&(
        TALK_VERSION,
        Capabilities::of(cx).await?,
        branding,
    )))
}

/// 40 hex digits that stand for an answer.
pub fn digest<T: Serialize>(value: &T) -> String {
    let mut text = Vec::with_capacity(4096);
    if let Err(error) = json::write(value, &mut text) {
        tracing::error!(%error, "a capability could not be written");
    }
    hex::encode(Sha1::digest(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ALICE: Circumstances = Circumstances {
        can_create: true,
        read_private: false,
        typing_private: false,
        delete_without_limit: false,
        force_passwords: false,
        session_ping_limit: 200,
        calls: false,
        max_call_secs: 0,
        retention_event: 0,
        retention_instant_meetings: 0,
        preferences: Preferences::NONE,
    };

    fn written(so: Circumstances) -> Value {
        serde_json::to_value(Capabilities::under(so)).expect("plain data")
    }

    #[test]
    fn no_section_of_the_config_is_empty_or_a_list() {
        let capability = written(ALICE);
        let config = capability["config"].as_object().expect("a map");
        assert_eq!(config.len(), 8);
        for (name, section) in config {
            assert!(
                section
                    .as_object()
                    .is_some_and(|section| !section.is_empty()),
                "{name}"
            );
        }
    }

    #[test]
    fn the_names_are_those_that_clients_read() {
        let capability = written(ALICE);
        for (path, value) in [
            ("/version", json!("21.1.7")),
            ("/config/attachments", json!({ "allowed": false })),
            ("/config/call/predefined-backgrounds-v2", json!([])),
            ("/config/call/end-to-end-encryption", json!(false)),
            ("/config/call/recording-consent", json!(0)),
            ("/config/chat/max-length", json!(32_000)),
            ("/config/chat/has-translation-task-providers", json!(false)),
            ("/config/conversations/retention-instant-meetings", json!(0)),
            ("/config/signaling", json!({ "session-ping-limit": 200 })),
            ("/config-local/previews", json!(["max-gif-size"])),
            ("/features-local/0", json!("favorites")),
        ] {
            assert_eq!(capability.pointer(path), Some(&value), "{path}");
        }
    }

    #[test]
    fn it_follows_the_caller_and_the_settings() {
        let private = Circumstances {
            read_private: true,
            typing_private: true,
            ..ALICE
        };
        let chat = &written(private)["config"]["chat"];
        assert_eq!(
            (&chat["read-privacy"], &chat["typing-privacy"]),
            (&json!(1), &json!(1))
        );
        let visitor = Circumstances {
            can_create: false,
            ..ALICE
        };
        assert_eq!(
            written(visitor)["config"]["conversations"]["can-create"],
            json!(false)
        );
        let generous = Circumstances {
            delete_without_limit: true,
            ..ALICE
        };
        let has = |so| {
            let features = written(so)["features"].clone();
            let features = features.as_array().cloned().unwrap_or_default();
            features.contains(&json!("delete-messages-unlimited"))
        };
        assert!(has(generous));
        assert!(!has(ALICE));
    }

    #[test]
    fn the_hash_changes_with_what_it_stands_for() {
        let private = Circumstances {
            typing_private: true,
            ..ALICE
        };
        let [one, again, other] =
            [ALICE, ALICE, private].map(|so| digest(&Capabilities::under(so)));
        assert_eq!(one.len(), 40);
        assert_eq!(one, again);
        assert_ne!(one, other);
    }
}
