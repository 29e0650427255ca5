//! Login flows: a client gets an app password by way of a browser. Source: server.md 6.1, 6.2, 22.

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer};
use serde_json::json;

const APP: &str = "Mozilla/5.0 (Android) Nextcloud Talk v21.1.0";

#[track_caller]
fn expect_nothing(answer: &Answer) {
    assert_eq!((answer.status, answer.text.as_str()), (404, "[]"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("set-cookie"), None);
}

#[track_caller]
fn expect_refused(answer: &Answer, text: &str) {
    answer.expect_page(403, "Access Forbidden");
    assert!(answer.text.contains(text), "{}", answer.text);
}

/// Grants a flow whose state token is known.
async fn grants(browser: &Actor, state: &str) -> Answer {
    let fields = [("stateToken", state)];
    browser.submits_from_page("/login/v2/grant", &fields).await
}

/// What the client got.
async fn who_got(server: &TestServer, answer: &Answer) -> Actor {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let got = answer.json();
    let secret = got["appPassword"].as_str().unwrap();
    assert_eq!(secret.len(), 72);
    server.actor(Some((got["loginName"].as_str().unwrap(), secret)))
}

// Asked for again and again.

#[tokio::test]
async fn a_client_calls_itself_what_it_likes_in_any_script() {
    let server = TestServer::start().await;
    for (agent, shown) in [
        ("Caf\u{e9} \u{8336} 1.0", "“Caf\u{e9} \u{8336} 1.0”"),
        ("left\u{202e}\tthgir", "“left thgir”"),
        ("\u{200b}", "“Unknown client”"),
    ] {
        let (client, browser) = (server.guest(), server.guest());
        let (_, path) = client.begins_flow(agent).await;
        browser.opens_flow(&path).await;
        let page = browser.visits("/login/v2/flow").await;
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
        let page = browser.opens_redirect_flow(agent).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
}

#[tokio::test]
async fn a_client_gets_an_app_password_once_it_is_granted() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let (client, browser) = (server.guest(), server.guest());
    let (poll, path) = client.begins_flow(APP).await;
    assert_eq!(
        (poll.len(), path.len()),
        (128, 128 + "/login/v2/flow/".len())
    );
    expect_nothing(&client.asks_for(&poll).await);

    let opened = browser
        .visits(&format!("/index.php{path}?user=ali%20ce"))
        .await;
    opened.expect_led_to(&browser, "/login/v2/flow?user=ali%20ce&direct=0");
    let first = browser.visits("/login/v2/flow?user=alice&direct=0").await;
    first.expect_page(200, "Connect to your account");
    assert!(
        first.text.contains("Nextcloud Talk v21.1.0"),
        "{}",
        first.text
    );
    let state = first.hidden("stateToken");
    assert_eq!(state.len(), 64);
    let grant = format!("/login/v2/grant?user=&direct=0&stateToken={state}");
    let asked = browser.visits(&grant).await;
    let login =
        format!("/login?redirect_url=/login/v2/grant?user%3D%26direct%3D0%26stateToken%3D{state}");
    asked.expect_led_to(&browser, &login);
    let page = browser.visits(&login).await;
    let target = page.hidden("redirect_url");
    let logged_in = browser
        .fills_in("ALICE", "123456", &target)
        .await
        .send()
        .await;
    logged_in.expect_led_to(&browser, &grant);
    let page = browser.visits(&grant).await;
    page.expect_page(200, "Account access");
    assert!(
        page.text.contains("alice-displayname (alice)"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Nextcloud Talk v21.1.0"));
    expect_nothing(&client.asks_for(&poll).await);
    let fields = [
        ("requesttoken", page.hidden("requesttoken")),
        ("stateToken", page.hidden("stateToken")),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let done = browser.submits("/login/v2/grant", &fields).await;
    done.expect_page(200, "Account connected");

    let granted = client.asks_for(&poll).await;

    assert_eq!(granted.json()["server"], json!(browser.origin()));
    assert_eq!(granted.json()["loginName"], "ALICE");
    let device = who_got(&server, &granted).await;
    assert_eq!(device.is_known_as().await, "alice");
    expect_nothing(&client.asks_for(&poll).await);
    let devices = browser.visits("/devices").await;
    assert!(
        devices.text.contains("Nextcloud Talk v21.1.0"),
        "{}",
        devices.text
    );
    assert_eq!(alice.is_known_as().await, "alice");
}

#[tokio::test]
async fn a_client_that_asks_for_nothing_gets_nothing() {
    let server = TestServer::start().await;
    let client = server.guest();

    expect_nothing(&client.asks_for("nonsense").await);
    expect_nothing(&client.asks_for("").await);
    let without = client.post("/login/v2/poll", &[]).await;
    expect_nothing(&without);
    assert_eq!(client.get("/login/v2").await.status, 405);
    let wrong = server.actor(Some(("alice", "wrong")));
    let (poll, _) = wrong.begins_flow(APP).await;
    expect_nothing(&wrong.asks_for(&poll).await);
}

#[tokio::test]
async fn a_flow_lasts_twenty_minutes() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let client = server.guest();
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    let (granted_poll, other_path) = client.begins_flow(APP).await;
    let other = browser.snapshot();

    server.advance(1199);
    assert_eq!(browser.visits(&path).await.status, 303);
    server.advance(1);

    let expired = "Your login token is invalid or has expired";
    expect_refused(&browser.visits(&path).await, expired);
    expect_refused(&browser.visits("/login/v2/flow").await, expired);
    expect_refused(&grants(&other, &state).await, "State token does not match");
    expect_refused(&other.visits(&other_path).await, expired);
    expect_nothing(&client.asks_for(&poll).await);
    expect_nothing(&client.asks_for(&granted_poll).await);
}

#[tokio::test]
async fn a_grant_that_nobody_fetches_in_time_is_lost() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let client = server.guest();
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    grants(&browser, &state)
        .await
        .expect_page(200, "Account connected");

    server.advance(1200);

    expect_nothing(&client.asks_for(&poll).await);
}

#[tokio::test]
async fn unknown_flows_are_refused() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let expired = "Your login token is invalid or has expired";

    for path in ["/login/v2/flow/nonsense", "/login/v2/flow"] {
        expect_refused(&browser.visits(path).await, expired);
    }
    let missing = browser.visits("/login/v2/grant").await;
    let wrong = browser.visits("/login/v2/grant?stateToken=x").await;

    expect_refused(&missing, "State token missing");
    expect_refused(&wrong, "State token does not match");
}

#[tokio::test]
async fn a_state_token_is_good_once_and_in_its_browser_only() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    server.users(["bob"]).await;
    let foreign = server.guest();
    foreign.logs_in("bob", "123456").await;
    let client = server.guest();
    let (_, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;

    let stolen = grants(&foreign, &state).await;
    let missing = grants(&browser, "").await;
    let wrong = grants(&browser, &"x".repeat(64)).await;
    let first = grants(&browser, &state).await;
    let again = grants(&browser, &state).await;

    expect_refused(&stolen, "State token does not match");
    expect_refused(&missing, "State token missing");
    expect_refused(&wrong, "State token does not match");
    first.expect_page(200, "Account connected");
    expect_refused(&again, "State token does not match");
    expect_refused(
        &foreign.visits(&path).await,
        "Your login token is invalid or has expired",
    );
}

#[tokio::test]
async fn a_reloaded_page_has_a_new_state_token() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let (_, path) = server.guest().begins_flow(APP).await;
    let old = browser.opens_flow(&path).await;
    let new = browser.opens_flow(&path).await;

    let refused = grants(&browser, &old).await;
    let granted = grants(&browser, &new).await;

    expect_refused(&refused, "State token does not match");
    granted.expect_page(200, "Account connected");
}

