//! Compares an answer with the recorded one: status, body and headers, to the last key.
//!
//! What fields mean is known by `meaning`, which values stand for which by `binding`, and which entries of a list without
//! an order belong together by `pairing`. The first difference ends a comparison: values behind it may be bound wrongly.

use hyper::HeaderMap;
use serde_json::{Map, Value};

use super::binding::Bindings;
use super::http_client::Reply;
use super::link;
use super::meaning::{self, Meaning, Space};
use super::pairing;
use super::report::{describe, quote, shorten};
use super::timeline::{self, MODIFIED_BEFORE};
use super::transcript::{Answer, Exchange};

/// What depends on the play and not on the transcript.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Compare `canStartCall`, which stands in every room.
    pub calls: bool,
    /// How far two times may be apart.
    pub tolerance_secs: i64,
}

/// Where an answer is not the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The status, a header or the place in the body.
    pub at: String,
    pub expected: String,
    pub got: String,
}

/// Everything of `capabilities` that is compared; the rest says what a server has.
const COMPARED_CAPABILITIES: [&str; 2] = [
    "/ocs/data/capabilities/spreed/config/chat/read-privacy",
    "/ocs/data/capabilities/spreed/config/chat/typing-privacy",
];

/// Compare `reply` with the recorded answer of `exchange`, and bind the ids that are new.
pub fn answer(
    exchange: &Exchange,
    reply: &Reply,
    bindings: &mut Bindings,
    rules: Rules,
) -> Result<(), Mismatch> {
    if exchange.status != reply.status {
        return Err(Mismatch {
            at: "status".to_owned(),
            expected: exchange.status.to_string(),
            got: format!(
                "{} {}",
                reply.status,
                shorten(&String::from_utf8_lossy(&reply.body))
            ),
        });
    }
    let mut comparison = Comparison {
        exchange,
        bindings,
        rules,
        trail: Vec::new(),
    };
    comparison.body(&reply.body)?;
    comparison.headers(&reply.headers)
}

struct Comparison<'a> {
    exchange: &'a Exchange,
    bindings: &'a mut Bindings,
    rules: Rules,
    /// Keys and indexes of where the comparison stands.
    trail: Vec<String>,
}

