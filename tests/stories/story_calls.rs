//! Calls without media: joining, flags, leaving, ending for all, and what is said about it.
//! Source: conversations.md 6, messages.md 4.4.

use serde_json::{Value, json};

use crate::support::calling::call;
use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer, talk};

/// Alice's public room "Tea" with Bob.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

async fn pair() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    (server, alice, bob, token)
}

/// Type and text of the newest row, as this reader has it.
async fn newest(reader: &Actor, token: &str) -> (String, String) {
    let row = reader.newest(token).await;
    let text = |key: &str| row[key].as_str().unwrap().to_owned();
    (text("systemMessage"), text("message"))
}

fn said(kind: &str, text: &str) -> (String, String) {
    (kind.to_owned(), text.to_owned())
}

#[tokio::test]
async fn the_first_one_starts_the_call_and_the_next_joins_it() {
    let (server, alice, bob, token) = tea().await;
    assert_eq!(alice.peers(&token).await, Vec::<String>::new());

    alice.joins_call(&token).await;
    assert_eq!(
        newest(&alice, &token).await,
        said("call_started", "You started a call")
    );
    assert_eq!(
        newest(&bob, &token).await,
        said("call_started", "{actor} started a call")
    );
    server.advance(3);
    bob.joins_call(&token).await;
    assert_eq!(
        newest(&alice, &token).await,
        said("call_joined", "{actor} joined the call")
    );

    assert_eq!(bob.peers(&token).await, ["alice", "bob"]);
    let seen = bob.room(&token).await;
    assert_eq!(seen["hasCall"], true);
    assert_eq!(seen["callFlag"], 7);
    assert_eq!(seen["callStartTime"], server.now() - 3);
    assert_eq!(seen["participantFlags"], 7);
    assert_eq!(seen["canStartCall"], true);
}

#[tokio::test]
async fn a_peer_has_six_keys() {
    let (server, alice, _, token) = tea().await;
    alice.joins_call(&token).await;
    let session = alice.session(&token).await;

    alice.get(&call(&token)).await.expect(
        200,
        json!([{
            "actorType": "users", "actorId": "alice", "displayName": "alice-displayname",
            "token": token, "lastPing": server.now(), "sessionId": session,
        }]),
    );
}

#[tokio::test]
async fn participants_show_what_each_does_in_all_browsers_together() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins(&token).await;
    alice.calls(&token, &[("flags", "3")]).await;
    let telephone = alice.elsewhere();
    telephone.joins(&token).await;
    telephone.calls(&token, &[("flags", "5")]).await;

    let everybody = bob.participants(&token).await;
    let in_call = |who: &str| {
        let found = everybody.iter().find(|row| row["actorId"] == who);
        found.unwrap()["inCall"].clone()
    };
    assert_eq!(in_call("alice"), 7);
    assert_eq!(in_call("bob"), 0);
    assert_eq!(alice.room(&token).await["participantFlags"], 3);
}

#[tokio::test]
async fn joining_again_only_changes_the_flags() {
    let (_server, alice, _, token) = tea().await;
    alice.joins(&token).await;
    alice.calls(&token, &[("flags", "1")]).await;
    let rows = alice.history(&token).await.len();

    alice
        .calls(&token, &[("flags", "3")])
        .await
        .expect(200, Value::Null);

    assert_eq!(alice.history(&token).await.len(), rows);
    assert_eq!(alice.room(&token).await["participantFlags"], 3);
    assert_eq!(alice.room(&token).await["callFlag"], 3);
}

