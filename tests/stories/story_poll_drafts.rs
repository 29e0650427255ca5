//! Drafts of polls. Source: chat-extras.md 3.

use crate::support::TestServer;
use crate::support::polling::{which_tea, which_tea_but};
use crate::support::rooms::room_part;
use serde_json::{Value, json};

#[tokio::test]
async fn a_draft_is_answered_without_a_result_and_posts_nothing() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let answer = alice
        .asks(&room, &which_tea_but("draft", json!(true)))
        .await;

    let data = answer.data();
    let expected = json!({
        "id": data["id"],
        "question": "Which tea?",
        "options": ["Green", "Black", "Mint"],
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "status": 2,
        "resultMode": 0,
        "maxVotes": 0
    });
    assert_eq!(answer.status, 200);
    assert_eq!(data.to_string(), expected.to_string());
    assert_eq!(bob.history(&room).await.len(), 2);
}

#[tokio::test]
async fn only_moderators_draft() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    // Before the question and the options.
    let poll = json!({
        "question": "", "options": [], "resultMode": 0, "maxVotes": 0, "draft": true
    });

    bob.asks(&room, &poll).await.refused(400, "draft");
}

#[tokio::test]
async fn a_draft_is_checked_like_a_poll() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let poll = json!({
        "question": "Tea?", "options": ["Green"], "resultMode": 0, "maxVotes": 0, "draft": true
    });

    alice.asks(&room, &poll).await.refused(400, "options");
}

#[tokio::test]
async fn moderators_list_all_drafts_and_nothing_but_drafts() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.drafts(&room).await;
    alice.asks_which_tea(&room).await;
    alice.promotes(&room, &bob.attendee_id(&room).await).await;
    let second = bob.drafts(&room).await;

    let answer = alice.reads_drafts(&room).await;

    assert_eq!(answer.ids(), [first, second]);
    assert_eq!(answer.data()[1]["actorId"], "bob");
    assert_eq!(answer.data()[1].get("votes"), None);
}

#[tokio::test]
async fn without_drafts_the_list_is_empty() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    alice.reads_drafts(&room).await.expect(200, json!([]));
}

#[tokio::test]
async fn others_do_not_list_drafts() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.drafts(&room).await;

    bob.reads_drafts(&room).await.expect_refusal(403);
}

#[tokio::test]
async fn a_guest_who_moderates_drafts_and_lists() {
    let server = TestServer::start().await;
    let (alice, guest, room) = server.tea_with_guest().await;
    guest.reads_drafts(&room).await.expect_refusal(403);
    alice.promotes(&room, &guest.attendee_id(&room).await).await;

    let id = guest.drafts(&room).await;

    assert_eq!(guest.reads_drafts(&room).await.ids(), [id]);
}

#[tokio::test]
async fn a_draft_is_no_poll_for_others() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    bob.sees_poll(&room, id).await.refused(404, "poll");
    bob.closes_poll(&room, id).await.refused(404, "poll");
    let vote = bob.votes(&room, id, json!([0])).await;
    vote.refused(404, "poll");
}

#[tokio::test]
async fn not_even_moderators_vote_on_a_draft() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    let vote = alice.votes(&room, id, json!([0])).await;

    vote.refused(404, "poll");
}

#[tokio::test]
async fn a_moderator_sees_a_draft_as_a_poll() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    let seen = alice.sees_poll(&room, id).await;

    assert_eq!(seen.data()["status"], 2);
    assert_eq!(seen.result(), json!([[], 0, []]));
}

#[tokio::test]
async fn a_draft_gets_another_content() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    let other = json!({
        "question": " Which cake? ", "options": ["Plum", "Nut"], "resultMode": 1, "maxVotes": 1
    });
    let answer = alice.redrafts(&room, id, &other).await;

    let expected = json!({
        "id": id,
        "question": "Which cake?",
        "options": ["Plum", "Nut"],
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "status": 2,
        "resultMode": 1,
        "maxVotes": 1
    });
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data().to_string(), expected.to_string());
    let drafts = alice.reads_drafts(&room).await;
    drafts.expect(200, json!([expected]));
    assert_eq!(alice.history(&room).await.len(), 2);
}

#[tokio::test]
async fn another_moderator_changes_a_draft_that_stays_its_authors() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.drafts(&room).await;
    alice.promotes(&room, &bob.attendee_id(&room).await).await;

    let answer = bob.redrafts(&room, id, &which_tea()).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["actorId"], "alice");
}

#[tokio::test]
async fn its_author_changes_a_draft_without_being_a_moderator_any_more() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let attendee = bob.attendee_id(&room).await;
    alice.promotes(&room, &attendee).await;
    let id = bob.drafts(&room).await;
    let path = room_part(&room, "moderators");
    let demoted = alice.delete(&path, &[("attendeeId", &attendee)]).await;
    assert_eq!(demoted.status, 200);

    let answer = bob.redrafts(&room, id, &which_tea()).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn others_do_not_change_a_draft() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    let answer = bob.redrafts(&room, id, &which_tea()).await;

    answer.refused(400, "draft");
}

#[tokio::test]
async fn a_draft_that_is_not_there_is_not_found() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    let id = alice.drafts(&elsewhere).await;

    let missing = alice.redrafts(&room, 999, &which_tea()).await;
    missing.refused(404, "poll");
    let other = alice.redrafts(&room, id, &which_tea()).await;
    other.refused(404, "poll");
}

#[tokio::test]
async fn a_poll_that_is_asked_changes_no_more() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.asks_which_tea(&room).await;

    let answer = alice.redrafts(&room, id, &which_tea()).await;

    answer.refused(400, "poll");
}

#[tokio::test]
async fn a_draft_refuses_what_a_poll_refuses() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    let blank = which_tea_but("question", json!(" "));
    let answer = alice.redrafts(&room, id, &blank).await;
    answer.refused(400, "question");
    let single = which_tea_but("options", json!(["Green"]));
    let answer = alice.redrafts(&room, id, &single).await;
    answer.refused(400, "options");
    assert_eq!(
        alice.reads_drafts(&room).await.data()[0]["question"],
        "Which tea?"
    );
}

#[tokio::test]
async fn a_moderator_deletes_a_draft() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.drafts(&room).await;

    alice.closes_poll(&room, id).await.expect(202, Value::Null);

    alice.reads_drafts(&room).await.expect(200, json!([]));
    alice.sees_poll(&room, id).await.refused(404, "poll");
    assert_eq!(alice.history(&room).await.len(), 2);
}
