//! Accounts: creating, listing, editing, deleting, and what that does to their conversations.
//!
//! What values are acceptable is `edit`'s; groups are `group`'s; logging in is `login`'s.
//! Source: server.md 5, 13.1; conversations.md 4.14.

use std::sync::Arc;

use super::error::{AccountRefusal, Error};
use super::event::Event;
use super::membership;
use super::posting::say;
use super::transaction::{Act, View};
use super::{Chat, group, login};
use crate::model::ids::random_password;
use crate::model::{
    Actor, Attendee, Group, NewUser, Role, Room, RoomKind, SystemMessage, User, UserId, UserNumber,
};

mod edit;
pub(super) mod place;
#[cfg(test)]
mod tests;

use edit::{Edit, Editor};

pub use edit::{ADDITIONAL_MAIL, MAX_NAME_CHARS, is_email};

/// What an account is to begin with. No `Debug`: it holds a password.
#[derive(Clone, Default)]
pub struct NewAccount {
    pub id: String,
    /// Empty: a random one that nobody learns, if there is an address.
    pub password: String,
    /// Empty: the id.
    pub display_name: String,
    /// Empty: none.
    pub email: String,
    /// Empty: English.
    pub language: String,
    /// Ids of groups that exist.
    pub groups: Vec<String>,
}

/// An account with everything that is known of it.
#[derive(Debug, Clone)]
pub struct AccountDetails {
    pub user: User,
    /// What it says about itself, by name.
    pub fields: Vec<(String, String)>,
    /// The ids of its groups.
    pub groups: Vec<String>,
}

impl AccountDetails {
    /// The value of a field, if it was ever set.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The further addresses.
    pub fn additional_mails(&self) -> Vec<&str> {
        let kept = self.field(ADDITIONAL_MAIL).unwrap_or_default();
        edit::additional_mails(kept).collect()
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page {
    /// `None`: all.
    pub limit: Option<i64>,
    pub offset: i64,
}

impl Page {
    /// As the store wants it: a limit of -1 is none.
    pub(super) fn bounds(self) -> (i64, i64) {
        (
            self.limit.map_or(-1, |limit| limit.max(0)),
            self.offset.max(0),
        )
    }

    /// This part of a list.
    pub fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let count = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        all.skip(count(self.offset))
            .take(self.limit.map_or(usize::MAX, count))
    }
}

/// Which accounts a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    Disabled,
    /// Those who have logged in, the latest first.
    Recent,
}

impl Chat {
    /// Make an account, on behalf of the command line.
    ///
    /// Errors, in order: `UserExists`, `NoSuchGroup`, `InvalidPassword`, `PasswordOrEmailNeeded`,
    /// `InvalidLogin`, `InvalidField`.
    pub async fn create_user(&self, new: NewAccount) -> Result<UserId, Error> {
        self.create(Actor::command_line(), new).await
    }

    /// Make an account, on behalf of an administrator. Errors: as `create_user`.
    pub async fn create_user_by(&self, caller: &User, new: NewAccount) -> Result<UserId, Error> {
        self.create(Actor::user(&caller.id), new).await
    }

    async fn create(&self, actor: Actor, new: NewAccount) -> Result<UserId, Error> {
        // Refused before the costly hash, and checked again where it is stored.
        let new = self
            .read(move |view| check_new(view, &new).map(|_| new))
            .await?;
        let password_hash = if new.password.is_empty() {
            self.hasher.hash(&random_password()).await?
        } else {
            self.hasher.hash(&new.password).await?
        };
        self.write(move |act| {
            let checked = check_new(&act.view(), &new)?;
            let user = NewUser {
                id: UserId(new.id.clone()),
                display_name: checked.display_name,
                email: checked.email,
                language: checked.language,
                password_hash,
            };
            insert(act, &actor, &user, &new.groups)
        })
        .await
    }

    /// The account with this id, whatever its case.
    pub async fn find_account(&self, id: &str) -> Result<Option<Arc<User>>, Error> {
        self.user(&UserId(id.to_owned())).await
    }

    /// The account that `caller` wants to look at: the own one, or any for an administrator.
    ///
    /// Errors: `UserNotFound`, `UserHidden`.
    pub async fn visible_account(&self, caller: &User, id: &str) -> Result<Arc<User>, Error> {
        let user = self.find_account(id).await?;
        let user = user.ok_or(AccountRefusal::UserNotFound)?;
        if caller.is_admin || caller.id == user.id {
            Ok(user)
        } else {
            Err(AccountRefusal::UserHidden.into())
        }
    }

