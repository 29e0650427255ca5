//! Opening and closing a conversation in a browser: members, accounts with a link, guests.
//! Source: conversations.md 4.1 to 4.3, 4.9, 4.10, 10.1.

use chinwag::chat::Limits;
use chinwag::server::throwaway;

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, Answer, TestServer, chat, talk};
use serde_json::json;

const NOBODY: &str = "Current user is not logged in";

/// Alice's public conversation, with a password if it is not empty.
async fn public(password: &str) -> (TestServer, Actor, String) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", password),
    ];
    let token = alice.creates_room(&fields).await;
    (server, alice, token)
}

async fn joins_with(actor: &Actor, token: &str, password: &str) -> Answer {
    let path = room_part(token, "participants/active");
    actor.post(&path, &[("password", password)]).await
}

async fn names(actor: &Actor, token: &str, name: &str) -> Answer {
    let path = talk(&format!("/api/v1/guest/{token}/name"));
    actor.post(&path, &[("displayName", name)]).await
}

/// The lower-case hex SHA-1 of a text.
fn sha1_hex(text: &str) -> String {
    use sha1::{Digest, Sha1};
    hex::encode(Sha1::digest(text.as_bytes()))
}

// Members.

#[tokio::test]
async fn a_member_who_joins_has_a_session_in_this_browser() {
    let (server, alice, token) = public("").await;

    let answer = alice.joins(&token).await;

    assert_eq!(answer.status, 200);
    let session = answer.data()["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(session.len(), 255);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    assert!(session.bytes().all(allowed));
    assert_eq!(answer.data()["lastPing"], server.now());
    assert_eq!(alice.room(&token).await["sessionId"], session);
    assert_eq!(alice.elsewhere().room(&token).await["sessionId"], "0");
}

#[tokio::test]
async fn joining_again_replaces_the_session_of_this_browser() {
    let (_server, alice, token) = public("").await;
    let first = alice.joins(&token).await.data()["sessionId"].clone();

    let second = alice.joins(&token).await.data()["sessionId"].clone();

    assert_ne!(first, second);
    let own = &alice.participants(&token).await[0];
    assert_eq!(own["sessionIds"], json!([second]));
}

#[tokio::test]
async fn a_member_who_leaves_stays_a_member() {
    let (_server, alice, token) = public("").await;
    alice.joins(&token).await;

    alice.leaves(&token).await;

    let seen = alice.room(&token).await;
    assert_eq!(seen["sessionId"], "0");
    assert_eq!(seen["lastPing"], 0);
    assert_eq!(seen["participantType"], 1);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn leaving_ends_the_session_of_this_browser_only() {
    let (_server, alice, token) = public("").await;
    let other = alice.elsewhere();
    let stays = other.joins(&token).await.data()["sessionId"].clone();
    alice.joins(&token).await;

    alice.leaves(&token).await;

    assert_eq!(other.room(&token).await["sessionId"], stays);
    let own = &alice.participants(&token).await[0];
    assert_eq!(own["sessionIds"], json!([stays]));
}

#[tokio::test]
async fn leaving_always_succeeds() {
    let (server, alice, token) = public("").await;

    alice.leaves(&token).await;
    alice.leaves("abcd2345").await;
    server.guest().leaves(&token).await;
}

#[tokio::test]
async fn a_member_needs_no_password() {
    let (_server, alice, token) = public("sesame").await;

    let answer = alice.joins(&token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["participantType"], 1);
}

#[tokio::test]
async fn what_cannot_be_joined_is_not_found() {
    let (server, alice, _) = public("").await;
    let [bob] = server.users(["bob"]).await;
    let group = alice.creates_group("Private").await;

    for actor in [bob, server.guest()] {
        actor.joins("abcd2345").await.refused_with(404, json!(null));
        actor.joins(&group).await.refused_with(404, json!(null));
    }
}

// Accounts with a link.

#[tokio::test]
async fn an_account_with_a_link_joins_itself_without_a_word() {
    let (server, alice, token) = public("").await;
    let [bob] = server.users(["bob"]).await;
    let last = alice.posts(&token, "before").await;

    let answer = bob.joins(&token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["participantType"], 5);
    assert_eq!(answer.data()["permissions"], 246);
    assert_eq!(answer.data()["lastReadMessage"], last);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn a_self_joined_account_goes_with_its_last_session() {
    let (server, alice, token) = public("").await;
    let [bob] = server.users(["bob"]).await;
    let other = bob.elsewhere();
    bob.joins(&token).await;
    other.joins(&token).await;

    bob.leaves(&token).await;
    assert_eq!(other.room(&token).await["participantType"], 5);
    other.leaves(&token).await;

    assert_eq!(other.room(&token).await["participantType"], 4, "a skeleton");
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn a_self_joined_account_leaves_for_good_without_a_word() {
    let (server, alice, token) = public("").await;
    let [bob] = server.users(["bob"]).await;
    bob.joins(&token).await;

    let path = room_part(&token, "participants/self");
    bob.delete(&path, &[]).await.expect(200, json!(null));

    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn a_self_joined_account_needs_the_password_every_time() {
    let (server, alice, token) = public("sesame").await;
    let [bob] = server.users(["bob"]).await;
    assert_eq!(joins_with(&bob, &token, "sesame").await.status, 200);

    joins_with(&bob, &token, "").await.refused(403, "password");

    assert_eq!(
        bob.room(&token).await["actorId"],
        "",
        "no participant at all"
    );
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn an_open_conversation_makes_a_joining_account_a_member() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomName", "Tea"), ("listable", "1")];
    let token = alice.creates_room(&fields).await;

    let answer = bob.joins(&token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["participantType"], 3);
    let newest = alice.newest(&token).await;
    assert_eq!(newest["systemMessage"], "user_added");
    assert_eq!(newest["message"], "{actor} joined the conversation");
    assert_eq!(
        bob.newest(&token).await["message"],
        "You joined the conversation"
    );
}

#[tokio::test]
async fn an_open_conversation_asks_accounts_for_no_password() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("listable", "1"),
        ("password", "sesame"),
    ];
    let token = alice.creates_room(&fields).await;

    assert_eq!(bob.joins(&token).await.data()["participantType"], 3);
    server.guest().joins(&token).await.refused(403, "password");
}

// Guests.

#[tokio::test]
async fn the_life_of_a_guest_in_a_conversation_with_a_password() {
    let (server, _, token) = public("letmein").await;
    let guest = server.guest();

    let before = guest.room(&token).await;
    assert_eq!(before["hasPassword"], true);
    assert_eq!(before["actorId"], "");
    joins_with(&guest, &token, "")
        .await
        .refused(403, "password");
    let joined = joins_with(&guest, &token, "letmein").await;
    assert_eq!(joined.status, 200);
    let session = joined.data()["sessionId"].as_str().unwrap().to_owned();
    let actor = joined.data()["actorId"].clone();
    assert_eq!(joined.data()["participantType"], 4);
    assert_eq!(joined.data()["actorType"], "guests");
    assert_eq!(actor, sha1_hex(&session));
    names(&guest, &token, "Al").await.expect(200, json!(null));
    let posted = guest.post(&chat(&token), &[("message", "hi")]).await;
    assert_eq!(posted.status, 201);
    assert_eq!(posted.data()["actorType"], "guests");
    assert_eq!(posted.data()["actorDisplayName"], "Al");
    let again = guest.joins(&token).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.data()["actorId"], actor);
    assert_ne!(again.data()["sessionId"], session);
    let list = guest.get(&room_part(&token, "participants")).await;
    list.refused_with(403, json!(null));
    guest.leaves(&token).await;
    assert_eq!(guest.room(&token).await["actorId"], "");
    guest.joins(&token).await.refused(403, "password");
}

#[tokio::test]
async fn a_guest_has_values_of_their_own() {
    let (server, alice, token) = public("").await;
    let last = alice.posts(&token, "before").await;
    let guest = server.guest();

    let seen = guest.joins(&token).await.data();

    assert_eq!(seen["name"], "Tea");
    assert_eq!(seen["permissions"], 246);
    assert_eq!(seen["attendeePermissions"], 0);
    assert_eq!(seen["notificationLevel"], 3);
    assert_eq!(seen["lastReadMessage"], last);
    assert_eq!(seen["unreadMessages"], 0);
    assert_eq!(seen["canLeaveConversation"], false);
    assert_eq!(seen["canDeleteConversation"], false);
    assert_eq!(seen["lastMessage"]["message"], "before");
}

#[tokio::test]
async fn a_guest_who_comes_back_is_somebody_else() {
    let (server, _, token) = public("").await;
    let guest = server.guest();
    let first = guest.joins(&token).await.data()["actorId"].clone();
    guest.leaves(&token).await;

    let second = guest.joins(&token).await.data()["actorId"].clone();

    assert_ne!(first, second);
}

#[tokio::test]
async fn guests_come_and_go_without_a_word() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();

    guest.joins(&token).await;
    names(&guest, &token, "Al").await.expect(200, json!(null));
    guest.leaves(&token).await;

    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn a_new_name_shows_on_old_messages_of_a_guest() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    guest.posts(&token, "hi").await;
    assert_eq!(alice.newest(&token).await["actorDisplayName"], "");

    names(&guest, &token, " Al ").await.expect(200, json!(null));

    assert_eq!(alice.newest(&token).await["actorDisplayName"], " Al ");
}

#[tokio::test]
async fn a_guest_may_do_without_a_name() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    names(&guest, &token, "Al").await.expect(200, json!(null));

    names(&guest, &token, "").await.expect(200, json!(null));

    let everybody = alice.participants(&token).await;
    let found = everybody
        .iter()
        .find(|row| row["actorType"] == "guests")
        .unwrap();
    assert_eq!(found["displayName"], "");
}

