//! What clients and crawlers look for at fixed addresses and do without. Source: server.md 20, 21.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::file::{asset, file};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::ocs::json::ListIfEmpty;
use crate::ocs::service::Answer;

/// Where clients would find files, calendars and contacts.
const DAV: [&str; 2] = ["/remote.php", "/public.php"];
/// Names that one request may ask for.
const MOST_NAMES: usize = 200;
const NO_FILES: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
<d:error xmlns:d=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\">\n \
<s:exception>Sabre\\DAV\\Exception\\NotFound</s:exception>\n \
<s:message>There are no files on this server</s:message>\n</d:error>\n";

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::GET, "/robots.txt", robots)
        .sends(&["text/plain"]);
    pages
        .public(Method::GET, "/ocs-provider/", provider)
        .shows::<Provider>();
    pages
        .plain(Method::GET, "/core/preview", preview)
        .answers::<json::Message<'static>>(401)
        .answers::<[(); 0]>(404);
    pages
        .plain(Method::GET, "/core/preview.png", preview)
        .answers::<json::Message<'static>>(401)
        .answers::<[(); 0]>(404);
    pages
        .plain_from_page(Method::POST, "/displaynames", display_names)
        .asks(|fields| {
            fields.texts("users")?;
            Ok(())
        })
        .shows::<Names>();
}

#[derive(Serialize, JsonSchema)]
struct Provider {
    version: u32,
    services: BTreeMap<String, ()>,
}

/// Whether this is an address of files, which are asked for with methods of their own.
pub fn is_dav(path: &str) -> bool {
    DAV.iter().any(|front| {
        let rest = path.strip_prefix(front);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The answer to whatever is asked about files: none are here. No 401, since clients delete an account on that.
pub fn no_files() -> Answer {
    let content_type = "application/xml; charset=utf-8";
    file(StatusCode::NOT_FOUND, content_type, NO_FILES.into())
}

/// Nothing here is for search engines. Shape: text.
async fn robots(_: PageCx) -> Result<Shown, Error> {
    let text = b"User-agent: *\nDisallow: /\n";
    Ok(asset("text/plain; charset=utf-8", text.as_slice().into()).into())
}

/// Name what is served beside the interface: nothing. Shape: `{"version":2,"services":{}}`.
async fn provider(_: PageCx) -> Result<Shown, Error> {
    let services = BTreeMap::new();
    let version = 2;
    Ok(json::data(StatusCode::OK, &Provider { version, services }).into())
}

/// Small pictures of files. Errors: 401 for visitors; 404 `[]`.
async fn preview(cx: PageCx) -> Result<Shown, Error> {
    Ok(match cx.caller.user {
        Some(_) => json::empty(StatusCode::NOT_FOUND).into(),
        None => not_logged_in(),
    })
}

#[derive(Serialize, JsonSchema)]
struct Names {
    users: ListIfEmpty<Vec<(String, String)>>,
    status: &'static str,
}

/// Look up under which names accounts go; one that is unknown goes by its id.
///
/// Shape: `{"users":{id: name},"status":"success"}`. Errors: 401, 400 for what is no list.
async fn display_names(cx: PageCx) -> Result<Shown, Error> {
    if cx.caller.user.is_none() {
        return Ok(not_logged_in());
    }
    let Ok(mut ids) = cx.fields.texts("users") else {
        return Ok(json::message(StatusCode::BAD_REQUEST, "").into());
    };
    ids.truncate(MOST_NAMES);
    let names = Names {
        users: ListIfEmpty(cx.chat().display_names(ids).await?),
        status: "success",
    };
    Ok(json::data(StatusCode::OK, &names).into())
}

fn not_logged_in() -> Shown {
    json::message(StatusCode::UNAUTHORIZED, "Current user is not logged in").into()
}

#[cfg(test)]
mod tests {
    use super::is_dav;

    #[test]
    fn files_are_below_two_addresses() {
        for (path, expected) in [
            ("/remote.php", true),
            ("/remote.php/dav/files/alice/a", true),
            ("/public.php/webdav", true),
            ("/remote.phpx", false),
            ("/remote", false),
            ("/", false),
        ] {
            assert_eq!(is_dav(path), expected, "{path}");
        }
    }
}
