//! One's own picture, as mobile clients change it. Rules: `chat::user_avatar`. Source: server.md 9.4.

use std::sync::Arc;

use crate::chat::picture::upload::Sent;
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const PATH: &str = "/temp-user-avatar";

pub fn routes(r: &mut Routes) {
    r.add("POST", PATH, logged_in(), set).shows::<()>();
    r.add("DELETE", PATH, logged_in(), remove).shows::<()>();
}

/// A picture in a list of files, of which one counts.
struct Files(Sent);

impl Form for Files {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let upload = fields.upload("files[]");
        Ok(Self(match upload {
            Some(upload) => Sent::File(upload.bytes.clone()),
            None if fields.upload("files").is_some() => Sent::Several,
            None => Sent::Nothing,
        }))
    }
}

/// Show an uploaded picture as one's own.
///
/// Shape: `null`. Errors: `AvatarRefused`, `PictureUnreadable` 400.
async fn set(cx: Cx, user: Arc<User>, Files(sent): Files) -> Result<Reply, Failure> {
    cx.chat().set_portrait(&user, sent).await?;
    Ok(Reply::null(&cx))
}

/// Show what is drawn. Shape: `null`.
async fn remove(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    cx.chat().remove_portrait(&user).await?;
    Ok(Reply::null(&cx))
}
