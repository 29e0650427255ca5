//! What a page knows of its request, and what it answers.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};

use crate::chat::Chat;
use crate::chat::admission::Caller;
use crate::http::form::Fields;
use crate::http::request::{Origin, Request};
use crate::ocs::cookie::Session;
use crate::ocs::cx::{App, path_of};
use crate::ocs::openapi::Document;
use crate::ocs::request_token;
use crate::ocs::service::{Answer, bare};

/// The context of one request.
pub struct PageCx {
    pub app: Arc<App>,
    /// `https://host`, without a slash at the end.
    pub base_url: Arc<str>,
    pub origin: Origin,
    pub caller: Caller,
    /// What the browser's cookie says, or will say.
    pub session: Session,
    /// What this server answers.
    pub document: fn() -> &'static Document,
    pub fields: Fields,
    pub request: Box<Request>,
}

impl PageCx {
    /// The domain.
    pub fn chat(&self) -> &Arc<Chat> {
        &self.app.chat
    }

    /// A parameter as text; empty if it is missing or none.
    pub fn text(&self, name: &str) -> String {
        self.fields.text(name).unwrap_or_default()
    }

    /// A path of this server as a browser must ask for it: a proxy may have put the server below another one.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", path_of(&self.base_url))
    }

    /// What proves that a request comes from a page of this session.
    pub fn request_token(&self) -> String {
        request_token::issue(self.chat().secret(), self.session.key)
    }

    /// 303 to a path of this server.
    pub fn see_other(&self, path: &str) -> Answer {
        redirect(StatusCode::SEE_OTHER, &format!("{}{path}", self.base_url))
    }
}

/// An answer that leads elsewhere. An address that cannot be one leads nowhere.
pub fn redirect(status: StatusCode, location: &str) -> Answer {
    let mut answer = bare(status);
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

/// What a page answers.
pub struct Shown {
    pub answer: Answer,
    /// The session that the browser has from now on; `None`: the one that it had.
    pub session: Option<Session>,
}

impl Shown {
    /// An answer with which another session begins.
    pub fn with_session(answer: Answer, session: Session) -> Self {
        Self {
            answer,
            session: Some(session),
        }
    }
}

impl From<Answer> for Shown {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            session: None,
        }
    }
}
