//! SQL of conversations.

use rusqlite::{Row, named_params};

use super::attendee::{ATTENDEE_COLUMNS, read_attendee, read_marks};
use super::tx::{Tx, known};
use crate::model::{
    Avatar, CallFlags, Listable, MessageId, Permissions, Pulse, Room, RoomId, RoomKind, Token,
    UserId,
};
use crate::store::{Membership, NewRoom, RoomsRead, RoomsWrite, StoreError};

/// The columns that `read_room` reads, in its order.
macro_rules! select_room {
    ($more:literal, $rest:literal) => {
        concat!(
            "select r.id, r.token, r.kind, r.name, r.description, r.password_hash, r.read_only, r.listable,
               r.lobby, r.lobby_timer_at, r.message_expiration_secs, r.mentions_by_moderators_only,
               r.default_permissions, r.object_type, r.object_id, r.avatar, r.call_started_at, r.call_flag,
               r.has_threads, r.last_pin_id",
            $more,
            " from room r ",
            $rest
        )
    };
}

/// How many columns `select_room` has before what `$more` adds.
const ROOM_COLUMNS: usize = 20;

fn read_room(row: &Row<'_>) -> Result<Room, StoreError> {
    let (token, avatar): (String, String) = (row.get(1)?, row.get(15)?);
    let (kind, listable): (i64, i64) = (row.get(2)?, row.get(7)?);
    Ok(Room {
        id: RoomId(row.get(0)?),
        token: known("room.token", Token::parse(&token), &token)?,
        kind: known("room.kind", RoomKind::from_wire(kind), kind)?,
        name: row.get(3)?,
        description: row.get(4)?,
        password_hash: row.get(5)?,
        read_only: row.get(6)?,
        listable: known("room.listable", Listable::from_wire(listable), listable)?,
        lobby: row.get(8)?,
        lobby_timer: row.get(9)?,
        message_expiration_secs: row.get(10)?,
        mentions_by_moderators_only: row.get(11)?,
        default_permissions: Permissions(row.get(12)?),
        object_type: row.get(13)?,
        object_id: row.get(14)?,
        avatar: known("room.avatar", Avatar::from_text(&avatar), &avatar)?,
        call_since: row.get(16)?,
        call_flags: CallFlags(row.get(17)?),
        has_threads: row.get(18)?,
        last_pin: MessageId(row.get(19)?),
    })
}

fn read_pulse(row: &Row<'_>, first: usize) -> Result<Pulse, StoreError> {
    Ok(Pulse {
        last_message: MessageId(row.get(first)?),
        last_activity_at: row.get(first + 1)?,
    })
}

impl RoomsRead for Tx<'_> {
    fn find_room(&self, token: &Token) -> Result<Option<Room>, StoreError> {
        self.find(
            select_room!("", "where r.token = :token"),
            named_params! { ":token": token.as_str() },
            read_room,
        )
    }

    fn find_room_by_id(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        self.find(
            select_room!("", "where r.id = :id"),
            named_params! { ":id": room.0 },
            read_room,
        )
    }

    fn pulse(&self, room: RoomId) -> Result<Pulse, StoreError> {
        let found = self.find(
            "select last_message_id, last_activity_at from room where id = :id",
            named_params! { ":id": room.0 },
            |row| read_pulse(row, 0),
        )?;
        // A room that is gone has no last message.
        Ok(found.unwrap_or(Pulse {
            last_message: MessageId::NONE,
            last_activity_at: 0,
        }))
    }

    fn memberships_of(&self, user: &UserId) -> Result<Vec<Membership>, StoreError> {
        self.list(
            select_room!(
                ", r.last_message_id, r.last_activity_at,
                 a.id, a.room_id, a.actor_type, a.actor_id, a.role, a.display_name, a.permissions,
                 a.favorite, a.archived, a.important, a.sensitive, a.notification_level, a.notify_calls,
                 a.read_private, a.invited_address, a.activity_at, a.last_joined_call_at, a.access_token,
                 a.hidden_pin_id,
                 a.last_read_id, a.last_mention_id, a.last_direct_mention_id",
                "join attendee a on a.room_id = r.id
                 where a.actor_type = 'users' and a.actor_id = :user
                 order by r.id"
            ),
            named_params! { ":user": user.as_str() },
            |row| {
                let attendee = ROOM_COLUMNS + 2;
                Ok(Membership {
                    room: read_room(row)?,
                    pulse: read_pulse(row, ROOM_COLUMNS)?,
                    attendee: read_attendee(row, attendee)?,
                    marks: read_marks(row, attendee + ATTENDEE_COLUMNS)?,
                })
            },
        )
    }

    fn find_one_to_one(&self, name: &str) -> Result<Option<Room>, StoreError> {
        self.find(
            select_room!("", "where r.kind = 1 and r.name = :name"),
            named_params! { ":name": name },
            read_room,
        )
    }

    fn one_to_ones_naming(&self, user: &UserId) -> Result<Vec<Room>, StoreError> {
        // Rare (an account is deleted), so it reads all pairs.
        self.list(
            select_room!(
                "",
                "where r.kind = 1
                   and exists (select 1 from json_each(r.name) pair where pair.value = :user)
                 order by r.id"
            ),
            named_params! { ":user": user.as_str() },
            read_room,
        )
    }

    fn open_rooms(
        &self,
        user: &UserId,
        after: RoomId,
        limit: u32,
    ) -> Result<Vec<(Room, Pulse)>, StoreError> {
        self.list(
            select_room!(
                ", r.last_message_id, r.last_activity_at",
                "indexed by room_open
                 where r.listable > 0 and r.id > :after and r.kind in (2, 3)
                   and not exists (select 1 from attendee a
                                   where a.room_id = r.id and a.actor_type = 'users' and a.actor_id = :user)
                 order by r.id
                 limit :limit"
            ),
            named_params! { ":user": user.as_str(), ":after": after.0, ":limit": limit },
            |row| Ok((read_room(row)?, read_pulse(row, ROOM_COLUMNS)?)),
        )
    }

    fn find_note_to_self(&self, user: &UserId) -> Result<Option<Room>, StoreError> {
        self.find(
            select_room!("", "where r.kind = 6 and r.object_id = :user"),
            named_params! { ":user": user.as_str() },
            read_room,
        )
    }

    fn rooms_in_call(&self) -> Result<Vec<Room>, StoreError> {
        self.list(
            select_room!("", "where r.call_started_at is not null order by r.id"),
            [],
            read_room,
        )
    }

    fn rooms_with_object(&self, object_type: &str) -> Result<Vec<(Room, Pulse)>, StoreError> {
        self.list(
            select_room!(
                ", r.last_message_id, r.last_activity_at",
                "where r.object_type = :object_type and r.object_type in ('event', 'instant_meeting')
                 order by r.id"
            ),
            named_params! { ":object_type": object_type },
            |row| Ok((read_room(row)?, read_pulse(row, ROOM_COLUMNS)?)),
        )
    }

    fn rooms_with_group(&self, group: &str) -> Result<Vec<Room>, StoreError> {
        self.list(
            select_room!(
                "",
                "join attendee a on a.room_id = r.id
                 where a.actor_type = 'groups' and a.actor_id = :group
                 order by r.id"
            ),
            named_params! { ":group": group },
            read_room,
        )
    }
}

