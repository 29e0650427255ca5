//! SQL of app passwords, and of web sessions that were ended.

use rusqlite::{Row, named_params};

use super::tx::Tx;
use crate::model::{AppPassword, AppPasswordId, CookieKey, UserNumber};
use crate::store::{CredentialsRead, CredentialsWrite, NewAppPassword, StoreError};

/// The columns that `read_app_password` reads, in its order.
macro_rules! select_app_password {
    ($rest:literal) => {
        concat!(
            "select id, user_number, name, secret_hash, created_at, last_used_at, wipe, login_name
             from app_password ",
            $rest
        )
    };
}

fn read_app_password(row: &Row<'_>) -> Result<AppPassword, StoreError> {
    let hash: Vec<u8> = row.get(3)?;
    Ok(AppPassword {
        id: AppPasswordId(row.get(0)?),
        user: UserNumber(row.get(1)?),
        name: row.get(2)?,
        secret_hash: hash.try_into().map_err(|hash| StoreError::Corrupt {
            place: "app_password.secret_hash",
            value: format!("{hash:?}"),
        })?,
        created_at: row.get(4)?,
        last_used_at: row.get(5)?,
        wipe: row.get(6)?,
        login_name: row.get(7)?,
    })
}

const OWN: &str = select_app_password!("where user_number = :user order by id desc");
const FORGET_ENDED: &str = "delete from ended_session where ended_at < :before";

impl CredentialsRead for Tx<'_> {
    fn find_app_password(&self, secret_hash: &[u8; 32]) -> Result<Option<AppPassword>, StoreError> {
        self.find(
            select_app_password!("where secret_hash = :hash"),
            named_params! { ":hash": secret_hash.as_slice() },
            read_app_password,
        )
    }

    fn find_app_password_by_id(
        &self,
        id: AppPasswordId,
    ) -> Result<Option<AppPassword>, StoreError> {
        self.find(
            select_app_password!("where id = :id"),
            named_params! { ":id": id.0 },
            read_app_password,
        )
    }

    fn app_passwords_of(&self, user: UserNumber) -> Result<Vec<AppPassword>, StoreError> {
        self.list(OWN, named_params! { ":user": user.0 }, read_app_password)
    }

    fn is_session_ended(&self, cookie: CookieKey) -> Result<bool, StoreError> {
        let found = self.find(
            "select 1 from ended_session where cookie_key = :cookie",
            named_params! { ":cookie": cookie.to_hex() },
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }
}

impl CredentialsWrite for Tx<'_> {
    fn insert_app_password(
        &self,
        password: &NewAppPassword<'_>,
        now: i64,
    ) -> Result<AppPasswordId, StoreError> {
        self.execute(
            "insert into app_password (user_number, name, login_name, secret_hash, created_at)
             values (:user, :name, :login, :hash, :now)",
            named_params! {
                ":user": password.user.0,
                ":name": password.name,
                ":login": password.login_name,
                ":hash": password.secret_hash.as_slice(),
                ":now": now,
            },
        )?;
        Ok(AppPasswordId(self.0.last_insert_rowid()))
    }

    fn renew_app_password(
        &self,
        id: AppPasswordId,
        secret_hash: &[u8; 32],
    ) -> Result<(), StoreError> {
        self.execute(
            "update app_password set secret_hash = :hash where id = :id",
            named_params! { ":id": id.0, ":hash": secret_hash.as_slice() },
        )
    }

    fn touch_app_password(&self, id: AppPasswordId, now: i64) -> Result<(), StoreError> {
        self.execute(
            "update app_password set last_used_at = :now where id = :id and last_used_at < :now",
            named_params! { ":id": id.0, ":now": now },
        )
    }

    fn wipe_app_password(&self, id: AppPasswordId) -> Result<(), StoreError> {
        self.execute(
            "update app_password set wipe = 1 where id = :id",
            named_params! { ":id": id.0 },
        )
    }

    fn delete_app_password(&self, id: AppPasswordId) -> Result<(), StoreError> {
        self.execute(
            "delete from app_password where id = :id",
            named_params! { ":id": id.0 },
        )
    }

    fn end_cookie(&self, cookie: CookieKey, now: i64) -> Result<(), StoreError> {
        self.execute(
            "insert into ended_session (cookie_key, ended_at)
             values (:cookie, :now)
             on conflict (cookie_key) do nothing",
            named_params! { ":cookie": cookie.to_hex(), ":now": now },
        )
    }

    fn delete_ended_before(&self, before: i64) -> Result<(), StoreError> {
        self.execute(FORGET_ENDED, named_params! { ":before": before })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn devices_and_ended_sessions_are_found_by_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        for (sql, expected) in [
            (OWN, "app_password_user"),
            (FORGET_ENDED, "ended_session_ended"),
        ] {
            let plan = plan(&connection, sql);
            assert!(plan.contains(expected), "{sql}\n{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }
}
