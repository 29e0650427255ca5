//! SQL of the index of texts. It is brought up to date behind the writers, in batches: posting does not wait for it.

use rusqlite::named_params;

use super::gram;
use super::message::{key, read_message, select_message, split};
use super::tx::Tx;
use crate::model::{Message, MessageId, RoomId};
use crate::store::search::folded;
use crate::store::{
    AccountsRead, AccountsWrite, Budget, Lookup, Needle, Scanned, SearchRead, SearchWrite,
    StoreError,
};

/// The setting that says how far the index goes.
const INDEXED_UP_TO: &str = "search/indexed_up_to";
/// Bytes of text after which a batch ends.
const BATCH_BYTES: usize = 1 << 20;
/// Words of one needle that are weighed against each other.
const WEIGHED: usize = 8;
/// Words that the index is then asked for: it reads through all that it knows of each, and of fewer too many messages
/// have all.
const ASKED: usize = 4;
/// A word is the rarer, the further back its newest so many messages reach; one that has fewer is asked for alone.
const REACH: u32 = 128;
/// A word that reaches less far by this factor than the rarest costs more than it tells.
const FREQUENT: i64 = 32;

/// The index's number for a message: in each room the newest one has the lowest, since the index reads upwards far faster than
/// downwards.
fn place(key: i64) -> i64 {
    key ^ MessageId::MAX.0
}

/// The places of a room's messages below `before`, the first and the last one.
fn places(room: RoomId, before: MessageId) -> (i64, i64) {
    let newest = MessageId(before.0.saturating_sub(1));
    (place(key(room, newest)), place(key(room, MessageId::NONE)))
}

/// No more words than are weighed, from all over the needle.
fn spread(words: Vec<String>) -> Vec<String> {
    let step = words.len().div_ceil(WEIGHED).max(1);
    words.into_iter().step_by(step).collect()
}

/// In the index's language: all of these words.
fn all_of(words: &[String]) -> String {
    let quoted = words.iter().map(|word| word.replace('"', "\"\""));
    let quoted: Vec<String> = quoted.map(|word| format!("\"{word}\"")).collect();
    quoted.join(" AND ")
}

impl SearchRead for Tx<'_> {
    fn indexed_up_to(&self) -> Result<MessageId, StoreError> {
        let stored = self.setting(INDEXED_UP_TO)?;
        let id = stored.and_then(|text| text.parse().ok());
        Ok(id.map_or(MessageId::NONE, MessageId))
    }

    fn stale_messages(&self, limit: u32) -> Result<Vec<(RoomId, MessageId)>, StoreError> {
        self.list(
            "select first from message_text_stale where first = last order by first desc limit :limit",
            named_params! { ":limit": limit },
            |row| Ok(split(row.get(0)?)),
        )
    }

    fn lookup(&self, needle: &Needle, room: Option<RoomId>) -> Result<Lookup, StoreError> {
        let (first, last) = match room {
            Some(room) => places(room, MessageId::MAX),
            None => (0, i64::MAX),
        };
        let longer = spread(gram::runs(needle.folded()));
        let words = match longer.len() {
            // Runs alone, if few, may be frequent ones.
            0..ASKED => {
                let quads = spread(gram::quads(needle.folded()));
                match quads.len() {
                    0 | 1 => [gram::triples(needle.folded()), quads].concat(),
                    _ => [quads, longer].concat(),
                }
            }
            _ => longer,
        };
        Ok(Lookup(self.rarest(words, first, last)?))
    }

    fn indexed_in(
        &self,
        lookup: &Lookup,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError> {
        let (first, last) = places(room, before);
        let found = self.indexed(&lookup.0, first, last, limit)?;
        Ok(found
            .into_iter()
            .map(|place_of| split(place(place_of)).1)
            .collect())
    }

    fn indexed_anywhere(
        &self,
        lookup: &Lookup,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError> {
        let found = self.indexed(&lookup.0, 0, i64::MAX, limit)?;
        Ok(found.into_iter().map(|at| split(place(at))).collect())
    }

    fn message_with(
        &self,
        needle: &Needle,
        room: RoomId,
        id: MessageId,
        budget: &mut Budget,
    ) -> Result<Option<Message>, StoreError> {
        let found = self.find(
            select_message!("where key = :key and verb in ('comment', 'object_shared')"),
            named_params! { ":key": key(room, id) },
            |row| {
                let body = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
                budget.spend(body);
                match needle.is_in(body) {
                    true => read_message(row).map(Some),
                    false => Ok(None),
                }
            },
        )?;
        if found.is_none() {
            budget.spend("");
        }
        Ok(found.flatten())
    }

    fn scan_texts(
        &self,
        needle: &Needle,
        room: RoomId,
        after: MessageId,
        before: MessageId,
        limit: u32,
        budget: &mut Budget,
    ) -> Result<Scanned, StoreError> {
        let mut found = Vec::new();
        let mut left = limit.min(budget.rows);
        let mut statement = self.0.prepare_cached(select_message!(
            "indexed by message_chat
             where key < :before and key > :after and verb in ('comment', 'object_shared')
             order by key desc
             limit :limit"
        ))?;
        let mut rows = statement.query(named_params! {
            ":before": key(room, before), ":after": key(room, after), ":limit": left,
        })?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
            budget.spend(body);
            left -= 1;
            if needle.is_in(body) {
                found.push(read_message(row)?);
            }
            if left == 0 || budget.is_spent() {
                let down_to = Some(split(row.get(0)?).1);
                return Ok(Scanned { found, down_to });
            }
        }
        Ok(Scanned {
            found,
            down_to: None,
        })
    }
}

