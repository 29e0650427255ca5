//! How a client gets its app password: its user logs in here and grants it. Rules: `chat::login_flow`.
//! Source: server.md 6.1, 6.2.
//!
//! There are two ways with the same pages: the client asks until it was granted (version 2), or the browser is led to
//! an address of the client's own (version 1).

use std::borrow::Cow;

use hyper::header::{HeaderName, USER_AGENT};
use hyper::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown, redirect};
use super::gate::Owner;
use super::html::{Form, Frame, Html, Leads, framed, page, theme};
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::chat::login_flow::{Claimed, Granted, Kind, Step};
use crate::ocs::cookie::Session;
use crate::ocs::service::Answer;

const OCS_API_REQUEST: HeaderName = HeaderName::from_static("ocs-apirequest");

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::POST, "/login/v2", begin)
        .shows::<Begun>();
    pages
        .public(Method::POST, "/login/v2/poll", poll)
        .asks(|fields| {
            fields.text("token")?;
            Ok(())
        })
        .shows::<Credentials<'static>>();
    pages.page(Method::GET, "/login/v2/flow/{loginToken}", open);
    pages.page(Method::GET, "/login/v2/flow", show_polled);
    pages.page(Method::GET, "/login/v2/grant", ask_polled);
    pages.change(Method::POST, "/login/v2/grant", grant_polled);
    pages.change(Method::POST, "/login/v2/apptoken", prove_polled);
    pages.change(Method::POST, "/login/v2/cancel", cancel_polled);
    pages.page(Method::GET, "/login/flow", show_redirected);
    pages.page(Method::GET, "/login/flow/grant", ask_redirected);
    pages.change(Method::POST, "/login/flow", grant_redirected);
    pages.change(Method::POST, "/login/flow/apptoken", prove_redirected);
    pages.change(Method::POST, "/login/flow/cancel", cancel_redirected);
}

#[derive(Serialize, JsonSchema)]
struct Begun {
    poll: Poll,
    login: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Credentials<'c> {
    server: &'c str,
    login_name: String,
    app_password: String,
}

#[derive(Serialize, JsonSchema)]
struct Poll {
    token: String,
    endpoint: String,
}

/// The addresses of the pages, and what a client's form may lead to.
struct Places {
    kind: Kind,
    grant: &'static str,
    done: &'static str,
    app_token: &'static str,
    cancel: &'static str,
    leads: Leads,
}

const POLLED: Places = Places {
    kind: Kind::Poll,
    grant: "/login/v2/grant",
    done: "/login/v2/grant",
    app_token: "/login/v2/apptoken",
    cancel: "/login/v2/cancel",
    leads: Leads::Here,
};

const REDIRECTED: Places = Places {
    kind: Kind::Redirect,
    grant: "/login/flow/grant",
    done: "/login/flow",
    app_token: "/login/flow/apptoken",
    cancel: "/login/flow/cancel",
    leads: Leads::ToClient,
};

/// Begin a flow for a client that will ask until it is granted.
///
/// Shape: `{"poll": {"token", "endpoint"}, "login"}`. Errors: `TooManyRequests` 429.
async fn begin(cx: PageCx) -> Result<Shown, Error> {
    let begun = cx.chat().begin_flow(cx.caller.address, &client(&cx))?;
    let base_url = &cx.base_url;
    let answer = Begun {
        login: format!("{base_url}/login/v2/flow/{}", begun.page_token),
        poll: Poll {
            token: begun.poll_token,
            endpoint: format!("{base_url}/login/v2/poll"),
        },
    };
    Ok(json::data(StatusCode::OK, &answer).into())
}

/// Ask whether it is granted.
///
/// Shape: `{"server", "loginName", "appPassword"}`, once. Errors: 404 `[]` before and after.
async fn poll(cx: PageCx) -> Result<Shown, Error> {
    Ok(match cx.chat().poll_flow(&cx.text("token")).await? {
        Some(granted) => json::data(
            StatusCode::OK,
            &Credentials {
                server: &cx.base_url,
                login_name: granted.login_name,
                app_password: granted.app_password,
            },
        ),
        None => json::empty(StatusCode::NOT_FOUND),
    }
    .into())
}

