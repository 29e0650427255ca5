//! Corners of conversations where two rules meet. Source: conversations.md 3 to 7.

use serde_json::json;

use crate::support::calling::call;
use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, talk};

/// Alice's public room "Tea" with Bob; Alice is in the call.
async fn calling() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    alice.joins_call(&token).await;
    (server, alice, bob, token)
}

#[tokio::test]
async fn who_was_in_a_call_when_calls_were_switched_off_seems_to_be_in_none() {
    let (server, alice, bob, token) = calling().await;
    assert_eq!(alice.room(&token).await["participantFlags"], 7);
    let state = talk(&format!("/api/v4/call/{token}/notification-state"));
    bob.get(&state).await.expect(200, json!(null));

    server.decides("start_calls", "3").await;

    assert_eq!(alice.room(&token).await["participantFlags"], 0);
    let listed = alice.get(&talk("/api/v4/room")).await.data();
    let listed = listed.as_array().unwrap().iter();
    let flags: Vec<_> = listed.map(|room| &room["participantFlags"]).collect();
    assert!(flags.iter().all(|flags| **flags == 0), "{flags:?}");
    let changed = alice.put(&call(&token), &[("flags", "1")]).await;
    changed.expect(400, json!(null));
    bob.get(&state).await.expect(201, json!(null));
    alice.get(&state).await.expect(201, json!(null));
    alice.hangs_up(&token).await;
}

#[tokio::test]
async fn a_longest_duration_that_no_clock_reaches_ends_no_call() {
    let (server, alice, _, token) = calling().await;
    let endless = i64::MAX.to_string();
    server.decides("max_call_duration", &endless).await;
    server.lets_pass(1).await;
    assert_eq!(alice.room(&token).await["hasCall"], true);
}

#[tokio::test]
async fn rooms_of_events_and_meetings_go_only_when_administrators_say_so() {
    const DAY: u64 = 24 * 60 * 60;
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let bound = |kind: &'static str, id: String| {
        let alice = &alice;
        async move {
            let fields = [
                ("roomName", "Tea"),
                ("objectType", kind),
                ("objectId", id.as_str()),
            ];
            alice.creates_room(&fields).await
        }
    };
    let (begin, end) = (server.now(), server.now() + 3600);
    let over = bound("event", format!("{begin}#{end}")).await;
    let later = end + 60 * DAY.cast_signed();
    let to_come = bound("event", format!("{begin}#{later}")).await;
    let meeting = bound("instant_meeting", "now".to_owned()).await;
    let kept = bound("instant_meeting", "kept".to_owned()).await;
    let unbound = alice.delete(&room_part(&kept, "object"), &[]).await;
    assert_eq!(unbound.status, 200);

    server.lets_pass(30 * DAY).await;
    let rooms = alice.list().await;
    for token in [&over, &to_come, &meeting, &kept] {
        assert!(rooms.contains(token), "nobody asked for it");
    }

    server.decides("retention_event_rooms", "28").await;
    server.decides("retention_instant_meetings", "1").await;
    server.lets_pass(1).await;
    let rooms = alice.list().await;
    for (token, stays) in [
        (&over, false),
        (&to_come, true),
        (&meeting, false),
        (&kept, true),
    ] {
        assert_eq!(rooms.contains(token), stays, "{token}");
    }
    let gone = alice.get(&room(&over)).await;
    gone.refused_with(404, json!([]));
}

#[tokio::test]
async fn beyond_a_hundred_browsers_the_oldest_is_closed() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let first = alice.elsewhere();
    first.joins(&token).await;
    for _ in 0..100 {
        assert_eq!(alice.elsewhere().joins(&token).await.status, 200);
    }

    assert_eq!(first.room(&token).await["sessionId"], "0");
    let everybody = alice.participants(&token).await;
    let own = everybody.iter().find(|row| row["actorId"] == "alice");
    assert_eq!(own.unwrap()["sessionIds"].as_array().unwrap().len(), 100);
}
