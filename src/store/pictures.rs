//! Uploaded pictures of conversations: the store's contract. What kind they are stands in the room.

use super::StoreError;
use crate::model::RoomId;

/// Reading pictures.
pub trait PicturesRead {
    fn picture(&self, room: RoomId) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Writing pictures.
pub trait PicturesWrite {
    /// In place of the one that is there.
    fn put_picture(&self, room: RoomId, image: &[u8]) -> Result<(), StoreError>;
    /// Nothing happens if there is none.
    fn delete_picture(&self, room: RoomId) -> Result<(), StoreError>;
}
