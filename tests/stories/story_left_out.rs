//! What the server does not offer: the answers of a server where it is not set up, behind the right gates.
//! Source: conversations.md 3.6, 3.14, 3.16, 5.2.

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, talk};
use serde_json::{Value, json};

/// What is left out, as method, path and parameters.
fn everything(token: &str) -> [(&'static str, String, Value); 6] {
    [
        (
            "PUT",
            room_part(token, "webinar/sip"),
            json!({ "state": 1 }),
        ),
        (
            "PUT",
            room_part(token, "recording-consent"),
            json!({ "recordingConsent": 1 }),
        ),
        (
            "POST",
            room_part(token, "meeting"),
            json!({ "calendarUri": "personal", "start": 1 }),
        ),
        ("GET", room_part(token, "breakout-rooms"), json!({})),
        (
            "GET",
            room_part(token, "breakout-rooms/participants"),
            json!({}),
        ),
        (
            "POST",
            talk(&format!("/api/v1/breakout-rooms/{token}")),
            json!({ "mode": 1, "amount": 2 }),
        ),
    ]
}

/// What one gets for all of it, in this order.
async fn answers(actor: &Actor, token: &str) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    for (method, path, body) in everything(token) {
        let answer: Answer = actor.request(method, &path).json(&body).send().await;
        answers.push((answer.status, answer.data()));
    }
    answers
}

fn word(status: u16, word: &str) -> (u16, Value) {
    (status, json!({ "error": word }))
}

#[tokio::test]
async fn moderators_read_what_is_missing() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    let expected = [
        word(412, "config"),
        word(412, "config"),
        word(400, "calendar"),
        word(400, "mode"),
        word(400, "mode"),
        word(400, "config"),
    ];
    assert_eq!(answers(&alice, &token).await, expected);
}

#[tokio::test]
async fn members_are_no_moderators() {
    let server = TestServer::start().await;
    let (_, bob, token) = server.tea().await;

    let expected = [
        (403, json!([])),
        (403, json!([])),
        (403, json!([])),
        word(400, "mode"),
        word(400, "mode"),
        (403, json!([])),
    ];
    assert_eq!(answers(&bob, &token).await, expected);
}

#[tokio::test]
async fn guests_are_asked_to_log_in_or_see_nobody() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Park").await;
    let guest = server.guest_in(&token).await;

    let login = (401, json!([]));
    let mut expected = vec![login; 6];
    expected[4] = (403, json!(null));
    assert_eq!(answers(&guest, &token).await, expected);

    // A guest moderator may see others.
    let attendee = guest.attendee_id(&token).await;
    alice.promotes(&token, &attendee).await;
    expected[4] = word(400, "mode");
    assert_eq!(answers(&guest, &token).await, expected);
}

#[tokio::test]
async fn others_find_nothing() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Park").await;

    assert_eq!(answers(&bob, &token).await, vec![(404, json!([])); 6]);
}

#[tokio::test]
async fn only_the_members_of_breakout_rooms_wait_in_the_lobby() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    alice.closes_lobby(&token).await;

    let seen = answers(&bob, &token).await;

    assert_eq!(seen[3], word(400, "mode"));
    assert_eq!(seen[4], (412, json!([])));
}

#[tokio::test]
async fn a_missing_number_is_named() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    let answer = alice.put(&room_part(&token, "webinar/sip"), &[]).await;
    answer.refused(400, "state");
    let answer = alice
        .put(&room_part(&token, "recording-consent"), &[])
        .await;
    answer.refused(400, "recordingConsent");
}

#[tokio::test]
async fn what_does_not_exist_at_all_is_no_route() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    let path = talk(&format!("/api/v1/breakout-rooms/{token}"));
    let deleted = alice.delete(&path, &[]).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (405, ""));
    for path in [
        format!("/api/v1/breakout-rooms/{token}/rooms"),
        format!("/api/v1/bridge/{token}"),
        format!("/api/v1/recording/{token}"),
        format!("/api/v4/room/{token}/mutual-events"),
    ] {
        let answer = alice.post(&talk(&path), &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.meta()["statuscode"], 998, "{path}");
    }
}