    /// Accounts whose id, name or address contains `search`, by id.
    pub async fn list_accounts(&self, search: &str, page: Page) -> Result<Vec<User>, Error> {
        let search = search.to_owned();
        self.read(move |view| {
            let (limit, offset) = page.bounds();
            Ok(view.tx.list_users(&search, limit, offset)?)
        })
        .await
    }

    /// The same with everything that is known of them.
    pub async fn list_account_details(
        &self,
        which: Which,
        search: &str,
        page: Page,
    ) -> Result<Vec<AccountDetails>, Error> {
        let search = search.to_owned();
        self.read(move |view| {
            let users = match which {
                Which::All => {
                    let (limit, offset) = page.bounds();
                    view.tx.list_users(&search, limit, offset)?
                }
                Which::Disabled => {
                    let all = view.tx.list_users(&search, -1, 0)?;
                    page.of(all.into_iter().filter(|user| !user.enabled))
                        .collect()
                }
                Which::Recent => {
                    let mut all = view.tx.list_users(&search, -1, 0)?;
                    all.retain(|user| user.last_login_at > 0);
                    all.sort_by_key(|user| std::cmp::Reverse(user.last_login_at));
                    page.of(all.into_iter()).collect()
                }
            };
            users.into_iter().map(|user| details(view, user)).collect()
        })
        .await
    }

    /// Everything that is known of an account.
    pub async fn account_details(&self, user: &User) -> Result<AccountDetails, Error> {
        let user = user.clone();
        self.read(move |view| details(view, user)).await
    }

    /// What an account says about itself, by name.
    pub async fn account_fields(&self, user: &User) -> Result<Vec<(String, String)>, Error> {
        let number = user.number;
        self.read(move |view| Ok(view.tx.user_fields(number)?))
            .await
    }

    /// Change one thing about an account.
    ///
    /// Errors, in order: `UserHidden` (unknown, too), `FieldNotEditable`, `InvalidField`,
    /// `InvalidPassword`, `PasswordTooShort`.
    pub async fn edit_account(
        &self,
        caller: &User,
        target: &str,
        key: &str,
        value: &str,
    ) -> Result<(), Error> {
        let user = self.find_account(target).await?;
        let user = user.ok_or(AccountRefusal::UserHidden)?;
        let editor = Editor {
            oneself: caller.id == user.id,
            is_admin: caller.is_admin,
        };
        if !editor.oneself && !editor.is_admin {
            return Err(AccountRefusal::UserHidden.into());
        }
        match Edit::parse(key, value, editor)? {
            Edit::Password(password) => {
                self.store_password(user.id.clone(), &password, AccountRefusal::UserHidden)
                    .await
            }
            edit => {
                let id = user.id.clone();
                self.write(move |act| {
                    let user = act.tx.find_user(id.as_str())?;
                    let user = user.ok_or(AccountRefusal::UserHidden)?;
                    apply(act, &user, edit)
                })
                .await
            }
        }
    }

    /// Change an entry of a list that belongs to an account; without a value it goes.
    ///
    /// Errors, in order: `UserHidden` (unknown, too), `FieldNotEditable`, `InvalidField` (no such entry).
    pub async fn edit_account_list(
        &self,
        caller: &User,
        target: &str,
        list: &str,
        entry: &str,
        value: &str,
    ) -> Result<(), Error> {
        let user = self.visible_account(caller, target).await;
        let user = user.map_err(|_| AccountRefusal::UserHidden)?;
        if list != ADDITIONAL_MAIL || !value.is_empty() {
            return Err(AccountRefusal::FieldNotEditable.into());
        }
        let (number, entry) = (user.number, entry.to_owned());
        self.write(move |act| {
            let kept = kept_mails(act, number)?;
            let left = edit::without_mail(&kept, &entry);
            let left = left.ok_or(AccountRefusal::InvalidField("additional mail".to_owned()))?;
            Ok(act.tx.set_user_field(number, ADDITIONAL_MAIL, &left)?)
        })
        .await
    }

    /// Set an account's password, on behalf of the command line.
    ///
    /// Errors: `InvalidPassword`, `PasswordTooShort`, `UserNotFound`.
    pub async fn set_account_password(&self, target: &str, password: &str) -> Result<(), Error> {
        edit::check_password(password)?;
        self.store_password(
            UserId(target.to_owned()),
            password,
            AccountRefusal::UserNotFound,
        )
        .await
    }

