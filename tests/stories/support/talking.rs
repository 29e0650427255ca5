//! Short words for what happens in the chat of a conversation.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Actor, Answer, Request, TestServer, chat, talk};

impl TestServer {
    /// Alice with her group conversation "Tea", and Bob whom she added to it.
    pub async fn tea(&self) -> (Actor, Actor, String) {
        let [alice, bob] = self.users(["alice", "bob"]).await;
        let room = alice.creates_group("Tea").await;
        alice.adds(&room, "bob").await;
        (alice, bob, room)
    }

    /// A visitor without account who has joined a public conversation.
    pub async fn guest_in(&self, room: &str) -> Actor {
        let guest = self.guest();
        let joined = guest.joins(room).await;
        assert_eq!(joined.status, 200, "{}", joined.text);
        guest
    }
}

impl Actor {
    /// Reads the chat; `query` is what follows the question mark.
    pub async fn reads(&self, room: &str, query: &str) -> Answer {
        self.get(&format!("{}?{query}", chat(room))).await
    }

    /// Begins to wait, with further parameters.
    pub fn polls(&self, room: &str, query: &str) -> JoinHandle<Answer> {
        let path = format!("{}?lookIntoFuture=1&{query}", chat(room));
        self.request("GET", &path).start()
    }

    /// Tries to post.
    pub async fn sends(&self, room: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(&chat(room), fields).await
    }

    /// Posts an answer to `parent`; its id.
    pub async fn replies(&self, room: &str, parent: i64, text: &str) -> i64 {
        let fields = [("message", text), ("replyTo", &parent.to_string())];
        let answer = self.sends(room, &fields).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.data()["id"].as_i64().unwrap()
    }

    /// Tries to share an object.
    pub async fn shares(&self, room: &str, kind: &str, id: &str, meta: &str) -> Answer {
        let fields = [("objectType", kind), ("objectId", id), ("metaData", meta)];
        self.post(&format!("{}/share", chat(room)), &fields).await
    }

    /// Tries to delete a message.
    pub async fn deletes_message(&self, room: &str, id: i64) -> Answer {
        self.delete(&format!("{}/{id}", chat(room)), &[]).await
    }

    /// Sets the own read marker.
    pub async fn marks_read(&self, room: &str, id: &str) -> Answer {
        let path = format!("{}/read", chat(room));
        self.post(&path, &[("lastReadMessage", id)]).await
    }

    /// Sets the own read marker before the last message.
    pub async fn marks_unread(&self, room: &str) -> Answer {
        self.delete(&format!("{}/read", chat(room)), &[]).await
    }

    /// The own read marker.
    pub async fn marker(&self, room: &str) -> Value {
        self.room(room).await["lastReadMessage"].clone()
    }

    /// `unreadMessages`, `unreadMention`, `unreadMentionDirect`.
    pub async fn unread(&self, room: &str) -> Value {
        let seen = self.room(room).await;
        json!([
            seen["unreadMessages"],
            seen["unreadMention"],
            seen["unreadMentionDirect"]
        ])
    }

    /// Sets a preference: `read_status_privacy` or `typing_privacy`.
    pub async fn prefers(&self, key: &str, value: &str) {
        let path = talk("/api/v1/settings/user");
        let answer = self.post(&path, &[("key", key), ("value", value)]).await;
        answer.expect(200, Value::Null);
    }

    /// Keeps the own read markers from others.
    pub async fn reads_privately(&self) {
        self.prefers("read_status_privacy", "1").await;
    }

    /// Makes the conversation read-only.
    pub async fn locks(&self, room: &str) {
        let path = talk(&format!("/api/v4/room/{room}/read-only"));
        assert_eq!(self.put(&path, &[("state", "1")]).await.status, 200);
    }

    /// Holds back everybody but moderators.
    pub async fn closes_lobby(&self, room: &str) {
        let path = talk(&format!("/api/v4/room/{room}/webinar/lobby"));
        assert_eq!(self.put(&path, &[("state", "1")]).await.status, 200);
    }

    /// Leaves for good.
    pub async fn leaves_for_good(&self, room: &str) {
        let path = talk(&format!("/api/v4/room/{room}/participants/self"));
        let answer = self.delete(&path, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Opens a conversation with one other account; its token.
    pub async fn turns_to(&self, other: &str) -> String {
        self.creates_room(&[("roomType", "1"), ("invite", other)])
            .await
    }

    /// A read of the chat, not yet sent.
    pub fn reading(&self, room: &str, query: &str) -> Request {
        self.request("GET", &format!("{}?{query}", chat(room)))
    }
}

impl Answer {
    /// `X-Chat-Last-Given`.
    pub fn last_given(&self) -> Option<i64> {
        self.number("x-chat-last-given")
    }

    /// `X-Chat-Last-Common-Read`.
    pub fn common_read(&self) -> Option<i64> {
        self.number("x-chat-last-common-read")
    }

    fn number(&self, header: &str) -> Option<i64> {
        self.header(header)
            .map(|text| text.parse().expect("a number"))
    }

    /// Asserts a refusal by the gate: nothing but a status.
    #[track_caller]
    pub fn expect_refusal(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
        let meta = json!({ "status": "failure", "statuscode": status, "message": "" });
        assert_eq!(self.json(), json!({ "ocs": { "meta": meta, "data": [] } }));
    }

    /// Asserts 304: nothing at all.
    #[track_caller]
    pub fn expect_nothing_new(&self) {
        assert_eq!(self.status, 304, "{}", self.text);
        assert_eq!(self.text, "");
        for header in [
            "content-type",
            "x-chat-last-given",
            "x-chat-last-common-read",
        ] {
            assert_eq!(self.header(header), None, "{header}");
        }
    }

    /// The ids of the messages in an XML page.
    pub fn xml_ids(&self) -> Vec<i64> {
        let ids = self.text.lines().filter_map(|line| {
            let id = line.strip_prefix("   <id>")?.strip_suffix("</id>")?;
            Some(id.parse().expect("a number"))
        });
        ids.collect()
    }

    /// One value of every message in `data`.
    pub fn column(&self, key: &str) -> Vec<Value> {
        let data = self.data();
        let rows = data.as_array().expect("a list");
        rows.iter().map(|row| row[key].clone()).collect()
    }
}

/// A user as a parameter of a message.
pub fn person(name: &str) -> Value {
    json!({
        "type": "user",
        "id": name,
        "name": format!("{name}-displayname"),
        "mention-id": name
    })
}
