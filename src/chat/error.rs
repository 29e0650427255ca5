//! Why the domain refuses. No status numbers here: each dialect maps every variant in one `match`.

use super::app_password::AppPasswordRefusal;
use super::bot::BotRefusal;
use super::invitation::ImportRefusal;
use super::login_flow::FlowRefusal;
use super::push::PushRefusal;
use super::user_status::StatusRefusal;
use crate::model::Session;
use crate::store::StoreError;

/// A refusal, or a failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // The gate, in the order in which clients can observe it.
    /// The act needs an account and the caller has none.
    #[error("not logged in")]
    NotLoggedIn,
    /// What the caller showed counts no more: it ended while the request waited.
    #[error("the login is over")]
    LoginOver,
    /// The room does not exist, or the caller is not in it. The two look the same from outside.
    #[error("conversation not found")]
    RoomNotFound,
    #[error("banned from the conversation")]
    Banned,
    #[error("banned from joining")]
    BannedFromJoining,
    #[error("not a moderator")]
    NotModerator,
    #[error("conversation is read-only")]
    ReadOnly,
    #[error("the lobby is active")]
    LobbyActive,
    #[error("permission is missing")]
    PermissionMissing,

    /// The account may not use Talk at all, or there are no calls.
    #[error("Can not use Talk")]
    TalkForbidden,

    // Messages.
    #[error("message is empty")]
    EmptyMessage,
    #[error("message longer than {max} characters")]
    MessageTooLong { max: usize },
    #[error("no message that can be replied to")]
    ParentNotFound,
    #[error("too many mentions")]
    TooManyMentions,
    #[error("message not found")]
    MessageNotFound,
    #[error("message of somebody else")]
    NotYourMessage,
    #[error("not a chat message")]
    NotChangeable,
    #[error("message is too old to be changed")]
    TooOldToChange,
    #[error("this history cannot be cleared")]
    HistoryStays,
    #[error("no such message or reaction")]
    ReactionNotFound,
    #[error("cannot be reacted to in this way")]
    NotReactable,
    #[error("poll not found")]
    PollNotFound,
    #[error("poll of somebody else")]
    NotYourPoll,
    /// There is nothing here that could write summaries.
    #[error("nothing can summarize")]
    NoSummaries,
    #[error("no such reminder")]
    ReminderNotFound,
    /// Nothing here can be searched under that name.
    #[error("no such provider")]
    NoSuchProvider,
    #[error("no such notice")]
    NoticeNotFound,
    #[error("too many notices asked for")]
    TooManyNotices,
    #[error("no such thread")]
    ThreadNotFound,
    /// Guests and those who stay only for a session have no scheduled messages.
    #[error("this member cannot have messages sent later")]
    NothingScheduled,
    #[error("too many scheduled messages")]
    TooManyScheduled,
    #[error("object is not valid")]
    InvalidObject,
    #[error("link does not lead to this server")]
    InvalidLink,

    // Conversations and their members.
    /// Something about the request is not acceptable; the word says what.
    #[error("invalid {}", .0.wire())]
    Invalid(Invalid),
    #[error("this conversation can only be left")]
    OnlyLeaving,
    #[error("nobody found to invite")]
    InviteNotFound,
    #[error("this invitation is not allowed")]
    InviteForbidden,
    #[error("new participant not found")]
    NewParticipantNotFound,
    #[error("participant not found")]
    ParticipantNotFound,
    #[error("no such member to promote or demote")]
    TargetNotFound,
    #[error("not possible on oneself")]
    ActOnSelf,
    #[error("the conversation has as many bans as it may have")]
    TooManyBans,
    #[error("the conversation has as many guests as it may have")]
    TooManyGuests,
    #[error("the role cannot change that way")]
    RoleUnchangeable,
    #[error("an owner cannot be removed")]
    OwnerProtected,
    #[error("wrong password of the conversation")]
    WrongRoomPassword,
    #[error("conversation cannot be joined")]
    NotJoinable,
    #[error("guests do not see who takes part")]
    GuestsSeeNobody,
    #[error("only guests have a name of their own choice")]
    NotAGuest,
    #[error("federation is not available")]
    FederationOff,
    #[error("telephony is not available")]
    TelephonyOff,
    #[error("unknown setting or value")]
    InvalidSetting,
    /// The same where settings of any app are set.
    #[error("unknown setting of an app, or value")]
    InvalidPreference,
    /// Administrators restrict who makes conversations.
    #[error("conversations are made by others")]
    CreationForbidden,
    #[error("moderators have all permissions")]
    ModeratorUnchangeable,
    /// A password is missing or not accepted; the text says why.
    #[error("{0}")]
    PasswordRefused(&'static str),
    /// A password that is there has to stay; the text says why.
    #[error("{0}")]
    PasswordNotRemovable(&'static str),
    #[error("The given key can not be set")]
    SettingProtected,
    /// A picture is not accepted; the text says why.
    #[error("{0}")]
    AvatarRefused(&'static str),
    /// A file is no picture that can be used; the text says why.
    #[error("{0}")]
    PictureUnreadable(&'static str),
    /// No account, or one that is kept out.
    #[error("account not found")]
    AccountNotFound,
    /// The account shows nothing of itself.
    #[error("the profile is off")]
    ProfileOff,
    /// Nothing is translated here.
    #[error("no translation provider available")]
    NoTranslations,
    /// The link of an invitation does not lead to a member.
    #[error("the invitation is not valid")]
    InvitationVoid,
    #[error(transparent)]
    ImportRefused(Box<ImportRefusal>),
    /// What others signalled to somebody waits and was not fetched.
    #[error("too many signals")]
    TooManySignals,
    #[error("this browser is not in the call")]
    NotInCall,
    #[error("there is no call")]
    NoCall,
    /// The caller's browser has not joined the room.
    #[error("the room is not open in this browser")]
    NoSession,
    /// The browser is in the call already, and nobody asked to replace it.
    #[error("this browser is in the call")]
    InCallElsewhere(Box<Session>),
    /// Telephony, recording: nothing that could be configured.
    #[error("not configured")]
    NotConfigured,

    #[error(transparent)]
    Bot(#[from] BotRefusal),

    // Accounts.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    #[error(transparent)]
    Status(#[from] StatusRefusal),
    #[error(transparent)]
    AppPassword(#[from] AppPasswordRefusal),
    #[error(transparent)]
    Flow(#[from] FlowRefusal),
    /// The password that was typed once more is not the account's.
    #[error("wrong password")]
    WrongPassword,
    /// The account's password was not typed for long.
    #[error("Password confirmation is required")]
    ConfirmationNeeded,
    /// Too many requests of one kind, right or wrong, from this address.
    #[error("too many requests")]
    TooManyRequests,
    #[error(transparent)]
    Push(#[from] PushRefusal),
    /// Too many failures from this address.
    #[error("too many attempts")]
    Throttled,

    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What of a request is not acceptable, with the word that clients read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    ActorType,
    Avatar,
    Ban,
    BannedActor,
    Bot,
    Calendar,
    Config,
    Description,
    Draft,
    Event,
    File,
    InCall,
    InternalNote,
    Key,
    LastModerator,
    LastReadMessage,
    Level,
    Listable,
    Lobby,
    LobbyTimer,
    MentionPermissions,
    Message,
    MessageExpiration,
    Method,
    Mode,
    Moderator,
    Name,
    NewParticipant,
    Object,
    ObjectId,
    ObjectType,
    Oneself,
    Options,
    Permissions,
    Poll,
    Question,
    ReadOnly,
    RecordingConsent,
    Room,
    RoomType,
    SendAt,
    SipEnabled,
    Source,
    Status,
    ThreadTitle,
    Title,
    Type,
    Until,
    Value,
}

impl Invalid {
    /// The word in `{"error": …}`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::ActorType => "actor-type",
            Self::Avatar => "avatar",
            Self::Ban => "ban",
            Self::BannedActor => "bannedActor",
            Self::Bot => "bot",
            Self::Calendar => "calendar",
            Self::Config => "config",
            Self::Description => "description",
            Self::Draft => "draft",
            Self::Event => "event",
            Self::File => "file",
            Self::InCall => "in-call",
            Self::InternalNote => "internalNote",
            Self::Key => "key",
            Self::LastModerator => "last-moderator",
            Self::LastReadMessage => "lastReadMessage",
            Self::Level => "level",
            Self::Listable => "listable",
            Self::Lobby => "lobby",
            Self::LobbyTimer => "lobby-timer",
            Self::MentionPermissions => "mention-permissions",
            Self::Message => "message",
            Self::MessageExpiration => "message-expiration",
            Self::Method => "method",
            Self::Mode => "mode",
            Self::Moderator => "moderator",
            Self::Name => "name",
            Self::NewParticipant => "new-participant",
            Self::Object => "object",
            Self::ObjectId => "object-id",
            Self::ObjectType => "object-type",
            Self::Oneself => "self",
            Self::Options => "options",
            Self::Permissions => "permissions",
            Self::Poll => "poll",
            Self::Question => "question",
            Self::ReadOnly => "read-only",
            Self::RecordingConsent => "recording-consent",
            Self::Room => "room",
            Self::RoomType => "room-type",
            Self::SendAt => "send-at",
            Self::SipEnabled => "sip-enabled",
            Self::Source => "source",
            Self::Status => "status",
            Self::ThreadTitle => "thread-title",
            Self::Title => "title",
            Self::Type => "type",
            Self::Until => "until",
            Self::Value => "value",
        }
    }
}

/// Why an account or group cannot be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefusal {
    #[error("User already exists")]
    UserExists,
    #[error("User does not exist")]
    UserNotFound,
    /// The caller may not see whether it exists.
    #[error("not visible")]
    UserHidden,
    #[error("Group {0} does not exist")]
    NoSuchGroup(String),
    #[error("Invalid password value")]
    InvalidPassword,
    #[error("Password needs to be at least 1 character long")]
    PasswordTooShort,
    #[error("An email address is required, to send a password link to the user.")]
    PasswordOrEmailNeeded,
    #[error("{0}")]
    InvalidLogin(&'static str),
    #[error("Invalid {0}")]
    InvalidField(String),
    #[error("this field cannot be edited")]
    FieldNotEditable,
    #[error("not possible on oneself, or the account is unknown")]
    NotOnThisAccount,
    #[error("Invalid group name")]
    InvalidGroupName,
    #[error("group exists")]
    GroupExists,
    #[error("The requested group could not be found")]
    GroupNotFound,
    #[error("the group is unknown")]
    UnknownGroup,
    #[error("the group to change is unknown")]
    GroupToChangeUnknown,
    #[error("the group of administrators stays")]
    AdminGroupStays,
    #[error("unknown key")]
    UnknownGroupKey,
    #[error("no group named")]
    NoGroupNamed,
    #[error("the group to join is unknown")]
    GroupToJoinUnknown,
    #[error("the account to join is unknown")]
    UserToJoinUnknown,
    #[error("Cannot remove yourself from the admin group")]
    LastAdminStays,
}
