//! SQL of what accounts say of their whereabouts.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Availability, UserId, UserStatus};
use crate::store::{StatusesRead, StatusesWrite, StoreError};

fn read_status(row: &Row<'_>) -> Result<UserStatus, StoreError> {
    let word: String = row.get(1)?;
    Ok(UserStatus {
        user: UserId(row.get(0)?),
        availability: known(
            "user_status.availability",
            Availability::from_wire(&word),
            &word,
        )?,
        chosen: row.get(2)?,
        reported_at: row.get(3)?,
        icon: row.get(4)?,
        message: row.get(5)?,
        predefined: row.get(6)?,
        clear_at: row.get(7)?,
        changed_at: row.get(8)?,
    })
}

impl StatusesRead for Tx<'_> {
    fn find_status(&self, user: &UserId) -> Result<Option<UserStatus>, StoreError> {
        self.find(
            "select u.id, s.availability, s.chosen, s.reported_at, s.icon, s.message, s.predefined_id,
               s.clear_at, s.changed_at
             from user u join user_status s on s.user_number = u.number
             where u.id_key = :key",
            named_params! { ":key": user.as_str().to_ascii_lowercase() },
            read_status,
        )
    }

    fn list_statuses(&self, limit: i64, offset: i64) -> Result<Vec<UserStatus>, StoreError> {
        self.list(
            "select u.id, s.availability, s.chosen, s.reported_at, s.icon, s.message, s.predefined_id,
               s.clear_at, s.changed_at
             from user_status s join user u on u.number = s.user_number
             where u.enabled = 1
             order by s.user_number
             limit :limit offset :offset",
            named_params! { ":limit": limit, ":offset": offset },
            read_status,
        )
    }
}

impl StatusesWrite for Tx<'_> {
    fn put_status(&self, status: &UserStatus) -> Result<(), StoreError> {
        self.execute(
            "insert into user_status (user_number, availability, chosen, reported_at, icon, message,
               predefined_id, clear_at, changed_at)
             select number, :availability, :chosen, :reported_at, :icon, :message, :predefined, :clear_at,
               :changed_at
             from user where id_key = :key
             on conflict (user_number) do update
             set availability = excluded.availability, chosen = excluded.chosen,
                 reported_at = excluded.reported_at, icon = excluded.icon, message = excluded.message,
                 predefined_id = excluded.predefined_id, clear_at = excluded.clear_at,
                 changed_at = excluded.changed_at",
            named_params! {
                ":key": status.user.as_str().to_ascii_lowercase(),
                ":availability": status.availability.wire(),
                ":chosen": status.chosen,
                ":reported_at": status.reported_at,
                ":icon": status.icon,
                ":message": status.message,
                ":predefined": status.predefined,
                ":clear_at": status.clear_at,
                ":changed_at": status.changed_at,
            },
        )
    }

    fn clear_status_messages(&self, now: i64) -> Result<(), StoreError> {
        self.execute(
            "update user_status
             set icon = null, message = null, predefined_id = null, clear_at = null
             where clear_at <= :now",
            named_params! { ":now": now },
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn each_look_at_statuses_has_an_index() {
        let db = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&db).unwrap();
        for (sql, index) in [
            (
                "select s.availability from user u join user_status s on s.user_number = u.number
                 where u.id_key = 'a'",
                "INTEGER PRIMARY KEY",
            ),
            (
                "update user_status set icon = null where clear_at <= 5",
                "user_status_clear",
            ),
        ] {
            let plan = plan(&db, sql);
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }
}
