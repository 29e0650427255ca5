//! gzip for clients that ask for it. Source: ocs.md 10.3.
//!
//! Only answers of the interface and its description come here. Pages do not: they hold request tokens beside what the client sent, and the
//! length of a compressed page would give them away.

use std::cell::RefCell;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};

use crate::ocs::service::Answer;

/// Shorter ones fit into a packet anyway.
const WORTH_BYTES: u64 = 1024;
/// Longer ones are compressed on a thread of their own.
const LONG_BYTES: usize = 64 * 1024;
/// Fast rather than small: half of the size is there at once.
const LEVEL: Compression = Compression::new(1);
/// No name, no time, unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Whether the client reads gzip. Source: RFC 9110, 12.5.3.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let text: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    // Named outright goes before named by a star.
    let (mut named, mut any) = (None, None);
    for item in text.iter().flat_map(|line| line.split(',')) {
        let mut parts = item.split(';');
        let coding = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|part| {
            part.trim()
                .to_ascii_lowercase()
                .strip_prefix("q=")
                .map(str::to_owned)
        });
        let accepted = match weight {
            Some(weight) => weight.trim().parse().is_ok_and(|weight: f32| weight > 0.0),
            None => true,
        };
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            named = Some(accepted);
        } else if coding == "*" {
            any = Some(accepted);
        }
    }
    named.or(any).unwrap_or(false)
}

/// The answer, compressed if that is worth it and `wanted`.
pub async fn compress(answer: Answer, wanted: bool) -> Answer {
    if !is_compressible(&answer) {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    head.headers
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    if !wanted {
        return Answer::from_parts(head, body);
    }
    let plain = whole(body).await;
    let short = plain.len() < LONG_BYTES;
    let packed = match short {
        true => pack(&plain),
        false => {
            let plain = plain.clone();
            let packing = tokio::task::spawn_blocking(move || pack(&plain));
            packing.await.unwrap_or_default()
        }
    };
    match packed {
        Some(packed) => {
            head.headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Answer::from_parts(head, Full::new(packed))
        }
        None => Answer::from_parts(head, Full::new(plain)),
    }
}

/// A body that lies in memory already: this does not wait.
async fn whole(body: Full<Bytes>) -> Bytes {
    use http_body_util::BodyExt as _;
    match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(never) => match never {},
    }
}

fn is_compressible(answer: &Answer) -> bool {
    if answer.status() != StatusCode::OK || answer.headers().contains_key(CONTENT_ENCODING) {
        return false;
    }
    let is_long = answer.body().size_hint().lower() >= WORTH_BYTES;
    let content_type = answer.headers().get(CONTENT_TYPE);
    let is_text = content_type.is_some_and(|value| {
        let kinds: [&[u8]; 3] = [b"application/json", b"application/xml", b"text/xml"];
        kinds.iter().any(|kind| value.as_bytes().starts_with(kind))
    });
    is_long && is_text
}

/// The bytes as gzip; `None` if that is not shorter.
fn pack(plain: &[u8]) -> Option<Bytes> {
    thread_local! {
        // What a compressor needs is large, so each thread makes it once.
        static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(LEVEL, false));
    }
    let mut packed = Vec::with_capacity(plain.len());
    packed.extend_from_slice(&HEAD);
    let done = COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        // It writes no more than there is room for: whatever does not fit is not worth it.
        compress.compress_vec(plain, &mut packed, FlushCompress::Finish)
    });
    if !matches!(done, Ok(Status::StreamEnd)) {
        return None;
    }
    let mut crc = Crc::new();
    crc.update(plain);
    packed.extend_from_slice(&crc.sum().to_le_bytes());
    packed.extend_from_slice(&crc.amount().to_le_bytes());
    packed.shrink_to_fit();
    Some(packed.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use hyper::Response;

    use super::*;

    fn unpacked(packed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(packed);
        decoder.read_to_end(&mut plain).expect("gzip");
        plain
    }

    #[test]
    fn what_is_packed_is_unpacked_the_same_again_and_again() {
        for text in ["tea ".repeat(1000), "a".repeat(1024), "x1".repeat(200_000)] {
            let packed = pack(text.as_bytes()).expect("it is shorter");
            assert!(packed.len() < text.len() / 2);
            assert_eq!(unpacked(&packed), text.as_bytes());
        }
        let noise: Vec<u8> = (0..4096_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        if let Some(packed) = pack(&noise) {
            assert_eq!(unpacked(&packed), noise);
        }
        assert_eq!(pack(b""), None);
    }

    #[test]
    fn a_client_says_whether_it_reads_gzip() {
        for (header, expected) in [
            (None, false),
            (Some("gzip"), true),
            (Some("GZip, deflate, br"), true),
            (Some("deflate, gzip;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("gzip; q=0.000, *"), false),
            (Some("gzip;q=x"), false),
            (Some("*"), true),
            (Some("*;q=0"), false),
            (Some("identity"), false),
            (Some("gzipped"), false),
            (Some(""), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            }
            assert_eq!(is_wanted(&headers), expected, "{header:?}");
        }
    }

    #[tokio::test]
    async fn only_long_texts_that_went_well_are_compressed() {
        for (status, content_type, length, expected) in [
            (200, "application/json; charset=utf-8", 1024, true),
            (200, "application/xml; charset=utf-8", 100_000, true),
            (200, "text/xml; charset=UTF-8", 2000, true),
            (200, "application/json; charset=utf-8", 1023, false),
            (200, "text/html; charset=UTF-8", 5000, false),
            (200, "image/png", 5000, false),
            (201, "application/json; charset=utf-8", 5000, false),
            (404, "application/json; charset=utf-8", 5000, false),
        ] {
            for wanted in [true, false] {
                let answer = Response::builder()
                    .status(status)
                    .header(CONTENT_TYPE, content_type)
                    .body(Full::from(vec![b'a'; length]))
                    .expect("an answer");
                let answer = compress(answer, wanted).await;
                let case = format!("{status} {content_type} {length} {wanted}");
                let is_packed = answer.headers().contains_key(CONTENT_ENCODING);
                assert_eq!(is_packed, expected && wanted, "{case}");
                assert_eq!(answer.headers().contains_key(VARY), expected, "{case}");
                let body = whole(answer.into_body()).await;
                let plain = if is_packed {
                    unpacked(&body)
                } else {
                    body.to_vec()
                };
                assert_eq!(plain, vec![b'a'; length], "{case}");
            }
        }
    }
}
