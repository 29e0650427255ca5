//! Polls. Source: chat-extras.md 3.2.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::chat::poll::{PollSeen, PollSheet};
use crate::chat::resolved::Author;
use crate::ocs::shape::map_or_empty_list;

/// A poll without its result, as drafts are shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DraftView<'p> {
    id: i64,
    question: &'p str,
    options: &'p [String],
    actor_type: &'static str,
    actor_id: &'p str,
    actor_display_name: &'p str,
    status: i64,
    result_mode: i64,
    max_votes: i64,
}

impl<'p> DraftView<'p> {
    pub fn new(sheet: &'p PollSheet) -> Self {
        let (poll, author) = (&sheet.poll, &sheet.author);
        Self {
            id: poll.id.0,
            question: &poll.question,
            options: &poll.options,
            actor_type: author.kind,
            actor_id: &author.id,
            actor_display_name: &author.name,
            status: poll.status.wire(),
            result_mode: i64::from(poll.hidden),
            max_votes: poll.max_votes,
        }
    }
}

/// A poll with as much of its result as the reader sees.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PollView<'p> {
    #[serde(flatten)]
    sheet: DraftView<'p>,
    votes: VotesView<'p>,
    num_voters: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Vec<DetailView<'p>>>,
    voted_self: &'p [usize],
}

impl<'p> PollView<'p> {
    pub fn new(seen: &'p PollSeen) -> Self {
        let details = seen.details.as_ref();
        Self {
            sheet: DraftView::new(&seen.sheet),
            votes: VotesView(&seen.votes),
            num_voters: seen.voters,
            details: details.map(|all| all.iter().map(DetailView::new).collect()),
            voted_self: &seen.own,
        }
    }
}

/// Option to number of votes: an empty map is `[]` here.
struct VotesView<'p>(&'p BTreeMap<usize, usize>);

impl Serialize for VotesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        let votes = self.0.iter();
        serializer.collect_map(votes.map(|(option, votes)| (format!("option-{option}"), votes)))
    }
}

impl JsonSchema for VotesView<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Votes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_or_empty_list::<usize>(generator)
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DetailView<'p> {
    actor_type: &'static str,
    actor_id: &'p str,
    actor_display_name: &'p str,
    option_id: usize,
}

impl<'p> DetailView<'p> {
    fn new((voter, option): &'p (Author, usize)) -> Self {
        Self {
            actor_type: voter.kind,
            actor_id: &voter.id,
            actor_display_name: &voter.name,
            option_id: *option,
        }
    }
}
