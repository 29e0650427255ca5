//! SQL of the index of texts. It is brought up to date behind the writers, in batches: posting does not wait for it.

use rusqlite::named_params;

use super::gram;
use super::message::{key, read_message, select_message, split};
use super::tx::Tx;
use crate::model::{Message, MessageId, RoomId};
use crate::store::search::folded;
use crate::store::{
    AccountsRead, AccountsWrite, Lookup, Needle, Scanned, SearchRead, SearchWrite, StoreError,
};

/// The setting that says how far the index goes.
const INDEXED_UP_TO: &str = "search/indexed_up_to";
/// Bytes of text after which a batch ends.
const BATCH_BYTES: usize = 1 << 20;
/// The setting that says from which message on the index has runs.
const RUNS_FROM: &str = "search/runs_from";
/// Words of one needle that are weighed against each other.
const WEIGHED: usize = 12;
/// Runs that the index is then asked for: it reads through all that it knows of each, and of fewer, which may overlap,
/// too many messages have all.
const RUNS_ASKED: usize = 4;
/// Of frequent triples each one helps: whatever the index says is compared with the row.
const ALL: usize = usize::MAX;
/// A word is the rarer, the further back its newest so many messages reach; one that has fewer is asked for alone.
const REACH: u32 = 128;

/// Words of the index that are no longer than needed, from all over the needle.
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
            Some(room) => (key(room, MessageId::NONE), key(room, MessageId::MAX)),
            None => (0, i64::MAX),
        };
        let triples = spread(gram::triples(needle.folded()));
        let runs = spread(gram::runs(needle.folded()));
        let recent_from = self.runs_from()?.unwrap_or(MessageId::MAX);
        Ok(Lookup {
            recent: match runs.len() {
                // A run alone may be a frequent one.
                0 | 1 => self.rarest([triples.clone(), runs].concat(), ALL, first, last)?,
                _ => self.rarest(runs, RUNS_ASKED, first, last)?,
            },
            older: match recent_from.0 {
                ..=1 => String::new(),
                _ => self.rarest(triples, ALL, first, last)?,
            },
            recent_from,
        })
    }

    fn indexed_in(
        &self,
        lookup: &Lookup,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError> {
        let edge = lookup.recent_from;
        let mut found = Vec::new();
        if before > edge {
            let after = key(room, MessageId(edge.0 - 1));
            found = self.indexed(&lookup.recent, after, key(room, before), limit)?;
        }
        let left = limit.saturating_sub(found.len().try_into().unwrap_or(limit));
        if left > 0 && edge.0 > 1 {
            let after = key(room, MessageId::NONE);
            let before = key(room, before.min(edge));
            found.extend(self.indexed(&lookup.older, after, before, left)?);
        }
        Ok(found.into_iter().map(|key| split(key).1).collect())
    }

    fn indexed_anywhere(
        &self,
        lookup: &Lookup,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError> {
        let query = match lookup.recent_from.0 {
            ..=1 => &lookup.recent,
            // Rooms have older and recent messages side by side.
            _ => &lookup.older,
        };
        let found = self.indexed(query, 0, i64::MAX, limit)?;
        Ok(found.into_iter().map(split).collect())
    }

    fn message_with(
        &self,
        needle: &Needle,
        room: RoomId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let found = self.find(
            select_message!("where key = :key and verb in ('comment', 'object_shared')"),
            named_params! { ":key": key(room, id) },
            |row| {
                let body = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
                match needle.is_in(body) {
                    true => read_message(row).map(Some),
                    false => Ok(None),
                }
            },
        )?;
        Ok(found.flatten())
    }

    fn scan_texts(
        &self,
        needle: &Needle,
        room: RoomId,
        after: MessageId,
        before: MessageId,
        limit: u32,
    ) -> Result<Scanned, StoreError> {
        let mut scanned = Scanned {
            found: Vec::new(),
            looked: 0,
            lowest: None,
        };
        let mut statement = self.0.prepare_cached(select_message!(
            "where key < :before and key > :after and verb in ('comment', 'object_shared')
             order by key desc
             limit :limit"
        ))?;
        let mut rows = statement.query(named_params! {
            ":before": key(room, before), ":after": key(room, after), ":limit": limit,
        })?;
        while let Some(row) = rows.next()? {
            scanned.looked += 1;
            scanned.lowest = Some(split(row.get(0)?).1);
            let body = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
            if needle.is_in(body) {
                scanned.found.push(read_message(row)?);
            }
        }
        Ok(scanned)
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
    /// Keys between the two, newest first.
    fn indexed(
        &self,
        query: &str,
        after: i64,
        before: i64,
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        self.list(
            "select rowid
             from message_text
             where message_text match :query and rowid > :after and rowid < :before
             order by rowid desc
             limit :limit",
            named_params! {
                ":query": query, ":after": after, ":before": before, ":limit": limit,
            },
            |row| Ok(row.get(0)?),
        )
    }

    /// The `asked` words that narrow a search down most, among messages between the two keys.
    fn rarest(
        &self,
        words: Vec<String>,
        asked: usize,
        after: i64,
        before: i64,
    ) -> Result<String, StoreError> {
        if words.len() <= 2 {
            return Ok(all_of(&words));
        }
        let mut weighed = Vec::new();
        for word in words {
            let reach = self.find(
                "select rowid
                 from message_text
                 where message_text match :query and rowid > :after and rowid < :before
                 order by rowid desc
                 limit 1 offset :reach",
                named_params! {
                    ":query": all_of(std::slice::from_ref(&word)),
                    ":after": after,
                    ":before": before,
                    ":reach": REACH,
                },
                |row| Ok(row.get::<_, i64>(0)?),
            )?;
            match reach {
                Some(reach) => weighed.push((reach, word)),
                None => return Ok(all_of(&[word])),
            }
        }
        weighed.sort_unstable();
        let rarest: Vec<String> = weighed.into_iter().map(|(_, word)| word).collect();
        Ok(all_of(&rarest[..rarest.len().min(asked)]))
    }

    /// The index has runs of messages from this one on; `None`: of none.
    fn runs_from(&self) -> Result<Option<MessageId>, StoreError> {
        let stored = self.setting(RUNS_FROM)?;
        Ok(stored.and_then(|text| text.parse().ok()).map(MessageId))
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
        let mut bytes = 0;
        for (first, last) in stale {
            if left == 0 || bytes > BATCH_BYTES {
                return Ok(0);
            }
            self.execute(
                "delete from message_text_stale where first = :first",
                named_params! { ":first": first },
            )?;
            if first == last {
                bytes += self.index_one_anew(up_to, first)?;
                left -= 1;
                continue;
            }
            let gone: Vec<i64> = self.list(
                "select rowid
                 from message_text
                 where rowid >= :first and rowid <= :last
                 order by rowid
                 limit :limit",
                named_params! { ":first": first, ":last": last, ":limit": left },
                |row| Ok(row.get(0)?),
            )?;
            for key in &gone {
                self.unindex(*key)?;
            }
            if let Some(highest) = gone.last().filter(|_| gone.len() == left as usize) {
                self.stale(highest + 1, last.max(highest + 1))?;
            }
            left -= u32::try_from(gone.len()).unwrap_or(left).max(1).min(left);
        }
        Ok(left)
    }

    /// The bytes of its text.
    fn index_one_anew(&self, up_to: MessageId, key: i64) -> Result<usize, StoreError> {
        if split(key).1 > up_to {
            // Its turn comes.
            return Ok(0);
        }
        self.unindex(key)?;
        let text: Option<String> = self.find(
            "select body from message where key = :key and verb in ('comment', 'object_shared')",
            named_params! { ":key": key },
            |row| Ok(row.get(0)?),
        )?;
        match text {
            Some(text) => self.index(key, &text).map(|()| text.len()),
            None => Ok(0),
        }
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
        if self.runs_from()?.is_none() {
            // Of messages that were indexed before there were runs it has none.
            self.set_setting(RUNS_FROM, &(up_to.0 + 1).to_string())?;
        }
        let mut bytes = 0;
        let mut statement = self.0.prepare_cached(
            "select m.key, m.body
             from message_room r cross join message m on m.key = (r.room_id << 40 | r.id)
             where r.id > :up_to and r.id <= :end and m.verb in ('comment', 'object_shared')
             order by r.id",
        )?;
        let mut rows = statement.query(named_params! { ":up_to": up_to.0, ":end": end })?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let body = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            self.index(key, body)?;
            bytes += body.len();
            if bytes > BATCH_BYTES {
                end = split(key).1.0;
                break;
            }
        }
        self.set_setting(INDEXED_UP_TO, &end.to_string())?;
        let more = self.number(
            "select exists (select 1 from message_room where id > :end)",
            named_params! { ":end": end },
        )?;
        Ok(more != 0)
    }

    fn index(&self, key: i64, text: &str) -> Result<(), StoreError> {
        self.execute(
            "insert into message_text (rowid, body) values (:key, :text)",
            named_params! { ":key": key, ":text": gram::indexed(&folded(text)) },
        )
    }

    fn unindex(&self, key: i64) -> Result<(), StoreError> {
        self.execute(
            "delete from message_text where rowid = :key",
            named_params! { ":key": key },
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::model::{Actor, Body, UserId};
    use crate::store::sqlite::migration;
    use crate::store::{MessagesWrite, NewMessage};

    fn say(tx: &Tx<'_>, room: RoomId, text: &str) -> MessageId {
        let message = NewMessage {
            room,
            actor: Actor::user(&UserId("alice".to_owned())),
            created_at: 1,
            body: Body::Text(text.to_owned()),
            parent: None,
            topmost: None,
            reference_id: String::new(),
            expires_at: None,
            silent: false,
            can_mention_all: false,
        };
        tx.insert_message(&message).unwrap()
    }

    /// How many batches it takes until the index is up to date.
    fn batches(tx: &Tx<'_>, limit: u32) -> usize {
        let more = std::iter::from_fn(|| tx.index_texts(limit).unwrap().then_some(()));
        more.take(10_000).count() + 1
    }

    fn indexed(tx: &Tx<'_>) -> i64 {
        tx.number("select count(*) from message_text", []).unwrap()
    }

    #[test]
    fn the_index_grows_and_shrinks_in_batches() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        let tx = Tx(&connection);
        let (tea, coffee) = (RoomId(1), RoomId(2));
        for number in 0..120 {
            say(&tx, tea, &format!("kettle {number}"));
        }
        let other = say(&tx, coffee, "coffee kettle");
        let count = batches(&tx, 50);
        assert!((3..=4).contains(&count), "{count}");
        assert_eq!(indexed(&tx), 121);
        tx.delete_messages(tea).unwrap();
        let later = say(&tx, tea, "late kettle");
        let count = batches(&tx, 50);
        assert!((3..=5).contains(&count), "{count}");
        assert_eq!(indexed(&tx), 2);
        let needle = Needle::of("KETTLE").unwrap();
        let lookup = tx.lookup(&needle, None).unwrap();
        let found = tx.indexed_anywhere(&lookup, 10).unwrap();
        assert_eq!(found, [(coffee, other), (tea, later)]);
        assert_eq!(tx.stale_messages(10).unwrap(), []);
        assert!(!tx.index_texts(50).unwrap(), "nothing is left");
    }

    #[test]
    fn a_batch_of_long_texts_is_short() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        let tx = Tx(&connection);
        for _ in 0..5 {
            say(&tx, RoomId(1), &"kettle".repeat(BATCH_BYTES / 12));
        }
        assert!(tx.index_texts(500).unwrap());
        assert_eq!(indexed(&tx), 3);
        batches(&tx, 500);
        assert_eq!(indexed(&tx), 5);
    }

    #[test]
    fn messages_that_were_indexed_before_there_were_runs_are_found_as_well() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        let tx = Tx(&connection);
        let tea = RoomId(1);
        let text = "The kettle is on the stove in the kitchen";
        let says = |count: usize| -> Vec<MessageId> {
            let ids = (0..count).map(|_| say(&tx, tea, text));
            ids.collect()
        };
        let mut all = says(200);
        for id in &all {
            tx.execute(
                "insert into message_text (rowid, body) values (:key, :text)",
                named_params! { ":key": key(tea, *id), ":text": folded(text) },
            )
            .unwrap();
        }
        tx.set_setting(INDEXED_UP_TO, "200").unwrap();
        all.extend(says(200));
        batches(&tx, 50);
        all.reverse();
        let needle = Needle::of("ON THE STOVE IN THE").unwrap();
        let lookup = tx.lookup(&needle, Some(tea)).unwrap();
        assert_ne!(lookup.recent, lookup.older);
        assert_eq!(lookup.recent_from, MessageId(201));
        let found = |before: i64, limit| {
            tx.indexed_in(&lookup, tea, MessageId(before), limit)
                .unwrap()
        };
        assert_eq!(found(1_000, 1_000), all);
        assert_eq!(found(1_000, 250), all[..250], "over the edge");
        assert_eq!(found(202, 2), all[199..201]);
        assert_eq!(found(201, 2), all[200..202]);
        assert_eq!(found(150, 1), all[251..252]);
        assert_eq!(tx.indexed_anywhere(&lookup, 1_000).unwrap().len(), 400);
    }

    #[test]
    fn the_rarest_words_are_asked_for() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        let tx = Tx(&connection);
        let tea = RoomId(1);
        for number in 0..400 {
            // "kes" in each third, "ake" in each second.
            let word = ["makes", "tea", "make", "kes", "cake", "tea"][number % 6];
            say(&tx, tea, word);
        }
        say(&tx, tea, "makeshift");
        batches(&tx, 500);
        let of = |text: &str, room| tx.lookup(&Needle::of(text).unwrap(), room).unwrap().recent;
        assert_eq!(of("makes", Some(tea)), "\"kes\" AND \"mak\" AND \"ake\"");
        assert_eq!(of("makes", None), "\"kes\" AND \"mak\" AND \"ake\"");
        assert_eq!(of("makesh", None), "\"esh\"", "it alone is enough");
        assert_eq!(of("makes", Some(RoomId(2))), "\"ake\"", "nothing is there");
        assert_eq!(of("tea", None), "\"tea\"");
    }

    #[test]
    fn words_are_quoted_where_the_index_would_obey() {
        assert_eq!(all_of(&["tea".to_owned()]), "\"tea\"");
        let both = ["a\"*".to_owned(), "OR ".to_owned()];
        assert_eq!(all_of(&both), "\"a\"\"*\" AND \"OR \"");
    }

    #[test]
    fn a_long_needle_is_weighed_by_a_few_words_from_all_over_it() {
        let long: String = ('a'..='z').cycle().take(32_000).collect();
        assert!(spread(gram::triples(&long)).len() <= WEIGHED);
        assert!(spread(gram::runs(&long)).len() <= WEIGHED);
        assert_eq!(spread(gram::triples("teas")), ["eas", "tea"]);
    }
}
