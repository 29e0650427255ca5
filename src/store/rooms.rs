//! Conversations: the store's contract.

use super::StoreError;
use crate::model::{
    Attendee, Avatar, Listable, Marks, MessageId, Permissions, Pulse, Room, RoomId, RoomKind,
    Token, UserId,
};

/// A conversation as one of its members has it.
#[derive(Debug, Clone)]
pub struct Membership {
    pub room: Room,
    pub pulse: Pulse,
    pub attendee: Attendee,
    pub marks: Marks,
}

/// What a new conversation begins with.
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub token: Token,
    pub kind: RoomKind,
    pub name: String,
    pub description: String,
    pub password_hash: String,
    pub read_only: bool,
    pub listable: Listable,
    pub lobby: bool,
    pub lobby_timer: Option<i64>,
    pub message_expiration_secs: i64,
    pub mentions_by_moderators_only: bool,
    pub default_permissions: Permissions,
    pub object_type: String,
    pub object_id: String,
    pub avatar: Avatar,
}

impl NewRoom {
    /// A plain conversation of this kind and name.
    pub fn plain(token: Token, kind: RoomKind, name: String) -> Self {
        Self {
            token,
            kind,
            name,
            description: String::new(),
            password_hash: String::new(),
            read_only: false,
            listable: Listable::Nobody,
            lobby: false,
            lobby_timer: None,
            message_expiration_secs: 0,
            mentions_by_moderators_only: false,
            default_permissions: Permissions::DEFAULT,
            object_type: String::new(),
            object_id: String::new(),
            avatar: Avatar::Default,
        }
    }
}

/// Reading conversations.
pub trait RoomsRead {
    fn find_room(&self, token: &Token) -> Result<Option<Room>, StoreError>;
    fn find_room_by_id(&self, room: RoomId) -> Result<Option<Room>, StoreError>;
    fn pulse(&self, room: RoomId) -> Result<Pulse, StoreError>;
    /// Every conversation of an account, by room id.
    fn memberships_of(&self, user: &UserId) -> Result<Vec<Membership>, StoreError>;
    /// The one-to-one whose name is this sorted pair.
    fn find_one_to_one(&self, name: &str) -> Result<Option<Room>, StoreError>;
    /// One-to-ones that name this account, whether or not it is a member.
    fn one_to_ones_naming(&self, user: &UserId) -> Result<Vec<Room>, StoreError>;
    /// Open groups and public conversations above `after` of which this account is no member, by room id.
    fn open_rooms(
        &self,
        user: &UserId,
        after: RoomId,
        limit: u32,
    ) -> Result<Vec<(Room, Pulse)>, StoreError>;
    fn find_note_to_self(&self, user: &UserId) -> Result<Option<Room>, StoreError>;
    /// Conversations with a running call, by room id.
    fn rooms_in_call(&self) -> Result<Vec<Room>, StoreError>;
    /// Conversations bound to an object of this type, `event` or `instant_meeting`, by room id.
    fn rooms_with_object(&self, object_type: &str) -> Result<Vec<(Room, Pulse)>, StoreError>;
    /// Conversations of which this group is a member, by room id.
    fn rooms_with_group(&self, group: &str) -> Result<Vec<Room>, StoreError>;
}

/// Writing conversations.
pub trait RoomsWrite {
    /// Errors: `Taken` if the token exists.
    fn insert_room(&self, room: &NewRoom) -> Result<RoomId, StoreError>;
    /// With members, sessions and messages.
    fn delete_room(&self, room: RoomId) -> Result<(), StoreError>;
    /// Everything of `room` but id, token, threads and pins.
    fn update_room(&self, room: &Room) -> Result<(), StoreError>;
    fn set_pulse(
        &self,
        room: RoomId,
        last_message: MessageId,
        last_activity_at: i64,
    ) -> Result<(), StoreError>;
}
