//! SQL of bots and of what they are told.

use rusqlite::{Row, named_params};

use super::bot_event;
use super::tx::{Tx, known};
use crate::model::{
    Bot, BotEvent, BotFeatures, BotId, BotSecret, BotState, Delivery, DeliveryState, RoomId,
};
use crate::store::{BotsRead, BotsWrite, StoreError};

/// The columns that `read_bot` reads, in its order.
macro_rules! select_bot {
    ($rest:literal) => {
        concat!(
            "select b.id, b.name, b.url, b.url_hash, b.description, b.secret, b.state, b.features,
               b.error_count, b.last_error_at, b.last_error
             from bot b ",
            $rest
        )
    };
}

/// The columns that `read_delivery` reads, in its order.
macro_rules! select_delivery {
    ($body:literal, $rest:literal) => {
        concat!(
            "select id, bot_id, event, state, attempts, next_attempt_at, created_at, reason, ",
            $body,
            " from bot_delivery ",
            $rest
        )
    };
}

// What is asked with every message, and with every delivery.
const BOTS_IN: &str = select_bot!(
    "join bot_room r on r.bot_id = b.id
                 where r.room_id = :room
                 order by b.id"
);
const BOT_NAME_IN: &str = "select b.name
             from bot b
             join bot_room r on r.bot_id = b.id and r.room_id = :room
             where b.url_hash = :hash";
const NEXT_IN_LINE: &str = select_delivery!(
    "body",
    "indexed by bot_delivery_turn where bot_id = :bot and state = 0 order by id limit 1"
);
const NEXT_ASIDE: &str = select_delivery!(
    "body",
    "indexed by bot_delivery_aside where bot_id = :bot and state = 3 order by next_attempt_at limit 1"
);

fn read_bot(row: &Row<'_>) -> Result<Bot, StoreError> {
    let state: i64 = row.get(6)?;
    Ok(Bot {
        id: BotId(row.get(0)?),
        name: row.get(1)?,
        url: row.get(2)?,
        url_hash: row.get(3)?,
        description: row.get(4)?,
        secret: BotSecret(row.get(5)?),
        state: known("bot.state", BotState::from_wire(state), state)?,
        features: BotFeatures(row.get(7)?),
        error_count: row.get(8)?,
        last_error_at: row.get(9)?,
        last_error: row.get(10)?,
    })
}

fn read_delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let state: i64 = row.get(3)?;
    Ok(Delivery {
        id: row.get(0)?,
        bot: BotId(row.get(1)?),
        event: row.get(2)?,
        state: known("bot_delivery.state", DeliveryState::from_wire(state), state)?,
        attempts: row.get(4)?,
        next_attempt_at: row.get(5)?,
        created_at: row.get(6)?,
        reason: row.get(7)?,
        body: row.get(8)?,
    })
}

impl BotsRead for Tx<'_> {
    fn find_bot(&self, id: BotId) -> Result<Option<Bot>, StoreError> {
        self.find(
            select_bot!("where b.id = :id"),
            named_params! { ":id": id.0 },
            read_bot,
        )
    }

    fn find_bot_by_url(&self, url: &str) -> Result<Option<Bot>, StoreError> {
        self.find(
            select_bot!("where b.url = :url"),
            named_params! { ":url": url },
            read_bot,
        )
    }

    fn bots(&self) -> Result<Vec<Bot>, StoreError> {
        self.list(select_bot!("order by b.id"), [], read_bot)
    }

    fn bots_in(&self, room: RoomId) -> Result<Vec<Bot>, StoreError> {
        self.list(BOTS_IN, named_params! { ":room": room.0 }, read_bot)
    }

    fn rooms_of_bot(&self, bot: BotId) -> Result<Vec<RoomId>, StoreError> {
        self.list(
            "select room_id from bot_room where bot_id = :bot order by room_id",
            named_params! { ":bot": bot.0 },
            |row| Ok(RoomId(row.get(0)?)),
        )
    }

    fn bot_name_in(&self, room: RoomId, url_hash: &str) -> Result<Option<String>, StoreError> {
        self.find(
            BOT_NAME_IN,
            named_params! { ":room": room.0, ":hash": url_hash },
            |row| Ok(row.get(0)?),
        )
    }

    fn next_in_line(&self, bot: BotId) -> Result<Option<Delivery>, StoreError> {
        self.find(NEXT_IN_LINE, named_params! { ":bot": bot.0 }, read_delivery)
    }

    fn next_aside(&self, bot: BotId) -> Result<Option<Delivery>, StoreError> {
        self.find(NEXT_ASIDE, named_params! { ":bot": bot.0 }, read_delivery)
    }

    fn delivery_log(&self, bot: Option<BotId>, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.list(
            select_delivery!(
                "''",
                "where (:bot is null or bot_id = :bot) order by id desc limit :limit"
            ),
            named_params! { ":bot": bot.map(|bot| bot.0), ":limit": limit },
            read_delivery,
        )
    }
}

