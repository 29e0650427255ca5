//! Setting and removing the avatar of a conversation: uploads, emoji, refusals, and who may.
//! Source: conversations.md 3.18.

use crate::support::TestServer;
use crate::support::pictures::{
    avatar, dark, emoji, picture, png, refused, sends, svg, uploads, with_picture,
};
use crate::support::rooms::room;
use image::ImageFormat;
use serde_json::{Value, json};

// Uploads.

#[tokio::test]
async fn an_uploaded_picture_is_shown_as_it_came() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let before = alice.room(&token).await;

    let answer = uploads(&alice, &token, &png()).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let after = answer.data();
    assert_eq!(before["isCustomAvatar"], false);
    assert_eq!(after["isCustomAvatar"], true);
    assert_eq!(after["avatarVersion"].as_str().unwrap().len(), 16);
    assert_eq!(after["lastMessage"]["systemMessage"], "avatar_set");
    let shown = bob.get(&avatar(&token)).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert_eq!(shown.bytes, png());
    assert_eq!(bob.get(&dark(&token)).await.bytes, png());
    assert_eq!(
        bob.room(&token).await["avatarVersion"],
        after["avatarVersion"]
    );
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one_under_a_new_version() {
    let server = TestServer::start().await;
    let (alice, bob, token) = with_picture(&server).await;
    let old = alice.room(&token).await["avatarVersion"].clone();
    let jpeg = picture(8, 8, ImageFormat::Jpeg);

    let answer = uploads(&alice, &token, &jpeg).await;

    assert_ne!(answer.data()["avatarVersion"], old);
    let shown = bob.get(&avatar(&token)).await;
    assert_eq!(shown.header("content-type"), Some("image/jpeg"));
    assert_eq!(shown.bytes, jpeg);
    assert!(
        shown
            .header("content-disposition")
            .unwrap()
            .contains("avatar.jpg")
    );
}

#[tokio::test]
async fn clients_may_keep_a_picture_and_run_nothing_of_it() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    let shown = alice.get(&avatar(&token)).await;

    for (name, value) in [
        ("cache-control", "private, max-age=86400, immutable"),
        ("content-disposition", "inline; filename=\"avatar.svg\""),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(shown.header(name), Some(value), "{name}");
    }
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let at = |seconds: i64| {
        let date = chrono::DateTime::from_timestamp(server.now() + seconds, 0).unwrap();
        date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    assert_eq!(shown.header("expires"), Some(at(86_400).as_str()));
    assert_eq!(shown.header("last-modified"), Some(at(0).as_str()));
}

#[tokio::test]
async fn a_file_that_is_no_square_png_or_jpeg_is_refused_in_its_own_words() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let before = alice.systems(&token).await;
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;";

    let wide = picture(16, 15, ImageFormat::Png);
    for (bytes, message) in [
        (&wide[..], "Avatar image is not square"),
        (b"hello", "Invalid image"),
        (b"", "Invalid image"),
        (&png()[..40], "Invalid image"),
        (gif, "Unknown filetype"),
    ] {
        refused(&uploads(&alice, &token, bytes).await, message);
    }
    assert_eq!(alice.systems(&token).await, before);
    assert_eq!(alice.room(&token).await["isCustomAvatar"], false);
}

#[tokio::test]
async fn more_than_20_mebibytes_are_too_much() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let most = 20 * 1024 * 1024;

    let at_the_limit = uploads(&alice, &token, &vec![0; most]).await;
    let above = uploads(&alice, &token, &vec![0; most + 1]).await;

    refused(&at_the_limit, "Invalid image");
    refused(&above, "File is too big");
}

#[tokio::test]
async fn without_one_file_there_is_nothing_to_show() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    for (disposition, message) in [
        ("name=\"file\"", "No image file provided"),
        ("name=\"file\"; filename=\"\"", "No image file provided"),
        ("name=\"other\"; filename=\"a\"", "No image file provided"),
        ("name=\"file[]\"; filename=\"a\"", "Invalid file provided"),
    ] {
        let answer = sends(&alice, &token, disposition, &png()).await;
        refused(&answer, message);
    }
    let answer = alice.post(&avatar(&token), &[("file", "x")]).await;
    refused(&answer, "No image file provided");
}

// Emoji.

#[tokio::test]
async fn an_emoji_stands_on_the_chosen_colour_in_both_themes() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;

    let fields = [("emoji", "👩‍💻"), ("color", "0082c9")];
    let answer = alice.post(&emoji(&token), &fields).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.data()["isCustomAvatar"], true);
    assert_eq!(answer.data()["avatarVersion"].as_str().unwrap().len(), 16);
    assert_eq!(answer.data()["lastMessage"]["systemMessage"], "avatar_set");
    for path in [avatar(&token), dark(&token)] {
        let shown = svg(&bob, &path).await;
        assert!(shown.contains("👩‍💻") && shown.contains("#0082c9"), "{shown}");
    }
}

#[tokio::test]
async fn without_a_colour_the_grey_follows_the_theme() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let body = json!({ "emoji": "🫖", "color": null });
    let set = alice.request("POST", &emoji(&token)).json(&body);
    assert_eq!(set.send().await.status, 200);

    let asked = format!("{}?darkTheme=true", avatar(&token));

    assert!(svg(&bob, &avatar(&token)).await.contains("#6B6B6B"));
    assert!(svg(&bob, &asked).await.contains("#3B3B3B"));
    assert!(svg(&bob, &dark(&token)).await.contains("#3B3B3B"));
}

