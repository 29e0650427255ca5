//! One reader for the parameters of a request, whether they come in the path, the query, a form or JSON.
//!
//! Names in brackets build lists and maps as in PHP; the conversions to numbers and truth values are PHP's too.
//! Malformed input never fails here: it counts as absent. Rules: spec ocs.md, "Request parameters".

use bytes::Bytes;
use hyper::Method;

use crate::http::multipart;

mod brackets;
pub mod probe;
mod value;

use probe::{Default as Standing, Kind, Probe};
pub use value::Value;

/// How many fields of one source are read; the rest is ignored, as PHP does.
pub const MAX_FIELDS: usize = 1000;

/// An uploaded file of a multipart form.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

/// The name of a parameter that is missing or of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter {0} is missing or of the wrong type")]
pub struct BadField(pub String);

/// The parameters of one request.
#[derive(Debug, Default)]
pub struct Fields {
    path: Vec<(String, Value)>,
    body: Vec<(String, Value)>,
    query: Vec<(String, Value)>,
    uploads: Vec<(String, Upload)>,
    probe: Option<Box<Probe>>,
}

impl Fields {
    /// Reads query and body; a body of a kind that `method` does not use is ignored.
    pub async fn read(
        method: &Method,
        query: Option<&str>,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Fields {
        let mut fields = Fields {
            query: from_urlencoded(query.unwrap_or("").as_bytes()),
            ..Fields::default()
        };
        let content_type = content_type.unwrap_or("").trim();
        match body_kind(method, content_type) {
            BodyKind::Json => fields.body = from_json(&body),
            BodyKind::Urlencoded => fields.body = from_urlencoded(&body),
            BodyKind::Multipart => {
                let parts = Box::pin(multipart::read(content_type, body)).await;
                fields.body = brackets::resolve(parts.fields);
                fields.uploads = parts.uploads;
            }
            BodyKind::Unused => {}
        }
        fields
    }

    /// Sets a path parameter; it wins over everything that the client sends elsewhere under this name.
    ///
    /// Quirk: path-parameters. The reference lets a JSON body override the path, and with it what the access checks have seen.
    pub fn set_path(&mut self, name: &str, value: &str) {
        self.path.retain(|(known, _)| known != name);
        self.path
            .push((name.to_owned(), Value::Text(value.to_owned())));
    }

    /// With a path that names a room, for a probe.
    fn with_token(mut self) -> Self {
        self.set_path("token", "abcd");
        self
    }

    /// The value of a parameter: path before body before query. JSON null is absent, even if the query has a value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.look(name, Kind::Any, false, Standing::None)
    }

    fn look(&self, name: &str, kind: Kind, required: bool, default: Standing) -> Option<&Value> {
        let mut everywhere = self.path.iter().chain(&self.body).chain(&self.query);
        let found = everywhere
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
            .filter(|value| !matches!(value, Value::Null));
        match &self.probe {
            None => found,
            Some(probe) => found.or(probe.ask(name, kind, required, default)),
        }
    }

    pub fn is_present(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A required text. Numbers and truth values of JSON are not converted.
    pub fn text(&self, name: &str) -> Result<String, BadField> {
        let value = self.look(name, Kind::Text, true, Standing::None);
        value.map_or_else(|| Err(bad(name)), |value| text_of(name, value))
    }

    pub fn text_or(&self, name: &str, default: &str) -> Result<String, BadField> {
        let standing = || Standing::Text(default.to_owned());
        let value = self.look(name, Kind::Text, false, self.probed(standing));
        value.map_or_else(|| Ok(default.to_owned()), |value| text_of(name, value))
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<String>, BadField> {
        let value = self.look(name, Kind::Text, false, Standing::None);
        value.map(|value| text_of(name, value)).transpose()
    }

    /// A required integer. Whatever is present converts, if need be to 0.
    pub fn int(&self, name: &str) -> Result<i64, BadField> {
        let value = self.look(name, Kind::Int, true, Standing::None);
        value.map(Value::to_int).ok_or_else(|| bad(name))
    }

    pub fn int_or(&self, name: &str, default: i64) -> i64 {
        let value = self.look(name, Kind::Int, false, Standing::Int(default));
        value.map_or(default, Value::to_int)
    }

    /// An integer that may be absent; an empty text is present and converts to 0.
    pub fn optional_int(&self, name: &str) -> Option<i64> {
        let value = self.look(name, Kind::Int, false, Standing::None);
        value.map(Value::to_int)
    }

    pub fn flag_or(&self, name: &str, default: bool) -> bool {
        let value = self.look(name, Kind::Flag, false, Standing::Flag(default));
        value.map_or(default, Value::to_flag)
    }

    /// A list of texts; absent is empty. Of a map only the values count.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, BadField> {
        let value = self.look(name, Kind::Texts, false, Standing::None);
        value.map_or(Ok(Vec::new()), |value| texts_of(name, value))
    }

    /// A list of integers, each converted; absent is empty. Of a map only the values count.
    pub fn ints(&self, name: &str) -> Result<Vec<i64>, BadField> {
        let Some(value) = self.look(name, Kind::Ints, false, Standing::None) else {
            return Ok(Vec::new());
        };
        Ok(entries_of(name, value)?
            .into_iter()
            .map(|(_, value)| value.to_int())
            .collect())
    }

    /// A map of lists of texts in the order sent, such as `participants[users][]=a`; absent is empty.
    ///
    /// The keys of a list are its positions, as in PHP.
    pub fn map_of_texts(&self, name: &str) -> Result<Vec<(String, Vec<String>)>, BadField> {
        let Some(value) = self.look(name, Kind::MapOfTexts, false, Standing::None) else {
            return Ok(Vec::new());
        };
        entries_of(name, value)?
            .into_iter()
            .map(|(key, list)| Ok((key, texts_of(name, list)?)))
            .collect()
    }

    /// The uploaded file of a name; the last one if there are several.
    pub fn upload(&self, name: &str) -> Option<&Upload> {
        if let Some(probe) = &self.probe {
            probe.ask(name, Kind::Upload, false, Standing::None);
        }
        self.uploads
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, upload)| upload)
    }

    /// A default is spelled out only for a probe.
    fn probed(&self, default: impl FnOnce() -> Standing) -> Standing {
        match self.probe {
            Some(_) => default(),
            None => Standing::None,
        }
    }
}

