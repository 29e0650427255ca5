//! Making conversations: all forms and all refusals. Source: conversations.md 3.4, 3.5.

use crate::support::rooms::room;
use crate::support::{Actor, Answer, TestServer, talk};
use serde_json::{Value, json};

async fn alice_and_bob() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

async fn creates(actor: &Actor, fields: &[(&str, &str)]) -> Answer {
    actor.post(&talk("/api/v4/room"), fields).await
}

async fn creates_json(actor: &Actor, body: Value) -> Answer {
    let request = actor.request("POST", &talk("/api/v4/room"));
    request.json(&body).send().await
}

#[tokio::test]
async fn a_group_is_what_one_gets_without_naming_a_type() {
    let (_server, alice, _) = alice_and_bob().await;

    let answer = creates(&alice, &[("roomName", "Tea")]).await;

    assert_eq!(answer.status, 201);
    let made = answer.data();
    assert_eq!(made["type"], 2);
    assert_eq!(made["name"], "Tea");
    assert_eq!(made["displayName"], "Tea");
    assert_eq!(made["participantType"], 1);
    assert_eq!(made["actorId"], "alice");
    assert_eq!(made["permissions"], 254);
    assert_eq!(made["canDeleteConversation"], true);
    assert_eq!(made["canLeaveConversation"], true);
    assert_eq!(made["sessionId"], "0");
    assert_eq!(answer.header("x-nextcloud-talk-hash"), None);
}

#[tokio::test]
async fn a_token_has_eight_characters_that_cannot_be_mixed_up() {
    let (_server, alice, _) = alice_and_bob().await;

    let token = alice.creates_group("Tea").await;

    assert_eq!(token.len(), 8);
    let allowed = "abcdefghijkmnopqrstuvwxyz23456789";
    assert!(token.chars().all(|character| allowed.contains(character)));
}

#[tokio::test]
async fn a_new_conversation_has_one_message_and_its_maker_has_read_it() {
    let (_server, alice, _) = alice_and_bob().await;

    let token = alice.creates_group("Tea").await;

    let seen = alice.room(&token).await;
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    assert_eq!(seen["lastReadMessage"], seen["lastMessage"]["id"]);
    assert_eq!(seen["unreadMessages"], 0);
    assert_eq!(seen["lastActivity"], seen["lastMessage"]["timestamp"]);
}

#[tokio::test]
async fn a_public_conversation_is_made_with_a_password() {
    let (_server, alice, _) = alice_and_bob().await;

    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", "sesame"),
    ];
    let answer = creates(&alice, &fields).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["type"], 3);
    assert_eq!(answer.data()["hasPassword"], true);
    let token = answer.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn the_password_of_a_group_is_ignored() {
    let (_server, alice, _) = alice_and_bob().await;

    let answer = creates(&alice, &[("roomName", "Tea"), ("password", "sesame")]).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["hasPassword"], false);
}

#[tokio::test]
async fn everything_can_be_set_at_once_without_further_messages() {
    let (server, alice, _) = alice_and_bob().await;
    let timer = server.now() + 60;

    let answer = creates_json(
        &alice,
        json!({
            "roomType": 3, "roomName": "  Tea  ", "description": "Weekly", "readOnly": 1,
            "listable": 1, "messageExpiration": 3600, "lobbyState": 1, "lobbyTimer": timer,
            "permissions": 4, "mentionPermissions": 1,
            "objectType": "event", "objectId": "1#2",
        }),
    )
    .await;

    assert_eq!(answer.status, 201);
    let made = answer.data();
    assert_eq!(made["name"], "Tea");
    assert_eq!(made["description"], "Weekly");
    assert_eq!(made["readOnly"], 1);
    assert_eq!(made["listable"], 1);
    assert_eq!(made["messageExpiration"], 3600);
    assert_eq!(made["lobbyState"], 1);
    assert_eq!(made["lobbyTimer"], timer);
    assert_eq!(made["defaultPermissions"], 5);
    assert_eq!(made["mentionPermissions"], 1);
    assert_eq!(made["objectType"], "event");
    assert_eq!(made["objectId"], "1#2");
    let token = made["token"].as_str().unwrap();
    assert_eq!(alice.systems(token).await, ["conversation_created"]);
}

