//! Pictures of people: what is drawn, uploading one's own, who sees it, what clients may keep.
//! Source: server.md 9.

use crate::support::pictures::{
    person, picture, png, refused, sends_own, sends_to, shown_png, uploads_own,
};
use crate::support::rooms::cloud;
use crate::support::{Actor, Answer, TestServer, talk};
use chinwag::chat::Limits;
use chinwag::server::throwaway;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

fn side(bytes: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(bytes).expect("a picture");
    (image.width(), image.height())
}

fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).expect("a picture").to_rgb8()
}

async fn with_accounts() -> (TestServer, Actor, Actor) {
    let server = TestServer::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    (server, alice, bob)
}

#[track_caller]
fn is_custom(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.header("x-nc-iscustomavatar") == Some("1")
}

// What is drawn.

#[tokio::test]
async fn whoever_asks_sees_initials_in_two_sizes() {
    let (server, alice, _) = with_accounts().await;
    let guest = server.guest();

    for (wish, expected) in [
        ("1", 64),
        ("64", 64),
        ("65", 512),
        ("512", 512),
        ("99999999999999999999", 512),
        ("0", 64),
        ("-5", 64),
        ("big", 64),
    ] {
        let answer = guest.get(&format!("/avatar/bob/{wish}")).await;
        assert_eq!(answer.status, 200, "{wish}");
        assert_eq!(side(&answer.bytes), (expected, expected), "{wish}");
        let name = format!("inline; filename=\"avatar.{expected}.png\"");
        assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    }
    let by_guest = shown_png(&guest, &person("bob", 64)).await;
    assert_eq!(by_guest, shown_png(&alice, &person("bob", 64)).await);
    assert_eq!(
        by_guest,
        shown_png(&guest, "/index.php/avatar/bob/64").await
    );
    assert_eq!(by_guest, shown_png(&guest, &person("BOB", 64)).await);
    assert_ne!(by_guest, shown_png(&guest, "/avatar/bob/64/dark").await);
    assert_ne!(by_guest, shown_png(&guest, &person("alice", 64)).await);
}

#[tokio::test]
async fn an_avatar_needs_no_header_and_starts_no_session() {
    let (server, _, _) = with_accounts().await;

    let request = server.guest().request("GET", "/avatar/bob/64");
    let answer = request
        .without_header("ocs-apirequest")
        .without_header("accept")
        .send()
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("set-cookie"), None);
    let wrong = server.actor(Some(("bob", "wrong")));
    let refused = wrong.get("/avatar/bob/64").await;
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (401, r#"{"message":""}"#)
    );
}

#[tokio::test]
async fn the_initials_follow_the_name() {
    let (server, alice, _) = with_accounts().await;
    let before = alice.get(&person("alice", 64)).await;

    let renamed = [("key", "displayname"), ("value", "Юрий Жуков")];
    let edited = alice.put(&cloud("users/alice"), &renamed).await;

    assert_eq!(edited.status, 200, "{}", edited.text);
    let after = server.guest().get(&person("alice", 64)).await;
    assert_ne!(before.bytes, after.bytes);
    assert_ne!(before.header("etag"), after.header("etag"));
    let named = shown_png(&alice, "/avatar/guest/%D0%AE%D1%80%D0%B8%D0%B9%20%D0%96/64").await;
    assert_eq!(side(&named), (64, 64));
}

#[tokio::test]
async fn who_is_not_there_has_no_picture_unless_a_guest_will_do() {
    let (server, alice, _) = with_accounts().await;
    let guest = server.guest();

    for actor in [&alice, &guest] {
        let answer = actor.get("/avatar/nobody/64").await;
        assert_eq!((answer.status, answer.text.as_str()), (404, "[]"));
    }
    let instead = guest.get("/avatar/nobody/64?guestFallback=true").await;
    assert_eq!(instead.status, 201);
    assert_eq!(
        instead.bytes,
        shown_png(&guest, "/avatar/guest/nobody/64").await
    );
    let known = guest.get("/avatar/bob/64?guestFallback=true").await;
    assert_eq!(known.status, 200);
}

#[tokio::test]
async fn a_guest_is_drawn_by_name_and_kept_for_half_an_hour() {
    let server = TestServer::start().await;

    let answer = server.guest().get("/avatar/guest/Ann%20Tea/128").await;

    assert_eq!(answer.status, 201);
    assert_eq!(side(&answer.bytes), (512, 512));
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-nc-iscustomavatar", "0"),
        ("cache-control", "private, max-age=1800, immutable"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(header), Some(value), "{header}");
    }
    let dark = server.guest().get("/avatar/guest/Ann%20Tea/128/dark").await;
    assert_eq!(dark.status, 201);
    assert_ne!(dark.bytes, answer.bytes);
}

