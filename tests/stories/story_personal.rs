//! What members set for themselves: favorite, archive, important, sensitive, notifications, focus; and what of it a
//! list with `modifiedSince` tells. Source: conversations.md 3.1, 3.8 to 3.10, 4.11.

use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

const FLAGS: [(&str, &str); 4] = [
    ("favorite", "isFavorite"),
    ("archive", "isArchived"),
    ("important", "isImportant"),
    ("sensitive", "isSensitive"),
];

impl Actor {
    /// The own flags of a conversation, in the order of `FLAGS`.
    async fn flags(&self, token: &str) -> Vec<bool> {
        let room = self.room(token).await;
        let flags = FLAGS.iter().map(|(_, key)| room[key].as_bool().unwrap());
        flags.collect()
    }

    /// Tokens of the list with these parameters, note to self left out.
    async fn list_with(&self, query: &str) -> Vec<Value> {
        let path = format!("{}?{query}", talk("/api/v4/room"));
        let rooms = self.get(&path).await.data();
        let rooms = rooms.as_array().unwrap().iter();
        rooms
            .filter(|room| room["type"] != 6)
            .map(|room| room["token"].clone())
            .collect()
    }
}

#[tokio::test]
async fn each_flag_is_put_on_and_taken_off_for_oneself_alone() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let before = alice.systems(&token).await;

    for (part, key) in FLAGS {
        let path = room_part(&token, part);
        for _ in 0..2 {
            let answer = alice.post(&path, &[]).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.data()[key], true);
            assert_eq!(answer.data()["token"], token.as_str());
        }
    }
    assert_eq!(alice.flags(&token).await, [true; 4]);
    assert_eq!(bob.flags(&token).await, [false; 4]);

    for (part, key) in FLAGS {
        let path = room_part(&token, part);
        for _ in 0..2 {
            let answer = alice.delete(&path, &[]).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.data()[key], false);
        }
    }
    assert_eq!(alice.flags(&token).await, [false; 4]);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_sensitive_conversation_shows_no_last_message_to_that_member() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    bob.posts(&token, "a secret").await;

    let answer = alice.post(&room_part(&token, "sensitive"), &[]).await;

    assert_eq!(answer.data().get("lastMessage"), None);
    assert_eq!(alice.room(&token).await["unreadMessages"], 1);
    assert_eq!(bob.room(&token).await["lastMessage"]["message"], "a secret");
}

#[tokio::test]
async fn flags_work_in_every_kind_of_room_locked_and_in_the_lobby() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    alice.locks(&token).await;
    alice.closes_lobby(&token).await;
    let pair = alice.turns_to("bob").await;
    let note = alice.get(&talk("/api/v4/room/note-to-self")).await;
    let note = note.data()["token"].as_str().unwrap().to_owned();

    for (actor, token) in [(&bob, &token), (&alice, &pair), (&alice, &note)] {
        let answer = actor.post(&room_part(token, "archive"), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.data()["isArchived"], true);
    }
}

#[tokio::test]
async fn guests_are_asked_to_log_in_and_others_find_nothing() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Park").await;
    let guest = server.guest_in(&token).await;
    let text = "Current user is not logged in";

    for part in [
        "favorite",
        "archive",
        "important",
        "sensitive",
        "notify",
        "notify-calls",
    ] {
        let path = room_part(&token, part);
        let level = [("level", "1")];
        guest.post(&path, &level).await.says(401, 997, text);
        bob.post(&path, &level).await.expect_refusal(404);
    }
    for (part, _) in FLAGS {
        let path = room_part(&token, part);
        guest.delete(&path, &[]).await.says(401, 997, text);
        bob.delete(&path, &[]).await.expect_refusal(404);
    }
}

// Notifications.

#[tokio::test]
async fn a_member_chooses_about_what_to_be_told() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let path = room_part(&token, "notify");
    assert_eq!(alice.room(&token).await["notificationLevel"], 2);

    for level in [1, 2, 3] {
        let fields = [("level", &*level.to_string())];
        let answer = alice.post(&path, &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.data()["notificationLevel"], level);
    }
    assert_eq!(bob.room(&token).await["notificationLevel"], 2);
}

