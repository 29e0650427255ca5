//! What a client asks before it knows anything: is this a server, and can it be reached. Source: server.md 2, 21.

use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::ocs::service::bare;

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::GET, "/status.php", status)
        .shows::<Status>();
    pages.public(Method::GET, "/204", nothing).bodiless(204);
}

/// What is installed; under the name that clients look for. Source: server.md 3.3.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    installed: bool,
    maintenance: bool,
    needs_db_upgrade: bool,
    version: &'static str,
    versionstring: &'static str,
    edition: &'static str,
    productname: &'static str,
    extended_support: bool,
}

/// Say what is installed. Shape: as `Status`.
async fn status(_: PageCx) -> Result<Shown, Error> {
    let mut answer = json::data(
        StatusCode::OK,
        &Status {
            installed: true,
            maintenance: false,
            needs_db_upgrade: false,
            version: "32.0.1.2",
            versionstring: "32.0.1",
            edition: "",
            productname: "Nextcloud",
            extended_support: false,
        },
    );
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(answer.into())
}

/// Show that nothing stands between: a portal would answer something.
///
/// Shape: 204 without a body.
async fn nothing(_: PageCx) -> Result<Shown, Error> {
    Ok(bare(StatusCode::NO_CONTENT).into())
}
