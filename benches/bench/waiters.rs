//! Many clients that wait for the next message of one conversation, each on its own connection. They know when each answer
//! was complete; whether it was the right one is looked at when nothing is being timed.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::api::{Poll, ReadMarker};
use crate::client::{Connection, Head};
use crate::error::Error;

/// All waiters must have asked, or have been answered, within this time.
const PATIENCE: Duration = Duration::from_secs(45);

/// What a client does when it got an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// It stays away until all have been answered: a round is pure delivery.
    StayAway,
    /// It polls again at once, as real clients do: the server gets the new polls while it still delivers.
    PollAgain(ReadMarker),
}

/// The waiters of one server. Dropping them closes their connections.
pub struct Waiters {
    hall: Rc<Hall>,
    tasks: JoinSet<()>,
    address: SocketAddr,
    polls: Vec<Rc<Poll>>,
}

/// Where the waiters and the one who counts them meet. All are on one thread.
struct Hall {
    afterwards: Cell<Afterwards>,
    /// Id of the newest message that somebody was given.
    known: Cell<u64>,
    /// How many clients there are.
    expected: Cell<usize>,
    /// Polls that are written and not answered.
    asking: Cell<usize>,
    answers: RefCell<Vec<Answer>>,
    failure: RefCell<Option<Error>>,
    changed: Notify,
    again: Notify,
}

struct Answer {
    complete: Instant,
    head: Head,
    bytes: Vec<u8>,
}

impl Waiters {
    /// Nobody yet; those to come share `polls` in turn and know messages up to `known`.
    pub fn new(address: SocketAddr, polls: Vec<Poll>, known: u64) -> Self {
        let hall = Hall {
            afterwards: Cell::new(Afterwards::StayAway),
            known: Cell::new(known),
            expected: Cell::new(0),
            asking: Cell::new(0),
            answers: RefCell::new(Vec::new()),
            failure: RefCell::new(None),
            changed: Notify::new(),
            again: Notify::new(),
        };
        let polls = polls.into_iter().map(Rc::new).collect();
        Self {
            hall: Rc::new(hall),
            tasks: JoinSet::new(),
            address,
            polls,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Lets clients come until there are `count`.
    pub async fn grow(&mut self, count: usize) -> Result<(), Error> {
        self.hall.expected.set(count.max(self.len()));
        while self.len() < count {
            let connection = Connection::open(self.address).await?;
            let poll = Rc::clone(&self.polls[self.len() % self.polls.len()]);
            self.tasks
                .spawn_local(attend(Rc::clone(&self.hall), connection, poll));
        }
        self.all_asking().await
    }

    /// Says what clients do after their next answer.
    pub fn set_afterwards(&self, afterwards: Afterwards) {
        self.hall.afterwards.set(afterwards);
    }

    /// Calls back who stayed away; returns when all have written their poll.
    pub async fn all_asking(&self) -> Result<(), Error> {
        self.hall.again.notify_waiters();
        self.until("have asked", |hall| hall.asking.get() == self.len())
            .await
    }

    /// Returns when everybody was answered: the moment of the last complete answer.
    ///
    /// Errors: `Unexpected` if an answer was not a 200.
    pub async fn last_answer(&self) -> Result<Instant, Error> {
        self.until("were answered", |hall| {
            hall.answers.borrow().len() == self.len()
        })
        .await?;
        let last = self
            .hall
            .answers
            .borrow()
            .iter()
            .map(|answer| answer.complete)
            .max();
        last.ok_or_else(|| Error::Unexpected("nobody waits".to_string()))
    }

    /// Forgets the answers of the round; each must have been a 200 that contains `marker`.
    pub fn check_answers(&self, marker: &str) -> Result<(), Error> {
        for answer in self.hall.answers.take() {
            let body = answer.head.body(&answer.bytes);
            if answer.head.status != 200 || !contains(body, marker.as_bytes()) {
                let status = answer.head.status;
                let body = String::from_utf8_lossy(body);
                return Err(Error::Unexpected(format!(
                    "a waiter got {status} without {marker}: {body:.300}"
                )));
            }
        }
        Ok(())
    }

    async fn until(&self, what: &str, reached: impl Fn(&Hall) -> bool) -> Result<(), Error> {
        let watching = async {
            loop {
                if let Some(failure) = self.hall.failure.take() {
                    return Err(failure);
                }
                if reached(&self.hall) {
                    return Ok(());
                }
                // `notify_one` keeps one wake-up, so nothing is missed between the look and this.
                self.hall.changed.notified().await;
            }
        };
        match tokio::time::timeout(PATIENCE, watching).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Unexpected(format!(
                "not all of {} waiters {what} within {PATIENCE:?}: {} ask, {} were answered",
                self.len(),
                self.hall.asking.get(),
                self.hall.answers.borrow().len()
            ))),
        }
    }
}

impl Hall {
    fn asks(&self) {
        self.asking.set(self.asking.get() + 1);
        self.tell_if_all(self.asking.get());
    }

    fn is_answered(&self, answer: Answer) {
        self.answers.borrow_mut().push(answer);
        self.tell_if_all(self.answers.borrow().len());
    }

    /// Who counts is woken only when there is something to see: the clients' thread is being timed.
    fn tell_if_all(&self, count: usize) {
        if count == self.expected.get() {
            self.changed.notify_one();
        }
    }
}

async fn attend(hall: Rc<Hall>, mut connection: Connection, poll: Rc<Poll>) {
    if let Err(error) = wait_for_ever(&hall, &mut connection, &poll).await {
        hall.failure.borrow_mut().get_or_insert(error);
        hall.changed.notify_one();
    }
}

async fn wait_for_ever(hall: &Hall, connection: &mut Connection, poll: &Poll) -> Result<(), Error> {
    let mut request = Vec::new();
    let mut known = hall.known.get();
    loop {
        let read_marker = match hall.afterwards.get() {
            Afterwards::StayAway => ReadMarker::Keep,
            Afterwards::PollAgain(read_marker) => read_marker,
        };
        poll.write(&mut request, known, read_marker);
        connection.send(&request).await?;
        hall.asks();
        let head = connection.receive().await?;
        let complete = Instant::now();
        hall.asking.set(hall.asking.get() - 1);
        if head.status == 304 {
            continue;
        }
        if head.status != 200 {
            let body = String::from_utf8_lossy(head.body(connection.answer()));
            return Err(Error::Unexpected(format!(
                "a poll was answered {}: {body:.300}",
                head.status
            )));
        }
        known = head.last_given.unwrap_or(known);
        hall.known.set(known);
        let bytes = connection.take_answer();
        hall.is_answered(Answer {
            complete,
            head,
            bytes,
        });
        if hall.afterwards.get() == Afterwards::StayAway {
            hall.again.notified().await;
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    #[test]
    fn markers_are_found() {
        assert!(super::contains(b"{\"message\":\"round-7-x\"}", b"round-7-"));
        assert!(!super::contains(b"round-70", b"round-7-"));
        assert!(!super::contains(b"", b"round"));
    }
}
