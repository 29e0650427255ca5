//! One request through the checks of ocs.md section 2, in their order, to one answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    SET_COOKIE, USER_AGENT, WWW_AUTHENTICATE,
};
use hyper::{Method, Response, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::client::Agent;
use super::cookie::Session;
use super::credentials::{Identity, Unknown, identify};
use super::cx::{App, Client, Cx, path_of};
use super::envelope::{self, Version};
use super::failure::{Data, Failure, Refusal, UNKNOWN_ROUTE};
use super::format::{self, Format};
use super::gate::Access;
use super::reply::Reply;
use super::request_token;
use super::routes::{Family, Guesses, Row};
use crate::chat::Error;
use crate::chat::allowance::Allowance;
use crate::chat::bot::answer::Signed;
use crate::chat::throttle::Action;
use crate::http::form::Fields;
use crate::http::request::{Origin, Request};
use crate::http::router::{Found, Router};

/// The answer of every endpoint.
pub type Answer = Response<Full<Bytes>>;

const OCS_API_REQUEST: HeaderName = HeaderName::from_static("ocs-apirequest");
const REQUEST_TOKEN: HeaderName = HeaderName::from_static("requesttoken");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const X_USER_ID: HeaderName = HeaderName::from_static("x-user-id");
const BOT_RANDOM: HeaderName = HeaderName::from_static("x-nextcloud-talk-bot-random");
const BOT_SIGNATURE: HeaderName = HeaderName::from_static("x-nextcloud-talk-bot-signature");
const THROTTLED: HeaderName = HeaderName::from_static("x-nextcloud-bruteforce-throttled");

/// Everything below `/ocs/v1.php` and `/ocs/v2.php`.
pub struct Service {
    pub app: Arc<App>,
    pub router: Router<Row>,
}

/// What shapes an answer before and after its handler.
struct Shape {
    version: Version,
    format: Format,
}

impl Service {
    /// The answer to a request below a base.
    pub async fn handle(&self, request: Box<Request>, below: Below, origin: &Origin) -> Answer {
        let fields = Box::pin(Fields::read(
            &request.method,
            request.query.as_deref(),
            request.header(CONTENT_TYPE),
            request.body.clone(),
        ))
        .await;
        let wanted = fields.text("format").ok();
        let shape = Shape {
            version: below.version,
            format: format::choose(wanted.as_deref(), request.header(ACCEPT)),
        };
        self.answer(request, &below.path, fields, shape, origin)
            .await
    }

    async fn answer(
        &self,
        request: Box<Request>,
        path: &str,
        mut fields: Fields,
        shape: Shape,
        origin: &Origin,
    ) -> Answer {
        let chat = &self.app.chat;
        // Phases that end before the handler begins are on the heap, so that a request that waits
        // for long does not keep their room.
        let identity = match Box::pin(identify(chat, &request, origin)).await {
            Ok(identity) => identity,
            Err(Unknown::Wrong) => return wrong_credentials(&shape, Challenge::of(&request)),
            Err(Unknown::Failed(error)) => return refuse(&shape, &error.into()),
        };
        let cookie = (identity.is_new && !is_from_another_site(&request))
            .then(|| identity.session.write(chat.secret(), origin.secure));
        let user = identity.caller.user.clone();

        let mut answer = match self.router.find(&request.method_of_row(), path) {
            Found::Nothing => early(&shape, 998, UNKNOWN_ROUTE),
            Found::WrongMethod(allowed) => wrong_method(&allowed),
            Found::Row(row, params) => {
                for (name, value) in params {
                    fields.set_path(&name, &value);
                }
                self.run(row, request, fields, &shape, identity, origin)
                    .await
            }
        };
        // Whoever is refused for their credentials is nobody.
        if answer.headers().contains_key(WWW_AUTHENTICATE) {
            return answer;
        }
        if !answer.headers().contains_key(SET_COOKIE) {
            answer = with_cookie(answer, cookie);
        }
        if let Some(user) = user
            && let Ok(id) = HeaderValue::from_str(user.id.as_str())
        {
            answer.headers_mut().insert(X_USER_ID, id);
        }
        answer
    }

    /// The checks after the route is known, then the row itself.
    async fn run(
        &self,
        row: &Row,
        request: Box<Request>,
        fields: Fields,
        shape: &Shape,
        identity: Identity,
        origin: &Origin,
    ) -> Answer {
        let chat = &self.app.chat;
        match (row.access, &identity.caller.user) {
            (Access::LoggedIn | Access::Admin(_), None) => {
                let base_url = self.app.base_url.as_deref().unwrap_or_default();
                return ask_for_login(&request, shape, path_of(base_url));
            }
            (Access::Admin(message), Some(user)) if !user.is_admin => {
                return refuse(shape, &Failure::NotAllowed(message));
            }
            _ => {}
        }
        let secret = chat.secret();
        if !is_from_a_client(&request, &fields, &identity, secret) {
            return csrf_failed();
        }
        if row.confirmed {
            match Box::pin(identity.is_confirmed(chat)).await {
                Ok(true) => {}
                Ok(false) => return refuse(shape, &Error::ConfirmationNeeded.into()),
                Err(error) => return refuse(shape, &error.into()),
            }
        }
        let before = match self.guesses_of(row, origin) {
            Ok(delays) => delays,
            Err(error) => return refuse(shape, &error.into()),
        };
        let about = &row.about;
        if !chat.may_ask(about.handler, &identity.caller, &about.rates) {
            return asked_too_often();
        }
        let (agent, version) = Agent::parse(request.header(USER_AGENT));
        if row.family == Family::Talk
            && let Some(minimum) = agent.needs(version, &self.app.chat.policy().minimum_versions)
        {
            return enveloped(shape, 426, &minimum, &Data::Empty);
        }
        let allowance = match &identity.caller.user {
            // On the heap: it is over before the handler begins.
            Some(user) => Box::pin(self.app.chat.allowance(user)).await,
            None => Ok(Allowance::EVERYTHING),
        };
        let allowance = match allowance {
            Ok(allowance) if row.family == Family::Talk && !allowance.talk => {
                return refuse(shape, &Error::TalkForbidden.into());
            }
            Ok(allowance) => allowance,
            Err(error) => return refuse(shape, &error.into()),
        };
        let mut slept = self.slow_down(before.0.max(before.1)).await;
        // Requests of Talk may wait for long and need not carry it.
        let client = (row.family == Family::Server).then(|| {
            let name = request.shown_header(USER_AGENT).unwrap_or_default();
            Box::new(Client {
                name: name.into_owned(),
                login_name: identity.login_name().to_owned(),
            })
        });
        let Identity {
            caller, session, ..
        } = identity;
        let session = (row.family == Family::Server).then(|| Box::new(session));
        let cx = Cx {
            app: Arc::clone(&self.app),
            version: shape.version,
            format: shape.format,
            base_url: self.app.base_url(&request, origin),
            caller,
            allowance,
            agent,
            client,
            if_none_match: request.header(IF_NONE_MATCH).map(Box::from),
            signed: signature(row, &request),
        };
        let challenge = Challenge::of(&request);
        // A request that waits must not hold its own text meanwhile.
        drop(request);
        let mut answer = match row.call(cx, fields).await {
            Ok(reply) if reply.confirms => {
                let cookie = session.map(|session| self.confirmed_cookie(*session, origin));
                with_cookie(finish(shape, reply), cookie)
            }
            Ok(reply) => finish(shape, reply),
            // As who comes with it from now on.
            Err(Failure::Domain(Error::LoginOver)) => wrong_credentials(shape, challenge),
            Err(failure) => refuse(shape, &failure),
        };
        // A guess that failed just now costs its own time, too. A block begins with the next one.
        if let Ok(after) = self.guesses_of(row, origin) {
            let token = if after.0 > before.0 { after.0 } else { 0 };
            let password = if after.1 > before.1 { after.1 } else { 0 };
            slept += self.slow_down(token.max(password)).await;
        }
        if slept > 0
            && let Ok(value) = HeaderValue::try_from(format!("{slept}ms"))
        {
            answer.headers_mut().insert(THROTTLED, value);
        }
        answer
    }

    /// How long guesses at tokens (or a bot's signature) and at passwords have made this address wait, in milliseconds.
    fn guesses_of(&self, row: &Row, origin: &Origin) -> Result<(u64, u64), Error> {
        let delay = |action| self.app.chat.throttle(action, origin.address);
        Ok(match row.guesses {
            Guesses::None => (0, 0),
            Guesses::Tokens => (delay(Action::RoomToken)?, 0),
            Guesses::TokensAndPasswords => {
                (delay(Action::RoomToken)?, delay(Action::RoomPassword)?)
            }
            Guesses::Signatures => (delay(Action::Bot)?, 0),
        })
    }

    /// The cookie of a session in which the password was just typed.
    fn confirmed_cookie(&self, session: Session, origin: &Origin) -> String {
        let chat = &self.app.chat;
        let session = session.confirmed(chat.clock().now());
        session.write(chat.secret(), origin.secure)
    }

    async fn slow_down(&self, millis: u64) -> u64 {
        if millis > 0 {
            let clock = self.app.chat.clock();
            let deadline = clock.deadline(std::time::Duration::from_millis(millis));
            clock.until(deadline).await;
        }
        millis
    }
}

/// A path below an OCS base.
pub struct Below {
    version: Version,
    path: String,
}

/// The version and what follows the base, if the path is below one.
pub fn ocs_base(path: &str) -> Option<Below> {
    let bases = [("/ocs/v2.php", Version::V2), ("/ocs/v1.php", Version::V1)];
    bases.into_iter().find_map(|(base, version)| {
        let rest = path.strip_prefix(base)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| Below {
            version,
            path: rest.to_owned(),
        })
    })
}

