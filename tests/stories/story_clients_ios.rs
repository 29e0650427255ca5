//! Talk on iOS: it logs in in a web view that is led to it, and goes on like Android. Source: server.md 6.2, 22; ocs.md 12.

use crate::support::clients::{
    ACCOUNT, Device, Kind, MESSAGE, ROOM, SIGNALING, expect_capabilities, expect_fields,
    expect_talk,
};
use crate::support::rooms::{cloud, room_part};
use crate::support::{TestServer, chat, talk};
use serde_json::json;

/// Alice's phone after its web view was led from page to page.
async fn logs_in(server: &TestServer) -> Device {
    let web_view = server.guest();
    let first = web_view.opens_redirect_flow(Kind::Ios.user_agent()).await;
    first.expect_page(200, "Connect to your account");
    let state = first.hidden("stateToken");
    let grant = format!(
        "/login/flow/grant?clientIdentifier=&user=&providedRedirectUri=&direct=0&stateToken={state}"
    );
    // From here on the web view sends no header of its own.
    let led = web_view.visits(&grant).await;
    assert_eq!(led.status, 303, "{}", led.text);
    let login = led.header("location").unwrap();
    let login = login
        .strip_prefix(&web_view.origin())
        .unwrap_or(login)
        .to_owned();
    let target = web_view.visits(&login).await.hidden("redirect_url");
    let back = web_view
        .fills_in("alice", "123456", &target)
        .await
        .send()
        .await;
    back.expect_led_to(&web_view, &grant);
    web_view
        .visits(&grant)
        .await
        .expect_page(200, "Account access");
    let fields = [
        ("stateToken", state.as_str()),
        ("clientIdentifier", ""),
        ("oauthState", ""),
        ("providedRedirectUri", ""),
    ];
    let led = web_view.submits_from_page("/login/flow", &fields).await;

    assert_eq!(led.status, 303, "{}", led.text);
    let location = led.header("location").unwrap();
    let parts = location
        .strip_prefix("nc://login/")
        .expect("the app's own address")
        .split('&');
    let parts: Vec<(&str, &str)> = parts
        .map(|part| part.split_once(':').expect("a name"))
        .collect();
    let [("server", address), ("user", user), ("password", secret)] = parts[..] else {
        panic!("{location}");
    };
    assert_eq!(address, server.guest().origin());
    assert_eq!(web_view.is_known_as().await, "");
    server.device(Kind::Ios, Some((user, secret)))
}

#[tokio::test]
async fn it_logs_in_and_finds_its_account() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let stranger = server.device(Kind::Ios, None);
    assert_eq!(
        stranger.reads("/status.php").await.json()["installed"],
        true
    );
    expect_talk(&stranger.reads(&cloud("capabilities")).await.data()["capabilities"]["spreed"]);

    let phone = logs_in(&server).await;

    expect_capabilities(&phone.reads(&cloud("capabilities")).await.data());
    let account = phone.reads(&cloud("user")).await.data();
    expect_fields(&account, ACCOUNT);
    assert_eq!(account["id"], "alice");
    expect_fields(
        &phone
            .reads(&talk("/api/v3/signaling/settings"))
            .await
            .data(),
        SIGNALING,
    );
    assert_eq!(
        phone
            .reads("/index.php/avatar/alice/512/dark")
            .await
            .header("content-type"),
        Some("image/png")
    );
}

#[tokio::test]
async fn it_chats() {
    let server = TestServer::start().await;
    let (_alice, bob, token) = server.tea().await;
    let first = bob.posts(&token, "Is there tea, @alice?").await;
    let phone = logs_in(&server).await;

    let listed = phone
        .reads(&talk("/api/v4/room?noStatusUpdate=0&includeStatus=1"))
        .await
        .data();
    expect_fields(&listed[0], ROOM);
    assert_eq!(listed[0]["unreadMention"], true);
    let joined = phone
        .sends("POST", &room_part(&token, "participants/active"), &[])
        .await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    let history = phone
        .reads(&format!(
            "{}?limit=100&timeout=0&lookIntoFuture=0&setReadMarker=0",
            chat(&token)
        ))
        .await;
    expect_fields(&history.data()[0], MESSAGE);
    let sent = phone
        .sends(
            "POST",
            &chat(&token),
            &[
                ("message", json!("There is.")),
                ("replyTo", json!(first)),
                ("silent", json!(false)),
            ],
        )
        .await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let waiting = phone
        .asks(
            "GET",
            &format!(
                "{}?limit=100&timeout=30&lookIntoFuture=1&lastKnownMessageId={}",
                chat(&token),
                sent.data()["id"]
            ),
        )
        .start();
    server.until_waiting(&token, 1).await;
    server.advance(30);
    assert_eq!(waiting.await.unwrap().status, 304);
    assert_eq!(
        phone
            .sends(
                "POST",
                &format!("{}/read", chat(&token)),
                &[("lastReadMessage", sent.data()["id"].clone())]
            )
            .await
            .status,
        200
    );
    assert_eq!(
        phone
            .sends(
                "POST",
                &talk(&format!("/api/v1/reaction/{token}/{first}")),
                &[("reaction", json!("🫖"))]
            )
            .await
            .status,
        201
    );
    assert_eq!(
        phone
            .sends("DELETE", &room_part(&token, "participants/active"), &[])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_account_that_is_removed_on_the_phone_is_revoked() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    let phone = logs_in(&server).await;

    assert_eq!(
        phone
            .sends("DELETE", "/ocs/v2.php/core/apppassword", &[])
            .await
            .status,
        200
    );

    let refused = phone.asks("GET", &cloud("user")).send().await;
    assert_eq!(
        (refused.status, refused.meta()["statuscode"].as_i64()),
        (401, Some(997))
    );
}