impl Comparison<'_> {
    fn body(&mut self, body: &[u8]) -> Result<(), Mismatch> {
        let exchange = self.exchange;
        let text = || String::from_utf8_lossy(body);
        match &exchange.answer {
            Answer::Any => Ok(()),
            Answer::Empty if body.is_empty() => Ok(()),
            Answer::Empty => Err(self.mismatch("no body", shorten(&text()))),
            Answer::Bytes(recorded) if recorded == body => Ok(()),
            Answer::Bytes(recorded) => Err(self.mismatch(
                format!("{} bytes", recorded.len()),
                format!("{} other bytes", body.len()),
            )),
            Answer::Text(recorded) => self.text(recorded, &text()),
            Answer::Json(recorded) => match serde_json::from_slice(body) {
                Ok(played) if exchange.path.contains("/cloud/capabilities") => {
                    self.capabilities(recorded, &played)
                }
                Ok(played) => self.value(recorded, &played),
                Err(_) => Err(self.mismatch("JSON", shorten(&text()))),
            },
        }
    }

    fn capabilities(&mut self, recorded: &Value, played: &Value) -> Result<(), Mismatch> {
        for pointer in COMPARED_CAPABILITIES {
            let (expected, got) = (recorded.pointer(pointer), played.pointer(pointer));
            if expected != got {
                let word =
                    |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
                let mismatch = Mismatch {
                    at: pointer.to_owned(),
                    expected: word(expected),
                    got: word(got),
                };
                return Err(mismatch);
            }
        }
        Ok(())
    }

    fn headers(&mut self, played: &HeaderMap) -> Result<(), Mismatch> {
        let exchange = self.exchange;
        for (name, expected) in &exchange.answer_headers {
            let Some(got) = played.get(name.as_str()) else {
                return Err(header_mismatch(name, expected, "no such header"));
            };
            let got = String::from_utf8_lossy(got.as_bytes());
            self.header(name, expected, &got)
                .map_err(|expected| header_mismatch(name, &expected, &got))?;
        }
        for (name, got) in played {
            let recorded = exchange
                .answer_headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
            if name.as_str().starts_with("x-chat-") && !recorded {
                let got = String::from_utf8_lossy(got.as_bytes());
                return Err(header_mismatch(name.as_str(), "no such header", &got));
            }
        }
        Ok(())
    }

    /// Errors: what was expected.
    fn header(&mut self, name: &str, expected: &str, got: &str) -> Result<(), String> {
        let same = match name.to_ascii_lowercase().as_str() {
            "x-nextcloud-talk-hash" | "x-request-id" => true,
            "x-chat-last-given" | "x-chat-last-common-read" => {
                return self.bindings.meet(Space::Message, expected, got);
            }
            "content-type" => expected
                .replace(' ', "")
                .eq_ignore_ascii_case(&got.replace(' ', "")),
            _ if name.eq_ignore_ascii_case(MODIFIED_BEFORE) => {
                match (expected.parse(), got.parse()) {
                    (Ok(expected), Ok(got)) => return self.time(expected, got),
                    _ => expected == got,
                }
            }
            _ => self.bindings.replace_in(expected) == got,
        };
        match same {
            true => Ok(()),
            false => Err(expected.to_owned()),
        }
    }

    fn value(&mut self, recorded: &Value, played: &Value) -> Result<(), Mismatch> {
        match (recorded, played) {
            (Value::Object(recorded), Value::Object(played)) => self.object(recorded, played),
            (Value::Array(recorded), Value::Array(played)) => self.list(recorded, played),
            (Value::String(recorded), Value::String(played)) => self.text(recorded, played),
            _ if recorded == played => Ok(()),
            _ => Err(self.mismatch(describe(recorded), describe(played))),
        }
    }

    fn object(
        &mut self,
        recorded: &Map<String, Value>,
        played: &Map<String, Value>,
    ) -> Result<(), Mismatch> {
        let calls = self.rules.calls;
        let left_out = |key: &str| key == "canStartCall" && !calls;
        if let Some(key) = recorded
            .keys()
            .find(|key| !played.contains_key(*key) && !left_out(key))
        {
            return Err(self.mismatch(
                format!("key `{key}`"),
                describe(&Value::Object(played.clone())),
            ));
        }
        let extra = |key: &&String| {
            !recorded.contains_key(*key)
                && !meaning::LATER_KEYS.contains(&key.as_str())
                && !left_out(key)
        };
        if let Some(key) = played.keys().find(extra) {
            let got = format!("key `{key}`: {}", describe(&played[key]));
            return Err(self.mismatch(format!("no key `{key}`"), got));
        }
        pairing::note_speaker(self.bindings, recorded);
        // Ids before texts: a text may hold a token that is new in this very object.
        let mut others = Vec::new();
        for (key, expected) in recorded {
            match meaning::of_field(&self.trail, recorded, key) {
                Meaning::Ignored => {}
                _ if left_out(key) => {}
                Meaning::Plain | Meaning::Time | Meaning::Span => others.push((key, expected)),
                id => self.field(key, id, expected, &played[key])?,
            }
        }
        for (key, expected) in others {
            let meaning = meaning::of_field(&self.trail, recorded, key);
            self.field(key, meaning, expected, &played[key])?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        key: &str,
        meaning: Meaning,
        recorded: &Value,
        played: &Value,
    ) -> Result<(), Mismatch> {
        self.trail.push(key.to_owned());
        self.by_meaning(meaning, recorded, played)?;
        self.trail.pop();
        Ok(())
    }

    fn by_meaning(
        &mut self,
        meaning: Meaning,
        recorded: &Value,
        played: &Value,
    ) -> Result<(), Mismatch> {
        let same_kind = match (recorded, played) {
            (Value::String(expected), Value::String(got)) => Some((expected.clone(), got.clone())),
            (Value::Number(expected), Value::Number(got)) => {
                Some((expected.to_string(), got.to_string()))
            }
            _ => None,
        };
        let Some((expected, got)) = same_kind else {
            return self.value(recorded, played);
        };
        let met = match meaning {
            Meaning::Id(space) => self.bindings.meet(space, &expected, &got),
            Meaning::GuestPath => match got.strip_prefix("guest/") {
                Some(guest) => {
                    self.bindings
                        .meet(Space::Guest, expected.trim_start_matches("guest/"), guest)
                }
                None => Err(expected),
            },
            Meaning::TokenAndMessage => match (expected.split_once('/'), got.split_once('/')) {
                (Some((token, id)), Some((played_token, played_id))) => {
                    let tokens = self.bindings.meet(Space::Token, token, played_token);
                    tokens.and_then(|()| self.bindings.meet(Space::Message, id, played_id))
                }
                (None, None) => self.bindings.meet(Space::Token, &expected, &got),
                _ => Err(expected),
            },
            Meaning::Span => match self.bindings.clock.same_span(&expected, &got) {
                true => Ok(()),
                false => Err(expected),
            },
            Meaning::Time => match (timeline::seconds(recorded), timeline::seconds(played)) {
                (Some(recorded), Some(played)) => self.time(recorded, played),
                _ => return self.value(recorded, played),
            },
            Meaning::Plain | Meaning::Ignored => return self.value(recorded, played),
        };
        met.map_err(|expected| self.mismatch(expected, got))
    }

    /// Errors: what was expected.
    fn time(&mut self, recorded: i64, played: i64) -> Result<(), String> {
        if recorded == 0 || played == 0 {
            return match recorded == played {
                true => Ok(()),
                false => Err(recorded.to_string()),
            };
        }
        let clock = &mut self.bindings.clock;
        if timeline::is_near(recorded, clock.recorded_base().unwrap_or(recorded)) {
            clock.meet(recorded, played);
        }
        let near = clock
            .recorded_base()
            .is_some_and(|base| timeline::is_near(recorded, base));
        let tolerance_secs = if near { self.rules.tolerance_secs } else { 0 };
        match clock.same_distance(recorded, played, tolerance_secs) {
            true => Ok(()),
            false => Err(format!("{} ± {tolerance_secs} s", clock.moved(recorded))),
        }
    }

    fn text(&mut self, recorded: &str, played: &str) -> Result<(), Mismatch> {
        let same = match (link::after_host(recorded), link::after_host(played)) {
            (Some(recorded), Some(played)) => link::is_same(self.bindings, recorded, played),
            _ => self.bindings.replace_in(recorded) == played,
        };
        match same {
            true => Ok(()),
            false => Err(self.mismatch(quote(&self.bindings.replace_in(recorded)), quote(played))),
        }
    }

    fn list(&mut self, recorded: &[Value], played: &[Value]) -> Result<(), Mismatch> {
        let recorded = compared(recorded);
        let played = compared(played);
        if recorded.len() != played.len() {
            return Err(self.mismatch(labels(&recorded), labels(&played)));
        }
        if self.trail.last().is_some_and(|key| key == "sessionIds") {
            let sessions = pairing::sessions(self.bindings, &recorded, &played);
            return sessions.map_err(|expected| self.mismatch(expected, labels(&played)));
        }
        let pairs = pairing::pairs(
            self.bindings,
            self.exchange,
            &self.trail,
            &recorded,
            &played,
        );
        let pairs = pairs.map_err(|expected| self.mismatch(expected, labels(&played)))?;
        for (at, (expected, got)) in pairs.into_iter().enumerate() {
            self.trail.push(at.to_string());
            self.value(expected, got)?;
            self.trail.pop();
        }
        Ok(())
    }

    fn mismatch(&self, expected: impl Into<String>, got: impl Into<String>) -> Mismatch {
        let step = |key: &String| match key.parse::<usize>() {
            Ok(index) => format!("[{index}]"),
            Err(_) => format!(".{key}"),
        };
        let at = format!("${}", self.trail.iter().map(step).collect::<String>());
        Mismatch {
            at,
            expected: expected.into(),
            got: got.into(),
        }
    }
}

