//! SQL of the index of texts. It is brought up to date behind the writers, in batches: posting does not wait for it.

use std::collections::BTreeSet;

use rusqlite::named_params;

use super::message::{key, read_message, select_message, split};
use super::tx::Tx;
use crate::model::{Message, MessageId, RoomId};
use crate::store::search::folded;
use crate::store::{
    AccountsRead, AccountsWrite, Needle, Scanned, SearchRead, SearchWrite, StoreError,
};

/// The setting that says how far the index goes.
const INDEXED_UP_TO: &str = "search/indexed_up_to";
/// Bytes of text after which a batch ends.
const BATCH_BYTES: usize = 1 << 20;
/// Triples of characters of one needle that the index is asked for; the row itself tells the rest.
const TRIPLES: usize = 24;

/// In the index's language: all of these triples. Those of a short needle overlap, those of a longer one
/// stand side by side.
fn query(needle: &Needle) -> String {
    let letters: Vec<char> = needle.folded().chars().collect();
    let step = if letters.len() > TRIPLES / 2 { 3 } else { 1 };
    let last = letters.len().saturating_sub(3);
    let starts = (0..last).step_by(step).take(TRIPLES).chain([last]);
    let triples: BTreeSet<String> = starts
        .map(|at| letters.iter().skip(at).take(3).collect::<String>())
        .map(|triple| format!("\"{}\"", triple.replace('"', "\"\"")))
        .collect();
    Vec::from_iter(triples).join(" AND ")
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

    fn indexed_in(
        &self,
        needle: &Needle,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.list(
            "select rowid
             from message_text
             where message_text match :query and rowid > :first and rowid < :before
             order by rowid desc
             limit :limit",
            named_params! {
                ":query": query(needle),
                ":first": key(room, MessageId::NONE),
                ":before": key(room, before),
                ":limit": limit,
            },
            |row| Ok(split(row.get(0)?).1),
        )
    }

    fn indexed_anywhere(
        &self,
        needle: &Needle,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError> {
        self.list(
            "select rowid
             from message_text
             where message_text match :query
             order by rowid desc
             limit :limit",
            named_params! { ":query": query(needle), ":limit": limit },
            |row| Ok(split(row.get(0)?)),
        )
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
            named_params! { ":key": key, ":text": folded(text) },
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
        let found = tx.indexed_anywhere(&needle, 10).unwrap();
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
    fn a_query_asks_for_triples_and_quotes_what_the_index_would_obey() {
        let of = |text: &str| query(&Needle::of(text).unwrap());
        assert_eq!(of("TEA"), "\"tea\"");
        assert_eq!(of("teas"), "\"eas\" AND \"tea\"");
        assert_eq!(of("a\"*"), "\"a\"\"*\"");
        assert_eq!(of("aaaaaa"), "\"aaa\"");
        assert_eq!(
            of("abcdefghijklmn").matches(" AND ").count(),
            4,
            "abc def ghi jkl lmn"
        );
        let long: String = ('a'..='z').cycle().take(32_000).collect();
        assert!(of(&long).matches(" AND ").count() <= TRIPLES);
    }
}
