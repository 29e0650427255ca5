//! The account's own pages: what is at the start of the web address, and the devices that have app passwords.
//! Rules: `chat::app_password`. Source: server.md 7, 21.

use hyper::{Method, StatusCode};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::cx::{PageCx, Shown};
use super::gate::{Account, Owner};
use super::html::{Form, Frame, Html, Leads, framed};
use super::table::Table;
use crate::chat::Error;
use crate::chat::app_password::{AppPasswordRefusal, NewDevice};
use crate::model::{AppPassword, AppPasswordId};
use crate::ocs::service::Answer;

pub fn routes(pages: &mut Table) {
    pages.page(Method::GET, "/apps/spreed", home);
    pages.page(Method::GET, "/apps/spreed/", home);
    pages.page(Method::GET, "/devices", list);
    pages.change(Method::POST, "/devices", create);
    pages.change(Method::POST, "/devices/{deviceId}/revoke", revoke);
    pages.change(Method::POST, "/devices/{deviceId}/wipe", wipe);
}

/// Tell who is logged in, and what they can do here. Shape: a page; 303 to the login.
async fn home(cx: PageCx, me: Account) -> Result<Shown, Error> {
    let user = me.user();
    let token = cx.request_token();
    let who = format!("You are logged in as {} ({}).", user.display_name, user.id);
    let parts = [
        Html::paragraph(&who),
        Html::paragraph(
            "There is no page to chat on. Open a Talk app on your phone or computer and tell it this address:",
        ),
        Html::secret(&cx.base_url),
        Html::button_to(&cx.path("/devices"), "Devices"),
        Form::post(&cx.path("/logout"))
            .hidden("requesttoken", &token)
            .submit_plainly("Log out"),
    ];
    Ok(own_page(StatusCode::OK, "Your account", &token, &parts).into())
}

/// List the account's devices. Shape: a page; 303 to the login. Errors: `NotEnough` 403.
async fn list(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let page = devices_page(&cx, &me, StatusCode::OK, None);
    Ok(page.await?.into())
}

/// Make an app password, which is shown this once.
///
/// Shape: a page. Errors: `NotEnough`, `TooMany` 403; a missing or wrong password shows the list again, 403.
async fn create(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let (password, name) = (cx.text("password"), cx.text("name"));
    let wish = NewDevice {
        login: me.login(),
        password: &password,
        address: cx.caller.address,
        name: &name,
    };
    let made = match cx.chat().make_device(wish).await {
        Ok(made) => made,
        Err(Error::WrongPassword) => {
            let wrong = Some("This is not your password.");
            let page = devices_page(&cx, &me, StatusCode::FORBIDDEN, wrong);
            return Ok(page.await?.into());
        }
        Err(error) => return Err(error),
    };
    let (name, secret, login_name) = (&made.name, &made.secret, &me.login().typed);
    let link = format!(
        "nc://login/server:{}&user:{}&password:{secret}",
        cx.base_url,
        utf8_percent_encode(login_name, NON_ALPHANUMERIC)
    );
    let token = cx.request_token();
    let parts = [
        Html::paragraph(&format!(
            "For “{name}”. It is shown this once; write it down or type it now."
        )),
        Html::heading("Name"),
        Html::secret(login_name),
        Html::heading("App password"),
        Html::secret(secret),
        Html::heading("For a QR code"),
        Html::secret(&link),
        Html::button_to(&cx.path("/devices"), "Devices"),
    ];
    let answer = own_page(StatusCode::OK, "New app password", &token, &parts);
    let confirmed = made.confirmed_at;
    let session = confirmed.map(|at| cx.session.clone().confirmed(at));
    Ok(Shown { answer, session })
}

/// Revoke an app password. Shape: 303 to the list. Errors: `NotEnough` 403, `Unknown` 404.
async fn revoke(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let id = device(&cx)?;
    cx.chat().revoke_app_password(me.user(), id).await?;
    Ok(cx.see_other("/devices").into())
}

/// Tell a device to forget everything. Shape: 303 to the list. Errors: `NotEnough` 403, `Unknown` 404.
async fn wipe(cx: PageCx, me: Owner) -> Result<Shown, Error> {
    let id = device(&cx)?;
    cx.chat().wipe_app_password(me.user(), id).await?;
    Ok(cx.see_other("/devices").into())
}

/// The device that the path names.
fn device(cx: &PageCx) -> Result<AppPasswordId, Error> {
    let id = cx.text("deviceId").parse().ok();
    Ok(id.map(AppPasswordId).ok_or(AppPasswordRefusal::Unknown)?)
}

async fn devices_page(
    cx: &PageCx,
    me: &Owner,
    status: StatusCode,
    wrong: Option<&str>,
) -> Result<Answer, Error> {
    let token = cx.request_token();
    let devices = cx.chat().app_passwords(me.user()).await?;
    let mut parts = Vec::new();
    parts.extend(wrong.map(Html::wrong));
    parts.push(Html::paragraph(match devices.is_empty() {
        true => "No device or program has access to your account yet.",
        false => "These devices and programs have access to your account.",
    }));
    parts.extend(devices.iter().map(|device| entry(cx, device, &token)));
    let mut form = Form::post(&cx.path("/devices"))
        .hidden("requesttoken", &token)
        .line(
            "Name of the device or program",
            "name",
            "",
            "required maxlength=\"120\" autocomplete=\"off\"",
        );
    if !me.login().is_confirmed(cx.chat().clock().now()) {
        form = form.password(
            "Your password",
            "password",
            "autocomplete=\"current-password\"",
        );
    }
    parts.push(Html::section(&[
        Html::heading("New app password"),
        form.submit("Create"),
    ]));
    parts.push(Html::section(&[Html::button_to(
        &cx.path("/apps/spreed/"),
        "Your account",
    )]));
    Ok(own_page(status, "Devices", &token, &parts))
}

fn entry(cx: &PageCx, device: &AppPassword, token: &str) -> Html {
    let act = |act: &str, text: &str| {
        Form::post(&cx.path(&format!("/devices/{}/{act}", device.id.0)))
            .hidden("requesttoken", token)
            .submit_plainly(text)
    };
    let used = match device.last_used_at {
        0 => "never used".to_owned(),
        at => format!("last used on {}", day(at)),
    };
    let mut parts = vec![
        Html::heading(&device.name),
        Html::remark(&format!("Since {}, {used}", day(device.created_at))),
    ];
    if device.wipe {
        parts.push(Html::wrong(
            "It has no access any more, and will forget everything when it comes back.",
        ));
    }
    parts.push(act("revoke", "Revoke access"));
    if !device.wipe {
        parts.push(Html::folded(
            "The device is lost",
            &[
                Html::remark("The access ends, and an app that understands this forgets everything when it comes back."),
                act("wipe", "Revoke access and forget everything on it"),
            ],
        ));
    }
    Html::section(&parts)
}

fn day(at: i64) -> String {
    let time = chrono::DateTime::from_timestamp(at, 0);
    time.map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
}

fn own_page(status: StatusCode, title: &str, token: &str, parts: &[Html]) -> Answer {
    let frame = Frame {
        status,
        title,
        request_token: Some(token),
        leads: Leads::Here,
    };
    framed(&frame, parts)
}
