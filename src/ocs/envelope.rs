//! The `{"ocs":{"meta":…,"data":…}}` wrapper around every answer, for both versions of the interface and both formats.
//!
//! Handlers give an internal status; this file turns it into the HTTP status and the meta block. Which answers carry no
//! envelope at all (204, 304 under v2, wrong method …) is the caller's business.
//! Rules: spec ocs.md, "The envelope".

use serde::Serialize;
use tracing::error;

use crate::ocs::format::Format;
use crate::ocs::{json, xml};

/// The base of the request's path: `/ocs/v1.php` or `/ocs/v2.php`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

/// What the meta block is made from: the internal status and the text for humans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta<'a> {
    /// An HTTP status, or one of the interface's own codes: 101–113, 996–999.
    pub status: u16,
    pub message: &'a str,
}

impl<'a> Meta<'a> {
    /// The meta block of an answer; without a message it says `OK` on success and nothing otherwise.
    pub fn new(version: Version, status: u16, message: Option<&'a str>) -> Self {
        let default = if is_ok(version, status) { "OK" } else { "" };
        Meta {
            status,
            message: message.unwrap_or(default),
        }
    }
}

/// The HTTP status of an enveloped answer.
///
/// Quirk: v1-status. It answers 200 whatever happened, except for a failed login.
pub fn http_status(version: Version, internal: u16) -> u16 {
    match (version, internal) {
        (_, 997) => 401,
        (Version::V1, _) => 200,
        (Version::V2, 998) => 404,
        (Version::V2, 996 | 999) => 500,
        (Version::V2, 200..=600) => internal,
        (Version::V2, _) => 400,
    }
}

/// The whole body of an answer.
///
/// A value whose own `Serialize` fails is logged and stands as null, because the status is already decided.
pub fn render<T: Serialize + ?Sized>(
    version: Version,
    format: Format,
    status: u16,
    message: Option<&str>,
    data: &T,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    open(version, format, status, message, &mut out);
    match format {
        Format::Json => write_json_or_null(data, &mut out),
        Format::Xml => xml::write("data", data, 1, &mut out),
    }
    close(format, &mut out);
    out
}

/// Everything before the data.
///
/// For JSON the caller then appends exactly one JSON value, which may be put together from fragments rendered earlier
/// (`[`, a shared message, `,`, another, `]`). For XML it appends one element, as `xml::write("data", …, 1, out)` does.
pub fn open(
    version: Version,
    format: Format,
    status: u16,
    message: Option<&str>,
    out: &mut Vec<u8>,
) {
    let meta = Meta::new(version, status, message);
    match format {
        Format::Json => open_json(version, meta, out),
        Format::Xml => open_xml(version, meta, out),
    }
}

/// Everything after the data: the counterpart of `open`.
pub fn close(format: Format, out: &mut Vec<u8>) {
    match format {
        Format::Json => out.extend_from_slice(b"}}"),
        Format::Xml => out.extend_from_slice(b"</ocs>\n"),
    }
}

/// Quirk: v1-status. It knows no success but 200, so that a created message looks like a failure.
fn is_ok(version: Version, status: u16) -> bool {
    match version {
        Version::V1 => status == 200,
        Version::V2 => (200..300).contains(&status),
    }
}

fn status_word(version: Version, status: u16) -> &'static str {
    if is_ok(version, status) {
        "ok"
    } else {
        "failure"
    }
}

fn status_code(version: Version, status: u16) -> u16 {
    match (version, status) {
        (Version::V1, 200) => 100,
        _ => status,
    }
}

