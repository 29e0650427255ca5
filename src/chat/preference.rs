//! An account's own settings of Talk, under the names that clients know. Source: conversations.md 7.5.
//!
//! The server obeys the two about privacy; the others it keeps for the account's devices.

use std::sync::Arc;

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::read_marker::{set_read_private, set_typing_private};
use super::transaction::{Act, View};
use crate::model::{User, UserId};

/// Bytes that the path of a folder may have.
const MAX_FOLDER_BYTES: usize = 4_000;
/// How the server's own way calls Talk.
const APP: &str = "spreed";
/// The part of a field's name before the key: these fields are settings of Talk.
const PREFIX: &str = "talk/";

/// What devices are told of an account's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preferences {
    /// The list of conversations has one line for each.
    pub compact_list: bool,
    /// Calls begin without camera and microphone.
    pub start_without_media: bool,
    pub blur_background: bool,
    /// `None`: not chosen.
    pub attachment_folder: Option<String>,
}

impl Preferences {
    /// What no account has chosen.
    pub const NONE: Self = Self {
        compact_list: false,
        start_without_media: false,
        blur_background: false,
        attachment_folder: None,
    };

    fn of(fields: &[(String, String)]) -> Self {
        let value = |key: &str| {
            let mut own = fields
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value.as_str())));
            own.find(|(name, _)| *name == key).map(|(_, value)| value)
        };
        Self {
            compact_list: value("conversations_list_style") == Some("compact"),
            start_without_media: value("calls_start_without_media") == Some("yes"),
            blur_background: value("blur_virtual_background") == Some("yes"),
            attachment_folder: value("attachment_folder").map(str::to_owned),
        }
    }
}

/// A setting that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    ReadPrivate(bool),
    TypingPrivate(bool),
    /// Kept for the account's devices; `None`: not chosen any more.
    Kept(Option<String>),
}