impl RoomsWrite for Tx<'_> {
    fn insert_room(&self, room: &NewRoom) -> Result<RoomId, StoreError> {
        self.execute(
            "insert into room (token, kind, name, description, password_hash, read_only, listable, lobby,
               lobby_timer_at, message_expiration_secs, mentions_by_moderators_only, default_permissions,
               object_type, object_id, avatar)
             values (:token, :kind, :name, :description, :password_hash, :read_only, :listable, :lobby,
               :lobby_timer_at, :message_expiration_secs, :mentions_by_moderators_only, :default_permissions,
               :object_type, :object_id, :avatar)",
            named_params! {
                ":token": room.token.as_str(),
                ":kind": room.kind.wire(),
                ":name": room.name,
                ":description": room.description,
                ":password_hash": room.password_hash,
                ":read_only": room.read_only,
                ":listable": room.listable.wire(),
                ":lobby": room.lobby,
                ":lobby_timer_at": room.lobby_timer,
                ":message_expiration_secs": room.message_expiration_secs,
                ":mentions_by_moderators_only": room.mentions_by_moderators_only,
                ":default_permissions": room.default_permissions.0,
                ":object_type": room.object_type,
                ":object_id": room.object_id,
                ":avatar": room.avatar.to_text(),
            },
        )?;
        Ok(RoomId(self.0.last_insert_rowid()))
    }

    fn delete_room(&self, room: RoomId) -> Result<(), StoreError> {
        self.text_changed(room, MessageId::NONE, MessageId::MAX)?;
        self.execute(
            "delete from message where key >= :first and key < :end",
            named_params! { ":first": room.0 << 40, ":end": (room.0 + 1) << 40 },
        )?;
        self.execute(
            "delete from room where id = :id",
            named_params! { ":id": room.0 },
        )
    }

    fn update_room(&self, room: &Room) -> Result<(), StoreError> {
        self.execute(
            "update room
             set kind = :kind, name = :name, description = :description, password_hash = :password_hash,
                 read_only = :read_only, listable = :listable, lobby = :lobby, lobby_timer_at = :lobby_timer_at,
                 message_expiration_secs = :message_expiration_secs,
                 mentions_by_moderators_only = :mentions_by_moderators_only,
                 default_permissions = :default_permissions,
                 object_type = :object_type, object_id = :object_id, avatar = :avatar,
                 call_started_at = :call_since, call_flag = :call_flags
             where id = :id",
            named_params! {
                ":id": room.id.0,
                ":kind": room.kind.wire(),
                ":name": room.name,
                ":description": room.description,
                ":password_hash": room.password_hash,
                ":read_only": room.read_only,
                ":listable": room.listable.wire(),
                ":lobby": room.lobby,
                ":lobby_timer_at": room.lobby_timer,
                ":message_expiration_secs": room.message_expiration_secs,
                ":mentions_by_moderators_only": room.mentions_by_moderators_only,
                ":default_permissions": room.default_permissions.0,
                ":object_type": room.object_type,
                ":object_id": room.object_id,
                ":call_since": room.call_since,
                ":call_flags": room.call_flags.0,
                ":avatar": room.avatar.to_text(),
            },
        )
    }

    fn set_pulse(
        &self,
        room: RoomId,
        last_message: MessageId,
        last_activity_at: i64,
    ) -> Result<(), StoreError> {
        self.execute(
            "update room set last_message_id = :message, last_activity_at = :at where id = :id",
            named_params! { ":id": room.0, ":message": last_message.0, ":at": last_activity_at },
        )
    }
}
