//! What bots are told: each event in its words, signed. Source: chat-extras.md 4.3.
//!
//! What happens when they do not listen is told in `story_bot_failures`.

use chinwag::model::BotState;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::support::webhook::{Webhook, bot};
use crate::support::{Actor, TestServer, person, talk};

fn somebody(name: &str) -> Value {
    json!({"type": "Person", "id": format!("users/{name}"), "name": format!("{name}-displayname")})
}

fn tea(room: &str) -> Value {
    json!({"type": "Collection", "id": room, "name": "Tea"})
}

fn note(id: i64, name: &str, content: Value) -> Value {
    let (kind, media) = ("Note", "text/markdown");
    json!({"type": kind, "id": id.to_string(), "name": name, "content": content.to_string(), "mediaType": media})
}

fn plain(text: &str) -> Value {
    json!({"message": text, "parameters": []})
}

async fn edits(actor: &Actor, room: &str, id: i64, text: &str) -> u16 {
    let path = talk(&format!("/api/v1/chat/{room}/{id}"));
    actor.put(&path, &[("message", text)]).await.status
}

#[tokio::test]
async fn a_delivery_is_signed_and_says_where_it_is_from() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    alice.posts(&room, "\"é\" / 👍").await;

    let told = webhook.next_raw().await;
    assert!(told.is_signed_with(crate::support::webhook::SECRET));
    assert!(!told.is_signed_with("another secret of at least forty characters"));
    assert_eq!(told.path, "/told?by=chat");
    assert_eq!(told.header("content-type"), "application/json");
    assert_eq!(told.header("ocs-apirequest"), "true");
    assert_eq!(told.header("user-agent"), "Nextcloud Server Crawler");
    assert_eq!(told.header("host"), webhook.address.to_string());
    let backend = format!("http://{}/", server.address());
    assert_eq!(told.header("x-nextcloud-talk-backend"), backend);
    let random = told.header("x-nextcloud-talk-random");
    let is_usual = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    assert!(
        random.len() == 64 && random.chars().all(is_usual),
        "{random}"
    );
    let body: Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(body["object"]["content"], plain("\"é\" / 👍").to_string());
}

#[tokio::test]
async fn a_message_and_an_answer_to_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    let first = alice.posts(&room, "hi @bob").await;
    let second = bob.replies(&room, first, "re").await;

    let mut author = somebody("alice");
    author["talkParticipantType"] = json!("1");
    let hi =
        json!({"message": "hi {mention-user1}", "parameters": {"mention-user1": person("bob")}});
    let expected = json!({
        "type": "Create",
        "actor": author,
        "object": note(first, "message", hi.clone()),
        "target": tea(&room)
    });
    assert_eq!(webhook.next().await.to_string(), expected.to_string());
    let mut author = somebody("bob");
    author["talkParticipantType"] = json!("3");
    let mut answer = note(second, "message", plain("re"));
    answer["inReplyTo"] = json!({
        "type": "Note",
        "actor": somebody("alice"),
        "object": note(first, "message", hi)
    });
    let expected =
        json!({"type": "Create", "actor": author, "object": answer, "target": tea(&room)});
    assert_eq!(webhook.next().await.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_guest_s_message() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let guest = server.guest_in(&room).await;

    let fields = [("message", "hello"), ("actorDisplayName", "Ann")];
    assert_eq!(guest.sends(&room, &fields).await.status, 201);

    let told = webhook.next().await;
    let id = guest.room(&room).await["actorId"].clone();
    let id = format!("guests/{}", id.as_str().unwrap());
    let expected = json!({"type": "Person", "id": id, "name": "Ann", "talkParticipantType": "4"});
    assert_eq!(told["actor"], expected);
    assert_eq!(told["type"], "Create");
}

#[tokio::test]
async fn what_the_system_says_is_an_activity_in_the_third_person() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let id = alice.posts(&room, "tea?").await;
    webhook.next().await;

    assert_eq!(edits(&alice, &room, id, "tea!").await, 202);

    let told = webhook.next().await;
    let content = json!({
        "message": "{actor} edited a message",
        "parameters": {"actor": person("alice")}
    });
    let row = alice.newest(&room).await["id"].as_i64().unwrap();
    let expected = json!({
        "type": "Activity",
        "actor": somebody("alice"),
        "object": note(row, "message_edited", content),
        "target": tea(&room)
    });
    assert_eq!(told.to_string(), expected.to_string());
}

#[tokio::test]
async fn members_that_come_and_go_deletions_and_cleared_histories_are_activities() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let [_] = server.users(["carol"]).await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let id = alice.posts(&room, "tea?").await;
    alice.adds(&room, "carol").await;
    let deleted = alice.deletes_message(&room, id).await;
    let cleared = alice
        .delete(&talk(&format!("/api/v1/chat/{room}")), &[])
        .await;

    assert_eq!(deleted.status, 202);
    assert_eq!(cleared.status, 200);
    assert_eq!(webhook.next_words().await, "Create tea?");
    assert_eq!(webhook.next_words().await, "Activity {actor} added {user}");
    assert_eq!(
        webhook.next_words().await,
        "Activity {actor} deleted a message"
    );
    let last = webhook.next_words().await;
    assert_eq!(
        last,
        "Activity {actor} cleared the history of the conversation"
    );
}

#[tokio::test]
async fn a_shared_object_is_an_activity_without_a_name() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    let meta = r#"{"name":"Town hall","latitude":"1.5","longitude":"2.5"}"#;
    let shared = alice
        .shares(&room, "geo-location", "geo:1.5,2.5", meta)
        .await;
    assert_eq!(shared.status, 201, "{}", shared.text);

    let told = webhook.next().await;
    assert_eq!(told["type"], "Activity");
    assert_eq!(told["object"]["name"], "");
    let content: Value = serde_json::from_str(told["object"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["message"], "{object}");
    assert_eq!(content["parameters"]["object"]["name"], "Town hall");
}

