//! Refusals in OCS words: every variant of the domain's errors has its status and data here.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::chat::bot::BotRefusal;
use crate::chat::invitation::{ImportRefusal, ImportReport};
use crate::chat::user_status::StatusRefusal;
use crate::chat::{AccountRefusal, Error};
use crate::http::form::BadField;

/// Why a handler does not answer with data.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Domain(#[from] Error),
    /// A parameter is missing or has the wrong type.
    #[error("parameter {}", .0.0)]
    BadField(#[from] BadField),
    /// The account is no administrator; the text says which kind is needed.
    #[error("{0}")]
    NotAllowed(&'static str),
}

impl From<AccountRefusal> for Failure {
    fn from(refusal: AccountRefusal) -> Self {
        Self::Domain(refusal.into())
    }
}

/// The data of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// `[]`: the gate refused.
    Empty,
    /// `null`: the status says it all.
    Null,
    /// `{"error": word}`.
    Word(String),
    /// `{"error": word, "message": text}`.
    Explained {
        error: &'static str,
        message: &'static str,
    },
    /// `{"message": text}`.
    Message(&'static str),
    /// A list of addresses that is not taken.
    Import(Box<ImportRefusal>),
    /// `{"data": {"message": text}}`.
    NestedMessage(&'static str),
    /// The session that is in the way.
    Session {
        id: String,
        in_call: i64,
        last_ping: i64,
    },
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Word<'w> {
            error: &'w str,
        }
        #[derive(Serialize)]
        struct Explained<'w> {
            error: &'w str,
            message: &'w str,
        }
        #[derive(Serialize)]
        struct Message<'w> {
            message: &'w str,
        }
        #[derive(Serialize)]
        struct Import<'w> {
            error: &'w str,
            message: &'w str,
            #[serde(flatten)]
            counts: Option<ImportCounts<'w>>,
        }
        #[derive(Serialize)]
        struct Nested<'w> {
            data: Message<'w>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Session<'w> {
            session_id: &'w str,
            in_call: i64,
            last_ping: i64,
        }
        match self {
            Self::Empty => serializer.collect_seq(std::iter::empty::<()>()),
            Self::Null => serializer.serialize_unit(),
            Self::Word(error) => Word { error }.serialize(serializer),
            Self::Explained { error, message } => {
                Explained { error, message }.serialize(serializer)
            }
            Self::Message(message) => Message { message }.serialize(serializer),
            Self::Import(refusal) => Import {
                error: refusal.flaw.wire().0,
                message: refusal.flaw.wire().1,
                counts: refusal.report.as_ref().map(ImportCounts::of),
            }
            .serialize(serializer),
            Self::NestedMessage(message) => Nested {
                data: Message { message },
            }
            .serialize(serializer),
            Self::Session {
                id,
                in_call,
                last_ping,
            } => Session {
                session_id: id,
                in_call: *in_call,
                last_ping: *last_ping,
            }
            .serialize(serializer),
        }
    }
}

impl JsonSchema for Data {
    fn schema_name() -> Cow<'static, str> {
        "Why".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "array", "maxItems": 0 },
                { "type": "null" },
                // One word, sometimes explained, sometimes with what came of it nevertheless.
                { "type": "object", "properties": { "error": { "type": "string" } }, "required": ["error"], "additionalProperties": true },
                { "type": "object", "properties": { "message": { "type": "string" } }, "required": ["message"] },
                { "type": "object", "properties": { "data": { "type": "object" } }, "required": ["data"] },
                {
                    "type": "object",
                    "properties": {
                        "sessionId": { "type": "string" },
                        "inCall": { "type": "integer" },
                        "lastPing": { "type": "integer" },
                    },
                    "required": ["sessionId", "inCall", "lastPing"],
                },
            ],
        })
    }
}

/// What inviting a list of addresses comes to. Source: conversations.md 3.14.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportCounts<'r> {
    invites: usize,
    duplicates: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<usize>,
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    invalid_lines: &'r [u64],
    r#type: i64,
}

impl<'r> ImportCounts<'r> {
    /// Of a report.
    pub fn of(report: &'r ImportReport) -> Self {
        Self {
            invites: report.invites,
            duplicates: report.duplicates,
            invalid: Some(report.invalid_lines.len()).filter(|count| *count > 0),
            invalid_lines: &report.invalid_lines,
            r#type: report.kind.wire(),
        }
    }
}

/// A refusal as it goes into the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The internal status of ocs.md 3.2.
    pub status: u16,
    pub message: String,
    pub data: Data,
}

