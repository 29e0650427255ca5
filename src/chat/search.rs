//! Search: messages by what stands in them, conversations by their name. Source: chat-extras.md 11.
//!
//! What somebody finds is what they may read at this moment, newest first. Needles of three characters
//! and more are looked up in an index that is brought up to date behind the writers; what it does not
//! know yet, and where needles of one or two characters stand, is looked for in the newest rows.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

use super::Chat;
use super::admission::Seat;
use super::error::Error;
use super::lobby;
use super::notice_text::plain;
use super::rendered::Reader;
use super::resolved::{Resolved, Resolver};
use super::room_view::display_name;
use super::search_walk::{Place, Walk};
use super::transaction::View;
use crate::model::{Actor, Message, MessageId, Room, RoomKind, Token, User};
use crate::store::{Needle, StoreError};

/// Messages that one transaction indexes: some milliseconds.
const BATCH: u32 = 500;
/// Batches that a search carries out before it looks, if the index is far behind.
const BATCHES_BEFORE_SEARCH: u32 = 4;
/// Messages of which the index may know nothing without a search minding.
const MAY_BE_BEHIND: i64 = 2_000;
/// Entries that a search can reach by paging.
const REACHABLE: u32 = 10_000;
/// Characters of a text that are shown in any case.
const SHOWN_WHOLE: usize = 40;
/// A match after so many characters brings its surroundings instead of the beginning.
const SHOWN_BEGINNING: usize = 30;
/// Characters shown before such a match.
const SHOWN_BEFORE: usize = 10;

/// Who may search now, and who keeps the index.
#[derive(Debug)]
pub(super) struct Searching {
    turns: Arc<Semaphore>,
    /// Held while a batch is indexed.
    indexing: Mutex<()>,
}

impl Searching {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            indexing: Mutex::default(),
        }
    }
}

/// In which conversations to look for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    /// All but the one that the client shows anyway.
    AllBut(Token),
    Only(Token),
    Nowhere,
}

/// Which messages to look for.
#[derive(Debug, Clone)]
pub struct Search {
    pub needle: Needle,
    pub scope: Scope,
    /// The author's account.
    pub person: Option<String>,
    /// Unix seconds, this one included.
    pub since: Option<i64>,
    /// Unix seconds, this one included.
    pub until: Option<i64>,
    pub offset: u32,
    pub limit: u32,
}

/// A message that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    pub room: Arc<Room>,
    /// For the reader; `None` where the author alone says enough.
    pub room_name: Option<String>,
    pub message: Arc<Resolved>,
}

/// A conversation that was found.
#[derive(Debug, Clone)]
pub struct FoundRoom {
    pub room: Arc<Room>,
    pub display_name: String,
}

impl Hit {
    /// Who wrote it, and where.
    pub fn title(&self) -> String {
        let author = &self.message.author;
        let who = match (author.kind, author.name.as_str()) {
            ("deleted_users", _) => "Deleted user".to_owned(),
            ("guests" | "emails", "") => "Guest".to_owned(),
            ("guests" | "emails", name) => format!("{name} (guest)"),
            (_, name) => name.to_owned(),
        };
        match &self.room_name {
            Some(room) => format!("{who} in {room}"),
            None => who,
        }
    }

    /// The text for `reader`, cut so that the match can be seen.
    pub fn excerpt(&self, reader: &Actor, needle: &Needle) -> String {
        let rendered = self.message.render(&Reader {
            actor: reader.clone(),
            room_kind: self.room.kind,
        });
        let parameters = rendered.parameters.iter();
        let named = parameters.map(|(name, object)| (*name, &**object));
        cut(&plain(&rendered.text, named, true), needle)
    }
}

fn cut(text: &str, needle: &Needle) -> String {
    let is_long = text.chars().nth(SHOWN_WHOLE).is_some();
    match needle.position_in(text) {
        Some(at) if is_long && at > SHOWN_BEGINNING => {
            let shown = text.chars().skip(at - SHOWN_BEFORE);
            std::iter::once('…').chain(shown).collect()
        }
        _ => text.to_owned(),
    }
}

