//! What a row of the pages makes sure of before its handler, which takes it beside the context.
//!
//! Nothing else makes one, so that no page for accounts can do without the check.

use std::ops::Deref;
use std::sync::Arc;

use super::cx::PageCx;
use crate::chat::Error;
use crate::chat::app_password::AppPasswordRefusal;
use crate::chat::web_session::Login;
use crate::model::{Credential, User};

/// The proof that a condition holds.
pub trait Gate: Sized + Send + 'static {
    fn admit(cx: &PageCx) -> Result<Self, Error>;
}

/// Somebody who is logged in; others are led to the login.
pub struct Account {
    user: Arc<User>,
    login: Login,
}

impl Account {
    /// Who it is.
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// Since when, and by what.
    pub fn login(&self) -> &Login {
        &self.login
    }
}

impl Gate for Account {
    /// Errors: `NotLoggedIn`.
    fn admit(cx: &PageCx) -> Result<Self, Error> {
        let (user, login) = (cx.caller.user.clone(), cx.session.login.clone());
        let (user, login) = user.zip(login).ok_or(Error::NotLoggedIn)?;
        Ok(Self { user, login })
    }
}

/// The same, by the account's own password: an app password, in a session or a header, neither makes others nor looks
/// after them.
pub struct Owner(Account);

impl Gate for Owner {
    /// Errors: `NotLoggedIn`, `NotEnough`.
    fn admit(cx: &PageCx) -> Result<Self, Error> {
        let account = Account::admit(cx)?;
        match (cx.caller.app_password(), account.login.stamp.by) {
            (None, Credential::Password) => Ok(Self(account)),
            _ => Err(AppPasswordRefusal::NotEnough.into()),
        }
    }
}

impl Deref for Owner {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.0
    }
}
