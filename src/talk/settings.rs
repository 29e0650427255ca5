//! An account's settings of Talk. Rules: `chat::preference`. Source: chat.md 6.5, conversations.md 7.5.

use std::sync::Arc;

use crate::chat::Error;
use crate::http::form::{BadField, Fields, Value};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

pub fn routes(r: &mut Routes) {
    r.add("POST", "/api/v1/settings/user", logged_in(), set)
        .shows::<()>();
}

/// A setting and its value.
struct Setting {
    key: String,
    /// `None`: missing, or of a type that no setting has.
    value: Option<String>,
}

impl Form for Setting {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let value = match fields.get("value") {
            Some(Value::Int(number)) => Some(number.to_string()),
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        Ok(Self {
            key: fields.text("key")?,
            value,
        })
    }
}

/// Change one setting.
///
/// Shape: null. Errors: `InvalidSetting` 400.
async fn set(cx: Cx, user: Arc<User>, form: Setting) -> Result<Reply, Failure> {
    let value = form.value.ok_or(Error::InvalidSetting)?;
    cx.chat().set_preference(&user, &form.key, &value).await?;
    Ok(Reply::null(&cx))
}
