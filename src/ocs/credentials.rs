//! Who asks: cookie, Basic or Bearer. Source: ocs.md 4.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, COOKIE};

use super::cookie::Session;
use crate::chat::admission::Caller;
use crate::chat::grounds::{Grounds, RestOn};
use crate::chat::login::LoggedIn;
use crate::chat::{Chat, Error};
use crate::http::request::{Origin, Request};
use crate::model::User;

/// Characters of an app password of ours.
const APP_PASSWORD_CHARS: usize = 72;

/// Who asks, and the cookie to give back.
pub struct Identity {
    pub caller: Caller,
    /// What the browser's cookie says, or will say.
    pub session: Session,
    /// The session is to be set on the answer.
    pub is_new: bool,
    /// A Bearer token cannot come from a foreign page.
    pub bearer: bool,
    pub shown: Shown,
}

/// What of the account's secrets this very request showed.
pub enum Shown {
    /// A password, which is right, under the name that was sent with it.
    Secret { login: String },
    /// A cookie alone.
    Cookie,
    /// A cookie, and a password that nobody looked at.
    Unchecked(Box<(String, String)>),
}

impl Identity {
    /// The name under which the client logs in, and goes on to do so; empty for visitors.
    pub fn login_name(&self) -> &str {
        match &self.shown {
            Shown::Secret { login } => login,
            Shown::Unchecked(proof) => &proof.0,
            Shown::Cookie => {
                let login = self.session.login.as_ref();
                login.map_or("", |login| &login.typed)
            }
        }
    }

    /// Whether the account's owner showed a password lately: now by a header, or within the session.
    pub async fn is_confirmed(&self, chat: &Chat) -> Result<bool, Error> {
        let login = self.session.login.as_ref();
        if login.is_some_and(|login| login.is_confirmed(chat.clock().now())) {
            return Ok(true);
        }
        match &self.shown {
            Shown::Secret { .. } => Ok(true),
            Shown::Cookie => Ok(false),
            Shown::Unchecked(proof) => {
                let (login, secret) = &**proof;
                let found = chat.log_in(login, secret, self.caller.address).await?;
                let user = self.caller.user.as_ref();
                Ok(found
                    .zip(user)
                    .is_some_and(|(found, user)| found.user.number == user.number))
            }
        }
    }
}

/// Why there is no identity.
pub enum Unknown {
    /// Credentials were sent and are wrong: a hard 401 on every endpoint.
    Wrong,
    Failed(Error),
}

