//! Plays recorded conversations against a server and tells where its answers differ.
//!
//! A transcript is read (`transcript`), its requests are put in the server's terms (`request`), sent (`http_client`) and the
//! answers compared (`compare`). `player` holds the order of it, `runner` plays many files, `report` puts it in words.
//! Nothing here knows the server's inside: it is reached by HTTP, and its clock by one function.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

mod binding;
mod compare;
mod http_client;
mod link;
mod meaning;
mod pairing;
pub mod part;
mod player;
pub mod report;
mod request;
pub mod runner;
mod timeline;
mod transcript;

#[cfg(test)]
mod fake;

pub use player::play;
pub use transcript::{LoadError, Transcript, load, parse};

/// Moves a server's clock forward and, on wish, returns only when the jobs that are due have run.
pub type Advance = Arc<dyn Fn(Duration, Jobs) -> BoxFuture<()> + Send + Sync>;

/// Whether jobs that are due run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    Run,
    Wait,
}

/// A future in a box, as the factory of fresh servers returns it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Whether a server slows down who guesses. Recordings were made without, but those about just that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    Off,
    On,
}

impl Guard {
    /// The server on which this was recorded.
    pub fn of(transcript: &Transcript) -> Self {
        let mut exchanges = transcript.steps.iter().filter_map(|step| match step {
            transcript::Step::Exchange(exchange) => Some(exchange),
            _ => None,
        });
        match exchanges.any(|exchange| exchange.held_back().is_some()) {
            true => Self::On,
            false => Self::Off,
        }
    }
}

/// A server that was started for one transcript.
pub struct FreshServer {
    /// `http://127.0.0.1:PORT`
    pub base_url: String,
    pub advance: Advance,
    /// Ends the server and removes its data.
    pub stop: Box<dyn FnOnce() + Send>,
}

/// Where a transcript is played.
#[derive(Clone)]
pub struct Target {
    /// `http://host:port`, optionally with a path before all others.
    pub base_url: String,
    /// Passwords of actors that do not have the usual one.
    pub passwords: HashMap<String, String>,
    /// Moves the server's clock, when the server is ours.
    pub advance: Option<Advance>,
    /// `false` leaves `canStartCall` out of the comparison.
    pub calls: bool,
}

impl Target {
    /// The password that `actor` sends; `None`: no credentials are sent.
    pub fn password(&self, actor: Option<&str>) -> Option<&str> {
        let actor = actor?;
        match self.passwords.get(actor) {
            Some(password) => Some(password),
            None if actor.starts_with("guest") => None,
            None if actor == "admin" => Some("admin"),
            None => Some("123456"),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Target");
        shown
            .field("base_url", &self.base_url)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

/// How a play ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every answer was the recorded one.
    Same,
    /// The first answer that was not.
    Differs(Difference),
    /// There is nothing to play: the reason.
    Unreadable(String),
}

/// The first answer that differs from the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Line of the exchange in the transcript.
    pub line: usize,
    /// `None` is a visitor without credentials.
    pub actor: Option<String>,
    pub method: String,
    /// Path and query, as recorded.
    pub path: String,
    /// The status, a header, or the place in the body.
    pub at: String,
    pub expected: String,
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_the_usual_ones_unless_given() {
        let target = Target {
            base_url: String::new(),
            passwords: HashMap::from([("carl".to_owned(), "secret".to_owned())]),
            advance: None,
            calls: true,
        };
        let cases = [
            (None, None),
            (Some("guest moderator"), None),
            (Some("admin"), Some("admin")),
            (Some("participant1"), Some("123456")),
            (Some("carl"), Some("secret")),
        ];
        for (actor, expected) in cases {
            assert_eq!(target.password(actor), expected, "{actor:?}");
        }
    }
}
