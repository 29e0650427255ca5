//! Devices register for push: kept, proved, and nothing is delivered. Source: server.md 11.6.

use serde_json::{Value, json};

use crate::support::{Actor, Answer, TestServer};

const PATH: &str = "/ocs/v2.php/apps/notifications/api/v2/push";
/// Made for this test; its private half was thrown away.
const DEVICE_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyjjBsyMgQH1XkKegv/K8
NUIfsGNhkCLT7aGJQoJQtBROv+97tH7NQLh8e6QQ5KKrShbqGLuoVqRVFkYBKSBn
CatMPxUsjRBQjSutaiAqsOpY9v3oSDMW5wlX5zcFTcUMQy0pKc7OW9rlHWdnRFcy
J0tXkRCLChDChX7WHAk7aJn7rhBHwr4qZmt1dcI9fRK2OV+/7+rvb2XLryEtg0XJ
zM5nsM2Rui7aD+B+D4PJBGSfQh77CXURiyTSYxNUFy4hQ4h51hW6hEQTqzA6snvw
901Lz5bhf9nt3G5kqxMimRwc+61Dq7LtjSB/fIX0jgHa2Rp9j3RkZ4xfDtj7WPb9
iQIDAQAB
-----END PUBLIC KEY-----
";

fn token_hash() -> String {
    "0123456789abcdef".repeat(8)
}

impl Actor {
    async fn registers(&self, token: &str, key: &str, proxy: &str) -> Answer {
        let fields = [
            ("pushTokenHash", token),
            ("devicePublicKey", key),
            ("proxyServer", proxy),
        ];
        self.post(PATH, &fields).await
    }
}

const PROXY: &str = "https://push.example/";

fn message(word: &str) -> Value {
    json!({ "message": word })
}

/// Alice's phone, which has an app password.
async fn phone(server: &TestServer) -> Actor {
    let [alice] = server.users(["alice"]).await;
    let secret = server.app_password("alice").await;
    alice.elsewhere().claiming("alice", &secret)
}

#[tokio::test]
async fn a_device_registers_and_is_told_who_the_server_is() {
    let server = TestServer::start().await;
    let phone = phone(&server).await;

    let first = phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let data = first.data();
    let text = |key: &str| data[key].as_str().unwrap().to_owned();
    assert!(text("publicKey").starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(text("deviceIdentifier").len(), 88, "64 bytes");
    assert_eq!(text("signature").len(), 344, "256 bytes");

    let again = phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    again.expect(200, data.clone());
    let moved = phone
        .registers(&token_hash(), DEVICE_KEY, "https://other.example/push/")
        .await;
    moved.expect(201, data.clone());

    // Another device of the same server: the same key, another identifier.
    let secret = server.app_password("alice").await;
    let tablet = phone.elsewhere().claiming("alice", &secret);
    let other = tablet.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    assert_eq!(other.status, 201);
    let other = other.data();
    assert_eq!(other["publicKey"], data["publicKey"]);
    assert_ne!(other["deviceIdentifier"], data["deviceIdentifier"]);
    assert_ne!(other["signature"], data["signature"]);
}

#[tokio::test]
async fn another_secret_of_the_app_password_leaves_it_the_same_device() {
    let server = TestServer::start().await;
    let phone = phone(&server).await;
    let first = phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;

    let path = "/ocs/v2.php/core/apppassword/rotate";
    let renewed = phone.post(path, &[]).await.data();
    let secret = renewed["apppassword"].as_str().unwrap();
    let phone = phone.elsewhere().claiming("alice", secret);

    let again = phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    again.expect(200, first.data());
}

#[tokio::test]
async fn a_registration_is_taken_back_once() {
    let server = TestServer::start().await;
    let phone = phone(&server).await;
    phone.delete(PATH, &[]).await.expect(200, json!([]));
    phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    phone.delete(PATH, &[]).await.expect(202, json!([]));
    phone.delete(PATH, &[]).await.expect(200, json!([]));
    let again = phone.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    assert_eq!(again.status, 201);
}

#[tokio::test]
async fn only_an_app_password_is_a_device() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let answer = alice.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    answer.refused_with(400, message("INVALID_SESSION_TOKEN"));
    let answer = alice.delete(PATH, &[]).await;
    answer.refused_with(400, message("INVALID_SESSION_TOKEN"));
    let guest = server.guest();
    let answer = guest.registers(&token_hash(), DEVICE_KEY, PROXY).await;
    assert_eq!(answer.status, 401);
    assert_eq!(guest.delete(PATH, &[]).await.status, 401);
}

#[tokio::test]
async fn what_is_no_registration_is_refused() {
    let server = TestServer::start().await;
    let phone = phone(&server).await;
    let hash = token_hash();
    let long = format!("https://push.example/{}", "a".repeat(240));
    let upper = hash.to_uppercase();
    let short_key = DEVICE_KEY.trim_end().to_owned() + "\n\n";
    let garbled = DEVICE_KEY.replacen("MIIB", "AAAA", 1);
    let private = DEVICE_KEY.replace("PUBLIC", "SECRET");
    for (token, key, proxy, word) in [
        ("", DEVICE_KEY, PROXY, "INVALID_PUSHTOKEN_HASH"),
        (&hash[1..], DEVICE_KEY, PROXY, "INVALID_PUSHTOKEN_HASH"),
        (&upper, DEVICE_KEY, PROXY, "INVALID_PUSHTOKEN_HASH"),
        (&hash, "", PROXY, "INVALID_DEVICE_KEY"),
        (&hash, &short_key, PROXY, "INVALID_DEVICE_KEY"),
        (&hash, &garbled, PROXY, "INVALID_DEVICE_KEY"),
        (&hash, &private, PROXY, "INVALID_DEVICE_KEY"),
        (&hash, DEVICE_KEY, "", "INVALID_PROXY_SERVER"),
        (
            &hash,
            DEVICE_KEY,
            "http://push.example/",
            "INVALID_PROXY_SERVER",
        ),
        (
            &hash,
            DEVICE_KEY,
            "https://push.example",
            "INVALID_PROXY_SERVER",
        ),
        (&hash, DEVICE_KEY, &long, "INVALID_PROXY_SERVER"),
    ] {
        let answer = phone.registers(token, key, proxy).await;
        answer.refused_with(400, message(word));
    }
    phone.post(PATH, &[]).await.refused(400, "pushTokenHash");
    phone.delete(PATH, &[]).await.expect(200, json!([]));
}

#[tokio::test]
async fn a_key_without_the_last_line_break_will_do() {
    let server = TestServer::start().await;
    let phone = phone(&server).await;
    let key = DEVICE_KEY.trim_end();
    let answer = phone.registers(&token_hash(), key, PROXY).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}