    async fn store_password(
        &self,
        user: UserId,
        password: &str,
        unknown: AccountRefusal,
    ) -> Result<(), Error> {
        let hash = self.hasher.hash(password).await?;
        self.write(move |act| {
            let user = act.tx.find_user(user.as_str())?.ok_or(unknown)?;
            act.tx.set_password_hash(user.number, &hash)?;
            login::ended(act, user.number, Event::AccountChanged { user: user.id });
            Ok(())
        })
        .await
    }

    /// Let an account in, or keep it out. `caller` is `None` for the command line.
    ///
    /// Errors: `NotOnThisAccount` (oneself, or unknown).
    pub async fn set_account_enabled(
        &self,
        caller: Option<&User>,
        target: &str,
        enabled: bool,
    ) -> Result<(), Error> {
        let (caller, target) = (caller.map(|user| user.id.clone()), target.to_owned());
        self.write(move |act| {
            let user = act.tx.find_user(&target)?;
            let user = user.filter(|user| caller.as_ref() != Some(&user.id));
            let user = user.ok_or(AccountRefusal::NotOnThisAccount)?;
            if user.enabled != enabled {
                act.tx.set_enabled(user.number, enabled)?;
                login::ended(act, user.number, Event::AccountChanged { user: user.id });
            }
            Ok(())
        })
        .await
    }

    /// Delete an account with its memberships. `caller` is `None` for the command line.
    ///
    /// Errors: `NotOnThisAccount` (oneself), `UserHidden` (unknown).
    pub async fn delete_account(&self, caller: Option<&User>, target: &str) -> Result<(), Error> {
        let (actor, target) = (acting(caller), target.to_owned());
        self.write(move |act| {
            let user = act.tx.find_user(&target)?;
            let user = user.ok_or(AccountRefusal::UserHidden)?;
            if actor.is_user(&user.id) {
                return Err(AccountRefusal::NotOnThisAccount.into());
            }
            // Quirk: reused-login.
            act.tx.forget_author(&Actor::user(&user.id))?;
            act.tx.forget_in_polls(&user)?;
            leave_all(act, &actor, &user)?;
            end_one_to_ones(act, &actor, &user)?;
            act.tx.delete_user(user.number)?;
            // After all that was said: what was looked up before still knows the account.
            login::ended(act, user.number, Event::AccountChanged { user: user.id });
            Ok(())
        })
        .await
    }

    /// On a server without accounts, make the administrator `admin`; the group exists ever after.
    /// The answer is the password, if one had to be made up.
    ///
    /// Errors: `InvalidPassword`, `PasswordTooShort`.
    pub async fn ensure_admin(&self, password: Option<String>) -> Result<Option<String>, Error> {
        self.ensure_admin_group().await?;
        if !self.list_accounts("", FIRST).await?.is_empty() {
            return Ok(None);
        }
        let generated = password.is_none().then(random_password);
        let password = password.or_else(|| generated.clone()).unwrap_or_default();
        edit::check_password(&password)?;
        let admin = NewAccount {
            id: Group::ADMIN.to_owned(),
            password,
            groups: vec![Group::ADMIN.to_owned()],
            ..NewAccount::default()
        };
        self.create_user(admin).await?;
        Ok(generated)
    }
}

/// Enough to see whether a list is empty.
const FIRST: Page = Page {
    limit: Some(1),
    offset: 0,
};

/// As whom an administrator's act is written down.
pub(super) fn acting(caller: Option<&User>) -> Actor {
    caller.map_or_else(Actor::command_line, |user| Actor::user(&user.id))
}

struct Checked {
    display_name: String,
    email: Option<String>,
    language: String,
}