fn header_mismatch(name: &str, expected: &str, got: &str) -> Mismatch {
    Mismatch {
        at: format!("header {name}"),
        expected: expected.to_owned(),
        got: got.to_owned(),
    }
}

/// The entries of a list without the rooms that the reference server makes by itself.
fn compared(list: &[Value]) -> Vec<&Value> {
    let made_by_server = |value: &&Value| value.as_object().is_some_and(meaning::is_made_by_server);
    list.iter().filter(|value| !made_by_server(value)).collect()
}

fn labels(list: &[&Value]) -> String {
    let labels: Vec<String> = list.iter().map(|value| pairing::label(value)).collect();
    format!("{} entries: {}", list.len(), shorten(&labels.join(", ")))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::super::transcript::{Step, parse};
    use super::*;

    const RULES: Rules = Rules {
        calls: true,
        tolerance_secs: 5,
    };

    fn exchange(path: &str, headers: Value, answer: Value) -> Exchange {
        let line = json!({"as": "alice", "method": "GET", "path": path, "status": 200, "answer_headers": headers, "answer": answer});
        let mut transcript = parse(&format!("{{\"id\": \"x\"}}\n{line}")).expect("parses");
        match transcript.steps.remove(0) {
            Step::Exchange(exchange) => *exchange,
            other => panic!("not an exchange: {other:?}"),
        }
    }

    fn reply(headers: &[(&'static str, &'static str)], body: &Value) -> Reply {
        let pairs = headers.iter().map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Reply {
            status: 200,
            headers: pairs.collect(),
            body: Bytes::from(body.to_string()),
        }
    }

    /// The place and the words of the difference between two bodies, after `before` was the same.
    fn difference(
        before: &[(Value, Value)],
        recorded: Value,
        played: Value,
    ) -> Option<(String, String, String)> {
        let mut bindings = Bindings::default();
        for (recorded, played) in before {
            let earlier = exchange("/", json!({}), recorded.clone());
            answer(&earlier, &reply(&[], played), &mut bindings, RULES).expect("the same");
        }
        let found = answer(
            &exchange("/", json!({}), recorded),
            &reply(&[], &played),
            &mut bindings,
            RULES,
        );
        found
            .err()
            .map(|mismatch| (mismatch.at, mismatch.expected, mismatch.got))
    }

    fn at(place: &str, expected: &str, got: &str) -> Option<(String, String, String)> {
        Some((place.to_owned(), expected.to_owned(), got.to_owned()))
    }

    #[test]
    fn bodies_are_compared_to_the_last_key() {
        let cases = [
            (
                json!({"a": 1, "b": [1, "x"]}),
                json!({"b": [1, "x"], "a": 1}),
                None,
            ),
            (json!({"a": []}), json!({"a": {}}), at("$.a", "[]", "{}")),
            (json!({"a": 1}), json!({"a": "1"}), at("$.a", "1", "\"1\"")),
            (
                json!({"a": [{"b": true}]}),
                json!({"a": [{"b": false}]}),
                at("$.a[0].b", "true", "false"),
            ),
            (json!({"a": 1}), json!({}), at("$", "key `a`", "{}")),
            (
                json!({}),
                json!({"a": 1}),
                at("$", "no key `a`", "key `a`: 1"),
            ),
            (json!({}), json!({"threadId": 1}), None),
            (
                json!({"avatarVersion": "x"}),
                json!({"avatarVersion": "y"}),
                None,
            ),
            (
                json!([1]),
                json!([1, 2]),
                at("$", "1 entries: 1", "2 entries: 1, 2"),
            ),
        ];
        for (recorded, played, expected) in cases {
            assert_eq!(
                difference(&[], recorded.clone(), played),
                expected,
                "{recorded}"
            );
        }
    }

    #[test]
    fn an_id_must_be_the_one_that_was_bound() {
        let message = |id: i64, parent: i64| json!({"id": id, "messageType": "comment", "parent": {"id": parent, "deleted": true}});
        let before = [(message(12, 11), message(112, 110))];
        assert_eq!(
            difference(&before, message(13, 12), message(120, 112)),
            None
        );
        assert_eq!(
            difference(&before, message(13, 11), message(120, 112)),
            at("$.parent.id", "message 110, bound to 11", "112")
        );
        let notification = |id: &str| json!({"object_id": id});
        let tokens = [(json!({"token": "abcd2345"}), json!({"token": "wxyz6789"}))];
        assert_eq!(
            difference(
                &tokens,
                notification("abcd2345/5"),
                notification("wxyz6789/7")
            ),
            None
        );
        assert!(difference(&tokens, notification("abcd2345/5"), notification("other/7")).is_some());
    }

    #[test]
    fn texts_are_compared_with_their_tokens_replaced() {
        let tokens = [(json!({"token": "abcd2345"}), json!({"token": "wxyz6789"}))];
        let said = |text: &str| json!({"message": text});
        assert_eq!(
            difference(&tokens, said("see abcd2345"), said("see wxyz6789")),
            None
        );
        assert!(difference(&tokens, said("see abcd2345"), said("see abcd2345")).is_some());
        let link = |host: &str, token: &str| said(&format!("http://{host}/call/{token}"));
        assert_eq!(
            difference(
                &tokens,
                link("localhost", "abcd2345"),
                link("h:1", "wxyz6789")
            ),
            None
        );
    }

    #[test]
    fn times_are_compared_by_distance_and_zero_by_value() {
        let before = [(
            json!({"timestamp": 1_700_000_000}),
            json!({"timestamp": 1_800_000_000}),
        )];
        let cases = [
            (1_700_000_010, 1_800_000_013, true),
            (1_700_000_010, 1_800_000_020, false),
            (0, 0, true),
            (0, 1_800_000_000, false),
            (1_234_567, 1_234_567, true),
            (1_234_567, 1_234_568, false),
        ];
        for (recorded, played, same) in cases {
            let found = difference(
                &before,
                json!({"lastActivity": recorded}),
                json!({"lastActivity": played}),
            );
            assert_eq!(found.is_none(), same, "{recorded} {played}");
        }
    }

    #[test]
    fn rooms_that_the_server_makes_by_itself_are_left_out_on_both_sides() {
        let room = |id: i64, kind: i64, object: &str| json!({"id": id, "token": format!("t{id}"), "type": kind, "name": "n", "objectType": object, "participantType": 1, "participantFlags": 0});
        let recorded = json!([room(1, 4, ""), room(2, 2, ""), room(3, 2, "sample")]);
        assert_eq!(difference(&[], recorded, json!([room(9, 2, "")])), None);
    }

    #[test]
    fn listed_headers_must_be_there_and_chat_headers_only_if_listed() {
        let listed = json!({"Content-Type": "application/json; charset=utf-8", "X-Chat-Last-Given": "7", "X-Nextcloud-Talk-Hash": "a"});
        let exchange = exchange("/", listed, json!([]));
        let kind = ("content-type", "application/json;charset=utf-8");
        let (given, hash) = (("x-chat-last-given", "9"), ("x-nextcloud-talk-hash", "b"));
        let found = |headers: &[(&'static str, &'static str)]| {
            let mut bindings = Bindings::default();
            let compared = answer(&exchange, &reply(headers, &json!([])), &mut bindings, RULES);
            compared.err().map(|mismatch| mismatch.at)
        };
        assert_eq!(found(&[kind, given, hash, ("x-other", "1")]), None);
        assert_eq!(
            found(&[kind, hash]).as_deref(),
            Some("header X-Chat-Last-Given")
        );
        let more = [kind, given, hash, ("x-chat-last-common-read", "3")];
        assert_eq!(
            found(&more).as_deref(),
            Some("header x-chat-last-common-read")
        );
    }

    #[test]
    fn of_the_capabilities_only_two_are_compared() {
        let body = |privacy: i64, more: &str| json!({"ocs": {"data": {"more": more, "capabilities": {"spreed": {"config": {"chat": {"read-privacy": privacy}}}}}}});
        let found = |played: Value| {
            let exchange = exchange("/ocs/v2.php/cloud/capabilities", json!({}), body(1, "x"));
            answer(
                &exchange,
                &reply(&[], &played),
                &mut Bindings::default(),
                RULES,
            )
        };
        assert_eq!(found(body(1, "y")), Ok(()));
        assert!(found(body(0, "x")).is_err());
    }
}
