//! The answer to inviting an address. Source: conversations.md 4.5.

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::invitation::Added;

/// The type that the conversation has now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedView<'a> {
    r#type: i64,
    /// Quirk: invitation-link.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_link: Option<&'a str>,
}

impl<'a> InvitedView<'a> {
    /// `None` if it was no address.
    pub fn new(added: &'a Added) -> Option<Self> {
        match added {
            Added::Member => None,
            Added::Guest { kind, link } => Some(Self {
                r#type: kind.wire(),
                invitation_link: link.as_deref(),
            }),
        }
    }
}
