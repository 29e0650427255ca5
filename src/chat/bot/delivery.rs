//! Telling bots: which delivery is due, what a failure means, and for how long the log goes back.
//!
//! A bot is told one thing after the other. What fails is tried again after growing pauses; at first
//! everything behind it waits, then it steps aside so that one bad delivery cannot hold up all others.
//! Quirk: bot-retries.

use std::collections::BTreeSet;

use crate::chat::Chat;
use crate::chat::error::Error;
use crate::chat::transaction::{Act, View};
use crate::model::{Bot, BotId, BotSecret, BotState, Delivery, DeliveryState};

/// Seconds before each further attempt; after the last one a delivery is given up.
const PAUSES_SECS: [i64; 5] = [10, 60, 10 * 60, 60 * 60, 6 * 60 * 60];
/// A delivery steps aside before a pause that is longer.
const LONGEST_PAUSE_IN_LINE_SECS: i64 = 60;
/// Bytes of the reason why a delivery failed that are kept.
const MAX_REASON_BYTES: usize = 500;

/// Deliveries that may wait for one bot; of more, the oldest are given up.
const MAX_WAITING: u32 = 10_000;
/// Seconds for which the log keeps what is over.
const KEPT_SECS: i64 = 7 * 24 * 60 * 60;
/// Finished deliveries of one bot that the log keeps.
const MAX_FINISHED: u32 = 1_000;

/// Something to be sent now.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub delivery: Delivery,
    pub url: String,
    pub secret: BotSecret,
}

/// What there is to send.
#[derive(Debug, Default)]
pub struct Due {
    pub parcels: Vec<Parcel>,
    /// Unix seconds; when to look again, if nothing happens before.
    pub next_at: Option<i64>,
}

impl Chat {
    /// Returns when there may be something new to tell.
    pub async fn until_bots_are_told(&self) {
        self.memory.bots_told.notified().await;
    }

    /// Under this address the server is known to bots; from the first call on for good.
    pub fn set_address(&self, base_url: &str) {
        self.memory.set_address(base_url);
    }

    /// The address with one slash at its end.
    pub fn backend(&self) -> String {
        format!("{}/", self.memory.address())
    }

    /// At most `places` things to send now, none of them to the bots in `busy`.
    pub async fn due_deliveries(&self, busy: BTreeSet<BotId>, places: usize) -> Result<Due, Error> {
        self.read(move |view| find_due(view, &busy, places)).await
    }

    /// An attempt came to an end; `failure` says why it was in vain.
    pub async fn settle_delivery(
        &self,
        delivery: Delivery,
        failure: Option<String>,
    ) -> Result<(), Error> {
        self.write(move |act| settle(act, &delivery, failure.as_deref()))
            .await
    }
}

fn find_due(view: &View<'_>, busy: &BTreeSet<BotId>, places: usize) -> Result<Due, Error> {
    let mut due = Due::default();
    for bot in view.tx.bots()? {
        if bot.state == BotState::Disabled || busy.contains(&bot.id) {
            continue;
        }
        let Some(delivery) = next(view, &bot)? else {
            continue;
        };
        if delivery.next_attempt_at > view.now {
            let at = delivery.next_attempt_at;
            due.next_at = Some(due.next_at.map_or(at, |next| next.min(at)));
        } else {
            due.parcels.push(Parcel {
                delivery,
                url: bot.url,
                secret: bot.secret,
            });
        }
    }
    // Those who wait longest go first; whoever finds no place is looked at again when there is one.
    due.parcels.sort_by_key(|parcel| parcel.delivery.id);
    due.parcels.truncate(places);
    Ok(due)
}

fn next(view: &View<'_>, bot: &Bot) -> Result<Option<Delivery>, Error> {
    let waiting = [view.tx.next_in_line(bot.id)?, view.tx.next_aside(bot.id)?];
    let waiting = waiting.into_iter().flatten();
    Ok(waiting.min_by_key(|delivery| delivery.next_attempt_at))
}

fn settle(act: &mut Act<'_>, delivery: &Delivery, failure: Option<&str>) -> Result<(), Error> {
    let attempts = delivery.attempts + 1;
    let Some(reason) = failure else {
        let done = DeliveryState::Done;
        return Ok(act
            .tx
            .settle_delivery(delivery.id, done, attempts, act.now, "")?);
    };
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON_BYTES)];
    let (state, next_attempt_at) = match after(attempts) {
        Some((state, pause)) => (state, act.now + pause),
        None => (DeliveryState::GivenUp, act.now),
    };
    act.tx
        .settle_delivery(delivery.id, state, attempts, next_attempt_at, reason)?;
    Ok(act.tx.note_bot_error(delivery.bot, act.now, reason)?)
}

/// How a delivery waits after so many failures, and for how long; `None`: it is given up.
fn after(failures: i64) -> Option<(DeliveryState, i64)> {
    let pause = usize::try_from(failures - 1).ok();
    let pause = pause.and_then(|number| PAUSES_SECS.get(number).copied())?;
    let state = match pause > LONGEST_PAUSE_IN_LINE_SECS {
        true => DeliveryState::Aside,
        false => DeliveryState::InLine,
    };
    Some((state, pause))
}

/// Keeps queues and logs within their bounds.
pub fn tidy(act: &mut Act<'_>) -> Result<(), Error> {
    for bot in act.tx.bots()? {
        let reason = "too much waited for this bot";
        act.tx.give_up_deliveries(bot.id, MAX_WAITING, reason)?;
        act.tx
            .forget_deliveries(bot.id, act.now - KEPT_SECS, MAX_FINISHED)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_two_failures_others_go_first_and_after_six_it_is_over() {
        use DeliveryState::{Aside, InLine};
        let table = [
            (1, Some((InLine, 10))),
            (2, Some((InLine, 60))),
            (3, Some((Aside, 600))),
            (4, Some((Aside, 3600))),
            (5, Some((Aside, 21_600))),
            (6, None),
            (7, None),
        ];
        for (failures, then) in table {
            assert_eq!(after(failures), then, "{failures}");
        }
    }
}
