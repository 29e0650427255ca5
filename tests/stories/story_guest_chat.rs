//! Guests who write: their name, and how many mentions they have. Source: chat.md 1.1, 3.1, 3.4.

use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

/// Alice's public conversation and a guest in it.
async fn fair(server: &TestServer) -> (Actor, Actor, String) {
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    (alice, guest, room)
}

/// What a message shows of its author.
async fn author(reader: &Actor, room: &str) -> Value {
    let newest = reader.history(room).await[0].clone();
    json!([
        newest["actorType"],
        newest["actorId"],
        newest["actorDisplayName"]
    ])
}

#[tokio::test]
async fn a_guest_writes_under_their_number_and_without_a_name() {
    let server = TestServer::start().await;
    let (alice, guest, room) = fair(&server).await;
    let hex = guest.room(&room).await["actorId"].clone();

    let answer = guest.sends(&room, &[("message", "hello")]).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["isReplyable"], true);
    assert_eq!(hex.as_str().unwrap().len(), 40);
    assert_eq!(author(&alice, &room).await, json!(["guests", hex, ""]));
}

#[tokio::test]
async fn a_name_sent_with_a_message_renames_the_guest_before_it() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    guest.posts(&room, "who am I?").await;

    let fields = [("message", "the white"), ("actorDisplayName", "Saruman")];
    let answer = guest.sends(&room, &fields).await;

    assert_eq!(answer.data()["actorDisplayName"], "Saruman");
    let history = guest.history(&room).await;
    assert_eq!(history[1]["message"], "who am I?");
    assert_eq!(history[1]["actorDisplayName"], "Saruman");
}

#[tokio::test]
async fn a_name_sent_with_a_shared_object_renames_the_guest_as_well() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;

    let path = talk(&format!("/api/v1/chat/{room}/share"));
    let fields = [
        ("objectType", "highlight"),
        ("objectId", "1"),
        ("metaData", r#"{"name":"One"}"#),
        ("actorDisplayName", "Saruman"),
    ];
    let answer = guest.post(&path, &fields).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.data()["actorDisplayName"], "Saruman");
    let hex = guest.room(&room).await["actorId"]
        .as_str()
        .unwrap()
        .to_owned();
    let actor = json!({
        "type": "guest",
        "id": format!("guest/{hex}"),
        "name": "Saruman (guest)",
        "mention-id": format!("guest/{hex}")
    });
    assert_eq!(answer.data()["messageParameters"]["actor"], actor);
}

#[tokio::test]
async fn an_empty_name_renames_nobody() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    let fields = [("message", "hi"), ("actorDisplayName", "Saruman")];
    guest.sends(&room, &fields).await;

    let answer = guest
        .sends(&room, &[("message", "hi"), ("actorDisplayName", "")])
        .await;

    assert_eq!(answer.data()["actorDisplayName"], "Saruman");
}

#[tokio::test]
async fn a_name_sent_by_an_account_is_ignored() {
    let server = TestServer::start().await;
    let (alice, _, room) = fair(&server).await;

    let fields = [("message", "hi"), ("actorDisplayName", "Gandalf")];
    let answer = alice.sends(&room, &fields).await;

    assert_eq!(answer.data()["actorDisplayName"], "alice-displayname");
}

#[tokio::test]
async fn a_name_of_more_than_255_characters_is_refused_and_nothing_posted() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;

    let fields = [("message", "hi"), ("actorDisplayName", &"é".repeat(256))];
    let answer = guest.sends(&room, &fields).await;

    answer.refused(400, "value");
    assert_eq!(guest.history(&room).await.len(), 1);
}

#[tokio::test]
async fn a_guest_keeps_their_place_when_they_come_back_in_the_same_browser() {
    let server = TestServer::start().await;
    let (alice, guest, room) = fair(&server).await;
    guest.posts(&room, "hello").await;
    let before = author(&alice, &room).await;
    guest.joins(&room).await;

    guest.posts(&room, "back again").await;

    assert_eq!(author(&alice, &room).await, before);
}

#[tokio::test]
async fn guests_have_no_unread_messages() {
    let server = TestServer::start().await;
    let (alice, guest, room) = fair(&server).await;

    alice.posts(&room, "hello").await;

    assert_eq!(guest.unread(&room).await, json!([0, false, false]));
}

#[tokio::test]
async fn guests_are_told_the_common_read() {
    let server = TestServer::start().await;
    let (alice, guest, room) = fair(&server).await;
    let id = alice.posts(&room, "hello").await;

    let answer = guest.sends(&room, &[("message", "hi")]).await;

    // Their own marker, which is later, does not count.
    assert_eq!(answer.common_read(), Some(id));
}

// Mentions.

/// Fifty messages with a mention.
async fn fifty_mentions(guest: &Actor, room: &str) {
    for number in 0..50 {
        guest.posts(room, &format!("@alice {number}")).await;
    }
}

#[tokio::test]
async fn a_guest_has_fifty_mentions() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    fifty_mentions(&guest, &room).await;

    let answer = guest
        .sends(&room, &[("message", "@alice, once more")])
        .await;

    answer.refused(429, "mentions");
    assert_eq!(
        guest.history(&room).await[0]["message"],
        "{mention-user1} 49"
    );
}

#[tokio::test]
async fn messages_without_a_mention_are_not_limited() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    fifty_mentions(&guest, &room).await;

    guest.posts(&room, "no name here").await;
}

#[tokio::test]
async fn another_guest_of_the_same_address_shares_the_limit() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    fifty_mentions(&guest, &room).await;
    let other = server.guest_in(&room).await;

    let answer = other.sends(&room, &[("message", "@alice!")]).await;

    answer.refused(429, "mentions");
}

#[tokio::test]
async fn a_day_later_guests_may_mention_again() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    fifty_mentions(&guest, &room).await;
    server.advance(24 * 60 * 60);
    let other = server.guest_in(&room).await;

    other.posts(&room, "@alice!").await;
}

#[tokio::test]
async fn accounts_may_mention_as_often_as_they_like() {
    let server = TestServer::start().await;
    let (alice, _, room) = fair(&server).await;
    fifty_mentions(&alice, &room).await;

    alice.posts(&room, "@alice, once more").await;
}

#[tokio::test]
async fn too_long_a_text_is_refused_before_too_many_mentions() {
    let server = TestServer::start().await;
    let (_, guest, room) = fair(&server).await;
    fifty_mentions(&guest, &room).await;

    let text = format!("@alice {}", "x".repeat(32_000));
    let answer = guest.sends(&room, &[("message", &text)]).await;

    answer.refused(413, "message");
}