#[tokio::test]
async fn the_name_of_a_guest_has_at_most_255_characters() {
    let (server, _, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;

    names(&guest, &token, &"x".repeat(256))
        .await
        .refused(400, "value");
    names(&guest, &token, &"é".repeat(255))
        .await
        .expect(200, json!(null));
}

#[tokio::test]
async fn only_guests_have_a_name_of_their_own_choice() {
    let (server, alice, token) = public("").await;

    names(&alice, &token, "Al")
        .await
        .refused_with(403, json!(null));
    names(&server.guest(), &token, "Al")
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_guest_is_listed_while_their_session_is_alive() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    assert_eq!(alice.participants(&token).await.len(), 2);

    server.advance(101);

    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn a_guest_is_asked_to_log_in_where_an_account_is_needed() {
    let (server, _, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;

    let path = room_part(&token, "participants");
    let added = guest.post(&path, &[("newParticipant", "alice")]).await;
    let left = guest
        .delete(&room_part(&token, "participants/self"), &[])
        .await;

    added.says(401, 997, NOBODY);
    left.says(401, 997, NOBODY);
}

#[tokio::test]
async fn a_guest_does_not_manage_the_conversation() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    let attendee = alice.attendee_id(&token).await;
    let fields = [("attendeeId", attendee.as_str())];

    guest
        .put(&room(&token), &[("roomName", "x")])
        .await
        .refused_with(403, json!([]));
    guest
        .delete(&room(&token), &[])
        .await
        .refused_with(403, json!([]));
    guest
        .post(&room_part(&token, "moderators"), &fields)
        .await
        .refused_with(403, json!([]));
    guest
        .delete(&room_part(&token, "attendees"), &fields)
        .await
        .refused_with(403, json!([]));
}

// Guests and moderators.

#[tokio::test]
async fn a_guest_is_promoted_and_demoted() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    let attendee = guest.attendee_id(&token).await;
    let path = room_part(&token, "moderators");

    alice.promotes(&token, &attendee).await;
    let promoted = guest.room(&token).await;
    alice
        .delete(&path, &[("attendeeId", &attendee)])
        .await
        .expect(200, json!(null));
    let demoted = guest.room(&token).await;

    assert_eq!(promoted["participantType"], 6);
    assert_eq!(promoted["permissions"], 254);
    assert_eq!(promoted["notificationLevel"], 3);
    assert_eq!(promoted["canDeleteConversation"], false);
    assert_eq!(demoted["participantType"], 4);
    assert_eq!(
        alice.systems(&token).await[1..],
        ["guest_moderator_promoted", "guest_moderator_demoted"]
    );
}

#[tokio::test]
async fn a_guest_moderator_sees_the_list_and_removes_others() {
    let (server, alice, token) = public("").await;
    server.users(["bob"]).await;
    alice.adds(&token, "bob").await;
    let guest = server.guest();
    guest.joins(&token).await;
    alice
        .promotes(&token, &guest.attendee_id(&token).await)
        .await;

    let bob = guest.attendee_of(&token, "bob").await;
    guest.removes(&token, &bob).await;

    assert_eq!(guest.participants(&token).await.len(), 2);
}

#[tokio::test]
async fn a_guest_moderator_does_not_remove_themselves() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    let own = guest.attendee_id(&token).await;
    alice.promotes(&token, &own).await;

    let path = room_part(&token, "attendees");
    guest
        .delete(&path, &[("attendeeId", &own)])
        .await
        .refused(404, "participant");
}

