//! The pages façade: the few HTML pages that people open in a browser.
//!
//! It translates: form in, one call into `chat`, page out. Pages have no scripts and load nothing.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue, SET_COOKIE};

use crate::chat::Error;
use crate::chat::admission::Caller;
use crate::http::request::Request;
use crate::ocs::credentials::{Unknown, identify};
use crate::ocs::cx::App;
use crate::ocs::service::{Answer, Origin, bare};

mod door;
mod html;

/// Headers of every page, besides those of every answer.
const ALWAYS: [(HeaderName, HeaderValue); 2] = [
    (
        HeaderName::from_static("x-frame-options"),
        HeaderValue::from_static("DENY"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    ),
];

/// Everything that is a page.
pub struct Pages {
    pub app: Arc<App>,
}

/// Whether a path leads to a page.
pub fn is_page(path: &str) -> bool {
    door::token_text(path).is_some()
}

impl Pages {
    /// The page of a path for which `is_page` holds.
    pub async fn handle(&self, request: &Request, origin: &Origin) -> Answer {
        let chat = &self.app.chat;
        let identity = match identify(chat, request, origin.address).await {
            Ok(identity) => identity,
            Err(Unknown::Wrong) => return finish(html::refusal(StatusCode::UNAUTHORIZED)),
            Err(Unknown::Failed(error)) => return finish(refuse(&error)),
        };
        let mut answer = match self.answer(request, &identity.caller).await {
            Ok(answer) => answer,
            Err(error) => refuse(&error),
        };
        let cookie = identity
            .new_session
            .map(|session| session.write(chat.secret(), origin.secure));
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        finish(answer)
    }

    async fn answer(&self, request: &Request, caller: &Caller) -> Result<Answer, Error> {
        match door::token(&request.path) {
            Some(token) => door::answer(&self.app.chat, request, caller, &token).await,
            None => Err(Error::RoomNotFound),
        }
    }
}

fn finish(mut answer: Answer) -> Answer {
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn refuse(error: &Error) -> Answer {
    html::refusal(match error {
        Error::RoomNotFound => StatusCode::NOT_FOUND,
        Error::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Error::Store(error) if error.is_overload() => StatusCode::SERVICE_UNAVAILABLE,
        Error::InvitationVoid | Error::WrongRoomPassword => StatusCode::FORBIDDEN,
        _ => {
            tracing::error!(%error, "a page failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    })
}

/// A method that no page has.
fn wrong_method() -> Answer {
    bare(StatusCode::METHOD_NOT_ALLOWED)
}
