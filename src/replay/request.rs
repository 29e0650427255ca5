//! A recorded request in the terms of the server it is played against: ids, tokens, guests and times replaced.
//!
//! Values that are not bound are sent as they were recorded.

use std::borrow::Cow;

use form_urlencoded::byte_serialize;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::binding::Bindings;
use super::meaning::{self, Parameter};
use super::transcript::Exchange;

/// The path of `exchange`, query included, as it is sent.
pub fn path(exchange: &Exchange, bindings: &Bindings) -> String {
    let (path, query) = match exchange.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (exchange.path.as_str(), None),
    };
    let segments: Vec<&str> = path.split('/').collect();
    let replaced: Vec<Cow<str>> = (0..segments.len())
        .map(|at| segment(&segments, at, bindings))
        .collect();
    let mut path = replaced.join("/");
    if let Some(query) = query {
        path.push('?');
        path.push_str(&pairs(query, bindings));
    }
    path
}

/// The body of `exchange` as it is sent: urlencoded and JSON bodies are rewritten, any other goes as it is.
pub fn body(exchange: &Exchange, bindings: &Bindings) -> Vec<u8> {
    let Some(body) = &exchange.body else {
        return Vec::new();
    };
    let Ok(text) = std::str::from_utf8(body) else {
        return body.clone();
    };
    match content_type(exchange) {
        "application/x-www-form-urlencoded" => pairs(text, bindings).into_bytes(),
        "application/json" => match serde_json::from_str::<Value>(text) {
            Ok(mut value) => {
                json(&mut value, bindings);
                value.to_string().into_bytes()
            }
            Err(_) => body.clone(),
        },
        _ => body.clone(),
    }
}

/// The recorded time parameters of `exchange`: they are sent moved, so the two clocks must be known before.
pub fn has_time(exchange: &Exchange) -> bool {
    let query = exchange.path.split_once('?').map_or("", |(_, query)| query);
    let body = exchange
        .body
        .as_deref()
        .and_then(|body| std::str::from_utf8(body).ok())
        .unwrap_or("");
    let in_query = form_urlencoded::parse(query.as_bytes());
    let in_body = form_urlencoded::parse(body.as_bytes());
    in_query
        .chain(in_body)
        .any(|(name, _)| matches!(meaning::of_parameter(&name), Parameter::Time))
}

fn content_type(exchange: &Exchange) -> &str {
    let header = exchange
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let value = header.map_or("", |(_, value)| value);
    value.split(';').next().unwrap_or("").trim()
}

fn segment<'a>(segments: &[&'a str], at: usize, bindings: &Bindings) -> Cow<'a, str> {
    let recorded = segments[at];
    if let Some(space) = meaning::of_segment(segments, at)
        && let Some(played) = bindings.played(space, recorded)
    {
        return Cow::Owned(played.to_owned());
    }
    bindings.replace_in(recorded)
}

/// Rewrites `a=b&c=d`; what does not change keeps its very encoding.
fn pairs(text: &str, bindings: &Bindings) -> String {
    let rewritten = text.split('&').map(|pair| match pair.split_once('=') {
        None => Cow::Borrowed(pair),
        Some((name, value)) => {
            let decoded_name = decode(name);
            let decoded = decode(value);
            let replaced = parameter(base_name(&decoded_name), &decoded, bindings);
            match replaced == decoded {
                true => Cow::Borrowed(pair),
                false => {
                    let encoded: String = byte_serialize(replaced.as_bytes()).collect();
                    Cow::Owned(format!("{name}={encoded}"))
                }
            }
        }
    });
    rewritten.collect::<Vec<_>>().join("&")
}

fn json(value: &mut Value, bindings: &Bindings) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) => *text = parameter(name, text, bindings),
                    Value::Number(number) => {
                        let recorded = number.to_string();
                        let played = parameter(name, &recorded, bindings);
                        if played != recorded {
                            *value = played
                                .parse::<i64>()
                                .map_or(Value::from(played), Value::from);
                        }
                    }
                    _ => json(value, bindings),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| json(value, bindings)),
        _ => {}
    }
}

