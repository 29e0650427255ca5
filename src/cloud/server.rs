//! What clients ask of a server besides Talk and get a small fixed answer for: its name, its apps, absences, meetings,
//! translation. Source: server.md 17, 20, 21.

use std::sync::Arc;

use hyper::header::ETAG;
use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::Error;
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::capability::digest;
use crate::ocs::envelope::Version;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, anyone, logged_in};

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/config", anyone(), config)
        .shows::<ConfigView<'static>>();
    r.add_server("GET", "/core/navigation/apps", logged_in(), apps)
        .shows::<Vec<AppView>>()
        .unchanged();
    r.add_server("GET", "/core/navigation/settings", logged_in(), settings)
        .says_done()
        .unchanged();
    r.add_server(
        "GET",
        "/apps/dav/api/v1/outOfOffice/{userId}",
        logged_in(),
        absence,
    )
    .only_refuses();
    r.add_server(
        "GET",
        "/apps/dav/api/v1/outOfOffice/{userId}/now",
        logged_in(),
        absence,
    )
    .only_refuses();
    r.add_server(
        "GET",
        "/apps/dav/api/v1/events/upcoming",
        logged_in(),
        meetings,
    )
    .shows::<Meetings>();
    r.add_server("GET", "/translation/languages", anyone(), languages)
        .shows::<Languages>();
    r.add_server("POST", "/translation/translate", anyone(), translate)
        .limited(25, 120)
        .limited_for_visitors(10, 120)
        .only_refuses();
}

#[derive(Serialize, JsonSchema)]
struct Meetings {
    events: [(); 0],
}

#[derive(Serialize, JsonSchema)]
struct ConfigView<'a> {
    version: &'static str,
    website: &'static str,
    host: &'a str,
    contact: &'static str,
    /// A text, not a truth value.
    ssl: &'static str,
}

/// Say under which name the server is reached.
///
/// Shape: texts.
async fn config(cx: Cx, (): (), (): ()) -> Result<Reply, Failure> {
    let (scheme, rest) = cx.base_url.split_once("://").unwrap_or(("http", ""));
    let view = ConfigView {
        version: "1.7",
        website: "Nextcloud",
        host: rest.split('/').next().unwrap_or_default(),
        contact: "",
        ssl: if scheme == "https" { "true" } else { "false" },
    };
    Ok(Reply::ok(&cx, &view))
}

/// Whether addresses begin with the server's.
struct Absolute(bool);

impl Form for Absolute {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self(fields.flag_or("absolute", false)))
    }
}

#[derive(Serialize, JsonSchema)]
struct AppView {
    id: &'static str,
    order: i64,
    href: String,
    icon: String,
    r#type: &'static str,
    name: &'static str,
    active: bool,
    classes: &'static str,
    unread: i64,
    default: bool,
    app: &'static str,
}

/// List the apps: Talk, for whom it is allowed.
///
/// Shape: a list, with an ETag. 304 for a known one.
async fn apps(cx: Cx, _: Arc<User>, Absolute(absolute): Absolute) -> Result<Reply, Failure> {
    let base = if absolute { &*cx.base_url } else { "" };
    let talk = cx.allowance.talk.then(|| AppView {
        id: "spreed",
        order: 5,
        href: format!("{base}/apps/spreed/"),
        icon: format!("{base}/apps/spreed/img/app.svg"),
        r#type: "link",
        name: "Talk",
        active: false,
        classes: "",
        unread: 0,
        default: true,
        app: "spreed",
    });
    Ok(tagged(&cx, &talk.into_iter().collect::<Vec<_>>()))
}

/// List the pages of settings: none. Shape: as `apps`.
async fn settings(cx: Cx, _: Arc<User>, _: Absolute) -> Result<Reply, Failure> {
    Ok(tagged::<Vec<()>>(&cx, &Vec::new()))
}

fn tagged<T: Serialize>(cx: &Cx, data: &T) -> Reply {
    let tag = format!("\"{}\"", digest(data));
    let known = cx.if_none_match.as_deref().map(str::trim);
    let reply = match (known == Some(tag.as_str()), cx.version) {
        (false, _) => Reply::ok(cx, data),
        (true, Version::V1) => Reply::with_status(cx, 304, data),
        (true, Version::V2) => Reply::not_modified(cx),
    };
    reply.header(ETAG, tag)
}

/// Say that somebody is not away. Errors: `TargetNotFound` 404, always.
async fn absence(_: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Err(Error::TargetNotFound.into())
}

/// List coming meetings: there is no calendar. Shape: `{"events":[]}`.
async fn meetings(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Ok(Reply::ok(&cx, &Meetings { events: [] }))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Languages {
    languages: [(); 0],
    language_detection: bool,
}

/// List languages between which can be translated: none.
///
/// Shape: `languages`, `languageDetection`.
async fn languages(cx: Cx, (): (), (): ()) -> Result<Reply, Failure> {
    let none = Languages {
        languages: [],
        language_detection: false,
    };
    Ok(Reply::ok(&cx, &none))
}

/// What would be translated.
struct Translate;

impl Form for Translate {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("text")?;
        fields.text("toLanguage")?;
        fields.optional_text("fromLanguage")?;
        Ok(Self)
    }
}

/// Errors: `NoTranslations` 412, always.
async fn translate(_: Cx, (): (), _: Translate) -> Result<Reply, Failure> {
    Err(Error::NoTranslations.into())
}
