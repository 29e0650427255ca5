//! What moderators set: name, public or private, password, lock, lobby with its timer.
//! Source: conversations.md 3.6, 3.11, 3.12, 5.2.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, chat};
use serde_json::json;

async fn alice_and_bob() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

/// Alice's group with Bob as an ordinary member.
async fn tea() -> (TestServer, Actor, Actor, String) {
    let (server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    (server, alice, bob, token)
}

/// Alice's one-to-one with Bob.
async fn pair() -> (TestServer, Actor, String) {
    let (server, alice, _) = alice_and_bob().await;
    let token = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    (server, alice, token)
}

/// A public room of Alice's with a guest who is a moderator.
async fn guest_moderator() -> (TestServer, Actor, Actor, String) {
    let (server, alice, _) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest();
    guest.joins(&token).await;
    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    (server, alice, guest, token)
}

async fn note_to_self(actor: &Actor) -> String {
    let list = actor
        .get(&crate::support::talk("/api/v4/room/note-to-self"))
        .await;
    list.data()["token"].as_str().unwrap().to_owned()
}

// The name.

#[tokio::test]
async fn a_new_name_is_trimmed_and_told() {
    let (_server, alice, _, token) = tea().await;

    let answer = alice.put(&room(&token), &[("roomName", "  Coffee ")]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["name"], "Coffee");
    assert_eq!(answer.data()["displayName"], "Coffee");
    assert_eq!(
        answer.data()["lastMessage"]["systemMessage"],
        "conversation_renamed"
    );
}

#[tokio::test]
async fn the_same_name_again_is_no_news() {
    let (_server, alice, _, token) = tea().await;
    let before = alice.systems(&token).await;

    let answer = alice.put(&room(&token), &[("roomName", " Tea ")]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn an_empty_or_long_name_is_refused() {
    let (_server, alice, _, token) = tea().await;
    let long = "x".repeat(256);

    for name in ["", "  ", &long] {
        let answer = alice.put(&room(&token), &[("roomName", name)]).await;
        answer.refused(400, "value");
    }
}

#[tokio::test]
async fn a_one_to_one_has_no_name_of_its_own() {
    let (_server, alice, token) = pair().await;

    let answer = alice.put(&room(&token), &[("roomName", "Us")]).await;

    answer.refused(400, "type");
}

#[tokio::test]
async fn a_conversation_of_an_event_keeps_its_name() {
    let (_server, alice, _) = alice_and_bob().await;
    let fields = [
        ("roomName", "Tea"),
        ("objectType", "event"),
        ("objectId", "1#2"),
    ];
    let token = alice.creates_room(&fields).await;

    let answer = alice.put(&room(&token), &[("roomName", "Coffee")]).await;

    answer.refused(400, "event");
}

#[tokio::test]
async fn a_note_to_self_may_be_renamed() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = note_to_self(&alice).await;

    let answer = alice.put(&room(&token), &[("roomName", "Diary")]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["name"], "Diary");
}

// Who may.

#[tokio::test]
async fn ordinary_members_set_nothing() {
    let (_server, _, bob, token) = tea().await;

    bob.put(&room(&token), &[("roomName", "x")])
        .await
        .refused_with(403, json!([]));
    bob.post(&room_part(&token, "public"), &[])
        .await
        .refused_with(403, json!([]));
    bob.delete(&room_part(&token, "public"), &[])
        .await
        .refused_with(403, json!([]));
    for (part, field) in [
        ("read-only", "state"),
        ("password", "password"),
        ("webinar/lobby", "state"),
    ] {
        let answer = bob.put(&room_part(&token, part), &[(field, "1")]).await;
        answer.refused_with(403, json!([]));
    }
}

#[tokio::test]
async fn who_is_not_in_a_public_conversation_finds_nothing_to_set() {
    let (_server, alice, bob) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    bob.put(&room(&token), &[("roomName", "x")])
        .await
        .refused_with(404, json!([]));
    bob.put(&room_part(&token, "read-only"), &[("state", "1")])
        .await
        .refused_with(404, json!([]));
}

#[tokio::test]
async fn a_guest_moderator_renames_and_sets_a_password() {
    let (_server, _, guest, token) = guest_moderator().await;

    let renamed = guest.put(&room(&token), &[("roomName", "Coffee")]).await;
    let locked = guest
        .put(&room_part(&token, "password"), &[("password", "x")])
        .await;

    assert_eq!(renamed.status, 200);
    assert_eq!(renamed.data()["name"], "Coffee");
    assert_eq!(locked.status, 200);
    assert_eq!(locked.data()["hasPassword"], true);
}

#[tokio::test]
async fn a_guest_moderator_is_asked_to_log_in_for_the_rest() {
    let (_server, _, guest, token) = guest_moderator().await;
    let text = "Current user is not logged in";

    guest
        .post(&room_part(&token, "public"), &[])
        .await
        .says(401, 997, text);
    guest
        .delete(&room_part(&token, "public"), &[])
        .await
        .says(401, 997, text);
    for part in ["read-only", "webinar/lobby"] {
        let answer = guest.put(&room_part(&token, part), &[("state", "1")]).await;
        answer.says(401, 997, text);
    }
}

#[tokio::test]
async fn a_guest_moderator_may_delete_the_conversation() {
    let (_server, alice, guest, token) = guest_moderator().await;

    guest
        .delete(&room(&token), &[])
        .await
        .expect(200, json!(null));

    alice.get(&room(&token)).await.refused_with(404, json!([]));
}

// Public and private.

#[tokio::test]
async fn a_group_is_made_public_with_a_password() {
    let (_server, alice, _, token) = tea().await;

    let answer = alice
        .post(&room_part(&token, "public"), &[("password", "sesame")])
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["type"], 3);
    assert_eq!(answer.data()["hasPassword"], true);
    let systems = alice.systems(&token).await;
    assert_eq!(systems[2..], ["guests_allowed", "password_set"]);
}

#[tokio::test]
async fn a_public_conversation_stays_as_it_is_when_made_public_again() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    let answer = alice
        .post(&room_part(&token, "public"), &[("password", "sesame")])
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["hasPassword"], false);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn going_private_drops_who_came_by_the_link_without_a_word() {
    let (server, alice, bob) = alice_and_bob().await;
    let [carol] = server.users(["carol"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "carol").await;
    let guest = server.guest();
    guest.joins(&token).await;
    bob.joins(&token).await;

    let answer = alice.delete(&room_part(&token, "public"), &[]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["type"], 2);
    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "user_added", "guests_disallowed"]
    );
    assert_eq!(
        alice.roles(&token).await,
        [("alice".to_owned(), 1), ("carol".to_owned(), 3)]
    );
    guest.get(&room(&token)).await.refused_with(404, json!([]));
    bob.get(&room(&token)).await.refused_with(404, json!([]));
    assert_eq!(carol.room(&token).await["participantType"], 3);
}

