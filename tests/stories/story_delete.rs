//! Deleting messages. Source: chat.md 5.

use crate::support::{Actor, TestServer, chat, person};
use chinwag::server::throwaway;
use serde_json::{Value, json};

const SIX_HOURS: u64 = 6 * 60 * 60;

/// A row of the history.
async fn row(reader: &Actor, room: &str, id: i64) -> Value {
    let history = reader.history(room).await;
    let row = history.iter().find(|row| row["id"] == id);
    row.expect("the row is there").clone()
}

/// The newest row that says so in `systemMessage`.
async fn system(reader: &Actor, room: &str, kind: &str) -> i64 {
    let history = reader.history(room).await;
    let row = history.iter().find(|row| row["systemMessage"] == kind);
    row.expect("the row is there")["id"].as_i64().unwrap()
}

// What comes back and what stays.

#[tokio::test]
async fn a_delete_is_answered_with_the_message_that_says_so() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    let posted_at = server.now();
    server.advance(10);

    let answer = alice.deletes_message(&room, id).await;

    let data = answer.data();
    let parent = json!({
        "id": id,
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": posted_at,
        "message": "Message deleted by you",
        "messageParameters": { "actor": person("alice") },
        "systemMessage": "",
        "messageType": "comment_deleted",
        "isReplyable": false,
        "referenceId": "",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": true,
        "threadId": id,
        "deleted": true
    });
    let expected = json!({
        "id": data["id"],
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": server.now(),
        "message": "You deleted a message",
        "messageParameters": { "actor": person("alice") },
        "systemMessage": "message_deleted",
        "messageType": "system",
        "isReplyable": false,
        "referenceId": "",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": false,
        "threadId": id,
        "parent": parent
    });
    assert_eq!(answer.status, 200);
    assert_eq!(data.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_delete_is_answered_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;

    let path = format!("{}/{id}", chat(&room));
    let answer = alice.request("DELETE", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    assert!(
        answer
            .text
            .contains("<systemMessage>message_deleted</systemMessage>")
    );
    let parent = format!("\n  <parent>\n   <id>{id}</id>\n");
    assert!(answer.text.contains(&parent), "{}", answer.text);
    assert!(
        answer
            .text
            .contains("\n   <deleted>1</deleted>\n  </parent>\n")
    );
}

#[tokio::test]
async fn a_delete_tells_the_common_read() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    let id = alice.posts(&room, "oops").await;

    let answer = alice.deletes_message(&room, id).await;

    assert_eq!(answer.common_read(), Some(id));
}

#[tokio::test]
async fn everybody_reads_in_their_own_words_who_deleted() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&room, "carol").await;
    let by_author = bob.posts(&room, "oops").await;
    let by_moderator = bob.posts(&room, "bad words").await;
    bob.deletes_message(&room, by_author).await;
    alice.deletes_message(&room, by_moderator).await;

    let text = async |reader: &Actor, id| row(reader, &room, id).await["message"].clone();
    assert_eq!(text(&bob, by_author).await, "Message deleted by you");
    assert_eq!(text(&alice, by_author).await, "Message deleted by author");
    assert_eq!(text(&carol, by_author).await, "Message deleted by author");
    assert_eq!(text(&bob, by_moderator).await, "Message deleted by {actor}");
    assert_eq!(text(&alice, by_moderator).await, "Message deleted by you");
    assert_eq!(
        text(&carol, by_moderator).await,
        "Message deleted by {actor}"
    );
}

#[tokio::test]
async fn a_message_deleted_by_a_moderator_still_is_its_authors() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = bob.posts(&room, "bad words").await;

    alice.deletes_message(&room, id).await;

    let deleted = row(&bob, &room, id).await;
    assert_eq!(deleted["actorId"], "bob");
    assert_eq!(deleted["actorDisplayName"], "bob-displayname");
    assert_eq!(
        deleted["messageParameters"],
        json!({ "actor": person("alice") })
    );
}

#[tokio::test]
async fn reference_id_silence_parent_and_time_stay() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = bob.posts(&room, "milk?").await;
    let fields = [
        ("message", "no"),
        ("referenceId", "mark"),
        ("silent", "1"),
        ("replyTo", &question.to_string()),
    ];
    let before = alice.sends(&room, &fields).await.data();
    server.advance(10);
    let id = before["id"].as_i64().unwrap();

    alice.deletes_message(&room, id).await;

    let deleted = row(&bob, &room, id).await;
    assert_eq!(deleted["referenceId"], "mark");
    assert_eq!(deleted["silent"], true);
    assert_eq!(deleted["parent"]["id"], question);
    assert_eq!(deleted["timestamp"], before["timestamp"]);
}

#[tokio::test]
async fn a_deleted_message_is_no_longer_unread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    alice.posts(&room, "stays").await;
    assert_eq!(bob.unread(&room).await[0], 2);

    alice.deletes_message(&room, id).await;

    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn a_delete_does_not_move_the_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    let active_at = server.now();
    server.advance(10);

    alice.deletes_message(&room, id).await;

    let seen = bob.room(&room).await;
    assert_eq!(seen["lastActivity"], active_at);
    assert_eq!(seen["lastMessage"]["id"], id);
    assert_eq!(seen["lastMessage"]["messageType"], "comment_deleted");
    assert_eq!(seen["lastMessage"]["deleted"], true);
}

