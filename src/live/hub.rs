//! Rooms and who waits in them: register, read, then wait.
//!
//! A ticket taken before the reader looks is woken by everything that is committed after. Waking
//! happens on a task of its own, so that the writer goes on meanwhile.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::bells::{Listening, register};
use super::common_read::CommonRead;
use super::tail::Tail;
use crate::model::RoomId;

/// Rooms kept awake at least; beyond that, rooms in which nobody waits are forgotten.
const ROOMS: usize = 4096;

/// One room that somebody cares about at the moment.
pub struct LiveRoom<T> {
    news: Arc<Notify>,
    /// What everybody has read moved. Apart from `news`: only few ask for it.
    common_read_moved: Arc<Notify>,
    waiting: Arc<AtomicUsize>,
    tail: Mutex<Tail<T>>,
    common_read: Mutex<Option<CommonRead>>,
}

impl<T> Default for LiveRoom<T> {
    fn default() -> Self {
        Self {
            news: Arc::default(),
            common_read_moved: Arc::default(),
            waiting: Arc::default(),
            tail: Mutex::default(),
            common_read: Mutex::default(),
        }
    }
}

impl<T> LiveRoom<T> {
    /// Register for news, and on wish for moves of the common read marker.
    /// Take it before looking at the tail or the store.
    pub fn ticket(&self, common_read: Listen) -> Ticket {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ticket {
            news: register(&self.news),
            common_read: match common_read {
                Listen::Yes => Some(register(&self.common_read_moved)),
                Listen::No => None,
            },
            bell: None,
            waiting: Arc::clone(&self.waiting),
        }
    }

    /// The newest rows.
    pub fn tail(&self) -> MutexGuard<'_, Tail<T>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The markers that count; `None` until they were read from the store.
    pub fn common_read(&self) -> MutexGuard<'_, Option<CommonRead>> {
        self.common_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Wake everybody who waits for news, at once.
    pub fn wake(&self) {
        self.news.notify_waiters();
    }

    /// Wake those who listen to the common read marker.
    pub fn wake_common_read(&self) {
        self.common_read_moved.notify_waiters();
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Whether a waiter wants to know of moves of the common read marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    Yes,
    No,
}

/// A registration for news of one room. Dropping it unregisters.
pub struct Ticket {
    news: Listening,
    common_read: Option<Listening>,
    bell: Option<Listening>,
    waiting: Arc<AtomicUsize>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something happened in the room, the bell rang, or the server stops.
    Yes,
    /// The time is over.
    No,
}

impl Ticket {
    /// The same, woken by a bell, too.
    pub fn or(mut self, bell: Option<Listening>) -> Self {
        self.bell = bell;
        self
    }

    /// Wait for news, at most until `deadline` is ready.
    pub async fn until(mut self, deadline: impl Future<Output = ()>) -> Woken {
        tokio::select! {
            biased;
            () = self.news.as_mut() => Woken::Yes,
            () = rung(self.common_read.as_mut()) => Woken::Yes,
            () = rung(self.bell.as_mut()) => Woken::Yes,
            () = deadline => Woken::No,
        }
    }
}

async fn rung(bell: Option<&mut Listening>) {
    match bell {
        Some(bell) => bell.await,
        None => std::future::pending().await,
    }
}

/// All rooms that are awake.
pub struct Hub<T> {
    rooms: Mutex<HashMap<RoomId, Arc<LiveRoom<T>>>>,
    /// Rooms to wake; a set, so it never grows beyond the rooms that are awake.
    to_wake: Mutex<HashSet<RoomId>>,
    some_to_wake: Notify,
    closing: AtomicBool,
}

impl<T> Default for Hub<T> {
    fn default() -> Self {
        Self {
            rooms: Mutex::default(),
            to_wake: Mutex::default(),
            some_to_wake: Notify::new(),
            closing: AtomicBool::new(false),
        }
    }
}

impl<T: Send + Sync + 'static> Hub<T> {
    /// The room, woken up if it slept.
    pub fn room(&self, room: RoomId) -> Arc<LiveRoom<T>> {
        let mut rooms = self.lock();
        if rooms.len() >= ROOMS && !rooms.contains_key(&room) {
            // Whoever holds a room (a waiter, a request) keeps it; the others can be rebuilt.
            rooms.retain(|_, live| Arc::strong_count(live) > 1);
        }
        Arc::clone(rooms.entry(room).or_default())
    }

    /// The room, if it is awake.
    pub fn awake(&self, room: RoomId) -> Option<Arc<LiveRoom<T>>> {
        self.lock().get(&room).cloned()
    }

    /// All rooms that are awake.
    pub fn all_awake(&self) -> Vec<Arc<LiveRoom<T>>> {
        self.lock().values().cloned().collect()
    }

    /// The room is gone. Its waiters keep their tickets and must be woken.
    pub fn forget(&self, room: RoomId) -> Option<Arc<LiveRoom<T>>> {
        self.lock().remove(&room)
    }

    /// Wake everybody who waits in the room, soon.
    pub fn wake(&self, room: RoomId) {
        if self.awake(room).is_some_and(|live| live.waiting() > 0) {
            self.to_wake
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(room);
            self.some_to_wake.notify_one();
        }
    }

    /// The task that wakes. Runs until the hub closes.
    pub async fn run_waker(&self) {
        while !self.is_closing() {
            self.some_to_wake.notified().await;
            loop {
                let rooms = std::mem::take(
                    &mut *self.to_wake.lock().unwrap_or_else(PoisonError::into_inner),
                );
                if rooms.is_empty() {
                    break;
                }
                for room in rooms {
                    if let Some(live) = self.awake(room) {
                        live.wake();
                    }
                    // The woken run between two rooms.
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// The server stops: everybody is woken and nobody waits again.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.some_to_wake.notify_one();
        for live in self.all_awake() {
            live.wake();
        }
    }

    /// Whether the server stops.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<LiveRoom<T>>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bells;
    use super::*;

    #[tokio::test]
    async fn a_ticket_taken_before_is_woken_by_what_comes_after() {
        let hub: Arc<Hub<()>> = Arc::default();
        let room = hub.room(RoomId(1));
        let ticket = room.ticket(Listen::No);
        let waker = Arc::clone(&hub);
        tokio::spawn(async move { waker.run_waker().await });
        hub.wake(RoomId(1));
        assert_eq!(ticket.until(std::future::pending()).await, Woken::Yes);
        assert_eq!(room.waiting(), 0, "a ticket unregisters itself");
    }

    #[tokio::test]
    async fn a_bell_wakes_who_waits_for_a_room() {
        let (hub, bells): (Hub<()>, Bells) = Default::default();
        let ticket = hub.room(RoomId(1)).ticket(Listen::No);
        let ticket = ticket.or(Some(bells.listen("alice")));
        bells.ring("alice");
        assert_eq!(ticket.until(std::future::pending()).await, Woken::Yes);
    }

    #[tokio::test]
    async fn a_closing_hub_wakes_everybody() {
        let hub: Hub<()> = Hub::default();
        let ticket = hub.room(RoomId(1)).ticket(Listen::No);
        hub.close();
        assert_eq!(ticket.until(std::future::pending()).await, Woken::Yes);
        let late = hub.room(RoomId(2)).ticket(Listen::No);
        assert!(hub.is_closing(), "a late waiter sees it before waiting");
        drop(late);
    }
}
