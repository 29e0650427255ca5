//! Sharing rich objects. Source: chat.md 4, messages.md 7.

use crate::support::{Actor, TestServer, chat, person, talk};
use serde_json::{Value, json};

/// Metadata that a `call` needs.
const CALL: &str = r#"{"name":"Another room","call-type":"group"}"#;

/// The address of a conversation's picture.
async fn icon_url(server: &TestServer, actor: &Actor, room: &str) -> String {
    let version = actor.room(room).await["avatarVersion"].clone();
    let path = talk(&format!("/api/v1/room/{room}/avatar"));
    format!(
        "http://{}{path}?v={}",
        server.address(),
        version.as_str().unwrap()
    )
}

/// The object as it comes back.
async fn shared(actor: &Actor, room: &str, kind: &str, id: &str, meta: &str) -> Value {
    let answer = actor.shares(room, kind, id, meta).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.data()["messageParameters"]["object"].clone()
}

/// A share is refused and nothing is posted.
async fn refused(kind: &str, id: &str, meta: &str, status: u16, word: &str) {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let answer = alice.shares(&room, kind, id, meta).await;

    answer.refused(status, word);
    assert_eq!(alice.history(&room).await.len(), 2);
}

// What comes back.

#[tokio::test]
async fn a_shared_object_is_answered_whole() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let fields = [
        ("objectType", "call"),
        ("objectId", "R4nd0m"),
        ("metaData", CALL),
        ("referenceId", "abc"),
    ];
    let answer = alice.post(&format!("{}/share", chat(&room)), &fields).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let data = answer.data();
    let object = json!({
        "name": "Another room",
        "call-type": "group",
        "type": "call",
        "id": "R4nd0m",
        "icon-url": icon_url(&server, &alice, &room).await
    });
    let expected = json!({
        "id": data["id"],
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": server.now(),
        "message": "{object}",
        "messageParameters": { "actor": person("alice"), "object": object },
        "systemMessage": "",
        "messageType": "comment",
        "isReplyable": true,
        "referenceId": "abc",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": true,
        "threadId": data["id"]
    });
    assert_eq!(data.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_shared_object_comes_in_xml_too() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let request = alice
        .request("POST", &format!("{}/share", chat(&room)))
        .xml();
    let fields = [
        ("objectType", "highlight"),
        ("objectId", "1"),
        ("metaData", r#"{"name":"One & two"}"#),
    ];
    let answer = request.form(&fields).send().await;

    assert_eq!(answer.status, 201);
    let expected = "\n   <object>\n    <name>One &amp; two</name>\n    \
        <type>highlight</type>\n    <id>1</id>\n";
    assert!(answer.text.contains(expected), "{}", answer.text);
}

#[tokio::test]
async fn everybody_reads_a_shared_object_alike() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let answer = alice.shares(&room, "call", "R4nd0m", CALL).await;

    assert_eq!(bob.history(&room).await[0], answer.data());
}

#[tokio::test]
async fn a_shared_object_is_unread_for_others_and_read_for_its_author() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let answer = alice.shares(&room, "call", "R4nd0m", CALL).await;

    assert_eq!(alice.marker(&room).await, answer.data()["id"]);
    assert_eq!(alice.unread(&room).await, json!([0, false, false]));
    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
    assert_eq!(
        bob.room(&room).await["lastMessage"]["id"],
        answer.data()["id"]
    );
}

#[tokio::test]
async fn a_share_tells_the_common_read() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_group("Tea").await;

    let answer = alice.shares(&room, "call", "R4nd0m", CALL).await;

    assert_eq!(answer.common_read(), answer.data()["id"].as_i64());
}

// The metadata.

#[tokio::test]
async fn type_id_and_icon_are_overwritten_in_place() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let meta = r#"{"id":"x","name":"One","icon-url":"http://evil.example","type":"call"}"#;
    let object = shared(&alice, &room, "highlight", "1", meta).await;

    let expected = json!({
        "id": "1",
        "name": "One",
        "icon-url": icon_url(&server, &alice, &room).await,
        "type": "highlight"
    });
    assert_eq!(object.to_string(), expected.to_string());
}

#[tokio::test]
async fn unknown_keys_are_kept() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let meta = r#"{"name":"One","colour":"green"}"#;
    let object = shared(&alice, &room, "highlight", "1", meta).await;

    assert_eq!(object["colour"], "green");
}

#[tokio::test]
async fn the_id_of_an_object_may_be_empty() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let object = shared(&alice, &room, "highlight", "", r#"{"name":"One"}"#).await;

    assert_eq!(object["id"], "");
}