#[tokio::test]
async fn a_guest_moderator_is_dropped_with_the_other_guests() {
    let (_server, alice, guest, token) = guest_moderator().await;

    alice.delete(&room_part(&token, "public"), &[]).await;

    guest.get(&room(&token)).await.refused_with(404, json!([]));
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn a_password_sleeps_while_the_conversation_is_private() {
    let (server, alice, _) = alice_and_bob().await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", "sesame"),
    ];
    let token = alice.creates_room(&fields).await;

    let private = alice.delete(&room_part(&token, "public"), &[]).await;
    assert_eq!(private.data()["hasPassword"], true);
    alice.post(&room_part(&token, "public"), &[]).await;

    server.guest().joins(&token).await.refused(403, "password");
}

#[tokio::test]
async fn a_group_made_private_stays_as_it_is() {
    let (_server, alice, _, token) = tea().await;
    let before = alice.systems(&token).await;

    let answer = alice.delete(&room_part(&token, "public"), &[]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["type"], 2);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn other_kinds_are_neither_public_nor_private() {
    let (_server, alice, token) = pair().await;
    let note = note_to_self(&alice).await;

    for token in [token, note] {
        let path = room_part(&token, "public");
        alice.post(&path, &[]).await.refused(400, "type");
        alice.delete(&path, &[]).await.refused(400, "type");
    }
}

// The password.

#[tokio::test]
async fn a_password_is_told_every_time_it_is_set_or_removed() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    let set = alice
        .sets(&token, "password", &[("password", "sesame")])
        .await;
    alice
        .sets(&token, "password", &[("password", "sesame")])
        .await;
    let removed = alice.sets(&token, "password", &[("password", "")]).await;
    alice.sets(&token, "password", &[("password", "")]).await;

    assert_eq!(set["hasPassword"], true);
    assert_eq!(removed["hasPassword"], false);
    assert_eq!(
        alice.systems(&token).await[1..],
        [
            "password_set",
            "password_set",
            "password_removed",
            "password_removed"
        ]
    );
}

