//! Groups of accounts: who belongs, and the conversations that a group is a member of.
//!
//! Who joins a group joins its conversations; who leaves it leaves them, unless another group of
//! theirs is there. Source: server.md 13.2; conversations.md 4.5, 4.14.

use super::Chat;
use super::account::{AccountDetails, MAX_NAME_CHARS, Page, acting, details};
use super::error::{AccountRefusal, Error};
use super::event::Event;
use super::membership;
use super::transaction::Act;
use crate::model::{Actor, Group, User};

/// Bytes that a group's id may have.
const MAX_ID_BYTES: usize = 64;

/// A group and how many belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSize {
    pub group: Group,
    pub members: usize,
    /// Of these, the disabled ones.
    pub disabled: usize,
}

impl Chat {
    /// Groups whose id or name contains `search`, by id.
    pub async fn list_groups(&self, search: &str, page: Page) -> Result<Vec<Group>, Error> {
        let search = search.to_owned();
        self.read(move |view| {
            let (limit, offset) = page.bounds();
            Ok(view.tx.list_groups(&search, limit, offset)?)
        })
        .await
    }

    /// The same with the number of members.
    pub async fn list_group_sizes(
        &self,
        search: &str,
        page: Page,
    ) -> Result<Vec<GroupSize>, Error> {
        let search = search.to_owned();
        self.read(move |view| {
            let (limit, offset) = page.bounds();
            let groups = view.tx.list_groups(&search, limit, offset)?.into_iter();
            groups
                .map(|group| {
                    let members = view.tx.members_of(&group.id)?;
                    Ok(GroupSize {
                        members: members.len(),
                        disabled: members.iter().filter(|user| !user.enabled).count(),
                        group,
                    })
                })
                .collect()
        })
        .await
    }

    /// The members of a group by id, for its members and administrators.
    ///
    /// Errors: `GroupNotFound`, `UserHidden` (the caller does not belong).
    pub async fn group_members(&self, caller: &User, group: &str) -> Result<Vec<User>, Error> {
        let (caller, group) = (caller.clone(), group.to_owned());
        self.read(move |view| {
            let found = view.tx.find_group(&group)?;
            let found = found.ok_or(AccountRefusal::GroupNotFound)?;
            let members = view.tx.members_of(&found.id)?;
            if caller.is_admin || members.iter().any(|user| user.id == caller.id) {
                Ok(members)
            } else {
                Err(AccountRefusal::UserHidden.into())
            }
        })
        .await
    }

