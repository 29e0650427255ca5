//! Who somebody is: hover cards, profiles, names. Source: server.md 16, 21.

use crate::support::pictures::{png, uploads_own};
use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer};
use serde_json::json;

fn card(id: &str) -> String {
    format!("/ocs/v2.php/hovercard/v1/{id}")
}

fn profile(id: &str) -> String {
    format!("/ocs/v2.php/profile/{id}")
}

async fn edits(actor: &Actor, key: &str, value: &str) {
    let fields = [("key", key), ("value", value)];
    let path = cloud(&format!("users/{}", actor.name));
    let answer = actor.put(&path, &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn with_accounts() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

// Hover cards.

#[tokio::test]
async fn a_card_offers_to_talk_and_to_write_a_letter() {
    let (server, alice, bob) = with_accounts().await;
    edits(&bob, "email", "bob@tea.example").await;
    let base = format!("http://{}", server.address());

    let seen = alice.get(&card("BOB")).await;

    let letter = json!({
        "title": "bob@tea.example", "icon": format!("{base}/core/img/actions/mail.svg"),
        "hyperlink": "mailto:bob@tea.example", "appId": "email",
    });
    let talk = json!({
        "title": "Talk to bob-displayname", "icon": format!("{base}/apps/spreed/img/app-dark.svg"),
        "hyperlink": format!("{base}/apps/spreed/?callUser=bob"), "appId": "spreed",
    });
    seen.expect(
        200,
        json!({ "userId": "bob", "displayName": "bob-displayname", "actions": [letter, talk] }),
    );
    for icon in [
        "/core/img/actions/mail.svg",
        "/apps/spreed/img/app-dark.svg",
    ] {
        assert_eq!(alice.get(icon).await.status, 200, "{icon}");
    }
    let own = bob.get(&card("bob")).await;
    assert_eq!(own.data()["actions"], json!([letter]));
}

#[tokio::test]
async fn an_address_kept_private_is_on_no_card_but_ones_own() {
    let (_server, alice, bob) = with_accounts().await;
    edits(&bob, "email", "bob@tea.example").await;

    edits(&bob, "emailScope", "v2-private").await;

    let seen = alice.get(&card("bob")).await;
    assert!(!seen.text.contains("tea.example"), "{}", seen.text);
    assert_eq!(
        bob.get(&card("bob")).await.data()["actions"][0]["appId"],
        "email"
    );
}

#[tokio::test]
async fn there_is_no_card_of_who_is_not_there_and_none_for_visitors() {
    let (server, alice, _) = with_accounts().await;
    let kept_out = server.admin().put(&cloud("users/bob/disable"), &[]).await;
    assert_eq!(kept_out.status, 200);

    for id in ["nobody", "bob", "%00", "%2e%2e"] {
        alice.get(&card(id)).await.expect_refusal(404);
    }
    let guest = server.guest().get(&card("alice")).await;
    guest.says(401, 997, "Current user is not logged in");
}

// Profiles.

#[tokio::test]
async fn a_profile_shows_what_was_said_and_null_for_the_rest() {
    let (_server, alice, bob) = with_accounts().await;
    edits(&bob, "headline", "Tea <b>").await;
    edits(&bob, "organisation", "Kettle Ltd").await;

    let seen = alice.get(&profile("bob")).await;

    seen.expect(
        200,
        json!({
            "userId": "bob", "address": null, "isUserAvatarVisible": true, "biography": null,
            "displayname": "bob-displayname", "headline": "Tea <b>", "organisation": "Kettle Ltd",
            "role": null, "pronouns": null, "actions": [], "timezone": "UTC", "timezoneOffset": 0,
        }),
    );
}

#[tokio::test]
async fn a_profile_says_what_time_it_is_where_its_account_is() {
    let (server, alice, bob) = with_accounts().await;
    let shown = async || {
        let seen = alice.get(&profile("bob")).await.data();
        (seen["timezone"].clone(), seen["timezoneOffset"].clone())
    };
    edits(&bob, "timezone", "Asia/Kolkata").await;
    assert_eq!(shown().await, (json!("Asia/Kolkata"), json!(19_800)));
    edits(&bob, "timezone", "Etc/GMT+1").await;
    assert_eq!(shown().await, (json!("Etc/GMT+1"), json!(-3_600)));

    edits(&bob, "timezone", "Europe/Berlin").await;
    let (_, now) = shown().await;
    server.advance(182 * 24 * 60 * 60);
    let (_, half_a_year_later) = shown().await;

    let summer_and_winter = [json!(7_200), json!(3_600)];
    assert_ne!(now, half_a_year_later);
    assert!(summer_and_winter.contains(&now), "{now}");
    assert!(summer_and_winter.contains(&half_a_year_later));
    edits(&bob, "timezone", "").await;
    assert_eq!(shown().await, (json!("UTC"), json!(0)));
}

#[tokio::test]
async fn what_is_private_is_seen_by_oneself_alone() {
    let (server, alice, bob) = with_accounts().await;
    for field in [
        "address",
        "biography",
        "headline",
        "organisation",
        "role",
        "pronouns",
    ] {
        edits(&bob, field, "secret").await;
        edits(&bob, &format!("{field}Scope"), "v2-private").await;
    }
    edits(&bob, "avatarScope", "v2-private").await;
    uploads_own(&bob, &png()).await.expect(200, json!(null));

    let by_alice = alice.get(&profile("bob")).await;
    let by_admin = server.admin().get(&profile("bob")).await;
    let by_bob = bob.get(&profile("bob")).await.data();

    for seen in [by_alice, by_admin] {
        assert!(!seen.text.contains("secret"), "{}", seen.text);
        assert_eq!(seen.data()["isUserAvatarVisible"], false);
    }
    assert_eq!(by_bob["role"], "secret");
    assert_eq!(by_bob["isUserAvatarVisible"], true);
}

#[tokio::test]
async fn a_profile_may_be_off_unknown_or_kept_out() {
    let (server, alice, bob) = with_accounts().await;
    edits(&bob, "profile_enabled", "0").await;

    alice
        .get(&profile("bob"))
        .await
        .refused_with(400, json!(null));
    bob.get(&profile("bob"))
        .await
        .refused_with(400, json!(null));
    alice
        .get(&profile("nobody"))
        .await
        .refused_with(404, json!(null));
    server.admin().put(&cloud("users/bob/disable"), &[]).await;
    alice
        .get(&profile("bob"))
        .await
        .refused_with(404, json!(null));
    let guest = server.guest().get(&profile("alice")).await;
    guest.says(401, 997, "Current user is not logged in");
}

// Names.

#[tokio::test]
async fn names_are_looked_up_in_bulk() {
    let (_server, alice, _) = with_accounts().await;
    let fields = [
        ("users[]", "bob"),
        ("users[]", "nobody"),
        ("users[]", "bob"),
        ("users[]", "alice"),
    ];

    let answer = alice.post("/displaynames", &fields).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = r#"{"users":{"bob":"bob-displayname","nobody":"nobody","alice":"alice-displayname"},"status":"success"}"#;
    assert_eq!(answer.text, expected);
    let none = alice.post("/index.php/displaynames", &[]).await;
    assert_eq!(none.text, r#"{"users":[],"status":"success"}"#);
    let odd = alice.post("/displaynames", &[("users", "bob")]).await;
    assert_eq!(odd.status, 400);
}

#[tokio::test]
async fn names_are_for_accounts_on_pages_of_ours() {
    let (server, alice, _) = with_accounts().await;

    let guest = server
        .guest()
        .post("/displaynames", &[("users[]", "bob")])
        .await;
    let foreign = alice.request("POST", "/displaynames");
    let foreign = foreign.without_header("ocs-apirequest").send().await;

    assert_eq!(guest.status, 401);
    assert!(!guest.text.contains("bob"));
    assert_eq!(foreign.status, 412);
    assert_eq!(alice.get("/displaynames").await.status, 405);
}

#[tokio::test]
async fn one_request_asks_for_no_more_than_200_names() {
    let (_server, alice, _) = with_accounts().await;
    let ids: Vec<String> = (0..300).map(|number| format!("user{number}")).collect();

    let request = alice.request("POST", "/displaynames");
    let answer = request.json(&json!({ "users": ids })).send().await;

    let names = answer.json()["users"].as_object().unwrap().len();
    assert_eq!(names, 200);
}
