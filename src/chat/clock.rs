//! The only clock. Time is a value: a test moves it, and a 30 second wait takes milliseconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Tells the time and waits for it.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    /// Milliseconds since 1970, moved by hand.
    Manual(Arc<watch::Sender<i64>>),
}

/// A moment to wait for.
#[derive(Debug, Clone, Copy)]
pub enum Deadline {
    System(tokio::time::Instant),
    Manual(i64),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at the machine's present time until `advance` moves it.
    pub fn manual() -> Self {
        let (sender, _) = watch::channel(system_millis());
        Self(Source::Manual(Arc::new(sender)))
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.now_millis().div_euclid(1000)
    }

    /// Unix milliseconds.
    pub fn now_millis(&self) -> i64 {
        match &self.0 {
            Source::System => system_millis(),
            Source::Manual(time) => *time.borrow(),
        }
    }

    /// The moment `wait` from now.
    pub fn deadline(&self, wait: Duration) -> Deadline {
        match &self.0 {
            Source::System => Deadline::System(tokio::time::Instant::now() + wait),
            Source::Manual(time) => Deadline::Manual(*time.borrow() + millis(wait)),
        }
    }

    /// Whether the moment has come.
    pub fn has_passed(&self, deadline: Deadline) -> bool {
        match (deadline, &self.0) {
            (Deadline::System(at), _) => at <= tokio::time::Instant::now(),
            (Deadline::Manual(at), Source::Manual(time)) => at <= *time.borrow(),
            (Deadline::Manual(_), Source::System) => true,
        }
    }

    /// Waits for the moment.
    pub async fn until(&self, deadline: Deadline) {
        match (deadline, &self.0) {
            (Deadline::System(at), _) => tokio::time::sleep_until(at).await,
            (Deadline::Manual(at), Source::Manual(time)) => {
                // Boxed: only tests use it, and thousands of waiters should not carry its size.
                let mut time = Box::new(time.subscribe());
                // The sender lives in this clock, so it cannot be gone.
                let _ = Box::pin(time.wait_for(|now| at <= *now)).await;
            }
            (Deadline::Manual(_), Source::System) => {}
        }
    }

    /// Moves a manual clock forward; the machine's clock cannot be moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(time) = &self.0 {
            time.send_modify(|now| *now += millis(by));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn system_millis() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_waits_for_the_hand_that_moves_it() {
        let clock = Clock::manual();
        let start = clock.now();
        let deadline = clock.deadline(Duration::from_secs(30));
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.until(deadline).await }
        });
        assert!(!clock.has_passed(deadline));
        clock.advance(Duration::from_secs(31));
        waiting.await.unwrap();
        assert!(clock.has_passed(deadline));
        assert_eq!(clock.now(), start + 31);
    }
}
