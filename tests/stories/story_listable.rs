//! Who finds a conversation, who mentions everybody in it, and how long its messages live.
//! Source: conversations.md 3.6.

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, person, talk};
use serde_json::json;

/// A public conversation of Alice's with a guest who is a moderator.
async fn guest_moderator(server: &TestServer) -> (Actor, Actor, String) {
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest_in(&token).await;
    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    (alice, guest, token)
}

async fn note_to_self(actor: &Actor) -> String {
    let note = actor.get(&talk("/api/v4/room/note-to-self")).await;
    note.data()["token"].as_str().unwrap().to_owned()
}

const NOT_LOGGED_IN: &str = "Current user is not logged in";

// Who finds it.

async fn lists(actor: &Actor, token: &str, scope: &str) -> Answer {
    let path = room_part(token, "listable");
    actor.put(&path, &[("scope", scope)]).await
}

/// The newest message reads like this to Alice, who did it, and to Bob.
async fn told(alice: &Actor, bob: &Actor, token: &str, name: &str, deed: &str) {
    let (mine, theirs) = (alice.newest(token).await, bob.newest(token).await);
    assert_eq!(mine["systemMessage"], name);
    assert_eq!(mine["message"], format!("You {deed}"));
    assert_eq!(theirs["message"], format!("{{actor}} {deed}"));
    assert_eq!(
        theirs["messageParameters"],
        json!({ "actor": person("alice") })
    );
}

#[tokio::test]
async fn a_conversation_is_opened_to_accounts_and_closed_again() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    carol
        .get(&crate::support::rooms::room(&token))
        .await
        .expect_refusal(404);

    let opened = lists(&alice, &token, "1").await;

    assert_eq!(opened.status, 200);
    assert_eq!(opened.data()["listable"], 1);
    assert_eq!(carol.room(&token).await["name"], "Tea");
    told(
        &alice,
        &bob,
        &token,
        "listable_users",
        "opened the conversation to registered users",
    )
    .await;

    let closed = lists(&alice, &token, "0").await;

    assert_eq!(closed.data()["listable"], 0);
    carol
        .get(&crate::support::rooms::room(&token))
        .await
        .expect_refusal(404);
    told(
        &alice,
        &bob,
        &token,
        "listable_none",
        "limited the conversation to the current participants",
    )
    .await;
}

#[tokio::test]
async fn a_conversation_is_opened_to_everybody() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    let opened = lists(&alice, &token, "2").await;

    assert_eq!(opened.data()["listable"], 2);
    told(
        &alice,
        &bob,
        &token,
        "listable_all",
        "opened the conversation to registered users and users created with the Guests app",
    )
    .await;
}

#[tokio::test]
async fn the_same_scope_again_is_no_news() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let before = alice.systems(&token).await;

    let answer = lists(&alice, &token, "0").await;

    assert_eq!(answer.status, 200);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn there_are_three_scopes() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    for scope in ["3", "-1", "99999999999999999999"] {
        lists(&alice, &token, scope).await.refused(400, "value");
    }
    let missing = alice.put(&room_part(&token, "listable"), &[]).await;
    missing.refused(400, "scope");
}

#[tokio::test]
async fn other_kinds_are_found_by_nobody() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    let note = note_to_self(&alice).await;

    for token in [pair, note] {
        assert_eq!(lists(&alice, &token, "0").await.status, 200);
        lists(&alice, &token, "1").await.refused(400, "type");
        lists(&alice, &token, "7").await.refused(400, "type");
    }
}

#[tokio::test]
async fn only_moderators_with_an_account_open_a_conversation() {
    let server = TestServer::start().await;
    let (_, bob, token) = server.tea().await;
    lists(&bob, &token, "1").await.expect_refusal(403);

    let server = TestServer::start().await;
    let (_, guest, token) = guest_moderator(&server).await;
    lists(&guest, &token, "1")
        .await
        .says(401, 997, NOT_LOGGED_IN);
}

// Who mentions everybody.

async fn restricts_mentions(actor: &Actor, token: &str, state: &str) -> Answer {
    let path = room_part(token, "mention-permissions");
    actor.put(&path, &[("mentionPermissions", state)]).await
}

#[tokio::test]
async fn mentioning_everybody_can_be_left_to_moderators_without_a_word() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let before = alice.systems(&token).await;

    let answer = restricts_mentions(&alice, &token, "1").await;
    bob.posts(&token, "@all").await;
    let by_bob = alice.newest(&token).await["messageParameters"].clone();
    alice.posts(&token, "@all").await;
    let by_alice = alice.newest(&token).await["messageParameters"].clone();

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["mentionPermissions"], 1);
    assert_eq!(alice.systems(&token).await, before);
    assert_eq!(by_bob.get("mention-call1"), None);
    assert_eq!(by_alice["mention-call1"]["id"], token);
}