#[tokio::test]
async fn nobody_checks_that_the_object_exists() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    shared(&alice, &room, "talk-poll", "99999", r#"{"name":"Tea?"}"#).await;
    shared(&alice, &room, "user", "nobody", r#"{"name":"Nobody"}"#).await;
    let file = r#"{"name":"a.txt","path":"/etc/a.txt"}"#;
    shared(&alice, &room, "file", "1", file).await;
}

#[tokio::test]
async fn a_mention_in_the_metadata_is_no_mention() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    shared(&alice, &room, "highlight", "1", r#"{"name":"@bob"}"#).await;

    assert_eq!(bob.unread(&room).await, json!([1, false, false]));
}

#[tokio::test]
async fn a_place_on_earth_can_be_shared() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let meta = r#"{"name":"Here","latitude":"52.5","longitude":"-13.4"}"#;
    let id = "geo:52.5,-13.4,30.1;crs=wgs84;u=10";
    let object = shared(&alice, &room, "geo-location", id, meta).await;

    assert_eq!(object["id"], id);
}

#[tokio::test]
async fn a_link_to_this_server_is_accepted() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let link = "https://127.0.0.1:4443/apps/deck/1";
    let meta = json!({ "name": "Board", "link": link }).to_string();
    let object = shared(&alice, &room, "deck-board", "1", &meta).await;

    assert_eq!(object["link"], link);
}

// Refusals.

#[tokio::test]
async fn a_link_to_another_server_is_refused() {
    let meta = r#"{"name":"Board","link":"https://elsewhere.example/1"}"#;
    refused("deck-board", "1", meta, 400, "link").await;
}

#[tokio::test]
async fn a_relative_link_is_refused() {
    let meta = r#"{"name":"Board","link":"/apps/deck/1"}"#;
    refused("deck-board", "1", meta, 400, "link").await;
}

#[tokio::test]
async fn a_link_of_another_scheme_is_refused() {
    let meta = r#"{"name":"Board","link":"ftp://127.0.0.1/1"}"#;
    refused("deck-board", "1", meta, 400, "link").await;
}

#[tokio::test]
async fn a_wrong_link_is_refused_before_an_unknown_type() {
    let meta = r#"{"link":"https://elsewhere.example/1"}"#;
    refused("foo", "1", meta, 400, "link").await;
}

#[tokio::test]
async fn an_unknown_type_is_refused() {
    refused("foo", "1", r#"{"name":"One"}"#, 400, "object").await;
}

#[tokio::test]
async fn a_type_of_system_messages_only_is_refused() {
    refused("group", "1", r#"{"name":"One"}"#, 400, "object").await;
}

#[tokio::test]
async fn a_missing_key_is_refused() {
    refused("call", "R4nd0m", r#"{"call-type":"group"}"#, 400, "object").await;
}

#[tokio::test]
async fn metadata_that_is_no_json_lacks_its_keys() {
    refused("call", "R4nd0m", "{bad", 400, "object").await;
}

#[tokio::test]
async fn missing_metadata_lacks_its_keys() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let fields = [("objectType", "call"), ("objectId", "R4nd0m")];
    let answer = alice.post(&format!("{}/share", chat(&room)), &fields).await;

    answer.refused(400, "object");
}

#[tokio::test]
async fn a_list_of_metadata_is_refused() {
    refused("highlight", "1", r#"["name"]"#, 400, "object").await;
}

#[tokio::test]
async fn a_value_that_is_no_text_is_refused() {
    refused("highlight", "1", r#"{"name":5}"#, 400, "object").await;
    refused(
        "highlight",
        "1",
        r#"{"name":"One","new":true}"#,
        400,
        "object",
    )
    .await;
}

#[tokio::test]
async fn a_place_that_is_not_on_earth_is_refused() {
    let meta = r#"{"name":"Here","latitude":"52.5","longitude":"-13.4"}"#;
    refused("geo-location", "geo:52.5", meta, 400, "object").await;
    refused("geo-location", "52.5,13.4", meta, 400, "object").await;
}

#[tokio::test]
async fn an_object_that_is_too_long_is_refused() {
    let meta = json!({ "name": "x".repeat(32_000) }).to_string();
    refused("highlight", "1", &meta, 413, "message").await;
}

#[tokio::test]
async fn type_and_id_must_be_there() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let path = format!("{}/share", chat(&room));

    let without_type = alice.post(&path, &[("objectId", "1")]).await;
    without_type.refused(400, "objectType");
    let without_id = alice.post(&path, &[("objectType", "highlight")]).await;
    without_id.refused(400, "objectId");
}
