//! A bot: a small web server that is told things and checks their signatures, and what it sends back.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chinwag::chat::bot::NewBot;
use chinwag::model::{BotFeatures, BotId, BotSecret, BotState};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Actor, Answer, Request, TestServer, talk};

/// What the bots of the stories sign with.
pub const SECRET: &str = "a secret of at least forty characters, it is";

/// How a bot answers.
#[derive(Debug, Clone)]
pub enum Conduct {
    Status(u16),
    /// Elsewhere is better.
    Redirect(String),
    /// Never.
    Hang,
    /// 200, and many megabytes.
    Chatter,
}

/// What a bot was told.
pub struct Told {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A bot that listens.
pub struct Webhook {
    pub address: SocketAddr,
    told: mpsc::UnboundedReceiver<Told>,
    /// For the next ones; 200 when there is nothing left.
    conduct: Arc<Mutex<VecDeque<Conduct>>>,
}

impl Webhook {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, told) = mpsc::unbounded_channel();
        let conduct: Arc<Mutex<VecDeque<Conduct>>> = Arc::default();
        let script = Arc::clone(&conduct);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, script) = (sender.clone(), Arc::clone(&script));
                let service =
                    service_fn(move |request| answer(request, sender.clone(), Arc::clone(&script)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            address,
            told,
            conduct,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/told?by=chat", self.address)
    }

    /// How it will answer, one after the other.
    pub fn will(&self, conduct: &[Conduct]) {
        self.conduct.lock().unwrap().extend(conduct.iter().cloned());
    }

    /// What it is told next, as it came.
    pub async fn next_raw(&mut self) -> Told {
        let told = tokio::time::timeout(Duration::from_secs(60), self.told.recv()).await;
        told.expect("it is told something").expect("it listens")
    }

    /// What it is told next; the signature fits.
    pub async fn next(&mut self) -> Value {
        let told = self.next_raw().await;
        assert!(told.is_signed_with(SECRET));
        serde_json::from_slice(&told.body).unwrap()
    }

    /// What it is told next, in short: the type, and what the object is called or says.
    pub async fn next_words(&mut self) -> String {
        let told = self.next().await;
        let kind = told["type"].as_str().unwrap().to_owned();
        match told["object"]["content"].as_str() {
            Some(content) => {
                let content: Value = serde_json::from_str(content).unwrap();
                format!("{kind} {}", content["message"].as_str().unwrap())
            }
            None => kind,
        }
    }

    /// It has not been told anything else.
    pub fn knows_nothing_new(&mut self) {
        assert!(self.told.try_recv().is_err());
    }
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.unwrap_or_else(|| panic!("{name}")).to_str().unwrap()
    }

    pub fn is_signed_with(&self, secret: &str) -> bool {
        let random = self.header("x-nextcloud-talk-random");
        let expected = signature(secret, random, &self.body);
        self.header("x-nextcloud-talk-signature") == expected
    }
}

async fn answer(
    request: hyper::Request<hyper::body::Incoming>,
    sender: mpsc::UnboundedSender<Told>,
    script: Arc<Mutex<VecDeque<Conduct>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.method(), "POST");
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(Response::default());
    };
    let conduct = script.lock().unwrap().pop_front();
    // A story that is over listens no more.
    let _ = sender.send(Told {
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: body.to_bytes(),
    });
    let answer = Response::builder();
    let answer = match conduct {
        None => answer.body(Full::default()),
        Some(Conduct::Status(status)) => answer.status(status).body(Full::default()),
        Some(Conduct::Redirect(to)) => {
            let answer = answer.status(307).header("location", to);
            answer.body(Full::default())
        }
        Some(Conduct::Chatter) => {
            let much = vec![b'a'; 64 * 1024 * 1024];
            answer.body(Full::from(much))
        }
        Some(Conduct::Hang) => {
            std::future::pending::<()>().await;
            unreachable!()
        }
    };
    Ok(answer.unwrap())
}

/// Hex HMAC-SHA256 over a random text and what it goes with.
pub fn signature(secret: &str, random: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(random.as_bytes());
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}

/// A bot to be.
pub fn bot(url: &str, features: i64) -> NewBot {
    NewBot {
        name: "Kettle".to_owned(),
        secret: BotSecret(SECRET.to_owned()),
        url: url.to_owned(),
        description: "boils".to_owned(),
        state: BotState::Enabled,
        features: BotFeatures(features),
    }
}

/// Everything but events within the server.
pub const ALL: i64 = 11;

impl TestServer {
    /// Installs a bot, which only the command line can; its number.
    pub async fn installs(&self, bot: NewBot) -> i64 {
        self.server.chat.install_bot(bot).await.unwrap().id.0
    }

