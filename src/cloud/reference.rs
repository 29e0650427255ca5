//! Link previews, as of a server that fetches nothing: links are found, and nothing is known of them.
//! Not announced (`core.reference-api`), so that clients do not ask. Source: server.md 15.

use std::sync::Arc;

use hyper::header::CACHE_CONTROL;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::json::ListIfEmpty;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, anyone, logged_in};

/// Links that one request may ask about; visitors get fewer.
const MOST: usize = 100;
const MOST_FOR_VISITORS: usize = 15;

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/references/resolve", logged_in(), resolve_one)
        .shows::<Found>();
    r.add_server("POST", "/references/resolve", logged_in(), resolve)
        .shows::<Found>();
    r.add_server("POST", "/references/extract", logged_in(), extract)
        .shows::<Found>();
    // Quirk: rate-limits.
    r.add_server(
        "GET",
        "/references/resolvePublic",
        anyone(),
        resolve_one_public,
    )
    .limited_for_visitors(25, 120)
    .shows::<Found>();
    r.add_server(
        "POST",
        "/references/resolvePublic",
        anyone(),
        resolve_public,
    )
    .limited_for_visitors(25, 120)
    .shows::<Found>();
    r.add_server(
        "POST",
        "/references/extractPublic",
        anyone(),
        extract_public,
    )
    .limited_for_visitors(10, 120)
    .shows::<Found>();
    r.add_server("GET", "/references/providers", logged_in(), providers)
        .says_done();
    r.add_server(
        "PUT",
        "/references/provider/{providerId}",
        logged_in(),
        use_provider,
    )
    .shows::<Done>();
}

#[derive(Serialize, JsonSchema)]
struct Done {
    success: bool,
}

/// One link.
struct One(String);

impl Form for One {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("reference").map(Self)
    }
}

/// Several links, of which the first few count.
struct Several {
    links: Vec<String>,
    limit: usize,
}

impl Form for Several {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        if !fields.is_present("references") {
            return Err(BadField("references".to_owned()));
        }
        Ok(Self {
            links: fields.texts("references")?,
            limit: limit(fields),
        })
    }
}

/// A text with links in it.
struct Text {
    text: String,
    limit: usize,
}

impl Form for Text {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            text: fields.text("text")?,
            limit: limit(fields),
        })
    }
}

fn limit(fields: &Fields) -> usize {
    usize::try_from(fields.int_or("limit", 1)).unwrap_or(0)
}

#[derive(Serialize, JsonSchema)]
struct Found {
    references: ListIfEmpty<Vec<(String, ())>>,
}

/// What is known of a link.
///
/// Shape: `{"references":{link: null}}`.
async fn resolve_one(cx: Cx, _: Arc<User>, form: One) -> Result<Reply, Failure> {
    Ok(kept(answer(&cx, [form.0], 1)))
}

/// What is known of the first links. Shape: as of `resolve_one`.
async fn resolve(cx: Cx, _: Arc<User>, form: Several) -> Result<Reply, Failure> {
    Ok(answer(&cx, form.links, form.limit.min(MOST)))
}

/// Find links in a text. Shape: as of `resolve_one`; none: an empty list.
async fn extract(cx: Cx, _: Arc<User>, form: Text) -> Result<Reply, Failure> {
    Ok(answer(&cx, links(&form.text), form.limit.min(MOST)))
}

/// As `resolve_one`, for visitors.
async fn resolve_one_public(cx: Cx, (): (), form: One) -> Result<Reply, Failure> {
    Ok(kept(answer(&cx, [form.0], 1)))
}

/// As `resolve`, for visitors.
async fn resolve_public(cx: Cx, (): (), form: Several) -> Result<Reply, Failure> {
    let most = form.limit.min(MOST_FOR_VISITORS);
    Ok(answer(&cx, form.links, most))
}

/// As `extract`, for visitors.
async fn extract_public(cx: Cx, (): (), form: Text) -> Result<Reply, Failure> {
    let most = form.limit.min(MOST_FOR_VISITORS);
    Ok(answer(&cx, links(&form.text), most))
}

/// Who could say more about links: nobody. Shape: `[]`.
async fn providers(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Ok(Reply::empty(&cx))
}

/// Note that somebody was asked. Shape: `{"success":true}`.
async fn use_provider(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Ok(Reply::ok(&cx, &Done { success: true }))
}

fn answer(cx: &Cx, links: impl IntoIterator<Item = String>, most: usize) -> Reply {
    let mut references: Vec<(String, ())> = Vec::new();
    for link in links.into_iter().take(most) {
        if !references.iter().any(|(known, ())| *known == link) {
            references.push((link, ()));
        }
    }
    let references = ListIfEmpty(references);
    Reply::ok(cx, &Found { references })
}

fn kept(reply: Reply) -> Reply {
    reply.header(CACHE_CONTROL, "private, max-age=3600, immutable")
}

/// The links of a text: words that begin like one and have nothing in them that a link cannot have.
fn links(text: &str) -> impl Iterator<Item = String> {
    let words = text.split_whitespace();
    words.filter(|word| is_link(word)).map(str::to_owned)
}

/// `https?://host[:port][/path]`, as `core.reference-regex` says it.
fn is_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let Some(rest) = rest else { return false };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let of = |allowed: &'static [u8]| {
        move |byte: u8| byte.is_ascii_alphanumeric() || allowed.contains(&byte)
    };
    !host.is_empty()
        && host.bytes().all(of(b"-+_."))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        && path.bytes().all(of(b"/-+&@#%?=~_|!:,.;()"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_between_words() {
        for (text, expected) in [
            ("https://example.org", &["https://example.org"][..]),
            (
                "see HTTP://Example.org:8080/a?b=c#d now",
                &["HTTP://Example.org:8080/a?b=c#d"],
            ),
            (
                "a\nhttps://one.example/ https://two.example",
                &["https://one.example/", "https://two.example"],
            ),
            ("(https://example.org)", &[]),
            ("https://", &[]),
            ("https://example.org:x/", &[]),
            ("https://user@example.org/", &[]),
            ("https://exämple.org", &[]),
            ("ftp://example.org", &[]),
            ("", &[]),
        ] {
            assert_eq!(links(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