#[tokio::test]
async fn odd_names_are_drawn_like_any_other() {
    let server = TestServer::start().await;
    let guest = server.guest();
    let long = "a%20".repeat(2_500);

    for name in [
        "%00",
        "%20",
        "%0d%0aset-cookie:%20a=b",
        "%e2%80%aeevil",
        "%ff%fe",
        "a%2Fb",
        "..%2F..%2Fetc%2Fpasswd",
        "%3Cscript%3E",
        "%F0%9F%AB%96%20Tea",
        "%E5%B1%B1",
        "%D7%92%D7%91%D7%99",
        long.as_str(),
    ] {
        for theme in ["", "/dark"] {
            let answer = guest.get(&format!("/avatar/guest/{name}/64{theme}")).await;
            assert_eq!(answer.status, 201, "{name}");
            assert_eq!(side(&answer.bytes), (64, 64), "{name}");
            assert_eq!(answer.header("set-cookie"), None, "{name}");
        }
    }
    // The names of two people whose letters no font here has look alike but for their colour.
    let teapot = shown_png(&guest, "/avatar/guest/%F0%9F%AB%96/64").await;
    assert_ne!(teapot, shown_png(&guest, "/avatar/guest/T/64").await);
}

#[tokio::test]
async fn an_account_may_be_called_guest() {
    let server = TestServer::start().await;
    server.users(["guest"]).await;
    let visitor = server.guest();

    for path in ["/avatar/guest/64", "/avatar/guest/64/dark"] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn other_methods_and_addresses_are_refused() {
    let (_server, alice, _) = with_accounts().await;

    assert_eq!(alice.post("/avatar/bob/64", &[]).await.status, 405);
    assert_eq!(alice.get("/avatar/bob").await.status, 404);
    assert_eq!(alice.get("/avatar/bob/64/light").await.status, 404);
    let head = alice.request("HEAD", "/avatar/bob/64").send().await;
    let get = alice.get("/avatar/bob/64").await;
    assert_eq!(head.status, 200);
    assert!(head.bytes.is_empty());
    let length = get.bytes.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
}

// What clients may keep.

#[tokio::test]
async fn a_client_keeps_a_picture_and_asks_whether_it_is_still_the_same() {
    let (server, alice, bob) = with_accounts().await;

    for (actor, custom) in [(&alice, "0"), (&bob, "1")] {
        if custom == "1" {
            uploads_own(actor, &png()).await.expect(200, json!(null));
        }
        let path = person(&actor.name, 64);
        let first = server.guest().get(&path).await;
        assert_eq!(first.header("x-nc-iscustomavatar"), Some(custom));
        let kept = first.header("cache-control");
        assert_eq!(kept, Some("private, max-age=86400, immutable"));
        let at = |seconds: i64| {
            let date = chrono::DateTime::from_timestamp(server.now() + seconds, 0).unwrap();
            date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
        };
        assert_eq!(first.header("expires"), Some(at(86_400).as_str()));
        assert_eq!(first.header("last-modified"), Some(at(0).as_str()));
        let tag = first.header("etag").unwrap();
        assert!(tag.starts_with('"') && tag.ends_with('"'));

        let again = alice.request("GET", &path).header("if-none-match", tag);
        let again = again.send().await;
        assert_eq!(again.status, 304);
        assert!(again.bytes.is_empty());
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("content-type"), None);
        let other = format!("\"x{}", &tag[1..]);
        for wrong in [other.as_str(), "*", "", "W/\"x\"", "\"", "\"\""] {
            let request = alice.request("GET", &path).header("if-none-match", wrong);
            assert_eq!(request.send().await.status, 200, "{wrong}");
        }
        let large = alice.request("GET", &person(&actor.name, 512));
        let large = large.header("if-none-match", tag).send().await;
        assert_eq!(large.status, 200, "another size is another picture");
    }
}

#[tokio::test]
async fn an_uploaded_picture_is_not_sent_again_to_who_has_it_since_then() {
    let (server, alice, _) = with_accounts().await;
    uploads_own(&alice, &png()).await.expect(200, json!(null));
    let shown = alice.get(&person("alice", 64)).await;
    let date = shown.header("last-modified").unwrap().to_owned();
    server.advance(3600);

    let request = alice.request("GET", &person("alice", 64));
    let again = request.header("if-modified-since", &date).send().await;

    assert_eq!(again.status, 304);
}