/// The value to send for the recorded `value` of the parameter `name`.
fn parameter(name: &str, value: &str, bindings: &Bindings) -> String {
    match meaning::of_parameter(name) {
        Parameter::Id(space) => bindings.played(space, value).unwrap_or(value).to_owned(),
        Parameter::AttendeeMap => attendee_map(value, bindings),
        Parameter::Time => match value.parse() {
            Ok(time) => bindings.clock.moved(time).to_string(),
            Err(_) => value.to_owned(),
        },
        Parameter::Text => bindings.replace_in(value).into_owned(),
    }
}

fn attendee_map(text: &str, bindings: &Bindings) -> String {
    let Ok(map) = serde_json::from_str::<Map<String, Value>>(text) else {
        return text.to_owned();
    };
    let rewritten = map.into_iter().map(|(id, room)| {
        let played = bindings
            .played(meaning::Space::Attendee, &id)
            .map(str::to_owned);
        (played.unwrap_or(id), room)
    });
    Value::Object(rewritten.collect()).to_string()
}

fn base_name(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::meaning::Space;
    use super::*;
    use crate::replay::transcript::Answer;

    fn exchange(path: &str, kind: &str, body: &str) -> Exchange {
        Exchange {
            line: 2,
            actor: None,
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: Some(body.as_bytes().to_vec()),
            status: 200,
            answer_headers: Vec::new(),
            answer: Answer::Any,
            background: None,
        }
    }

    fn bindings() -> Bindings {
        let mut bindings = Bindings::default();
        let pairs = [
            (Space::Token, "abcd2345", "wxyz6789"),
            (Space::Message, "12", "1012"),
            (Space::Poll, "12", "2012"),
            (Space::Attendee, "12", "3012"),
        ];
        for (space, recorded, played) in pairs {
            bindings.meet(space, recorded, played).expect("binds");
        }
        bindings.clock.meet(1_700_000_000, 1_800_000_000);
        bindings
    }

    #[test]
    fn a_path_is_rewritten_by_its_segments_and_parameters() {
        let cases = [
            ("/v1/chat/abcd2345/12", "/v1/chat/wxyz6789/1012"),
            ("/v1/chat/abcd2345/13", "/v1/chat/wxyz6789/13"),
            ("/v1/poll/abcd2345/12", "/v1/poll/wxyz6789/2012"),
            ("/v4/call/abcd2345/ring/12", "/v4/call/wxyz6789/ring/3012"),
            (
                "/c?lastKnownMessageId=12&timeout=12",
                "/c?lastKnownMessageId=1012&timeout=12",
            ),
            (
                "/v4/room?modifiedSince=1700000003",
                "/v4/room?modifiedSince=1800000003",
            ),
            (
                "/s?from=/call/abcd2345&term=a%20b",
                "/s?from=%2Fcall%2Fwxyz6789&term=a%20b",
            ),
            ("/s?shareTypes%5B%5D=0&x", "/s?shareTypes%5B%5D=0&x"),
        ];
        for (recorded, played) in cases {
            assert_eq!(path(&exchange(recorded, "", ""), &bindings()), played);
        }
    }

    #[test]
    fn a_body_is_rewritten_by_its_parameters() {
        let form = "application/x-www-form-urlencoded";
        let cases = [
            (
                form,
                "replyTo=12&message=a+b%21",
                "replyTo=1012&message=a+b%21",
            ),
            (
                form,
                "attendeeMap=%7B%2212%22%3A0%7D",
                "attendeeMap=%7B%223012%22%3A0%7D",
            ),
            (form, "timestamp=1700000000", "timestamp=1700000000"),
            (
                form,
                "objectId=1786624004%231786620404",
                "objectId=1786624004%231786620404",
            ),
            (
                "application/json",
                r#"{"replyTo":12,"x":["abcd2345"]}"#,
                r#"{"replyTo":1012,"x":["abcd2345"]}"#,
            ),
            ("text/plain", "replyTo=12", "replyTo=12"),
        ];
        for (kind, recorded, played) in cases {
            let sent = body(&exchange("/", kind, recorded), &bindings());
            assert_eq!(String::from_utf8_lossy(&sent), played);
        }
    }
}
