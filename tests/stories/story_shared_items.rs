//! What was shared into a conversation, by kind; and summaries, which there are none.
//! Source: chat-extras.md 8, 12.

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat};
use serde_json::{Value, json};

const PLACE: &str = r#"{"name":"Here","latitude":"1","longitude":"2"}"#;
const NAMED: &str = r#"{"name":"One"}"#;

/// Shares a place; the message's id.
async fn place(actor: &Actor, room: &str) -> i64 {
    let answer = actor.shares(room, "geo-location", "geo:1,2", PLACE).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["id"].as_i64().unwrap()
}

/// Shares something of no special kind; the message's id.
async fn thing(actor: &Actor, room: &str) -> i64 {
    let answer = actor.shares(room, "highlight", "1", NAMED).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["id"].as_i64().unwrap()
}

/// A page of a kind; `query` are further parameters.
async fn items(actor: &Actor, room: &str, kind: &str, query: &str) -> Answer {
    let path = format!("{}/share?objectType={kind}&{query}", chat(room));
    actor.get(&path).await
}

async fn overview(actor: &Actor, room: &str, query: &str) -> Answer {
    actor
        .get(&format!("{}/share/overview?{query}", chat(room)))
        .await
}

/// The keys of a page as they come.
fn keys(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.data();
    data.as_object().expect("a map").keys().cloned().collect()
}

/// The ids of one kind in an overview.
fn ids_of(answer: &Answer, kind: &str) -> Vec<i64> {
    let data = answer.data();
    let rows = data[kind].as_array().expect("a list");
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

// The list.

#[tokio::test]
async fn a_page_is_a_map_from_ids_to_messages_oldest_first() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = place(&alice, &room).await;
    bob.posts(&room, "thanks").await;
    let second = place(&bob, &room).await;

    let answer = items(&bob, &room, "location", "").await;

    let history = bob.history(&room).await;
    let row = |id: i64| history.iter().find(|row| row["id"] == id).unwrap().clone();
    assert_eq!(keys(&answer), [first.to_string(), second.to_string()]);
    assert_eq!(answer.data()[first.to_string()], row(first));
    assert_eq!(answer.last_given(), Some(first));
    assert_eq!(answer.common_read(), None);
}

#[tokio::test]
async fn pages_go_back_from_the_newest() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let first = place(&alice, &room).await;
    let second = place(&alice, &room).await;
    let third = place(&alice, &room).await;

    let newest = items(&alice, &room, "location", "limit=2").await;
    let last_given = newest.last_given().unwrap();
    let older = format!("limit=2&lastKnownMessageId={last_given}");
    let older = items(&alice, &room, "location", &older).await;
    let none = format!("lastKnownMessageId={first}");
    let none = items(&alice, &room, "location", &none).await;

    assert_eq!(keys(&newest), [second.to_string(), third.to_string()]);
    assert_eq!(keys(&older), [first.to_string()]);
    none.expect(200, json!([]));
    assert_eq!(none.last_given(), None);
}

#[tokio::test]
async fn odd_limits_and_places_are_forgiven() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = place(&alice, &room).await.to_string();

    let none = items(&alice, &room, "location", "limit=0").await;
    let negative = items(&alice, &room, "location", "limit=-3&lastKnownMessageId=-5").await;
    let huge = "limit=99999999999&lastKnownMessageId=9223372036854775807";
    let huge = items(&alice, &room, "location", huge).await;

    let only = [id];
    assert_eq!(keys(&none), only);
    assert_eq!(keys(&negative), only);
    assert_eq!(keys(&huge), only);
}

#[tokio::test]
async fn a_limit_above_200_is_lowered() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    for _ in 0..201 {
        place(&alice, &room).await;
    }

    assert_eq!(keys(&items(&alice, &room, "location", "").await).len(), 100);
    let most = items(&alice, &room, "location", "limit=1000").await;
    assert_eq!(keys(&most).len(), 200);
}

