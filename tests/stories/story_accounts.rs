//! Accounts: made by administrators, read by them and by themselves. Source: server.md 5, 13.1.

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer};
use serde_json::{Value, json};

const NO_SUB_ADMIN: &str = "Logged in account must be at least a sub admin";

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

async fn creates(server: &TestServer, fields: &[(&str, &str)]) -> Answer {
    server.admin().post(&cloud("users"), fields).await
}

async fn reads(actor: &Actor, user: &str) -> Value {
    let answer = actor.get(&cloud(&format!("users/{user}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data()
}

// Making accounts.

#[tokio::test]
async fn a_new_account_has_what_it_was_made_with() {
    let server = TestServer::start().await;
    server.group("tea", &[]).await;

    let answer = creates(
        &server,
        &[
            ("userid", "Alice.B"),
            ("password", "123456"),
            ("displayName", "Alice B"),
            ("email", "ALICE@example.org"),
            ("language", "de"),
            ("groups[]", "tea"),
        ],
    )
    .await;

    answer.expect(200, json!({ "id": "Alice.B" }));
    let account = reads(&server.admin(), "Alice.B").await;
    assert_eq!(account["id"], "Alice.B");
    assert_eq!(account["displayname"], "Alice B");
    assert_eq!(account["email"], "alice@example.org");
    assert_eq!(account["language"], "de");
    assert_eq!(account["groups"], json!(["tea"]));
}

#[tokio::test]
async fn an_account_made_through_v1_is_100() {
    let server = TestServer::start().await;
    let fields = [("userid", "alice"), ("password", "123456")];

    let answer = server
        .admin()
        .post("/ocs/v1.php/cloud/users", &fields)
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 100);
    assert_eq!(answer.data(), json!({ "id": "alice" }));
}

#[tokio::test]
async fn without_a_display_name_the_id_is_shown() {
    let server = TestServer::start().await;
    creates(&server, &[("userid", "alice"), ("password", "123456")]).await;

    let account = reads(&server.admin(), "alice").await;

    assert_eq!(account["displayname"], "alice");
    assert_eq!(account["display-name"], "alice");
}

#[tokio::test]
async fn only_administrators_make_accounts() {
    let (_server, alice) = alice().await;

    let fields = [("userid", "bob"), ("password", "123456")];
    let answer = alice.post(&cloud("users"), &fields).await;

    answer.says(403, 403, NO_SUB_ADMIN);
}

#[tokio::test]
async fn a_visitor_makes_no_accounts() {
    let server = TestServer::start().await;

    let fields = [("userid", "bob"), ("password", "123456")];
    let answer = server.guest().post(&cloud("users"), &fields).await;

    answer.says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn a_name_that_is_taken_is_102_whatever_its_case() {
    let (server, _) = alice().await;

    for name in ["alice", "ALICE"] {
        let answer = creates(&server, &[("userid", name), ("password", "123456")]).await;
        answer.says(400, 102, "User already exists");
    }
}

#[tokio::test]
async fn a_name_that_is_taken_through_v1_is_200_with_102() {
    let (server, _) = alice().await;

    let fields = [("userid", "alice"), ("password", "123456")];
    let answer = server
        .admin()
        .post("/ocs/v1.php/cloud/users", &fields)
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 102);
    assert_eq!(answer.meta()["message"], "User already exists");
}

#[tokio::test]
async fn an_unknown_group_is_104() {
    let server = TestServer::start().await;
    let fields = [("userid", "bob"), ("password", "x"), ("groups[]", "nope")];

    let answer = creates(&server, &fields).await;

    answer.says(400, 104, "Group nope does not exist");
}

#[tokio::test]
async fn a_password_of_more_than_469_bytes_is_101() {
    let server = TestServer::start().await;
    let long = "x".repeat(470);

    let refused = creates(&server, &[("userid", "bob"), ("password", &long)]).await;
    let taken = creates(&server, &[("userid", "bob"), ("password", &long[1..])]).await;

    refused.says(400, 101, "Invalid password value");
    taken.expect(200, json!({ "id": "bob" }));
}

#[tokio::test]
async fn neither_password_nor_address_is_108() {
    let server = TestServer::start().await;

    let answer = creates(&server, &[("userid", "bob")]).await;

    let text = "An email address is required, to send a password link to the user.";
    answer.says(400, 108, text);
}

#[tokio::test]
async fn a_name_of_nothing_is_101() {
    let server = TestServer::start().await;

    for name in ["", "   "] {
        let answer = creates(&server, &[("userid", name), ("password", "x")]).await;
        answer.says(400, 101, "A valid Login must be provided");
    }
}

#[tokio::test]
async fn a_name_with_other_characters_is_101() {
    let server = TestServer::start().await;
    let text = "Only the following characters are allowed in an Login: \
        \"a-z\", \"A-Z\", \"0-9\", spaces and \"_.@-'\"";

    for name in ["al/ice", "älice", "a:b", "a\tb"] {
        let answer = creates(&server, &[("userid", name), ("password", "x")]).await;
        answer.says(400, 101, text);
    }
}

#[tokio::test]
async fn a_name_with_space_around_it_is_101() {
    let server = TestServer::start().await;

    let answer = creates(&server, &[("userid", " bob"), ("password", "x")]).await;

    let text = "Login contains whitespace at the beginning or at the end";
    answer.says(400, 101, text);
}

#[tokio::test]
async fn a_name_of_one_or_two_dots_is_101_and_of_three_is_a_name() {
    let server = TestServer::start().await;

    let one = creates(&server, &[("userid", "."), ("password", "x")]).await;
    let two = creates(&server, &[("userid", ".."), ("password", "x")]).await;
    let three = creates(&server, &[("userid", "..."), ("password", "x")]).await;

    one.says(400, 101, "Login must not consist of dots only");
    two.says(400, 101, "Login must not consist of dots only");
    three.expect(200, json!({ "id": "..." }));
}

#[tokio::test]
async fn a_name_of_more_than_64_bytes_is_101() {
    let server = TestServer::start().await;
    let long = "x".repeat(65);

    let refused = creates(&server, &[("userid", &long), ("password", "x")]).await;
    let taken = creates(&server, &[("userid", &long[1..]), ("password", "x")]).await;

    refused.says(400, 101, "Username is too long");
    taken.expect(200, json!({ "id": long[1..] }));
}

#[tokio::test]
async fn a_missing_name_is_a_missing_parameter() {
    let server = TestServer::start().await;

    let answer = creates(&server, &[("password", "x")]).await;

    answer.refused(400, "userid");
}

// Reading accounts.

#[tokio::test]
async fn an_account_reads_itself_with_all_fields_in_their_order() {
    let (_server, alice) = alice().await;

    let account = alice.get(&cloud("user")).await.data();

    let keys: Vec<&str> = account
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "enabled",
            "id",
            "firstLoginTimestamp",
            "lastLoginTimestamp",
            "lastLogin",
            "backend",
            "subadmin",
            "quota",
            "manager",
            "avatarScope",
            "email",
            "emailScope",
            "additional_mail",
            "additional_mailScope",
            "displayname",
            "display-name",
            "displaynameScope",
            "phone",
            "phoneScope",
            "address",
            "addressScope",
            "website",
            "websiteScope",
            "twitter",
            "twitterScope",
            "bluesky",
            "blueskyScope",
            "fediverse",
            "fediverseScope",
            "organisation",
            "organisationScope",
            "role",
            "roleScope",
            "headline",
            "headlineScope",
            "biography",
            "biographyScope",
            "profile_enabled",
            "profile_enabledScope",
            "pronouns",
            "pronounsScope",
            "groups",
            "language",
            "locale",
            "timezone",
            "notify_email",
            "backendCapabilities",
        ]
    );
    assert_eq!(account["id"], "alice");
    assert_eq!(account["displayname"], "alice-displayname");
    assert_eq!(account["display-name"], "alice-displayname");
    assert_eq!(account["enabled"], true);
    assert_eq!(account["email"], Value::Null);
    assert_eq!(account["quota"]["quota"], -3);
    assert_eq!(account["profile_enabled"], "1");
    assert_eq!(account["groups"], json!([]));
    assert_eq!(account["backend"], "Database");
    assert_eq!(
        account["backendCapabilities"],
        json!({ "setDisplayName": true, "setPassword": true })
    );
}

