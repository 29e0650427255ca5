//! One signed HTTP request to a bot, within narrow limits of time and size. Source: chat-extras.md 4.3.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use url::{Position, Url};

use super::guard::{Guard, NoWay};
use crate::chat::Clock;
use crate::chat::bot::answer::sign;
use crate::chat::bot::delivery::Parcel;
use crate::model::ids::random_delivery;

/// How long a bot may take, from looking up its name to the last byte of its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer's head, and of its body, that are read; of the body nothing is used.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Why a bot could not be told.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("not a URL")]
    NotAUrl,
    #[error(transparent)]
    NoWay(#[from] NoWay),
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    #[error("no TLS: {0}")]
    Tls(String),
    #[error("no HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("cannot be asked: {0}")]
    Unaskable(#[from] hyper::http::Error),
    #[error("UnexpectedStatusCode: {}", .0.as_u16())]
    Status(StatusCode),
}

impl From<InvalidDnsNameError> for PostError {
    fn from(error: InvalidDnsNameError) -> Self {
        Self::Tls(error.to_string())
    }
}

/// The way to bots.
pub struct Post {
    guard: Guard,
    clock: Clock,
    /// Made for the first bot that wants it: it reads the machine's certificates.
    tls: OnceCell<Arc<ClientConfig>>,
}

impl Post {
    /// Bots at `hosts` may have an address that is not public.
    pub fn new(hosts: Vec<String>, clock: Clock) -> Self {
        Self {
            guard: Guard::new(hosts),
            clock,
            tls: OnceCell::new(),
        }
    }

    /// Sends a parcel. Errors: why the bot did not take it in time.
    pub async fn send(&self, parcel: &Parcel, backend: &str) -> Result<(), PostError> {
        let deadline = self.clock.deadline(PATIENCE);
        tokio::select! {
            result = self.exchange(parcel, backend) => result,
            () = self.clock.until(deadline) => Err(PostError::TooSlow),
        }
    }

    async fn exchange(&self, parcel: &Parcel, backend: &str) -> Result<(), PostError> {
        let url = Url::parse(&parcel.url).map_err(|_| PostError::NotAUrl)?;
        let request = signed(&url, parcel, backend)?;
        let stream = connect(&self.guard.ways(&url).await?).await?;
        let status = if url.scheme() == "https" {
            let name = match url.host() {
                Some(url::Host::Domain(domain)) => {
                    ServerName::try_from(domain.trim_end_matches('.').to_owned())?
                }
                Some(url::Host::Ipv4(address)) => ServerName::from(std::net::IpAddr::from(address)),
                Some(url::Host::Ipv6(address)) => ServerName::from(std::net::IpAddr::from(address)),
                None => return Err(PostError::NotAUrl),
            };
            let connector = TlsConnector::from(self.tls().await?);
            let stream = connector.connect(name, stream).await;
            ask(
                stream.map_err(|error| PostError::Tls(error.to_string()))?,
                request,
            )
            .await?
        } else {
            ask(stream, request).await?
        };
        match status {
            StatusCode::OK | StatusCode::ACCEPTED => Ok(()),
            // A redirect as well: where it leads nobody has looked at.
            other => Err(PostError::Status(other)),
        }
    }

    async fn tls(&self) -> Result<Arc<ClientConfig>, PostError> {
        let made = self.tls.get_or_try_init(|| async {
            let made = tokio::task::spawn_blocking(|| tls_trusting(roots_of_this_machine())).await;
            let made = made.map_err(|error| PostError::Tls(error.to_string()))?;
            made.map(Arc::new)
                .map_err(|error| PostError::Tls(error.to_string()))
        });
        made.await.cloned()
    }
}

fn roots_of_this_machine() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // Those that cannot be read are missing; without any, no bot's certificate is trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn tls_trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn connect(ways: &[std::net::SocketAddr]) -> Result<TcpStream, PostError> {
    // One after the other.
    TcpStream::connect(ways).await.map_err(PostError::Connect)
}

fn signed(url: &Url, parcel: &Parcel, backend: &str) -> Result<Request<Full<Bytes>>, PostError> {
    let (random, body) = (random_delivery(), &parcel.delivery.body);
    let signature = hex::encode(sign(&parcel.secret, &random, body.as_bytes()));
    Ok(
        Request::post(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Nextcloud Server Crawler")
            .header(CONNECTION, "close")
            .header("OCS-APIRequest", "true")
            .header("X-Nextcloud-Talk-Random", random)
            .header("X-Nextcloud-Talk-Signature", signature)
            .header("X-Nextcloud-Talk-Backend", backend)
            .body(Full::from(body.clone()))?,
    )
}

async fn ask<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, PostError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_ANSWER_BYTES)
        .handshake(TokioIo::new(stream))
        .await?;
    let exchange = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        // Read so that an ordinary bot can finish what it says; whatever is wrong with it does not matter.
        let _ = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await;
        Ok(status)
    };
    tokio::pin!(connection);
    tokio::pin!(exchange);
    // Both in this task, so that whoever gives up on it closes the connection.
    tokio::select! {
        status = &mut exchange => status,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await,
            Err(error) => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests;
