//! Reactions: giving, taking back, listing, and what readers see of them.
//! Source: chat-extras.md 2, messages.md 2.5.

use serde_json::{Value, json};

use crate::support::{Actor, Answer, TestServer, talk};

fn reaction(token: &str, message: i64) -> String {
    talk(&format!("/api/v1/reaction/{token}/{message}"))
}

async fn reacts(actor: &Actor, token: &str, message: i64, emoji: &str) -> Answer {
    actor
        .post(&reaction(token, message), &[("reaction", emoji)])
        .await
}

async fn takes_back(actor: &Actor, token: &str, message: i64, emoji: &str) -> Answer {
    actor
        .delete(&reaction(token, message), &[("reaction", emoji)])
        .await
}

/// Emojis and the actors behind each, in their order.
fn who(answer: &Answer) -> Vec<(String, Vec<String>)> {
    let data = answer.data();
    let entries = data.as_object().expect("a map").iter();
    entries
        .map(|(emoji, actors)| {
            let actors = actors.as_array().unwrap().iter();
            let ids = actors.map(|actor| actor["actorId"].as_str().unwrap().to_owned());
            (emoji.clone(), ids.collect())
        })
        .collect()
}

fn listed(emoji: &str, actors: &[&str]) -> (String, Vec<String>) {
    let actors = actors.iter().map(|actor| (*actor).to_owned());
    (emoji.to_owned(), actors.collect())
}

#[tokio::test]
async fn a_reaction_is_new_once_and_there_already_the_second_time() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;

    let first = reacts(&bob, &token, message, "👍").await;
    first.expect(
        201,
        json!({ "👍": [{
            "actorType": "users", "actorId": "bob", "actorDisplayName": "bob-displayname",
            "timestamp": server.now(),
        }] }),
    );
    let again = reacts(&bob, &token, message, " 👍 ").await;

    assert_eq!(again.status, 200);
    assert_eq!(who(&again), [listed("👍", &["bob"])]);
}

#[tokio::test]
async fn the_newest_reaction_is_listed_first_and_one_emoji_alone_on_request() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    reacts(&alice, &token, message, "👍").await;
    reacts(&bob, &token, message, "❤️").await;
    let all = reacts(&bob, &token, message, "👍").await;
    assert_eq!(
        who(&all),
        [listed("👍", &["bob", "alice"]), listed("❤️", &["bob"])]
    );

    let path = reaction(&token, message);
    let one = alice
        .get(&format!("{path}?reaction=%E2%9D%A4%EF%B8%8F"))
        .await;
    assert_eq!(who(&one), [listed("❤️", &["bob"])]);
    alice
        .get(&format!("{path}?reaction=%F0%9F%91%8E"))
        .await
        .expect(200, json!({}));
}

#[tokio::test]
async fn a_reaction_is_taken_back_by_who_gave_it() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    reacts(&bob, &token, message, "👍").await;
    takes_back(&alice, &token, message, "👍")
        .await
        .refused_with(404, Value::Null);

    takes_back(&bob, &token, message, "👍")
        .await
        .expect(200, json!({}));

    takes_back(&bob, &token, message, "👍")
        .await
        .refused_with(404, Value::Null);
    let rows = alice.history(&token).await;
    let kinds: Vec<&str> = rows
        .iter()
        .take(3)
        .map(|row| row["systemMessage"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["reaction_revoked", "reaction_deleted", ""]);
    assert_eq!(rows[0]["parent"]["id"], message);
    assert_eq!(rows[1]["parent"]["id"], message);
    assert_eq!(rows[1]["message"], "Reaction deleted by author");
    assert_eq!(rows[2]["reactions"], json!({}));
}

#[tokio::test]
async fn readers_see_the_numbers_and_their_own() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    reacts(&alice, &token, message, "🚀").await;
    reacts(&bob, &token, message, "👍").await;
    reacts(&alice, &token, message, "👍").await;

    let of = |rows: Vec<Value>| {
        let found = rows.into_iter().find(|row| row["id"] == message);
        found.expect("the message")
    };
    let own = of(alice.history(&token).await);
    assert_eq!(own["reactions"], json!({ "🚀": 1, "👍": 2 }));
    assert_eq!(own["reactionsSelf"], json!(["🚀", "👍"]));
    assert_eq!(
        of(bob.history(&token).await)["reactionsSelf"],
        json!(["👍"])
    );
    let server_guest = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    let seen = of(server_guest[0].history(&token).await);
    assert_eq!(seen.get("reactionsSelf"), None);
    let row = alice.newest(&token).await;
    assert_eq!(
        row["systemMessage"], "user_added",
        "reactions are no last message"
    );
    let reaction = &alice.history(&token).await[1];
    assert_eq!(reaction["systemMessage"], "reaction");
    assert_eq!(reaction["message"], "👍");
    assert_eq!(reaction["messageParameters"], json!([]));
    assert_eq!(reaction["parent"]["reactions"], json!({ "🚀": 1, "👍": 2 }));
}

