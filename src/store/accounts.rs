//! Accounts, groups and settings: the store's contract.

use super::StoreError;
use crate::model::{Group, NewUser, User, UserId, UserNumber};

/// Reading accounts.
pub trait AccountsRead {
    /// The account with this name, whatever the case of its ASCII letters.
    fn find_user(&self, id: &str) -> Result<Option<User>, StoreError>;
    fn find_user_by_number(&self, number: UserNumber) -> Result<Option<User>, StoreError>;
    /// The accounts with this address (lower case), at most two: one is a match, two are ambiguous.
    fn users_by_email(&self, email: &str) -> Result<Vec<User>, StoreError>;
    /// The PHC string of the account's password.
    fn password_hash(&self, user: UserNumber) -> Result<Option<String>, StoreError>;
    /// Accounts whose id, name or address contains `search` (ASCII case aside), by id.
    fn list_users(&self, search: &str, limit: i64, offset: i64) -> Result<Vec<User>, StoreError>;
    /// Enabled accounts whose id, name or address is exactly `name` (ASCII case aside), by id.
    fn users_named(&self, name: &str, limit: i64) -> Result<Vec<User>, StoreError>;
    /// As `list_users`, without those that are kept out. `search` has no line breaks.
    fn find_users(&self, search: &str, limit: i64) -> Result<Vec<User>, StoreError>;
    /// The account's own fields, by name.
    fn user_fields(&self, user: UserNumber) -> Result<Vec<(String, String)>, StoreError>;
    /// The group with exactly this id.
    fn find_group(&self, id: &str) -> Result<Option<Group>, StoreError>;
    /// Groups whose id or name contains `search` (ASCII case aside), by id.
    fn list_groups(&self, search: &str, limit: i64, offset: i64) -> Result<Vec<Group>, StoreError>;
    /// The groups of an account, by id.
    fn groups_of(&self, user: UserNumber) -> Result<Vec<Group>, StoreError>;
    /// How many accounts belong to a group.
    fn group_size(&self, group: &str) -> Result<usize, StoreError>;
    /// Whether the account with this name belongs to a group.
    fn is_in_group(&self, group: &str, user: &UserId) -> Result<bool, StoreError>;
    /// The members of a group, by id.
    fn members_of(&self, group: &str) -> Result<Vec<User>, StoreError>;
    /// A stored setting of the server.
    fn setting(&self, name: &str) -> Result<Option<String>, StoreError>;
    /// Names and values of all settings whose name begins with `prefix`.
    fn settings_below(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError>;
}

/// Writing accounts.
pub trait AccountsWrite {
    /// Errors: `Taken` if the name exists in any case.
    fn insert_user(&self, user: &NewUser, now: i64) -> Result<UserNumber, StoreError>;
    fn delete_user(&self, user: UserNumber) -> Result<(), StoreError>;
    /// Also gives the new name to the account's memberships.
    fn set_display_name(&self, user: &UserId, name: &str) -> Result<(), StoreError>;
    fn set_email(&self, user: UserNumber, email: Option<&str>) -> Result<(), StoreError>;
    fn set_language(&self, user: UserNumber, language: &str) -> Result<(), StoreError>;
    fn set_locale(&self, user: UserNumber, locale: &str) -> Result<(), StoreError>;
    fn set_timezone(&self, user: UserNumber, timezone: &str) -> Result<(), StoreError>;
    /// Also ends what was begun with the old password.
    fn set_password_hash(&self, user: UserNumber, hash: &str) -> Result<(), StoreError>;
    /// Also ends what was begun with the password.
    fn set_enabled(&self, user: UserNumber, enabled: bool) -> Result<(), StoreError>;
    /// Also copies it to the account's memberships.
    fn set_read_private(&self, user: &UserId, private: bool) -> Result<(), StoreError>;
    fn set_typing_private(&self, user: UserNumber, private: bool) -> Result<(), StoreError>;
    fn set_user_field(&self, user: UserNumber, name: &str, value: &str) -> Result<(), StoreError>;
    fn delete_user_field(&self, user: UserNumber, name: &str) -> Result<(), StoreError>;
    /// Note a login with a password.
    fn touch_login(&self, user: UserNumber, now: i64) -> Result<(), StoreError>;
    /// Errors: `Taken` if the group exists.
    fn insert_group(&self, group: &Group) -> Result<(), StoreError>;
    fn set_group_name(&self, group: &str, name: &str) -> Result<(), StoreError>;
    fn delete_group(&self, group: &str) -> Result<(), StoreError>;
    /// Nothing happens if they belong already.
    fn add_member(&self, group: &str, user: UserNumber) -> Result<(), StoreError>;
    fn remove_member(&self, group: &str, user: UserNumber) -> Result<(), StoreError>;
    fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError>;
    fn delete_setting(&self, name: &str) -> Result<(), StoreError>;
}
