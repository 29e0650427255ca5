//! What of a poll's result is seen by whom, what the chat says about polls, and what goes with them.
//! Source: chat-extras.md 3.2, 3.3; chat.md 5.2; messages.md 4.5.

use crate::support::polling::which_tea_but;
use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer, chat, person, talk};
use serde_json::{Value, json};

/// Alice moderates, Bob asked, Carol votes for green and mint.
async fn asked(server: &TestServer, mode: i64) -> (Actor, Actor, Actor, String, i64) {
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&room, "carol").await;
    let id = bob
        .asks_this(&room, &which_tea_but("resultMode", json!(mode)))
        .await;
    let voted = carol.votes(&room, id, json!([0, 2])).await;
    assert_eq!(voted.status, 200, "{}", voted.text);
    (alice, bob, carol, room, id)
}

fn detail(name: &str, option: i64) -> Value {
    json!({
        "actorType": "users",
        "actorId": name,
        "actorDisplayName": format!("{name}-displayname"),
        "optionId": option
    })
}

/// What a reader sees, `details` included.
async fn sees(reader: &Actor, room: &str, id: i64) -> Value {
    let answer = reader.sees_poll(room, id).await;
    let result = answer.result();
    json!([
        result[0],
        result[1],
        result[2],
        answer.data().get("details")
    ])
}

// What is seen.

#[tokio::test]
async fn a_voter_sees_the_votes_of_an_open_poll() {
    let server = TestServer::start().await;
    let (_, _, carol, room, id) = asked(&server, 0).await;

    let expected = json!([{ "option-0": 1, "option-2": 1 }, 1, [0, 2], null]);
    assert_eq!(sees(&carol, &room, id).await, expected);
}

#[tokio::test]
async fn author_and_moderators_see_how_many_voted_but_not_for_what() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;

    assert_eq!(sees(&alice, &room, id).await, json!([[], 1, [], null]));
    assert_eq!(sees(&bob, &room, id).await, json!([[], 1, [], null]));
}

#[tokio::test]
async fn others_see_nothing_before_they_vote() {
    let server = TestServer::start().await;
    let (alice, _, _, room, id) = asked(&server, 0).await;
    let [dave] = server.users(["dave"]).await;
    alice.adds(&room, "dave").await;

    assert_eq!(sees(&dave, &room, id).await, json!([[], 0, [], null]));
}

#[tokio::test]
async fn hidden_results_are_hidden_from_voters_too() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 1).await;

    assert_eq!(sees(&carol, &room, id).await, json!([[], 0, [0, 2], null]));
    assert_eq!(sees(&alice, &room, id).await, json!([[], 1, [], null]));
    assert_eq!(sees(&bob, &room, id).await, json!([[], 1, [], null]));
}

#[tokio::test]
async fn after_the_end_all_see_who_chose_what() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;
    bob.votes(&room, id, json!([2])).await;
    bob.closes_poll(&room, id).await;

    let expected = json!([
        { "option-0": 1, "option-2": 2 },
        2,
        [],
        [detail("bob", 2), detail("carol", 0), detail("carol", 2)]
    ]);
    assert_eq!(sees(&alice, &room, id).await, expected);
}

#[tokio::test]
async fn after_the_end_of_a_hidden_poll_all_see_the_numbers_alone() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 1).await;
    bob.closes_poll(&room, id).await;

    let expected = json!([{ "option-0": 1, "option-2": 1 }, 1, [], null]);
    assert_eq!(sees(&alice, &room, id).await, expected);
}

#[tokio::test]
async fn the_end_without_votes_has_no_details_to_list() {
    let server = TestServer::start().await;
    let (alice, _, carol, room, id) = asked(&server, 0).await;
    carol.votes(&room, id, json!([])).await;

    let answer = alice.closes_poll(&room, id).await;

    assert_eq!(answer.data()["details"], json!([]));
    assert_eq!(answer.data()["votes"], json!([]));
}

