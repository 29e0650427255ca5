//! Finding open conversations. Source: conversations.md 3.2.

use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

impl Actor {
    /// Makes a conversation that some may find.
    async fn opens(&self, kind: &str, name: &str, listable: &str) -> String {
        let fields = [
            ("roomType", kind),
            ("roomName", name),
            ("listable", listable),
        ];
        self.creates_room(&fields).await
    }

    /// Tokens of open conversations with this in their name.
    async fn finds_open(&self, term: &str) -> Vec<String> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("searchTerm", term);
        let path = format!("{}?{}", talk("/api/v4/listed-room"), query.finish());
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let rooms = answer.data();
        let rooms = rooms.as_array().expect("a list").iter();
        let tokens = rooms.map(|room| room["token"].as_str().unwrap().to_owned());
        tokens.collect()
    }
}

#[tokio::test]
async fn open_groups_and_public_conversations_are_found_in_their_order() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    alice.opens("2", "Closed", "0").await;
    let group = alice.opens("2", "Tea", "1").await;
    let public = alice.opens("3", "Park", "2").await;
    alice.opens("3", "Only by link", "0").await;

    assert_eq!(bob.finds_open("").await, [group, public]);
    assert_eq!(alice.finds_open("").await, Vec::<String>::new());
}

#[tokio::test]
async fn who_has_joined_finds_it_no_more() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.opens("2", "Tea", "1").await;

    assert_eq!(bob.joins(&token).await.status, 200);

    assert_eq!(bob.finds_open("").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_part_of_the_name_is_enough_whatever_its_case() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let tea = alice.opens("2", "Öffentlicher TEE 100%", "1").await;
    alice.opens("2", "Park", "1").await;

    for term in ["öffent", "ÖFFENT", "tee", "TeE 1", "0%", " "] {
        assert_eq!(bob.finds_open(term).await, [tea.as_str()], "{term}");
    }
    for term in ["%", "_"] {
        let found = bob.finds_open(term).await;
        assert_eq!(found.len(), usize::from(term == "%"), "{term}");
    }
    assert_eq!(bob.finds_open("coffee").await, Vec::<String>::new());
    assert_eq!(
        bob.finds_open(&"x".repeat(3000)).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn what_is_found_is_a_preview() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.opens("2", "Tea", "1").await;
    alice.posts(&token, "hot").await;

    let answer = bob.get(&talk("/api/v4/listed-room")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-nextcloud-talk-hash"), None);
    let found = answer.data()[0].clone();
    for (key, value) in [
        ("name", json!("Tea")),
        ("displayName", json!("Tea")),
        ("listable", json!(1)),
        ("lastActivity", json!(server.now())),
        ("attendeeId", json!(0)),
        ("actorId", json!("")),
        ("participantType", json!(4)),
        ("permissions", json!(1)),
        ("sessionId", json!("0")),
        ("unreadMessages", json!(0)),
    ] {
        assert_eq!(found[key], value, "{key}");
    }
    assert_eq!(found.get("lastMessage"), None);
    assert_eq!(found, bob.room(&token).await);
}

#[tokio::test]
async fn a_lobby_whose_time_is_over_is_found_open() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let token = alice.opens("2", "Tea", "1").await;
    let timer = (server.now() + 60).to_string();
    let fields = [("state", "1"), ("timer", timer.as_str())];
    alice.sets(&token, "webinar/lobby", &fields).await;
    let lobby = async || {
        let found = bob.get(&talk("/api/v4/listed-room")).await.data()[0].clone();
        json!([found["lobbyState"], found["lobbyTimer"]])
    };
    assert_eq!(lobby().await[0], 1);

    server.advance(61);

    assert_eq!(lobby().await, json!([0, 0]));
}

#[tokio::test]
async fn visitors_are_asked_to_log_in_and_odd_terms_are_refused() {
    let server = TestServer::start().await;
    let path = talk("/api/v4/listed-room");

    let text = "Current user is not logged in";
    server.guest().get(&path).await.says(401, 997, text);
    let answer = server.admin().get(&format!("{path}?searchTerm[]=x")).await;
    answer.refused(400, "searchTerm");
    assert_eq!(server.admin().get(&path).await.data(), Value::Array(vec![]));
}
