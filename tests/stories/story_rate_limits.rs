//! Who asks too often is turned away for a while. Source: ocs.md 8.2, chat-extras.md 5.

use crate::support::rooms::{cloud, room};
use crate::support::{Actor, Answer, Request, TestServer, chat, talk};

const OLD_ANDROID: &str = "Mozilla/5.0 (Android) Nextcloud-Talk v14.9.9";

async fn with_accounts() -> (TestServer, Actor, Actor) {
    let server = TestServer::on_guard().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

fn profile(id: &str) -> String {
    format!("/ocs/v2.php/profile/{id}")
}

fn references(path: &str) -> String {
    format!("/ocs/v2.php/references/{path}")
}

async fn edits(actor: &Actor, id: &str, value: &str) -> Answer {
    let fields = [("key", "headline"), ("value", value)];
    actor.put(&cloud(&format!("users/{id}")), &fields).await
}

async fn translates(actor: &Actor) -> Answer {
    let path = "/ocs/v2.php/translation/translate";
    actor
        .post(path, &[("text", "tea"), ("toLanguage", "de")])
        .await
}

async fn asks(count: usize, status: u16, request: impl Fn() -> Request) {
    for number in 1..=count {
        let answer = request().send().await;
        assert_eq!(answer.status, status, "{number}: {}", answer.text);
    }
}

#[track_caller]
fn expect_too_often(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text);
    assert_eq!(answer.text, "");
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/html; charset=UTF-8"));
}

// Profiles: 30 in 120 seconds.

#[tokio::test]
async fn thirty_profiles_are_read_and_one_more_is_refused() {
    let (_server, alice, _bob) = with_accounts().await;
    asks(29, 200, || alice.request("GET", &profile("bob"))).await;
    asks(1, 200, || alice.request("GET", &profile("alice"))).await;

    let one_more = alice.get(&profile("bob")).await;

    expect_too_often(&one_more);
}

#[tokio::test]
async fn through_v1_and_in_xml_the_refusal_is_the_same() {
    let (_server, alice, _bob) = with_accounts().await;
    asks(15, 200, || alice.request("GET", &profile("bob"))).await;
    let v1 = "/ocs/v1.php/profile/bob";
    asks(15, 200, || alice.request("GET", v1)).await;

    expect_too_often(&alice.get(v1).await);
    expect_too_often(&alice.request("GET", &profile("bob")).xml().send().await);
}

#[tokio::test]
async fn nobody_else_and_nothing_else_is_refused() {
    let (_server, alice, bob) = with_accounts().await;
    asks(30, 200, || alice.request("GET", &profile("bob"))).await;
    expect_too_often(&alice.get(&profile("bob")).await);

    assert_eq!(bob.get(&profile("alice")).await.status, 200);
    assert_eq!(bob.get(&profile("bob")).await.status, 200);
    let card = "/ocs/v2.php/hovercard/v1/bob";
    assert_eq!(alice.get(card).await.status, 200);
    assert_eq!(edits(&alice, "alice", "Tea").await.status, 200);
}

#[tokio::test]
async fn another_browser_of_the_account_is_counted_with_it() {
    let (_server, alice, _bob) = with_accounts().await;
    asks(30, 200, || alice.request("GET", &profile("bob"))).await;

    let elsewhere = alice.elsewhere();

    expect_too_often(&elsewhere.get(&profile("bob")).await);
}

#[tokio::test]
async fn when_the_period_is_over_one_may_ask_again() {
    let (server, alice, _bob) = with_accounts().await;
    asks(20, 200, || alice.request("GET", &profile("bob"))).await;
    server.advance(60);
    asks(10, 200, || alice.request("GET", &profile("bob"))).await;
    server.advance(59);
    expect_too_often(&alice.get(&profile("bob")).await);
    server.advance(1);

    // The first twenty are over, and what was refused did not count.
    asks(20, 200, || alice.request("GET", &profile("bob"))).await;
    expect_too_often(&alice.get(&profile("bob")).await);
}

#[tokio::test]
async fn what_the_handler_refuses_counts() {
    let (_server, alice, _bob) = with_accounts().await;
    asks(30, 404, || alice.request("GET", &profile("nobody"))).await;

    expect_too_often(&alice.get(&profile("bob")).await);
}

#[tokio::test]
async fn what_is_refused_before_does_not_count() {
    let (server, alice, _bob) = with_accounts().await;
    let without_header = || {
        let request = alice.request("GET", &profile("bob"));
        request.without_header("ocs-apirequest")
    };
    asks(31, 412, without_header).await;
    let guest = server.guest();
    asks(31, 401, || guest.request("GET", &profile("bob"))).await;

    asks(30, 200, || alice.request("GET", &profile("bob"))).await;

    assert_eq!(without_header().send().await.status, 412);
    expect_too_often(&alice.get(&profile("bob")).await);
}

#[tokio::test]
async fn without_protection_nothing_is_counted() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    asks(31, 200, || alice.request("GET", &profile("alice"))).await;
}

// The other rows.

