//! What an account is told. Rules: `chat::notice`, words: `chat::notice_text`. Source: server.md 11.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::header::{ETAG, HeaderName};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::view::message::ObjectView;
use crate::chat::notice::{AskedBy, ShownNotice};
use crate::chat::notice_text::{Action, ActionKind, Target, plain};
use crate::chat::rendered::Reader;
use crate::http::form::{BadField, Fields};
use crate::model::{Actor, Availability, RichObject, User};
use crate::ocs::capability::digest;
use crate::ocs::client::Client;
use crate::ocs::shape::{Object, map_or_empty_list};
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const USER_STATUS: HeaderName = HeaderName::from_static("x-nextcloud-user-status");

pub fn routes(r: &mut Routes) {
    let v1 = "/apps/notifications/api/v1/notifications";
    let v2 = "/apps/notifications/api/v2/notifications";
    r.add_server("GET", v1, logged_in(), list_plain)
        .shows::<Vec<NoticeView<'static>>>();
    r.add_server("GET", v2, logged_in(), list)
        .shows::<Vec<NoticeView<'static>>>()
        .unchanged();
    r.add_server("GET", &format!("{v1}/{{id}}"), logged_in(), one_plain)
        .shows::<NoticeView<'static>>();
    r.add_server("GET", &format!("{v2}/{{id}}"), logged_in(), one)
        .shows::<NoticeView<'static>>();
    r.add_server("POST", &format!("{v2}/exists"), logged_in(), exist)
        .shows::<Vec<i64>>();
    for base in [v1, v2] {
        r.add_server("DELETE", base, logged_in(), dismiss_all)
            .says_done();
        r.add_server("DELETE", &format!("{base}/{{id}}"), logged_in(), dismiss)
            .says_done();
    }
}

/// The notification that the path names; what is no number is 0.
struct Named(i64);

impl Form for Named {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("id").map(Self)
    }
}

/// Notifications that a client has.
struct Known(Vec<i64>);

impl Form for Known {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        if !fields.is_present("ids") {
            return Err(BadField("ids".to_owned()));
        }
        fields.ints("ids").map(Self)
    }
}

/// Everything that the account is told.
///
/// Shape: a list of notifications, newest first; 304 if it is the one that the client has.
/// Source: server.md 11.1.
async fn list(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let told = cx.chat().notices(&user, asked_by(&cx)).await?;
    let ids: Vec<i64> = told.notices.iter().map(|notice| notice.notice.id).collect();
    let tag = format!("\"{}\"", digest(&ids));
    let known = cx.if_none_match.as_deref();
    let reply = if known.is_some_and(|known| known.trim_start_matches("W/") == tag) {
        Reply::not_modified(&cx)
    } else {
        let view = |notice| NoticeView::new(&cx, &user, notice, told.is_to_announce, Texts::Rich);
        let views: Vec<_> = told.notices.iter().map(view).collect();
        Reply::ok(&cx, &views)
    };
    let status = told
        .status
        .map_or(Availability::Online, |status| status.availability);
    Ok(reply.header(ETAG, tag).header(USER_STATUS, status.wire()))
}

/// The same as clients of the first version read it: without rich texts, and without a tag.
async fn list_plain(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let told = cx.chat().notices(&user, asked_by(&cx)).await?;
    let view = |notice| NoticeView::new(&cx, &user, notice, told.is_to_announce, Texts::Plain);
    let views: Vec<_> = told.notices.iter().map(view).collect();
    Ok(Reply::ok(&cx, &views))
}

/// One thing that the account is told.
///
/// Shape: a notification. Errors: `NoticeNotFound` 404. Source: server.md 11.4.
async fn one(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    let notice = cx.chat().notice(&user, form.0).await?;
    let is_to_announce = cx.chat().is_to_announce(&user.id, asked_by(&cx));
    let view = NoticeView::new(&cx, &user, &notice, is_to_announce, Texts::Rich);
    Ok(Reply::ok(&cx, &view))
}

/// The same as clients of the first version read it.
async fn one_plain(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    let notice = cx.chat().notice(&user, form.0).await?;
    let is_to_announce = cx.chat().is_to_announce(&user.id, asked_by(&cx));
    let view = NoticeView::new(&cx, &user, &notice, is_to_announce, Texts::Plain);
    Ok(Reply::ok(&cx, &view))
}

/// Which of these are still there.
///
/// Shape: a list of ids. Errors: `TooManyNotices` 400.
async fn exist(cx: Cx, user: Arc<User>, form: Known) -> Result<Reply, Failure> {
    let existing = cx.chat().existing_notices(&user, form.0).await?;
    Ok(Reply::ok(&cx, &existing))
}

/// Dismiss one, whether it is there or not. Shape: `[]`. Errors: `NoticeNotFound` 404 for 0.
async fn dismiss(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    cx.chat().dismiss_notice(&user, form.0).await?;
    Ok(Reply::empty(&cx))
}

/// Dismiss all. Shape: `[]`.
async fn dismiss_all(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    cx.chat().dismiss_all_notices(&user).await?;
    Ok(Reply::empty(&cx))
}

/// In which form texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    Plain,
    /// Also with placeholders and what stands for them.
    Rich,
}

/// Which kind of client asks.
fn asked_by(cx: &Cx) -> AskedBy {
    match cx.agent.client {
        Client::Desktop => AskedBy::Desktop,
        Client::Android | Client::Ios | Client::Other => AskedBy::Other,
    }
}

struct NoticeView<'n> {
    cx: &'n Cx,
    reader: Reader,
    notice: &'n ShownNotice,
    is_to_announce: bool,
    texts: Texts,
}

