//! What a device asks whose app password lets it in no more: is it to forget everything? Rules: `chat::app_password`.
//! Source: server.md 19.

use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::ocs::service::{Answer, asked_too_often};

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::POST, "/core/wipe/check", check)
        .asks(|fields| {
            fields.text("token")?;
            Ok(())
        })
        .shows::<Wipe>();
    pages
        .public(Method::POST, "/core/wipe/success", success)
        .asks(|fields| {
            fields.text("token")?;
            Ok(())
        })
        .says_done();
}

#[derive(Serialize, JsonSchema)]
struct Wipe {
    wipe: bool,
}

/// Ask. Shape: `{"wipe": true}`. Errors: 404 `[]` if not; 429 without a body.
async fn check(cx: PageCx) -> Result<Shown, Error> {
    let token = cx.text("token");
    let wipe = cx.chat().is_to_be_wiped(&token, cx.caller.address).await;
    answer(wipe, || json::data(StatusCode::OK, &Wipe { wipe: true }))
}

/// Say that everything is forgotten. Shape: `[]`. Errors: as `check`.
async fn success(cx: PageCx) -> Result<Shown, Error> {
    let token = cx.text("token");
    let wiped = cx.chat().wiped(&token, cx.caller.address).await;
    answer(wiped, || json::empty(StatusCode::OK))
}

fn answer(outcome: Result<bool, Error>, yes: impl FnOnce() -> Answer) -> Result<Shown, Error> {
    let answer = match outcome {
        Ok(true) => yes(),
        Ok(false) => json::empty(StatusCode::NOT_FOUND),
        Err(Error::TooManyRequests) => asked_too_often(),
        Err(error) => return Err(error),
    };
    Ok(answer.into())
}
