//! Messages to be sent later: made, changed, taken back, sent once. Source: chat-extras.md 15.

use serde_json::{Value, json};

use crate::support::program::Program;
use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat, talk};

fn all(room: &str) -> String {
    format!("{}/schedule", chat(room))
}

fn one(room: &str, id: &str) -> String {
    format!("{}/schedule/{id}", chat(room))
}

async fn schedules(actor: &Actor, room: &str, text: &str, at: i64) -> Answer {
    let fields = [("message", text), ("sendAt", &at.to_string())];
    actor.post(&all(room), &fields).await
}

/// Schedules with further parameters.
async fn schedules_so(actor: &Actor, room: &str, at: i64, more: &[(&str, &str)]) -> Answer {
    let at = at.to_string();
    let fields = [&[("message", "later"), ("sendAt", &at)], more].concat();
    actor.post(&all(room), &fields).await
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// The texts that wait, soonest first.
async fn waiting(actor: &Actor, room: &str) -> Vec<String> {
    let answer = actor.get(&all(room)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let texts = answer.column("message").into_iter();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

async fn count(actor: &Actor, room: &str) -> Value {
    actor.room(room).await["hasScheduledMessages"].clone()
}

/// The texts of a conversation, oldest first.
async fn texts(actor: &Actor, room: &str) -> Vec<String> {
    let rows = actor.history(room).await;
    let rows = rows.iter().rev();
    rows.filter(|row| row["messageType"] == "comment")
        .map(|row| row["message"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_message_waits_for_its_time_and_is_then_sent() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let made_at = server.now();

    let made = schedules(&alice, &room, " tea @bob? ", made_at + 100).await;

    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.data()["id"].clone();
    assert!(id.is_string(), "{id}");
    let expected = json!({
        "id": id, "actorId": "alice", "actorType": "users", "threadId": 0,
        "message": "tea @bob?", "messageType": "comment", "createdAt": made_at,
        "sendAt": made_at + 100, "silent": false
    });
    assert_eq!(made.data(), expected);
    let list = alice.get(&all(&room)).await;
    list.expect(200, json!([expected]));
    assert_eq!(count(&alice, &room).await, 1);
    assert_eq!(count(&bob, &room).await, 0);
    bob.get(&all(&room)).await.expect(200, json!([]));
    server.lets_pass(99).await;
    assert_eq!(texts(&bob, &room).await.len(), 0);

    server.lets_pass(1).await;

    assert_eq!(texts(&bob, &room).await.len(), 1);
    let row = bob.newest(&room).await;
    assert_eq!(row["actorId"], "alice");
    assert_eq!(row["timestamp"], made_at + 100);
    assert_eq!(row["message"], "tea {mention-user1}?");
    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
    assert_eq!(alice.marker(&room).await, row["id"]);
    assert_eq!(bob.room(&room).await["lastMessage"]["id"], row["id"]);
    assert_eq!(count(&alice, &room).await, 0);
    assert_eq!(waiting(&alice, &room).await.len(), 0);
    server.lets_pass(60).await;
    assert_eq!(texts(&bob, &room).await.len(), 1, "only once");
}

#[tokio::test]
async fn who_waits_is_woken_by_what_is_sent() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let known = alice.posts(&room, "hello").await;
    schedules(&alice, &room, "later", server.now() + 10).await;
    let waiting = bob.waits_in(&room, known);
    server.until_waiting(&room, 1).await;

    server.lets_pass(10).await;

    assert_eq!(waiting.await.unwrap().column("message"), ["later"]);
}

#[tokio::test]
async fn all_that_is_due_is_sent_in_order() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let now = server.now();
    schedules(&alice, &room, "third", now + 30).await;
    schedules(&bob, &room, "first", now + 10).await;
    schedules(&alice, &room, "second", now + 20).await;
    schedules(&alice, &room, "fourth", now + 30).await;
    schedules(&alice, &room, "not yet", now + 31).await;
    assert_eq!(
        waiting(&alice, &room).await,
        ["second", "third", "fourth", "not yet"]
    );

    server.lets_pass(30).await;

    assert_eq!(
        texts(&bob, &room).await,
        ["first", "second", "third", "fourth"]
    );
    assert_eq!(waiting(&alice, &room).await, ["not yet"]);
}

#[tokio::test]
async fn an_answer_a_thread_and_silence_are_kept() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = bob.posts(&room, "milk?").await.to_string();
    let fields = [("message", "which one?"), ("threadTitle", "Kettles")];
    let thread = bob.sends(&room, &fields).await.data()["id"].to_string();
    let at = server.now() + 10;

    let answer = [("replyTo", question.as_str()), ("silent", "true")];
    let answer = schedules_so(&alice, &room, at, &answer).await;
    assert_eq!(answer.data()["parent"]["message"], "milk?");
    assert_eq!(answer.data()["silent"], true);
    let inside = [("threadId", thread.as_str())];
    let inside = schedules_so(&alice, &room, at, &inside).await;
    assert_eq!(inside.data()["threadId"].to_string(), thread);
    let below = [("replyTo", thread.as_str()), ("threadTitle", "No")];
    let below = schedules_so(&alice, &room, at, &below).await;
    assert_eq!(below.data()["threadId"].to_string(), thread);
    assert_eq!(below.data().get("threadTitle"), None);
    let begin = schedules_so(&alice, &room, at, &[("threadTitle", " Cups ")]).await;
    assert_eq!(begin.data()["threadTitle"], "Cups");
    server.lets_pass(10).await;

    let rows = bob.history(&room).await;
    assert_eq!(rows[0]["systemMessage"], "thread_created");
    assert_eq!(rows[1]["threadTitle"], "Cups");
    assert_eq!(rows[2]["parent"]["id"].to_string(), thread);
    assert_eq!(rows[3]["threadId"].to_string(), thread);
    assert_eq!(rows[3].get("parent"), None);
    assert_eq!(rows[4]["parent"]["id"].to_string(), question);
    assert_eq!(rows[4]["silent"], true);
}

#[tokio::test]
async fn what_is_refused_in_order() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (now, long) = (server.now(), "x".repeat(32_001));
    let system = alice.history(&room).await[0]["id"].to_string();

    for at in [now, now - 1, 0, -5] {
        schedules(&alice, &room, " ", at)
            .await
            .refused(400, "send-at");
    }
    let bad = [
        ("message", " "),
        ("sendAt", "99999999999"),
        ("replyTo", "-1"),
    ];
    alice.post(&all(&room), &bad).await.refused(400, "message");
    for (key, value) in [
        ("replyTo", "999999"),
        ("replyTo", "-1"),
        ("replyTo", system.as_str()),
        ("threadId", "999999"),
        ("threadId", system.as_str()),
    ] {
        let bad = [
            ("message", long.as_str()),
            ("sendAt", "99999999999"),
            (key, value),
        ];
        alice.post(&all(&room), &bad).await.refused(400, "reply-to");
    }
    schedules(&alice, &room, &long, now + 9)
        .await
        .refused(413, "message");
    let missing = alice.post(&all(&room), &[("sendAt", "99999999999")]).await;
    missing.refused(400, "message");
    let missing = alice.post(&all(&room), &[("message", "later")]).await;
    missing.refused(400, "sendAt");
    assert_eq!(waiting(&alice, &room).await.len(), 0);
}

#[tokio::test]
async fn a_member_has_at_most_100_waiting() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let at = server.now() + 10;
    for _ in 0..100 {
        id(&schedules(&alice, &room, "later", at).await);
    }

    schedules(&alice, &room, "one more", at)
        .await
        .refused(429, "schedule");

    id(&schedules(&bob, &room, "mine", at).await);
    server.lets_pass(10).await;
    id(&schedules(&alice, &room, "again", at + 10).await);
}

