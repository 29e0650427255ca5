//! Members become moderators and ordinary members again. Source: conversations.md 4.7, 4.15.

use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer};
use serde_json::json;

/// Alice's group with Bob as an ordinary member.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

async fn promotes(actor: &Actor, token: &str, attendee: &str) -> crate::support::Answer {
    let path = room_part(token, "moderators");
    actor.post(&path, &[("attendeeId", attendee)]).await
}

async fn demotes(actor: &Actor, token: &str, attendee: &str) -> crate::support::Answer {
    let path = room_part(token, "moderators");
    actor.delete(&path, &[("attendeeId", attendee)]).await
}

#[tokio::test]
async fn a_member_is_promoted_and_demoted() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = bob.attendee_id(&token).await;

    promotes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));
    let moderator = bob.room(&token).await;
    demotes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));
    let member = bob.room(&token).await;

    assert_eq!(moderator["participantType"], 2);
    assert_eq!(moderator["permissions"], 254);
    assert_eq!(moderator["canDeleteConversation"], true);
    assert_eq!(member["participantType"], 3);
    assert_eq!(member["permissions"], 246);
    assert_eq!(
        alice.systems(&token).await[2..],
        ["moderator_promoted", "moderator_demoted"]
    );
}

#[tokio::test]
async fn a_self_joined_account_is_promoted_and_then_stays_a_member() {
    let (_server, alice, bob, _) = tea().await;
    let token = alice.creates_public("Open").await;
    bob.joins(&token).await;
    let attendee = bob.attendee_id(&token).await;

    promotes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));
    assert_eq!(bob.room(&token).await["participantType"], 2);
    demotes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));

    assert_eq!(bob.room(&token).await["participantType"], 3);
    assert_eq!(
        alice.systems(&token).await,
        [
            "conversation_created",
            "moderator_promoted",
            "moderator_demoted"
        ]
    );
}

#[tokio::test]
async fn nobody_promotes_or_demotes_themselves() {
    let (_server, alice, _, token) = tea().await;
    let own = alice.attendee_id(&token).await;

    promotes(&alice, &token, &own)
        .await
        .refused_with(403, json!(null));
    demotes(&alice, &token, &own)
        .await
        .refused_with(403, json!(null));
}

#[tokio::test]
async fn an_owner_is_neither_promoted_nor_demoted() {
    let (_server, alice, bob, token) = tea().await;
    let owner = alice.attendee_id(&token).await;
    alice.promotes(&token, &bob.attendee_id(&token).await).await;

    promotes(&bob, &token, &owner)
        .await
        .refused_with(400, json!(null));
    demotes(&bob, &token, &owner)
        .await
        .refused_with(400, json!(null));
}

#[tokio::test]
async fn a_moderator_is_not_promoted_and_a_member_not_demoted() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = bob.attendee_id(&token).await;

    demotes(&alice, &token, &attendee)
        .await
        .refused_with(400, json!(null));
    alice.promotes(&token, &attendee).await;
    promotes(&alice, &token, &attendee)
        .await
        .refused_with(400, json!(null));
}

#[tokio::test]
async fn a_group_is_not_promoted() {
    let (server, alice, _, token) = tea().await;
    server.group("drinkers", &["bob"]).await;
    alice.adds_group(&token, "drinkers").await;
    let group = alice.attendee_of(&token, "drinkers").await;

    promotes(&alice, &token, &group)
        .await
        .refused_with(400, json!(null));
}

#[tokio::test]
async fn somebody_elsewhere_is_not_promoted() {
    let (_server, alice, bob, token) = tea().await;
    let other = alice.creates_group("Coffee").await;
    let attendee = bob.attendee_id(&token).await;

    promotes(&alice, &other, &attendee)
        .await
        .refused_with(404, json!(null));
    demotes(&alice, &other, "999999")
        .await
        .refused_with(404, json!(null));
}

#[tokio::test]
async fn ordinary_members_promote_nobody() {
    let (server, alice, bob, token) = tea().await;
    server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    let attendee = alice.attendee_of(&token, "carol").await;

    promotes(&bob, &token, &attendee)
        .await
        .refused_with(403, json!([]));
    demotes(&bob, &token, &attendee)
        .await
        .refused_with(403, json!([]));
}