#[tokio::test]
async fn a_lobby_timer_in_the_past_opens_the_lobby_at_once() {
    let (_server, alice, _) = alice_and_bob().await;

    let fields = [
        ("roomName", "Tea"),
        ("lobbyState", "1"),
        ("lobbyTimer", "0"),
    ];
    let answer = creates(&alice, &fields).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["lobbyState"], 0);
}

#[tokio::test]
async fn without_a_name_it_is_called_three_dashes() {
    let (_server, alice, _) = alice_and_bob().await;

    let answer = creates(&alice, &[]).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["name"], "---");
}

#[tokio::test]
async fn a_bound_phone_conversation_has_a_fixed_object_id() {
    let (_server, alice, _) = alice_and_bob().await;

    let body = json!({ "roomName": "Tea", "objectType": "phone", "objectId": "123" });
    let answer = creates_json(&alice, body).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["objectId"], "phone");
}

#[tokio::test]
async fn a_visitor_makes_no_conversations() {
    let server = TestServer::start().await;

    let answer = creates(&server.guest(), &[("roomName", "Tea")]).await;

    answer.says(401, 997, "Current user is not logged in");
}

// Invitations.

#[tokio::test]
async fn invited_users_and_groups_are_members_from_the_start() {
    let (server, alice, bob) = alice_and_bob().await;
    server.users(["carol"]).await;
    server.group("tea", &["carol"]).await;

    let body =
        json!({ "roomName": "Tea", "participants": { "users": ["bob"], "groups": ["tea"] } });
    let answer = creates_json(&alice, body).await;

    assert_eq!(answer.status, 201);
    let token = answer.data()["token"].as_str().unwrap().to_owned();
    let expected = [("alice", 1), ("bob", 3), ("carol", 3), ("tea", 3)];
    let expected = expected.map(|(id, role)| (id.to_owned(), role));
    assert_eq!(alice.roles(&token).await, expected);
    assert_eq!(
        alice.systems(&token).await,
        [
            "conversation_created",
            "user_added",
            "group_added",
            "user_added"
        ]
    );
    assert_eq!(bob.room(&token).await["unreadMessages"], 0);
}

#[tokio::test]
async fn the_invited_start_at_the_last_message_before_them() {
    let (_server, alice, bob) = alice_and_bob().await;

    let body = json!({ "roomName": "Tea", "participants": { "users": ["bob"] } });
    let token = creates_json(&alice, body).await.data()["token"]
        .as_str()
        .unwrap()
        .to_owned();

    let history = alice.history(&token).await;
    let created = history.last().unwrap();
    assert_eq!(bob.room(&token).await["lastReadMessage"], created["id"]);
    assert_eq!(alice.room(&token).await["lastReadMessage"], created["id"]);
}

#[tokio::test]
async fn a_legacy_invitation_names_a_group_and_the_conversation() {
    let (server, alice, bob) = alice_and_bob().await;
    server.group("tea", &["bob"]).await;

    let answer = creates(&alice, &[("roomType", "2"), ("invite", "tea")]).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["name"], "tea");
    let token = answer.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(bob.room(&token).await["participantType"], 3);
}

#[tokio::test]
async fn some_unknown_invitations_are_202_and_listed() {
    let (_server, alice, bob) = alice_and_bob().await;

    let body = json!({ "roomName": "Tea", "participants": { "users": ["bob", "nobody"] } });
    let answer = creates_json(&alice, body).await;

    assert_eq!(answer.status, 202);
    assert_eq!(
        answer.data()["invalidParticipants"],
        json!({ "users": ["nobody"] })
    );
    let token = answer.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(bob.room(&token).await["participantType"], 3);
}

#[tokio::test]
async fn only_unknown_invitations_are_404() {
    let (_server, alice, _) = alice_and_bob().await;

    let body = json!({ "roomName": "Tea", "participants": { "users": ["nobody"] } });
    let users = creates_json(&alice, body).await;
    let legacy = creates(&alice, &[("roomType", "2"), ("invite", "nogroup")]).await;
    let team = creates(&alice, &[("invite", "team"), ("source", "circles")]).await;

    users.refused(404, "invite");
    legacy.refused(404, "invite");
    team.refused(404, "invite");
}

