//! The accept loop: connections, limits, graceful stop. Puts the layers together.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::chat::mail::{LinksInLog, Mailer};
use crate::chat::{Chat, Clock, Error, Limits};
use crate::config::Config;
use crate::http::request::{Intake, Origin, Request, Unreadable};
use crate::http::router::Router;
use crate::model::ids::next_request_id;
use crate::ocs::Routes;
use crate::ocs::branding::Branding;
use crate::ocs::cx::App;
use crate::ocs::routes::Row;
use crate::ocs::service::{Answer, Service, bare, ocs_base};
use crate::pages::{self, Pages};
use crate::store::StoreError;
use crate::store::sqlite::{Durability, SqliteStore};
use crate::{cloud, talk};

use bots::Courier;
use logo::LogoError;
use mail::{MailError, SmtpMailer};

pub mod bots;
mod compress;
mod demo;
mod logo;
pub mod mail;
pub mod openapi;
pub mod throwaway;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Headers that every answer carries.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static(
            "default-src 'none';base-uri 'none';manifest-src 'self';frame-ancestors 'none'",
        ),
    ),
    (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    ),
];
/// Bytes that a request's head may have, and that a connection buffers at most.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How often what is over is ended.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// Connections that may wait to be accepted, if the system lets them. All clients come at once after a restart; whoever
/// finds no place here tries again only after a second, then two, then four.
const BACKLOG: u32 = 4_096;
/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long running requests may take to finish when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error(transparent)]
    Logo(#[from] LogoError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Domain(#[from] Error),
}

/// Everything that answers requests.
pub struct Server {
    service: Service,
    pages: Pages,
    options: Options,
}

/// What concerns connections.
#[derive(Debug, Clone)]
pub struct Options {
    pub max_connections: usize,
    pub intake: Intake,
    pub header_timeout: Duration,
    /// Networks whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<crate::model::Network>,
}

/// Run until `shutdown` is ready, then let running requests finish.
///
/// Prints `listening on http://ADDR` once the server accepts.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    let logo = config.logo.as_deref().map(logo::read).transpose()?;
    let (name, slogan) = (config.name.clone(), config.slogan.clone());
    let branding = Branding::new(name, slogan, config.color, logo);
    let smtp = SmtpMailer::of(&config, Clock::system())?;
    let mailer: Arc<dyn Mailer> = match &smtp {
        Some(smtp) => Arc::clone(smtp) as Arc<dyn Mailer>,
        None => Arc::new(LinksInLog),
    };
    let chat = open_chat(
        &config.data,
        config.durability,
        config.readers,
        Clock::system(),
        config.limits(),
        mailer,
    )
    .await?;
    if let Some(password) = chat.ensure_admin(config.admin_password.clone()).await? {
        println!("created the account admin with the password {password}");
    }
    let listener = listen(config.listen).map_err(|error| ServeError::Listen {
        address: config.listen,
        error,
    })?;
    let address = listener.local_addr().unwrap_or(config.listen);
    if config.demo {
        demo::prepare(&chat, address).await?;
    }
    match &config.base_url {
        Some(base_url) => chat.set_address(base_url),
        None => {
            chat.set_address(&format!("http://{address}"));
            if !chat.bots().await?.is_empty() {
                tracing::warn!(
                    "base-url is not set: bots are told that this is {}",
                    chat.backend()
                );
            }
        }
    }
    let app = App {
        chat: Arc::clone(&chat),
        base_url: config.base_url.clone(),
        trusted_domains: config.trusted_domains.clone(),
        branding,
    };
    let options = Options {
        max_connections: config.max_connections,
        intake: Intake::new(config.max_body_bytes),
        header_timeout: Duration::from_secs(config.header_timeout_secs),
        trusted_proxies: config.trusted_proxies.clone(),
    };
    println!("listening on http://{address}");
    let courier = Courier::start(Arc::clone(&chat), config.bot_hosts.clone());
    let housekeeper = tokio::spawn(keep_house(Arc::clone(&chat)));
    let indexer = tokio::spawn(keep_index(Arc::clone(&chat)));
    let sender = tokio::spawn(send_scheduled(Arc::clone(&chat)));
    Server::new(app, options).serve(listener, shutdown).await;
    housekeeper.abort();
    indexer.abort();
    sender.abort();
    courier.close(STOP_PATIENCE).await;
    chat.close().await;
    if let Some(smtp) = smtp {
        smtp.close(STOP_PATIENCE).await;
    }
    Ok(())
}

