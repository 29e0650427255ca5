//! Sending what is due over a real store: once, also after a restart and by several at a time.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::chat::account::NewAccount;
use crate::chat::admission::{Caller, Members, Needs};
use crate::chat::{Clock, Limits, mail::LinksInLog, password::Cost, room_creation};
use crate::model::{Body, CookieKey, RoomId, Token};
use crate::store::sqlite::{Durability, SqliteStore};

async fn open(directory: &Path, clock: &Clock) -> Arc<Chat> {
    let store = SqliteStore::open(directory, Durability::Off, 1).unwrap();
    let limits = Limits {
        hashing: Cost::Trifling,
        brute_force_protection: false,
        ..Limits::default()
    };
    let mailer = Arc::new(LinksInLog);
    let chat = Chat::open(Arc::new(store), clock.clone(), limits, mailer).await;
    chat.unwrap()
}

/// Alice's place in a new group conversation.
async fn tea(chat: &Chat) -> Participation {
    let account = NewAccount {
        id: "alice".to_owned(),
        password: "123456".to_owned(),
        ..NewAccount::default()
    };
    chat.create_user(account).await.unwrap();
    let alice = chat.find_account("alice").await.unwrap().unwrap();
    let wish = room_creation::Wish {
        kind: 2,
        name: "Tea".to_owned(),
        ..Default::default()
    };
    let token: Token = chat
        .create_room(&alice, wish)
        .await
        .unwrap()
        .token()
        .clone();
    let caller = Caller {
        user: Some(alice),
        grounds: None,
        cookie: CookieKey::random(),
        address: [127, 0, 0, 1].into(),
    };
    let needs = Needs::of(Members::Participants);
    chat.admit(&caller, &token, needs).await.unwrap()
}

fn wish(text: &str, send_at: i64) -> Wish {
    Wish {
        text: text.to_owned(),
        send_at,
        reply_to: MessageId::NONE,
        thread: MessageId::NONE,
        thread_title: String::new(),
        silent: false,
    }
}

/// What was said, oldest first.
async fn texts(chat: &Chat, room: RoomId) -> Vec<String> {
    let rows = chat.read(move |view| Ok(view.tx.messages_after(room, MessageId::NONE, 100)?));
    let rows = rows.await.unwrap().into_iter();
    let texts = rows.filter_map(|row| match row.body {
        Body::Text(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

#[tokio::test]
async fn it_is_told_when_to_come_again() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual());
    let chat = open(directory.path(), &clock).await;
    let at = tea(&chat).await;
    let now = clock.now();
    assert_eq!(chat.send_due().await.unwrap(), None);
    chat.schedule(&at, wish("later", now + 90)).await.unwrap();
    chat.schedule(&at, wish("soon", now + 10)).await.unwrap();
    assert_eq!(chat.send_due().await.unwrap(), Some(now + 10));

    clock.advance(Duration::from_secs(10));

    assert_eq!(chat.send_due().await.unwrap(), Some(now + 90));
    assert_eq!(texts(&chat, at.room().id).await, ["soon"]);
    chat.close().await;
}

#[tokio::test]
async fn what_was_due_while_the_server_was_off_is_sent_once() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual());
    let chat = open(directory.path(), &clock).await;
    let at = tea(&chat).await;
    let now = clock.now();
    chat.schedule(&at, wish("one", now + 10)).await.unwrap();
    chat.schedule(&at, wish("two", now + 99)).await.unwrap();
    chat.close().await;
    drop(chat);
    clock.advance(Duration::from_secs(50));

    let chat = open(directory.path(), &clock).await;
    assert_eq!(chat.send_due().await.unwrap(), Some(now + 99));
    chat.close().await;
    drop(chat);
    let chat = open(directory.path(), &clock).await;
    chat.send_due().await.unwrap();

    assert_eq!(texts(&chat, at.room().id).await, ["one"]);
    chat.close().await;
}

#[tokio::test]
async fn several_that_send_at_once_send_once() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::manual());
    let chat = open(directory.path(), &clock).await;
    let at = tea(&chat).await;
    for number in 0..5 {
        let wish = wish(&number.to_string(), clock.now() + 1);
        chat.schedule(&at, wish).await.unwrap();
    }
    clock.advance(Duration::from_secs(1));

    let (one, two, three) = tokio::join!(chat.send_due(), chat.send_due(), chat.send_due());

    for sent in [one, two, three] {
        assert_eq!(sent.unwrap(), None);
    }
    assert_eq!(texts(&chat, at.room().id).await, ["0", "1", "2", "3", "4"]);
    chat.close().await;
}