#[tokio::test]
async fn an_emoji_takes_the_place_of_a_picture() {
    let server = TestServer::start().await;
    let (alice, bob, token) = with_picture(&server).await;

    let answer = alice.post(&emoji(&token), &[("emoji", "🫖")]).await;

    assert_eq!(answer.status, 200);
    assert!(svg(&bob, &avatar(&token)).await.contains("🫖"));
}

#[tokio::test]
async fn anything_but_one_emoji_and_six_digits_is_refused() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let before = alice.systems(&token).await;
    let long = "👍".repeat(10_000);

    for text in ["", "a", "5", "中", "👍👎", " 👍", &long] {
        let answer = alice.post(&emoji(&token), &[("emoji", text)]).await;
        refused(&answer, "Invalid emoji character");
    }
    for colour in ["", "red", "#0082c9", "0082c", "0082cg", "0082c9ff"] {
        let fields = [("emoji", "👍"), ("color", colour)];
        let answer = alice.post(&emoji(&token), &fields).await;
        refused(&answer, "Invalid background color");
    }
    let both = [("emoji", "a"), ("color", "red")];
    let answer = alice.post(&emoji(&token), &both).await;
    refused(&answer, "Invalid emoji character");
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn an_emoji_must_be_there_and_a_text() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;

    let missing = alice.post(&emoji(&token), &[("color", "0082c9")]).await;
    let sent = |body: Value| alice.request("POST", &emoji(&token)).json(&body).send();

    missing.refused(400, "emoji");
    sent(json!({ "emoji": 5 })).await.refused(400, "emoji");
    let answer = sent(json!({ "emoji": "👍", "color": 123_456 })).await;
    answer.refused(400, "color");
}

// Removing.

#[tokio::test]
async fn without_its_picture_a_conversation_shows_its_kind_again() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let before = bob.room(&token).await["avatarVersion"].clone();
    let drawn = svg(&bob, &avatar(&token)).await;
    uploads(&alice, &token, &png()).await;

    let answer = alice.delete(&avatar(&token), &[]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["isCustomAvatar"], false);
    assert_eq!(answer.data()["avatarVersion"], before);
    assert_eq!(
        answer.data()["lastMessage"]["systemMessage"],
        "avatar_removed"
    );
    assert_eq!(svg(&bob, &avatar(&token)).await, drawn);
}

#[tokio::test]
async fn removing_what_is_not_there_is_no_news() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    let before = alice.systems(&token).await;

    let answer = alice.delete(&avatar(&token), &[]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["token"], token);
    assert_eq!(alice.systems(&token).await, before);
}

#[tokio::test]
async fn a_deleted_conversation_takes_its_picture_along() {
    let server = TestServer::start().await;
    let (alice, bob, token) = with_picture(&server).await;

    alice
        .delete(&room(&token), &[])
        .await
        .expect(200, json!(null));

    bob.get(&avatar(&token)).await.expect_refusal(404);
}

// What is told.

#[tokio::test]
async fn everybody_reads_who_changed_the_picture() {
    let server = TestServer::start().await;
    let (alice, bob, token) = with_picture(&server).await;

    let set = (alice.newest(&token).await, bob.newest(&token).await);
    alice.delete(&avatar(&token), &[]).await;
    let removed = (alice.newest(&token).await, bob.newest(&token).await);

    assert_eq!(set.0["systemMessage"], "avatar_set");
    assert_eq!(set.0["message"], "You set the conversation picture");
    assert_eq!(set.1["message"], "{actor} set the conversation picture");
    assert_eq!(set.1["actorId"], "alice");
    assert_eq!(removed.0["systemMessage"], "avatar_removed");
    assert_eq!(removed.0["message"], "You removed the conversation picture");
    assert_eq!(
        removed.1["message"],
        "{actor} removed the conversation picture"
    );
}

// Who may.

#[tokio::test]
async fn ordinary_members_change_nothing() {
    let server = TestServer::start().await;
    let (_, bob, token) = server.tea().await;

    uploads(&bob, &token, &png()).await.expect_refusal(403);
    let answer = bob.post(&emoji(&token), &[("emoji", "👍")]).await;
    answer.expect_refusal(403);
    bob.delete(&avatar(&token), &[]).await.expect_refusal(403);
}

#[tokio::test]
async fn strangers_find_no_conversation_to_change() {
    let server = TestServer::start().await;
    let [alice, carol] = server.users(["alice", "carol"]).await;
    let token = alice.creates_public("Tea").await;

    for stranger in [carol, server.guest()] {
        uploads(&stranger, &token, &png()).await.expect_refusal(404);
        let answer = stranger.post(&emoji(&token), &[("emoji", "👍")]).await;
        answer.expect_refusal(404);
        let answer = stranger.delete(&avatar(&token), &[]).await;
        answer.expect_refusal(404);
    }
}

#[tokio::test]
async fn a_guest_moderator_sets_and_removes_a_picture() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;
    let guest = server.guest_in(&token).await;
    alice
        .promotes(&token, &guest.attendee_id(&token).await)
        .await;

    let set = uploads(&guest, &token, &png()).await;
    let removed = guest.delete(&avatar(&token), &[]).await;
    let chosen = guest.post(&emoji(&token), &[("emoji", "👍")]).await;

    for answer in [set, removed, chosen] {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_locked_conversation_may_get_a_picture() {
    let server = TestServer::start().await;
    let (alice, _, token) = server.tea().await;
    alice.sets(&token, "read-only", &[("state", "1")]).await;

    assert_eq!(uploads(&alice, &token, &png()).await.status, 200);
}