#[tokio::test]
async fn a_scheduled_message_is_changed() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let now = server.now();
    let id = id(&schedules(&alice, &room, "later", now + 10).await);

    let fields = [
        ("message", " sooner "),
        ("sendAt", &*(now + 5).to_string()),
        ("silent", "1"),
    ];
    let changed = alice.post(&one(&room, &id), &fields).await;

    assert_eq!(changed.status, 202, "{}", changed.text);
    assert_eq!(changed.data()["id"], id);
    assert_eq!(changed.data()["message"], "sooner");
    assert_eq!(changed.data()["sendAt"], now + 5);
    assert_eq!(changed.data()["silent"], true);
    assert_eq!(changed.data()["createdAt"], now);
    server.lets_pass(5).await;
    assert_eq!(texts(&bob, &room).await, ["sooner"]);
    assert_eq!(bob.newest(&room).await["silent"], true);
}

#[tokio::test]
async fn a_change_is_refused_in_order() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let at = server.now() + 10;
    let own = id(&schedules(&alice, &room, "later", at).await);
    let others = id(&schedules(&bob, &room, "his", at).await);
    let titled = id(&schedules_so(&alice, &room, at, &[("threadTitle", "Cups")]).await);
    let long = "x".repeat(32_001);
    let at = at.to_string();
    let change =
        async |id: &str, fields: &[(&str, &str)]| alice.post(&one(&room, id), fields).await;

    change("999999", &[("message", " "), ("sendAt", "1")])
        .await
        .refused(400, "send-at");
    change("999999", &[("message", " "), ("sendAt", &at)])
        .await
        .refused(400, "message");
    change("999999", &[("message", &long), ("sendAt", &at)])
        .await
        .refused(413, "message");
    for id in ["999999", "0", others.as_str(), "99999999999999999999"] {
        change(
            id,
            &[("message", "new"), ("sendAt", &at), ("threadTitle", "x")],
        )
        .await
        .refused(404, "message");
    }
    for (id, title) in [(&own, "Cups"), (&titled, " ")] {
        change(
            id,
            &[("message", "new"), ("sendAt", &at), ("threadTitle", title)],
        )
        .await
        .refused(400, "thread-title");
    }
    let fields = [("message", "new"), ("sendAt", &*at)];
    assert_eq!(change(&titled, &fields).await.data()["threadTitle"], "Cups");
    let fields = [
        ("message", "new"),
        ("sendAt", &*at),
        ("threadTitle", "Pots"),
    ];
    assert_eq!(change(&titled, &fields).await.data()["threadTitle"], "Pots");
    let fields = [("message", "new"), ("sendAt", &*at), ("threadTitle", "")];
    assert_eq!(change(&own, &fields).await.status, 202);
    assert_eq!(waiting(&bob, &room).await, ["his"]);
}

