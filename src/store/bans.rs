//! Bans: the store's contract.

use super::StoreError;
use crate::model::{Ban, BanTarget, RoomId};

/// Reading bans.
pub trait BansRead {
    fn find_ban(&self, room: RoomId, target: &BanTarget) -> Result<Option<Ban>, StoreError>;
    /// All bans of a room, by id.
    fn bans(&self, room: RoomId) -> Result<Vec<Ban>, StoreError>;
    /// Whether the room has any ban.
    fn has_bans(&self, room: RoomId) -> Result<bool, StoreError>;
}

/// Writing bans.
pub trait BansWrite {
    /// The ban with its id. Errors: `Taken` if the target is banned already.
    fn insert_ban(&self, ban: Ban) -> Result<Ban, StoreError>;
    /// Nothing happens if the room has no such ban.
    fn delete_ban(&self, room: RoomId, id: i64) -> Result<(), StoreError>;
    /// The account's bans and those it made show its new name.
    fn rename_in_bans(&self, user: &str, name: &str) -> Result<(), StoreError>;
}