/// Whether a foreign page cannot have made this request. Source: ocs.md 5.
pub fn is_from_a_client(
    request: &Request,
    fields: &Fields,
    identity: &Identity,
    secret: &[u8; 32],
) -> bool {
    let header = request.headers.get(OCS_API_REQUEST);
    identity.bearer
        || header.is_some_and(|value| !value.is_empty())
        || shows_token(request, fields, &identity.session, secret)
}

/// Whether the request carries a request token of this session, in a header or a parameter.
pub fn shows_token(
    request: &Request,
    fields: &Fields,
    session: &Session,
    secret: &[u8; 32],
) -> bool {
    let is_valid = |token: &str| request_token::is_valid(token, secret, session.key);
    request.header(REQUEST_TOKEN).is_some_and(is_valid)
        || fields
            .text("requesttoken")
            .is_ok_and(|token| is_valid(&token))
}

/// Whether a page of another site had this request sent. Such a request comes without our cookie, and an answer that
/// sets one would log its browser out.
pub fn is_from_another_site(request: &Request) -> bool {
    request.method != Method::GET && request.header(FETCH_SITE) == Some("cross-site")
}

/// How the request proves to come from a bot, where that matters.
fn signature(row: &Row, request: &Request) -> Option<Box<Signed>> {
    if row.guesses != Guesses::Signatures {
        return None;
    }
    Some(Box::new(Signed {
        random: request.header(BOT_RANDOM)?.to_owned(),
        signature: request.header(BOT_SIGNATURE)?.to_owned(),
    }))
}

