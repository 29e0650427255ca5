//! `/call/{token}`: where links to a conversation and invitations lead. Rules: `chat::invitation`.
//! Source: conversations.md 4.2; server.md 21.

use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Method, StatusCode};

use super::html::{Html, page};
use super::wrong_method;
use crate::chat::admission::Caller;
use crate::chat::invitation::Doorway;
use crate::chat::throttle::Action;
use crate::chat::{Chat, Error};
use crate::http::form::Fields;
use crate::http::request::Request;
use crate::model::Token;
use crate::ocs::service::{Answer, bare};

/// What stands where a path of this page has its token.
pub fn token_text(path: &str) -> Option<&str> {
    let path = path.strip_prefix("/index.php").unwrap_or(path);
    path.strip_prefix("/call/")
}

/// The room that a path names.
pub fn token(path: &str) -> Option<Token> {
    Token::parse(token_text(path)?)
}

/// One request. Whoever guesses waits longer and longer, and then is refused.
pub async fn answer(
    chat: &Chat,
    request: &Request,
    caller: &Caller,
    token: &Token,
) -> Result<Answer, Error> {
    let delay = chat
        .throttle(Action::RoomToken, caller.address)?
        .max(chat.throttle(Action::RoomPassword, caller.address)?);
    let clock = chat.clock();
    clock
        .until(clock.deadline(std::time::Duration::from_millis(delay)))
        .await;
    let fields = Fields::read(
        &request.method,
        request.query.as_deref(),
        request.header(CONTENT_TYPE),
        request.body.clone(),
    )
    .await;
    match request.method {
        Method::GET | Method::HEAD => open(chat, caller, token, &fields).await,
        Method::POST => type_password(chat, caller, token, &fields).await,
        _ => Ok(wrong_method()),
    }
}

/// Open an invitation, or look who is there.
///
/// Shape: a page; after an invitation 303 to the link without its secret, so that it stays out of the history.
/// Errors: `RoomNotFound` 404, `InvitationVoid` 403.
async fn open(
    chat: &Chat,
    caller: &Caller,
    token: &Token,
    fields: &Fields,
) -> Result<Answer, Error> {
    let shown = fields.text("email").ok().zip(fields.text("access").ok());
    let Some((address, access)) = shown else {
        let door = chat.doorway(caller, token).await?;
        return Ok(door_page(StatusCode::OK, token, &door, false));
    };
    chat.open_invitation(caller, token, &address, access)
        .await?;
    Ok(back_to(token))
}

/// Show the conversation's password.
///
/// Shape: 303 to the page. Errors: `RoomNotFound` 404, `WrongRoomPassword` 403.
async fn type_password(
    chat: &Chat,
    caller: &Caller,
    token: &Token,
    fields: &Fields,
) -> Result<Answer, Error> {
    let password = fields.text("password").unwrap_or_default();
    match chat.type_room_password(caller, token, password).await {
        Ok(()) => Ok(back_to(token)),
        Err(Error::WrongRoomPassword) => {
            let door = chat.doorway(caller, token).await?;
            Ok(door_page(StatusCode::FORBIDDEN, token, &door, true))
        }
        Err(error) => Err(error),
    }
}

fn door_page(status: StatusCode, token: &Token, door: &Doorway, was_wrong: bool) -> Answer {
    let title = door.name.as_deref().unwrap_or("Conversation");
    let mut parts = Vec::new();
    if let Some(address) = &door.invited_address {
        parts.push(Html::paragraph(&format!(
            "You are invited as {address}, and this browser is known now."
        )));
    }
    if door.needs_password || was_wrong {
        parts.push(Html::paragraph("This conversation has a password."));
        parts.push(Html::password_form(token.as_str(), was_wrong));
    } else {
        parts.push(Html::paragraph(
            "There is no page to chat on yet. Members open the conversation in their app.",
        ));
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
