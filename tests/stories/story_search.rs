//! Searching for messages and conversations: what is found, by whom, and how it is shown.
//! Source: chat-extras.md 11, server.md 18.

use serde_json::{Value, json};

use crate::support::rooms::room_part;
use crate::support::{Actor, Answer, TestServer, chat, talk};

const PROVIDERS: &str = "/ocs/v2.php/search/providers";

impl Actor {
    /// Searches; `fields` go into the query.
    async fn searches(&self, provider: &str, fields: &[(&str, &str)]) -> Answer {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields);
        let query = query.finish();
        self.get(&format!("{PROVIDERS}/{provider}/search?{query}"))
            .await
    }

    /// The ids of the messages found in all conversations, up to 100.
    async fn finds_messages(&self, term: &str) -> Vec<i64> {
        self.finds_by(&[("term", term), ("limit", "100")]).await
    }

    async fn finds_by(&self, fields: &[(&str, &str)]) -> Vec<i64> {
        found(&self.searches("talk-message", fields).await)
    }
}

fn entries(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data()["entries"].as_array().unwrap().clone()
}

fn found(answer: &Answer) -> Vec<i64> {
    let ids = entries(answer).into_iter().map(|entry| {
        let id = entry["attributes"]["messageId"].as_str().unwrap().parse();
        id.unwrap()
    });
    ids.collect()
}

fn titles(answer: &Answer) -> Vec<Value> {
    let entries = entries(answer).into_iter();
    entries.map(|entry| entry["title"].clone()).collect()
}

fn nothing(name: &str) -> Value {
    json!({ "name": name, "isPaginated": false, "entries": [], "cursor": null })
}

/// In the order in which they are found.
fn newest_first<const N: usize>(ids: [i64; N]) -> Vec<i64> {
    let mut ids = ids.to_vec();
    ids.reverse();
    ids
}

#[tokio::test]
async fn the_providers_are_those_that_clients_ask() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let answer = alice.get(PROVIDERS).await;
    assert_eq!(answer.status, 200);
    let data = answer.data();
    let ids: Vec<_> = data
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(
        json!(ids),
        json!(["talk-conversations", "talk-message-current", "talk-message"])
    );
    assert_eq!(
        data[2],
        json!({
            "id": "talk-message", "appId": "spreed", "name": "Messages",
            "icon": "/apps/spreed/img/app-dark.svg", "order": 12, "isExternalProvider": false, "triggers": [],
            "filters": { "term": "string", "since": "datetime", "until": "datetime", "person": "person",
                         "conversation": "string" },
            "inAppSearch": false
        })
    );
    assert_eq!(data[0]["filters"], json!({ "term": "string" }));
    let nobody = server.guest();
    assert_eq!(nobody.get(PROVIDERS).await.status, 401);
    let refused = nobody.searches("talk-message", &[("term", "tea")]).await;
    assert_eq!(refused.status, 401);
    let unknown = alice.searches("talk-teapots", &[("term", "tea")]).await;
    unknown.refused(404, "provider");
    server.stop().await;
}

#[tokio::test]
async fn a_message_is_found_with_all_that_a_client_shows() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let id = alice.posts(&room, "The kettle is on, @bob").await;
    let at = server.now();
    let answer = bob.searches("talk-message", &[("term", "KETTLE")]).await;
    let host = format!("http://{}", server.address());
    answer.expect(
        200,
        json!({
            "name": "Messages", "isPaginated": true, "cursor": 5,
            "entries": [{
                "thumbnailUrl": format!("{host}/avatar/alice/512"),
                "title": "alice-displayname in Tea",
                "subline": "The kettle is on, @bob-displayname",
                "resourceUrl": format!("{host}/call/{room}#message_{id}"),
                "icon": "icon-talk", "rounded": true,
                "attributes": {
                    "conversation": room, "messageId": id.to_string(), "actorType": "users", "actorId": "alice",
                    "timestamp": at.to_string()
                }
            }]
        }),
    );
    let long = format!("{} the spout is broken", "x".repeat(50));
    alice.posts(&room, &long).await;
    let answer = bob.searches("talk-message", &[("term", "spout")]).await;
    assert_eq!(entries(&answer)[0]["subline"], "…xxxxx the spout is broken");
    server.stop().await;
}

