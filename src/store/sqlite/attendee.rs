//! SQL of memberships and read markers.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, Marks, MessageId, NotificationLevel, Permissions, Role,
    RoomId, UserId,
};
use crate::store::{AttendeesRead, AttendeesWrite, NewAttendee, RoomCounts, StoreError};

/// The columns that `read_attendee` and then `read_marks` read, in their order.
macro_rules! select_attendee {
    ($rest:literal) => {
        concat!(
            "select a.id, a.room_id, a.actor_type, a.actor_id, a.role, a.display_name, a.permissions,
               a.favorite, a.archived, a.important, a.sensitive, a.notification_level, a.notify_calls,
               a.read_private, a.invited_address, a.activity_at, a.last_joined_call_at, a.access_token,
               a.hidden_pin_id,
               a.last_read_id, a.last_mention_id, a.last_direct_mention_id
             from attendee a ",
            $rest
        )
    };
}

pub(super) use select_attendee;

/// How many of them `read_attendee` reads.
pub(super) const ATTENDEE_COLUMNS: usize = 19;

pub(super) fn read_attendee(row: &Row<'_>, first: usize) -> Result<Attendee, StoreError> {
    let kind: String = row.get(first + 2)?;
    let (role, level): (i64, i64) = (row.get(first + 4)?, row.get(first + 11)?);
    Ok(Attendee {
        id: AttendeeId(row.get(first)?),
        room: RoomId(row.get(first + 1)?),
        actor: Actor {
            kind: known("attendee.actor_type", ActorKind::from_wire(&kind), &kind)?,
            id: row.get(first + 3)?,
        },
        role: known("attendee.role", Role::from_wire(role), role)?,
        display_name: row.get(first + 5)?,
        permissions: Permissions(row.get(first + 6)?),
        favorite: row.get(first + 7)?,
        archived: row.get(first + 8)?,
        important: row.get(first + 9)?,
        sensitive: row.get(first + 10)?,
        notification_level: known(
            "attendee.notification_level",
            NotificationLevel::from_wire(level),
            level,
        )?,
        notify_calls: row.get(first + 12)?,
        read_private: row.get(first + 13)?,
        invited_address: row.get(first + 14)?,
        activity_at: row.get(first + 15)?,
        last_joined_call_at: row.get(first + 16)?,
        access_token: row.get(first + 17)?,
        hidden_pin: MessageId(row.get(first + 18)?),
    })
}

pub(super) fn read_marks(row: &Row<'_>, first: usize) -> Result<Marks, StoreError> {
    Ok(Marks {
        last_read: MessageId(row.get(first)?),
        last_mention: MessageId(row.get(first + 1)?),
        last_direct_mention: MessageId(row.get(first + 2)?),
    })
}

impl AttendeesRead for Tx<'_> {
    fn find_attendee(&self, room: RoomId, actor: &Actor) -> Result<Option<Attendee>, StoreError> {
        self.find(
            select_attendee!(
                "where a.room_id = :room and a.actor_type = :type and a.actor_id = :id"
            ),
            named_params! { ":room": room.0, ":type": actor.kind.wire(), ":id": actor.id },
            |row| read_attendee(row, 0),
        )
    }

    fn find_attendee_by_id(&self, id: AttendeeId) -> Result<Option<Attendee>, StoreError> {
        self.find(
            select_attendee!("where a.id = :id"),
            named_params! { ":id": id.0 },
            |row| read_attendee(row, 0),
        )
    }

    fn marks(&self, id: AttendeeId) -> Result<Marks, StoreError> {
        let found = self.find(
            "select last_read_id, last_mention_id, last_direct_mention_id
             from attendee
             where id = :id",
            named_params! { ":id": id.0 },
            |row| read_marks(row, 0),
        )?;
        // Somebody who left in the meantime has read nothing.
        Ok(found.unwrap_or(Marks::starting_at(MessageId::NOTHING_READ)))
    }

    fn attendees(&self, room: RoomId) -> Result<Vec<Attendee>, StoreError> {
        self.list(
            select_attendee!("where a.room_id = :room order by a.id"),
            named_params! { ":room": room.0 },
            |row| read_attendee(row, 0),
        )
    }

    fn attendees_of(&self, user: &UserId) -> Result<Vec<(Attendee, Marks)>, StoreError> {
        self.list(
            select_attendee!("where a.actor_type = 'users' and a.actor_id = :user order by a.id"),
            named_params! { ":user": user.as_str() },
            |row| Ok((read_attendee(row, 0)?, read_marks(row, ATTENDEE_COLUMNS)?)),
        )
    }

    fn joined_call_since(&self, room: RoomId, since: i64) -> Result<Vec<Attendee>, StoreError> {
        self.list(
            select_attendee!(
                "where a.room_id = :room and a.last_joined_call_at >= :since order by a.id"
            ),
            named_params! { ":room": room.0, ":since": since },
            |row| read_attendee(row, 0),
        )
    }

    fn told_of_all(&self, room: RoomId) -> Result<Vec<Attendee>, StoreError> {
        self.list(
            select_attendee!(
                "where a.room_id = :room and a.notification_level = 1 and a.actor_type = 'users' order by a.id"
            ),
            named_params! { ":room": room.0 },
            |row| read_attendee(row, 0),
        )
    }

    fn guests(&self, room: RoomId) -> Result<i64, StoreError> {
        self.number(
            "select count(*) from attendee where room_id = :room and actor_type = 'guests'",
            named_params! { ":room": room.0 },
        )
    }

    fn counts(&self, room: RoomId) -> Result<RoomCounts, StoreError> {
        let found = self.find(
            "select count(*) filter (where role in (1, 2, 3)), count(*) filter (where role in (1, 2))
             from attendee
             where room_id = :room and actor_type not in ('groups', 'circles')",
            named_params! { ":room": room.0 },
            |row| {
                Ok(RoomCounts {
                    users: row.get(0)?,
                    moderators: row.get(1)?,
                })
            },
        )?;
        Ok(found.unwrap_or(RoomCounts {
            users: 0,
            moderators: 0,
        }))
    }

    fn common_read(&self, room: RoomId) -> Result<MessageId, StoreError> {
        let found = self.find(
            "select last_read_id
             from attendee
             where room_id = :room and actor_type = 'users' and read_private = 0
             order by last_read_id
             limit 1",
            named_params! { ":room": room.0 },
            |row| Ok(MessageId(row.get(0)?)),
        )?;
        Ok(found.unwrap_or(MessageId::NONE))
    }

    fn public_markers(&self, room: RoomId) -> Result<Vec<(AttendeeId, MessageId)>, StoreError> {
        self.list(
            "select id, last_read_id
             from attendee
             where room_id = :room and actor_type = 'users' and read_private = 0",
            named_params! { ":room": room.0 },
            |row| Ok((AttendeeId(row.get(0)?), MessageId(row.get(1)?))),
        )
    }
}