fn open_json(version: Version, meta: Meta<'_>, out: &mut Vec<u8>) {
    let code = status_code(version, meta.status).to_string();
    out.extend_from_slice(br#"{"ocs":{"meta":{"status":""#);
    out.extend_from_slice(status_word(version, meta.status).as_bytes());
    out.extend_from_slice(br#"","statuscode":"#);
    out.extend_from_slice(code.as_bytes());
    out.extend_from_slice(br#","message":"#);
    write_json_or_null(meta.message, out);
    match version {
        Version::V1 => out.extend_from_slice(br#","totalitems":"","itemsperpage":""},"data":"#),
        Version::V2 => out.extend_from_slice(br#"},"data":"#),
    }
}

fn open_xml(version: Version, meta: Meta<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<?xml version=\"1.0\"?>\n<ocs>\n <meta>\n");
    xml::write("status", status_word(version, meta.status), 2, out);
    xml::write("statuscode", &status_code(version, meta.status), 2, out);
    xml::write("message", meta.message, 2, out);
    if version == Version::V1 {
        xml::write("totalitems", "", 2, out);
        xml::write("itemsperpage", "", 2, out);
    }
    out.extend_from_slice(b" </meta>\n");
}

fn write_json_or_null<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let start = out.len();
    if let Err(reason) = json::write(value, out) {
        error!(%reason, "an answer could not be written as JSON");
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(
        version: Version,
        format: Format,
        status: u16,
        message: Option<&str>,
        data: Value,
    ) -> String {
        String::from_utf8(render(version, format, status, message, &data))
            .expect("both writers emit UTF-8")
    }

    #[test]
    fn the_http_status_follows_the_version() {
        let table = [
            (200, 200, 200),
            (201, 201, 200),
            (202, 202, 200),
            (204, 204, 200),
            (304, 304, 200),
            (400, 400, 200),
            (401, 401, 200),
            (403, 403, 200),
            (404, 404, 200),
            (412, 412, 200),
            (426, 426, 200),
            (501, 501, 200),
            (600, 600, 200),
            (601, 400, 200),
            (100, 400, 200),
            (113, 400, 200),
            (199, 400, 200),
            (996, 500, 200),
            (997, 401, 401),
            (998, 404, 200),
            (999, 500, 200),
        ];
        for (internal, v2, v1) in table {
            assert_eq!(http_status(Version::V2, internal), v2, "v2 {internal}");
            assert_eq!(http_status(Version::V1, internal), v1, "v1 {internal}");
        }
    }

    #[test]
    fn the_meta_block_follows_the_version() {
        let table = [
            (Version::V2, 200, "ok", 200, "OK"),
            (Version::V2, 201, "ok", 201, "OK"),
            (Version::V2, 202, "ok", 202, "OK"),
            (Version::V2, 304, "failure", 304, ""),
            (Version::V2, 404, "failure", 404, ""),
            (Version::V2, 102, "failure", 102, ""),
            (Version::V2, 997, "failure", 997, ""),
            (Version::V1, 200, "ok", 100, "OK"),
            (Version::V1, 201, "failure", 201, ""),
            (Version::V1, 204, "failure", 204, ""),
            (Version::V1, 304, "failure", 304, ""),
            (Version::V1, 102, "failure", 102, ""),
            (Version::V1, 998, "failure", 998, ""),
        ];
        for (version, internal, status, code, message) in table {
            let answer: Value =
                serde_json::from_str(&body(version, Format::Json, internal, None, json!(null)))
                    .expect("JSON");
            let meta = &answer["ocs"]["meta"];
            assert_eq!(
                (&meta["status"], &meta["statuscode"], &meta["message"]),
                (&json!(status), &json!(code), &json!(message)),
                "{version:?} {internal}"
            );
        }
    }

    #[test]
    fn json_answers_are_those_of_the_reference() {
        use Version::{V1, V2};
        let syntax = "Invalid query, please check the syntax. API specifications are here: http://www.freedesktop.org/wiki/Specifications/open-collaboration-services.\n";
        let table = [
            (
                V2,
                200,
                None,
                json!({"groups": []}),
                r#"{"ocs":{"meta":{"status":"ok","statuscode":200,"message":"OK"},"data":{"groups":[]}}}"#,
            ),
            (
                V1,
                200,
                None,
                json!([]),
                r#"{"ocs":{"meta":{"status":"ok","statuscode":100,"message":"OK","totalitems":"","itemsperpage":""},"data":[]}}"#,
            ),
            (
                V2,
                998,
                Some(syntax),
                json!([]),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":998,"message":"Invalid query, please check the syntax. API specifications are here: http:\/\/www.freedesktop.org\/wiki\/Specifications\/open-collaboration-services.\n"},"data":[]}}"#,
            ),
            (
                V2,
                400,
                None,
                json!({"error": "type"}),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":400,"message":""},"data":{"error":"type"}}}"#,
            ),
            (
                V2,
                404,
                None,
                json!(null),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":404,"message":""},"data":null}}"#,
            ),
            (
                V1,
                304,
                None,
                json!(null),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":304,"message":"","totalitems":"","itemsperpage":""},"data":null}}"#,
            ),
            (
                V2,
                403,
                None,
                json!([]),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":403,"message":""},"data":[]}}"#,
            ),
            (
                V2,
                997,
                Some("Unauthorised"),
                json!([]),
                r#"{"ocs":{"meta":{"status":"failure","statuscode":997,"message":"Unauthorised"},"data":[]}}"#,
            ),
        ];
        for (version, status, message, data, expected) in table {
            assert_eq!(body(version, Format::Json, status, message, data), expected);
        }
    }

    #[test]
    fn an_empty_list_in_xml_is_that_of_the_reference() {
        let expected = "<?xml version=\"1.0\"?>\n<ocs>\n <meta>\n  <status>ok</status>\n  <statuscode>200</statuscode>\n  <message>OK</message>\n </meta>\n <data/>\n</ocs>\n";
        assert_eq!(
            body(Version::V2, Format::Xml, 200, None, json!([])),
            expected
        );
    }

    #[test]
    fn a_failure_of_v1_in_xml_is_that_of_the_reference() {
        let expected = "<?xml version=\"1.0\"?>\n<ocs>\n <meta>\n  <status>failure</status>\n  <statuscode>404</statuscode>\n  <message>User does not exist</message>\n  <totalitems></totalitems>\n  <itemsperpage></itemsperpage>\n </meta>\n <data/>\n</ocs>\n";
        assert_eq!(
            body(
                Version::V1,
                Format::Xml,
                404,
                Some("User does not exist"),
                json!([])
            ),
            expected
        );
    }

    #[test]
    fn a_list_of_messages_in_xml_is_that_of_the_reference() {
        let data = json!([{
            "id": 517, "message": "a<b>&\"q\" / é 👍", "messageParameters": [], "systemMessage": "", "isReplyable": true, "reactions": {}
        }]);
        let expected = "\
<?xml version=\"1.0\"?>
<ocs>
 <meta>
  <status>ok</status>
  <statuscode>200</statuscode>
  <message>OK</message>
 </meta>
 <data>
  <element>
   <id>517</id>
   <message>a&lt;b&gt;&amp;&quot;q&quot; / é 👍</message>
   <messageParameters/>
   <systemMessage></systemMessage>
   <isReplyable>1</isReplyable>
   <reactions/>
  </element>
 </data>
</ocs>
";
        assert_eq!(body(Version::V2, Format::Xml, 200, None, data), expected);
    }

    #[test]
    fn data_may_be_put_together_from_fragments() {
        let mut out = Vec::new();
        open(Version::V2, Format::Json, 200, None, &mut out);
        for fragment in ["[", r#"{"id":1}"#, ",", r#"{"id":2}"#, "]"] {
            out.extend_from_slice(fragment.as_bytes());
        }
        close(Format::Json, &mut out);
        assert_eq!(
            out,
            render(
                Version::V2,
                Format::Json,
                200,
                None,
                &json!([{"id": 1}, {"id": 2}])
            )
        );
    }

    #[test]
    fn a_value_that_cannot_be_written_stands_as_null() {
        struct Refusing;
        impl Serialize for Refusing {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        let data = [("a", Refusing)];
        let data = json::OrderedMap(&data);
        let written = |format| {
            String::from_utf8(render(Version::V2, format, 200, None, &data)).expect("UTF-8")
        };
        assert!(written(Format::Json).ends_with(r#""data":null}}"#));
        assert!(written(Format::Xml).ends_with("</meta>\n <data/>\n</ocs>\n"));
    }
}