#[tokio::test]
async fn any_part_of_a_text_finds_it_whether_it_is_indexed_or_not() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;
    let texts = [
        "Teekessel ÄÖÜ",
        "ПРИВЕТ, мир",
        "İstanbul and Diyarbakır",
        "100% \"quoted\" AND NOT (a OR b*) -minus:colon ^caret",
        "under_score and back\\slash",
        "cafe",
        "日本語のお茶",
        "👩‍💻 at work",
        "ΟΔΟΣ",
    ];
    let mut ids = Vec::new();
    for text in texts {
        ids.push(alice.posts(&room, text).await);
    }
    let share = alice
        .shares(
            &room,
            "geo-location",
            "geo:52.5,13.4",
            r#"{"name":"Größter Platz","latitude":"52.5","longitude":"13.4"}"#,
        )
        .await;
    assert_eq!(share.status, 201, "{}", share.text);
    ids.push(share.data()["id"].as_i64().unwrap());
    let table: &[(&str, &[usize])] = &[
        ("KESSEL", &[0]),
        ("äöü", &[0]),
        ("aou", &[]),
        ("äö", &[0]),
        ("привет", &[1]),
        ("МИР", &[1]),
        ("istanbul", &[2]),
        ("bakır", &[2]),
        ("bakir", &[]),
        ("100%", &[3]),
        ("1%0", &[]),
        ("1_0", &[]),
        ("\"quoted\" and", &[3]),
        // Of an object its JSON is searched.
        ("\"", &[9, 3]),
        ("(a OR b*)", &[3]),
        ("kessel OR caret", &[]),
        ("kessel AND NOT caret", &[]),
        ("NEAR(quoted minus)", &[]),
        ("-minus:colon ^c", &[3]),
        ("body:quoted", &[]),
        ("r_s", &[4]),
        ("k\\s", &[4]),
        ("_", &[9, 4]),
        ("café", &[]),
        ("cafe", &[5]),
        ("本語の", &[6]),
        ("茶", &[6]),
        ("👩‍💻", &[7]),
        ("οδο", &[8]),
        ("größter", &[9]),
        ("teekesselchen", &[]),
        // Not in this order, though each part of it stands there.
        ("öüäö", &[]),
        // What is only in system messages, too.
        ("conversation", &[]),
    ];
    for indexed in [false, true] {
        if indexed {
            server.lets_pass(60).await;
        }
        for (term, expected) in table {
            let expected: Vec<i64> = expected.iter().map(|index| ids[*index]).collect();
            assert_eq!(
                alice.finds_messages(term).await,
                expected,
                "{term}, indexed: {indexed}"
            );
        }
        let long = "x".repeat(32_001);
        assert_eq!(alice.finds_messages(&long[..8_000]).await, [0; 0]);
    }
    server.stop().await;
}

#[tokio::test]
async fn only_what_the_reader_may_read_at_this_moment_is_found() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    let open = [("roomType", "3"), ("roomName", "Market")];
    let market = alice.creates_room(&open).await;
    let ids = [
        alice.posts(&room, "the kettle").await,
        alice.posts(&market, "a kettle for sale").await,
    ];
    for indexed in [false, true] {
        if indexed {
            server.lets_pass(60).await;
        }
        assert_eq!(alice.finds_messages("kettle").await, newest_first(ids));
        assert_eq!(bob.finds_messages("kettle").await, [ids[0]]);
        assert_eq!(bob.finds_messages("ke").await, [ids[0]]);
        let none = carol.searches("talk-message", &[("term", "kettle")]).await;
        // Her note to self can be looked into as soon as there is one.
        assert_eq!(found(&none), [0; 0]);
    }
    let here = format!("/call/{room}");
    let from = [("term", "kettle"), ("from", here.as_str())];
    let outside = carol.searches("talk-message-current", &from).await;
    outside.expect(200, nothing("Messages"));
    assert_eq!(
        found(&bob.searches("talk-message-current", &from).await),
        [ids[0]]
    );

    alice.closes_lobby(&room).await;
    assert_eq!(bob.finds_messages("kettle").await, [0; 0]);
    let held = bob.searches("talk-message-current", &from).await;
    held.expect(200, nothing("Messages"));
    assert_eq!(alice.finds_messages("kettle").await, newest_first(ids));
    alice.sets(&room, "webinar/lobby", &[("state", "0")]).await;
    assert_eq!(bob.finds_messages("kettle").await, [ids[0]]);

    let timer = (server.now() + 100).to_string();
    alice
        .sets(&room, "webinar/lobby", &[("state", "1"), ("timer", &timer)])
        .await;
    assert_eq!(bob.finds_messages("kettle").await, [0; 0]);
    server.advance(101);
    assert_eq!(
        bob.finds_messages("kettle").await,
        [ids[0]],
        "the timer is over"
    );

    bob.leaves_for_good(&room).await;
    assert_eq!(bob.finds_messages("kettle").await, [0; 0]);
    server.stop().await;
}

