//! Login flows: a client sends its user to a browser, who logs in there and grants it an app password.
//!
//! All state is in memory, bounded, and may be lost: then the client begins anew. Of a flow's two secrets only hashes are
//! kept, and the app password is made in the moment in which the client fetches it; only one that was shown instead of
//! logging in is kept until then. What a browser has open is bound to its session cookie. Source: server.md 6.1, 6.2.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use subtle::ConstantTimeEq;

use super::Chat;
use super::app_password::{Wanted, device_name, room_for_one_more};
use super::error::Error;
use super::login::{LoggedIn, secret_hash, still_counts};
use super::throttle::Subnet;
use super::transaction::View;
use super::web_session::Login;
use crate::live::Windows;
use crate::model::ids::{random_flow_token, random_state_token};
use crate::model::{CookieKey, Credential, LoginStamp, User, UserId, UserNumber};

/// Seconds that a client may wait for its user.
const LIFETIME_SECS: i64 = 1200;
/// Flows that are known at the same time.
const MOST_FLOWS: u64 = 50_000;
/// Browsers that have something open.
const MOST_BROWSERS: u64 = 50_000;
// Quirk: flow-bounds.
/// Flows that one subnet may begin, and browsers in which it may open something, within the lifetime of a flow.
const MOST_FROM_ONE: usize = 100;

/// Why a page of a flow is not shown or does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FlowRefusal {
    #[error("State token missing")]
    StateMissing,
    #[error("State token does not match")]
    StateWrong,
    #[error("Your login token is invalid or has expired")]
    Expired,
    #[error("Could not complete login")]
    NotCompleted,
    #[error("Invalid app password")]
    WrongAppPassword,
}

/// The two ways in which clients log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The browser is led to an address of the client's own.
    Redirect,
    /// The client asks again and again.
    Poll,
}

/// Why the last login in a browser failed, told on the next page only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFailure {
    WrongPassword,
    Disabled,
    /// The form did not come from our page, or not from this session.
    NotFromHere,
}

/// A flow that a client began. No `Debug`: it holds secrets.
pub struct Begun {
    /// For the address that the browser opens.
    pub page_token: String,
    /// For the client, to ask with.
    pub poll_token: String,
}

/// What a page of a flow shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the client calls itself.
    pub client: String,
    pub state_token: String,
}

/// What a client gets. No `Debug`: it holds a secret.
pub struct Granted {
    pub login_name: String,
    pub app_password: String,
}

/// Flows under way.
pub struct Flows {
    /// By the hash of the token for the page.
    by_page: Cache<[u8; 32], Arc<Mutex<Flow>>>,
    /// The same ones, by the hash of the token for the client.
    by_poll: Cache<[u8; 32], Arc<Mutex<Flow>>>,
    browsers: Cache<CookieKey, Arc<Mutex<Browser>>>,
    /// Apart from what is open, so that failing cannot drive that out.
    failures: Cache<CookieKey, LoginFailure>,
    begun: Windows<Subnet>,
    opened: Windows<Subnet>,
}

struct Flow {
    client: String,
    until: i64,
    poll_hash: [u8; 32],
    grant: Option<Grant>,
}

/// Who granted, and what they proved it with: the grant dies with it. No `Debug`: it may hold a secret.
#[derive(Clone)]
struct Grant {
    user: UserId,
    stamp: LoginStamp,
    login_name: String,
    /// The app password that was shown instead of logging in: the client gets this one, so that it ends with it.
    shown: Option<String>,
}

/// What one browser has open.
#[derive(Default)]
struct Browser {
    polled: Option<Open>,
    redirected: Option<Open>,
}

struct Open {
    client: String,
    until: i64,
    state_token: String,
    /// Only of a flow that is polled: the hash of its token for the page.
    flow: Option<[u8; 32]>,
}

impl Default for Flows {
    fn default() -> Self {
        // Longer than anything counts, by a clock that only bounds what is kept.
        const KEPT: Duration = Duration::from_secs(60 * 60);
        fn cache<
            K: std::hash::Hash + Eq + Send + Sync + 'static,
            V: Clone + Send + Sync + 'static,
        >(
            most: u64,
        ) -> Cache<K, V> {
            // The oldest goes first; the usual policy might not even let a new one in.
            Cache::builder()
                .max_capacity(most)
                .time_to_live(KEPT)
                .eviction_policy(EvictionPolicy::lru())
                .build()
        }
        Self {
            by_page: cache(MOST_FLOWS),
            by_poll: cache(MOST_FLOWS),
            browsers: cache(MOST_BROWSERS),
            failures: cache(MOST_BROWSERS),
            begun: Windows::new(10_000, KEPT),
            opened: Windows::new(10_000, KEPT),
        }
    }
}

