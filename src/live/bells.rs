//! Bells: whoever waits for one key of very many listens, and is woken when it rings.
//!
//! Keys share bells, so that nothing has to be kept for each: a collision only wakes somebody for nothing.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

const BELLS: usize = 1024;

/// A fixed number of bells for any number of keys.
pub struct Bells {
    bells: Box<[Arc<Notify>]>,
    hasher: RandomState,
}

/// A registration: ready as soon as the bell has rung. Dropping it unregisters.
pub type Listening = Pin<Box<OwnedNotified>>;

impl Default for Bells {
    fn default() -> Self {
        Self {
            bells: (0..BELLS).map(|_| Arc::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Bells {
    /// Listen for a key. Take it before looking at what the key stands for.
    pub fn listen(&self, key: impl Hash) -> Listening {
        register(self.bell(key))
    }

    /// Wake everybody who listens for this key, at once.
    pub fn ring(&self, key: impl Hash) {
        self.bell(key).notify_waiters();
    }

    fn bell(&self, key: impl Hash) -> &Arc<Notify> {
        let hash = self.hasher.hash_one(key);
        let bells = self.bells.len() as u64;
        &self.bells[usize::try_from(hash % bells).unwrap_or(0)]
    }
}

/// Registered now, not at the first poll: what is committed from here on wakes it.
pub(super) fn register(notify: &Arc<Notify>) -> Listening {
    let mut notified = Box::pin(Arc::clone(notify).notified_owned());
    notified.as_mut().enable();
    notified
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn who_listens_hears_their_own_bell_and_no_earlier_one() {
        let bells = Bells::default();
        let mut cx = Context::from_waker(Waker::noop());
        bells.ring("alice");
        let mut heard = bells.listen("alice");
        assert!(heard.as_mut().poll(&mut cx).is_pending());
        bells.ring("alice");
        assert!(heard.as_mut().poll(&mut cx).is_ready());
    }
}
