//! A bot as administrators and moderators read it. Source: chat-extras.md 4.2.

use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::bot::BotHere;
use crate::model::{Bot, BotState};

/// Everything but the secret, for administrators.
#[derive(Serialize, JsonSchema)]
pub struct BotView<'b> {
    id: i64,
    name: &'b str,
    url: &'b str,
    url_hash: &'b str,
    description: &'b str,
    error_count: i64,
    last_error_date: i64,
    last_error_message: Option<&'b str>,
    state: i64,
    features: i64,
}

impl<'b> BotView<'b> {
    pub fn new(bot: &'b Bot) -> Self {
        Self {
            id: bot.id.0,
            name: &bot.name,
            url: &bot.url,
            url_hash: &bot.url_hash,
            description: &bot.description,
            error_count: bot.error_count,
            last_error_date: bot.last_error_at,
            last_error_message: Some(bot.last_error.as_str()).filter(|text| !text.is_empty()),
            state: bot.state.wire(),
            features: bot.features.0,
        }
    }
}

/// A bot in one conversation; `state` says whether it is enabled there.
#[derive(Serialize, JsonSchema)]
pub struct BotHereView<'b> {
    id: i64,
    name: &'b str,
    description: &'b str,
    state: i64,
}

impl<'b> BotHereView<'b> {
    pub fn new(here: &'b BotHere) -> Self {
        let state = match (here.enabled, here.bot.state) {
            (_, BotState::NoSetup) => BotState::NoSetup,
            (true, BotState::Enabled | BotState::Disabled) => BotState::Enabled,
            (false, BotState::Enabled | BotState::Disabled) => BotState::Disabled,
        };
        Self {
            id: here.bot.id.0,
            name: &here.bot.name,
            description: &here.bot.description,
            state: state.wire(),
        }
    }
}