#[tokio::test]
async fn a_message_taken_back_is_not_sent() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let at = server.now() + 10;
    let own = id(&schedules(&alice, &room, "later", at).await);
    let others = id(&schedules(&bob, &room, "his", at).await);
    let elsewhere = alice.creates_group("Coffee").await;

    for (room, id) in [
        (&room, &others),
        (&elsewhere, &own),
        (&room, &"0".to_owned()),
    ] {
        alice
            .delete(&one(room, id), &[])
            .await
            .refused(404, "message");
    }
    alice
        .delete(&one(&room, &own), &[])
        .await
        .expect(200, json!([]));
    alice
        .delete(&one(&room, &own), &[])
        .await
        .refused(404, "message");

    assert_eq!(count(&alice, &room).await, 0);
    server.lets_pass(10).await;
    assert_eq!(texts(&alice, &room).await, ["his"]);
}

#[tokio::test]
async fn guests_and_who_came_by_themselves_schedule_nothing() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_public("Tea").await;
    let guest = server.guest_in(&room).await;
    assert_eq!(bob.joins(&room).await.status, 200);

    for actor in [&guest, &bob] {
        schedules(actor, &room, " ", 1).await.refused(404, "actor");
        actor.get(&all(&room)).await.refused(404, "actor");
        let fields = [("message", " "), ("sendAt", "1")];
        let path = one(&room, "1");
        actor.post(&path, &fields).await.refused(404, "actor");
        actor.delete(&path, &[]).await.refused(404, "actor");
    }
    let stranger = server.guest();
    stranger.get(&all(&room)).await.expect_refusal(404);
}

#[tokio::test]
async fn scheduling_needs_the_right_to_write() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let at = server.now() + 10;
    let own = id(&schedules(&bob, &room, "later", at).await);
    let fields = [("message", "x"), ("sendAt", &*at.to_string())];

    alice.closes_lobby(&room).await;
    schedules(&bob, &room, "x", at).await.expect_refusal(412);
    bob.get(&all(&room)).await.expect_refusal(412);
    bob.post(&one(&room, &own), &fields)
        .await
        .expect_refusal(412);
    bob.delete(&one(&room, &own), &[]).await.expect_refusal(412);
    alice.sets(&room, "webinar/lobby", &[("state", "0")]).await;
    alice.locks(&room).await;
    schedules(&bob, &room, "x", at).await.expect_refusal(403);
    bob.post(&one(&room, &own), &fields)
        .await
        .expect_refusal(403);
    assert_eq!(waiting(&bob, &room).await, ["later"]);
    assert_eq!(bob.delete(&one(&room, &own), &[]).await.status, 200);
}

