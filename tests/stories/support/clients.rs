//! The official clients as the server sees them: the headers they send, how they send what they change, which fields
//! they read without a default, and what none of them bears: a 401. Source: ocs.md 4.2, 12; server.md 3, 5, 22.

use serde_json::Value;

use super::{Actor, Answer, Request, TestServer};

/// What a client reads of a conversation.
pub const ROOM: &str = "id:int token:text type:int name:text displayName:text description:text objectType:text \
    objectId:text participantType:int participantFlags:int readOnly:int hasPassword:flag hasCall:flag callStartTime:int \
    callRecording:int callFlag:int canStartCall:flag lastActivity:int lastReadMessage:int unreadMessages:int \
    unreadMention:flag unreadMentionDirect:flag isFavorite:flag isArchived:flag isImportant:flag isSensitive:flag \
    canLeaveConversation:flag canDeleteConversation:flag notificationLevel:int notificationCalls:int lobbyState:int \
    lobbyTimer:int lastPing:int sessionId:text sipEnabled:int canEnableSIP:flag attendeePin:text actorType:text \
    actorId:text attendeeId:int permissions:int attendeePermissions:int callPermissions:int defaultPermissions:int \
    lastCommonReadMessage:int listable:int messageExpiration:int mentionPermissions:int avatarVersion:text \
    isCustomAvatar:flag breakoutRoomMode:int breakoutRoomStatus:int recordingConsent:int";

/// What a client reads of a message.
pub const MESSAGE: &str = "id:int token:text actorType:text actorId:text actorDisplayName:text timestamp:int \
    message:text messageParameters:bag systemMessage:text messageType:text isReplyable:flag referenceId:text \
    reactions:map expirationTimestamp:int markdown:flag threadId:int";

/// What a client reads of a participant.
pub const PARTICIPANT: &str = "roomToken:text inCall:int lastPing:int sessionIds:list participantType:int \
    attendeeId:int actorId:text actorType:text displayName:text permissions:int attendeePermissions:int attendeePin:text";

/// What a client reads of what somebody is told.
pub const NOTIFICATION: &str = "notification_id:int app:text user:text datetime:text object_type:text object_id:text \
    subject:text message:text link:text subjectRich:text subjectRichParameters:bag messageRich:text \
    messageRichParameters:bag icon:text shouldNotify:flag actions:list";

/// What clients read of the account that has logged in; the last line is nc_py_api's.
pub const ACCOUNT: &str = "id:text displayname:text display-name:text groups:list language:text locale:text quota:map \
    email:text? enabled:flag lastLogin:int \
    backend:text additional_mail:list phone:text address:text website:text twitter:text fediverse:text \
    organisation:text role:text headline:text biography:text profile_enabled:text notify_email:text? \
    backendCapabilities:map";

/// What Android reads of the theme.
pub const THEME: &str = "name:text url:text slogan:text color:text color-text:text color-element:text \
    color-element-bright:text color-element-dark:text logo:text background:text background-plain:flag \
    background-default:flag";

/// Where preferences and settings of signaling are.
pub const SIGNALING: &str = "signalingMode:text userId:text hideWarning:flag server:text ticket:text \
    helloAuthParams:map stunservers:list turnservers:list sipDialinInfo:text";

/// Which client it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Android,
    Ios,
    Desktop,
    /// In a browser, with its cookies.
    Web,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Android, Self::Ios, Self::Desktop, Self::Web];

    /// What it calls itself.
    pub fn user_agent(self) -> &'static str {
        match self {
            Self::Android => "Mozilla/5.0 (Android) Nextcloud-Talk v21.1.0",
            Self::Ios => "Mozilla/5.0 (iOS) Nextcloud-Talk v21.1.0",
            Self::Desktop => "Mozilla/5.0 (Linux) Nextcloud-Talk v1.2.4",
            Self::Web => "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        }
    }
}

/// A client that somebody uses.
pub struct Device {
    pub actor: Actor,
    pub kind: Kind,
    pub origin: String,
    /// What a browser's page proves itself with.
    pub request_token: Option<String>,
}

impl TestServer {
    /// A client with these credentials, or with none yet.
    pub fn device(&self, kind: Kind, credentials: Option<(&str, &str)>) -> Device {
        Device {
            actor: self.actor(credentials),
            kind,
            origin: format!("http://{}", self.address()),
            request_token: None,
        }
    }
}

impl Device {
    /// A request with the headers of this client.
    pub fn asks(&self, method: &str, path: &str) -> Request {
        let request = self
            .actor
            .request(method, path)
            .header("user-agent", self.kind.user_agent());
        let axios = "application/json, text/plain, */*";
        match self.kind {
            Kind::Android | Kind::Ios => request,
            Kind::Desktop => request
                .header("accept", axios)
                .header("origin", &self.origin),
            Kind::Web => {
                let request = request
                    .without_header("ocs-apirequest")
                    .header("accept", axios)
                    .header("x-requested-with", "XMLHttpRequest")
                    .header("sec-fetch-site", "same-origin");
                match &self.request_token {
                    Some(token) => request.header("requesttoken", token),
                    None => request,
                }
            }
        }
    }

