//! Where devices want to be told by push: the store's contract.

use super::StoreError;
use crate::model::{AppPasswordId, PushDevice};

/// Reading devices.
pub trait PushRead {
    fn find_device(&self, id: AppPasswordId) -> Result<Option<PushDevice>, StoreError>;
}

/// Writing devices.
pub trait PushWrite {
    /// Stores it in place of what this app password registered before.
    fn put_device(&self, device: &PushDevice, now: i64) -> Result<(), StoreError>;
    fn delete_device(&self, id: AppPasswordId) -> Result<(), StoreError>;
}
