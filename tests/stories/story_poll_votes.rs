//! Voting on polls and closing them. Source: chat-extras.md 3.3.

use crate::support::TestServer;
use crate::support::polling::{polls, which_tea, which_tea_but};
use serde_json::{Value, json};

/// A vote is refused and changes nothing.
async fn vote_refused(poll: Value, options: Value) {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_this(&room, &poll).await;
    bob.votes(&room, id, json!([2])).await;

    let answer = bob.votes(&room, id, options).await;

    answer.refused(400, "options");
    let seen = bob.sees_poll(&room, id).await;
    assert_eq!(seen.result(), json!([{ "option-2": 1 }, 1, [2]]));
    assert_eq!(alice.systems(&room).await.len(), 3, "one vote");
}

// Voting.

#[tokio::test]
async fn a_vote_is_answered_with_the_poll() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;

    let answer = bob.votes(&room, id, json!([2, 0])).await;

    let expected = json!({
        "id": id,
        "question": "Which tea?",
        "options": ["Green", "Black", "Mint"],
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "status": 0,
        "resultMode": 0,
        "maxVotes": 0,
        "votes": { "option-0": 1, "option-2": 1 },
        "numVoters": 1,
        "votedSelf": [2, 0]
    });
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data().to_string(), expected.to_string());
}

#[tokio::test]
async fn a_vote_replaces_the_vote_before() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.votes(&room, id, json!([0])).await;
    bob.votes(&room, id, json!([0, 1])).await;

    let answer = bob.votes(&room, id, json!([2])).await;

    let expected = json!([{ "option-0": 1, "option-2": 1 }, 2, [2]]);
    assert_eq!(answer.result(), expected);
}

#[tokio::test]
async fn a_vote_for_nothing_takes_it_back() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    bob.votes(&room, id, json!([0])).await;

    let answer = bob.votes(&room, id, json!([])).await;

    assert_eq!(answer.result(), json!([[], 0, []]));
    assert_eq!(alice.sees_poll(&room, id).await.data()["numVoters"], 0);
}

#[tokio::test]
async fn without_options_a_vote_is_for_nothing() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    bob.votes(&room, id, json!([0])).await;

    let answer = bob.post(&format!("{}/{id}", polls(&room)), &[]).await;

    assert_eq!(answer.result(), json!([[], 0, []]));
}

#[tokio::test]
async fn numbers_may_be_text() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;

    let path = format!("{}/{id}", polls(&room));
    let fields = [("optionIds[]", "1"), ("optionIds[]", "2")];
    let answer = bob.post(&path, &fields).await;

    assert_eq!(answer.data()["votedSelf"], json!([1, 2]));
}

#[tokio::test]
async fn a_blank_option_can_be_chosen() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let poll = which_tea_but("options", json!(["Green", " ", "Black"]));
    let id = alice.asks_this(&room, &poll).await;

    let answer = bob.votes(&room, id, json!([1])).await;

    assert_eq!(answer.result(), json!([{ "option-1": 1 }, 1, [1]]));
}

#[tokio::test]
async fn as_many_votes_as_allowed_are_taken() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let poll = which_tea_but("maxVotes", json!(2));
    let id = alice.asks_this(&room, &poll).await;

    let answer = bob.votes(&room, id, json!([0, 2])).await;

    assert_eq!(answer.data()["votedSelf"], json!([0, 2]));
}

#[tokio::test]
async fn more_votes_than_allowed_are_refused() {
    vote_refused(which_tea_but("maxVotes", json!(1)), json!([0, 1])).await;
}

#[tokio::test]
async fn an_option_chosen_twice_is_refused() {
    vote_refused(which_tea(), json!([1, 1])).await;
}

#[tokio::test]
async fn an_option_chosen_twice_in_two_ways_is_refused() {
    vote_refused(which_tea(), json!([1, "1"])).await;
}

#[tokio::test]
async fn an_option_beyond_the_last_is_refused() {
    vote_refused(which_tea(), json!([3])).await;
}

#[tokio::test]
async fn a_negative_option_is_refused() {
    vote_refused(which_tea(), json!([-1])).await;
}

#[tokio::test]
async fn a_huge_option_is_refused() {
    vote_refused(which_tea(), json!([i64::MAX])).await;
}

#[tokio::test]
async fn an_option_that_is_no_number_is_refused() {
    vote_refused(which_tea(), json!(["Green"])).await;
}

#[tokio::test]
async fn an_option_that_is_a_list_is_refused() {
    vote_refused(which_tea(), json!([[0]])).await;
}

#[tokio::test]
async fn options_that_are_not_in_a_list_are_refused() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;

    let answer = bob.votes(&room, id, json!("0")).await;

    answer.refused(400, "optionIds");
}