#[tokio::test]
async fn only_public_conversations_have_a_password() {
    let (_server, alice, _, token) = tea().await;
    let note = note_to_self(&alice).await;

    for token in [token, note] {
        let answer = alice
            .put(&room_part(&token, "password"), &[("password", "x")])
            .await;
        answer.refused(400, "type");
    }
}

#[tokio::test]
async fn a_password_has_to_be_sent() {
    let (_server, alice, _) = alice_and_bob().await;
    let token = alice.creates_public("Tea").await;

    alice
        .put(&room_part(&token, "password"), &[])
        .await
        .refused(400, "password");
}

// The lock.

#[tokio::test]
async fn in_a_locked_conversation_nobody_writes() {
    let (_server, alice, bob, token) = tea().await;

    let locked = alice.sets(&token, "read-only", &[("state", "1")]).await;

    assert_eq!(locked["readOnly"], 1);
    for actor in [&alice, &bob] {
        let answer = actor.post(&chat(&token), &[("message", "hello?")]).await;
        answer.refused_with(403, json!([]));
    }
    assert_eq!(bob.newest(&token).await["systemMessage"], "read_only");
}

#[tokio::test]
async fn an_unlocked_conversation_is_written_in_again() {
    let (_server, alice, bob, token) = tea().await;
    alice.sets(&token, "read-only", &[("state", "1")]).await;

    let unlocked = alice.sets(&token, "read-only", &[("state", "0")]).await;

    assert_eq!(unlocked["readOnly"], 0);
    bob.posts(&token, "at last").await;
    let systems = alice.systems(&token).await;
    assert_eq!(systems[2..], ["read_only", "read_only_off"]);
}

#[tokio::test]
async fn a_lock_that_is_set_already_is_no_news() {
    let (_server, alice, _, token) = tea().await;
    alice.sets(&token, "read-only", &[("state", "1")]).await;
    let before = alice.systems(&token).await;

    alice.sets(&token, "read-only", &[("state", "1")]).await;

    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_lock_is_on_or_off() {
    let (_server, alice, _, token) = tea().await;
    let path = room_part(&token, "read-only");

    alice
        .put(&path, &[("state", "2")])
        .await
        .refused(400, "value");
    alice.put(&path, &[]).await.refused(400, "state");
}

#[tokio::test]
async fn a_one_to_one_cannot_be_locked_but_is_unlocked_already() {
    let (_server, alice, token) = pair().await;
    let path = room_part(&token, "read-only");

    alice
        .put(&path, &[("state", "1")])
        .await
        .refused(400, "type");
    let unchanged = alice.put(&path, &[("state", "0")]).await;

    assert_eq!(unchanged.status, 200);
    assert_eq!(unchanged.data()["readOnly"], 0);
}

#[tokio::test]
async fn a_moderator_still_manages_a_locked_conversation() {
    let (server, alice, _, token) = tea().await;
    server.users(["carol"]).await;
    alice.sets(&token, "read-only", &[("state", "1")]).await;

    let renamed = alice.put(&room(&token), &[("roomName", "Coffee")]).await;
    alice.adds(&token, "carol").await;
    let lobby = alice.sets(&token, "webinar/lobby", &[("state", "1")]).await;

    assert_eq!(renamed.status, 200);
    assert_eq!(lobby["lobbyState"], 1);
}
