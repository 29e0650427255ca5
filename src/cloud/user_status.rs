//! What people say of their whereabouts. Rules: `chat::user_status`. Source: server.md 12.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::page;
use super::user::Target;
use crate::chat::presence::Status;
use crate::chat::user_status::{Clear, OwnMessage, PREDEFINED, Predefined};
use crate::http::form::{BadField, Fields};
use crate::model::{User, UserStatus};
use crate::ocs::envelope::Version;
use crate::ocs::shape::Object;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const BASE: &str = "/apps/user_status/api/v1";

pub fn routes(r: &mut Routes) {
    let own = format!("{BASE}/user_status");
    r.add_server("GET", &own, logged_in(), show_own)
        .shows::<Own<'static>>();
    r.add_server("PUT", &format!("{own}/status"), logged_in(), set)
        .shows::<Own<'static>>();
    let message = format!("{own}/message");
    r.add_server(
        "PUT",
        &format!("{message}/predefined"),
        logged_in(),
        choose_message,
    )
    .shows::<Own<'static>>();
    r.add_server("PUT", &format!("{message}/custom"), logged_in(), write)
        .shows::<Own<'static>>();
    r.add_server("DELETE", &message, logged_in(), clear)
        .says_done();
    r.add_server(
        "DELETE",
        &format!("{own}/revert/{{statusMessage}}"),
        logged_in(),
        revert,
    )
    .says_done();
    let predefined = format!("{BASE}/predefined_statuses");
    r.add_server("GET", &predefined, logged_in(), list_predefined)
        .shows::<Vec<PredefinedView>>();
    r.add_server(
        "GET",
        &format!("{predefined}/"),
        logged_in(),
        list_predefined,
    )
    .shows::<Vec<PredefinedView>>();
    r.add_server("GET", &format!("{BASE}/statuses"), logged_in(), list)
        .shows::<Vec<Public>>();
    r.add_server(
        "GET",
        &format!("{BASE}/statuses/{{userId}}"),
        logged_in(),
        show,
    )
    .shows::<Public>();
    r.add_server("PUT", &format!("{BASE}/heartbeat"), logged_in(), report)
        .shows::<Own<'static>>()
        .bodiless(204);
}

/// One word for whether somebody can be reached.
struct StatusType(String);

impl Form for StatusType {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("statusType").map(Self)
    }
}

/// The same, as clients report it.
struct Report(String);

impl Form for Report {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("status").map(Self)
    }
}

/// One of the server's messages.
struct Choice {
    id: String,
    clear_at: Option<i64>,
}

impl Form for Choice {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: fields.text("messageId")?,
            clear_at: fields.optional_int("clearAt"),
        })
    }
}

impl Form for OwnMessage {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            icon: fields.optional_text("statusIcon")?,
            message: fields.optional_text("message")?,
            clear_at: fields.optional_int("clearAt"),
        })
    }
}

/// Look at one's own status.
///
/// Shape: `Own`. Errors: `NoneOfOneself` 404.
async fn show_own(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let status = cx.chat().own_status(&user).await?;
    Ok(Reply::ok(&cx, &Own::new(&status)))
}

/// Say whether one can be reached.
///
/// Shape: `Own`. Errors: `UnknownType` 400.
async fn set(cx: Cx, user: Arc<User>, form: StatusType) -> Result<Reply, Failure> {
    let status = cx.chat().set_availability(&user, &form.0).await?;
    Ok(Reply::ok(&cx, &Own::new(&status)))
}

/// Choose one of the server's messages.
///
/// Shape: `Own`, without the words. Errors: `UnknownMessage`, `ClearAtPast` 400.
async fn choose_message(cx: Cx, user: Arc<User>, form: Choice) -> Result<Reply, Failure> {
    let status = cx
        .chat()
        .set_predefined_status(&user, &form.id, form.clear_at)
        .await?;
    Ok(Reply::ok(&cx, &Own::new(&status)))
}

/// Set a message of one's own; nothing at all takes it away.
///
/// Shape: `Own`. Errors: `IconTooLong`, `MessageTooLong`, `ClearAtPast` 400.
async fn write(cx: Cx, user: Arc<User>, form: OwnMessage) -> Result<Reply, Failure> {
    let status = cx.chat().set_status_message(&user, form).await?;
    Ok(Reply::ok(&cx, &Own::new(&status)))
}

