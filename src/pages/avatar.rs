//! Pictures of people: `/avatar/{userId}/{size}`, those of guests, and changing one's own from a page.
//! Rules: `chat::user_avatar`. Source: server.md 9.

use hyper::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, EXPIRES, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::file::{file, with};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::chat::picture::Theme;
use crate::chat::picture::draw::Size;
use crate::chat::picture::upload::Sent;
use crate::chat::user_avatar::{Look, Portrait};
use crate::http::date::http_date;
use crate::http::form::Value;
use crate::http::request::Request;
use crate::ocs::about::About;
use crate::ocs::service::{Answer, bare};

const PNG: &[&str] = &["image/png"];
const FILE: &str = "files[]";
const FALLBACK: &str = "guestFallback";
const IS_CUSTOM: HeaderName = HeaderName::from_static("x-nc-iscustomavatar");
/// Seconds that a client may keep the picture of an account, and that of a guest.
const MAX_AGE_SECS: (i64, i64) = (86_400, 1_800);

/// What stands in the path of a guest, and may be somebody's id.
const GUEST: &str = "guest";

pub fn routes(pages: &mut Table) {
    let account = "/avatar/{userId}/{size}";
    portrait(pages.plain(Method::GET, account, of_account));
    let dark = format!("{account}/dark");
    portrait(pages.plain(Method::GET, &dark, of_account_dark));
    // With or without `/dark`.
    portrait(pages.plain(Method::GET, "/avatar/guest/{*nameAndSize}", of_guest));
    pages
        .plain_from_page(Method::POST, "/avatar/", set)
        .asks(|fields| {
            fields.upload(FILE);
            Ok(())
        })
        .shows::<Done>();
    pages
        .plain_from_page(Method::DELETE, "/avatar/", remove)
        .says_done();
}

/// What a picture is asked with, and how it is answered: who is unknown gets a drawing, as something new.
fn portrait(about: &mut About) {
    about
        .asks(|fields| {
            fields.flag_or(FALLBACK, false);
            Ok(())
        })
        .sends(PNG)
        .sends_with(201, PNG)
        .unchanged();
}

/// The picture of an account.
///
/// Shape: a PNG; 304 for a known ETag. Errors: 404 `[]`; with `guestFallback` 201 and what is drawn for the id.
async fn of_account(cx: PageCx) -> Result<Shown, Error> {
    account(&cx, &text(&cx, "userId"), wish(&cx, Theme::Light)).await
}

/// The same for a dark background.
async fn of_account_dark(cx: PageCx) -> Result<Shown, Error> {
    account(&cx, &text(&cx, "userId"), wish(&cx, Theme::Dark)).await
}

/// The picture that is drawn for a name. Shape: a PNG, status 201.
///
/// A name may have slashes in it, which are part of the path when it gets here. Without a name it is the account `guest`.
async fn of_guest(cx: PageCx) -> Result<Shown, Error> {
    let rest = text(&cx, "nameAndSize");
    let (rest, theme) = match rest.strip_suffix("/dark") {
        Some(rest) => (rest, Theme::Dark),
        None => (rest.as_str(), Theme::Light),
    };
    match rest.rsplit_once('/') {
        Some((name, size)) => guest(&cx, name, look(size, theme)).await,
        None => account(&cx, GUEST, look(rest, theme)).await,
    }
}

#[derive(Serialize, JsonSchema)]
struct Done {
    status: &'static str,
}

