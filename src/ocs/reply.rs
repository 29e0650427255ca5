//! An answer before it becomes HTTP.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

use super::cx::Cx;
use super::envelope;
use super::failure::Failure;
use crate::chat::Error;
use crate::store::StoreError;

/// Entries that are written where other requests wait meanwhile: less than a millisecond's work.
const SHORT_LIST: usize = 300;

/// What a handler answers.
pub struct Reply {
    /// The internal status of ocs.md 3.2.
    pub status: u16,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole body, envelope included; `None`: the answer has none.
    pub body: Option<Bytes>,
    /// The account's owner has just typed the password: the session is to know.
    pub confirms: bool,
}

impl Reply {
    /// Data with an internal status.
    pub fn with_status<T: Serialize + ?Sized>(cx: &Cx, status: u16, data: &T) -> Self {
        let body = envelope::render(cx.version, cx.format, status, None, data);
        Self {
            status,
            headers: Vec::new(),
            body: Some(body.into()),
            confirms: false,
        }
    }

    /// 200 with data.
    pub fn ok<T: Serialize + ?Sized>(cx: &Cx, data: &T) -> Self {
        Self::with_status(cx, 200, data)
    }

    /// A list of `entries` entries, as `write` makes it. A long one is written on a thread of its own: the few threads
    /// that serve all connections stay free. The readers of the store bound how many arrive here.
    ///
    /// Errors: `Gone` if the server stops.
    pub async fn list(
        cx: &Cx,
        entries: usize,
        write: impl FnOnce(&Cx) -> Self + Send + 'static,
    ) -> Result<Self, Failure> {
        if entries <= SHORT_LIST {
            return Ok(write(cx));
        }
        let cx = cx.clone();
        let written = tokio::task::spawn_blocking(move || write(&cx)).await;
        written.map_err(|_| Error::from(StoreError::Gone).into())
    }

    /// 201 with data.
    pub fn created<T: Serialize + ?Sized>(cx: &Cx, data: &T) -> Self {
        Self::with_status(cx, 201, data)
    }

    /// 200 with `null`.
    pub fn null(cx: &Cx) -> Self {
        Self::ok(cx, &())
    }

    /// 200 with `[]`.
    pub fn empty(cx: &Cx) -> Self {
        Self::ok::<[(); 0]>(cx, &[])
    }

    /// 200 with a body that many share.
    pub fn shared(body: Bytes) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Some(body),
            confirms: false,
        }
    }

    /// 200 with a file, as it is and without an envelope.
    pub fn file(content_type: &'static str, bytes: Bytes) -> Self {
        Self::shared(bytes).header(CONTENT_TYPE, content_type)
    }

    /// A status and nothing else.
    pub fn bodiless(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            confirms: false,
        }
    }

    /// 304: no body under v2, an envelope with null data under v1.
    pub fn not_modified(cx: &Cx) -> Self {
        match cx.version {
            envelope::Version::V1 => Self::with_status(cx, 304, &()),
            envelope::Version::V2 => Self::bodiless(304),
        }
    }

    /// After the password was typed once more.
    pub fn confirming(mut self) -> Self {
        self.confirms = true;
        self
    }

    /// With a header that is a number.
    pub fn number(mut self, name: HeaderName, value: i64) -> Self {
        self.headers.push((name, HeaderValue::from(value)));
        self
    }

    /// With a header. A value that cannot be one is left out: it comes from hashes.
    pub fn header(mut self, name: HeaderName, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.push((name, value));
        }
        self
    }
}
