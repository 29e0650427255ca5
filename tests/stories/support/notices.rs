//! What stories about notifications have in common.

use serde_json::Value;

use super::rooms::room_part;
use super::{Actor, TestServer};

/// Where an account reads what it is told.
pub const NOTIFICATIONS: &str = "/ocs/v2.php/apps/notifications/api/v2/notifications";

/// What the account is told, newest first.
pub async fn told(actor: &Actor) -> Vec<Value> {
    let answer = actor.get(NOTIFICATIONS).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data().as_array().expect("a list").clone()
}

/// The subjects, newest first.
pub async fn subjects(actor: &Actor) -> Vec<String> {
    let told = told(actor).await;
    let subjects = told.iter().map(|one| one["subject"].as_str().unwrap());
    subjects.map(str::to_owned).collect()
}

/// Alice's group with Bob, who has settled his invitation.
pub async fn quiet_tea() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::with_calls().await;
    let (alice, bob, token) = server.tea().await;
    assert_eq!(bob.joins(&token).await.status, 200);
    bob.leaves(&token).await;
    assert_eq!(subjects(&bob).await, Vec::<String>::new());
    (server, alice, bob, token)
}

/// Chooses when to be told in a conversation: 1 always, 2 mentions, 3 never.
pub async fn level(actor: &Actor, token: &str, level: &str) {
    let set = actor
        .post(&room_part(token, "notify"), &[("level", level)])
        .await;
    assert_eq!(set.status, 200, "{}", set.text);
}
