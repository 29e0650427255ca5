//! Chat messages of one conversation. Rules: `chat::message`, `chat::receive`, `chat::read_marker`.
//! Shapes: `view::message`.

use hyper::header::HeaderName;

use super::chat_forms::{AroundMessage, MarkRead, MessagePath, NewText, Receive, ReceiveMessages};
use super::view;
use super::view::message::MessageView;
use super::view::room::RoomJson;
use crate::chat::admission::Participation;
use crate::chat::message::{Draft, Share};
use crate::chat::receive::Poll;
use crate::chat::rendered::Reader;
use crate::chat::resolved::Resolved;
use crate::model::{MessageId, Permissions};
use crate::ocs::{
    Authenticated, Cx, Failure, LoggedInModerator, Participant, Reply, Routes, authenticated,
    logged_in_moderator, participant,
};

pub(super) const LAST_GIVEN: HeaderName = HeaderName::from_static("x-chat-last-given");
const LAST_COMMON_READ: HeaderName = HeaderName::from_static("x-chat-last-common-read");
const CHAT: Permissions = Permissions::CHAT;

pub fn routes(r: &mut Routes) {
    r.add(
        "GET",
        "/api/v1/chat/{token}",
        participant().no_lobby(),
        receive,
    )
    .shows::<Vec<MessageView<'static>>>()
    .unchanged();
    r.add(
        "POST",
        "/api/v1/chat/{token}",
        participant().read_write().no_lobby().may(CHAT),
        post,
    )
    .creates::<MessageView<'static>>();
    r.add(
        "POST",
        "/api/v1/chat/{token}/share",
        participant().read_write().no_lobby().may(CHAT),
        share,
    )
    .creates::<MessageView<'static>>();
    r.add(
        "POST",
        "/api/v1/chat/{token}/read",
        authenticated(),
        mark_read,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v1/chat/{token}/read",
        authenticated(),
        mark_unread,
    )
    .shows::<RoomJson<'static>>();
    r.add(
        "DELETE",
        "/api/v1/chat/{token}/{messageId}",
        authenticated().read_write().no_lobby().may(CHAT),
        delete,
    )
    .shows::<MessageView<'static>>()
    .answers::<MessageView<'static>>(202);
    r.add(
        "PUT",
        "/api/v1/chat/{token}/{messageId}",
        authenticated().read_write().no_lobby().may(CHAT),
        edit,
    )
    .shows::<MessageView<'static>>()
    .answers::<MessageView<'static>>(202);
    r.add(
        "DELETE",
        "/api/v1/chat/{token}",
        logged_in_moderator().read_write(),
        clear,
    )
    .shows::<MessageView<'static>>();
    r.add(
        "GET",
        "/api/v1/chat/{token}/{messageId}/context",
        participant().no_lobby(),
        context,
    )
    .shows::<Vec<MessageView<'static>>>()
    .unchanged();
}

/// Messages before or after a known one; waits for later ones if there are none yet.
///
/// Shape: a list of messages. 200 with `X-Chat-Last-Given`, or 304.
/// Errors: `RoomNotFound` 404, `LobbyActive` 412.
/// Source: chat.md 2.
async fn receive(
    cx: Cx,
    Participant(at): Participant,
    form: ReceiveMessages,
) -> Result<Reply, Failure> {
    if form.keeps_alive && cx.agent.is_mobile() {
        cx.chat().ping(&at).await?;
        if matches!(form.receive, Receive::Wait(_)) {
            cx.chat().reads_along(&at).await?;
        }
    }
    if form.settles {
        cx.chat().settle(&at).await?;
    }
    let poll = match form.receive {
        Receive::History(ask) => cx.chat().history(&at, ask).await?,
        Receive::Wait(ask) => cx.chat().wait(&at, ask).await?,
    };
    Ok(poll_reply(&cx, &at, poll))
}

/// The messages around one.
///
/// Shape: a list of messages, oldest first. 200, or 304 if there are none.
/// Source: chat-extras.md 7.
async fn context(
    cx: Cx,
    Participant(at): Participant,
    form: AroundMessage,
) -> Result<Reply, Failure> {
    cx.chat().settle(&at).await?;
    let poll = cx
        .chat()
        .context(&at, form.message, form.limit, form.thread)
        .await?;
    Ok(poll_reply(&cx, &at, poll))
}

/// Post a message.
///
/// Shape: the message with its parent, status 201.
/// Errors: `EmptyMessage` 400, `ParentNotFound` 400, `MessageTooLong` 413, `TooManyMentions` 429.
/// Source: chat.md 3.
async fn post(cx: Cx, Participant(at): Participant, draft: Draft) -> Result<Reply, Failure> {
    let row = cx.chat().post_message(&at, draft).await?;
    message_reply(&cx, &at, 201, &row).await
}

