//! Logging in: a password or an app password, remembered for minutes under a keyed hash.
//!
//! What is remembered names the credential, so it dies at once with it: a new password or a disabled account bumps the
//! account's epoch, an app password is looked up by its number. Source: ocs.md 4.1.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::login_queue::{LoginQueues, Turn};
use super::throttle::Action;
use super::transaction::{Act, View};
use crate::model::ids::random_bytes;
use crate::model::{AppPassword, AppPasswordId, Credential, LoginStamp, User, UserId, UserNumber};

/// Seconds for which the use of an app password is not noted again.
const USE_NOTED_SECS: i64 = 60 * 60;

/// An account that proved itself.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    pub user: Arc<User>,
    pub stamp: LoginStamp,
}

impl LoggedIn {
    fn by_password(user: Arc<User>) -> Self {
        let stamp = user.login_stamp();
        Self { user, stamp }
    }

    fn by_app_password(user: Arc<User>, password: &AppPassword) -> Self {
        let stamp = password.login_stamp();
        Self { user, stamp }
    }
}

/// What became of a credential.
#[derive(Debug)]
pub(super) enum Standing {
    Good(Arc<User>),
    /// Its account still lets in, but not by this.
    Gone,
    /// It has another secret.
    Renewed,
    /// The account is kept out, or gone.
    NobodyLetIn,
}

/// What came of a password that somebody typed.
#[derive(Debug)]
pub enum Typed {
    Right(LoggedIn),
    /// Right, but the account is kept out.
    Disabled,
    Wrong,
}

/// What a secret may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepts {
    Both,
    /// Only the account's own. Quirk: web-login-app-password.
    Password,
}

enum Verdict {
    Right(LoggedIn),
    Disabled,
    Wrong,
}

