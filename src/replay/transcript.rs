//! Reads a transcript: a file of JSON lines, one recorded conversation with a server.
//!
//! The first line names the recording, every other line is a step: an exchange, a `clock` line, or the `await` line that
//! belongs to an exchange sent in the background. Nothing here knows how a step is played or compared.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

/// One recorded conversation.
#[derive(Debug)]
pub struct Transcript {
    /// Name of the recording, as its first line has it.
    pub id: String,
    /// The steps, in the order in which they happened.
    pub steps: Vec<Step>,
}

/// One line of a transcript, with its number in the file.
#[derive(Debug)]
pub enum Step {
    /// Send a request; compare its answer at once, or at the `Await` step of the same name.
    Exchange(Box<Exchange>),
    /// Wait for the answer of the exchange that was sent in the background under this name.
    Await { line: usize, name: String },
    /// Time passes.
    Clock { advance: Duration },
}

/// A request and what came back.
#[derive(Debug)]
pub struct Exchange {
    pub line: usize,
    /// Who sends it; `None` is a visitor without credentials.
    pub actor: Option<String>,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub status: u16,
    pub answer_headers: Vec<(String, String)>,
    pub answer: Answer,
    /// The request is sent under this name and not waited for.
    pub background: Option<String>,
}

impl Exchange {
    /// How long the recording's server made the sender wait, as somebody who guesses.
    pub fn held_back(&self) -> Option<Duration> {
        let (_, value) = self
            .answer_headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-nextcloud-bruteforce-throttled"))?;
        let millis = value.strip_suffix("ms")?.parse().ok()?;
        Some(Duration::from_millis(millis))
    }
}

/// The recorded body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Not recorded: the body is not compared.
    Any,
    /// The body is empty.
    Empty,
    Json(Value),
    Text(String),
    Bytes(Vec<u8>),
}

/// Why a file is no transcript.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("line {line}: {reason}")]
    Line { line: usize, reason: String },
}

/// Read and parse the transcript at `path`.
///
/// Errors: the file cannot be read, or a line is none of the known kinds.
pub async fn load(path: &Path) -> Result<Transcript, LoadError> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path));
    let text = read.await.map_err(std::io::Error::other)??;
    parse(&text)
}

/// Parse the text of a transcript.
pub fn parse(text: &str) -> Result<Transcript, LoadError> {
    let mut lines = (1..)
        .zip(text.lines())
        .filter(|(_, text)| !text.trim().is_empty());
    let (first, head) = lines.next().ok_or(LoadError::Empty)?;
    let head = object(head).map_err(|reason| LoadError::Line {
        line: first,
        reason,
    })?;
    let id = match head.get("id") {
        Some(Value::String(id)) => id.clone(),
        _ => {
            let reason = "the first line has no `id`".to_owned();
            return Err(LoadError::Line {
                line: first,
                reason,
            });
        }
    };
    let mut steps = Vec::new();
    let mut pending: Vec<String> = Vec::new();
    let mut last = first;
    for (line, text) in lines {
        last = line;
        let step = step(line, text).map_err(|reason| LoadError::Line { line, reason })?;
        note_background(&step, &mut pending).map_err(|reason| LoadError::Line { line, reason })?;
        steps.push(step);
    }
    if let Some(name) = pending.first() {
        let reason = format!("the answer of `{name}` is never awaited");
        return Err(LoadError::Line { line: last, reason });
    }
    Ok(Transcript { id, steps })
}

/// Every name that is sent in the background is awaited once, later.
fn note_background(step: &Step, pending: &mut Vec<String>) -> Result<(), String> {
    match step {
        Step::Exchange(exchange) => {
            let Some(name) = &exchange.background else {
                return Ok(());
            };
            if pending.contains(name) {
                return Err(format!("`{name}` is already waiting for its answer"));
            }
            pending.push(name.clone());
        }
        Step::Await { name, .. } => match pending.iter().position(|known| known == name) {
            Some(at) => {
                pending.remove(at);
            }
            None => return Err(format!("nothing was sent in the background as `{name}`")),
        },
        Step::Clock { .. } => {}
    }
    Ok(())
}

fn step(line: usize, text: &str) -> Result<Step, String> {
    let mut fields = object(text)?;
    if let Some(clock) = fields.get("clock") {
        let secs = clock["advance_secs"]
            .as_u64()
            .ok_or("a clock line needs `advance_secs`")?;
        let advance = Duration::from_secs(secs);
        return Ok(Step::Clock { advance });
    }
    if let Some(name) = optional_text(&mut fields, "await")? {
        return Ok(Step::Await { line, name });
    }
    let actor = match fields.remove("as") {
        Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        _ => return Err("an exchange needs `as`: a name or null".to_owned()),
    };
    let status = fields
        .get("status")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok());
    Ok(Step::Exchange(Box::new(Exchange {
        line,
        actor,
        method: optional_text(&mut fields, "method")?.ok_or("an exchange needs `method`")?,
        path: optional_text(&mut fields, "path")?.ok_or("an exchange needs `path`")?,
        headers: headers(fields.remove("headers"))?,
        body: body(fields.remove("body"))?,
        status: status.ok_or("an exchange needs `status`")?,
        answer_headers: headers(fields.remove("answer_headers"))?,
        answer: answer(fields.remove("answer"))?,
        background: optional_text(&mut fields, "background")?,
    })))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("no JSON object: {error}"))
}

