//! The walk of a search: from the newest message to older ones, over several rooms at once.
//!
//! Each room yields its finds newest first, from three places: rows that the index does not know yet,
//! the index, and rows that changed since they were indexed. Rooms are only looked into while they may
//! hold something newer than what was found, so that the first page of a common needle costs no more in
//! a long history than in a short one. The rows looked at are bounded.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use super::error::Error;
use super::transaction::View;
use crate::model::{Message, MessageId, RoomId};
use crate::store::{Budget, Lookup, Needle};

/// What one search looks at. Quirk: search-bounds.
const LOOKED_AT: Budget = Budget {
    rows: 20_000,
    bytes: 16 << 20,
};
/// Rows that one step looks at in a room, without the index and with it.
const SCANNED: u32 = 200;
/// Newest rows of a room that are looked at before the index is asked: a small room has no others, and of what is
/// common they have enough.
const PEEKED: u32 = 20;
const CANDIDATES: u32 = 64;
/// Steps with the index double up to this.
const MAX_CANDIDATES: u32 = 1_024;
/// Changed rows that a search minds; of more it hears when they are indexed.
const STALE: u32 = 5_000;
/// Rooms from which on the index is first asked about all rooms at once.
const MANY_ROOMS: usize = 8;
/// If it knows of no more finds than this, it needs no question for each room.
const RARE: u32 = 1_000;

/// A room to look in.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub room: RoomId,
    /// No text or object there is newer.
    pub newest: MessageId,
}

/// How far a room has been looked through.
struct Stream {
    room: RoomId,
    /// Everything from here on was looked at.
    before: MessageId,
    /// Whether its newest rows were looked at.
    peeked: bool,
    /// What the next step asks the index for.
    candidates: u32,
    /// What was found and not yet given, newest first.
    found: VecDeque<Message>,
}

impl Stream {
    /// Nothing that it may still give is newer.
    fn next(&self) -> MessageId {
        match self.found.front() {
            Some(message) => message.id,
            None => MessageId(self.before.0 - 1),
        }
    }

    fn is_over(&self) -> bool {
        self.found.is_empty() && self.before.0 <= 1
    }
}

/// A search under way.
pub struct Walk<'w> {
    view: &'w View<'w>,
    needle: &'w Needle,
    /// Made when the index is first asked.
    lookup: Option<Lookup>,
    /// The only room, if there is but one.
    only: Option<RoomId>,
    /// The index knows nothing of newer rows; 0 for needles that it cannot look up.
    indexed_up_to: MessageId,
    /// Changed rows by room, newest first.
    stale: HashMap<RoomId, Vec<MessageId>>,
    /// All that the index knows, by room, newest first, if that is little.
    rare: Option<HashMap<RoomId, Vec<MessageId>>>,
    streams: Vec<Stream>,
    left: Budget,
}

impl<'w> Walk<'w> {
    pub fn begin(
        view: &'w View<'w>,
        needle: &'w Needle,
        places: Vec<Place>,
    ) -> Result<Self, Error> {
        let mut walk = Self {
            view,
            needle,
            lookup: None,
            only: match places.as_slice() {
                [place] => Some(place.room),
                _ => None,
            },
            indexed_up_to: MessageId::NONE,
            stale: HashMap::new(),
            rare: None,
            left: LOOKED_AT,
            streams: places
                .iter()
                .map(|place| Stream {
                    room: place.room,
                    before: MessageId(place.newest.0 + 1),
                    peeked: false,
                    candidates: CANDIDATES,
                    found: VecDeque::new(),
                })
                .collect(),
        };
        if needle.is_indexed() {
            walk.indexed_up_to = view.tx.indexed_up_to()?;
            walk.stale = by_room(view.tx.stale_messages(STALE)?);
            if places.len() >= MANY_ROOMS {
                let lookup = walk.lookup()?;
                let all = view.tx.indexed_anywhere(lookup, RARE)?;
                walk.rare = (all.len() < RARE as usize).then(|| by_room(all));
            }
        }
        Ok(walk)
    }