#[tokio::test]
async fn a_removed_guest_is_a_visitor_again_and_nobody_reads_of_it() {
    let (server, alice, token) = public("").await;
    let guest = server.guest();
    guest.joins(&token).await;
    let attendee = guest.attendee_id(&token).await;

    alice.removes(&token, &attendee).await;

    assert_eq!(guest.room(&token).await["actorId"], "");
    guest
        .post(&chat(&token), &[("message", "x")])
        .await
        .refused_with(404, json!([]));
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn guests_who_are_too_many_wait_outside() {
    let limits = Limits {
        max_guests: 2,
        ..throwaway::limits()
    };
    let server = TestServer::start_with(limits).await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    let first = server.guest_in(&token).await;
    let _second = server.guest_in(&token).await;

    let third = server.guest();
    third.joins(&token).await.refused(429, "guests");

    assert_eq!(first.joins(&token).await.status, 200, "here already");
    let [bob] = server.users(["bob"]).await;
    assert_eq!(bob.joins(&token).await.status, 200, "an account");
    let elsewhere = alice.creates_public("Cake").await;
    assert_eq!(third.joins(&elsewhere).await.status, 200);
    let attendee = first.attendee_id(&token).await;
    alice.removes(&token, &attendee).await;
    assert_eq!(third.joins(&token).await.status, 200);
}