// One's own picture.

#[tokio::test]
async fn an_uploaded_picture_is_shown_in_both_sizes_and_themes() {
    let (server, alice, bob) = with_accounts().await;
    let half_red = RgbImage::from_fn(300, 300, |x, _| Rgb([if x < 150 { 255 } else { 0 }, 0, 0]));
    let mut file = std::io::Cursor::new(Vec::new());
    half_red.write_to(&mut file, ImageFormat::Png).unwrap();

    let answer = uploads_own(&alice, &file.into_inner()).await;

    answer.expect(200, json!(null));
    for (size, expected) in [(64, 64), (512, 512)] {
        for actor in [&alice, &bob, &server.guest()] {
            let shown = actor.get(&person("alice", size)).await;
            assert!(is_custom(&shown));
            let image = decoded(&shown.bytes);
            assert_eq!(image.dimensions(), (expected, expected));
            assert_eq!(image.get_pixel(expected / 8, expected / 2).0, [255, 0, 0]);
            assert_eq!(image.get_pixel(expected * 7 / 8, expected / 2).0, [0, 0, 0]);
        }
    }
    let light = shown_png(&bob, "/avatar/alice/512").await;
    assert_eq!(light, shown_png(&bob, "/avatar/alice/512/dark").await);
    assert!(!is_custom(&bob.get(&person("bob", 64)).await));
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old_one_and_removing_brings_back_the_initials() {
    let (_server, alice, bob) = with_accounts().await;
    let path = person("alice", 64);
    let drawn = bob.get(&path).await;
    uploads_own(&alice, &png()).await.expect(200, json!(null));
    let first = bob.get(&path).await;

    let jpeg = picture(8, 8, ImageFormat::Jpeg);
    uploads_own(&alice, &jpeg).await.expect(200, json!(null));

    let second = bob.get(&path).await;
    assert!(is_custom(&second));
    assert_eq!(second.header("content-type"), Some("image/png"));
    assert_ne!(first.header("etag"), second.header("etag"));
    for _ in 0..2 {
        let removed = alice.delete(&talk("/temp-user-avatar"), &[]).await;
        removed.expect(200, json!(null));
    }
    assert_eq!(bob.get(&path).await.bytes, drawn.bytes);
}

#[tokio::test]
async fn what_is_no_square_picture_is_refused_in_its_own_words() {
    let (_server, alice, _) = with_accounts().await;
    let wide = picture(16, 15, ImageFormat::Png);
    refused(
        &uploads_own(&alice, &wide).await,
        "Avatar image is not square",
    );
    let too_big = vec![0; 20 * 1024 * 1024 + 1];
    refused(&uploads_own(&alice, &too_big).await, "File is too big");

    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
    for (bytes, message) in [
        (&script[..], "Invalid image"),
        (b"hello", "Invalid image"),
        (b"", "Invalid image"),
        (&png()[..40], "Invalid image"),
        (gif, "Unknown filetype"),
    ] {
        let answer = uploads_own(&alice, bytes).await;
        answer.refused_with(400, json!({ "data": { "message": message } }));
    }
    assert!(!is_custom(&alice.get(&person("alice", 64)).await));
}

#[tokio::test]
async fn a_small_file_that_claims_to_be_huge_is_refused() {
    let (_server, alice, _) = with_accounts().await;
    let mut bomb = picture(4, 4, ImageFormat::Png);
    // Width and height of the header; its checksum no longer fits either.
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);

    let answer = uploads_own(&alice, &bomb).await;

    answer.refused_with(400, json!({ "data": { "message": "Invalid image" } }));
}

#[tokio::test]
async fn without_one_file_there_is_nothing_to_show() {
    let (_server, alice, _) = with_accounts().await;

    for (disposition, message) in [
        ("name=\"files[]\"", "No image file provided"),
        ("name=\"files[]\"; filename=\"\"", "No image file provided"),
        ("name=\"file\"; filename=\"a\"", "No image file provided"),
        ("name=\"files\"; filename=\"a\"", "Invalid file provided"),
    ] {
        let answer = sends_own(&alice, disposition, &png()).await;
        refused(&answer, message);
    }
    let answer = alice
        .post(&talk("/temp-user-avatar"), &[("files[]", "x")])
        .await;
    refused(&answer, "No image file provided");
}

