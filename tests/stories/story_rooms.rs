//! Looking at conversations and ending them: the list, the single one in its three views, delete.
//! Source: conversations.md 2, 3.1, 3.3, 3.7.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

async fn alice_and_bob() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

/// The list as it comes.
async fn lists(actor: &Actor, query: &str) -> Vec<Value> {
    let answer = actor.get(&talk(&format!("/api/v4/room{query}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let rooms = answer.data().as_array().expect("a list").clone();
    rooms.into_iter().filter(|room| room["type"] != 6).collect()
}

fn tokens(rooms: &[Value]) -> Vec<&str> {
    rooms
        .iter()
        .map(|room| room["token"].as_str().unwrap())
        .collect()
}

// The list.

#[tokio::test]
async fn the_list_has_the_rooms_one_is_in_and_no_others() {
    let (_server, alice, bob) = alice_and_bob().await;
    let shared = alice.creates_group("Shared").await;
    alice.creates_group("Alone").await;
    alice.creates_public("Public").await;
    alice.adds(&shared, "bob").await;

    assert_eq!(tokens(&lists(&bob, "").await), [shared]);
}

#[tokio::test]
async fn a_room_in_the_list_is_the_room_by_itself() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.posts(&token, "kettle is on").await;

    let rooms = lists(&alice, "").await;

    assert_eq!(rooms[0], alice.room(&token).await);
    assert_eq!(rooms[0]["lastMessage"]["message"], "kettle is on");
}

#[tokio::test]
async fn the_list_can_do_without_last_messages() {
    let (_server, alice, _) = alice_and_bob().await;
    alice.creates_group("Tea").await;

    let rooms = lists(&alice, "?includeLastMessage=false").await;

    assert_eq!(rooms.len(), 1);
    assert_eq!(rooms[0].get("lastMessage"), None);
}

#[tokio::test]
async fn the_list_says_when_it_was_read_and_which_capabilities_hold() {
    let (server, alice, _) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;

    let list = alice.get(&talk("/api/v4/room")).await;
    let single = alice.get(&room(&token)).await;

    let now = server.now().to_string();
    assert_eq!(
        list.header("x-nextcloud-talk-modified-before"),
        Some(now.as_str())
    );
    let hash = list.header("x-nextcloud-talk-hash").unwrap();
    assert_eq!(hash.len(), 40);
    assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(single.header("x-nextcloud-talk-hash"), Some(hash));
    assert_eq!(list.header("x-nextcloud-talk-federation-invites"), None);
}

#[tokio::test]
async fn only_rooms_with_news_since_a_moment_are_listed() {
    let (server, alice, _) = alice_and_bob().await;
    let quiet = alice.creates_group("Quiet").await;
    let busy = alice.creates_group("Busy").await;
    server.advance(100);
    let since = server.now();
    alice.posts(&busy, "news").await;

    let rooms = lists(&alice, &format!("?modifiedSince={since}")).await;

    assert_eq!(tokens(&rooms), [busy]);
    assert_eq!(lists(&alice, "").await.len(), 2);
    let earlier = lists(&alice, &format!("?modifiedSince={}", since - 100)).await;
    assert!(tokens(&earlier).contains(&quiet.as_str()));
}

#[tokio::test]
async fn a_list_without_news_is_an_empty_list() {
    let (server, alice, _) = alice_and_bob().await;
    alice.creates_group("Quiet").await;
    alice.get(&talk("/api/v4/room")).await;

    let path = format!("/api/v4/room?modifiedSince={}", server.now() + 1);
    let answer = alice.get(&talk(&path)).await;

    answer.expect(200, json!([]));
}

#[tokio::test]
async fn marking_something_read_is_news_for_oneself_only() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    server.advance(100);
    let since = format!("?modifiedSince={}", server.now());

    alice
        .post(&format!("{}/read", crate::support::chat(&token)), &[])
        .await;

    assert_eq!(tokens(&lists(&alice, &since).await), [token]);
    assert_eq!(lists(&bob, &since).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_list_needs_a_login() {
    let server = TestServer::start().await;

    let answer = server.guest().get(&talk("/api/v4/room")).await;

    answer.says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn the_list_in_xml_has_one_element_for_each_room() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice
        .request("GET", &talk("/api/v4/room"))
        .xml()
        .send()
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text.matches("\n  <element>\n").count(), 2);
    assert!(
        answer
            .text
            .contains(&format!("   <token>{token}</token>\n"))
    );
    assert!(answer.text.contains("   <hasPassword></hasPassword>\n"));
    assert!(
        answer
            .text
            .contains("   <canLeaveConversation>1</canLeaveConversation>\n")
    );
}

// One conversation.

#[tokio::test]
async fn a_member_sees_everything_in_its_place() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let message = alice.posts(&token, "Hi @bob").await;
    let session = bob.joins(&token).await.data()["sessionId"].clone();

    let seen = bob.room(&token).await;

    let keys: Vec<&str> = seen
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for key in EVERY_KEY {
        assert!(keys.contains(&key), "{key}");
    }
    assert_eq!(
        keys.len(),
        EVERY_KEY.len() + 1,
        "lastMessage is the only other one"
    );
    assert_eq!(seen["type"], 3);
    assert_eq!(seen["participantType"], 3);
    assert_eq!(seen["permissions"], 246);
    assert_eq!(seen["attendeePermissions"], 0);
    assert_eq!(seen["notificationLevel"], 2);
    assert_eq!(seen["notificationCalls"], 1);
    assert_eq!(seen["unreadMessages"], 1);
    assert_eq!(seen["unreadMention"], true);
    assert_eq!(seen["unreadMentionDirect"], true);
    assert_eq!(seen["canStartCall"], false);
    assert_eq!(seen["canDeleteConversation"], false);
    assert_eq!(seen["sessionId"], session);
    assert_eq!(seen["lastMessage"]["id"], message);
    assert_eq!(seen["lastMessage"].get("parent"), None);
}

/// What a visitor sees of a public conversation, as recorded, with the keys of newer versions; the first two and `avatarVersion` vary.
const SKELETON: &str = r#"{
  "id": 166, "token": "ugmi7fb5", "type": 3, "name": "", "displayName": "", "objectType": "",
  "objectId": "", "participantType": 4, "participantFlags": 0, "readOnly": 0,
  "hasPassword": false, "hasCall": false, "callStartTime": 0, "callRecording": 0,
  "canStartCall": false, "lastActivity": 0, "lastReadMessage": 0, "unreadMessages": 0,
  "unreadMention": false, "unreadMentionDirect": false, "isFavorite": false,
  "canLeaveConversation": false, "canDeleteConversation": false, "notificationLevel": 3,
  "notificationCalls": 0, "lobbyState": 0, "lobbyTimer": 0, "lastPing": 0, "sessionId": "0",
  "sipEnabled": 0, "actorType": "", "actorId": "", "attendeeId": 0, "permissions": 1,
  "attendeePermissions": 1, "callPermissions": 1, "defaultPermissions": 1,
  "canEnableSIP": false, "attendeePin": "", "description": "", "lastCommonReadMessage": 0,
  "listable": 0, "callFlag": 0, "messageExpiration": 0, "avatarVersion": "67f809e7",
  "isCustomAvatar": false, "breakoutRoomMode": 0, "breakoutRoomStatus": 0,
  "recordingConsent": 0, "mentionPermissions": 0, "isArchived": false, "isImportant": false,
  "isSensitive": false, "lastPinnedId": 0, "hiddenPinnedId": 0, "hasScheduledMessages": 0
}"#;

