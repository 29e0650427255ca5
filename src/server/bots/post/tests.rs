//! A bot that is told over TLS: a small server on this machine, with a certificate made for the test.

use std::net::Ipv4Addr;

use http_body_util::Collected;
use hyper::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::model::bot::Delivery;
use crate::model::{BotId, BotSecret, DeliveryState};

const BODY: &str = r#"{"type":"Create"}"#;

/// What a bot was told: header and body.
type Heard = (hyper::HeaderMap, Collected<Bytes>);

/// A bot that listens, how it can be trusted, and what it hears.
struct Bot {
    port: u16,
    certificate: CertificateDer<'static>,
    heard: mpsc::Receiver<Heard>,
}

impl Bot {
    /// One whose certificate is made out to these names.
    async fn called(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, heard) = mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not trust the certificate hangs up.
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let sender = sender.clone();
                let service = service_fn(move |request| hear(request, sender.clone()));
                let stream = TokioIo::new(stream);
                let _ = server::Builder::new()
                    .serve_connection(stream, service)
                    .await;
            }
        });
        Self {
            port,
            certificate,
            heard,
        }
    }

    fn parcel(&self, host: &str) -> Parcel {
        Parcel {
            delivery: Delivery {
                id: 1,
                bot: BotId(1),
                event: "create".to_owned(),
                state: DeliveryState::InLine,
                attempts: 0,
                next_attempt_at: 0,
                created_at: 0,
                reason: String::new(),
                body: BODY.to_owned(),
            },
            url: format!("https://{host}:{}/told", self.port),
            secret: BotSecret("secret".to_owned()),
        }
    }
}

async fn hear(
    request: Request<Incoming>,
    sender: mpsc::Sender<Heard>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let _ = sender.send((parts.headers, body.collect().await?)).await;
    Ok(Response::default())
}

/// A way to bots on this machine that trusts these certificates.
fn post_trusting(certificates: Vec<CertificateDer<'static>>) -> Post {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let hosts = ["localhost", "127.0.0.1"].map(str::to_owned).to_vec();
    Post {
        tls: OnceCell::from(Arc::new(tls_trusting(roots).unwrap())),
        ..Post::new(hosts, Clock::manual())
    }
}

#[tokio::test]
async fn a_bot_is_told_over_tls_by_name_and_by_address() {
    let mut bot = Bot::called(&["localhost", "127.0.0.1"]).await;
    let post = post_trusting(vec![bot.certificate.clone()]);
    for host in ["localhost", "127.0.0.1"] {
        let sent = post.send(&bot.parcel(host), "https://chat.example/").await;

        assert!(sent.is_ok(), "{host}: {sent:?}");
        let (headers, body) = bot.heard.recv().await.unwrap();
        assert_eq!(body.to_bytes(), BODY);
        let random = headers["x-nextcloud-talk-random"].to_str().unwrap();
        let expected = sign(&BotSecret("secret".to_owned()), random, BODY.as_bytes());
        assert_eq!(
            headers["x-nextcloud-talk-signature"],
            hex::encode(expected),
            "{host}"
        );
        assert_eq!(headers["host"], format!("{host}:{}", bot.port));
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_made_out_to_somebody_else_ends_it() {
    let mut bot = Bot::called(&["bot.example"]).await;
    let other = Bot::called(&["localhost"]).await;
    let trusted = post_trusting(vec![bot.certificate.clone(), other.certificate.clone()]);
    let stranger = post_trusting(vec![other.certificate.clone()]);
    for post in [trusted, stranger] {
        let sent = post.send(&bot.parcel("localhost"), "").await;
        assert!(matches!(sent, Err(PostError::Tls(_))), "{sent:?}");
    }
    assert!(bot.heard.try_recv().is_err(), "it was told nothing");
}