impl<'n> NoticeView<'n> {
    fn new(
        cx: &'n Cx,
        user: &User,
        notice: &'n ShownNotice,
        is_to_announce: bool,
        texts: Texts,
    ) -> Self {
        Self {
            cx,
            reader: Reader {
                actor: Actor::user(&user.id),
                room_kind: notice.room.kind,
            },
            notice,
            is_to_announce,
            texts,
        }
    }
}

impl Serialize for NoticeView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = &*self.cx.base_url;
        let shown = self.notice;
        let (notice, token) = (&shown.notice, shown.room.token.as_str());
        let kind = notice.kind;
        let (object_type, with_message) = object_type(kind);
        let object_id = match with_message && !shown.is_sensitive {
            true => format!("{token}/{}", notice.message.0),
            false => token.to_owned(),
        };
        let link = match with_message {
            true => format!("{base}/call/{token}#message_{}", notice.message.0),
            false => format!("{base}/call/{token}"),
        };
        let (subject, parameters) = shown.subject();
        let rendered = shown.message_for(&self.reader);
        let text = rendered.as_ref().map_or("", |message| &message.text);
        let named: Vec<(&str, &RichObject)> = rendered
            .iter()
            .flat_map(|message| &message.parameters)
            .map(|(name, object)| (*name, &**object))
            .collect();
        let said = parameters.iter().map(|(name, object)| (*name, object));

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("notification_id", &notice.id)?;
        map.serialize_entry("app", "spreed")?;
        map.serialize_entry("user", notice.user.as_str())?;
        map.serialize_entry("datetime", &date(notice.at))?;
        map.serialize_entry("object_type", object_type)?;
        map.serialize_entry("object_id", &object_id)?;
        map.serialize_entry("subject", &plain(&subject, said.clone(), false))?;
        map.serialize_entry("message", &plain(text, named.iter().copied(), true))?;
        map.serialize_entry("link", &link)?;
        if self.texts == Texts::Rich {
            map.serialize_entry("subjectRich", &subject)?;
            map.serialize_entry("subjectRichParameters", &Parameters::of(said, base))?;
            map.serialize_entry("messageRich", text)?;
            let shown_named = Parameters::of(named.iter().copied(), base);
            map.serialize_entry("messageRichParameters", &shown_named)?;
        }
        map.serialize_entry("icon", &format!("{base}/apps/spreed/img/app-dark.svg"))?;
        map.serialize_entry("shouldNotify", &self.is_to_announce)?;
        let actions: Vec<_> = shown
            .actions()
            .into_iter()
            .map(|action| ActionView::new(action, &link, base, shown))
            .collect();
        map.serialize_entry("actions", &actions)?;
        map.end()
    }
}

impl JsonSchema for NoticeView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Notification".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<i64>(&["notification_id"])
            .always::<String>(&[
                "app",
                "user",
                "datetime",
                "object_type",
                "object_id",
                "subject",
                "message",
                "link",
                "icon",
            ])
            .sometimes::<String>(&["subjectRich", "messageRich"])
            .sometimes::<Parameters<'_>>(&["subjectRichParameters", "messageRichParameters"])
            .always::<bool>(&["shouldNotify"])
            .always::<Vec<ActionView>>(&["actions"])
            .done()
    }
}

/// The word for what it is about, and whether it names a message.
fn object_type(kind: crate::model::NoticeKind) -> (&'static str, bool) {
    use crate::model::NoticeKind as K;
    match kind {
        K::Invitation => ("room", false),
        K::Call => ("call", false),
        K::Reminder => ("reminder", true),
        K::Chat | K::Reply | K::Mention | K::GroupMention | K::AllMention | K::Reaction => {
            ("chat", true)
        }
    }
}

/// ISO 8601 with offset, to the second.
fn date(at: i64) -> String {
    let at = chrono::DateTime::from_timestamp(at, 0).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Placeholder to object; an empty map is `[]` here.
struct Parameters<'p> {
    entries: Vec<(&'p str, ObjectView<'p>)>,
}

impl<'p> Parameters<'p> {
    fn of(entries: impl Iterator<Item = (&'p str, &'p RichObject)>, base_url: &'p str) -> Self {
        Self {
            entries: entries
                .map(|(name, object)| (name, ObjectView { object, base_url }))
                .collect(),
        }
    }
}

impl Serialize for Parameters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.entries.is_empty() {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        serializer.collect_map(self.entries.iter().map(|(name, object)| (name, object)))
    }
}

impl JsonSchema for Parameters<'_> {
    fn schema_name() -> Cow<'static, str> {
        "NotificationParameters".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_or_empty_list::<ObjectView<'_>>(generator)
    }
}

#[derive(Serialize, JsonSchema)]
struct ActionView {
    label: &'static str,
    link: String,
    #[serde(rename = "type")]
    kind: &'static str,
    primary: bool,
}

impl ActionView {
    fn new(action: Action, link: &str, base: &str, shown: &ShownNotice) -> Self {
        let token = &shown.room.token;
        Self {
            label: action.label,
            link: match action.target {
                Target::Notice => link.to_owned(),
                Target::Call => format!("{base}/call/{token}#direct-call"),
                Target::Reminder => format!(
                    "{base}/ocs/v2.php/apps/spreed/api/v1/chat/{token}/{}/reminder",
                    shown.notice.message.0
                ),
            },
            kind: match action.kind {
                ActionKind::Web => "WEB",
                ActionKind::Delete => "DELETE",
            },
            primary: action.is_primary,
        }
    }
}