#[tokio::test]
async fn a_delete_does_not_move_its_authors_read_marker() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    bob.posts(&room, "what?").await;

    alice.deletes_message(&room, id).await;

    assert_eq!(alice.marker(&room).await, id);
    assert_eq!(alice.unread(&room).await[0], 1);
}

// What can be deleted.

#[tokio::test]
async fn a_moderator_deletes_messages_of_others() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = bob.posts(&room, "bad words").await;

    let answer = alice.deletes_message(&room, id).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.data()["parent"]["id"], id);
}

#[tokio::test]
async fn a_moderator_deletes_messages_of_guests() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let id = guest.posts(&room, "bad words").await;

    assert_eq!(alice.deletes_message(&room, id).await.status, 200);
}

#[tokio::test]
async fn a_shared_object_can_be_deleted() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let shared = alice
        .shares(&room, "highlight", "1", r#"{"name":"One"}"#)
        .await;
    let id = shared.data()["id"].as_i64().unwrap();

    let answer = alice.deletes_message(&room, id).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let deleted = row(&bob, &room, id).await;
    assert_eq!(deleted["message"], "Message deleted by author");
    assert_eq!(
        deleted["messageParameters"],
        json!({ "actor": person("alice") })
    );
    assert_eq!(bob.unread(&room).await[0], 0);
}

// Refusals.

#[tokio::test]
async fn a_message_that_does_not_exist_cannot_be_deleted() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    alice
        .deletes_message(&room, 0)
        .await
        .refused(404, "message");
    alice
        .deletes_message(&room, 99_999_999)
        .await
        .refused(404, "message");
}

#[tokio::test]
async fn a_message_of_another_conversation_cannot_be_deleted_here() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    let id = alice.posts(&elsewhere, "black").await;

    alice
        .deletes_message(&room, id)
        .await
        .refused(404, "message");
}

#[tokio::test]
async fn an_ordinary_member_cannot_delete_messages_of_others() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "mine").await;

    bob.deletes_message(&room, id)
        .await
        .refused(403, "permission");
    assert_eq!(row(&bob, &room, id).await["message"], "mine");
}

#[tokio::test]
async fn in_a_one_to_one_nobody_deletes_messages_of_the_other_one() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    let id = alice.posts(&room, "mine").await;

    bob.deletes_message(&room, id)
        .await
        .refused(403, "permission");
    assert_eq!(alice.deletes_message(&room, id).await.status, 200);
}

#[tokio::test]
async fn a_system_message_cannot_be_deleted() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = system(&alice, &room, "user_added").await;

    alice
        .deletes_message(&room, id)
        .await
        .refused(405, "message");
}

#[tokio::test]
async fn a_system_message_of_somebody_else_is_refused_as_somebody_elses() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let id = system(&bob, &room, "user_added").await;

    bob.deletes_message(&room, id)
        .await
        .refused(403, "permission");
}

#[tokio::test]
async fn a_message_cannot_be_deleted_twice() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    alice.deletes_message(&room, id).await;

    alice
        .deletes_message(&room, id)
        .await
        .refused(405, "message");
}

#[tokio::test]
async fn the_message_that_says_that_one_was_deleted_cannot_be_deleted() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    let answer = alice.deletes_message(&room, id).await;
    let note = answer.data()["id"].as_i64().unwrap();

    alice
        .deletes_message(&room, note)
        .await
        .refused(405, "message");
}

// The limit of six hours.

#[tokio::test]
async fn a_message_can_be_deleted_for_six_hours() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    server.advance(SIX_HOURS);

    assert_eq!(alice.deletes_message(&room, id).await.status, 200);
}

#[tokio::test]
async fn a_message_older_than_six_hours_cannot_be_deleted() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = bob.posts(&room, "oops").await;
    server.advance(SIX_HOURS + 1);

    bob.deletes_message(&room, id).await.refused(400, "age");
    alice.deletes_message(&room, id).await.refused(400, "age");
}

#[tokio::test]
async fn an_old_system_message_is_refused_as_a_system_message() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = system(&alice, &room, "user_added").await;
    server.advance(SIX_HOURS + 1);

    alice
        .deletes_message(&room, id)
        .await
        .refused(405, "message");
}

/// Whether the capability of deletes without a limit is announced.
async fn announces_unlimited(actor: &Actor) -> bool {
    let answer = actor.get("/ocs/v2.php/cloud/capabilities").await;
    let features = &answer.data()["capabilities"]["spreed"]["features"];
    let features = features.as_array().expect("a list");
    assert!(features.contains(&json!("delete-messages")));
    features.contains(&json!("delete-messages-unlimited"))
}

#[tokio::test]
async fn the_limit_is_not_announced_as_unlimited() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    assert!(!announces_unlimited(&alice).await);
}

#[tokio::test]
async fn without_a_limit_any_message_can_be_deleted_and_clients_are_told() {
    let mut limits = throwaway::limits();
    limits.delete_age_secs = None;
    let server = TestServer::start_with(limits).await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "oops").await;
    server.advance(10 * 365 * 24 * 60 * 60);

    assert_eq!(alice.deletes_message(&room, id).await.status, 200);
    assert!(announces_unlimited(&alice).await);
}
