//! Unified search: the providers of Talk and what they find. Rules: `chat::search`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::avatar::avatar_path;
use crate::chat::search::{FoundRoom, Hit, Scope, Search};
use crate::http::form::{BadField, Fields};
use crate::model::{Actor, ActorKind, Token, User};
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};
use crate::store::Needle;

/// Entries of a page: default and maximum.
const LIMIT: (u32, u32) = (5, 100);
const MESSAGES: &str = "talk-message";
const MESSAGES_HERE: &str = "talk-message-current";
const CONVERSATIONS: &str = "talk-conversations";

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/search/providers", logged_in(), providers)
        .shows::<Vec<ProviderView>>();
    r.add_server("GET", "/search/providers/{id}/search", logged_in(), search)
        .shows::<PageView<EntryView<MessageAttributes<'static>>>>()
        .shows::<PageView<EntryView<RoomAttributes<'static>>>>();
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderView {
    id: &'static str,
    app_id: &'static str,
    name: &'static str,
    icon: &'static str,
    order: i64,
    is_external_provider: bool,
    triggers: [&'static str; 0],
    filters: FiltersView,
    in_app_search: bool,
}

/// The types of what can narrow a search.
#[derive(Serialize, JsonSchema, Default)]
struct FiltersView {
    term: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'static str>,
}

impl FiltersView {
    fn of_conversations() -> Self {
        Self {
            term: "string",
            ..Self::default()
        }
    }

    fn of_messages() -> Self {
        Self {
            since: Some("datetime"),
            until: Some("datetime"),
            person: Some("person"),
            ..Self::of_conversations()
        }
    }
}

impl ProviderView {
    fn new(id: &'static str, name: &'static str, order: i64, filters: FiltersView) -> Self {
        Self {
            id,
            app_id: "spreed",
            name,
            icon: "/apps/spreed/img/app-dark.svg",
            order,
            is_external_provider: false,
            triggers: [],
            filters,
            in_app_search: false,
        }
    }
}

/// Where can be searched.
///
/// Shape: a list of providers. Source: server.md 18.
async fn providers(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let messages = FiltersView {
        conversation: Some("string"),
        ..FiltersView::of_messages()
    };
    let all = [
        ProviderView::new(
            CONVERSATIONS,
            "Conversations",
            10,
            FiltersView::of_conversations(),
        ),
        ProviderView::new(
            MESSAGES_HERE,
            "Messages in current conversation",
            11,
            FiltersView::of_messages(),
        ),
        ProviderView::new(MESSAGES, "Messages", 12, messages),
    ];
    Ok(Reply::ok(&cx, &all))
}

/// What to look for, and with whom.
struct Ask {
    provider: String,
    /// `None`: nothing.
    needle: Option<Needle>,
    /// The conversation that the client shows.
    from: Option<Token>,
    /// The conversation to which the search is narrowed, if it is one.
    conversation: Option<Option<Token>>,
    person: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
    offset: u32,
    limit: u32,
}

impl Form for Ask {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let filled = |name| Ok(fields.optional_text(name)?.filter(|text| !text.is_empty()));
        let term = fields.text_or("term", "")?;
        let (default, maximum) = LIMIT;
        Ok(Self {
            provider: fields.text("id")?,
            needle: Needle::of(&term).filter(|_| !term.trim().is_empty()),
            from: fields.optional_text("from")?.as_deref().and_then(shown_at),
            conversation: filled("conversation")?.map(|token| Token::parse(&token)),
            person: filled("person")?,
            since: moment(fields, "since")?,
            until: moment(fields, "until")?,
            offset: u32::try_from(fields.int_or("cursor", 0).max(0)).unwrap_or(u32::MAX),
            limit: match fields.int_or("limit", i64::from(default)) {
                ..=0 => default,
                wanted => u32::try_from(wanted).unwrap_or(maximum).min(maximum),
            },
        })
    }
}

/// The conversation at an address such as `/call/abcd` or `https://host/index.php/call/abcd#message_7`.
fn shown_at(address: &str) -> Option<Token> {
    let (_, rest) = address.split_once("/call/")?;
    let token = rest.split(['/', '?', '#']).next()?;
    Token::parse(token)
}

/// Unix seconds, a date, or a date with time and offset.
fn moment(fields: &Fields, name: &str) -> Result<Option<i64>, BadField> {
    let Some(text) = fields.optional_text(name)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    seconds(&text).map(Some).ok_or(BadField(name.to_owned()))
}

fn seconds(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    let day: chrono::NaiveDate = text.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}

/// What a provider finds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PageView<T> {
    name: &'static str,
    is_paginated: bool,
    entries: Vec<T>,
    cursor: Option<u32>,
}

impl<T> PageView<T> {
    fn nothing(name: &'static str) -> Self {
        Self {
            name,
            is_paginated: false,
            entries: Vec::new(),
            cursor: None,
        }
    }

