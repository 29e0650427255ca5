//! What others see of an account's whereabouts: what it says, what its clients report, whether it is in a call.
//!
//! "In a call" follows from the open sessions and is stored nowhere, so it ends with the call.
//! Source: conversations.md 2.2, server.md 12.

use super::error::Error;
use super::transaction::View;
use super::user_status;
use crate::model::{Attendee, Availability, UserId, UserStatus};

/// A status as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub availability: Availability,
    pub icon: Option<String>,
    pub message: Option<String>,
    /// Unix seconds.
    pub clear_at: Option<i64>,
}

impl From<UserStatus> for Status {
    fn from(status: UserStatus) -> Self {
        Self {
            availability: status.availability.for_others(),
            icon: status.icon,
            message: status.message,
            clear_at: status.clear_at,
        }
    }
}

impl Status {
    /// Nothing is known of them.
    pub const OFFLINE: Self = Self {
        availability: Availability::Offline,
        icon: None,
        message: None,
        clear_at: None,
    };

    /// What a list of members shows of one: something of each account, nothing of others.
    pub fn shown(view: &View<'_>, attendee: &Attendee) -> Result<Option<Self>, Error> {
        match attendee.actor.as_user() {
            Some(user) => Ok(Some(Self::of(view, &user)?.unwrap_or(Self::OFFLINE))),
            None => Ok(None),
        }
    }

    /// The account's status; `None` if it has none.
    pub fn of(view: &View<'_>, user: &UserId) -> Result<Option<Self>, Error> {
        Ok(user_status::current(view, user)?.map(Self::from))
    }
}
