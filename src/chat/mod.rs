//! The domain: decides. Knows no HTTP, no JSON, no SQL, no status numbers.
//!
//! `Chat` is the only thing that a dialect may call. Each file holds the rules of one topic; the
//! order of refusals in a function is the order that clients can observe.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub mod account;
mod address_list;
pub mod admission;
pub mod allowance;
pub mod app_password;
pub mod app_setting;
pub mod avatar;
pub mod ban;
pub mod bot;
pub mod call;
pub mod clock;
pub mod conversation;
mod crowd;
pub mod directory;
mod dismissal;
pub mod edit;
pub mod emoji;
pub mod error;
mod event;
pub mod expiration;
pub mod grounds;
pub mod group;
pub mod invitation;
pub mod lobby;
pub mod login;
pub mod login_flow;
mod login_queue;
pub mod mail;
pub mod membership;
mod memory;
pub mod mention;
mod mention_flags;
pub mod message;
pub mod notice;
mod notice_level;
pub mod notice_text;
pub mod one_to_one;
pub mod open_rooms;
pub mod participant;
pub mod password;
pub mod permission;
pub mod personal;
pub mod picture;
pub mod pin;
pub mod policy;
pub mod poll;
mod posting;
pub mod preference;
pub mod presence;
pub mod profile;
pub mod push;
pub mod rate;
pub mod reaction;
pub mod read_marker;
pub mod receive;
pub mod reminder;
pub mod rendered;
pub mod resolved;
pub mod rich;
pub mod room_creation;
pub mod room_view;
pub mod scheduled;
pub mod search;
mod search_walk;
pub mod session;
pub mod shared_item;
pub mod signaling;
pub mod suggestion;
pub mod suggestions;
pub mod system_message;
mod tally;
pub mod thread;
pub mod throttle;
mod transaction;
pub mod upkeep;
pub mod user_avatar;
pub mod user_status;
pub mod web_session;

pub use clock::Clock;
pub use error::{AccountRefusal, Error, Invalid};

use crate::live::Windows;
use crate::store::Store;
use bot::Replays;
use login::Logins;
use login_flow::Flows;
use mail::{Mailer, PostOffice};
use memory::Memory;
use password::Hasher;
use picture::draw::Artist;
use picture::upload::Examiner;
use push::key::PushKeys;
use throttle::{Action, Subnet, Throttle};

/// Characters (Unicode code points) that a message may have.
pub const MAX_MESSAGE_CHARS: usize = 32_000;
/// Characters that a conversation's description may have.
pub const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// Seconds without a ping after which a session may be taken away.
pub const SESSION_TIMEOUT_SECS: i64 = 100;

/// Seconds after a ping during which somebody counts as there.
pub const ONLINE_SECS: i64 = 30;

/// What the operator may set.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Seconds after which a message can no longer be deleted; `None`: never.
    pub delete_age_secs: Option<i64>,
    /// Slow down and refuse addresses that guess, and who asks too often.
    pub brute_force_protection: bool,
    /// The longest that a request may wait for messages.
    pub max_wait: Duration,
    /// How expensive a guess at a password is.
    pub hashing: password::Cost,
    // Quirk: many-guests.
    /// Guests that may be in one conversation at the same time; those invited by e-mail do not count.
    pub max_guests: u32,
    /// Whether there are calls, unless an administrator decides otherwise.
    pub calls: bool,
    /// Searches that are carried out at once; others wait for their turn.
    pub searches: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            delete_age_secs: Some(6 * 60 * 60),
            brute_force_protection: true,
            // Quirk: timeout-60.
            max_wait: Duration::from_secs(60),
            hashing: password::Cost::Full,
            max_guests: 10_000,
            calls: false,
            searches: 2,
        }
    }
}

/// The chat server without a dialect.
pub struct Chat {
    store: Arc<dyn Store>,
    memory: Arc<Memory>,
    clock: Clock,
    limits: Limits,
    throttle: Throttle,
    asked: rate::Asked,
    searching: search::Searching,
    hasher: Hasher,
    examiner: Examiner,
    artist: Artist,
    logins: Logins,
    /// Logins of clients that are under way in browsers.
    flows: Flows,
    /// Questions for a wipe, by where they came from.
    wipe_questions: Windows<Subnet>,
    post_office: PostOffice,
    push_key: PushKeys,
    /// Signatures of bots that were used already.
    replays: Replays,
    /// Signs session cookies; from the store, so that they outlive a restart.
    secret: [u8; 32],
    /// A batch of read markers is on its way to the store.
    flushing: AtomicBool,
}

/// The setting that holds the server's secret.
const SECRET: &str = "secret";

impl Chat {
    /// Open the domain over a store, letters leaving by `mailer`; makes the server's secret on the first start.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Clock,
        limits: Limits,
        mailer: Arc<dyn Mailer>,
    ) -> Result<Arc<Self>, Error> {
        let mut chat = Self {
            store,
            memory: Arc::default(),
            clock,
            throttle: Throttle::new(100_000),
            asked: rate::Asked::default(),
            searching: search::Searching::new(limits.searches),
            hasher: Hasher::new(limits.hashing),
            examiner: Examiner::default(),
            artist: Artist::default(),
            logins: Logins::default(),
            flows: Flows::default(),
            wipe_questions: Windows::new(10_000, Duration::from_secs(10 * 60)),
            post_office: PostOffice::new(mailer),
            push_key: PushKeys::default(),
            replays: Replays::default(),
            limits,
            secret: [0; 32],
            flushing: AtomicBool::new(false),
        };
        chat.secret = chat.write(login::server_secret(SECRET)).await?;
        chat.load_policy().await?;
        let chat = Arc::new(chat);
        let waker = Arc::clone(&chat);
        // Ends when the hub closes.
        tokio::spawn(async move {
            tokio::join!(
                waker.memory.hub.run_waker(),
                waker.memory.people.run_waker()
            )
        });
        Ok(chat)
    }

    /// What the operator set.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The key that signs session cookies.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Everybody who waits is answered now, and nobody waits again.
    pub fn stop_waiting(&self) {
        self.memory.hub.close();
        self.memory.people.close();
    }

    /// Write what memory still holds, then close the store.
    pub async fn close(&self) {
        if let Err(error) = self.write_pending().await {
            tracing::error!(%error, "the last read markers could not be written");
        }
        let store = Arc::clone(&self.store);
        if tokio::task::spawn_blocking(move || store.close())
            .await
            .is_err()
        {
            tracing::error!("the store did not close");
        }
    }

    /// How long this address is to wait before it is answered, in milliseconds.
    ///
    /// Errors: `Throttled` after more than 10 failures within half an hour.
    pub fn throttle(&self, action: Action, address: IpAddr) -> Result<u64, Error> {
        if !self.limits.brute_force_protection {
            return Ok(0);
        }
        let now = self.clock.now();
        if self.throttle.is_blocked(action, address, now) {
            return Err(Error::Throttled);
        }
        Ok(self.throttle.delay_ms(action, address, now))
    }

    /// A guess failed.
    pub fn note_failure(&self, action: Action, address: IpAddr) {
        if self.limits.brute_force_protection {
            self.throttle.record(action, address, self.clock.now());
        }
    }
}
