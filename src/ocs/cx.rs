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

/// A host that may stand in a URL: it is sent by the client and must not smuggle anything in.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
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
    /// What the client calls itself, where that matters: not in Talk, whose requests may wait for long.
    pub client_name: Option<Box<str>>,
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
    use super::{host_of, path_of};

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
