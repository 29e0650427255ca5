//! On what grounds a caller is believed to be an account, and whether they still hold while the request waits.
//!
//! A client whose wait ends with 401 may forget its account, so that this is only said when whoever asks anew with the
//! same would be refused. Source: ocs.md 4.1, 4.2, 4.5.

use super::Chat;
use super::admission::Caller;
use super::error::Error;
use super::login::Standing;
use crate::live::Listening;
use crate::model::LoginStamp;

/// On what grounds a caller is believed to be an account.
#[derive(Debug, Clone, Copy)]
pub struct Grounds {
    /// Names the credential.
    pub stamp: LoginStamp,
    pub rest_on: RestOn,
    /// Before they were looked at; to notice later that something about the account's logins ended.
    pub seen_at: u64,
}

/// What they rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestOn {
    /// The session of this browser alone.
    Session,
    /// The credential, which the request showed.
    Secret,
    /// The session, and something else that the request showed: asking anew may succeed with either of them.
    Both,
}

/// Watches the grounds of a caller who waits.
pub(super) struct LoginWatch<'c> {
    caller: &'c Caller,
    seen_at: u64,
}

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Holds,
    /// It may be over or not: the caller has to ask anew.
    Unclear,
}

impl<'c> LoginWatch<'c> {
    pub(super) fn of(caller: &'c Caller) -> Self {
        let seen_at = caller.grounds.as_ref().map_or(0, |grounds| grounds.seen_at);
        Self { caller, seen_at }
    }

    /// Listen for what ends logins of the account; visitors have none. Take it before a look.
    pub(super) fn listen(&self, chat: &Chat) -> Option<Listening> {
        let grounds = self.caller.grounds.as_ref()?;
        Some(chat.memory.logins.listen(grounds.stamp.number))
    }

    /// Whether the login still holds; costs a look at a counter as long as nothing ended.
    ///
    /// Errors: `LoginOver`.
    pub(super) async fn look(&mut self, chat: &Chat) -> Result<Login, Error> {
        let Some(grounds) = self.caller.grounds.as_deref() else {
            return Ok(Login::Holds);
        };
        let number = grounds.stamp.number;
        if chat.memory.logins_unchanged_since(number, self.seen_at) {
            return Ok(Login::Holds);
        }
        let now = chat.memory.stamp();
        // On the heap: hardly anybody who waits needs its room.
        let login = Box::pin(chat.examine(self.caller, grounds)).await?;
        self.seen_at = now;
        Ok(login)
    }
}

impl Chat {
    /// What to compare later with what ended meanwhile: take it before finding out who asks.
    pub fn moment(&self) -> u64 {
        self.memory.stamp()
    }

    async fn examine(&self, caller: &Caller, grounds: &Grounds) -> Result<Login, Error> {
        let Some(user) = caller.user_id() else {
            return Ok(Login::Holds);
        };
        let standing = match self.standing(user, grounds.stamp).await? {
            Standing::Good(_) if grounds.rest_on == RestOn::Secret => return Ok(Login::Holds),
            Standing::Good(_) => match self.is_session_ended(caller.cookie).await? {
                false => return Ok(Login::Holds),
                true => Standing::Gone,
            },
            other => other,
        };
        match (standing, grounds.rest_on) {
            (Standing::Renewed, _) | (Standing::Gone, RestOn::Both) => Ok(Login::Unclear),
            _ => Err(Error::LoginOver),
        }
    }
}
