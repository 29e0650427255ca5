//! Pinned messages: by moderators, until a moment or for ever; banners closed. Source: chat-extras.md 14.

use serde_json::{Value, json};

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat};

fn path(room: &str, message: i64) -> String {
    format!("{}/{message}/pin", chat(room))
}

async fn pins(actor: &Actor, room: &str, message: i64) -> Answer {
    actor.post(&path(room, message), &[]).await
}

async fn pins_until(actor: &Actor, room: &str, message: i64, until: i64) -> Answer {
    let fields = [("pinUntil", &*until.to_string())];
    actor.post(&path(room, message), &fields).await
}

async fn unpins(actor: &Actor, room: &str, message: i64) -> Answer {
    actor.delete(&path(room, message), &[]).await
}

async fn hides(actor: &Actor, room: &str, message: i64) -> Answer {
    let path = format!("{}/self", path(room, message));
    actor.delete(&path, &[]).await
}

/// `lastPinnedId`, `hiddenPinnedId`.
async fn shown(actor: &Actor, room: &str) -> Value {
    let seen = actor.room(room).await;
    json!([seen["lastPinnedId"], seen["hiddenPinnedId"]])
}

#[tokio::test]
async fn a_pinned_message_says_by_whom() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = bob.posts(&room, "kettle is on").await;
    assert_eq!(shown(&bob, &room).await, json!([0, 0]));
    let before = server.now();

    let pinned = pins(&alice, &room, kettle).await;

    assert_eq!(pinned.status, 200, "{}", pinned.text);
    let row = pinned.data();
    assert_eq!(row["systemMessage"], "message_pinned");
    assert_eq!(row["message"], "You pinned a message");
    assert_eq!(row["parent"]["id"], kettle);
    let meta = json!({
        "pinnedActorType": "users",
        "pinnedActorId": "alice",
        "pinnedActorDisplayName": "alice-displayname",
        "pinnedAt": before
    });
    assert_eq!(row["parent"]["metaData"], meta);
    assert_eq!(row.get("metaData"), None);
    let rows = bob.history(&room).await;
    assert_eq!(rows[0]["message"], "{actor} pinned a message");
    assert_eq!(rows[1]["metaData"], meta);
    assert_eq!(rows[2].get("metaData"), None);
    let seen = bob.room(&room).await;
    assert_eq!(seen["lastPinnedId"], kettle);
    assert_eq!(seen["lastMessage"]["systemMessage"], "message_pinned");
    let list = bob.get("/ocs/v2.php/apps/spreed/api/v4/room").await.data();
    let listed = list.as_array().unwrap().iter();
    let listed = listed.filter(|one| one["token"] == room.as_str());
    assert_eq!(
        listed.map(|one| one["lastPinnedId"].clone()).next_back(),
        Some(json!(kettle))
    );
}

#[tokio::test]
async fn pinning_twice_changes_nothing() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;
    pins(&alice, &room, kettle).await;
    let rows = alice.history(&room).await.len();

    let again = pins_until(&alice, &room, kettle, server.now() + 60).await;

    again.expect(200, Value::Null);
    assert_eq!(alice.history(&room).await.len(), rows);
    let meta = alice.history(&room).await[1]["metaData"].clone();
    assert_eq!(meta.get("pinnedUntil"), None);
}

#[tokio::test]
async fn who_waits_learns_of_a_pin_and_sees_it_on_older_rows() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let before = alice.posts(&room, "hello").await;
    let waiting = bob.waits_in(&room, before);
    server.until_waiting(&room, 1).await;
    let kettle = alice.posts(&room, "kettle is on").await;
    waiting.await.unwrap();
    let waiting = bob.waits_in(&room, kettle);
    server.until_waiting(&room, 1).await;

    pins(&alice, &room, kettle).await;

    let rows = waiting.await.unwrap().data();
    assert_eq!(rows[0]["parent"]["metaData"]["pinnedActorId"], "alice");
    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={before}");
    let rows = bob.reads(&room, &query).await.data();
    assert_eq!(rows[0]["metaData"]["pinnedActorId"], "alice");
}

#[tokio::test]
async fn the_newest_pin_counts_and_unpinning_falls_back() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let one = alice.posts(&room, "one").await;
    let two = alice.posts(&room, "two").await;
    let three = alice.posts(&room, "three").await;
    for message in [two, three, one] {
        pins(&alice, &room, message).await;
    }
    assert_eq!(shown(&bob, &room).await, json!([one, 0]));

    let unpinned = unpins(&alice, &room, one).await;

    assert_eq!(unpinned.status, 200, "{}", unpinned.text);
    assert_eq!(unpinned.data()["systemMessage"], "message_unpinned");
    assert_eq!(unpinned.data()["message"], "You unpinned a message");
    assert_eq!(unpinned.data()["parent"]["id"], one);
    assert_eq!(unpinned.data()["parent"].get("metaData"), None);
    assert_eq!(shown(&bob, &room).await, json!([three, 0]));
    unpins(&alice, &room, two).await;
    assert_eq!(shown(&bob, &room).await, json!([three, 0]));
    unpins(&alice, &room, three).await;
    assert_eq!(shown(&bob, &room).await, json!([0, 0]));
    unpins(&alice, &room, three).await.expect(200, Value::Null);
}

