//! The description of the interface: for programs, for people, and that it holds. That each answer is as described is
//! looked at in every story (`support::described`).

use crate::support::TestServer;

#[tokio::test]
async fn programs_get_a_document_with_the_servers_own_address() {
    let server = TestServer::start().await;
    let answer = server.guest().get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("set-cookie"), None);
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let address = format!("http://{}", server.address());
    assert_eq!(document["servers"][0]["url"], address.as_str());
    let path = "/ocs/v2.php/apps/spreed/api/v1/chat/{token}";
    let post = &document["paths"][path]["post"];
    let body = &post["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["required"], serde_json::json!(["message"]));
    assert!(post["responses"]["201"].is_object());
    assert!(document["paths"]["/status.php"]["get"].is_object());
}

#[tokio::test]
async fn what_there_is_nothing_of_is_described_as_it_is_answered() {
    let server = TestServer::start().await;
    let document = server.guest().get("/openapi.json").await.json();
    let schema = |path: &str, status: &str| {
        let answer = &document["paths"][path]["get"]["responses"][status];
        answer["content"]["application/json"]["schema"].clone()
    };
    for path in ["/core/preview", "/core/preview.png"] {
        assert!(schema(path, "401").is_object(), "{path}");
        assert_eq!(schema(path, "404")["type"], "array", "{path}");
        assert!(document["paths"][path]["get"]["responses"]["200"].is_null());
        // Held against the description by the asking itself.
        assert_eq!(server.guest().get(path).await.status, 401);
        assert_eq!(server.admin().get(path).await.status, 404);
    }
    let image = "/apps/theming/image/{key}";
    assert_eq!(schema(image, "404")["type"], "array");
    let answer = server.guest().get("/apps/theming/image/nothing").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, "[]"));
    let by_phone = "/ocs/v2.php/cloud/users/search/by-phone";
    assert!(document["paths"][by_phone].is_null());
}

#[tokio::test]
async fn who_has_the_document_does_not_get_it_again() {
    let server = TestServer::start().await;
    for path in ["/openapi.json", "/docs"] {
        let first = server.guest().get(path).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        let request = server.guest().request("GET", path);
        let again = request.header("if-none-match", &tag).send().await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        let request = server.guest().request("GET", path);
        let other = request.header("if-none-match", "\"x\"").send().await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_strange_host_does_not_get_into_the_document() {
    let server = TestServer::start().await;
    let request = server.guest().request("GET", "/openapi.json");
    let forwarded = request
        .header("x-forwarded-host", "evil.example\"}]")
        .send()
        .await;
    let address = format!("http://{}", server.address());
    assert_eq!(forwarded.json()["servers"][0]["url"], address.as_str());
}

#[tokio::test]
async fn people_get_a_page_that_loads_nothing() {
    let server = TestServer::start().await;
    let answer = server.guest().get("/docs").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for foreign in ["<script", "<img", "<link", "src=", "http://", "https://"] {
        assert!(!answer.text.contains(foreign), "{foreign}");
    }
    for known in [
        "<span class=\"m\">POST</span> <code>/ocs/v2.php/apps/spreed/api/v1/chat/{token}</code>",
        "id=\"schema-Message\"",
        "href=\"#schema-RoomJson\"",
    ] {
        assert!(answer.text.contains(known), "{known}");
    }
    assert_eq!(
        server.guest().get("/index.php/docs").await.text,
        answer.text
    );
}

#[tokio::test]
async fn wrong_credentials_do_not_matter_for_the_description() {
    let server = TestServer::start().await;
    let stranger = server.actor(Some(("admin", "wrong")));
    assert_eq!(stranger.get("/openapi.json").await.status, 200);
    assert_eq!(stranger.get("/docs").await.status, 200);
    let posted = stranger.post("/docs", &[]).await;
    assert_eq!(posted.status, 405);
}
