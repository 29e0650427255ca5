//! Looking at the avatar of a conversation: who sees it, what is drawn if nobody uploaded anything, and
//! the avatar that a conversation is made with. Source: conversations.md 3.4 (#24), 3.5, 3.18.

use crate::support::notices::told;
use crate::support::pictures::{
    avatar, dark, emoji, person, png, refused, shown_png, svg, uploads, uploads_own, with_picture,
};
use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, talk};
use serde_json::{Value, json};

// Who sees it.

#[tokio::test]
async fn a_visitor_sees_the_picture_after_joining_only() {
    let server = TestServer::start().await;
    let [alice, carol] = server.users(["alice", "carol"]).await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest();

    for path in [avatar(&token), dark(&token)] {
        guest.get(&path).await.expect_refusal(404);
        carol.get(&path).await.expect_refusal(404);
    }
    guest.joins(&token).await;

    svg(&guest, &avatar(&token)).await;
    svg(&guest, &dark(&token)).await;
}

#[tokio::test]
async fn accounts_see_the_picture_of_an_open_conversation() {
    let server = TestServer::start().await;
    let [alice, carol] = server.users(["alice", "carol"]).await;
    let fields = [("roomName", "Tea"), ("listable", "1")];
    let token = alice.creates_room(&fields).await;

    svg(&carol, &avatar(&token)).await;
    server
        .guest()
        .get(&avatar(&token))
        .await
        .expect_refusal(404);
}

#[tokio::test]
async fn who_waits_in_the_lobby_sees_the_picture() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    alice.sets(&token, "webinar/lobby", &[("state", "1")]).await;

    svg(&bob, &avatar(&token)).await;
}

#[tokio::test]
async fn who_was_removed_sees_it_no_more() {
    let server = TestServer::start().await;
    let (alice, bob, token) = with_picture(&server).await;
    assert_eq!(bob.get(&avatar(&token)).await.status, 200);

    alice.removes(&token, &bob.attendee_id(&token).await).await;

    bob.get(&avatar(&token)).await.expect_refusal(404);
}

#[tokio::test]
async fn there_is_no_picture_of_what_does_not_exist() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    alice.get(&avatar("abcd2345")).await.expect_refusal(404);
    server
        .guest()
        .get(&dark("abcd2345"))
        .await
        .expect_refusal(404);
}

// What is drawn.

#[tokio::test]
async fn a_name_that_begins_with_an_emoji_shows_it() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_group("🇩🇪 Tea").await;

    let seen = alice.room(&token).await;

    assert_eq!(seen["isCustomAvatar"], false);
    assert_eq!(seen["avatarVersion"].as_str().unwrap().len(), 8);
    let shown = svg(&alice, &avatar(&token)).await;
    assert!(shown.contains("🇩🇪") && shown.contains("#6B6B6B"));
    let renamed = alice.put(&room(&token), &[("roomName", "Tea")]).await;
    assert_ne!(renamed.data()["avatarVersion"], seen["avatarVersion"]);
    assert!(!svg(&alice, &avatar(&token)).await.contains("🇩🇪"));
}

#[tokio::test]
async fn groups_and_public_conversations_look_different() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let group = alice.creates_group("Tea").await;
    let public = alice.creates_public("Tea").await;

    let versions = [&group, &public].map(|token| alice.room(token));
    let [one, two] = versions;

    assert_ne!(one.await["avatarVersion"], two.await["avatarVersion"]);
    let drawn = svg(&alice, &avatar(&group)).await;
    assert_ne!(drawn, svg(&alice, &avatar(&public)).await);
    assert_ne!(drawn, svg(&alice, &dark(&group)).await);
}

/// Alice's one-to-one with Bob, in which both are.
async fn pair() -> (TestServer, Actor, Actor, String) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let fields = [("roomType", "1"), ("invite", "bob")];
    let token = alice.creates_room(&fields).await;
    alice.posts(&token, "hello").await;
    (server, alice, bob, token)
}

#[tokio::test]
async fn in_a_one_to_one_each_sees_the_other() {
    let (server, alice, bob, token) = pair().await;

    let by_alice = shown_png(&alice, &avatar(&token)).await;
    let by_bob = shown_png(&bob, &avatar(&token)).await;

    assert_eq!(by_alice, shown_png(&alice, &person("bob", 512)).await);
    assert_eq!(by_bob, shown_png(&alice, &person("alice", 512)).await);
    assert_ne!(by_alice, by_bob);
    let dark_by_alice = shown_png(&alice, &dark(&token)).await;
    assert_eq!(
        dark_by_alice,
        shown_png(&alice, "/avatar/bob/512/dark").await
    );
    let seen = alice.room(&token).await;
    assert_eq!(seen["isCustomAvatar"], false);
    assert_eq!(seen["avatarVersion"].as_str().unwrap().len(), 8);
    let answer = server.guest().get(&avatar(&token)).await;
    answer.expect_refusal(404);
}