    /// The same with everything that is known of them; `search` looks at ids and names.
    ///
    /// Errors: as `group_members`.
    pub async fn group_member_details(
        &self,
        caller: &User,
        group: &str,
        search: &str,
        page: Page,
    ) -> Result<Vec<AccountDetails>, Error> {
        let search = search.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&search);
        let members = self.group_members(caller, group).await?.into_iter();
        let found = members.filter(|user| has(user.id.as_str()) || has(&user.display_name));
        let found: Vec<User> = page.of(found).collect();
        self.read(move |view| found.into_iter().map(|user| details(view, user)).collect())
            .await
    }

    /// Make a group. An empty name is the id.
    ///
    /// Errors: `InvalidGroupName`, `GroupExists`.
    pub async fn create_group(&self, id: &str, display_name: &str) -> Result<(), Error> {
        if !is_name(id) || id.len() > MAX_ID_BYTES {
            return Err(AccountRefusal::InvalidGroupName.into());
        }
        let group = Group {
            id: id.to_owned(),
            display_name: name_or_id(display_name, id)?,
        };
        self.write(move |act| {
            if act.tx.find_group(&group.id)?.is_some() {
                return Err(AccountRefusal::GroupExists.into());
            }
            act.tx.insert_group(&group)?;
            act.happened(Event::NamesChanged);
            Ok(())
        })
        .await
    }

    /// Make the group of administrators, if it is missing.
    pub async fn ensure_admin_group(&self) -> Result<(), Error> {
        match self.create_group(Group::ADMIN, "").await {
            Ok(()) | Err(Error::Account(AccountRefusal::GroupExists)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Give a group another name; an empty one is the id.
    ///
    /// Errors: `GroupToChangeUnknown`, `InvalidGroupName`.
    pub async fn rename_group(&self, id: &str, display_name: &str) -> Result<(), Error> {
        let (id, display_name) = (id.to_owned(), display_name.to_owned());
        self.write(move |act| {
            let group = act.tx.find_group(&id)?;
            let group = group.ok_or(AccountRefusal::GroupToChangeUnknown)?;
            let name = name_or_id(&display_name, &group.id)?;
            act.tx.set_group_name(&group.id, &name)?;
            act.happened(Event::NamesChanged);
            Ok(())
        })
        .await
    }

    /// Delete a group, and take it out of its conversations.
    ///
    /// Errors: `UnknownGroup`, `AdminGroupStays`.
    pub async fn delete_group(&self, caller: &User, id: &str) -> Result<(), Error> {
        let (actor, id) = (acting(Some(caller)), id.to_owned());
        self.write(move |act| {
            let group = act.tx.find_group(&id)?;
            let group = group.ok_or(AccountRefusal::UnknownGroup)?;
            if group.id == Group::ADMIN {
                return Err(AccountRefusal::AdminGroupStays.into());
            }
            let collective = Actor::group(&group.id);
            for room in act.tx.rooms_with_group(&group.id)? {
                if let Some(attendee) = act.tx.find_attendee(room.id, &collective)? {
                    membership::remove(act, &room, &actor, &attendee)?;
                }
            }
            act.tx.delete_group(&group.id)?;
            act.happened(Event::NamesChanged);
            Ok(())
        })
        .await
    }

    /// The groups of an account by id, for itself and administrators.
    ///
    /// Errors: `UserHidden` (unknown, too).
    pub async fn groups_of_account(
        &self,
        caller: &User,
        target: &str,
    ) -> Result<Vec<Group>, Error> {
        let (caller, target) = (caller.clone(), target.to_owned());
        self.read(move |view| {
            let user = view.tx.find_user(&target)?;
            let user = user.filter(|user| caller.is_admin || caller.id == user.id);
            let user = user.ok_or(AccountRefusal::UserHidden)?;
            Ok(view.tx.groups_of(user.number)?)
        })
        .await
    }

    /// Put an account into a group, and into the group's conversations.
    ///
    /// Errors, in order: `NoGroupNamed`, `GroupToJoinUnknown`, `UserToJoinUnknown`.
    pub async fn join_group(&self, caller: &User, target: &str, group: &str) -> Result<(), Error> {
        let (caller, target, group) = (caller.clone(), target.to_owned(), group.to_owned());
        self.write(move |act| {
            let (group, user) = both(act, &group, &target)?;
            if belongs(act, &group, &user)? {
                return Ok(());
            }
            act.tx.add_member(&group.id, user.number)?;
            enter_rooms(act, &acting(Some(&caller)), &group.id, &user)?;
            act.happened(Event::AccountChanged { user: user.id });
            Ok(())
        })
        .await
    }

    /// Take an account out of a group, and out of the conversations it was in through it.
    ///
    /// Errors, in order: `NoGroupNamed`, `GroupToJoinUnknown`, `UserToJoinUnknown`, `LastAdminStays`.
    pub async fn leave_group(&self, caller: &User, target: &str, group: &str) -> Result<(), Error> {
        let (caller, target, group) = (caller.clone(), target.to_owned(), group.to_owned());
        self.write(move |act| {
            let (group, user) = both(act, &group, &target)?;
            if group.id == Group::ADMIN && user.id == caller.id {
                return Err(AccountRefusal::LastAdminStays.into());
            }
            if !belongs(act, &group, &user)? {
                return Ok(());
            }
            act.tx.remove_member(&group.id, user.number)?;
            let actor = acting(Some(&caller));
            for room in act.tx.rooms_with_group(&group.id)? {
                membership::leave_with_group(act, &room, &actor, &user)?;
            }
            act.happened(Event::AccountChanged { user: user.id });
            Ok(())
        })
        .await
    }
}

/// Brings a new member of a group into the group's conversations.
pub(super) fn enter_rooms(
    act: &mut Act<'_>,
    actor: &Actor,
    group: &str,
    user: &User,
) -> Result<(), Error> {
    for room in act.tx.rooms_with_group(group)? {
        membership::add_users(act, &room, actor, std::slice::from_ref(user))?;
    }
    Ok(())
}

fn both(act: &Act<'_>, group: &str, user: &str) -> Result<(Group, User), Error> {
    if group.is_empty() {
        return Err(AccountRefusal::NoGroupNamed.into());
    }
    let group = act.tx.find_group(group)?;
    let group = group.ok_or(AccountRefusal::GroupToJoinUnknown)?;
    let user = act.tx.find_user(user)?;
    Ok((group, user.ok_or(AccountRefusal::UserToJoinUnknown)?))
}

fn belongs(act: &Act<'_>, group: &Group, user: &User) -> Result<bool, Error> {
    let groups = act.tx.groups_of(user.number)?;
    Ok(groups.iter().any(|known| known.id == group.id))
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(char::is_control)
}

fn name_or_id(name: &str, id: &str) -> Result<String, AccountRefusal> {
    match name.trim() {
        "" => Ok(id.to_owned()),
        name if is_name(name) && name.chars().count() <= MAX_NAME_CHARS => Ok(name.to_owned()),
        _ => Err(AccountRefusal::InvalidGroupName),
    }
}
