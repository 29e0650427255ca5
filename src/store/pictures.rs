//! Uploaded pictures of conversations and people: the store's contract. What kind those of conversations are stands in
//! the room; those of people are PNG.

use super::StoreError;
use crate::model::{RoomId, UserNumber};

/// What is known of a person's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortraitInfo {
    /// New for each upload.
    pub version: String,
    /// Unix seconds.
    pub set_at: i64,
}

/// Reading pictures.
pub trait PicturesRead {
    fn picture(&self, room: RoomId) -> Result<Option<Vec<u8>>, StoreError>;
    /// The picture of an account, without its bytes.
    fn portrait_info(&self, user: UserNumber) -> Result<Option<PortraitInfo>, StoreError>;
    /// 64 pixels a side.
    fn small_portrait(&self, user: UserNumber) -> Result<Option<Vec<u8>>, StoreError>;
    /// 512 pixels a side.
    fn large_portrait(&self, user: UserNumber) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Writing pictures.
pub trait PicturesWrite {
    /// In place of the one that is there.
    fn put_picture(&self, room: RoomId, image: &[u8]) -> Result<(), StoreError>;
    /// Nothing happens if there is none.
    fn delete_picture(&self, room: RoomId) -> Result<(), StoreError>;
    /// In place of the one that is there.
    fn put_portrait(
        &self,
        user: UserNumber,
        info: &PortraitInfo,
        small: &[u8],
        large: &[u8],
    ) -> Result<(), StoreError>;
    /// Nothing happens if there is none.
    fn delete_portrait(&self, user: UserNumber) -> Result<(), StoreError>;
}
