//! The index in batches, what it is asked for, and the bounds of a scan.

use rusqlite::Connection;

use super::*;
use crate::model::{Actor, UserId};
use crate::store::sqlite::migration;
use crate::store::{MessagesWrite, NewMessage};

fn say(tx: &Tx<'_>, room: RoomId, text: &str) -> MessageId {
    let alice = Actor::user(&UserId("alice".to_owned()));
    let message = NewMessage::text(room, alice, 1, text.to_owned());
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
    assert_eq!(found, [(tea, later), (coffee, other)]);
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
fn each_room_yields_the_newest_first() {
    let connection = Connection::open_in_memory().unwrap();
    migration::bring_up_to_date(&connection).unwrap();
    let tx = Tx(&connection);
    let (tea, coffee) = (RoomId(1), RoomId(2));
    let mut in_tea = Vec::new();
    for number in 0..200 {
        let room = [tea, coffee][number % 2];
        let id = say(&tx, room, "the kettle is on the stove");
        in_tea.extend((room == tea).then_some(id));
    }
    in_tea.reverse();
    batches(&tx, 50);
    for text in ["KET", "kett", "kettle", "ON THE STOVE"] {
        let needle = Needle::of(text).unwrap();
        let lookup = tx.lookup(&needle, Some(tea)).unwrap();
        let found = |before: i64, limit| {
            tx.indexed_in(&lookup, tea, MessageId(before), limit)
                .unwrap()
        };
        assert_eq!(found(1_000, 1_000), in_tea, "{text}");
        assert_eq!(found(i64::MAX, 2), in_tea[..2], "{text}");
        assert_eq!(found(in_tea[1].0, 2), in_tea[2..4], "{text}");
        assert_eq!(found(in_tea[99].0, 2), [], "{text}");
        assert_eq!(tx.indexed_anywhere(&lookup, 1_000).unwrap().len(), 200);
    }
}

#[test]
fn a_scan_ends_with_its_budget_of_text() {
    let connection = Connection::open_in_memory().unwrap();
    migration::bring_up_to_date(&connection).unwrap();
    let tx = Tx(&connection);
    let tea = RoomId(1);
    let ids: Vec<MessageId> = (0..10).map(|_| say(&tx, tea, "kettle")).collect();
    let needle = Needle::of("KETTLE").unwrap();
    let scan = |limit, mut budget: Budget| {
        let scanned = tx.scan_texts(
            &needle,
            tea,
            MessageId::NONE,
            MessageId::MAX,
            limit,
            &mut budget,
        );
        let scanned = scanned.unwrap();
        (scanned.found.len(), scanned.down_to, budget)
    };
    let budget = |rows, bytes| Budget { rows, bytes };
    assert_eq!(scan(20, budget(99, 99)), (10, None, budget(89, 39)));
    assert_eq!(scan(3, budget(99, 99)), (3, Some(ids[7]), budget(96, 81)));
    assert_eq!(scan(20, budget(4, 99)), (4, Some(ids[6]), budget(0, 75)));
    assert_eq!(scan(20, budget(99, 13)), (3, Some(ids[7]), budget(96, 0)));
    let mut left = budget(2, 99);
    assert!(
        tx.message_with(&needle, tea, ids[0], &mut left)
            .unwrap()
            .is_some()
    );
    assert_eq!(left, budget(1, 93));
    assert!(
        tx.message_with(&needle, tea, MessageId(99), &mut left)
            .unwrap()
            .is_none()
    );
    assert!(left.is_spent(), "a row that is gone was looked for");
}

#[test]
fn the_rarest_words_are_asked_for() {
    let connection = Connection::open_in_memory().unwrap();
    migration::bring_up_to_date(&connection).unwrap();
    let tx = Tx(&connection);
    let tea = RoomId(1);
    for number in 0..1_000 {
        say(
            &tx,
            tea,
            if number % 5 == 0 {
                "makes it"
            } else {
                "akes i"
            },
        );
    }
    say(&tx, tea, "makeup");
    batches(&tx, 500);
    let quads = |pieces: &[&str]| {
        let words: Vec<String> = pieces.iter().flat_map(|piece| gram::quads(piece)).collect();
        all_of(&words)
    };
    let of = |text: &str, room| tx.lookup(&Needle::of(text).unwrap(), room).unwrap().0;
    let rare = of("makes it", Some(tea));
    let either = [["make", "s it"], ["s it", "make"]].map(|rare| quads(&rare));
    assert!(
        either.iter().any(|either| rare.starts_with(either)),
        "{rare:?}"
    );
    assert_eq!(rare.matches("AND").count(), ASKED - 1);
    assert_eq!(of("makes it", None), rare);
    let alone = ["akeu", "keup"].map(|rare| quads(&[rare]));
    assert!(alone.contains(&of("makeup", None)), "it alone is enough");
    let nothing = of("makes it", Some(RoomId(2)));
    assert_eq!(nothing.matches("AND").count(), 0, "nothing is there");
    assert_eq!(of("TEA", None), "\"tea\"");
    let short = format!("\"eas\" AND \"tea\" AND {}", quads(&["teas"]));
    assert_eq!(of("teas", Some(tea)).len(), "\"eas\"".len(), "none has it");
    for _ in 0..200 {
        say(&tx, tea, "teas");
    }
    batches(&tx, 500);
    let mut words: Vec<String> = short.split(" AND ").map(str::to_owned).collect();
    words.sort();
    let found = of("teas", Some(tea));
    let mut found: Vec<&str> = found.split(" AND ").collect();
    found.sort_unstable();
    assert_eq!(found, words);
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
    assert!(spread(gram::quads(&long)).len() <= WEIGHED);
    assert!(spread(gram::runs(&long)).len() <= WEIGHED);
    assert_eq!(spread(gram::triples("teas")), ["eas", "tea"]);
}
