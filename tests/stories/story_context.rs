//! Parents of messages, and the messages around one. Source: chat.md 2.5, chat-extras.md 7.
//!
//! A parent of which only the number is left (`{"id", "deleted"}`) needs a purge, which comes with a later part.

use crate::support::{Actor, Answer, TestServer, chat, person};
use serde_json::{Value, json};

/// The messages around `id`.
async fn around(actor: &Actor, room: &str, id: i64, query: &str) -> Answer {
    actor
        .get(&format!("{}/{id}/context?{query}", chat(room)))
        .await
}

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

// Parents.

#[tokio::test]
async fn an_answer_carries_the_whole_message_that_it_answers() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    bob.replies(&room, question, "please").await;

    let newest = alice.history(&room).await[0].clone();

    let expected = json!({
        "id": question,
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": server.now(),
        "message": "milk?",
        "messageParameters": [],
        "systemMessage": "",
        "messageType": "comment",
        "isReplyable": true,
        "referenceId": "",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": true,
        "threadId": question
    });
    assert_eq!(newest["parent"].to_string(), expected.to_string());
    assert_eq!(keys(&newest).last(), Some(&"parent"));
}

#[tokio::test]
async fn a_parent_shows_no_parent_of_its_own() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    let answer = bob.replies(&room, question, "please").await;
    alice.replies(&room, answer, "there you are").await;

    let newest = bob.history(&room).await[0].clone();

    assert_eq!(newest["parent"]["id"], answer);
    assert_eq!(newest["parent"]["message"], "please");
    assert_eq!(newest["parent"].get("parent"), None);
}

#[tokio::test]
async fn a_deleted_parent_is_a_whole_message_that_says_so() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    let answer = bob.replies(&room, question, "please").await;
    alice.deletes_message(&room, question).await;

    let history = bob.history(&room).await;

    let reply = history.iter().find(|row| row["id"] == answer).unwrap();
    let parent = &reply["parent"];
    assert_eq!(parent["id"], question);
    assert_eq!(parent["messageType"], "comment_deleted");
    assert_eq!(parent["message"], "Message deleted by author");
    assert_eq!(
        parent["messageParameters"],
        json!({ "actor": person("alice") })
    );
    assert_eq!(parent["actorId"], "alice");
    assert_eq!(parent["isReplyable"], false);
    assert_eq!(parent["deleted"], true);
}

#[tokio::test]
async fn a_deleted_parent_says_so_in_xml() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    let answer = bob.replies(&room, question, "please").await;
    alice.deletes_message(&room, question).await;

    let query = format!("lookIntoFuture=0&lastKnownMessageId={answer}&includeLastKnown=1&limit=1");
    let page = bob.reading(&room, &query).xml().send().await;

    assert_eq!(page.xml_ids(), [answer]);
    let parent = page.text.split("   <parent>\n").nth(1).expect("a parent");
    assert!(parent.starts_with(&format!("    <id>{question}</id>\n")));
    assert!(parent.contains("    <messageType>comment_deleted</messageType>\n"));
    assert!(
        parent.contains("    <deleted>1</deleted>\n   </parent>\n"),
        "{parent}"
    );
}

#[tokio::test]
async fn of_an_expired_parent_only_the_number_is_shown() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "3600"),
    ];
    let room = alice.creates_room(&fields).await;
    let question = alice.posts(&room, "milk?").await;
    server.advance(1800);
    alice.replies(&room, question, "please").await;
    server.advance(1801);

    let answer = alice.reads(&room, "lookIntoFuture=0&limit=1").await;

    // Quirk: expired-parent. Whether the row is still there is nothing that a reader should see.
    let gone = serde_json::json!({ "id": question, "deleted": true });
    assert_eq!(answer.data()[0]["parent"], gone);
}

#[tokio::test]
async fn a_parent_is_in_the_words_for_its_reader() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    bob.replies(&room, question, "please").await;
    alice.deletes_message(&room, question).await;

    let parent = async |reader: &Actor| reader.history(&room).await[1]["parent"].clone();
    assert_eq!(parent(&alice).await["message"], "Message deleted by you");
    assert_eq!(parent(&bob).await["message"], "Message deleted by author");
}

