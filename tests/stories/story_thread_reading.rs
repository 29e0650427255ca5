//! Reading one thread apart from the rest of its conversation. Source: chat.md 2, chat-extras.md 13.

use serde_json::json;

use crate::support::threads::{begins, place, posts_into, renames};
use crate::support::{TestServer, chat};

#[tokio::test]
async fn a_thread_is_read_apart_backwards() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    alice.posts(&room, "besides").await;
    let one = bob.replies(&room, root, "1").await;
    bob.posts(&room, "moreover").await;
    let two = posts_into(&alice, &room, root, "2").await;

    let all = bob
        .reads(&room, &format!("lookIntoFuture=0&threadId={root}"))
        .await;

    assert_eq!(all.ids(), [two, one, root + 1, root]);
    assert_eq!(all.last_given(), Some(root));
    let query = format!("lookIntoFuture=0&threadId={root}&limit=2");
    assert_eq!(bob.reads(&room, &query).await.ids(), [two, one]);
    let query = format!("lookIntoFuture=0&threadId={root}&lastKnownMessageId={two}&limit=1");
    assert_eq!(bob.reads(&room, &query).await.ids(), [one]);
    let query = format!("lookIntoFuture=0&threadId={root}&lastKnownMessageId={root}");
    bob.reads(&room, &query).await.expect_nothing_new();
    let query = "lookIntoFuture=0&threadId=999999";
    bob.reads(&room, query).await.expect_nothing_new();
    let rows = bob.reads(&room, "lookIntoFuture=0&threadId=-5").await;
    assert_eq!(rows.ids(), bob.reads(&room, "lookIntoFuture=0").await.ids());
}

#[tokio::test]
async fn a_thread_is_read_apart_forwards_and_around_a_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    alice.posts(&room, "besides").await;
    let one = bob.replies(&room, root, "1").await;
    bob.posts(&room, "moreover").await;
    let two = posts_into(&alice, &room, root, "2").await;
    let all = [root, root + 1, one, two];

    let query = format!("lookIntoFuture=1&timeout=0&threadId={root}");
    let rows = bob.reads(&room, &query).await;
    assert_eq!(rows.ids(), all);
    assert_eq!(rows.last_given(), Some(two));
    let query = format!("lookIntoFuture=1&timeout=0&threadId={root}&limit=1&lastKnownMessageId=1");
    assert_eq!(bob.reads(&room, &query).await.ids(), [root]);
    let around = format!("{}/{one}/context?threadId={root}", chat(&room));
    assert_eq!(bob.get(&around).await.ids(), all);
    let around = format!("{}/{one}/context?threadId={root}&limit=1", chat(&room));
    assert_eq!(bob.get(&around).await.ids(), [one, two]);
}

#[tokio::test]
async fn who_waits_for_a_thread_is_not_woken_by_other_messages() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let query = format!("timeout=30&threadId={root}&lastKnownMessageId={}", root + 1);
    let waiting = bob.polls(&room, &query);
    server.until_waiting(&room, 1).await;

    alice.posts(&room, "besides").await;
    server.until_waiting(&room, 1).await;
    assert!(!waiting.is_finished());
    let answer = alice.replies(&room, root, "well?").await;

    let rows = waiting.await.unwrap();
    assert_eq!(rows.ids(), [answer]);
    assert_eq!(rows.last_given(), Some(answer));
}

#[tokio::test]
async fn who_waits_for_a_thread_in_vain_gets_nothing() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let query = format!("timeout=30&threadId={root}&lastKnownMessageId={}", root + 1);
    let request = bob.reading(&room, &format!("lookIntoFuture=1&{query}"));

    server.answer_in_time(request).await.expect_nothing_new();
}

#[tokio::test]
async fn who_is_removed_while_waiting_for_a_thread_finds_no_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let query = format!("timeout=30&threadId={root}&lastKnownMessageId={}", root + 1);
    let waiting = bob.polls(&room, &query);
    server.until_waiting(&room, 1).await;

    bob.elsewhere().leaves_for_good(&room).await;

    waiting.await.unwrap().expect_refusal(404);
}

#[tokio::test]
async fn the_title_changes_for_who_waits_as_well() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let before = alice.posts(&room, "hello").await;
    let waiting = bob.waits_in(&room, before);
    server.until_waiting(&room, 1).await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    waiting.await.unwrap();

    bob.replies(&room, root, "the blue one").await;
    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={before}");
    let rows = bob.reads(&room, &query).await;
    assert_eq!(
        place(&rows.data()[0]),
        json!([root, true, "Kettles", 1]),
        "the count of answers is the present one"
    );
    renames(&alice, &room, root, "Pots").await;

    let rows = bob.reads(&room, &query).await;
    assert_eq!(rows.data()[0]["threadTitle"], "Pots");
}
