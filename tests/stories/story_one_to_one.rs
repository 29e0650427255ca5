//! One-to-one conversations from the first to the last day, and what a deleted account leaves
//! behind. Source: conversations.md 3.4, 4.6, 4.14, 10.2.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, Answer, TestServer, chat, talk};
use serde_json::json;

async fn alice_and_bob() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

async fn opens(actor: &Actor, other: &str) -> Answer {
    let fields = [("roomType", "1"), ("invite", other)];
    actor.post(&talk("/api/v4/room"), &fields).await
}

async fn pair(alice: &Actor) -> String {
    alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await
}

async fn leaves_for_good(actor: &Actor, token: &str) {
    let path = room_part(token, "participants/self");
    actor.delete(&path, &[]).await.expect(200, json!(null));
}

async fn is_deleted(server: &TestServer, user: &str) {
    let path = cloud(&format!("users/{user}"));
    server
        .admin()
        .delete(&path, &[])
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn a_one_to_one_bears_the_name_of_the_other() {
    let (_server, alice, _) = alice_and_bob().await;

    let answer = opens(&alice, "bob").await;

    assert_eq!(answer.status, 201);
    let made = answer.data();
    assert_eq!(made["type"], 1);
    assert_eq!(made["name"], "bob");
    assert_eq!(made["displayName"], "bob-displayname");
    assert_eq!(made["participantType"], 1);
    assert_eq!(made["notificationLevel"], 1);
    assert_eq!(made["canDeleteConversation"], false);
    assert_eq!(made["canLeaveConversation"], true);
}

#[tokio::test]
async fn opening_it_again_finds_the_same() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = pair(&alice).await;

    let again = opens(&alice, "bob").await;

    assert_eq!(again.status, 200);
    assert_eq!(again.data()["token"], token.as_str());
}

#[tokio::test]
async fn the_other_may_be_named_in_the_list_of_users() {
    let (_server, alice, _) = alice_and_bob().await;

    let request = alice.request("POST", &talk("/api/v4/room"));
    let body = json!({ "roomType": 1, "participants": { "users": ["bob"] } });
    let answer = request.json(&body).send().await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["name"], "bob");
}

#[tokio::test]
async fn nobody_talks_to_themselves_or_to_nobody() {
    let (_server, alice, _) = alice_and_bob().await;

    opens(&alice, "alice").await.refused(403, "invite");
    opens(&alice, "nobody").await.refused(404, "invite");
    opens(&alice, "").await.refused(404, "invite");
}

#[tokio::test]
async fn the_other_sees_nothing_before_the_first_message() {
    let (_server, alice, bob) = alice_and_bob().await;

    let token = pair(&alice).await;

    bob.get(&room(&token)).await.refused_with(404, json!([]));
    assert_eq!(bob.list().await, Vec::<String>::new());
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn the_first_message_brings_the_other_in_without_a_word() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = pair(&alice).await;

    alice.posts(&token, "hey").await;

    let seen = bob.room(&token).await;
    assert_eq!(seen["name"], "alice");
    assert_eq!(seen["displayName"], "alice-displayname");
    assert_eq!(seen["participantType"], 1);
    assert_eq!(seen["unreadMessages"], 1);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn the_other_who_opens_it_too_is_in_the_same() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = pair(&alice).await;

    let answer = opens(&bob, "alice").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["token"], token.as_str());
    assert_eq!(answer.data()["participantType"], 1);
}

#[tokio::test]
async fn who_left_comes_back_with_the_next_message() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = pair(&alice).await;
    alice.posts(&token, "hey").await;

    leaves_for_good(&bob, &token).await;
    bob.get(&room(&token)).await.refused_with(404, json!([]));
    assert_eq!(alice.room(&token).await["type"], 1);
    alice.posts(&token, "are you there?").await;

    assert_eq!(bob.room(&token).await["unreadMessages"], 1);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn it_is_gone_when_both_have_left() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = pair(&alice).await;
    alice.posts(&token, "hey").await;

    leaves_for_good(&alice, &token).await;
    leaves_for_good(&bob, &token).await;

    let anew = opens(&alice, "bob").await;
    assert_eq!(anew.status, 201);
    assert_ne!(anew.data()["token"], token.as_str());
}

#[tokio::test]
async fn neither_is_promoted_or_demoted() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = pair(&alice).await;
    alice.posts(&token, "hey").await;
    let other = alice.attendee_of(&token, "bob").await;
    let path = room_part(&token, "moderators");

    let promoted = alice.post(&path, &[("attendeeId", &other)]).await;
    let demoted = alice.delete(&path, &[("attendeeId", &other)]).await;

    promoted.refused_with(400, json!(null));
    demoted.refused_with(400, json!(null));
}

// Deleted accounts.

#[tokio::test]
async fn the_one_to_one_of_a_deleted_account_can_be_read_but_not_written() {
    let (server, alice, _) = alice_and_bob().await;
    let token = pair(&alice).await;
    alice.posts(&token, "hey").await;

    is_deleted(&server, "bob").await;

    let seen = alice.room(&token).await;
    assert_eq!(seen["type"], 5);
    assert_eq!(seen["name"], "bob-displayname");
    assert_eq!(seen["displayName"], "bob-displayname");
    assert_eq!(seen["readOnly"], 1);
    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "read_only"]
    );
    alice
        .post(&chat(&token), &[("message", "x")])
        .await
        .refused_with(403, json!([]));
}

#[tokio::test]
async fn a_former_one_to_one_is_left_and_then_gone() {
    let (server, alice, _) = alice_and_bob().await;
    let token = pair(&alice).await;
    alice.posts(&token, "hey").await;
    is_deleted(&server, "bob").await;

    alice
        .delete(&room(&token), &[])
        .await
        .refused_with(400, json!(null));
    leaves_for_good(&alice, &token).await;

    alice.get(&room(&token)).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn a_one_to_one_becomes_former_even_if_the_other_never_came() {
    let (server, alice, _) = alice_and_bob().await;
    let token = pair(&alice).await;

    is_deleted(&server, "bob").await;

    assert_eq!(alice.room(&token).await["type"], 5);
}

#[tokio::test]
async fn a_deleted_account_leaves_its_groups_with_a_word() {
    let (server, alice, _) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;

    is_deleted(&server, "bob").await;

    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
    let newest = alice.newest(&token).await;
    assert_eq!(newest["systemMessage"], "user_removed");
    assert_eq!(newest["actorId"], "admin");
    assert_eq!(newest["messageParameters"]["user"]["id"], "deleted_users");
    assert_eq!(newest["messageParameters"]["user"]["type"], "highlight");
}

#[tokio::test]
async fn a_conversation_of_a_deleted_account_alone_is_deleted_too() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = bob.creates_public("Mine").await;
    assert_eq!(alice.get(&room(&token)).await.status, 200);

    is_deleted(&server, "bob").await;

    alice.get(&room(&token)).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn what_a_deleted_account_wrote_stays_without_its_name() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    bob.posts(&token, "remember me").await;

    is_deleted(&server, "bob").await;

    let history = alice.history(&token).await;
    let message = history
        .iter()
        .find(|row| row["message"] == "remember me")
        .unwrap();
    assert_eq!(message["actorType"], "deleted_users");
    assert_eq!(message["actorId"], "deleted_users");
    assert_eq!(message["actorDisplayName"], "");
    assert_eq!(message["isReplyable"], false);
}
