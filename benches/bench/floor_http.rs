//! The floor of waiting: a bare hyper server that holds every GET and answers all of them with the same bytes when a POST
//! arrives. No routes, no login, no storage. The bench starts it as a process of its own, as it does with the real server.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderName;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::sync::watch;

use crate::error::Error;

/// What every answer of the floor contains, as ours contains the marker of its round.
pub const MARKER: &str = "floor-marker";
const THREADS: usize = 2;
/// As many as ours lets wait: a client that finds no place comes back only after a second.
const BACKLOG: u32 = 4_096;

/// Serves until the process is ended; every body has `body_bytes` bytes.
pub fn serve(body_bytes: usize) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(accept(Bytes::from(crate::api::text(MARKER, body_bytes))))
}

async fn accept(body: Bytes) -> Result<(), Error> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let listener = socket.listen(BACKLOG)?;
    println!("listening on http://{}", listener.local_addr()?);
    let (posted, _) = watch::channel(());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let posted = posted.clone();
        let body = body.clone();
        let service = service_fn(move |request| answer(request, posted.clone(), body.clone()));
        // The bench closes its connections without a word; that is no failure.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    request: Request<Incoming>,
    posted: watch::Sender<()>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let status = if request.method() == Method::POST {
        // Read to its end, so that the connection stays usable.
        let _ = request.into_body().collect().await;
        posted.send_replace(());
        StatusCode::CREATED
    } else {
        // Its headers are slices of the connection's read buffer: a held request would hold that memory too.
        drop(request);
        // Fails only without a sender, and this task holds one.
        let _ = posted.subscribe().changed().await;
        StatusCode::OK
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let last_given = HeaderName::from_static("x-chat-last-given");
    response.headers_mut().insert(last_given, 1.into());
    Ok(response)
}
