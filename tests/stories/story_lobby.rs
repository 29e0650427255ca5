//! The lobby: who waits outside, what they may do there, and the timer that opens it.
//! Source: conversations.md 2.6, 3.12, 5, 10.3.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, chat, talk};
use serde_json::{Value, json};

/// Alice's group with Bob as an ordinary member.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

async fn closes(alice: &Actor, token: &str) -> Value {
    alice.sets(token, "webinar/lobby", &[("state", "1")]).await
}

async fn closes_until(alice: &Actor, token: &str, timer: i64) -> Value {
    let timer = timer.to_string();
    let fields = [("state", "1"), ("timer", timer.as_str())];
    alice.sets(token, "webinar/lobby", &fields).await
}

#[tokio::test]
async fn a_closed_lobby_is_told() {
    let (server, alice, _, token) = tea().await;

    let seen = closes_until(&alice, &token, server.now() + 60).await;

    assert_eq!(seen["lobbyState"], 1);
    assert_eq!(seen["lobbyTimer"], server.now() + 60);
    assert_eq!(seen["lastMessage"]["systemMessage"], "lobby_non_moderators");
}

#[tokio::test]
async fn who_waits_outside_sees_less_of_the_conversation() {
    let (_server, alice, bob, token) = tea().await;
    alice.posts(&token, "Hi @bob").await;
    closes(&alice, &token).await;

    let seen = bob.room(&token).await;

    assert_eq!(seen["name"], "Tea");
    assert_eq!(seen["lobbyState"], 1);
    assert_eq!(seen["unreadMessages"], 0);
    assert_eq!(seen["unreadMention"], false);
    assert_eq!(seen["unreadMentionDirect"], false);
    assert_eq!(seen.get("lastMessage"), None);
    assert_eq!(
        alice.room(&token).await["lastMessage"]["systemMessage"],
        "lobby_non_moderators"
    );
}

#[tokio::test]
async fn who_waits_outside_neither_reads_nor_writes() {
    let (_server, alice, bob, token) = tea().await;
    let message = alice.posts(&token, "inside").await;
    closes(&alice, &token).await;

    let history = format!("{}?lookIntoFuture=0", chat(&token));
    bob.get(&history).await.refused_with(412, json!([]));
    bob.post(&chat(&token), &[("message", "x")])
        .await
        .refused_with(412, json!([]));
    bob.get(&format!("{}/mentions?search=", chat(&token)))
        .await
        .refused_with(412, json!([]));
    bob.get(&format!("{}/{message}/context", chat(&token)))
        .await
        .refused_with(412, json!([]));
    bob.get(&room_part(&token, "participants"))
        .await
        .refused_with(412, json!([]));
}

#[tokio::test]
async fn who_waits_outside_may_join_leave_and_mark_as_read() {
    let (_server, alice, bob, token) = tea().await;
    closes(&alice, &token).await;

    let joined = bob.joins(&token).await;
    let read = bob.post(&format!("{}/read", chat(&token)), &[]).await;

    assert_eq!(joined.status, 200);
    assert_eq!(joined.data()["lobbyState"], 1);
    assert_eq!(joined.data().get("lastMessage"), None);
    assert_eq!(read.status, 200);
    bob.leaves(&token).await;
}

#[tokio::test]
async fn who_waits_outside_may_leave_for_good() {
    let (_server, alice, bob, token) = tea().await;
    closes(&alice, &token).await;

    bob.delete(&room_part(&token, "participants/self"), &[])
        .await
        .expect(200, json!(null));

    bob.get(&room(&token)).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn moderators_do_not_notice_the_lobby() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = bob.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;

    closes(&alice, &token).await;

    bob.posts(&token, "inside").await;
    assert_eq!(bob.room(&token).await["lastMessage"]["message"], "inside");
}

#[tokio::test]
async fn the_permission_to_ignore_the_lobby_opens_it() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomName", "Tea"),
        ("permissions", "254"),
        ("lobbyState", "1"),
    ];
    let token = alice.creates_room(&fields).await;
    alice.adds(&token, "bob").await;

    bob.posts(&token, "inside").await;

    assert_eq!(bob.room(&token).await["permissions"], 255);
}

#[tokio::test]
async fn an_opened_lobby_is_told_and_lets_everybody_in() {
    let (_server, alice, bob, token) = tea().await;
    closes(&alice, &token).await;

    let seen = alice.sets(&token, "webinar/lobby", &[("state", "0")]).await;

    assert_eq!(seen["lobbyState"], 0);
    assert_eq!(seen["lobbyTimer"], 0);
    assert_eq!(bob.newest(&token).await["systemMessage"], "lobby_none");
}

#[tokio::test]
async fn another_timer_alone_is_no_news() {
    let (server, alice, _, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    let before = alice.systems(&token).await;

    let later = closes_until(&alice, &token, server.now() + 90).await;
    let without = closes(&alice, &token).await;

    assert_eq!(later["lobbyTimer"], server.now() + 90);
    assert_eq!(without["lobbyTimer"], 0);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_lock_is_checked_before_the_lobby() {
    let (_server, alice, bob, token) = tea().await;
    closes(&alice, &token).await;
    alice.sets(&token, "read-only", &[("state", "1")]).await;

    let answer = bob.post(&chat(&token), &[("message", "x")]).await;

    answer.refused_with(403, json!([]));
}

#[tokio::test]
async fn the_lobby_is_checked_before_the_permission_to_write() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomName", "Tea"),
        ("permissions", "4"),
        ("lobbyState", "1"),
    ];
    let token = alice.creates_room(&fields).await;
    alice.adds(&token, "bob").await;

    let held = bob.post(&chat(&token), &[("message", "x")]).await;
    alice.sets(&token, "webinar/lobby", &[("state", "0")]).await;
    let silent = bob.post(&chat(&token), &[("message", "x")]).await;

    held.refused_with(412, json!([]));
    silent.refused_with(403, json!([]));
}

