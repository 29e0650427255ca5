//! A client with good credentials never gets a 401, whatever it asks: every row of the interface, as the server itself
//! lists them, with parameters that nobody would send. Source: ocs.md 4.2.

use crate::support::clients::{Device, Kind};
use crate::support::{Answer, TestServer, chat};
use serde_json::{Value, json};

/// Values for the places in a path: what is there, what is not, and what is no such thing.
const PLACES: [(&str, [&str; 3]); 3] = [
    ("token", ["TOKEN", "nowhere1", "%2e%2e%2f"]),
    ("Id", ["1", "99999999999999999999", "-1"]),
    ("", ["bob", "%00", "a%2Fb%20%F0%9F%AB%96"]),
];

/// The path with something in its places.
fn filled(path: &str, token: &str, which: usize) -> String {
    let mut filled = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closed place");
        let suits = |(part, _): &&(&str, [&str; 3])| name.contains(part);
        let (_, values) = PLACES.iter().find(suits).expect("the last one suits all");
        filled.push_str(before);
        filled.push_str(&values[which].replace("TOKEN", token));
        rest = after;
    }
    filled + rest
}

/// Bodies that a row does not expect.
fn odd_body(which: usize) -> Vec<(&'static str, Value)> {
    let names = [
        "message", "roomName", "state", "level", "key", "value", "password", "reaction", "limit",
        "status",
    ];
    let value = match which {
        0 => json!("1"),
        1 => json!({"deep": [null, {"er": 1e300}]}),
        _ => json!("🫖".repeat(300)),
    };
    names.map(|name| (name, value.clone())).to_vec()
}

/// Rows that say themselves whom they mean, and may answer 401 for that; and those that end what the client proves itself
/// with.
fn may_refuse(method: &str, path: &str) -> bool {
    let bots_sign = path.contains("/spreed/api/v1/bot/{token}/message")
        || path.contains("/spreed/api/v1/bot/{token}/reaction");
    let ends_it = path.ends_with("/core/apppassword")
        || path.ends_with("/core/apppassword/rotate")
        || path.contains("/logout");
    bots_sign || (ends_it && method != "get")
}

async fn rows(server: &TestServer) -> Vec<(String, String)> {
    let listed = server.guest().get("/openapi.json").await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let listed = listed.json();
    let paths = listed["paths"].as_object().expect("paths");
    let methods = paths.iter().flat_map(|(path, row)| {
        let methods = row.as_object().expect("methods").keys();
        methods
            .filter(|name| ["get", "post", "put", "delete"].contains(&name.as_str()))
            .map(|method| (method.clone(), path.clone()))
    });
    methods
        .filter(|(method, path)| !may_refuse(method, path))
        .collect()
}

/// Asks every row three times.
async fn asks_everything(device: &Device, server: &TestServer, token: &str) {
    for (method, path) in rows(server).await {
        // These wait for what does not come while the clock stands still.
        if method == "get"
            && (path.ends_with("/chat/{token}") || path.ends_with("/signaling/{token}"))
        {
            continue;
        }
        for which in 0..3 {
            let path = filled(&path, token, which);
            let fields = if method == "get" {
                Vec::new()
            } else {
                odd_body(which)
            };
            let answer = device
                .filled(&method.to_uppercase(), &path, &fields)
                .send()
                .await;
            expect_bearable(&answer, &format!("{method} {path}"));
        }
    }
    let still = device.reads("/ocs/v2.php/cloud/user").await;
    assert_eq!(still.data()["id"], "alice");
}

#[track_caller]
fn expect_bearable(answer: &Answer, what: &str) {
    assert_ne!(answer.status, 401, "{what}: {}", answer.text);
    assert!(
        answer.status < 500 || answer.status == 501,
        "{what}: {} {}",
        answer.status,
        answer.text
    );
    assert_ne!(
        answer.header("www-authenticate").map(str::len),
        Some(0),
        "{what}"
    );
}

#[tokio::test]
async fn no_row_is_a_401_for_a_phone_with_an_app_password() {
    let server = TestServer::start().await;
    let (_alice, _bob, token) = server.tea().await;
    let secret = server.app_password("alice").await;
    let phone = server.device(Kind::Android, Some(("alice", &secret)));
    asks_everything(&phone, &server, &token).await;
}

#[tokio::test]
async fn no_row_is_a_401_for_a_desktop_in_a_conversation_it_may_not_see() {
    let server = TestServer::start().await;
    let (_alice, bob, _tea) = server.tea().await;
    let private = bob.creates_group("Private").await;
    let secret = server.app_password("alice").await;
    let desktop = server.device(Kind::Desktop, Some(("alice", &secret)));
    asks_everything(&desktop, &server, &private).await;
}

#[tokio::test]
async fn waiting_is_ended_by_removal_and_not_by_a_401() {
    let server = TestServer::start().await;
    let (alice, _bob, token) = server.tea().await;
    let secret = server.app_password("bob").await;
    let phone = server.device(Kind::Android, Some(("bob", &secret)));
    phone
        .sends(
            "POST",
            &crate::support::rooms::room_part(&token, "participants/active"),
            &[],
        )
        .await;
    let last = phone
        .reads(&format!("{}?lookIntoFuture=0", chat(&token)))
        .await
        .ids()[0];
    let waiting = phone
        .asks(
            "GET",
            &format!(
                "{}?lookIntoFuture=1&timeout=30&lastKnownMessageId={last}",
                chat(&token)
            ),
        )
        .start();
    server.until_waiting(&token, 1).await;

    let seat = alice.attendee_of(&token, "bob").await;
    alice.removes(&token, &seat).await;

    let ended = waiting.await.unwrap();
    assert!([200, 304, 404].contains(&ended.status), "{}", ended.text);
    assert_eq!(phone.gets(&chat(&token)).await.status, 404);
}

#[tokio::test]
async fn only_wrong_credentials_are_a_401() {
    let server = TestServer::start().await;
    server.users(["alice"]).await;
    for (kind, password) in Kind::ALL.map(|kind| (kind, "wrong")) {
        let device = server.device(kind, Some(("alice", password)));
        let refused = device
            .asks("GET", "/ocs/v2.php/cloud/user")
            .header("ocs-apirequest", "true")
            .send()
            .await;
        assert_eq!(refused.status, 401, "{kind:?}: {}", refused.text);
    }
}
