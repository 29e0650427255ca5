//! Suggestions of whom to talk to. Source: server.md 10.

use serde_json::{Value, json};

use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer, talk};

const PATH: &str = "/ocs/v2.php/core/autocomplete/get";

impl Actor {
    async fn looks_for(&self, query: &str) -> Answer {
        self.get(&format!("{PATH}?{query}")).await
    }

    /// The ids of what is suggested.
    async fn finds(&self, query: &str) -> Vec<String> {
        let answer = self.looks_for(query).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let data = answer.data();
        let ids = data.as_array().expect("a list").iter();
        ids.map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn people_groups_and_addresses_have_their_shapes() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    server.group("boats", &["bob"]).await;
    let email = [("key", "email"), ("value", "bob@example.org")];
    let path = cloud("users/bob");
    assert_eq!(server.admin().put(&path, &email).await.status, 200);
    let status = "/ocs/v2.php/apps/user_status/api/v1/user_status/status";
    bob.put(status, &[("statusType", "away")]).await;

    let types = "shareTypes[]=0&shareTypes[]=1&shareTypes[]=4";
    alice.looks_for(&format!("search=bo&{types}")).await.expect(
        200,
        json!([
            { "id": "bob", "label": "bob-displayname", "icon": "icon-user", "source": "users",
              "status": { "status": "away", "message": null, "icon": null, "clearAt": null },
              "subline": "", "shareWithDisplayNameUnique": "bob@example.org" },
            { "id": "boats", "label": "boats", "icon": "", "source": "groups", "status": "",
              "subline": "", "shareWithDisplayNameUnique": "" },
        ]),
    );
    let query = format!("search=Eve@Example.org&{types}");
    alice.looks_for(&query).await.expect(
        200,
        json!([
            { "id": "eve@example.org", "label": "eve@example.org", "icon": "", "source": "emails",
              "status": "", "subline": "", "shareWithDisplayNameUnique": "" },
        ]),
    );
    let data = bob.looks_for("search=alice").await.data();
    assert_eq!(data[0]["status"], "");
    assert_eq!(data[0]["shareWithDisplayNameUnique"], "alice");
}

#[tokio::test]
async fn a_part_of_id_name_or_address_finds_somebody() {
    let server = TestServer::start().await;
    let [alice, ..] = server.users(["alice", "bob", "carol"]).await;
    let admin = server.admin();
    for (key, value) in [
        ("displayname", "Robert Tables"),
        ("email", "bobby@tea.example"),
    ] {
        let change = [("key", key), ("value", value)];
        assert_eq!(admin.put(&cloud("users/bob"), &change).await.status, 200);
    }
    for search in ["bo", "BOB", "tables", "TEA.EXAMPLE", "obby@", "robert%20t"] {
        assert_eq!(alice.finds(&format!("search={search}")).await, ["bob"]);
    }
    for search in [
        "xyz",
        "%25",
        "_",
        "%27%20or%201=1",
        "bob%00",
        "bob%0A",
        "bob%0Arobert",
    ] {
        let found = alice.finds(&format!("search={search}")).await;
        assert!(found.is_empty(), "{search}: {found:?}");
    }
    let long = "b".repeat(256);
    assert!(alice.finds(&format!("search={long}")).await.is_empty());
    assert_eq!(alice.finds("search=").await, ["admin", "bob", "carol"]);
}

#[tokio::test]
async fn exact_matches_come_first_even_beyond_the_limit() {
    let server = TestServer::start().await;
    let names = ["aa-tea", "bb-tea", "cc-tea", "tea", "zz"];
    let [asker, ..] = server.users(names).await;
    let admin = server.admin();
    let named = [("key", "displayname"), ("value", "Tea")];
    assert_eq!(admin.put(&cloud("users/zz"), &named).await.status, 200);

    assert_eq!(
        asker.finds("search=tea").await,
        ["tea", "zz", "bb-tea", "cc-tea"]
    );
    assert_eq!(asker.finds("search=TEA&limit=3").await.len(), 3);
    assert_eq!(asker.finds("search=tea&limit=1").await, ["tea"]);
    for limit in ["0", "-1", "99999999999999999999"] {
        let found = asker.finds(&format!("search=tea&limit={limit}")).await;
        assert_eq!(found.len(), 4, "{limit}");
    }
    // Ten if nothing is said.
    let more: [&str; 10] = [
        "tea0", "tea1", "tea2", "tea3", "tea4", "tea5", "tea6", "tea7", "tea8", "tea9",
    ];
    server.users(more).await;
    assert_eq!(asker.finds("search=tea").await.len(), 10);
}

#[tokio::test]
async fn who_is_in_the_conversation_is_left_out_after_the_limit() {
    let server = TestServer::start().await;
    let names = ["alice", "p1", "p2", "p3"];
    let [alice, p1, p2, p3] = server.users(names).await;
    server.group("people", &[]).await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "p1").await;
    alice.adds(&token, "p2").await;
    let query = format!("search=p&itemType=call&itemId={token}&shareTypes[]=0&shareTypes[]=1");