#[tokio::test]
async fn a_closed_poll_has_its_keys_in_order() {
    let server = TestServer::start().await;
    let (alice, _, _, room, id) = asked(&server, 0).await;

    let answer = alice.closes_poll(&room, id).await;

    let expected = json!({
        "id": id,
        "question": "Which tea?",
        "options": ["Green", "Black", "Mint"],
        "actorType": "users",
        "actorId": "bob",
        "actorDisplayName": "bob-displayname",
        "status": 1,
        "resultMode": 0,
        "maxVotes": 0,
        "votes": { "option-0": 1, "option-2": 1 },
        "numVoters": 1,
        "details": [detail("carol", 0), detail("carol", 2)],
        "votedSelf": []
    });
    assert_eq!(answer.data().to_string(), expected.to_string());
}

// Names.

#[tokio::test]
async fn author_and_voters_are_called_as_they_are_called_now() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 0).await;
    let name = |name: &'static str| [("key", "displayname"), ("value", name)];
    bob.put(&cloud("users/bob"), &name("Robert")).await;
    carol.put(&cloud("users/carol"), &name("Caroline")).await;

    let seen = alice.closes_poll(&room, id).await.data();

    assert_eq!(seen["actorDisplayName"], "Robert");
    assert_eq!(seen["details"][0]["actorDisplayName"], "Caroline");
}

#[tokio::test]
async fn a_guests_new_name_is_shown_even_after_they_have_gone() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let guest = server.guest_in(&room).await;
    let id = guest
        .asks_this(&room, &which_tea_but("maxVotes", json!(1)))
        .await;
    guest.votes(&room, id, json!([1])).await;
    let name = talk(&format!("/api/v1/guest/{room}/name"));
    guest.post(&name, &[("displayName", "Greta")]).await;
    alice.removes(&room, &guest.attendee_id(&room).await).await;

    let seen = alice.closes_poll(&room, id).await.data();

    assert_eq!(seen["actorDisplayName"], "Greta");
    assert_eq!(seen["details"][0]["actorType"], "guests");
    assert_eq!(seen["details"][0]["actorDisplayName"], "Greta");
    assert_eq!(seen["details"][0]["actorId"], seen["actorId"]);
}

#[tokio::test]
async fn votes_of_deleted_accounts_count_without_a_name() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 0).await;
    bob.votes(&room, id, json!([1])).await;
    let admin = server.admin();
    admin.delete(&cloud("users/bob"), &[]).await;
    admin.delete(&cloud("users/carol"), &[]).await;
    drop((bob, carol));

    let seen = alice.closes_poll(&room, id).await.data();

    let nobody = |option: i64| {
        json!({
            "actorType": "deleted_users",
            "actorId": "deleted_users",
            "actorDisplayName": "",
            "optionId": option
        })
    };
    let mut details = seen["details"].as_array().unwrap().clone();
    details.sort_by_key(|entry| entry["optionId"].as_i64());
    assert_eq!(seen["numVoters"], 2);
    assert_eq!(details, [nobody(0), nobody(1), nobody(2)]);
    assert_eq!(seen["actorType"], "deleted_users");
    assert_eq!(seen["actorDisplayName"], "");
}

#[tokio::test]
async fn a_new_account_of_the_same_name_inherits_neither_poll_nor_vote() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;
    bob.votes(&room, id, json!([1])).await;
    server.admin().delete(&cloud("users/bob"), &[]).await;
    let [bob] = server.users(["bob"]).await;
    alice.adds(&room, "bob").await;

    assert_eq!(sees(&bob, &room, id).await, json!([[], 0, [], null]));
    bob.closes_poll(&room, id).await.refused(403, "poll");
    let voted = bob.votes(&room, id, json!([0])).await;
    assert_eq!(voted.data()["numVoters"], 3);
}

// What the chat says.

