//! Read markers: one's own, and what everybody has read. Source: chat.md 1.4, 2.6, 6.
//!
//! The counters are told in `story_unread`.

use crate::support::{Actor, TestServer, chat, talk};
use serde_json::{Value, json};

/// What everybody has read, as a reader of the history is told.
async fn common_read(reader: &Actor, room: &str) -> Option<i64> {
    let answer = reader.reads(room, "lookIntoFuture=0&limit=1").await;
    assert_eq!(answer.status, 200);
    answer.common_read()
}

/// The ids of a conversation's rows, oldest first.
async fn ids(reader: &Actor, room: &str) -> Vec<i64> {
    let history = reader.history(room).await;
    let mut ids: Vec<i64> = history
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    ids.reverse();
    ids
}

// Where a marker begins.

#[tokio::test]
async fn who_is_added_begins_at_the_message_before() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    let before = alice.posts(&room, "before").await;
    alice.adds(&room, "bob").await;

    assert_eq!(bob.marker(&room).await, before);
    assert_eq!(bob.unread(&room).await, json!([0, false, false]));
}

#[tokio::test]
async fn a_guest_begins_at_the_last_message() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let last = alice.posts(&room, "before").await;

    let guest = server.guest_in(&room).await;

    assert_eq!(guest.marker(&room).await, last);
}

#[tokio::test]
async fn who_posts_has_read_everything() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "one").await;

    let id = bob.posts(&room, "two").await;

    assert_eq!(bob.marker(&room).await, id);
    assert_eq!(bob.unread(&room).await, json!([0, false, false]));
}

// Polling moves it. Source: 2.6.

#[tokio::test]
async fn waiting_moves_the_marker_to_the_offset_before_it_waits() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;

    let waiting = bob.waits_in(&room, id);
    server.until_waiting(&room, 1).await;

    assert_eq!(bob.marker(&room).await, id);
    waiting.abort();
}

#[tokio::test]
async fn the_messages_that_a_poll_returns_are_not_marked() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let known = alice.posts(&room, "one").await;
    alice.posts(&room, "two").await;

    let query = format!("lookIntoFuture=1&lastKnownMessageId={known}");
    assert_eq!(bob.reads(&room, &query).await.ids().len(), 1);

    assert_eq!(bob.marker(&room).await, known);
    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn polling_never_moves_the_marker_backward() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    let second = alice.posts(&room, "two").await;
    bob.marks_read(&room, &second.to_string()).await;

    let query = format!("lookIntoFuture=1&lastKnownMessageId={first}");
    bob.reads(&room, &query).await;

    assert_eq!(bob.marker(&room).await, second);
}

#[tokio::test]
async fn history_never_moves_the_marker() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;
    let before = bob.marker(&room).await;

    let query = format!("lookIntoFuture=0&lastKnownMessageId={id}&setReadMarker=1");
    bob.reads(&room, &query).await;

    assert_eq!(bob.marker(&room).await, before);
}

#[tokio::test]
async fn any_other_wish_than_one_leaves_the_marker() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;
    let before = bob.marker(&room).await;

    for wish in ["0", "2", "true"] {
        let query =
            format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={id}&setReadMarker={wish}");
        bob.reads(&room, &query).await.expect_nothing_new();
    }

    assert_eq!(bob.marker(&room).await, before);
}

#[tokio::test]
async fn polling_beyond_the_newest_message_marks_the_newest() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;

    let query = "lookIntoFuture=1&timeout=0&lastKnownMessageId=100494";
    bob.reads(&room, query).await.expect_nothing_new();

    assert_eq!(bob.marker(&room).await, id);
}

#[tokio::test]
async fn polling_moves_the_marker_of_a_guest() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    let id = alice.posts(&room, "one").await;

    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={id}");
    guest.reads(&room, &query).await.expect_nothing_new();

    assert_eq!(guest.marker(&room).await, id);
}

// Marking as read. Source: 6.2.

#[tokio::test]
async fn marking_as_read_answers_with_the_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;

    let answer = bob.marks_read(&room, &id.to_string()).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.common_read(), Some(id));
    assert_eq!(answer.data(), bob.room(&room).await);
    assert_eq!(answer.data()["lastReadMessage"], id);
    assert_eq!(answer.data()["lastCommonReadMessage"], id);
    assert_eq!(answer.data()["unreadMessages"], 0);
}

#[tokio::test]
async fn marking_as_read_answers_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "one").await;

    let request = bob.request("POST", &format!("{}/read", chat(&room))).xml();
    let answer = request.send().await;

    assert_eq!(answer.status, 200);
    let line = format!("\n  <lastReadMessage>{id}</lastReadMessage>\n");
    assert!(answer.text.contains(&line), "{}", answer.text);
}

#[tokio::test]
async fn without_a_number_the_last_message_is_marked() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "last").await;
    let path = format!("{}/read", chat(&room));

    bob.post(&path, &[]).await;
    assert_eq!(bob.marker(&room).await, last);

    bob.marks_read(&room, "-2").await;
    let request = bob.request("POST", &path);
    request
        .json(&json!({ "lastReadMessage": null }))
        .send()
        .await;
    assert_eq!(bob.marker(&room).await, last);
}