#[tokio::test]
async fn the_last_login_is_in_milliseconds() {
    let (server, alice) = alice().await;

    alice.get(&cloud("user")).await;
    let account = alice.get(&cloud("user")).await.data();

    assert_eq!(account["lastLogin"], server.now() * 1000);
    assert_eq!(account["lastLoginTimestamp"], server.now());
    assert_eq!(account["firstLoginTimestamp"], server.now());
}

#[tokio::test]
async fn an_administrator_reads_others_with_their_storage_and_without_scopes() {
    let (server, _) = alice().await;

    let account = reads(&server.admin(), "alice").await;

    let keys: Vec<&str> = account
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys[..3], ["enabled", "storageLocation", "id"]);
    assert!(!keys.iter().any(|key| key.ends_with("Scope")), "{keys:?}");
}

#[tokio::test]
async fn an_account_reads_itself_by_its_name_with_scopes() {
    let (_server, alice) = alice().await;

    let account = reads(&alice, "alice").await;

    assert_eq!(account["displaynameScope"], "v2-federated");
    assert_eq!(account.get("storageLocation"), None);
}

#[tokio::test]
async fn an_account_does_not_read_others() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;

    let answer = alice.get(&cloud("users/bob")).await;

    answer.says(404, 998, "");
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_404_for_everybody() {
    let (server, alice) = alice().await;

    for actor in [server.admin(), alice] {
        let answer = actor.get(&cloud("users/nope")).await;
        answer.says(404, 404, "User does not exist");
    }
}

