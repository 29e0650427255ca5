//! Many who write and many who wait at once: nobody misses or repeats a message, and the order is the same for all.

use std::collections::HashMap;

use crate::support::{Actor, TestServer, chat};
use serde_json::Value;
use tokio::task::JoinHandle;

const WRITERS: usize = 8;
const POSTS: usize = 50;
const WAITERS: usize = 16;

/// Posts one message after the other.
fn writes(actor: Actor, room: String, writer: usize) -> JoinHandle<()> {
    tokio::spawn(async move {
        for number in 0..POSTS {
            actor.posts(&room, &format!("{writer}: {number}")).await;
        }
    })
}

/// Follows the chat after `known` by what was last given, until `count` messages have come; their ids.
fn follows(
    actor: Actor,
    room: String,
    mut known: i64,
    parameters: &'static str,
    count: usize,
) -> JoinHandle<Vec<i64>> {
    tokio::spawn(async move {
        let mut read = Vec::new();
        while read.len() < count {
            let answer = actor
                .polls(
                    &room,
                    &format!("timeout=30&lastKnownMessageId={known}&{parameters}"),
                )
                .await
                .unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text);
            let ids = answer.ids();
            assert_eq!(answer.last_given(), ids.last().copied());
            known = answer.last_given().unwrap();
            read.extend(ids);
        }
        read
    })
}

/// As `follows`, in XML.
fn follows_in_xml(
    actor: Actor,
    room: String,
    mut known: i64,
    count: usize,
) -> JoinHandle<Vec<i64>> {
    tokio::spawn(async move {
        let mut read = Vec::new();
        while read.len() < count {
            let query = format!("lookIntoFuture=1&timeout=30&lastKnownMessageId={known}");
            let answer = actor.reading(&room, &query).xml().send().await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            known = answer.last_given().unwrap();
            read.extend(answer.xml_ids());
        }
        read
    })
}

/// All rows after `known`, page by page, without waiting.
async fn all_after(actor: &Actor, room: &str, mut known: i64) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let query = format!("lookIntoFuture=1&timeout=0&limit=200&lastKnownMessageId={known}");
        let answer = actor.reads(room, &query).await;
        if answer.status == 304 {
            return rows;
        }
        known = answer.last_given().unwrap();
        rows.extend(answer.data().as_array().unwrap().clone());
    }
}