impl BotsWrite for Tx<'_> {
    fn insert_bot(&self, bot: Bot) -> Result<Bot, StoreError> {
        self.execute(
            "insert into bot (name, url, url_hash, description, secret, state, features)
             values (:name, :url, :url_hash, :description, :secret, :state, :features)",
            named_params! {
                ":name": bot.name,
                ":url": bot.url,
                ":url_hash": bot.url_hash,
                ":description": bot.description,
                ":secret": bot.secret.0,
                ":state": bot.state.wire(),
                ":features": bot.features.0,
            },
        )?;
        Ok(Bot {
            id: BotId(self.0.last_insert_rowid()),
            ..bot
        })
    }

    fn delete_bot(&self, id: BotId) -> Result<(), StoreError> {
        self.execute(
            "delete from bot where id = :id",
            named_params! { ":id": id.0 },
        )
    }

    fn set_bot_state(
        &self,
        id: BotId,
        state: BotState,
        features: BotFeatures,
    ) -> Result<(), StoreError> {
        self.execute(
            "update bot set state = :state, features = :features where id = :id",
            named_params! { ":id": id.0, ":state": state.wire(), ":features": features.0 },
        )
    }

    fn note_bot_error(&self, id: BotId, at: i64, reason: &str) -> Result<(), StoreError> {
        self.execute(
            "update bot
             set error_count = error_count + 1, last_error_at = :at, last_error = :reason
             where id = :id",
            named_params! { ":id": id.0, ":at": at, ":reason": reason },
        )
    }

    fn enable_bot(&self, bot: BotId, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "insert into bot_room (bot_id, room_id) values (:bot, :room)",
            named_params! { ":bot": bot.0, ":room": room.0 },
        )
    }

    fn disable_bot(&self, bot: BotId, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from bot_room where bot_id = :bot and room_id = :room",
            named_params! { ":bot": bot.0, ":room": room.0 },
        )
    }

    fn queue_delivery(&self, bots: &[BotId], event: &BotEvent, now: i64) -> Result<(), StoreError> {
        let body = bot_event::write(event)?;
        for bot in bots {
            self.execute(
                "insert into bot_delivery (bot_id, event, body, next_attempt_at, created_at)
                 values (:bot, :event, :body, :now, :now)",
                named_params! {
                    ":bot": bot.0,
                    ":event": event.kind.wire(),
                    ":body": body,
                    ":now": now,
                },
            )?;
        }
        Ok(())
    }

    fn settle_delivery(
        &self,
        id: i64,
        state: DeliveryState,
        attempts: i64,
        next_attempt_at: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.execute(
            "update bot_delivery
             set state = :state, attempts = :attempts, next_attempt_at = :next, reason = :reason,
               body = iif(:state = 1, '', body)
             where id = :id and state in (0, 3)",
            named_params! {
                ":id": id,
                ":state": state.wire(),
                ":attempts": attempts,
                ":next": next_attempt_at,
                ":reason": reason,
            },
        )
    }

    fn give_up_deliveries(&self, bot: BotId, keep: u32, reason: &str) -> Result<(), StoreError> {
        self.execute(
            "update bot_delivery
             set state = 2, reason = :reason
             where id in (
               select id from bot_delivery indexed by bot_delivery_turn where bot_id = :bot and state = 0
               union all
               select id from bot_delivery indexed by bot_delivery_aside where bot_id = :bot and state = 3
               order by id desc
               limit -1 offset :keep)",
            named_params! { ":bot": bot.0, ":keep": keep, ":reason": reason },
        )
    }

    fn forget_deliveries(&self, bot: BotId, before: i64, keep: u32) -> Result<(), StoreError> {
        self.execute(
            "delete from bot_delivery
             where bot_id = :bot and state in (1, 2) and created_at < :before",
            named_params! { ":bot": bot.0, ":before": before },
        )?;
        self.execute(
            "delete from bot_delivery
             where id in (
               select id from bot_delivery
               where bot_id = :bot and state in (1, 2)
               order by id desc
               limit -1 offset :keep)",
            named_params! { ":bot": bot.0, ":keep": keep },
        )
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::migration;
    use crate::store::sqlite::plan::plan;

    #[test]
    fn what_is_asked_again_and_again_is_served_by_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        for (sql, expected) in [
            (BOTS_IN, "bot_room_room"),
            (BOT_NAME_IN, "url_hash=?"),
            (NEXT_IN_LINE, "bot_delivery_turn"),
            (NEXT_ASIDE, "bot_delivery_aside"),
        ] {
            let plan = plan(&connection, sql);
            assert!(plan.contains(expected), "{sql}\n{plan}");
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }
}
