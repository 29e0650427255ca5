//! App passwords as clients ask for them, and wiping all devices of an account. Rules: `chat::app_password`.
//! Source: server.md 7, 13.1.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::user::Target;
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, admin, logged_in};

pub fn routes(r: &mut Routes) {
    r.add_server(
        "GET",
        "/core/getapppassword",
        logged_in().confirmed(),
        request,
    )
    .shows::<Made>();
    r.add_server("DELETE", "/core/apppassword", logged_in(), revoke)
        .says_done();
    r.add_server("POST", "/core/apppassword/rotate", logged_in(), rotate)
        .shows::<Made>();
    r.add_server("PUT", "/core/apppassword/confirm", logged_in(), confirm)
        .shows::<Confirmed>();
    r.add_server(
        "POST",
        "/cloud/users/{userId}/wipe",
        admin().confirmed(),
        wipe,
    )
    .says_done();
}

/// The password, typed once more.
struct Password(String);

impl Form for Password {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.text("password").map(Self)
    }
}

#[derive(Serialize, JsonSchema)]
struct Made {
    apppassword: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Confirmed {
    last_login: i64,
}

/// Make an app password for a client that has the account's own; its name is what the client calls itself.
///
/// Shape: `{"apppassword": text}`. Errors: `InUse`, `TooMany` 403.
async fn request(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let (login_name, name) = match cx.client.as_deref() {
        Some(client) => (client.login_name.as_str(), client.name.as_str()),
        None => (user.id.as_str(), ""),
    };
    let apppassword = cx
        .chat()
        .request_app_password(&cx.caller, &user, login_name, name)
        .await?;
    Ok(Reply::ok(&cx, &Made { apppassword }))
}

/// Revoke the app password that this request uses.
///
/// Shape: `[]`. Errors: `NoneInUse` 403.
async fn revoke(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    cx.chat()
        .revoke_app_password_in_use(&cx.caller, &user)
        .await?;
    Ok(Reply::empty(&cx))
}

/// Give the app password that this request uses another secret.
///
/// Shape: `{"apppassword": text}`. Errors: `NoneInUse` 403.
async fn rotate(cx: Cx, user: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let apppassword = cx.chat().rotate_app_password(&cx.caller, &user).await?;
    Ok(Reply::ok(&cx, &Made { apppassword }))
}

/// Show the account's password once more, for what asks for that.
///
/// Shape: `{"lastLogin": time}`. Errors: `WrongPassword` 403, `Throttled` 429.
async fn confirm(cx: Cx, user: Arc<User>, form: Password) -> Result<Reply, Failure> {
    let last_login = cx
        .chat()
        .confirm_password(&user, &form.0, cx.caller.address)
        .await?;
    Ok(Reply::ok(&cx, &Confirmed { last_login }).confirming())
}

/// Tell all devices of an account to forget everything.
///
/// Shape: `[]`. Errors: `UserHidden` 998, `NotOnThisAccount` 101.
async fn wipe(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    cx.chat().wipe_devices(Some(&user), &form.0).await?;
    Ok(Reply::empty(&cx))
}