    assert_eq!(alice.finds(&query).await, ["p3", "people"]);
    assert_eq!(
        alice.finds(&format!("{query}&limit=3")).await,
        ["p3", "people"]
    );
    assert!(alice.finds("search=p1&itemType=call&itemId=new").await == ["p1"]);
    // Whoever is not in it learns nothing of who is.
    assert_eq!(p3.finds(&query).await, ["alice", "p1", "p2", "people"]);
    let path = talk(&format!("/api/v4/room/{token}/participants"));
    let group = [("newParticipant", "people"), ("source", "groups")];
    assert_eq!(alice.post(&path, &group).await.status, 200);
    assert_eq!(p1.finds(&query).await, ["p3"]);
    drop(p2);
}

#[tokio::test]
async fn oneself_is_found_by_the_whole_id_only() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    assert_eq!(alice.finds("search=alice").await, ["alice"]);
    for query in [
        "search=alic",
        "search=alice-displayname",
        "search=alice&itemType=call",
    ] {
        assert!(alice.finds(query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn who_may_not_use_talk_or_log_in_is_not_suggested_for_conversations() {
    let server = TestServer::start().await;
    let [alice, ..] = server.users(["alice", "bob", "bobby"]).await;
    server.group("talkers", &["alice", "bob"]).await;
    let admin = server.admin();
    let config = "/ocs/v2.php/apps/provisioning_api/api/v1/config/apps/spreed/allowed_groups";
    let set = admin.post(config, &[("value", "[\"talkers\"]")]).await;
    assert_eq!(set.status, 200);

    assert_eq!(alice.finds("search=bob&itemType=call").await, ["bob"]);
    assert_eq!(alice.finds("search=bob").await, ["bob", "bobby"]);

    let disabled = admin.put(&cloud("users/bob/disable"), &[]).await;
    assert_eq!(disabled.status, 200);
    assert_eq!(alice.finds("search=bob").await, ["bobby"]);
}

#[tokio::test]
async fn kinds_are_chosen_and_unknown_ones_find_nothing() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "tim"]).await;
    server.group("time", &[]).await;
    for (types, expected) in [
        ("", vec!["tim"]),
        ("&shareTypes[]=1", vec!["time"]),
        ("&shareTypes=1", vec!["time"]),
        ("&shareTypes=0", vec!["tim"]),
        ("&shareTypes[]=7&shareTypes[]=6", vec![]),
        ("&shareTypes[]=x", vec!["tim"]),
        ("&shareTypes[a]=1", vec!["time"]),
    ] {
        let found = alice.finds(&format!("search=tim{types}")).await;
        assert_eq!(found, expected, "{types}");
    }
    for search in ["nobody", "a@b@c", "a%20b@c.de", "%3Ca@b.de"] {
        let query = format!("search={search}&shareTypes[]=4");
        assert!(alice.finds(&query).await.is_empty(), "{search}");
    }
}

#[tokio::test]
async fn only_accounts_search_and_they_must_say_for_what() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    alice
        .looks_for("itemType=call")
        .await
        .refused(400, "search");
    alice.looks_for("search[]=a").await.refused(400, "search");
    let guest = server.guest().looks_for("search=a").await;
    assert_eq!(guest.status, 401);
    assert_eq!(guest.meta()["statuscode"], 997);
    assert_eq!(guest.data(), Value::Array(Vec::new()));
}