#[tokio::test]
async fn a_closed_banner_stays_closed_until_it_is_pinned_anew() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let one = alice.posts(&room, "one").await;
    let two = alice.posts(&room, "two").await;
    pins(&alice, &room, one).await;

    hides(&bob, &room, one).await.expect(200, Value::Null);

    assert_eq!(shown(&bob, &room).await, json!([one, one]));
    assert_eq!(shown(&alice, &room).await, json!([one, 0]));
    pins(&alice, &room, two).await;
    assert_eq!(shown(&bob, &room).await, json!([two, one]));
    unpins(&alice, &room, one).await;
    assert_eq!(shown(&bob, &room).await, json!([two, one]));
    pins(&alice, &room, one).await;
    assert_eq!(shown(&bob, &room).await, json!([one, 0]));
}

#[tokio::test]
async fn only_what_is_pinned_can_be_hidden() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;

    hides(&bob, &room, kettle).await.expect(200, Value::Null);

    assert_eq!(shown(&bob, &room).await, json!([0, 0]));
    hides(&bob, &room, 999_999).await.refused(404, "message");
}

#[tokio::test]
async fn a_pin_ends_by_itself() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let one = alice.posts(&room, "one").await;
    let two = alice.posts(&room, "two").await;
    pins(&alice, &room, one).await;
    let until = server.now() + 100;
    let pinned = pins_until(&alice, &room, two, until).await;
    assert_eq!(pinned.data()["parent"]["metaData"]["pinnedUntil"], until);
    server.lets_pass(99).await;
    assert_eq!(shown(&bob, &room).await, json!([two, 0]));

    server.lets_pass(1).await;

    assert_eq!(shown(&bob, &room).await, json!([one, 0]));
    let row = bob.newest(&room).await;
    assert_eq!(row["systemMessage"], "message_unpinned");
    assert_eq!(row["actorType"], "guests");
    assert_eq!(row["actorId"], "system");
    assert_eq!(row["parent"]["id"], two);
    server.lets_pass(100).await;
    assert_eq!(bob.newest(&room).await["id"], row["id"], "only once");
}

#[tokio::test]
async fn what_cannot_be_pinned() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;
    let elsewhere = alice.creates_group("Coffee").await;
    let other = alice.posts(&elsewhere, "black").await;
    let system = alice.history(&room).await[1]["id"].as_i64().unwrap();
    let deleted = alice.posts(&room, "oops").await;
    alice.deletes_message(&room, deleted).await;

    for message in [0, other, 999_999] {
        pins_until(&alice, &room, message, 1)
            .await
            .refused(404, "message");
        unpins(&alice, &room, message).await.refused(404, "message");
    }
    for message in [system, deleted] {
        pins_until(&alice, &room, message, 1)
            .await
            .refused(400, "message");
    }
    let now = server.now();
    for until in [1, -1, now - 1, now] {
        pins_until(&alice, &room, kettle, until)
            .await
            .refused(400, "until");
    }
    assert_eq!(pins_until(&alice, &room, kettle, now + 1).await.status, 200);
    assert_eq!(
        alice
            .post(&path(&room, kettle), &[("pinUntil", "abc")])
            .await
            .data(),
        Value::Null
    );
}

#[tokio::test]
async fn only_moderators_pin_and_not_where_it_is_locked() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = bob.posts(&room, "kettle is on").await;

    pins(&bob, &room, kettle).await.expect_refusal(403);
    unpins(&bob, &room, kettle).await.expect_refusal(403);
    let stranger = server.users(["carol"]).await[0].clone();
    pins(&stranger, &room, kettle).await.expect_refusal(404);
    pins(&alice, &room, kettle).await;
    alice.locks(&room).await;
    pins(&alice, &room, kettle).await.expect_refusal(403);
    unpins(&alice, &room, kettle).await.expect_refusal(403);
    assert_eq!(hides(&bob, &room, kettle).await.status, 200);
}

#[tokio::test]
async fn guests_close_banners_and_guest_moderators_pin() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let guest = server.guest_in(&room).await;
    let kettle = alice.posts(&room, "kettle is on").await;
    pins(&guest, &room, kettle).await.expect_refusal(403);
    let attendee = guest.attendee_id(&room).await;
    alice.promotes(&room, &attendee).await;

    let pinned = pins(&guest, &room, kettle).await;

    assert_eq!(pinned.status, 200, "{}", pinned.text);
    assert_eq!(
        pinned.data()["parent"]["metaData"]["pinnedActorType"],
        "guests"
    );
    assert_eq!(hides(&guest, &room, kettle).await.status, 200);
    assert_eq!(shown(&guest, &room).await, json!([kettle, kettle]));
}

