//! Guests who are invited by their address: inviting, creating with invitations, sending again, whole lists.
//! Source: conversations.md 3.4, 3.14, 4.5, 4.6, 4.13.

use crate::support::mailing::path_of;
use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, talk};
use serde_json::{Value, json};

/// SHA-256 of `ann@tea.example`.
const ANN: &str = "cc1e7371439e9afb164ffd2349b321e246451f49e7f3ebe6647a806a946cb802";

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

/// Alice's public conversation.
async fn open_tea() -> (TestServer, Actor, String) {
    let (server, alice) = alice().await;
    let token = alice.creates_public("Tea").await;
    (server, alice, token)
}

async fn creates(actor: &Actor, participants: Value) -> Answer {
    actor
        .request("POST", &talk("/api/v4/room"))
        .json(&json!({ "roomType": 2, "roomName": "Tea", "participants": participants }))
        .send()
        .await
}

/// The e-mail guests of a conversation by the address that was invited.
async fn invited(actor: &Actor, token: &str) -> Vec<Value> {
    let everybody = actor.participants(token).await;
    let guests = everybody.iter().filter(|row| row["actorType"] == "emails");
    guests.map(|row| row["invitedActorId"].clone()).collect()
}

// Inviting one.

#[tokio::test]
async fn who_is_invited_belongs_at_once_and_gets_a_letter() {
    let (server, alice, token) = open_tea().await;

    let answer = alice.invites(&token, " Ann@Tea.example").await;

    answer.expect(200, json!({ "type": 3 }));
    let everybody = alice.participants(&token).await;
    assert_eq!(everybody[1]["actorType"], "emails");
    assert_eq!(everybody[1]["actorId"], ANN);
    assert_eq!(everybody[1]["displayName"], "");
    assert_eq!(everybody[1]["participantType"], 4);
    assert_eq!(everybody[1]["invitedActorId"], "ann@tea.example");
    let letters = server.letters();
    assert_eq!(letters[0].to, "ann@tea.example");
    assert_eq!(letters[0].subject, "Invitation to \"Tea\"");
    let begin = "Hello,\n\nalice-displayname invites you to the conversation \"Tea\".";
    assert!(letters[0].text.starts_with(begin), "{}", letters[0].text);
}