#[tokio::test]
async fn objects_are_listed_by_their_kind() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let host = server.address();
    let card =
        format!(r#"{{"name":"Card","boardname":"B","stackname":"S","link":"http://{host}/card"}}"#);
    let card = alice.shares(&room, "deck-card", "1", &card).await;
    let card = card.data()["id"].as_i64().unwrap();
    let place = place(&alice, &room).await;
    let other = thing(&alice, &room).await;
    let poll = alice.asks_which_tea(&room).await;
    let poll = alice.message_of_poll(&room, poll).await["id"].clone();

    let all = overview(&alice, &room, "").await;

    assert_eq!(ids_of(&all, "deckcard"), [card]);
    assert_eq!(ids_of(&all, "location"), [place]);
    assert_eq!(ids_of(&all, "other"), [other]);
    assert_eq!(ids_of(&all, "poll"), [poll.as_i64().unwrap()]);
    let cards = items(&alice, &room, "deckcard", "").await;
    assert_eq!(keys(&cards), [card.to_string()]);
}

#[tokio::test]
async fn a_shared_object_that_says_file_is_no_file() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let meta = r#"{"name":"a.png","path":"a.png","mimetype":"image/png"}"#;
    alice.shares(&room, "file", "1", meta).await;

    items(&alice, &room, "file", "")
        .await
        .expect(200, json!([]));
    items(&alice, &room, "media", "")
        .await
        .expect(200, json!([]));
    assert_eq!(keys(&items(&alice, &room, "other", "").await).len(), 1);
}

#[tokio::test]
async fn unknown_kinds_have_no_items() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    thing(&alice, &room).await;

    let spoons = items(&alice, &room, "spoon", "").await;
    spoons.expect(200, json!([]));
    let empty = items(&alice, &room, "", "").await;
    empty.expect(200, json!([]));
}

#[tokio::test]
async fn a_list_needs_a_kind() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let missing = alice.get(&format!("{}/share", chat(&room))).await;
    missing.refused(400, "objectType");
    let list = format!("{}/share?objectType[]=other", chat(&room));
    alice.get(&list).await.refused(400, "objectType");
}

#[tokio::test]
async fn items_have_neither_parents_nor_own_reactions() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = place(&alice, &room).await;
    let path = crate::support::talk(&format!("/api/v1/reaction/{room}/{id}"));
    let reacted = bob.post(&path, &[("reaction", "👍")]).await;
    assert_eq!(reacted.status, 201, "{}", reacted.text);

    let answer = items(&bob, &room, "location", "").await;

    let item = answer.data()[id.to_string()].clone();
    assert_eq!(item["reactions"], json!({ "👍": 1 }));
    assert_eq!(item.get("reactionsSelf"), None);
    assert_eq!(item.get("parent"), None);
}

#[tokio::test]
async fn a_deleted_item_is_no_item() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let first = thing(&alice, &room).await;
    let second = thing(&alice, &room).await;

    alice.deletes_message(&room, second).await;

    assert_eq!(
        keys(&items(&alice, &room, "other", "").await),
        [first.to_string()]
    );
    let all = overview(&alice, &room, "").await;
    assert_eq!(ids_of(&all, "other"), [first]);
}

#[tokio::test]
async fn an_expired_item_is_no_item_from_the_very_second() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let path = room_part(&room, "message-expiration");
    let set = alice.post(&path, &[("seconds", "60")]).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let id = thing(&alice, &room).await;

    server.advance(59);
    let before = items(&alice, &room, "other", "").await;
    assert_eq!(keys(&before), [id.to_string()]);
    server.advance(1);
    let after = items(&alice, &room, "other", "").await;
    after.expect(200, json!([]));
    let all = overview(&alice, &room, "").await;
    assert_eq!(ids_of(&all, "other"), [0; 0]);
}

