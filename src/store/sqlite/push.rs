//! SQL of the devices that want to be told by push.

use rusqlite::named_params;

use super::tx::Tx;
use crate::model::{AppPasswordId, PushDevice};
use crate::store::{PushRead, PushWrite, StoreError};

impl PushRead for Tx<'_> {
    fn find_device(&self, id: AppPasswordId) -> Result<Option<PushDevice>, StoreError> {
        self.find(
            "select app_password_id, token_hash, device_key, proxy_url
             from push_device
             where app_password_id = :id",
            named_params! { ":id": id.0 },
            |row| {
                Ok(PushDevice {
                    app_password: AppPasswordId(row.get(0)?),
                    token_hash: row.get(1)?,
                    key: row.get(2)?,
                    proxy: row.get(3)?,
                })
            },
        )
    }
}

impl PushWrite for Tx<'_> {
    fn put_device(&self, device: &PushDevice, now: i64) -> Result<(), StoreError> {
        self.execute(
            "insert into push_device (app_password_id, token_hash, device_key, proxy_url, created_at)
             values (:id, :token, :key, :proxy, :now)
             on conflict (app_password_id) do update
             set token_hash = excluded.token_hash, device_key = excluded.device_key,
                 proxy_url = excluded.proxy_url, created_at = excluded.created_at",
            named_params! {
                ":id": device.app_password.0,
                ":token": device.token_hash,
                ":key": device.key,
                ":proxy": device.proxy,
                ":now": now,
            },
        )
    }

    fn delete_device(&self, id: AppPasswordId) -> Result<(), StoreError> {
        self.execute(
            "delete from push_device where app_password_id = :id",
            named_params! { ":id": id.0 },
        )
    }
}