    /// The `wanted` newest finds that are `fit`, or fewer.
    pub fn find(
        mut self,
        wanted: usize,
        fit: impl Fn(&Message) -> bool,
    ) -> Result<Vec<Message>, Error> {
        let mut streams = std::mem::take(&mut self.streams);
        let mut order: BinaryHeap<(MessageId, Reverse<usize>)> = streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| !stream.is_over())
            .map(|(index, stream)| (stream.next(), Reverse(index)))
            .collect();
        let mut found = Vec::new();
        while found.len() < wanted
            && let Some((_, Reverse(index))) = order.pop()
        {
            let stream = &mut streams[index];
            match stream.found.pop_front() {
                Some(message) => found.push(message),
                None if self.left.is_spent() => break,
                None => {
                    self.step(stream, wanted - found.len())?;
                    stream.found.retain(&fit);
                }
            }
            if !stream.is_over() {
                order.push((stream.next(), Reverse(index)));
            }
        }
        Ok(found)
    }

    /// Looks a little further into a room, for no more than `wanted`.
    fn step(&mut self, stream: &mut Stream, wanted: usize) -> Result<(), Error> {
        let after = self.indexed_up_to;
        if stream.before.0 > after.0 + 1 {
            return self.scan(stream, after, SCANNED);
        }
        if !stream.peeked && self.rare.is_none() {
            stream.peeked = true;
            return self.scan(stream, MessageId::NONE, PEEKED);
        }
        self.look_up(stream, wanted)
    }

    /// Looks at the rows themselves, down to `after`.
    fn scan(&mut self, stream: &mut Stream, after: MessageId, limit: u32) -> Result<(), Error> {
        let tx = &self.view.tx;
        let (room, before) = (stream.room, stream.before);
        let scanned = tx.scan_texts(self.needle, room, after, before, limit, &mut self.left)?;
        stream.found.extend(scanned.found);
        stream.before = scanned.down_to.unwrap_or(MessageId(after.0 + 1));
        Ok(())
    }

    fn lookup(&mut self) -> Result<&Lookup, Error> {
        let (view, needle, only) = (self.view, self.needle, self.only);
        Ok(match &mut self.lookup {
            Some(lookup) => lookup,
            none => none.insert(view.tx.lookup(needle, only)?),
        })
    }

    fn look_up(&mut self, stream: &mut Stream, wanted: usize) -> Result<(), Error> {
        let limit = stream.candidates.min(self.left.rows);
        stream.candidates = (2 * stream.candidates).min(MAX_CANDIDATES);
        let mut ids = match &self.rare {
            Some(rare) => below(rare, stream, limit as usize),
            None => {
                let view = self.view;
                let lookup = self.lookup()?;
                view.tx
                    .indexed_in(lookup, stream.room, stream.before, limit)?
            }
        };
        let is_all = ids.len() < limit as usize;
        let lowest = match ids.last() {
            Some(lowest) if !is_all => *lowest,
            _ => MessageId(1),
        };
        let changed = below(&self.stale, stream, STALE as usize);
        ids.extend(changed.into_iter().filter(|id| *id >= lowest));
        ids.sort_unstable_by_key(|id| Reverse(*id));
        ids.dedup();
        for id in ids {
            let tx = &self.view.tx;
            let found = tx.message_with(self.needle, stream.room, id, &mut self.left)?;
            stream.found.extend(found);
            if stream.found.len() >= wanted || self.left.is_spent() {
                stream.before = id;
                return Ok(());
            }
        }
        stream.before = lowest;
        Ok(())
    }
}

fn by_room(all: Vec<(RoomId, MessageId)>) -> HashMap<RoomId, Vec<MessageId>> {
    let mut rooms: HashMap<RoomId, Vec<MessageId>> = HashMap::new();
    for (room, id) in all {
        rooms.entry(room).or_default().push(id);
    }
    rooms
}

/// The newest `limit` that a room has before what was looked at.
fn below(rooms: &HashMap<RoomId, Vec<MessageId>>, stream: &Stream, limit: usize) -> Vec<MessageId> {
    let ids = rooms.get(&stream.room).map_or(&[][..], Vec::as_slice);
    let first = ids.partition_point(|id| *id >= stream.before);
    ids.iter().skip(first).take(limit).copied().collect()
}