#[tokio::test]
async fn granting_needs_a_request_token_and_a_login() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let client = server.guest();
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    let visitor = server.guest();
    let (_, other_path) = client.begins_flow(APP).await;
    let other_state = visitor.opens_flow(&other_path).await;

    let forged = browser
        .submits("/login/v2/grant", &[("stateToken", &state)])
        .await;
    let nobody = grants(&visitor, &other_state).await;

    forged.expect_page(412, "This page is too old");
    nobody.expect_led_to(&visitor, "/login?redirect_url=/");
    expect_nothing(&client.asks_for(&poll).await);
}

#[tokio::test]
async fn a_wrong_password_keeps_the_flow_and_a_form_from_elsewhere_ends_it() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let browser = server.guest();
    let (_, path) = server.guest().begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    let grant = format!("/login/v2/grant?stateToken={state}");

    browser.logs_in("alice", "wrong").await;
    browser.logs_in("alice", "123456").await;
    browser
        .visits(&grant)
        .await
        .expect_page(200, "Account access");
    let other = server.guest();
    let other_state = other.opens_flow(&path).await;
    let request = other.fills_in("alice", "123456", "").await;
    request.header("origin", "null").send().await;
    other.logs_in("alice", "123456").await;

    let page = other
        .visits(&format!("/login/v2/grant?stateToken={other_state}"))
        .await;
    expect_refused(&page, "State token does not match");
}

