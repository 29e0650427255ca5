//! What clients, proxies and crawlers look for and carry on without. Source: server.md 1, 17, 20, 21.

use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer};
use serde_json::json;

fn ocs(path: &str) -> String {
    format!("/ocs/v2.php/{path}")
}

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

#[tokio::test]
async fn whoever_looks_for_files_finds_none_and_stays_logged_in() {
    let (server, alice) = alice().await;
    let wrong = server.actor(Some(("alice", "wrong")));

    for path in [
        "/remote.php",
        "/remote.php/webdav/",
        "/remote.php/dav/files/alice/Talk/a.txt",
        "/remote.php/dav/uploads/alice/1",
        "/public.php/dav/files/token/",
    ] {
        for method in [
            "GET", "HEAD", "OPTIONS", "PROPFIND", "MKCOL", "PUT", "MOVE", "REPORT", "X-TEA",
        ] {
            for actor in [&alice, &wrong, &server.guest()] {
                let request = actor
                    .request(method, path)
                    .body("text/plain", b"tea".to_vec());
                let answer = request.send().await;
                assert_eq!(answer.status, 404, "{method} {path}");
                let content_type = answer.header("content-type");
                assert_eq!(content_type, Some("application/xml; charset=utf-8"));
                assert_eq!(answer.header("set-cookie"), None);
                let has_body = method != "HEAD";
                assert_eq!(answer.text.contains("<d:error"), has_body, "{method}");
            }
        }
    }
}

#[tokio::test]
async fn odd_methods_elsewhere_are_refused_calmly() {
    let (_server, alice) = alice().await;

    for (path, status) in [
        ("/status.php", 405),
        ("/avatar/alice/64", 405),
        ("/nowhere", 404),
        ("/ocs/v2.php/cloud/user", 405),
    ] {
        let answer = alice.request("PROPFIND", path).send().await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_or_nothing() {
    let server = TestServer::start().await;
    let guest = server.guest();

    for path in [
        "/.well-known/carddav",
        "/.well-known/caldav",
        "/.well-known/webfinger?resource=x",
        "/.well-known/nodeinfo",
        "/ocs/v3.php/cloud/user",
        "/index.php/ocs/v2.php/cloud/user",
    ] {
        let page = guest.request("GET", path).header("accept", "text/html");
        let page = page.send().await;
        assert_eq!(page.status, 404, "{path}");
        let content_type = page.header("content-type");
        assert_eq!(content_type, Some("text/html; charset=UTF-8"), "{path}");
        let nothing = guest.get(path).await;
        assert_eq!((nothing.status, nothing.bytes.len()), (404, 0), "{path}");
    }
}

#[tokio::test]
async fn search_engines_are_asked_to_stay_away() {
    let server = TestServer::start().await;

    let answer = server.guest().get("/robots.txt").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, "User-agent: *\nDisallow: /\n");
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn nothing_is_served_beside_the_interface() {
    let server = TestServer::start().await;

    let answer = server.guest().get("/ocs-provider/").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, r#"{"version":2,"services":{}}"#);
}

#[tokio::test]
async fn there_are_no_previews_and_visitors_are_told_to_log_in() {
    let (server, alice) = alice().await;

    for path in [
        "/index.php/core/preview?fileId=5&x=1&y=1",
        "/core/preview.png?file=a",
    ] {
        let guest = server.guest().get(path).await;
        assert_eq!(guest.status, 401);
        assert_eq!(
            guest.json(),
            json!({ "message": "Current user is not logged in" })
        );
        let answer = alice.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, "[]"));
    }
}

#[tokio::test]
async fn nobody_is_found_by_phone() {
    let (_server, alice) = alice().await;
    let contacts = json!({ "location": "DE", "search": { "a": ["0711 123456"] } });
    for method in ["POST", "GET", "PUT"] {
        let request = alice.request(method, &cloud("users/search/by-phone"));
        let request = if method == "GET" {
            request
        } else {
            request.json(&contacts)
        };
        let answer = request.send().await;
        assert_eq!(answer.status, 404, "{method}: {}", answer.text);
        assert_eq!(answer.meta()["statuscode"], 998, "{method}");
    }
}

