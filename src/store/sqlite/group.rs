//! SQL of groups and who belongs to them; `account` puts it behind the store's contract.

use rusqlite::{Row, named_params};

use super::account::{read_user, select_user};
use super::tx::Tx;
use crate::model::{Group, User, UserId, UserNumber};
use crate::store::StoreError;

fn read_group(row: &Row<'_>) -> Result<Group, StoreError> {
    let id: String = row.get(0)?;
    let display_name: String = row.get(1)?;
    Ok(Group {
        display_name: if display_name.is_empty() {
            id.clone()
        } else {
            display_name
        },
        id,
    })
}

impl Tx<'_> {
    pub(super) fn group(&self, id: &str) -> Result<Option<Group>, StoreError> {
        self.find(
            "select id, display_name from user_group where id = :id",
            named_params! { ":id": id },
            read_group,
        )
    }

    pub(super) fn groups(
        &self,
        search: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Group>, StoreError> {
        self.list(
            "select id, display_name
             from user_group
             where :search = '' or instr(lower(id), :search) > 0 or instr(lower(display_name), :search) > 0
             order by id
             limit :limit offset :offset",
            named_params! {
                ":search": search.to_ascii_lowercase(), ":limit": limit, ":offset": offset,
            },
            read_group,
        )
    }

    pub(super) fn groups_with(&self, user: UserNumber) -> Result<Vec<Group>, StoreError> {
        self.list(
            "select g.id, g.display_name
             from group_member m
             join user_group g on g.id = m.group_id
             where m.user_number = :user
             order by g.id",
            named_params! { ":user": user.0 },
            read_group,
        )
    }

    pub(super) fn size_of_group(&self, group: &str) -> Result<usize, StoreError> {
        let size = self.number(
            "select count(*) from group_member where group_id = :group",
            named_params! { ":group": group },
        )?;
        Ok(usize::try_from(size).unwrap_or(0))
    }

    pub(super) fn has_member(&self, group: &str, user: &UserId) -> Result<bool, StoreError> {
        let has = self.number(
            "select exists (
               select 1
               from group_member
               where group_id = :group
                 and user_number = (select number from user where id_key = :key))",
            named_params! { ":group": group, ":key": user.as_str().to_ascii_lowercase() },
        )?;
        Ok(has != 0)
    }

    pub(super) fn members(&self, group: &str) -> Result<Vec<User>, StoreError> {
        self.list(
            select_user!(
                "join group_member g on g.user_number = u.number
                 where g.group_id = :group
                 order by u.id_key"
            ),
            named_params! { ":group": group },
            read_user,
        )
    }

    pub(super) fn add_group(&self, group: &Group) -> Result<(), StoreError> {
        self.execute(
            "insert into user_group (id, display_name) values (:id, :name)",
            named_params! { ":id": group.id, ":name": group.display_name },
        )
    }

    pub(super) fn rename_group(&self, group: &str, name: &str) -> Result<(), StoreError> {
        self.execute(
            "update user_group set display_name = :name where id = :id",
            named_params! { ":id": group, ":name": name },
        )?;
        self.execute(
            "update attendee set display_name = :name
             where actor_type = 'groups' and actor_id = :id",
            named_params! { ":id": group, ":name": name },
        )
    }

    pub(super) fn remove_group(&self, group: &str) -> Result<(), StoreError> {
        self.execute(
            "delete from user_group where id = :id",
            named_params! { ":id": group },
        )
    }

    pub(super) fn join_group(&self, group: &str, user: UserNumber) -> Result<(), StoreError> {
        self.execute(
            "insert into group_member (group_id, user_number) values (:group, :user)
             on conflict do nothing",
            named_params! { ":group": group, ":user": user.0 },
        )
    }

    pub(super) fn leave_group(&self, group: &str, user: UserNumber) -> Result<(), StoreError> {
        self.execute(
            "delete from group_member where group_id = :group and user_number = :user",
            named_params! { ":group": group, ":user": user.0 },
        )
    }
}
