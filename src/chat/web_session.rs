//! A browser's login: what its cookie claims, whether that still counts, and its end.
//!
//! The server keeps no row for a session, only for one that was ended before its time. How a cookie is written is
//! `ocs::cookie`'s. Source: ocs.md 2, 4.5; server.md 6.3.

use std::net::IpAddr;
use std::sync::Arc;

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::login::{self, LoggedIn};
use super::session;
use super::transaction::Act;
use crate::model::{CookieKey, LoginStamp, User, UserId};

/// Seconds without a request after which a session is over.
pub const IDLE_SECS: i64 = 24 * 60 * 60;
/// Seconds after its login at which a session is over, used or not.
pub const LONGEST_SECS: i64 = 15 * 24 * 60 * 60;
/// Seconds for which a typed password is proof enough for what changes accounts.
const CONFIRMED_SECS: i64 = 30 * 60;
/// Seconds after which the end of a session need not be known: no cookie of it counts any more.
const ENDED_KEPT_SECS: i64 = 2 * IDLE_SECS;

/// Which account a browser is logged in as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub user: UserId,
    /// The name that was typed: the id, or the account's address.
    pub typed: String,
    /// The account's stamp at the login.
    pub stamp: LoginStamp,
    pub began_at: i64,
    /// When the password was typed last.
    pub confirmed_at: i64,
}

impl Login {
    /// One that begins now.
    pub fn begin(login: &LoggedIn, typed: &str, now: i64) -> Self {
        Self {
            user: login.user.id.clone(),
            typed: typed.to_owned(),
            stamp: login.stamp,
            began_at: now,
            confirmed_at: now,
        }
    }

    /// Whether the password was typed lately.
    pub fn is_confirmed(&self, now: i64) -> bool {
        now < self.confirmed_at.saturating_add(CONFIRMED_SECS)
    }

    /// Whether it has lasted as long as any may.
    pub fn is_over(&self, now: i64) -> bool {
        self.began_at.saturating_add(LONGEST_SECS) <= now
    }
}

impl Chat {
    /// The account, if this browser is still logged in.
    pub async fn session_user(
        &self,
        cookie: CookieKey,
        login: &Login,
    ) -> Result<Option<Arc<User>>, Error> {
        if login.is_over(self.clock.now()) {
            return Ok(None);
        }
        if self.is_session_ended(cookie).await? {
            return Ok(None);
        }
        self.account_of(&login.user, login.stamp).await
    }

    /// Whether this browser's session was ended before its time.
    pub(super) async fn is_session_ended(&self, cookie: CookieKey) -> Result<bool, Error> {
        match self.memory.is_cookie_ended(cookie) {
            Some(ended) => Ok(ended),
            None => self.read(move |view| view.is_cookie_ended(cookie)).await,
        }
    }

    /// End a browser's session: whoever has a copy of its cookie is nobody from now on. Its open conversations close.
    pub async fn end_web_session(&self, cookie: CookieKey, login: &Login) -> Result<(), Error> {
        self.flows.forget_browser(cookie);
        let user = login.stamp.number;
        self.write(move |act| {
            act.tx.end_cookie(cookie, act.now)?;
            for session in act.tx.sessions_of_cookie(cookie)? {
                match act.tx.find_attendee_by_id(session.attendee)? {
                    Some(attendee) => session::end(act, &attendee, &session)?,
                    None => act.tx.delete_session(session.row)?,
                }
            }
            login::ended(act, user, Event::CookieEnded { cookie });
            Ok(())
        })
        .await
    }

    /// Make sure of a password that the account's owner types once more; the moment of it.
    ///
    /// Errors: `WrongPassword`, `Throttled`.
    pub async fn confirm_password(
        &self,
        user: &User,
        password: &str,
        address: IpAddr,
    ) -> Result<i64, Error> {
        match self.is_password_of(user, password, address).await? {
            true => Ok(self.clock.now()),
            false => Err(Error::WrongPassword),
        }
    }
}

/// Forgets sessions whose cookies would have run out by now.
pub fn forget_ended(act: &mut Act<'_>) -> Result<(), Error> {
    Ok(act.tx.delete_ended_before(act.now - ENDED_KEPT_SECS)?)
}
