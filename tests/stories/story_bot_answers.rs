//! What bots say: signed messages and reactions, and every way in which a signature is refused.
//! Source: chat-extras.md 4.4.

use chinwag::chat::Limits;
use chinwag::model::BotState;
use chinwag::server::throwaway;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::support::webhook::{ALL, SECRET, bot, signature};
use crate::support::{Actor, TestServer, person, talk};

const URL: &str = "http://127.0.0.1:9/told";

/// Alice's conversation with Bob and a bot that nobody tells anything, with the features `features`.
async fn with_bot(server: &TestServer, features: i64) -> (Actor, Actor, String, i64) {
    let (alice, bob, room) = server.tea().await;
    let id = server.installs(bot(URL, features)).await;
    assert_eq!(alice.enables(&room, id).await.status, 201);
    (alice, bob, room, id)
}

fn bot_id() -> String {
    format!("bot-{}", hex::encode(Sha1::digest(URL)))
}

#[tokio::test]
async fn a_bot_posts_and_answers() {
    let server = TestServer::start().await;
    let (alice, bob, room, _) = with_bot(&server, ALL).await;
    let question = alice.posts(&room, "tea?").await;
    let fields = [
        ("message", " it boils "),
        ("replyTo", &question.to_string()),
        ("referenceId", "mark"),
        ("silent", "true"),
    ];

    let answer = server.guest().says(&room, "1", &fields).send().await;

    answer.expect(201, Value::Null);
    assert_eq!(answer.header("x-chat-last-common-read"), None);
    let row = bob.newest(&room).await;
    assert_eq!(row["actorType"], "bots");
    assert_eq!(row["actorId"], bot_id());
    assert_eq!(row["actorDisplayName"], "Kettle (Bot)");
    assert_eq!(row["message"], "it boils");
    assert_eq!(row["messageType"], "comment");
    assert_eq!(row["isReplyable"], true);
    assert_eq!(row["referenceId"], "mark");
    assert_eq!(row["silent"], true);
    assert_eq!(row["parent"]["id"], question);
    let seen = bob.room(&room).await;
    assert_eq!(seen["lastMessage"]["id"], row["id"]);
    assert_eq!(seen["unreadMessages"], 2);
}

#[tokio::test]
async fn a_bot_s_mentions_count() {
    let server = TestServer::start().await;
    let (_, bob, room, _) = with_bot(&server, ALL).await;

    let said = server.guest().says(&room, "1", &[("message", "hi @bob")]);
    assert_eq!(said.send().await.status, 201);

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
    let row = bob.newest(&room).await;
    assert_eq!(row["messageParameters"]["mention-user1"], person("bob"));
}

#[tokio::test]
async fn who_is_mentioned_or_reacted_to_by_a_bot_is_notified() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let id = alice.posts(&room, "tea?").await;
    let level = talk(&format!("/api/v4/room/{room}/notify"));
    assert_eq!(alice.post(&level, &[("level", "1")]).await.status, 200);
    let guest = server.guest();

    let fields = [("message", "it boils"), ("replyTo", &id.to_string())];
    assert_eq!(guest.says(&room, "1", &fields).send().await.status, 201);
    let react = guest.reacts_as_bot("POST", &room, id, "2", "👍");
    assert_eq!(react.send().await.status, 201);

    let path = "/ocs/v2.php/apps/notifications/api/v2/notifications";
    let subjects = alice.get(path).await.column("subject");
    let expected = [
        "Kettle (Bot) reacted with 👍 to your message in conversation Tea",
        "Kettle (Bot) replied to your message in conversation Tea",
    ];
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn a_bot_calls_everybody_only_where_everybody_may() {
    let server = TestServer::start().await;
    let (alice, bob, room, _) = with_bot(&server, ALL).await;
    let guest = server.guest();
    guest
        .says(&room, "1", &[("message", "@all 1")])
        .send()
        .await;
    assert_eq!(bob.unread(&room).await, json!([1, true, false]));
    let read = bob.newest(&room).await["id"].to_string();
    bob.marks_read(&room, &read).await;

    let path = talk(&format!("/api/v4/room/{room}/mention-permissions"));
    let set = alice.put(&path, &[("mentionPermissions", "1")]).await;
    assert_eq!(set.status, 200, "{}", set.text);
    guest
        .says(&room, "2", &[("message", "@all 2")])
        .send()
        .await;

    assert_eq!(bob.newest(&room).await["message"], "@all 2");
    assert_eq!(bob.room(&room).await["unreadMention"], false);
}

#[tokio::test]
async fn locks_and_lobbies_do_not_stop_a_bot() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    alice.closes_lobby(&room).await;
    alice.locks(&room).await;

    let said = server
        .guest()
        .says(&room, "1", &[("message", "still here")]);

    assert_eq!(said.send().await.status, 201);
    assert_eq!(alice.newest(&room).await["message"], "still here");
}

