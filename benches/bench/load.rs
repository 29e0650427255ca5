//! A closed loop: each of several kept-alive connections sends its next request as soon as the last one is answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Connection, Head};
use crate::error::Error;
use crate::table::{millis, quantile};

/// What a loop achieved.
pub struct Load {
    started: Instant,
    lasted: Duration,
    done: usize,
    /// Milliseconds.
    latencies: Vec<f64>,
    /// Answers that were not the expected one, and connections that broke.
    pub errors: usize,
    /// What the first of them was.
    pub first_error: Option<String>,
}

impl Load {
    /// Starts to count.
    pub fn begin() -> Self {
        Self {
            started: Instant::now(),
            lasted: Duration::ZERO,
            done: 0,
            latencies: Vec::new(),
            errors: 0,
            first_error: None,
        }
    }

    /// Time since the start.
    pub fn running_for(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts `done` results that took `latency` together.
    pub fn add(&mut self, done: usize, latency: Duration) {
        self.done += done;
        self.latencies.push(millis(latency));
    }

    /// Stops the clock.
    pub fn end(mut self) -> Self {
        self.lasted = self.started.elapsed();
        self
    }

    /// Results per second.
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.lasted.as_secs_f64()
    }

    /// The latencies of all results, in milliseconds.
    pub fn latencies(&self) -> &[f64] {
        &self.latencies
    }

    /// The latency below which the share `part` lies, in milliseconds.
    pub fn latency(&self, part: f64) -> f64 {
        quantile(&self.latencies, part)
    }

    fn fail(&mut self, error: String) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    fn join(&mut self, other: Load) {
        self.done += other.done;
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }
}

/// When a loop ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After this many requests.
    Sent(usize),
}

/// What one connection of a loop says and expects.
pub trait Script {
    /// Writes the next request in place of what is in `request`.
    fn next(&mut self, request: &mut Vec<u8>);

    /// Whether the answer is the wished one; called after the clock was read.
    fn accepts(&mut self, head: &Head, answer: &[u8]) -> bool;
}

/// Plays one script per connection against `address`.
///
/// Errors: only if it cannot connect; a wrong answer is counted.
pub async fn drive<S: Script + 'static>(
    address: SocketAddr,
    scripts: Vec<S>,
    until: Until,
) -> Result<Load, Error> {
    let mut connections = Vec::with_capacity(scripts.len());
    for script in scripts {
        connections.push((Connection::open(address).await?, script));
    }
    let left = Rc::new(Cell::new(match until {
        Until::Elapsed(_) => usize::MAX,
        Until::Sent(requests) => requests,
    }));
    let lasting = match until {
        Until::Elapsed(lasting) => lasting,
        Until::Sent(_) => Duration::MAX,
    };
    let mut load = Load::begin();
    let mut players = JoinSet::new();
    for (connection, script) in connections {
        players.spawn_local(play(connection, script, lasting, Rc::clone(&left)));
    }
    let played = players.join_all().await;
    load = load.end();
    for part in played {
        load.join(part);
    }
    Ok(load)
}

async fn play(
    mut connection: Connection,
    mut script: impl Script,
    lasting: Duration,
    left: Rc<Cell<usize>>,
) -> Load {
    let mut load = Load::begin();
    let mut request = Vec::new();
    while left.get() > 0 && load.running_for() < lasting {
        left.set(left.get() - 1);
        script.next(&mut request);
        let started = Instant::now();
        let answered = async {
            connection.send(&request).await?;
            connection.receive().await
        };
        match answered.await {
            Ok(head) => {
                let latency = started.elapsed();
                if script.accepts(&head, connection.answer()) {
                    load.add(1, latency);
                } else {
                    let body = String::from_utf8_lossy(head.body(connection.answer()));
                    load.fail(format!("answered {}: {:.200}", head.status, body));
                }
            }
            // A broken connection cannot go on; the others can.
            Err(error) => {
                load.fail(error.to_string());
                break;
            }
        }
    }
    load
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_are_added_up() {
        let mut whole = super::Load::begin();
        for latency in [1, 3] {
            let mut part = super::Load::begin();
            part.add(10, std::time::Duration::from_millis(latency));
            part.fail(format!("error {latency}"));
            whole.join(part);
        }
        whole.lasted = std::time::Duration::from_secs(2);
        assert_eq!(whole.per_second(), 10.0);
        assert_eq!((whole.latency(0.5), whole.latency(0.99)), (1.0, 3.0));
        assert_eq!(
            (whole.errors, whole.first_error.as_deref()),
            (2, Some("error 1"))
        );
    }
}
