//! Posting a message: text, reference id, silence, and what follows from it. Source: chat.md 3.
//!
//! Answers are told in `story_reply`, mentions in `story_mentioning`, guests in `story_guest_chat`.

use crate::support::{Actor, TestServer, chat};
use serde_json::{Value, json};

/// How a text arrives.
async fn posted(actor: &Actor, room: &str, text: &str) -> Value {
    let answer = actor.sends(room, &[("message", text)]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["message"].clone()
}

// The answer.

#[tokio::test]
async fn a_posted_message_is_answered_whole() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice.sends(&room, &[("message", "hello")]).await;

    let data = answer.data();
    let expected = json!({
        "id": data["id"],
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": server.now(),
        "message": "hello",
        "messageParameters": [],
        "systemMessage": "",
        "messageType": "comment",
        "isReplyable": true,
        "referenceId": "",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": true,
        "threadId": data["id"]
    });
    assert_eq!(answer.status, 201);
    // As text: the order of the keys counts.
    assert_eq!(data.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_posted_message_is_answered_in_xml() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let request = alice.request("POST", &chat(&room)).xml();
    let answer = request
        .form(&[("message", "a<b>&\"q\" / é 👍")])
        .send()
        .await;

    assert_eq!(answer.status, 201);
    let line = "\n  <message>a&lt;b&gt;&amp;&quot;q&quot; / é 👍</message>\n";
    assert!(answer.text.contains(line), "{}", answer.text);
    assert!(answer.text.contains("\n  <statuscode>201</statuscode>\n"));
}

#[tokio::test]
async fn a_posted_message_through_v1_looks_like_a_failure() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let path = chat(&room).replace("v2.php", "v1.php");
    let answer = alice.post(&path, &[("message", "hello")]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["status"], "failure");
    assert_eq!(answer.meta()["statuscode"], 201);
    assert_eq!(answer.data()["message"], "hello");
}

// The text.

#[tokio::test]
async fn an_empty_message_is_refused() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    for text in ["", " ", "\t\n\r\0\x0B "] {
        let answer = alice.sends(&room, &[("message", text)]).await;
        answer.refused(400, "message");
    }
}

#[tokio::test]
async fn a_missing_message_is_refused() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    alice.sends(&room, &[]).await.refused(400, "message");
}

#[tokio::test]
async fn white_space_around_a_message_is_cut_off_and_within_it_kept() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let text = posted(&alice, &room, " \t\r\n\0\x0B one\r\n  two\t**three** \n").await;

    assert_eq!(text, "one\r\n  two\t**three**");
}

#[tokio::test]
async fn white_space_that_is_not_ascii_is_kept() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    assert_eq!(posted(&alice, &room, "\u{a0}").await, "\u{a0}");
    assert_eq!(posted(&alice, &room, " \u{2028}x ").await, "\u{2028}x");
}

#[tokio::test]
async fn html_is_only_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let text = "<b>bold</b> &amp; {actor} {mention-user1}";
    assert_eq!(posted(&alice, &room, text).await, text);
}

#[tokio::test]
async fn a_message_may_have_32_000_characters_of_any_size() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let text = "😀".repeat(32_000);
    assert_eq!(posted(&alice, &room, &format!("  {text}\n ")).await, text);
}

#[tokio::test]
async fn a_message_of_32_001_characters_is_too_long() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice
        .sends(&room, &[("message", &"é".repeat(32_001))])
        .await;

    answer.refused(413, "message");
    assert_eq!(alice.history(&room).await.len(), 2);
}

#[tokio::test]
async fn of_two_slashes_at_the_start_one_is_shown() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    assert_eq!(posted(&alice, &room, "//help").await, "/help");
    assert_eq!(bob.history(&room).await[0]["message"], "/help");
    assert_eq!(bob.room(&room).await["lastMessage"]["message"], "/help");
}

#[tokio::test]
async fn slashes_elsewhere_are_shown_as_they_are() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    assert_eq!(posted(&alice, &room, "/help").await, "/help");
    assert_eq!(posted(&alice, &room, "a //b").await, "a //b");
    assert_eq!(posted(&alice, &room, "///x").await, "//x");
}

// How parameters may come.

#[tokio::test]
async fn a_message_may_come_as_json() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let request = alice.request("POST", &chat(&room));
    let body = json!({
        "message": "line\r\nbreak <i>",
        "referenceId": "abc",
        "replyTo": null,
        "silent": true
    });
    let answer = request.json(&body).send().await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.data()["message"], "line\r\nbreak <i>");
    assert_eq!(answer.data()["referenceId"], "abc");
    assert_eq!(answer.data()["silent"], true);
    assert_eq!(answer.data().get("parent"), None);
}

#[tokio::test]
async fn a_message_may_come_in_the_query() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice
        .post(&format!("{}?message=hi%20there", chat(&room)), &[])
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["message"], "hi there");
}

