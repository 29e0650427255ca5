//! SQL of accounts and their fields, and of the server's settings.

use rusqlite::{Row, named_params};

use super::tx::Tx;
use crate::model::{Group, NewUser, User, UserId, UserNumber};
use crate::store::{AccountsRead, AccountsWrite, StoreError};

/// The columns that `read_user` reads, in its order.
macro_rules! select_user {
    ($rest:literal) => {
        concat!(
            "select u.number, u.id, u.display_name, u.email, u.language, u.locale, u.timezone, u.enabled,
               exists (select 1 from group_member m where m.group_id = 'admin' and m.user_number = u.number),
               u.credential_epoch, u.read_private, u.typing_private, u.first_login_at, u.last_login_at,
               (select p.version
                from user_picture p
                where p.user_number = u.number
                  and not exists (
                    select 1
                    from user_field f
                    where f.user_number = u.number and f.name = 'avatarScope' and f.value = 'v2-private'))
             from user u ",
            $rest
        )
    };
}
pub(super) use select_user;

pub(super) fn read_user(row: &Row<'_>) -> Result<User, StoreError> {
    let id: String = row.get(1)?;
    let display_name: String = row.get(2)?;
    Ok(User {
        number: UserNumber(row.get(0)?),
        display_name: if display_name.is_empty() {
            id.clone()
        } else {
            display_name
        },
        id: UserId(id),
        email: row.get(3)?,
        language: row.get(4)?,
        locale: row.get(5)?,
        timezone: row.get(6)?,
        enabled: row.get(7)?,
        is_admin: row.get(8)?,
        credential_epoch: row.get(9)?,
        read_private: row.get(10)?,
        typing_private: row.get(11)?,
        first_login_at: row.get(12)?,
        last_login_at: row.get(13)?,
        portrait: row.get(14)?,
    })
}

const NAMED: &str = select_user!(
    "where u.enabled = 1
       and (u.id_key = :name or lower(u.display_name) = :name or u.email = :name)
     order by u.id_key
     limit :limit"
);

/// The expression is that of the index `user_search`, by which the ids are in order, too.
const SEARCHED: &str = select_user!(
    "where u.enabled = 1
       and instr(u.id_key || char(10) || lower(u.display_name) || char(10) || coalesce(u.email, ''), :search) > 0
     order by u.id_key || char(10) || lower(u.display_name) || char(10) || coalesce(u.email, '')
     limit :limit"
);