/// What every room object has.
const EVERY_KEY: [&str; 56] = [
    "id",
    "token",
    "type",
    "name",
    "displayName",
    "objectType",
    "objectId",
    "participantType",
    "participantFlags",
    "readOnly",
    "hasPassword",
    "hasCall",
    "callStartTime",
    "callRecording",
    "canStartCall",
    "lastActivity",
    "lastReadMessage",
    "unreadMessages",
    "unreadMention",
    "unreadMentionDirect",
    "isFavorite",
    "canLeaveConversation",
    "canDeleteConversation",
    "notificationLevel",
    "notificationCalls",
    "lobbyState",
    "lobbyTimer",
    "lastPing",
    "sessionId",
    "sipEnabled",
    "actorType",
    "actorId",
    "attendeeId",
    "permissions",
    "attendeePermissions",
    "callPermissions",
    "defaultPermissions",
    "canEnableSIP",
    "attendeePin",
    "description",
    "lastCommonReadMessage",
    "listable",
    "callFlag",
    "messageExpiration",
    "avatarVersion",
    "isCustomAvatar",
    "breakoutRoomMode",
    "breakoutRoomStatus",
    "recordingConsent",
    "mentionPermissions",
    "isArchived",
    "isImportant",
    "isSensitive",
    "lastPinnedId",
    "hiddenPinnedId",
    "hasScheduledMessages",
];

