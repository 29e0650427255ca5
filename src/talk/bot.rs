//! Bots: enabled by moderators, and what they say. Rules: `chat::bot`. Shapes: `view::bot`.

use std::sync::Arc;

use super::chat_forms::MessagePath;
use super::view::bot::{BotHereView, BotView};
use crate::chat::bot::SetUp;
use crate::chat::bot::answer::{BotMessage, Whence};
use crate::chat::message::ReferenceId;
use crate::chat::reaction::Reacted;
use crate::http::form::{BadField, Fields};
use crate::model::{BotId, MessageId, User};
use crate::ocs::{
    Cx, Failure, Form, LoggedInModerator, Reply, Routes, admin, bot, logged_in_moderator,
};

pub fn routes(r: &mut Routes) {
    let (rooms, room) = ("/api/v1/bot/{token}", "/api/v1/bot/{token}/{botId}");
    let reaction = "/api/v1/bot/{token}/reaction/{messageId}";
    r.add("GET", "/api/v1/bot/admin", admin(), list_all)
        .shows::<Vec<BotView<'static>>>();
    r.add("GET", rooms, logged_in_moderator(), list)
        .shows::<Vec<BotHereView<'static>>>();
    r.add("POST", room, logged_in_moderator(), enable)
        .shows::<BotHereView<'static>>()
        .creates::<BotHereView<'static>>();
    r.add("DELETE", room, logged_in_moderator(), disable)
        .shows::<BotHereView<'static>>();
    r.add("POST", "/api/v1/bot/{token}/message", bot(), post)
        .creates::<()>();
    r.add("POST", reaction, bot(), react)
        .shows::<()>()
        .creates::<()>();
    r.add("DELETE", reaction, bot(), take_reaction_back)
        .shows::<()>();
}

/// A bot, by its number.
struct BotPath(BotId);

impl Form for BotPath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("botId").map(|id| Self(BotId(id)))
    }
}

impl Form for BotMessage {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            text: fields.text("message")?,
            reply_to: MessageId(fields.int_or("replyTo", 0)),
            reference_id: ReferenceId::cut(&fields.text_or("referenceId", "")?),
            silent: fields.flag_or("silent", false),
        })
    }
}

/// A message and an emoji.
struct Reaction {
    message: MessageId,
    emoji: String,
}

impl Form for Reaction {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            message: MessagePath::read(fields)?.0,
            emoji: fields.text("reaction")?,
        })
    }
}

/// All bots of the server.
///
/// Shape: a list of bots with everything but their secrets. Source: chat-extras.md 4.2.
async fn list_all(cx: Cx, _: Arc<User>, (): ()) -> Result<Reply, Failure> {
    let bots = cx.chat().bots().await?;
    let views: Vec<_> = bots.iter().map(BotView::new).collect();
    Ok(Reply::ok(&cx, &views))
}

/// The bots of a conversation, and those that could be.
///
/// Shape: a list of bots. Source: chat-extras.md 4.2.
async fn list(cx: Cx, LoggedInModerator(at): LoggedInModerator, (): ()) -> Result<Reply, Failure> {
    let bots = cx.chat().bots_here(&at).await?;
    let views: Vec<_> = bots.iter().map(BotHereView::new).collect();
    Ok(Reply::ok(&cx, &views))
}

/// Enable a bot.
///
/// Shape: the bot; 201 newly, 200 enabled already. Errors: `room`, `bot` 400.
async fn enable(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    BotPath(id): BotPath,
) -> Result<Reply, Failure> {
    let (set_up, bot) = cx.chat().enable_bot(&at, id).await?;
    let status = match set_up {
        SetUp::New => 201,
        SetUp::Already => 200,
    };
    Ok(Reply::with_status(&cx, status, &BotHereView::new(&bot)))
}

/// Disable a bot, if it is enabled.
///
/// Shape: the bot. Errors: `bot` 400.
async fn disable(
    cx: Cx,
    LoggedInModerator(at): LoggedInModerator,
    BotPath(id): BotPath,
) -> Result<Reply, Failure> {
    let bot = cx.chat().disable_bot(&at, id).await?;
    Ok(Reply::ok(&cx, &BotHereView::new(&bot)))
}

/// Post a message as a bot.
///
/// Shape: null, 201. Errors: `NothingSaid`, `Unsigned`, `ParentNotFound` 400, `Forged` 401, `TooLong` 413.
/// Source: chat-extras.md 4.4.
async fn post(cx: Cx, whence: Whence, message: BotMessage) -> Result<Reply, Failure> {
    cx.chat().post_as_bot(&whence, message).await?;
    Ok(Reply::created(&cx, &()))
}

/// React as a bot.
///
/// Shape: null; 201 new, 200 there already. Errors: `Unsigned` 400, `Forged` 401, `ReactionNotFound` 404,
/// `NotReactable` 400.
async fn react(cx: Cx, whence: Whence, form: Reaction) -> Result<Reply, Failure> {
    let chat = cx.chat();
    let reacted = chat.react_as_bot(&whence, form.message, form.emoji).await?;
    let status = match reacted {
        Reacted::New => 201,
        Reacted::Already => 200,
    };
    Ok(Reply::with_status(&cx, status, &()))
}

/// Take a reaction back as a bot.
///
/// Shape: null. Errors: `Unsigned` 400, `Forged` 401, `ReactionNotFound` 404.
async fn take_reaction_back(cx: Cx, whence: Whence, form: Reaction) -> Result<Reply, Failure> {
    let chat = cx.chat();
    chat.take_reaction_back_as_bot(&whence, form.message, form.emoji)
        .await?;
    Ok(Reply::null(&cx))
}
