//! Wakes whoever waits, and keeps at hand what is asked for all the time.
//!
//! Everything here can be lost without losing an acknowledged message: it is rebuilt from the store.
//! It knows no rules; `T` is whatever record the domain shares among readers.

mod bells;
mod common_read;
mod hub;
mod mailbox;
mod memo;
mod pending;
mod seen;
mod tail;
mod window;

pub use bells::{Bells, Listening};
pub use common_read::CommonRead;
pub use hub::{Hub, Listen, LiveRoom, Ticket, Woken};
pub use mailbox::{Full, Mailboxes};
pub use memo::{Memo, Versions};
pub use pending::{Batch, Pending};
pub use seen::Seen;
pub use tail::{SLOTS, Shared, Tail};
pub use window::Windows;