/// Take the message away. Shape: `[]`.
async fn clear(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    cx.chat().clear_status_message(&user).await?;
    Ok(Reply::empty(&cx))
}

/// Go back to what was before an automatic message: there is none that was stored, so nothing happens.
///
/// Shape: `[]`.
async fn revert(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    // Quirk: status-revert.
    Ok(Reply::empty(&cx))
}

/// List the server's messages.
async fn list_predefined(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let all = PREDEFINED.map(PredefinedView::new);
    Ok(Reply::ok(&cx, &all))
}

/// List how everybody is who has a status.
///
/// Shape: a list of `Public`, at most 500.
async fn list(cx: Cx, _: Arc<User>, form: page::Search) -> Result<Reply, Failure> {
    let all = cx.chat().list_statuses(form.page).await?;
    let all: Vec<Public> = all.into_iter().map(Public::new).collect();
    Ok(Reply::ok(&cx, &all))
}

/// Look at somebody's status.
///
/// Shape: `Public`. Errors: `NoneOfOther` 404.
async fn show(cx: Cx, _: Arc<User>, form: Target) -> Result<Reply, Failure> {
    let status = cx.chat().status_of(&form.0).await?;
    Ok(Reply::ok(&cx, &Public::new(status)))
}

/// A client says that somebody is there, or away.
///
/// Shape: `Own`; 204 if the account chose otherwise. Errors: `NotReported` 400.
async fn report(cx: Cx, user: Arc<User>, form: Report) -> Result<Reply, Failure> {
    let status = cx.chat().report_status(&user, &form.0).await?;
    Ok(match (status, cx.version) {
        (Some(status), _) => Reply::ok(&cx, &Own::new(&status)),
        (None, Version::V1) => Reply::with_status::<[(); 0]>(&cx, 204, &[]),
        (None, Version::V2) => Reply::bodiless(204),
    })
}

/// A status as its account reads it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OwnStatus")]
struct Own<'s> {
    user_id: &'s str,
    message: Option<&'s str>,
    message_id: Option<&'s str>,
    message_is_predefined: bool,
    icon: Option<&'s str>,
    clear_at: Option<i64>,
    status: &'static str,
    status_is_user_defined: bool,
}

impl<'s> Own<'s> {
    fn new(status: &'s UserStatus) -> Self {
        Self {
            user_id: status.user.as_str(),
            message: status.message.as_deref(),
            message_id: status.predefined.as_deref(),
            message_is_predefined: status.predefined.is_some(),
            icon: status.icon.as_deref(),
            clear_at: status.clear_at,
            status: status.availability.wire(),
            status_is_user_defined: status.chosen,
        }
    }
}

/// A status as others read it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PublicStatus")]
struct Public {
    user_id: String,
    message: Option<String>,
    icon: Option<String>,
    clear_at: Option<i64>,
    status: &'static str,
}

impl Public {
    fn new(status: UserStatus) -> Self {
        let user_id = status.user.0.clone();
        let shown = Status::from(status);
        Self {
            user_id,
            message: shown.message,
            icon: shown.icon,
            clear_at: shown.clear_at,
            status: shown.availability.wire(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PredefinedView {
    id: &'static str,
    icon: &'static str,
    message: &'static str,
    clear_at: Option<ClearView>,
}

impl PredefinedView {
    fn new(known: Predefined) -> Self {
        Self {
            id: known.id,
            icon: known.icon,
            message: known.message,
            clear_at: known.clear.map(ClearView),
        }
    }
}

/// `{"type": "period", "time": 3600}` or `{"type": "end-of", "time": "day"}`.
struct ClearView(Clear);

impl JsonSchema for ClearView {
    fn schema_name() -> Cow<'static, str> {
        "ClearAt".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Object::new(generator)
            .always::<String>(&["type"])
            .always::<SecondsOrWord>(&["time"])
            .done()
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "tells a shape")]
enum SecondsOrWord {
    Seconds(i64),
    Word(String),
}

impl Serialize for ClearView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(2))?;
        match self.0 {
            Clear::After(seconds) => {
                map.serialize_entry("type", "period")?;
                map.serialize_entry("time", &seconds)?;
            }
            Clear::EndOfDay => {
                map.serialize_entry("type", "end-of")?;
                map.serialize_entry("time", "day")?;
            }
        }
        map.end()
    }
}
