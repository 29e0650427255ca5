//! What the server announces is what it does, and a few words on headers for private readers.

use crate::support::{TestServer, chat, talk};
use serde_json::json;

#[tokio::test]
async fn what_works_is_announced_and_what_does_not_is_not() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    let answer = alice.get("/ocs/v2.php/cloud/capabilities").await;

    assert_eq!(answer.status, 200);
    let spreed = answer.data()["capabilities"]["spreed"].clone();
    let features: Vec<String> = serde_json::from_value(spreed["features"].clone()).unwrap();
    let has = |name: &str| features.iter().any(|feature| feature == name);
    for announced in [
        "chat-v2",
        "conversation-v4",
        "chat-read-status",
        "room-description",
        "publishing-permissions",
        "conversation-permissions",
        "mention-permissions",
        "unbind-conversation",
        "chat-replies",
        "chat-reference-id",
        "rich-object-sharing",
        "delete-messages",
        "chat-get-context",
        "favorites",
        "archived-conversations-v2",
        "important-conversations",
        "sensitive-conversations",
        "notification-levels",
        "notification-calls",
        "session-state",
        "note-to-self",
        "listable-rooms",
        "ban-v1",
        "threads",
        "pinned-messages",
        "scheduled-messages",
        "reactions",
        "edit-messages",
        "rich-object-list-media",
        "talk-polls",
        "talk-polls-drafts",
        "edit-draft-poll",
        "bots-v1",
        "message-expiration",
        "unified-search",
        "temp-user-avatar-api",
        "invite-groups-and-mails",
        "single-conversation-status",
        "email-csv-import",
    ] {
        assert!(has(announced), "{announced} is missing in {features:?}");
    }
    for later in [
        "chat-summary-api",
        "delete-messages-unlimited",
        "breakout-rooms-v1",
        "recording-consent",
        "sip-support",
        "schedule-meeting",
    ] {
        assert!(!has(later), "{later} does not work yet");
    }
    assert_eq!(spreed["config"]["call"]["enabled"], json!(false));
    assert_eq!(spreed["config"]["attachments"]["allowed"], json!(false));
    assert_eq!(spreed["config"]["chat"]["max-length"], json!(32000));
}

#[tokio::test]
async fn an_account_that_shares_keeps_its_own_name() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;

    let answer = alice
        .post(
            &format!("{}/share", chat(&room)),
            &[
                ("objectType", "highlight"),
                ("objectId", "1"),
                ("metaData", r#"{"name":"Kettle"}"#),
                ("actorDisplayName", "Somebody else"),
            ],
        )
        .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.data()["actorDisplayName"], "alice-displayname");
}

#[tokio::test]
async fn a_private_reader_who_shares_or_deletes_is_not_told_the_common_read() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    let private = [("key", "read_status_privacy"), ("value", "1")];
    let set = alice.post(&talk("/api/v1/settings/user"), &private).await;
    set.expect(200, json!(null));

    let shared = alice
        .post(
            &format!("{}/share", chat(&room)),
            &[
                ("objectType", "highlight"),
                ("objectId", "1"),
                ("metaData", r#"{"name":"Kettle"}"#),
            ],
        )
        .await;
    let id = shared.data()["id"].to_string();
    let deleted = alice.delete(&format!("{}/{id}", chat(&room)), &[]).await;

    assert_eq!(shared.status, 201);
    assert_eq!(shared.header("x-chat-last-common-read"), None);
    assert_eq!(deleted.status, 200);
    assert_eq!(deleted.header("x-chat-last-common-read"), None);
}
