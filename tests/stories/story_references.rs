//! Link previews of a server that fetches nothing. Source: server.md 15.

use crate::support::{Actor, TestServer};
use serde_json::json;

fn references(path: &str) -> String {
    format!("/ocs/v2.php/references/{path}")
}

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

#[tokio::test]
async fn nothing_is_known_of_a_link() {
    let (_server, alice) = alice().await;

    let one = alice
        .get(&references(
            "resolve?reference=https%3A%2F%2Ftea.example%2F",
        ))
        .await;

    one.expect(
        200,
        json!({ "references": { "https://tea.example/": null } }),
    );
    let kept = one.header("cache-control");
    assert_eq!(kept, Some("private, max-age=3600, immutable"));
    let text = alice.get(&references("resolve?reference=tea")).await;
    text.expect(200, json!({ "references": { "tea": null } }));
}

#[tokio::test]
async fn of_several_links_the_first_few_count() {
    let (_server, alice) = alice().await;
    let links = [
        "https://one.example",
        "https://two.example",
        "https://one.example",
    ];
    let asks = |limit: i64| {
        let request = alice.request("POST", &references("resolve"));
        request
            .json(&json!({ "references": links, "limit": limit }))
            .send()
    };

    let (one, both) = (links[0], links[1]);
    asks(1)
        .await
        .expect(200, json!({ "references": { one: null } }));
    let expected = json!({ "references": { one: null, both: null } });
    asks(99).await.expect(200, expected);
    asks(0).await.expect(200, json!({ "references": [] }));
    asks(-1).await.expect(200, json!({ "references": [] }));
}

#[tokio::test]
async fn links_are_found_in_a_text() {
    let (_server, alice) = alice().await;
    let text = "see https://tea.example/a?b=c and http://kettle.example:8080";

    for (limit, expected) in [
        ("1", json!({ "https://tea.example/a?b=c": null })),
        (
            "5",
            json!({ "https://tea.example/a?b=c": null, "http://kettle.example:8080": null }),
        ),
    ] {
        let fields = [("text", text), ("limit", limit), ("resolve", "true")];
        let found = alice.post(&references("extract"), &fields).await;
        found.expect(200, json!({ "references": expected }));
    }
    let none = alice.post(&references("extract"), &[("text", "tea")]).await;
    none.expect(200, json!({ "references": [] }));
}

#[tokio::test]
async fn visitors_ask_in_a_place_of_their_own_and_for_fewer() {
    let (server, _) = alice().await;
    let guest = server.guest();
    let text: Vec<String> = (0..30)
        .map(|n| format!("https://tea.example/{n}"))
        .collect();
    let text = text.join(" ");

    let fields = [
        ("text", text.as_str()),
        ("limit", "30"),
        ("sharingToken", "x"),
    ];
    let found = guest.post(&references("extractPublic"), &fields).await;
    let one = guest
        .get(&references("resolvePublic?reference=tea&sharingToken=x"))
        .await;
    let request = guest.request("POST", &references("resolvePublic"));
    let several = request.json(&json!({ "references": ["tea"] })).send().await;

    assert_eq!(found.data()["references"].as_object().unwrap().len(), 15);
    one.expect(200, json!({ "references": { "tea": null } }));
    several.expect(200, json!({ "references": { "tea": null } }));
    for (method, path) in [
        ("GET", "resolve?reference=tea"),
        ("POST", "resolve"),
        ("POST", "extract"),
        ("GET", "providers"),
        ("PUT", "provider/open-graph"),
    ] {
        let answer = guest.request(method, &references(path)).send().await;
        answer.says(401, 997, "Current user is not logged in");
    }
}

#[tokio::test]
async fn nobody_else_knows_more() {
    let (_server, alice) = alice().await;

    alice
        .get(&references("providers"))
        .await
        .expect(200, json!([]));
    let noted = alice.put(&references("provider/open-graph"), &[]).await;
    noted.expect(200, json!({ "success": true }));
}

#[tokio::test]
async fn what_is_missing_or_no_text_is_named() {
    let (_server, alice) = alice().await;

    alice
        .get(&references("resolve"))
        .await
        .refused(400, "reference");
    let posts = |path: &str, body| alice.request("POST", &references(path)).json(&body).send();
    posts("resolve", json!({})).await.refused(400, "references");
    posts("resolve", json!({ "references": "x" }))
        .await
        .refused(400, "references");
    posts("resolve", json!({ "references": [["x"]] }))
        .await
        .refused(400, "references");
    posts("extract", json!({})).await.refused(400, "text");
    posts("extract", json!({ "text": 5 }))
        .await
        .refused(400, "text");
    let long = "https://tea.example/ ".repeat(50_000);
    let found = posts(
        "extract",
        json!({ "text": long, "limit": 9_000_000_000_i64 }),
    )
    .await;
    assert_eq!(found.data()["references"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_is_no_name_of_an_element() {
    let (_server, alice) = alice().await;

    let path = references("resolve?reference=https%3A%2F%2Ftea.example%2F%3Ca%3E");
    let answer = alice.request("GET", &path).xml().send().await;

    assert_eq!(answer.status, 200);
    assert!(
        answer.text.contains("<references>\n   <element/>"),
        "{}",
        answer.text
    );
}
