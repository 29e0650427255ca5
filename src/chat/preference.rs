//! An account's own settings of Talk, under the names that clients know. Source: conversations.md 7.5.
//!
//! The server obeys the two about privacy; the others it keeps for the account's devices.

use std::sync::Arc;

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::transaction::View;
use crate::model::{User, UserId};

/// Bytes that the path of a folder may have.
const MAX_FOLDER_BYTES: usize = 4_000;
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
    /// Kept for the account's devices.
    Kept,
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
    fits.then_some(Change::Kept)
}

impl Chat {
    /// Change one of the account's settings. Errors: `InvalidSetting`.
    pub async fn set_preference(&self, user: &User, key: &str, value: &str) -> Result<(), Error> {
        match understand(key, value).ok_or(Error::InvalidSetting)? {
            Change::ReadPrivate(private) => self.set_read_private(&user.id, private).await,
            Change::TypingPrivate(private) => self.set_typing_private(&user.id, private).await,
            Change::Kept => self.keep_preference(&user.id, key, value).await,
        }
    }

    async fn keep_preference(&self, user: &UserId, key: &str, value: &str) -> Result<(), Error> {
        let (user, name) = (user.clone(), format!("{PREFIX}{key}"));
        let value = value.to_owned();
        self.write(move |act| {
            if let Some(found) = act.tx.find_user(user.as_str())? {
                act.tx.set_user_field(found.number, &name, &value)?;
            }
            act.happened(Event::AccountChanged { user });
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

fn read(view: &View<'_>, user: &User) -> Result<Preferences, Error> {
    let fields = view.tx.user_fields(user.number)?;
    Ok(Preferences::of(&fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_takes_its_own_values_only() {
        let long = "x".repeat(MAX_FOLDER_BYTES + 1);
        for (key, value, expected) in [
            ("read_status_privacy", "1", Some(Change::ReadPrivate(true))),
            ("typing_privacy", "0", Some(Change::TypingPrivate(false))),
            ("typing_privacy", "2", None),
            ("typing_privacy", "yes", None),
            ("play_sounds", "yes", Some(Change::Kept)),
            ("play_sounds", "1", None),
            ("calls_start_without_media", "no", Some(Change::Kept)),
            ("blur_virtual_background", "maybe", None),
            ("conversations_list_style", "two-lines", Some(Change::Kept)),
            ("conversations_list_style", "three-lines", None),
            ("attachment_folder", "/Talk/ä", Some(Change::Kept)),
            ("attachment_folder", "", Some(Change::Kept)),
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
