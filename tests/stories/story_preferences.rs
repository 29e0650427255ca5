//! An account's settings of Talk, the capability of one conversation, and statuses in the list of participants.
//! Source: conversations.md 3.15, 4.4, 7.5; server.md 4.2.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

const CAPABILITIES: &str = "/ocs/v2.php/cloud/capabilities";

impl Actor {
    /// `spreed.config` of the capabilities.
    async fn config(&self) -> Value {
        let answer = self.get(CAPABILITIES).await;
        answer.data()["capabilities"]["spreed"]["config"].clone()
    }

    async fn hash_of(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.header("x-nextcloud-talk-hash").unwrap().to_owned()
    }
}

/// What of the config an account chooses.
fn chosen(config: &Value) -> Value {
    json!([
        config["call"]["start-without-media"],
        config["call"]["blur-virtual-background"],
        config["conversations"]["list-style"],
        config["attachments"].get("folder")
    ])
}

#[tokio::test]
async fn what_an_account_chooses_is_told_to_its_devices() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let nothing = json!([false, false, "two-lines", null]);
    assert_eq!(chosen(&alice.config().await), nothing);

    for (key, value) in [
        ("calls_start_without_media", "yes"),
        ("blur_virtual_background", "yes"),
        ("conversations_list_style", "compact"),
        ("attachment_folder", "/Talk/Ünterlagen"),
        ("play_sounds", "no"),
    ] {
        alice.prefers(key, value).await;
    }

    let expected = json!([true, true, "compact", "/Talk/Ünterlagen"]);
    assert_eq!(chosen(&alice.elsewhere().config().await), expected);
    assert_eq!(chosen(&bob.config().await), nothing);
    assert_eq!(chosen(&server.guest().config().await), nothing);

    alice.prefers("conversations_list_style", "two-lines").await;
    assert_eq!(chosen(&alice.config().await)[2], "two-lines");
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_key_is_refused() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let long = "x".repeat(5000);

    for (key, value) in [
        ("play_sounds", json!("loud")),
        ("play_sounds", json!(1)),
        ("play_sounds", json!(true)),
        ("calls_start_without_media", json!("")),
        ("blur_virtual_background", json!(["yes"])),
        ("conversations_list_style", json!("three-lines")),
        ("attachment_folder", json!(long)),
        ("attachment_folder", json!(null)),
        ("typing_privacy", json!(2)),
        ("secret", json!("yes")),
    ] {
        let request = alice.request("POST", &talk("/api/v1/settings/user"));
        let body = json!({ "key": key, "value": value });
        let answer = request.json(&body).send().await;
        answer.refused_with(400, json!(null));
    }
    let answer = alice.post(&talk("/api/v1/settings/user"), &[]).await;
    answer.refused(400, "key");
}

#[tokio::test]
async fn preferences_are_not_among_what_others_read_of_an_account() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    alice.prefers("attachment_folder", "/Hidden").await;

    let answer = server.admin().get("/ocs/v2.php/cloud/users/alice").await;

    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("Hidden"), "{}", answer.text);
}

// The capability of a conversation.

#[tokio::test]
async fn a_conversation_has_the_capability_of_the_server() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Park").await;
    let guest = server.guest_in(&token).await;
    alice.closes_lobby(&token).await;

    for actor in [&alice, &guest] {
        let spreed = actor.get(CAPABILITIES).await.data()["capabilities"]["spreed"].clone();
        let answer = actor.get(&room_part(&token, "capabilities")).await;
        answer.expect(200, spreed);
    }
    let path = room_part(&token, "capabilities");
    server.guest().get(&path).await.expect_refusal(404);
    server.admin().get(&path).await.expect_refusal(404);
}

#[tokio::test]
async fn its_hash_is_another_than_the_list_s_and_both_follow_a_change() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let (list, single) = (talk("/api/v4/room"), room(&token));
    let of_room = room_part(&token, "capabilities");
    let before = (alice.hash_of(&list).await, alice.hash_of(&of_room).await);
    assert_eq!(before.0, alice.hash_of(&single).await);
    assert_eq!(before.0.len(), 40);
    assert_eq!(before.1.len(), 40);
    assert_ne!(before.0, before.1);
    assert_eq!(before.1, alice.hash_of(&of_room).await);

    alice.prefers("blur_virtual_background", "yes").await;

    assert_ne!(before.0, alice.hash_of(&list).await);
    assert_ne!(before.1, alice.hash_of(&of_room).await);
}

// Statuses of participants.

#[tokio::test]
async fn with_statuses_every_account_is_offline() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Park").await;
    server.guest_in(&token).await;

    let path = format!("{}?includeStatus=true", room_part(&token, "participants"));
    let answer = alice.get(&path).await;

    assert_eq!(answer.header("x-nextcloud-has-user-statuses"), Some("1"));
    let status = |row: &Value| {
        json!([
            row.get("status"),
            row.get("statusIcon"),
            row.get("statusMessage"),
            row.get("statusClearAt")
        ])
    };
    let rows = answer.data();
    assert_eq!(rows[0]["actorId"], "alice");
    assert_eq!(status(&rows[0]), json!(["offline", null, null, null]));
    assert!(rows[0].as_object().unwrap().contains_key("statusClearAt"));
    assert_eq!(rows[1]["actorType"], "guests");
    assert!(!rows[1].as_object().unwrap().contains_key("status"));

    let xml = alice.request("GET", &path).xml().send().await;
    assert!(
        xml.text.contains("<status>offline</status>"),
        "{}",
        xml.text
    );
}

#[tokio::test]
async fn without_asking_or_without_account_there_are_no_statuses() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Park").await;
    let guest = server.guest_in(&token).await;
    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    let path = room_part(&token, "participants");

    for (actor, path) in [
        (&alice, path.clone()),
        (&alice, format!("{path}?includeStatus=false")),
        (&guest, format!("{path}?includeStatus=true")),
    ] {
        let answer = actor.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("x-nextcloud-has-user-statuses"), None);
        assert!(!answer.text.contains("offline"), "{}", answer.text);
    }
}
