//! The player's HTTP client: one connection and one cookie jar for each actor, plain HTTP/1.1.
//!
//! It knows the headers and credentials that every recorded request carries, and nothing of transcripts.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{COOKIE, HOST, HeaderName, HeaderValue, SET_COOKIE};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Who sends a request; `None` is a visitor without credentials, who has cookies all the same.
pub type Actor = Option<String>;

/// Headers that every request carries unless it brings its own.
const DEFAULT_HEADERS: [(&str, &str); 3] = [
    ("ocs-apirequest", "true"),
    ("accept", "application/json"),
    ("user-agent", "talk-conformance/1"),
];

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub actor: Actor,
    /// Sent as Basic auth with the actor's name.
    pub password: Option<String>,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the base URL must look like http://host:port")]
    BaseUrl,
    #[error("no connection: {0}")]
    Connect(#[from] io::Error),
    #[error("no valid request: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("no answer: {0}")]
    Http(#[from] hyper::Error),
}

/// Cookies and open connections of all actors.
#[derive(Debug)]
pub struct Client {
    /// `host:port`.
    authority: String,
    /// What stands before every path, without a slash at its end.
    prefix: String,
    connections: HashMap<Actor, SendRequest<Full<Bytes>>>,
    jars: HashMap<Actor, Jar>,
}

/// A request that is on its way: send it with `answer`, and give the reply to `Client::keep`.
#[derive(Debug)]
pub struct Prepared {
    actor: Actor,
    request: hyper::Request<Full<Bytes>>,
    authority: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// A reply, and what the client needs back.
#[derive(Debug)]
pub struct Answered {
    pub reply: Reply,
    actor: Actor,
    connection: SendRequest<Full<Bytes>>,
}

impl Client {
    /// A client for the server at `base_url`, such as `http://127.0.0.1:8080`.
    pub fn new(base_url: &str) -> Result<Client, ClientError> {
        let rest = base_url
            .strip_prefix("http://")
            .ok_or(ClientError::BaseUrl)?;
        let (host, prefix) = rest
            .find('/')
            .map_or((rest, ""), |slash| rest.split_at(slash));
        let authority = match host.rsplit_once(':') {
            _ if host.is_empty() => return Err(ClientError::BaseUrl),
            Some((_, port)) if port.parse::<u16>().is_ok() => host.to_owned(),
            _ => format!("{host}:80"),
        };
        Ok(Client {
            authority,
            prefix: prefix.trim_end_matches('/').to_owned(),
            connections: HashMap::new(),
            jars: HashMap::new(),
        })
    }

    /// Add headers, credentials and cookies to `request`, and take the actor's connection for it.
    pub fn prepare(&mut self, request: Request) -> Result<Prepared, ClientError> {
        let mut built = hyper::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.prefix, request.path))
            .body(Full::new(Bytes::from(request.body)))?;
        let headers = built.headers_mut();
        headers.insert(HOST, value(&self.authority)?);
        for (name, text) in DEFAULT_HEADERS {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(text),
            );
        }
        if let (Some(name), Some(password)) = (&request.actor, &request.password) {
            let credentials = BASE64.encode(format!("{name}:{password}"));
            headers.insert(
                hyper::header::AUTHORIZATION,
                value(&format!("Basic {credentials}"))?,
            );
        }
        if let Some(cookies) = self.jars.get(&request.actor).and_then(Jar::header) {
            headers.insert(COOKIE, value(&cookies)?);
        }
        for (name, text) in &request.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(hyper::http::Error::from)?;
            headers.insert(name, value(text)?);
        }
        Ok(Prepared {
            connection: self
                .connections
                .remove(&request.actor)
                .filter(|connection| !connection.is_closed()),
            actor: request.actor,
            request: built,
            authority: self.authority.clone(),
        })
    }

    /// Keep the cookies that came with an answer, and its connection for the next request.
    pub fn keep(&mut self, answered: Answered) -> Reply {
        let jar = self.jars.entry(answered.actor.clone()).or_default();
        for header in answered.reply.headers.get_all(SET_COOKIE) {
            if let Ok(text) = header.to_str() {
                jar.take(text, Utc::now());
            }
        }
        self.connections.insert(answered.actor, answered.connection);
        answered.reply
    }
}

