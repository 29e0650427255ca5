//! Waiting for messages: who is woken, by what, and with which answer.

mod support;

use serde_json::json;
use support::{TestServer, chat, talk};

#[tokio::test]
async fn a_waiting_reader_gets_the_message_that_is_posted_meanwhile() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "bob").await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    let posted = alice.posts(&room, "kettle is on").await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.ids(), [posted]);
    assert_eq!(answer.data()[0]["message"], "kettle is on");
    assert_eq!(answer.data()[0]["actorId"], "alice");
    assert_eq!(
        answer.header("x-chat-last-given"),
        Some(posted.to_string().as_str())
    );
}

#[tokio::test]
async fn a_wait_in_vain_ends_with_304_and_no_chat_header() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    let last = alice.posts(&room, "hello?").await;

    let waiting = alice.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    server.advance(31);

    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, 304);
    assert_eq!(answer.text, "");
    assert_eq!(answer.header("x-chat-last-given"), None);
    assert_eq!(answer.header("x-chat-last-common-read"), None);
    assert_eq!(answer.header("content-type"), None);
}

#[tokio::test]
async fn somebody_removed_while_waiting_reads_up_to_their_removal_and_no_further() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "bob").await;
    let last = alice.posts(&room, "water").await;
    let target = bob.attendee_id(&room).await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    let path = talk(&format!("/api/v4/room/{room}/attendees"));
    alice.delete(&path, &[("attendeeId", &target)]).await;
    alice.posts(&room, "he is gone").await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let systems: Vec<_> = answer.data().as_array().unwrap().iter()
        .map(|row| row["systemMessage"].clone())
        .collect();
    assert_eq!(systems, ["user_removed"]);
    bob.get(&format!("{}?lookIntoFuture=1", chat(&room)))
        .await
        .expect(404, json!([]));
}

#[tokio::test]
async fn a_deleted_conversation_ends_the_wait_with_404() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "bob").await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.delete(&talk(&format!("/api/v4/room/{room}")), &[]).await;

    waiting.await.unwrap().expect(404, json!([]));
}

#[tokio::test]
async fn a_lobby_that_closes_over_a_waiting_reader_ends_the_wait_with_412() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "bob").await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    let path = talk(&format!("/api/v4/room/{room}/webinar/lobby"));
    assert_eq!(alice.put(&path, &[("state", "1")]).await.status, 200);

    waiting.await.unwrap().expect(412, json!([]));
}

#[tokio::test]
async fn a_stopping_server_answers_who_waits_with_304() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    let last = alice.posts(&room, "good night").await;

    let waiting = alice.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    server.stop().await;

    assert_eq!(waiting.await.unwrap().status, 304);
}
