//! Sizes, headers and clients at the edge. Source: ocs.md 7.5, 9, 10.

use crate::support::rooms::{cloud, room};
use crate::support::{Actor, TestServer, chat, talk};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const OLD_ANDROID: &str = "Mozilla/5.0 (Android) Nextcloud-Talk v14.9.9";

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

/// Sends bytes as they are; what comes until the server closes the connection.
async fn raw_whole(server: &TestServer, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// Sends bytes as they are and reads the first line of the answer.
async fn raw(server: &TestServer, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer[..length]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

// Hosts.

#[tokio::test]
async fn a_request_for_two_hosts_is_refused() {
    let server = TestServer::start().await;
    for path in ["/status.php", "/ocs/v2.php/cloud/capabilities"] {
        for hosts in ["host: a\r\nhost: b", "host: a\r\nHost: a"] {
            let line = raw(&server, &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n\r\n")).await;
            assert_eq!(line, "HTTP/1.1 400 Bad Request", "{path}");
        }
        let line = raw(&server, &format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
        assert!(line.starts_with("HTTP/1.1 "), "{line}");
        assert_ne!(line, "HTTP/1.1 400 Bad Request", "{path}");
    }
}

#[tokio::test]
async fn only_a_host_gets_into_addresses() {
    let server = TestServer::start().await;
    for (host, shown) in [
        (
            "chat.example:8080",
            "http://chat.example:8080/login/v2/flow/",
        ),
        ("[::1]:80", "http://[::1]:80/login/v2/flow/"),
        (":", "http://localhost/login/v2/flow/"),
        ("..", "http://localhost/login/v2/flow/"),
        ("-", "http://localhost/login/v2/flow/"),
        ("a:80:80", "http://localhost/login/v2/flow/"),
        ("a:99999", "http://localhost/login/v2/flow/"),
    ] {
        let request = format!(
            "POST /index.php/login/v2 HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n\
             connection: close\r\n\r\n"
        );
        let text = raw_whole(&server, &request).await.replace("\\/", "/");
        let login = format!("\"login\":\"{shown}");
        assert!(text.contains(&login), "{host}: {text}");
    }
}

#[tokio::test]
async fn an_answer_without_a_body_has_no_length_either() {
    let server = TestServer::start().await;
    for method in ["GET", "HEAD"] {
        let answer = server.guest().request(method, "/204").send().await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("content-length"), None, "{method}");
    }
}

// Sizes.

#[tokio::test]
async fn a_form_of_nine_megabytes_is_read() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let long = "x".repeat(9 * 1024 * 1024);
    let answer = alice.post(&chat(&token), &[("message", &long)]).await;

    answer.refused(413, "message");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_unread() {
    let (server, _) = alice().await;

    let line = raw(
        &server,
        "POST /ocs/v2.php/apps/spreed/api/v4/room HTTP/1.1\r\nhost: x\r\nocs-apirequest: true\r\n\
         content-length: 25165825\r\n\r\n",
    )
    .await;

    assert_eq!(line, "HTTP/1.1 413 Payload Too Large");
}

#[tokio::test]
async fn a_client_may_ask_before_it_sends_its_body() {
    let (server, _) = alice().await;

    let line = raw(
        &server,
        "POST /ocs/v2.php/apps/spreed/api/v4/room HTTP/1.1\r\nhost: x\r\nocs-apirequest: true\r\n\
         expect: 100-continue\r\ncontent-length: 10\r\n\r\n",
    )
    .await;

    assert_eq!(line, "HTTP/1.1 100 Continue");
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let (server, _) = alice().await;

    let filler = "x".repeat(100 * 1024);
    let line = raw(
        &server,
        &format!("GET /ocs/v2.php/cloud/user HTTP/1.1\r\nhost: x\r\nx-filler: {filler}\r\n\r\n"),
    )
    .await;

    assert_eq!(line, "HTTP/1.1 431 Request Header Fields Too Large");
}

// Headers.

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own_and_is_not_to_be_cached() {
    let (_server, alice) = alice().await;

    let first = alice.get(&cloud("user")).await;
    let second = alice.get(&cloud("nothing")).await;

    let id = first.header("x-request-id").unwrap();
    assert_eq!(id.len(), 20);
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_ne!(second.header("x-request-id"), Some(id));
    assert_eq!(
        first.header("cache-control"),
        Some("no-cache, no-store, must-revalidate")
    );
    assert_eq!(first.header("x-robots-tag"), Some("noindex, nofollow"));
}

#[tokio::test]
async fn who_is_logged_in_reads_their_id_in_a_header() {
    let (server, alice) = alice().await;

    let known = alice.get(&talk("/api/v4/room")).await;
    let unknown = server.guest().get(&cloud("capabilities")).await;

    assert_eq!(known.header("x-user-id"), Some("alice"));
    assert_eq!(unknown.header("x-user-id"), None);
}

#[tokio::test]
async fn known_capabilities_are_not_sent_again() {
    let (_server, alice) = alice().await;
    let first = alice.get(&cloud("capabilities")).await;
    let etag = first.header("etag").unwrap().to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");

    let request = alice.request("GET", &cloud("capabilities"));
    let answer = request.header("if-none-match", &etag).send().await;

    assert_eq!(answer.status, 304);
    assert_eq!(answer.text, "");
    assert_eq!(answer.header("content-type"), None);
}

#[tokio::test]
async fn known_capabilities_are_sent_again_through_v1() {
    let (_server, alice) = alice().await;
    let path = "/ocs/v1.php/cloud/capabilities";
    let first = alice.get(path).await;
    let etag = first.header("etag").unwrap().to_owned();

    let request = alice.request("GET", path);
    let answer = request.header("if-none-match", &etag).send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 304);
    assert_eq!(answer.meta()["status"], "failure");
    assert_eq!(answer.data(), first.data());
}

#[tokio::test]
async fn a_tag_that_is_not_exactly_the_same_does_not_count() {
    let (_server, alice) = alice().await;
    let first = alice.get(&cloud("capabilities")).await;
    let etag = first.header("etag").unwrap().to_owned();

    for tag in [
        "*".to_owned(),
        format!("W/{etag}"),
        format!("{etag}, \"x\""),
    ] {
        let request = alice.request("GET", &cloud("capabilities"));
        let answer = request.header("if-none-match", &tag).send().await;
        assert_eq!(answer.status, 200, "{tag}");
    }
}

// Clients.

#[tokio::test]
async fn an_outdated_client_reads_the_version_it_needs() {
    let (_server, alice) = alice().await;

    let request = alice.request("GET", &talk("/api/v4/room"));
    let answer = request.header("user-agent", OLD_ANDROID).send().await;

    answer.says(426, 426, "15.0.0");
}

#[tokio::test]
async fn an_outdated_desktop_needs_another_version() {
    let (_server, alice) = alice().await;

    let request = alice.request("GET", &talk("/api/v4/room"));
    let agent = "Mozilla/5.0 (Linux) Nextcloud-Talk v0.9.0";
    let answer = request.header("user-agent", agent).send().await;

    answer.says(426, 426, "1.0.0");
}

#[tokio::test]
async fn an_outdated_client_through_v1_is_200_with_426() {
    let (_server, alice) = alice().await;

    let request = alice.request("GET", "/ocs/v1.php/apps/spreed/api/v4/room");
    let answer = request.header("user-agent", OLD_ANDROID).send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 426);
    assert_eq!(answer.meta()["message"], "15.0.0");
}

#[tokio::test]
async fn an_outdated_client_may_read_capabilities() {
    let (_server, alice) = alice().await;

    let request = alice.request("GET", &cloud("capabilities"));
    let answer = request.header("user-agent", OLD_ANDROID).send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["version"]["major"], 32);
}

#[tokio::test]
async fn an_outdated_client_without_login_is_asked_to_log_in_first() {
    let (server, _) = alice().await;

    let request = server.guest().request("GET", &talk("/api/v4/room"));
    let answer = request.header("user-agent", OLD_ANDROID).send().await;

    answer.says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn an_outdated_client_hears_it_before_anything_about_the_room() {
    let (_server, alice) = alice().await;

    let request = alice.request("GET", &room("abcd2345"));
    let answer = request.header("user-agent", OLD_ANDROID).send().await;

    answer.says(426, 426, "15.0.0");
}
