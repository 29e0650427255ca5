//! What the stories are told with: a fresh server, actors who send requests, answers to look at.
//!
//! Black box: real HTTP and public API only. The clock is moved by hand; nothing sleeps.

#![allow(
    dead_code,
    unused_imports,
    reason = "each story uses its own part of it"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use chinwag::chat::{Chat, Limits};
use chinwag::model::Token;
use chinwag::ocs::branding::Branding;
use chinwag::server::throwaway::{self, Throwaway};
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

pub mod announcing;
pub mod browsing;
pub mod calling;
pub mod clients;
mod described;
pub mod happening;
pub mod mailing;
pub mod notices;
pub mod pictures;
pub mod polling;
pub mod program;
pub mod rooms;
mod talking;
pub mod threads;
pub mod webhook;

pub use talking::person;

/// A fresh server with the account `admin`, password `admin`, and a clock that stands still.
pub struct TestServer {
    server: Throwaway,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(throwaway::limits()).await
    }

    /// With limits of one's own; begin with `throwaway::limits()`.
    pub async fn start_with(limits: Limits) -> Self {
        let server = Throwaway::start(limits).await.expect("a server starts");
        Self { server }
    }

    /// With a name and colours of one's own.
    pub async fn wearing(branding: Branding) -> Self {
        let limits = throwaway::limits();
        let server = Throwaway::start_wearing(limits, branding).await;
        Self {
            server: server.expect("a server starts"),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub fn admin(&self) -> Actor {
        self.actor(Some(("admin", "admin")))
    }

    /// A visitor without account, with cookies of their own.
    pub fn guest(&self) -> Actor {
        self.actor(None)
    }

    /// New accounts whose password is `123456`, with `NAME-displayname` as display name.
    pub async fn users<const N: usize>(&self, names: [&str; N]) -> [Actor; N] {
        for name in names {
            let created = self
                .admin()
                .post(
                    "/ocs/v2.php/cloud/users",
                    &[
                        ("userid", name),
                        ("password", "123456"),
                        ("displayName", &format!("{name}-displayname")),
                    ],
                )
                .await;
            assert_eq!(created.status, 200, "{}", created.text);
        }
        names.map(|name| self.actor(Some((name, "123456"))))
    }

    /// Somebody who proves themselves with this name and password.
    pub fn actor(&self, credentials: Option<(&str, &str)>) -> Actor {
        Actor {
            address: self.server.address,
            name: credentials.map_or_else(String::new, |(name, _)| name.to_owned()),
            authorization: credentials.map(|(name, password)| {
                let text = format!("{name}:{password}");
                let encoded = base64::engine::general_purpose::STANDARD.encode(text);
                format!("Basic {encoded}")
            }),
            jar: Arc::default(),
        }
    }

    /// Unix seconds of the server's clock.
    pub fn now(&self) -> i64 {
        self.server.clock.now()
    }

    /// Time passes.
    pub fn advance(&self, seconds: u64) {
        self.server.clock.advance(Duration::from_secs(seconds));
    }

    /// Until `count` requests wait in the room.
    pub async fn until_waiting(&self, room: &str, count: usize) {
        let token = Token::parse(room).expect("a token");
        while self.server.chat.waiting_in(&token).await.unwrap() < count {
            tokio::task::yield_now().await;
        }
    }

    /// The domain itself, for what cannot be asked for over HTTP.
    pub fn chat(&self) -> &Arc<Chat> {
        &self.server.chat
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// Somebody who sends requests and keeps their cookies.
#[derive(Clone)]
pub struct Actor {
    address: SocketAddr,
    pub name: String,
    authorization: Option<String>,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

/// A request to be: `actor.request("GET", "/path").field("a", "b").send().await`.
pub struct Request {
    actor: Actor,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Actor {
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request {
            actor: self.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![
                ("ocs-apirequest".to_owned(), "true".to_owned()),
                ("accept".to_owned(), "application/json".to_owned()),
            ],
            body: Vec::new(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path).form(fields).send().await
    }

    pub async fn put(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("PUT", path).form(fields).send().await
    }

    pub async fn delete(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("DELETE", path).form(fields).send().await
    }

    /// The same person in another browser.
    pub fn elsewhere(&self) -> Self {
        Self {
            jar: Arc::default(),
            ..self.clone()
        }
    }

    /// Makes a group conversation; its token.
    pub async fn creates_group(&self, name: &str) -> String {
        self.creates_room(&[("roomType", "2"), ("roomName", name)])
            .await
    }

    /// Makes a public conversation; its token.
    pub async fn creates_public(&self, name: &str) -> String {
        self.creates_room(&[("roomType", "3"), ("roomName", name)])
            .await
    }

    pub async fn creates_room(&self, fields: &[(&str, &str)]) -> String {
        let answer = self.post(&talk("/api/v4/room"), fields).await;
        assert!(
            answer.status == 201 || answer.status == 200,
            "{}",
            answer.text
        );
        answer.data()["token"].as_str().unwrap().to_owned()
    }

    /// Adds an account to a conversation.
    pub async fn adds(&self, room: &str, user: &str) {
        let path = talk(&format!("/api/v4/room/{room}/participants"));
        let answer = self.post(&path, &[("newParticipant", user)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Opens a conversation in this browser.
    pub async fn joins(&self, room: &str) -> Answer {
        let path = talk(&format!("/api/v4/room/{room}/participants/active"));
        self.post(&path, &[]).await
    }

    /// Posts a message; its id.
    pub async fn posts(&self, room: &str, text: &str) -> i64 {
        let answer = self.post(&chat(room), &[("message", text)]).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.data()["id"].as_i64().unwrap()
    }

    /// The conversation as this actor sees it.
    pub async fn room(&self, room: &str) -> Value {
        let answer = self.get(&talk(&format!("/api/v4/room/{room}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data()
    }

    /// The whole history, newest first.
    pub async fn history(&self, room: &str) -> Vec<Value> {
        let path = format!("{}?lookIntoFuture=0&limit=200", chat(room));
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.data().as_array().unwrap().clone()
    }

    /// Begins to wait for messages after `last_known`.
    pub fn waits_in(&self, room: &str, last_known: i64) -> JoinHandle<Answer> {
        let path = format!(
            "{}?lookIntoFuture=1&timeout=30&lastKnownMessageId={last_known}",
            chat(room)
        );
        self.request("GET", &path).start()
    }

    /// The id of this actor's membership.
    pub async fn attendee_id(&self, room: &str) -> String {
        self.room(room).await["attendeeId"].to_string()
    }
}

/// A path of Talk.
pub fn talk(path: &str) -> String {
    format!("/ocs/v2.php/apps/spreed{path}")
}

/// The chat of a conversation.
pub fn chat(room: &str) -> String {
    talk(&format!("/api/v1/chat/{room}"))
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            text.append_pair(name, value);
        }
        let body = text.finish();
        if body.is_empty() {
            return self;
        }
        self.body("application/x-www-form-urlencoded", body.into_bytes())
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub fn body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", content_type)
    }

    pub fn xml(self) -> Self {
        self.without_header("accept")
    }

    /// On its way without waiting for the answer.
    pub fn start(self) -> JoinHandle<Answer> {
        tokio::spawn(self.send())
    }

    /// The answer. It is due within a minute of real time: the server's clock may stand still, and
    /// then who waits in vain would wait for ever.
    pub async fn send(self) -> Answer {
        let answer = tokio::time::timeout(Duration::from_secs(60), self.try_send()).await;
        answer.expect("nobody waits in vain").expect("an answer")
    }

    /// The answer, or `None` if the server goes away instead.
    pub async fn try_send(self) -> Option<Answer> {
        let stream = TcpStream::connect(self.actor.address).await.ok()?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(&self.path)
            .header("host", self.actor.address.to_string());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = &self.actor.authorization {
            request = request.header("authorization", authorization);
        }
        let cookies: Vec<String> = {
            let jar = self.actor.jar.lock().unwrap();
            jar.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let request = request.body(Full::new(Bytes::from(self.body))).unwrap();
        let response = sender.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        for cookie in headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            let pair = text.split(';').next().unwrap();
            if let Some((name, value)) = pair.split_once('=') {
                let mut jar = self.actor.jar.lock().unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        let answer = Answer {
            status,
            headers,
            text: String::from_utf8(bytes.to_vec()).unwrap_or_default(),
            bytes,
        };
        described::check(&self.method, &self.path, &answer);
        Some(answer)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// Empty if the bytes are no text.
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// `ocs.data`.
    pub fn data(&self) -> Value {
        self.json()["ocs"]["data"].clone()
    }

    /// `ocs.meta`.
    pub fn meta(&self) -> Value {
        self.json()["ocs"]["meta"].clone()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts status and data at once.
    #[track_caller]
    pub fn expect(&self, status: u16, data: Value) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.data(), data);
    }

    /// The ids of the messages in `data`.
    pub fn ids(&self) -> Vec<i64> {
        let data = self.data();
        let rows = data.as_array().expect("a list");
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }
}
