//! How long a browser stays logged in, what asks for the password again, and what a restart leaves.
//! Source: ocs.md 2, 4.5; server.md 6.3.

use crate::support::program::{Program, app_password_command};
use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer};
use serde_json::json;

const DAY: u64 = 24 * 60 * 60;
const CONFIRM: &str = "Password confirmation is required";

#[tokio::test]
async fn a_session_that_is_used_every_day_lasts_fifteen_days() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    for _ in 0..14 {
        server.advance(DAY - 1);
        assert_eq!(browser.is_known_as().await, "alice");
    }
    server.advance(13);
    assert_eq!(browser.is_known_as().await, "alice");

    server.advance(DAY - 1);
    server.advance(2);

    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn a_session_that_is_not_used_for_a_day_is_over() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    server.advance(DAY);

    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn a_new_password_ends_sessions_but_not_those_of_app_passwords() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let secret = server.app_password("alice").await;
    let device = server.actor(Some(("alice", &secret)));
    assert_eq!(device.is_known_as().await, "alice");

    let fields = [("key", "password"), ("value", "another")];
    let admin = server.admin();
    admin
        .put(&cloud("users/alice"), &fields)
        .await
        .expect(200, json!([]));

    assert_eq!(browser.is_known_as().await, "");
    assert_eq!(device.by_cookie_alone().is_known_as().await, "alice");
}

#[tokio::test]
async fn an_ended_session_is_still_ended_when_its_row_is_gone() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let copy = browser.snapshot();
    browser.submits_from_page("/logout", &[]).await;

    server.advance(DAY - 1);
    server.chat().tidy().await.unwrap();
    assert_eq!(copy.is_known_as().await, "");
    server.advance(2 * DAY);
    server.chat().tidy().await.unwrap();

    assert_eq!(copy.is_known_as().await, "");
}

#[tokio::test]
async fn a_session_is_found_among_whatever_else_the_browser_sends() {
    let server = TestServer::start().await;
    let alice = server.browser_of_alice().await;
    let me = cloud("user");
    for (name, value) in [
        ("a", "caf\u{e9}"),
        ("a", "b; chinwag_session=AAAA"),
        ("a", "; chinwag_session=%%; =; b"),
        ("chinwag_sessions", "b"),
        ("a", "b; chinwag_session"),
    ] {
        let browser = alice.snapshot();
        browser.keeps_cookie(name, value);
        let answer = browser.get(&me).await;
        assert_eq!(answer.status, 200, "{name}={value}: {}", answer.text);
        assert_eq!(answer.data()["id"], "alice");
        assert_eq!(answer.header("set-cookie"), None, "{name}={value}");
    }
    for line in ["a=b", "a=caf\u{e9}", "chinwag_session=AAAA", ""] {
        let request = alice.request("GET", &me).header("cookie", line);
        let answer = request.send().await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.text);
        assert_eq!(answer.header("set-cookie"), None, "{line}");
    }

    let guest = server.guest();
    guest.keeps_cookie("a", "b; chinwag_session=AAAA");
    assert_eq!(guest.get(&me).await.status, 401);
}

// The password again.

/// Tries to change the own name.
async fn renames(actor: &Actor) -> crate::support::Answer {
    let fields = [("key", "displayname"), ("value", "Alice")];
    actor.put(&cloud("users/alice"), &fields).await
}

#[tokio::test]
async fn what_changes_accounts_asks_a_browser_for_the_password_after_half_an_hour() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    server.advance(30 * 60 - 1);
    renames(&browser).await.expect(200, json!([]));
    server.advance(1);

    let refused = renames(&browser).await;
    let wrong = browser
        .submits_from_page("/login/confirm", &[("password", "x")])
        .await;
    renames(&browser).await.says(403, 403, CONFIRM);
    let right = browser
        .submits_from_page("/login/confirm", &[("password", "123456")])
        .await;

    refused.says(403, 403, CONFIRM);
    assert_eq!((wrong.status, wrong.text.as_str()), (403, "[]"));
    assert_eq!(right.status, 200);
    assert_eq!(right.json(), json!({ "lastLogin": server.now() }));
    renames(&browser).await.expect(200, json!([]));
}

#[tokio::test]
async fn confirming_below_the_api_counts_as_well() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    server.advance(31 * 60);

    let path = "/ocs/v2.php/core/apppassword/confirm";
    let confirmed = browser.put(path, &[("password", "123456")]).await;

    confirmed.expect(200, json!({ "lastLogin": server.now() }));
    renames(&browser).await.expect(200, json!([]));
}

#[tokio::test]
async fn who_sends_the_password_along_is_never_asked() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let secret = server.app_password("alice").await;
    let device = server.actor(Some(("alice", &secret)));
    let bearer = server
        .guest()
        .with_authorization(&format!("Bearer {secret}"));
    for actor in [&alice, &device, &bearer] {
        assert_eq!(actor.is_known_as().await, "alice");
    }

    server.advance(31 * 60);

    for actor in [&alice, &device, &bearer] {
        renames(actor).await.expect(200, json!([]));
    }
}

#[tokio::test]
async fn a_header_that_nobody_looked_at_proves_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    server.advance(31 * 60);

    let refused = renames(&browser.claiming("alice", "wrong")).await;

    refused.says(403, 403, CONFIRM);
    renames(&browser.claiming("alice", "123456"))
        .await
        .expect(200, json!([]));
}