#[tokio::test]
async fn a_level_that_does_not_exist_is_refused() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    for level in ["0", "4", "-1", "loud", "99999999999999999999"] {
        let fields = [("level", level)];
        let answer = alice.post(&room_part(&token, "notify"), &fields).await;
        answer.refused(400, "level");
    }
    // What is no number is 0, and here 0 is a level.
    for level in ["2", "-1", "99999999999999999999"] {
        let fields = [("level", level)];
        let answer = alice
            .post(&room_part(&token, "notify-calls"), &fields)
            .await;
        answer.refused(400, "level");
    }
    for part in ["notify", "notify-calls"] {
        let answer = alice.post(&room_part(&token, part), &[]).await;
        answer.refused(400, "level");
    }
}

#[tokio::test]
async fn a_member_chooses_whether_calls_ring() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let path = room_part(&token, "notify-calls");
    assert_eq!(alice.room(&token).await["notificationCalls"], 1);

    for level in [0, 0, 1] {
        let fields = [("level", &*level.to_string())];
        let answer = alice.post(&path, &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.data()["notificationCalls"], level);
    }
}

// Focus.

#[tokio::test]
async fn a_browser_that_joined_says_whether_the_room_has_the_focus() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Park").await;
    alice.joins(&token).await;
    let guest = server.guest_in(&token).await;
    alice.closes_lobby(&token).await;

    for actor in [&alice, &guest] {
        for state in ["0", "1"] {
            let path = room_part(&token, "participants/state");
            let answer = actor.put(&path, &[("state", state)]).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.data()["token"], token.as_str());
        }
    }
}

#[tokio::test]
async fn focus_needs_a_session_first_then_a_state() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    alice.joins(&token).await;
    let path = room_part(&token, "participants/state");

    for state in ["1", "2"] {
        let answer = bob.put(&path, &[("state", state)]).await;
        answer.refused_with(404, json!(null));
        // Another browser of the same account has none.
        let elsewhere = alice.elsewhere();
        let answer = elsewhere.put(&path, &[("state", state)]).await;
        answer.refused_with(404, json!(null));
    }
    for state in ["2", "-1", "99999999999999999999"] {
        let answer = alice.put(&path, &[("state", state)]).await;
        answer.refused_with(400, json!(null));
    }
    alice.put(&path, &[]).await.refused(400, "state");
    server
        .guest()
        .put(&path, &[("state", "1")])
        .await
        .expect_refusal(404);
}

// What a list since some moment has.

#[tokio::test]
async fn a_flag_brings_the_conversation_back_into_a_list_of_changes() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    alice.list().await;
    bob.list().await;
    server.advance(100);
    let since = format!("modifiedSince={}", server.now());
    assert_eq!(alice.list_with(&since).await, Vec::<Value>::new());

    for (part, fields) in [
        ("favorite", [("level", "")]),
        ("archive", [("level", "")]),
        ("important", [("level", "")]),
        ("sensitive", [("level", "")]),
        ("notify", [("level", "3")]),
        ("notify-calls", [("level", "0")]),
    ] {
        server.advance(100);
        let since = format!("modifiedSince={}", server.now());
        assert_eq!(alice.list_with(&since).await, Vec::<Value>::new(), "{part}");
        alice.post(&room_part(&token, part), &fields).await;
        assert_eq!(alice.list_with(&since).await, [token.as_str()], "{part}");
        assert_eq!(bob.list_with(&since).await, Vec::<Value>::new(), "{part}");
    }
}

#[tokio::test]
async fn one_to_ones_are_in_every_list_with_statuses() {
    let server = TestServer::start().await;
    let (alice, _, _) = server.tea().await;
    let pair = alice.turns_to("bob").await;
    server.advance(100);
    let since = format!("modifiedSince={}", server.now());

    assert_eq!(alice.list_with(&since).await, Vec::<Value>::new());
    let with = format!("{since}&includeStatus=true");
    assert_eq!(alice.list_with(&with).await, [pair.as_str()]);
}

#[tokio::test]
async fn a_running_call_is_in_every_list() {
    let limits = chinwag::chat::Limits {
        calls: true,
        ..chinwag::server::throwaway::limits()
    };
    let server = TestServer::start_with(limits).await;
    let (alice, bob, token) = server.tea().await;
    alice.joins(&token).await;
    let path = talk(&format!("/api/v4/call/{token}"));
    assert_eq!(alice.post(&path, &[("flags", "1")]).await.status, 200);
    server.advance(100);
    let since = format!("modifiedSince={}", server.now());

    assert_eq!(bob.list_with(&since).await, [token.as_str()]);
}
