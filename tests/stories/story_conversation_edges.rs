//! Corners of conversations where two rules meet. Source: conversations.md 3 to 7.

use crate::support::{Actor, TestServer};

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
async fn a_longest_duration_that_no_clock_reaches_ends_no_call() {
    let (server, alice, _, token) = calling().await;
    let endless = i64::MAX.to_string();
    server.decides("max_call_duration", &endless).await;
    server.lets_pass(1).await;
    assert_eq!(alice.room(&token).await["hasCall"], true);
}