#[tokio::test]
async fn an_invitation_makes_no_message() {
    let (_server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn inviting_again_changes_nothing_and_sends_nothing() {
    let (server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;

    let answer = alice.invites(&token, "ANN@tea.example").await;

    answer.expect(200, json!({ "type": 3 }));
    assert_eq!(server.addressees(), ["ann@tea.example"]);
    assert_eq!(alice.participants(&token).await.len(), 2);
}

#[tokio::test]
async fn a_group_is_opened_for_who_is_invited() {
    let (_server, alice, bob, token) = {
        let server = TestServer::start().await;
        let (alice, bob, token) = server.tea().await;
        (server, alice, bob, token)
    };

    let answer = alice.invites(&token, "ann@tea.example").await;

    answer.expect(200, json!({ "type": 3 }));
    assert_eq!(alice.room(&token).await["type"], 3);
    let seen = alice.newest(&token).await;
    assert_eq!(seen["systemMessage"], "guests_allowed");
    assert_eq!(seen["message"], "You allowed guests");
    let seen = bob.newest(&token).await;
    assert_eq!(seen["message"], "{actor} allowed guests");
}

#[tokio::test]
async fn an_address_added_by_hand_is_not_checked() {
    let (_server, alice, token) = open_tea().await;
    let answer = alice.invites(&token, "nobody").await;
    answer.expect(200, json!({ "type": 3 }));
    assert_eq!(invited(&alice, &token).await, ["nobody"]);
}

#[tokio::test]
async fn an_empty_or_endless_address_is_refused() {
    let (server, alice, token) = open_tea().await;
    let long = format!("{}@tea.example", "x".repeat(255));

    let empty = alice.invites(&token, " ").await;
    let endless = alice.invites(&token, &long).await;

    empty.refused(400, "new-participant");
    endless.refused(400, "new-participant");
    assert_eq!(server.letters(), []);
    assert_eq!(alice.participants(&token).await.len(), 1);
}

#[tokio::test]
async fn an_address_must_be_a_text() {
    let (_server, alice, token) = open_tea().await;
    let path = room_part(&token, "participants");

    let missing = alice.post(&path, &[("source", "emails")]).await;
    let wrong = alice
        .request("POST", &path)
        .json(&json!({ "source": "emails", "newParticipant": ["ann@tea.example"] }))
        .send()
        .await;

    missing.refused(400, "newParticipant");
    wrong.refused(400, "newParticipant");
}

#[tokio::test]
async fn one_to_ones_have_no_guests() {
    let server = TestServer::start().await;
    let [alice, _bob] = server.users(["alice", "bob"]).await;
    let token = alice.turns_to("bob").await;

    let answer = alice.invites(&token, "ann@tea.example").await;

    answer.refused(400, "room-type");
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn only_moderators_with_an_account_invite() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;

    let by_member = bob.invites(&token, "ann@tea.example").await;
    let by_guest = guest.invites(&token, "ann@tea.example").await;

    by_member.refused_with(403, json!([]));
    by_guest.says(401, 997, "Current user is not logged in");
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn a_group_stays_closed_where_guests_need_a_password() {
    let server = TestServer::start().await;
    let (alice, _bob, token) = server.tea().await;
    server.decides("force_passwords", "1").await;

    let answer = alice.invites(&token, "ann@tea.example").await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.data()["error"], "password");
    assert_eq!(alice.room(&token).await["type"], 2);
    assert_eq!(alice.participants(&token).await.len(), 2);
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn without_a_mail_server_the_moderator_gets_the_link() {
    let server = TestServer::without_mail().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;

    let first = alice.invites(&token, "ann@tea.example").await;
    let again = alice.invites(&token, "ann@tea.example").await;

    assert_eq!(first.status, 200);
    assert_eq!(first.data()["type"], 3);
    let link = first.data()["invitationLink"].as_str().unwrap().to_owned();
    let begin = format!("/call/{token}?email=ann%40tea.example&access=");
    assert_eq!(path_of(&link).len(), begin.len() + 64);
    assert!(path_of(&link).starts_with(&begin), "{link}");
    assert_eq!(again.data(), first.data());
    let opened = server.guest().visits(&path_of(&link)).await;
    assert_eq!(opened.status, 303);
}

#[tokio::test]
async fn an_invited_guest_is_removed_without_a_word() {
    let (server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;
    let link = server.newest_link();

    alice
        .removes(&token, &alice.attendee_of(&token, ANN).await)
        .await;

    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    assert_eq!(alice.participants(&token).await.len(), 1);
    assert_eq!(server.guest().visits(&link).await.status, 403);
}

#[tokio::test]
async fn a_closed_conversation_has_no_invited_guests_any_more() {
    let (_server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;

    let closed = alice.delete(&room_part(&token, "public"), &[]).await;

    assert_eq!(closed.status, 200);
    assert_eq!(alice.participants(&token).await.len(), 1);
}

// Inviting while making a conversation.

#[tokio::test]
async fn a_conversation_made_with_addresses_is_public() {
    let (server, alice) = alice().await;

    let participants =
        json!({ "emails": ["ann@tea.example", "Ann@tea.example", "ben@tea.example"] });
    let made = creates(&alice, participants).await;

    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.data()["type"], 3);
    let token = made.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        invited(&alice, &token).await,
        ["ann@tea.example", "ben@tea.example"]
    );
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    assert_eq!(server.addressees(), ["ann@tea.example", "ben@tea.example"]);
}

#[tokio::test]
async fn what_is_no_address_is_named_and_left_out() {
    let (server, alice) = alice().await;

    let made = creates(
        &alice,
        json!({ "emails": ["nobody", "ann@tea.example", "a@b c"] }),
    )
    .await;

    assert_eq!(made.status, 202, "{}", made.text);
    assert_eq!(
        made.data()["invalidParticipants"],
        json!({ "emails": ["nobody", "a@b c"] })
    );
    assert_eq!(server.addressees(), ["ann@tea.example"]);
}

#[tokio::test]
async fn no_conversation_is_made_for_nobody() {
    let (server, alice) = alice().await;

    let refused = creates(&alice, json!({ "emails": ["nobody"] })).await;

    refused.refused(404, "invite");
    assert_eq!(alice.list().await, Vec::<String>::new());
    assert_eq!(server.letters(), []);
}

// Sending again.

#[tokio::test]
async fn one_or_all_get_their_letters_again() {
    let (server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;
    let first = server.newest_link();
    alice.invites(&token, "ben@tea.example").await;
    let ann = alice.attendee_of(&token, ANN).await;

    alice
        .resends(&token, &[("attendeeId", &ann)])
        .await
        .expect(200, Value::Null);

    assert_eq!(server.addressees()[2..], ["ann@tea.example"]);
    assert_eq!(server.newest_link(), first);

    alice.resends(&token, &[]).await.expect(200, Value::Null);

    assert_eq!(
        server.addressees()[3..],
        ["ann@tea.example", "ben@tea.example"]
    );
}

#[tokio::test]
async fn nobody_else_gets_letters() {
    let (server, alice, token) = open_tea().await;
    let own = alice.attendee_id(&token).await;

    alice
        .resends(&token, &[("attendeeId", &own)])
        .await
        .expect(200, Value::Null);
    alice.resends(&token, &[]).await.expect(200, Value::Null);

    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn a_letter_to_nobody_is_404() {
    let (server, alice, token) = open_tea().await;
    let other = alice.creates_public("Coffee").await;
    alice.invites(&other, "ann@tea.example").await;
    let elsewhere = alice.attendee_of(&other, ANN).await;

    for id in [elsewhere.as_str(), "0", "-1", "abc", "99999999999999999999"] {
        let answer = alice.resends(&token, &[("attendeeId", id)]).await;
        answer.refused_with(404, Value::Null);
    }

    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn only_moderators_with_an_account_send_again() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;
    let moderator = guest.attendee_id(&token).await;
    alice.promotes(&token, &moderator).await;

    bob.resends(&token, &[]).await.refused_with(403, json!([]));
    let by_guest = guest.resends(&token, &[]).await;
    by_guest.says(401, 997, "Current user is not logged in");
}

// Whole lists.

#[tokio::test]
async fn a_list_is_invited() {
    let (server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let list = b"name,email\nAnn Leaf,Ann@tea.example\n,ben@tea.example\nAnn,ann@tea.example\n";
    let answer = alice.imports(&token, list, false).await;

    answer.expect(200, json!({ "invites": 2, "duplicates": 1, "type": 3 }));
    assert_eq!(server.addressees(), ["ann@tea.example", "ben@tea.example"]);
    let everybody = alice.participants(&token).await;
    assert_eq!(everybody[1]["displayName"], "Ann Leaf");
    assert_eq!(everybody[2]["displayName"], "");
    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "guests_allowed"]
    );
}

#[tokio::test]
async fn a_test_run_only_counts() {
    let (server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice.imports(&token, b"ann@tea.example", true).await;

    answer.expect(200, json!({ "invites": 1, "duplicates": 0, "type": 2 }));
    assert_eq!(server.letters(), []);
    assert_eq!(alice.participants(&token).await.len(), 1);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
}

#[tokio::test]
async fn who_was_invited_before_counts_as_duplicate() {
    let (server, alice, token) = open_tea().await;
    alice.invites(&token, "ann@tea.example").await;

    let answer = alice.imports(&token, b"ann@tea.example\n", false).await;

    answer.expect(200, json!({ "invites": 0, "duplicates": 1, "type": 3 }));
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_list_with_a_bad_row_invites_nobody() {
    let (server, alice, token) = open_tea().await;

    let long = "x".repeat(256);
    let list = format!("email,name\nann@tea.example,Ann\nnobody,Ben\ncleo@tea.example,{long}\n");
    let answer = alice.imports(&token, list.as_bytes(), false).await;

    answer.expect(
        400,
        json!({
            "error": "rows",
            "message": "Some rows are not valid",
            "invites": 1,
            "duplicates": 0,
            "invalid": 2,
            "invalidLines": [3, 4],
            "type": 3
        }),
    );
    assert_eq!(server.letters(), []);
    assert_eq!(alice.participants(&token).await.len(), 1);
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_a_reason() {
    let (_server, alice, token) = open_tea().await;
    let long = "ann@tea.example\n".repeat(1001);

    let missing = alice.post(&room_part(&token, "import-emails"), &[]).await;
    let reason = |error: &str, message: &str| json!({ "error": error, "message": message });
    missing.expect(400, reason("file", "Uploading the file failed"));
    let binary = alice.imports(&token, b"\xff\x00", false).await;
    binary.expect(400, reason("file", "The file is not a list of addresses"));
    let nameless = alice.imports(&token, b"a,b\nc,d", false).await;
    nameless.expect(400, reason("header-email", "No column is called email"));
    let unclear = alice.imports(&token, b"email,phone\nc,d", false).await;
    unclear.expect(400, reason("header-name", "No column is called name"));
    let endless = alice.imports(&token, long.as_bytes(), false).await;
    endless.expect(400, reason("rows", "The list has more than 1000 rows"));
    let empty = alice.imports(&token, b"email\n", false).await;
    assert_eq!(empty.status, 400);
    assert_eq!(empty.data()["message"], "The list has no rows");
}

#[tokio::test]
async fn lists_are_for_moderators_of_groups() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let pair = alice.turns_to("bob").await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;
    let list = b"ann@tea.example";

    let in_pair = alice.imports(&pair, list, false).await;
    let by_member = bob.imports(&token, list, false).await;
    let by_guest = guest.imports(&token, list, false).await;

    in_pair.refused(400, "room");
    by_member.refused_with(403, json!([]));
    by_guest.says(401, 997, "Current user is not logged in");
    assert_eq!(server.letters(), []);
}
