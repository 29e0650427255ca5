//! Read markers: one's own, and what everybody has read. Source: chat.md 1.4, 6.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::still_there;
use super::notice;
use super::posting::set_marker;
use super::resolved::Resolved;
use super::transaction::{Act, View};
use crate::live::{CommonRead, LiveRoom};
use crate::model::{Attendee, Marks, MessageId, RoomId, UserId};

impl Chat {
    /// Set the caller's marker, forward or backward, to any number; `None`: the last message.
    ///
    /// Errors: `lastReadMessage` below -2.
    pub async fn mark_read(&self, at: &Participation, to: Option<i64>) -> Result<(), Error> {
        // Quirk: marker-out-of-range.
        if to.is_some_and(|to| to < MessageId::NOTHING_READ.0) {
            return Err(Error::Invalid(Invalid::LastReadMessage));
        }
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let to = match to {
                None => act.tx.pulse(room.id)?.last_message,
                Some(to) if to <= 0 => MessageId::NOTHING_READ,
                Some(to) => MessageId(to.min(MessageId::MAX.0)),
            };
            set_marker(act, &attendee, to)?;
            if to >= act.tx.pulse(room.id)?.last_message {
                notice::has_read_all(act, &attendee)?;
            }
            act.tx.touch_attendee(attendee.id, act.now)?;
            Ok(())
        })
        .await
    }

    /// Set the caller's marker so that the last chat message is unread. Source: chat.md 6.3.
    pub async fn mark_unread(&self, at: &Participation) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let tx = act.tx;
            let last = tx.pulse(room.id)?.last_message;
            let last_is_chat = tx
                .find_message(room.id, last)?
                .is_some_and(|message| message.body.is_chat());
            let newest_chat = if last_is_chat {
                Some(last)
            } else {
                tx.chat_message_before(room.id, last)?
            };
            let before = newest_chat.unwrap_or(last);
            let marker = match tx.chat_message_before(room.id, before)? {
                Some(earlier) => earlier,
                // Quirk: unread-without-earlier-message.
                None => tx
                    .messages_before(room.id, before, 1)?
                    .first()
                    .map_or(MessageId::NOTHING_READ, |row| row.id),
            };
            set_marker(act, &attendee, marker)?;
            act.tx.touch_attendee(attendee.id, act.now)?;
            Ok(())
        })
        .await
    }

    /// What everybody has read, for a caller who lets others see their own marker.
    pub async fn common_read_for(&self, at: &Participation) -> Result<Option<MessageId>, Error> {
        let live = self.memory.hub.room(at.room().id);
        self.common_read_shown(at, &live).await
    }

    /// The same for whoever holds the room already.
    pub(super) async fn common_read_shown(
        &self,
        at: &Participation,
        live: &LiveRoom<Arc<Resolved>>,
    ) -> Result<Option<MessageId>, Error> {
        if at.attendee().read_private {
            return Ok(None);
        }
        self.common_read_in(at.room().id, live).await.map(Some)
    }

    /// What everybody has read: O(log n) once the room is awake.
    async fn common_read_in(
        &self,
        room: RoomId,
        live: &LiveRoom<Arc<Resolved>>,
    ) -> Result<MessageId, Error> {
        if let Some(markers) = live.common_read().as_ref() {
            return Ok(markers.lowest());
        }
        let stamp = self.memory.stamp();
        let markers = self
            .read(move |view| {
                let stored = view.tx.public_markers(room)?;
                let pending = &view.memory.pending;
                Ok(CommonRead::from_markers(stored.into_iter().map(
                    |(attendee, marker)| {
                        let waiting = pending.marker(attendee).unwrap_or(marker);
                        (attendee, marker.max(waiting))
                    },
                )))
            })
            .await?;
        let lowest = markers.lowest();
        let mut place = live.common_read();
        // A marker that moved since the stamp may be missing: then the next caller reads again.
        if place.is_none() && self.memory.markers_unchanged_since(room, stamp) {
            *place = Some(markers);
        }
        Ok(lowest)
    }

    /// Move a marker forward without waiting for the store: seen by all at once, written soon.
    pub(super) fn raise_marker(&self, attendee: &Attendee, to: MessageId) {
        self.memory.pending.raise_marker(attendee.id, to);
        self.memory
            .move_markers(attendee.room, |markers| markers.raise(attendee.id, to));
    }

    /// Note that a session is alive, without waiting for the store.
    pub(super) fn raise_ping(&self, session_row: i64) {
        self.memory.pending.ping(session_row, self.clock.now());
    }

    /// Write the moved markers and pings, if nobody is at it: the next batch gathers meanwhile.
    pub fn write_pending_soon(self: &Arc<Self>) {
        if self.memory.pending.is_empty() || self.flushing.swap(true, Ordering::SeqCst) {
            return;
        }
        let chat = Arc::clone(self);
        tokio::spawn(async move {
            while !chat.memory.pending.is_empty() {
                if let Err(error) = chat.write_pending().await {
                    // They stay in memory; the next poll tries again.
                    tracing::warn!(%error, "read markers could not be written yet");
                    break;
                }
            }
            chat.flushing.store(false, Ordering::SeqCst);
        });
    }

    /// Write the moved markers and pings.
    pub(super) async fn write_pending(&self) -> Result<(), Error> {
        let batch = self
            .write(|act| {
                let batch = act.memory.pending.copy();
                for (attendee, marker) in &batch.markers {
                    act.tx.raise_last_read(*attendee, *marker)?;
                }
                for (session, at) in &batch.pings {
                    act.tx.raise_ping(*session, *at)?;
                }
                Ok(batch)
            })
            .await?;
        self.memory.pending.written(batch);
        Ok(())
    }
}

/// Hides how far the account has read, or shows it.
pub(super) fn set_read_private(
    act: &mut Act<'_>,
    user: &UserId,
    private: bool,
) -> Result<(), Error> {
    act.tx.set_read_private(user, private)?;
    act.happened(Event::AccountChanged { user: user.clone() });
    for (attendee, marks) in act.tx.attendees_of(user)? {
        let (room, id) = (attendee.room, attendee.id);
        let marker = self::marks(&act.view(), &attendee, marks).last_read;
        super::membership::seat_changed(act, &attendee)?;
        act.happened(if private {
            Event::MarkerGone { room, attendee: id }
        } else {
            Event::MarkerCounts {
                room,
                attendee: id,
                marker,
            }
        });
    }
    Ok(())
}

/// Hides that the account is typing, or shows it.
pub(super) fn set_typing_private(
    act: &mut Act<'_>,
    user: &UserId,
    private: bool,
) -> Result<(), Error> {
    if let Some(found) = act.tx.find_user(user.as_str())? {
        act.tx.set_typing_private(found.number, private)?;
    }
    act.happened(Event::AccountChanged { user: user.clone() });
    Ok(())
}

/// A member's markers, with what polling moved and the store does not know yet.
pub fn marks(view: &View<'_>, attendee: &Attendee, stored: Marks) -> Marks {
    let waiting = view.memory.pending.marker(attendee.id);
    Marks {
        last_read: waiting.map_or(stored.last_read, |waiting| waiting.max(stored.last_read)),
        ..stored
    }
}