#[tokio::test]
async fn the_last_message_is_not_always_the_highest_number() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let oops = alice.posts(&room, "oops").await;
    let last = alice.posts(&room, "last").await;
    alice.deletes_message(&room, oops).await;

    bob.post(&format!("{}/read", chat(&room)), &[]).await;

    assert_eq!(bob.marker(&room).await, last);
}

#[tokio::test]
async fn a_marker_can_be_set_forward_backward_and_to_what_does_not_exist() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    let second = alice.posts(&room, "two").await;

    for marker in [second, first, 1, 99_999_999] {
        bob.marks_read(&room, &marker.to_string()).await;
        assert_eq!(bob.marker(&room).await, marker);
    }
}

#[tokio::test]
async fn zero_a_word_minus_one_and_minus_two_mean_nothing_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "one").await;

    for marker in ["0", "abc", "-1", "-2"] {
        bob.post(&format!("{}/read", chat(&room)), &[]).await;
        let answer = bob.marks_read(&room, marker).await;
        assert_eq!(answer.status, 200, "{marker}");
        assert_eq!(answer.data()["lastReadMessage"], -2, "{marker}");
        assert_eq!(answer.data()["unreadMessages"], 1, "{marker}");
    }
}

#[tokio::test]
async fn a_marker_below_minus_two_is_refused() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    let before = bob.marker(&room).await;

    bob.marks_read(&room, "-3")
        .await
        .refused(400, "lastReadMessage");

    assert_eq!(bob.marker(&room).await, before);
}

#[tokio::test]
async fn marking_brings_the_conversation_back_into_the_list_of_changes() {
    let server = TestServer::start().await;
    let (_, bob, room) = server.tea().await;
    server.advance(100);
    let since = server.now();

    bob.marks_read(&room, "-2").await;

    let path = talk(&format!("/api/v4/room?modifiedSince={since}"));
    let list = bob.get(&path).await.data();
    let list = list.as_array().unwrap();
    assert!(
        list.iter().any(|seen| seen["token"] == room.as_str()),
        "{list:?}"
    );
}

// Marking as unread. Source: 6.3.

#[tokio::test]
async fn marking_as_unread_leaves_the_last_chat_message_unread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "one").await;
    let before = alice.posts(&room, "two").await;
    alice.posts(&room, "three").await;
    bob.post(&format!("{}/read", chat(&room)), &[]).await;

    let answer = bob.marks_unread(&room).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["lastReadMessage"], before);
    assert_eq!(answer.data()["unreadMessages"], 1);
    assert_eq!(answer.common_read(), Some(before));
    assert_eq!(answer.data(), bob.room(&room).await);
}

#[tokio::test]
async fn own_messages_can_be_unread() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let before = alice.posts(&room, "one").await;
    alice.posts(&room, "two").await;

    alice.marks_unread(&room).await;

    assert_eq!(alice.marker(&room).await, before);
    assert_eq!(alice.unread(&room).await[0], 1);
}

#[tokio::test]
async fn marking_as_unread_after_a_system_message_looks_for_the_chat_messages() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let before = alice.posts(&room, "one").await;
    alice.posts(&room, "two").await;
    server.users(["carol"]).await;
    alice.adds(&room, "carol").await;

    bob.marks_unread(&room).await;

    assert_eq!(bob.marker(&room).await, before);
    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn marking_as_unread_with_one_chat_message_goes_to_the_row_before_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let before = *ids(&alice, &room).await.last().unwrap();
    alice.posts(&room, "one").await;
    bob.post(&format!("{}/read", chat(&room)), &[]).await;

    bob.marks_unread(&room).await;

    assert_eq!(bob.marker(&room).await, before);
    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn marking_as_unread_with_one_chat_message_and_a_system_message_after_it_does_so_too() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let before = *ids(&alice, &room).await.last().unwrap();
    alice.posts(&room, "one").await;
    server.users(["carol"]).await;
    alice.adds(&room, "carol").await;

    bob.marks_unread(&room).await;

    assert_eq!(bob.marker(&room).await, before);
    assert_eq!(bob.unread(&room).await[0], 1);
}

#[tokio::test]
async fn marking_an_empty_chat_as_unread_shows() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;

    let answer = alice.marks_unread(&room).await;

    assert_eq!(answer.data()["lastReadMessage"], -2);
    assert_eq!(answer.data()["unreadMessages"], 1);
    // The value can be negative.
    assert_eq!(answer.common_read(), Some(-2));
}

// What everybody has read. Source: 1.4.

#[tokio::test]
async fn the_common_read_is_the_lowest_marker_of_all_accounts() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    alice.posts(&room, "two").await;
    bob.marks_read(&room, &first.to_string()).await;

    assert_eq!(common_read(&alice, &room).await, Some(first));
    assert_eq!(common_read(&bob, &room).await, Some(first));
    assert_eq!(alice.room(&room).await["lastCommonReadMessage"], first);
}