impl Flows {
    /// This browser has nothing open any more.
    pub fn forget_browser(&self, cookie: CookieKey) {
        self.browsers.invalidate(&cookie);
    }

    /// What a browser has open, or nothing.
    fn known_browser(&self, cookie: CookieKey) -> Arc<Mutex<Browser>> {
        self.browsers.get(&cookie).unwrap_or_default()
    }

    fn open_in(&self, cookie: CookieKey, kind: Kind, open: Open) {
        let browser = self.browsers.get_with(cookie, Arc::default);
        *lock(&browser).place(kind) = Some(open);
    }

    /// The flow that is polled and can still be granted.
    fn flow(&self, page_hash: &[u8; 32], now: i64) -> Result<Arc<Mutex<Flow>>, FlowRefusal> {
        let flow = self.by_page.get(page_hash);
        flow.filter(|flow| now < lock(flow).until)
            .ok_or(FlowRefusal::Expired)
    }

    fn forget_flow(&self, page_hash: &[u8; 32]) {
        if let Some(flow) = self.by_page.remove(page_hash) {
            self.by_poll.invalidate(&lock(&flow).poll_hash);
        }
    }
}

impl Browser {
    fn place(&mut self, kind: Kind) -> &mut Option<Open> {
        match kind {
            Kind::Poll => &mut self.polled,
            Kind::Redirect => &mut self.redirected,
        }
    }

    /// What is open, if the browser shows its state token.
    fn check(&mut self, kind: Kind, state: &str, now: i64) -> Result<&Open, FlowRefusal> {
        let open = self.place(kind).as_ref();
        if state.is_empty() {
            return Err(FlowRefusal::StateMissing);
        }
        let open = open.ok_or(FlowRefusal::StateWrong)?;
        let fits = bool::from(open.state_token.as_bytes().ct_eq(state.as_bytes()));
        if open.state_token.is_empty() || !fits {
            return Err(FlowRefusal::StateWrong);
        }
        match now < open.until {
            true => Ok(open),
            false => Err(FlowRefusal::Expired),
        }
    }

