//! Accounts change: by themselves and by administrators, until they are removed.
//! Source: server.md 5.4, 13.1.

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer, chat};
use serde_json::{Value, json};

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

async fn edits(actor: &Actor, user: &str, key: &str, value: &str) -> Answer {
    let path = cloud(&format!("users/{user}"));
    actor.put(&path, &[("key", key), ("value", value)]).await
}

async fn reads(actor: &Actor, user: &str) -> Value {
    let answer = actor.get(&cloud(&format!("users/{user}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data()
}

// Changing accounts.

#[tokio::test]
async fn an_account_changes_its_own_display_name() {
    let (_server, alice) = alice().await;

    edits(&alice, "alice", "displayname", "Alice B")
        .await
        .expect(200, json!([]));

    assert_eq!(reads(&alice, "alice").await["displayname"], "Alice B");
}

#[tokio::test]
async fn display_is_another_word_for_the_display_name() {
    let (server, alice) = alice().await;

    edits(&server.admin(), "alice", "display", "Alice B")
        .await
        .expect(200, json!([]));

    assert_eq!(reads(&alice, "alice").await["displayname"], "Alice B");
}

#[tokio::test]
async fn an_empty_display_name_becomes_the_id() {
    let (_server, alice) = alice().await;

    edits(&alice, "alice", "displayname", "")
        .await
        .expect(200, json!([]));

    assert_eq!(reads(&alice, "alice").await["displayname"], "alice");
}

#[tokio::test]
async fn a_new_display_name_reaches_old_messages_and_the_list_of_participants() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    alice.posts(&token, "hello").await;

    edits(&alice, "alice", "displayname", "Alice B")
        .await
        .expect(200, json!([]));

    assert_eq!(alice.newest(&token).await["actorDisplayName"], "Alice B");
    assert_eq!(
        alice.participants(&token).await[0]["displayName"],
        "Alice B"
    );
}

#[tokio::test]
async fn an_address_is_kept_in_lower_case_and_may_be_removed() {
    let (_server, alice) = alice().await;

    edits(&alice, "alice", "email", "A@Example.ORG")
        .await
        .expect(200, json!([]));
    assert_eq!(reads(&alice, "alice").await["email"], "a@example.org");
    edits(&alice, "alice", "email", "")
        .await
        .expect(200, json!([]));

    assert_eq!(reads(&alice, "alice").await["email"], Value::Null);
}

#[tokio::test]
async fn what_is_no_address_is_101() {
    let (_server, alice) = alice().await;

    let answer = edits(&alice, "alice", "email", "nonsense").await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.meta()["statuscode"], 101);
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn an_empty_password_is_107() {
    let (_server, alice) = alice().await;

    let answer = edits(&alice, "alice", "password", "").await;

    assert_eq!(answer.status, 400);
    assert_eq!(answer.meta()["statuscode"], 107);
    assert_eq!(alice.elsewhere().get(&cloud("user")).await.status, 200);
}

#[tokio::test]
async fn a_new_password_of_more_than_469_bytes_is_101() {
    let (_server, alice) = alice().await;

    let answer = edits(&alice, "alice", "password", &"x".repeat(470)).await;

    answer.says(400, 101, "Invalid password value");
}

#[tokio::test]
async fn unknown_languages_and_places_are_101() {
    let (_server, alice) = alice().await;

    for (key, text) in [
        ("language", "Invalid language"),
        ("locale", "Invalid locale"),
        ("timezone", "Invalid timezone"),
        ("first_day_of_week", "Invalid first day of week"),
    ] {
        let answer = edits(&alice, "alice", key, "no/such thing!").await;
        answer.says(400, 101, text);
    }
    for (key, value, text) in [
        ("language", "xx", "Invalid language"),
        ("locale", "zz_ZZ", "Invalid locale"),
        ("timezone", "Mars/X", "Invalid timezone"),
    ] {
        edits(&alice, "alice", key, value)
            .await
            .says(400, 101, text);
    }
    for (key, value) in [
        ("language", "pt_BR"),
        ("locale", "ast_ES"),
        ("locale", ""),
        ("timezone", "Europe/Berlin"),
        ("timezone", ""),
    ] {
        let answer = edits(&alice, "alice", key, value).await;
        answer.expect(200, json!([]));
    }
}

#[tokio::test]
async fn an_account_fills_in_its_profile() {
    let (_server, alice) = alice().await;

    for key in [
        "phone",
        "address",
        "website",
        "twitter",
        "organisation",
        "role",
        "headline",
        "biography",
        "pronouns",
    ] {
        let value = match key {
            "phone" => "+4971112345",
            "website" => "https://example.org",
            _ => "something",
        };
        edits(&alice, "alice", key, value)
            .await
            .expect(200, json!([]));
        assert_eq!(reads(&alice, "alice").await[key], value, "{key}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_113() {
    let (_server, alice) = alice().await;

    edits(&alice, "alice", "shoesize", "44")
        .await
        .says(400, 113, "");
}

#[tokio::test]
async fn an_account_does_not_set_its_own_quota() {
    let (_server, alice) = alice().await;

    edits(&alice, "alice", "quota", "1 GB")
        .await
        .says(400, 113, "");
}

#[tokio::test]
async fn an_account_does_not_change_others() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;

    edits(&alice, "bob", "displayname", "Robert")
        .await
        .says(404, 998, "");
    edits(&server.admin(), "nope", "displayname", "x")
        .await
        .says(404, 998, "");

    assert_eq!(
        reads(&server.admin(), "bob").await["displayname"],
        "bob-displayname"
    );
}

#[tokio::test]
async fn key_and_value_are_both_needed() {
    let (_server, alice) = alice().await;

    let path = cloud("users/alice");
    let no_key = alice.put(&path, &[("value", "x")]).await;
    let no_value = alice.put(&path, &[("key", "email")]).await;

    no_key.refused(400, "key");
    no_value.refused(400, "value");
}

// Removing accounts.

#[tokio::test]
async fn an_administrator_deletes_an_account() {
    let (server, _) = alice().await;

    let answer = server.admin().delete(&cloud("users/alice"), &[]).await;

    answer.expect(200, json!([]));
    let gone = server.admin().get(&cloud("users/alice")).await;
    gone.says(404, 404, "User does not exist");
}

#[tokio::test]
async fn nobody_deletes_themselves() {
    let server = TestServer::start().await;

    let answer = server.admin().delete(&cloud("users/admin"), &[]).await;

    answer.says(400, 101, "");
}

#[tokio::test]
async fn an_unknown_account_cannot_be_deleted() {
    let server = TestServer::start().await;

    let answer = server.admin().delete(&cloud("users/nope"), &[]).await;

    answer.says(404, 998, "");
}

#[tokio::test]
async fn only_administrators_delete_and_disable() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;

    let deleted = alice.delete(&cloud("users/bob"), &[]).await;
    let disabled = alice.put(&cloud("users/bob/disable"), &[]).await;
    let enabled = alice.put(&cloud("users/bob/enable"), &[]).await;

    for answer in [deleted, disabled, enabled] {
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert_eq!(answer.meta()["statuscode"], 403);
        assert_eq!(answer.data(), json!([]));
    }
}

#[tokio::test]
async fn nobody_disables_themselves_or_the_unknown() {
    let server = TestServer::start().await;

    for path in [
        "users/admin/disable",
        "users/nope/disable",
        "users/nope/enable",
    ] {
        let answer = server.admin().put(&cloud(path), &[]).await;
        answer.says(400, 101, "");
    }
}

#[tokio::test]
async fn who_takes_the_name_of_a_deleted_account_does_not_inherit_its_messages() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.creates_group("Tea").await;
    alice.adds(&room, "bob").await;
    let id = bob.posts(&room, "mine").await;
    let deleted = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);

    let [another_bob] = server.users(["bob"]).await;
    alice.adds(&room, "bob").await;

    let history = another_bob.history(&room).await;
    let message = history.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(message["actorType"], "deleted_users");
    assert_eq!(message["actorDisplayName"], "");
    let path = format!("{}/{id}", chat(&room));
    let refused = another_bob.delete(&path, &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
}