/// Show an uploaded picture as one's own.
///
/// Shape: `{"status":"success"}`. Errors: 401; 400 with a text.
async fn set(cx: PageCx) -> Result<Shown, Error> {
    #[derive(Serialize)]
    struct Refused {
        data: Reason,
    }
    #[derive(Serialize)]
    struct Reason {
        message: &'static str,
    }
    let Some(user) = cx.caller.user.as_deref() else {
        return Ok(not_logged_in());
    };
    let upload = cx.fields.upload(FILE);
    let sent = upload.map_or(Sent::Nothing, |upload| Sent::File(upload.bytes.clone()));
    match cx.chat().set_portrait(user, sent).await {
        Ok(()) => Ok(json::data(StatusCode::OK, &Done { status: "success" }).into()),
        Err(Error::AvatarRefused(message) | Error::PictureUnreadable(message)) => {
            let data = Reason { message };
            Ok(json::data(StatusCode::BAD_REQUEST, &Refused { data }).into())
        }
        Err(error) => Err(error),
    }
}

/// Show what is drawn. Shape: `[]`. Errors: 401.
async fn remove(cx: PageCx) -> Result<Shown, Error> {
    let Some(user) = cx.caller.user.as_deref() else {
        return Ok(not_logged_in());
    };
    cx.chat().remove_portrait(user).await?;
    Ok(json::empty(StatusCode::OK).into())
}

fn not_logged_in() -> Shown {
    json::message(StatusCode::UNAUTHORIZED, "Current user is not logged in").into()
}

async fn account(cx: &PageCx, id: &str, look: Look) -> Result<Shown, Error> {
    let known = known_tag(&cx.request);
    let viewer = cx.caller.user.as_deref();
    match cx.chat().portrait_of(viewer, id, look, known).await? {
        Some(portrait) => {
            Ok(answer(StatusCode::OK, portrait, look, MAX_AGE_SECS.0, &cx.request).into())
        }
        None if cx.fields.flag_or(FALLBACK, false) => guest(cx, id, look).await,
        None => Ok(json::empty(StatusCode::NOT_FOUND).into()),
    }
}

async fn guest(cx: &PageCx, name: &str, look: Look) -> Result<Shown, Error> {
    let portrait = cx.chat().portrait_of_name(name, look).await?;
    let (_, max_age) = MAX_AGE_SECS;
    Ok(answer(StatusCode::CREATED, portrait, look, max_age, &cx.request).into())
}

fn text(cx: &PageCx, name: &str) -> String {
    cx.fields.text(name).unwrap_or_default()
}

/// As the path says it.
fn wish(cx: &PageCx, theme: Theme) -> Look {
    look(&text(cx, "size"), theme)
}

/// What is no number is none, as in PHP.
fn look(size: &str, theme: Theme) -> Look {
    let size = Value::Text(size.to_owned()).to_int();
    Look {
        size: Size::for_wish(size),
        theme,
    }
}

/// The tag that the client has. Source: ocs.md 10.2.
fn known_tag(request: &Request) -> Option<&str> {
    let header = request.header(IF_NONE_MATCH)?.trim();
    header.strip_prefix('"')?.strip_suffix('"')
}

fn answer(
    status: StatusCode,
    portrait: Portrait,
    look: Look,
    max_age: i64,
    request: &Request,
) -> Answer {
    // Quirk: avatar-last-modified.
    let changed = http_date(portrait.set_at.unwrap_or(portrait.looked_at));
    let is_known = known_tag(request) == Some(portrait.tag.as_str())
        || request.header(IF_MODIFIED_SINCE) == Some(changed.as_str());
    let answer = match portrait.png {
        Some(png) if !is_known => file(status, "image/png", png),
        _ => bare(StatusCode::NOT_MODIFIED),
    };
    let custom = if portrait.set_at.is_some() { "1" } else { "0" };
    let name = format!("inline; filename=\"avatar.{}.png\"", look.size.side());
    let keep = format!("private, max-age={max_age}, immutable");
    [
        (IS_CUSTOM, custom),
        (CACHE_CONTROL, &keep),
        (EXPIRES, &http_date(portrait.looked_at + max_age)),
        (LAST_MODIFIED, &changed),
        (ETAG, &format!("\"{}\"", portrait.tag)),
        (CONTENT_DISPOSITION, &name),
    ]
    .into_iter()
    .fold(answer, |answer, (header, value)| {
        with(answer, header, value)
    })
}