#[tokio::test]
async fn refused_conversations_are_not_made() {
    let (_server, alice, _) = alice_and_bob().await;
    assert_eq!(alice.list().await, Vec::<String>::new());

    creates(&alice, &[("roomName", "Tea"), ("readOnly", "2")])
        .await
        .refused(400, "read-only");

    assert_eq!(alice.list().await, Vec::<String>::new());
}

// Refusals, in their order.

#[tokio::test]
async fn a_name_of_more_than_255_characters_is_refused() {
    let (_server, alice, _) = alice_and_bob().await;
    let long = "é".repeat(256);

    let refused = creates(&alice, &[("roomName", &long)]).await;
    let taken = creates(&alice, &[("roomName", &long[2..])]).await;

    refused.refused(400, "name");
    assert_eq!(taken.status, 201);
    assert_eq!(taken.data()["name"], long[2..]);
}

#[tokio::test]
async fn a_name_of_spaces_is_refused() {
    let (_server, alice, _) = alice_and_bob().await;

    creates(&alice, &[("roomName", "   ")])
        .await
        .refused(400, "name");
}

#[tokio::test]
async fn other_types_are_refused() {
    let (_server, alice, _) = alice_and_bob().await;

    for kind in ["0", "4", "5", "6", "99", "abc"] {
        let answer = creates(&alice, &[("roomType", kind), ("roomName", "Tea")]).await;
        answer.refused(400, "type");
    }
}

#[tokio::test]
async fn objects_are_checked() {
    let (_server, alice, _) = alice_and_bob().await;
    let long = "x".repeat(65);

    for (object_type, object_id, word) in [
        (long.as_str(), "1", "object-type"),
        ("event", long.as_str(), "object-id"),
        ("room", "1", "object-type"),
        ("note_to_self", "1", "object-type"),
        ("nonsense", "1", "object-type"),
        ("event", "", "object"),
        ("", "1", "object"),
        ("extended_conversation", "abcd2345", "object"),
    ] {
        let fields = [
            ("roomName", "Tea"),
            ("objectType", object_type),
            ("objectId", object_id),
        ];
        creates(&alice, &fields).await.refused(400, word);
    }
}

#[tokio::test]
async fn an_extended_conversation_continues_a_one_to_one_of_its_maker() {
    let (_server, alice, _) = alice_and_bob().await;
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;

    let fields = [
        ("roomName", "Tea"),
        ("objectType", "extended_conversation"),
        ("objectId", pair.as_str()),
    ];
    let answer = creates(&alice, &fields).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["objectId"], pair.as_str());
}

#[tokio::test]
async fn an_extended_conversation_does_not_continue_what_is_not_its_makers() {
    let (_server, alice, bob) = alice_and_bob().await;
    let group = alice.creates_group("Tea").await;
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;

    for (actor, token) in [(&alice, &group), (&bob, &pair)] {
        let fields = [
            ("roomName", "Tea"),
            ("objectType", "extended_conversation"),
            ("objectId", token.as_str()),
        ];
        creates(actor, &fields).await.refused(400, "object");
    }
}

#[tokio::test]
async fn values_out_of_range_are_refused_by_their_names() {
    let (_server, alice, _) = alice_and_bob().await;
    let long = "x".repeat(2001);

    for (field, value, word) in [
        ("readOnly", "2", "read-only"),
        ("listable", "3", "listable"),
        ("messageExpiration", "-1", "message-expiration"),
        ("lobbyState", "2", "lobby"),
        ("sipEnabled", "3", "sip-enabled"),
        ("permissions", "256", "permissions"),
        ("permissions", "-1", "permissions"),
        ("recordingConsent", "2", "recording-consent"),
        ("mentionPermissions", "2", "mention-permissions"),
        ("description", long.as_str(), "description"),
    ] {
        let answer = creates(&alice, &[("roomName", "Tea"), (field, value)]).await;
        answer.refused(400, word);
    }
}