fn ids(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// The numbers that each writer's messages have, in the order of the rows.
fn numbers_by_writer(rows: &[Value]) -> HashMap<String, Vec<usize>> {
    let mut numbers: HashMap<String, Vec<usize>> = HashMap::new();
    for row in rows {
        let text = row["message"].as_str().unwrap();
        let (writer, number) = text.split_once(": ").unwrap();
        let number = number.parse().unwrap();
        numbers.entry(writer.to_owned()).or_default().push(number);
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_who_follows_misses_or_repeats_a_message_of_many_writers() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let known = alice.posts(&room, "ready").await;

    let mut waiting = Vec::new();
    for number in 0..WAITERS {
        // Different ways to ask for the same.
        let (actor, room, count) = (bob.elsewhere(), room.clone(), WRITERS * POSTS);
        waiting.push(match number % 4 {
            0 => follows(actor, room, known, "", count),
            1 => follows(actor, room, known, "limit=3", count),
            2 => follows(actor, room, known, "setReadMarker=0", count),
            _ => follows_in_xml(actor, room, known, count),
        });
    }
    server.until_waiting(&room, WAITERS).await;
    let mut writing = Vec::new();
    for number in 0..WRITERS {
        let writer = [&alice, &bob][number % 2];
        writing.push(writes(writer.elsewhere(), room.clone(), number));
    }
    for writer in writing {
        writer.await.unwrap();
    }

    let rows = all_after(&alice, &room, known).await;
    let all = ids(&rows);
    assert_eq!(all.len(), WRITERS * POSTS);
    assert!(all.is_sorted_by(|one, next| one < next));
    for reader in waiting {
        assert_eq!(reader.await.unwrap(), all);
    }
    let numbers = numbers_by_writer(&rows);
    assert_eq!(numbers.len(), WRITERS);
    for (writer, numbers) in numbers {
        assert_eq!(numbers, (0..POSTS).collect::<Vec<_>>(), "{writer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_posted_while_somebody_begins_to_wait_is_not_lost() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let mut known = alice.posts(&room, "ready").await;

    for round in 0..200 {
        // No later message would make up for a lost one: the next round comes when all have read.
        let polls = [(); 4].map(|()| bob.waits_in(&room, known));
        let posted = alice.posts(&room, &format!("round {round}")).await;
        for poll in polls {
            assert_eq!(poll.await.unwrap().ids(), [posted], "{round}");
        }
        known = posted;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_posted_while_the_first_readers_of_a_room_begin_to_wait_is_not_lost() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    for round in 0..100 {
        // Nobody has read here yet, so the first looks go to the store and take their time.
        let room = alice.creates_group("Tea").await;
        let known = alice.posts(&room, "ready").await;
        let query = format!("setReadMarker=0&lastKnownMessageId={known}");
        let message = [("message", "hello")];
        let request = alice.request("POST", &chat(&room)).form(&message);
        // Some begin before the message is on its way, some after.
        let early: Vec<_> = (0..round % 10)
            .map(|_| alice.polls(&room, &query))
            .collect();
        let posting = request.start();
        let late: Vec<_> = (0..4).map(|_| alice.polls(&room, &query)).collect();
        let posted = posting.await.unwrap().data()["id"].as_i64().unwrap();
        for poll in early.into_iter().chain(late) {
            assert_eq!(poll.await.unwrap().ids(), [posted], "{round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_removed_amid_many_messages_reads_none_after_the_removal() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    for round in 0..20 {
        let known = alice.posts(&room, "ready").await;
        let target = bob.attendee_id(&room).await;
        let query = format!("lastKnownMessageId={known}");
        let one_row = format!("{query}&limit=1");
        let waiting = [&query, &query, &query, &one_row, &one_row, &one_row]
            .map(|query| bob.polls(&room, query));
        server.until_waiting(&room, 6).await;
        let writers: Vec<_> = (0..4)
            .map(|_| {
                alice
                    .request("POST", &chat(&room))
                    .form(&[("message", "hi")])
                    .start()
            })
            .collect();
        alice.removes(&room, &target).await;
        for writer in writers {
            assert_eq!(writer.await.unwrap().status, 201);
        }
        let rows = alice.history(&room).await;
        let removal = rows
            .iter()
            .find(|row| row["systemMessage"] == "user_removed");
        let removal = removal.unwrap()["id"].as_i64().unwrap();

        for poll in waiting {
            let answer = poll.await.unwrap();
            assert_eq!(answer.status, 200, "{round}: {}", answer.text);
            assert!(answer.last_given().unwrap() <= removal, "{round}");
        }
        alice.adds(&room, "bob").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_begins_to_follow_in_the_middle_gets_everything_after_what_they_know() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let known = alice.posts(&room, "ready").await;

    let writer = writes(alice.elsewhere(), room.clone(), 0);
    let mut waiting = Vec::new();
    // Each begins when the one before has read a little more.
    for count in [1, 10, 20, 30, 40] {
        let reader = follows(bob.elsewhere(), room.clone(), known, "limit=5", count);
        reader.await.unwrap();
        waiting.push(follows(bob.elsewhere(), room.clone(), known, "", POSTS));
    }
    writer.await.unwrap();

    let all = ids(&all_after(&alice, &room, known).await);
    for reader in waiting {
        assert_eq!(reader.await.unwrap(), all);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_conversations_at_once_stay_apart() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;

    let mut following = Vec::new();
    for number in 0..8 {
        let room = alice.creates_group(&format!("Table {number}")).await;
        alice.adds(&room, "bob").await;
        let known = alice.posts(&room, "ready").await;
        let reader = follows(bob.elsewhere(), room.clone(), known, "", POSTS);
        let writer = writes(alice.elsewhere(), room.clone(), number);
        following.push((room, known, reader, writer));
    }

    for (room, known, reader, writer) in following {
        writer.await.unwrap();
        let rows = all_after(&alice, &room, known).await;
        assert_eq!(reader.await.unwrap(), ids(&rows));
        assert_eq!(numbers_by_writer(&rows).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_counters_are_right_after_many_have_written_at_once() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&room, "carol").await;

    let writing = [
        writes(alice.elsewhere(), room.clone(), 0),
        writes(alice.elsewhere(), room.clone(), 1),
        writes(bob.elsewhere(), room.clone(), 2),
        writes(bob.elsewhere(), room.clone(), 3),
    ];
    for writer in writing {
        writer.await.unwrap();
    }

    let last = carol.history(&room).await[0].clone();
    assert_eq!(carol.unread(&room).await[0], 4 * POSTS);
    assert_eq!(carol.room(&room).await["lastMessage"]["id"], last["id"]);
    let author = [&alice, &bob]
        .into_iter()
        .find(|actor| last["actorId"] == actor.name.as_str())
        .unwrap();
    assert_eq!(author.marker(&room).await, last["id"]);
    assert_eq!(author.unread(&room).await[0], 0);
}
