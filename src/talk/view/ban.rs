//! A ban as moderators read it. Source: conversations.md 4.12.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Ban;

/// The ban object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BanView<'b> {
    id: i64,
    moderator_actor_type: &'static str,
    moderator_actor_id: &'b str,
    moderator_display_name: &'b str,
    banned_actor_type: &'static str,
    banned_actor_id: &'b str,
    banned_display_name: &'b str,
    banned_time: i64,
    internal_note: &'b str,
}

impl<'b> BanView<'b> {
    pub fn new(ban: &'b Ban) -> Self {
        Self {
            id: ban.id,
            moderator_actor_type: ban.moderator.kind.wire(),
            moderator_actor_id: &ban.moderator.id,
            moderator_display_name: &ban.moderator_name,
            banned_actor_type: ban.banned.kind.wire(),
            banned_actor_id: &ban.banned.id,
            banned_display_name: &ban.banned_name,
            banned_time: ban.banned_at,
            internal_note: &ban.note,
        }
    }
}
