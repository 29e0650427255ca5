//! An account's settings of Talk. Source: chat.md 6.5, conversations.md 7.5.

use std::sync::Arc;

use crate::chat::Error;
use crate::http::form::{BadField, Fields, Value};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

pub fn routes(r: &mut Routes) {
    r.add("POST", "/api/v1/settings/user", logged_in(), set);
}

/// A setting and its value.
struct Setting {
    key: String,
    /// `None`: neither 0 nor 1.
    state: Option<bool>,
}

impl Form for Setting {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let state = match fields.get("value") {
            Some(Value::Int(0)) => Some(false),
            Some(Value::Int(1)) => Some(true),
            Some(Value::Text(text)) if text == "0" => Some(false),
            Some(Value::Text(text)) if text == "1" => Some(true),
            _ => None,
        };
        Ok(Self {
            key: fields.text("key")?,
            state,
        })
    }
}

/// Set read or typing privacy: 0 public, 1 private.
///
/// Shape: null. Errors: `InvalidSetting` 400.
async fn set(cx: Cx, user: Arc<User>, form: Setting) -> Result<Reply, Failure> {
    let state = form.state.ok_or(Error::InvalidSetting);
    match form.key.as_str() {
        "read_status_privacy" => cx.chat().set_read_private(&user.id, state?).await?,
        "typing_privacy" => cx.chat().set_typing_private(&user.id, state?).await?,
        _ => return Err(Error::InvalidSetting.into()),
    }
    Ok(Reply::null(&cx))
}