#[tokio::test]
async fn the_list_of_accounts_can_be_searched_and_paged() {
    let server = TestServer::start().await;
    server.users(["alice", "alina", "bob"]).await;

    let all = server.admin().get(&cloud("users")).await;
    let found = server.admin().get(&cloud("users?search=ali")).await;
    let page = server.admin().get(&cloud("users?limit=1&offset=1")).await;

    all.expect(200, json!({ "users": ["admin", "alice", "alina", "bob"] }));
    found.expect(200, json!({ "users": ["alice", "alina"] }));
    page.expect(200, json!({ "users": ["alice"] }));
}

#[tokio::test]
async fn the_list_of_accounts_is_for_administrators() {
    let (_server, alice) = alice().await;

    for path in ["users", "users/details", "users/recent", "users/disabled"] {
        let answer = alice.get(&cloud(path)).await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.meta()["statuscode"], 403);
        assert_eq!(answer.data(), json!([]));
    }
    let list = alice.get(&cloud("users")).await;
    list.says(403, 403, NO_SUB_ADMIN);
}

#[tokio::test]
async fn details_are_a_map_of_accounts() {
    let (server, _) = alice().await;

    let found = server
        .admin()
        .get(&cloud("users/details?search=alice"))
        .await;
    let nobody = server
        .admin()
        .get(&cloud("users/details?search=nope"))
        .await;

    assert_eq!(found.data()["users"]["alice"]["id"], "alice");
    assert_eq!(
        found.data()["users"]["alice"]["displayname"],
        "alice-displayname"
    );
    nobody.expect(200, json!({ "users": [] }));
}

#[tokio::test]
async fn disabled_accounts_have_a_list_of_their_own() {
    let (server, _) = alice().await;
    let admin = server.admin();
    admin
        .get(&cloud("users/disabled"))
        .await
        .expect(200, json!({ "users": [] }));

    admin
        .put(&cloud("users/alice/disable"), &[])
        .await
        .expect(200, json!([]));

    let listed = admin.get(&cloud("users/disabled")).await;
    assert_eq!(listed.data()["users"]["alice"]["enabled"], false);
}