impl Prepared {
    /// Send the request and read its answer. `written` is notified when the request has left.
    pub async fn answer(self, written: Option<Arc<Notify>>) -> Result<Answered, ClientError> {
        // A connection that reports its writing is a fresh one: it is the stream that tells.
        let connection = self.connection.filter(|_| written.is_none());
        let Some(mut connection) = connection else {
            return fresh(self.actor, self.request, &self.authority, written).await;
        };
        if connection.ready().await.is_err() {
            return fresh(self.actor, self.request, &self.authority, written).await;
        }
        let again = self.request.clone();
        match exchange(&mut connection, self.request).await {
            Ok(reply) => Ok(Answered {
                reply,
                actor: self.actor,
                connection,
            }),
            // The server closed the idle connection before it saw the request.
            Err(error) if error.is_canceled() => {
                fresh(self.actor, again, &self.authority, written).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn fresh(
    actor: Actor,
    request: hyper::Request<Full<Bytes>>,
    authority: &str,
    written: Option<Arc<Notify>>,
) -> Result<Answered, ClientError> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let stream = TokioIo::new(Watched {
        stream,
        written,
        dirty: false,
    });
    let (mut connection, driver) = http1::handshake(stream).await?;
    // Ends by itself when the connection is dropped or closed.
    tokio::spawn(async move {
        let _closed = driver.await;
    });
    let reply = exchange(&mut connection, request).await?;
    Ok(Answered {
        reply,
        actor,
        connection,
    })
}

async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: hyper::Request<Full<Bytes>>,
) -> Result<Reply, hyper::Error> {
    let response = connection.send_request(request).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    })
}

fn value(text: &str) -> Result<HeaderValue, hyper::http::Error> {
    Ok(HeaderValue::try_from(text)?)
}

/// Cookies of one actor. Paths and domains do not matter here.
#[derive(Debug, Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Keep or delete the cookie of one `Set-Cookie` header.
    fn take(&mut self, header: &str, now: DateTime<Utc>) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let attributes: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let attribute = |name: &str| {
            let found = attributes
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| *value)
        };
        let max_age = attribute("max-age").and_then(|text| text.parse::<i64>().ok());
        let gone = match max_age {
            Some(secs) => secs <= 0,
            None => attribute("expires")
                .and_then(date)
                .is_some_and(|end| end <= now),
        };
        match gone {
            true => self.0.remove(name),
            false => self.0.insert(name.to_owned(), value.to_owned()),
        };
    }

    fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// A cookie's date, in the new form or the old one with hyphens.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let plain = text.replace('-', " ");
    DateTime::parse_from_rfc2822(&plain)
        .ok()
        .map(|date| date.to_utc())
}

/// A TCP stream that tells when what was written to it has been handed over.
struct Watched {
    stream: TcpStream,
    written: Option<Arc<Notify>>,
    dirty: bool,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.dirty = true;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready()
            && self.dirty
            && let Some(written) = &self.written
        {
            written.notify_one();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_keeps_and_deletes_cookies() {
        let mut jar = Jar::default();
        let now = Utc::now();
        for header in [
            "a=1; Path=/; HttpOnly",
            "b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
            "c=3; Max-Age=60",
            "nonsense",
        ] {
            jar.take(header, now);
        }
        assert_eq!(jar.header().as_deref(), Some("a=1; b=2; c=3"));
        jar.take(
            "a=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/",
            now,
        );
        jar.take("c=; max-age=0", now);
        assert_eq!(jar.header().as_deref(), Some("b=2"));
    }

    #[test]
    fn a_base_url_has_a_host_and_perhaps_a_port_and_a_prefix() {
        let cases = [
            ("http://127.0.0.1:8080", Some(("127.0.0.1:8080", ""))),
            ("http://localhost/", Some(("localhost:80", ""))),
            ("http://localhost/cloud/", Some(("localhost:80", "/cloud"))),
            ("https://localhost", None),
            ("http://", None),
        ];
        for (url, expected) in cases {
            let client = Client::new(url).ok();
            let found = client
                .as_ref()
                .map(|client| (client.authority.as_str(), client.prefix.as_str()));
            assert_eq!(found, expected, "{url}");
        }
    }
}