#[tokio::test]
async fn the_scope_follows_where_the_client_is_and_what_it_filters() {
    let server = TestServer::start().await;
    let (alice, bob, tea) = server.tea().await;
    let coffee = alice.creates_group("Coffee").await;
    alice.adds(&coffee, "bob").await;
    let pair = alice.turns_to("bob").await;
    alice.posts(&pair, "hello").await;
    let in_tea = alice.posts(&tea, "one kettle").await;
    let in_coffee = bob.posts(&coffee, "two kettles").await;
    let between = bob.posts(&pair, "our kettle").await;
    let here = format!("/index.php/call/{tea}#message_1");

    let all = alice.searches("talk-message", &[("term", "kettle")]).await;
    assert_eq!(found(&all), [between, in_coffee, in_tea]);
    assert_eq!(
        json!(titles(&all)),
        json!([
            "bob-displayname",
            "bob-displayname in Coffee",
            "alice-displayname in Tea"
        ])
    );
    let others = [("term", "kettle"), ("from", here.as_str())];
    let others = alice.searches("talk-message", &others).await;
    assert_eq!(others.data()["name"], "Messages in other conversations");
    assert_eq!(found(&others), [between, in_coffee]);
    let current = [("term", "kettle"), ("from", here.as_str())];
    let current = alice.searches("talk-message-current", &current).await;
    assert_eq!(current.data()["name"], "Messages");
    assert_eq!(found(&current), [in_tea]);
    assert_eq!(json!(titles(&current)), json!(["alice-displayname"]));
    let nowhere = alice
        .searches("talk-message-current", &[("term", "kettle")])
        .await;
    nowhere.expect(200, nothing("Messages"));

    let narrowed = [("term", "kettle"), ("conversation", coffee.as_str())];
    let narrowed = alice.searches("talk-message", &narrowed).await;
    assert_eq!(found(&narrowed), [in_coffee]);
    assert_eq!(json!(titles(&narrowed)), json!(["bob-displayname"]));
    for token in ["nowhere1", "NOT A TOKEN"] {
        let fields = [("term", "kettle"), ("conversation", token)];
        let narrowed = alice.searches("talk-message", &fields).await;
        narrowed.expect(200, nothing("Messages"));
    }

    let by = |person| [("term", "kettle"), ("person", person)];
    assert_eq!(alice.finds_by(&by("bob")).await, [between, in_coffee]);
    assert_eq!(alice.finds_by(&by("BOB")).await, [between, in_coffee]);
    assert_eq!(alice.finds_by(&by("alice")).await, [in_tea]);
    assert_eq!(alice.finds_by(&by("nobody")).await, [0; 0]);

    let then = server.now();
    server.advance(1000);
    let later = alice.posts(&tea, "a late kettle").await;
    let (before, after) = ((then + 999).to_string(), (then + 1000).to_string());
    let since = [("term", "kettle"), ("since", after.as_str())];
    assert_eq!(alice.finds_by(&since).await, [later]);
    let until = [("term", "kettle"), ("until", before.as_str())];
    assert_eq!(alice.finds_by(&until).await, [between, in_coffee, in_tea]);
    let both = [
        ("term", "kettle"),
        ("since", after.as_str()),
        ("until", before.as_str()),
    ];
    assert_eq!(alice.finds_by(&both).await, [0; 0]);
    let date = [
        ("term", "kettle"),
        ("since", "2001-02-03T04:05:06+00:00"),
        ("until", "2001-02-03"),
    ];
    assert_eq!(alice.finds_by(&date).await, [0; 0]);
    for name in ["since", "until"] {
        let fields = [("term", "kettle"), (name, "whenever")];
        alice
            .searches("talk-message", &fields)
            .await
            .refused(400, name);
    }
    server.stop().await;
}