#[tokio::test]
async fn a_visitor_sees_the_skeleton_of_a_public_conversation() {
    let (server, alice, _) = alice_and_bob().await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", "sesame"),
    ];
    let token = alice.creates_room(&fields).await;
    let member = alice.room(&token).await;

    let answer = server.guest().get(&room(&token)).await;

    let mut expected: Value = serde_json::from_str(SKELETON).unwrap();
    expected["hasPassword"] = json!(true);
    for key in ["id", "token", "avatarVersion"] {
        expected[key] = member[key].clone();
    }
    answer.expect(200, expected);
    assert!(answer.header("x-nextcloud-talk-hash").is_some());
}

#[tokio::test]
async fn another_account_sees_the_same_skeleton() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    let visitor = server.guest().get(&room(&token)).await;
    let account = bob.get(&room(&token)).await;

    assert_eq!(account.status, 200);
    assert_eq!(account.data(), visitor.data());
}

#[tokio::test]
async fn an_open_conversation_shows_a_preview() {
    let (server, alice, bob) = alice_and_bob().await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("listable", "1"),
        ("description", "Weekly"),
    ];
    let token = alice.creates_room(&fields).await;

    for actor in [bob, server.guest()] {
        let seen = actor.room(&token).await;
        assert_eq!(seen["name"], "Tea");
        assert_eq!(seen["displayName"], "Tea");
        assert_eq!(seen["description"], "Weekly");
        assert_eq!(seen["listable"], 1);
        assert_eq!(seen["lastActivity"], server.now());
        assert_eq!(seen["participantType"], 4);
        assert_eq!(seen["permissions"], 1);
        assert_eq!(seen["attendeeId"], 0);
        assert_eq!(seen.get("lastMessage"), None);
    }
}

#[tokio::test]
async fn an_open_group_is_seen_by_accounts_only() {
    let (server, alice, bob) = alice_and_bob().await;
    let fields = [("roomType", "2"), ("roomName", "Tea"), ("listable", "1")];
    let token = alice.creates_room(&fields).await;

    let account = bob.get(&room(&token)).await;
    let visitor = server.guest().get(&room(&token)).await;

    assert_eq!(account.status, 200);
    assert_eq!(account.data()["name"], "Tea");
    visitor.refused_with(404, json!([]));
}

#[tokio::test]
async fn a_group_is_not_there_for_others() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;

    bob.get(&room(&token)).await.refused_with(404, json!([]));
    server
        .guest()
        .get(&room(&token))
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_conversation_that_does_not_exist_looks_like_a_foreign_one() {
    let (server, alice, _) = alice_and_bob().await;

    alice
        .get(&room("abcd2345"))
        .await
        .refused_with(404, json!([]));
    server
        .guest()
        .get(&room("abcd2345"))
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_conversation_in_xml_has_closed_and_empty_elements() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice.request("GET", &room(&token)).xml().send().await;

    assert_eq!(answer.status, 200);
    for line in [
        format!("  <token>{token}</token>\n"),
        "  <canDeleteConversation>1</canDeleteConversation>\n".to_owned(),
        "  <hasPassword></hasPassword>\n".to_owned(),
        "  <description></description>\n".to_owned(),
        "   <message>You created the conversation</message>\n".to_owned(),
    ] {
        assert!(answer.text.contains(&line), "{line}: {}", answer.text);
    }
}

// Ending one.

#[tokio::test]
async fn a_deleted_conversation_is_gone_for_everybody() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;

    alice
        .delete(&room(&token), &[])
        .await
        .expect(200, json!(null));

    alice.get(&room(&token)).await.refused_with(404, json!([]));
    bob.get(&room_part(&token, "participants"))
        .await
        .refused_with(404, json!([]));
    assert_eq!(bob.list().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_moderator_may_delete_a_conversation() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let attendee = bob.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;

    bob.delete(&room(&token), &[])
        .await
        .expect(200, json!(null));

    alice.get(&room(&token)).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn an_ordinary_member_does_not_delete_a_conversation() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;

    bob.delete(&room(&token), &[])
        .await
        .refused_with(403, json!([]));

    assert_eq!(alice.room(&token).await["name"], "Tea");
}

#[tokio::test]
async fn who_is_not_in_a_public_conversation_finds_nothing_to_delete() {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    bob.delete(&room(&token), &[])
        .await
        .refused_with(404, json!([]));
    server
        .guest()
        .delete(&room(&token), &[])
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_one_to_one_cannot_be_deleted() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;

    alice
        .delete(&room(&token), &[])
        .await
        .refused_with(400, json!(null));

    assert_eq!(alice.room(&token).await["type"], 1);
}
