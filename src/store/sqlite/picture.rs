//! SQL of uploaded pictures.

use rusqlite::named_params;

use super::tx::Tx;
use crate::model::RoomId;
use crate::store::{PicturesRead, PicturesWrite, StoreError};

impl PicturesRead for Tx<'_> {
    fn picture(&self, room: RoomId) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(
            "select image from room_picture where room_id = :room",
            named_params! { ":room": room.0 },
            |row| Ok(row.get(0)?),
        )
    }
}

impl PicturesWrite for Tx<'_> {
    fn put_picture(&self, room: RoomId, image: &[u8]) -> Result<(), StoreError> {
        self.execute(
            "insert into room_picture (room_id, image)
             values (:room, :image)
             on conflict (room_id) do update set image = excluded.image",
            named_params! { ":room": room.0, ":image": image },
        )
    }

    fn delete_picture(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from room_picture where room_id = :room",
            named_params! { ":room": room.0 },
        )
    }
}