impl AttendeesWrite for Tx<'_> {
    fn insert_attendee(&self, attendee: &NewAttendee) -> Result<AttendeeId, StoreError> {
        self.execute(
            "insert into attendee (room_id, actor_type, actor_id, role, display_name, favorite, read_private,
               last_read_id)
             values (:room, :type, :id, :role, :display_name, :favorite, :read_private, :last_read)",
            named_params! {
                ":room": attendee.room.0,
                ":type": attendee.actor.kind.wire(),
                ":id": attendee.actor.id,
                ":role": attendee.role.wire(),
                ":display_name": attendee.display_name,
                ":favorite": attendee.favorite,
                ":read_private": attendee.read_private,
                ":last_read": attendee.last_read.0,
            },
        )?;
        Ok(AttendeeId(self.0.last_insert_rowid()))
    }

    fn delete_attendee(&self, id: AttendeeId) -> Result<(), StoreError> {
        self.execute(
            "delete from attendee where id = :id",
            named_params! { ":id": id.0 },
        )
    }

    fn update_attendee(&self, attendee: &Attendee) -> Result<(), StoreError> {
        self.execute(
            "update attendee
             set role = :role, display_name = :display_name, permissions = :permissions, favorite = :favorite,
                 archived = :archived, important = :important, sensitive = :sensitive,
                 notification_level = :notification_level, notify_calls = :notify_calls,
                 read_private = :read_private, invited_address = :invited_address, activity_at = :activity_at,
                 last_joined_call_at = :last_joined_call_at, access_token = :access_token, hidden_pin_id = :hidden_pin
             where id = :id",
            named_params! {
                ":id": attendee.id.0,
                ":role": attendee.role.wire(),
                ":display_name": attendee.display_name,
                ":permissions": attendee.permissions.0,
                ":favorite": attendee.favorite,
                ":archived": attendee.archived,
                ":important": attendee.important,
                ":sensitive": attendee.sensitive,
                ":notification_level": attendee.notification_level.wire(),
                ":notify_calls": attendee.notify_calls,
                ":read_private": attendee.read_private,
                ":invited_address": attendee.invited_address,
                ":activity_at": attendee.activity_at,
                ":last_joined_call_at": attendee.last_joined_call_at,
                ":access_token": attendee.access_token,
                ":hidden_pin": attendee.hidden_pin.0,
            },
        )
    }

    fn reset_permissions(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set permissions = 0
             where room_id = :room and permissions <> 0 and actor_type not in ('groups', 'circles')",
            named_params! { ":room": room.0 },
        )
    }

    fn set_last_read(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set last_read_id = :to where id = :id",
            named_params! { ":id": id.0, ":to": to.0 },
        )
    }

    fn raise_last_read(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set last_read_id = :to where id = :id and last_read_id < :to",
            named_params! { ":id": id.0, ":to": to.0 },
        )
    }

    fn forget_markers(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set last_read_id = :nothing, last_mention_id = 0, last_direct_mention_id = 0
             where room_id = :room",
            named_params! { ":room": room.0, ":nothing": MessageId::NOTHING_READ.0 },
        )
    }

    fn raise_last_mention(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set last_mention_id = :to where id = :id and last_mention_id < :to",
            named_params! { ":id": id.0, ":to": to.0 },
        )
    }

    fn raise_last_direct_mention(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set last_direct_mention_id = :to
             where id = :id and last_direct_mention_id < :to",
            named_params! { ":id": id.0, ":to": to.0 },
        )
    }

    fn touch_attendee(&self, id: AttendeeId, now: i64) -> Result<(), StoreError> {
        self.execute(
            "update attendee set activity_at = :now where id = :id",
            named_params! { ":id": id.0, ":now": now },
        )
    }
}