#[tokio::test]
async fn a_vote_is_told_without_a_name() {
    let server = TestServer::start().await;
    let (alice, _, carol, room, id) = asked(&server, 0).await;

    let row = alice.newest(&room).await;

    let poll = json!({ "type": "talk-poll", "id": id.to_string(), "name": "Which tea?" });
    assert_eq!(row["systemMessage"], "poll_voted");
    assert_eq!(row["message"], "Someone voted on the poll {poll}");
    assert_eq!(row["messageParameters"], json!({ "poll": poll }));
    assert_eq!(row["actorType"], "guests");
    assert_eq!(row["actorId"], "system");
    assert_eq!(row["actorDisplayName"], "");
    assert_eq!(carol.newest(&room).await, row, "the voter reads the same");
}

#[tokio::test]
async fn each_vote_and_each_taken_back_is_told() {
    let server = TestServer::start().await;
    let (alice, _, carol, room, id) = asked(&server, 0).await;
    carol.votes(&room, id, json!([0, 2])).await;
    carol.votes(&room, id, json!([])).await;
    carol.votes(&room, id, json!([])).await;

    let systems = alice.systems(&room).await;

    assert_eq!(systems[3..], ["poll_voted"; 4]);
}

#[tokio::test]
async fn votes_on_a_hidden_poll_are_not_told() {
    let server = TestServer::start().await;
    let (alice, _, _, room, _) = asked(&server, 1).await;

    assert_eq!(alice.newest(&room).await["message"], "{object}");
}

#[tokio::test]
async fn a_vote_is_the_last_message_but_not_unread_and_moves_no_marker() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 0).await;

    let last = alice.room(&room).await["lastMessage"].clone();

    assert_eq!(last["systemMessage"], "poll_voted");
    assert_eq!(alice.unread(&room).await[0], 1, "the poll itself");
    assert_eq!(bob.unread(&room).await[0], 0);
    let poll = carol.message_of_poll(&room, id).await["id"].clone();
    assert!(carol.marker(&room).await.as_i64() < poll.as_i64());
}

#[tokio::test]
async fn the_end_is_told_and_moves_the_markers_of_who_ended_it() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;

    alice.closes_poll(&room, id).await;

    let row = alice.newest(&room).await;
    let poll = json!({ "type": "talk-poll", "id": id.to_string(), "name": "Which tea?" });
    assert_eq!(row["systemMessage"], "poll_closed");
    assert_eq!(row["message"], "You ended the poll {poll}");
    assert_eq!(
        row["messageParameters"],
        json!({ "actor": person("alice"), "poll": poll })
    );
    assert_eq!(
        bob.newest(&room).await["message"],
        "{actor} ended the poll {poll}"
    );
    assert_eq!(alice.marker(&room).await, row["id"]);
    assert!(bob.marker(&room).await.as_i64() < row["id"].as_i64());
    assert_eq!(bob.unread(&room).await[0], 0);
}

#[tokio::test]
async fn somebody_who_waits_is_woken_by_a_vote_and_by_the_end() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 0).await;
    let known = alice.newest(&room).await["id"].as_i64().unwrap();

    let waiting = alice.waits_in(&room, known);
    server.until_waiting(&room, 1).await;
    carol.votes(&room, id, json!([1])).await;
    let woken = waiting.await.unwrap();
    assert_eq!(woken.column("systemMessage"), ["poll_voted"]);

    let waiting = alice.waits_in(&room, woken.last_given().unwrap());
    server.until_waiting(&room, 1).await;
    bob.closes_poll(&room, id).await;
    let woken = waiting.await.unwrap();
    assert_eq!(woken.column("systemMessage"), ["poll_closed"]);
}

// What goes along.

#[tokio::test]
async fn a_poll_goes_with_its_message() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room, id) = asked(&server, 0).await;
    let message = bob.message_of_poll(&room, id).await["id"].as_i64().unwrap();

    let deleted = bob.deletes_message(&room, message).await;

    assert_eq!(deleted.status, 200);
    alice.sees_poll(&room, id).await.refused(404, "poll");
    let vote = carol.votes(&room, id, json!([0])).await;
    vote.refused(404, "poll");
    alice.closes_poll(&room, id).await.refused(404, "poll");
}

