//! What a page knows of its request, and what it answers.

use std::sync::Arc;

use crate::chat::Chat;
use crate::chat::admission::Caller;
use crate::http::form::Fields;
use crate::http::request::Request;
use crate::ocs::cookie::Session;
use crate::ocs::cx::App;
use crate::ocs::openapi::Document;
use crate::ocs::service::{Answer, Origin};

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
}

/// What a page answers.
pub struct Shown {
    pub answer: Answer,
    /// The session that the browser has from now on; `None`: the one that it had.
    pub session: Option<Session>,
}

impl From<Answer> for Shown {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            session: None,
        }
    }
}
