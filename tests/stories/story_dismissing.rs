//! Single notifications: looking at one, asking which are there, dismissing; and both versions of the interface.
//! Source: server.md 11.4.

use serde_json::{Value, json};

use crate::support::{Actor, TestServer};

const V1: &str = "/ocs/v2.php/apps/notifications/api/v1/notifications";
const V2: &str = "/ocs/v2.php/apps/notifications/api/v2/notifications";

async fn told(actor: &Actor) -> Vec<Value> {
    let answer = actor.get(V2).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data().as_array().expect("a list").clone()
}

async fn ids(actor: &Actor) -> Vec<i64> {
    let told = told(actor).await;
    let ids = told.iter().map(|one| one["notification_id"].as_i64());
    ids.map(Option::unwrap).collect()
}

/// Bob was told of two mentions; their ids, newest first.
async fn two() -> (TestServer, Actor, Actor, String, Vec<i64>) {
    let server = TestServer::with_calls().await;
    let (alice, bob, token) = server.tea().await;
    bob.joins(&token).await;
    bob.leaves(&token).await;
    alice.posts(&token, "Hi @bob").await;
    alice.posts(&token, "Hello @bob").await;
    let ids = ids(&bob).await;
    assert_eq!(ids.len(), 2);
    (server, alice, bob, token, ids)
}

#[tokio::test]
async fn one_is_shown_as_in_the_list_and_to_its_account_only() {
    let (server, alice, bob, _, ids) = two().await;
    let first = told(&bob).await[0].clone();

    let one = format!("{V2}/{}", ids[0]);
    bob.get(&one).await.expect(200, first);
    alice.get(&one).await.refused_with(404, Value::Null);
    for id in ["0", "-1", "999999", "abc", "99999999999999999999"] {
        let answer = bob.get(&format!("{V2}/{id}")).await;
        answer.refused_with(404, Value::Null);
    }
    assert_eq!(server.guest().get(&one).await.status, 401);
}

#[tokio::test]
async fn the_first_version_has_no_rich_texts_and_no_tag() {
    let (_server, _alice, bob, _, ids) = two().await;
    let mut first = told(&bob).await[0].clone();
    for key in [
        "subjectRich",
        "subjectRichParameters",
        "messageRich",
        "messageRichParameters",
    ] {
        first.as_object_mut().unwrap().remove(key).unwrap();
    }

    let list = bob.get(V1).await;
    assert_eq!(list.data()[0], first);
    assert_eq!(list.header("etag"), None);
    bob.get(&format!("{V1}/{}", ids[0]))
        .await
        .expect(200, first);
    bob.delete(&format!("{V1}/{}", ids[0]), &[])
        .await
        .expect(200, json!([]));
    assert_eq!(bob.get(V1).await.data().as_array().unwrap().len(), 1);
    bob.delete(V1, &[]).await.expect(200, json!([]));
    bob.get(V1).await.expect(200, json!([]));
}

#[tokio::test]
async fn what_is_dismissed_does_not_come_back() {
    let (_server, alice, bob, token, ids) = two().await;
    let tag = bob.get(V2).await.header("etag").unwrap().to_owned();

    let first = format!("{V2}/{}", ids[0]);
    bob.delete(&first, &[]).await.expect(200, json!([]));

    assert_eq!(self::ids(&bob).await, ids[1..]);
    bob.get(&first).await.refused_with(404, Value::Null);
    let request = bob.request("GET", V2).header("if-none-match", &tag);
    assert_eq!(request.send().await.status, 200, "the tag is another");
    // Once more, and others' and what never was: the same answer.
    bob.delete(&first, &[]).await.expect(200, json!([]));
    alice
        .delete(&format!("{V2}/{}", ids[1]), &[])
        .await
        .expect(200, json!([]));
    bob.delete(&format!("{V2}/999999"), &[])
        .await
        .expect(200, json!([]));
    assert_eq!(self::ids(&bob).await, ids[1..]);
    for id in ["0", "abc"] {
        let answer = bob.delete(&format!("{V2}/{id}"), &[]).await;
        answer.refused_with(404, Value::Null);
    }

    alice.joins_call(&token).await;
    let call = self::ids(&bob).await[0];
    bob.delete(&format!("{V2}/{call}"), &[]).await;
    assert_eq!(self::ids(&bob).await, ids[1..]);
    // It is over: whoever dismissed it did not miss it.
    alice.leaves(&token).await;
    assert_eq!(self::ids(&bob).await, ids[1..]);
}

