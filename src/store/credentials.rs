//! App passwords, and web sessions that were ended: the store's contract.

use super::StoreError;
use crate::model::{AppPassword, AppPasswordId, CookieKey, UserNumber};

/// An app password that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewAppPassword<'p> {
    pub user: UserNumber,
    /// What the device calls itself.
    pub name: &'p str,
    /// The name that was typed for it.
    pub login_name: &'p str,
    /// SHA-256.
    pub secret_hash: &'p [u8; 32],
}

/// Reading app passwords and ended sessions.
pub trait CredentialsRead {
    /// The app password with this SHA-256.
    fn find_app_password(&self, secret_hash: &[u8; 32]) -> Result<Option<AppPassword>, StoreError>;
    fn find_app_password_by_id(&self, id: AppPasswordId)
    -> Result<Option<AppPassword>, StoreError>;
    /// All of an account, the newest first.
    fn app_passwords_of(&self, user: UserNumber) -> Result<Vec<AppPassword>, StoreError>;
    /// Whether this browser's session was ended before its time.
    fn is_session_ended(&self, cookie: CookieKey) -> Result<bool, StoreError>;
}

/// Writing app passwords and ended sessions.
pub trait CredentialsWrite {
    /// Its number was never used before.
    fn insert_app_password(
        &self,
        password: &NewAppPassword<'_>,
        now: i64,
    ) -> Result<AppPasswordId, StoreError>;
    /// Gives it another secret.
    fn renew_app_password(
        &self,
        id: AppPasswordId,
        secret_hash: &[u8; 32],
    ) -> Result<(), StoreError>;
    /// Notes that it was used.
    fn touch_app_password(&self, id: AppPasswordId, now: i64) -> Result<(), StoreError>;
    /// From now on it only tells its device to forget everything.
    fn wipe_app_password(&self, id: AppPasswordId) -> Result<(), StoreError>;
    fn delete_app_password(&self, id: AppPasswordId) -> Result<(), StoreError>;
    /// Notes that this browser's session is over; nothing happens if it is already.
    fn end_cookie(&self, cookie: CookieKey, now: i64) -> Result<(), StoreError>;
    /// Forgets sessions that ended before `before`.
    fn delete_ended_before(&self, before: i64) -> Result<(), StoreError>;
}
