//! The queue of logins that are being verified, one for each client subnet.
//!
//! A wrong password counts only when it was compared. Without a queue, hundreds of guesses at once would all be compared
//! before the first of them counts. Source: spec ocs.md, 8.1.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use super::throttle::Subnet;

/// Logins of one subnet that are verified at the same time: so many guesses more than allowed may be compared.
const AT_ONCE: usize = 4;
/// Logins of one subnet that may wait: an office comes back at once.
const WAITING: usize = 200;

/// Logins that wait and logins that are verified.
#[derive(Default)]
pub struct LoginQueues {
    by_subnet: Mutex<HashMap<Subnet, Arc<Queue>>>,
}

struct Queue {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// One's turn; the next one's begins when it is dropped.
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
    // Whoever waits or works keeps the queue.
    _queue: Arc<Queue>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl LoginQueues {
    /// Wait for one's turn.
    ///
    /// Errors: `Throttled` if too many wait already.
    pub async fn turn(&self, client: IpAddr) -> Result<Turn, Error> {
        let queue = self.queue(Subnet::of(client));
        let place = Arc::clone(&queue.places).try_acquire_owned();
        let place = place.map_err(|_| Error::Throttled)?;
        let turn = Arc::clone(&queue.turns).acquire_owned().await;
        Ok(Turn {
            _turn: turn.map_err(|_| Error::Throttled)?,
            _place: place,
            _queue: queue,
        })
    }

    fn queue(&self, subnet: Subnet) -> Arc<Queue> {
        let mut queues = self
            .by_subnet
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        Arc::clone(queues.entry(subnet).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    #[tokio::test]
    async fn one_subnet_waits_and_is_refused_and_others_are_not() {
        let queues = LoginQueues::default();
        let client = ip("192.0.2.1");
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(queues.turn(client).await.expect("a turn"));
        }
        let mut waiting: Vec<_> = (0..WAITING)
            .map(|_| Box::pin(queues.turn(client)))
            .collect();
        for turn in &mut waiting {
            let polled = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }

        let refused = queues.turn(client).await;
        let other = queues.turn(ip("192.0.2.2")).await;
        turns.pop();
        let next = waiting.remove(0).await;

        assert!(matches!(refused, Err(Error::Throttled)));
        assert!(other.is_ok());
        assert!(next.is_ok());
    }
}
