//! Waiting for messages: who is woken, by what, and with which answer.

use crate::support::{TestServer, chat, talk};
use serde_json::json;

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
    let systems: Vec<_> = answer
        .data()
        .as_array()
        .unwrap()
        .iter()
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
    alice
        .delete(&talk(&format!("/api/v4/room/{room}")), &[])
        .await;

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
async fn each_kind_of_row_wakes_who_waits() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let mut last = alice.posts(&room, "water").await;
    let oops = last;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice
        .shares(&room, "highlight", "1", r#"{"name":"One"}"#)
        .await;
    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("message"), ["{object}"]);
    last = answer.last_given().unwrap();

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.deletes_message(&room, oops).await;
    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("systemMessage"), ["message_deleted"]);
    assert_eq!(answer.data()[0]["parent"]["messageType"], "comment_deleted");
    last = answer.last_given().unwrap();

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.locks(&room).await;
    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("systemMessage"), ["read_only"]);
}

#[tokio::test]
async fn everybody_who_waits_is_woken_in_their_own_words() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    server.users(["carol"]).await;
    let last = alice.posts(&room, "water").await;

    let waiting = [&alice, &bob, &bob.elsewhere()].map(|actor| actor.waits_in(&room, last));
    server.until_waiting(&room, 3).await;
    alice.adds(&room, "carol").await;

    let expected = [
        "You added {user}",
        "{actor} added {user}",
        "{actor} added {user}",
    ];
    for (reader, text) in waiting.into_iter().zip(expected) {
        assert_eq!(reader.await.unwrap().column("message"), [text]);
    }
}

#[tokio::test]
async fn a_waiting_reader_gets_the_message_in_the_format_they_asked_for() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;

    let query = format!("lookIntoFuture=1&lastKnownMessageId={last}");
    let in_json = bob.reading(&room, &query).start();
    let in_xml = bob.reading(&room, &query).xml().start();
    server.until_waiting(&room, 2).await;
    let posted = alice.posts(&room, "tea & milk").await;

    assert_eq!(in_json.await.unwrap().column("message"), ["tea & milk"]);
    let in_xml = in_xml.await.unwrap();
    assert_eq!(in_xml.xml_ids(), [posted]);
    assert!(
        in_xml
            .text
            .contains("\n   <message>tea &amp; milk</message>\n")
    );
}

#[tokio::test]
async fn a_message_elsewhere_wakes_nobody_here() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;
    let elsewhere = alice.creates_group("Coffee").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.posts(&elsewhere, "black").await;
    server.advance(31);

    waiting.await.unwrap().expect_nothing_new();
}

#[tokio::test]
async fn a_guest_waits_like_everybody_else() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let last = alice.posts(&room, "water").await;

    let waiting = guest.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    let posted = alice.posts(&room, "kettle is on").await;

    assert_eq!(waiting.await.unwrap().ids(), [posted]);
}

// What everybody has read.

#[tokio::test]
async fn a_common_read_that_changes_ends_the_wait_of_who_asked_for_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    let last = alice.posts(&room, "two").await;
    bob.marks_read(&room, &first.to_string()).await;

    let query = format!("lastKnownMessageId={last}&lastCommonReadId={first}");
    let waiting = alice.polls(&room, &query);
    server.until_waiting(&room, 1).await;
    bob.marks_read(&room, &last.to_string()).await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.common_read(), Some(last));
    assert_eq!(answer.last_given(), None);
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn a_reader_who_polls_moves_the_common_read_under_who_waits_for_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    let last = alice.posts(&room, "two").await;
    bob.marks_read(&room, &first.to_string()).await;

    let query = format!("lastKnownMessageId={last}&lastCommonReadId={first}");
    let waiting = alice.polls(&room, &query);
    server.until_waiting(&room, 1).await;
    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={last}");
    bob.reads(&room, &query).await.expect_nothing_new();

    let answer = waiting.await.unwrap();
    assert_eq!(answer.common_read(), Some(last));
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn a_member_who_goes_moves_the_common_read_with_the_row_that_says_so() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "one").await;
    let before = bob.marker(&room).await;

    let query = format!("lastKnownMessageId={last}&lastCommonReadId={before}");
    let waiting = alice.polls(&room, &query);
    server.until_waiting(&room, 1).await;
    bob.leaves_for_good(&room).await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("systemMessage"), ["user_removed"]);
    assert_eq!(answer.common_read(), Some(last));
}

