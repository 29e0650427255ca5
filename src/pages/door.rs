//! `/call/{token}`: where links to a conversation and invitations lead. Rules: `chat::invitation`.
//! Source: conversations.md 4.2; server.md 21.

use hyper::header::{HeaderValue, LOCATION};
use hyper::{Method, StatusCode};

use super::cx::{PageCx, Shown};
use super::html::{Form, Html, page};
use super::table::Table;
use crate::chat::Error;
use crate::chat::invitation::Doorway;
use crate::chat::throttle::Action;
use crate::model::Token;
use crate::ocs::service::{Answer, bare};

pub fn routes(pages: &mut Table) {
    pages.page(Method::GET, "/call/{token}", open);
    pages.page(Method::POST, "/call/{token}", type_password);
}

/// The room that the path names. Whoever guesses waits longer and longer, and then is refused.
async fn room(cx: &PageCx) -> Result<Token, Error> {
    let (chat, address) = (cx.chat(), cx.caller.address);
    let delay = chat
        .throttle(Action::RoomToken, address)?
        .max(chat.throttle(Action::RoomPassword, address)?);
    let clock = chat.clock();
    clock
        .until(clock.deadline(std::time::Duration::from_millis(delay)))
        .await;
    let token = cx.fields.text("token").ok();
    token
        .and_then(|token| Token::parse(&token))
        .ok_or(Error::RoomNotFound)
}

/// Open an invitation, or look who is there.
///
/// Shape: a page; after an invitation 303 to the link without its secret, so that it stays out of the history.
/// Errors: `RoomNotFound` 404, a visitor's browser is led to the login instead; `InvitationVoid` 403.
async fn open(cx: PageCx) -> Result<Shown, Error> {
    let token = &room(&cx).await?;
    let (chat, caller, fields) = (cx.chat(), &cx.caller, &cx.fields);
    let shown = fields.text("email").ok().zip(fields.text("access").ok());
    let Some((address, access)) = shown else {
        return match chat.doorway(caller, token).await {
            Ok(door) => Ok(door_page(&cx, StatusCode::OK, token, &door, false).into()),
            // Quirk: door-of-private-rooms.
            Err(Error::RoomNotFound) if cx.request.wants_html() && caller.user.is_none() => {
                Err(Error::NotLoggedIn)
            }
            Err(error) => Err(error),
        };
    };
    chat.open_invitation(caller, token, &address, access)
        .await?;
    Ok(back_to(token).into())
}

/// Show the conversation's password.
///
/// Shape: 303 to the page. Errors: `RoomNotFound` 404, `WrongRoomPassword` 403.
async fn type_password(cx: PageCx) -> Result<Shown, Error> {
    let token = &room(&cx).await?;
    let (chat, caller) = (cx.chat(), &cx.caller);
    let password = cx.fields.text("password").unwrap_or_default();
    match chat.type_room_password(caller, token, password).await {
        Ok(()) => Ok(back_to(token).into()),
        Err(Error::WrongRoomPassword) => {
            let door = chat.doorway(caller, token).await?;
            Ok(door_page(&cx, StatusCode::FORBIDDEN, token, &door, true).into())
        }
        Err(error) => Err(error),
    }
}

fn door_page(
    cx: &PageCx,
    status: StatusCode,
    token: &Token,
    door: &Doorway,
    was_wrong: bool,
) -> Answer {
    let title = door.name.as_deref().unwrap_or("Conversation");
    let mut parts = Vec::new();
    if let Some(address) = &door.invited_address {
        parts.push(Html::paragraph(&format!(
            "You are invited as {address}, and this browser is known now."
        )));
    }
    if door.needs_password || was_wrong {
        parts.push(Html::paragraph("This conversation has a password."));
        if was_wrong {
            parts.push(Html::wrong("This is not the password."));
        }
        let form = Form::post(&cx.path(&format!("/call/{}", token.as_str()))).password(
            "Password",
            "password",
            "autofocus autocomplete=\"current-password\"",
        );
        parts.push(form.submit("Continue"));
    } else {
        parts.push(Html::paragraph(
            "There is no page to chat on. Members open the conversation in their Talk app, which asks for this address:",
        ));
        parts.push(Html::secret(&cx.base_url));
    }
    match &cx.caller.user {
        Some(user) => parts.push(Html::remark(&format!(
            "You are logged in as {} ({}).",
            user.display_name, user.id
        ))),
        None => {
            let login = format!("/login?redirect_url=/call/{}", token.as_str());
            parts.push(Html::button_to(&cx.path(&login), "Log in"));
        }
    }
    page(status, title, &parts)
}

/// To the same page, relative, since a proxy may have put the server below a path.
fn back_to(token: &Token) -> Answer {
    let mut answer = bare(StatusCode::SEE_OTHER);
    if let Ok(location) = HeaderValue::try_from(token.as_str()) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}
