//! Internal signaling: settings, who is there, and what browsers tell each other.
//! Source: conversations.md 7.

use serde_json::{Value, json};

use crate::support::calling::signals;
use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer, talk};

/// Alice's public room "Tea" with Bob, both of whom have it open and know it.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    for actor in [&alice, &bob] {
        assert_eq!(actor.joins(&token).await.status, 200);
    }
    for actor in [&alice, &bob] {
        assert_eq!(actor.pulls(&token).await.people(), ["alice", "bob"]);
    }
    (server, alice, bob, token)
}

fn nobody() -> Value {
    json!([{ "type": "usersInRoom", "data": [] }])
}

fn settings(token: &str) -> String {
    talk(&format!("/api/v3/signaling/settings?token={token}"))
}

#[tokio::test]
async fn settings_have_all_keys_and_a_signed_ticket() {
    let (server, alice, _, token) = tea().await;
    let answer = alice.get(&settings(&token)).await;
    assert_eq!(answer.status, 200);
    let mut own = answer.data();
    let ticket = own["ticket"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = ticket.split(':').collect();
    assert_eq!(parts[0].len(), 16);
    assert_eq!(parts[1], server.now().to_string());
    assert_eq!(parts[2], "alice");
    assert_eq!(parts[3].len(), 64);
    own.as_object_mut().unwrap().remove("ticket");
    assert_eq!(
        own,
        json!({
            "signalingMode": "internal", "userId": "alice", "hideWarning": true, "server": "",
            "helloAuthParams": {
                "1.0": { "userid": "alice", "ticket": ticket }, "2.0": { "token": ticket }
            },
            "federation": null, "stunservers": [], "turnservers": [], "sipDialinInfo": ""
        })
    );
}

#[tokio::test]
async fn a_visitor_gets_settings_where_they_may_come_in() {
    let (server, alice, _, token) = tea().await;
    let guest = server.guest();
    let own = guest.get(&settings(&token)).await.data();
    assert_eq!(own["userId"], Value::Null);
    assert_eq!(own["helloAuthParams"]["1.0"]["userid"], Value::Null);
    assert_eq!(guest.get(&settings("")).await.status, 200);
    assert_eq!(
        guest.get(&talk("/api/v3/signaling/settings")).await.status,
        200
    );
    let group = alice.creates_group("Closed").await;
    for token in [group.as_str(), "unknownroom", "not-a-token", "x"] {
        guest
            .get(&settings(token))
            .await
            .refused_with(404, Value::Null);
    }
    assert_eq!(alice.get(&settings(&group)).await.status, 200);
}

#[tokio::test]
async fn the_first_pull_tells_at_once_who_is_there() {
    let server = TestServer::with_calls().await;
    let (alice, _, token) = server.tea().await;
    alice.joins(&token).await;
    let session = alice.session(&token).await;
    let room = alice.room(&token).await["id"].clone();

    alice.pulls(&token).await.expect(
        200,
        json!([{ "type": "usersInRoom", "data": [{
            "userId": "alice", "roomId": room, "lastPing": server.now(), "sessionId": session,
            "inCall": 0, "participantPermissions": 254, "actorType": "users", "actorId": "alice"
        }] }]),
    );
}

#[tokio::test]
async fn a_pull_waits_half_a_minute_for_nothing() {
    let (server, alice, _, token) = tea().await;
    let begin = server.now();
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.advance(29);
    assert!(!pulling.is_finished());
    server.advance(1);

    assert_eq!(pulling.await.unwrap().people(), ["alice", "bob"]);
    // Only who pulls is alive; the others are shown for 40 seconds, and until the next pull.
    for _ in 0..2 {
        let pulling = alice.pulling(&token);
        server.until_pulling(&token, 1).await;
        server.advance(30);
        let people = pulling.await.unwrap().people();
        assert_eq!(
            people.contains(&"bob".to_owned()),
            server.now() - begin < 90
        );
    }
}

#[tokio::test]
async fn without_the_room_open_there_is_nobody() {
    let (server, alice, _, token) = tea().await;
    let guest = server.guest();
    guest.pulls(&token).await.refused_with(404, nobody());
    guest.pulls("unknownroom").await.refused_with(404, nobody());
    let [carol] = server.users(["carol"]).await;
    carol.pulls(&token).await.refused_with(404, nobody());
    alice.leaves(&token).await;
    alice.pulls(&token).await.refused_with(404, nobody());
}

#[tokio::test]
async fn an_account_without_its_cookie_has_its_newest_session() {
    let (server, alice, _, token) = tea().await;
    let script = alice.elsewhere();
    let pulling = script.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.advance(30);
    assert_eq!(pulling.await.unwrap().people(), ["alice", "bob"]);
    let lonely = alice.creates_group("Empty").await;
    script.pulls(&lonely).await.refused_with(404, nobody());
}

/// Each act that is told to whoever pulls.
#[tokio::test]
async fn who_comes_goes_or_changes_wakes_who_pulls() {
    let (server, alice, bob, token) = tea().await;
    let guest = server.guest();
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    guest.joins(&token).await;
    assert_eq!(pulling.await.unwrap().people().len(), 3);

    let name = talk(&format!("/api/v1/guest/{token}/name"));
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    guest.post(&name, &[("displayName", "Al")]).await;
    assert_eq!(pulling.await.unwrap().people().len(), 3);

    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    bob.calls(&token, &[("flags", "3")]).await;
    let news = pulling.await.unwrap().data();
    assert_eq!(news[0]["data"][1]["inCall"], 3);

    let attendee = alice.attendee_of(&token, "bob").await;
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    let fields = [
        ("attendeeId", attendee.as_str()),
        ("method", "set"),
        ("permissions", "135"),
    ];
    alice
        .put(&room_part(&token, "attendees/permissions"), &fields)
        .await;
    let news = pulling.await.unwrap().data();
    assert_eq!(news[0]["data"][1]["participantPermissions"], 135);

    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    alice
        .sets(&token, "permissions/default", &[("permissions", "7")])
        .await;
    let news = pulling.await.unwrap().data();
    assert_eq!(news[0]["data"][1]["participantPermissions"], 7);

    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    bob.leaves(&token).await;
    assert_eq!(pulling.await.unwrap().people().len(), 2);
}

#[tokio::test]
async fn what_is_said_or_set_in_the_room_does_not_wake_who_pulls() {
    let (server, alice, bob, token) = tea().await;
    let attendee = alice.attendee_of(&token, "bob").await;
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    bob.posts(&token, "Hello").await;
    alice
        .put(
            &crate::support::rooms::room(&token),
            &[("roomName", "Cake")],
        )
        .await;
    alice.promotes(&token, &attendee).await;
    alice.closes_lobby(&token).await;
    alice.locks(&token).await;
    assert!(!pulling.is_finished());
    assert_eq!(server.pulling_in(&token).await, 1);
    server.advance(30);
    pulling.await.unwrap();
}

#[tokio::test]
async fn what_happened_between_two_pulls_is_told_by_the_next() {
    let (server, alice, bob, token) = tea().await;
    bob.leaves(&token).await;
    assert_eq!(alice.pulls(&token).await.people(), ["alice"]);
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.advance(30);
    assert_eq!(pulling.await.unwrap().status, 200);
}

#[tokio::test]
async fn signals_arrive_once_in_order_and_from_whom() {
    let (server, alice, bob, token) = tea().await;
    let (own, his) = (alice.session(&token).await, bob.session(&token).await);
    let pulling = bob.pulling(&token);
    server.until_pulling(&token, 1).await;

    alice
        .signals(
            &token,
            &own,
            json!({ "to": his, "type": "offer", "sdp": "v=0" }),
        )
        .await
        .expect(200, Value::Null);

    let answer = pulling.await.unwrap();
    assert_eq!(
        answer.signals(),
        [json!({ "to": his, "type": "offer", "sdp": "v=0", "from": own })]
    );
    assert_eq!(answer.people(), ["alice", "bob"]);
    for number in 1..=3 {
        let payload = json!({ "to": his, "type": "candidate", "number": number });
        alice.signals(&token, &own, payload).await;
    }
    let numbers: Vec<Value> = bob.pulls(&token).await.signals();
    let numbers: Vec<&Value> = numbers.iter().map(|signal| &signal["number"]).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let pulling = bob.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.advance(30);
    assert_eq!(pulling.await.unwrap().signals(), Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_signals_as_somebody_else_or_into_another_room() {
    let (server, alice, bob, token) = tea().await;
    let (own, his) = (alice.session(&token).await, bob.session(&token).await);
    let elsewhere = alice.creates_group("Elsewhere").await;
    alice.joins(&elsewhere).await;
    let there = alice.session(&elsewhere).await;
    let hello = || json!({ "to": his, "type": "hello" });
    let stranger = server.guest();
    for (actor, room, from) in [
        (&bob, &token, &own),
        (&alice, &token, &there),
        (&alice, &elsewhere, &there),
        (&stranger, &token, &own),
        (&alice, &token, &"nonsense".to_owned()),
    ] {
        actor
            .signals(room, from, hello())
            .await
            .expect(200, Value::Null);
    }
    let pulling = bob.pulling(&token);
    server.until_pulling(&token, 1).await;
    assert!(!pulling.is_finished());
    alice.signals(&token, &own, hello()).await;
    assert_eq!(pulling.await.unwrap().signals().len(), 1);
}

#[tokio::test]
async fn only_moderators_control_others() {
    let (_server, alice, bob, token) = tea().await;
    let (own, his) = (alice.session(&token).await, bob.session(&token).await);
    let mute =
        |to: &str| json!({ "to": to, "type": "control", "payload": { "action": "forceMute" } });
    bob.signals(&token, &his, mute(&own)).await;
    alice.signals(&token, &own, mute(&his)).await;
    assert_eq!(bob.pulls(&token).await.signals().len(), 1);
    alice
        .signals(&token, &own, json!({ "to": own, "type": "x" }))
        .await;
    assert_eq!(alice.pulls(&token).await.signals().len(), 1, "only her own");
}

#[tokio::test]
async fn broken_signals_are_refused_or_passed_over() {
    let (_server, alice, bob, token) = tea().await;
    let (own, his) = (alice.session(&token).await, bob.session(&token).await);
    let address = signals(&token);
    alice.post(&address, &[]).await.refused(400, "messages");
    for text in ["", "{", "7", "{\"ev\":1}", "[7]"] {
        alice
            .post(&address, &[("messages", text)])
            .await
            .refused(400, "messages");
    }
    let many: Vec<Value> = (0..201).map(|_| json!({ "ev": "message" })).collect();
    let many = Value::from(many).to_string();
    alice
        .post(&address, &[("messages", &many)])
        .await
        .refused(400, "messages");
    let entry = |payload: &str| json!({ "ev": "message", "sessionId": own, "fn": payload });
    let odd = json!([
        entry("no json"),
        entry("[]"),
        entry("{\"type\":\"offer\"}"),
        entry("{\"to\":7}"),
        { "ev": "ping", "sessionId": own, "fn": json!({ "to": his }).to_string() },
        {},
    ]);
    alice
        .post(&address, &[("messages", &odd.to_string())])
        .await
        .expect(200, Value::Null);
    alice
        .signals(&token, &own, json!({ "to": his, "type": "last" }))
        .await;
    assert_eq!(bob.pulls(&token).await.signals().len(), 1);
}

#[tokio::test]
async fn a_box_that_nobody_opens_is_full_one_day() {
    let (_server, alice, bob, token) = tea().await;
    let (own, his) = (alice.session(&token).await, bob.session(&token).await);
    let big = "x".repeat(200_000);
    let mut sent = 0;
    let refused = loop {
        let payload = json!({ "to": his, "type": "offer", "sdp": big });
        let answer = alice.signals(&token, &own, payload).await;
        if answer.status != 200 {
            break answer;
        }
        sent += 1;
        assert!(sent < 50);
    };
    refused.refused_with(429, Value::Null);
    assert_eq!(bob.pulls(&token).await.signals().len(), sent);
    let payload = json!({ "to": his, "type": "offer" });
    assert_eq!(alice.signals(&token, &own, payload).await.status, 200);
}

#[tokio::test]
async fn joining_again_in_another_tab_replaces_who_pulls() {
    let (server, alice, _, token) = tea().await;
    let guest = server.guest_in(&token).await;
    for actor in [&alice, &guest] {
        actor.pulls(&token).await;
        let pulling = actor.pulling(&token);
        server.until_pulling(&token, 1).await;
        actor.joins(&token).await;
        pulling.await.unwrap().refused_with(409, nobody());
    }
}

#[tokio::test]
async fn who_is_removed_or_loses_the_room_is_told() {
    let (server, alice, bob, token) = tea().await;
    let guest = server.guest_in(&token).await;
    for (actor, id) in [(&bob, "bob".to_owned()), (&guest, String::new())] {
        actor.pulls(&token).await;
        let pulling = actor.pulling(&token);
        server.until_pulling(&token, 1).await;
        let attendee = if id.is_empty() {
            actor.attendee_id(&token).await
        } else {
            alice.attendee_of(&token, &id).await
        };
        alice.removes(&token, &attendee).await;
        pulling.await.unwrap().refused_with(404, nobody());
    }
    alice.pulls(&token).await;
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    alice
        .delete(&crate::support::rooms::room(&token), &[])
        .await
        .expect(200, Value::Null);
    pulling.await.unwrap().refused_with(404, nobody());
}

#[tokio::test]
async fn a_pull_keeps_the_session_alive() {
    let (server, alice, bob, token) = tea().await;
    server.advance(60);
    let pulling = bob.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.advance(30);
    pulling.await.unwrap();
    server.advance(11);

    let everybody = alice.participants(&token).await;

    let of = |who: &str| {
        let found = everybody.iter().find(|row| row["actorId"] == who);
        found.unwrap()["sessionIds"].as_array().unwrap().len()
    };
    assert_eq!(of("bob"), 1);
    assert_eq!(of("alice"), 0, "she did not pull for 101 seconds");
}

#[tokio::test]
async fn who_pulls_is_answered_when_the_server_stops() {
    let (server, alice, _, token) = tea().await;
    let pulling = alice.pulling(&token);
    server.until_pulling(&token, 1).await;
    server.stop().await;
    assert_eq!(pulling.await.unwrap().status, 200);
}