/// `None`: an unknown key, or a value that the key does not take.
fn understand(key: &str, value: &str) -> Option<Change> {
    let private = match value {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    let fits = match key {
        "read_status_privacy" => return private.map(Change::ReadPrivate),
        "typing_privacy" => return private.map(Change::TypingPrivate),
        "play_sounds" | "calls_start_without_media" | "blur_virtual_background" => {
            matches!(value, "yes" | "no")
        }
        "conversations_list_style" => matches!(value, "two-lines" | "compact"),
        "attachment_folder" => value.len() <= MAX_FOLDER_BYTES && !value.contains('\0'),
        _ => false,
    };
    fits.then(|| Change::Kept(Some(value.to_owned())))
}

/// What holds for a key if nothing was chosen; `None`: an unknown key.
fn default(key: &str) -> Option<Change> {
    match key {
        "read_status_privacy" => Some(Change::ReadPrivate(false)),
        "typing_privacy" => Some(Change::TypingPrivate(false)),
        "play_sounds"
        | "calls_start_without_media"
        | "blur_virtual_background"
        | "conversations_list_style"
        | "attachment_folder" => Some(Change::Kept(None)),
        _ => None,
    }
}

impl Chat {
    /// Change one of the account's settings of Talk. Errors: `InvalidSetting`.
    pub async fn set_preference(&self, user: &User, key: &str, value: &str) -> Result<(), Error> {
        let change = understand(key, value).ok_or(Error::InvalidSetting)?;
        self.change_preferences(user, vec![(key.to_owned(), change)])
            .await
    }

    /// Change several settings of an app, all or none. There is no app but Talk.
    ///
    /// Errors: `InvalidPreference`.
    pub async fn set_preferences(
        &self,
        user: &User,
        app: &str,
        all: Vec<(String, String)>,
    ) -> Result<(), Error> {
        let understood = all.into_iter().map(|(key, value)| {
            let change = understand(&key, &value).filter(|_| app == APP);
            let change = change.ok_or(Error::InvalidPreference)?;
            Ok((key, change))
        });
        let changes: Result<Vec<_>, Error> = understood.collect();
        self.change_preferences(user, changes?).await
    }

    /// Forget what the account chose for a setting of an app. Errors: `InvalidPreference`.
    pub async fn reset_preference(&self, user: &User, app: &str, key: &str) -> Result<(), Error> {
        let change = default(key).filter(|_| app == APP);
        let change = change.ok_or(Error::InvalidPreference)?;
        self.change_preferences(user, vec![(key.to_owned(), change)])
            .await
    }

    async fn change_preferences(
        &self,
        user: &User,
        changes: Vec<(String, Change)>,
    ) -> Result<(), Error> {
        let user = user.id.clone();
        self.write(move |act| {
            for (key, change) in &changes {
                apply(act, &user, key, change)?;
            }
            Ok(())
        })
        .await
    }

    /// The account's settings; from memory if possible, since every list of rooms carries a hash of them.
    pub async fn preferences(&self, user: &Arc<User>) -> Result<Arc<Preferences>, Error> {
        if let Some(known) = self.memory.preferences(&user.id) {
            return Ok(known);
        }
        let stamp = self.memory.stamp();
        let found = {
            let user = Arc::clone(user);
            self.read(move |view| read(view, &user)).await?
        };
        let found = Arc::new(found);
        self.memory
            .remember_preferences(stamp, &user.id, Arc::clone(&found));
        Ok(found)
    }
}

fn apply(act: &mut Act<'_>, user: &UserId, key: &str, change: &Change) -> Result<(), Error> {
    match change {
        Change::ReadPrivate(private) => return set_read_private(act, user, *private),
        Change::TypingPrivate(private) => return set_typing_private(act, user, *private),
        Change::Kept(value) => {
            if let Some(found) = act.tx.find_user(user.as_str())? {
                let name = format!("{PREFIX}{key}");
                match value {
                    Some(value) => act.tx.set_user_field(found.number, &name, value)?,
                    None => act.tx.delete_user_field(found.number, &name)?,
                }
            }
        }
    }
    act.happened(Event::AccountChanged { user: user.clone() });
    Ok(())
}

fn read(view: &View<'_>, user: &User) -> Result<Preferences, Error> {
    let fields = view.tx.user_fields(user.number)?;
    Ok(Preferences::of(&fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(value: &str) -> Option<Change> {
        Some(Change::Kept(Some(value.to_owned())))
    }

    #[test]
    fn a_key_takes_its_own_values_only() {
        let long = "x".repeat(MAX_FOLDER_BYTES + 1);
        for (key, value, expected) in [
            ("read_status_privacy", "1", Some(Change::ReadPrivate(true))),
            ("typing_privacy", "0", Some(Change::TypingPrivate(false))),
            ("typing_privacy", "2", None),
            ("typing_privacy", "yes", None),
            ("play_sounds", "yes", kept("yes")),
            ("play_sounds", "1", None),
            ("calls_start_without_media", "no", kept("no")),
            ("blur_virtual_background", "maybe", None),
            ("conversations_list_style", "two-lines", kept("two-lines")),
            ("conversations_list_style", "three-lines", None),
            ("attachment_folder", "/Talk/ä", kept("/Talk/ä")),
            ("attachment_folder", "", kept("")),
            ("attachment_folder", "a\0b", None),
            ("attachment_folder", long.as_str(), None),
            ("", "yes", None),
            ("manager", "yes", None),
        ] {
            assert_eq!(understand(key, value), expected, "{key} {value}");
        }
    }

    #[test]
    fn fields_of_other_kinds_are_no_preferences() {
        let stored = [
            ("manager", "alice"),
            ("conversations_list_style", "compact"),
            ("talk/blur_virtual_background", "yes"),
            ("talk/attachment_folder", "/Tea"),
        ];
        let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let expected = Preferences {
            blur_background: true,
            attachment_folder: Some("/Tea".to_owned()),
            ..Preferences::NONE
        };
        assert_eq!(Preferences::of(&stored), expected);
    }
}
