//! Polls: a question, options to choose from, and who chose what.

use super::actor::Actor;
use super::ids::{MessageId, PollId, RoomId};

/// How far a poll has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollStatus {
    Open,
    Closed,
    /// Not asked yet; moderators see it.
    Draft,
}

impl PollStatus {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Closed => 1,
            Self::Draft => 2,
        }
    }

    /// The status with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        let all = [Self::Open, Self::Closed, Self::Draft];
        all.into_iter().find(|status| status.wire() == number)
    }
}

/// One poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// 0 until it is stored.
    pub id: PollId,
    pub room: RoomId,
    pub author: Actor,
    /// As they are called now, or were last.
    pub author_name: String,
    pub question: String,
    pub options: Vec<String>,
    pub status: PollStatus,
    /// Results are shown only after the end, and never who chose what.
    pub hidden: bool,
    /// How many options one may choose; 0: any number.
    pub max_votes: i64,
    /// The system message that says that it was closed.
    pub closing: Option<MessageId>,
}

/// What somebody voted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    pub voter: Actor,
    /// As they are called now, or were last.
    pub voter_name: String,
    /// Positions of the options, from 0, each once.
    pub options: Vec<usize>,
}