impl SearchWrite for Tx<'_> {
    fn index_texts(&self, limit: u32) -> Result<bool, StoreError> {
        let up_to = self.indexed_up_to()?;
        let left = self.index_anew(up_to, limit)?;
        match left {
            0 => Ok(true),
            _ => self.index_after(up_to, left),
        }
    }
}

impl Tx<'_> {
    /// Places from the one to the other, the lowest first.
    fn indexed(
        &self,
        query: &str,
        first: i64,
        last: i64,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        self.list(
            "select rowid
             from message_text
             where message_text match :query and rowid >= :first and rowid <= :last
             order by rowid
             limit :limit",
            named_params! {
                ":query": query, ":first": first, ":last": last, ":limit": limit,
            },
            |row| Ok(row.get(0)?),
        )
    }

    /// In the index's language: the words that narrow a search down most, among places from the one to the other.
    fn rarest(&self, words: Vec<String>, first: i64, last: i64) -> Result<String, StoreError> {
        if words.len() <= 2 {
            return Ok(all_of(&words));
        }
        let mut weighed = Vec::new();
        for word in words {
            let reach = self.find(
                "select rowid
                 from message_text
                 where message_text match :query and rowid >= :first and rowid <= :last
                 order by rowid
                 limit 1 offset :reach",
                named_params! {
                    ":query": all_of(std::slice::from_ref(&word)),
                    ":first": first,
                    ":last": last,
                    ":reach": REACH,
                },
                |row| Ok(row.get::<_, i64>(0)? - first),
            )?;
            match reach {
                Some(reach) => weighed.push((reach, word)),
                None => return Ok(all_of(&[word])),
            }
        }
        weighed.sort_unstable_by(|one, other| other.cmp(one));
        let furthest = weighed.first().map_or(0, |(reach, _)| *reach);
        let telling = weighed.into_iter().enumerate();
        let telling =
            telling.filter(|(rank, (reach, _))| *rank < 2 || furthest / FREQUENT < *reach);
        let rarest: Vec<String> = telling.map(|(_, (_, word))| word).take(ASKED).collect();
        Ok(all_of(&rarest))
    }

    /// What the index says of these messages, the first one and the last one included, is not so any more.
    ///
    /// Of more than one message the rows must be gone.
    pub(super) fn text_changed(
        &self,
        room: RoomId,
        first: MessageId,
        last: MessageId,
    ) -> Result<(), StoreError> {
        self.stale(key(room, first), key(room, last))
    }

    fn stale(&self, first: i64, last: i64) -> Result<(), StoreError> {
        self.execute(
            "insert or replace into message_text_stale (first, last) values (:first, :last)",
            named_params! { ":first": first, ":last": last },
        )
    }

    /// Puts right what the index says of messages that changed; how much of `limit` is left.
    fn index_anew(&self, up_to: MessageId, limit: u32) -> Result<u32, StoreError> {
        let stale: Vec<(i64, i64)> = self.list(
            "select first, last from message_text_stale order by first limit :limit",
            named_params! { ":limit": limit },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut left = limit;
        let mut batch = Batch::default();
        for (first, last) in stale {
            if left == 0 || batch.is_full() {
                left = 0;
                break;
            }
            self.execute(
                "delete from message_text_stale where first = :first",
                named_params! { ":first": first },
            )?;
            if first == last {
                self.unindex(place(first))?;
                self.take_anew(up_to, first, &mut batch)?;
                left -= 1;
                continue;
            }
            let gone: Vec<i64> = self.list(
                "select rowid
                 from message_text
                 where rowid >= :first and rowid <= :last
                 order by rowid
                 limit :limit",
                named_params! { ":first": place(last), ":last": place(first), ":limit": left },
                |row| Ok(row.get(0)?),
            )?;
            for place in &gone {
                self.unindex(*place)?;
            }
            let count = u32::try_from(gone.len()).unwrap_or(left);
            if let Some(oldest) = gone.last().filter(|_| count == left) {
                self.stale(first, first.max(place(*oldest) - 1))?;
            }
            left -= count.max(1).min(left);
        }
        self.index(batch)?;
        Ok(left)
    }

    /// Notes what the index is to say of a message that changed.
    fn take_anew(&self, up_to: MessageId, key: i64, batch: &mut Batch) -> Result<(), StoreError> {
        if split(key).1 > up_to {
            // Its turn comes.
            return Ok(());
        }
        let text: Option<String> = self.find(
            "select body from message where key = :key and verb in ('comment', 'object_shared')",
            named_params! { ":key": key },
            |row| Ok(row.get(0)?),
        )?;
        if let Some(text) = text {
            batch.take(key, &text);
        }
        Ok(())
    }

    /// Indexes about `limit` messages after `up_to`; whether there are more.
    fn index_after(&self, up_to: MessageId, limit: u32) -> Result<bool, StoreError> {
        let mut end = self.number(
            "select coalesce(max(id), 0)
             from (select id from message_room where id > :up_to order by id limit :limit)",
            named_params! { ":up_to": up_to.0, ":limit": limit },
        )?;
        if end == 0 {
            return Ok(false);
        }
        let mut batch = Batch::default();
        let mut statement = self.0.prepare_cached(
            "select m.key, m.body
             from message_room r cross join message m on m.key = (r.room_id << 40 | r.id)
             where r.id > :up_to and r.id <= :end and m.verb in ('comment', 'object_shared')
             order by r.id",
        )?;
        let mut rows = statement.query(named_params! { ":up_to": up_to.0, ":end": end })?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            batch.take(
                key,
                row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?,
            );
            if batch.is_full() {
                end = split(key).1.0;
                break;
            }
        }
        self.index(batch)?;
        self.set_setting(INDEXED_UP_TO, &end.to_string())?;
        let more = self.number(
            "select exists (select 1 from message_room where id > :end)",
            named_params! { ":end": end },
        )?;
        Ok(more != 0)
    }

    fn index(&self, mut batch: Batch) -> Result<(), StoreError> {
        // The index keeps what comes in ascending order together; at each step down it writes out what it has.
        batch.texts.sort_unstable();
        for (place, text) in batch.texts {
            self.execute(
                "insert into message_text (rowid, body) values (:place, :text)",
                named_params! { ":place": place, ":text": gram::indexed(&text) },
            )?;
        }
        Ok(())
    }

    fn unindex(&self, place: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from message_text where rowid = :place",
            named_params! { ":place": place },
        )
    }
}

/// Texts on their way into the index.
#[derive(Default)]
struct Batch {
    /// Folded, by their places.
    texts: Vec<(i64, String)>,
    bytes: usize,
}

impl Batch {
    fn take(&mut self, key: i64, text: &str) {
        self.bytes += text.len();
        self.texts.push((place(key), folded(text)));
    }

    fn is_full(&self) -> bool {
        self.bytes > BATCH_BYTES
    }
}

#[cfg(test)]
mod tests;