impl AccountsRead for Tx<'_> {
    fn find_user(&self, id: &str) -> Result<Option<User>, StoreError> {
        self.find(
            select_user!("where u.id_key = :key"),
            named_params! { ":key": id.to_ascii_lowercase() },
            read_user,
        )
    }

    fn find_user_by_number(&self, number: UserNumber) -> Result<Option<User>, StoreError> {
        self.find(
            select_user!("where u.number = :number"),
            named_params! { ":number": number.0 },
            read_user,
        )
    }

    fn users_by_email(&self, email: &str) -> Result<Vec<User>, StoreError> {
        self.list(
            select_user!("where u.email = :email limit 2"),
            named_params! { ":email": email },
            read_user,
        )
    }

    fn password_hash(&self, user: UserNumber) -> Result<Option<String>, StoreError> {
        self.find(
            "select password_hash from user where number = :number",
            named_params! { ":number": user.0 },
            |row| Ok(row.get(0)?),
        )
    }

    fn list_users(&self, search: &str, limit: i64, offset: i64) -> Result<Vec<User>, StoreError> {
        self.list(
            select_user!(
                "where :search = ''
                   or instr(u.id_key, :search) > 0
                   or instr(lower(u.display_name), :search) > 0
                   or instr(u.email, :search) > 0
                 order by u.id_key
                 limit :limit offset :offset"
            ),
            named_params! {
                ":search": search.to_ascii_lowercase(), ":limit": limit, ":offset": offset,
            },
            read_user,
        )
    }

    fn users_named(&self, name: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        self.list(
            NAMED,
            named_params! { ":name": name.to_ascii_lowercase(), ":limit": limit },
            read_user,
        )
    }

    fn find_users(&self, search: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        self.list(
            SEARCHED,
            named_params! { ":search": search.to_ascii_lowercase(), ":limit": limit },
            read_user,
        )
    }

    fn user_fields(&self, user: UserNumber) -> Result<Vec<(String, String)>, StoreError> {
        self.list(
            "select name, value from user_field where user_number = :user order by name",
            named_params! { ":user": user.0 },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    fn find_group(&self, id: &str) -> Result<Option<Group>, StoreError> {
        self.group(id)
    }

    fn list_groups(&self, search: &str, limit: i64, offset: i64) -> Result<Vec<Group>, StoreError> {
        self.groups(search, limit, offset)
    }

    fn groups_of(&self, user: UserNumber) -> Result<Vec<Group>, StoreError> {
        self.groups_with(user)
    }

    fn group_size(&self, group: &str) -> Result<usize, StoreError> {
        self.size_of_group(group)
    }

    fn is_in_group(&self, group: &str, user: &UserId) -> Result<bool, StoreError> {
        self.has_member(group, user)
    }

    fn members_of(&self, group: &str) -> Result<Vec<User>, StoreError> {
        self.members(group)
    }

    fn settings_below(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.list(
            "select name, value from setting where substr(name, 1, length(:prefix)) = :prefix",
            named_params! { ":prefix": prefix },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.find(
            "select value from setting where name = :name",
            named_params! { ":name": name },
            |row| Ok(row.get(0)?),
        )
    }
}

impl AccountsWrite for Tx<'_> {
    fn insert_user(&self, user: &NewUser, now: i64) -> Result<UserNumber, StoreError> {
        self.execute(
            "insert into user (id, id_key, display_name, email, language, password_hash, created_at)
             values (:id, :key, :display_name, :email, :language, :password_hash, :now)",
            named_params! {
                ":id": user.id.as_str(),
                ":key": user.id.as_str().to_ascii_lowercase(),
                ":display_name": user.display_name,
                ":email": user.email,
                ":language": user.language,
                ":password_hash": user.password_hash,
                ":now": now,
            },
        )?;
        Ok(UserNumber(self.0.last_insert_rowid()))
    }

    fn delete_user(&self, user: UserNumber) -> Result<(), StoreError> {
        self.execute(
            "delete from user where number = :number",
            named_params! { ":number": user.0 },
        )
    }

    fn set_display_name(&self, user: &UserId, name: &str) -> Result<(), StoreError> {
        self.execute(
            "update user set display_name = :name where id_key = :key",
            named_params! { ":key": user.as_str().to_ascii_lowercase(), ":name": name },
        )?;
        self.execute(
            "update attendee set display_name = :name
             where actor_type = 'users' and actor_id = :id",
            named_params! { ":id": user.as_str(), ":name": name },
        )
    }

    fn set_email(&self, user: UserNumber, email: Option<&str>) -> Result<(), StoreError> {
        self.execute(
            "update user set email = :email where number = :number",
            named_params! { ":number": user.0, ":email": email },
        )
    }

    fn set_language(&self, user: UserNumber, language: &str) -> Result<(), StoreError> {
        self.execute(
            "update user set language = :language where number = :number",
            named_params! { ":number": user.0, ":language": language },
        )
    }

    fn set_locale(&self, user: UserNumber, locale: &str) -> Result<(), StoreError> {
        self.execute(
            "update user set locale = :locale where number = :number",
            named_params! { ":number": user.0, ":locale": locale },
        )
    }

    fn set_timezone(&self, user: UserNumber, timezone: &str) -> Result<(), StoreError> {
        self.execute(
            "update user set timezone = :timezone where number = :number",
            named_params! { ":number": user.0, ":timezone": timezone },
        )
    }

    fn set_password_hash(&self, user: UserNumber, hash: &str) -> Result<(), StoreError> {
        self.execute(
            "update user
             set password_hash = :hash, credential_epoch = credential_epoch + 1
             where number = :number",
            named_params! { ":number": user.0, ":hash": hash },
        )
    }

    fn set_enabled(&self, user: UserNumber, enabled: bool) -> Result<(), StoreError> {
        self.execute(
            "update user
             set enabled = :enabled, credential_epoch = credential_epoch + 1
             where number = :number",
            named_params! { ":number": user.0, ":enabled": enabled },
        )
    }

    fn set_read_private(&self, user: &UserId, private: bool) -> Result<(), StoreError> {
        self.execute(
            "update user set read_private = :private where id_key = :key",
            named_params! { ":key": user.as_str().to_ascii_lowercase(), ":private": private },
        )?;
        self.execute(
            "update attendee set read_private = :private
             where actor_type = 'users' and actor_id = :id",
            named_params! { ":id": user.as_str(), ":private": private },
        )
    }

    fn set_typing_private(&self, user: UserNumber, private: bool) -> Result<(), StoreError> {
        self.execute(
            "update user set typing_private = :private where number = :number",
            named_params! { ":number": user.0, ":private": private },
        )
    }

    fn set_user_field(&self, user: UserNumber, name: &str, value: &str) -> Result<(), StoreError> {
        self.execute(
            "insert into user_field (user_number, name, value)
             values (:user, :name, :value)
             on conflict (user_number, name) do update set value = :value",
            named_params! { ":user": user.0, ":name": name, ":value": value },
        )
    }

    fn delete_user_field(&self, user: UserNumber, name: &str) -> Result<(), StoreError> {
        self.execute(
            "delete from user_field where user_number = :user and name = :name",
            named_params! { ":user": user.0, ":name": name },
        )
    }

    fn touch_login(&self, user: UserNumber, now: i64) -> Result<(), StoreError> {
        self.execute(
            "update user
             set last_login_at = :now,
                 first_login_at = case first_login_at when 0 then :now else first_login_at end
             where number = :number",
            named_params! { ":number": user.0, ":now": now },
        )
    }

    fn insert_group(&self, group: &Group) -> Result<(), StoreError> {
        self.add_group(group)
    }

    fn set_group_name(&self, group: &str, name: &str) -> Result<(), StoreError> {
        self.rename_group(group, name)
    }

    fn delete_group(&self, group: &str) -> Result<(), StoreError> {
        self.remove_group(group)
    }

    fn add_member(&self, group: &str, user: UserNumber) -> Result<(), StoreError> {
        self.join_group(group, user)
    }

    fn remove_member(&self, group: &str, user: UserNumber) -> Result<(), StoreError> {
        self.leave_group(group, user)
    }

    fn delete_setting(&self, name: &str) -> Result<(), StoreError> {
        self.execute(
            "delete from setting where name = :name",
            named_params! { ":name": name },
        )
    }

    fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.execute(
            "insert into setting (name, value) values (:name, :value)
             on conflict (name) do update set value = :value",
            named_params! { ":name": name, ":value": value },
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{NAMED, SEARCHED};
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn a_whole_name_is_found_without_looking_at_each_account() {
        let db = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&db).unwrap();
        let plan = plan(&db, NAMED);
        for index in ["user_name", "user_email", "id_key"] {
            assert!(plan.contains(index), "{plan}");
        }
        assert!(!plan.contains("SCAN"), "{plan}");
    }

    #[test]
    fn a_part_of_a_name_is_looked_for_in_an_index_alone() {
        let db = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&db).unwrap();
        let plan = plan(&db, SEARCHED);
        assert!(plan.contains("SCAN u USING INDEX user_search"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
