//! Around calls: ringing, telephones that ask, and servers without calls.
//! Source: conversations.md 6.5, 6.6.

use serde_json::{Value, json};

use crate::support::calling::call;
use crate::support::{Actor, Answer, TestServer};

/// Alice's public room "Tea" with Bob.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

async fn rings(actor: &Actor, token: &str, attendee: &str) -> Answer {
    actor
        .post(&format!("{}/ring/{attendee}", call(token)), &[])
        .await
}

#[tokio::test]
async fn whoever_is_in_the_call_rings_accounts() {
    let (server, alice, bob, token) = tea().await;
    let guest = server.guest_in(&token).await;
    let guest_id = guest.attendee_id(&token).await;
    let bob_id = alice.attendee_of(&token, "bob").await;
    rings(&alice, &token, &bob_id).await.refused(400, "in-call");
    bob.joins_call(&token).await;
    rings(&alice, &token, &bob_id).await.refused(400, "in-call");
    alice.joins_call(&token).await;

    rings(&alice, &token, "999999")
        .await
        .refused_with(404, Value::Null);
    rings(&alice, &token, &guest_id)
        .await
        .refused(400, "actor-type");
    rings(&alice, &token, &bob_id)
        .await
        .expect(200, Value::Null);
    let elsewhere = alice.creates_group("Elsewhere").await;
    let foreign = alice.attendee_id(&elsewhere).await;
    rings(&alice, &token, &foreign)
        .await
        .refused_with(404, Value::Null);
}

#[tokio::test]
async fn ringing_needs_the_right_to_start_calls() {
    let (_server, alice, bob, token) = tea().await;
    alice
        .sets(&token, "permissions/default", &[("permissions", "128")])
        .await;
    alice.joins_call(&token).await;
    bob.joins_call(&token).await;
    let alice_id = alice.attendee_id(&token).await;
    rings(&bob, &token, &alice_id)
        .await
        .refused_with(403, json!([]));
}

#[tokio::test]
async fn nobody_here_is_a_telephone() {
    let (_server, alice, _, token) = tea().await;
    let out = format!("{}/dialout/1", call(&token));
    alice.post(&out, &[]).await.refused_with(400, Value::Null);
    alice.joins_call(&token).await;
    alice.post(&out, &[]).await.refused_with(404, Value::Null);
}

#[tokio::test]
async fn a_telephone_is_told_whether_to_ring_on() {
    let (server, alice, bob, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    let state = format!("{}/notification-state", call(&token));
    bob.get(&state).await.expect(201, Value::Null);
    alice.joins_call(&token).await;
    bob.get(&state).await.expect(200, Value::Null);
    carol.get(&state).await.refused_with(404, Value::Null);
    let unknown = format!("{}/notification-state", call("unknownroom"));
    bob.get(&unknown).await.refused_with(404, Value::Null);
    bob.joins_call(&token).await;
    bob.get(&state).await.refused_with(404, Value::Null);
    alice.delete(&call(&token), &[("all", "true")]).await;
    bob.get(&state).await.expect(201, Value::Null);
    assert_eq!(server.guest().get(&state).await.status, 401);
}

// The switch.

#[tokio::test]
async fn without_calls_there_are_none() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let bob_id = alice.attendee_of(&token, "bob").await;
    alice.joins(&token).await;
    let refused = |answer: Answer| answer.says(403, 403, "Can not use Talk");

    refused(alice.get(&call(&token)).await);
    refused(alice.calls(&token, &[]).await);
    refused(rings(&alice, &token, &bob_id).await);
    refused(
        alice
            .post(&format!("{}/dialout/1", call(&token)), &[])
            .await,
    );
    refused(server.guest().get(&call("unknownroom")).await);

    alice
        .put(&call(&token), &[("flags", "1")])
        .await
        .refused_with(400, Value::Null);
    bob.put(&call(&token), &[("flags", "1")])
        .await
        .refused_with(404, Value::Null);
    alice.hangs_up(&token).await;
    bob.delete(&call(&token), &[])
        .await
        .refused_with(404, Value::Null);
    let state = format!("{}/notification-state", call(&token));
    bob.get(&state).await.expect(201, Value::Null);
    let seen = alice.room(&token).await;
    for (key, value) in [
        ("canStartCall", json!(false)),
        ("hasCall", json!(false)),
        ("callFlag", json!(0)),
        ("callStartTime", json!(0)),
    ] {
        assert_eq!(seen[key], value, "{key}");
    }
    let said = alice.get("/ocs/v2.php/cloud/capabilities").await.data();
    let enabled = &said["capabilities"]["spreed"]["config"]["call"]["enabled"];
    assert_eq!(*enabled, false);
}

#[tokio::test]
async fn calls_that_are_switched_off_meanwhile_are_not_shown() {
    let (server, alice, _, token) = tea().await;
    alice.joins_call(&token).await;
    let said = alice.get("/ocs/v2.php/cloud/capabilities").await.data();
    let enabled = &said["capabilities"]["spreed"]["config"]["call"]["enabled"];
    assert_eq!(*enabled, true);

    server.decides("start_calls", "3").await;

    assert_eq!(alice.room(&token).await["hasCall"], false);
    alice
        .get(&call(&token))
        .await
        .says(403, 403, "Can not use Talk");
    alice.hangs_up(&token).await;
    assert_eq!(alice.newest(&token).await["systemMessage"], "call_ended");
}

#[tokio::test]
async fn a_stranger_finds_no_call() {
    let (server, alice, _, token) = tea().await;
    alice.joins_call(&token).await;
    let [carol] = server.users(["carol"]).await;
    for stranger in [carol, server.guest()] {
        stranger
            .get(&call(&token))
            .await
            .refused_with(404, json!([]));
        stranger
            .calls(&token, &[])
            .await
            .refused_with(404, json!([]));
        stranger
            .put(&call(&token), &[("flags", "1")])
            .await
            .refused_with(404, json!([]));
        stranger
            .delete(&call(&token), &[])
            .await
            .refused_with(404, json!([]));
    }
}