#[tokio::test]
async fn who_cancels_grants_nothing() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let client = server.guest();
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;

    let fields = [("stateToken", state.as_str())];
    let cancelled = browser.submits_from_page("/login/v2/cancel", &fields).await;

    cancelled.expect_page(200, "Cancelled");
    expect_refused(
        &grants(&browser, &state).await,
        "State token does not match",
    );
    expect_refused(
        &browser.visits(&path).await,
        "Your login token is invalid or has expired",
    );
    expect_nothing(&client.asks_for(&poll).await);
}

#[tokio::test]
async fn a_grant_dies_with_what_it_was_given_by() {
    let server = TestServer::start().await;
    let client = server.guest();
    let browser = server.browser_of_alice().await;
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    grants(&browser, &state)
        .await
        .expect_page(200, "Account connected");
    let fields = [("key", "password"), ("value", "another")];
    let admin = server.admin();
    admin
        .put(&cloud("users/alice"), &fields)
        .await
        .expect(200, json!([]));
    expect_nothing(&client.asks_for(&poll).await);

    browser.logs_in("alice", "another").await;
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    grants(&browser, &state)
        .await
        .expect_page(200, "Account connected");
    admin
        .delete(&cloud("users/alice"), &[])
        .await
        .expect(200, json!([]));

    expect_nothing(&client.asks_for(&poll).await);
}

#[tokio::test]
async fn an_app_password_that_is_there_already_grants_as_well() {
    let server = TestServer::start().await;
    server.users(["alice", "bob"]).await;
    let secret = server.app_password("alice").await;
    let (client, browser) = (server.guest(), server.guest());
    let (poll, path) = client.begins_flow(APP).await;
    let state = browser.opens_flow(&path).await;
    let send = async |user: &str, password: &str| {
        let fields = [
            ("user", user),
            ("password", password),
            ("stateToken", state.as_str()),
        ];
        browser
            .submits_from_page("/login/v2/apptoken", &fields)
            .await
    };

    expect_refused(&send("bob", &secret).await, "Invalid app password");
    expect_refused(&send("alice", "123456").await, "Invalid app password");
    expect_refused(&send("alice", "nonsense").await, "Invalid app password");
    send("alice", &secret)
        .await
        .expect_page(200, "Account connected");

    let granted = client.asks_for(&poll).await;
    // That very one, and no other that would live on after it.
    assert_eq!(granted.json()["appPassword"], secret.as_str());
    let device = who_got(&server, &granted).await;
    assert_eq!(device.is_known_as().await, "alice");
    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn a_session_of_an_app_password_grants_nothing() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let secret = server.app_password("alice").await;
    let device = server.actor(Some(("alice", &secret)));
    assert_eq!(device.is_known_as().await, "alice");
    let client = server.guest();

    for browser in [device.elsewhere(), device.by_cookie_alone()] {
        let (poll, path) = client.begins_flow(APP).await;
        let state = browser.opens_flow(&path).await;
        let other = browser.opens_redirect_flow(APP).await.hidden("stateToken");
        let fields = [("stateToken", other.as_str())];
        for refused in [
            browser
                .visits(&format!("/login/v2/grant?stateToken={state}"))
                .await,
            browser
                .visits(&format!("/login/flow/grant?stateToken={other}"))
                .await,
            grants(&browser, &state).await,
            browser.submits_from_page("/login/flow", &fields).await,
        ] {
            refused.expect_page(403, "Not possible");
        }
        expect_nothing(&client.asks_for(&poll).await);
    }
}

#[tokio::test]
async fn what_a_client_calls_itself_is_shown_and_kept_harmless() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let long = "x".repeat(5000);
    for (name, shown) in [
        (
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;".to_owned(),
        ),
        ("\"><img src=x>", "&quot;&gt;&lt;img src=x&gt;".to_owned()),
        ("", "Unknown client".to_owned()),
        ("\t", "Unknown client".to_owned()),
        (&long, "x".repeat(120)),
    ] {
        let (_, path) = server.guest().begins_flow(name).await;
        browser.visits(&path).await;
        let page = browser.visits("/login/v2/flow").await;
        page.expect_page(200, "Connect to your account");
        assert!(page.text.contains(&format!("“{shown}”")), "{}", page.text);
    }
}

