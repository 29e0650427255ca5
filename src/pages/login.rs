//! Logging in and out in a browser, and typing the password once more. Rules: `chat::login`, `chat::web_session`.
//! Source: server.md 6.3, 21.

use hyper::header::{HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY};
use hyper::{Method, StatusCode};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown, redirect};
use super::gate::Account;
use super::html::{Form, Frame, Html, Leads, framed};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::chat::login::Typed;
use crate::chat::login_flow::LoginFailure;
use crate::ocs::cookie::Session;
use crate::ocs::service::shows_token;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Bytes that a login name may have.
const MAX_NAME_BYTES: usize = 255;
/// Bytes of an address to return to after the login.
const MAX_TARGET_BYTES: usize = 2048;
/// What an address keeps of itself inside of another one's query.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+');

pub fn routes(pages: &mut Table) {
    pages.page(Method::GET, "/", front);
    pages.page(Method::GET, "/login", show);
    pages.page(Method::POST, "/login", log_in);
    pages
        .plain_from_page(Method::POST, "/login/confirm", confirm)
        .asks(|fields| {
            fields.text("password")?;
            Ok(())
        })
        .shows::<Confirmed>();
    pages.change(Method::GET, "/logout", log_out);
    pages.change(Method::POST, "/logout", log_out);
    pages
        .page(Method::GET, "/csrftoken", token)
        .shows::<Token>();
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Confirmed {
    last_login: i64,
}

#[derive(Serialize, JsonSchema)]
struct Token {
    token: String,
}

/// Lead to the page for who is logged in, or to the login. Shape: 302.
async fn front(cx: PageCx) -> Result<Shown, Error> {
    let path = match cx.caller.user {
        Some(_) => "/apps/spreed/",
        None => "/login",
    };
    let location = format!("{}{path}", cx.base_url);
    Ok(redirect(StatusCode::FOUND, &location).into())
}

/// Ask for name and password.
///
/// Shape: a page; who is logged in already is led on, 303.
async fn show(cx: PageCx) -> Result<Shown, Error> {
    let target = target(&cx.text("redirect_url"));
    if cx.caller.user.is_some() {
        return Ok(cx.see_other(&target).into());
    }
    let user = cx.text("user");
    let user = if user.len() <= MAX_NAME_BYTES {
        user
    } else {
        String::new()
    };
    let mut parts = Vec::new();
    if let Some(failure) = cx.chat().take_login_failure(cx.session.key) {
        parts.push(Html::wrong(words(failure)));
    }
    // With a name the password is what is missing.
    let (first, second) = if user.is_empty() {
        ("autofocus", "")
    } else {
        ("", "autofocus")
    };
    let token = cx.request_token();
    let form = Form::post(&cx.path("/login"))
        .hidden("requesttoken", &token)
        .hidden("redirect_url", &target)
        .line(
            "Name or e-mail address",
            "user",
            &user,
            &format!("required maxlength=\"255\" autocomplete=\"username\" autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" {first}"),
        )
        .password(
            "Password",
            "password",
            &format!("autocomplete=\"current-password\" {second}"),
        )
        .submit("Log in");
    parts.push(form);
    let frame = Frame {
        status: StatusCode::OK,
        title: "Log in",
        request_token: Some(&token),
        leads: Leads::Here,
    };
    let mut answer = framed(&frame, &parts);
    // Without any referrer browsers would not say, either, that the form comes from here: `Origin: null`.
    let policy = HeaderValue::from_static("same-origin");
    answer.headers_mut().insert(REFERRER_POLICY, policy);
    Ok(answer.into())
}

fn words(failure: LoginFailure) -> &'static str {
    match failure {
        LoginFailure::WrongPassword => "Wrong name or password.",
        LoginFailure::Disabled => "This account is disabled.",
        LoginFailure::NotFromHere => "The login page was too old or not from here. Try again.",
    }
}

/// Log in.
///
/// Shape: 303 to where the browser wanted to go, with a new session; after a failure back to the login.
/// Errors: `Throttled` 429.
async fn log_in(cx: PageCx) -> Result<Shown, Error> {
    let name = cx.text("user").trim().to_owned();
    if !is_from_here(&cx) {
        return Ok(failed(&cx, &name, LoginFailure::NotFromHere));
    }
    if !shows_token(&cx.request, &cx.fields, &cx.session, cx.chat().secret()) {
        return Ok(failed(&cx, &name, LoginFailure::NotFromHere));
    }
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Ok(failed(&cx, "", LoginFailure::WrongPassword));
    }
    let (chat, password) = (cx.chat(), cx.text("password"));
    let typed = chat
        .log_in_on_page(&name, &password, cx.caller.address)
        .await?;
    let proved = match typed {
        Typed::Right(proved) => proved,
        Typed::Disabled => return Ok(failed(&cx, &name, LoginFailure::Disabled)),
        Typed::Wrong => return Ok(failed(&cx, &name, LoginFailure::WrongPassword)),
    };
    let session = Session::logged_in(&proved, &name, chat.clock().now());
    chat.carry_flow(cx.session.key, session.key);
    if let Some(login) = &cx.session.login {
        chat.end_web_session(cx.session.key, login).await?;
    }
    let answer = cx.see_other(&target(&cx.text("redirect_url")));
    Ok(Shown::with_session(answer, session))
}