/// What an unknown route says. The reference's own text, line break included.
pub const UNKNOWN_ROUTE: &str = "Invalid query, please check the syntax. API specifications are here: \
    http://www.freedesktop.org/wiki/Specifications/open-collaboration-services.\n";

impl Refusal {
    fn new(status: u16, message: &str, data: Data) -> Self {
        Self {
            status,
            message: message.to_owned(),
            data,
        }
    }

    fn empty(status: u16) -> Self {
        Self::new(status, "", Data::Empty)
    }

    fn null(status: u16) -> Self {
        Self::new(status, "", Data::Null)
    }

    fn word(status: u16, word: &str) -> Self {
        Self::new(status, "", Data::Word(word.to_owned()))
    }

    /// The refusal of a failure.
    pub fn of(failure: &Failure) -> Self {
        match failure {
            // Quirk: missing-parameter.
            Failure::BadField(BadField(name)) => Self::word(400, name),
            Failure::NotAllowed(message) => Self::new(403, message, Data::Empty),
            Failure::Domain(error) => of_domain(error),
        }
    }
}

fn of_domain(error: &Error) -> Refusal {
    match error {
        Error::LoginOver => Refusal::new(997, "Unauthorised", Data::Empty),
        Error::NotLoggedIn => Refusal::new(997, "Current user is not logged in", Data::Empty),
        Error::RoomNotFound => Refusal::empty(404),
        Error::Banned | Error::NotModerator | Error::ReadOnly | Error::PermissionMissing => {
            Refusal::empty(403)
        }
        Error::TalkForbidden => Refusal::new(403, &error.to_string(), Data::Empty),
        Error::LobbyActive => Refusal::empty(412),

        Error::EmptyMessage => Refusal::word(400, "message"),
        Error::MessageTooLong { .. } => Refusal::word(413, "message"),
        Error::ParentNotFound => Refusal::word(400, "reply-to"),
        Error::TooManyMentions => Refusal::word(429, "mentions"),
        Error::MessageNotFound => Refusal::word(404, "message"),
        Error::NotYourMessage => Refusal::word(403, "permission"),
        Error::NotChangeable => Refusal::word(405, "message"),
        Error::TooOldToChange => Refusal::word(400, "age"),
        Error::HistoryStays => Refusal::null(403),
        Error::ReactionNotFound | Error::NoticeNotFound => Refusal::null(404),
        Error::TooManyNotices | Error::InvalidPreference => Refusal::empty(400),
        Error::NotReactable => Refusal::null(400),
        Error::PollNotFound => Refusal::word(404, "poll"),
        Error::NotYourPoll => Refusal::word(403, "poll"),
        Error::NoSummaries => Refusal::word(400, "ai-error"),
        Error::ReminderNotFound => Refusal::word(404, "reminder"),
        Error::NoSuchProvider => Refusal::word(404, "provider"),
        Error::ThreadNotFound => Refusal::word(404, "thread"),
        Error::NothingScheduled => Refusal::word(404, "actor"),
        Error::TooManyScheduled => Refusal::word(429, "schedule"),
        Error::InvalidObject => Refusal::word(400, "object"),
        Error::InvalidLink => Refusal::word(400, "link"),

        Error::Invalid(what) => Refusal::word(400, what.wire()),
        Error::OnlyLeaving
        | Error::RoleUnchangeable
        | Error::InvalidSetting
        | Error::NotInCall
        | Error::NoCall => Refusal::null(400),
        Error::InviteNotFound => Refusal::word(404, "invite"),
        Error::InviteForbidden => Refusal::word(403, "invite"),
        Error::NewParticipantNotFound => Refusal::word(404, "new-participant"),
        Error::ParticipantNotFound => Refusal::word(404, "participant"),
        Error::TooManyBans => Refusal::word(429, "bans"),
        Error::TooManyGuests => Refusal::word(429, "guests"),
        Error::TargetNotFound | Error::NotJoinable => Refusal::null(404),
        Error::ActOnSelf | Error::GuestsSeeNobody | Error::NotAGuest => Refusal::null(403),
        Error::BannedFromJoining => Refusal::word(403, "ban"),
        Error::OwnerProtected => Refusal::word(403, "owner"),
        Error::WrongRoomPassword => Refusal::word(403, "password"),
        Error::CreationForbidden => Refusal::word(403, "permissions"),
        Error::ModeratorUnchangeable => Refusal::word(403, "moderator"),
        Error::PasswordRefused(reason) => Refusal::new(
            400,
            "",
            Data::Explained {
                error: "password",
                message: reason,
            },
        ),
        Error::PasswordNotRemovable(reason) => Refusal::new(
            400,
            "",
            Data::Explained {
                error: "value",
                message: reason,
            },
        ),
        Error::SettingProtected => {
            Refusal::new(403, "", Data::NestedMessage("The given key can not be set"))
        }
        Error::AvatarRefused(reason) => Refusal::new(400, "", Data::Message(reason)),
        Error::PictureUnreadable(reason) => Refusal::new(400, "", Data::NestedMessage(reason)),
        Error::AccountNotFound => Refusal::empty(404),
        Error::ProfileOff => Refusal::null(400),
        Error::NoTranslations => {
            Refusal::new(412, "", Data::Message("No translation provider available"))
        }
        Error::InvitationVoid => Refusal::null(403),
        Error::ImportRefused(refusal) => Refusal::new(400, "", Data::Import(refusal.clone())),
        Error::TooManySignals => Refusal::null(429),
        Error::NoSession => Refusal::null(404),
        Error::InCallElsewhere(session) => Refusal::new(
            409,
            "",
            Data::Session {
                id: session.id.0.clone(),
                in_call: session.in_call.0,
                last_ping: session.last_ping_at,
            },
        ),
        Error::NotConfigured => Refusal::word(412, "config"),
        Error::FederationOff => Refusal::word(501, "federation"),
        Error::TelephonyOff => Refusal::word(501, "sip"),

        Error::AppPassword(refusal) => Refusal::new(403, &refusal.to_string(), Data::Empty),
        Error::ConfirmationNeeded => Refusal::new(403, &error.to_string(), Data::Empty),
        Error::WrongPassword | Error::Flow(_) => Refusal::empty(403),
        Error::TooManyRequests => Refusal::empty(429),

        Error::Bot(refusal) => of_bot(*refusal),
        Error::Account(refusal) => of_account(refusal),
        Error::Status(refusal) => of_status(refusal),
        Error::Push(refusal) => Refusal::new(400, "", Data::Message(refusal.wire())),
        Error::Throttled => Refusal::new(429, "Reached maximum delay", Data::Empty),
        Error::Store(error) if error.is_overload() => {
            Refusal::new(503, "Service unavailable", Data::Empty)
        }
        Error::Store(_) => Refusal::new(996, "Internal Server Error\n", Data::Empty),
    }
}

