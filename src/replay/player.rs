//! Plays one transcript against one server, step by step, until the first difference.
//!
//! Requests go out one after the other, except those in the background. A clock that is ours follows the recording's, so
//! that pauses need not be sat through; one that is not ours is only observed.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::binding::Bindings;
use super::compare::{self, Mismatch, Rules};
use super::http_client::{Answered, Client, ClientError, Reply, Request};
use super::timeline::Timeline;
use super::transcript::{Answer, Exchange, Step, Transcript};
use super::{Difference, Jobs, Target, Verdict, request};

/// A server that has nothing to say has had its time when it has not answered within this.
const IN_VAIN: Duration = Duration::from_millis(300);
/// How often the clock is moved for a server that holds an answer back.
const HELD_BACK_AT_MOST: u32 = 5;

/// How long a poll waits that does not say it.
const DEFAULT_POLL_SECS: u64 = 30;

/// How long any answer may take beyond the time that its poll waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a request in the background gets to arrive and to begin its waiting, after it has left.
const GRACE: Duration = Duration::from_millis(300);

/// Tolerance for times, beyond what the recording or the play took.
const SLACK_SECS: i64 = 5;

/// Play `transcript` against `target`, up to the first difference: ids behind it would be unknown.
pub async fn play(transcript: &Transcript, target: &Target) -> Verdict {
    let client = match Client::new(&target.base_url) {
        Ok(client) => client,
        Err(error) => return Verdict::Unreadable(error.to_string()),
    };
    let mut play = Play {
        target,
        client,
        bindings: Bindings::default(),
        timeline: Timeline::of(transcript),
        started: Instant::now(),
        paced: Duration::ZERO,
        vain_secs: 0,
        greeted: HashSet::new(),
        asked: HashSet::new(),
        jumped: false,
        background: HashMap::new(),
    };
    for step in &transcript.steps {
        let played = match step {
            Step::Clock { advance } => {
                play.jump(*advance).await;
                Ok(())
            }
            Step::Await { name, .. } => play.awaited(name).await,
            Step::Exchange(exchange) => match &exchange.background {
                Some(name) => play.send(exchange, name).await,
                None => play.exchange(exchange).await,
            },
        };
        if let Err(difference) = played {
            return Verdict::Differs(*difference);
        }
    }
    Verdict::Same
}

struct Play<'a> {
    target: &'a Target,
    client: Client,
    bindings: Bindings,
    timeline: Option<Timeline>,
    started: Instant,
    /// How far the server's clock was moved to follow the recording's.
    paced: Duration,
    /// How far it was moved to end polls in vain, which the recording did not wait for.
    vain_secs: i64,
    /// Whose first request was made already.
    greeted: HashSet<String>,
    /// What was asked since anything was done or the clock jumped: who asks the same again has waited for jobs.
    asked: HashSet<(Option<String>, String)>,
    /// The clock jumped and nobody has looked since.
    jumped: bool,
    background: HashMap<&'a str, Pending<'a>>,
}

/// A request on its way whose answer is awaited later. Dropping it gives it up.
struct Pending<'a> {
    exchange: &'a Exchange,
    task: Option<JoinHandle<Result<Answered, ClientError>>>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

type Played = Result<(), Box<Difference>>;

impl<'a> Play<'a> {
    /// Send a request and compare its answer.
    async fn exchange(&mut self, exchange: &Exchange) -> Played {
        let request = self.request(exchange).await?;
        let prepared = self
            .client
            .prepare(request)
            .map_err(|error| no_answer(exchange, &error.to_string()))?;
        let answered = self.wait(exchange, prepared.answer(None)).await?;
        let answered = answered.map_err(|error| no_answer(exchange, &error.to_string()))?;
        let reply = self.client.keep(answered);
        self.compare(exchange, &reply)
    }