#[tokio::test]
async fn a_negative_lobby_timer_is_refused_if_there_is_a_lobby() {
    let (_server, alice, _) = alice_and_bob().await;

    let with = [
        ("roomName", "Tea"),
        ("lobbyState", "1"),
        ("lobbyTimer", "-1"),
    ];
    let without = [("roomName", "Tea"), ("lobbyTimer", "-1")];

    creates(&alice, &with).await.refused(400, "lobby-timer");
    assert_eq!(creates(&alice, &without).await.status, 201);
}

#[tokio::test]
async fn the_first_refusal_in_the_documented_order_wins() {
    let (_server, alice, _) = alice_and_bob().await;

    let all = json!({
        "roomName": " ", "roomType": 9, "objectType": "nonsense", "readOnly": 2,
        "participants": { "users": ["nobody"] },
    });
    let no_invitation = json!({ "roomName": " ", "roomType": 9, "objectType": "nonsense" });
    let good_name = json!({ "roomName": "Tea", "roomType": 9, "objectType": "nonsense" });
    let good_type = json!({ "roomName": "Tea", "objectType": "nonsense", "readOnly": 2 });

    creates_json(&alice, all).await.refused(404, "invite");
    creates_json(&alice, no_invitation)
        .await
        .refused(400, "name");
    creates_json(&alice, good_name).await.refused(400, "type");
    creates_json(&alice, good_type)
        .await
        .refused(400, "object-type");
}

#[tokio::test]
async fn a_refusal_in_xml_names_its_word() {
    let (_server, alice, _) = alice_and_bob().await;

    let request = alice.request("POST", &talk("/api/v4/room")).xml();
    let answer = request
        .form(&[("roomType", "99"), ("roomName", "x")])
        .send()
        .await;

    assert_eq!(answer.status, 400);
    assert!(
        answer
            .text
            .contains("  <statuscode>400</statuscode>\n  <message></message>\n")
    );
    assert!(
        answer
            .text
            .contains(" <data>\n  <error>type</error>\n </data>\n")
    );
}

// Note to self.

#[tokio::test]
async fn the_first_list_brings_a_note_to_self_by_the_system() {
    let (_server, alice, _) = alice_and_bob().await;

    let list = alice.get(&talk("/api/v4/room")).await.data();

    let rooms = list.as_array().unwrap();
    assert_eq!(rooms.len(), 1);
    let note = &rooms[0];
    assert_eq!(note["type"], 6);
    assert_eq!(note["name"], "Note to self");
    assert_eq!(note["objectType"], "note_to_self");
    assert_eq!(note["objectId"], "alice");
    assert_eq!(note["isFavorite"], true);
    assert_eq!(note["canLeaveConversation"], false);
    assert_eq!(note["canDeleteConversation"], true);
    assert_eq!(note["lastMessage"]["systemMessage"], "conversation_created");
    assert_eq!(note["lastMessage"]["actorType"], "guests");
    assert_eq!(note["lastMessage"]["actorId"], "system");
    assert_eq!(
        note["lastMessage"]["message"],
        "System created the conversation"
    );
}

#[tokio::test]
async fn there_is_one_note_to_self_however_often_it_is_asked_for() {
    let (_server, alice, _) = alice_and_bob().await;
    let list = alice.get(&talk("/api/v4/room")).await.data();
    let token = list[0]["token"].clone();

    let again = alice.get(&talk("/api/v4/room")).await.data();
    let asked = alice.get(&talk("/api/v4/room/note-to-self")).await;

    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(asked.status, 200);
    assert_eq!(asked.data()["token"], token);
    assert!(asked.header("x-nextcloud-talk-hash").is_some());
}

#[tokio::test]
async fn a_deleted_note_to_self_comes_back_under_another_token() {
    let (_server, alice, _) = alice_and_bob().await;
    let list = alice.get(&talk("/api/v4/room")).await.data();
    let token = list[0]["token"].as_str().unwrap().to_owned();

    alice
        .delete(&room(&token), &[])
        .await
        .expect(200, json!(null));
    let again = alice.get(&talk("/api/v4/room")).await.data();

    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["type"], 6);
    assert_ne!(again[0]["token"], token.as_str());
}