fn check_new(view: &View<'_>, new: &NewAccount) -> Result<Checked, Error> {
    if view.tx.find_user(&new.id)?.is_some() {
        return Err(AccountRefusal::UserExists.into());
    }
    for group in &new.groups {
        if view.tx.find_group(group)?.is_none() {
            return Err(AccountRefusal::NoSuchGroup(group.clone()).into());
        }
    }
    match edit::check_password(&new.password) {
        Err(AccountRefusal::PasswordTooShort) if new.email.is_empty() => {
            return Err(AccountRefusal::PasswordOrEmailNeeded.into());
        }
        // Whoever has an address needs no password yet.
        Err(AccountRefusal::PasswordTooShort) | Ok(()) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    edit::check_login(&new.id)?;
    let display_name = edit::display_name(&new.display_name)?;
    Ok(Checked {
        display_name: if display_name.is_empty() {
            new.id.clone()
        } else {
            display_name
        },
        email: edit::email(&new.email)?,
        language: edit::language(&new.language)?,
    })
}

fn insert(
    act: &mut Act<'_>,
    actor: &Actor,
    new: &NewUser,
    groups: &[String],
) -> Result<UserId, Error> {
    act.tx.insert_user(new, act.now)?;
    let user = act.tx.find_user(new.id.as_str())?;
    let user = user.ok_or(AccountRefusal::UserNotFound)?;
    for group in groups {
        act.tx.add_member(group, user.number)?;
        group::enter_rooms(act, actor, group, &user)?;
    }
    // There may be rows of an earlier account of this name.
    act.happened(Event::AccountChanged {
        user: user.id.clone(),
    });
    Ok(user.id)
}

pub(super) fn details(view: &View<'_>, user: User) -> Result<AccountDetails, Error> {
    let groups = view.tx.groups_of(user.number)?;
    Ok(AccountDetails {
        fields: view.tx.user_fields(user.number)?,
        groups: groups.into_iter().map(|group| group.id).collect(),
        user,
    })
}

fn apply(act: &mut Act<'_>, user: &User, edit: Edit) -> Result<(), Error> {
    let number = user.number;
    match edit {
        Edit::DisplayName(name) => rename(act, user, &name)?,
        // Hashed before the transaction, by `store_password`.
        Edit::Password(_) => return Err(AccountRefusal::FieldNotEditable.into()),
        Edit::Email(email) => act.tx.set_email(number, email.as_deref())?,
        Edit::AddMail(address) => {
            let all = edit::with_mail(&kept_mails(act, number)?, &address)?;
            act.tx.set_user_field(number, ADDITIONAL_MAIL, &all)?;
        }
        Edit::Language(language) => act.tx.set_language(number, &language)?,
        Edit::Locale(locale) => act.tx.set_locale(number, &locale)?,
        Edit::Timezone(timezone) => act.tx.set_timezone(number, &timezone)?,
        Edit::Manager(manager) => {
            if !manager.is_empty() && act.tx.find_user(&manager)?.is_none() {
                return Err(AccountRefusal::InvalidField("manager".to_owned()).into());
            }
            act.tx.set_user_field(number, "manager", &manager)?;
        }
        Edit::Field(name, value) => act.tx.set_user_field(number, &name, &value)?,
    }
    act.happened(Event::AccountChanged {
        user: user.id.clone(),
    });
    Ok(())
}

/// An account's further addresses, as they are kept.
fn kept_mails(act: &Act<'_>, user: UserNumber) -> Result<String, Error> {
    let mut fields = act.tx.user_fields(user)?.into_iter();
    let found = fields.find(|(name, _)| name == ADDITIONAL_MAIL);
    Ok(found.map(|(_, value)| value).unwrap_or_default())
}

fn rename(act: &mut Act<'_>, user: &User, name: &str) -> Result<(), Error> {
    let name = if name.is_empty() {
        user.id.as_str()
    } else {
        name
    };
    act.tx.set_display_name(&user.id, name)?;
    act.tx.rename_in_bans(user.id.as_str(), name)?;
    act.tx.rename_in_polls(&Actor::user(&user.id), name)?;
    for (attendee, _) in act.tx.attendees_of(&user.id)? {
        membership::seat_changed(act, &attendee)?;
    }
    Ok(())
}

/// Takes an account out of all its rooms; those in which it was alone end.
fn leave_all(act: &mut Act<'_>, actor: &Actor, user: &User) -> Result<(), Error> {
    for (attendee, _) in act.tx.attendees_of(&user.id)? {
        let Some(room) = act.tx.find_room_by_id(attendee.room)? else {
            continue;
        };
        if is_only_user(act, &room, &attendee)? {
            membership::delete_room(act, &room)?;
        } else {
            membership::remove(act, &room, actor, &attendee)?;
        }
    }
    Ok(())
}

fn is_only_user(act: &Act<'_>, room: &Room, attendee: &Attendee) -> Result<bool, Error> {
    let counts = matches!(attendee.role, Role::Owner | Role::Moderator | Role::User);
    Ok(counts && act.tx.counts(room.id)?.users == 1)
}

/// The one-to-ones of a deleted account keep its name, and nobody writes there again.
fn end_one_to_ones(act: &mut Act<'_>, actor: &Actor, user: &User) -> Result<(), Error> {
    for mut room in act.tx.one_to_ones_naming(&user.id)? {
        let was_writable = !room.read_only;
        room.kind = RoomKind::FormerOneToOne;
        room.name.clone_from(&user.display_name);
        room.read_only = true;
        act.tx.update_room(&room)?;
        if was_writable {
            say(act, &room, actor, SystemMessage::ReadOnly)?;
        }
        act.happened(Event::RoomChanged { room: room.id });
    }
    Ok(())
}
