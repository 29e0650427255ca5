//! An account's settings of apps, in the server's own way. Talk's are the only ones; the same can be set by
//! `talk::settings`. Rules: `chat::preference`. Source: server.md 14.

use std::sync::Arc;

use crate::http::form::{BadField, Fields, Value};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const APP: &str = "/apps/provisioning_api/api/v1/config/users/{appId}";

pub fn routes(r: &mut Routes) {
    r.add_server("POST", APP, logged_in(), set_all).says_done();
    let key = format!("{APP}/{{configKey}}");
    r.add_server("POST", &key, logged_in(), set).says_done();
    r.add_server("DELETE", &key, logged_in(), reset).says_done();
}

/// A setting and its value.
struct Setting {
    app: String,
    key: String,
    value: String,
}

impl Form for Setting {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            app: fields.text("appId")?,
            key: fields.text("configKey")?,
            value: fields.text("configValue")?,
        })
    }
}

/// A setting that the path names.
struct Named {
    app: String,
    key: String,
}

impl Form for Named {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            app: fields.text("appId")?,
            key: fields.text("configKey")?,
        })
    }
}

/// Several settings.
struct Settings {
    app: String,
    all: Vec<(String, String)>,
}

impl Form for Settings {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let bad = || BadField("configs".to_owned());
        let entries = match fields.get("configs") {
            Some(Value::Map(entries)) => entries.as_slice(),
            Some(Value::List(items)) if items.is_empty() => &[],
            _ => return Err(bad()),
        };
        let entry = |(key, value): &(String, Value)| match value {
            Value::Text(text) => Ok((key.clone(), text.clone())),
            _ => Err(bad()),
        };
        Ok(Self {
            app: fields.text("appId")?,
            all: entries.iter().map(entry).collect::<Result<_, _>>()?,
        })
    }
}

/// Change one setting.
///
/// Shape: `[]`. Errors: `InvalidPreference` 400.
async fn set(cx: Cx, user: Arc<User>, form: Setting) -> Result<Reply, Failure> {
    let all = vec![(form.key, form.value)];
    cx.chat().set_preferences(&user, &form.app, all).await?;
    Ok(Reply::empty(&cx))
}

/// Change several settings: all of them, or none.
///
/// Shape: `[]`. Errors: `InvalidPreference` 400.
async fn set_all(cx: Cx, user: Arc<User>, form: Settings) -> Result<Reply, Failure> {
    cx.chat()
        .set_preferences(&user, &form.app, form.all)
        .await?;
    Ok(Reply::empty(&cx))
}

/// Go back to what holds if nothing was chosen.
///
/// Shape: `[]`. Errors: `InvalidPreference` 400.
async fn reset(cx: Cx, user: Arc<User>, form: Named) -> Result<Reply, Failure> {
    cx.chat()
        .reset_preference(&user, &form.app, &form.key)
        .await?;
    Ok(Reply::empty(&cx))
}
