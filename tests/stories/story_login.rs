//! Who one is: passwords, app passwords, cookies; and what ends a login. Source: ocs.md 2, 4.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, Answer, TestServer, talk};
use serde_json::json;

const NOBODY: &str = "Current user is not logged in";
const WRONG: &str = "Unauthorised";
const CHALLENGE: &str = r#"Basic realm="Authorisation Required""#;

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

/// Who the server thinks this is.
async fn asks_who_they_are(actor: &Actor) -> Answer {
    actor.get(&cloud("user")).await
}

#[track_caller]
fn expect_user(answer: &Answer, id: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.data()["id"], id);
}

#[track_caller]
fn expect_wrong(answer: &Answer) {
    answer.says(401, 997, WRONG);
    assert_eq!(answer.header("www-authenticate"), Some(CHALLENGE));
}

#[track_caller]
fn expect_nobody(answer: &Answer) {
    answer.says(401, 997, NOBODY);
    assert_eq!(answer.header("www-authenticate"), None);
}

async fn disables(server: &TestServer, user: &str) {
    let path = cloud(&format!("users/{user}/disable"));
    server.admin().put(&path, &[]).await.expect(200, json!([]));
}

async fn changes_password(actor: &Actor, user: &str, password: &str) {
    let fields = [("key", "password"), ("value", password)];
    let path = cloud(&format!("users/{user}"));
    actor.put(&path, &fields).await.expect(200, json!([]));
}

// Passwords.

#[tokio::test]
async fn name_and_password_log_in() {
    let (_server, alice) = alice().await;

    expect_user(&asks_who_they_are(&alice).await, "alice");
}

#[tokio::test]
async fn a_login_name_may_be_written_in_capitals() {
    let (server, _) = alice().await;

    let answer = asks_who_they_are(&server.actor(Some(("ALICE", "123456")))).await;

    expect_user(&answer, "alice");
    assert_eq!(answer.header("x-user-id"), Some("alice"));
}

#[tokio::test]
async fn an_email_address_is_a_login_name() {
    let (server, alice) = alice().await;
    let fields = [("key", "email"), ("value", "Alice@Example.org")];
    alice
        .put(&cloud("users/alice"), &fields)
        .await
        .expect(200, json!([]));

    let answer = asks_who_they_are(&server.actor(Some(("alice@example.org", "123456")))).await;

    expect_user(&answer, "alice");
}

#[tokio::test]
async fn an_email_address_of_two_accounts_is_no_login_name() {
    let (server, alice) = alice().await;
    let [bob] = server.users(["bob"]).await;
    let fields = [("key", "email"), ("value", "we@example.org")];
    alice
        .put(&cloud("users/alice"), &fields)
        .await
        .expect(200, json!([]));
    bob.put(&cloud("users/bob"), &fields)
        .await
        .expect(200, json!([]));

    expect_wrong(&asks_who_they_are(&server.actor(Some(("we@example.org", "123456")))).await);
}

#[tokio::test]
async fn a_password_may_contain_colons() {
    let (server, alice) = alice().await;
    changes_password(&alice, "alice", "a:b:c").await;

    expect_user(
        &asks_who_they_are(&server.actor(Some(("alice", "a:b:c")))).await,
        "alice",
    );
}

#[tokio::test]
async fn the_name_of_the_basic_scheme_has_no_case() {
    let (server, _) = alice().await;

    let answer =
        asks_who_they_are(&server.guest().with_authorization("bAsIc YWxpY2U6MTIzNDU2")).await;

    expect_user(&answer, "alice");
}

#[tokio::test]
async fn a_wrong_password_is_401_with_a_challenge() {
    let (server, _) = alice().await;

    expect_wrong(&asks_who_they_are(&server.actor(Some(("alice", "wrong")))).await);
}

#[tokio::test]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let (server, _) = alice().await;

    expect_wrong(&asks_who_they_are(&server.actor(Some(("nobody", "123456")))).await);
}

