//! Short words for polls.

use serde_json::{Value, json};

use super::{Actor, Answer, TestServer, talk};

/// A poll that nobody refuses; for stories that change one thing about it.
pub fn which_tea() -> Value {
    json!({
        "question": "Which tea?",
        "options": ["Green", "Black", "Mint"],
        "resultMode": 0,
        "maxVotes": 0
    })
}

/// The same with another value for one parameter.
pub fn which_tea_but(name: &str, value: Value) -> Value {
    let mut poll = which_tea();
    poll[name] = value;
    poll
}

/// The path of a conversation's polls.
pub fn polls(room: &str) -> String {
    talk(&format!("/api/v1/poll/{room}"))
}

impl TestServer {
    /// Alice, her public conversation and a guest in it.
    pub async fn tea_with_guest(&self) -> (Actor, Actor, String) {
        let [alice] = self.users(["alice"]).await;
        let room = alice.creates_public("Tea").await;
        let guest = self.guest_in(&room).await;
        (alice, guest, room)
    }
}

impl Actor {
    /// Takes from all members the permission to chat, and no other.
    pub async fn forbids_chatting(&self, room: &str) {
        let path = talk(&format!("/api/v4/room/{room}/permissions/default"));
        let answer = self.put(&path, &[("permissions", "127")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Tries to ask a poll.
    pub async fn asks(&self, room: &str, poll: &Value) -> Answer {
        self.request("POST", &polls(room)).json(poll).send().await
    }

    /// Asks which tea; the poll's id.
    pub async fn asks_which_tea(&self, room: &str) -> i64 {
        self.asks_this(room, &which_tea()).await
    }

    /// Asks a poll; its id.
    pub async fn asks_this(&self, room: &str, poll: &Value) -> i64 {
        let answer = self.asks(room, poll).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.data()["id"].as_i64().unwrap()
    }

    /// Keeps a poll as a draft; its id.
    pub async fn drafts(&self, room: &str) -> i64 {
        let answer = self.asks(room, &which_tea_but("draft", json!(true))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data()["id"].as_i64().unwrap()
    }

    /// Tries to change a draft.
    pub async fn redrafts(&self, room: &str, id: i64, poll: &Value) -> Answer {
        let path = format!("{}/draft/{id}", polls(room));
        self.request("POST", &path).json(poll).send().await
    }

    /// Lists drafts.
    pub async fn reads_drafts(&self, room: &str) -> Answer {
        self.get(&format!("{}/drafts", polls(room))).await
    }

    /// Looks at a poll.
    pub async fn sees_poll(&self, room: &str, id: i64) -> Answer {
        self.get(&format!("{}/{id}", polls(room))).await
    }

    /// Tries to vote; `options` is what is sent as such.
    pub async fn votes(&self, room: &str, id: i64, options: Value) -> Answer {
        let path = format!("{}/{id}", polls(room));
        let body = json!({ "optionIds": options });
        self.request("POST", &path).json(&body).send().await
    }

    /// Tries to close a poll.
    pub async fn closes_poll(&self, room: &str, id: i64) -> Answer {
        self.delete(&format!("{}/{id}", polls(room)), &[]).await
    }

    /// The message that stands for a poll.
    pub async fn message_of_poll(&self, room: &str, id: i64) -> Value {
        let history = self.history(room).await;
        let object = |row: &Value| row["messageParameters"]["object"]["id"].clone();
        let id = id.to_string();
        let row = history.iter().find(|row| object(row) == id);
        row.expect("a message").clone()
    }
}

impl Answer {
    /// `votes`, `numVoters` and `votedSelf` of a poll.
    #[track_caller]
    pub fn result(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        let data = self.data();
        json!([data["votes"], data["numVoters"], data["votedSelf"]])
    }
}
