//! Long answers for clients that read gzip. Source: ocs.md 10.3.

use std::io::Read as _;

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer, chat};

fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(&answer.bytes[..]);
    decoder.read_to_string(&mut text).expect("gzip");
    text
}

async fn asks(actor: &Actor, path: &str, encodings: &str) -> Answer {
    let request = actor.request("GET", path);
    request.header("accept-encoding", encodings).send().await
}

#[track_caller]
fn is_plain(answer: &Answer) {
    assert_eq!(answer.header("content-encoding"), None);
}

#[tokio::test]
async fn a_long_answer_is_packed_for_who_reads_it() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let path = cloud("capabilities");
    let plain = admin.get(&path).await;
    is_plain(&plain);

    for encodings in ["gzip", "br, GZIP;q=0.5", "*"] {
        let packed = asks(&admin, &path, encodings).await;
        assert_eq!(packed.status, 200);
        assert_eq!(unpacked(&packed), plain.text, "{encodings}");
        assert!(packed.bytes.len() * 2 < plain.bytes.len());
        let length = packed.bytes.len().to_string();
        assert_eq!(packed.header("content-length"), Some(length.as_str()));
        for name in ["etag", "content-type", "vary"] {
            assert!(packed.header(name).is_some(), "{name}");
            assert_eq!(packed.header(name), plain.header(name), "{name}");
        }
        assert_eq!(packed.header("vary"), Some("accept-encoding"));
    }
    for encodings in ["", "identity", "br", "gzip;q=0", "gzip;q=0, *"] {
        let answer = asks(&admin, &path, encodings).await;
        is_plain(&answer);
        assert_eq!(answer.text, plain.text, "{encodings}");
    }
}

#[tokio::test]
async fn xml_is_packed_and_a_known_tag_still_says_that_nothing_changed() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let path = cloud("capabilities");

    let request = admin.request("GET", &path).xml();
    let xml = request.header("accept-encoding", "gzip").send().await;
    assert!(unpacked(&xml).starts_with("<?xml"));
    let tag = asks(&admin, &path, "gzip").await;
    let tag = tag.header("etag").unwrap();
    let request = admin.request("GET", &path).header("if-none-match", tag);
    let again = request.header("accept-encoding", "gzip").send().await;

    assert_eq!((again.status, again.bytes.len()), (304, 0));
    is_plain(&again);
}

#[tokio::test]
async fn short_answers_refusals_and_what_was_made_just_now_stay_plain() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;

    let long = "tea ".repeat(1000);
    let request = alice
        .request("POST", &chat(&room))
        .form(&[("message", &long)]);
    let posted = request.header("accept-encoding", "gzip").send().await;

    assert_eq!(posted.status, 201);
    is_plain(&posted);
    is_plain(&asks(&alice, &cloud("users"), "gzip").await);
    let unknown = asks(&alice, "/ocs/v2.php/nowhere", "gzip").await;
    assert_eq!(unknown.status, 404);
    is_plain(&unknown);
}

#[tokio::test]
async fn pages_and_pictures_stay_plain() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;

    for path in [format!("/call/{room}"), "/avatar/alice/512".to_owned()] {
        let answer = asks(&alice, &path, "gzip").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("vary"), None, "{path}");
        is_plain(&answer);
    }
}

#[tokio::test]
async fn the_description_is_packed_and_keeps_its_tag() {
    let server = TestServer::start().await;
    let guest = server.guest();
    let plain = guest.get("/openapi.json").await;
    is_plain(&plain);

    for path in ["/openapi.json", "/index.php/openapi.json"] {
        let packed = asks(&guest, path, "gzip").await;
        assert_eq!(unpacked(&packed), plain.text, "{path}");
        assert!(packed.bytes.len() * 4 < plain.bytes.len());
        assert_eq!(packed.header("etag"), plain.header("etag"));
        assert_eq!(packed.header("vary"), Some("accept-encoding"));
    }
    let docs = asks(&guest, "/docs", "gzip").await;
    is_plain(&docs);
}

#[tokio::test]
async fn a_long_history_is_packed_whole() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    for number in 0..40 {
        alice
            .posts(&room, &format!("{number} {}", "kettle ".repeat(300)))
            .await;
    }
    let path = format!("{}?lookIntoFuture=0&limit=200", chat(&room));

    let packed = asks(&alice, &path, "gzip").await;

    let plain = alice.get(&path).await;
    assert!(plain.bytes.len() > 64 * 1024);
    assert_eq!(unpacked(&packed), plain.text);
    assert!(packed.bytes.len() * 4 < plain.bytes.len());
}

#[tokio::test]
async fn head_has_the_headers_of_the_packed_answer() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let path = cloud("capabilities");

    let request = admin.request("HEAD", &path);
    let head = request.header("accept-encoding", "gzip").send().await;

    let get = asks(&admin, &path, "gzip").await;
    assert!(head.bytes.is_empty());
    for name in ["content-length", "content-encoding", "vary", "etag"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}