#[tokio::test]
async fn a_bot_may_answer_a_system_message() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let system = alice.newest(&room).await["id"].to_string();

    let fields = [("message", "welcome"), ("replyTo", system.as_str())];
    let answer = server.guest().says(&room, "1", &fields).send().await;

    answer.expect(201, Value::Null);
}

#[tokio::test]
async fn once_disabled_a_bot_s_messages_lose_its_name() {
    let server = TestServer::start().await;
    let (alice, _, room, id) = with_bot(&server, ALL).await;
    let said = server.guest().says(&room, "1", &[("message", "hello")]);
    assert_eq!(said.send().await.status, 201);
    let name = async || alice.newest(&room).await["actorDisplayName"].clone();
    assert_eq!(name().await, "Kettle (Bot)");

    alice.disables(&room, id).await;

    assert_eq!(name().await, format!("{}-bot", bot_id()));
    alice.enables(&room, id).await;
    assert_eq!(name().await, "Kettle (Bot)");
}

#[tokio::test]
async fn moderators_edit_and_delete_what_a_bot_said() {
    let server = TestServer::start().await;
    let (alice, bob, room, _) = with_bot(&server, 2).await;
    let said = server.guest().says(&room, "1", &[("message", "hello")]);
    assert_eq!(said.send().await.status, 201);
    let id = alice.newest(&room).await["id"].as_i64().unwrap();
    let path = talk(&format!("/api/v1/chat/{room}/{id}"));

    let refused = bob.put(&path, &[("message", "x")]).await;
    let edited = alice.put(&path, &[("message", "goodbye")]).await;
    let deleted = alice.deletes_message(&room, id).await;

    refused.expect(403, json!({"error": "permission"}));
    // It is told nothing, so nothing has left the server.
    assert_eq!(edited.status, 200);
    assert_eq!(edited.data()["parent"]["message"], "goodbye");
    assert_eq!(edited.data()["parent"]["actorDisplayName"], "Kettle (Bot)");
    assert_eq!(deleted.status, 200);
}

#[tokio::test]
async fn a_bot_reacts_and_takes_it_back() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let id = alice.posts(&room, "tea?").await;
    let guest = server.guest();
    let react = |method: &str, random: &str| guest.reacts_as_bot(method, &room, id, random, "👍");

    react("POST", "1").send().await.expect(201, Value::Null);
    react("POST", "2").send().await.expect(200, Value::Null);
    let path = talk(&format!("/api/v1/reaction/{room}/{id}"));
    let expected = json!({"👍": [{
        "actorType": "bots",
        "actorId": bot_id(),
        "actorDisplayName": "Kettle (Bot)",
        "timestamp": server.now()
    }]});
    alice.get(&path).await.expect(200, expected);
    react("DELETE", "3").send().await.expect(200, Value::Null);
    alice.get(&path).await.expect(200, json!({}));
    react("DELETE", "4").send().await.expect(404, Value::Null);
}

#[tokio::test]
async fn reactions_to_nothing_and_with_no_emoji_are_refused() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let id = alice.posts(&room, "tea?").await;
    let elsewhere = alice.creates_group("Coffee").await;
    let other = alice.posts(&elsewhere, "coffee?").await;
    let guest = server.guest();

    let unknown = guest.reacts_as_bot("POST", &room, id + 1000, "1", "👍");
    let foreign = guest.reacts_as_bot("POST", &room, other, "2", "👍");
    let letter = guest.reacts_as_bot("POST", &room, id, "3", "a");
    let zero = guest.reacts_as_bot("DELETE", &room, 0, "4", "👍");

    unknown.send().await.expect(404, Value::Null);
    foreign.send().await.expect(400, Value::Null);
    letter.send().await.expect(400, Value::Null);
    zero.send().await.expect(404, Value::Null);
}

// Refusals.

#[tokio::test]
async fn nothing_and_unsigned_messages_are_refused_before_anything_else() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let guest = server.guest();
    let said = |text: &'static str| guest.says(&room, "1", &[("message", text)]);
    let short = "x".repeat(31);

    let refused = [
        said(" \n "),
        said("hi").without_header("x-nextcloud-talk-bot-random"),
        said("hi").without_header("x-nextcloud-talk-bot-signature"),
        said("hi").header("x-nextcloud-talk-bot-signature", ""),
        said("hi")
            .header("x-nextcloud-talk-bot-random", &short)
            .header(
                "x-nextcloud-talk-bot-signature",
                &signature(SECRET, &short, b"hi"),
            ),
    ];
    for request in refused {
        request.send().await.expect(400, Value::Null);
    }
    let missing = guest.says(&room, "1", &[]).send().await;
    missing.expect(400, json!({"error": "message"}));
    let bare = said("hi").without_header("ocs-apirequest").send().await;
    assert_eq!(bare.status, 412);
    assert_eq!(alice.texts(&room).await, Vec::<String>::new());
}

