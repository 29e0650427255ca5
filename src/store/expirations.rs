//! Messages whose time is over: the store's contract.

use super::StoreError;
use crate::model::{MessageId, RoomId};

/// Finding them.
pub trait ExpirationsRead {
    /// Messages that expired at `now` or before, the longest ago first.
    fn expired_messages(
        &self,
        now: i64,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError>;
}

/// Taking them away.
pub trait ExpirationsWrite {
    /// Deletes a row with what hangs on it: notices, reminders, its pin.
    fn delete_message(&self, room: RoomId, id: MessageId) -> Result<(), StoreError>;
}
