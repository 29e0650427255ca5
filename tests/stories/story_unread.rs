//! Counters: unread messages and mentions, for everybody, after each act. Source: chat.md 6.4, messages.md 6.

use crate::support::{Actor, TestServer, chat};
use serde_json::{Value, json};

/// Everything read.
fn nothing() -> Value {
    json!([0, false, false])
}

/// Alice's group with Bob and Carol.
async fn three(server: &TestServer) -> (Actor, Actor, Actor, String) {
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&room, "carol").await;
    (alice, bob, carol, room)
}

// Messages.

#[tokio::test]
async fn a_message_is_unread_for_everybody_else() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;

    alice.posts(&room, "one").await;
    bob.posts(&room, "two").await;

    assert_eq!(alice.unread(&room).await, json!([1, false, false]));
    assert_eq!(bob.unread(&room).await, nothing());
    assert_eq!(carol.unread(&room).await, json!([2, false, false]));
}

#[tokio::test]
async fn system_messages_are_never_unread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    server.users(["carol"]).await;

    alice.adds(&room, "carol").await;

    assert_eq!(bob.unread(&room).await, nothing());
}

#[tokio::test]
async fn expired_messages_that_are_still_there_count() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "60"),
    ];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    alice.posts(&room, "soon gone").await;

    server.advance(61);

    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn reading_up_to_a_message_leaves_the_later_ones_unread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    alice.posts(&room, "two").await;
    alice.posts(&room, "three").await;

    bob.marks_read(&room, &first.to_string()).await;

    assert_eq!(bob.unread(&room).await, json!([2, false, false]));
}

#[tokio::test]
async fn polling_up_to_a_message_leaves_the_later_ones_unread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "one").await;
    alice.posts(&room, "two @bob").await;

    let query = format!("lookIntoFuture=1&lastKnownMessageId={first}");
    bob.reads(&room, &query).await;

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
}

#[tokio::test]
async fn the_lobby_shows_no_counters() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hello @bob").await;

    alice.closes_lobby(&room).await;

    assert_eq!(bob.unread(&room).await, nothing());
}

#[tokio::test]
async fn the_list_of_conversations_shows_the_same_counters() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hello @bob").await;

    let list = bob.get(&crate::support::talk("/api/v4/room")).await.data();

    let list = list.as_array().unwrap();
    let seen = list.iter().find(|seen| seen["token"] == room.as_str());
    let seen = seen.expect("the conversation is listed");
    assert_eq!(seen["unreadMessages"], 1);
    assert_eq!(seen["unreadMention"], true);
    assert_eq!(seen["unreadMentionDirect"], true);
}

// Mentions.

#[tokio::test]
async fn a_mention_is_unread_for_who_is_named_only() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;

    alice.posts(&room, "hello @bob").await;

    assert_eq!(alice.unread(&room).await, nothing());
    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
    assert_eq!(carol.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_mention_of_all_is_a_mention_but_not_a_direct_one() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;

    alice.posts(&room, "hello @all").await;

    assert_eq!(alice.unread(&room).await, nothing());
    assert_eq!(bob.unread(&room).await, json!([1, true, false]));
    assert_eq!(carol.unread(&room).await, json!([1, true, false]));
}

#[tokio::test]
async fn who_is_named_beside_all_is_mentioned_directly() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;

    alice.posts(&room, "hello @all, and you, @bob").await;

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
    assert_eq!(carol.unread(&room).await, json!([1, true, false]));
}

#[tokio::test]
async fn a_mention_of_all_by_somebody_who_may_not_mentions_nobody() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Tea"),
        ("mentionPermissions", "1"),
    ];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;

    bob.posts(&room, "hello @all").await;

    assert_eq!(alice.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn an_answer_is_a_direct_mention_of_whom_it_answers() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;
    let question = bob.posts(&room, "milk?").await;

    alice.replies(&room, question, "please").await;

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
    assert_eq!(carol.unread(&room).await, json!([2, false, false]));
}

#[tokio::test]
async fn an_answer_to_oneself_mentions_nobody() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;

    alice.replies(&room, question, "anybody?").await;

    assert_eq!(alice.unread(&room).await, nothing());
    assert_eq!(bob.unread(&room).await, json!([2, false, false]));
}

#[tokio::test]
async fn naming_oneself_is_harmless() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    alice.posts(&room, "it was me, @alice, and @bob").await;

    assert_eq!(alice.unread(&room).await, nothing());
    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
}

#[tokio::test]
async fn a_group_that_takes_part_is_mentioned_with_its_members() {
    let server = TestServer::start().await;
    let (alice, bob, carol, room) = three(&server).await;
    server.group("cooks", &["bob"]).await;
    alice.adds_group(&room, "cooks").await;

    alice.posts(&room, r#"dinner, @"group/cooks"?"#).await;

    assert_eq!(bob.unread(&room).await, json!([1, true, false]));
    assert_eq!(carol.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_group_that_does_not_take_part_is_not_mentioned() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    server.group("cooks", &["bob"]).await;

    alice.posts(&room, r#"dinner, @"group/cooks"?"#).await;

    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn whom_the_lobby_holds_back_is_not_mentioned() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.closes_lobby(&room).await;
    alice.posts(&room, "hello @bob").await;

    let path = crate::support::talk(&format!("/api/v4/room/{room}/webinar/lobby"));
    assert_eq!(alice.put(&path, &[("state", "0")]).await.status, 200);

    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_mention_is_read_with_its_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let mention = alice.posts(&room, "hello @bob").await;
    alice.posts(&room, "later").await;

    bob.marks_read(&room, &(mention - 1).to_string()).await;
    assert_eq!(bob.unread(&room).await, json!([2, true, true]));
    bob.marks_read(&room, &mention.to_string()).await;
    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_mention_is_unread_again_with_its_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hello @bob").await;
    bob.post(&format!("{}/read", chat(&room)), &[]).await;
    assert_eq!(bob.unread(&room).await, nothing());

    bob.marks_unread(&room).await;

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
}

#[tokio::test]
async fn an_answer_of_ones_own_reads_a_mention() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hello @bob").await;

    bob.posts(&room, "here").await;

    assert_eq!(bob.unread(&room).await, nothing());
    assert_eq!(alice.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_guest_mentions_an_account() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;

    guest.posts(&room, "hello @alice").await;

    assert_eq!(alice.unread(&room).await, json!([1, true, true]));
    assert_eq!(guest.unread(&room).await, nothing());
}
