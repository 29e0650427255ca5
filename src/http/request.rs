//! A request, read whole within limits.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::Method;
use hyper::body::{Body, Incoming};
use hyper::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a body that need no place in the common store room: a form with a message.
const SMALL_BODY: usize = 16 * 1024;
/// Bytes of all larger bodies together that are held at one time.
const STORE_ROOM: usize = 256 * 1024 * 1024;
/// In such pieces the room is given out.
const PLACE: usize = 1024;

/// A request with its body.
pub struct Request {
    pub method: Method,
    /// Decoded, and with double slashes folded.
    pub path: String,
    /// As sent.
    pub raw_path_and_query: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The other end of the connection.
    pub peer: IpAddr,
    /// The room that a large body takes; given back with the request.
    _place: Option<OwnedSemaphorePermit>,
}

/// Where requests are read: what one body, and what all of them together may take.
#[derive(Debug, Clone)]
pub struct Intake {
    max_body_bytes: usize,
    room: Arc<Semaphore>,
}

impl Intake {
    /// For bodies of at most `max_body_bytes` each.
    pub fn new(max_body_bytes: usize) -> Self {
        let places = STORE_ROOM.max(max_body_bytes).div_ceil(PLACE);
        Self {
            max_body_bytes,
            room: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Room for a body, waited for as long as for a body.
    async fn place(&self, expected: usize) -> Result<Option<OwnedSemaphorePermit>, Unreadable> {
        if expected <= SMALL_BODY {
            return Ok(None);
        }
        let places = u32::try_from(expected.div_ceil(PLACE)).map_err(|_| Unreadable::TooLarge)?;
        let waiting = Arc::clone(&self.room).acquire_many_owned(places);
        let place = tokio::time::timeout(BODY_PATIENCE, waiting).await;
        place
            .ok()
            .and_then(Result::ok)
            .map(Some)
            .ok_or(Unreadable::NoRoom)
    }
}

/// How a client reached the server, proxies taken into account.
#[derive(Debug, Clone)]
pub struct Origin {
    pub address: IpAddr,
    pub secure: bool,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than allowed.
    #[error("body is too large")]
    TooLarge,
    /// It does not arrive in time.
    #[error("body came too slowly")]
    TooSlow,
    /// Others fill the store room.
    #[error("too many large bodies at one time")]
    NoRoom,
    /// The connection broke in the middle of it.
    #[error("request is malformed")]
    Malformed,
}

impl Request {
    /// Reads a request with its body.
    pub async fn read(
        request: hyper::Request<Incoming>,
        peer: IpAddr,
        intake: &Intake,
    ) -> Result<Self, Unreadable> {
        let (parts, body) = request.into_parts();
        let max_body_bytes = intake.max_body_bytes;
        let size = body.size_hint();
        if size.lower() > max_body_bytes as u64 {
            return Err(Unreadable::TooLarge);
        }
        // Whoever does not say how much comes may send all that is allowed.
        let expected = size.exact().and_then(|size| usize::try_from(size).ok());
        let place = intake.place(expected.unwrap_or(max_body_bytes)).await?;
        let body = if body.is_end_stream() {
            Bytes::new()
        } else {
            let collecting = Limited::new(body, max_body_bytes).collect();
            let collected = tokio::time::timeout(BODY_PATIENCE, collecting).await;
            collected
                .map_err(|_| Unreadable::TooSlow)?
                .map_err(|error| {
                    if error.is::<http_body_util::LengthLimitError>() {
                        Unreadable::TooLarge
                    } else {
                        Unreadable::Malformed
                    }
                })?
                .to_bytes()
        };
        Ok(Self {
            path: decode(parts.uri.path()),
            raw_path_and_query: parts
                .uri
                .path_and_query()
                .map_or_else(String::new, |both| both.as_str().to_owned()),
            query: parts.uri.query().map(str::to_owned),
            method: parts.method,
            headers: parts.headers,
            body,
            peer,
            _place: place,
        })
    }

    /// Whether a browser shows the answer to a person, who reads no JSON.
    pub fn wants_html(&self) -> bool {
        let accept = self.header(ACCEPT).unwrap_or_default();
        accept.to_ascii_lowercase().contains("html")
    }

    /// The method by which its row is found: a HEAD is a GET whose body is not sent.
    pub fn method_of_row(&self) -> Method {
        match self.method {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        }
    }

    /// A header as text; unreadable ones count as absent.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All lines of a header as they came.
    pub fn lines(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> {
        let lines = self.headers.get_all(name).into_iter();
        lines.map(HeaderValue::as_bytes)
    }

    /// A header that people read; what is no UTF-8 is replaced.
    pub fn shown_header(&self, name: HeaderName) -> Option<Cow<'_, str>> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()))
    }
}

fn decode(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
    if !decoded.contains("//") {
        return decoded;
    }
    let mut folded = String::with_capacity(decoded.len());
    for character in decoded.chars() {
        if character != '/' || !folded.ends_with('/') {
            folded.push(character);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_share_their_room_and_small_ones_need_none() {
        let intake = Intake {
            max_body_bytes: 30 * 1024,
            room: Arc::new(Semaphore::new(32)),
        };
        let at_once = async |bytes| tokio::time::timeout(Duration::ZERO, intake.place(bytes)).await;
        let first = at_once(20 * 1024).await.unwrap().unwrap();
        assert!(first.is_some());
        assert!(at_once(20 * 1024).await.is_err(), "it waits");
        assert!(at_once(SMALL_BODY).await.unwrap().unwrap().is_none());
        drop(first);
        assert!(at_once(20 * 1024).await.unwrap().unwrap().is_some());
    }

    #[test]
    fn a_path_is_decoded_before_it_is_routed() {
        for (sent, expected) in [
            ("/room%2Fabcd1234", "/room/abcd1234"),
            ("/ocs/v2.php//apps/x", "/ocs/v2.php/apps/x"),
            ("/a///b", "/a/b"),
            ("/%ff", "/\u{fffd}"),
        ] {
            assert_eq!(decode(sent), expected);
        }
    }
}
