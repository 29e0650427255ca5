//! Settings of apps, by administrators: stored as they come; those of Talk are the policy.
//! Source: server.md 13.4.

use std::sync::Arc;

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::policy::{self, Policy};

impl Chat {
    /// What is stored for a key of an app; `None`: nothing.
    pub async fn app_setting(&self, app: &str, key: &str) -> Result<Option<String>, Error> {
        let name = policy::stored_name(app, key);
        self.read(move |view| Ok(view.tx.setting(&name)?)).await
    }

    /// Store a value for a key of an app, or with `None` forget it.
    pub async fn set_app_setting(
        &self,
        app: &str,
        key: &str,
        value: Option<String>,
    ) -> Result<(), Error> {
        let name = policy::stored_name(app, key);
        let calls = self.limits.calls;
        self.write(move |act| {
            match value {
                Some(value) => act.tx.set_setting(&name, &value)?,
                None => act.tx.delete_setting(&name)?,
            }
            let settings = act.tx.settings_below(policy::PREFIX)?;
            act.happened(Event::PolicyChanged(Arc::new(Policy::of(&settings, calls))));
            Ok(())
        })
        .await
    }

    /// What administrators decided.
    pub fn policy(&self) -> Arc<Policy> {
        self.memory.policy()
    }

    /// Read it for the first time.
    pub(super) async fn load_policy(&self) -> Result<(), Error> {
        let settings = self
            .read(|view| Ok(view.tx.settings_below(policy::PREFIX)?))
            .await?;
        let policy = Policy::of(&settings, self.limits.calls);
        self.memory.apply(&[Event::PolicyChanged(Arc::new(policy))]);
        Ok(())
    }
}