/// What a request's body is read as.
#[derive(Debug, PartialEq)]
enum BodyKind {
    Json,
    Urlencoded,
    Multipart,
    Unused,
}

fn body_kind(method: &Method, content_type: &str) -> BodyKind {
    if is_json(content_type) {
        // Quirk: json-for-put. The reference refuses other kinds of JSON, such as application/vnd.api+json, for PUT alone.
        let used = method != Method::PUT || content_type.contains("application/json");
        return if used {
            BodyKind::Json
        } else {
            BodyKind::Unused
        };
    }
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim_end()
        .to_ascii_lowercase();
    match (media_type.as_str(), method.as_str()) {
        ("application/x-www-form-urlencoded", "POST" | "PUT" | "DELETE" | "PATCH") => {
            BodyKind::Urlencoded
        }
        ("multipart/form-data", "POST") => BodyKind::Multipart,
        _ => BodyKind::Unused,
    }
}

/// `^application/(?:[a-z0-9.-]+\+)?json\b`, case-sensitive.
fn is_json(content_type: &str) -> bool {
    let Some(subtype) = content_type.strip_prefix("application/") else {
        return false;
    };
    let structured = subtype
        .split_once('+')
        .filter(|(vendor, _)| !vendor.is_empty() && vendor.bytes().all(is_vendor_byte));
    starts_with_word_json(subtype)
        || structured.is_some_and(|(_, suffix)| starts_with_word_json(suffix))
}

fn is_vendor_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
}

