//! A server for one replay or one test: fresh, on a free port, with a clock that is moved by hand,
//! and gone without a trace afterwards.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::bots::Courier;
use super::{Options, ServeError, Server, listen, open_chat};
use crate::chat::app_setting::SettingName;
use crate::chat::mail::{Letter, Mailer};
use crate::chat::password::Cost;
use crate::chat::{self, Chat, Clock, Limits};
use crate::http::request::Intake;
use crate::ocs::branding::Branding;
use crate::ocs::cx::App;
use crate::replay::{Advance, BoxFuture, FreshServer, Guard, Jobs};
use crate::store::sqlite::Durability;

/// A running throw-away server.
pub struct Throwaway {
    pub address: SocketAddr,
    pub clock: Clock,
    pub chat: Arc<Chat>,
    /// The letters that left so far.
    pub letters: Arc<Letters>,
    stop: Option<oneshot::Sender<()>>,
    courier: Option<Courier>,
    task: JoinHandle<()>,
    /// Removed when dropped.
    directory: tempfile::TempDir,
}

/// Letters that went nowhere, to be looked at.
#[derive(Default)]
pub struct Letters(Mutex<Vec<Kept>>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Letters {
    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Kept> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Mailer for Letters {
    fn delivers(&self) -> bool {
        true
    }

    fn post(&self, letter: Letter) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Kept {
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
        });
    }
}

/// Limits that suit tests: no brute force protection, cheap passwords.
pub fn limits() -> Limits {
    Limits {
        brute_force_protection: false,
        hashing: Cost::Trifling,
        ..Limits::default()
    }
}

impl Throwaway {
    /// Start one with the account `admin`, password `admin`.
    pub async fn start(limits: Limits) -> Result<Self, ServeError> {
        Self::start_wearing(limits, Branding::default()).await
    }

    /// One with a name and colours of its own.
    pub async fn start_wearing(limits: Limits, branding: Branding) -> Result<Self, ServeError> {
        let letters = Arc::new(Letters::default());
        Self::start_with(limits, branding, letters.clone(), letters).await
    }

    /// One whose letters leave some other way.
    pub async fn start_mailing_by(
        limits: Limits,
        mailer: Arc<dyn Mailer>,
    ) -> Result<Self, ServeError> {
        Self::start_with(limits, Branding::default(), mailer, Arc::default()).await
    }

    async fn start_with(
        limits: Limits,
        branding: Branding,
        mailer: Arc<dyn Mailer>,
        letters: Arc<Letters>,
    ) -> Result<Self, ServeError> {
        let directory = tempfile::tempdir().map_err(failed)?;
        let clock = Clock::manual();
        let chat = open_chat(
            directory.path(),
            Durability::Off,
            2,
            clock.clone(),
            limits,
            mailer,
        )
        .await?;
        chat.ensure_admin(Some("admin".to_owned())).await?;
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        chat.set_address(&format!("http://{address}"));
        // Under this name alone, so that others show how an address of this machine is refused.
        let hosts = vec!["127.0.0.1".to_owned()];
        let courier = Courier::start(Arc::clone(&chat), hosts);
        let app = App {
            chat: Arc::clone(&chat),
            base_url: None,
            trusted_domains: Vec::new(),
            branding,
        };
        let options = Options {
            max_connections: 10_000,
            intake: Intake::new(24 * 1024 * 1024),
            header_timeout: Duration::from_secs(10),
            trusted_proxies: Vec::new(),
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let shutdown = async {
                // Dropped without a word: stop as well.
                let _ = stopped.await;
            };
            Server::new(app, options).serve(listener, shutdown).await;
        });
        Ok(Self {
            address,
            clock,
            chat,
            letters,
            stop: Some(stop),
            courier: Some(courier),
            task,
            directory,
        })
    }

    /// Where it listens.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets what administrators decide about Talk.
    pub async fn decide(&self, key: &str, value: &str) -> Result<(), chat::Error> {
        match SettingName::parse("spreed", key) {
            Some(name) => {
                self.chat
                    .set_app_setting(&name, Some(value.to_owned()))
                    .await
            }
            None => Err(chat::Error::InvalidSetting),
        }
    }

    /// Moves the clock, and on wish ends what is over by then.
    pub fn advance(&self) -> Advance {
        let (clock, chat) = (self.clock.clone(), Arc::clone(&self.chat));
        Arc::new(move |by, jobs| {
            let chat = Arc::clone(&chat);
            clock.advance(by);
            Box::pin(async move {
                if jobs == Jobs::Run
                    && let Err(error) = chat.tidy().await.and(chat.index_texts().await)
                {
                    tracing::error!(%error, "what is over could not be ended");
                }
            })
        })
    }

    /// Stop it and remove its data.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that ended by itself hears nothing.
            let _ = stop.send(());
        }
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the server did not stop cleanly");
        }
        if let Some(courier) = self.courier.take() {
            courier.close(Duration::ZERO).await;
        }
        self.chat.close().await;
        if let Err(error) = self.directory.close() {
            tracing::warn!(%error, "the data could not be removed");
        }
    }
}

/// One for the replay.
pub fn fresh(guard: Guard) -> BoxFuture<Result<FreshServer, String>> {
    Box::pin(async move {
        // The transcripts were recorded with calls, and without a limit on the age of deletes.
        let limits = Limits {
            delete_age_secs: None,
            calls: true,
            brute_force_protection: guard == Guard::On,
            ..limits()
        };
        let server = Throwaway::start(limits)
            .await
            .map_err(|error| error.to_string())?;
        // As the recordings' server kept them.
        let set = server.decide("retention_event_rooms", "28").await;
        set.map_err(|error| error.to_string())?;
        let advance = server.advance();
        let base_url = server.base_url();
        Ok(FreshServer {
            base_url,
            advance,
            stop: Box::new(move || {
                tokio::spawn(server.stop());
            }),
        })
    })
}

fn failed(error: std::io::Error) -> ServeError {
    ServeError::Store(crate::store::StoreError::Database(error.to_string()))
}
