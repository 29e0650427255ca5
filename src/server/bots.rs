//! Bots are told: takes what waits in the queue and sends it, one thing after the other for each bot.
//!
//! What is sent and when is `chat::bot`'s business, how it travels is `post`'s. Nobody waits for this: what fails or is
//! cut off by a stop stands in the database and is sent again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{Id, JoinHandle, JoinSet};

use crate::chat::Chat;
use crate::chat::bot::delivery::Parcel;
use crate::model::BotId;

use post::Post;

mod guard;
mod post;

/// Bots that are told at the same time.
const AT_ONCE: usize = 8;
/// How long to wait when the database could not be asked or told.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells bots until it is closed.
pub struct Courier {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Courier {
    /// Begin. Bots at `hosts` may have an address that is not public.
    pub fn start(chat: Arc<Chat>, hosts: Vec<String>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let round = Round {
            post: Arc::new(Post::new(hosts, chat.clock().clone())),
            chat,
            sending: JoinSet::new(),
            bots: HashMap::new(),
        };
        Self {
            stop,
            task: tokio::spawn(round.go(stopped)),
        }
    }

    /// Begins nothing any more, and gives what is on its way so long to arrive.
    pub async fn close(mut self, patience: Duration) {
        // One that ended by itself hears nothing.
        let _ = self.stop.send(());
        if tokio::time::timeout(patience, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
            tracing::info!("some bots are told again after the next start");
        }
    }
}

struct Round {
    chat: Arc<Chat>,
    post: Arc<Post>,
    /// One for each bot at most.
    sending: JoinSet<()>,
    bots: HashMap<Id, BotId>,
}

impl Round {
    async fn go(mut self, mut stopped: oneshot::Receiver<()>) {
        loop {
            let next = self.send_what_is_due().await;
            let clock = self.chat.clock();
            let deadline = clock.deadline(next.unwrap_or(Duration::from_secs(60 * 60)));
            tokio::select! {
                _ = &mut stopped => break,
                // Remembered if it comes while nobody listens.
                () = self.chat.until_bots_are_told() => {}
                () = clock.until(deadline) => {}
                Some(ended) = self.sending.join_next_with_id() => {
                    let id = match ended {
                        Ok((id, ())) => id,
                        Err(error) => {
                            tracing::error!(%error, "telling a bot broke off");
                            error.id()
                        }
                    };
                    self.bots.remove(&id);
                }
            }
        }
        while self.sending.join_next().await.is_some() {}
    }

    /// How long until something else may be due.
    async fn send_what_is_due(&mut self) -> Option<Duration> {
        let places = AT_ONCE.saturating_sub(self.sending.len());
        if places == 0 {
            return None;
        }
        let busy: BTreeSet<BotId> = self.bots.values().copied().collect();
        let due = match self.chat.due_deliveries(busy, places).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "what bots are to be told could not be read");
                return Some(PAUSE);
            }
        };
        for parcel in due.parcels {
            let bot = parcel.delivery.bot;
            let (chat, post) = (Arc::clone(&self.chat), Arc::clone(&self.post));
            let task = self.sending.spawn(deliver(chat, post, parcel));
            self.bots.insert(task.id(), bot);
        }
        let now = self.chat.clock().now_millis();
        due.next_at.map(|at| {
            let millis = at.saturating_mul(1000).saturating_sub(now);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        })
    }
}

async fn deliver(chat: Arc<Chat>, post: Arc<Post>, parcel: Parcel) {
    let failure = post.send(&parcel, &chat.backend()).await.err();
    if let Some(failure) = &failure {
        tracing::info!(bot = parcel.delivery.bot.0, %failure, "a bot could not be told");
    }
    let reason = failure.map(|failure| failure.to_string());
    if let Err(error) = chat.settle_delivery(parcel.delivery, reason).await {
        tracing::warn!(%error, "a bot is told again, since that it was told could not be noted");
        // Its bot stays busy meanwhile.
        chat.clock().until(chat.clock().deadline(PAUSE)).await;
    }
}
