//! The web interface's own requests: cookies instead of credentials, and a request token from the page that asks.
//! Source: ocs.md 4.5, 5, 12; server.md 6.3, 22; conversations.md 7.4.

use crate::support::clients::{
    Device, Kind, MESSAGE, NOTIFICATION, ROOM, expect_capabilities, expect_fields,
};
use crate::support::rooms::{cloud, room_part};
use crate::support::{Actor, TestServer, chat, talk};
use serde_json::json;

/// Alice's browser after she has logged in on the page.
async fn logs_in(server: &TestServer) -> Device {
    let browser = server.device(Kind::Web, None);
    let answer = browser.actor.logs_in("alice", "123456").await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    with_token(browser).await
}

async fn with_token(mut browser: Device) -> Device {
    let answer = browser.gets("/csrftoken").await.json();
    browser.request_token = answer["token"].as_str().map(str::to_owned);
    browser
}

#[tokio::test]
async fn a_browser_is_known_by_its_cookies_and_proves_where_it_asks_from() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let mut browser = logs_in(&server).await;

    expect_capabilities(&browser.reads(&cloud("capabilities")).await.data());
    assert_eq!(browser.reads(&cloud("user")).await.data()["id"], "alice");
    let token = browser.request_token.take();
    let refused = browser.gets(&cloud("user")).await;
    assert_eq!(
        (refused.status, refused.json()),
        (412, json!({"message": "CSRF check failed"}))
    );
    browser.request_token = Some("bm90IGl0:bm90IGl0".to_owned());
    assert_eq!(browser.gets(&cloud("user")).await.status, 412);
    browser.request_token = token;
    assert_eq!(browser.reads(&cloud("user")).await.data()["id"], "alice");
    // Tokens look different each time, and each of them holds.
    let again = with_token(browser).await;
    assert_eq!(again.reads(&cloud("user")).await.data()["id"], "alice");
}

#[tokio::test]
async fn two_tabs_are_two_views_of_one_session() {
    let server = TestServer::start().await;
    let (_alice, _bob, token) = server.tea().await;
    let tab = logs_in(&server).await;
    let open = room_part(&token, "participants/active");

    let joined = tab.sends("POST", &open, &[("force", json!(false))]).await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let pull = talk(&format!("/api/v3/signaling/{token}"));
    assert_eq!(tab.reads(&pull).await.data()[0]["type"], "usersInRoom");
    let waiting = tab.asks("GET", &pull).start();
    server.until_pulling(&token, 1).await;
    let other = tab.sends("POST", &open, &[("force", json!(true))]).await;
    assert_eq!(other.status, 200, "{}", other.text);
    assert_ne!(other.data()["sessionId"], joined.data()["sessionId"]);
    let replaced = waiting.await.unwrap();
    assert_eq!(replaced.status, 409, "{}", replaced.text);
    assert_eq!(tab.reads(&pull).await.status, 200);
}

#[tokio::test]
async fn a_day_in_the_browser() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let first = bob.posts(&token, "@alice tea?").await;
    let browser = logs_in(&server).await;
    let rooms = browser
        .reads(&talk(
            "/api/v4/room?noStatusUpdate=0&includeStatus=1&modifiedSince=0&includeLastMessage=true",
        ))
        .await
        .data();
    expect_fields(&rooms[0], ROOM);
    browser
        .sends(
            "POST",
            &room_part(&token, "participants/active"),
            &[("force", json!(false))],
        )
        .await;
    let context = browser
        .reads(&format!("{}/{first}/context?limit=50", chat(&token)))
        .await
        .data();
    expect_fields(&context[0], MESSAGE);
    let sent = browser
        .sends(
            "POST",
            &chat(&token),
            &[
                ("message", json!("Yes, **please**")),
                ("silent", json!(false)),
                ("replyTo", json!(0)),
            ],
        )
        .await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let answered = bob
        .replies(&token, sent.data()["id"].as_i64().unwrap(), "Milk?")
        .await;
    let told = browser
        .reads("/ocs/v2.php/apps/notifications/api/v2/notifications")
        .await
        .data();
    expect_fields(&told[0], NOTIFICATION);
    assert_eq!(told[0]["object_id"], format!("{token}/{answered}"));
    let found = browser
        .reads(&format!(
            "/ocs/v2.php/search/providers/talk-message-current/search?term=milk&from=/call/{token}"
        ))
        .await
        .data();
    expect_fields(&found, "name:text isPaginated:flag entries:list");
    assert_eq!(
        browser
            .sends(
                "POST",
                &format!("{}/read", chat(&token)),
                &[("lastReadMessage", json!(answered))]
            )
            .await
            .status,
        200
    );
    let setting = [("key", json!("typing_privacy")), ("value", json!(1))];
    assert_eq!(
        browser
            .sends("POST", &talk("/api/v1/settings/user"), &setting)
            .await
            .status,
        200
    );
    assert_eq!(
        browser
            .sends("DELETE", &room_part(&token, "participants/active"), &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn after_the_logout_the_cookies_are_nobody() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let browser = logs_in(&server).await;
    let copy: Actor = browser.actor.clone();
    let token = browser.request_token.clone().unwrap();
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();

    let left = browser
        .actor
        .visits(&format!("/logout?requesttoken={token}"))
        .await;

    left.expect_led_to(&browser.actor, "/login?clear=1");
    assert_eq!(copy.is_known_as().await, "");
    let refused = browser
        .asks("GET", &cloud("user"))
        .header("ocs-apirequest", "true")
        .send()
        .await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), None);
}