fn starts_with_word_json(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("json") else {
        return false;
    };
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// The members of a JSON object; none if the body is malformed, nested too deeply or anything else.
fn from_json(body: &[u8]) -> Vec<(String, Value)> {
    match Value::from_json(body) {
        Some(Value::Map(mut members)) => {
            members.truncate(MAX_FIELDS);
            members
        }
        _ => Vec::new(),
    }
}

fn from_urlencoded(text: &[u8]) -> Vec<(String, Value)> {
    let pairs = form_urlencoded::parse(text);
    brackets::resolve(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

fn bad(name: &str) -> BadField {
    BadField(name.to_owned())
}

fn text_of(name: &str, value: &Value) -> Result<String, BadField> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(bad(name)),
    }
}

fn texts_of(name: &str, value: &Value) -> Result<Vec<String>, BadField> {
    entries_of(name, value)?
        .into_iter()
        .map(|(_, value)| text_of(name, value))
        .collect()
}

/// The entries of a list or map, which are one type in PHP.
fn entries_of<'a>(name: &str, value: &'a Value) -> Result<Vec<(String, &'a Value)>, BadField> {
    match value {
        Value::List(items) => Ok(items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect()),
        Value::Map(entries) => Ok(entries
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect()),
        _ => Err(bad(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";

    async fn posted(content_type: &str, body: &str) -> Fields {
        sent(Method::POST, "", content_type, body).await
    }

    async fn sent(method: Method, query: &str, content_type: &str, body: &str) -> Fields {
        Fields::read(
            &method,
            Some(query),
            Some(content_type),
            Bytes::copy_from_slice(body.as_bytes()),
        )
        .await
    }

    fn refused<T>(name: &str) -> Result<T, BadField> {
        Err(BadField(name.to_owned()))
    }

    #[test]
    fn the_method_and_the_type_decide_how_a_body_is_read() {
        use BodyKind::{Json, Multipart, Unused, Urlencoded};
        let table = [
            ("POST", FORM, Urlencoded),
            (
                "POST",
                "application/x-www-form-urlencoded; charset=UTF-8",
                Urlencoded,
            ),
            ("POST", "Application/X-WWW-Form-Urlencoded", Urlencoded),
            ("PUT", FORM, Urlencoded),
            ("DELETE", FORM, Urlencoded),
            ("PATCH", FORM, Urlencoded),
            ("GET", FORM, Unused),
            ("POST", "multipart/form-data; boundary=x", Multipart),
            ("PUT", "multipart/form-data; boundary=x", Unused),
            ("DELETE", "multipart/form-data; boundary=x", Unused),
            ("PATCH", "multipart/form-data; boundary=x", Unused),
            ("POST", JSON, Json),
            ("GET", JSON, Json),
            ("PUT", JSON, Json),
            ("DELETE", JSON, Json),
            ("POST", "application/json; charset=utf-8", Json),
            ("POST", "application/json-patch", Json),
            ("POST", "application/vnd.api+json", Json),
            ("PUT", "application/vnd.api+json", Unused),
            ("POST", "application/json+x", Json),
            ("POST", "application/json5", Unused),
            ("POST", "application/json_x", Unused),
            ("POST", "application/+json", Unused),
            ("POST", "application/a+b+json", Unused),
            ("POST", "application/Vnd+json", Unused),
            ("POST", "Application/JSON", Unused),
            ("POST", "text/plain", Unused),
            ("POST", "text/json", Unused),
            ("POST", "", Unused),
        ];
        for (method, content_type, kind) in table {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            assert_eq!(
                body_kind(&method, content_type),
                kind,
                "{method} {content_type}"
            );
        }
    }

    #[tokio::test]
    async fn the_path_wins_over_the_body_and_the_body_over_the_query() {
        for (content_type, body) in [
            (FORM, "a=body&b=body"),
            (JSON, r#"{"a":"body","b":"body"}"#),
        ] {
            let mut fields =
                sent(Method::POST, "a=query&b=query&c=query", content_type, body).await;
            fields.set_path("a", "first");
            fields.set_path("a", "path");
            let found = ["a", "b", "c"].map(|name| fields.text(name));
            assert_eq!(
                found,
                ["path", "body", "query"].map(|text| Ok(text.to_owned()))
            );
        }
    }

    #[tokio::test]
    async fn json_null_is_absent_and_hides_the_query() {
        let fields = sent(Method::PUT, "a=1", JSON, r#"{"a":null}"#).await;
        assert!(!fields.is_present("a"));
        assert_eq!(fields.int_or("a", 5), 5);
        assert_eq!(fields.text("a"), refused("a"));
        assert_eq!(fields.optional_text("a"), Ok(None));
    }

    #[tokio::test]
    async fn a_malformed_body_is_like_none() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        for body in [r#"{"message":"x""#, "[1]", "5", "null", "", &deep] {
            let fields = sent(Method::POST, "q=1", JSON, body).await;
            assert_eq!(fields.text("message"), refused("message"), "{body:.20}");
            assert_eq!(fields.int("q"), Ok(1));
        }
    }

    #[tokio::test]
    async fn names_are_case_sensitive_and_text_is_verbatim() {
        let fields = posted(
            FORM,
            "a=%3Cb%3E+%2B%0D%0A&A=%F0%9F%91%8D&bad=%ff&novalue&=x&&",
        )
        .await;
        assert_eq!(fields.text("a"), Ok("<b> +\r\n".to_owned()));
        assert_eq!(fields.text("A"), Ok("👍".to_owned()));
        assert_eq!(fields.text("bad"), Ok("\u{fffd}".to_owned()));
        assert_eq!(fields.text("novalue"), Ok(String::new()));
        assert!(!fields.is_present(""));
    }

    #[tokio::test]
    async fn texts_are_not_made_from_other_types() {
        let body = r#"{"int":5,"float":0.5,"flag":true,"list":["a"],"map":{"a":"b"},"text":"t","none":null}"#;
        let fields = posted(JSON, body).await;
        for name in ["int", "float", "flag", "list", "map"] {
            assert_eq!(fields.text(name), refused(name));
            assert_eq!(fields.text_or(name, "x"), refused(name));
            assert_eq!(fields.optional_text(name), refused(name));
        }
        assert_eq!(fields.text("text"), Ok("t".to_owned()));
        assert_eq!(fields.text_or("none", "x"), Ok("x".to_owned()));
        assert_eq!(fields.text_or("absent", "x"), Ok("x".to_owned()));
        assert_eq!(posted(FORM, "a=5").await.text("a"), Ok("5".to_owned()));
    }

    #[tokio::test]
    async fn numbers_and_flags_are_converted_if_present() {
        let form = posted(FORM, "state=true&empty=&five=5&no=false").await;
        assert_eq!(form.int("state"), Ok(0));
        assert_eq!(form.optional_int("empty"), Some(0));
        assert_eq!(form.int_or("five", 1), 5);
        assert_eq!(form.int("absent"), refused("absent"));
        assert_eq!(form.optional_int("absent"), None);
        assert_eq!(form.int_or("absent", -1), -1);
        assert!(form.flag_or("state", false));
        assert!(!form.flag_or("empty", true));
        assert!(!form.flag_or("no", true));
        assert!(form.flag_or("absent", true));
        assert_eq!(posted(JSON, r#"{"state":true}"#).await.int("state"), Ok(1));
    }

    #[tokio::test]
    async fn lists_come_from_brackets_or_json() {
        for (content_type, body) in [
            (FORM, "a[]=1&a[]=x"),
            (FORM, "a%5B0%5D=1&a%5B1%5D=x"),
            (FORM, "a[k]=1&a[l]=x"),
            (JSON, r#"{"a":["1","x"]}"#),
        ] {
            let fields = posted(content_type, body).await;
            assert_eq!(
                fields.texts("a"),
                Ok(vec!["1".to_owned(), "x".to_owned()]),
                "{body}"
            );
            assert_eq!(fields.ints("a"), Ok(vec![1, 0]), "{body}");
        }
        let fields = posted(JSON, r#"{"a":"x","b":["x",5],"c":[],"d":[["x"]]}"#).await;
        assert_eq!(fields.texts("a"), refused("a"));
        assert_eq!(fields.ints("a"), refused("a"));
        assert_eq!(fields.texts("b"), refused("b"));
        assert_eq!(fields.ints("b"), Ok(vec![0, 5]));
        assert_eq!(fields.texts("c"), Ok(vec![]));
        assert_eq!(fields.texts("d"), refused("d"));
        assert_eq!(fields.texts("absent"), Ok(vec![]));
        assert_eq!(fields.ints("absent"), Ok(vec![]));
    }

    #[tokio::test]
    async fn maps_of_lists_keep_their_order() {
        let expected = vec![
            ("users".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
            ("emails".to_owned(), vec!["c@d".to_owned()]),
        ];
        for (content_type, body) in [
            (FORM, "p[users][]=a&p[emails][]=c@d&p[users][]=b"),
            (JSON, r#"{"p":{"users":["a","b"],"emails":["c@d"]}}"#),
        ] {
            assert_eq!(
                posted(content_type, body).await.map_of_texts("p"),
                Ok(expected.clone())
            );
        }
        let fields = posted(
            JSON,
            r#"{"a":[],"b":{},"c":"x","d":{"users":"x"},"e":{"users":[1]},"f":[["x"]]}"#,
        )
        .await;
        for name in ["a", "b", "absent"] {
            assert_eq!(fields.map_of_texts(name), Ok(vec![]));
        }
        for name in ["c", "d", "e"] {
            assert_eq!(fields.map_of_texts(name), refused(name));
        }
        assert_eq!(
            fields.map_of_texts("f"),
            Ok(vec![("0".to_owned(), vec!["x".to_owned()])])
        );
    }

    #[tokio::test]
    async fn multipart_gives_fields_and_uploads() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a[]\"\r\n\r\n1\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\nhello\r\n--x--\r\n";
        let content_type = "multipart/form-data; boundary=x";
        let fields = posted(content_type, body).await;
        assert_eq!(fields.texts("a"), Ok(vec!["1".to_owned()]));
        let upload = fields.upload("file").expect("the file was sent");
        assert_eq!(
            (upload.file_name.as_deref(), &upload.bytes[..]),
            (Some("f.txt"), &b"hello"[..])
        );
        assert_eq!(fields.upload("a"), None);
        assert!(!fields.is_present("file"));

        let ignored = sent(Method::PUT, "", content_type, body).await;
        assert!(!ignored.is_present("a"));
        assert_eq!(ignored.upload("file"), None);
    }

    #[tokio::test]
    async fn the_number_of_fields_is_bounded() {
        let form = "x=1&".repeat(MAX_FIELDS) + "late=1";
        assert!(!posted(FORM, &form).await.is_present("late"));
        let members: String = (0..MAX_FIELDS).map(|at| format!("\"n{at}\":1,")).collect();
        let json = format!("{{{members}\"late\":1}}");
        let fields = posted(JSON, &json).await;
        assert!(fields.is_present("n999"));
        assert!(!fields.is_present("late"));
    }
}