#[tokio::test]
async fn fifty_edits_of_accounts_fit_into_ten_minutes() {
    let (server, alice, _bob) = with_accounts().await;
    let admin = server.admin();
    for number in 0..50 {
        let id = ["alice", "bob"][number % 2];
        let answer = edits(&admin, id, &format!("Tea {number}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    expect_too_often(&edits(&admin, "bob", "Coffee").await);

    let seen = alice.get(&profile("bob")).await;
    assert_eq!(seen.data()["headline"], "Tea 49");
    assert_eq!(edits(&alice, "alice", "Coffee").await.status, 200);
    server.advance(599);
    expect_too_often(&edits(&admin, "bob", "Coffee").await);
    server.advance(1);
    assert_eq!(edits(&admin, "bob", "Coffee").await.status, 200);
}

#[tokio::test]
async fn visitors_of_one_address_look_up_so_many_links() {
    let (server, alice, _bob) = with_accounts().await;
    let link = "https%3A%2F%2Ftea.example%2F";
    let one = references(&format!("resolvePublic?reference={link}"));
    let several = references("resolvePublic");
    let in_text = references("extractPublic");
    // Each with cookies of its own.
    asks(25, 200, || server.guest().request("GET", &one)).await;
    asks(25, 200, || {
        let request = server.guest().request("POST", &several);
        request.form(&[("references[]", "https://tea.example/")])
    })
    .await;
    let in_a_text = |actor: &Actor| {
        let request = actor.request("POST", &in_text);
        request.form(&[("text", "https://tea.example/")])
    };
    asks(10, 200, || in_a_text(&server.guest())).await;

    expect_too_often(&server.guest().get(&one).await);
    let fields = [("references[]", "https://tea.example/")];
    expect_too_often(&server.guest().post(&several, &fields).await);
    expect_too_often(&in_a_text(&server.guest()).send().await);

    // Accounts are not counted here.
    asks(26, 200, || alice.request("GET", &one)).await;
    asks(11, 200, || in_a_text(&alice)).await;
    server.advance(119);
    expect_too_often(&server.guest().get(&one).await);
    server.advance(1);
    assert_eq!(server.guest().get(&one).await.status, 200);
}

#[tokio::test]
async fn accounts_ask_for_more_translations_than_visitors() {
    let (server, alice, bob) = with_accounts().await;
    for _ in 0..10 {
        assert_eq!(translates(&server.guest()).await.status, 412);
    }
    expect_too_often(&translates(&server.guest()).await);
    for _ in 0..25 {
        assert_eq!(translates(&alice).await.status, 412);
    }
    expect_too_often(&translates(&alice).await);

    assert_eq!(translates(&bob).await.status, 412);
    server.advance(120);
    assert_eq!(translates(&server.guest()).await.status, 412);
    assert_eq!(translates(&alice).await.status, 412);
}

#[tokio::test]
async fn sixty_reminders_and_sixty_summaries_fit_into_an_hour() {
    let (server, alice, bob) = with_accounts().await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let id = alice.posts(&token, "Scones").await;
    let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
    let reminds = |actor: &Actor| {
        let request = actor.request("POST", &path);
        request.form(&[("timestamp", "5000000000")])
    };
    let summary = format!("{}/summarize", chat(&token));
    let summarizes = || {
        let request = bob.request("POST", &summary);
        request.form(&[("fromMessageId", "1")])
    };
    asks(60, 201, || reminds(&bob)).await;
    asks(60, 400, summarizes).await;

    expect_too_often(&reminds(&bob).send().await);
    expect_too_often(&summarizes().send().await);

    assert_eq!(reminds(&alice).send().await.status, 201);
    assert_eq!(bob.get(&path).await.status, 200);
    assert_eq!(bob.delete(&path, &[]).await.status, 200);
    server.advance(3599);
    expect_too_often(&reminds(&bob).send().await);
    server.advance(1);
    assert_eq!(reminds(&bob).send().await.status, 201);
    assert_eq!(summarizes().send().await.status, 400);
}

// The order: ocs.md 2.

#[tokio::test]
async fn who_asks_too_often_hears_it_before_what_the_client_or_the_room_is() {
    let (_server, alice, _bob) = with_accounts().await;
    let token = alice.creates_group("Tea").await;
    let id = alice.posts(&token, "Scones").await;
    let path = talk(&format!("/api/v1/chat/{token}/{id}/reminder"));
    let outdated = || {
        let request = alice.request("POST", &path);
        request.header("user-agent", OLD_ANDROID)
    };
    asks(60, 426, outdated).await;

    expect_too_often(&outdated().send().await);
    let elsewhere = talk("/api/v1/chat/abcd2345/1/reminder");
    expect_too_often(&alice.post(&elsewhere, &[]).await);
}

#[tokio::test]
async fn who_guesses_hears_of_that_first() {
    let (server, alice, _bob) = with_accounts().await;
    let path = talk("/api/v1/chat/abcd2345/1/reminder");
    let guest = server.guest();
    for _ in 0..11 {
        let answer = server.answer_in_time(guest.request("GET", &room("abcd2345")));
        assert_eq!(answer.await.status, 404);
    }

    for _ in 0..61 {
        let answer = server.answer_in_time(alice.request("POST", &path)).await;
        answer.says(429, 429, "Reached maximum delay");
    }
}

// The description.

#[tokio::test]
async fn the_description_tells_of_it() {
    let server = TestServer::start().await;
    let description = server.guest().get("/openapi.json").await.json();
    let told = |path: &str, method: &str| {
        let responses = &description["paths"][path][method]["responses"];
        responses["429"]["description"].clone()
    };

    assert_eq!(
        told("/ocs/v2.php/profile/{userId}", "get"),
        "After 30 requests in 120 seconds of an account"
    );
    assert_eq!(
        told("/ocs/v2.php/translation/translate", "post"),
        "After 25 requests in 120 seconds of an account, or 10 requests in 120 seconds of an address without login"
    );
    assert!(told("/ocs/v2.php/hovercard/v1/{userId}", "get").is_null());
}
