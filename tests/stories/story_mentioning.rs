//! Mentions in a text: what becomes a placeholder, and with which parameter. Source: messages.md 5.
//!
//! The whole grammar is a table in `chat::mention`; here is what depends on accounts and rooms.

use crate::support::{Actor, TestServer, person, talk};
use serde_json::{Value, json};

/// Posts and gives the text and the parameters that come back.
async fn said(actor: &Actor, room: &str, text: &str) -> (Value, Value) {
    let answer = actor.sends(room, &[("message", text)]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let data = answer.data();
    (data["message"].clone(), data["messageParameters"].clone())
}

/// Asserts that a text stays as it is.
async fn stays_text(actor: &Actor, room: &str, text: &str) {
    assert_eq!(said(actor, room, text).await, (json!(text), json!([])));
}

#[tokio::test]
async fn a_mentioned_account_becomes_a_placeholder() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let (text, parameters) = said(&alice, &room, "hi @bob, tea?").await;

    assert_eq!(text, "hi {mention-user1}, tea?");
    assert_eq!(parameters, json!({ "mention-user1": person("bob") }));
}

#[tokio::test]
async fn a_mention_looks_the_same_in_xml() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    alice.posts(&room, "hi @bob").await;

    let page = bob
        .reading(&room, "lookIntoFuture=0&limit=1")
        .xml()
        .send()
        .await;

    let expected = "\n   <message>hi {mention-user1}</message>\n   <messageParameters>\n    \
        <mention-user1>\n     <type>user</type>\n     <id>bob</id>\n     \
        <name>bob-displayname</name>\n     <mention-id>bob</mention-id>\n    \
        </mention-user1>\n   </messageParameters>\n";
    assert!(page.text.contains(expected), "{}", page.text);
}

#[tokio::test]
async fn an_account_need_not_take_part_to_be_mentioned() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.users(["carol"]).await;

    let (text, parameters) = said(&alice, &room, "ask @carol").await;

    assert_eq!(text, "ask {mention-user1}");
    assert_eq!(parameters, json!({ "mention-user1": person("carol") }));
}

#[tokio::test]
async fn an_unknown_name_stays_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    stays_text(&alice, &room, "ask @dave").await;
    stays_text(&alice, &room, r#"ask @"dave smith""#).await;
}

#[tokio::test]
async fn a_dot_belongs_to_the_name() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    stays_text(&alice, &room, "hi @bob. Bye").await;
    stays_text(&alice, &room, "@bob's cup").await;
}

#[tokio::test]
async fn a_name_that_does_not_stand_free_stays_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    stays_text(&alice, &room, "hi@bob").await;
    stays_text(&alice, &room, "(@bob)").await;
    stays_text(&alice, &room, "é@bob").await;
}

#[tokio::test]
async fn a_name_is_found_in_any_case_and_kept_as_typed() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let (text, parameters) = said(&alice, &room, "hi @BOB").await;

    assert_eq!(text, "hi {mention-user1}");
    let expected = json!({
        "type": "user",
        "id": "BOB",
        "name": "bob-displayname",
        "mention-id": "BOB"
    });
    assert_eq!(parameters["mention-user1"], expected);
}

#[tokio::test]
async fn a_name_with_a_space_is_quoted() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.users(["carol smith"]).await;

    let (text, parameters) = said(&alice, &room, r#"hi @"carol smith"!"#).await;

    assert_eq!(text, "hi {mention-user1}!");
    assert_eq!(parameters["mention-user1"]["id"], "carol smith");
}

#[tokio::test]
async fn the_same_name_twice_is_one_parameter() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let (text, parameters) = said(&alice, &room, "@bob @alice @bob").await;

    // The longer name comes first.
    assert_eq!(text, "{mention-user2} {mention-user1} {mention-user2}");
    let expected = json!({ "mention-user1": person("alice"), "mention-user2": person("bob") });
    assert_eq!(parameters.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_name_that_begins_like_another_is_not_taken_for_it() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.users(["bobby"]).await;

    let (text, _) = said(&alice, &room, "@bob and @bobby").await;

    assert_eq!(text, "{mention-user2} and {mention-user1}");
}

#[tokio::test]
async fn a_deleted_account_turns_its_mention_back_into_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let id = alice.posts(&room, "hi @bob").await;
    let deleted = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);

    let history = alice.history(&room).await;

    let row = history.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(row["message"], "hi @bob");
    assert_eq!(row["messageParameters"], json!([]));
}

// Everybody.

