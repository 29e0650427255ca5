//! What accounts show of themselves to others. Source: server.md 5.1, 16.

use super::Chat;
use super::account::place::ahead_of_utc;
use super::error::Error;
use super::transaction::View;
use super::user_avatar;
use crate::model::{User, UserId};

/// The audience of a field that nobody else sees.
const PRIVATE: &str = "v2-private";

/// Where nobody said where they are.
const UTC: &str = "UTC";

/// An account as somebody else sees it. What is empty or kept private is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub id: UserId,
    pub display_name: String,
    pub address: Option<String>,
    pub biography: Option<String>,
    pub headline: Option<String>,
    pub organisation: Option<String>,
    pub role: Option<String>,
    pub pronouns: Option<String>,
    pub shows_picture: bool,
    pub timezone: String,
    /// Seconds by which clocks there are ahead of UTC now.
    pub ahead_of_utc_secs: i64,
}

/// What can be done with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub id: UserId,
    pub display_name: String,
    pub email: Option<String>,
    /// It is the reader's own.
    pub is_own: bool,
}

impl Chat {
    /// The profile of an account, as `reader` sees it. Errors: `TargetNotFound` (kept out, too), `ProfileOff`.
    pub async fn profile_of(&self, reader: &User, id: &str) -> Result<Profile, Error> {
        let (reader, id) = (reader.id.clone(), id.to_owned());
        self.read(move |view| {
            let user = view.user(&id)?.filter(|user| user.enabled);
            let user = user.ok_or(Error::TargetNotFound)?;
            let seen = Fields::of(view, &user, user.id == reader)?;
            if seen.value("profile_enabled").is_some_and(|on| on == "0") {
                return Err(Error::ProfileOff);
            }
            let timezone = match user.timezone.as_str() {
                "" => UTC,
                timezone => timezone,
            };
            Ok(Profile {
                ahead_of_utc_secs: ahead_of_utc(timezone, view.now),
                timezone: timezone.to_owned(),
                id: user.id.clone(),
                display_name: user.display_name.clone(),
                address: seen.shown("address"),
                biography: seen.shown("biography"),
                headline: seen.shown("headline"),
                organisation: seen.shown("organisation"),
                role: seen.shown("role"),
                pronouns: seen.shown("pronouns"),
                shows_picture: seen.is_own || !user_avatar::is_private(view, &user)?,
            })
        })
        .await
    }

    /// What `reader` can do with an account. Errors: `AccountNotFound` (kept out, too).
    pub async fn card_of(&self, reader: &User, id: &str) -> Result<Card, Error> {
        let (reader, id) = (reader.id.clone(), id.to_owned());
        self.read(move |view| {
            let user = view.user(&id)?.filter(|user| user.enabled);
            let user = user.ok_or(Error::AccountNotFound)?;
            let seen = Fields::of(view, &user, user.id == reader)?;
            Ok(Card {
                id: user.id.clone(),
                display_name: user.display_name.clone(),
                email: user.email.clone().filter(|_| seen.is_visible("email")),
                is_own: seen.is_own,
            })
        })
        .await
    }

    /// Each id with the name of its account; an unknown one goes by itself.
    pub async fn display_names(&self, ids: Vec<String>) -> Result<Vec<(String, String)>, Error> {
        self.read(move |view| {
            let mut names: Vec<(String, String)> = Vec::with_capacity(ids.len());
            for id in ids {
                if names.iter().any(|(known, _)| *known == id) {
                    continue;
                }
                let name = match view.user(&id)? {
                    Some(user) => user.display_name.clone(),
                    None => id.clone(),
                };
                names.push((id, name));
            }
            Ok(names)
        })
        .await
    }
}

/// What an account says about itself, and to whom.
struct Fields {
    all: Vec<(String, String)>,
    is_own: bool,
}

impl Fields {
    fn of(view: &View<'_>, user: &User, is_own: bool) -> Result<Self, Error> {
        let all = view.tx.user_fields(user.number)?;
        Ok(Self { all, is_own })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut all = self.all.iter();
        let found = all.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn is_visible(&self, name: &str) -> bool {
        self.is_own || self.value(&format!("{name}Scope")) != Some(PRIVATE)
    }

    fn shown(&self, name: &str) -> Option<String> {
        let value = self.value(name).filter(|value| !value.is_empty())?;
        self.is_visible(name).then(|| value.to_owned())
    }
}
