//! Reads a `multipart/form-data` body into its text fields and uploaded files. Only `form` uses it.
//!
//! A part with a file name is an upload, any other part a field, as in PHP. Rules: spec ocs.md, "Request parameters".

use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};
use multer::Multipart;

use crate::http::form::{MAX_FIELDS, Upload};

/// The parts of a body in their order, by name.
#[derive(Debug, Default)]
pub struct Parts {
    pub fields: Vec<(String, String)>,
    pub uploads: Vec<(String, Upload)>,
}

/// Reads the parts of `body`, at most `MAX_FIELDS` of them.
///
/// A body that breaks off or is malformed gives the parts before the fault.
pub async fn read(content_type: &str, body: Bytes) -> Parts {
    let mut parts = Parts::default();
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        return parts;
    };
    let mut multipart = Multipart::new(BodyDataStream::new(Full::new(body)), boundary);
    for _ in 0..MAX_FIELDS {
        let Ok(Some(part)) = multipart.next_field().await else {
            break;
        };
        let name = part.name().map(str::to_owned);
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(ToString::to_string);
        let Ok(bytes) = part.bytes().await else { break };
        match (name, file_name) {
            (None, _) => {}
            // A browser sends an empty file name when no file was chosen.
            (Some(_), Some(file_name)) if file_name.is_empty() => {}
            (Some(name), Some(file_name)) => parts.uploads.push((
                name,
                Upload {
                    file_name: Some(file_name),
                    content_type,
                    bytes,
                },
            )),
            (Some(name), None) => parts
                .fields
                .push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (headers, content) in parts {
            out.extend_from_slice(format!("--XX\r\n{headers}\r\n\r\n").as_bytes());
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"--XX--\r\n");
        out
    }

    #[tokio::test]
    async fn a_part_with_a_file_name_is_an_upload() {
        let sent = body(&[
            ("Content-Disposition: form-data; name=\"mode\"", b"square"),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png",
                b"\x89PNG\r\n\xff",
            ),
            ("Content-Disposition: form-data; name=\"bad\"", b"a\xffb"),
        ]);
        let parts = read(TYPE, sent.into()).await;
        assert_eq!(
            parts.fields,
            [
                ("mode".to_owned(), "square".to_owned()),
                ("bad".to_owned(), "a\u{fffd}b".to_owned())
            ]
        );
        let upload = Upload {
            file_name: Some("a.png".into()),
            content_type: Some("image/png".into()),
            bytes: Bytes::from_static(b"\x89PNG\r\n\xff"),
        };
        assert_eq!(parts.uploads, [("file".to_owned(), upload)]);
    }

    #[tokio::test]
    async fn a_part_without_a_name_or_with_an_empty_file_name_is_left_out() {
        let sent = body(&[
            ("Content-Disposition: form-data", b"x"),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream",
                b"",
            ),
            ("Content-Disposition: form-data; name=\"a\"", b""),
        ]);
        let parts = read(TYPE, sent.into()).await;
        assert_eq!(parts.fields, [("a".to_owned(), String::new())]);
        assert_eq!(parts.uploads, []);
    }

    #[tokio::test]
    async fn the_parts_before_a_fault_count() {
        let whole = body(&[
            ("Content-Disposition: form-data; name=\"a\"", b"1"),
            ("Content-Disposition: form-data; name=\"b\"", b"2"),
        ]);
        let cut = whole[..whole.len() - 12].to_vec();
        assert_eq!(
            read(TYPE, cut.into()).await.fields,
            [("a".to_owned(), "1".to_owned())]
        );
    }

    #[tokio::test]
    async fn malformed_bodies_and_types_give_nothing() {
        let whole = body(&[("Content-Disposition: form-data; name=\"a\"", b"1")]);
        let table: [(&str, &[u8]); 7] = [
            ("multipart/form-data", &whole),
            ("multipart/form-data; boundary=", &whole),
            ("multipart/form-data; boundary=YY", &whole),
            ("multipart/form-data; boundary=\"\u{e9}", &whole),
            (TYPE, b""),
            (TYPE, b"--XX\r\n\r\n"),
            (TYPE, b"\xff\xfe\x00"),
        ];
        for (content_type, body) in table {
            let parts = read(content_type, Bytes::copy_from_slice(body)).await;
            assert!(
                parts.fields.is_empty() && parts.uploads.is_empty(),
                "{content_type} {body:?}"
            );
        }
    }

    #[tokio::test]
    async fn the_number_of_parts_is_bounded() {
        let many =
            vec![("Content-Disposition: form-data; name=\"a[]\"", &b"1"[..]); MAX_FIELDS + 1];
        assert_eq!(
            read(TYPE, body(&many).into()).await.fields.len(),
            MAX_FIELDS
        );
    }
}
