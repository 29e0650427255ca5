//! The login page: right and wrong passwords, forms from elsewhere, where it leads. Source: server.md 6.3, 21; ocs.md 5.

use crate::support::{Actor, Answer, Request, TestServer};
use chinwag::model::Colour;
use chinwag::ocs::branding::Branding;
use serde_json::json;

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let browser = server.guest();
    (server, browser)
}

#[track_caller]
fn expect_back_at_login(answer: &Answer, browser: &Actor, user: &str) {
    answer.expect_led_to(browser, &format!("/login?direct=1&user={user}"));
}

// In.

#[tokio::test]
async fn the_page_asks_for_name_and_password() {
    let (_server, browser) = alice().await;

    let page = browser.visits("/index.php/login?user=al%22ice").await;

    page.expect_page(200, "Log in");
    assert!(
        page.text.contains("<head data-requesttoken=\""),
        "{}",
        page.text
    );
    assert!(page.text.contains("value=\"al&quot;ice\""), "{}", page.text);
    assert!(page.text.contains("autocomplete=\"username\""));
    assert!(page.text.contains("autocomplete=\"current-password\""));
    assert!(page.text.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_page_wears_the_name_and_colour_that_the_operator_chose() {
    let name = "Tea <Room>".to_owned();
    let branding = Branding::new(name, String::new(), Colour(0xff, 0xd7, 0), None);
    let server = TestServer::wearing(branding).await;

    let page = server.guest().visits("/login").await;

    page.expect_page(200, "Log in");
    assert!(
        page.text
            .contains("<p class=\"brand\">Tea &lt;Room&gt;</p>")
    );
    assert!(page.text.contains("--main:#ffd700"), "on a dark ground");
    assert!(!page.text.contains("Chinwag"), "{}", page.text);
}

#[tokio::test]
async fn the_right_password_logs_the_browser_in_under_a_new_key() {
    let (_server, browser) = alice().await;
    let before = browser.visits("/login").await;
    let before = before.header("set-cookie").unwrap().to_owned();

    let answer = browser.logs_in(" alice ", "123456").await;

    answer.expect_led_to(&browser, "/apps/spreed/");
    let cookie = answer.header("set-cookie").unwrap();
    assert_ne!(before[..40], cookie[..40], "the key is at the front");
    assert!(
        cookie.contains("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(browser.is_known_as().await, "alice");
    let page = browser.visits("/apps/spreed/").await;
    page.expect_page(200, "Your account");
    assert!(
        page.text.contains("alice-displayname (alice)"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn an_address_logs_in_as_well() {
    let (server, browser) = alice().await;
    let fields = [("key", "email"), ("value", "alice@tea.example")];
    let path = "/ocs/v2.php/cloud/users/alice";
    server
        .admin()
        .put(path, &fields)
        .await
        .expect(200, json!([]));

    browser.logs_in("alice@tea.example", "123456").await;

    assert_eq!(browser.is_known_as().await, "alice");
}

#[tokio::test]
async fn who_is_logged_in_is_led_on() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let plain = browser.visits("/login").await;
    let wish = browser.visits("/login?redirect_url=/call/abcd2345").await;
    let elsewhere = browser.visits("/login?redirect_url=//evil.example").await;

    plain.expect_led_to(&browser, "/apps/spreed/");
    wish.expect_led_to(&browser, "/call/abcd2345");
    elsewhere.expect_led_to(&browser, "/apps/spreed/");
}

#[tokio::test]
async fn the_front_leads_to_the_login_or_to_the_account() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let visitor = server.guest().visits("/").await;
    let account = browser.visits("/index.php").await;

    assert_eq!(visitor.status, 302);
    assert_eq!(
        visitor.header("location").unwrap(),
        format!("{}/login", browser.origin())
    );
    assert_eq!(account.status, 302);
    assert_eq!(
        account.header("location").unwrap(),
        format!("{}/apps/spreed/", browser.origin())
    );
}

// Where it leads.

#[tokio::test]
async fn a_page_that_needs_a_login_is_returned_to_after_it() {
    let (_server, browser) = alice().await;
    let asked = browser.visits("/apps/spreed/?callUser=b%26b&x=1").await;
    asked.expect_led_to(
        &browser,
        "/login?redirect_url=/apps/spreed/?callUser%3Db%2526b%26x%3D1",
    );

    let page = browser.visits(asked.header("location").unwrap()).await;
    let target = page.hidden("redirect_url");
    let answer = browser
        .fills_in("alice", "123456", &target)
        .await
        .send()
        .await;

    answer.expect_led_to(&browser, "/apps/spreed/?callUser=b%26b&x=1");
}

#[tokio::test]
async fn nobody_is_led_to_another_server() {
    for target in [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        ".evil.example",
        "@evil.example",
        "/@evil.example",
        "/x\r\nSet-Cookie: a=b",
        "evil.example",
    ] {
        let (_server, browser) = alice().await;
        let answer = browser
            .fills_in("alice", "123456", target)
            .await
            .send()
            .await;
        answer.expect_led_to(&browser, "/apps/spreed/");
        assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1);
    }
}

// Not in.

#[tokio::test]
async fn a_wrong_password_leads_back_and_says_so_once() {
    let (_server, browser) = alice().await;

    let answer = browser.logs_in("alice", "wrong").await;

    expect_back_at_login(&answer, &browser, "alice");
    let page = browser.visits("/login?direct=1&user=alice").await;
    assert!(
        page.text.contains("Wrong name or password."),
        "{}",
        page.text
    );
    assert!(!browser.visits("/login").await.text.contains("Wrong name"));
    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn an_unknown_name_looks_like_a_wrong_password() {
    let (server, browser) = alice().await;
    let other = server.guest();

    let wrong = browser.logs_in("alice", "wrong").await;
    let unknown = other.logs_in("elice", "wrong").await;

    expect_back_at_login(&wrong, &browser, "alice");
    expect_back_at_login(&unknown, &other, "elice");
    assert_eq!(wrong.text, unknown.text);
    let mask = |text: &str, page: &Answer| {
        let token = page.hidden("requesttoken");
        text.replace(&token, "TOKEN")
    };
    let first = browser.visits("/login").await;
    let second = other.visits("/login").await;
    assert_eq!(mask(&first.text, &first), mask(&second.text, &second));
}

#[tokio::test]
async fn a_disabled_account_is_told_only_to_who_has_its_password() {
    let (server, browser) = alice().await;
    let path = "/ocs/v2.php/cloud/users/alice/disable";
    server.admin().put(path, &[]).await.expect(200, json!([]));

    browser.logs_in("alice", "wrong").await;
    let guessed = browser.visits("/login").await;
    browser.logs_in("alice", "123456").await;
    let known = browser.visits("/login").await;

    assert!(guessed.text.contains("Wrong name or password."));
    assert!(known.text.contains("This account is disabled."));
    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn an_app_password_opens_no_pages() {
    let (server, browser) = alice().await;
    let secret = server.app_password("alice").await;

    let answer = browser.logs_in("alice", &secret).await;

    expect_back_at_login(&answer, &browser, "alice");
    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn odd_names_are_wrong() {
    let (_server, browser) = alice().await;
    let long = "x".repeat(256);

    for name in ["", " ", long.as_str()] {
        let answer = browser.logs_in(name, "123456").await;
        expect_back_at_login(&answer, &browser, "");
    }
    let answer = browser.logs_in("a\r\nSet-Cookie: x=1", "123456").await;

    expect_back_at_login(&answer, &browser, "a%0D%0ASet%2DCookie%3A%20x%3D1");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_with_the_right_password() {
    let (_server, browser) = alice().await;
    let sent_from = |request: Request, origin: &str| match origin {
        "" => request.without_header("origin"),
        origin => request.header("origin", origin),
    };
    for origin in [
        "",
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "file://",
        "x",
    ] {
        let request = browser.fills_in("alice", "123456", "").await;

        let answer = sent_from(request, origin).send().await;

        expect_back_at_login(&answer, &browser, "alice");
        assert_eq!(browser.is_known_as().await, "", "{origin}");
        let page = browser.visits("/login").await;
        assert!(
            page.text.contains("not from here"),
            "{origin}: {}",
            page.text
        );
    }
}

#[tokio::test]
async fn a_form_without_the_sessions_token_is_refused() {
    let (server, browser) = alice().await;
    let foreign = server.guest().request_token().await;
    browser.visits("/login").await;

    for token in ["", "x", "AAAA:AAAA", &foreign] {
        let fields = [
            ("user", "alice"),
            ("password", "123456"),
            ("requesttoken", token),
        ];
        let request = browser.request("POST", "/login").form(&fields);
        let answer = request.header("origin", &browser.origin()).send().await;
        expect_back_at_login(&answer, &browser, "alice");
        assert_eq!(browser.is_known_as().await, "");
    }
}

#[tokio::test]
async fn a_form_of_another_site_does_not_take_the_cookie_away() {
    let (server, _) = alice().await;

    let request = server.guest().request("POST", "/login");
    let answer = request.header("sec-fetch-site", "cross-site").send().await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn who_guesses_passwords_is_refused_at_last() {
    let server = TestServer::on_guard().await;
    server.users(["alice"]).await;
    let browser = server.guest();
    for _ in 0..11 {
        let request = browser.fills_in("alice", "wrong", "").await;
        let answer = server.answer_in_time(request).await;
        expect_back_at_login(&answer, &browser, "alice");
    }

    let request = browser.fills_in("alice", "123456", "").await;
    let answer = server.answer_in_time(request).await;

    answer.expect_page(429, "Too many attempts");
}

// Out.

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let copy = browser.snapshot();

    let answer = browser.submits_from_page("/logout", &[]).await;

    answer.expect_led_to(&browser, "/login?clear=1");
    assert_eq!(
        answer.header("clear-site-data"),
        Some("\"cache\", \"storage\"")
    );
    assert_eq!(browser.is_known_as().await, "");
    assert_eq!(copy.is_known_as().await, "", "a stolen cookie");
}

#[tokio::test]
async fn a_link_with_a_token_logs_out_as_well() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let token = browser.request_token().await;

    let answer = browser
        .visits(&format!("/logout?requesttoken={token}"))
        .await;

    answer.expect_led_to(&browser, "/login?clear=1");
    assert_eq!(browser.is_known_as().await, "");
}

#[tokio::test]
async fn no_foreign_page_logs_anybody_out() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let page = browser.visits("/logout").await;
    let script = browser
        .request("POST", "/logout")
        .without_header("ocs-apirequest")
        .send()
        .await;

    page.expect_page(412, "This page is too old");
    assert_eq!(script.status, 412);
    assert_eq!(script.text, r#"{"message":"CSRF check failed"}"#);
    assert_eq!(browser.is_known_as().await, "alice");
}

#[tokio::test]
async fn logging_out_closes_the_conversations_of_the_browser() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let room = browser.creates_group("Tea").await;
    browser.joins(&room).await;

    browser.submits_from_page("/logout", &[]).await;

    let [alice] = [server.actor(Some(("alice", "123456")))];
    let seen = alice.participants(&room).await;
    assert_eq!(seen[0]["sessionIds"], json!([]));
}

// Tokens.

#[tokio::test]
async fn a_request_token_replaces_the_header() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let (one, two) = (browser.request_token().await, browser.request_token().await);
    assert_ne!(one, two, "masked anew");
    let path = "/ocs/v2.php/cloud/user";
    let bare = || {
        browser
            .request("GET", path)
            .without_header("ocs-apirequest")
    };

    let by_header = bare().header("requesttoken", &one).send().await;
    let by_form = browser
        .request("POST", "/ocs/v2.php/apps/spreed/api/v4/room")
        .without_header("ocs-apirequest")
        .form(&[
            ("requesttoken", &two),
            ("roomType", "2"),
            ("roomName", "Tea"),
        ])
        .send()
        .await;
    let without = bare().send().await;
    let foreign = server.guest().request_token().await;
    let wrong = bare().header("requesttoken", &foreign).send().await;

    assert_eq!(by_header.status, 200, "{}", by_header.text);
    assert_eq!(by_form.status, 201, "{}", by_form.text);
    assert_eq!(without.status, 412);
    assert_eq!(wrong.status, 412);
}

#[tokio::test]
async fn a_request_token_is_not_for_pages_of_other_sites() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;

    let request = browser.request("GET", "/index.php/csrftoken");
    let answer = request.header("sec-fetch-site", "cross-site").send().await;

    assert_eq!((answer.status, answer.text.as_str()), (403, "[]"));
}

// The door.

#[tokio::test]
async fn private_and_unknown_conversations_both_lead_visitors_to_the_login() {
    let server = TestServer::start().await;
    let browser = server.browser_of_alice().await;
    let private = browser.creates_group("Secret").await;
    let visitor = server.guest();

    for token in [private.as_str(), "abcd2345"] {
        let path = format!("/call/{token}");
        let page = visitor.visits(&path).await;
        page.expect_led_to(&visitor, &format!("/login?redirect_url=/call/{token}"));
        assert_eq!(page.text, "");
        assert_eq!(visitor.get(&path).await.status, 404);
    }
    let member = browser.visits(&format!("/call/{private}")).await;
    member.expect_page(200, "Secret");
    assert!(member.text.contains(&browser.origin()), "{}", member.text);
    server.users(["bob"]).await;
    visitor.logs_in("bob", "123456").await;
    let stranger = visitor.visits(&format!("/call/{private}")).await;
    stranger.expect_page(404, "Nothing to see here");
}