/// Ends once a minute what is over; until it is aborted, which undoes no more than one step.
async fn keep_house(chat: Arc<Chat>) {
    // Who was not told before the end of the last run does not wait for the first minute.
    chat.tell_the_rest().await;
    loop {
        let clock = chat.clock();
        clock.until(clock.deadline(TIDY_EVERY)).await;
        // What failed is logged, and tried again.
        let _ = chat.tidy().await;
    }
}

/// Brings the index of texts up to date once a minute, and after the start, which may take long; until it is aborted, which
/// undoes no more than one batch.
async fn keep_index(chat: Arc<Chat>) {
    loop {
        if let Err(error) = chat.index_texts().await {
            tracing::error!(%error, "the index of texts could not be brought up to date");
        }
        let clock = chat.clock();
        clock.until(clock.deadline(TIDY_EVERY)).await;
    }
}

/// Sends scheduled messages in their second; until it is aborted, which undoes no more than one.
async fn send_scheduled(chat: Arc<Chat>) {
    loop {
        let next = chat.send_due().await;
        let wait = match &next {
            Ok(Some(at)) => (at - chat.clock().now()).clamp(1, 3600),
            Ok(None) => 3600,
            Err(error) => {
                tracing::error!(%error, "scheduled messages could not be sent");
                60
            }
        };
        let wait = Duration::from_secs(u64::try_from(wait).unwrap_or(60));
        let clock = chat.clock();
        tokio::select! {
            () = clock.until(clock.deadline(wait)) => {}
            () = chat.schedule_changed() => {}
        }
    }
}

/// Ready to accept at `address`.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As `TcpListener::bind` does: a restart does not wait for the connections of before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The domain over the database in `data`.
pub async fn open_chat(
    data: &Path,
    durability: Durability,
    readers: u32,
    clock: Clock,
    limits: Limits,
    mailer: Arc<dyn Mailer>,
) -> Result<Arc<Chat>, ServeError> {
    let store = SqliteStore::open(data, durability, readers)?;
    Ok(Chat::open(Arc::new(store), clock, limits, mailer).await?)
}

/// All rows below the OCS bases.
fn rows() -> Router<Row> {
    let mut routes = Routes::default();
    talk::routes(&mut routes);
    cloud::routes(&mut routes);
    routes.into_router()
}

impl Server {
    /// All façades over one domain.
    pub fn new(app: App, options: Options) -> Self {
        let app = Arc::new(app);
        Self {
            pages: Pages::new(Arc::clone(&app), openapi::document),
            service: Service {
                app,
                router: rows(),
            },
            options,
        }
    }