#[tokio::test]
async fn everybody_may_mention_everybody_again() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    restricts_mentions(&alice, &token, "1").await;

    let answer = restricts_mentions(&alice, &token, "0").await;
    bob.posts(&token, "@all").await;

    assert_eq!(answer.data()["mentionPermissions"], 0);
    let newest = alice.newest(&token).await;
    assert_eq!(newest["messageParameters"]["mention-call1"]["id"], token);
}

#[tokio::test]
async fn mention_permissions_are_0_or_1_in_groups_and_public_conversations() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let pair = alice.turns_to("bob").await;

    for state in ["2", "-1"] {
        restricts_mentions(&alice, &token, state)
            .await
            .refused(400, "value");
    }
    let missing = alice
        .put(&room_part(&token, "mention-permissions"), &[])
        .await;
    missing.refused(400, "mentionPermissions");
    assert_eq!(restricts_mentions(&alice, &pair, "0").await.status, 200);
    restricts_mentions(&alice, &pair, "1")
        .await
        .refused(400, "type");
    restricts_mentions(&bob, &token, "1")
        .await
        .expect_refusal(403);
}

#[tokio::test]
async fn a_guest_moderator_is_asked_to_log_in_for_mention_permissions() {
    let server = TestServer::start().await;
    let (_, guest, token) = guest_moderator(&server).await;

    let answer = restricts_mentions(&guest, &token, "1").await;

    answer.says(401, 997, NOT_LOGGED_IN);
}

// How long messages live.

async fn expires_after(actor: &Actor, token: &str, seconds: &str) -> Answer {
    let path = room_part(token, "message-expiration");
    actor.post(&path, &[("seconds", seconds)]).await
}

#[tokio::test]
async fn messages_posted_from_then_on_expire() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let before = bob.posts(&token, "stays").await;

    let answer = expires_after(&alice, &token, "3600").await;
    bob.posts(&token, "goes").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["messageExpiration"], 3600);
    let newest = alice.newest(&token).await;
    assert_eq!(newest["expirationTimestamp"], server.now() + 3600);
    server.advance(3601);
    let left = alice.history(&token).await;
    assert_eq!(left[0]["id"], before);
}

#[tokio::test]
async fn an_expiration_is_told_every_time() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    expires_after(&alice, &token, "3600").await;
    let enabled = (alice.newest(&token).await, bob.newest(&token).await);
    expires_after(&alice, &token, "3600").await;
    expires_after(&alice, &token, "0").await;
    let disabled = (alice.newest(&token).await, bob.newest(&token).await);
    let last = expires_after(&alice, &token, "0").await;

    assert_eq!(last.data()["messageExpiration"], 0);
    assert_eq!(
        alice.systems(&token).await[2..],
        [
            "message_expiration_enabled",
            "message_expiration_enabled",
            "message_expiration_disabled",
            "message_expiration_disabled"
        ]
    );
    let texts = |(mine, theirs): (serde_json::Value, serde_json::Value)| {
        json!([mine["message"], theirs["message"]])
    };
    assert_eq!(
        texts(enabled),
        json!([
            "You set the message expiration to 1 hour",
            "{actor} set the message expiration to 1 hour"
        ])
    );
    assert_eq!(
        texts(disabled),
        json!([
            "You disabled message expiration",
            "{actor} disabled message expiration"
        ])
    );
}

#[tokio::test]
async fn messages_may_live_for_ages() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    let answer = expires_after(&alice, &token, "99999999999999999999").await;
    bob.posts(&token, "for posterity").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["messageExpiration"], i64::MAX);
    assert_eq!(alice.newest(&token).await["expirationTimestamp"], i64::MAX);
}

#[tokio::test]
async fn messages_do_not_expire_before_they_are_written() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    expires_after(&alice, &token, "-1")
        .await
        .refused(400, "value");
    let missing = alice
        .post(&room_part(&token, "message-expiration"), &[])
        .await;
    missing.refused(400, "seconds");
    expires_after(&bob, &token, "60").await.expect_refusal(403);
}

#[tokio::test]
async fn messages_expire_in_one_to_ones_and_notes_too() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    let note = note_to_self(&alice).await;

    for token in [pair, note] {
        let answer = expires_after(&alice, &token, "60").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.data()["messageExpiration"], 60);
    }
}

#[tokio::test]
async fn nothing_expires_any_more_in_a_former_one_to_one() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    alice.posts(&pair, "hello").await;
    let gone = server
        .admin()
        .delete(&crate::support::rooms::cloud("users/bob"), &[])
        .await;
    assert_eq!(gone.status, 200);

    expires_after(&alice, &pair, "60")
        .await
        .refused(400, "type");
    expires_after(&alice, &pair, "-1")
        .await
        .refused(400, "type");
}

#[tokio::test]
async fn a_guest_moderator_sets_the_expiration() {
    let server = TestServer::start().await;
    let (_, guest, token) = guest_moderator(&server).await;

    let answer = expires_after(&guest, &token, "60").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["messageExpiration"], 60);
}
