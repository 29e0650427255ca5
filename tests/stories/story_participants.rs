//! Who takes part: the list, adding, removing, leaving for good.
//! Source: conversations.md 4.4 to 4.6, 4.15, 10.4.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer};
use serde_json::json;

const NOBODY: &str = "Current user is not logged in";

/// Alice's group with Bob as an ordinary member.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

async fn adds(actor: &Actor, token: &str, id: &str, source: &str) -> crate::support::Answer {
    let fields = [("newParticipant", id), ("source", source)];
    actor.post(&room_part(token, "participants"), &fields).await
}

async fn removes(actor: &Actor, token: &str, attendee: &str) -> crate::support::Answer {
    let path = room_part(token, "attendees");
    actor.delete(&path, &[("attendeeId", attendee)]).await
}

async fn leaves_for_good(actor: &Actor, token: &str) -> crate::support::Answer {
    actor
        .delete(&room_part(token, "participants/self"), &[])
        .await
}

fn roles<const N: usize>(expected: [(&str, i64); N]) -> Vec<(String, i64)> {
    expected.map(|(id, role)| (id.to_owned(), role)).to_vec()
}

// The list.

#[tokio::test]
async fn a_participant_is_listed_with_all_fields() {
    let (server, alice, bob, token) = tea().await;
    let session = bob.joins(&token).await.data()["sessionId"].clone();
    let attendee = bob.room(&token).await["attendeeId"].clone();

    let everybody = alice.participants(&token).await;

    let found = everybody
        .iter()
        .find(|row| row["actorId"] == "bob")
        .unwrap();
    assert_eq!(
        *found,
        json!({
            "roomToken": token, "inCall": 0, "lastPing": server.now(), "sessionIds": [session],
            "participantType": 3, "attendeeId": attendee, "actorId": "bob", "actorType": "users",
            "displayName": "bob-displayname", "permissions": 246, "attendeePermissions": 0,
            "attendeePin": "", "phoneNumber": "", "callId": "",
        })
    );
}

#[tokio::test]
async fn somebody_without_a_session_is_listed_all_the_same() {
    let (_server, alice, _, token) = tea().await;

    let everybody = alice.participants(&token).await;

    let found = everybody
        .iter()
        .find(|row| row["actorId"] == "alice")
        .unwrap();
    assert_eq!(found["sessionIds"], json!([]));
    assert_eq!(found["lastPing"], 0);
    assert_eq!(found["participantType"], 1);
    assert_eq!(found["permissions"], 254);
}