#[tokio::test]
async fn reactions_name_who_reacted() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let id = alice.posts(&room, "tea?").await;
    webhook.next().await;

    bob.reacts(&room, id, "👍").await;
    bob.unreacts(&room, id, "👍").await;

    // Quirk: bot-like-actor, bot-like-without-name.
    let like = json!({
        "type": "Like",
        "actor": somebody("bob"),
        "object": note(id, "", plain("tea?")),
        "target": tea(&room),
        "content": "👍"
    });
    assert_eq!(webhook.next().await.to_string(), like.to_string());
    let words = webhook.next_words().await;
    assert_eq!(words, "Activity {actor} deleted a reaction");
    let undo =
        json!({"type": "Undo", "actor": somebody("bob"), "object": like, "target": tea(&room)});
    assert_eq!(webhook.next().await.to_string(), undo.to_string());
}

#[tokio::test]
async fn a_bot_is_told_of_its_own_reactions_but_not_of_its_messages() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let id = alice.posts(&room, "tea?").await;
    webhook.next().await;
    let guest = server.guest();

    let said = guest
        .says(&room, "1", &[("message", "it boils")])
        .send()
        .await;
    assert_eq!(said.status, 201);
    let react = |method: &str, random: &str| guest.reacts_as_bot(method, &room, id, random, "👍");
    assert_eq!(react("POST", "2").send().await.status, 201);
    assert_eq!(react("DELETE", "3").send().await.status, 200);

    let hash = hex::encode(Sha1::digest(webhook.url()));
    let oneself =
        json!({"type": "Application", "id": format!("bots/bot-{hash}"), "name": "Kettle (Bot)"});
    let like = webhook.next().await;
    assert_eq!((&like["type"], &like["actor"]), (&json!("Like"), &oneself));
    let revoked = webhook.next().await;
    assert_eq!(revoked["object"]["name"], "reaction_revoked");
    assert_eq!(revoked["actor"], oneself);
    // Quirk: bots-act-as-deleted-users.
    let content: Value =
        serde_json::from_str(revoked["object"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["parameters"]["actor"]["id"], "deleted_users");
    assert_eq!(webhook.next().await["type"], "Undo");
}

#[tokio::test]
async fn a_bot_is_told_what_its_features_say() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, id) = server.bot_in(&alice, &room).await;
    let message = alice.posts(&room, "1").await;
    assert_eq!(webhook.next_words().await, "Create 1");

    server.sets_bot_state(id, BotState::Enabled, Some(8)).await;
    alice.posts(&room, "2").await;
    alice.reacts(&room, message, "👍").await;
    assert_eq!(webhook.next_words().await, "Like 1");
    server.sets_bot_state(id, BotState::NoSetup, Some(1)).await;
    alice.reacts(&room, message, "👎").await;
    alice.posts(&room, "3").await;
    assert_eq!(webhook.next_words().await, "Create 3");
    server.sets_bot_state(id, BotState::Disabled, None).await;
    let told = edits(&alice, &room, message, "1!").await;

    assert_eq!(told, 200);
    server.sets_bot_state(id, BotState::Enabled, None).await;
    alice.posts(&room, "4").await;
    assert_eq!(webhook.next_words().await, "Create 4");
}

#[tokio::test]
async fn a_conversation_tells_its_own_bots_alone() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    alice.posts(&elsewhere, "coffee?").await;
    alice.posts(&room, "tea?").await;

    assert_eq!(webhook.next_words().await, "Create tea?");
}

#[tokio::test]
async fn mentions_of_everybody_show_absolute_addresses_and_the_other_one_s_name() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    alice.posts(&room, "@all").await;

    let mut told = webhook.next().await;
    // Bob came in with the first message.
    while told["type"] != "Create" {
        told = webhook.next().await;
    }
    let content: Value = serde_json::from_str(told["object"]["content"].as_str().unwrap()).unwrap();
    let call = &content["parameters"]["mention-call1"];
    assert_eq!(call["name"], "bob-displayname");
    let icon = call["icon-url"].as_str().unwrap();
    let prefix = format!("http://{}/", server.address());
    assert!(icon.starts_with(&prefix), "{icon}");
    assert_eq!(told["target"]["name"], r#"["alice","bob"]"#);
}

#[tokio::test]
async fn many_messages_arrive_once_and_in_order() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;

    for number in 0..30 {
        alice.posts(&room, &number.to_string()).await;
    }

    for number in 0..30 {
        assert_eq!(webhook.next_words().await, format!("Create {number}"));
    }
    server.until_all_are_told().await;
    webhook.knows_nothing_new();
    let log = server.bot_log().await;
    assert!(
        log.iter()
            .all(|(_, state, attempts, _)| state == "Done" && *attempts == 1)
    );
}

#[tokio::test]
async fn each_bot_is_told_by_itself() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut first, _) = server.bot_in(&alice, &room).await;
    let mut second = Webhook::start().await;
    let mut other = bot(&second.url(), 1);
    other.secret = chinwag::model::BotSecret("t".repeat(40));
    let id = server.installs(other).await;
    alice.enables(&room, id).await;
    second.next_raw().await;
    first.will(&[crate::support::webhook::Conduct::Hang]);

    alice.posts(&room, "tea?").await;

    assert_eq!(first.next_words().await, "Create tea?");
    let told = second.next_raw().await;
    assert!(told.is_signed_with(&"t".repeat(40)));
}
