//! What a member sets for nobody but themselves: flags, notifications, whether the window has the focus.
//! Source: conversations.md 3.8 to 3.10, 4.11.

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::membership;
use super::message::still_there;
use crate::model::{Attendee, NotificationLevel};

/// A flag that a member puts on a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    Favorite,
    Archived,
    /// Notifies even those who do not want to be disturbed.
    Important,
    /// Previews show no message.
    Sensitive,
}

impl Chat {
    /// Put a flag on the conversation, or with `false` take it off.
    pub async fn set_flag(&self, at: &Participation, flag: Flag, on: bool) -> Result<(), Error> {
        self.set_own(at, move |attendee| match flag {
            Flag::Favorite => attendee.favorite = on,
            Flag::Archived => attendee.archived = on,
            Flag::Important => attendee.important = on,
            Flag::Sensitive => attendee.sensitive = on,
        })
        .await
    }

    /// Choose about which messages to be told: 1 all, 2 mentions, 3 none. Errors: `level`.
    pub async fn set_notification_level(
        &self,
        at: &Participation,
        level: i64,
    ) -> Result<(), Error> {
        let level = NotificationLevel::from_wire(level)
            .filter(|level| *level != NotificationLevel::Default)
            .ok_or(Error::Invalid(Invalid::Level))?;
        self.set_own(at, move |attendee| attendee.notification_level = level)
            .await
    }

    /// Choose to be told about calls (1) or not (0). Errors: `level`.
    pub async fn set_call_notifications(
        &self,
        at: &Participation,
        level: i64,
    ) -> Result<(), Error> {
        let notify = match level {
            0 => false,
            1 => true,
            _ => return Err(Error::Invalid(Invalid::Level)),
        };
        self.set_own(at, move |attendee| attendee.notify_calls = notify)
            .await
    }

    /// Say whether the room has the focus in this browser (1), or not (0).
    ///
    /// Errors, in order: `NoSession`, `InvalidSetting`.
    pub async fn set_session_state(&self, at: &Participation, state: i64) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let session = act
                .tx
                .find_session(room.id, at.caller.cookie)?
                .filter(|session| session.attendee == attendee.id)
                .ok_or(Error::NoSession)?;
            let active = match state {
                0 => false,
                1 => true,
                _ => return Err(Error::InvalidSetting),
            };
            act.tx.set_session_active(session.row, active)?;
            Ok(())
        })
        .await
    }

    async fn set_own<F>(&self, at: &Participation, set: F) -> Result<(), Error>
    where
        F: FnOnce(&mut Attendee) + Send + 'static,
    {
        let at = at.clone();
        self.write(move |act| {
            let (_, mut attendee) = still_there(act, &at)?;
            set(&mut attendee);
            // Also when nothing changes: other devices of the account look for it.
            attendee.activity_at = act.now;
            membership::update(act, &attendee)
        })
        .await
    }
}
