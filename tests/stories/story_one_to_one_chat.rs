//! Writing to one other: who comes in, comes back, and is gone for good. Source: chat.md 3.6.

use crate::support::TestServer;
use serde_json::{Value, json};

#[tokio::test]
async fn the_other_one_of_a_one_to_one_comes_in_with_the_first_message() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    bob.reads(&room, "lookIntoFuture=0")
        .await
        .expect_refusal(404);

    let hello = alice.posts(&room, "hello").await;

    let history = bob.history(&room).await;
    assert_eq!(history[0]["id"], hello);
    let systems: Vec<&Value> = history.iter().map(|row| &row["systemMessage"]).collect();
    assert!(!systems.contains(&&json!("user_added")), "{systems:?}");
    assert_eq!(bob.room(&room).await["participantType"], 1);
    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn who_left_a_one_to_one_is_back_with_the_next_message() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    alice.posts(&room, "hello").await;
    bob.leaves_for_good(&room).await;
    bob.reads(&room, "lookIntoFuture=0")
        .await
        .expect_refusal(404);

    let again = alice.posts(&room, "still there?").await;

    assert_eq!(bob.history(&room).await[0]["id"], again);
}

#[tokio::test]
async fn a_shared_object_brings_the_other_one_in_as_well() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;

    let shared = alice
        .shares(&room, "highlight", "1", r#"{"name":"One"}"#)
        .await;

    assert_eq!(shared.status, 201);
    assert_eq!(bob.history(&room).await[0]["message"], "{object}");
}

#[tokio::test]
async fn nobody_writes_in_a_former_one_to_one() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    alice.posts(&room, "hello").await;
    let deleted = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);

    let answer = alice.sends(&room, &[("message", "hello?")]).await;

    answer.expect_refusal(403);
    assert_eq!(alice.room(&room).await["type"], 5);
}
