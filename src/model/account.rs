//! Accounts and groups.

use super::ids::{AppPasswordId, UserId, UserNumber};

/// An account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub number: UserNumber,
    pub id: UserId,
    /// Never empty: falls back to the id.
    pub display_name: String,
    /// Lower case.
    pub email: Option<String>,
    pub language: String,
    pub locale: String,
    pub timezone: String,
    /// The version of the uploaded picture that others see; `None`: they see one that is drawn.
    pub portrait: Option<String>,
    pub enabled: bool,
    /// In the group `admin`.
    pub is_admin: bool,
    /// Grows with each change that ends what was begun with the account's password (password, enabled).
    pub credential_epoch: i64,
    /// Others do not see how far this account has read.
    pub read_private: bool,
    /// Others do not see this account typing.
    pub typing_private: bool,
    /// Unix seconds; 0: never.
    pub first_login_at: i64,
    /// Unix seconds; 0: never.
    pub last_login_at: i64,
}

/// With what somebody proved to be an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// The account's own password.
    Password,
    /// One of its app passwords.
    App(AppPasswordId),
}

impl Credential {
    /// The app password, if it was one.
    pub fn app_password(self) -> Option<AppPasswordId> {
        match self {
            Self::App(id) => Some(id),
            Self::Password => None,
        }
    }

    /// As a number: 0 is the account's password.
    pub fn wire(self) -> i64 {
        self.app_password().map_or(0, |id| id.0)
    }

    /// From that number.
    pub fn from_wire(number: i64) -> Self {
        match number {
            0 => Self::Password,
            id => Self::App(AppPasswordId(id)),
        }
    }
}

/// What a remembered login must still match. The id alone would not do: an account that is deleted
/// and made anew has the same id and begins with the same epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginStamp {
    pub number: UserNumber,
    /// The account's epoch; of an app password, which outlives the account's password, the beginning of its hash.
    pub epoch: i64,
    pub by: Credential,
}

impl User {
    /// The stamp of a login that is verified now by the account's own password.
    pub fn login_stamp(&self) -> LoginStamp {
        LoginStamp {
            number: self.number,
            epoch: self.credential_epoch,
            by: Credential::Password,
        }
    }
}

/// What a new account begins with.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub id: UserId,
    pub display_name: String,
    pub email: Option<String>,
    pub language: String,
    /// argon2id, as a PHC string.
    pub password_hash: String,
}

/// A group of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    /// Never empty: falls back to the id.
    pub display_name: String,
}

impl Group {
    /// The group whose members administer the server.
    pub const ADMIN: &'static str = "admin";
}

/// A revocable second password of an account: one device, or one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    pub id: AppPasswordId,
    pub user: UserNumber,
    /// What the device called itself.
    pub name: String,
    /// The name that was typed when it was made, the id or an address; empty if nobody knows.
    pub login_name: String,
    /// SHA-256; the secret is long and random, so that this is enough.
    pub secret_hash: [u8; 32],
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds, an hour late at most; 0: never.
    pub last_used_at: i64,
    /// It lets nobody in any more: the device is to forget everything.
    pub wipe: bool,
}

impl AppPassword {
    /// The stamp of a login by it. Another secret makes it another stamp.
    ///
    /// Quirk: session-of-app-password.
    pub fn login_stamp(&self) -> LoginStamp {
        let [a, b, c, d, e, f, g, h, ..] = self.secret_hash;
        LoginStamp {
            number: self.user,
            epoch: i64::from_be_bytes([a, b, c, d, e, f, g, h]),
            by: Credential::App(self.id),
        }
    }
}
