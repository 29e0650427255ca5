//! The pages façade: everything that is not below an OCS base — pages that people open in a browser, and the plain
//! JSON and files that clients ask for beside them.
//!
//! It translates: form in, one call into `chat`, page out. Pages have no scripts and load nothing from elsewhere.
//! Source: server.md 1.

use std::sync::Arc;

use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE};
use hyper::{Method, StatusCode};

use crate::chat::Error;
use crate::chat::app_password::AppPasswordRefusal;
use crate::http::form::Fields;
use crate::http::request::{Origin, Request};
use crate::http::router::{Found, Router};
use crate::ocs::credentials::{Identity, Unknown, anonymous, identify};
use crate::ocs::cx::{App, path_of};
use crate::ocs::openapi::{Document, Operation, Place};
use crate::ocs::service::{
    Answer, bare, csrf_failed, is_from_a_client, is_from_another_site, login_address, wrong_method,
};

mod avatar;
mod cx;
mod devices;
mod docs;
mod door;
mod file;
mod flow;
mod gate;
mod html;
mod json;
mod login;
mod probe;
mod status;
mod table;
mod theming;
mod wipe;

pub use cx::PageCx;
pub use table::Row;
use table::{Credentials, Proof, Table};

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

/// Everything that is not below an OCS base.
pub struct Pages {
    app: Arc<App>,
    router: Router<Row>,
    document: fn() -> &'static Document,
}

/// The rows that say what they answer, for the description.
pub fn described(router: &Router<Row>) -> impl Iterator<Item = Operation<'_>> {
    let told = router.rows().filter(|(_, _, row)| row.about.is_told());
    told.map(|(method, path, row)| Operation {
        method,
        path: path.to_owned(),
        about: &row.about,
        place: Place::Page {
            from_page: row.proof == Proof::FromOurPage,
        },
    })
}

/// Whether a path leads to the description of the interface, which is long and the same for everybody.
pub fn is_description(path: &str) -> bool {
    without_front(path) == docs::DESCRIPTION
}

