//! What a handler knows of its request.

use std::sync::Arc;

use hyper::header::HOST;

use super::branding::Branding;
use super::client::Agent;
use super::envelope::Version;
use super::format::Format;
use crate::chat::Chat;
use crate::chat::admission::Caller;
use crate::chat::allowance::Allowance;
use crate::chat::bot::answer::Signed;
use crate::http::request::{Origin, Request};

/// What the façades share.
pub struct App {
    pub chat: Arc<Chat>,
    /// The server's address as clients see it, without a slash at the end. `None`: as they ask.
    pub base_url: Option<String>,
    /// Hosts to which shared links may lead, besides the server's own.
    pub trusted_domains: Vec<String>,
    /// Name and colours.
    pub branding: Branding,
}

impl App {
    /// The server's address for who sent this request, without a slash at the end.
    pub fn base_url(&self, request: &Request, origin: &Origin) -> Arc<str> {
        if let Some(base_url) = &self.base_url {
            return Arc::from(base_url.as_str());
        }
        let scheme = if origin.secure { "https" } else { "http" };
        let host = request.header(HOST).filter(|host| is_host(host));
        Arc::from(format!("{scheme}://{}", host.unwrap_or("localhost")))
    }
}

/// A host, maybe with a port, that may stand in a URL: it is sent by the client and must not smuggle anything in.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // Not the colons inside of an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port != 0)
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    // `Host::parse` alone would decode what is encoded, and takes empty labels.
    let is_name = || {
        host.strip_suffix('.')
            .unwrap_or(host)
            .split('.')
            .all(is_label)
    };
    port.is_none_or(is_port)
        && (host.starts_with('[') || is_name())
        && url::Host::parse(host).is_ok()
}

/// How a client presents itself.
#[derive(Debug, Clone)]
pub struct Client {
    /// What it calls itself; empty if it does not.
    pub name: String,
    /// The name under which it logs in.
    pub login_name: String,
}

/// The context of one request.
#[derive(Clone)]
pub struct Cx {
    pub app: Arc<App>,
    pub version: Version,
    pub format: Format,
    /// `https://host`, without a slash at the end.
    pub base_url: Arc<str>,
    pub caller: Caller,
    /// What administrators allow the caller's account; visitors have no account to restrict.
    pub allowance: Allowance,
    pub agent: Agent,
    /// How the client presents itself, where that matters: not in Talk, whose requests may wait for long.
    pub client: Option<Box<Client>>,
    /// The `If-None-Match` header.
    pub if_none_match: Option<Box<str>>,
    /// The signature of a bot, where one is asked for.
    pub signed: Option<Box<Signed>>,
}

impl Cx {
    /// The domain.
    pub fn chat(&self) -> &Arc<Chat> {
        &self.app.chat
    }

    /// A number for each way in which the same answer can be written.
    pub fn slot(&self) -> usize {
        match (self.version, self.format) {
            (Version::V2, Format::Json) => 0,
            (Version::V2, Format::Xml) => 1,
            (Version::V1, Format::Json) => 2,
            (Version::V1, Format::Xml) => 3,
        }
    }

    /// Whether a shared link may lead to this host (lower case, without port).
    pub fn is_trusted_host(&self, host: &str) -> bool {
        host_of(&self.base_url) == host
            || self
                .app
                .trusted_domains
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host))
    }
}

/// The path of a base URL, without a slash at the end.
pub fn path_of(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').map_or("", |from| &rest[from..])
}

/// The host of a base URL, without scheme and port.
fn host_of(base_url: &str) -> &str {
    let authority = base_url
        .split_once("://")
        .map_or(base_url, |(_, authority)| authority);
    let authority = authority.split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        // Not the colons inside of an IPv6 address.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_host, path_of};

    #[test]
    fn a_host_is_a_name_or_an_address_and_maybe_a_port() {
        for (text, expected) in [
            ("chat.example", true),
            ("chat.example.", true),
            ("chat_server:8080", true),
            ("xn--bcher-kva.example", true),
            ("localhost", true),
            ("127.0.0.1:80", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("", false),
            (":", false),
            (":80", false),
            ("..", false),
            (".", false),
            ("a..b", false),
            (".a", false),
            ("-", false),
            ("-a.b", false),
            ("a-.b", false),
            ("a:", false),
            ("a:80:80", false),
            ("a:0", false),
            ("a:65536", false),
            ("a:+80", false),
            ("a:b", false),
            ("::1", false),
            ("[::1", false),
            ("[::1]x", false),
            ("[a]", false),
            ("256.1.1.1", false),
            ("a/b", false),
            ("a@b", false),
            ("a%62", false),
            ("a b", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }

    #[test]
    fn the_host_of_a_base_url_has_no_port() {
        for (url, host) in [
            ("https://chat.example", "chat.example"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("http://[::1]:8080", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }

    #[test]
    fn the_path_of_a_base_url_is_what_follows_the_host() {
        for (url, path) in [
            ("", ""),
            ("https://chat.example", ""),
            ("https://chat.example/talk", "/talk"),
            ("http://[::1]:8080/a/b", "/a/b"),
        ] {
            assert_eq!(path_of(url), path);
        }
    }
}