// Context.

/// Eight rows, ids rising; Alice wrote the last six.
async fn eight_rows(alice: &Actor, room: &str) -> Vec<i64> {
    for text in ["one", "two", "three", "four", "five", "six"] {
        alice.posts(room, text).await;
    }
    let history = alice.history(room).await;
    let mut ids: Vec<i64> = history
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    ids.reverse();
    assert_eq!(ids.len(), 8);
    ids
}

#[tokio::test]
async fn the_context_is_oldest_first_and_the_message_belongs_to_the_first_half() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let ids = eight_rows(&alice, &room).await;

    let answer = around(&bob, &room, ids[4], "limit=2").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.ids(), ids[3..=6]);
    assert_eq!(answer.last_given(), Some(ids[6]));
    assert!(answer.common_read().is_some());
}

#[tokio::test]
async fn the_smallest_context_is_the_message_and_the_next() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let ids = eight_rows(&alice, &room).await;

    let answer = around(&bob, &room, ids[4], "limit=1").await;

    assert_eq!(answer.ids(), ids[4..=5]);
}

#[tokio::test]
async fn the_context_comes_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let ids = eight_rows(&alice, &room).await;

    let path = format!("{}/{}/context?limit=1", chat(&room), ids[4]);
    let answer = bob.request("GET", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.xml_ids(), ids[4..=5]);
    assert_eq!(answer.last_given(), Some(ids[5]));
}

#[tokio::test]
async fn the_message_in_the_middle_need_not_exist() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let ids = eight_rows(&alice, &room).await;

    let beyond = around(&bob, &room, 99_999_999, "limit=2").await;
    assert_eq!(beyond.ids(), ids[6..]);

    let elsewhere = alice.creates_group("Coffee").await;
    let other = alice.posts(&elsewhere, "black").await;
    let later = alice.posts(&room, "seven").await;
    let between = around(&bob, &room, other, "limit=1").await;
    assert_eq!(between.ids(), [ids[7], later]);
}

#[tokio::test]
async fn before_the_first_message_everything_comes_after() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let other = alice.creates_group("Coffee").await;
    let earlier = alice.posts(&other, "black").await;
    let room = alice.creates_group("Tea").await;
    let first = alice.posts(&room, "green").await;

    let answer = around(&alice, &room, earlier, "").await;

    assert_eq!(answer.ids().len(), 2);
    assert_eq!(answer.last_given(), Some(first));
}

#[tokio::test]
async fn the_context_of_no_message_is_304() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    around(&bob, &room, 0, "").await.expect_nothing_new();
}

#[tokio::test]
async fn a_context_has_50_rows_on_each_side_unless_asked_otherwise_and_never_more_than_100() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let mut ids = Vec::new();
    for number in 0..202 {
        ids.push(alice.posts(&room, &number.to_string()).await);
    }

    let rows = async |query: &str| around(&alice, &room, ids[100], query).await.ids().len();
    assert_eq!(rows("").await, 100);
    assert_eq!(rows("limit=101").await, 200);
    assert_eq!(rows("limit=0").await, 100);
    assert_eq!(rows("limit=-3").await, 100);
}

#[tokio::test]
async fn expired_rows_are_left_out_of_the_context() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "3600"),
    ];
    let room = alice.creates_room(&fields).await;
    let gone = alice.posts(&room, "soon gone").await;
    server.advance(3601);
    let fresh = alice.posts(&room, "fresh").await;

    let answer = around(&alice, &room, gone, "limit=1").await;

    assert_eq!(answer.ids(), [fresh]);
    assert_eq!(answer.last_given(), Some(fresh));
}

#[tokio::test]
async fn looking_at_the_context_moves_no_read_marker() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let ids = eight_rows(&alice, &room).await;
    let before = bob.marker(&room).await;

    around(&bob, &room, ids[7], "").await;

    assert_eq!(bob.marker(&room).await, before);
}