#[tokio::test]
async fn nobody_is_away_and_no_meeting_is_coming() {
    let (server, alice) = alice().await;

    for user in ["alice", "nobody"] {
        for now in ["", "/now"] {
            let path = ocs(&format!("apps/dav/api/v1/outOfOffice/{user}{now}"));
            alice.get(&path).await.refused_with(404, json!(null));
        }
    }
    let upcoming = ocs("apps/dav/api/v1/events/upcoming?location=http%3A%2F%2Fx%2Fcall%2Fabcd");
    alice
        .get(&upcoming)
        .await
        .expect(200, json!({ "events": [] }));
    for path in [upcoming, ocs("apps/dav/api/v1/outOfOffice/alice/now")] {
        let guest = server.guest().get(&path).await;
        guest.says(401, 997, "Current user is not logged in");
    }
}

#[tokio::test]
async fn nothing_is_translated() {
    let (server, alice) = alice().await;

    for actor in [&alice, &server.guest()] {
        let languages = actor.get(&ocs("translation/languages")).await;
        languages.expect(200, json!({ "languages": [], "languageDetection": false }));
        let fields = [("text", "tea"), ("toLanguage", "de")];
        let translated = actor.post(&ocs("translation/translate"), &fields).await;
        let reason = json!({ "message": "No translation provider available" });
        translated.refused_with(412, reason);
    }
    let without = |fields| {
        let alice = alice.clone();
        async move { alice.post(&ocs("translation/translate"), fields).await }
    };
    without(&[("toLanguage", "de")]).await.refused(400, "text");
    without(&[("text", "tea")]).await.refused(400, "toLanguage");
    let odd = without(&[("text", "t"), ("toLanguage", "de"), ("fromLanguage[]", "x")]).await;
    odd.refused(400, "fromLanguage");
}

#[tokio::test]
async fn the_server_says_where_it_is() {
    let server = TestServer::start().await;

    let answer = server.guest().get(&ocs("config")).await;

    answer.expect(
        200,
        json!({
            "version": "1.7", "website": "Nextcloud", "host": server.address().to_string(),
            "contact": "", "ssl": "false",
        }),
    );
}

#[tokio::test]
async fn talk_is_the_only_app() {
    let (server, alice) = alice().await;
    let path = ocs("core/navigation/apps");

    let answer = alice.get(&path).await;

    let mut talk = json!({
        "id": "spreed", "order": 5, "href": "/apps/spreed/", "icon": "/apps/spreed/img/app.svg",
        "type": "link", "name": "Talk", "active": false, "classes": "", "unread": 0,
        "default": true, "app": "spreed",
    });
    answer.expect(200, json!([talk]));
    let tag = answer.header("etag").unwrap();
    let again = alice
        .request("GET", &path)
        .header("if-none-match", tag)
        .send()
        .await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let other = alice
        .request("GET", &path)
        .header("if-none-match", "\"x\"")
        .send()
        .await;
    assert_eq!(other.status, 200);
    let v1 = alice.request("GET", "/ocs/v1.php/core/navigation/apps");
    let v1 = v1.header("if-none-match", tag).send().await;
    assert_eq!(
        (v1.status, v1.meta()["statuscode"].clone()),
        (200, json!(304))
    );

    let base = format!("http://{}", server.address());
    talk["href"] = json!(format!("{base}/apps/spreed/"));
    talk["icon"] = json!(format!("{base}/apps/spreed/img/app.svg"));
    let absolute = alice.get(&format!("{path}?absolute=true")).await;
    absolute.expect(200, json!([talk]));
    alice
        .get(&ocs("core/navigation/settings"))
        .await
        .expect(200, json!([]));
    let guest = server.guest().get(&path).await;
    guest.says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn who_may_not_use_talk_has_no_app() {
    let (server, alice) = alice().await;
    let admin = server.admin();
    let setting = ocs("apps/provisioning_api/api/v1/config/apps/spreed/allowed_groups");
    let set = admin.post(&setting, &[("value", r#"["admin"]"#)]).await;
    assert_eq!(set.status, 200, "{}", set.text);

    let apps = alice.get(&ocs("core/navigation/apps")).await;

    apps.expect(200, json!([]));
    let seen = alice.get(&cloud("capabilities")).await.data();
    assert_eq!(seen["capabilities"]["spreed"], json!(null));
}