/// What bots read; installing them is not part of the interface. Source: chat-extras.md 4.4.
fn of_bot(refusal: BotRefusal) -> Refusal {
    use BotRefusal as B;
    match refusal {
        B::NothingSaid | B::Unsigned | B::ParentNotFound => Refusal::null(400),
        B::Forged => Refusal::null(401),
        B::TooLong => Refusal::null(413),
        B::Unacceptable(_)
        | B::UrlTaken
        | B::SecretTaken
        | B::BotNotFound
        | B::RoomNotFound
        | B::AlreadySetUp => Refusal::word(400, "bot"),
    }
}

/// Source: server.md 12.
fn of_status(refusal: &StatusRefusal) -> Refusal {
    use StatusRefusal as S;
    let said = |status| Refusal::new(status, &refusal.to_string(), Data::Empty);
    match refusal {
        S::NoneOfOneself | S::NoneOfOther => said(404),
        S::UnknownType(_)
        | S::UnknownMessage(_)
        | S::ClearAtPast
        | S::IconTooLong
        | S::MessageTooLong => said(400),
        S::NotReported => Refusal::empty(400),
    }
}

/// Provisioning has small status numbers of its own. Source: server.md 5, 13.
fn of_account(refusal: &AccountRefusal) -> Refusal {
    use AccountRefusal as A;
    let said = |status| Refusal::new(status, &refusal.to_string(), Data::Empty);
    match refusal {
        A::UserExists | A::GroupExists => said(102),
        A::NoSuchGroup(_) => said(104),
        A::InvalidPassword | A::InvalidLogin(_) | A::InvalidField(_) | A::InvalidGroupName => {
            said(101)
        }
        A::PasswordTooShort => said(107),
        A::PasswordOrEmailNeeded => said(108),
        A::UserNotFound | A::GroupNotFound => said(404),
        A::UserHidden | A::GroupToChangeUnknown => Refusal::empty(998),
        A::FieldNotEditable => Refusal::empty(113),
        A::NotOnThisAccount | A::NoGroupNamed | A::UnknownGroup => Refusal::empty(101),
        A::AdminGroupStays | A::GroupToJoinUnknown => Refusal::empty(102),
        A::UserToJoinUnknown => Refusal::empty(103),
        A::UnknownGroupKey => Refusal::empty(999),
        A::LastAdminStays => said(105),
    }
}
