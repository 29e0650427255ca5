//! What a device asks whose app password lets it in no more: is it to forget everything? Rules: `chat::app_password`.
//! Source: server.md 19.

use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::json;
use super::table::Table;
use crate::chat::Error;

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

/// Ask. Shape: `{"wipe": true}`. Errors: 404 `[]` if not; `TooManyRequests` 429.
async fn check(cx: PageCx) -> Result<Shown, Error> {
    let token = cx.text("token");
    let wipe = cx.chat().is_to_be_wiped(&token, cx.caller.address).await?;
    Ok(match wipe {
        true => json::data(StatusCode::OK, &Wipe { wipe }),
        false => json::empty(StatusCode::NOT_FOUND),
    }
    .into())
}

/// Say that everything is forgotten. Shape: `[]`. Errors: as `check`.
async fn success(cx: PageCx) -> Result<Shown, Error> {
    let token = cx.text("token");
    let status = match cx.chat().wiped(&token, cx.caller.address).await? {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    };
    Ok(json::empty(status).into())
}