/// Share a rich object.
///
/// Shape: the message, status 201.
/// Errors: `InvalidLink` 400, `InvalidObject` 400, `MessageTooLong` 413.
/// Source: chat.md 4.
async fn share(cx: Cx, Participant(at): Participant, share: Share) -> Result<Reply, Failure> {
    let trusted = |host: &str| cx.is_trusted_host(host);
    let row = cx.chat().share_object(&at, share, trusted).await?;
    message_reply(&cx, &at, 201, &row).await
}

/// Delete a message.
///
/// Shape: the system message that says so, with the deleted message as its parent.
/// Errors: `MessageNotFound` 404, `NotYourMessage` 403, `NotChangeable` 405, `TooOldToChange` 400.
/// Source: chat.md 5.
async fn delete(
    cx: Cx,
    Authenticated(at): Authenticated,
    MessagePath(id): MessagePath,
) -> Result<Reply, Failure> {
    let row = cx.chat().delete_message(&at, id).await?;
    changed_reply(&cx, &at, &row).await
}

/// Put another text in place of a message's.
///
/// Shape: the system message that says so, with the message as its parent.
/// Errors: `MessageNotFound` 404, `NotYourMessage` 403, `NotChangeable` 405, `TooOldToChange` 400,
/// `EmptyMessage` 400, `MessageTooLong` 413. Source: chat-extras.md 1.
async fn edit(
    cx: Cx,
    Authenticated(at): Authenticated,
    NewText { message, text }: NewText,
) -> Result<Reply, Failure> {
    let row = cx.chat().edit_message(&at, message, text).await?;
    changed_reply(&cx, &at, &row).await
}

/// Delete everything that was ever said.
///
/// Shape: the system message that says so. Errors: `HistoryStays` 403. Source: chat-extras.md 10.
async fn clear(cx: Cx, LoggedInModerator(at): LoggedInModerator, (): ()) -> Result<Reply, Failure> {
    let row = cx.chat().clear_history(&at).await?;
    message_reply(&cx, &at, 200, &row).await
}

/// Set the caller's read marker.
///
/// Shape: the conversation.
/// Errors: `lastReadMessage` 400.
/// Source: chat.md 6.2.
async fn mark_read(
    cx: Cx,
    Authenticated(at): Authenticated,
    MarkRead(to): MarkRead,
) -> Result<Reply, Failure> {
    cx.chat().mark_read(&at, to).await?;
    room_reply(&cx, &at).await
}

/// Set the caller's read marker before the last chat message.
///
/// Shape: the conversation. Source: chat.md 6.3.
async fn mark_unread(cx: Cx, Authenticated(at): Authenticated, (): ()) -> Result<Reply, Failure> {
    cx.chat().mark_unread(&at).await?;
    room_reply(&cx, &at).await
}

/// The caller as a reader.
pub(super) fn reader(at: &Participation) -> Reader {
    Reader {
        actor: at.actor().clone(),
        room_kind: at.room().kind,
    }
}

fn poll_reply(cx: &Cx, at: &Participation, poll: Poll) -> Reply {
    match poll {
        Poll::Page(page) => {
            let body = view::message::page_body(cx, &page.rows, &reader(at));
            let reply = Reply::shared(body).number(LAST_GIVEN, page.last_given.0);
            with_common_read(reply, page.common_read)
        }
        Poll::CommonRead(common_read) => with_common_read(Reply::empty(cx), Some(common_read)),
        Poll::Nothing => Reply::not_modified(cx),
    }
}

/// A message as an answer, with what everybody has read.
pub async fn message_reply(
    cx: &Cx,
    at: &Participation,
    status: u16,
    row: &Resolved,
) -> Result<Reply, Failure> {
    let reader = reader(at);
    let message = view::message::MessageView::new(row, &reader, &cx.base_url);
    let reply = Reply::with_status(cx, status, &message);
    Ok(with_common_read(
        reply,
        cx.chat().common_read_for(at).await?,
    ))
}

/// 202 instead of 200 if a message was changed that bots elsewhere have read.
async fn changed_reply(cx: &Cx, at: &Participation, row: &Resolved) -> Result<Reply, Failure> {
    let status = match cx.chat().is_told_elsewhere(at).await? {
        true => 202,
        false => 200,
    };
    message_reply(cx, at, status, row).await
}

async fn room_reply(cx: &Cx, at: &Participation) -> Result<Reply, Failure> {
    let room = cx.chat().room_of(at).await?;
    let reply = Reply::ok(cx, &view::room::room(cx, &room));
    Ok(with_common_read(
        reply,
        cx.chat().common_read_for(at).await?,
    ))
}

fn with_common_read(reply: Reply, common_read: Option<MessageId>) -> Reply {
    match common_read {
        Some(id) => reply.number(LAST_COMMON_READ, id.0),
        None => reply,
    }
}
