//! Registering devices for push. Rules: `chat::push`. Source: server.md 11.6.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::push::{Registered, Registration};
use crate::http::form::{BadField, Fields};
use crate::model::User;
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const PATH: &str = "/apps/notifications/api/v2/push";

pub fn routes(r: &mut Routes) {
    r.add_server("POST", PATH, logged_in(), register)
        .creates::<RegisteredView<'static>>()
        .shows::<RegisteredView<'static>>();
    r.add_server("DELETE", PATH, logged_in(), unregister)
        .says_done()
        .answers::<[(); 0]>(202);
}

impl Form for Registration {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            token_hash: fields.text("pushTokenHash")?,
            key: fields.text("devicePublicKey")?,
            proxy: fields.text("proxyServer")?,
        })
    }
}

/// Say where this device wants to be told. Nothing is delivered there.
///
/// Shape: `RegisteredView`, status 201, or 200 if it is known. Errors: `PushRefusal` 400.
async fn register(cx: Cx, _: Arc<User>, form: Registration) -> Result<Reply, Failure> {
    // Quirk: push-registration.
    let registered = cx.chat().register_device(&cx.caller, form).await?;
    let view = RegisteredView::new(&registered);
    Ok(match registered.known {
        true => Reply::ok(&cx, &view),
        false => Reply::created(&cx, &view),
    })
}

/// Take that back.
///
/// Shape: `[]`, status 202, or 200 if nothing was registered. Errors: `NoAppPassword` 400.
async fn unregister(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    Ok(match cx.chat().unregister_device(&cx.caller).await? {
        true => Reply::with_status::<[(); 0]>(&cx, 202, &[]),
        false => Reply::empty(&cx),
    })
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct RegisteredView<'r> {
    public_key: &'r str,
    device_identifier: &'r str,
    signature: &'r str,
}

impl<'r> RegisteredView<'r> {
    fn new(registered: &'r Registered) -> Self {
        Self {
            public_key: &registered.public_key,
            device_identifier: &registered.device_identifier,
            signature: &registered.signature,
        }
    }
}
