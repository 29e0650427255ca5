//! Plain JSON, without an envelope. Source: server.md 1.

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ocs::json;
use crate::ocs::service::{Answer, bare};

/// An answer with data.
pub fn data<T: Serialize + ?Sized>(status: StatusCode, data: &T) -> Answer {
    let mut body = Vec::new();
    if let Err(error) = json::write(data, &mut body) {
        tracing::error!(%error, "plain JSON could not be written");
        return bare(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut answer = bare(status);
    *answer.body_mut() = body.into();
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    answer
}

/// `[]`, which says nothing more than its status.
pub fn empty(status: StatusCode) -> Answer {
    data::<[(); 0]>(status, &[])
}

/// Why there is nothing else.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PlainMessage")]
pub struct Message<'a> {
    message: &'a str,
}

/// `{"message": text}`.
pub fn message(status: StatusCode, message: &str) -> Answer {
    data(status, &Message { message })
}
