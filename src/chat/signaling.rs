//! Internal signaling: who has the room open, and what browsers tell each other.
//! Source: conversations.md 7.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::admission::{Caller, effective, find_own_attendee};
use super::error::Error;
use super::grounds::{Login, LoginWatch};
use super::session::{is_accessible, pinged};
use super::throttle::Action;
use super::transaction::View;
use super::{Chat, ONLINE_SECS};
use crate::live::{Full, Listen};
use crate::model::{Attendee, Permissions, Room, Session, SessionId, Token, ids};

/// How long a pull waits for something to happen.
const PULL: Duration = Duration::from_secs(30);
/// Seconds after a ping during which a session is told to others: a pull and what lies between two.
const SHOWN_SECS: i64 = ONLINE_SECS + 10;

/// What one browser wants to tell another.
#[derive(Debug, Clone)]
pub struct Signal {
    /// As whom: only one's own session counts.
    pub from: SessionId,
    pub to: SessionId,
    /// Such as muting somebody: for moderators.
    pub is_control: bool,
    /// As the addressee gets it.
    pub payload: String,
}

/// Somebody who has the room open.
#[derive(Debug, Clone)]
pub struct Person {
    pub session: Session,
    pub attendee: Attendee,
    pub permissions: Permissions,
}

/// What a pull came to. Signals that had come are never lost.
#[derive(Debug)]
pub enum Pull {
    News {
        signals: Vec<String>,
        people: Vec<Person>,
    },
    /// The browser has not joined, or somebody ended its stay.
    NotJoined { signals: Vec<String> },
    /// Another session took its place.
    Replaced { signals: Vec<String> },
}

/// What a browser needs to know before it signals.
#[derive(Debug, Clone)]
pub struct SignalingTicket {
    /// `None` for visitors.
    pub user: Option<String>,
    pub ticket: String,
}

/// What a look at the room showed somebody who pulls.
enum Looked {
    People(Vec<Person>),
    NotJoined,
    Replaced,
}

impl Chat {
    /// Whether the caller may signal in a room (`None`: any), and the ticket for it.
    ///
    /// Errors: `NotJoinable`.
    pub async fn signaling_ticket(
        &self,
        caller: &Caller,
        token: Option<Token>,
    ) -> Result<SignalingTicket, Error> {
        if let Some(token) = token {
            let user = caller.user_id().cloned();
            let accessible = self
                .read(move |view| match view.tx.find_room(&token)? {
                    Some(room) => is_accessible(view, &room, user.as_ref()),
                    None => Ok(false),
                })
                .await?;
            if !accessible {
                return Err(self.unknown_room(caller.address));
            }
        }
        let user = caller.user_id().map(|user| user.0.clone());
        Ok(SignalingTicket {
            ticket: self.sign_ticket(user.as_deref().unwrap_or_default()),
            user,
        })
    }

    /// Put signals into the boxes of those whom they are for. What is not the caller's to send, and
    /// what is for nobody here, is passed over.
    ///
    /// Errors: `TooManySignals` when a box is full.
    pub async fn signal(
        &self,
        caller: &Caller,
        token: &Token,
        signals: Vec<Signal>,
    ) -> Result<(), Error> {
        let (asker, token) = (caller.clone(), token.clone());
        let addressed = self
            .read(move |view| {
                let Some((room, attendee, own)) = find_session(view, &asker, &token)? else {
                    return Ok(Vec::new());
                };
                let mut addressed = Vec::new();
                for signal in signals {
                    let may = !signal.is_control || attendee.role.is_real_moderator();
                    if signal.from != own.id || !may {
                        continue;
                    }
                    let addressee = view.tx.find_session_by_id(&signal.to)?;
                    if let Some(addressee) = addressee.filter(|session| session.room == room.id) {
                        addressed.push((room.id, addressee.row, signal.payload));
                    }
                }
                Ok(addressed)
            })
            .await?;
        let mut delivered = Ok(());
        for (room, session, payload) in addressed {
            // One full box does not keep the others from their signals.
            let put = self.memory.deliver(room, session, payload);
            delivered = delivered.and(put);
        }
        delivered.map_err(|Full| Error::TooManySignals)
    }

