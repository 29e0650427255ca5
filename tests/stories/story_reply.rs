//! Answers to messages: which can be answered, and which not. Source: chat.md 3.3, 3.4.

use crate::support::{Actor, TestServer};

#[tokio::test]
async fn an_answer_to_a_message_comes_with_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;

    let fields = [("message", "please"), ("replyTo", &question.to_string())];
    let answer = bob.sends(&room, &fields).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["parent"]["id"], question);
    assert_eq!(answer.data()["parent"]["message"], "milk?");
    assert_eq!(answer.data()["parent"].get("parent"), None);
}

#[tokio::test]
async fn an_answer_to_zero_or_to_a_word_is_no_answer() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    for parent in ["0", "abc", ""] {
        let answer = alice
            .sends(&room, &[("message", "hi"), ("replyTo", parent)])
            .await;
        assert_eq!(answer.status, 201, "{parent}");
        assert_eq!(answer.data().get("parent"), None, "{parent}");
    }
}

#[tokio::test]
async fn one_can_answer_oneself_and_an_answer() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let first = alice.posts(&room, "milk?").await;
    let second = alice.replies(&room, first, "anybody?").await;
    alice.replies(&room, second, "no?").await;

    assert_eq!(alice.history(&room).await[0]["parent"]["id"], second);
}

#[tokio::test]
async fn one_can_answer_a_shared_object() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let shared = alice
        .shares(&room, "highlight", "1", r#"{"name":"One"}"#)
        .await;
    let shared = shared.data()["id"].as_i64().unwrap();

    bob.replies(&room, shared, "nice").await;

    assert_eq!(bob.history(&room).await[0]["parent"]["message"], "{object}");
}

#[tokio::test]
async fn one_can_answer_a_message_that_has_expired_but_is_still_there() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "60"),
    ];
    let room = alice.creates_room(&fields).await;
    let question = alice.posts(&room, "milk?").await;
    server.advance(61);

    alice.replies(&room, question, "too late").await;
}

/// An answer to `parent` is refused.
async fn cannot_answer(actor: &Actor, room: &str, parent: i64) {
    let fields = [("message", "hi"), ("replyTo", &parent.to_string())];
    actor.sends(room, &fields).await.refused(400, "reply-to");
}

#[tokio::test]
async fn one_cannot_answer_what_does_not_exist() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    cannot_answer(&alice, &room, 99_999_999).await;
    cannot_answer(&alice, &room, -1).await;
}

#[tokio::test]
async fn one_cannot_answer_a_message_of_another_conversation() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    let other = alice.posts(&elsewhere, "black").await;

    cannot_answer(&alice, &room, other).await;
}

#[tokio::test]
async fn one_cannot_answer_a_system_message() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let system = alice.history(&room).await[0]["id"].as_i64().unwrap();

    cannot_answer(&alice, &room, system).await;
}

#[tokio::test]
async fn one_cannot_answer_a_deleted_message() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let deleted = alice.posts(&room, "oops").await;
    alice.deletes_message(&room, deleted).await;

    cannot_answer(&alice, &room, deleted).await;
}

#[tokio::test]
async fn one_cannot_answer_a_message_of_a_deleted_account() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let orphan = bob.posts(&room, "bye").await;
    let deleted = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);

    cannot_answer(&alice, &room, orphan).await;
}

#[tokio::test]
async fn an_empty_answer_is_refused_for_its_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice
        .sends(&room, &[("message", " "), ("replyTo", "-1")])
        .await;

    answer.refused(400, "message");
}

#[tokio::test]
async fn a_wrong_parent_is_refused_before_too_long_a_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let text = "x".repeat(32_001);
    let answer = alice
        .sends(&room, &[("message", &text), ("replyTo", "-1")])
        .await;

    answer.refused(400, "reply-to");
}
