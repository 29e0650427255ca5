//! Editing messages and clearing a conversation's history. Source: chat-extras.md 1, 10.

use serde_json::{Value, json};

use crate::support::{Actor, Answer, TestServer, chat, talk};

const DAY: u64 = 24 * 60 * 60;

async fn edits(actor: &Actor, token: &str, message: i64, text: &str) -> Answer {
    let path = format!("{}/{message}", chat(token));
    actor.put(&path, &[("message", text)]).await
}

async fn message(actor: &Actor, token: &str, id: i64) -> Value {
    let rows = actor.history(token).await.into_iter();
    let mut found = rows.filter(|row| row["id"] == id);
    found.next().expect("the message")
}

#[tokio::test]
async fn an_edit_puts_the_new_text_in_place_and_says_so() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let id = alice.posts(&token, "Scnoes?").await;
    server.advance(5);

    let answer = edits(&alice, &token, id, " Scones, @bob? ").await;

    assert_eq!(answer.status, 200);
    assert!(answer.header("x-chat-last-common-read").is_some());
    let row = answer.data();
    assert_eq!(row["systemMessage"], "message_edited");
    assert_eq!(row["message"], "You edited a message");
    let parent = &row["parent"];
    assert_eq!(parent["message"], "Scones, {mention-user1}?");
    assert_eq!(parent["lastEditActorType"], "users");
    assert_eq!(parent["lastEditActorId"], "alice");
    assert_eq!(parent["lastEditActorDisplayName"], "alice-displayname");
    assert_eq!(parent["lastEditTimestamp"], server.now());
    assert_eq!(parent["timestamp"], server.now() - 5);
    assert_eq!(
        bob.history(&token).await[0]["message"],
        "{actor} edited a message"
    );
    assert_eq!(bob.room(&token).await["unreadMention"], true);
    assert_eq!(bob.room(&token).await["lastMessage"]["id"], id);
}

#[tokio::test]
async fn an_edit_wakes_who_waits_and_moves_no_counter() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let id = alice.posts(&token, "one").await;
    bob.marks_read(&token, &id.to_string()).await;
    let waiting = bob.waits_in(&token, id);
    server.until_waiting(&token, 1).await;

    edits(&alice, &token, id, "two").await;

    let rows = waiting.await.unwrap().data();
    assert_eq!(rows[0]["parent"]["message"], "two");
    assert_eq!(bob.room(&token).await["unreadMessages"], 0);
}

#[tokio::test]
async fn who_may_edit() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let of_alice = alice.posts(&token, "hers").await;
    let of_bob = bob.posts(&token, "his").await;
    edits(&bob, &token, of_alice, "x")
        .await
        .refused(403, "permission");
    assert_eq!(edits(&alice, &token, of_bob, "moderated").await.status, 200);
    let edited = message(&bob, &token, of_bob).await;
    assert_eq!(edited["lastEditActorId"], "alice");
    assert_eq!(edited["actorId"], "bob");

    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    let own = alice.posts(&pair, "hers").await;
    edits(&bob, &pair, own, "x")
        .await
        .refused(403, "permission");
    let guest_room = alice.creates_public("Guests").await;
    let guest = server.guest_in(&guest_room).await;
    let said = guest.posts(&guest_room, "a guest's").await;
    edits(&guest, &guest_room, said, "x")
        .await
        .refused_with(404, json!([]));
    assert_eq!(
        edits(&alice, &guest_room, said, "moderated").await.status,
        200
    );
}

#[tokio::test]
async fn what_cannot_be_edited() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let elsewhere = alice.creates_group("Elsewhere").await;
    let foreign = alice.posts(&elsewhere, "there").await;
    for unknown in [foreign, 0, 999_999] {
        edits(&alice, &token, unknown, "x")
            .await
            .refused(404, "message");
    }
    let system = alice.history(&token).await[1]["id"].as_i64().unwrap();
    edits(&alice, &token, system, "x")
        .await
        .refused(405, "message");
    let gone = alice.posts(&token, "gone").await;
    alice.deletes_message(&token, gone).await;
    edits(&alice, &token, gone, "x")
        .await
        .refused(405, "message");
    let shared = alice
        .shares(
            &token,
            "deck-card",
            "1",
            r#"{"name":"Card","boardname":"B","stackname":"S","link":"http://localhost/c"}"#,
        )
        .await
        .data();
    if let Some(id) = shared["id"].as_i64() {
        edits(&alice, &token, id, "x").await.refused(405, "message");
    }
}

#[tokio::test]
async fn texts_that_are_refused() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let id = alice.posts(&token, "before").await;
    for empty in ["", "  \n "] {
        edits(&alice, &token, id, empty)
            .await
            .refused(400, "message");
    }
    let long = "x".repeat(32_001);
    edits(&alice, &token, id, &long)
        .await
        .refused(413, "message");
    assert_eq!(
        edits(&alice, &token, id, &"x".repeat(32_000)).await.status,
        200
    );
    let path = format!("{}/{id}", chat(&token));
    alice.put(&path, &[]).await.refused(400, "message");
}

#[tokio::test]
async fn a_message_can_be_edited_for_a_day_and_a_note_for_ever() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let own = alice.get(&talk("/api/v4/room/note-to-self")).await.data();
    let notes = own["token"].as_str().unwrap();
    let (said, noted) = (
        alice.posts(&token, "said").await,
        alice.posts(notes, "noted").await,
    );
    server.advance(DAY);
    assert_eq!(edits(&alice, &token, said, "in time").await.status, 200);
    server.advance(1);
    edits(&alice, &token, said, "late")
        .await
        .refused(400, "age");
    server.advance(100 * DAY);
    assert_eq!(edits(&alice, notes, noted, "later").await.status, 200);
}

// Clearing.

async fn clears(actor: &Actor, token: &str) -> Answer {
    actor.delete(&chat(token), &[]).await
}

#[tokio::test]
async fn a_cleared_history_is_empty_but_for_the_word_about_it() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let last = alice.posts(&token, "@bob, forget this").await;
    bob.marks_read(&token, &last.to_string()).await;
    let waiting = bob.waits_in(&token, last);
    server.until_waiting(&token, 1).await;

    let answer = clears(&alice, &token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-chat-last-common-read"), Some("-2"));
    let row = answer.data();
    assert_eq!(row["systemMessage"], "history_cleared");
    assert_eq!(
        row["message"],
        "You cleared the history of the conversation"
    );
    assert!(row["id"].as_i64().unwrap() > last, "ids go on");
    assert_eq!(waiting.await.unwrap().data()[0]["id"], row["id"]);
    for reader in [&alice, &bob] {
        assert_eq!(reader.history(&token).await.len(), 1);
        let seen = reader.room(&token).await;
        assert_eq!(seen["lastReadMessage"], -2);
        assert_eq!(seen["unreadMessages"], 1);
        assert_eq!(seen["unreadMention"], false);
    }
}

#[tokio::test]
async fn who_may_clear_the_history() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    clears(&bob, &token).await.refused_with(403, json!([]));
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    clears(&alice, &pair).await.refused_with(403, Value::Null);
    server.decides("delete_one_to_one_conversations", "1").await;
    assert_eq!(clears(&alice, &pair).await.status, 200);
    let public = alice.creates_public("Guests").await;
    let guest = server.guest_in(&public).await;
    let attendee = guest.attendee_id(&public).await;
    alice.promotes(&public, &attendee).await;
    assert_eq!(clears(&guest, &public).await.status, 401);
    alice.locks(&token).await;
    clears(&alice, &token).await.refused_with(403, json!([]));
}
