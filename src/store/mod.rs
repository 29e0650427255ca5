//! What the server remembers: plain records in and out, by topic.
//!
//! A caller hands in a job; the store runs it on a thread of its own, inside one transaction.
//! Reading jobs see one consistent state. Writing jobs run one after the other; several may be
//! committed together, each undone alone if it refuses. SQL appears only in `sqlite`.

use std::any::Any;

mod accounts;
mod attendees;
mod bans;
mod bots;
#[cfg(test)]
pub mod contract;
mod credentials;
mod expirations;
mod messages;
mod notices;
mod pictures;
mod pins;
mod polls;
mod push;
mod rooms;
mod scheduled;
pub mod search;
mod sessions;
mod settings;
pub mod sqlite;
mod statuses;
mod tellings;
mod threads;
mod visits;

pub use accounts::{AccountsRead, AccountsWrite};
pub use attendees::{AttendeesRead, AttendeesWrite, NewAttendee, RoomCounts};
pub use bans::{BansRead, BansWrite};
pub use bots::{BotsRead, BotsWrite};
pub use credentials::{CredentialsRead, CredentialsWrite, NewAppPassword};
pub use expirations::{ExpirationsRead, ExpirationsWrite};
pub use messages::{MessagesRead, MessagesWrite, NewMessage, Reaction};
pub use notices::{NoticesRead, NoticesWrite, Reminder};
pub use pictures::{PicturesRead, PicturesWrite, PortraitInfo};
pub use pins::{Pin, PinsRead, PinsWrite};
pub use polls::{PollsRead, PollsWrite};
pub use push::{PushRead, PushWrite};
pub use rooms::{Membership, NewRoom, RoomsRead, RoomsWrite};
pub use scheduled::{Scheduled, ScheduledRead, ScheduledWrite};
pub use search::{Budget, Lookup, Needle, Scanned, SearchRead, SearchWrite};
pub use sessions::{NewSession, SessionsRead, SessionsWrite};
pub use settings::text_list;
pub use statuses::{StatusesRead, StatusesWrite};
pub use tellings::{Telling, TellingsRead, TellingsWrite};
pub use threads::{Thread, ThreadsRead, ThreadsWrite};
pub use visits::{VisitsRead, VisitsWrite};

/// Why the store cannot answer. Not a client's fault, so the client learns no details.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A failure of the database or its disk.
    #[error("database: {0}")]
    Database(String),
    /// Another process has the database open.
    #[error("{directory} is in use by another process")]
    InUse { directory: String },
    /// A unique value exists already.
    #[error("value is taken")]
    Taken,
    /// A stored value that no version of the program writes.
    #[error("unreadable value in {place}: {value}")]
    Corrupt { place: &'static str, value: String },
    /// Too much work is queued.
    #[error("too busy")]
    Busy,
    /// The store is shutting down, or a job died.
    #[error("storage is gone")]
    Gone,
}

impl StoreError {
    /// Whether trying again later helps.
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Busy | Self::Gone)
    }
}

/// Everything that can be read in one transaction.
pub trait Reading:
    AccountsRead
    + CredentialsRead
    + RoomsRead
    + PicturesRead
    + AttendeesRead
    + MessagesRead
    + SessionsRead
    + BansRead
    + VisitsRead
    + BotsRead
    + NoticesRead
    + TellingsRead
    + ThreadsRead
    + PinsRead
    + ScheduledRead
    + PollsRead
    + SearchRead
    + ExpirationsRead
    + StatusesRead
    + PushRead
{
}

/// Everything that can be read and written in one transaction.
pub trait Writing:
    Reading
    + AccountsWrite
    + CredentialsWrite
    + RoomsWrite
    + PicturesWrite
    + AttendeesWrite
    + MessagesWrite
    + SessionsWrite
    + BansWrite
    + VisitsWrite
    + BotsWrite
    + NoticesWrite
    + TellingsWrite
    + ThreadsWrite
    + PinsWrite
    + ScheduledWrite
    + PollsWrite
    + SearchWrite
    + ExpirationsWrite
    + StatusesWrite
    + PushWrite
{
}

/// Whether a writing job's changes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Commit them.
    Keep,
    /// Undo them; other jobs of the same group are not touched.
    Undo,
}

/// A job that reads. It answers its caller itself.
pub type ReadJob = Box<dyn FnOnce(Result<&dyn Reading, StoreError>) + Send>;

/// A job that writes, in four steps on the writer's thread.
pub trait WriteJob: Send {
    /// Decide and write, inside the transaction.
    fn run(&mut self, tx: &dyn Writing) -> Outcome;
    /// The transaction is durable: bring memory up to date, before anybody is answered.
    fn committed(&mut self);
    /// Tell the caller. `failure` is set when the commit or the job itself failed.
    fn answer(&mut self, failure: Option<StoreError>);
    /// After all answers of the group: wake whoever waits for this.
    fn wake(&mut self);
}

/// A place that remembers.
pub trait Store: Send + Sync + Any {
    /// Queue a reading job. Errors: `Busy`, `Gone`; the job is dropped then.
    fn read(&self, job: ReadJob) -> Result<(), StoreError>;

    /// Queue a writing job. Errors: `Busy`, `Gone`; the job is dropped then.
    fn write(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError>;

    /// Finish what is queued, then close. Blocks.
    fn close(&self);
}