/// A path as the table knows it: each works with and without `/index.php` in front.
fn without_front(path: &str) -> &str {
    match path.strip_prefix("/index.php") {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

impl Pages {
    /// All rows. What of the pages is described is what says so: the others are for browsers.
    pub fn table() -> Router<Row> {
        let mut table = Table::default();
        avatar::routes(&mut table);
        devices::routes(&mut table);
        docs::routes(&mut table);
        door::routes(&mut table);
        flow::routes(&mut table);
        login::routes(&mut table);
        probe::routes(&mut table);
        status::routes(&mut table);
        theming::routes(&mut table);
        wipe::routes(&mut table);
        table.into_router()
    }

    /// All pages over one domain, with the description of the whole interface.
    pub fn new(app: Arc<App>, document: fn() -> &'static Document) -> Self {
        Self {
            app,
            router: Self::table(),
            document,
        }
    }

    /// The answer to a request that is not below an OCS base.
    pub async fn handle(&self, request: Box<Request>, origin: &Origin) -> Answer {
        html::wearing(Arc::clone(&self.app), self.answer(request, origin)).await
    }

    async fn answer(&self, request: Box<Request>, origin: &Origin) -> Answer {
        let path = without_front(&request.path).to_owned();
        if probe::is_dav(&path) {
            return probe::no_files();
        }
        let mut answer = match self.router.find(&request.method_of_row(), &path) {
            Found::Row(row, params) => self.run(row, params, request, origin).await,
            Found::WrongMethod(allowed) => wrong_method(&allowed),
            Found::Nothing => nothing_here(&request),
        };
        for (name, value) in ALWAYS {
            answer.headers_mut().entry(name).or_insert(value);
        }
        answer
    }

    async fn run(
        &self,
        row: &Row,
        params: Vec<(String, String)>,
        request: Box<Request>,
        origin: &Origin,
    ) -> Answer {
        let chat = &self.app.chat;
        let asked = Asked::of(&self.app, row, &request, origin);
        let identity = match row.credentials {
            Credentials::Ignored => Ok(anonymous(chat, origin.address)),
            Credentials::Looked => identify(chat, &request, origin).await,
        };
        let identity = match identity {
            Ok(identity) => identity,
            Err(Unknown::Wrong) if asked.as_page => return html::refusal(StatusCode::UNAUTHORIZED),
            Err(Unknown::Wrong) => return json::message(StatusCode::UNAUTHORIZED, ""),
            Err(Unknown::Failed(error)) => return refuse(&error, &asked),
        };
        let mut fields = Fields::read(
            &request.method,
            request.query.as_deref(),
            request.header(CONTENT_TYPE),
            request.body.clone(),
        )
        .await;
        if row.proof == Proof::FromOurPage
            && !is_from_a_client(&request, &fields, &identity, chat.secret())
        {
            return match asked.as_page && asked.by_browser {
                true => html::refusal(StatusCode::PRECONDITION_FAILED),
                false => csrf_failed(),
            };
        }
        for (name, value) in params {
            fields.set_path(&name, &value);
        }
        let Identity {
            caller,
            session,
            is_new,
            ..
        } = identity;
        let is_guest = caller.user.is_none();
        let may_begin = !is_from_another_site(&request);
        let cx = PageCx {
            base_url: self.app.base_url(&request, origin),
            app: Arc::clone(&self.app),
            origin: origin.clone(),
            caller,
            session: session.clone(),
            document: self.document,
            fields,
            request,
        };
        let shown = match row.call(cx).await {
            Ok(shown) => shown,
            Err(error) => refuse(&error, &asked).into(),
        };
        let mut answer = shown.answer;
        // What needs no login should not hand out cookies, either.
        let keeps = row.credentials == Credentials::Looked && !(is_guest && row.is_stateless);
        let cookie = shown
            .session
            .or((is_new && keeps && may_begin).then_some(session));
        if let Some(cookie) = cookie {
            let cookie = cookie.write(chat.secret(), origin.secure);
            if let Ok(cookie) = HeaderValue::try_from(cookie) {
                answer.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        answer
    }
}

/// What of a request matters for its refusal.
struct Asked {
    /// A page, not plain JSON.
    as_page: bool,
    by_browser: bool,
    /// Where to log in, to return to this.
    login: String,
}

impl Asked {
    fn of(app: &App, row: &Row, request: &Request, origin: &Origin) -> Self {
        let base_url = app.base_url(request, origin);
        // What was sent to a page is not sent again after the login.
        let wish = match request.method {
            Method::GET => request.raw_path_and_query.as_str(),
            _ => "/",
        };
        Self {
            as_page: !row.is_stateless,
            by_browser: request.wants_html(),
            login: login_address(path_of(&base_url), wish),
        }
    }
}

/// 404, in the way that the asker understands.
fn nothing_here(request: &Request) -> Answer {
    match request.header(ACCEPT) {
        Some("application/json" | "application/xml") => bare(StatusCode::NOT_FOUND),
        _ => html::refusal(StatusCode::NOT_FOUND),
    }
}

fn refuse(error: &Error, asked: &Asked) -> Answer {
    let status = match error {
        Error::NotLoggedIn if asked.as_page => {
            return cx::redirect(StatusCode::SEE_OTHER, &asked.login);
        }
        Error::Flow(refusal) => {
            return told(
                StatusCode::FORBIDDEN,
                "Access Forbidden",
                &refusal.to_string(),
            );
        }
        Error::AppPassword(AppPasswordRefusal::Unknown) => StatusCode::NOT_FOUND,
        Error::AppPassword(refusal) => {
            return told(StatusCode::FORBIDDEN, "Not possible", &refusal.to_string());
        }
        Error::NotLoggedIn => {
            return json::message(StatusCode::UNAUTHORIZED, "Current user is not logged in");
        }
        Error::RoomNotFound => StatusCode::NOT_FOUND,
        Error::Throttled | Error::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Error::Store(error) if error.is_overload() => StatusCode::SERVICE_UNAVAILABLE,
        Error::InvitationVoid | Error::WrongRoomPassword | Error::WrongPassword => {
            StatusCode::FORBIDDEN
        }
        _ => {
            tracing::error!(%error, "a page failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    match asked.as_page {
        true => html::refusal(status),
        false => json::message(status, ""),
    }
}

/// A page with one sentence.
fn told(status: StatusCode, title: &str, text: &str) -> Answer {
    html::page(status, title, &[html::Html::paragraph(text)])
}

#[cfg(test)]
mod tests {
    use super::without_front;

    #[test]
    fn a_path_is_the_same_with_and_without_the_front() {
        for (sent, routed) in [
            ("/index.php/login/v2", "/login/v2"),
            ("/login/v2", "/login/v2"),
            ("/index.php", "/"),
            ("/index.php/", "/"),
            ("/index.phpx", "/index.phpx"),
        ] {
            assert_eq!(without_front(sent), routed);
        }
    }
}
