//! Messages whose time is over: from that second nobody is shown them, later they are deleted.
//! Source: chat-extras.md 6.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::Error;
use super::event::Event;
use super::poll;
use super::receive::{SharedRow, share};
use super::resolved::{Parent, Resolved};
use super::transaction::Act;
use super::{pin, thread};

/// Messages that one transaction deletes.
const BATCH: u32 = 500;

/// Deletes one batch of expired messages with what hangs on them; whether there may be more.
pub fn delete_expired(act: &mut Act<'_>) -> Result<bool, Error> {
    let expired = act.tx.expired_messages(act.now, BATCH)?;
    let mut rooms = BTreeSet::new();
    for (room, id) in &expired {
        if let Some(message) = act.tx.find_message(*room, *id)? {
            poll::expired_with(act, &message)?;
        }
        act.tx.delete_message(*room, *id)?;
        rooms.insert(*room);
    }
    for room in rooms {
        act.happened(Event::RowsChanged { room });
        if let Some(room) = act.tx.find_room_by_id(room)? {
            thread::purged(act, &room)?;
            pin::purged(act, &room)?;
        }
    }
    Ok(expired.len() == BATCH as usize)
}

/// Takes out of `rows` what is expired at `now`; of an expired parent only the number stays.
pub fn hide(rows: &mut Vec<SharedRow>, now: i64) {
    rows.retain(|row| !row.record.message.is_expired(now));
    for row in rows {
        let expired = match &row.record.parent {
            Parent::Message(parent) if parent.message.is_expired(now) => parent.message.id,
            Parent::Message(_) | Parent::Gone(_) | Parent::None => continue,
        };
        // A record in the tail is older than that.
        *row = share(Arc::new(Resolved {
            parent: Parent::Gone(expired),
            ..Resolved::clone(&row.record)
        }));
    }
}
