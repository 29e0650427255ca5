//! Settings of apps, for administrators. Rules: `chat::app_setting`. Source: server.md 13.4.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::app_setting::SettingName;
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, admin};

const PATH: &str = "/apps/provisioning_api/api/v1/config/apps/{app}/{key}";

pub fn routes(r: &mut Routes) {
    r.add_server("GET", PATH, admin(), show).shows::<Stored>();
    r.add_server("POST", PATH, admin().confirmed(), set)
        .says_done();
    r.add_server("DELETE", PATH, admin().confirmed(), remove)
        .says_done();
}

impl Form for SettingName {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let name = Self::parse(&fields.text("app")?, &fields.text("key")?);
        name.ok_or_else(|| BadField("key".to_owned()))
    }
}

/// A setting and what it is to be.
struct Setting {
    name: SettingName,
    value: String,
}

impl Form for Setting {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            name: SettingName::read(fields)?,
            value: fields.text("value")?,
        })
    }
}

#[derive(Serialize, JsonSchema)]
struct Stored {
    data: String,
}

/// Show what is stored; nothing is an empty text.
///
/// Shape: `{"data": text}`.
async fn show(cx: Cx, _: Arc<User>, name: SettingName) -> Result<Reply, Failure> {
    let data = cx.chat().app_setting(&name).await?.unwrap_or_default();
    Ok(Reply::ok(&cx, &Stored { data }))
}

/// Store a value.
///
/// Shape: `[]`. Errors: `SettingProtected` 403; `value` (too long), `key` (too many) 400.
async fn set(cx: Cx, _: Arc<User>, form: Setting) -> Result<Reply, Failure> {
    cx.chat()
        .set_app_setting(&form.name, Some(form.value))
        .await?;
    Ok(Reply::empty(&cx))
}

/// Forget what is stored.
///
/// Shape: `[]`. Errors: `SettingProtected` 403.
async fn remove(cx: Cx, _: Arc<User>, name: SettingName) -> Result<Reply, Failure> {
    cx.chat().set_app_setting(&name, None).await?;
    Ok(Reply::empty(&cx))
}