#[tokio::test]
async fn an_account_has_as_many_sessions_as_browsers() {
    let (_server, alice, bob, token) = tea().await;
    bob.joins(&token).await;
    bob.elsewhere().joins(&token).await;

    let everybody = alice.participants(&token).await;

    let found = everybody
        .iter()
        .find(|row| row["actorId"] == "bob")
        .unwrap();
    assert_eq!(found["sessionIds"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_group_is_listed_as_itself_and_by_its_members() {
    let (server, alice, _, token) = tea().await;
    server.users(["carol"]).await;
    server.group("drinkers", &["carol"]).await;

    alice.adds_group(&token, "drinkers").await;

    let everybody = alice.participants(&token).await;
    let group = everybody
        .iter()
        .find(|row| row["actorType"] == "groups")
        .unwrap();
    assert_eq!(group["actorId"], "drinkers");
    assert_eq!(group["displayName"], "drinkers");
    assert_eq!(group["participantType"], 3);
    assert_eq!(group["permissions"], 246);
    assert_eq!(group["sessionIds"], json!([]));
    assert!(everybody.iter().any(|row| row["actorId"] == "carol"));
}

#[tokio::test]
async fn the_list_is_for_participants() {
    let (server, alice, _, _) = tea().await;
    let [carol] = server.users(["carol"]).await;
    let token = alice.creates_public("Open").await;

    let path = room_part(&token, "participants");
    carol.get(&path).await.refused_with(404, json!([]));
    server.guest().get(&path).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn the_list_in_xml_has_one_element_for_each() {
    let (_server, alice, _, token) = tea().await;

    let path = room_part(&token, "participants");
    let answer = alice.request("GET", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text.matches("\n  <element>\n").count(), 2);
    assert!(answer.text.contains("   <sessionIds/>\n"));
    assert!(answer.text.contains("   <actorId>bob</actorId>\n"));
}

// Adding.

#[tokio::test]
async fn an_added_account_is_an_ordinary_member_who_has_read_everything() {
    let (server, alice, _, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    let before = alice.posts(&token, "before").await;

    adds(&alice, &token, "carol", "users")
        .await
        .expect(200, json!([]));

    let seen = carol.room(&token).await;
    assert_eq!(seen["participantType"], 3);
    assert_eq!(seen["lastReadMessage"], before);
    assert_eq!(seen["unreadMessages"], 0);
    assert_eq!(seen["lastMessage"]["systemMessage"], "user_added");
}

#[tokio::test]
async fn adding_somebody_again_is_no_news() {
    let (_server, alice, _, token) = tea().await;
    let before = alice.systems(&token).await;

    adds(&alice, &token, "bob", "users")
        .await
        .expect(200, json!([]));
    adds(&alice, &token, "alice", "users")
        .await
        .expect(200, json!([]));

    assert_eq!(alice.systems(&token).await, before);
    assert_eq!(alice.roles(&token).await, roles([("alice", 1), ("bob", 3)]));
}

#[tokio::test]
async fn a_self_joined_account_that_is_added_becomes_a_member() {
    let (_server, alice, bob, _) = tea().await;
    let token = alice.creates_public("Open").await;
    bob.joins(&token).await;
    assert_eq!(bob.room(&token).await["participantType"], 5);

    adds(&alice, &token, "bob", "users")
        .await
        .expect(200, json!([]));

    assert_eq!(bob.room(&token).await["participantType"], 3);
    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "user_added"]
    );
}

#[tokio::test]
async fn a_group_is_told_first_and_then_each_new_member() {
    let (server, alice, _, token) = tea().await;
    server.users(["carol", "dave"]).await;
    server.group("drinkers", &["bob", "carol", "dave"]).await;

    alice.adds_group(&token, "drinkers").await;

    assert_eq!(
        alice.systems(&token).await[2..],
        ["group_added", "user_added", "user_added"]
    );
}

#[tokio::test]
async fn a_group_that_is_added_again_brings_whom_it_lacks() {
    let (server, alice, bob, token) = tea().await;
    server.group("drinkers", &["bob"]).await;
    alice.adds_group(&token, "drinkers").await;
    leaves_for_good(&bob, &token).await.expect(200, json!(null));
    let before = alice.systems(&token).await.len();

    alice.adds_group(&token, "drinkers").await;

    assert_eq!(alice.systems(&token).await[before..], ["user_added"]);
    assert_eq!(bob.room(&token).await["participantType"], 3);
}

#[tokio::test]
async fn whom_nobody_knows_cannot_be_added() {
    let (_server, alice, _, token) = tea().await;

    adds(&alice, &token, "nobody", "users")
        .await
        .refused(404, "new-participant");
    adds(&alice, &token, "nogroup", "groups")
        .await
        .refused(404, "new-participant");
}

#[tokio::test]
async fn what_is_not_supported_cannot_be_added() {
    let (_server, alice, _, token) = tea().await;

    adds(&alice, &token, "x", "circles")
        .await
        .refused(400, "new-participant");
    adds(&alice, &token, "x", "teams")
        .await
        .refused(400, "new-participant");
    adds(&alice, &token, "a@b.example", "federated_users")
        .await
        .refused(501, "federation");
    adds(&alice, &token, "123", "phones")
        .await
        .refused(501, "sip");
    adds(&alice, &token, "x", "nonsense")
        .await
        .refused(400, "source");
}

#[tokio::test]
async fn nobody_is_added_to_a_one_to_one_or_a_note() {
    let (server, alice, _, _) = tea().await;
    server.users(["carol"]).await;
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    let note = alice
        .get(&crate::support::talk("/api/v4/room/note-to-self"))
        .await
        .data();
    let note = note["token"].as_str().unwrap().to_owned();

    for token in [pair, note] {
        adds(&alice, &token, "carol", "users")
            .await
            .refused(400, "room-type");
    }
}

#[tokio::test]
async fn ordinary_members_add_nobody() {
    let (server, _, bob, token) = tea().await;
    server.users(["carol"]).await;

    adds(&bob, &token, "carol", "users")
        .await
        .refused_with(403, json!([]));
}

#[tokio::test]
async fn a_moderator_adds_people() {
    let (server, alice, bob, token) = tea().await;
    server.users(["carol"]).await;
    let attendee = bob.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;

    adds(&bob, &token, "carol", "users")
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn adding_needs_a_name() {
    let (_server, alice, _, token) = tea().await;

    let answer = alice.post(&room_part(&token, "participants"), &[]).await;

    answer.refused(400, "newParticipant");
}

// Removing.

#[tokio::test]
async fn a_removed_member_finds_the_conversation_no_more() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = bob.attendee_id(&token).await;

    removes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));

    bob.get(&room(&token)).await.refused_with(404, json!([]));
    assert_eq!(bob.list().await, Vec::<String>::new());
    assert_eq!(alice.newest(&token).await["systemMessage"], "user_removed");
}

#[tokio::test]
async fn an_owner_cannot_be_removed() {
    let (_server, alice, bob, token) = tea().await;
    let owner = alice.attendee_id(&token).await;
    let attendee = bob.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;

    removes(&bob, &token, &owner).await.refused(403, "owner");
}

#[tokio::test]
async fn a_moderator_removes_another_moderator() {
    let (server, alice, bob, token) = tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    for actor in [&bob, &carol] {
        alice
            .promotes(&token, &actor.attendee_id(&token).await)
            .await;
    }

    let attendee = carol.attendee_id(&token).await;
    removes(&bob, &token, &attendee)
        .await
        .expect(200, json!(null));

    assert_eq!(alice.roles(&token).await, roles([("alice", 1), ("bob", 2)]));
}

#[tokio::test]
async fn members_of_other_conversations_cannot_be_removed() {
    let (_server, alice, bob, token) = tea().await;
    let other = alice.creates_group("Coffee").await;
    let attendee = bob.attendee_id(&token).await;

    removes(&alice, &other, &attendee)
        .await
        .refused(404, "participant");
    removes(&alice, &other, "999999")
        .await
        .refused(404, "participant");
    removes(&alice, &other, "")
        .await
        .refused(404, "participant");
}

#[tokio::test]
async fn nobody_is_removed_from_a_one_to_one() {
    let (_server, alice, _, _) = tea().await;
    let token = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    alice.posts(&token, "hey").await;
    let attendee = alice.attendee_of(&token, "bob").await;

    removes(&alice, &token, &attendee)
        .await
        .refused(400, "room-type");
}

#[tokio::test]
async fn ordinary_members_remove_nobody() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = alice.attendee_id(&token).await;

    removes(&bob, &token, &attendee)
        .await
        .refused_with(403, json!([]));
}