/// Logins that need not be verified again, by a hash that is useless outside of this process.
pub struct Logins {
    key: [u8; 32],
    remembered: moka::sync::Cache<[u8; 32], Remembered>,
    /// Logins being verified. Thousands of clients of one account that come back at once cost one
    /// comparison: the others wait for its end and find it remembered.
    under_way: Mutex<HashMap<[u8; 32], Arc<tokio::sync::Mutex<()>>>>,
    queues: LoginQueues,
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
            queues: LoginQueues::default(),
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
    /// Whom an app password with this secret lets in under this name.
    by_app_password: Option<LoggedIn>,
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
    ) -> Result<Option<LoggedIn>, Error> {
        let key = self.logins.hash(login, secret);
        if let Some(known) = self.remembered_login(&key).await? {
            return Ok(Some(known));
        }
        // On the heap: who is remembered, and that is nearly everybody, should not carry its size.
        let verdict = Box::pin(self.verify(key, login, secret, address, Accepts::Both)).await?;
        Ok(match verdict {
            Verdict::Right(proved) => Some(proved),
            Verdict::Disabled | Verdict::Wrong => None,
        })
    }

    /// What came of a login name and a password that were typed on a page. App passwords do not count.
    ///
    /// Errors: `Throttled`.
    pub async fn log_in_on_page(
        &self,
        login: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<Typed, Error> {
        let key = self.logins.hash(login, password);
        let verdict = Box::pin(self.verify(key, login, password, address, Accepts::Password));
        Ok(match verdict.await? {
            Verdict::Right(proved) => Typed::Right(proved),
            Verdict::Disabled => Typed::Disabled,
            Verdict::Wrong => Typed::Wrong,
        })
    }

    /// Whether this is the account's password, typed once more.
    ///
    /// Errors: `Throttled`.
    pub async fn is_password_of(
        &self,
        user: &User,
        password: &str,
        address: IpAddr,
    ) -> Result<bool, Error> {
        let typed = self.log_in_on_page(user.id.as_str(), password, address);
        Ok(matches!(typed.await?, Typed::Right(found) if found.stamp.number == user.number))
    }

    async fn remembered_login(&self, key: &[u8; 32]) -> Result<Option<LoggedIn>, Error> {
        let Some(known) = self.logins.remembered.get(key) else {
            return Ok(None);
        };
        let stamp = known.stamp;
        let user = self.account_of(&known.user, stamp).await?;
        Ok(user.map(|user| LoggedIn { user, stamp }))
    }

    /// The account, if what was begun with this stamp still counts.
    pub async fn account_of(
        &self,
        id: &UserId,
        stamp: LoginStamp,
    ) -> Result<Option<Arc<User>>, Error> {
        Ok(match self.standing(id, stamp).await? {
            Standing::Good(user) => Some(user),
            Standing::Gone | Standing::Renewed | Standing::NobodyLetIn => None,
        })
    }

    /// What became of the credential with this stamp.
    pub(super) async fn standing(&self, id: &UserId, stamp: LoginStamp) -> Result<Standing, Error> {
        let user = self.user(id).await?;
        let user = user.filter(|user| user.enabled && user.number == stamp.number);
        let Some(user) = user else {
            return Ok(Standing::NobodyLetIn);
        };
        let Some(id) = stamp.by.app_password() else {
            return Ok(match user.login_stamp() == stamp {
                true => Standing::Good(user),
                false => Standing::Gone,
            });
        };
        let password = self.app_password(id).await?;
        let password = password.filter(|password| lets_in(password, user.number));
        Ok(match password {
            None => Standing::Gone,
            Some(password) if password.login_stamp() != stamp => Standing::Renewed,
            Some(password) => {
                self.note_use(&password).await;
                Standing::Good(user)
            }
        })
    }

    /// Waits for what earlier failures cost, and then for one's turn among the logins of this subnet.
    ///
    /// Errors: `Throttled`.
    async fn admit_login(&self, address: IpAddr) -> Result<Option<Turn>, Error> {
        if !self.limits.brute_force_protection {
            return Ok(None);
        }
        let wait = self.throttle(Action::Login, address)?;
        if wait > 0 {
            let deadline = self.clock.deadline(Duration::from_millis(wait));
            self.clock.until(deadline).await;
        }
        let turn = self.logins.queues.turn(address).await?;
        // Those before may have failed too often meanwhile.
        self.throttle(Action::Login, address)?;
        Ok(Some(turn))
    }

    async fn verify(
        &self,
        key: [u8; 32],
        login: &str,
        secret: &str,
        address: IpAddr,
        accepts: Accepts,
    ) -> Result<Verdict, Error> {
        let _turn = self.logins.turn(key).await;
        if accepts == Accepts::Both
            && let Some(known) = self.remembered_login(&key).await?
        {
            return Ok(Verdict::Right(known));
        }
        let _queued = self.admit_login(address).await?;
        let secret_hash = secret_hash(secret);
        let claim = {
            let login = login.to_owned();
            self.read(move |view| claim(view, &login, &secret_hash))
                .await?
        };
        let by_app_password = claim.by_app_password.filter(|_| accepts == Accepts::Both);
        let proved = match by_app_password {
            Some(proved) => Some(proved),
            // An unknown account costs as much time as a wrong password.
            None => {
                let fits = self.hasher.matches(secret, &claim.password_hash).await?;
                claim.user.filter(|_| fits).map(LoggedIn::by_password)
            }
        };
        let Some(proved) = proved else {
            tracing::info!(%address, "a login failed");
            self.note_failure(Action::Login, address);
            return Ok(Verdict::Wrong);
        };
        if !proved.user.enabled {
            self.note_failure(Action::Login, address);
            return Ok(Verdict::Disabled);
        }
        if accepts == Accepts::Both {
            let remembered = Remembered {
                user: proved.user.id.clone(),
                stamp: proved.stamp,
            };
            self.logins.remembered.insert(key, remembered);
        }
        self.note_login(&proved).await?;
        Ok(Verdict::Right(proved))
    }

    /// The account whose app password this is, even if it is disabled.
    pub async fn log_in_by_token(&self, secret: &str) -> Result<Option<LoggedIn>, Error> {
        let hash = secret_hash(secret);
        let found = self
            .read(move |view| {
                let found = view.tx.find_app_password(&hash)?;
                let Some(password) = found.filter(|password| !password.wipe) else {
                    return Ok(None);
                };
                let user = view.tx.find_user_by_number(password.user)?;
                Ok(user.map(|user| (Arc::new(user), password)))
            })
            .await?;
        let Some((user, password)) = found else {
            return Ok(None);
        };
        if user.enabled {
            self.note_use(&password).await;
        }
        Ok(Some(LoggedIn::by_app_password(user, &password)))
    }

    /// The stamp of this app password, if it is one of the account's that lets in.
    pub async fn find_app_password(
        &self,
        user: &User,
        secret: &str,
    ) -> Result<Option<LoginStamp>, Error> {
        let (number, hash) = (user.number, secret_hash(secret));
        self.read(move |view| {
            let found = view.tx.find_app_password(&hash)?;
            let found = found.filter(|password| lets_in(password, number));
            Ok(found.map(|password| password.login_stamp()))
        })
        .await
    }

    /// Whether this is the secret of the app password that was used for this login.
    pub async fn is_secret_of(&self, login: &LoggedIn, secret: &str) -> Result<bool, Error> {
        let Some(id) = login.stamp.by.app_password() else {
            return Ok(false);
        };
        let password = self.app_password(id).await?;
        Ok(password.is_some_and(|password| password.secret_hash == secret_hash(secret)))
    }

    async fn app_password(&self, id: AppPasswordId) -> Result<Option<Arc<AppPassword>>, Error> {
        if let Some(known) = self.memory.app_password(id) {
            return Ok(Some(known));
        }
        self.read(move |view| view.app_password(id)).await
    }

    /// Notes once an hour that an app password is in use. Nobody is refused because that fails.
    async fn note_use(&self, password: &AppPassword) {
        let id = password.id;
        if self.clock.now() < password.last_used_at + USE_NOTED_SECS {
            return;
        }
        let noted = self.write(move |act| {
            act.tx.touch_app_password(id, act.now)?;
            act.happened(Event::AppPasswordChanged { id });
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the use of an app password was not noted");
        }
    }

    /// The account with this id, from memory if possible.
    pub async fn user(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        if let Some(user) = self.memory.user(&id.as_str().to_ascii_lowercase()) {
            return Ok(Some(user));
        }
        let id = id.clone();
        self.read(move |view| view.user(id.as_str())).await
    }

    async fn note_login(&self, login: &LoggedIn) -> Result<(), Error> {
        let (stamp, id) = (login.stamp, login.user.id.clone());
        self.write(move |act| {
            act.tx.touch_login(stamp.number, act.now)?;
            if let Credential::App(id) = stamp.by {
                act.tx.touch_app_password(id, act.now)?;
                act.happened(Event::AppPasswordChanged { id });
            }
            act.happened(Event::AccountChanged { user: id });
            Ok(())
        })
        .await
    }
}

/// Whether an app password opens this account.
fn lets_in(password: &AppPassword, user: UserNumber) -> bool {
    password.user == user && !password.wipe
}

/// Whether the owner of an app password may log in with it under this name: the id, the address of today, or the name
/// by which the app password was made, which devices go on sending when the address changes.
fn is_named(password: &AppPassword, owner: &User, login: &str) -> bool {
    let address = owner.email.as_deref().unwrap_or_default();
    let login = login.to_lowercase();
    [owner.id.as_str(), address, &password.login_name]
        .iter()
        .any(|name| !name.is_empty() && name.to_lowercase() == login)
}

fn claim(view: &View<'_>, login: &str, secret_hash: &[u8; 32]) -> Result<Claim, Error> {
    let user = match view.user(login)? {
        Some(user) => Some(user),
        None if login.contains('@') => {
            let mut users = view.tx.users_by_email(&login.to_lowercase())?;
            // An address shared by two accounts names neither.
            (users.len() == 1).then(|| users.remove(0)).map(Arc::new)
        }
        None => None,
    };
    let by_app_password = match view.tx.find_app_password(secret_hash)? {
        Some(found) => {
            let owner = view.tx.find_user_by_number(found.user)?;
            let owner = owner.filter(|owner| !found.wipe && is_named(&found, owner, login));
            owner.map(|owner| LoggedIn::by_app_password(Arc::new(owner), &found))
        }
        None => None,
    };
    let password_hash = match &user {
        Some(user) => view.tx.password_hash(user.number)?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(Claim {
        user,
        password_hash,
        by_app_password,
    })
}

/// The account, if what was begun with this stamp still counts, as the store knows it now.
pub(super) fn still_counts(
    view: &View<'_>,
    id: &UserId,
    stamp: LoginStamp,
) -> Result<Option<User>, Error> {
    let Some(user) = view.tx.find_user(id.as_str())? else {
        return Ok(None);
    };
    let known = match stamp.by {
        Credential::Password => Some(user.login_stamp()),
        Credential::App(id) => {
            let password = view.tx.find_app_password_by_id(id)?;
            let password = password.filter(|password| lets_in(password, user.number));
            password.map(|password| password.login_stamp())
        }
    };
    Ok((user.enabled && known == Some(stamp)).then_some(user))
}

/// Notes that something ended on which logins of the account may rest, after what it was: who waits looks when told so.
pub(super) fn ended(act: &mut Act<'_>, user: UserNumber, what: Event) {
    act.happened(what);
    act.happened(Event::LoginEnded { user });
}

/// What is stored of a secret that is long and random.
pub fn secret_hash(secret: &str) -> [u8; 32] {
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