#[tokio::test]
async fn the_lobby_hides_pins() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;
    pins(&alice, &room, kettle).await;

    alice.closes_lobby(&room).await;

    assert_eq!(shown(&bob, &room).await, json!([0, 0]));
    hides(&bob, &room, kettle).await.expect_refusal(412);
    assert_eq!(shown(&alice, &room).await, json!([kettle, 0]));
}

#[tokio::test]
async fn a_deleted_message_is_pinned_no_more() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let one = alice.posts(&room, "one").await;
    let two = alice.posts(&room, "two").await;
    pins(&alice, &room, one).await;
    pins(&alice, &room, two).await;

    assert_eq!(alice.deletes_message(&room, two).await.status, 200);

    assert_eq!(shown(&bob, &room).await, json!([one, 0]));
    let rows = bob.history(&room).await;
    assert_eq!(rows[0]["systemMessage"], "message_deleted");
    assert_eq!(rows[0]["parent"].get("metaData"), None);
}

#[tokio::test]
async fn a_cleared_history_has_no_pins() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;
    pins_until(&alice, &room, kettle, server.now() + 10).await;
    hides(&bob, &room, kettle).await;

    assert_eq!(alice.delete(&chat(&room), &[]).await.status, 200);

    assert_eq!(shown(&bob, &room).await, json!([0, 0]));
    server.lets_pass(20).await;
    assert_eq!(alice.history(&room).await.len(), 1);
}

#[tokio::test]
async fn an_expired_message_cannot_be_pinned() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    expire(&alice, &room, "60").await;
    let kettle = alice.posts(&room, "kettle is on").await;
    server.advance(61);

    pins(&alice, &room, kettle).await.refused(404, "message");
}

#[tokio::test]
async fn somebody_without_membership_sees_no_pins() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let kettle = alice.posts(&room, "kettle is on").await;
    pins(&alice, &room, kettle).await;

    let seen = server.guest().room(&room).await;

    let keys = ["lastPinnedId", "hiddenPinnedId", "hasScheduledMessages"];
    assert_eq!(
        keys.map(|key| seen[key].clone()),
        [0, 0, 0].map(Value::from)
    );
}

#[tokio::test]
async fn pinned_messages_are_listed_by_the_moment_of_the_pin() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let list = async |query: &str| {
        let path = format!("{}/share?objectType=pinned{query}", chat(&room));
        bob.get(&path).await
    };
    list("").await.expect(200, json!([]));
    let one = alice.posts(&room, "one").await;
    let two = alice.posts(&room, "two").await;
    let three = alice.posts(&room, "three").await;
    for message in [two, three, one] {
        pins(&alice, &room, message).await;
    }

    let all = list("").await;

    let keys = [one, three, two].map(|id| format!("\"{id}\":{{\"id\":{id},"));
    let places = keys.map(|key| all.text.find(&key).expect("it is there"));
    assert!(places.is_sorted(), "{}", all.text);
    assert_eq!(
        all.data()[one.to_string()]["metaData"]["pinnedActorId"],
        "alice"
    );
    assert_eq!(all.last_given(), Some(two));
    let first = list("&limit=2").await;
    assert_eq!(first.last_given(), Some(three));
    let next = list(&format!("&limit=2&lastKnownMessageId={three}")).await;
    assert_eq!(next.data().as_object().unwrap().len(), 1);
    assert_eq!(next.last_given(), Some(two));
    let end = list(&format!("&lastKnownMessageId={two}")).await;
    end.expect(200, json!([]));
    list("&lastKnownMessageId=1").await.expect(200, json!([]));
}

#[tokio::test]
async fn a_purged_message_is_pinned_no_more() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let stays = alice.posts(&room, "stays").await;
    expire(&alice, &room, "60").await;
    let goes = alice.posts(&room, "goes").await;
    pins(&alice, &room, stays).await;
    pins(&alice, &room, goes).await;

    server.lets_pass(61).await;

    assert_eq!(shown(&bob, &room).await, json!([stays, 0]));
}

#[tokio::test]
async fn a_pin_forgets_a_deleted_account() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kettle = alice.posts(&room, "kettle is on").await;
    let attendee = bob.attendee_id(&room).await;
    alice.promotes(&room, &attendee).await;
    pins(&bob, &room, kettle).await;
    let account = "/ocs/v2.php/cloud/users/bob";
    assert_eq!(server.admin().delete(account, &[]).await.status, 200);
    server.users(["bob"]).await;

    let rows = alice.history(&room).await;

    let pinned = rows.iter().find(|row| row["id"] == kettle).unwrap();
    assert_eq!(pinned["metaData"]["pinnedActorType"], "deleted_users");
}

/// What is said here from now on goes after some seconds.
async fn expire(actor: &Actor, room: &str, seconds: &str) {
    let path = room_part(room, "message-expiration");
    let answer = actor.post(&path, &[("seconds", seconds)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
