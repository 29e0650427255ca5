//! What others see of an account's whereabouts: whether it is in a call.
//!
//! "In a call" follows from the open sessions and is stored nowhere, so it ends with the call.
//! Source: conversations.md 2.2, server.md 12.

use super::error::Error;
use super::transaction::View;
use crate::model::{Attendee, UserId};

/// Whether somebody can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    Away,
    Offline,
}

impl Availability {
    /// The word that clients know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }
}

/// A status as others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub availability: Availability,
    pub icon: Option<&'static str>,
    pub message: Option<&'static str>,
    /// Unix seconds.
    pub clear_at: Option<i64>,
}

impl Status {
    /// Nothing is known of them.
    pub const OFFLINE: Self = Self {
        availability: Availability::Offline,
        icon: None,
        message: None,
        clear_at: None,
    };
    const IN_A_CALL: Self = Self {
        availability: Availability::Away,
        icon: Some("💬"),
        message: Some("In a call"),
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
        let in_call = view.tx.is_in_call(user)?;
        Ok(in_call.then_some(Self::IN_A_CALL))
    }
}