#[tokio::test]
async fn there_is_no_vote_on_a_poll_that_is_not_there() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    let id = alice.asks_which_tea(&elsewhere).await;

    let missing = alice.votes(&room, 999, json!([0])).await;
    missing.refused(404, "poll");
    let other = alice.votes(&room, id, json!([0])).await;
    other.refused(404, "poll");
    alice.sees_poll(&room, id).await.refused(404, "poll");
    alice.closes_poll(&room, id).await.refused(404, "poll");
    alice.sees_poll(&room, 0).await.refused(404, "poll");
}

#[tokio::test]
async fn a_poll_that_is_no_number_is_no_path() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice.get(&format!("{}/tea", polls(&room))).await;

    assert_eq!(answer.status, 404);
    assert_eq!(answer.meta()["statuscode"], 998);
}

#[tokio::test]
async fn guests_vote() {
    let server = TestServer::start().await;
    let (alice, guest, room) = server.tea_with_guest().await;
    let id = alice.asks_which_tea(&room).await;

    let answer = guest.votes(&room, id, json!([1])).await;

    assert_eq!(answer.result(), json!([{ "option-1": 1 }, 1, [1]]));
}

#[tokio::test]
async fn votes_are_given_in_a_locked_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.locks(&room).await;

    let answer = bob.votes(&room, id, json!([1])).await;

    assert_eq!(answer.result(), json!([{ "option-1": 1 }, 1, [1]]));
    assert_eq!(alice.newest(&room).await["systemMessage"], "poll_voted");
}

#[tokio::test]
async fn votes_are_given_without_the_permission_to_chat() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.forbids_chatting(&room).await;

    let answer = bob.votes(&room, id, json!([1])).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
}

// Closing.

#[tokio::test]
async fn its_author_closes_a_poll() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let id = bob.asks_which_tea(&room).await;

    let answer = bob.closes_poll(&room, id).await;

    assert_eq!(answer.data()["status"], 1);
    assert_eq!(answer.result(), json!([[], 0, []]));
    assert_eq!(bob.sees_poll(&room, id).await.data(), answer.data());
}

#[tokio::test]
async fn a_moderator_closes_a_poll_of_others() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = bob.asks_which_tea(&room).await;

    let answer = alice.closes_poll(&room, id).await;

    assert_eq!(answer.data()["status"], 1);
}

#[tokio::test]
async fn a_guest_who_moderates_closes_a_poll_of_others() {
    let server = TestServer::start().await;
    let (alice, guest, room) = server.tea_with_guest().await;
    let id = alice.asks_which_tea(&room).await;
    guest.closes_poll(&room, id).await.refused(403, "poll");
    alice.promotes(&room, &guest.attendee_id(&room).await).await;

    let answer = guest.closes_poll(&room, id).await;

    assert_eq!(answer.data()["status"], 1);
}

#[tokio::test]
async fn others_do_not_close_a_poll() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;

    bob.closes_poll(&room, id).await.refused(403, "poll");

    assert_eq!(bob.sees_poll(&room, id).await.data()["status"], 0);
}

#[tokio::test]
async fn a_poll_is_closed_once() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.closes_poll(&room, id).await;

    alice.closes_poll(&room, id).await.refused(400, "poll");
    // Whoever asks.
    bob.closes_poll(&room, id).await.refused(400, "poll");
}

#[tokio::test]
async fn nobody_votes_after_the_end() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    bob.votes(&room, id, json!([0])).await;
    alice.closes_poll(&room, id).await;

    let vote = bob.votes(&room, id, json!([1])).await;
    vote.refused(400, "poll");
    // Not even for options that there are not.
    let vote = bob.votes(&room, id, json!([9])).await;
    vote.refused(400, "poll");
    let seen = bob.sees_poll(&room, id).await;
    assert_eq!(seen.result(), json!([{ "option-0": 1 }, 1, [0]]));
}

#[tokio::test]
async fn a_poll_is_closed_in_a_locked_conversation() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    alice.locks(&room).await;

    let answer = alice.closes_poll(&room, id).await;

    assert_eq!(answer.data()["status"], 1);
}

#[tokio::test]
async fn a_poll_comes_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;
    bob.votes(&room, id, json!([1])).await;

    let path = format!("{}/{id}", polls(&room));
    let answer = bob.request("GET", &path).xml().send().await;

    let result = "<votes>\n   <option-1>1</option-1>\n  </votes>\n  <numVoters>1</numVoters>\n  \
        <votedSelf>\n   <element>1</element>\n  </votedSelf>\n";
    assert!(answer.text.contains(result), "{}", answer.text);
}
