//! Messages whose time is over: nobody is shown them from that second, then they are gone.
//! Source: chat-extras.md 6.

use serde_json::{Value, json};

use crate::support::polling::polls;
use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer, chat, talk};

impl Actor {
    /// Messages of this conversation are to live so long.
    async fn lets_expire(&self, room: &str, seconds: &str) {
        let path = room_part(room, "message-expiration");
        let answer = self.post(&path, &[("seconds", seconds)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    async fn finds_texts(&self, term: &str) -> usize {
        let path = format!("/ocs/v2.php/search/providers/talk-message/search?term={term}");
        let answer = self.get(&path).await;
        answer.data()["entries"].as_array().unwrap().len()
    }

    async fn notices(&self) -> usize {
        let path = "/ocs/v2.php/apps/notifications/api/v2/notifications";
        self.get(path).await.data().as_array().unwrap().len()
    }

    async fn shown(&self, room: &str) -> Vec<i64> {
        let answer = self.reads(room, "lookIntoFuture=0&limit=200").await;
        answer.ids()
    }
}

#[tokio::test]
async fn an_expired_message_is_hidden_at_once_and_deleted_by_the_job() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kept = alice.posts(&room, "a kettle that stays").await;
    alice.lets_expire(&room, "100").await;
    let doomed = alice.posts(&room, "a kettle that goes, @bob").await;
    let row = bob.newest(&room).await;
    assert_eq!(row["expirationTimestamp"], server.now() + 100);
    assert_eq!(bob.finds_texts("kettle").await, 2);
    assert_eq!(bob.notices().await, 2, "the invitation and the mention");

    server.advance(99);
    assert!(bob.shown(&room).await.contains(&doomed));
    server.advance(1);
    for purged in [false, true] {
        if purged {
            server.lets_pass(0).await;
        }
        let shown = bob.shown(&room).await;
        assert!(shown.contains(&kept) && !shown.contains(&doomed));
        assert_eq!(bob.finds_texts("kettle").await, 1);
        assert_eq!(bob.notices().await, 1);
        assert!(bob.room(&room).await.get("lastMessage").is_none());
        let query = format!(
            "lookIntoFuture=1&timeout=0&setReadMarker=0&lastKnownMessageId={}",
            doomed - 1
        );
        let looked = bob.reads(&room, &query).await;
        if purged {
            looked.expect_nothing_new();
        } else {
            looked.expect(200, json!([]));
            assert_eq!(looked.last_given(), Some(doomed));
        }
        let context = bob.get(&format!("{}/{doomed}/context", chat(&room))).await;
        assert!(!context.ids().contains(&doomed));
    }
    // Its number is still a place to go on from.
    let next = alice.posts(&room, "later").await;
    let query = format!("lookIntoFuture=1&timeout=0&lastKnownMessageId={doomed}");
    assert_eq!(bob.reads(&room, &query).await.ids(), [next]);
    let reaction = talk(&format!("/api/v1/reaction/{room}/{doomed}"));
    let answer = bob.post(&reaction, &[("reaction", "👍")]).await;
    answer.expect(404, Value::Null);
    let edit = alice
        .put(&format!("{}/{doomed}", chat(&room)), &[("message", "x")])
        .await;
    edit.refused(404, "message");
    server.stop().await;
}

#[tokio::test]
async fn the_parent_of_a_reply_is_only_a_number_once_it_expired() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.lets_expire(&room, "100").await;
    let parent = alice.posts(&room, "first").await;
    alice.lets_expire(&room, "0").await;
    let before = bob.replies(&room, parent, "answer").await;
    let query = format!(
        "lookIntoFuture=1&timeout=0&lastKnownMessageId={}",
        before - 1
    );
    let gone = json!({ "id": parent, "deleted": true });
    // Bob waits for something, so that the rows stand ready in memory.
    bob.polls(&room, &format!("timeout=0&lastKnownMessageId={before}"))
        .await
        .unwrap()
        .expect_nothing_new();
    assert_eq!(
        bob.reads(&room, &query).await.data()[0]["parent"]["id"],
        parent
    );
    let after = bob.replies(&room, before, "to the answer").await;
    let late = alice.replies(&room, parent, "in memory").await;
    assert_eq!(alice.newest(&room).await["parent"]["message"], "first");
    server.advance(100);
    for purged in [false, true] {
        if purged {
            server.lets_pass(0).await;
        }
        for reader in [&alice, &bob] {
            let rows = reader.reads(&room, &query).await.data();
            let parent_of = |id: i64| {
                let rows = rows.as_array().unwrap();
                rows.iter().find(|row| row["id"] == id).unwrap()["parent"].clone()
            };
            assert_eq!(parent_of(before), gone, "purged: {purged}");
            assert_eq!(parent_of(late), gone, "purged: {purged}");
            assert_eq!(parent_of(after)["id"], before);
        }
        assert_eq!(alice.newest(&room).await["parent"], gone);
    }
    let refused = bob
        .sends(&room, &[("message", "x"), ("replyTo", &parent.to_string())])
        .await;
    refused.refused(400, "reply-to");
    server.stop().await;
}

#[tokio::test]
async fn what_is_about_a_message_goes_with_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.lets_expire(&room, "100").await;
    let message = alice.posts(&room, "doomed").await;
    let reaction = talk(&format!("/api/v1/reaction/{room}/{message}"));
    assert_eq!(bob.post(&reaction, &[("reaction", "👍")]).await.status, 201);
    let reaction_row = bob.newest(&room).await;
    assert_eq!(reaction_row["systemMessage"], "reaction");
    let reminder = format!("{}/{message}/reminder", chat(&room));
    let later = (server.now() + 1000).to_string();
    let set = bob.post(&reminder, &[("timestamp", &later)]).await;
    assert_eq!(set.status, 201);
    let upcoming = talk("/api/v1/chat/upcoming-reminders");
    assert_eq!(bob.get(&upcoming).await.data().as_array().unwrap().len(), 1);
    server.advance(100);
    bob.get(&upcoming).await.expect(200, json!([]));
    server.lets_pass(0).await;
    bob.get(&upcoming).await.expect(200, json!([]));
    bob.get(&reminder).await.refused(404, "message");
    assert!(
        !bob.shown(&room)
            .await
            .contains(&reaction_row["id"].as_i64().unwrap())
    );
    let told = bob.notices().await;
    server.lets_pass(2000).await;
    assert_eq!(bob.notices().await, told, "no reminder of what is gone");
    server.stop().await;
}

