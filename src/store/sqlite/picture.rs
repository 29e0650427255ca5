//! SQL of uploaded pictures.

use rusqlite::named_params;

use super::tx::Tx;
use crate::model::{RoomId, UserNumber};
use crate::store::{PicturesRead, PicturesWrite, PortraitInfo, StoreError};

impl PicturesRead for Tx<'_> {
    fn picture(&self, room: RoomId) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(
            "select image from room_picture where room_id = :room",
            named_params! { ":room": room.0 },
            |row| Ok(row.get(0)?),
        )
    }

    fn portrait_info(&self, user: UserNumber) -> Result<Option<PortraitInfo>, StoreError> {
        self.find(
            "select version, set_at from user_picture where user_number = :user",
            named_params! { ":user": user.0 },
            |row| {
                Ok(PortraitInfo {
                    version: row.get(0)?,
                    set_at: row.get(1)?,
                })
            },
        )
    }

    fn small_portrait(&self, user: UserNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(
            "select small from user_picture where user_number = :user",
            named_params! { ":user": user.0 },
            |row| Ok(row.get(0)?),
        )
    }

    fn large_portrait(&self, user: UserNumber) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(
            "select large from user_picture where user_number = :user",
            named_params! { ":user": user.0 },
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

    fn put_portrait(
        &self,
        user: UserNumber,
        info: &PortraitInfo,
        small: &[u8],
        large: &[u8],
    ) -> Result<(), StoreError> {
        self.execute(
            "insert into user_picture (user_number, version, set_at, small, large)
             values (:user, :version, :set_at, :small, :large)
             on conflict (user_number) do update
             set version = excluded.version, set_at = excluded.set_at,
                 small = excluded.small, large = excluded.large",
            named_params! {
                ":user": user.0,
                ":version": info.version,
                ":set_at": info.set_at,
                ":small": small,
                ":large": large,
            },
        )
    }

    fn delete_portrait(&self, user: UserNumber) -> Result<(), StoreError> {
        self.execute(
            "delete from user_picture where user_number = :user",
            named_params! { ":user": user.0 },
        )
    }
}