/// Back to the login page, which says once what was wrong.
fn failed(cx: &PageCx, name: &str, failure: LoginFailure) -> Shown {
    cx.chat().note_login_failure(cx.session.key, failure);
    let mut query = String::from("direct=1");
    let target = target(&cx.text("redirect_url"));
    if target != HOME {
        query = format!("redirect_url={}&{query}", in_query(&target));
    }
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    cx.see_other(&format!("/login?{query}&user={name}")).into()
}

/// Type the password once more.
///
/// Shape: `{"lastLogin": time}`. Errors: `NotLoggedIn` 401; 403 `[]`.
async fn confirm(cx: PageCx, me: Account) -> Result<Shown, Error> {
    let password = cx.text("password");
    let confirmed = cx
        .chat()
        .confirm_password(me.user(), &password, cx.caller.address);
    match confirmed.await {
        Ok(last_login) => Ok(Shown::with_session(
            json::data(StatusCode::OK, &Confirmed { last_login }),
            cx.session.confirmed(last_login),
        )),
        Err(Error::WrongPassword) => Ok(json::empty(StatusCode::FORBIDDEN).into()),
        Err(error) => Err(error),
    }
}

/// End the session. Shape: 303 to the login page, with an empty session.
async fn log_out(cx: PageCx) -> Result<Shown, Error> {
    if let Some(login) = &cx.session.login {
        cx.chat().end_web_session(cx.session.key, login).await?;
    }
    let mut answer = cx.see_other("/login?clear=1");
    answer.headers_mut().insert(
        CLEAR_SITE_DATA,
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    let session = Session::new(cx.chat().clock().now());
    Ok(Shown::with_session(answer, session))
}

/// Give out a request token.
///
/// Shape: `{"token": text}`. Errors: 403 `[]` for pages of other sites.
async fn token(cx: PageCx) -> Result<Shown, Error> {
    if cx.request.header(FETCH_SITE) == Some("cross-site") {
        return Ok(json::empty(StatusCode::FORBIDDEN).into());
    }
    let token = cx.request_token();
    Ok(json::data(StatusCode::OK, &Token { token }).into())
}

/// Whether the request names this server, or one that the operator trusts, as the page that it comes from.
fn is_from_here(cx: &PageCx) -> bool {
    let Some(origin) = cx.request.header(ORIGIN) else {
        return false;
    };
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let own = cx
        .base_url
        .split_once("://")
        .map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
    let is_own = own.is_some_and(|(own_scheme, own_authority)| {
        own_scheme.eq_ignore_ascii_case(scheme) && own_authority.eq_ignore_ascii_case(authority)
    });
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, port)| {
            match port.bytes().all(|byte| byte.is_ascii_digit()) {
                true => host,
                false => authority,
            }
        });
    let mut trusted = cx.app.trusted_domains.iter();
    is_own
        || (matches!(scheme, "http" | "https")
            && trusted.any(|known| known.eq_ignore_ascii_case(host)))
}

const HOME: &str = "/apps/spreed/";

/// Where to go after the login: a path of this server, or home.
fn target(wish: &str) -> String {
    let is_path = wish.starts_with('/') && !wish.starts_with("//");
    let is_odd = |c: char| c == '\\' || c == '@' || c.is_control() || c.is_whitespace();
    if !is_path || wish.contains(is_odd) || wish.len() > MAX_TARGET_BYTES {
        return HOME.to_owned();
    }
    // Beyond ASCII there is nothing that a header could hold.
    utf8_percent_encode(wish, CONTROLS).to_string()
}

fn in_query(path: &str) -> String {
    utf8_percent_encode(path, QUERY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_login_nobody_is_led_to_another_server() {
        let table = [
            ("/call/abcd", "/call/abcd"),
            (
                "/login/v2/grant?user=&direct=0",
                "/login/v2/grant?user=&direct=0",
            ),
            ("/%2f%2fevil.example", "/%2f%2fevil.example"),
            ("/caf\u{e9}", "/caf%C3%A9"),
        ];
        for (wish, path) in table {
            assert_eq!(target(wish), path, "{wish}");
        }
        let long = format!("/{}", "x".repeat(MAX_TARGET_BYTES));
        for odd in [
            "",
            "x",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            ".evil.example",
            "@evil.example",
            "/@evil.example",
            "/a\r\nSet-Cookie: x=1",
            "/a b",
            "/\tevil",
            "\u{0}/x",
            &long,
        ] {
            assert_eq!(target(odd), HOME, "{odd}");
        }
    }
}