    /// Quirk: search-last-page.
    fn page(name: &'static str, ask: &Ask, entries: Vec<T>) -> Self {
        Self {
            name,
            is_paginated: true,
            entries,
            cursor: Some(ask.offset.saturating_add(ask.limit)),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EntryView<A> {
    thumbnail_url: String,
    title: String,
    subline: String,
    resource_url: String,
    icon: &'static str,
    rounded: bool,
    attributes: A,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MessageAttributes<'h> {
    conversation: &'h str,
    message_id: String,
    actor_type: &'static str,
    actor_id: &'h str,
    timestamp: String,
}

#[derive(Serialize, JsonSchema)]
struct RoomAttributes<'h> {
    conversation: &'h str,
}

impl<'h> EntryView<MessageAttributes<'h>> {
    fn of(hit: &'h Hit, cx: &Cx, reader: &Actor, needle: &Needle) -> Self {
        let (base, token) = (&*cx.base_url, hit.room.token.as_str());
        let (author, message) = (&hit.message.author, &hit.message.message);
        Self {
            thumbnail_url: match author.kind == ActorKind::Users.wire() {
                true => format!("{base}/avatar/{}/512", author.id),
                false => String::new(),
            },
            title: hit.title(),
            subline: hit.excerpt(reader, needle),
            resource_url: format!("{base}/call/{token}#message_{}", message.id.0),
            icon: "icon-talk",
            rounded: true,
            attributes: MessageAttributes {
                conversation: token,
                message_id: message.id.0.to_string(),
                actor_type: author.kind,
                actor_id: &author.id,
                timestamp: message.created_at.to_string(),
            },
        }
    }
}

impl<'h> EntryView<RoomAttributes<'h>> {
    fn of_room(found: &'h FoundRoom, cx: &Cx) -> Self {
        let (base, token) = (&*cx.base_url, found.room.token.as_str());
        Self {
            thumbnail_url: format!("{base}{}", avatar_path(&found.room, None)),
            title: found.display_name.clone(),
            subline: String::new(),
            resource_url: format!("{base}/call/{token}"),
            icon: "",
            rounded: true,
            attributes: RoomAttributes {
                conversation: token,
            },
        }
    }
}

/// Search with one provider.
///
/// Shape: a page of entries with the cursor of the next. Errors: `NoSuchProvider` 404, `since` and
/// `until` 400. Source: chat-extras.md 11.
async fn search(cx: Cx, user: Arc<User>, ask: Ask) -> Result<Reply, Failure> {
    match ask.provider.as_str() {
        CONVERSATIONS => search_rooms(cx, &user, ask).await,
        MESSAGES | MESSAGES_HERE => search_messages(cx, &user, ask).await,
        // Quirk: unknown-search-provider.
        _ => Err(crate::chat::Error::NoSuchProvider.into()),
    }
}

async fn search_rooms(cx: Cx, user: &User, ask: Ask) -> Result<Reply, Failure> {
    const NAME: &str = "Conversations";
    let Some(needle) = ask.needle.clone() else {
        let nothing = PageView::<()>::nothing(NAME);
        return Ok(Reply::ok(&cx, &nothing));
    };
    let found = cx
        .chat()
        .search_rooms(user, needle, ask.from.clone())
        .await?;
    let page = found.iter().skip(ask.offset as usize);
    let entries = page
        .take(ask.limit as usize)
        .map(|room| EntryView::of_room(room, &cx));
    let page = PageView::page(NAME, &ask, entries.collect());
    Ok(Reply::ok(&cx, &page))
}

async fn search_messages(cx: Cx, user: &User, ask: Ask) -> Result<Reply, Failure> {
    let is_here = ask.provider == MESSAGES_HERE;
    let name = match (&ask.from, is_here) {
        (Some(_), false) => "Messages in other conversations",
        _ => "Messages",
    };
    let scope = match (ask.conversation.clone(), ask.from.clone(), is_here) {
        (_, Some(here), true) => Scope::Only(here),
        (_, None, true) | (Some(None), _, false) => Scope::Nowhere,
        (Some(Some(chosen)), _, false) => Scope::Only(chosen),
        (None, Some(here), false) => Scope::AllBut(here),
        (None, None, false) => Scope::All,
    };
    let mut found = None;
    if let Some(needle) = ask.needle.clone() {
        let search = Search {
            needle,
            scope,
            person: ask.person.clone(),
            since: ask.since,
            until: ask.until,
            offset: ask.offset,
            limit: ask.limit,
        };
        found = cx.chat().search_messages(user, search).await?;
    }
    let (Some(hits), Some(needle)) = (found, &ask.needle) else {
        let nothing = PageView::<()>::nothing(name);
        return Ok(Reply::ok(&cx, &nothing));
    };
    let reader = Actor::user(&user.id);
    let entries = hits
        .iter()
        .map(|hit| EntryView::of(hit, &cx, &reader, needle));
    let page = PageView::page(name, &ask, entries.collect());
    Ok(Reply::ok(&cx, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_conversation() {
        for (address, token) in [
            ("/call/abcd", Some("abcd")),
            ("/index.php/call/abcd?x=1", Some("abcd")),
            ("https://chat.example/call/abcd#message_7", Some("abcd")),
            ("/call/", None),
            ("/apps/files/", None),
            ("", None),
        ] {
            let shown = shown_at(address);
            assert_eq!(shown.as_ref().map(Token::as_str), token, "{address}");
        }
    }

    #[test]
    fn moments_are_seconds_or_dates() {
        for (text, expected) in [
            ("1700000000", Some(1_700_000_000)),
            ("2023-11-14", Some(1_699_920_000)),
            ("2023-11-14T22:13:20+00:00", Some(1_700_000_000)),
            ("yesterday", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