impl Chat {
    /// Messages that the account may read, newest first; `None` if there is no conversation to look in.
    pub async fn search_messages(
        &self,
        user: &User,
        search: Search,
    ) -> Result<Option<Vec<Hit>>, Error> {
        let turns = Arc::clone(&self.searching.turns);
        let turn = turns.acquire_owned().await.map_err(|_| StoreError::Gone)?;
        self.catch_up().await?;
        let user = user.clone();
        self.read(move |view| {
            // A search whose client hung up goes on, so that it keeps its turn.
            let _turn = turn;
            let seats = readable(view, &user, &search.scope)?;
            if seats.is_empty() {
                return Ok(None);
            }
            look(view, &seats, &search).map(Some)
        })
        .await
    }

    /// The account's conversations by what they are called, the most recently active first.
    pub async fn search_rooms(
        &self,
        user: &User,
        needle: Needle,
        but: Option<Token>,
    ) -> Result<Vec<FoundRoom>, Error> {
        let user = user.id.clone();
        self.read(move |view| {
            let policy = view.memory.policy();
            let mut memberships = view.tx.memberships_of(&user)?;
            memberships.retain(|membership| Some(&membership.room.token) != but.as_ref());
            memberships.sort_by_key(|membership| {
                std::cmp::Reverse((membership.pulse.last_activity_at, membership.room.id))
            });
            let mut found = Vec::new();
            for membership in memberships {
                let seat = Seat::new(Arc::new(membership.room), membership.attendee, &policy);
                let display_name = display_name(view, &seat)?;
                if needle.is_in(&display_name) {
                    found.push(FoundRoom {
                        room: seat.room,
                        display_name,
                    });
                }
            }
            Ok(found)
        })
        .await
    }

    /// Brings the index up to date.
    pub async fn index_texts(&self) -> Result<(), Error> {
        loop {
            let _alone = self.searching.indexing.lock().await;
            if !self.index_batch().await? {
                return Ok(());
            }
        }
    }

    async fn index_batch(&self) -> Result<bool, Error> {
        self.write(|act| Ok(act.tx.index_texts(BATCH)?)).await
    }

