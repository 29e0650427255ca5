//! Settings of apps, by administrators: stored as they come; those of Talk are the policy.
//! Source: server.md 13.4.

use std::sync::Arc;

use super::Chat;
use super::error::{Error, Invalid};
use super::event::Event;
use super::policy::{self, Policy};

/// Bytes that the names of an app and of a key may have.
const MAX_APP_BYTES: usize = 32;
const MAX_KEY_BYTES: usize = 64;
/// Bytes that a value may have.
pub const MAX_VALUE_BYTES: usize = 4_000;
/// Settings of apps in all.
const MAX_SETTINGS: usize = 1_000;
/// What an app says about itself is not for administrators to set.
const PROTECTED: [&str; 3] = ["enabled", "installed_version", "types"];

/// The name of a setting: an app and a key, both of a reasonable form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingName {
    app: String,
    key: String,
}

impl SettingName {
    /// `None` if the one or the other is empty, too long, or has unusual characters.
    pub fn parse(app: &str, key: &str) -> Option<Self> {
        let is_name = |text: &str, longest: usize| {
            let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
            (1..=longest).contains(&text.len()) && text.bytes().all(is_usual)
        };
        let fits = is_name(app, MAX_APP_BYTES) && is_name(key, MAX_KEY_BYTES);
        fits.then(|| Self {
            app: app.to_owned(),
            key: key.to_owned(),
        })
    }

    fn stored(&self) -> String {
        policy::stored_name(&self.app, &self.key)
    }

    fn is_protected(&self) -> bool {
        PROTECTED.contains(&self.key.as_str())
    }
}

impl Chat {
    /// What is stored under this name; `None`: nothing.
    pub async fn app_setting(&self, name: &SettingName) -> Result<Option<String>, Error> {
        let name = name.stored();
        self.read(move |view| Ok(view.tx.setting(&name)?)).await
    }

    /// Store a value under this name, or with `None` forget it.
    ///
    /// Errors: `SettingProtected`, `value` (too long), `key` (there are too many).
    pub async fn set_app_setting(
        &self,
        name: &SettingName,
        value: Option<String>,
    ) -> Result<(), Error> {
        if name.is_protected() {
            return Err(Error::SettingProtected);
        }
        if value
            .as_ref()
            .is_some_and(|value| value.len() > MAX_VALUE_BYTES)
        {
            return Err(Error::Invalid(Invalid::Value));
        }
        let name = name.stored();
        let calls = self.limits.calls;
        self.write(move |act| {
            match value {
                Some(value) => act.tx.set_setting(&name, &value)?,
                None => act.tx.delete_setting(&name)?,
            }
            let settings = act.tx.settings_below(policy::PREFIX)?;
            if settings.len() > MAX_SETTINGS {
                return Err(Error::Invalid(Invalid::Key));
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_usual_form_and_length() {
        let (long_app, long_key) = ("a".repeat(33), "k".repeat(65));
        for (app, key, fits) in [
            ("spreed", "start_calls", true),
            ("spreed", "minimum.supported.ios.version", true),
            ("core", "session-ping-limit", true),
            (&long_app[1..], &long_key[1..], true),
            (&long_app, "key", false),
            ("spreed", &long_key, false),
            ("", "key", false),
            ("spreed", "", false),
            ("spreed/x", "key", false),
            ("spreed", "clé", false),
            ("spreed", "a key", false),
        ] {
            assert_eq!(SettingName::parse(app, key).is_some(), fits, "{app} {key}");
        }
    }
}