#[tokio::test]
async fn in_a_one_to_one_the_uploaded_picture_of_the_other_is_shown() {
    let (_server, alice, bob, token) = pair().await;

    uploads_own(&bob, &png()).await.expect(200, json!(null));

    let uploaded = shown_png(&alice, &avatar(&token)).await;
    assert_eq!(uploaded, shown_png(&alice, &person("bob", 512)).await);
    assert_eq!(uploaded, shown_png(&alice, &dark(&token)).await);
    assert_ne!(uploaded, shown_png(&bob, &avatar(&token)).await);
}

async fn version(actor: &Actor, token: &str) -> Value {
    let version = actor.room(token).await["avatarVersion"].clone();
    let text = version.as_str().unwrap();
    assert!(
        text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{text}"
    );
    version
}

async fn listed(actor: &Actor, query: &str) -> Vec<Value> {
    let list = actor.get(&talk(&format!("/api/v4/room?{query}"))).await;
    list.data().as_array().unwrap().clone()
}

#[tokio::test]
async fn the_version_of_a_one_to_one_changes_with_the_picture_of_the_other() {
    let (_server, alice, bob, token) = pair().await;
    let (drawn, own) = (version(&alice, &token).await, version(&bob, &token).await);
    assert_ne!(drawn, own);

    uploads_own(&bob, &png()).await.expect(200, json!(null));
    let first = version(&alice, &token).await;
    uploads_own(&bob, &png()).await.expect(200, json!(null));
    let second = version(&alice, &token).await;
    let removed = bob.delete(&talk("/temp-user-avatar"), &[]).await;
    assert_eq!(removed.status, 200, "{}", removed.text);

    assert!(first != drawn && second != drawn && first != second);
    assert_eq!(version(&alice, &token).await, drawn);
    assert_eq!(version(&bob, &token).await, own);
}

#[tokio::test]
async fn lists_have_the_new_version_though_nothing_happened_in_the_conversation() {
    let (server, alice, bob, token) = pair().await;
    let note = alice.get(&talk("/api/v4/room/note-to-self")).await.data();
    let drawn = version(&alice, &token).await;
    server.advance(60);
    let since = server.now();
    uploads_own(&bob, &png()).await.expect(200, json!(null));

    let all = listed(&alice, "").await;
    let with_status = listed(&alice, &format!("modifiedSince={since}&includeStatus=1")).await;
    let changed = listed(&alice, &format!("modifiedSince={since}")).await;

    let uploaded = version(&alice, &token).await;
    assert_ne!(uploaded, drawn);
    let of_pair = |rooms: &[Value]| {
        let room = rooms.iter().find(|room| room["token"] == token.as_str());
        room.map(|room| room["avatarVersion"].clone())
    };
    assert_eq!(of_pair(&all), Some(uploaded.clone()));
    assert_eq!(of_pair(&with_status), Some(uploaded));
    assert!(!with_status.iter().any(|room| room["id"] == note["id"]));
    // As with a changed name, clients see it with the next whole list.
    assert_eq!(changed, [] as [Value; 0]);
}