#[tokio::test]
async fn a_wrong_password_counts_even_where_none_is_needed() {
    let (server, alice) = alice().await;
    let token = alice.creates_public("Tea").await;
    let stranger = server.actor(Some(("alice", "wrong")));

    expect_wrong(&stranger.get(&cloud("capabilities")).await);
    expect_wrong(&stranger.elsewhere().get(&room(&token)).await);
    expect_wrong(&stranger.elsewhere().get("/ocs/v2.php/does/not/exist").await);
}

#[tokio::test]
async fn a_wrong_password_through_v1_is_401_as_well() {
    let (server, _) = alice().await;
    let stranger = server.actor(Some(("alice", "wrong")));

    let answer = stranger.get("/ocs/v1.php/cloud/user").await;

    assert_eq!(answer.status, 401);
    assert_eq!(answer.meta()["statuscode"], 997);
    assert_eq!(answer.meta()["message"], WRONG);
    assert_eq!(answer.meta()["totalitems"], "");
}

#[tokio::test]
async fn a_script_in_a_browser_gets_a_challenge_that_opens_no_window() {
    let (server, _) = alice().await;
    let stranger = server.actor(Some(("alice", "wrong")));

    let request = stranger.request("GET", &cloud("user"));
    let answer = request
        .header("x-requested-with", "XMLHttpRequest")
        .send()
        .await;

    answer.says(401, 997, WRONG);
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"DummyBasic realm="Authorisation Required""#)
    );
}

#[tokio::test]
async fn headers_that_name_nobody_are_ignored() {
    let (server, _) = alice().await;

    for header in [
        "Basic OjEyMzQ1Ng==",
        "Basic YWxpY2U6",
        "Basic YWxpY2U=",
        "Basic %%%",
        "Digest x",
    ] {
        let guest = server.guest().with_authorization(header);
        expect_nobody(&asks_who_they_are(&guest).await);
        assert_eq!(
            guest.get(&cloud("capabilities")).await.status,
            200,
            "{header}"
        );
    }
}

#[tokio::test]
async fn without_credentials_it_is_401_without_a_challenge() {
    let (server, _) = alice().await;

    expect_nobody(&asks_who_they_are(&server.guest()).await);
}

// App passwords.

#[tokio::test]
async fn an_app_password_logs_in_like_a_password() {
    let (server, _) = alice().await;
    let secret = server.app_password("alice").await;
    assert_eq!(secret.len(), 72);

    expect_user(
        &asks_who_they_are(&server.actor(Some(("Alice", &secret)))).await,
        "alice",
    );
}

#[tokio::test]
async fn an_app_password_of_somebody_else_is_wrong() {
    let (server, _) = alice().await;
    server.users(["bob"]).await;
    let secret = server.app_password("alice").await;

    expect_wrong(&asks_who_they_are(&server.actor(Some(("bob", &secret)))).await);
}

#[tokio::test]
async fn a_bearer_token_needs_no_name_and_no_api_header() {
    let (server, _) = alice().await;
    let secret = server.app_password("alice").await;
    let device = server
        .guest()
        .with_authorization(&format!("Bearer {secret}"));

    let request = device.request("GET", &cloud("user"));
    let answer = request.without_header("ocs-apirequest").send().await;

    expect_user(&answer, "alice");
}

#[tokio::test]
async fn an_unknown_bearer_token_is_ignored() {
    let (server, _) = alice().await;
    let device = server.guest().with_authorization("Bearer nonsense");

    expect_nobody(&asks_who_they_are(&device).await);
    assert_eq!(device.get(&cloud("capabilities")).await.status, 200);
}

// Cookies.