    /// Send a request and leave its answer for later.
    async fn send(&mut self, exchange: &'a Exchange, name: &'a str) -> Played {
        let request = self.request(exchange).await?;
        let prepared = self
            .client
            .prepare(request)
            .map_err(|error| no_answer(exchange, &error.to_string()))?;
        let written = Arc::new(Notify::new());
        let task = tokio::spawn(prepared.answer(Some(written.clone())));
        self.background.insert(
            name,
            Pending {
                exchange,
                task: Some(task),
            },
        );
        if timeout(PATIENCE, written.notified()).await.is_err() {
            return Err(no_answer(exchange, "the request could not be sent"));
        }
        tokio::time::sleep(GRACE).await;
        Ok(())
    }

    /// Compare the answer of a request that was sent in the background.
    async fn awaited(&mut self, name: &str) -> Played {
        let Some(mut pending) = self.background.remove(name) else {
            return Ok(());
        };
        let exchange = pending.exchange;
        let Some(mut task) = pending.task.take() else {
            return Ok(());
        };
        let waited = self.wait(exchange, &mut task).await;
        if waited.is_err() {
            task.abort();
        }
        let answered = waited?.map_err(|error| no_answer(exchange, &error.to_string()))?;
        let answered = answered.map_err(|error| no_answer(exchange, &error.to_string()))?;
        let reply = self.client.keep(answered);
        self.compare(exchange, &reply)
    }

    /// Everything that comes before a request: the clock, due jobs, a first greeting; then its text.
    async fn request(&mut self, exchange: &Exchange) -> Result<Request, Box<Difference>> {
        self.follow_clock(exchange).await;
        self.greet(exchange).await?;
        if self.bindings.clock.recorded_base().is_none() && request::has_time(exchange) {
            self.assume_now(exchange);
        }
        Ok(Request {
            actor: exchange.actor.clone(),
            password: self
                .target
                .password(exchange.actor.as_deref())
                .map(str::to_owned),
            method: exchange.method.clone(),
            path: request::path(exchange, &self.bindings),
            headers: exchange.headers.clone(),
            body: request::body(exchange, &self.bindings),
        })
    }

