//! What stories about threads have in common.

use serde_json::{Value, json};

use super::{Actor, Answer, chat};

/// Begins a thread; its id.
pub async fn begins(actor: &Actor, room: &str, title: &str, text: &str) -> i64 {
    let fields = [("message", text), ("threadTitle", title)];
    let answer = actor.sends(room, &fields).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["id"].as_i64().unwrap()
}

/// Posts into a thread without answering anything; its id.
pub async fn posts_into(actor: &Actor, room: &str, thread: i64, text: &str) -> i64 {
    let fields = [("message", text), ("threadId", &thread.to_string())];
    let answer = actor.sends(room, &fields).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["id"].as_i64().unwrap()
}

/// The path of a thread.
pub fn one(room: &str, thread: i64) -> String {
    format!("{}/threads/{thread}", chat(room))
}

/// Tries to give a thread another title.
pub async fn renames(actor: &Actor, room: &str, thread: i64, title: &str) -> Answer {
    actor
        .put(&one(room, thread), &[("threadTitle", title)])
        .await
}

/// What a message says about its thread.
pub fn place(message: &Value) -> Value {
    json!([
        message["threadId"],
        message["isThread"],
        message["threadTitle"],
        message["threadReplies"]
    ])
}
