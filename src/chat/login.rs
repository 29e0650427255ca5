//! Logging in: a password or an app password, remembered for minutes under a keyed hash.
//!
//! A remembered login dies at once with the password, the account's enabled flag or its app
//! passwords: each of these bumps the account's epoch. Source: ocs.md 4.1.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::throttle::Action;
use super::transaction::{Act, View};
use crate::model::ids::{random_app_password, random_bytes};
use crate::model::{LoginStamp, User, UserId};

/// Logins that need not be verified again, by a hash that is useless outside of this process.
pub struct Logins {
    key: [u8; 32],
    remembered: moka::sync::Cache<[u8; 32], Remembered>,
    /// Logins being verified. Thousands of clients of one account that come back at once cost one
    /// comparison: the others wait for its end and find it remembered.
    under_way: Mutex<HashMap<[u8; 32], Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Clone)]
struct Remembered {
    user: UserId,
    stamp: LoginStamp,
}

impl Default for Logins {
    fn default() -> Self {
        Self {
            key: random_bytes(),
            remembered: moka::sync::Cache::builder()
                .max_capacity(100_000)
                .time_to_live(Duration::from_secs(5 * 60))
                .build(),
            under_way: Mutex::default(),
        }
    }
}

impl Logins {
    fn hash(&self, login: &str, secret: &str) -> [u8; 32] {
        keyed_hash(&self.key, &[login.as_bytes(), b"\0", secret.as_bytes()])
    }

    /// One's turn at verifying this login.
    async fn turn(&self, key: [u8; 32]) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut under_way = lock(&self.under_way);
            // Whoever waits or works holds a second reference.
            under_way.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(under_way.entry(key).or_default())
        };
        turn.lock_owned().await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// HMAC-SHA256 over the parts, one after the other.
pub fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// What has to be known before a password is compared.
struct Claim {
    user: Option<Arc<User>>,
    password_hash: String,
    has_app_password: bool,
}

impl Chat {
    /// The account, if login name (or address) and secret belong together and it is enabled.
    ///
    /// Errors: `Throttled`.
    pub async fn log_in(
        &self,
        login: &str,
        secret: &str,
        address: IpAddr,
    ) -> Result<Option<Arc<User>>, Error> {
        let key = self.logins.hash(login, secret);
        if let Some(user) = self.remembered_login(&key).await? {
            return Ok(Some(user));
        }
        // On the heap: who is remembered, and that is nearly everybody, should not carry its size.
        Box::pin(self.verify_login(key, login, secret, address)).await
    }

    async fn remembered_login(&self, key: &[u8; 32]) -> Result<Option<Arc<User>>, Error> {
        let Some(known) = self.logins.remembered.get(key) else {
            return Ok(None);
        };
        let user = self.user(&known.user).await?;
        Ok(user.filter(|user| user.enabled && user.login_stamp() == known.stamp))
    }

    async fn verify_login(
        &self,
        key: [u8; 32],
        login: &str,
        secret: &str,
        address: IpAddr,
    ) -> Result<Option<Arc<User>>, Error> {
        let _turn = self.logins.turn(key).await;
        if let Some(user) = self.remembered_login(&key).await? {
            return Ok(Some(user));
        }
        let wait = self.throttle(Action::Login, address)?;
        if wait > 0 {
            let deadline = self.clock.deadline(Duration::from_millis(wait));
            self.clock.until(deadline).await;
        }
        let claim = {
            let (login, secret) = (login.to_owned(), secret.to_owned());
            self.read(move |view| claim(view, &login, &secret)).await?
        };
        // An unknown account costs as much time as a wrong password.
        let fits =
            claim.has_app_password || self.hasher.matches(secret, &claim.password_hash).await?;
        match claim.user.filter(|user| fits && user.enabled) {
            Some(user) => {
                self.logins.remembered.insert(
                    key,
                    Remembered {
                        user: user.id.clone(),
                        stamp: user.login_stamp(),
                    },
                );
                self.note_login(&user).await?;
                Ok(Some(user))
            }
            None => {
                self.note_failure(Action::Login, address);
                Ok(None)
            }
        }
    }

    /// The account whose app password this is, even if it is disabled.
    pub async fn log_in_by_token(&self, secret: &str) -> Result<Option<Arc<User>>, Error> {
        let hash = secret_hash(secret);
        self.read(move |view| {
            let Some(found) = view.tx.find_app_password(&hash)? else {
                return Ok(None);
            };
            let user = view.tx.find_user_by_number(found.user)?;
            Ok(user.map(Arc::new))
        })
        .await
    }

    /// The account with this id, from memory if possible.
    pub async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        if let Some(user) = self.memory.user(&id.as_str().to_ascii_lowercase()) {
            return Ok(Some(user));
        }
        let id = id.clone();
        self.read(move |view| view.user(id.as_str())).await
    }

    /// Make an app password for an account. The answer is the only place where it ever stands.
    pub async fn create_app_password(&self, user: &UserId, name: &str) -> Result<String, Error> {
        let (user, name) = (user.clone(), name.to_owned());
        let secret = random_app_password();
        let hash = secret_hash(&secret);
        self.write(move |act| {
            let found = act.tx.find_user(user.as_str())?;
            let found = found.ok_or(super::AccountRefusal::UserNotFound)?;
            act.tx
                .insert_app_password(found.number, &name, &hash, act.now)?;
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    async fn note_login(&self, user: &User) -> Result<(), Error> {
        let (number, id) = (user.number, user.id.clone());
        self.write(move |act| {
            act.tx.touch_login(number, act.now)?;
            act.happened(Event::AccountChanged { user: id });
            Ok(())
        })
        .await
    }
}

fn claim(view: &View<'_>, login: &str, secret: &str) -> Result<Claim, Error> {
    let user = match view.user(login)? {
        Some(user) => Some(user),
        None if login.contains('@') => {
            let mut users = view.tx.users_by_email(&login.to_lowercase())?;
            // An address shared by two accounts names neither.
            (users.len() == 1).then(|| users.remove(0)).map(Arc::new)
        }
        None => None,
    };
    let app_password = view.tx.find_app_password(&secret_hash(secret))?;
    let has_app_password = app_password
        .zip(user.as_ref())
        .is_some_and(|(found, user)| found.user == user.number);
    let password_hash = match &user {
        Some(user) => view.tx.password_hash(user.number)?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(Claim {
        user,
        password_hash,
        has_app_password,
    })
}

fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Reads the server's secret, or makes it on the first start.
pub fn server_secret(
    name: &'static str,
) -> impl FnOnce(&mut Act<'_>) -> Result<[u8; 32], Error> + Send + 'static {
    move |act| {
        let mut secret = [0; 32];
        if let Some(stored) = act.tx.setting(name)?
            && hex::decode_to_slice(&stored, &mut secret).is_ok()
        {
            return Ok(secret);
        }
        secret = random_bytes();
        act.tx.set_setting(name, &hex::encode(secret))?;
        Ok(secret)
    }
}
