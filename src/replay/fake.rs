//! A server for tests that answers as recorded, but with ids, tokens and times of its own.
//!
//! It changes the text of the recording and knows nothing of the player's tables, so that one checks the other. Requests are
//! answered in recorded order, whatever they ask for; what they asked is kept.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::transcript::{Answer, Exchange, Step, Transcript};

/// Both clocks are this far apart.
const LATER_SECS: i64 = 5_000_000;
const LATER_IDS: i64 = 1000;

/// Fields that hold numbers the server chose.
const NUMBERED: [&str; 7] = [
    "id",
    "lastReadMessage",
    "lastCommonReadMessage",
    "messageId",
    "attendeeId",
    "notification_id",
    "roomId",
];

/// A running fake; it ends when it is dropped.
pub struct Fake {
    pub base_url: String,
    /// Method, path and body of each request, in the order of their arrival.
    pub requests: Arc<Mutex<Vec<String>>>,
    /// A request for a path with `hold` in it is answered after this was notified.
    pub release: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// Serve the answers of `transcript`, each changed by `change` after the usual renaming.
    pub async fn start(transcript: &Transcript, change: impl Fn(&Exchange, &mut String)) -> Fake {
        let exchanges = transcript.steps.iter().filter_map(|step| match step {
            Step::Exchange(exchange) => Some(exchange.as_ref()),
            _ => None,
        });
        let renamer = Renamer::new(transcript);
        let answers: Vec<Response<Full<Bytes>>> = exchanges
            .map(|exchange| {
                let mut body = match &exchange.answer {
                    Answer::Json(value) => renamer.json(value),
                    Answer::Text(text) => renamer.text(text),
                    _ => String::new(),
                };
                change(exchange, &mut body);
                let mut response = Response::builder().status(exchange.status);
                for (name, value) in &exchange.answer_headers {
                    response = response.header(name, renamer.header(name, value));
                }
                response = response.header("Set-Cookie", format!("line={}", exchange.line));
                response
                    .body(Full::new(Bytes::from(body)))
                    .expect("recorded headers are valid")
            })
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let release = Arc::new(Notify::new());
        let task = tokio::spawn(serve(
            listener,
            Arc::new(answers),
            requests.clone(),
            release.clone(),
        ));
        Fake {
            base_url: format!("http://{address}"),
            requests,
            release,
            task,
        }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

async fn serve(
    listener: TcpListener,
    answers: Arc<Vec<Response<Full<Bytes>>>>,
    requests: Arc<Mutex<Vec<String>>>,
    release: Arc<Notify>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (answers, requests, release) = (answers.clone(), requests.clone(), release.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (answers, requests, release) = (answers.clone(), requests.clone(), release.clone());
            async move {
                let asked = format!("{} {}", request.method(), request.uri());
                let cookies = request
                    .headers()
                    .get("cookie")
                    .map(|value| format!("{value:?}"));
                let body = request
                    .collect()
                    .await
                    .map(|body| body.to_bytes())
                    .unwrap_or_default();
                let place = {
                    let mut requests = requests.lock().expect("not poisoned");
                    let body = String::from_utf8_lossy(&body);
                    requests.push(format!("{asked} {body} {}", cookies.unwrap_or_default()));
                    requests.len() - 1
                };
                if asked.contains("hold") {
                    release.notified().await;
                }
                if asked.contains("open") {
                    release.notify_one();
                }
                let answer = answers.get(place).cloned();
                Ok::<_, Infallible>(answer.unwrap_or_else(|| Response::new(Full::default())))
            }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

/// Puts other values in the place of those that a server chooses.
struct Renamer {
    tokens: Vec<String>,
    sessions: Vec<String>,
}

impl Renamer {
    fn new(transcript: &Transcript) -> Renamer {
        let mut renamer = Renamer {
            tokens: Vec::new(),
            sessions: Vec::new(),
        };
        for step in &transcript.steps {
            if let Step::Exchange(exchange) = step
                && let Answer::Json(answer) = &exchange.answer
            {
                renamer.collect(answer);
            }
        }
        renamer
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("token" | "roomToken", Value::String(token)) if !token.is_empty() => {
                            self.tokens.push(token.clone());
                        }
                        ("sessionId", Value::String(session)) if session != "0" => {
                            self.sessions.push(session.clone());
                        }
                        ("sessionIds", Value::Array(list)) => {
                            self.sessions.extend(
                                list.iter()
                                    .filter_map(|value| value.as_str().map(str::to_owned)),
                            );
                        }
                        _ => self.collect(value),
                    }
                }
                self.tokens.sort();
                self.tokens.dedup();
            }
            Value::Array(values) => values.iter().for_each(|value| self.collect(value)),
            _ => {}
        }
    }