// The timer.

#[tokio::test]
async fn the_timer_opens_the_lobby_for_the_first_who_looks() {
    let (server, alice, bob, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    server.advance(61);

    let seen = bob.room(&token).await;

    assert_eq!(seen["lobbyState"], 0);
    assert_eq!(seen["lobbyTimer"], 0);
    assert_eq!(seen["lastMessage"]["systemMessage"], "lobby_timer_reached");
    assert_eq!(seen["lastMessage"]["actorType"], "guests");
    assert_eq!(seen["lastMessage"]["actorId"], "system");
    assert_eq!(
        seen["lastMessage"]["message"],
        "The conversation is now open to everyone"
    );
}

#[tokio::test]
async fn the_timer_opens_the_lobby_for_the_first_who_reads() {
    let (server, alice, bob, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    server.advance(61);

    assert_eq!(
        bob.systems(&token).await[2..],
        ["lobby_non_moderators", "lobby_timer_reached"]
    );
}

#[tokio::test]
async fn the_timer_opens_the_lobby_for_the_first_who_writes() {
    let (server, alice, bob, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    server.advance(61);

    bob.posts(&token, "finally").await;

    let history = bob.history(&token).await;
    assert_eq!(history[0]["message"], "finally");
    assert_eq!(history[1]["systemMessage"], "lobby_timer_reached");
}

#[tokio::test]
async fn the_timer_opens_the_lobby_for_the_first_who_lists() {
    let (server, alice, bob, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    server.advance(61);

    let list = bob.get(&talk("/api/v4/room")).await.data();

    let rooms = list.as_array().unwrap();
    let seen = rooms
        .iter()
        .find(|room| room["token"] == token.as_str())
        .unwrap();
    assert_eq!(seen["lobbyState"], 0);
    assert_eq!(seen["lastMessage"]["systemMessage"], "lobby_timer_reached");
}

#[tokio::test]
async fn the_lobby_stays_closed_until_the_timer_is_over() {
    let (server, alice, bob, token) = tea().await;
    closes_until(&alice, &token, server.now() + 60).await;
    server.advance(60);

    let answer = bob.post(&chat(&token), &[("message", "now?")]).await;

    answer.refused_with(412, json!([]));
}

#[tokio::test]
async fn a_timer_in_the_past_opens_the_lobby_at_once() {
    let (server, alice, _, token) = tea().await;

    let seen = closes_until(&alice, &token, server.now() - 10).await;

    assert_eq!(seen["lobbyState"], 0);
    assert_eq!(seen["lastMessage"]["systemMessage"], "lobby_timer_reached");
    let systems = alice.systems(&token).await;
    assert_eq!(
        systems[2..],
        ["lobby_non_moderators", "lobby_timer_reached"]
    );
}

#[tokio::test]
async fn a_timer_of_nothing_is_no_timer() {
    let (_server, alice, _, token) = tea().await;

    for timer in [0, -5] {
        let seen = closes_until(&alice, &token, timer).await;
        assert_eq!(seen["lobbyState"], 1);
        assert_eq!(seen["lobbyTimer"], 0);
    }
}

#[tokio::test]
async fn the_timer_of_an_open_lobby_writes_nothing() {
    let (server, alice, _, token) = tea().await;
    let timer = (server.now() + 60).to_string();
    alice
        .sets(
            &token,
            "webinar/lobby",
            &[("state", "0"), ("timer", &timer)],
        )
        .await;
    let before = alice.systems(&token).await;

    server.advance(61);

    assert_eq!(alice.room(&token).await["lobbyState"], 0);
    assert_eq!(alice.systems(&token).await, before);
}

// Refusals.

#[tokio::test]
async fn a_lobby_is_open_or_closed() {
    let (_server, alice, _, token) = tea().await;
    let path = room_part(&token, "webinar/lobby");

    alice
        .put(&path, &[("state", "2")])
        .await
        .refused(400, "value");
    alice.put(&path, &[]).await.refused(400, "state");
}

#[tokio::test]
async fn one_to_ones_and_notes_have_no_lobby() {
    let (_server, alice, _, _) = tea().await;
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    let note = alice.get(&talk("/api/v4/room/note-to-self")).await.data();
    let note = note["token"].as_str().unwrap().to_owned();

    for token in [pair, note] {
        let path = room_part(&token, "webinar/lobby");
        alice
            .put(&path, &[("state", "1")])
            .await
            .refused(400, "type");
    }
}

#[tokio::test]
async fn a_phone_conversation_has_no_lobby() {
    let (_server, alice, _, _) = tea().await;
    let fields = [
        ("roomName", "Line"),
        ("objectType", "phone"),
        ("objectId", "1"),
    ];
    let token = alice.creates_room(&fields).await;

    let path = room_part(&token, "webinar/lobby");
    alice
        .put(&path, &[("state", "1")])
        .await
        .refused(400, "object");
}
