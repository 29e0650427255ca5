//! Accounts and groups.

use super::ids::{UserId, UserNumber};

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
    pub enabled: bool,
    /// In the group `admin`.
    pub is_admin: bool,
    /// Grows with each change that ends remembered logins (password, enabled, app passwords).
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

/// What a remembered login must still match. The id alone would not do: an account that is deleted
/// and made anew has the same id and begins with the same epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginStamp {
    pub number: UserNumber,
    pub epoch: i64,
}

impl User {
    /// The stamp of a login that is verified now.
    pub fn login_stamp(&self) -> LoginStamp {
        LoginStamp {
            number: self.number,
            epoch: self.credential_epoch,
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

/// A revocable second password of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    pub id: i64,
    pub user: UserNumber,
    pub name: String,
}
