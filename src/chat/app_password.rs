//! App passwords: one for each device or program of an account, made, renewed, revoked, and told to forget everything.
//!
//! A secret stands in the answer that makes it, and nowhere else. What a revoked one began ends with it: see `login`.
//! Source: server.md 7, 13.1, 19.

use std::net::IpAddr;

use super::Chat;
use super::admission::Caller;
use super::error::{AccountRefusal, Error};
use super::event::Event;
use super::login::{self, secret_hash};
use super::throttle::Subnet;
use super::transaction::{Act, View};
use super::web_session::Login;
use crate::model::ids::random_app_password;
use crate::model::{AppPassword, AppPasswordId, User, UserId, UserNumber};
use crate::store::NewAppPassword;

/// App passwords that one account may have.
const MOST: usize = 200;
/// Characters of a device's name that are kept.
const MAX_NAME_CHARS: usize = 120;
/// Questions for a wipe that one subnet may ask in `WIPE_WINDOW_SECS`.
const MOST_WIPE_QUESTIONS: usize = 10;
const WIPE_WINDOW_SECS: i64 = 300;

/// Why an app password is not made, changed or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppPasswordRefusal {
    #[error("You cannot request an new apppassword with an apppassword")]
    InUse,
    #[error("no app password in use")]
    NoneInUse,
    #[error("There are too many app passwords, revoke one first")]
    TooMany,
    #[error("Log in with your password for this, an app password is not enough")]
    NotEnough,
    #[error("no such app password")]
    Unknown,
}