#[tokio::test]
async fn administrators_are_asked_before_they_change_accounts_groups_and_settings() {
    let server = TestServer::start().await;
    let browser = server.guest();
    browser.logs_in("admin", "admin").await;
    server.advance(31 * 60);
    let setting = "/ocs/v2.php/apps/provisioning_api/api/v1/config/apps/spreed/start_calls";

    for (method, path) in [
        ("POST", cloud("users")),
        ("DELETE", cloud("users/alice")),
        ("PUT", cloud("users/alice/enable")),
        ("PUT", cloud("users/alice/disable")),
        ("POST", cloud("users/alice/wipe")),
        ("POST", cloud("users/alice/groups")),
        ("DELETE", cloud("users/alice/groups")),
        ("POST", cloud("groups")),
        ("PUT", cloud("groups/tea")),
        ("DELETE", cloud("groups/tea")),
        ("POST", setting.to_owned()),
        ("DELETE", setting.to_owned()),
        ("GET", "/ocs/v2.php/core/getapppassword".to_owned()),
    ] {
        let answer = browser.request(method, &path).send().await;
        answer.says(403, 403, CONFIRM);
    }
    assert_eq!(browser.get(&cloud("users")).await.status, 200);
    browser.creates_group("Tea").await;
}

#[tokio::test]
async fn visitors_confirm_nothing() {
    let server = TestServer::start().await;
    let visitor = server.guest();

    let answer = visitor
        .submits_from_page("/login/confirm", &[("password", "x")])
        .await;

    assert_eq!(answer.status, 401);
}

// Over TLS, and after a restart.

#[tokio::test]
async fn over_tls_the_cookie_belongs_to_this_host_alone() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start_behind_proxy(data.path());
    let visitor = Actor::nobody_at(program.address);
    let over_tls = |actor: &Actor| {
        let request = actor.request("GET", "/login");
        request.header("x-forwarded-proto", "https")
    };

    let secure = over_tls(&visitor.elsewhere()).send().await;
    let plain = visitor.elsewhere().visits("/login").await;
    let first = over_tls(&visitor).send().await;
    let second = over_tls(&visitor).send().await;

    let cookie = secure.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-chinwag_session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    let cookie = plain.header("set-cookie").unwrap();
    assert!(cookie.starts_with("chinwag_session="), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert!(first.header("set-cookie").is_some());
    assert_eq!(second.header("set-cookie"), None, "the browser is known");
    let planted = first
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let planted = planted.trim_start_matches("__Host-");
    let request = over_tls(&visitor.elsewhere()).header("cookie", planted);
    assert!(
        request.send().await.header("set-cookie").is_some(),
        "a planted one is none"
    );
}

#[tokio::test]
async fn a_restart_keeps_sessions_and_their_ends_and_loses_flows_harmlessly() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let staying = Actor::nobody_at(program.address);
    staying.logs_in("alice", "123456").await;
    let leaving = Actor::nobody_at(program.address);
    leaving.logs_in("alice", "123456").await;
    let copy = leaving.snapshot();
    leaving.submits_from_page("/logout", &[]).await;
    let (poll, path) = alice.elsewhere().begins_flow("Tea").await;
    let state = staying.opens_flow(&path).await;
    program.kill();

    let program = Program::start(data.path());
    let moved = |actor: &Actor| actor.moved_to(program.address);

    assert_eq!(moved(&staying).is_known_as().await, "alice");
    assert_eq!(moved(&copy).is_known_as().await, "");
    let client = Actor::nobody_at(program.address);
    assert_eq!(client.asks_for(&poll).await.status, 404);
    let lost = moved(&staying)
        .visits(&format!("/login/v2/grant?stateToken={state}"))
        .await;
    lost.expect_page(403, "Access Forbidden");
}

#[tokio::test]
async fn the_command_line_looks_after_app_passwords() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    program.makes_user("alice").await;
    program.kill();
    let run = |arguments: &[&str]| app_password_command(data.path(), arguments);

    let (status, first, _) = run(&["create", "alice", "--label", "phone"]);
    assert_eq!(status, 0);
    let (_, second, _) = run(&["create", "alice", "--label", "tablet"]);
    let (_, list, _) = run(&["list", "alice"]);
    let names: Vec<_> = list
        .lines()
        .map(|line| line.split('\t').nth(1).unwrap())
        .collect();
    assert_eq!(names, ["tablet", "phone"]);
    let phone = list.lines().nth(1).unwrap().split('\t').next().unwrap();
    assert_eq!(run(&["revoke", "alice", phone]).0, 0);
    let (status, _, error) = run(&["revoke", "alice", phone]);
    assert_eq!(
        (status, error.contains("no such app password")),
        (1, true),
        "{error}"
    );
    let (status, _, error) = run(&["list", "nobody"]);
    assert_eq!(
        (status, error.contains("User does not exist")),
        (1, true),
        "{error}"
    );

    let program = Program::start(data.path());
    let device = |secret: &str| Actor::at(program.address, "alice", secret.trim_end());
    assert_eq!(device(&first).is_known_as().await, "");
    assert_eq!(device(&second).is_known_as().await, "alice");
    let (status, _, error) = run(&["wipe", "alice"]);
    assert_eq!(
        (status, error.contains("the server is running")),
        (1, true),
        "{error}"
    );
    program.kill();
    assert_eq!(run(&["wipe", "alice"]).0, 0);

    let program = Program::start(data.path());
    let device = Actor::at(program.address, "alice", second.trim_end());
    assert_eq!(device.is_known_as().await, "");
    let fields = [("token", second.trim_end())];
    let asked = device.post("/core/wipe/check", &fields).await;
    assert_eq!(asked.text, r#"{"wipe":true}"#);
}
