//! What an account is told. Rules: `chat::notice`, words: `chat::notice_text`. Source: server.md 11.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::header::{ETAG, HeaderName};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::view::message::ObjectView;
use crate::chat::notice::ShownNotice;
use crate::chat::notice_text::{Action, ActionKind, Target, plain};
use crate::chat::presence::Availability;
use crate::chat::rendered::Reader;
use crate::model::{Actor, RichObject, User};
use crate::ocs::capability::digest;
use crate::ocs::shape::{Object, map_or_empty_list};
use crate::ocs::{Cx, Failure, Reply, Routes, logged_in};

const USER_STATUS: HeaderName = HeaderName::from_static("x-nextcloud-user-status");

pub fn routes(r: &mut Routes) {
    r.add_server(
        "GET",
        "/apps/notifications/api/v2/notifications",
        logged_in(),
        list,
    )
    .shows::<Vec<NoticeView<'static>>>()
    .unchanged();
}

/// Everything that the account is told.
///
/// Shape: a list of notifications, newest first; 304 if it is the one that the client has.
/// Source: server.md 11.1.
async fn list(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let (notices, status) = cx.chat().notices(&user).await?;
    let ids: Vec<i64> = notices.iter().map(|notice| notice.notice.id).collect();
    let tag = format!("\"{}\"", digest(&ids));
    let known = cx.if_none_match.as_deref();
    let reply = if known.is_some_and(|known| known.trim_start_matches("W/") == tag) {
        Reply::not_modified(&cx)
    } else {
        let actor = Actor::user(&user.id);
        let views: Vec<_> = notices
            .iter()
            .map(|notice| NoticeView {
                cx: &cx,
                reader: Reader {
                    actor: actor.clone(),
                    room_kind: notice.room.kind,
                },
                notice,
            })
            .collect();
        Reply::ok(&cx, &views)
    };
    let status = match status.map(|status| status.availability) {
        Some(Availability::Away) => "away",
        Some(Availability::Offline) | None => "online",
    };
    Ok(reply.header(ETAG, tag).header(USER_STATUS, status))
}

struct NoticeView<'n> {
    cx: &'n Cx,
    reader: Reader,
    notice: &'n ShownNotice,
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
        map.serialize_entry("subjectRich", &subject)?;
        map.serialize_entry("subjectRichParameters", &Parameters::of(said, base))?;
        map.serialize_entry("messageRich", text)?;
        let shown_named = Parameters::of(named.iter().copied(), base);
        map.serialize_entry("messageRichParameters", &shown_named)?;
        map.serialize_entry("icon", &format!("{base}/apps/spreed/img/app-dark.svg"))?;
        map.serialize_entry("shouldNotify", &true)?;
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
                "subjectRich",
                "messageRich",
                "icon",
            ])
            .always::<Parameters<'_>>(&["subjectRichParameters", "messageRichParameters"])
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