#[tokio::test]
async fn one_address_begins_only_so_many_flows() {
    let server = TestServer::on_guard().await;
    let client = server.guest();
    for _ in 0..100 {
        client.begins_flow(APP).await;
    }

    let refused = client.post("/login/v2", &[]).await;
    server.advance(1200);
    client.begins_flow(APP).await;

    assert_eq!(refused.status, 429);
    assert_eq!(refused.json(), json!({ "message": "" }));
}

// Led to the client.

#[tokio::test]
async fn a_browser_is_led_to_the_client_with_an_app_password() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let browser = server.guest();
    let first = browser.opens_redirect_flow(APP).await;
    first.expect_page(200, "Connect to your account");
    let policy = first.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' nc:;"), "{policy}");
    let state = first.hidden("stateToken");
    browser.logs_in("alice", "123456").await;
    let path = format!("/login/flow/grant?clientIdentifier=&user=&direct=0&stateToken={state}");
    let page = browser.visits(&path).await;
    page.expect_page(200, "Account access");
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("nc:")
    );
    let copy = browser.snapshot();

    let fields = [("stateToken", state.as_str()), ("clientIdentifier", "")];
    let answer = browser.submits_from_page("/login/flow", &fields).await;

    assert_eq!(answer.status, 303, "{}", answer.text);
    let location = answer.header("location").unwrap();
    let start = format!(
        "nc://login/server:{}&user:alice&password:",
        browser.origin()
    );
    let secret = location.strip_prefix(&start).expect(location);
    assert_eq!(secret.len(), 72);
    let device = server.actor(Some(("alice", secret)));
    assert_eq!(device.is_known_as().await, "alice");
    assert_eq!(
        browser.is_known_as().await,
        "",
        "the session was for this only"
    );
    assert_eq!(copy.is_known_as().await, "");
}

#[tokio::test]
async fn a_name_is_encoded_on_its_way_to_the_client() {
    let server = TestServer::start().await;
    let fields = [("userid", "al ice@x"), ("password", "123456")];
    let made = server.admin().post(&cloud("users"), &fields).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let browser = server.guest();
    let state = browser.opens_redirect_flow(APP).await.hidden("stateToken");
    browser.logs_in("al ice@x", "123456").await;

    let fields = [("stateToken", state.as_str())];
    let answer = browser.submits_from_page("/login/flow", &fields).await;

    let location = answer.header("location").unwrap();
    assert!(
        location.contains("&user:al+ice%40x&password:"),
        "{location}"
    );
}

#[tokio::test]
async fn only_apps_open_that_flow() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let without = browser.visits("/login/flow").await;
    let odd = browser
        .request("GET", "/login/flow")
        .header("ocs-apirequest", "1")
        .send()
        .await;

    for page in [&without, &odd] {
        page.expect_page(200, "Access Forbidden");
        assert!(page.text.contains("Invalid request"));
    }
    expect_refused(
        &browser.visits("/login/flow/grant?stateToken=x").await,
        "State token does not match",
    );
}

#[tokio::test]
async fn that_flows_state_token_is_good_once_and_for_it_alone() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let (_, path) = server.guest().begins_flow(APP).await;
    let polled = browser.opens_flow(&path).await;
    let redirected = browser.opens_redirect_flow(APP).await.hidden("stateToken");
    let send = async |path: &str, state: &str| {
        browser
            .submits_from_page(path, &[("stateToken", state)])
            .await
    };

    let crossed = send("/login/flow", &polled).await;
    let other = send("/login/v2/grant", &redirected).await;
    let cancelled = send("/login/flow/cancel", &redirected).await;
    let late = send("/login/flow", &redirected).await;

    expect_refused(&crossed, "State token does not match");
    expect_refused(&other, "State token does not match");
    cancelled.expect_page(200, "Cancelled");
    expect_refused(&late, "State token does not match");
}

#[tokio::test]
async fn an_app_password_that_is_there_already_is_led_to_the_client() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let secret = server.app_password("alice").await;
    let browser = server.guest();
    let state = browser.opens_redirect_flow(APP).await.hidden("stateToken");
    let send = async |password: &str| {
        let fields = [
            ("user", "alice"),
            ("password", password),
            ("stateToken", state.as_str()),
        ];
        browser
            .submits_from_page("/login/flow/apptoken", &fields)
            .await
    };

    expect_refused(&send("123456").await, "Invalid app password");
    let answer = send(&secret).await;

    assert_eq!(answer.status, 303);
    let expected = format!(
        "nc://login/server:{}&user:alice&password:{secret}",
        browser.origin()
    );
    assert_eq!(answer.header("location"), Some(expected.as_str()));
}