#[tokio::test]
async fn who_removes_themselves_leaves() {
    let (_server, alice, bob, token) = tea().await;
    let attendee = alice.attendee_id(&token).await;
    removes(&alice, &token, &attendee)
        .await
        .refused(400, "last-moderator");
    alice.promotes(&token, &bob.attendee_id(&token).await).await;

    removes(&alice, &token, &attendee)
        .await
        .expect(200, json!(null));

    assert_eq!(bob.roles(&token).await, roles([("bob", 2)]));
}

#[tokio::test]
async fn a_removed_group_takes_its_ordinary_members_along() {
    let (server, alice, bob, token) = tea().await;
    server.users(["carol"]).await;
    server.group("drinkers", &["bob", "carol"]).await;
    alice.adds_group(&token, "drinkers").await;
    alice.promotes(&token, &bob.attendee_id(&token).await).await;
    let group = alice.attendee_of(&token, "drinkers").await;
    let before = alice.systems(&token).await.len();

    removes(&alice, &token, &group)
        .await
        .expect(200, json!(null));

    assert_eq!(
        alice.systems(&token).await[before..],
        ["group_removed", "user_removed"]
    );
    assert_eq!(alice.roles(&token).await, roles([("alice", 1), ("bob", 2)]));
}

// Leaving for good.

#[tokio::test]
async fn the_only_moderator_does_not_leave_others_behind() {
    let (_server, alice, _, token) = tea().await;

    leaves_for_good(&alice, &token)
        .await
        .refused(400, "last-moderator");
}

#[tokio::test]
async fn a_member_leaves_and_then_the_owner_takes_the_conversation_along() {
    let (server, alice, bob, _) = tea().await;
    let token = alice.creates_public("Open").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest();
    guest.joins(&token).await;

    leaves_for_good(&bob, &token).await.expect(200, json!(null));
    assert_eq!(
        alice.newest(&token).await["message"],
        "{actor} left the conversation"
    );
    leaves_for_good(&alice, &token)
        .await
        .expect(200, json!(null));

    alice.get(&room(&token)).await.refused_with(404, json!([]));
    guest.get(&room(&token)).await.refused_with(404, json!([]));
}

#[tokio::test]
async fn an_owner_may_leave_a_moderator_behind() {
    let (_server, alice, bob, token) = tea().await;
    alice.promotes(&token, &bob.attendee_id(&token).await).await;

    leaves_for_good(&alice, &token)
        .await
        .expect(200, json!(null));

    assert_eq!(bob.roles(&token).await, roles([("bob", 2)]));
    assert_eq!(bob.newest(&token).await["systemMessage"], "user_removed");
}

#[tokio::test]
async fn visitors_are_asked_to_log_in_before_they_leave_for_good() {
    let (server, alice, _, _) = tea().await;
    let token = alice.creates_public("Open").await;
    let guest = server.guest();
    guest.joins(&token).await;

    leaves_for_good(&guest, &token).await.says(401, 997, NOBODY);
}

#[tokio::test]
async fn who_is_not_in_a_conversation_cannot_leave_it() {
    let (server, alice, _, _) = tea().await;
    let [carol] = server.users(["carol"]).await;
    let token = alice.creates_public("Open").await;

    leaves_for_good(&carol, &token)
        .await
        .refused_with(404, json!([]));
}