/// Open a client's flow in this browser.
///
/// Shape: 303 to the page that tells who asks, so that the token stays out of the history. Errors: `Expired` 403.
async fn open(cx: PageCx) -> Result<Shown, Error> {
    let token = cx.text("loginToken");
    cx.chat()
        .open_flow(cx.session.key, cx.caller.address, &token)?;
    let user = cx.text("user");
    let user = utf8_percent_encode(&user, NON_ALPHANUMERIC);
    Ok(cx
        .see_other(&format!("/login/v2/flow?user={user}&direct=0"))
        .into())
}

/// Tell which client asks. Shape: a page. Errors: `Expired` 403.
async fn show_polled(cx: PageCx) -> Result<Shown, Error> {
    let step = cx.chat().show_flow(cx.session.key)?;
    Ok(connect_page(&cx, &POLLED, &step).into())
}

/// The same for a client that is led to. It says who it is by a header that no page can make a browser send.
///
/// Shape: a page, also without the header. Errors: `TooManyRequests` 429.
async fn show_redirected(cx: PageCx) -> Result<Shown, Error> {
    if cx.request.header(OCS_API_REQUEST) != Some("true") {
        let parts = [
            Html::paragraph("Invalid request"),
            Html::remark("This page is opened by apps only. Begin in the app."),
        ];
        return Ok(page(StatusCode::OK, "Access Forbidden", &parts).into());
    }
    let step = cx
        .chat()
        .begin_redirect(cx.session.key, cx.caller.address, &client(&cx))?;
    Ok(connect_page(&cx, &REDIRECTED, &step).into())
}

async fn ask_polled(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    ask(&cx, &me, &POLLED)
}

async fn ask_redirected(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    ask(&cx, &me, &REDIRECTED)
}

/// Let who is logged in decide.
///
/// Shape: a page; 303 to the login. Errors: `NotEnough`, `StateMissing`, `StateWrong`, `Expired` 403.
fn ask(cx: &PageCx, me: &Owner, places: &Places) -> Result<Shown, Error> {
    let state = cx.text("stateToken");
    let step = cx.chat().flow_step(places.kind, cx.session.key, &state)?;
    Ok(grant_page(cx, me, places, &step).into())
}

/// Grant the client what it asks for.
///
/// Shape: a page. Errors: `NotEnough`, `StateMissing`, `StateWrong`, `Expired`, `TooMany` 403.
async fn grant_polled(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let state = cx.text("stateToken");
    let client = cx
        .chat()
        .grant_flow(cx.session.key, &state, me.user(), me.login())
        .await?;
    Ok(connected_page(&client).into())
}

/// The form in which somebody shows an app password instead of logging in.
struct ShownPassword {
    state: String,
    login: String,
    app_password: String,
}

impl ShownPassword {
    fn of(cx: &PageCx) -> Self {
        Self {
            state: cx.text("stateToken"),
            login: cx.text("user").trim().to_owned(),
            app_password: cx.text("password"),
        }
    }

    fn claimed(&self, cx: &PageCx) -> Claimed<'_> {
        Claimed {
            login: &self.login,
            app_password: &self.app_password,
            address: cx.caller.address,
        }
    }
}

/// Grant it by an app password that is there already. Shape and errors: as `grant_polled`, and `WrongAppPassword` 403.
async fn prove_polled(cx: PageCx) -> Result<Shown, Error> {
    let shown = ShownPassword::of(&cx);
    let client = cx
        .chat()
        .grant_flow_by_app_password(cx.session.key, &shown.state, shown.claimed(&cx))
        .await?;
    Ok(connected_page(&client).into())
}

/// Grant the client what it asks for, and lead the browser to it. The session ends: it was begun for this.
///
/// Shape: 303 to `nc://login/…`. Errors: as `grant_polled`.
async fn grant_redirected(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let state = cx.text("stateToken");
    let granted = cx
        .chat()
        .grant_redirect(cx.session.key, &state, me.login())
        .await?;
    let session = Session::new(cx.chat().clock().now());
    Ok(Shown::with_session(to_client(&cx, &granted), session))
}

/// Lead the browser to the client with an app password that is there already.
///
/// Shape: 303 to `nc://login/…`. Errors: as `prove_polled`.
async fn prove_redirected(cx: PageCx) -> Result<Shown, Error> {
    let shown = ShownPassword::of(&cx);
    let granted = cx
        .chat()
        .redirect_by_app_password(cx.session.key, &shown.state, shown.claimed(&cx))
        .await?;
    Ok(to_client(&cx, &granted).into())
}

async fn cancel_polled(cx: PageCx) -> Result<Shown, Error> {
    cancel(&cx, Kind::Poll)
}

