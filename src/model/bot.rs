//! Bots: programs elsewhere that are told what happens in a conversation, and answer there.
//! Source: chat-extras.md 4.

use std::fmt;

use super::attendee::Role;
use super::ids::MessageId;
use super::rich::RichObject;

/// A bot's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BotId(pub i64);

/// Whether a bot works, and who may enable it for a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotState {
    Disabled,
    Enabled,
    /// Works where it is enabled, but only the command line enables it.
    NoSetup,
}

impl BotState {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Disabled => 0,
            Self::Enabled => 1,
            Self::NoSetup => 2,
        }
    }

    /// The state with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [Self::Disabled, Self::Enabled, Self::NoSetup]
            .into_iter()
            .find(|state| state.wire() == number)
    }
}

/// What a bot takes part in: a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BotFeatures(pub i64);

impl BotFeatures {
    pub const NONE: Self = Self(0);
    /// Is told of messages.
    pub const WEBHOOK: Self = Self(1);
    /// May post and react.
    pub const RESPONSE: Self = Self(2);
    /// Is told by an app of the same server; there are none here.
    pub const EVENT: Self = Self(4);
    /// Is told of reactions.
    pub const REACTION: Self = Self(8);
    /// What a bot has unless it is installed with others.
    pub const USUAL: Self = Self(3);

    /// Whether every bit of `wanted` is here.
    pub fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a bot and the server prove themselves to each other with.
#[derive(Clone, PartialEq, Eq)]
pub struct BotSecret(pub String);

impl fmt::Debug for BotSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotSecret(…)")
    }
}

/// A bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// 0 before it is stored.
    pub id: BotId,
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// Hex SHA-1 of the address; names the bot as an author.
    pub url_hash: String,
    pub description: String,
    pub secret: BotSecret,
    pub state: BotState,
    pub features: BotFeatures,
    /// How often it could not be told.
    pub error_count: i64,
    /// Unix seconds; 0: never.
    pub last_error_at: i64,
    /// Empty: there was none.
    pub last_error: String,
}

impl Bot {
    /// The prefix of its actor id, before the hash of its address.
    pub const ACTOR_PREFIX: &'static str = "bot-";
}

/// Something that bots are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotEvent {
    pub kind: BotEventKind,
    pub actor: Party,
    /// Where it happened.
    pub target: Place,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotEventKind {
    /// Somebody wrote.
    Create {
        note: Note,
        role: Option<Role>,
        in_reply_to: Option<(Party, Note)>,
    },
    /// The system says something, or an object was shared.
    Activity { note: Note },
    /// Somebody reacted to a message.
    Like { note: Note, emoji: String },
    /// Somebody took a reaction back.
    Undo { note: Note, emoji: String },
    /// The bot was enabled here.
    Join,
    /// The bot was disabled here.
    Leave,
}

impl BotEventKind {
    /// The word that bots know.
    pub fn wire(&self) -> &'static str {
        match self {
            Self::Create { .. } => "Create",
            Self::Activity { .. } => "Activity",
            Self::Like { .. } => "Like",
            Self::Undo { .. } => "Undo",
            Self::Join => "Join",
            Self::Leave => "Leave",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// `Person`, or `Application` for bots.
    pub kind: &'static str,
    /// Kind and id: `users/alice`.
    pub id: String,
    pub name: String,
}

/// A message as bots read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: MessageId,
    /// `message`, the type of a system message, or nothing.
    pub name: &'static str,
    pub text: String,
    pub parameters: Vec<(String, RichObject)>,
}

/// A conversation as bots read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub token: String,
    pub name: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Those after it wait for it.
    InLine,
    Done,
    GivenUp,
    /// Failed a few times; it is tried again, but holds up no others.
    Aside,
}

impl DeliveryState {
    /// The number that the database knows.
    pub fn wire(self) -> i64 {
        match self {
            Self::InLine => 0,
            Self::Done => 1,
            Self::GivenUp => 2,
            Self::Aside => 3,
        }
    }

    /// The state with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [Self::InLine, Self::Done, Self::GivenUp, Self::Aside]
            .into_iter()
            .find(|state| state.wire() == number)
    }
}

/// One thing that one bot is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: i64,
    pub bot: BotId,
    /// Its kind: `BotEventKind::wire`.
    pub event: String,
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// Unix seconds.
    pub next_attempt_at: i64,
    /// Unix seconds.
    pub created_at: i64,
    /// Why the last attempt failed; empty: it did not.
    pub reason: String,
    /// What is sent; empty once it has arrived.
    pub body: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_add_up() {
        let usual = BotFeatures::WEBHOOK.and(BotFeatures::RESPONSE);
        assert_eq!(usual, BotFeatures::USUAL);
        assert!(usual.has(BotFeatures::RESPONSE) && !usual.has(BotFeatures::REACTION));
        assert!(!BotFeatures::NONE.has(BotFeatures::WEBHOOK));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = BotSecret("kettle".to_owned());
        assert!(!format!("{secret:?}").contains("kettle"));
    }
}
