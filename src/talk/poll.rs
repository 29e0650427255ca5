//! Polls. Rules: `chat::poll`. Shapes: `view::poll`.

use super::view::poll::{DraftView, PollView};
use crate::chat::poll::{Asked, Ended, NewPoll};
use crate::http::form::{BadField, Fields, Value};
use crate::model::{Permissions, PollId};
use crate::ocs::{
    Cx, Failure, Form, Moderator, Participant, Reply, Routes, moderator, participant,
};

pub fn routes(r: &mut Routes) {
    let may_write = participant().read_write().no_lobby().may(Permissions::CHAT);
    let poll = "/api/v1/poll/{token}/{pollId}";
    r.add("POST", "/api/v1/poll/{token}", may_write, create)
        .creates::<PollView<'static>>()
        .shows::<DraftView<'static>>();
    r.add(
        "POST",
        "/api/v1/poll/{token}/draft/{pollId}",
        may_write,
        edit_draft,
    )
    .shows::<DraftView<'static>>();
    r.add("GET", "/api/v1/poll/{token}/drafts", moderator(), drafts)
        .shows::<Vec<DraftView<'static>>>();
    r.add("GET", poll, participant().no_lobby(), show)
        .shows::<PollView<'static>>();
    r.add("POST", poll, participant().no_lobby(), vote)
        .shows::<PollView<'static>>();
    r.add("DELETE", poll, participant().no_lobby(), close)
        .shows::<PollView<'static>>()
        .answers::<()>(202);
}

impl Form for NewPoll {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let options = match fields.get("options") {
            // What is in the list is the domain's to refuse, after other things.
            Some(Value::List(_) | Value::Map(_)) => fields.texts("options").ok(),
            _ => return Err(BadField("options".to_owned())),
        };
        Ok(Self {
            question: fields.text("question")?,
            options,
            result_mode: fields.int("resultMode")?,
            max_votes: fields.int("maxVotes")?,
        })
    }
}

/// A poll, and whether it is asked at once.
struct Create {
    poll: NewPoll,
    asked: Asked,
}

impl Form for Create {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            poll: NewPoll::read(fields)?,
            asked: match fields.flag_or("draft", false) {
                true => Asked::Later,
                false => Asked::Now,
            },
        })
    }
}

/// The poll that a path names.
struct PollPath(PollId);

impl Form for PollPath {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        fields.int("pollId").map(|id| Self(PollId(id)))
    }
}

/// Another content for a draft.
struct EditDraft {
    id: PollId,
    poll: NewPoll,
}

impl Form for EditDraft {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            id: PollPath::read(fields)?.0,
            poll: NewPoll::read(fields)?,
        })
    }
}

/// A poll and the options chosen; `None` if they are not all numbers.
struct Vote {
    id: PollId,
    options: Option<Vec<i64>>,
}

impl Form for Vote {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let options = match fields.get("optionIds") {
            None => Some(Vec::new()),
            Some(Value::List(entries)) => entries.iter().map(number).collect(),
            Some(Value::Map(entries)) => entries.iter().map(|(_, entry)| number(entry)).collect(),
            Some(_) => return Err(BadField("optionIds".to_owned())),
        };
        Ok(Self {
            id: PollPath::read(fields)?.0,
            options,
        })
    }
}

/// A number, also as text.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.trim_ascii().parse().ok(),
        _ => None,
    }
}

/// Ask a poll, or keep it as a draft.
///
/// Shape: 201 the poll; 200 the draft.
/// Errors: `room`, `draft`, `question`, `options` 400. Source: chat-extras.md 3.1.
async fn create(cx: Cx, Participant(at): Participant, form: Create) -> Result<Reply, Failure> {
    let seen = cx.chat().create_poll(&at, form.poll, form.asked).await?;
    Ok(match form.asked {
        Asked::Now => Reply::created(&cx, &PollView::new(&seen)),
        Asked::Later => Reply::ok(&cx, &DraftView::new(&seen.sheet)),
    })
}

/// Put another content into a draft.
///
/// Shape: the draft.
/// Errors: `room` 400, `PollNotFound` 404, `poll`, `draft`, `question`, `options` 400.
async fn edit_draft(
    cx: Cx,
    Participant(at): Participant,
    form: EditDraft,
) -> Result<Reply, Failure> {
    let sheet = cx.chat().edit_poll_draft(&at, form.id, form.poll).await?;
    Ok(Reply::ok(&cx, &DraftView::new(&sheet)))
}

/// All drafts of the conversation.
///
/// Shape: a list of drafts.
async fn drafts(cx: Cx, Moderator(at): Moderator, (): ()) -> Result<Reply, Failure> {
    let sheets = cx.chat().poll_drafts(&at).await?;
    let views: Vec<_> = sheets.iter().map(DraftView::new).collect();
    Ok(Reply::ok(&cx, &views))
}

/// A poll.
///
/// Shape: the poll. Errors: `PollNotFound` 404.
async fn show(
    cx: Cx,
    Participant(at): Participant,
    PollPath(id): PollPath,
) -> Result<Reply, Failure> {
    let seen = cx.chat().poll(&at, id).await?;
    Ok(Reply::ok(&cx, &PollView::new(&seen)))
}

/// Vote, or take the vote back.
///
/// Shape: the poll. Errors: `PollNotFound` 404, `poll` 400, `options` 400.
async fn vote(cx: Cx, Participant(at): Participant, form: Vote) -> Result<Reply, Failure> {
    let seen = cx.chat().vote(&at, form.id, form.options).await?;
    Ok(Reply::ok(&cx, &PollView::new(&seen)))
}

/// Close a poll, or delete a draft.
///
/// Shape: 200 the poll; 202 null for a draft.
/// Errors: `PollNotFound` 404, `poll` 400, `NotYourPoll` 403.
async fn close(
    cx: Cx,
    Participant(at): Participant,
    PollPath(id): PollPath,
) -> Result<Reply, Failure> {
    Ok(match cx.chat().close_poll(&at, id).await? {
        Ended::Closed(seen) => Reply::ok(&cx, &PollView::new(&seen)),
        Ended::Deleted => Reply::with_status(&cx, 202, &()),
    })
}