    /// The very first answer to a Basic login loses its cookies on the reference server, and with them a session that was
    /// joined by it. So the first request of everyone is one that does not matter.
    async fn greet(&mut self, exchange: &Exchange) -> Played {
        let Some(actor) = &exchange.actor else {
            return Ok(());
        };
        let Some(password) = self.target.password(Some(actor)) else {
            return Ok(());
        };
        if self.target.advance.is_some() || !self.greeted.insert(actor.clone()) {
            return Ok(());
        }
        let request = Request {
            actor: Some(actor.clone()),
            password: Some(password.to_owned()),
            method: "GET".to_owned(),
            path: "/ocs/v2.php/cloud/user".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let prepared = self
            .client
            .prepare(request)
            .map_err(|error| no_answer(exchange, &error.to_string()))?;
        let answered = prepared
            .answer(None)
            .await
            .map_err(|error| no_answer(exchange, &error.to_string()))?;
        self.client.keep(answered);
        Ok(())
    }

    /// Wait for an answer. A poll that was recorded as one in vain is ended by moving the clock, if that is ours.
    async fn wait<T>(
        &mut self,
        exchange: &Exchange,
        answer: impl Future<Output = T>,
    ) -> Result<T, Box<Difference>> {
        tokio::pin!(answer);
        let poll_secs = poll_secs(exchange);
        if let (Some(secs), Some(advance)) = (poll_secs, &self.target.advance)
            && is_in_vain(exchange)
        {
            if let Ok(answered) = timeout(IN_VAIN, &mut answer).await {
                return Ok(answered);
            }
            advance(Duration::from_secs(secs + 1), Jobs::Wait).await;
            self.vain_secs += i64::try_from(secs + 1).unwrap_or(0);
        }
        if let (Some(held_back), Some(advance)) = (exchange.held_back(), &self.target.advance) {
            // The server waits before it answers a guess, perhaps before and after.
            for _ in 0..HELD_BACK_AT_MOST {
                if let Ok(answered) = timeout(IN_VAIN, &mut answer).await {
                    return Ok(answered);
                }
                advance(held_back, Jobs::Wait).await;
            }
        }
        let patience = PATIENCE + Duration::from_secs(poll_secs.unwrap_or(0));
        timeout(patience, answer)
            .await
            .map_err(|_| no_answer(exchange, "nothing came in time"))
    }

    fn compare(&mut self, exchange: &Exchange, reply: &Reply) -> Played {
        let took_secs = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
        let span_secs = self.timeline.map_or(0, |timeline| timeline.span_secs());
        let rules = Rules {
            calls: self.target.calls,
            tolerance_secs: took_secs.max(span_secs) + SLACK_SECS + self.vain_secs,
        };
        let compared = compare::answer(exchange, reply, &mut self.bindings, rules);
        compared.map_err(|mismatch| differs(exchange, mismatch))
    }

    /// A `clock` line.
    async fn jump(&mut self, by: Duration) {
        if let Some(advance) = &self.target.advance {
            advance(by, Jobs::Wait).await;
            self.bindings.clock.jump(by);
            self.jumped = true;
        }
    }

    /// The recording does not say where its jobs ran: after a `clock` line they did before somebody looked, and
    /// where somebody looks twice and nothing was done in between, they did before the second time.
    fn jobs_before(&mut self, exchange: &Exchange) -> Jobs {
        if exchange.method != "GET" {
            self.asked.clear();
            return Jobs::Wait;
        }
        let question = (exchange.actor.clone(), exchange.path.clone());
        let is_new = self.asked.insert(question);
        match std::mem::take(&mut self.jumped) || !is_new {
            true => Jobs::Run,
            false => Jobs::Wait,
        }
    }

    /// Move the clock to where the recording's was at this exchange, and let the jobs run that came between.
    async fn follow_clock(&mut self, exchange: &Exchange) {
        let Some(advance) = &self.target.advance else {
            return;
        };
        let moment = self
            .timeline
            .and_then(|timeline| timeline.moment_of(exchange));
        let passed_secs = match (moment, self.bindings.clock.recorded_base()) {
            (Some(moment), Some(base)) => u64::try_from(moment - base).unwrap_or(0),
            _ => 0,
        };
        // A clock that we move stands still otherwise: how long the play has taken does not count.
        let behind = Duration::from_secs(passed_secs).saturating_sub(self.paced);
        let advance = advance.clone();
        let jobs = self.jobs_before(exchange);
        advance(behind, jobs).await;
        self.paced += behind;
    }

    /// A time is sent before any was received: the first activity in its own answer stands for now.
    fn assume_now(&mut self, exchange: &Exchange) {
        let Answer::Json(answer) = &exchange.answer else {
            return;
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            + self.paced;
        if let (Some(recorded), Ok(now)) = (first_activity(answer), i64::try_from(now.as_secs())) {
            self.bindings.clock.meet(recorded, now);
        }
    }
}

/// How long the poll of `exchange` waits; `None` if it does not wait.
fn poll_secs(exchange: &Exchange) -> Option<u64> {
    let (path, query) = exchange
        .path
        .split_once('?')
        .unwrap_or((&exchange.path, ""));
    let parameter = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let waits = exchange.method == "GET"
        && (path.contains("/signaling/") && !path.ends_with("/settings")
            || path.contains("/chat/")
                && parameter("lookIntoFuture").is_some_and(|value| value == "1"));
    let timeout_secs = parameter("timeout").and_then(|text| text.parse().ok());
    waits.then(|| timeout_secs.unwrap_or(DEFAULT_POLL_SECS))
}

/// Whether a poll was recorded as one that brought nothing.
fn is_in_vain(exchange: &Exchange) -> bool {
    let empty_list = match &exchange.answer {
        Answer::Json(answer) => answer
            .pointer("/ocs/data")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty),
        _ => false,
    };
    exchange.status == 304 || exchange.status == 200 && empty_list
}

fn first_activity(value: &Value) -> Option<i64> {
    match value {
        Value::Object(fields) => match fields.get("lastActivity").and_then(Value::as_i64) {
            Some(time) if time > 0 => Some(time),
            _ => fields.values().find_map(first_activity),
        },
        Value::Array(values) => values.iter().find_map(first_activity),
        _ => None,
    }
}

fn no_answer(exchange: &Exchange, reason: &str) -> Box<Difference> {
    let mismatch = Mismatch {
        at: "answer".to_owned(),
        expected: format!("status {}", exchange.status),
        got: reason.to_owned(),
    };
    differs(exchange, mismatch)
}

fn differs(exchange: &Exchange, mismatch: Mismatch) -> Box<Difference> {
    Box::new(Difference {
        line: exchange.line,
        actor: exchange.actor.clone(),
        method: exchange.method.clone(),
        path: exchange.path.clone(),
        at: mismatch.at,
        expected: mismatch.expected,
        got: mismatch.got,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::super::fake::Fake;
    use super::super::transcript::parse;
    use super::*;

    const SESSION: &str = "c2Vzc2lvbg";

    /// Two of alice's requests, a message, a list and a poll in vain.
    fn recording() -> String {
        let room = |read: i64| {
            format!(
                r#"{{"id": 40, "token": "abcd2345", "type": 2, "name": "Tea", "objectType": "", "objectId": "", "participantType": 1, "participantFlags": 0, "lastActivity": 1795000000, "lastReadMessage": {read}, "sessionId": "{SESSION}", "canStartCall": true}}"#
            )
        };
        let other = room(0)
            .replace("abcd2345", "efgh6789")
            .replace("Tea", "Milk")
            .replace("40", "41");
        let message = r#"{"id": 700, "token": "abcd2345", "actorType": "users", "actorId": "alice", "timestamp": 1795000004, "message": "in abcd2345", "messageType": "comment", "messageParameters": []}"#;
        let sample = other
            .replace(r#""objectType": """#, r#""objectType": "sample""#)
            .replace("efgh", "same");
        let talk = "/ocs/v2.php/apps/spreed/api";
        [
            r#"{"id": "tea/0001", "source": "by hand"}"#.to_owned(),
            format!(r#"{{"as": "alice", "method": "POST", "path": "{talk}/v4/room", "headers": {{"Content-Type": "application/x-www-form-urlencoded"}}, "body": "roomType=2&roomName=Tea", "status": 201, "answer": {{"ocs": {{"data": {}}}}}}}"#, room(650)),
            format!(r#"{{"as": "alice", "method": "POST", "path": "{talk}/v1/chat/abcd2345", "headers": {{"Content-Type": "application/x-www-form-urlencoded"}}, "body": "message=in+abcd2345&replyTo=650", "status": 201, "answer_headers": {{"X-Chat-Last-Common-Read": "700"}}, "answer": {{"ocs": {{"data": {message}}}}}}}"#),
            format!(r#"{{"as": "alice", "method": "GET", "path": "{talk}/v4/room?modifiedSince=1795000004", "status": 200, "answer_headers": {{"X-Nextcloud-Talk-Modified-Before": "1795000005"}}, "answer": {{"ocs": {{"data": [{sample}, {}, {other}]}}}}}}"#, room(700)),
            format!(r#"{{"as": "alice", "method": "GET", "path": "{talk}/v1/chat/abcd2345?lookIntoFuture=1&lastKnownMessageId=700&timeout=0", "status": 304, "answer": null}}"#),
        ]
        .join("\n")
    }

    fn target(fake: &Fake, advance: Option<super::super::Advance>) -> Target {
        Target {
            base_url: fake.base_url.clone(),
            passwords: HashMap::new(),
            advance,
            calls: true,
        }
    }

    fn no_clock() -> Option<super::super::Advance> {
        Some(Arc::new(|_, _| Box::pin(std::future::ready(()))))
    }

    #[tokio::test]
    async fn a_server_with_other_ids_and_times_is_the_same() {
        let transcript = parse(&recording()).expect("parses");
        let fake = Fake::start(&transcript, |_, _| {}).await;
        assert_eq!(
            play(&transcript, &target(&fake, no_clock())).await,
            Verdict::Same
        );
        let asked = fake.asked();
        assert!(asked[1].starts_with(
            "POST /ocs/v2.php/apps/spreed/api/v1/chat/5432dcbax message=in+5432dcbax&replyTo=1650 "
        ));
        assert!(
            asked[1].contains("line=2"),
            "the cookie of the answer before: {}",
            asked[1]
        );
        assert!(
            asked[2].contains("modifiedSince=1800000004"),
            "{}",
            asked[2]
        );
        assert!(asked[3].contains("lastKnownMessageId=1700"), "{}", asked[3]);
    }

    #[tokio::test]
    async fn a_changed_field_is_named_with_its_request() {
        let transcript = parse(&recording()).expect("parses");
        let fake = Fake::start(&transcript, |exchange, body| {
            if exchange.line == 4 {
                *body = body.replace("Milk", "Mulk").replacen("Tea", "Toe", 1);
            }
        })
        .await;
        let Verdict::Differs(found) = play(&transcript, &target(&fake, no_clock())).await else {
            panic!("no difference found");
        };
        assert_eq!((found.line, found.method.as_str()), (4, "GET"));
        assert_eq!(
            found.path,
            "/ocs/v2.php/apps/spreed/api/v4/room?modifiedSince=1795000004"
        );
        assert_eq!(
            (found.at.as_str(), found.expected.as_str()),
            ("$.ocs.data", "an entry for Milk")
        );
    }

    #[tokio::test]
    async fn the_clock_follows_the_recording() {
        let transcript = parse(&recording()).expect("parses");
        let fake = Fake::start(&transcript, |_, _| {}).await;
        let moved = Arc::new(Mutex::new(Duration::ZERO));
        let clock = moved.clone();
        let advance: super::super::Advance = Arc::new(move |by, _| {
            *clock.lock().expect("not poisoned") += by;
            Box::pin(std::future::ready(()))
        });
        assert_eq!(
            play(&transcript, &target(&fake, Some(advance))).await,
            Verdict::Same
        );
        assert_eq!(
            moved.lock().expect("not poisoned").as_secs_f64().round(),
            5.0
        );
    }

    #[tokio::test]
    async fn a_foreign_server_is_greeted_first() {
        let line = r#"{"as": "alice", "method": "GET", "path": "/x", "status": 200}"#;
        let transcript = parse(&format!("{{\"id\": \"x\"}}\n{line}\n{line}")).expect("parses");
        let fake = Fake::start(&transcript, |_, _| {}).await;
        assert_eq!(play(&transcript, &target(&fake, None)).await, Verdict::Same);
        let asked: Vec<String> = fake
            .asked()
            .iter()
            .map(|asked| asked[..8].to_owned())
            .collect();
        assert_eq!(asked, ["GET /ocs", "GET /x  ", "GET /x  "]);
    }

    #[tokio::test]
    async fn an_answer_in_the_background_is_compared_where_it_is_awaited() {
        let exchange = |path: &str, more: &str| {
            format!(r#"{{"as": "alice", "method": "GET", "path": "{path}", "status": 200{more}}}"#)
        };
        let text = [
            r#"{"id": "x"}"#.to_owned(),
            exchange("/hold", r#", "background": "poll", "answer": {"held": 1}"#),
            exchange("/open", ""),
            r#"{"await": "poll"}"#.to_owned(),
        ];
        let transcript = parse(&text.join("\n")).expect("parses");
        let fake = Fake::start(&transcript, |_, _| {}).await;
        assert_eq!(
            play(&transcript, &target(&fake, no_clock())).await,
            Verdict::Same
        );
        let wrong = Fake::start(&transcript, |_, body| *body = body.replace('1', "2")).await;
        let Verdict::Differs(found) = play(&transcript, &target(&wrong, no_clock())).await else {
            panic!("no difference found");
        };
        assert_eq!((found.line, found.at.as_str()), (2, "$.held"));
    }

    #[tokio::test]
    async fn a_poll_in_vain_is_ended_by_the_clock() {
        let line = r#"{"as": "alice", "method": "GET", "path": "/chat/hold?lookIntoFuture=1&timeout=60", "status": 304, "answer": null}"#;
        let transcript = parse(&format!("{{\"id\": \"x\"}}\n{line}")).expect("parses");
        let fake = Fake::start(&transcript, |_, _| {}).await;
        let release = fake.release.clone();
        let advance: super::super::Advance = Arc::new(move |by, _| {
            if by == Duration::from_secs(61) {
                release.notify_one();
            }
            Box::pin(std::future::ready(()))
        });
        assert_eq!(
            play(&transcript, &target(&fake, Some(advance))).await,
            Verdict::Same
        );
    }
}
