//! SQL of pinned messages.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, AttendeeId, MessageId, RoomId};
use crate::store::{Pin, PinsRead, PinsWrite, StoreError};

/// The columns that `read_pin` reads, in its order.
macro_rules! select_pin {
    ($rest:literal) => {
        concat!(
            "select room_id, message_id, pinner_type, pinner_id, pinned_at, pinned_until from pin ",
            $rest
        )
    };
}

fn read_pin(row: &Row<'_>) -> Result<Pin, StoreError> {
    let kind: String = row.get(2)?;
    Ok(Pin {
        room: RoomId(row.get(0)?),
        message: MessageId(row.get(1)?),
        by: Actor {
            kind: known("pin.pinner_type", ActorKind::from_wire(&kind), &kind)?,
            id: row.get(3)?,
        },
        at: row.get(4)?,
        until: row.get(5)?,
    })
}

impl PinsRead for Tx<'_> {
    fn find_pin(&self, room: RoomId, message: MessageId) -> Result<Option<Pin>, StoreError> {
        self.find(
            select_pin!("where room_id = :room and message_id = :message"),
            named_params! { ":room": room.0, ":message": message.0 },
            read_pin,
        )
    }

    fn pins(&self, room: RoomId, before: MessageId, limit: u32) -> Result<Vec<Pin>, StoreError> {
        self.list(
            select_pin!(
                "where room_id = :room
                   and (:before = 0 or number < (select number from pin
                                                 where room_id = :room and message_id = :before))
                 order by number desc
                 limit :limit"
            ),
            named_params! { ":room": room.0, ":before": before.0, ":limit": limit },
            read_pin,
        )
    }

    fn due_pins(&self, now: i64, limit: u32) -> Result<Vec<Pin>, StoreError> {
        self.list(
            select_pin!("where pinned_until <= :now order by pinned_until limit :limit"),
            named_params! { ":now": now, ":limit": limit },
            read_pin,
        )
    }
}

impl Tx<'_> {
    fn note_newest_pin(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "update room
             set last_pin_id = coalesce(
               (select message_id from pin where room_id = :room order by number desc limit 1), 0)
             where id = :room",
            named_params! { ":room": room.0 },
        )
    }
}

impl PinsWrite for Tx<'_> {
    fn insert_pin(&self, pin: &Pin) -> Result<(), StoreError> {
        self.execute(
            "insert into pin (room_id, message_id, pinner_type, pinner_id, pinned_at, pinned_until, number)
             values (:room, :message, :type, :id, :at, :until,
               (select coalesce(max(number), 0) + 1 from pin where room_id = :room))",
            named_params! {
                ":room": pin.room.0,
                ":message": pin.message.0,
                ":type": pin.by.kind.wire(),
                ":id": pin.by.id,
                ":at": pin.at,
                ":until": pin.until,
            },
        )?;
        self.note_newest_pin(pin.room)
    }

    fn delete_pin(&self, room: RoomId, message: MessageId) -> Result<(), StoreError> {
        self.execute(
            "delete from pin where room_id = :room and message_id = :message",
            named_params! { ":room": room.0, ":message": message.0 },
        )?;
        self.note_newest_pin(room)
    }

    fn delete_pins(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from pin where room_id = :room",
            named_params! { ":room": room.0 },
        )?;
        self.execute(
            "update attendee set hidden_pin_id = 0 where room_id = :room and hidden_pin_id <> 0",
            named_params! { ":room": room.0 },
        )?;
        self.note_newest_pin(room)
    }

    fn hide_pin(&self, attendee: AttendeeId, message: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set hidden_pin_id = :message where id = :attendee",
            named_params! { ":attendee": attendee.0, ":message": message.0 },
        )
    }

    fn unhide_pin(&self, room: RoomId, message: MessageId) -> Result<(), StoreError> {
        self.execute(
            "update attendee set hidden_pin_id = 0
             where room_id = :room and hidden_pin_id = :message",
            named_params! { ":room": room.0, ":message": message.0 },
        )
    }
}
