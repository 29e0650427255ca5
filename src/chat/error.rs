//! Why the domain refuses. No status numbers here: each dialect maps every variant in one `match`.

use crate::store::StoreError;

/// A refusal, or a failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // The gate, in the order in which clients can observe it.
    /// The act needs an account and the caller has none.
    #[error("not logged in")]
    NotLoggedIn,
    /// The room does not exist, or the caller is not in it. The two look the same from outside.
    #[error("conversation not found")]
    RoomNotFound,
    #[error("banned from the conversation")]
    Banned,
    #[error("not a moderator")]
    NotModerator,
    #[error("conversation is read-only")]
    ReadOnly,
    #[error("the lobby is active")]
    LobbyActive,
    #[error("permission is missing")]
    PermissionMissing,

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
    NotDeletable,
    #[error("message is too old to be deleted")]
    TooOldToDelete,
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

    // Accounts.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    /// Too many failures from this address.
    #[error("too many attempts")]
    Throttled,

    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What of a request is not acceptable, with the word that clients read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    Description,
    Event,
    LastModerator,
    LastReadMessage,
    Listable,
    Lobby,
    LobbyTimer,
    MentionPermissions,
    MessageExpiration,
    Name,
    NewParticipant,
    Object,
    ObjectId,
    ObjectType,
    Permissions,
    ReadOnly,
    RecordingConsent,
    RoomType,
    SipEnabled,
    Source,
    Type,
    Value,
}

impl Invalid {
    /// The word in `{"error": …}`.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Event => "event",
            Self::LastModerator => "last-moderator",
            Self::LastReadMessage => "lastReadMessage",
            Self::Listable => "listable",
            Self::Lobby => "lobby",
            Self::LobbyTimer => "lobby-timer",
            Self::MentionPermissions => "mention-permissions",
            Self::MessageExpiration => "message-expiration",
            Self::Name => "name",
            Self::NewParticipant => "new-participant",
            Self::Object => "object",
            Self::ObjectId => "object-id",
            Self::ObjectType => "object-type",
            Self::Permissions => "permissions",
            Self::ReadOnly => "read-only",
            Self::RecordingConsent => "recording-consent",
            Self::RoomType => "room-type",
            Self::SipEnabled => "sip-enabled",
            Self::Source => "source",
            Self::Type => "type",
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