#[tokio::test]
async fn guests_do_not_count_for_the_common_read() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;

    let last = alice.posts(&room, "one").await;

    assert_eq!(common_read(&guest, &room).await, Some(last));
}

#[tokio::test]
async fn who_joined_by_themselves_counts_for_the_common_read() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_public("Fair").await;
    let before = alice.posts(&room, "one").await;
    bob.joins(&room).await;
    alice.posts(&room, "two").await;

    assert_eq!(common_read(&alice, &room).await, Some(before));
}

#[tokio::test]
async fn who_leaves_no_longer_counts_for_the_common_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let last = alice.posts(&room, "one").await;
    assert_ne!(common_read(&alice, &room).await, Some(last));

    bob.leaves_for_good(&room).await;

    assert_eq!(common_read(&alice, &room).await, Some(last));
}

#[tokio::test]
async fn who_is_added_counts_for_the_common_read() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    let before = alice.posts(&room, "one").await;
    assert_eq!(common_read(&alice, &room).await, Some(before));
    alice.adds(&room, "bob").await;
    let last = alice.posts(&room, "two").await;

    assert_eq!(common_read(&alice, &room).await, Some(before));
    assert_ne!(before, last);
}

#[tokio::test]
async fn private_readers_are_not_told_the_common_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    bob.reads_privately().await;
    let id = alice.posts(&room, "one").await;

    assert_eq!(common_read(&bob, &room).await, None);
    assert_eq!(
        bob.sends(&room, &[("message", "two")]).await.common_read(),
        None
    );
    assert_eq!(
        bob.marks_read(&room, &id.to_string()).await.common_read(),
        None
    );
    assert_eq!(bob.room(&room).await["lastCommonReadMessage"], 0);
}

#[tokio::test]
async fn private_readers_do_not_count_for_the_common_read() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    bob.reads_privately().await;

    let last = alice.posts(&room, "one").await;

    assert_eq!(common_read(&alice, &room).await, Some(last));
}

#[tokio::test]
async fn a_reader_who_becomes_public_counts_at_once() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    bob.reads_privately().await;
    let first = alice.posts(&room, "one").await;
    bob.marks_read(&room, &first.to_string()).await;
    let last = alice.posts(&room, "two").await;
    assert_eq!(common_read(&alice, &room).await, Some(last));

    bob.prefers("read_status_privacy", "0").await;

    assert_eq!(common_read(&alice, &room).await, Some(first));
    assert_eq!(common_read(&bob, &room).await, Some(first));
}

#[tokio::test]
async fn among_private_readers_only_guests_read_a_zero() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    alice.posts(&room, "one").await;

    alice.reads_privately().await;

    assert_eq!(common_read(&guest, &room).await, Some(0));
}

#[tokio::test]
async fn a_refusal_does_not_tell_the_common_read() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    assert_eq!(
        alice.sends(&room, &[("message", "")]).await.common_read(),
        None
    );
    assert_eq!(alice.deletes_message(&room, 0).await.common_read(), None);
    assert_eq!(alice.marks_read(&room, "-3").await.common_read(), None);
}

// The preference. Source: 6.5.

/// Tries to set a preference.
async fn sets(actor: &Actor, body: Value) -> u16 {
    let request = actor.request("POST", &talk("/api/v1/settings/user"));
    let answer = request.json(&body).send().await;
    assert_eq!(answer.data(), json!(null), "{}", answer.text);
    answer.status
}

#[tokio::test]
async fn read_privacy_is_zero_or_one_as_number_or_text() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    for value in [json!(0), json!(1), json!("0"), json!("1")] {
        let body = json!({ "key": "read_status_privacy", "value": value });
        assert_eq!(sets(&alice, body).await, 200, "{value}");
    }
    for value in [json!(2), json!("0abc"), json!("private"), json!(-1)] {
        let body = json!({ "key": "read_status_privacy", "value": value });
        assert_eq!(sets(&alice, body).await, 400, "{value}");
    }
}

#[tokio::test]
async fn an_unknown_preference_is_refused() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    let body = json!({ "key": "favourite_colour", "value": 1 });
    assert_eq!(sets(&alice, body).await, 400);
}

#[tokio::test]
async fn read_privacy_shows_in_the_capabilities() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let privacy = async || {
        let answer = alice.get("/ocs/v2.php/cloud/capabilities").await;
        let config = &answer.data()["capabilities"]["spreed"]["config"]["chat"];
        json!([config["read-privacy"], config["typing-privacy"]])
    };
    assert_eq!(privacy().await, json!([0, 0]));

    alice.reads_privately().await;
    assert_eq!(privacy().await, json!([1, 0]));
    alice.prefers("typing_privacy", "1").await;
    assert_eq!(privacy().await, json!([1, 1]));
}

#[tokio::test]
async fn a_visitor_has_no_preferences() {
    let server = TestServer::start().await;

    let path = talk("/api/v1/settings/user");
    let fields = [("key", "read_status_privacy"), ("value", "1")];
    let answer = server.guest().post(&path, &fields).await;

    assert_eq!(answer.status, 401);
    assert_eq!(answer.meta()["statuscode"], 997);
}