#[tokio::test]
async fn all_is_everybody_in_the_conversation() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let (text, parameters) = said(&bob, &room, "@all tea!").await;

    assert_eq!(text, "{mention-call1} tea!");
    let version = alice.room(&room).await["avatarVersion"].clone();
    let path = talk(&format!("/api/v1/room/{room}/avatar"));
    let icon = format!(
        "http://{}{path}?v={}",
        server.address(),
        version.as_str().unwrap()
    );
    let expected = json!({
        "type": "call",
        "id": room,
        "name": "Tea",
        "call-type": "group",
        "icon-url": icon,
        "mention-id": "all"
    });
    assert_eq!(
        parameters["mention-call1"].to_string(),
        expected.to_string()
    );
}

#[tokio::test]
async fn all_in_other_words_stays_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    stays_text(&alice, &room, "@ALL @All @here @allx @all.").await;
}

#[tokio::test]
async fn all_in_a_public_conversation_says_that_it_is_public() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;

    let (_, parameters) = said(&alice, &room, "@all").await;

    assert_eq!(parameters["mention-call1"]["call-type"], "public");
}

#[tokio::test]
async fn all_in_a_one_to_one_bears_the_name_of_the_other_one() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let room = alice.turns_to("bob").await;
    alice.posts(&room, "@all").await;

    let everybody = async |reader: &Actor| {
        let newest = reader.history(&room).await[0].clone();
        newest["messageParameters"]["mention-call1"].clone()
    };
    assert_eq!(everybody(&alice).await["name"], "bob-displayname");
    assert_eq!(everybody(&bob).await["name"], "alice-displayname");
    assert_eq!(everybody(&bob).await["call-type"], "one2one");
}

#[tokio::test]
async fn only_moderators_mention_all_where_it_is_theirs() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Tea"),
        ("mentionPermissions", "1"),
    ];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;

    stays_text(&bob, &room, "@all").await;
    assert_eq!(said(&alice, &room, "@all").await.0, "{mention-call1}");
}

#[tokio::test]
async fn whether_all_counts_is_decided_when_it_is_written() {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [
        ("roomType", "2"),
        ("roomName", "Tea"),
        ("mentionPermissions", "1"),
    ];
    let room = alice.creates_room(&fields).await;
    alice.adds(&room, "bob").await;
    let id = bob.posts(&room, "@all").await;
    alice.promotes(&room, &bob.attendee_id(&room).await).await;

    let history = bob.history(&room).await;

    let row = history.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(row["message"], "@all");
}

// Guests and groups.

#[tokio::test]
async fn a_guest_is_mentioned_by_their_number() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let guest = server.guest_in(&room).await;
    guest
        .sends(&room, &[("message", "hi"), ("actorDisplayName", "Saruman")])
        .await;
    let hex = guest.room(&room).await["actorId"]
        .as_str()
        .unwrap()
        .to_owned();

    let (text, parameters) = said(&alice, &room, &format!(r#"hi @"guest/{hex}""#)).await;

    assert_eq!(text, "hi {mention-guest1}");
    let expected = json!({
        "type": "guest",
        "id": format!("guest/{hex}"),
        "name": "Saruman",
        "mention-id": format!("guest/{hex}")
    });
    assert_eq!(parameters["mention-guest1"], expected);
}

#[tokio::test]
async fn an_unknown_guest_is_mentioned_as_guest() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let (text, parameters) = said(&alice, &room, r#"hi @"guest/abc""#).await;

    assert_eq!(text, "hi {mention-guest1}");
    assert_eq!(parameters["mention-guest1"]["name"], "Guest");
}

#[tokio::test]
async fn a_guest_without_quotes_or_number_stays_text() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    stays_text(&alice, &room, "hi @guest/abc").await;
    stays_text(&alice, &room, r#"hi @"guest/xyz""#).await;
}

#[tokio::test]
async fn a_group_is_mentioned_by_its_name() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    server.group("cooks", &[]).await;

    let (text, parameters) = said(&alice, &room, r#"hi @"group/cooks""#).await;

    assert_eq!(text, "hi {mention-group1}");
    let expected = json!({
        "type": "user-group",
        "id": "cooks",
        "name": "cooks",
        "mention-id": "group/cooks"
    });
    assert_eq!(parameters["mention-group1"], expected);
}

#[tokio::test]
async fn an_email_guest_a_team_and_a_federated_user_are_mentioned_even_if_unknown() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let text = r#"@"email/abc" @"team/t1" @"federated_user/eve@remote.example""#;
    let (text, parameters) = said(&alice, &room, text).await;

    assert_eq!(
        text,
        "{mention-email1} {mention-team1} {mention-federated-user1}"
    );
    let email = json!({ "type": "email", "id": "abc", "name": "Guest", "mention-id": "email/abc" });
    assert_eq!(parameters["mention-email1"], email);
    assert_eq!(parameters["mention-team1"]["type"], "highlight");
    let federated = json!({
        "type": "user",
        "id": "eve",
        "name": "eve@remote.example",
        "server": "remote.example",
        "mention-id": "federated_user/eve@remote.example"
    });
    assert_eq!(parameters["mention-federated-user1"], federated);
}