#[tokio::test]
async fn the_version_changes_with_what_is_drawn_and_with_who_sees_the_picture() {
    let (_server, alice, bob, token) = pair().await;
    let edits = async |key: &str, value: &str| {
        let fields = [("key", key), ("value", value)];
        let answer = bob.put("/ocs/v2.php/cloud/users/bob", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    let drawn = version(&alice, &token).await;
    edits("displayname", "Robert Tea").await;
    let renamed = version(&alice, &token).await;
    assert_ne!(renamed, drawn);
    uploads_own(&bob, &png()).await.expect(200, json!(null));
    let uploaded = version(&alice, &token).await;
    edits("displayname", "Bobby Tea").await;
    assert_eq!(version(&alice, &token).await, uploaded);

    edits("avatarScope", "v2-private").await;
    let kept_private = version(&alice, &token).await;
    uploads_own(&bob, &png()).await.expect(200, json!(null));

    assert_ne!(kept_private, uploaded);
    assert_eq!(version(&alice, &token).await, kept_private);
    edits("avatarScope", "v2-local").await;
    let shown_again = version(&alice, &token).await;
    assert!(shown_again != kept_private && shown_again != uploaded);
}

#[tokio::test]
async fn what_is_told_of_a_one_to_one_has_the_version_of_its_picture() {
    let (_server, alice, bob, token) = pair().await;
    uploads_own(&alice, &png()).await.expect(200, json!(null));

    alice.posts(&token, "@bob").await;

    let version = version(&bob, &token).await;
    let told = told(&bob).await;
    let call = &told[0]["subjectRichParameters"]["call"];
    let icon = call["icon-url"].as_str().unwrap();
    let end = format!("/avatar?v={}", version.as_str().unwrap());
    assert!(icon.ends_with(&end), "{told:?}");
}

#[tokio::test]
async fn a_one_to_one_has_no_picture_of_its_own() {
    let (_server, alice, _, token) = pair().await;
    let before = alice.systems(&token).await;
    let reason = "One-to-one rooms always need to show the other users avatar";

    refused(&uploads(&alice, &token, b"no picture").await, reason);
    refused(&alice.post(&avatar(&token), &[]).await, reason);
    let answer = alice.post(&emoji(&token), &[("emoji", "a")]).await;
    refused(&answer, reason);
    let removed = alice.delete(&avatar(&token), &[]).await;

    assert_eq!(removed.status, 200);
    assert_eq!(removed.data()["token"], token);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_former_one_to_one_keeps_showing_a_person() {
    let (server, alice, _, token) = pair().await;
    let gone = server
        .admin()
        .delete("/ocs/v2.php/cloud/users/bob", &[])
        .await;
    assert_eq!(gone.status, 200, "{}", gone.text);

    let answer = uploads(&alice, &token, &png()).await;

    assert_eq!(alice.room(&token).await["type"], 5);
    refused(
        &answer,
        "One-to-one rooms always need to show the other users avatar",
    );
    let removed = alice.delete(&avatar(&token), &[]).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    svg(&alice, &avatar(&token)).await;
}

#[tokio::test]
async fn a_note_to_self_begins_with_a_notepad_and_may_get_another_picture() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let note = alice.get(&talk("/api/v4/room/note-to-self")).await.data();
    let token = note["token"].as_str().unwrap();

    let shown = svg(&alice, &avatar(token)).await;

    assert_eq!(note["isCustomAvatar"], true);
    assert!(shown.contains("📝") && shown.contains("#0082c9"));
    assert_eq!(alice.systems(token).await, ["conversation_created"]);
    assert_eq!(uploads(&alice, token, &png()).await.status, 200);
    let answer = alice.delete(&avatar(token), &[]).await;
    assert_eq!(answer.data()["isCustomAvatar"], false);
    assert_eq!(
        alice.systems(token).await,
        ["conversation_created", "avatar_set", "avatar_removed"]
    );
}

// From the beginning.

#[tokio::test]
async fn a_conversation_may_be_made_with_an_emoji() {
    let server = TestServer::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;

    let body = json!({
        "roomType": 2, "roomName": "Tea", "emoji": "🫖", "avatarColor": "0082c9",
        "participants": { "users": ["bob"] },
    });
    let request = alice.request("POST", &talk("/api/v4/room")).json(&body);
    let made = request.send().await;

    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(made.data()["isCustomAvatar"], true);
    let shown = svg(&alice, &avatar(&token)).await;
    assert!(shown.contains("🫖") && shown.contains("#0082c9"));
    assert_eq!(
        alice.systems(&token).await,
        ["conversation_created", "avatar_set", "user_added"]
    );
    let first = &alice.history(&token).await[2];
    assert_eq!(made.data()["lastReadMessage"], first["id"]);
}

#[tokio::test]
async fn a_conversation_is_not_made_with_a_wrong_emoji_or_colour() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    for (emoji, colour) in [
        (Some("a"), None),
        (Some(""), None),
        (Some("👍👎"), None),
        (Some("👍"), Some("red")),
        (Some("👍"), Some("")),
        (None, Some("red")),
    ] {
        let body = json!({ "roomName": "Tea", "emoji": emoji, "avatarColor": colour });
        let request = alice.request("POST", &talk("/api/v4/room")).json(&body);
        request.send().await.refused(400, "avatar");
    }
    let body = json!({ "roomName": "Tea", "emoji": 5 });
    let request = alice.request("POST", &talk("/api/v4/room")).json(&body);
    request.send().await.refused(400, "emoji");
    assert_eq!(alice.list().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_colour_alone_is_no_avatar() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;

    let fields = [("roomName", "Tea"), ("avatarColor", "0082c9")];
    let token = alice.creates_room(&fields).await;

    assert_eq!(alice.room(&token).await["isCustomAvatar"], false);
    assert_eq!(alice.systems(&token).await, ["conversation_created"]);
    assert_eq!(
        alice.get(&room_part(&token, "avatar")).await.status,
        404,
        "the avatar belongs to version 1 of the interface"
    );
}