#[tokio::test]
async fn a_moderator_who_deletes_its_message_deletes_a_poll() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;
    let message = bob.message_of_poll(&room, id).await["id"].as_i64().unwrap();

    alice.deletes_message(&room, message).await;

    bob.sees_poll(&room, id).await.refused(404, "poll");
}

#[tokio::test]
async fn with_a_closed_poll_goes_the_message_of_its_end() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;
    let message = bob.message_of_poll(&room, id).await["id"].as_i64().unwrap();
    alice.closes_poll(&room, id).await;
    let end = alice.newest(&room).await["id"].as_i64().unwrap();

    let deleted = bob.deletes_message(&room, message).await;

    assert_eq!(deleted.data()["parent"]["id"], message);
    let history = bob.history(&room).await;
    let told: Vec<_> = history[..3]
        .iter()
        .map(|row| (row["message"].clone(), row["parent"]["id"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("You deleted a message"), json!(message)),
            (json!("You deleted a message"), json!(end)),
            (json!("Message deleted by you"), Value::Null),
        ]
    );
    assert_eq!(history[2]["id"], end);
    bob.sees_poll(&room, id).await.refused(404, "poll");
}

#[tokio::test]
async fn who_shares_a_poll_of_others_and_deletes_that_does_not_delete_the_poll() {
    let server = TestServer::start().await;
    let (_, bob, carol, room, id) = asked(&server, 0).await;
    let shared = carol
        .shares(&room, "talk-poll", &id.to_string(), r#"{"name":"Tea"}"#)
        .await;
    let message = shared.data()["id"].as_i64().unwrap();

    carol.deletes_message(&room, message).await;

    assert_eq!(bob.sees_poll(&room, id).await.status, 200);
}

#[tokio::test]
async fn a_poll_of_another_conversation_does_not_go_with_a_message_here() {
    let server = TestServer::start().await;
    let (alice, bob, _, room, id) = asked(&server, 0).await;
    let elsewhere = alice.creates_group("Coffee").await;
    let shared = alice
        .shares(&elsewhere, "talk-poll", &id.to_string(), r#"{"name":"x"}"#)
        .await;
    let message = shared.data()["id"].as_i64().unwrap();

    alice.deletes_message(&elsewhere, message).await;

    assert_eq!(bob.sees_poll(&room, id).await.status, 200);
}

#[tokio::test]
async fn an_object_that_only_says_it_is_a_poll_is_deleted_like_others() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let shared = alice
        .shares(&room, "talk-poll", "no number", r#"{"name":"x"}"#)
        .await;
    let message = shared.data()["id"].as_i64().unwrap();

    let deleted = alice.deletes_message(&room, message).await;

    assert_eq!(deleted.status, 200);
}

#[tokio::test]
async fn all_polls_and_drafts_go_with_the_history() {
    let server = TestServer::start().await;
    let (alice, _, _, room, id) = asked(&server, 0).await;
    alice.drafts(&room).await;
    let elsewhere = alice.creates_group("Coffee").await;
    let other = alice.asks_which_tea(&elsewhere).await;

    let cleared = alice.delete(&chat(&room), &[]).await;

    assert_eq!(cleared.status, 200);
    alice.sees_poll(&room, id).await.refused(404, "poll");
    alice.reads_drafts(&room).await.expect(200, json!([]));
    assert_eq!(alice.sees_poll(&elsewhere, other).await.status, 200);
}

#[tokio::test]
async fn the_number_of_a_deleted_poll_is_not_given_again() {
    let server = TestServer::start().await;
    let (alice, _, _, room, id) = asked(&server, 0).await;
    alice.delete(&chat(&room), &[]).await;

    let next = alice.asks_which_tea(&room).await;

    assert!(next > id, "{next}");
}