    fn json(&self, value: &Value) -> String {
        let mut value = value.clone();
        self.shift("", &mut value);
        value.to_string()
    }

    fn shift(&self, key: &str, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let counts = matches!(
                    fields.get("type").and_then(Value::as_str),
                    Some("call" | "talk-poll")
                );
                for (key, value) in fields {
                    match value {
                        Value::String(text)
                            if key == "id" && counts && text.parse::<i64>().is_ok() =>
                        {
                            *text =
                                (text.parse::<i64>().expect("a number") + LATER_IDS).to_string();
                        }
                        _ => self.shift(key, value),
                    }
                }
            }
            Value::Array(values) => values.reverse_unless_ordered(|value| self.shift(key, value)),
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or(0);
                if number > 1_700_000_000 && key != "reminderTimestamp" {
                    *value = Value::from(number + LATER_SECS);
                } else if number > 0 && NUMBERED.contains(&key) {
                    *value = Value::from(number + LATER_IDS);
                }
            }
            Value::String(text) => *text = self.keyed_text(key, text),
            _ => {}
        }
    }

    fn keyed_text(&self, key: &str, text: &str) -> String {
        if key == "datetime" {
            let moment = chrono::DateTime::parse_from_rfc3339(text).expect("a date");
            return (moment + chrono::Duration::seconds(LATER_SECS)).to_rfc3339();
        }
        if self.sessions.iter().any(|session| session == text) {
            return format!("of-mine/{text}");
        }
        let text = self.text(text);
        let numbered = match key {
            "object_id" => text
                .split_once('/')
                .map(|(head, id)| (head.to_owned() + "/", id)),
            _ => text
                .split_once("#message_")
                .map(|(head, id)| (head.to_owned() + "#message_", id)),
        };
        match numbered.and_then(|(head, id)| Some((head, id.parse::<i64>().ok()?))) {
            Some((head, id)) => format!("{head}{}", id + LATER_IDS),
            None => text,
        }
    }

    /// Tokens backwards, and guests in other letters.
    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for token in &self.tokens {
            text = text.replace(
                token.as_str(),
                &format!("{}x", token.chars().rev().collect::<String>()),
            );
        }
        let guest = |word: &str| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let words: Vec<String> = text
            .split('/')
            .map(|word| match guest(word) {
                true => word.chars().rev().collect(),
                false => word.to_owned(),
            })
            .collect();
        words.join("/")
    }

    fn header(&self, name: &str, value: &str) -> String {
        match (name, value.parse::<i64>()) {
            ("X-Nextcloud-Talk-Modified-Before", Ok(time)) => (time + LATER_SECS).to_string(),
            ("X-Chat-Last-Given" | "X-Chat-Last-Common-Read", Ok(id)) if id > 0 => {
                (id + LATER_IDS).to_string()
            }
            _ => value.to_owned(),
        }
    }
}

/// Lists without an order are given backwards.
trait ReverseUnlessOrdered {
    fn reverse_unless_ordered(&mut self, each: impl FnMut(&mut Value));
}

impl ReverseUnlessOrdered for Vec<Value> {
    fn reverse_unless_ordered(&mut self, mut each: impl FnMut(&mut Value)) {
        let unordered = self.first().is_some_and(|first| {
            let has = |key: &str| first.get(key).is_some();
            has("participantFlags") || has("inCall") || has("sessionId") && has("lastPing")
        });
        if unordered {
            self.reverse();
        }
        self.iter_mut().for_each(&mut each);
    }
}