async fn cancel_redirected(cx: PageCx) -> Result<Shown, Error> {
    cancel(&cx, Kind::Redirect)
}

/// Grant nothing. Shape: a page. Errors: `StateMissing`, `StateWrong`, `Expired` 403.
fn cancel(cx: &PageCx, kind: Kind) -> Result<Shown, Error> {
    let state = cx.text("stateToken");
    cx.chat().cancel_flow(kind, cx.session.key, &state)?;
    let parts = [Html::paragraph(
        "Nothing was connected. You can close this window.",
    )];
    Ok(page(StatusCode::OK, "Cancelled", &parts).into())
}

/// What the client calls itself.
fn client(cx: &PageCx) -> Cow<'_, str> {
    cx.request.shown_header(USER_AGENT).unwrap_or_default()
}

/// `nc://login/…`: the app behind it takes the rest.
fn to_client(cx: &PageCx, granted: &Granted) -> Answer {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let location = format!(
        "nc://login/server:{}&user:{}&password:{}",
        cx.base_url,
        encoded(&granted.login_name),
        encoded(&granted.app_password)
    );
    redirect(StatusCode::SEE_OTHER, &location)
}

fn connect_page(cx: &PageCx, places: &Places, step: &Step) -> Answer {
    let (token, user) = (cx.request_token(), cx.text("user"));
    let name = theme().name;
    let asks = format!(
        "“{}” would like to use your account on {name}.",
        step.client
    );
    let mut go = Form::get(&cx.path(places.grant));
    if places.kind == Kind::Redirect {
        go = go.hidden("clientIdentifier", "");
    }
    go = go.hidden("user", &user);
    if places.kind == Kind::Redirect {
        go = go.hidden("providedRedirectUri", "");
    }
    let go = go
        .hidden("direct", "0")
        .hidden("stateToken", &step.state_token)
        .submit(match cx.caller.user {
            Some(_) => "Continue",
            None => "Log in",
        });
    let by_app_password = Form::post(&cx.path(places.app_token))
        .hidden("stateToken", &step.state_token)
        .hidden("requesttoken", &token)
        .line(
            "Name or e-mail address",
            "user",
            &user,
            "required maxlength=\"255\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"",
        )
        .password("App password", "password", "autocomplete=\"off\"")
        .submit_plainly("Grant access");
    let parts = [
        Html::paragraph(&asks),
        Html::remark("Go on only if you have just opened this app or program yourself."),
        go,
        cancel_form(cx, places, step, &token),
        Html::folded("Use an app password instead", &[by_app_password]),
    ];
    let frame = Frame {
        status: StatusCode::OK,
        title: "Connect to your account",
        request_token: Some(&token),
        leads: places.leads,
    };
    framed(&frame, &parts)
}

fn grant_page(cx: &PageCx, me: &Owner, places: &Places, step: &Step) -> Answer {
    let user = me.user();
    let token = cx.request_token();
    let mut grant = Form::post(&cx.path(places.done));
    if places.kind == Kind::Redirect {
        grant = grant
            .hidden("clientIdentifier", "")
            .hidden("oauthState", "")
            .hidden("providedRedirectUri", "");
    }
    let grant = grant
        .hidden("requesttoken", &token)
        .hidden("stateToken", &step.state_token)
        .submit("Grant access");
    let who = format!("You are logged in as {} ({}).", user.display_name, user.id);
    let asks = format!(
        "“{}” would get access to this account: it could read and write everything that you can.",
        step.client
    );
    let parts = [
        Html::paragraph(&who),
        Html::paragraph(&asks),
        Html::remark("You can take the access back at any time, on the page “Devices”."),
        grant,
        cancel_form(cx, places, step, &token),
    ];
    let frame = Frame {
        status: StatusCode::OK,
        title: "Account access",
        request_token: Some(&token),
        leads: places.leads,
    };
    framed(&frame, &parts)
}

fn cancel_form(cx: &PageCx, places: &Places, step: &Step, token: &str) -> Html {
    Form::post(&cx.path(places.cancel))
        .hidden("requesttoken", token)
        .hidden("stateToken", &step.state_token)
        .submit_plainly("Cancel")
}

fn connected_page(client: &str) -> Answer {
    let parts = [
        Html::paragraph(&format!("“{client}” should now be connected.")),
        Html::paragraph("You can close this window."),
    ];
    page(StatusCode::OK, "Account connected", &parts)
}
