//! Corners of conversations where two rules meet. Source: conversations.md 3 to 7.

use serde_json::json;

use crate::support::calling::call;
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
