//! What belongs to an account besides: further addresses, and the lists that are empty here; preferences in the
//! server's own way. Source: server.md 5.3, 5.4, 13, 14.

use serde_json::{Value, json};

use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer, talk};

const CONFIG: &str = "/ocs/v2.php/apps/provisioning_api/api/v1/config/users";

impl Actor {
    async fn mails(&self) -> Value {
        self.get(&cloud("user")).await.data()["additional_mail"].clone()
    }

    async fn adds_mail(&self, address: &str) -> u16 {
        let change = [("key", "additional_mail"), ("value", address)];
        let path = cloud(&format!("users/{}", self.name));
        self.put(&path, &change).await.status
    }

    /// `spreed.config` of the capabilities.
    async fn talk_config(&self) -> Value {
        let answer = self.get("/ocs/v2.php/cloud/capabilities").await;
        answer.data()["capabilities"]["spreed"]["config"].clone()
    }
}

#[tokio::test]
async fn an_account_has_further_addresses() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    assert_eq!(alice.adds_mail("One@Tea.example").await, 200);
    assert_eq!(alice.adds_mail("two@tea.example").await, 200);
    let both = json!(["one@tea.example", "two@tea.example"]);
    assert_eq!(alice.mails().await, both);
    let own = alice.get(&cloud("user")).await.data();
    assert_eq!(own["email"], Value::Null);
    assert_eq!(own["additional_mailScope"].as_array().unwrap().len(), 2);
    let seen = server.admin().get(&cloud("users/alice")).await.data();
    assert_eq!(seen["additional_mail"], both);
    assert_eq!(seen.get("additional_mailScope"), None);

    for address in ["one@tea.example", "", "nobody", "a\n@tea.example"] {
        let change = [("key", "additional_mail"), ("value", address)];
        let answer = alice.put(&cloud("users/alice"), &change).await;
        assert_eq!(answer.meta()["statuscode"], 101, "{address}");
        assert_eq!(answer.meta()["message"], "Invalid additional mail");
    }
    for n in 0..8 {
        assert_eq!(alice.adds_mail(&format!("{n}@tea.example")).await, 200);
    }
    assert_eq!(alice.adds_mail("too@many.example").await, 400);

    let list = cloud("users/alice/additional_mail");
    let gone = [("key", "one@tea.example"), ("value", "")];
    assert_eq!(bob.put(&list, &gone).await.meta()["statuscode"], 998);
    alice.put(&list, &gone).await.expect(200, json!([]));
    assert_eq!(alice.mails().await[0], "two@tea.example");
    let again = alice.put(&list, &gone).await;
    assert_eq!(again.meta()["statuscode"], 101);
    let other = [("key", "two@tea.example"), ("value", "three@tea.example")];
    let answer = alice.put(&list, &other).await;
    assert_eq!(answer.meta()["statuscode"], 113);
    let unknown = cloud("users/alice/friends");
    assert_eq!(alice.put(&unknown, &gone).await.meta()["statuscode"], 113);
    alice.put(&list, &[("value", "")]).await.refused(400, "key");
    let nobody = cloud("users/nobody/additional_mail");
    let answer = server.admin().put(&nobody, &gone).await;
    assert_eq!(answer.meta()["statuscode"], 998);
    assert_eq!(server.guest().put(&list, &gone).await.status, 401);
}

#[tokio::test]
async fn a_further_address_is_no_login() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    assert_eq!(alice.adds_mail("one@tea.example").await, 200);
    let by_mail = server.guest().claiming("one@tea.example", "123456");
    assert_eq!(by_mail.get(&cloud("user")).await.status, 401);
}

#[tokio::test]
async fn clients_learn_which_fields_they_may_edit_in_their_order() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let expected = json!([
        "displayname",
        "email",
        "additional_mail",
        "phone",
        "address",
        "website",
        "twitter",
        "bluesky",
        "fediverse",
        "organisation",
        "role",
        "headline",
        "biography",
        "profile_enabled",
        "pronouns"
    ]);
    let answer = alice.get(&cloud("user/fields")).await;
    answer.expect(200, expected.clone());
    let answer = alice.get(&cloud("user/fields/alice")).await;
    answer.expect(200, expected);
}