    /// Brings the index nearer to the newest message, if it is far behind and nobody else is at it.
    async fn catch_up(&self) -> Result<(), Error> {
        let Ok(_alone) = self.searching.indexing.try_lock() else {
            return Ok(());
        };
        let behind = self
            .read(|view| Ok(view.tx.newest_id()?.0 - view.tx.indexed_up_to()?.0))
            .await?;
        if behind > MAY_BE_BEHIND {
            for _ in 0..BATCHES_BEFORE_SEARCH {
                if !self.index_batch().await? {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Where in `scope` the account may read now, with the newest message there.
fn readable(view: &View<'_>, user: &User, scope: &Scope) -> Result<Vec<(Seat, MessageId)>, Error> {
    let policy = view.memory.policy();
    let mut places = Vec::new();
    match scope {
        Scope::Nowhere => {}
        Scope::Only(token) => {
            if let Some(room) = view.tx.find_room(token)?
                && let Some(attendee) = view.tx.find_attendee(room.id, &Actor::user(&user.id))?
            {
                let newest = view.tx.pulse(room.id)?.last_message;
                places.push((Seat::new(Arc::new(room), attendee, &policy), newest));
            }
        }
        Scope::All | Scope::AllBut(_) => {
            for membership in view.tx.memberships_of(&user.id)? {
                if !matches!(scope, Scope::AllBut(token) if *token == membership.room.token) {
                    let room = Arc::new(membership.room);
                    let seat = Seat::new(room, membership.attendee, &policy);
                    places.push((seat, membership.pulse.last_message));
                }
            }
        }
    }
    places.retain(|(seat, _)| {
        let is_held = seat.waits_in_lobby() && !lobby::is_due(&seat.room, view.now);
        seat.room.kind != RoomKind::Changelog && !is_held
    });
    Ok(places)
}

fn look(view: &View<'_>, seats: &[(Seat, MessageId)], search: &Search) -> Result<Vec<Hit>, Error> {
    if search.offset >= REACHABLE {
        return Ok(Vec::new());
    }
    let author = match &search.person {
        None => None,
        Some(id) => match view.user(id)? {
            Some(user) => Some(Actor::user(&user.id)),
            None => return Ok(Vec::new()),
        },
    };
    let is_wanted = |message: &Message| {
        !message.is_expired(view.now)
            && author
                .as_ref()
                .is_none_or(|author| message.actor == *author)
            && search.since.is_none_or(|since| message.created_at >= since)
            && search.until.is_none_or(|until| message.created_at <= until)
    };
    let places = seats.iter().map(|(seat, newest)| Place {
        room: seat.room.id,
        newest: *newest,
    });
    let wanted = search.offset.saturating_add(search.limit) as usize;
    let found = Walk::begin(view, &search.needle, places.collect())?.find(wanted, is_wanted)?;
    let names_room = !matches!(search.scope, Scope::Only(_));
    let mut hits = Vec::new();
    for message in found.into_iter().skip(search.offset as usize) {
        let seat = seats.iter().find(|(seat, _)| seat.room.id == message.room);
        let Some((seat, _)) = seat else {
            continue;
        };
        let room_name = match names_room && !seat.room.kind.is_one_to_one() {
            true => Some(display_name(view, seat)?),
            false => None,
        };
        hits.push(Hit {
            message: Resolver::new(view, &seat.room)?.resolve_alone(message)?,
            room: Arc::clone(&seat.room),
            room_name,
        });
    }
    Ok(hits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::account::NewAccount;
    use crate::chat::{Clock, Limits, mail::LinksInLog, password::Cost};
    use crate::store::sqlite::{Durability, SqliteStore};

    #[tokio::test]
    async fn searches_wait_for_each_other_and_for_no_index_and_others_do_not_wait_for_them() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path(), Durability::Off, 1).unwrap();
        let limits = Limits {
            hashing: Cost::Trifling,
            ..Limits::default()
        };
        let (clock, mailer) = (Clock::manual(), Arc::new(LinksInLog));
        let chat = Chat::open(Arc::new(store), clock, limits, mailer)
            .await
            .unwrap();
        let account = NewAccount {
            id: "alice".to_owned(),
            password: "123456".to_owned(),
            ..NewAccount::default()
        };
        chat.create_user(account).await.unwrap();
        let alice = chat.find_account("alice").await.unwrap().unwrap();
        let search = Search {
            needle: Needle::of("kettle").unwrap(),
            scope: Scope::All,
            person: None,
            since: None,
            until: None,
            offset: 0,
            limit: 5,
        };
        let turns = &chat.searching.turns;
        let others: Vec<_> = std::iter::from_fn(|| turns.try_acquire().ok()).collect();
        assert_eq!(others.len(), Limits::default().searches);
        let mut waiting = Box::pin(chat.search_messages(&alice, search));
        for _ in 0..10 {
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("it had no turn"),
                read = chat.read(|_| Ok(())) => read.unwrap(),
            }
        }
        let _indexing = chat.searching.indexing.lock().await;
        drop(others);
        assert!(waiting.await.is_ok());
        chat.close().await;
    }

    #[test]
    fn a_late_match_is_shown_with_its_surroundings() {
        let needle = Needle::of("KETTLE").unwrap();
        let table = [
            (format!("{}kettle", "ä".repeat(30)), None),
            (format!("{}kettle, and more", "ä".repeat(30)), None),
            (
                format!("{}kettle!!!!", "ä".repeat(31)),
                Some(format!("…{}kettle!!!!", "ä".repeat(10))),
            ),
            (format!("{}kett", "ä".repeat(60)), None),
            (format!("{}kettle", "a".repeat(31)), None),
        ];
        for (text, shown) in table {
            assert_eq!(cut(&text, &needle), shown.unwrap_or(text));
        }
    }
}