#[tokio::test]
async fn a_poll_goes_with_the_message_of_who_asked_it_and_with_no_other() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let question = [
        ("question", "Which cake?"),
        ("options[]", "Lemon"),
        ("options[]", "Plum"),
        ("resultMode", "0"),
        ("maxVotes", "1"),
    ];
    let asked = async || {
        let answer = alice
            .post(&talk(&format!("/api/v1/poll/{room}")), &question)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let id = answer.data()["id"].as_i64().unwrap();
        (id, talk(&format!("/api/v1/poll/{room}/{id}")))
    };
    let (lasting, lasting_path) = asked().await;
    alice.lets_expire(&room, "100").await;
    let (_, doomed_path) = asked().await;
    let object = [
        ("objectType", "talk-poll"),
        ("objectId", &lasting.to_string()),
        ("metaData", r#"{"name":"Which cake?"}"#),
    ];
    let shared = bob.post(&format!("{}/share", chat(&room)), &object).await;
    assert_eq!(shared.status, 201, "{}", shared.text);

    server.advance(100);
    server.lets_pass(0).await;

    bob.get(&doomed_path).await.refused(404, "poll");
    assert_eq!(bob.get(&lasting_path).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_change_of_the_setting_concerns_only_what_comes_after_it() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.lets_expire(&room, "100").await;
    let short = alice.posts(&room, "short").await;
    alice.lets_expire(&room, "500").await;
    let long = alice.posts(&room, "long").await;
    alice.lets_expire(&room, "0").await;
    let forever = alice.posts(&room, "forever").await;
    for (passes, alive) in [
        (99, vec![short, long, forever]),
        (1, vec![long, forever]),
        (400, vec![forever]),
        (100_000, vec![forever]),
    ] {
        server.lets_pass(passes).await;
        let shown = bob.shown(&room).await;
        for id in [short, long, forever] {
            assert_eq!(
                shown.contains(&id),
                alive.contains(&id),
                "{id} after {passes}"
            );
        }
    }
    let words = bob.systems(&room).await;
    assert!(
        !words.iter().any(|word| word.contains("expire")),
        "{words:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn more_messages_than_one_transaction_takes_expire_together() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kept = alice.posts(&room, "kettle").await;
    alice.lets_expire(&room, "60").await;
    let mut posts = Vec::new();
    for number in 0..600 {
        let fields = [("message", format!("kettle {number}"))];
        let fields = fields.each_ref().map(|(name, text)| (*name, text.as_str()));
        posts.push(alice.request("POST", &chat(&room)).form(&fields).start());
    }
    for post in posts {
        assert_eq!(post.await.unwrap().status, 201);
    }
    server.lets_pass(60).await;
    server.lets_pass(0).await;
    let query =
        format!("lookIntoFuture=1&timeout=0&setReadMarker=0&limit=200&lastKnownMessageId={kept}");
    bob.reads(&room, &query).await.expect_nothing_new();
    assert_eq!(bob.room(&room).await["unreadMessages"], 1);
    assert_eq!(bob.finds_texts("kettle").await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_poll_goes_with_its_message_but_not_with_a_copy() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let kept = alice.asks_which_tea(&room).await;
    alice.lets_expire(&room, "60").await;
    let doomed = alice.asks_which_tea(&room).await;
    let copy = bob
        .shares(
            &room,
            "talk-poll",
            &kept.to_string(),
            r#"{"name":"Which?"}"#,
        )
        .await;
    assert_eq!(copy.status, 201, "{}", copy.text);

    server.lets_pass(61).await;

    let poll = async |id: i64| bob.get(&format!("{}/{id}", polls(&room))).await.status;
    assert_eq!((poll(kept).await, poll(doomed).await), (200, 404));
}