#[tokio::test]
async fn what_is_dismissed_does_not_come_back_by_an_edit_that_mentions_no_more() {
    let (_server, alice, bob, token, _) = two().await;
    bob.delete(V2, &[]).await;
    let message = alice.posts(&token, "Hey @bob").await;
    bob.delete(V2, &[]).await;
    let path = format!("{}/{message}", crate::support::chat(&token));
    let edits = |text: &'static str| {
        let (alice, path) = (alice.clone(), path.clone());
        async move { alice.put(&path, &[("message", text)]).await }
    };

    assert_eq!(edits("Hello, @BOB!").await.status, 200);
    assert!(ids(&bob).await.is_empty(), "he was told of that");
    assert_eq!(edits("Hello!").await.status, 200);
    assert_eq!(edits("Hello @all!").await.status, 200);
    assert_eq!(ids(&bob).await.len(), 1, "that is news");
}

#[tokio::test]
async fn all_are_dismissed_at_once_and_nobody_else_s() {
    let (server, alice, bob, token, _) = two().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    assert_eq!(ids(&carol).await.len(), 1);

    bob.delete(V2, &[]).await.expect(200, json!([]));

    assert!(ids(&bob).await.is_empty());
    assert_eq!(ids(&carol).await.len(), 1);
    bob.delete(V2, &[]).await.expect(200, json!([]));
    assert_eq!(server.guest().delete(V2, &[]).await.status, 401);
    alice.posts(&token, "again @bob").await;
    assert_eq!(ids(&bob).await.len(), 1);
}

#[tokio::test]
async fn a_client_asks_which_it_has_are_still_there() {
    let (_server, alice, bob, _, ids) = two().await;
    let path = format!("{V2}/exists");
    let asks =
        |actor: &Actor, ids: Value| actor.request("POST", &path).json(&json!({ "ids": ids }));
    let both = json!([ids[1], 999_999, 0, ids[0], -5]);

    let answer = asks(&bob, both.clone()).send().await;
    answer.expect(200, json!([ids[1], ids[0]]));
    asks(&alice, both).send().await.expect(200, json!([]));
    bob.delete(&format!("{V2}/{}", ids[0]), &[]).await;
    let answer = asks(&bob, json!(ids)).send().await;
    answer.expect(200, json!([ids[1]]));
    asks(&bob, json!([])).send().await.expect(200, json!([]));

    let many: Vec<i64> = (1..=200).collect();
    assert_eq!(asks(&bob, json!(many)).send().await.status, 200);
    let too_many: Vec<i64> = (1..=201).collect();
    let answer = asks(&bob, json!(too_many)).send().await;
    answer.refused_with(400, json!([]));
    asks(&bob, json!(7)).send().await.refused(400, "ids");
    bob.post(&path, &[]).await.refused(400, "ids");
    let form = [("ids[]", ids[1].to_string())];
    let form = form.each_ref().map(|(name, id)| (*name, id.as_str()));
    bob.post(&path, &form).await.expect(200, json!([ids[1]]));
}

#[tokio::test]
async fn what_was_read_exists_no_more() {
    let (_server, _alice, bob, token, ids) = two().await;
    let read = crate::support::chat(&token) + "/read";
    assert_eq!(bob.post(&read, &[]).await.status, 200);

    let one = bob.get(&format!("{V2}/{}", ids[0])).await;
    one.refused_with(404, Value::Null);
    let path = format!("{V2}/exists");
    let answer = bob
        .request("POST", &path)
        .json(&json!({ "ids": ids }))
        .send()
        .await;
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn only_what_works_is_announced() {
    let server = TestServer::start().await;
    let capabilities = "/ocs/v2.php/cloud/capabilities";
    let all = server.admin().get(capabilities).await.data();
    assert_eq!(
        all["capabilities"]["notifications"],
        json!({ "ocs-endpoints": [
            "list", "get", "delete", "delete-all", "icons", "rich-strings", "action-web", "user-status",
            "exists"
        ] })
    );
    let test = "/ocs/v2.php/apps/notifications/api/v3/test/self";
    let answer = server.admin().post(test, &[]).await;
    assert_eq!(answer.meta()["statuscode"], 998);
    let all = server.guest().get(capabilities).await.data();
    assert_eq!(all["capabilities"].get("notifications"), None);
}