#[tokio::test]
async fn while_its_author_may_not_write_a_message_waits() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    schedules(&bob, &room, "at last", server.now() + 10).await;
    schedules(&alice, &room, "mine", server.now() + 10).await;
    let part = room_part(&room, "attendees/permissions");
    let bob_id = bob.attendee_id(&room).await;
    // Everything but to chat.
    let fields = [
        ("attendeeId", bob_id.as_str()),
        ("method", "set"),
        ("permissions", "119"),
    ];
    assert_eq!(alice.put(&part, &fields).await.status, 200);

    server.lets_pass(10).await;
    assert_eq!(texts(&alice, &room).await, ["mine"]);
    assert_eq!(waiting(&bob, &room).await, ["at last"]);
    assert_eq!(count(&bob, &room).await, 1);
    let fields = [
        ("attendeeId", bob_id.as_str()),
        ("method", "set"),
        ("permissions", "0"),
    ];
    assert_eq!(alice.put(&part, &fields).await.status, 200);
    alice.locks(&room).await;
    server.lets_pass(60).await;
    assert_eq!(texts(&alice, &room).await, ["mine"], "locked");
    alice.sets(&room, "read-only", &[("state", "0")]).await;
    alice.closes_lobby(&room).await;
    server.lets_pass(60).await;
    assert_eq!(texts(&alice, &room).await, ["mine"], "in the lobby");
    alice.sets(&room, "webinar/lobby", &[("state", "0")]).await;

    server.lets_pass(60).await;

    assert_eq!(texts(&alice, &room).await, ["mine", "at last"]);
}

#[tokio::test]
async fn who_leaves_takes_their_scheduled_messages_along() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    schedules(&bob, &room, "later", server.now() + 10).await;
    bob.leaves_for_good(&room).await;

    server.lets_pass(10).await;

    assert_eq!(texts(&alice, &room).await.len(), 0);
    alice.adds(&room, "bob").await;
    assert_eq!(waiting(&bob, &room).await.len(), 0);
}

#[tokio::test]
async fn a_disabled_account_sends_nothing() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    schedules(&bob, &room, "later", server.now() + 10).await;
    let disable = "/ocs/v2.php/cloud/users/bob/disable";
    assert_eq!(server.admin().put(disable, &[]).await.status, 200);

    server.lets_pass(10).await;

    assert_eq!(texts(&alice, &room).await.len(), 0);
}

#[tokio::test]
async fn what_it_answers_may_be_gone_by_then() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = bob.posts(&room, "milk?").await;
    let fields = [("message", "which one?"), ("threadTitle", "Kettles")];
    let thread = bob.sends(&room, &fields).await.data()["id"].to_string();
    let at = server.now() + 10;
    schedules_so(&alice, &room, at, &[("replyTo", &question.to_string())]).await;
    schedules_so(&alice, &room, at, &[("threadId", &thread)]).await;
    assert_eq!(alice.delete(&chat(&room), &[]).await.status, 200);
    let list = alice.get(&all(&room)).await.data();
    assert_eq!(list[0].get("parent"), None);

    server.lets_pass(10).await;

    assert_eq!(texts(&bob, &room).await, ["later", "later"]);
    let row = bob.newest(&room).await;
    assert_eq!(row.get("parent"), None);
    assert_eq!(row["threadId"], row["id"]);
}

#[tokio::test]
async fn the_list_of_conversations_counts_and_notices_changes() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.advance(10);
    let since = server.now();
    let id = id(&schedules(&alice, &room, "later", since + 100).await);
    let listed = async |since: i64| {
        let path = talk(&format!("/api/v4/room?modifiedSince={since}"));
        let rooms = alice.get(&path).await.data();
        let rooms = rooms.as_array().unwrap().iter();
        let mut rooms = rooms.filter(|one| one["token"] == room.as_str());
        rooms.next().map(|one| one["hasScheduledMessages"].clone())
    };

    assert_eq!(listed(since).await, Some(json!(1)));
    server.advance(10);
    assert_eq!(listed(since + 1).await, None);
    assert_eq!(alice.delete(&one(&room, &id), &[]).await.status, 200);
    assert_eq!(listed(since + 1).await, Some(json!(0)));
}

#[tokio::test]
async fn a_deleted_conversation_sends_nothing() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    schedules(&alice, &room, "later", server.now() + 10).await;
    let path = talk(&format!("/api/v4/room/{room}"));
    assert_eq!(alice.delete(&path, &[]).await.status, 200);

    server.lets_pass(10).await;

    alice.get(&all(&room)).await.expect_refusal(404);
}

#[tokio::test]
async fn what_waits_is_there_after_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let room = alice.creates_group("Tea").await;
    let made = schedules(&alice, &room, "later", 99_999_999_999).await;
    program.kill();

    let program = Program::start(data.path());
    let alice = alice.moved_to(program.address);

    let list = alice.get(&all(&room)).await;
    list.expect(200, json!([made.data()]));
    assert_eq!(count(&alice, &room).await, 1);
}