    /// A bot with all features that listens and is enabled for a conversation; it has been told so.
    pub async fn bot_in(&self, moderator: &Actor, room: &str) -> (Webhook, i64) {
        let mut webhook = Webhook::start().await;
        let id = self.installs(bot(&webhook.url(), ALL)).await;
        assert_eq!(moderator.enables(room, id).await.status, 201);
        assert_eq!(webhook.next_words().await, "Join");
        (webhook, id)
    }

    /// Switches a bot off, on or to no-setup, as the command line does.
    pub async fn sets_bot_state(&self, id: i64, state: BotState, features: Option<i64>) {
        let features = features.map(BotFeatures);
        let set = self.server.chat.set_bot_state(BotId(id), state, features);
        set.await.unwrap();
    }

    /// Enables a bot as the command line does.
    pub async fn sets_up(&self, id: i64, room: &str) {
        let token = chinwag::model::Token::parse(room).unwrap();
        let set_up = self.server.chat.set_bot_up(BotId(id), &token);
        set_up.await.unwrap();
    }

    /// What bots were told, oldest first: event, state, attempts, reason.
    pub async fn bot_log(&self) -> Vec<(String, String, i64, String)> {
        let log = self.server.chat.bot_log(None, 10_000).await.unwrap();
        let words = log.into_iter().rev();
        words
            .map(|one| {
                (
                    one.event,
                    format!("{:?}", one.state),
                    one.attempts,
                    one.reason,
                )
            })
            .collect()
    }

    /// The only bot as administrators see it, once it has failed this often.
    pub async fn after_failures(&self, count: i64) -> Value {
        loop {
            let bots = self.admin().get(&talk("/api/v1/bot/admin")).await.data();
            if bots[0]["error_count"] == count {
                return bots[0].clone();
            }
        }
    }

    /// Until nothing waits to be sent.
    pub async fn until_all_are_told(&self) {
        while self
            .bot_log()
            .await
            .iter()
            .any(|(_, state, ..)| state == "InLine" || state == "Aside")
        {
            tokio::task::yield_now().await;
        }
    }
}

impl Actor {
    /// Tries to enable a bot.
    pub async fn enables(&self, room: &str, bot: i64) -> Answer {
        let path = talk(&format!("/api/v1/bot/{room}/{bot}"));
        self.post(&path, &[]).await
    }

    /// Tries to disable a bot.
    pub async fn disables(&self, room: &str, bot: i64) -> Answer {
        let path = talk(&format!("/api/v1/bot/{room}/{bot}"));
        self.delete(&path, &[]).await
    }

    /// Tries to see the bots of a conversation.
    pub async fn bots(&self, room: &str) -> Answer {
        self.get(&talk(&format!("/api/v1/bot/{room}"))).await
    }

    /// Reacts.
    pub async fn reacts(&self, room: &str, id: i64, emoji: &str) {
        let path = talk(&format!("/api/v1/reaction/{room}/{id}"));
        let answer = self.post(&path, &[("reaction", emoji)]).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    /// Takes a reaction back.
    pub async fn unreacts(&self, room: &str, id: i64, emoji: &str) {
        let path = talk(&format!("/api/v1/reaction/{room}/{id}"));
        let answer = self.delete(&path, &[("reaction", emoji)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// What was said, newest first, without the system's words.
    pub async fn texts(&self, room: &str) -> Vec<String> {
        let rows = self.history(room).await.into_iter();
        rows.filter(|row| row["messageType"] == "comment")
            .map(|row| row["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A message of a bot, signed with its usual secret and not yet sent. `random` is filled up to 32 characters.
    pub fn says(&self, room: &str, random: &str, fields: &[(&str, &str)]) -> Request {
        let path = talk(&format!("/api/v1/bot/{room}/message"));
        self.signed("POST", &path, random, "message", fields)
    }

    /// A reaction of a bot, or with DELETE its end.
    pub fn reacts_as_bot(
        &self,
        method: &str,
        room: &str,
        id: i64,
        random: &str,
        emoji: &str,
    ) -> Request {
        let path = talk(&format!("/api/v1/bot/{room}/reaction/{id}"));
        self.signed(method, &path, random, "reaction", &[("reaction", emoji)])
    }

    fn signed(
        &self,
        method: &str,
        path: &str,
        random: &str,
        what: &str,
        fields: &[(&str, &str)],
    ) -> Request {
        let random = format!("{random:x<32}");
        let text = fields.iter().find(|(name, _)| *name == what);
        let text = text.map_or("", |(_, text)| *text);
        self.request(method, path)
            .header("x-nextcloud-talk-bot-random", &random)
            .header(
                "x-nextcloud-talk-bot-signature",
                &signature(SECRET, &random, text.as_bytes()),
            )
            .form(fields)
    }
}