fn optional_text(fields: &mut Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match fields.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` is not a text")),
    }
}

fn headers(value: Option<Value>) -> Result<Vec<(String, String)>, String> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let Value::Object(fields) = value else {
        return Err("headers are not an object".to_owned());
    };
    let texts = fields.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        _ => Err(format!("header `{name}` is not a text")),
    });
    texts.collect()
}

fn body(value: Option<Value>) -> Result<Option<Vec<u8>>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into_bytes())),
        Some(value) => match bytes(&value)? {
            Some(bytes) => Ok(Some(bytes)),
            None => Err("`body` is neither text nor base64".to_owned()),
        },
    }
}

fn answer(value: Option<Value>) -> Result<Answer, String> {
    match value {
        None => Ok(Answer::Any),
        Some(Value::Null) => Ok(Answer::Empty),
        Some(Value::String(text)) => Ok(Answer::Text(text)),
        Some(value) => match bytes(&value)? {
            Some(bytes) => Ok(Answer::Bytes(bytes)),
            None => Ok(Answer::Json(value)),
        },
    }
}

/// The content of `{"base64": …}`; `None` for any other value.
fn bytes(value: &Value) -> Result<Option<Vec<u8>>, String> {
    let Value::Object(fields) = value else {
        return Ok(None);
    };
    match (fields.len(), fields.get("base64")) {
        (1, Some(Value::String(text))) => match BASE64.decode(text) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => Err(format!("bad base64: {error}")),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEAD: &str = r#"{"id": "tea/0001", "source": "by hand"}"#;

    fn only_exchange(line: &str) -> Exchange {
        let mut transcript = parse(&format!("{HEAD}\n{line}\n")).expect("parses");
        match transcript.steps.remove(0) {
            Step::Exchange(exchange) => *exchange,
            other => panic!("not an exchange: {other:?}"),
        }
    }

    #[test]
    fn an_exchange_is_read_with_everything_it_may_have() {
        let exchange = only_exchange(
            r#"{"as": "alice", "method": "POST", "path": "/a?b=c", "headers": {"X-A": "1"}, "body": "k=v", "status": 201, "answer_headers": {"X-B": "2"}, "answer": {"ocs": {}}}"#,
        );
        assert_eq!(exchange.line, 2);
        assert_eq!(exchange.actor.as_deref(), Some("alice"));
        assert_eq!(
            (exchange.method.as_str(), exchange.path.as_str()),
            ("POST", "/a?b=c")
        );
        assert_eq!(exchange.headers, [("X-A".to_owned(), "1".to_owned())]);
        assert_eq!(exchange.body.as_deref(), Some(&b"k=v"[..]));
        assert_eq!(exchange.status, 201);
        assert_eq!(
            exchange.answer_headers,
            [("X-B".to_owned(), "2".to_owned())]
        );
        assert_eq!(exchange.answer, Answer::Json(json!({"ocs": {}})));
    }

    #[test]
    fn the_forms_of_an_answer_are_told_apart() {
        let cases = [
            ("", Answer::Any),
            (r#", "answer": null"#, Answer::Empty),
            (r#", "answer": "plain""#, Answer::Text("plain".to_owned())),
            (
                r#", "answer": {"base64": "AAE="}"#,
                Answer::Bytes(vec![0, 1]),
            ),
            (r#", "answer": []"#, Answer::Json(json!([]))),
        ];
        for (field, expected) in cases {
            let line =
                format!(r#"{{"as": null, "method": "GET", "path": "/", "status": 200{field}}}"#);
            assert_eq!(only_exchange(&line).answer, expected, "{field}");
        }
    }

    #[test]
    fn what_is_no_transcript_is_refused_with_its_line() {
        let exchange = |rest: &str| {
            format!(r#"{{"as": "a", "method": "GET", "path": "/", "status": 200{rest}}}"#)
        };
        let cases = [
            (String::new(), "the file is empty"),
            ("{}".to_owned(), "line 1: the first line has no `id`"),
            (
                format!("{HEAD}\n{{\"method\": \"GET\"}}"),
                "line 2: an exchange needs `as`: a name or null",
            ),
            (
                format!("{HEAD}\n{{\"await\": \"x\"}}"),
                "line 2: nothing was sent in the background as `x`",
            ),
            (
                format!("{HEAD}\n{}", exchange(r#", "background": "x""#)),
                "line 2: the answer of `x` is never awaited",
            ),
            (
                format!("{HEAD}\n{{\"clock\": {{}}}}"),
                "line 2: a clock line needs `advance_secs`",
            ),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(&text).expect_err("refused").to_string(), reason);
        }
    }
}
