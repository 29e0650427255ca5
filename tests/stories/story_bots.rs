//! Bots: who sees them, and who enables and disables them. Source: chat-extras.md 4.1, 4.2.
//!
//! What bots say is told in `story_bot_answers`, what they are told in `story_bot_deliveries`.

use chinwag::chat::bot::NewBot;
use chinwag::model::{BotSecret, BotState};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::support::webhook::{Webhook, bot};
use crate::support::{TestServer, talk};

const URL: &str = "https://kettle.example/told";

fn second_bot() -> NewBot {
    NewBot {
        name: "Toaster".to_owned(),
        secret: BotSecret("t".repeat(40)),
        ..bot("https://toaster.example", 1)
    }
}

#[tokio::test]
async fn administrators_see_all_bots_without_their_secrets() {
    let server = TestServer::start().await;
    let id = server.installs(bot(URL, 3)).await;

    let answer = server.admin().get(&talk("/api/v1/bot/admin")).await;

    let expected = json!([{
        "id": id,
        "name": "Kettle",
        "url": URL,
        "url_hash": hex::encode(Sha1::digest(URL)),
        "description": "boils",
        "error_count": 0,
        "last_error_date": 0,
        "last_error_message": null,
        "state": 1,
        "features": 3
    }]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data().to_string(), expected.to_string());
}

#[tokio::test]
async fn others_do_not_see_all_bots() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    let member = alice.get(&talk("/api/v1/bot/admin")).await;
    let visitor = server.guest().get(&talk("/api/v1/bot/admin")).await;

    assert_eq!(member.status, 403);
    assert_eq!(visitor.status, 401);
}

#[tokio::test]
async fn moderators_see_the_bots_that_they_may_enable_and_those_that_are_there() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let kettle = server.installs(bot(URL, 3)).await;
    let toaster = server.installs(second_bot()).await;
    server
        .sets_bot_state(toaster, BotState::NoSetup, None)
        .await;

    let before = alice.bots(&room).await;
    alice.enables(&room, kettle).await;
    server.sets_up(toaster, &room).await;
    let after = alice.bots(&room).await;

    let entry = |id: i64, name: &str, state: i64| json!({"id": id, "name": name, "description": "boils", "state": state});
    before.expect(200, json!([entry(kettle, "Kettle", 0)]));
    let both = [entry(kettle, "Kettle", 1), entry(toaster, "Toaster", 2)];
    after.expect(200, json!(both));
}

#[tokio::test]
async fn only_real_moderators_look_at_bots_and_enable_them() {
    let server = TestServer::start().await;
    let (alice, bob, _) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let room = alice.creates_public("Tea").await;
    alice.adds(&room, "bob").await;
    let guest = server.guest_in(&room).await;
    let id = server.installs(bot(URL, 3)).await;

    bob.bots(&room).await.expect_refusal(403);
    bob.enables(&room, id).await.expect_refusal(403);
    bob.disables(&room, id).await.expect_refusal(403);
    carol.bots(&room).await.expect_refusal(404);
    carol.enables(&room, id).await.expect_refusal(404);
    assert_eq!(guest.bots(&room).await.status, 401);
    assert_eq!(guest.enables(&room, id).await.status, 401);
}

#[tokio::test]
async fn enabling_is_new_once_and_tells_the_bot() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let mut webhook = Webhook::start().await;
    let id = server.installs(bot(&webhook.url(), 3)).await;

    let first = alice.enables(&room, id).await;
    let again = alice.enables(&room, id).await;

    let entry = json!({"id": id, "name": "Kettle", "description": "boils", "state": 1});
    first.expect(201, entry.clone());
    again.expect(200, entry);
    let hash = hex::encode(Sha1::digest(webhook.url()));
    let expected = json!({
        "type": "Join",
        "actor": {"type": "Application", "id": format!("bots/bot-{hash}"), "name": "Kettle"},
        "object": {"type": "Collection", "id": room, "name": "Tea"}
    });
    assert_eq!(webhook.next().await.to_string(), expected.to_string());
    alice.posts(&room, "hello").await;
    assert_eq!(webhook.next_words().await, "Create hello");
}

#[tokio::test]
async fn disabling_tells_the_bot_each_time() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, id) = server.bot_in(&alice, &room).await;

    let first = alice.disables(&room, id).await;
    alice.posts(&room, "alone").await;
    let again = alice.disables(&room, id).await;

    let entry = json!({"id": id, "name": "Kettle", "description": "boils", "state": 0});
    first.expect(200, entry.clone());
    again.expect(200, entry);
    assert_eq!(webhook.next_words().await, "Leave");
    // Quirk: bot-leaves-twice.
    assert_eq!(webhook.next_words().await, "Leave");
}

#[tokio::test]
async fn bots_that_are_unknown_or_not_for_moderators_are_refused() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = server.installs(bot(URL, 3)).await;
    let refused = json!({"error": "bot"});

    alice
        .enables(&room, id + 1)
        .await
        .expect(400, refused.clone());
    alice
        .disables(&room, id + 1)
        .await
        .expect(400, refused.clone());
    server.sets_bot_state(id, BotState::Disabled, None).await;
    alice.enables(&room, id).await.expect(400, refused.clone());
    server.sets_bot_state(id, BotState::NoSetup, None).await;
    alice.enables(&room, id).await.expect(400, refused.clone());
    alice.disables(&room, id).await.expect(400, refused);
    let huge = talk(&format!("/api/v1/bot/{room}/99999999999999999999"));
    assert_eq!(alice.post(&huge, &[]).await.status, 400);
}

#[tokio::test]
async fn a_former_one_to_one_gets_no_bots() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    let id = server.installs(bot(URL, 3)).await;
    let admin = server.admin();
    let gone = admin.delete("/ocs/v2.php/cloud/users/bob", &[]).await;
    assert_eq!(gone.status, 200);

    let answer = alice.enables(&room, id).await;

    answer.expect(400, json!({"error": "room"}));
}

#[tokio::test]
async fn the_capability_says_that_there_are_bots() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    let answer = alice.get("/ocs/v2.php/cloud/capabilities").await;

    let features = &answer.data()["capabilities"]["spreed"]["features"];
    assert!(features.as_array().unwrap().contains(&json!("bots-v1")));
}
