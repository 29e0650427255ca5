//! How the domain reads and writes: a closure on the store's thread, inside one transaction.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::error::Error;
use super::event::Event;
use super::memory::Memory;
use super::{Chat, Clock};
use crate::model::{AppPassword, AppPasswordId, CookieKey, User};
use crate::store::{Outcome, Reading, StoreError, WriteJob, Writing};

/// One consistent view of the store.
pub struct View<'t> {
    pub tx: &'t dyn Reading,
    /// Unix seconds.
    pub now: i64,
    pub memory: &'t Memory,
    /// Taken before the view began. `None` inside a writing transaction, which sees changes that are
    /// not committed: nothing is taken from memory there, and nothing remembered.
    stamp: Option<u64>,
}

impl View<'_> {
    /// The account with this name, whatever its case; from memory if possible.
    pub fn user(&self, id: &str) -> Result<Option<Arc<User>>, Error> {
        let Some(stamp) = self.stamp else {
            // An earlier job of the same group may have changed it, which memory does not know yet.
            return Ok(self.tx.find_user(id)?.map(Arc::new));
        };
        if let Some(user) = self.memory.user(&id.to_ascii_lowercase()) {
            return Ok(Some(user));
        }
        let user = self.tx.find_user(id)?.map(Arc::new);
        if let Some(user) = &user {
            self.memory.remember_user(stamp, Arc::clone(user));
        }
        Ok(user)
    }

    /// The app password with this number, from memory if possible.
    pub fn app_password(&self, id: AppPasswordId) -> Result<Option<Arc<AppPassword>>, Error> {
        let known = self.stamp.and_then(|_| self.memory.app_password(id));
        if known.is_some() {
            return Ok(known);
        }
        let found = self.tx.find_app_password_by_id(id)?.map(Arc::new);
        if let (Some(found), Some(stamp)) = (&found, self.stamp) {
            self.memory.remember_app_password(stamp, Arc::clone(found));
        }
        Ok(found)
    }

    /// Whether this browser's session was ended.
    pub fn is_cookie_ended(&self, cookie: CookieKey) -> Result<bool, Error> {
        let ended = self.tx.is_session_ended(cookie)?;
        if let Some(stamp) = self.stamp {
            self.memory.remember_cookie_ended(stamp, cookie, ended);
        }
        Ok(ended)
    }
}

/// A transaction that writes, and what happened in it.
pub struct Act<'t> {
    pub tx: &'t dyn Writing,
    /// Unix seconds.
    pub now: i64,
    pub memory: &'t Memory,
    events: Vec<Event>,
}

impl Act<'_> {
    /// Note what memory and waiters must know once this is committed.
    pub fn happened(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The same transaction for code that only reads.
    pub fn view(&self) -> View<'_> {
        View {
            tx: self.tx,
            now: self.now,
            memory: self.memory,
            stamp: None,
        }
    }
}

impl Chat {
    /// Run `work` on a reader's thread.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let memory = Arc::clone(&self.memory);
        let stamp = memory.stamp();
        let reader = memory.pending.reader();
        let now = self.clock.now();
        self.store.read(Box::new(move |tx| {
            let result = tx.map_err(Error::from).and_then(|tx| {
                work(&View {
                    tx,
                    now,
                    memory: &memory,
                    stamp: Some(stamp),
                })
            });
            drop(reader);
            // A caller that hung up needs no answer.
            let _ = sender.send(result);
        }))?;
        answer.await.map_err(|_| StoreError::Gone)?
    }

    /// Run `work` on the writer's thread; the answer comes after the commit. An error undoes it.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Act<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (value, left) = self.write_alone(work).await?;
        if left == LeftToTell::Yes {
            self.tell_the_rest().await;
        }
        Ok(value)
    }

    /// The same; whoever is left to be told is left to the caller.
    pub(super) async fn write_alone<T, F>(&self, work: F) -> Result<(T, LeftToTell), Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Act<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        self.store.write(Box::new(Job {
            work: Some(work),
            result: None,
            events: Vec::new(),
            sender: Some(sender),
            memory: Arc::clone(&self.memory),
            clock: self.clock.clone(),
        }))?;
        answer.await.map_err(|_| StoreError::Gone)?
    }
}

/// Whether a transaction noted that not all of a crowd have been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeftToTell {
    Yes,
    No,
}

struct Job<T, F> {
    work: Option<F>,
    result: Option<Result<T, Error>>,
    events: Vec<Event>,
    sender: Option<oneshot::Sender<Result<(T, LeftToTell), Error>>>,
    memory: Arc<Memory>,
    clock: Clock,
}

impl<T, F> WriteJob for Job<T, F>
where
    T: Send,
    F: FnOnce(&mut Act<'_>) -> Result<T, Error> + Send,
{
    fn run(&mut self, tx: &dyn Writing) -> Outcome {
        let Some(work) = self.work.take() else {
            return Outcome::Undo;
        };
        let mut act = Act {
            tx,
            now: self.clock.now(),
            memory: &self.memory,
            events: Vec::new(),
        };
        let result = work(&mut act);
        let outcome = match result {
            Ok(_) => Outcome::Keep,
            Err(_) => Outcome::Undo,
        };
        self.events = act.events;
        self.result = Some(result);
        outcome
    }

    fn committed(&mut self) {
        self.memory.apply(&self.events);
    }

    fn answer(&mut self, failure: Option<StoreError>) {
        let result = match (failure, self.result.take()) {
            (Some(failure), _) => Err(failure.into()),
            (None, Some(result)) => result,
            (None, None) => Err(StoreError::Gone.into()),
        };
        if let Some(sender) = self.sender.take() {
            let mut events = self.events.iter();
            let left = match events.any(|event| matches!(event, Event::LeftToTell)) {
                true => LeftToTell::Yes,
                false => LeftToTell::No,
            };
            // A caller that hung up needs no answer; what it asked for stands.
            let _ = sender.send(result.map(|value| (value, left)));
        }
    }

    fn wake(&mut self) {
        self.memory.wake(&self.events);
    }
}