    /// The same, and nobody can show it again.
    fn spend(&mut self, kind: Kind, state: &str, now: i64) -> Result<Open, FlowRefusal> {
        self.check(kind, state, now)?;
        self.place(kind).take().ok_or(FlowRefusal::StateWrong)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chat {
    /// Begin a flow for a client that will ask again and again.
    ///
    /// Errors: `TooManyRequests`.
    pub fn begin_flow(&self, address: IpAddr, client: &str) -> Result<Begun, Error> {
        self.admit_flow(&self.flows.begun, address)?;
        let begun = Begun {
            page_token: random_flow_token(),
            poll_token: random_flow_token(),
        };
        let poll_hash = secret_hash(&begun.poll_token);
        let flow = Arc::new(Mutex::new(Flow {
            client: device_name(client),
            until: self.clock.now() + LIFETIME_SECS,
            poll_hash,
            grant: None,
        }));
        let page_hash = secret_hash(&begun.page_token);
        self.flows.by_poll.insert(poll_hash, Arc::clone(&flow));
        self.flows.by_page.insert(page_hash, flow);
        Ok(begun)
    }

    /// Open a client's flow in a browser.
    ///
    /// Errors: `Expired`, `TooManyRequests`.
    pub fn open_flow(
        &self,
        cookie: CookieKey,
        address: IpAddr,
        page_token: &str,
    ) -> Result<(), Error> {
        let page_hash = secret_hash(page_token);
        let flow = self.flows.flow(&page_hash, self.clock.now())?;
        self.admit_flow(&self.flows.opened, address)?;
        let (client, until) = {
            let flow = lock(&flow);
            (flow.client.clone(), flow.until)
        };
        let open = Open {
            client,
            until,
            // Nothing can be granted before the page that tells who asks.
            state_token: String::new(),
            flow: Some(page_hash),
        };
        self.flows.open_in(cookie, Kind::Poll, open);
        Ok(())
    }

    /// The first page of the flow that this browser has open, with a fresh state token.
    ///
    /// Errors: `Expired`.
    pub fn show_flow(&self, cookie: CookieKey) -> Result<Step, FlowRefusal> {
        let browser = self.flows.known_browser(cookie);
        let mut browser = lock(&browser);
        let now = self.clock.now();
        let open = browser.polled.as_mut().filter(|open| now < open.until);
        let open = open.ok_or(FlowRefusal::Expired)?;
        open.state_token = random_state_token();
        Ok(Step {
            client: open.client.clone(),
            state_token: open.state_token.clone(),
        })
    }

    /// Begin a flow at whose end the browser is led to the client.
    ///
    /// Errors: `TooManyRequests`.
    pub fn begin_redirect(
        &self,
        cookie: CookieKey,
        address: IpAddr,
        client: &str,
    ) -> Result<Step, Error> {
        self.admit_flow(&self.flows.opened, address)?;
        let step = Step {
            client: device_name(client),
            state_token: random_state_token(),
        };
        let open = Open {
            client: step.client.clone(),
            until: self.clock.now() + LIFETIME_SECS,
            state_token: step.state_token.clone(),
            flow: None,
        };
        self.flows.open_in(cookie, Kind::Redirect, open);
        Ok(step)
    }

    /// The page on which somebody who is logged in decides.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`.
    pub fn flow_step(
        &self,
        kind: Kind,
        cookie: CookieKey,
        state: &str,
    ) -> Result<Step, FlowRefusal> {
        let now = self.clock.now();
        let browser = self.flows.known_browser(cookie);
        let mut browser = lock(&browser);
        let open = browser.check(kind, state, now)?;
        if let Some(page_hash) = &open.flow {
            self.flows.flow(page_hash, now)?;
        }
        Ok(Step {
            client: open.client.clone(),
            state_token: open.state_token.clone(),
        })
    }

    /// Grant what the browser has open to the client that polls; what the client calls itself.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`, `TooMany`.
    pub async fn grant_flow(
        &self,
        cookie: CookieKey,
        state: &str,
        user: &User,
        login: &Login,
    ) -> Result<String, Error> {
        let number = user.number;
        self.read(move |view| room_for_one_more(view, number))
            .await?;
        let grant = Grant {
            user: user.id.clone(),
            stamp: login.stamp,
            login_name: login.typed.clone(),
            shown: None,
        };
        Ok(self.attach(cookie, state, grant)?)
    }

    /// Grant it by an app password that its owner has already.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`, `WrongAppPassword`, `Throttled`.
    pub async fn grant_flow_by_app_password(
        &self,
        cookie: CookieKey,
        state: &str,
        claimed: Claimed<'_>,
    ) -> Result<String, Error> {
        self.flow_step(Kind::Poll, cookie, state)?;
        let proved = self.prove_app_password(&claimed).await?;
        let grant = Grant {
            stamp: proved.stamp,
            user: proved.user.id.clone(),
            login_name: claimed.login.to_owned(),
            shown: Some(claimed.app_password.to_owned()),
        };
        Ok(self.attach(cookie, state, grant)?)
    }

    /// Grant what the browser has open to the client to which it is led. The session ends: it was begun for this.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`, `TooMany`.
    pub async fn grant_redirect(
        &self,
        cookie: CookieKey,
        state: &str,
        login: &Login,
    ) -> Result<Granted, Error> {
        let open = {
            let browser = self.flows.known_browser(cookie);
            let mut browser = lock(&browser);
            browser.spend(Kind::Redirect, state, self.clock.now())?
        };
        let grant = Grant {
            user: login.user.clone(),
            stamp: login.stamp,
            login_name: login.typed.clone(),
            shown: None,
        };
        let granted = self.redeem(grant, open.client).await?;
        self.end_web_session(cookie, login).await?;
        Ok(granted)
    }

    /// Lead the browser to the client with an app password that its owner has already.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`, `WrongAppPassword`, `Throttled`.
    pub async fn redirect_by_app_password(
        &self,
        cookie: CookieKey,
        state: &str,
        claimed: Claimed<'_>,
    ) -> Result<Granted, Error> {
        self.flow_step(Kind::Redirect, cookie, state)?;
        self.prove_app_password(&claimed).await?;
        let browser = self.flows.known_browser(cookie);
        lock(&browser).spend(Kind::Redirect, state, self.clock.now())?;
        Ok(Granted {
            login_name: claimed.login.to_owned(),
            app_password: claimed.app_password.to_owned(),
        })
    }

    /// Grant nothing: the client goes on waiting in vain.
    ///
    /// Quirk: flow-cancel.
    ///
    /// Errors: `StateMissing`, `StateWrong`, `Expired`.
    pub fn cancel_flow(
        &self,
        kind: Kind,
        cookie: CookieKey,
        state: &str,
    ) -> Result<(), FlowRefusal> {
        let open = {
            let browser = self.flows.known_browser(cookie);
            let mut browser = lock(&browser);
            browser.spend(kind, state, self.clock.now())?
        };
        if let Some(page_hash) = open.flow {
            self.flows.forget_flow(&page_hash);
        }
        Ok(())
    }

    /// What a client gets that asks, once it was granted; once.
    ///
    /// Errors: those of the store, and then it can ask again.
    pub async fn poll_flow(&self, poll_token: &str) -> Result<Option<Granted>, Error> {
        let poll_hash = secret_hash(poll_token);
        let Some(flow) = self.flows.by_poll.get(&poll_hash) else {
            return Ok(None);
        };
        let (grant, client) = {
            let mut flow = lock(&flow);
            if flow.until <= self.clock.now() {
                return Ok(None);
            }
            let Some(grant) = flow.grant.take() else {
                return Ok(None);
            };
            (grant, flow.client.clone())
        };
        match self.redeem(grant.clone(), client).await {
            Ok(granted) => {
                self.flows.by_poll.invalidate(&poll_hash);
                Ok(Some(granted))
            }
            Err(error @ Error::Store(_)) => {
                lock(&flow).grant = Some(grant);
                Err(error)
            }
            Err(error) => {
                tracing::info!(%error, "a grant came to nothing");
                self.flows.by_poll.invalidate(&poll_hash);
                Ok(None)
            }
        }
    }

    /// What a browser has open goes on under its new session.
    pub fn carry_flow(&self, from: CookieKey, to: CookieKey) {
        if let Some(browser) = self.flows.browsers.remove(&from) {
            self.flows.browsers.insert(to, browser);
        }
    }

    /// Keep why a login failed for the next page. What comes from elsewhere ends all that is open.
    ///
    /// Quirk: wrong-form-session.
    pub fn note_login_failure(&self, cookie: CookieKey, failure: LoginFailure) {
        if failure == LoginFailure::NotFromHere {
            self.flows.forget_browser(cookie);
        }
        self.flows.failures.insert(cookie, failure);
    }

    /// Why the last login failed; asked once.
    pub fn take_login_failure(&self, cookie: CookieKey) -> Option<LoginFailure> {
        self.flows.failures.remove(&cookie)
    }

    fn attach(&self, cookie: CookieKey, state: &str, grant: Grant) -> Result<String, FlowRefusal> {
        let now = self.clock.now();
        let browser = self.flows.known_browser(cookie);
        let open = lock(&browser).spend(Kind::Poll, state, now)?;
        let page_hash = open.flow.ok_or(FlowRefusal::NotCompleted)?;
        let flow = self.flows.flow(&page_hash, now)?;
        // Whoever opens the same address later finds nothing.
        self.flows.by_page.invalidate(&page_hash);
        lock(&flow).grant = Some(grant);
        Ok(open.client)
    }

    async fn redeem(&self, grant: Grant, client: String) -> Result<Granted, Error> {
        let login_name = grant.login_name.clone();
        if let Some(app_password) = grant.shown.clone() {
            self.read(move |view| still_granting(view, &grant).map(drop))
                .await?;
            return Ok(Granted {
                login_name,
                app_password,
            });
        }
        let app_password = self
            .make_app_password(move |act| {
                Ok(Wanted {
                    user: still_granting(&act.view(), &grant)?,
                    login_name: grant.login_name,
                    name: client,
                })
            })
            .await?;
        Ok(Granted {
            login_name,
            app_password,
        })
    }

    async fn prove_app_password(&self, claimed: &Claimed<'_>) -> Result<LoggedIn, Error> {
        let found = self
            .log_in(claimed.login, claimed.app_password, claimed.address)
            .await?;
        match found {
            Some(found) if found.stamp.by != Credential::Password => Ok(found),
            _ => Err(FlowRefusal::WrongAppPassword.into()),
        }
    }

    fn admit_flow(&self, window: &Windows<Subnet>, address: IpAddr) -> Result<(), Error> {
        let now = self.clock.now();
        let admitted = !self.limits.brute_force_protection
            || window.admit(Subnet::of(address), now, LIFETIME_SECS, MOST_FROM_ONE);
        admitted.then_some(()).ok_or(Error::TooManyRequests)
    }
}

/// An app password that somebody types instead of logging in. No `Debug`: it holds a secret.
pub struct Claimed<'c> {
    pub login: &'c str,
    pub app_password: &'c str,
    pub address: IpAddr,
}

/// The account that granted, if it is still the one that did, and may.
fn still_granting(view: &View<'_>, grant: &Grant) -> Result<UserNumber, Error> {
    match still_counts(view, &grant.user, grant.stamp)? {
        Some(user) => Ok(user.number),
        None => Err(FlowRefusal::NotCompleted.into()),
    }
}
