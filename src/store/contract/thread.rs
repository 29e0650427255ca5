//! Threads, chains of answers and pins.

use super::{group_room, read, text, write};
use crate::model::{Actor, Message, MessageId, UserId};
use crate::store::{NewMessage, Pin, Store, StoreError, Thread, Writing};

pub fn a_room_knows_its_threads_and_its_newest_pin(store: &dyn Store) {
    let known = write(store, |tx| {
        let room = group_room(tx, "pins")?;
        let mut known = Vec::new();
        let mut note = |tx: &dyn Writing| -> Result<(), StoreError> {
            let room = tx.find_room_by_id(room)?.expect("just made");
            known.push((room.has_threads, room.last_pin.0));
            Ok(())
        };
        let pin = |message: i64| Pin {
            room,
            message: MessageId(message),
            by: Actor::user(&UserId("alice".to_owned())),
            at: 1000,
            until: None,
        };
        note(tx)?;
        tx.insert_thread(&Thread {
            room,
            root: MessageId(7),
            title: "Tea".to_owned(),
            replies: 0,
            last_message: MessageId::NONE,
            last_activity_at: 1000,
        })?;
        tx.insert_pin(&pin(9))?;
        tx.insert_pin(&pin(8))?;
        let again = tx.insert_pin(&pin(8));
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        note(tx)?;
        // Its messages were never there.
        tx.delete_empty_threads(room)?;
        tx.delete_pin(room, MessageId(8))?;
        note(tx)?;
        tx.delete_pins(room)?;
        note(tx)?;
        Ok(known)
    })
    .unwrap();
    assert_eq!(known, [(false, 0), (true, 8), (false, 9), (false, 0)]);
}

pub fn a_chain_is_read_from_both_ends(store: &dyn Store) {
    let (room, root, rows) = write(store, |tx| {
        let (room, other) = (group_room(tx, "chain")?, group_room(tx, "other")?);
        let root = tx.insert_message(&text(room, "root"))?;
        let answer = |room| NewMessage {
            topmost: Some(root),
            ..text(room, "answer")
        };
        let one = tx.insert_message(&answer(room))?;
        tx.insert_message(&text(room, "besides"))?;
        tx.insert_message(&answer(other))?;
        let two = tx.insert_message(&answer(room))?;
        Ok((room, root, [root, one, two]))
    })
    .unwrap();
    let [_, one, two] = rows;
    let ids = |rows: Vec<Message>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let after = |known, limit| {
        let rows = read(store, move |tx| tx.chain_after(room, root, known, limit));
        ids(rows.unwrap())
    };
    let before = |known, limit| {
        let rows = read(store, move |tx| tx.chain_before(room, root, known, limit));
        ids(rows.unwrap())
    };
    assert_eq!(after(MessageId::NONE, 9), rows);
    assert_eq!(after(MessageId::NONE, 2), [root, one]);
    assert_eq!(after(root, 9), [one, two]);
    assert_eq!(after(two, 9), []);
    assert_eq!(before(MessageId::MAX, 9), [two, one, root]);
    assert_eq!(before(MessageId::MAX, 2), [two, one]);
    assert_eq!(before(one, 9), [root]);
    assert_eq!(before(root, 9), []);
}