#[tokio::test]
async fn the_first_cookie_is_enough_for_the_next_request() {
    let (_server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    expect_user(&asks_who_they_are(&alice.by_cookie_alone()).await, "alice");
}

#[tokio::test]
async fn a_cookie_is_hidden_from_scripts_and_other_sites() {
    let (_server, alice) = alice().await;

    let answer = asks_who_they_are(&alice.elsewhere()).await;

    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; Path=/"), "{cookie}");
    assert!(cookie.contains("; HttpOnly"), "{cookie}");
    assert!(cookie.contains("; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_cookie_needs_the_api_header_too() {
    let (_server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    let request = alice.by_cookie_alone().request("GET", &cloud("user"));
    let answer = request.without_header("ocs-apirequest").send().await;

    assert_eq!(answer.status, 412);
    assert_eq!(answer.text, r#"{"message":"CSRF check failed"}"#);
}

#[tokio::test]
async fn a_header_with_the_cookies_own_name_is_not_even_checked() {
    let (_server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    let answer = asks_who_they_are(&alice.claiming("alice", "wrong")).await;

    expect_user(&answer, "alice");
}

#[tokio::test]
async fn a_valid_header_with_another_name_wins_over_the_cookie() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;
    asks_who_they_are(&alice).await;

    let answer = asks_who_they_are(&alice.claiming("bob", "123456")).await;

    expect_user(&answer, "bob");
}

#[tokio::test]
async fn a_wrong_header_with_another_name_leaves_the_cookies_account() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;
    asks_who_they_are(&alice).await;

    let answer = asks_who_they_are(&alice.claiming("bob", "wrong")).await;

    expect_user(&answer, "alice");
}

#[tokio::test]
async fn a_forged_cookie_is_none() {
    let (server, alice) = alice().await;
    let answer = asks_who_they_are(&alice.elsewhere()).await;
    let pair = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let forged = format!("{}AAAA", &pair[..pair.len() - 4]);

    let request = server.guest().request("GET", &cloud("user"));
    let answer = request.header("cookie", &forged).send().await;

    expect_nobody(&answer);
}

#[tokio::test]
async fn a_cookie_that_was_not_used_for_a_day_is_worth_nothing() {
    let (server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    server.advance(24 * 60 * 60);

    expect_nobody(&asks_who_they_are(&alice.by_cookie_alone()).await);
}

#[tokio::test]
async fn a_cookie_that_is_used_lives_on() {
    let (server, alice) = alice().await;
    asks_who_they_are(&alice).await;
    let browser = alice.by_cookie_alone();

    server.advance(23 * 60 * 60);
    expect_user(&asks_who_they_are(&browser).await, "alice");
    server.advance(23 * 60 * 60);

    expect_user(&asks_who_they_are(&browser).await, "alice");
}

#[tokio::test]
async fn a_session_in_a_room_belongs_to_the_cookie() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    let joined = alice.joins(&token).await.data()["sessionId"].clone();

    assert_eq!(joined.as_str().unwrap().len(), 255);
    assert_eq!(alice.room(&token).await["sessionId"], joined);
    assert_eq!(alice.elsewhere().room(&token).await["sessionId"], "0");
}

// What ends a login.

#[tokio::test]
async fn a_changed_password_ends_remembered_logins_at_once() {
    let (server, alice) = alice().await;
    let elsewhere = alice.elsewhere();
    asks_who_they_are(&elsewhere).await;

    changes_password(&alice, "alice", "new one").await;

    expect_wrong(&asks_who_they_are(&server.actor(Some(("alice", "123456")))).await);
    expect_user(
        &asks_who_they_are(&server.actor(Some(("alice", "new one")))).await,
        "alice",
    );
}

#[tokio::test]
async fn a_changed_password_ends_the_cookies_of_other_browsers_at_once() {
    let (server, alice) = alice().await;
    let other = alice.elsewhere();
    asks_who_they_are(&other).await;

    changes_password(&server.admin(), "alice", "new one").await;

    expect_nobody(&asks_who_they_are(&other.by_cookie_alone()).await);
}

#[tokio::test]
async fn a_disabled_account_is_refused_everywhere_at_once() {
    let (server, alice) = alice().await;
    let token = alice.creates_public("Tea").await;
    let elsewhere = alice.elsewhere();

    disables(&server, "alice").await;

    expect_wrong(&asks_who_they_are(&elsewhere).await);
    expect_wrong(&elsewhere.elsewhere().get(&cloud("capabilities")).await);
    expect_wrong(&elsewhere.elsewhere().get(&room(&token)).await);
}

#[tokio::test]
async fn the_cookie_of_a_disabled_account_is_worth_nothing() {
    let (server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    disables(&server, "alice").await;

    expect_nobody(&asks_who_they_are(&alice.by_cookie_alone()).await);
}

#[tokio::test]
async fn app_passwords_of_a_disabled_account_are_worth_nothing() {
    let (server, _) = alice().await;
    let secret = server.app_password("alice").await;
    let device = server
        .guest()
        .with_authorization(&format!("Bearer {secret}"));
    expect_user(&asks_who_they_are(&device).await, "alice");

    disables(&server, "alice").await;

    expect_wrong(&asks_who_they_are(&device.elsewhere()).await);
    expect_wrong(&asks_who_they_are(&server.actor(Some(("alice", &secret)))).await);
}

#[tokio::test]
async fn a_changed_password_leaves_app_passwords_alone() {
    let (server, alice) = alice().await;
    let secret = server.app_password("alice").await;

    changes_password(&alice, "alice", "new one").await;

    expect_user(
        &asks_who_they_are(&server.actor(Some(("alice", &secret)))).await,
        "alice",
    );
}

#[tokio::test]
async fn an_enabled_account_logs_in_again() {
    let (server, alice) = alice().await;
    disables(&server, "alice").await;

    let path = cloud("users/alice/enable");
    server.admin().put(&path, &[]).await.expect(200, json!([]));

    expect_user(&asks_who_they_are(&alice.elsewhere()).await, "alice");
}

#[tokio::test]
async fn a_deleted_account_is_unknown_at_once() {
    let (server, alice) = alice().await;
    asks_who_they_are(&alice).await;

    let path = cloud("users/alice");
    server
        .admin()
        .delete(&path, &[])
        .await
        .expect(200, json!([]));

    expect_wrong(&asks_who_they_are(&alice.elsewhere()).await);
    expect_nobody(&asks_who_they_are(&alice.by_cookie_alone()).await);
}

#[tokio::test]
async fn a_new_account_with_an_old_name_does_not_inherit_its_logins() {
    let (server, alice) = alice().await;
    asks_who_they_are(&alice).await;
    let secret = server.app_password("alice").await;
    server.admin().delete(&cloud("users/alice"), &[]).await;

    let fields = [("userid", "alice"), ("password", "another")];
    server.admin().post(&cloud("users"), &fields).await;

    expect_nobody(&asks_who_they_are(&alice.by_cookie_alone()).await);
    expect_wrong(&asks_who_they_are(&server.actor(Some(("alice", "123456")))).await);
    expect_wrong(&asks_who_they_are(&server.actor(Some(("alice", &secret)))).await);
}

#[tokio::test]
async fn a_removed_admin_is_no_admin_at_once() {
    let (server, alice) = alice().await;
    server.joins_group("alice", "admin").await;
    assert_eq!(alice.get(&cloud("users")).await.status, 200);

    let path = cloud("users/alice/groups");
    let fields = [("groupid", "admin")];
    server
        .admin()
        .delete(&path, &fields)
        .await
        .expect(200, json!([]));

    let refused = alice.get(&cloud("users")).await;
    refused.says(403, 403, "Logged in account must be at least a sub admin");
}

// A guest is known by the cookie only.

#[tokio::test]
async fn a_guest_without_the_cookie_is_a_new_visitor() {
    let (server, alice) = alice().await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest();
    guest.joins(&token).await;
    assert_eq!(guest.room(&token).await["actorType"], "guests");

    assert_eq!(server.guest().room(&token).await["actorType"], "");
    let unknown = server.guest().get(&room_part(&token, "participants")).await;
    unknown.refused_with(404, json!([]));
}

#[tokio::test]
async fn the_list_of_rooms_needs_a_login() {
    let (server, _) = alice().await;

    expect_nobody(&server.guest().get(&talk("/api/v4/room")).await);
}
