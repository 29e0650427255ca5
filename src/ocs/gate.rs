//! The words in which a route row says whom it lets in, and the types that prove it.
//!
//! A gate's result is the handler's parameter: what needs a moderator cannot be wired to a weaker
//! gate. The checks themselves are `chat::admission`'s. Source: conversations.md 5.2.

use std::marker::PhantomData;
use std::sync::Arc;

use super::cx::Cx;
use super::failure::Failure;
use crate::chat::Error;
use crate::chat::admission::{Members, Needs, Participation};
use crate::chat::bot::answer::Whence;
use crate::http::form::Fields;
use crate::model::{Permissions, Token, User};

/// Whom a row lets in, before its room is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    LoggedIn,
    /// Administrators; the text is what others read.
    Admin(&'static str),
}

/// A condition that turns a request into what the handler needs.
pub trait Gate: Copy + Send + Sync + 'static {
    /// The proof that the condition holds.
    type At: Send;

    fn access(&self) -> Access;

    /// Whom it refuses, with which status; who must log in apart.
    fn refuses(&self) -> Vec<(u16, &'static str)> {
        match self.access() {
            Access::Admin(message) => vec![(403, message)],
            Access::Anyone | Access::LoggedIn => Vec::new(),
        }
    }

    /// Whether the account's owner must have shown the password lately.
    fn needs_confirmation(&self) -> bool {
        false
    }

    fn admit(
        self,
        cx: &Cx,
        fields: &Fields,
    ) -> impl Future<Output = Result<Self::At, Failure>> + Send;
}

/// Nobody is refused.
#[derive(Clone, Copy)]
pub struct Anyone;

/// No condition.
pub fn anyone() -> Anyone {
    Anyone
}

impl Gate for Anyone {
    type At = ();

    fn access(&self) -> Access {
        Access::Anyone
    }

    async fn admit(self, _: &Cx, _: &Fields) -> Result<(), Failure> {
        Ok(())
    }
}

/// Whoever signs as a bot of the room that the path names; whether the signature fits depends on what
/// is signed.
#[derive(Clone, Copy)]
pub struct ByBot;

/// A bot.
pub fn bot() -> ByBot {
    ByBot
}

impl Gate for ByBot {
    type At = Whence;

    fn access(&self) -> Access {
        Access::Anyone
    }

    async fn admit(self, cx: &Cx, fields: &Fields) -> Result<Whence, Failure> {
        Ok(Whence {
            token: token(fields)?,
            address: cx.caller.address,
            signed: cx.signed.as_deref().cloned(),
        })
    }
}

/// An account, perhaps an administrator's.
#[derive(Clone, Copy)]
pub struct Account {
    access: Access,
    confirmed: bool,
}

impl Account {
    fn with(access: Access) -> Self {
        Self {
            access,
            confirmed: false,
        }
    }

    /// Refuses browsers in which the password was not typed lately; never clients that send it along.
    pub fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
    }
}

/// Any account.
pub fn logged_in() -> Account {
    Account::with(Access::LoggedIn)
}

/// An administrator.
pub fn admin() -> Account {
    Account::with(Access::Admin("Logged in account must be an admin"))
}

/// An administrator, where the reference also knows administrators of groups.
pub fn manager() -> Account {
    Account::with(Access::Admin(
        "Logged in account must be at least a sub admin",
    ))
}

/// An administrator, where the reference also lets in whom it has given this one right.
pub fn special_right() -> Account {
    Account::with(Access::Admin(
        "Logged in account must be an admin, a sub admin or gotten special right to access this setting",
    ))
}

impl Gate for Account {
    type At = Arc<User>;

    fn access(&self) -> Access {
        self.access
    }

    fn needs_confirmation(&self) -> bool {
        self.confirmed
    }

    async fn admit(self, cx: &Cx, _: &Fields) -> Result<Arc<User>, Failure> {
        let user = cx.caller.user.clone().ok_or(Error::NotLoggedIn)?;
        match self.access {
            Access::Admin(message) if !user.is_admin => Err(Failure::NotAllowed(message)),
            Access::Admin(_) | Access::LoggedIn | Access::Anyone => Ok(user),
        }
    }
}