/// The refusal of a request that a foreign page may have made.
pub fn csrf_failed() -> Answer {
    let mut answer = bare(StatusCode::PRECONDITION_FAILED);
    *answer.body_mut() = Full::from(r#"{"message":"CSRF check failed"}"#);
    set_type(&mut answer, Format::Json.content_type());
    answer
}

/// The refusal of who asked for the same too often. Source: ocs.md 8.2.
pub fn asked_too_often() -> Answer {
    let mut answer = bare(StatusCode::TOO_MANY_REQUESTS);
    set_type(&mut answer, "text/html; charset=UTF-8");
    answer
}

/// How somebody is asked for credentials.
#[derive(Clone, Copy)]
enum Challenge {
    Plain,
    /// For scripts: a browser would open a password window of its own.
    ForScripts,
}

impl Challenge {
    fn of(request: &Request) -> Self {
        match request.header(X_REQUESTED_WITH) {
            Some("XMLHttpRequest") => Self::ForScripts,
            _ => Self::Plain,
        }
    }
}

fn wrong_credentials(shape: &Shape, challenge: Challenge) -> Answer {
    let mut answer = early(shape, 997, "Unauthorised");
    let challenge = match challenge {
        Challenge::Plain => r#"Basic realm="Authorisation Required""#,
        Challenge::ForScripts => r#"DummyBasic realm="Authorisation Required""#,
    };
    answer
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    answer
}

fn ask_for_login(request: &Request, shape: &Shape, base_path: &str) -> Answer {
    if !request.wants_html() {
        return refuse(shape, &Error::NotLoggedIn.into());
    }
    let mut answer = bare(StatusCode::SEE_OTHER);
    let location = login_address(base_path, &request.raw_path_and_query);
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

/// The login page, from which the browser returns to where it wanted to go.
pub fn login_address(base_path: &str, raw_path_and_query: &str) -> String {
    const PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'&').add(b'+').add(b'#').add(b' ');
    const QUERY: &AsciiSet = &PATH.add(b'?').add(b'=');
    let path = |text| utf8_percent_encode(text, PATH);
    let target = match raw_path_and_query.split_once('?') {
        Some((before, query)) => {
            format!("{}?{}", path(before), utf8_percent_encode(query, QUERY))
        }
        None => path(raw_path_and_query).to_string(),
    };
    format!("{base_path}/login?redirect_url={target}")
}

/// A refusal of a handler or a check.
fn refuse(shape: &Shape, failure: &Failure) -> Answer {
    if let Failure::Domain(Error::Store(error)) = failure {
        match error.is_overload() {
            true => tracing::warn!(%error, "a request was turned away"),
            false => tracing::error!(%error, "a request failed"),
        }
    }
    let refusal = Refusal::of(failure);
    enveloped(shape, refusal.status, &refusal.message, &refusal.data)
}

fn enveloped(shape: &Shape, status: u16, message: &str, data: &Data) -> Answer {
    let body = envelope::render(shape.version, shape.format, status, Some(message), data);
    let mut answer = with_body(shape, status, body.into());
    set_type(&mut answer, shape.format.content_type());
    answer
}

/// A refusal before a route is known.
fn early(shape: &Shape, status: u16, message: &str) -> Answer {
    let mut answer = enveloped(shape, status, message, &Data::Empty);
    set_type(&mut answer, shape.format.early_content_type());
    answer
}

fn finish(shape: &Shape, reply: Reply) -> Answer {
    let has_body = reply.body.is_some();
    let mut answer = with_body(shape, reply.status, reply.body.unwrap_or_default());
    if has_body {
        set_type(&mut answer, shape.format.content_type());
    }
    for (name, value) in reply.headers {
        answer.headers_mut().insert(name, value);
    }
    answer
}

fn with_cookie(mut answer: Answer, cookie: Option<String>) -> Answer {
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

fn with_body(shape: &Shape, status: u16, body: Bytes) -> Answer {
    let status = envelope::http_status(shape.version, status);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = bare(status);
    *answer.body_mut() = Full::new(body);
    answer
}

/// The path exists, but only with the methods `allowed`.
pub fn wrong_method(allowed: &str) -> Answer {
    let mut answer = bare(StatusCode::METHOD_NOT_ALLOWED);
    if let Ok(allowed) = HeaderValue::try_from(allowed) {
        answer.headers_mut().insert(ALLOW, allowed);
    }
    answer
}

/// An answer without a body or a type.
pub fn bare(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store, must-revalidate"),
    );
    answer
}

fn set_type(answer: &mut Answer, content_type: &'static str) {
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
}
