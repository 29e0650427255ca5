//! What stories about pictures need: files to upload, and a look at what is shown.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat};
use serde_json::json;

use super::{Actor, Answer, TestServer, talk};

/// The path of an avatar.
pub fn avatar(token: &str) -> String {
    talk(&format!("/api/v1/room/{token}/avatar"))
}

/// The path of an avatar for dark backgrounds.
pub fn dark(token: &str) -> String {
    talk(&format!("/api/v1/room/{token}/avatar/dark"))
}

/// Where an emoji is set.
pub fn emoji(token: &str) -> String {
    talk(&format!("/api/v1/room/{token}/avatar/emoji"))
}

/// A black picture.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let image = DynamicImage::new_rgb8(width, height);
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A small picture that is accepted.
pub fn png() -> Vec<u8> {
    picture(16, 16, ImageFormat::Png)
}

/// The path of a person's avatar.
pub fn person(id: &str, size: i64) -> String {
    format!("/avatar/{id}/{size}")
}

/// What is shown, which must be a PNG.
pub async fn shown_png(actor: &Actor, path: &str) -> Bytes {
    let answer = actor.get(path).await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("image/png"));
    answer.bytes
}

/// Uploads a picture of oneself, as mobile clients do.
pub async fn uploads_own(actor: &Actor, bytes: &[u8]) -> Answer {
    sends_own(actor, "name=\"files[]\"; filename=\"a.png\"", bytes).await
}

/// Sends one part of a form as a picture of oneself.
pub async fn sends_own(actor: &Actor, disposition: &str, bytes: &[u8]) -> Answer {
    sends_to(actor, &talk("/temp-user-avatar"), disposition, bytes).await
}

/// Sends one part of a form; `disposition` is what follows `form-data; `.
pub async fn sends(actor: &Actor, token: &str, disposition: &str, bytes: &[u8]) -> Answer {
    sends_to(actor, &avatar(token), disposition, bytes).await
}

/// Sends one part of a form to an address.
pub async fn sends_to(actor: &Actor, path: &str, disposition: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    let request = actor.request("POST", path);
    request
        .body("multipart/form-data; boundary=XX", body)
        .send()
        .await
}

/// Uploads a picture.
pub async fn uploads(actor: &Actor, token: &str, bytes: &[u8]) -> Answer {
    sends(actor, token, "name=\"file\"; filename=\"a.png\"", bytes).await
}

/// What is shown, as the text of an SVG.
pub async fn svg(actor: &Actor, path: &str) -> String {
    let answer = actor.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    answer.text
}

/// A refusal of an avatar: a text and no word.
#[track_caller]
pub fn refused(answer: &Answer, message: &str) {
    answer.refused_with(400, json!({ "message": message }));
}

/// The server's group "Tea" with a picture already there.
pub async fn with_picture(server: &TestServer) -> (Actor, Actor, String) {
    let (alice, bob, token) = server.tea().await;
    assert_eq!(uploads(&alice, &token, &png()).await.status, 200);
    (alice, bob, token)
}