#[tokio::test]
async fn a_reaction_wakes_who_waits_but_is_not_unread_nor_the_last_message() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    bob.marks_read(&token, &message.to_string()).await;
    let before = bob.room(&token).await;
    let waiting = bob.waits_in(&token, message);
    server.until_waiting(&token, 1).await;

    reacts(&alice, &token, message, "👍").await;

    let rows = waiting.await.unwrap().data();
    assert_eq!(rows[0]["systemMessage"], "reaction");
    assert_eq!(rows[0]["parent"]["reactions"], json!({ "👍": 1 }));
    let after = bob.room(&token).await;
    for key in ["unreadMessages", "lastActivity"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after["lastMessage"]["id"], message);
}

#[tokio::test]
async fn only_one_emoji_is_a_reaction() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    for good in ["👍", "❤", "❤️", "☺", "5️⃣", "🇩🇪", "👩‍💻", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦"]
    {
        assert_eq!(
            reacts(&alice, &token, message, good).await.status,
            201,
            "{good}"
        );
    }
    for bad in [
        "",
        " ",
        "a",
        "5",
        "#",
        "é",
        "É",
        "中",
        "ab",
        "👍👎",
        "👍 👎",
        ":+1:",
    ] {
        reacts(&alice, &token, message, bad)
            .await
            .refused_with(400, Value::Null);
    }
    let path = reaction(&token, message);
    alice.post(&path, &[]).await.refused(400, "reaction");
}

#[tokio::test]
async fn what_cannot_be_reacted_to() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let elsewhere = alice.creates_group("Elsewhere").await;
    let foreign = alice.posts(&elsewhere, "there").await;
    let system = alice.history(&token).await[0]["id"].as_i64().unwrap();
    let gone = alice.posts(&token, "gone").await;
    alice.deletes_message(&token, gone).await;
    for (message, status) in [
        (foreign, 400),
        (system, 400),
        (gone, 400),
        (0, 400),
        (999_999, 404),
    ] {
        reacts(&alice, &token, message, "👍")
            .await
            .refused_with(status, Value::Null);
    }
    for message in [foreign, system, gone, 999_999] {
        takes_back(&alice, &token, message, "👍")
            .await
            .refused_with(404, Value::Null);
        alice
            .get(&reaction(&token, message))
            .await
            .refused_with(404, Value::Null);
    }
    takes_back(&alice, &token, 0, "👍")
        .await
        .refused_with(400, Value::Null);
}

#[tokio::test]
async fn reacting_needs_a_place_an_open_room_and_the_right_to_write() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let message = alice.posts(&token, "Scones?").await;
    reacts(&carol, &token, message, "👍")
        .await
        .refused_with(404, json!([]));
    alice
        .sets(&token, "permissions/default", &[("permissions", "7")])
        .await;
    reacts(&bob, &token, message, "👍")
        .await
        .refused_with(403, json!([]));
    assert_eq!(bob.get(&reaction(&token, message)).await.status, 200);
    alice.closes_lobby(&token).await;
    reacts(&bob, &token, message, "👍")
        .await
        .refused_with(412, json!([]));
    bob.get(&reaction(&token, message))
        .await
        .refused_with(412, json!([]));
    alice.locks(&token).await;
    reacts(&alice, &token, message, "👍")
        .await
        .refused_with(403, json!([]));
    takes_back(&alice, &token, message, "👍")
        .await
        .refused_with(403, json!([]));
}

#[tokio::test]
async fn guests_react_and_deleted_accounts_lose_their_name() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.creates_public("Tea").await;
    alice.adds(&token, "bob").await;
    let guest = server.guest_in(&token).await;
    let message = alice.posts(&token, "Scones?").await;
    assert_eq!(reacts(&guest, &token, message, "👍").await.status, 201);
    reacts(&bob, &token, message, "👍").await;
    server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;

    let all = alice.get(&reaction(&token, message)).await.data();

    assert_eq!(all["👍"][0]["actorType"], "deleted_users");
    assert_eq!(all["👍"][0]["actorDisplayName"], "");
    assert_eq!(all["👍"][1]["actorType"], "guests");
}

#[tokio::test]
async fn reactions_go_as_xml_too() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let message = alice.posts(&token, "Scones?").await;
    let answer = alice
        .request("POST", &reaction(&token, message))
        .form(&[("reaction", "👍")])
        .xml()
        .send()
        .await;
    assert_eq!(answer.status, 201);
    assert!(
        answer.text.contains("<actorId>alice</actorId>"),
        "{}",
        answer.text
    );
}
