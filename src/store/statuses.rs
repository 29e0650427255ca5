//! What accounts say of their whereabouts: the store's contract.

use super::StoreError;
use crate::model::{UserId, UserStatus};

/// Reading statuses.
pub trait StatusesRead {
    fn find_status(&self, user: &UserId) -> Result<Option<UserStatus>, StoreError>;
    /// Those of all enabled accounts that have one, by the account's age.
    fn list_statuses(&self, limit: i64, offset: i64) -> Result<Vec<UserStatus>, StoreError>;
}

/// Writing statuses.
pub trait StatusesWrite {
    /// Stores it in place of the old one; nothing happens if the account is gone.
    fn put_status(&self, status: &UserStatus) -> Result<(), StoreError>;
    /// Forgets the messages whose time is over.
    fn clear_status_messages(&self, now: i64) -> Result<(), StoreError>;
}
