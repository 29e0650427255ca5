//! Suggestions for mentions. Rules: `chat::suggestions`. Shapes: `view::suggestion`.

use super::view;
use super::view::suggestion::SuggestionView;
use crate::chat::suggestion::DEFAULT_LIMIT;
use crate::chat::suggestions::Search;
use crate::http::form::{BadField, Fields};
use crate::model::Permissions;
use crate::ocs::{Cx, Failure, Form, Participant, Reply, Routes, participant};

pub fn routes(r: &mut Routes) {
    r.add(
        "GET",
        "/api/v1/chat/{token}/mentions",
        participant().read_write().no_lobby().may(Permissions::CHAT),
        suggest,
    )
    .shows::<Vec<SuggestionView<'static>>>();
}

impl Form for Search {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let limit = usize::try_from(fields.int_or("limit", 0)).unwrap_or(0);
        Ok(Self {
            text: fields.text("search")?,
            limit: if limit == 0 { DEFAULT_LIMIT } else { limit },
            with_statuses: fields.flag_or("includeStatus", false),
        })
    }
}

/// Whom one may mention here.
///
/// Shape: a list of suggestions. Source: chat.md 7.
async fn suggest(cx: Cx, Participant(at): Participant, form: Search) -> Result<Reply, Failure> {
    let suggestions = cx.chat().suggest_mentions(&at, form).await?;
    Ok(Reply::ok(&cx, &view::suggestion::list(&suggestions)))
}