    /// Reads; the client bears every answer but a 401.
    pub async fn gets(&self, path: &str) -> Answer {
        let answer = self.asks("GET", path).send().await;
        assert_ne!(answer.status, 401, "GET {path}: {}", answer.text);
        answer
    }

    /// Reads what must be there.
    pub async fn reads(&self, path: &str) -> Answer {
        let answer = self.gets(path).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer
    }

    /// Sends in the way of this client: forms from phones, JSON from the others.
    pub async fn sends(&self, method: &str, path: &str, fields: &[(&str, Value)]) -> Answer {
        let answer = self.filled(method, path, fields).send().await;
        assert_ne!(answer.status, 401, "{method} {path}: {}", answer.text);
        answer
    }

    /// What `sends` sends.
    pub fn filled(&self, method: &str, path: &str, fields: &[(&str, Value)]) -> Request {
        let request = self.asks(method, path);
        if fields.is_empty() {
            return request;
        }
        if matches!(self.kind, Kind::Desktop | Kind::Web) {
            let all = fields.iter().cloned();
            return request.json(&all.map(|(name, value)| (name.to_owned(), value)).collect());
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in fields {
            match value {
                Value::Array(items) => {
                    let each = items.iter().map(|item| (format!("{name}[]"), plain(item)));
                    pairs.extend(each);
                }
                one => pairs.push(((*name).to_owned(), plain(one))),
            }
        }
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        request.form(&pairs)
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Asserts that all these fields are there with values of their kinds; after `?` null is one, too. A `bag` is a map that
/// is an empty list when it is empty.
#[track_caller]
pub fn expect_fields(value: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        let (name, kind) = field.split_once(':').expect("a name and a kind");
        let Some(found) = value.get(name) else {
            panic!("{name} is missing in {value}");
        };
        let fits = match kind.trim_end_matches('?') {
            "int" => found.is_i64(),
            "text" => found.is_string(),
            "flag" => found.is_boolean(),
            "list" => found.is_array(),
            "map" => found.is_object(),
            "bag" => found.is_object() || found.as_array().is_some_and(Vec::is_empty),
            other => panic!("{other} is no kind"),
        };
        let fits = fits || (kind.ends_with('?') && found.is_null());
        assert!(fits, "{name} should be {kind}, it is {found}");
    }
}

/// Asserts what all clients need of the capabilities of somebody who has logged in.
#[track_caller]
pub fn expect_capabilities(data: &Value) {
    expect_fields(
        &data["version"],
        "major:int minor:int micro:int string:text edition:text extendedSupport:flag",
    );
    assert!(data["version"]["major"].as_i64() >= Some(27));
    let all = &data["capabilities"];
    expect_fields(&all["theming"], THEME);
    expect_talk(&all["spreed"]);
    expect_fields(&all["core"], "pollinterval:int webdav-root:text");
    let regular = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string))
    };
    assert!(regular(&all["notifications"]["ocs-endpoints"]), "{all}");
    for (part, flags) in [(
        "user_status",
        "enabled:flag restore:flag supports_emoji:flag",
    )] {
        if !all[part].is_null() {
            expect_fields(&all[part], flags);
        }
    }
    if let Some(api) = all.get("provisioning_api") {
        expect_fields(api, "version:text AccountPropertyScopesVersion:int");
    }
}

/// Asserts what all clients need of Talk's own capabilities.
#[track_caller]
pub fn expect_talk(spreed: &Value) {
    let features = spreed["features"].as_array().expect("features");
    for needed in ["conversation-v4", "chat-v2", "signaling-v3"] {
        assert!(
            features.iter().any(|feature| feature == needed),
            "{needed} in {features:?}"
        );
    }
    let version = spreed["version"].as_str().expect("a version");
    let major: u32 = version
        .split('.')
        .next()
        .unwrap()
        .parse()
        .expect("a number");
    assert!(major >= 17, "{version}");
    let config = spreed["config"].as_object().expect("config");
    for (name, section) in config {
        assert!(section.is_object(), "config.{name} is {section}");
    }
    let config = &spreed["config"];
    expect_fields(&config["attachments"], "allowed:flag");
    expect_fields(
        &config["call"],
        "enabled:flag recording:flag recording-consent:int supported-reactions:list",
    );
    expect_fields(
        &config["chat"],
        "max-length:int read-privacy:int has-translation-providers:flag typing-privacy:int",
    );
    expect_fields(
        &config["conversations"],
        "can-create:flag force-passwords:flag",
    );
    expect_fields(
        &config["federation"],
        "enabled:flag incoming-enabled:flag outgoing-enabled:flag",
    );
    expect_fields(&config["previews"], "max-gif-size:int");
    expect_fields(&config["signaling"], "session-ping-limit:int");
    expect_fields(spreed, "features-local:list config-local:map");
}
