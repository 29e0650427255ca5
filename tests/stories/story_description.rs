//! What a conversation is about, and what it is bound to. Source: conversations.md 3.6.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, person, talk};
use serde_json::{Value, json};

async fn describes(actor: &Actor, token: &str, text: &str) -> crate::support::Answer {
    actor
        .put(&room_part(token, "description"), &[("description", text)])
        .await
}

/// A conversation of Alice's that is bound to something.
async fn bound_to(object_type: &str, object_id: &str) -> (TestServer, Actor, String) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice
        .creates_room(&[
            ("roomName", "Tea"),
            ("objectType", object_type),
            ("objectId", object_id),
        ])
        .await;
    (server, alice, token)
}

async fn note_to_self(actor: &Actor) -> String {
    let note = actor.get(&talk("/api/v4/room/note-to-self")).await;
    note.data()["token"].as_str().unwrap().to_owned()
}

// The description.

#[tokio::test]
async fn a_description_is_trimmed_and_told_without_its_text() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    let answer = describes(&alice, &token, "  Green & black\n ").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["description"], "Green & black");
    assert_eq!(bob.room(&token).await["description"], "Green & black");
    let (mine, theirs) = (alice.newest(&token).await, bob.newest(&token).await);
    assert_eq!(mine["systemMessage"], "description_set");
    assert_eq!(mine["message"], "You set the description");
    assert_eq!(theirs["message"], "{actor} set the description");
    assert_eq!(
        theirs["messageParameters"],
        json!({ "actor": person("alice") })
    );
}

#[tokio::test]
async fn an_empty_description_removes_it() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    describes(&alice, &token, "Green").await;

    let answer = describes(&alice, &token, "  ").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["description"], "");
    let (mine, theirs) = (alice.newest(&token).await, bob.newest(&token).await);
    assert_eq!(theirs["systemMessage"], "description_removed");
    assert_eq!(mine["message"], "You removed the description");
    assert_eq!(theirs["message"], "{actor} removed the description");
}

#[tokio::test]
async fn the_same_description_again_is_no_news() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    describes(&alice, &token, "Green").await;
    let before = alice.systems(&token).await;

    let answer = describes(&alice, &token, " Green ").await;

    assert_eq!(answer.status, 200);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_description_has_at_most_2000_characters() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    // Characters, not bytes.
    let (longest, longer) = ("ü".repeat(2000), "ü".repeat(2001));

    let taken = describes(&alice, &token, &longest).await;
    let refused = describes(&alice, &token, &longer).await;

    assert_eq!(taken.status, 200);
    refused.refused(400, "value");
    assert_eq!(alice.room(&token).await["description"], longest.as_str());
}

#[tokio::test]
async fn a_one_to_one_has_no_description_and_a_long_one_is_refused_before() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;

    let unchanged = describes(&alice, &token, " ").await;

    assert_eq!(unchanged.status, 200);
    describes(&alice, &token, "Us").await.refused(400, "type");
    describes(&alice, &token, &"x".repeat(2001))
        .await
        .refused(400, "value");
}

#[tokio::test]
async fn a_conversation_of_an_event_keeps_its_description() {
    let (_server, alice, token) = bound_to("event", "1#2").await;

    describes(&alice, &token, "Tea").await.refused(400, "event");
    describes(&alice, &token, "").await.refused(400, "event");
}

#[tokio::test]
async fn a_note_to_self_may_be_described() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = note_to_self(&alice).await;

    let answer = describes(&alice, &token, "Dear diary").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["description"], "Dear diary");
}

#[tokio::test]
async fn a_description_has_to_be_a_text() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let path = room_part(&token, "description");

    let missing = alice.put(&path, &[]).await;
    let number = alice
        .request("PUT", &path)
        .json(&json!({ "description": 5 }))
        .send()
        .await;

    missing.refused(400, "description");
    number.refused(400, "description");
}

#[tokio::test]
async fn moderators_describe_guests_among_them() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;

    describes(&bob, &token, "x").await.expect_refusal(403);
    describes(&guest, &token, "x").await.expect_refusal(403);
    describes(&server.guest(), &token, "x")
        .await
        .expect_refusal(404);
    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    let answer = describes(&guest, &token, "By a guest").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["description"], "By a guest");
}

// What it is bound to.

async fn unbinds(actor: &Actor, token: &str) -> crate::support::Answer {
    actor.delete(&room_part(token, "object"), &[]).await
}

fn object(seen: &Value) -> Value {
    json!([seen["objectType"], seen["objectId"]])
}

#[tokio::test]
async fn a_conversation_outlives_its_event() {
    let (_server, alice, token) = bound_to("event", "1#2").await;

    let answer = unbinds(&alice, &token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(object(&answer.data()), json!(["", ""]));
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    // And now it may be renamed.
    let renamed = alice.put(&room(&token), &[("roomName", "Coffee")]).await;
    assert_eq!(renamed.status, 200);
    unbinds(&alice, &token).await.refused(400, "object-type");
}

#[tokio::test]
async fn an_instant_meeting_becomes_an_ordinary_conversation() {
    let (_server, alice, token) = bound_to("instant_meeting", "now").await;

    let answer = unbinds(&alice, &token).await;

    assert_eq!(object(&answer.data()), json!(["", ""]));
}

#[tokio::test]
async fn a_phone_conversation_stays_one_for_good() {
    let (_server, alice, token) = bound_to("phone_temporary", "phone").await;

    let answer = unbinds(&alice, &token).await;

    assert_eq!(object(&answer.data()), json!(["phone_persist", "phone"]));
    unbinds(&alice, &token).await.refused(400, "object-type");
}

#[tokio::test]
async fn nothing_else_is_unbound() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let note = note_to_self(&alice).await;

    unbinds(&alice, &token).await.refused(400, "object-type");
    unbinds(&alice, &note).await.refused(400, "object-type");
    unbinds(&bob, &token).await.expect_refusal(403);
    unbinds(&server.guest(), &token).await.expect_refusal(404);
}