    /// Accept connections until `shutdown`, then answer who waits and finish what runs.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let server = Arc::new(self);
        let places = Arc::new(Semaphore::new(server.options.max_connections));
        let (stop, stopping) = watch::channel(false);
        tokio::pin!(shutdown);
        loop {
            // Whoever finds no place waits in the listener's backlog.
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = &mut shutdown => break,
            };
            let Ok(place) = place else { break };
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of descriptors, mostly: one may be free in a moment.
                        tracing::warn!(%error, "a connection could not be accepted");
                        let clock = server.service.app.chat.clock();
                        clock.until(clock.deadline(ACCEPT_PAUSE)).await;
                        continue;
                    }
                },
                () = &mut shutdown => break,
            };
            let (server, stopping) = (Arc::clone(&server), stopping.clone());
            tokio::spawn(async move {
                server.connection(stream, peer.ip(), stopping).await;
                drop(place);
            });
        }
        drop(listener);
        tracing::info!("stopping");
        server.service.app.chat.stop_waiting();
        // Every connection holds a receiver and ends when it has nothing to do.
        let _ = stop.send(true);
        drop(stopping);
        if tokio::time::timeout(STOP_PATIENCE, stop.closed())
            .await
            .is_err()
        {
            tracing::warn!("some requests did not finish in time");
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        mut stopping: watch::Receiver<bool>,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no delay");
        }
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.options.header_timeout)
            .max_buf_size(MAX_HEAD_BYTES)
            .keep_alive(true);
        let server = Arc::clone(&self);
        let service = service_fn(move |request| {
            let server = Arc::clone(&server);
            // On the heap: a connection that waits for its next request is small.
            Box::pin(async move { Ok::<_, Infallible>(server.answer(request, peer).await) })
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            result = connection.as_mut() => Some(result),
            _ = stopping.changed() => None,
        };
        let result = match ended {
            Some(result) => result,
            None => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            // A client that went away, mostly.
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn answer(&self, request: hyper::Request<Incoming>, peer: IpAddr) -> Answer {
        let id = next_request_id();
        let method = request.method().clone();
        let started = self.service.app.chat.clock().now_millis();
        let gzip = compress::is_wanted(request.headers());
        let read = Box::pin(Request::read(request, peer, &self.options.intake)).await;
        let mut answer = match read.map(Box::new) {
            // Who stands in front of us may have read the other one. Source: RFC 9112, 3.2.
            Ok(request) if request.lines(HOST).count() > 1 => bare(StatusCode::BAD_REQUEST),
            Ok(request) => {
                let origin = self.origin(&request);
                match ocs_base(&request.path) {
                    Some(below) => {
                        let answer = self.service.handle(request, below, &origin).await;
                        Box::pin(compress::compress(answer, gzip)).await
                    }
                    None => {
                        let is_description = pages::is_description(&request.path);
                        let answer = Box::pin(self.pages.handle(request, &origin)).await;
                        match is_description {
                            true => Box::pin(compress::compress(answer, gzip)).await,
                            false => answer,
                        }
                    }
                }
            }
            Err(Unreadable::TooLarge) => bare(StatusCode::PAYLOAD_TOO_LARGE),
            Err(Unreadable::NoRoom) => bare(StatusCode::SERVICE_UNAVAILABLE),
            Err(Unreadable::TooSlow) => bare(StatusCode::REQUEST_TIMEOUT),
            Err(Unreadable::Malformed) => bare(StatusCode::BAD_REQUEST),
        };
        if method == Method::HEAD {
            strip_body(&mut answer);
        }
        let headers = answer.headers_mut();
        headers.reserve(ALWAYS.len() + 1);
        for (name, value) in ALWAYS {
            // A page says itself what it needs.
            headers.entry(name).or_insert(value);
        }
        if answer.status().is_server_error() {
            // What went wrong was said where it happened; this tells which request it was.
            tracing::warn!(request.id = id, %method, status = answer.status().as_u16(), "refused");
        }
        tracing::debug!(
            request.id = id,
            %method,
            status = answer.status().as_u16(),
            duration_ms = self.service.app.chat.clock().now_millis() - started,
            "answered"
        );
        if let Ok(id) = HeaderValue::try_from(id) {
            answer.headers_mut().insert(X_REQUEST_ID, id);
        }
        answer
    }

    /// Who asks, as told by a proxy if that may be believed.
    fn origin(&self, request: &Request) -> Origin {
        let trusted = |address: IpAddr| {
            let mut networks = self.options.trusted_proxies.iter();
            networks.any(|network| network.contains(address))
        };
        // The operator knows, even if the proxy does not tell.
        let base_url = self.service.app.base_url.as_deref();
        let over_tls = base_url.is_some_and(|url| url.starts_with("https://"));
        let direct = Origin {
            address: request.peer,
            secure: over_tls,
        };
        if !trusted(request.peer) {
            return direct;
        }
        let header = |name: &'static str| request.header(HeaderName::from_static(name));
        let forwarded = header("x-forwarded-for").unwrap_or_default();
        // The last address that is not itself a trusted proxy; those before it anybody can claim.
        let address = forwarded
            .rsplit(',')
            .filter_map(|part| part.trim().parse().ok())
            .find(|address| !trusted(*address));
        Origin {
            address: address.unwrap_or(request.peer),
            secure: over_tls || header("x-forwarded-proto") == Some("https"),
        }
    }
}

/// HEAD has the headers of GET, length included, and no body.
fn strip_body(answer: &mut Answer) {
    use hyper::body::Body;
    let length = answer.body().size_hint().exact().unwrap_or(0);
    let has_none = [StatusCode::NOT_MODIFIED, StatusCode::NO_CONTENT];
    if !has_none.contains(&answer.status()) {
        answer
            .headers_mut()
            .insert(hyper::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *answer.body_mut() = http_body_util::Full::default();
}
