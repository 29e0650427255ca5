//! Who asks: cookie, Basic or Bearer. Source: ocs.md 4.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, COOKIE};

use super::cookie::Session;
use crate::chat::admission::Caller;
use crate::chat::{Chat, Error};
use crate::http::request::Request;
use crate::model::User;

/// Who asks, and the cookie to give back.
pub struct Identity {
    pub caller: Caller,
    /// What the browser's cookie says, or will say.
    pub session: Session,
    /// The session is to be set on the answer.
    pub is_new: bool,
    /// A Bearer token cannot come from a foreign page.
    pub bearer: bool,
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
    address: IpAddr,
) -> Result<Identity, Unknown> {
    let now = chat.clock().now();
    let session = request
        .header(COOKIE)
        .and_then(|header| Session::read(header, chat.secret(), now));
    let session_user = match session.as_ref().and_then(|session| session.login.as_ref()) {
        Some((id, stamp)) => chat
            .user(id)
            .await?
            .filter(|user| user.enabled && user.login_stamp() == *stamp),
        None => None,
    };
    let proof = read_proof(request.header(AUTHORIZATION));
    let bearer = matches!(proof, Proof::Bearer(_));
    let secret = match &proof {
        // Only there it is asked for by which app password a request is made.
        Proof::Basic { secret, .. } | Proof::Bearer(secret)
            if request.path.ends_with("/api/v2/push") =>
        {
            Some(secret.clone())
        }
        Proof::Basic { .. } | Proof::Bearer(_) | Proof::None => None,
    };
    let user = match (proof, session_user) {
        (Proof::None, user) => user,
        // The session's own name: not even looked at.
        (Proof::Basic { login, .. }, Some(user)) if names(&login, &user) => Some(user),
        // Quirk: foreign-basic-header.
        (Proof::Basic { login, secret }, session_user) => {
            match chat.log_in(&login, &secret, address).await? {
                Some(user) => Some(user),
                // A session stays what it is, whatever else is claimed.
                None if session_user.is_some() => session_user,
                None => return Err(Unknown::Wrong),
            }
        }
        (Proof::Bearer(secret), session_user) => match chat.log_in_by_token(&secret).await? {
            Some(user) if !user.enabled => return Err(Unknown::Wrong),
            known => known.or(session_user),
        },
    };
    let app_password = match user.as_deref().zip(secret) {
        Some((user, secret)) => chat.app_password_of(user, &secret).await?,
        None => None,
    };
    let (session, fresh) = fitting_session(session, user.as_deref(), now);
    Ok(Identity {
        caller: Caller {
            user,
            app_password,
            cookie: session.key,
            address,
        },
        session,
        is_new: fresh,
        bearer,
    })
}

/// Nobody, whatever they claim.
pub fn anonymous(chat: &Chat, address: IpAddr) -> Identity {
    let session = Session::new(chat.clock().now());
    Identity {
        caller: Caller {
            user: None,
            app_password: None,
            cookie: session.key,
            address,
        },
        session,
        is_new: true,
        bearer: false,
    }
}

/// The browser's session if it belongs to this account, else a new one.
fn fitting_session(session: Option<Session>, user: Option<&User>, now: i64) -> (Session, bool) {
    let fits = |session: &Session| match (&session.login, user) {
        (None, None) => true,
        (Some((_, stamp)), Some(user)) => *stamp == user.login_stamp(),
        _ => false,
    };
    match (session.filter(fits), user) {
        (Some(session), _) if session.is_ageing(now) => (
            Session {
                issued_at: now,
                ..session
            },
            true,
        ),
        (Some(session), _) => (session, false),
        // Quirk: basic-session.
        (None, Some(user)) => (Session::logged_in(user, now), true),
        (None, None) => (Session::new(now), true),
    }
}

fn names(login: &str, user: &Arc<User>) -> bool {
    login.eq_ignore_ascii_case(user.id.as_str())
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