#[tokio::test]
async fn there_are_no_administrators_of_groups_and_no_letters_of_welcome() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    server.group("tea", &["alice"]).await;
    let admin = server.admin();
    for path in ["users/alice/subadmins", "groups/tea/subadmins"] {
        admin.get(&cloud(path)).await.expect(200, json!([]));
        assert_eq!(alice.get(&cloud(path)).await.status, 403, "{path}");
    }
    for path in ["users/nobody/subadmins", "groups/nothing/subadmins"] {
        assert_eq!(admin.get(&cloud(path)).await.status, 404, "{path}");
    }
    let welcome = cloud("users/alice/welcome");
    admin.post(&welcome, &[]).await.expect(200, json!([]));
    assert_eq!(alice.post(&welcome, &[]).await.status, 403);
    let nobody = cloud("users/nobody/welcome");
    assert_eq!(admin.post(&nobody, &[]).await.status, 404);
}

// Preferences in the server's own way.

#[tokio::test]
async fn both_ways_set_the_same_preferences() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let style = format!("{CONFIG}/spreed/conversations_list_style");
    let listed = |config: &Value| config["conversations"]["list-style"].clone();

    alice
        .post(&style, &[("configValue", "compact")])
        .await
        .expect(200, json!([]));
    assert_eq!(listed(&alice.talk_config().await), "compact");
    let own = talk("/api/v1/settings/user");
    let back = [("key", "conversations_list_style"), ("value", "two-lines")];
    assert_eq!(alice.post(&own, &back).await.status, 200);
    assert_eq!(listed(&alice.talk_config().await), "two-lines");

    let privacy = format!("{CONFIG}/spreed/read_status_privacy");
    alice.post(&privacy, &[("configValue", "1")]).await;
    assert_eq!(alice.talk_config().await["chat"]["read-privacy"], 1);
    alice.delete(&privacy, &[]).await.expect(200, json!([]));
    assert_eq!(alice.talk_config().await["chat"]["read-privacy"], 0);

    alice.post(&style, &[("configValue", "compact")]).await;
    alice.delete(&style, &[]).await.expect(200, json!([]));
    assert_eq!(listed(&alice.talk_config().await), "two-lines");
    alice.delete(&style, &[]).await.expect(200, json!([]));
}

#[tokio::test]
async fn several_preferences_are_set_together_or_not_at_all() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let path = format!("{CONFIG}/spreed");
    alice
        .post(
            &path,
            &[
                ("configs[typing_privacy]", "1"),
                ("configs[attachment_folder]", "/Tea"),
            ],
        )
        .await
        .expect(200, json!([]));
    let config = alice.talk_config().await;
    assert_eq!(config["chat"]["typing-privacy"], 1);
    assert_eq!(config["attachments"]["folder"], "/Tea");

    let mixed = json!({ "configs": { "typing_privacy": "0", "play_sounds": "loud" } });
    let answer = alice.request("POST", &path).json(&mixed).send().await;
    answer.refused_with(400, json!([]));
    assert_eq!(alice.talk_config().await["chat"]["typing-privacy"], 1);

    let nothing = json!({ "configs": {} });
    let answer = alice.request("POST", &path).json(&nothing).send().await;
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn other_keys_values_and_apps_are_refused() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    for (path, value) in [
        ("spreed/play_sounds", "loud"),
        ("spreed/typing_privacy", "2"),
        ("spreed/unknown", "yes"),
        ("core/play_sounds", "yes"),
        ("spreed/manager", "yes"),
    ] {
        let path = format!("{CONFIG}/{path}");
        let answer = alice.post(&path, &[("configValue", value)]).await;
        answer.refused_with(400, json!([]));
    }
    for path in ["spreed/unknown", "core/play_sounds", "spreed/manager"] {
        let answer = alice.delete(&format!("{CONFIG}/{path}"), &[]).await;
        answer.refused_with(400, json!([]));
    }
    let path = format!("{CONFIG}/spreed/play_sounds");
    alice.post(&path, &[]).await.refused(400, "configValue");
    for configs in [
        json!("x"),
        json!([1]),
        json!({ "play_sounds": 1 }),
        json!(null),
    ] {
        let request = alice.request("POST", &format!("{CONFIG}/spreed"));
        let answer = request.json(&json!({ "configs": configs })).send().await;
        answer.refused(400, "configs");
    }
    let answer = server.guest().post(&path, &[("configValue", "yes")]).await;
    assert_eq!(answer.status, 401);
}
