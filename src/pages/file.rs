//! Files: bytes of a known type, which a browser shows and does not run.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::ocs::service::{Answer, bare};

/// An answer with a file.
pub fn file(status: StatusCode, content_type: &'static str, bytes: Bytes) -> Answer {
    let mut answer = bare(status);
    *answer.body_mut() = bytes.into();
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// A file that is part of the program, or of its settings: everybody may keep it for a day.
pub fn asset(content_type: &'static str, bytes: Bytes) -> Answer {
    let mut answer = file(StatusCode::OK, content_type, bytes);
    answer.headers_mut().insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    answer
}

/// With a header; a value that cannot be one is left out: it comes from numbers and hashes.
pub fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}