/// The name of a device as it is stored and shown: one line, of bounded length, without characters that could make it
/// look like something else.
pub fn device_name(text: &str) -> String {
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let visible: String = text
        .chars()
        .map(|c| if is_invisible(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(MAX_NAME_CHARS).collect();
    match name.trim_end() {
        "" => "Unknown client".to_owned(),
        name => name.to_owned(),
    }
}

/// An app password that is to be made.
pub(super) struct Wanted {
    pub user: UserNumber,
    /// The name that was typed for it.
    pub login_name: String,
    pub name: String,
}

/// An app password that somebody wants to make in a browser. No `Debug`: it may hold a password.
pub struct NewDevice<'d> {
    pub login: &'d Login,
    /// Typed once more; only looked at if the last time was long ago.
    pub password: &'d str,
    pub address: IpAddr,
    pub name: &'d str,
}

/// An app password that was made. No `Debug`: it holds a secret.
pub struct MadeDevice {
    pub secret: String,
    /// As it is kept.
    pub name: String,
    /// When the password was typed, if that was needed.
    pub confirmed_at: Option<i64>,
}

impl Chat {
    /// Make an app password for an account, which logs in with it under its id, its address, and the name that was typed
    /// for it. The answer is the only place where it ever stands.
    ///
    /// Errors: `UserNotFound`, `TooMany`.
    pub async fn create_app_password(
        &self,
        user: &UserId,
        login_name: &str,
        name: &str,
    ) -> Result<String, Error> {
        let (user, login_name, name) = (user.clone(), login_name.to_owned(), device_name(name));
        self.make_app_password(move |act| {
            let found = act.tx.find_user(user.as_str())?;
            let found = found.ok_or(AccountRefusal::UserNotFound)?;
            Ok(Wanted {
                user: found.number,
                login_name,
                name,
            })
        })
        .await
    }

    /// Make an app password for whoever `owner` decides inside the transaction.
    pub(super) async fn make_app_password(
        &self,
        owner: impl FnOnce(&mut Act<'_>) -> Result<Wanted, Error> + Send + 'static,
    ) -> Result<String, Error> {
        let secret = random_app_password();
        let hash = secret_hash(&secret);
        self.write(move |act| {
            let wanted = owner(act)?;
            room_for_one_more(&act.view(), wanted.user)?;
            let password = NewAppPassword {
                user: wanted.user,
                name: &wanted.name,
                login_name: &wanted.login_name,
                secret_hash: &hash,
            };
            act.tx.insert_app_password(&password, act.now)?;
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// Make an app password for a client that logged in with the account's own, under the name that it goes on sending.
    ///
    /// Errors: `InUse`, `TooMany`.
    pub async fn request_app_password(
        &self,
        caller: &Caller,
        user: &User,
        login_name: &str,
        name: &str,
    ) -> Result<String, Error> {
        if caller.app_password().is_some() {
            return Err(AppPasswordRefusal::InUse.into());
        }
        let grounds = caller.grounds.as_ref().ok_or(Error::NotLoggedIn)?;
        let (user, stamp) = (user.id.clone(), grounds.stamp);
        let (login_name, name) = (login_name.to_owned(), device_name(name));
        self.make_app_password(move |act| {
            let user = login::still_counts(&act.view(), &user, stamp)?;
            Ok(Wanted {
                user: user.ok_or(Error::LoginOver)?.number,
                login_name,
                name,
            })
        })
        .await
    }

    /// Make an app password for somebody in a browser, who typed the password lately, or now.
    ///
    /// Errors: `WrongPassword`, `Throttled`; `NotLoggedIn` if the login ended just now; `TooMany`.
    pub async fn make_device(&self, wish: NewDevice<'_>) -> Result<MadeDevice, Error> {
        let login = wish.login;
        let confirmed_at = match login.is_confirmed(self.clock.now()) {
            true => None,
            false => {
                let user = self.user(&login.user).await?.ok_or(Error::NotLoggedIn)?;
                let typed = self.confirm_password(&user, wish.password, wish.address);
                Some(typed.await?)
            }
        };
        let name = device_name(wish.name);
        let (user, stamp) = (login.user.clone(), login.stamp);
        let (login_name, kept_name) = (login.typed.clone(), name.clone());
        let secret = self.make_app_password(move |act| {
            let user = login::still_counts(&act.view(), &user, stamp)?;
            Ok(Wanted {
                user: user.ok_or(Error::NotLoggedIn)?.number,
                login_name,
                name: kept_name,
            })
        });
        Ok(MadeDevice {
            secret: secret.await?,
            name,
            confirmed_at,
        })
    }

    /// Revoke the app password that this request used.
    ///
    /// Errors: `NoneInUse`.
    pub async fn revoke_app_password_in_use(
        &self,
        caller: &Caller,
        user: &User,
    ) -> Result<(), Error> {
        let id = caller.app_password().ok_or(AppPasswordRefusal::NoneInUse)?;
        self.revoke_app_password(user, id).await
    }

    /// Give the app password that this request used another secret, which is the answer.
    ///
    /// Errors: `NoneInUse`.
    pub async fn rotate_app_password(&self, caller: &Caller, user: &User) -> Result<String, Error> {
        let id = caller.app_password().ok_or(AppPasswordRefusal::NoneInUse)?;
        let (number, secret) = (user.number, random_app_password());
        let hash = secret_hash(&secret);
        self.write(move |act| {
            own(act, number, id)?;
            // Logins are stamped with the secret, so that all ends that the old one began.
            act.tx.renew_app_password(id, &hash)?;
            login::ended(act, number, Event::AppPasswordChanged { id });
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// All app passwords of an account, the newest first.
    pub async fn app_passwords(&self, user: &User) -> Result<Vec<AppPassword>, Error> {
        let number = user.number;
        self.read(move |view| Ok(view.tx.app_passwords_of(number)?))
            .await
    }

    /// Revoke an app password of an account; what it began is over at once.
    ///
    /// Errors: `Unknown`.
    pub async fn revoke_app_password(&self, user: &User, id: AppPasswordId) -> Result<(), Error> {
        let number = user.number;
        self.write(move |act| {
            own(act, number, id)?;
            act.tx.delete_app_password(id)?;
            login::ended(act, number, Event::AppPasswordChanged { id });
            Ok(())
        })
        .await
    }

    /// Tell the device behind an app password to forget everything. The app password lets nobody in any more.
    ///
    /// Errors: `Unknown`.
    pub async fn wipe_app_password(&self, user: &User, id: AppPasswordId) -> Result<(), Error> {
        let number = user.number;
        self.write(move |act| {
            own(act, number, id)?;
            wipe(act, number, id)
        })
        .await
    }

    /// Tell all devices of an account to forget everything.
    ///
    /// Errors: `UserHidden`; `NotOnThisAccount` for oneself.
    pub async fn wipe_devices(&self, caller: Option<&User>, target: &str) -> Result<(), Error> {
        let (caller, target) = (caller.map(|user| user.number), target.to_owned());
        self.write(move |act| {
            let user = act.tx.find_user(&target)?;
            let user = user.ok_or(AccountRefusal::UserHidden)?;
            if caller == Some(user.number) {
                return Err(AccountRefusal::NotOnThisAccount.into());
            }
            for password in act.tx.app_passwords_of(user.number)? {
                wipe(act, user.number, password.id)?;
            }
            Ok(())
        })
        .await
    }

    /// Whether the device with this app password is to forget everything.
    ///
    /// Errors: `TooManyRequests`.
    pub async fn is_to_be_wiped(&self, secret: &str, address: IpAddr) -> Result<bool, Error> {
        self.admit_wipe_question(address)?;
        let hash = secret_hash(secret);
        self.read(move |view| {
            let found = view.tx.find_app_password(&hash)?;
            Ok(found.is_some_and(|password| password.wipe))
        })
        .await
    }

    /// Note that the device with this app password forgot everything: its app password goes. Whether it was to.
    ///
    /// Errors: `TooManyRequests`.
    pub async fn wiped(&self, secret: &str, address: IpAddr) -> Result<bool, Error> {
        self.admit_wipe_question(address)?;
        let hash = secret_hash(secret);
        self.write(move |act| {
            let found = act.tx.find_app_password(&hash)?;
            let Some(password) = found.filter(|password| password.wipe) else {
                return Ok(false);
            };
            act.tx.delete_app_password(password.id)?;
            act.happened(Event::AppPasswordChanged { id: password.id });
            Ok(true)
        })
        .await
    }

    fn admit_wipe_question(&self, address: IpAddr) -> Result<(), Error> {
        let admitted = !self.limits.brute_force_protection
            || self.wipe_questions.admit(
                Subnet::of(address),
                self.clock.now(),
                WIPE_WINDOW_SECS,
                MOST_WIPE_QUESTIONS,
            );
        admitted.then_some(()).ok_or(Error::TooManyRequests)
    }
}

/// Errors: `TooMany`.
pub(super) fn room_for_one_more(view: &View<'_>, user: UserNumber) -> Result<(), Error> {
    match view.tx.app_passwords_of(user)?.len() < MOST {
        true => Ok(()),
        false => Err(AppPasswordRefusal::TooMany.into()),
    }
}

/// Makes sure that an app password is the account's.
fn own(act: &Act<'_>, user: UserNumber, id: AppPasswordId) -> Result<(), Error> {
    let found = act.tx.find_app_password_by_id(id)?;
    match found.is_some_and(|found| found.user == user) {
        true => Ok(()),
        false => Err(AppPasswordRefusal::Unknown.into()),
    }
}

fn wipe(act: &mut Act<'_>, user: UserNumber, id: AppPasswordId) -> Result<(), Error> {
    act.tx.wipe_app_password(id)?;
    login::ended(act, user, Event::AppPasswordChanged { id });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_device_is_one_harmless_line() {
        let long = "x".repeat(1000);
        let cut = "x".repeat(MAX_NAME_CHARS);
        for (sent, kept) in [
            (
                "Mozilla/5.0 (Android) Nextcloud Talk",
                "Mozilla/5.0 (Android) Nextcloud Talk",
            ),
            ("  two \r\n lines\t", "two lines"),
            ("", "Unknown client"),
            ("\u{0}\u{7f}", "Unknown client"),
            ("left\u{202e}thgir", "left thgir"),
            ("<b>", "<b>"),
            (&long, &cut),
        ] {
            assert_eq!(device_name(sent), kept, "{sent:?}");
        }
    }
}