#[tokio::test]
async fn odd_flags_count_as_being_there_and_no_flags_as_everything() {
    for (sent, kept) in [
        (&[][..], 7),
        (&[("flags", "1")][..], 1),
        (&[("flags", "15")][..], 15),
        (&[("flags", "0")][..], 1),
        (&[("flags", "16")][..], 1),
        (&[("flags", "-7")][..], 1),
        (&[("flags", "99999999999999999999")][..], 1),
    ] {
        let (_server, alice, _, token) = tea().await;
        alice.joins(&token).await;
        alice.calls(&token, sent).await.expect(200, Value::Null);
        assert_eq!(
            alice.room(&token).await["participantFlags"],
            kept,
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn without_the_room_open_there_is_nothing_to_join_change_or_leave() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;

    bob.calls(&token, &[]).await.refused_with(404, Value::Null);
    bob.put(&call(&token), &[("flags", "1")])
        .await
        .refused_with(404, Value::Null);
    bob.delete(&call(&token), &[])
        .await
        .refused_with(404, Value::Null);
}

#[tokio::test]
async fn flags_change_only_in_the_call_and_only_to_being_in_it() {
    let (_server, alice, _, token) = tea().await;
    alice.joins(&token).await;
    alice
        .put(&call(&token), &[("flags", "1")])
        .await
        .refused_with(400, Value::Null);
    alice.calls(&token, &[("flags", "7")]).await;
    for bad in ["0", "2", "6", "abc"] {
        alice
            .put(&call(&token), &[("flags", bad)])
            .await
            .refused_with(400, Value::Null);
    }
    alice.put(&call(&token), &[]).await.refused(400, "flags");

    alice
        .put(&call(&token), &[("flags", "3")])
        .await
        .expect(200, Value::Null);

    assert_eq!(alice.room(&token).await["participantFlags"], 3);
    assert_eq!(alice.room(&token).await["callFlag"], 7, "it only grows");
}

#[tokio::test]
async fn who_may_not_publish_joins_without() {
    let (_server, alice, bob, token) = tea().await;
    for (permissions, flags) in [("7", 1), ("22", 3), ("38", 5), ("54", 7)] {
        alice
            .sets(
                &token,
                "permissions/default",
                &[("permissions", permissions)],
            )
            .await;
        bob.joins(&token).await;
        bob.calls(&token, &[("flags", "7")]).await;
        assert_eq!(
            bob.room(&token).await["participantFlags"],
            flags,
            "{permissions}"
        );
        bob.hangs_up(&token).await;
    }
}

#[tokio::test]
async fn who_may_not_start_a_call_may_join_one() {
    let (_server, alice, bob, token) = tea().await;
    alice
        .sets(&token, "permissions/default", &[("permissions", "128")])
        .await;
    bob.joins(&token).await;
    assert_eq!(bob.room(&token).await["canStartCall"], false);
    bob.calls(&token, &[]).await.refused_with(403, json!([]));
    alice.joins_call(&token).await;

    bob.calls(&token, &[]).await.expect(200, Value::Null);
}

#[tokio::test]
async fn who_starts_calls_is_the_administrators_decision() {
    for (who, bob_may, guest_may) in [("0", true, true), ("1", true, false), ("2", false, false)] {
        let (server, _, bob, token) = tea().await;
        server.decides("start_calls", who).await;
        let guest = server.guest_in(&token).await;
        assert_eq!(bob.room(&token).await["canStartCall"], bob_may, "{who}");
        assert_eq!(guest.room(&token).await["canStartCall"], guest_may, "{who}");
        bob.joins(&token).await;
        let answer = bob.calls(&token, &[]).await;
        assert_eq!(answer.status == 200, bob_may, "{who}");
    }
}

#[tokio::test]
async fn there_is_no_call_in_a_note_to_self() {
    let (_server, alice, _, _) = tea().await;
    let own = alice.get(&talk("/api/v4/room/note-to-self")).await.data();
    let token = own["token"].as_str().unwrap();
    assert_eq!(own["canStartCall"], false);
    alice.joins(token).await;

    alice.calls(token, &[]).await.refused(400, "type");
}

#[tokio::test]
async fn a_locked_conversation_has_no_call_and_ends_a_running_one() {
    let (server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    server.advance(20);
    let before = alice.systems(&token).await.len();

    alice.locks(&token).await;

    assert_eq!(
        alice.systems(&token).await[before..],
        ["call_left", "call_left", "call_ended", "read_only"]
    );
    let seen = alice.room(&token).await;
    assert_eq!(seen["hasCall"], false);
    assert_eq!(seen["participantFlags"], 0);
    alice.get(&call(&token)).await.refused_with(403, json!([]));
    alice.calls(&token, &[]).await.refused_with(403, json!([]));
}

#[tokio::test]
async fn the_lobby_takes_everybody_out_of_the_call_but_moderators() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;

    alice.closes_lobby(&token).await;

    assert_eq!(alice.peers(&token).await, ["alice"]);
    bob.get(&call(&token)).await.refused_with(412, json!([]));
    bob.calls(&token, &[]).await.refused_with(412, json!([]));
    let seen = bob.room(&token).await;
    assert_eq!(seen["hasCall"], false, "the lobby hides it");
    assert_eq!(seen["canStartCall"], false);
    let rows = alice.systems(&token).await;
    assert_eq!(
        rows[rows.len() - 2..],
        ["lobby_non_moderators", "call_left"]
    );
}

#[tokio::test]
async fn the_call_ends_with_the_last_one_who_leaves() {
    let (server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    alice.hangs_up(&token).await;
    assert_eq!(
        newest(&bob, &token).await,
        said("call_left", "{actor} left the call")
    );
    assert_eq!(bob.room(&token).await["hasCall"], true);
    server.advance(3600 + 23 * 60 + 4);
    bob.get(&talk(&format!("/api/v3/signaling/{token}"))).await;

    bob.hangs_up(&token).await;

    assert_eq!(
        newest(&alice, &token).await,
        said(
            "call_ended",
            "Call with {user1} and {user2} ended (Duration 1:23:04)"
        )
    );
    let row = alice.newest(&token).await;
    assert_eq!(row["messageParameters"]["user1"]["id"], "alice");
    assert_eq!(row["messageParameters"]["user2"]["id"], "bob");
    assert_eq!(row["actorId"], "bob");
    let seen = alice.room(&token).await;
    assert_eq!(seen["hasCall"], false);
    assert_eq!(seen["callFlag"], 0);
    assert_eq!(seen["callStartTime"], 0);
    // Leaving again is nothing.
    bob.hangs_up(&token).await;
    assert_eq!(alice.newest(&token).await["id"], row["id"]);
}

#[tokio::test]
async fn a_moderator_ends_the_call_for_everybody() {
    let (server, alice, bob, token) = tea().await;
    let guest = server.guest_in(&token).await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    guest.calls(&token, &[]).await.expect(200, Value::Null);
    server.advance(17);
    let before = alice.systems(&token).await.len();

    alice
        .delete(&call(&token), &[("all", "true")])
        .await
        .expect(200, Value::Null);

    assert_eq!(
        alice.systems(&token).await[before..],
        ["call_ended_everyone"]
    );
    let text = "{actor} ended the call with {user1} and 1 guest (Duration 0:17)";
    assert_eq!(
        newest(&alice, &token).await,
        said("call_ended_everyone", text)
    );
    assert_eq!(
        newest(&bob, &token).await,
        said("call_ended_everyone", text)
    );
    assert_eq!(alice.peers(&token).await, Vec::<String>::new());
    assert_eq!(bob.room(&token).await["participantFlags"], 0);
}

#[tokio::test]
async fn who_is_no_moderator_leaves_alone_even_if_they_want_all_to_go() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;

    bob.delete(&call(&token), &[("all", "1")])
        .await
        .expect(200, Value::Null);

    assert_eq!(alice.peers(&token).await, ["alice"]);
    assert_eq!(newest(&alice, &token).await.0, "call_left");
}

#[tokio::test]
async fn a_silent_call_is_marked() {
    let (_server, alice, bob, token) = tea().await;
    alice.joins(&token).await;
    alice.calls(&token, &[("silent", "true")]).await;

    let row = bob.newest(&token).await;
    assert_eq!(row["message"], "{actor} started a silent call");
    assert_eq!(row["silent"], true);
    bob.joins(&token).await;
    bob.calls(&token, &[("silent", "true")]).await;
    assert_eq!(alice.newest(&token).await.get("silent"), None);
}

#[tokio::test]
async fn an_unanswered_call_reads_otherwise_for_the_caller() {
    let (_server, alice, bob, token) = pair().await;
    alice.joins_call(&token).await;
    assert_eq!(
        newest(&alice, &token).await,
        said("call_started", "Outgoing call")
    );
    assert_eq!(
        newest(&bob, &token).await,
        said("call_started", "Incoming call")
    );

    alice.hangs_up(&token).await;

    assert_eq!(
        newest(&alice, &token).await,
        said("call_tried", "Unanswered call")
    );
    assert_eq!(
        newest(&bob, &token).await,
        said("call_missed", "Missed call")
    );
}

#[tokio::test]
async fn an_answered_call_of_two_just_ends() {
    let (server, alice, bob, token) = pair().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    assert_eq!(
        alice.room(&token).await["statusMessage"],
        "In a call",
        "of the other one"
    );
    server.advance(9);
    alice.hangs_up(&token).await;
    bob.hangs_up(&token).await;

    assert_eq!(
        newest(&alice, &token).await,
        said("call_ended", "Call ended (Duration 0:09)")
    );
    assert_eq!(alice.room(&token).await.get("status"), None);
}

#[tokio::test]
async fn a_call_brings_the_missing_one_of_two_back() {
    let (_server, alice, bob, token) = pair().await;
    alice.joins(&token).await;
    assert_eq!(bob.list().await, Vec::<String>::new());

    alice.calls(&token, &[]).await.expect(200, Value::Null);

    assert_eq!(bob.list().await, [token]);
}

#[tokio::test]
async fn who_leaves_the_room_or_is_removed_leaves_the_call_first() {
    let (_server, alice, bob, token) = tea().await;
    bob.joins_call(&token).await;
    bob.leaves(&token).await;
    let rows = alice.systems(&token).await;
    assert_eq!(rows[rows.len() - 2..], ["call_left", "call_ended"]);
    let summary = alice.newest(&token).await;
    assert_eq!(summary["actorType"], "guests");
    assert_eq!(summary["actorId"], "system");

    bob.joins_call(&token).await;
    let attendee = alice.attendee_of(&token, "bob").await;
    alice.removes(&token, &attendee).await;
    let rows = alice.systems(&token).await;
    assert_eq!(
        rows[rows.len() - 3..],
        ["user_removed", "call_left", "call_ended"]
    );
    assert_eq!(alice.room(&token).await["hasCall"], false);
}

#[tokio::test]
async fn joining_the_room_anew_asks_before_it_ends_the_call_of_this_browser() {
    let (server, alice, _, token) = tea().await;
    alice.joins(&token).await;
    let active = room_part(&token, "participants/active");
    let session = alice.session(&token).await;
    alice.calls(&token, &[("flags", "3")]).await;

    let refused = alice.post(&active, &[("force", "false")]).await;
    refused.refused_with(
        409,
        json!({ "sessionId": session, "inCall": 3, "lastPing": server.now() }),
    );
    assert_eq!(alice.session(&token).await, session);

    assert_eq!(alice.post(&active, &[]).await.status, 200);
    assert_ne!(alice.session(&token).await, session);
    assert_eq!(newest(&alice, &token).await.0, "call_ended");
    // Not in a call, there is nothing to ask about.
    assert_eq!(alice.post(&active, &[("force", "false")]).await.status, 200);
}

#[tokio::test]
async fn who_is_gone_for_long_is_out_of_the_call() {
    let (server, alice, bob, token) = tea().await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    server.advance(31);
    assert_eq!(
        alice.peers(&token).await,
        Vec::<String>::new(),
        "nobody pinged"
    );
    server.advance(60);
    bob.pulls(&token).await;
    assert_eq!(alice.peers(&token).await, ["bob"]);

    server.lets_pass(10).await;

    let rows = alice.systems(&token).await;
    assert_eq!(rows.last().unwrap(), "call_left");
    assert_eq!(alice.newest(&token).await["actorId"], "alice");
    assert_eq!(alice.room(&token).await["sessionId"], "0");
    assert_eq!(alice.room(&token).await["hasCall"], true);
    server.lets_pass(101).await;
    assert_eq!(newest(&alice, &token).await.0, "call_ended");
}

#[tokio::test]
async fn a_call_lasts_no_longer_than_administrators_allow() {
    let (server, alice, bob, token) = tea().await;
    server.decides("max_call_duration", "60").await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    server.lets_pass(60).await;
    assert_eq!(alice.room(&token).await["hasCall"], true);

    server.lets_pass(1).await;

    assert_eq!(
        newest(&alice, &token).await,
        said(
            "call_ended_everyone",
            "Call with {user1} and {user2} was ended, as it reached the maximum call duration (Duration 1:01)"
        )
    );
    assert_eq!(alice.room(&token).await["hasCall"], false);
}

#[tokio::test]
async fn five_are_named_and_the_rest_counted() {
    let server = TestServer::with_calls().await;
    let people = server
        .users(["ann", "ben", "cat", "dan", "eve", "fay", "gus"])
        .await;
    let token = people[0].creates_group("Choir").await;
    for person in &people[1..] {
        people[0].adds(&token, &person.name).await;
    }
    for person in &people {
        person.joins_call(&token).await;
    }
    people[1]
        .delete(&call(&token), &[("all", "true")])
        .await
        .expect(200, Value::Null);
    assert_eq!(
        newest(&people[0], &token).await.0,
        "call_left",
        "no moderator"
    );

    people[0].delete(&call(&token), &[("all", "true")]).await;

    assert_eq!(
        newest(&people[3], &token).await,
        said(
            "call_ended_everyone",
            "{actor} ended the call with {user1}, {user2}, {user3}, {user4} and 2 others (Duration 0:00)"
        )
    );
}

#[tokio::test]
async fn a_call_wakes_who_waits_in_the_chat() {
    let (server, alice, bob, token) = tea().await;
    alice.joins(&token).await;
    let last = bob.newest(&token).await["id"].as_i64().unwrap();
    let waiting = bob.waits_in(&token, last);
    server.until_waiting(&token, 1).await;

    alice.calls(&token, &[]).await;

    let rows = waiting.await.unwrap().data();
    assert_eq!(rows[0]["systemMessage"], "call_started");
}