#[tokio::test]
async fn forged_signatures_are_refused() {
    let server = TestServer::start().await;
    let (alice, _, room, id) = with_bot(&server, ALL).await;
    let elsewhere = alice.creates_group("Coffee").await;
    let guest = server.guest();
    let said = |room: &str, random: &str| guest.says(room, random, &[("message", "hi")]);
    let random = "y".repeat(32);
    let with =
        |signature: &str| said(&room, &random).header("x-nextcloud-talk-bot-signature", signature);
    let good = signature(SECRET, &random, b"hi");

    let forged = [
        with(&signature(&"z".repeat(40), &random, b"hi")),
        with(&signature(SECRET, &random, b"ho")),
        with(&good[..63]),
        with(&good[..62]),
        with(&format!("{good}00")),
        with("no hex at all"),
        said(&elsewhere, "1"),
        said("unknownroom", "2"),
        guest.reacts_as_bot("POST", &elsewhere, 1, "3", "👍"),
        guest.reacts_as_bot("DELETE", &elsewhere, 1, "4", "👍"),
    ];
    for request in forged {
        request.send().await.expect(401, Value::Null);
    }
    server.sets_bot_state(id, BotState::Disabled, None).await;
    said(&room, "5").send().await.expect(401, Value::Null);
    server.sets_bot_state(id, BotState::Enabled, Some(1)).await;
    said(&room, "6").send().await.expect(401, Value::Null);
    server.sets_bot_state(id, BotState::NoSetup, Some(2)).await;
    said(&room, "7").send().await.expect(201, Value::Null);
    alice.disables(&room, id).await;
    with(&good.to_uppercase())
        .send()
        .await
        .expect(201, Value::Null);
}

#[tokio::test]
async fn a_signature_is_good_once() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let guest = server.guest();
    let said = || guest.says(&room, "1", &[("message", "xboils")]);
    assert_eq!(said().send().await.status, 201);

    let again = said().send().await;
    // The same text on the other side of the border between the random and the message.
    let moved = said()
        .header(
            "x-nextcloud-talk-bot-random",
            &format!("1{}", "x".repeat(32)),
        )
        .form(&[("message", "boils")]);
    let moved = moved.send().await;

    again.expect(401, Value::Null);
    moved.expect(401, Value::Null);
    assert_eq!(alice.texts(&room).await, ["xboils"]);
    server.advance(601);
    // Quirk: bot-replay.
    said().send().await.expect(201, Value::Null);
}

#[tokio::test]
async fn who_guesses_signatures_is_slowed_down_and_blocked() {
    let limits = Limits {
        brute_force_protection: true,
        ..throwaway::limits()
    };
    let server = TestServer::start_with(limits).await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let guest = server.guest();
    for number in 0..11 {
        let request = guest.says(&room, &number.to_string(), &[("message", "hi")]);
        let request = request.header("x-nextcloud-talk-bot-signature", "00");
        let answer = server.answer_in_time(request).await;
        answer.expect(401, Value::Null);
    }

    let request = guest.says(&room, "right", &[("message", "hi")]);
    let blocked = server.answer_in_time(request).await;

    assert_eq!(blocked.status, 429);
    assert_eq!(blocked.meta()["message"], "Reached maximum delay");
    // Others from the same address are not held up.
    assert_eq!(alice.room(&room).await["name"], "Tea");
}

#[tokio::test]
async fn answers_to_nothing_and_overlong_messages_are_refused() {
    let server = TestServer::start().await;
    let (alice, _, room, _) = with_bot(&server, ALL).await;
    let elsewhere = alice.creates_group("Coffee").await;
    let foreign = alice.posts(&elsewhere, "coffee?").await.to_string();
    let (fits, long) = ("é".repeat(32_000), "é".repeat(32_001));
    let huge = "a".repeat(2 * 1024 * 1024);
    let guest = server.guest();
    let answers = |random: &str, id: &str| {
        let fields = [("message", "hi"), ("replyTo", id)];
        guest.says(&room, random, &fields)
    };
    let says = |random: &str, text: &str| guest.says(&room, random, &[("message", text)]);

    answers("1", &foreign).send().await.expect(400, Value::Null);
    answers("2", "999999").send().await.expect(400, Value::Null);
    answers("3", "-1").send().await.expect(400, Value::Null);
    answers("4", "99999999999999999999")
        .send()
        .await
        .expect(400, Value::Null);
    says("5", &fits).send().await.expect(201, Value::Null);
    says("6", &long).send().await.expect(413, Value::Null);
    says("7", &huge).send().await.expect(413, Value::Null);
}
