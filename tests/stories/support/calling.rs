//! Short words for calls and signaling.

use chinwag::chat::Limits;
use chinwag::model::Token;
use chinwag::server::throwaway;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Actor, Answer, TestServer, talk};

/// The address of a conversation's call.
pub fn call(token: &str) -> String {
    talk(&format!("/api/v4/call/{token}"))
}

/// The address of a conversation's signals.
pub fn signals(token: &str) -> String {
    talk(&format!("/api/v3/signaling/{token}"))
}

impl TestServer {
    /// A server on which there are calls.
    pub async fn with_calls() -> Self {
        Self::start_with(Limits {
            calls: true,
            ..throwaway::limits()
        })
        .await
    }

    /// Time passes, and what is over by then ends.
    pub async fn lets_pass(&self, seconds: u64) {
        self.advance(seconds);
        self.server.chat.tidy().await.expect("tidied");
    }

    /// An administrator decides for the whole server.
    pub async fn decides(&self, key: &str, value: &str) {
        self.server.decide(key, value).await.expect("stored");
    }

    /// Until `count` requests wait for signals in the room.
    pub async fn until_pulling(&self, room: &str, count: usize) {
        let token = Token::parse(room).expect("a token");
        while self.server.chat.pulling_in(&token).await.unwrap() < count {
            tokio::task::yield_now().await;
        }
    }

    /// How many requests wait for signals in the room.
    pub async fn pulling_in(&self, room: &str) -> usize {
        let token = Token::parse(room).expect("a token");
        self.server.chat.pulling_in(&token).await.unwrap()
    }
}

impl Actor {
    /// Joins the call of a room that this browser has open.
    pub async fn calls(&self, token: &str, fields: &[(&str, &str)]) -> Answer {
        self.post(&call(token), fields).await
    }

    /// Opens the room in this browser and joins its call.
    pub async fn joins_call(&self, token: &str) {
        assert_eq!(self.joins(token).await.status, 200);
        self.calls(token, &[]).await.expect(200, Value::Null);
    }

    /// Leaves the call.
    pub async fn hangs_up(&self, token: &str) {
        self.delete(&call(token), &[])
            .await
            .expect(200, Value::Null);
    }

    /// Who is in the call, by actor id.
    pub async fn peers(&self, token: &str) -> Vec<String> {
        let answer = self.get(&call(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let peers = answer.data();
        let peers = peers.as_array().expect("a list").iter();
        peers
            .map(|peer| peer["actorId"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The id of this browser's session in the room.
    pub async fn session(&self, token: &str) -> String {
        self.room(token).await["sessionId"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Asks for signals.
    pub async fn pulls(&self, token: &str) -> Answer {
        self.get(&signals(token)).await
    }

    /// Asks for signals in the background.
    pub fn pulling(&self, token: &str) -> JoinHandle<Answer> {
        self.request("GET", &signals(token)).start()
    }

    /// Signals `payload` as session `from`.
    pub async fn signals(&self, token: &str, from: &str, payload: Value) -> Answer {
        let entries = json!([{ "ev": "message", "sessionId": from, "fn": payload.to_string() }]);
        self.post(&signals(token), &[("messages", &entries.to_string())])
            .await
    }
}

impl Answer {
    /// Of a pull: who is there, by actor id.
    pub fn people(&self) -> Vec<String> {
        let news = self.data();
        let last = news.as_array().expect("a list").last().expect("an entry");
        assert_eq!(last["type"], "usersInRoom", "{}", self.text);
        let people = last["data"].as_array().expect("a list").iter();
        people
            .map(|person| person["actorId"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Of a pull: the signals.
    pub fn signals(&self) -> Vec<Value> {
        let news = self.data();
        let signals = news.as_array().expect("a list").iter();
        signals
            .filter(|entry| entry["type"] == "message")
            .map(|entry| serde_json::from_str(entry["data"].as_str().unwrap()).unwrap())
            .collect()
    }
}