/// A place in the room that the path names.
pub struct InRoom<At> {
    needs: Needs,
    proof: PhantomData<fn() -> At>,
}

impl<At> Clone for InRoom<At> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<At> Copy for InRoom<At> {}

impl<At> InRoom<At> {
    fn of(members: Members) -> Self {
        Self {
            needs: Needs::of(members),
            proof: PhantomData,
        }
    }

    /// Refuses in locked conversations.
    pub fn read_write(mut self) -> Self {
        self.needs.writable = true;
        self
    }

    /// Refuses those whom the lobby holds back.
    pub fn no_lobby(mut self) -> Self {
        self.needs.no_lobby = true;
        self
    }

    /// Refuses everybody while there are no calls on this server.
    pub fn with_calls(mut self) -> Self {
        self.needs.calls = true;
        self
    }

    /// Refuses members without this permission.
    pub fn may(mut self, permission: Permissions) -> Self {
        self.needs.permission = Some(permission);
        self
    }
}

impl<At: From<Participation> + Send + 'static> Gate for InRoom<At> {
    type At = At;

    fn access(&self) -> Access {
        if self.needs.need_login() {
            Access::LoggedIn
        } else {
            Access::Anyone
        }
    }

    fn refuses(&self) -> Vec<(u16, &'static str)> {
        let mut refused = vec![(404, "No such conversation, or the caller is not in it")];
        let is_for_moderators = matches!(
            self.needs.members,
            Members::Moderators | Members::LoggedInModerators
        );
        if is_for_moderators {
            refused.push((403, "Not a moderator, or banned"));
        } else if self.needs.permission.is_some() || self.needs.writable {
            refused.push((403, "Locked, banned, or without the permission"));
        } else {
            refused.push((403, "Banned"));
        }
        if self.needs.no_lobby {
            refused.push((412, "Held back in the lobby"));
        }
        refused
    }

    async fn admit(self, cx: &Cx, fields: &Fields) -> Result<At, Failure> {
        let token = token(fields)?;
        let participation = cx.chat().admit(&cx.caller, &token, self.needs).await?;
        Ok(At::from(participation))
    }
}

/// The room that the path names.
pub fn token(fields: &Fields) -> Result<Token, Failure> {
    let text = fields.text("token")?;
    // The router lets only tokens through.
    Ok(Token::parse(&text).ok_or(Error::RoomNotFound)?)
}

/// A member of any kind.
pub struct Participant(pub Participation);
/// A member with an account; guests find nothing.
pub struct Authenticated(pub Participation);
/// A member with an account; guests are asked to log in.
pub struct Member(pub Participation);
/// A moderator of any kind.
pub struct Moderator(pub Participation);
/// A moderator with an account.
pub struct LoggedInModerator(pub Participation);

impl From<Participation> for Participant {
    fn from(at: Participation) -> Self {
        Self(at)
    }
}

impl From<Participation> for Authenticated {
    fn from(at: Participation) -> Self {
        Self(at)
    }
}

impl From<Participation> for Member {
    fn from(at: Participation) -> Self {
        Self(at)
    }
}

impl From<Participation> for Moderator {
    fn from(at: Participation) -> Self {
        Self(at)
    }
}

impl From<Participation> for LoggedInModerator {
    fn from(at: Participation) -> Self {
        Self(at)
    }
}

/// P: any member, guests too.
pub fn participant() -> InRoom<Participant> {
    InRoom::of(Members::Participants)
}

/// AP: members with an account; guests get 404.
pub fn authenticated() -> InRoom<Authenticated> {
    InRoom::of(Members::Authenticated)
}

/// LP: members with an account; guests get 401.
pub fn member() -> InRoom<Member> {
    InRoom::of(Members::LoggedIn)
}

/// PM: moderators, guest moderators too.
pub fn moderator() -> InRoom<Moderator> {
    InRoom::of(Members::Moderators)
}

/// LM and M*: moderators with an account; guests get 401.
pub fn logged_in_moderator() -> InRoom<LoggedInModerator> {
    InRoom::of(Members::LoggedInModerators)
}