#[tokio::test]
async fn guests_and_deleted_accounts_have_their_titles() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice
        .creates_room(&[("roomType", "3"), ("roomName", "Market")])
        .await;
    alice.adds(&room, "bob").await;
    bob.posts(&room, "kettle of bob").await;
    let unnamed = server.guest_in(&room).await;
    unnamed.posts(&room, "kettle of somebody").await;
    let named = server.guest_in(&room).await;
    let fields = [("message", "kettle of gina"), ("actorDisplayName", "Gina")];
    assert_eq!(named.sends(&room, &fields).await.status, 201);
    let gone = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(gone.status, 200);
    let answer = alice.searches("talk-message", &[("term", "kettle")]).await;
    assert_eq!(
        json!(titles(&answer)),
        json!([
            "Gina (guest) in Market",
            "Guest in Market",
            "Deleted user in Market"
        ])
    );
    for entry in entries(&answer) {
        assert_eq!(entry["thumbnailUrl"], "");
    }
    server.stop().await;
}

#[tokio::test]
async fn changed_messages_are_found_by_what_they_say_now() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    for indexed_before in [false, true] {
        let edited = alice.posts(&room, "an old kettle").await;
        let deleted = alice.posts(&room, "a broken kettle").await;
        if indexed_before {
            server.lets_pass(60).await;
        }
        assert_eq!(bob.finds_messages("kettle").await, [deleted, edited]);
        let path = format!("{}/{edited}", chat(&room));
        let answer = alice.put(&path, &[("message", "a new teapot")]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        alice.deletes_message(&room, deleted).await;
        for indexed_after in [false, true] {
            if indexed_after {
                server.lets_pass(60).await;
            }
            assert_eq!(bob.finds_messages("kettle").await, [0; 0]);
            assert_eq!(bob.finds_messages("teapot").await, [edited]);
            assert_eq!(bob.finds_messages("broken").await, [0; 0]);
        }
        alice.put(&path, &[("message", "nothing")]).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_cleared_history_and_a_deleted_conversation_are_not_found() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let other = alice.creates_group("Coffee").await;
    alice.posts(&room, "first kettle").await;
    alice.posts(&other, "other kettle").await;
    server.lets_pass(60).await;
    assert_eq!(alice.finds_messages("kettle").await.len(), 2);
    assert_eq!(alice.delete(&chat(&room), &[]).await.status, 200);
    let gone = alice
        .delete(&talk(&format!("/api/v4/room/{other}")), &[])
        .await;
    assert_eq!(gone.status, 200);
    assert_eq!(alice.finds_messages("kettle").await, [0; 0]);
    let second = alice.posts(&room, "second kettle").await;
    for _ in 0..2 {
        assert_eq!(bob.finds_messages("kettle").await, [second]);
        server.lets_pass(60).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_go_through_all_conversations_from_new_to_old() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let mut rooms = Vec::new();
    for number in 0..12 {
        rooms.push(alice.creates_group(&format!("Room {number}")).await);
    }
    let mut ids = Vec::new();
    for round in 0..2 {
        for room in &rooms {
            ids.push(alice.posts(room, &format!("kettle, round {round}")).await);
        }
        if round == 0 {
            server.lets_pass(60).await;
        }
    }
    ids.reverse();
    for term in ["kettle", "ke"] {
        let mut seen = Vec::new();
        let mut cursor = 0;
        while cursor < 30 {
            let at = cursor.to_string();
            let fields = [("term", term), ("limit", "7"), ("cursor", &at)];
            let page = alice.searches("talk-message", &fields).await;
            assert_eq!(
                page.data()["cursor"],
                cursor + 7,
                "also after the last entry"
            );
            assert_eq!(page.data()["isPaginated"], true);
            seen.extend(found(&page));
            cursor += 7;
        }
        assert_eq!(seen, ids, "{term}");
    }
    for (limit, length) in [("0", 5), ("-3", 5), ("x", 5), ("1", 1), ("99999999999", 24)] {
        let fields = [("term", "kettle"), ("limit", limit)];
        assert_eq!(alice.finds_by(&fields).await.len(), length, "{limit}");
    }
    assert_eq!(alice.finds_by(&[("term", "kettle")]).await.len(), 5);
    for cursor in ["99999999999999999999", "10000", "24"] {
        let fields = [("term", "kettle"), ("cursor", cursor)];
        assert_eq!(alice.finds_by(&fields).await, [0; 0], "{cursor}");
    }
    for cursor in ["-5", "", "x"] {
        let fields = [("term", "kettle"), ("cursor", cursor)];
        assert_eq!(alice.finds_by(&fields).await.len(), 5, "{cursor}");
    }
    server.stop().await;
}

#[tokio::test]
async fn without_anything_to_look_for_nothing_is_found() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    alice.posts(&room, "a b").await;
    for fields in [&[][..], &[("term", "")], &[("term", "  ")]] {
        let answer = alice.searches("talk-message", fields).await;
        answer.expect(200, nothing("Messages"));
        let answer = alice.searches("talk-conversations", fields).await;
        answer.expect(200, nothing("Conversations"));
    }
    let list = alice.searches("talk-message", &[("term[]", "a")]).await;
    list.refused(400, "term");
    server.stop().await;
}

#[tokio::test]
async fn conversations_are_found_by_the_name_that_the_reader_knows() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let pair = alice.turns_to("bob").await;
    alice.posts(&pair, "hello").await;
    server.advance(10);
    let other = alice.creates_group("Green Tea").await;
    let answer = alice
        .searches("talk-conversations", &[("term", "TEA")])
        .await;
    let host = format!("http://{}", server.address());
    let thumbnail = entries(&answer)[0]["thumbnailUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let avatar = talk(&format!("/api/v1/room/{other}/avatar"));
    assert!(
        thumbnail.starts_with(&format!("{host}{avatar}")),
        "{thumbnail}"
    );
    assert_eq!(
        entries(&answer)[0],
        json!({
            "thumbnailUrl": thumbnail, "title": "Green Tea", "subline": "",
            "resourceUrl": format!("{host}/call/{other}"), "icon": "", "rounded": true,
            "attributes": { "conversation": other }
        })
    );
    assert_eq!(json!(titles(&answer)), json!(["Green Tea", "Tea"]));
    let from = format!("/call/{room}");
    let fields = [("term", "tea"), ("from", from.as_str())];
    let elsewhere = alice.searches("talk-conversations", &fields).await;
    assert_eq!(json!(titles(&elsewhere)), json!(["Green Tea"]));
    let partner = bob
        .searches("talk-conversations", &[("term", "lice-d")])
        .await;
    assert_eq!(
        entries(&partner)[0]["attributes"]["conversation"],
        pair.as_str()
    );
    let fields = [("term", "tea"), ("limit", "1"), ("cursor", "1")];
    let second = alice.searches("talk-conversations", &fields).await;
    assert_eq!(json!(titles(&second)), json!(["Tea"]));
    assert_eq!(second.data()["cursor"], 2);
    let listed = alice
        .put(&room_part(&room, "listable"), &[("scope", "1")])
        .await;
    assert_eq!(listed.status, 200);
    let [carol] = server.users(["carol"]).await;
    let none = carol
        .searches("talk-conversations", &[("term", "tea")])
        .await;
    assert_eq!(entries(&none), [Value::Null; 0], "only her own");
    server.stop().await;
}