    /// Wait for signals and for changes of who has the room open, at most half a minute.
    ///
    /// Errors: `LoginOver`.
    pub async fn pull_signals(
        self: &Arc<Self>,
        caller: &Caller,
        token: &Token,
    ) -> Result<Pull, Error> {
        let (asker, token) = (caller.clone(), token.clone());
        let found = self
            .read(move |view| find_session(view, &asker, &token))
            .await?;
        let Some((room, attendee, session)) = found else {
            let signals = Vec::new();
            return Ok(Pull::NotJoined { signals });
        };
        self.raise_ping(session.row);
        self.write_pending_soon();
        let live = self.memory.people.room(room.id);
        let deadline = self.clock.deadline(PULL.min(self.limits.max_wait));
        let mut signals = Vec::new();
        let mut login = LoginWatch::of(caller);
        loop {
            // Before looking: whatever happens from here on wakes it.
            let ticket = live.ticket(Listen::No).or(login.listen(self));
            // Quirk: login-over-while-waiting.
            let held = login.look(self).await?;
            let stamp = self.memory.stamp();
            let (came, seen) = match held {
                Login::Holds => self.memory.mailboxes.open(session.row),
                // What is in the box waits for who asks anew.
                Login::Unclear => (Vec::new(), None),
            };
            signals.extend(came);
            let changed =
                seen.is_none_or(|seen| !self.memory.people_unchanged_since(room.id, seen));
            let is_over = self.memory.people.is_closing() || self.clock.has_passed(deadline);
            if changed || is_over || !signals.is_empty() {
                let (attendee, session, row) = (attendee.clone(), session.clone(), session.row);
                let looked = self
                    .read(move |view| look_around(view, &attendee, &session))
                    .await?;
                return Ok(match looked {
                    Looked::People(people) => {
                        self.memory.mailboxes.note_seen(row, stamp);
                        Pull::News { signals, people }
                    }
                    Looked::NotJoined => Pull::NotJoined { signals },
                    Looked::Replaced => Pull::Replaced { signals },
                });
            }
            ticket.until(self.clock.until(deadline)).await;
        }
    }

    /// How many requests wait for signals in a room at the moment.
    ///
    /// Errors: `RoomNotFound`.
    pub async fn pulling_in(&self, token: &Token) -> Result<usize, Error> {
        let token = token.clone();
        let room = self
            .read(move |view| view.tx.find_room(&token)?.ok_or(Error::RoomNotFound))
            .await?;
        let live = self.memory.people.awake(room.id);
        Ok(live.map_or(0, |live| live.waiting()))
    }

    /// Somebody asked for a room that is none of theirs.
    pub(super) fn unknown_room(&self, address: IpAddr) -> Error {
        self.note_failure(Action::RoomToken, address);
        Error::NotJoinable
    }

    /// `<random>:<unix seconds>:<account or nothing>:<signature>`.
    fn sign_ticket(&self, user: &str) -> String {
        let ticket = format!("{}:{}:{user}", ids::random_nonce(), self.clock.now());
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length is a key");
        mac.update(b"signaling:");
        mac.update(ticket.as_bytes());
        format!("{ticket}:{}", hex::encode(mac.finalize().into_bytes()))
    }
}

/// The room, the caller's place and session in it. An account without its cookie has its newest one.
fn find_session(
    view: &View<'_>,
    caller: &Caller,
    token: &Token,
) -> Result<Option<(Room, Attendee, Session)>, Error> {
    let Some(room) = view.tx.find_room(token)? else {
        return Ok(None);
    };
    let attendee = find_own_attendee(view, &room, caller.user_id(), caller.cookie)?;
    let Some(attendee) = attendee else {
        return Ok(None);
    };
    let of_cookie = view.tx.find_session(room.id, caller.cookie)?;
    let session = match of_cookie.filter(|session| session.attendee == attendee.id) {
        Some(session) => Some(session),
        None => view.tx.sessions_of(attendee.id)?.pop(),
    };
    Ok(session.map(|session| (room, attendee, pinged(view, session))))
}

fn look_around(view: &View<'_>, own: &Attendee, session: &Session) -> Result<Looked, Error> {
    let Some(room) = view.tx.find_room_by_id(own.room)? else {
        return Ok(Looked::NotJoined);
    };
    if view.tx.find_session_by_id(&session.id)?.is_none() {
        // Quirk: removed-while-pulling.
        // An account's place may be a new one: the self-joined lose theirs with each session.
        let place = match own.actor.as_user() {
            Some(_) => view.tx.find_attendee(room.id, &own.actor)?,
            None => view.tx.find_attendee_by_id(own.id)?,
        };
        return Ok(match place {
            Some(_) => Looked::Replaced,
            None => Looked::NotJoined,
        });
    }
    let policy = view.memory.policy();
    let since = (view.now - SHOWN_SECS).min(session.last_ping_at);
    let mut people = Vec::new();
    for session in view.tx.sessions(room.id)? {
        let session = pinged(view, session);
        if session.last_ping_at < since {
            continue;
        }
        if let Some(attendee) = view.tx.find_attendee_by_id(session.attendee)? {
            people.push(Person {
                permissions: effective(&room, &attendee, &policy),
                session,
                attendee,
            });
        }
    }
    Ok(Looked::People(people))
}