impl From<Error> for Unknown {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What an `Authorization` header holds.
enum Proof {
    Basic {
        login: String,
        secret: String,
    },
    Bearer(String),
    /// None, or one that is to be ignored.
    None,
}

/// Finds out who asks.
pub async fn identify(
    chat: &Chat,
    request: &Request,
    origin: &Origin,
) -> Result<Identity, Unknown> {
    let now = chat.clock().now();
    let seen_at = chat.moment();
    let mut cookies = request.lines(COOKIE);
    let session = cookies.find_map(|line| Session::read(line, chat.secret(), origin.secure, now));
    drop(cookies);
    let by_cookie = match &session {
        Some(Session {
            key,
            login: Some(login),
            ..
        }) => {
            let user = chat.session_user(*key, login).await?;
            user.map(|user| LoggedIn {
                user,
                stamp: login.stamp,
            })
        }
        _ => None,
    };
    let typed = session.as_ref().and_then(|session| session.login.as_ref());
    let typed = typed.map_or("", |login| login.typed.as_str());
    let is_alive = by_cookie.is_some();
    let proof = read_proof(request.header(AUTHORIZATION));
    let bearer = matches!(proof, Proof::Bearer(_));
    // Whoever asks anew without what the request showed has the session still.
    let with_secret = match is_alive {
        true => RestOn::Both,
        false => RestOn::Secret,
    };
    let (found, shown, rest_on) = match (proof, by_cookie) {
        (Proof::None, found) => (found, Shown::Cookie, RestOn::Session),
        // The session's own name: not even looked at.
        (Proof::Basic { login, secret }, Some(found)) if names(&login, &found.user, typed) => {
            let (found, rest_on) = with_app_password(chat, found, &secret).await?;
            let shown = Shown::Unchecked(Box::new((login, secret)));
            (Some(found), shown, rest_on)
        }
        // Quirk: foreign-basic-header.
        (Proof::Basic { login, secret }, by_cookie) => {
            match chat.log_in(&login, &secret, origin.address).await? {
                Some(found) => (Some(found), Shown::Secret { login }, with_secret),
                // A session stays what it is, whatever else is claimed.
                None if by_cookie.is_some() => (by_cookie, Shown::Cookie, RestOn::Session),
                None => return Err(Unknown::Wrong),
            }
        }
        (Proof::Bearer(secret), by_cookie) => match chat.log_in_by_token(&secret).await? {
            Some(found) if !found.user.enabled => return Err(Unknown::Wrong),
            Some(found) => {
                let login = found.user.id.as_str().to_owned();
                (Some(found), Shown::Secret { login }, with_secret)
            }
            None => (by_cookie, Shown::Cookie, RestOn::Session),
        },
    };
    let session = session.filter(|session| fits(session, is_alive, found.as_ref()));
    let (session, is_new) = match (session, &found) {
        (Some(session), _) if session.is_ageing(now) => (
            Session {
                issued_at: now,
                ..session
            },
            true,
        ),
        (Some(session), _) => (session, false),
        // Quirk: basic-session.
        (None, Some(found)) => {
            let name = match &shown {
                Shown::Secret { login } => login,
                Shown::Cookie | Shown::Unchecked(_) => found.user.id.as_str(),
            };
            (Session::logged_in(found, name, now), true)
        }
        (None, None) => (Session::new(now), true),
    };
    Ok(Identity {
        caller: Caller {
            grounds: found.as_ref().map(|found| {
                Arc::new(Grounds {
                    stamp: found.stamp,
                    rest_on,
                    seen_at,
                })
            }),
            user: found.map(|found| found.user),
            cookie: session.key,
            address: origin.address,
        },
        session,
        is_new,
        bearer,
        shown,
    })
}

/// Nobody, whatever they claim.
pub fn anonymous(chat: &Chat, address: IpAddr) -> Identity {
    let session = Session::new(chat.clock().now());
    Identity {
        caller: Caller {
            user: None,
            grounds: None,
            cookie: session.key,
            address,
        },
        session,
        is_new: true,
        bearer: false,
        shown: Shown::Cookie,
    }
}

/// Whether the browser's session is this account's: alive if it is anybody's.
fn fits(session: &Session, is_alive: bool, found: Option<&LoggedIn>) -> bool {
    match (&session.login, found) {
        (None, None) => true,
        (Some(login), Some(found)) => is_alive && login.stamp.number == found.user.number,
        _ => false,
    }
}

fn names(login: &str, user: &Arc<User>, typed: &str) -> bool {
    login.eq_ignore_ascii_case(user.id.as_str()) || login.eq_ignore_ascii_case(typed)
}

/// A client that got its app password in a session begun by something else uses that from then on.
///
/// Quirk: app-password-in-session.
async fn with_app_password(
    chat: &Chat,
    found: LoggedIn,
    secret: &str,
) -> Result<(LoggedIn, RestOn), Error> {
    if secret.len() != APP_PASSWORD_CHARS {
        return Ok((found, RestOn::Both));
    }
    // Nearly all clients: the one with which the session began.
    if chat.is_secret_of(&found, secret).await? {
        return Ok((found, RestOn::Secret));
    }
    let stamp = chat.find_app_password(&found.user, secret).await?;
    let stamp = stamp.unwrap_or(found.stamp);
    Ok((LoggedIn { stamp, ..found }, RestOn::Both))
}

fn read_proof(header: Option<&str>) -> Proof {
    let Some(header) = header else {
        return Proof::None;
    };
    if let Some(token) = header.strip_prefix("Bearer ") {
        return Proof::Bearer(token.trim().to_owned());
    }
    let Some((scheme, value)) = header.split_once(' ') else {
        return Proof::None;
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Proof::None;
    }
    let decoded = STANDARD.decode(value.trim());
    let Some(text) = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Proof::None;
    };
    match text.split_once(':') {
        Some((login, secret)) if !login.is_empty() && !secret.is_empty() => Proof::Basic {
            login: login.to_owned(),
            secret: secret.to_owned(),
        },
        _ => Proof::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_prove_nothing_are_ignored() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let kind = |header: &str| match read_proof(Some(header)) {
            Proof::Basic { login, secret } => format!("{login}|{secret}"),
            Proof::Bearer(token) => format!("bearer {token}"),
            Proof::None => "none".to_owned(),
        };
        for (header, expected) in [
            (basic("alice:pass:word"), "alice|pass:word"),
            (basic("alice:x").replace("Basic", "bAsIc"), "alice|x"),
            (basic(":x"), "none"),
            (basic("alice:"), "none"),
            (basic("alice"), "none"),
            ("Basic %%%".to_owned(), "none"),
            ("Bearer abc".to_owned(), "bearer abc"),
            ("bearer abc".to_owned(), "none"),
        ] {
            assert_eq!(kind(&header), expected, "{header}");
        }
    }
}