#[tokio::test]
async fn a_common_read_that_already_is_another_is_told_at_once() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "one").await;
    bob.marks_read(&room, &last.to_string()).await;

    let query = format!("lastKnownMessageId={last}&lastCommonReadId={}", last - 1);
    let answer = alice.polls(&room, &query).await.unwrap();

    assert_eq!(answer.common_read(), Some(last));
    assert_eq!(answer.last_given(), None);
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn a_common_read_that_changes_does_not_disturb_who_did_not_ask() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "one").await;

    let waiting = alice.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    bob.marks_read(&room, &last.to_string()).await;
    server.advance(31);

    waiting.await.unwrap().expect_nothing_new();
}

#[tokio::test]
async fn who_reads_privately_is_not_woken_by_the_common_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "one").await;
    alice.reads_privately().await;

    let query = format!("lastKnownMessageId={last}&lastCommonReadId={}", last - 1);
    let waiting = alice.polls(&room, &query);
    server.until_waiting(&room, 1).await;
    bob.marks_read(&room, &last.to_string()).await;
    server.advance(31);

    waiting.await.unwrap().expect_nothing_new();
}

// How long.

#[tokio::test]
async fn a_wait_lasts_30_seconds_unless_asked_otherwise() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.polls(&room, &format!("lastKnownMessageId={last}"));
    server.until_waiting(&room, 1).await;
    server.advance(29);
    // Somebody else's whole request takes longer than an answer that is due.
    bob.room(&room).await;
    assert!(!waiting.is_finished());
    server.advance(1);

    waiting.await.unwrap().expect_nothing_new();
}

#[tokio::test]
async fn a_wait_lasts_60_seconds_at_most() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.polls(&room, &format!("lastKnownMessageId={last}&timeout=3600"));
    server.until_waiting(&room, 1).await;
    server.advance(59);
    bob.room(&room).await;
    assert!(!waiting.is_finished());
    server.advance(1);

    waiting.await.unwrap().expect_nothing_new();
}

#[tokio::test]
async fn a_timeout_of_zero_looks_once() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "water").await;
    let second = alice.posts(&room, "kettle is on").await;

    let news = bob.polls(&room, &format!("timeout=0&lastKnownMessageId={first}"));
    assert_eq!(news.await.unwrap().ids(), [second]);
    let nothing = bob.polls(&room, &format!("timeout=0&lastKnownMessageId={second}"));
    nothing.await.unwrap().expect_nothing_new();
}

#[tokio::test]
async fn rows_that_have_expired_end_the_wait_with_an_empty_page() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "60"),
    ];
    let room = alice.creates_room(&fields).await;
    let first = alice.posts(&room, "one").await;
    let second = alice.posts(&room, "two").await;
    server.advance(61);

    let answer = alice.polls(&room, &format!("lastKnownMessageId={first}"));
    let answer = answer.await.unwrap();

    assert_eq!(answer.last_given(), Some(second));
    answer.expect(200, json!([]));
}

// The end of a wait.

#[tokio::test]
async fn who_leaves_reads_that_they_left() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    bob.elsewhere().leaves_for_good(&room).await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.column("message"), ["You left the conversation"]);
}

#[tokio::test]
async fn a_guest_who_is_removed_while_waiting_gets_404() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let last = alice.posts(&room, "water").await;
    let target = guest.attendee_id(&room).await;

    let waiting = guest.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.removes(&room, &target).await;

    waiting.await.unwrap().expect_refusal(404);
}

#[tokio::test]
async fn who_leaves_a_one_to_one_while_waiting_gets_404() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    bob.elsewhere().leaves_for_good(&room).await;

    waiting.await.unwrap().expect_refusal(404);
}

#[tokio::test]
async fn who_joined_by_themselves_and_goes_while_waiting_gets_404() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_public("Fair").await;
    bob.joins(&room).await;
    let last = alice.posts(&room, "water").await;

    let waiting = bob.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    bob.leaves(&room).await;

    waiting.await.unwrap().expect_refusal(404);
}

#[tokio::test]
async fn a_moderator_goes_on_waiting_when_the_lobby_closes() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;

    let waiting = alice.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.closes_lobby(&room).await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("systemMessage"), ["lobby_non_moderators"]);
}

#[tokio::test]
async fn a_removal_of_somebody_else_is_a_row_like_any_other() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "water").await;
    let target = bob.attendee_id(&room).await;

    let waiting = alice.waits_in(&room, last);
    server.until_waiting(&room, 1).await;
    alice.removes(&room, &target).await;

    let answer = waiting.await.unwrap();
    assert_eq!(answer.column("message"), ["You removed {user}"]);
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
