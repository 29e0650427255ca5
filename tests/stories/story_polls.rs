//! Asking polls. Source: chat-extras.md 3.1.

use crate::support::polling::{which_tea, which_tea_but};
use crate::support::{TestServer, person, talk};
use serde_json::{Value, json};

/// A poll with this in place is refused, and nothing is posted.
async fn refused(name: &str, value: Value, word: &str) {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    let answer = bob.asks(&room, &which_tea_but(name, value)).await;

    answer.refused(400, word);
    assert_eq!(bob.history(&room).await.len(), 2);
}

/// A poll with these options is taken, and keeps them.
async fn taken(options: Value) {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    let answer = bob
        .asks(&room, &which_tea_but("options", options.clone()))
        .await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.data()["options"], options);
}

#[tokio::test]
async fn a_poll_is_answered_whole() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    let answer = bob.asks(&room, &which_tea()).await;

    let data = answer.data();
    let expected = json!({
        "id": data["id"],
        "question": "Which tea?",
        "options": ["Green", "Black", "Mint"],
        "actorType": "users",
        "actorId": "bob",
        "actorDisplayName": "bob-displayname",
        "status": 0,
        "resultMode": 0,
        "maxVotes": 0,
        "votes": [],
        "numVoters": 0,
        "votedSelf": []
    });
    assert_eq!(answer.status, 201);
    assert_eq!(data.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_poll_stands_in_the_chat_as_an_object() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let id = bob.asks_which_tea(&room).await;

    let row = alice.newest(&room).await;
    let object = json!({ "type": "talk-poll", "id": id.to_string(), "name": "Which tea?" });
    let parameters = json!({ "actor": person("bob"), "object": object });
    assert_eq!(row["message"], "{object}");
    assert_eq!(row["messageParameters"].to_string(), parameters.to_string());
    assert_eq!(row["messageType"], "comment");
    assert_eq!(row["isReplyable"], true);
    assert_eq!(alice.unread(&room).await, json!([1, false, false]));
    assert_eq!(bob.unread(&room).await, json!([0, false, false]));
    assert_eq!(bob.marker(&room).await, row["id"]);
    assert_eq!(alice.room(&room).await["lastMessage"]["id"], row["id"]);
}

#[tokio::test]
async fn somebody_who_waits_is_woken_by_a_poll() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let known = alice.newest(&room).await["id"].as_i64().unwrap();
    let waiting = alice.waits_in(&room, known);
    server.until_waiting(&room, 1).await;

    bob.asks_which_tea(&room).await;

    assert_eq!(waiting.await.unwrap().column("message"), ["{object}"]);
}

#[tokio::test]
async fn a_question_is_trimmed_but_not_in_its_message() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;

    let poll = which_tea_but("question", json!(" \tWhich tea?\n"));
    let answer = bob.asks(&room, &poll).await;

    assert_eq!(answer.data()["question"], "Which tea?");
    let object = bob.newest(&room).await["messageParameters"]["object"].clone();
    assert_eq!(object["name"], " \tWhich tea?\n");
}

#[tokio::test]
async fn the_longest_question_is_taken_with_its_white_space() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let longest = "é".repeat(16_000);

    let poll = which_tea_but("question", json!(format!("  {longest}  ")));
    let id = bob.asks_this(&room, &poll).await;

    let object = bob.message_of_poll(&room, id).await["messageParameters"]["object"].clone();
    assert_eq!(object["name"], json!(longest), "it would be too long else");
}

#[tokio::test]
async fn an_empty_question_is_refused() {
    refused("question", json!(""), "question").await;
}

#[tokio::test]
async fn a_blank_question_is_refused() {
    refused("question", json!(" \t\r\n"), "question").await;
}

#[tokio::test]
async fn a_question_of_more_than_32_000_bytes_is_refused() {
    refused("question", json!("é".repeat(16_001)), "question").await;
}

#[tokio::test]
async fn a_poll_without_question_is_refused() {
    refused("question", Value::Null, "question").await;
}

#[tokio::test]
async fn a_question_that_is_no_text_is_refused() {
    refused("question", json!(5), "question").await;
}

#[tokio::test]
async fn no_options_are_refused() {
    refused("options", json!([]), "options").await;
}

#[tokio::test]
async fn missing_options_are_refused() {
    refused("options", Value::Null, "options").await;
}

#[tokio::test]
async fn options_that_are_no_list_are_refused() {
    refused("options", json!("Green"), "options").await;
}