#[tokio::test]
async fn visitors_have_no_picture_to_change() {
    let server = TestServer::start().await;
    let guest = server.guest();

    let own = [
        uploads_own(&guest, &png()).await,
        guest.delete(&talk("/temp-user-avatar"), &[]).await,
    ];
    for answer in own {
        answer.says(401, 997, "Current user is not logged in");
    }
    let page = [
        guest.post("/avatar/", &[]).await,
        guest.delete("/avatar/", &[]).await,
    ];
    for answer in page {
        let message = r#"{"message":"Current user is not logged in"}"#;
        assert_eq!((answer.status, answer.text.as_str()), (401, message));
    }
}

#[tokio::test]
async fn a_page_sets_and_removes_the_picture_in_plain_json() {
    let (_server, alice, bob) = with_accounts().await;
    let file = "name=\"files[]\"; filename=\"a.png\"";

    let set = sends_to(&alice, "/avatar/", file, &png()).await;
    assert_eq!(
        (set.status, set.json()),
        (200, json!({ "status": "success" }))
    );
    assert!(is_custom(&bob.get(&person("alice", 64)).await));
    let wide = picture(16, 15, ImageFormat::Png);
    for (bytes, message) in [
        (&wide[..], "Avatar image is not square"),
        (b"hello", "Invalid image"),
    ] {
        let refused = sends_to(&alice, "/index.php/avatar/", file, bytes).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json(), json!({ "data": { "message": message } }));
    }
    let removed = alice.delete("/avatar/", &[]).await;
    assert_eq!((removed.status, removed.json()), (200, json!([])));
    assert!(!is_custom(&bob.get(&person("alice", 64)).await));
}

#[tokio::test]
async fn a_foreign_page_cannot_change_the_picture() {
    let (_server, alice, bob) = with_accounts().await;
    uploads_own(&alice, &png()).await.expect(200, json!(null));

    for method in ["POST", "DELETE"] {
        let request = alice.request(method, "/avatar/");
        let answer = request.without_header("ocs-apirequest").send().await;
        assert_eq!(answer.status, 412, "{method}");
        assert_eq!(answer.json(), json!({ "message": "CSRF check failed" }));
    }
    assert!(is_custom(&bob.get(&person("alice", 64)).await));
}

#[tokio::test]
async fn a_private_picture_is_seen_by_its_owner_alone() {
    let (server, alice, bob) = with_accounts().await;
    let path = person("alice", 64);
    let drawn = bob.get(&path).await.bytes;
    uploads_own(&alice, &png()).await.expect(200, json!(null));
    let tag = bob.get(&path).await.header("etag").unwrap().to_owned();

    let private = [("key", "avatarScope"), ("value", "v2-private")];
    let edited = alice.put(&cloud("users/alice"), &private).await;

    assert_eq!(edited.status, 200, "{}", edited.text);
    assert!(is_custom(&alice.get(&path).await));
    for actor in [&bob, &server.guest()] {
        assert_eq!(actor.get(&path).await.bytes, drawn);
        let request = actor.request("GET", &path).header("if-none-match", &tag);
        assert_eq!(request.send().await.status, 200, "nor is it confirmed");
    }
}

#[tokio::test]
async fn a_deleted_account_takes_its_picture_along() {
    let (server, alice, _) = with_accounts().await;
    uploads_own(&alice, &png()).await.expect(200, json!(null));
    let deleted = server.admin().delete(&cloud("users/alice"), &[]).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    assert_eq!(server.guest().get(&person("alice", 64)).await.status, 404);

    server.users(["alice"]).await;

    assert!(!is_custom(&server.guest().get(&person("alice", 64)).await));
}

#[tokio::test]
async fn the_ability_is_announced() {
    let (_server, alice, _) = with_accounts().await;

    let spreed = alice.get(&cloud("capabilities")).await.data()["capabilities"]["spreed"].clone();

    for list in ["features", "features-local"] {
        let features: Vec<Value> = spreed[list].as_array().unwrap().clone();
        assert!(features.contains(&json!("temp-user-avatar-api")), "{list}");
    }
}

#[tokio::test]
async fn guessing_passwords_by_pictures_slows_down_too() {
    let limits = Limits {
        brute_force_protection: true,
        ..throwaway::limits()
    };
    let server = TestServer::start_with(limits).await;
    let wrong = server.actor(Some(("admin", "wrong")));

    for _ in 0..11 {
        let request = wrong.request("GET", "/avatar/admin/64");
        let answer = server.answer_in_time(request).await;
        assert_eq!(answer.status, 401);
    }

    let request = wrong.request("GET", "/avatar/admin/64");
    assert_eq!(server.answer_in_time(request).await.status, 429);
}
