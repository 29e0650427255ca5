//! Bots, where they work, and what they are still to be told: the store's contract.

use super::StoreError;
use crate::model::{Bot, BotEvent, BotFeatures, BotId, BotState, Delivery, DeliveryState, RoomId};

/// Reading bots.
pub trait BotsRead {
    fn find_bot(&self, id: BotId) -> Result<Option<Bot>, StoreError>;
    fn find_bot_by_url(&self, url: &str) -> Result<Option<Bot>, StoreError>;
    /// All bots, by id.
    fn bots(&self) -> Result<Vec<Bot>, StoreError>;
    /// The bots that are enabled for a room, disabled ones too, by id.
    fn bots_in(&self, room: RoomId) -> Result<Vec<Bot>, StoreError>;
    /// The rooms for which a bot is enabled.
    fn rooms_of_bot(&self, bot: BotId) -> Result<Vec<RoomId>, StoreError>;
    /// The name of the bot whose address has this hash, if it is enabled for the room.
    fn bot_name_in(&self, room: RoomId, url_hash: &str) -> Result<Option<String>, StoreError>;
    /// The first in line of what a bot is to be told.
    fn next_in_line(&self, bot: BotId) -> Result<Option<Delivery>, StoreError>;
    /// What stepped out of line and is due first.
    fn next_aside(&self, bot: BotId) -> Result<Option<Delivery>, StoreError>;
    /// The newest deliveries to one bot or to all, newest first, without their bodies.
    fn delivery_log(&self, bot: Option<BotId>, limit: u32) -> Result<Vec<Delivery>, StoreError>;
}

/// Writing bots.
pub trait BotsWrite {
    /// The bot with its id. Errors: `Taken` if its address or secret is another's.
    fn insert_bot(&self, bot: Bot) -> Result<Bot, StoreError>;
    /// And all that it was to be told.
    fn delete_bot(&self, id: BotId) -> Result<(), StoreError>;
    fn set_bot_state(
        &self,
        id: BotId,
        state: BotState,
        features: BotFeatures,
    ) -> Result<(), StoreError>;
    /// Counts a failure.
    fn note_bot_error(&self, id: BotId, at: i64, reason: &str) -> Result<(), StoreError>;
    /// Errors: `Taken` if it is enabled there already.
    fn enable_bot(&self, bot: BotId, room: RoomId) -> Result<(), StoreError>;
    /// Nothing happens if it is not enabled there.
    fn disable_bot(&self, bot: BotId, room: RoomId) -> Result<(), StoreError>;
    /// Puts something at the end of the line of each of `bots`.
    fn queue_delivery(&self, bots: &[BotId], event: &BotEvent, now: i64) -> Result<(), StoreError>;
    /// What became of an attempt. One that is done loses its body; one that was given up meanwhile
    /// stays so.
    fn settle_delivery(
        &self,
        id: i64,
        state: DeliveryState,
        attempts: i64,
        next_attempt_at: i64,
        reason: &str,
    ) -> Result<(), StoreError>;
    /// Gives up what a bot is still to be told, but for the newest `keep`.
    fn give_up_deliveries(&self, bot: BotId, keep: u32, reason: &str) -> Result<(), StoreError>;
    /// Forgets finished deliveries made before `before`, and all but the newest `keep`.
    fn forget_deliveries(&self, bot: BotId, before: i64, keep: u32) -> Result<(), StoreError>;
}