#[tokio::test]
async fn one_option_is_refused() {
    refused("options", json!(["Green"]), "options").await;
}

#[tokio::test]
async fn blank_options_do_not_count() {
    refused("options", json!(["Green", "", " \t"]), "options").await;
}

#[tokio::test]
async fn a_number_is_no_option() {
    refused("options", json!(["Green", "Black", 3]), "options").await;
}

#[tokio::test]
async fn a_list_is_no_option() {
    refused("options", json!(["Green", "Black", ["Mint"]]), "options").await;
}

#[tokio::test]
async fn two_options_are_enough() {
    taken(json!(["Green", "Black"])).await;
}

#[tokio::test]
async fn options_stay_as_they_were_sent() {
    taken(json!([" Green ", "", "Black", "Black"])).await;
}

#[tokio::test]
async fn fifty_options_are_taken() {
    taken(json!(vec!["Green"; 50])).await;
}

#[tokio::test]
async fn options_of_60_000_bytes_are_taken() {
    // With brackets, quotes and comma.
    taken(json!(["é".repeat(29_990), "x".repeat(13)])).await;
}

#[tokio::test]
async fn longer_options_are_refused() {
    let options = json!(["é".repeat(29_990), "x".repeat(14)]);
    refused("options", options, "options").await;
}

#[tokio::test]
async fn too_many_options_are_refused() {
    refused("options", json!(vec!["x"; 20_000]), "options").await;
}

#[tokio::test]
async fn an_unknown_result_mode_is_refused() {
    refused("resultMode", json!(2), "options").await;
}

#[tokio::test]
async fn a_missing_result_mode_is_refused() {
    refused("resultMode", Value::Null, "resultMode").await;
}

#[tokio::test]
async fn a_negative_number_of_votes_is_refused() {
    refused("maxVotes", json!(-1), "options").await;
}

#[tokio::test]
async fn a_missing_number_of_votes_is_refused() {
    refused("maxVotes", Value::Null, "maxVotes").await;
}

#[tokio::test]
async fn the_question_is_looked_at_before_the_options() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let poll = json!({ "question": " ", "options": [1], "resultMode": 0, "maxVotes": 0 });

    bob.asks(&room, &poll).await.refused(400, "question");
}

#[tokio::test]
async fn there_are_no_polls_between_two() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    let poll = json!({ "question": "", "options": [], "resultMode": 0, "maxVotes": 0 });

    alice.asks(&room, &poll).await.refused(400, "room");
}

#[tokio::test]
async fn a_guest_asks_under_their_name() {
    let server = TestServer::start().await;
    let (alice, guest, room) = server.tea_with_guest().await;
    let path = talk(&format!("/api/v1/guest/{room}/name"));
    guest.post(&path, &[("displayName", "Greta")]).await;

    let id = guest.asks_which_tea(&room).await;

    let seen = alice.sees_poll(&room, id).await.data();
    assert_eq!(seen["actorType"], "guests");
    assert_eq!(seen["actorDisplayName"], "Greta");
}

#[tokio::test]
async fn strangers_neither_ask_nor_see_nor_vote_nor_close() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let id = alice.asks_which_tea(&room).await;

    carol.asks(&room, &which_tea()).await.expect_refusal(404);
    carol.sees_poll(&room, id).await.expect_refusal(404);
    carol.votes(&room, id, json!([0])).await.expect_refusal(404);
    carol.closes_poll(&room, id).await.expect_refusal(404);
    carol.reads_drafts(&room).await.expect_refusal(404);
}

#[tokio::test]
async fn nobody_asks_in_a_locked_conversation() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let draft = alice.drafts(&room).await;
    alice.locks(&room).await;

    alice.asks(&room, &which_tea()).await.expect_refusal(403);
    let redrafted = alice.redrafts(&room, draft, &which_tea()).await;
    redrafted.expect_refusal(403);
}

#[tokio::test]
async fn nobody_asks_without_the_permission_to_chat() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.forbids_chatting(&room).await;

    bob.asks(&room, &which_tea()).await.expect_refusal(403);
}

#[tokio::test]
async fn the_lobby_keeps_from_polls() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.closes_lobby(&room).await;

    bob.asks(&room, &which_tea()).await.expect_refusal(412);
    bob.sees_poll(&room, id).await.expect_refusal(412);
    bob.votes(&room, id, json!([0])).await.expect_refusal(412);
    bob.closes_poll(&room, id).await.expect_refusal(412);
    let redrafted = bob.redrafts(&room, id, &which_tea()).await;
    redrafted.expect_refusal(412);
}
