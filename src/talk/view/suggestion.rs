//! A suggested mention. Source: chat.md 7.6.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::status::StatusView;
use crate::chat::suggestion::Source;
use crate::chat::suggestions::{Suggested, Suggestions};

/// One entry.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionView<'s> {
    id: Cow<'s, str>,
    label: &'s str,
    source: &'static str,
    mention_id: Cow<'s, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Cow<'s, str>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    status: Option<StatusView>,
}

/// People first, everybody last.
pub fn list(suggestions: &Suggestions) -> Vec<SuggestionView<'_>> {
    let people = suggestions.people.iter().map(person);
    let everyone = suggestions.everyone.iter().map(|everyone| SuggestionView {
        id: Cow::Borrowed("all"),
        label: &everyone.label,
        source: "calls",
        mention_id: Cow::Borrowed("all"),
        details: (everyone.participants > 1)
            .then(|| Cow::Owned(format!("All {} participants", everyone.participants))),
        status: None,
    });
    people.chain(everyone).collect()
}

fn person(suggested: &Suggested) -> SuggestionView<'_> {
    let candidate = &suggested.candidate;
    let bare = candidate.id.as_str();
    let id = match candidate.source {
        Source::Users | Source::FederatedUsers => Cow::Borrowed(bare),
        Source::Groups => Cow::Owned(format!("group/{bare}")),
        Source::Guests => Cow::Owned(format!("guest/{bare}")),
        Source::Emails => Cow::Owned(format!("email/{bare}")),
        Source::Teams => Cow::Owned(format!("team/{bare}")),
    };
    let mention_id = match candidate.source {
        Source::FederatedUsers => Cow::Owned(format!("federated_user/{bare}")),
        _ => id.clone(),
    };
    SuggestionView {
        id,
        label: &candidate.label,
        source: candidate.source.wire(),
        mention_id,
        details: candidate.address.as_deref().map(Cow::Borrowed),
        status: suggested.status.clone().map(StatusView::new),
    }
}