#[tokio::test]
async fn a_cleared_history_leaves_no_items() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    thing(&alice, &room).await;

    alice.delete(&chat(&room), &[]).await;

    items(&alice, &room, "other", "")
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn items_of_other_conversations_stay_there() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let elsewhere = alice.creates_group("Coffee").await;
    thing(&alice, &elsewhere).await;

    items(&alice, &room, "other", "")
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn a_list_comes_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = thing(&alice, &room).await;

    let path = format!("{}/share?objectType=other", chat(&room));
    let answer = alice.request("GET", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.xml_ids(), [id]);
}

// The overview.

#[tokio::test]
async fn the_overview_has_all_nine_kinds_in_order() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = overview(&alice, &room, "").await;

    let expected = json!({
        "audio": [],
        "deckcard": [],
        "file": [],
        "location": [],
        "media": [],
        "other": [],
        "poll": [],
        "recording": [],
        "voice": []
    });
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data().to_string(), expected.to_string());
    assert_eq!(answer.last_given(), None);
    assert_eq!(answer.common_read(), None);
}

#[tokio::test]
async fn the_overview_has_the_newest_seven_of_each_newest_first() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let mut ids = Vec::new();
    for _ in 0..22 {
        ids.insert(0, thing(&alice, &room).await);
    }

    let usual = overview(&alice, &room, "").await;
    let two = overview(&alice, &room, "limit=2").await;
    let most = overview(&alice, &room, "limit=50").await;
    let none = overview(&alice, &room, "limit=0").await;

    assert_eq!(ids_of(&usual, "other"), ids[..7]);
    assert_eq!(ids_of(&two, "other"), ids[..2]);
    assert_eq!(ids_of(&most, "other"), ids[..20]);
    assert_eq!(ids_of(&none, "other"), ids[..7]);
}

#[tokio::test]
async fn an_item_of_the_overview_is_a_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    thing(&alice, &room).await;

    let answer = overview(&bob, &room, "").await;

    assert_eq!(answer.data()["other"][0], bob.newest(&room).await);
}

// Who may look.

#[tokio::test]
async fn strangers_see_nothing() {
    let server = TestServer::start().await;
    let (_, _, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;

    items(&carol, &room, "other", "").await.expect_refusal(404);
    overview(&carol, &room, "").await.expect_refusal(404);
    summarizes(&carol, &room).await.expect_refusal(404);
}

#[tokio::test]
async fn the_lobby_keeps_from_items() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.closes_lobby(&room).await;

    items(&bob, &room, "other", "").await.expect_refusal(412);
    overview(&bob, &room, "").await.expect_refusal(412);
    summarizes(&bob, &room).await.expect_refusal(412);
}

#[tokio::test]
async fn guests_see_items_in_a_locked_conversation() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let id = thing(&alice, &room).await;
    let guest = server.guest_in(&room).await;
    alice.locks(&room).await;

    let answer = items(&guest, &room, "other", "").await;
    assert_eq!(keys(&answer), [id.to_string()]);
    let all = overview(&guest, &room, "").await;
    assert_eq!(ids_of(&all, "other"), [id]);
}

// Summaries.

async fn summarizes(actor: &Actor, room: &str) -> Answer {
    let path = format!("{}/summarize", chat(room));
    actor.post(&path, &[("fromMessageId", "1")]).await
}

#[tokio::test]
async fn nothing_here_writes_summaries() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    summarizes(&alice, &room).await.refused(400, "ai-error");

    let capabilities = alice.get("/ocs/v2.php/cloud/capabilities").await.data();
    let features = capabilities["capabilities"]["spreed"]["features"].clone();
    let features = features.as_array().unwrap();
    assert!(!features.contains(&json!("chat-summary-api")));
}

#[tokio::test]
async fn a_summary_needs_a_message_to_begin_with() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice.post(&format!("{}/summarize", chat(&room)), &[]).await;

    answer.refused(400, "fromMessageId");
    assert_eq!(answer.data()["message"], Value::Null);
}