#[tokio::test]
async fn a_message_in_json_must_be_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    for message in [json!(5), json!(["hi"]), json!(null)] {
        let request = alice.request("POST", &chat(&room));
        let answer = request.json(&json!({ "message": message })).send().await;
        answer.refused(400, "message");
    }
}

#[tokio::test]
async fn a_reference_id_in_json_must_be_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let request = alice.request("POST", &chat(&room));
    let body = json!({ "message": "hi", "referenceId": 7 });
    request.json(&body).send().await.refused(400, "referenceId");
}

// Reference ids.

#[tokio::test]
async fn a_reference_id_comes_back() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let answer = alice
        .sends(&room, &[("message", "hi"), ("referenceId", " mark\n")])
        .await;

    assert_eq!(answer.data()["referenceId"], "mark");
    assert_eq!(bob.history(&room).await[0]["referenceId"], "mark");
}

#[tokio::test]
async fn a_reference_id_is_cut_to_64_bytes_of_whole_characters() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let kept = async |sent: &str| {
        let fields = [("message", "hi"), ("referenceId", sent)];
        alice.sends(&room, &fields).await.data()["referenceId"].clone()
    };

    assert_eq!(kept(&"a".repeat(71)).await, "a".repeat(64));
    let split = format!("{}é", "a".repeat(63));
    assert_eq!(kept(&split).await, "a".repeat(63));
}

#[tokio::test]
async fn many_messages_may_have_the_same_reference_id() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let fields = [("message", "hi"), ("referenceId", "same")];
    let first = alice.sends(&room, &fields).await;
    let second = alice.sends(&room, &fields).await;

    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.data()["id"], second.data()["id"]);
    assert_eq!(second.data()["referenceId"], "same");
}

// Silence.

#[tokio::test]
async fn a_silent_message_says_that_it_is() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    alice
        .sends(&room, &[("message", "psst"), ("silent", "1")])
        .await;

    assert_eq!(bob.history(&room).await[0]["silent"], true);
}

#[tokio::test]
async fn a_message_that_is_not_silent_does_not_mention_it() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    for silent in ["false", "0", ""] {
        let answer = alice
            .sends(&room, &[("message", "hi"), ("silent", silent)])
            .await;
        assert_eq!(answer.data().get("silent"), None, "{silent}");
    }
}

#[tokio::test]
async fn a_silent_message_still_sets_the_mention_flags() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    alice
        .sends(&room, &[("message", "psst @bob"), ("silent", "true")])
        .await;

    assert_eq!(bob.unread(&room).await, json!([1, true, true]));
}

// What follows.

#[tokio::test]
async fn a_message_becomes_the_last_of_its_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    server.advance(100);

    let id = alice.posts(&room, "hello").await;

    let seen = bob.room(&room).await;
    assert_eq!(seen["lastActivity"], server.now());
    assert_eq!(seen["lastMessage"]["id"], id);
    assert_eq!(seen["lastMessage"]["message"], "hello");
}

#[tokio::test]
async fn the_last_message_of_a_conversation_shows_no_parent() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = alice.posts(&room, "milk?").await;
    alice.replies(&room, question, "anybody?").await;

    let last = bob.room(&room).await["lastMessage"].clone();

    assert_eq!(last["message"], "anybody?");
    assert_eq!(last.get("parent"), None);
}

#[tokio::test]
async fn a_message_in_a_conversation_where_messages_expire_expires() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "3600"),
    ];
    let room = alice.creates_room(&fields).await;

    let answer = alice.sends(&room, &[("message", "soon gone")]).await;

    assert_eq!(answer.data()["expirationTimestamp"], server.now() + 3600);
}

#[tokio::test]
async fn a_new_name_shows_on_old_messages() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hello @bob").await;

    for (name, key) in [("alice", "Alice A."), ("bob", "Bob B.")] {
        let path = format!("/ocs/v2.php/cloud/users/{name}");
        let fields = [("key", "displayname"), ("value", key)];
        let renamed = server.admin().put(&path, &fields).await;
        assert_eq!(renamed.status, 200, "{}", renamed.text);
    }

    let newest = bob.history(&room).await[0].clone();
    assert_eq!(newest["actorDisplayName"], "Alice A.");
    assert_eq!(
        newest["messageParameters"]["mention-user1"]["name"],
        "Bob B."
    );
}

#[tokio::test]
async fn messages_of_a_deleted_account_stay_without_a_name() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    bob.posts(&room, "bye").await;
    let deleted = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);

    let history = alice.history(&room).await;

    let orphan = history.iter().find(|row| row["message"] == "bye").unwrap();
    assert_eq!(orphan["actorType"], "deleted_users");
    assert_eq!(orphan["actorId"], "deleted_users");
    assert_eq!(orphan["actorDisplayName"], "");
    assert_eq!(orphan["isReplyable"], false);
}
