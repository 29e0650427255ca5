//! Bots: installed by the command line, enabled for conversations by moderators. What they are told
//! is `told` and `delivery`, what they say is `answer`. Source: chat-extras.md 4.

use sha1::{Digest, Sha1};
use url::Url;

use super::Chat;
use super::admission::Participation;
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::still_there;
use super::transaction::{Act, View};
use crate::model::{
    Actor, ActorKind, Bot, BotEventKind, BotFeatures, BotId, BotSecret, BotState, Delivery, Room,
    RoomId, RoomKind, Token,
};

pub mod answer;
pub mod delivery;
mod replay;
pub mod told;

pub use replay::Replays;

/// Bytes that a name may have.
const NAME_BYTES: std::ops::RangeInclusive<usize> = 1..=64;
/// Bytes that a secret may have.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 40..=128;
/// Characters that an address and a description may have.
const MAX_TEXT_CHARS: usize = 4_000;

/// Why something about a bot is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BotRefusal {
    /// Something of a new bot is not acceptable; the text says what.
    #[error("{0}")]
    Unacceptable(&'static str),
    #[error("a bot with this URL is installed already")]
    UrlTaken,
    #[error("a bot with this secret is installed already")]
    SecretTaken,
    #[error("bot could not be found")]
    BotNotFound,
    #[error("conversation could not be found")]
    RoomNotFound,
    #[error("the bot is set up for this conversation already")]
    AlreadySetUp,

    // What a bot sends.
    #[error("nothing is said")]
    NothingSaid,
    #[error("not signed, or with a short random")]
    Unsigned,
    /// Signed by no bot that may answer here, or the second time.
    #[error("signature does not fit")]
    Forged,
    #[error("no message that can be replied to")]
    ParentNotFound,
    #[error("message is too long")]
    TooLong,
}

/// A bot to be.
#[derive(Debug, Clone)]
pub struct NewBot {
    pub name: String,
    pub secret: BotSecret,
    pub url: String,
    pub description: String,
    pub state: BotState,
    pub features: BotFeatures,
}

/// A bot as moderators of one conversation see it.
#[derive(Debug, Clone)]
pub struct BotHere {
    pub bot: Bot,
    pub enabled: bool,
}

/// Whether something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    New,
    Already,
}

impl Chat {
    /// Install a bot.
    ///
    /// Errors: `Unacceptable`, `UrlTaken`, `SecretTaken`.
    pub async fn install_bot(&self, new: NewBot) -> Result<Bot, Error> {
        let bot = checked(new)?;
        self.write(move |act| {
            let bots = act.tx.bots()?;
            if bots.iter().any(|known| known.url == bot.url) {
                return Err(BotRefusal::UrlTaken.into());
            }
            if bots.iter().any(|known| known.secret == bot.secret) {
                return Err(BotRefusal::SecretTaken.into());
            }
            Ok(act.tx.insert_bot(bot)?)
        })
        .await
    }

    /// Remove a bot from the server and from all conversations.
    ///
    /// Errors: `BotNotFound`.
    pub async fn uninstall_bot(&self, id: BotId) -> Result<(), Error> {
        self.write(move |act| {
            let bot = find(&act.view(), id)?;
            for room in act.tx.rooms_of_bot(bot.id)? {
                // Its messages lose its name.
                act.happened(Event::RowsChanged { room });
            }
            Ok(act.tx.delete_bot(bot.id)?)
        })
        .await
    }

    /// Change whether a bot works, and what it takes part in.
    ///
    /// Errors: `BotNotFound`.
    pub async fn set_bot_state(
        &self,
        id: BotId,
        state: BotState,
        features: Option<BotFeatures>,
    ) -> Result<(), Error> {
        self.write(move |act| {
            let bot = find(&act.view(), id)?;
            act.tx
                .set_bot_state(bot.id, state, features.unwrap_or(bot.features))?;
            if state == BotState::Disabled {
                act.tx
                    .give_up_deliveries(bot.id, 0, "the bot was disabled")?;
            }
            Ok(())
        })
        .await
    }

    /// All bots, by id.
    pub async fn bots(&self) -> Result<Vec<Bot>, Error> {
        self.read(|view| Ok(view.tx.bots()?)).await
    }

    /// The bots that are enabled for a conversation.
    ///
    /// Errors: `RoomNotFound` of bots.
    pub async fn bots_of(&self, token: &Token) -> Result<Vec<Bot>, Error> {
        let token = token.clone();
        self.read(move |view| Ok(view.tx.bots_in(room_of(view, &token)?.id)?))
            .await
    }

    /// Enable a bot for a conversation, whoever may do so elsewhere.
    ///
    /// Errors: `BotNotFound`, `RoomNotFound`, `AlreadySetUp`.
    pub async fn set_bot_up(&self, id: BotId, token: &Token) -> Result<(), Error> {
        let token = token.clone();
        self.write(move |act| {
            let view = act.view();
            let (bot, room) = (find(&view, id)?, room_of(&view, &token)?);
            match enable(act, &bot, &room)? {
                SetUp::New => Ok(()),
                SetUp::Already => Err(BotRefusal::AlreadySetUp.into()),
            }
        })
        .await
    }

    /// Disable a bot for a conversation, whoever may do so elsewhere.
    ///
    /// Errors: `BotNotFound`, `RoomNotFound`.
    pub async fn remove_bot(&self, id: BotId, token: &Token) -> Result<(), Error> {
        let token = token.clone();
        self.write(move |act| {
            let view = act.view();
            let (bot, room) = (find(&view, id)?, room_of(&view, &token)?);
            disable(act, &bot, &room)
        })
        .await
    }

    /// What a bot, or all of them, were told last; newest first.
    pub async fn bot_log(&self, bot: Option<BotId>, limit: u32) -> Result<Vec<Delivery>, Error> {
        self.read(move |view| {
            if let Some(id) = bot {
                find(view, id)?;
            }
            Ok(view.tx.delivery_log(bot, limit)?)
        })
        .await
    }

    /// The bots of a conversation, and those that moderators may enable there.
    pub async fn bots_here(&self, at: &Participation) -> Result<Vec<BotHere>, Error> {
        let room = at.room().id;
        self.read(move |view| {
            let here = view.tx.bots_in(room)?;
            let all = view.tx.bots()?.into_iter().map(|bot| BotHere {
                enabled: here.iter().any(|one| one.id == bot.id),
                bot,
            });
            Ok(all
                .filter(|one| one.enabled || one.bot.state != BotState::NoSetup)
                .collect())
        })
        .await
    }

    /// Enable a bot for the conversation.
    ///
    /// Errors, in order: `room` (a former one-to-one), `bot`.
    pub async fn enable_bot(
        &self,
        at: &Participation,
        id: BotId,
    ) -> Result<(SetUp, BotHere), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, _) = still_there(act, &at)?;
            if room.kind == RoomKind::FormerOneToOne {
                return Err(Error::Invalid(Invalid::Room));
            }
            let bot = available(&act.view(), id)?;
            let set_up = enable(act, &bot, &room)?;
            Ok((set_up, BotHere { bot, enabled: true }))
        })
        .await
    }

    /// Disable a bot for the conversation; nothing changes if it is not enabled.
    ///
    /// Errors: `bot`.
    pub async fn disable_bot(&self, at: &Participation, id: BotId) -> Result<BotHere, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, _) = still_there(act, &at)?;
            let bot = available(&act.view(), id)?;
            disable(act, &bot, &room)?;
            let enabled = false;
            Ok(BotHere { bot, enabled })
        })
        .await
    }

    /// Whether what is said here has left the server, so that taking it back is too late.
    pub async fn is_told_elsewhere(&self, at: &Participation) -> Result<bool, Error> {
        let room = at.room().id;
        self.read(move |view| Ok(!active(view, room, BotFeatures::WEBHOOK)?.is_empty()))
            .await
    }
}

/// As whom a bot acts.
pub fn actor(bot: &Bot) -> Actor {
    Actor {
        kind: ActorKind::Bots,
        id: format!("{}{}", Bot::ACTOR_PREFIX, bot.url_hash),
    }
}

/// The name that a bot goes by in a conversation; `None` if it is not enabled there (any more).
pub fn shown_name(view: &View<'_>, room: RoomId, actor: &Actor) -> Result<Option<String>, Error> {
    let name = match actor.id.strip_prefix(Bot::ACTOR_PREFIX) {
        Some(hash) => view.tx.bot_name_in(room, hash)?,
        None => None,
    };
    Ok(name.map(|name| format!("{name} (Bot)")))
}

/// The bots with this feature that work in a room.
fn active(view: &View<'_>, room: RoomId, feature: BotFeatures) -> Result<Vec<Bot>, Error> {
    let bots = view.tx.bots_in(room)?.into_iter();
    let works = |bot: &Bot| bot.state != BotState::Disabled && bot.features.has(feature);
    Ok(bots.filter(works).collect())
}

fn find(view: &View<'_>, id: BotId) -> Result<Bot, Error> {
    Ok(view.tx.find_bot(id)?.ok_or(BotRefusal::BotNotFound)?)
}

fn room_of(view: &View<'_>, token: &Token) -> Result<Room, Error> {
    Ok(view.tx.find_room(token)?.ok_or(BotRefusal::RoomNotFound)?)
}

/// A bot that moderators may enable and disable.
fn available(view: &View<'_>, id: BotId) -> Result<Bot, Error> {
    let found = view.tx.find_bot(id)?;
    let available = found.filter(|bot| bot.state == BotState::Enabled);
    available.ok_or(Error::Invalid(Invalid::Bot))
}

fn enable(act: &mut Act<'_>, bot: &Bot, room: &Room) -> Result<SetUp, Error> {
    let here = act.tx.bots_in(room.id)?;
    if here.iter().any(|one| one.id == bot.id) {
        return Ok(SetUp::Already);
    }
    act.tx.enable_bot(bot.id, room.id)?;
    // What it wrote when it was here before shows its name again.
    act.happened(Event::RowsChanged { room: room.id });
    told::of_place(act, bot, room, BotEventKind::Join)?;
    Ok(SetUp::New)
}

fn disable(act: &mut Act<'_>, bot: &Bot, room: &Room) -> Result<(), Error> {
    act.tx.disable_bot(bot.id, room.id)?;
    act.happened(Event::RowsChanged { room: room.id });
    // Quirk: bot-leaves-twice.
    told::of_place(act, bot, room, BotEventKind::Leave)
}

/// The bot as it is stored. Errors: `Unacceptable`.
fn checked(new: NewBot) -> Result<Bot, BotRefusal> {
    if !NAME_BYTES.contains(&new.name.len()) {
        return Err(BotRefusal::Unacceptable(
            "The provided name is too short or too long (min. 1 char, max. 64 chars)",
        ));
    }
    if !SECRET_BYTES.contains(&new.secret.0.len()) {
        return Err(BotRefusal::Unacceptable(
            "The provided secret is too short (min. 40 chars, max. 128 chars)",
        ));
    }
    if !is_address(&new.url) {
        return Err(BotRefusal::Unacceptable(
            "The provided URL is not a valid URL",
        ));
    }
    if new.description.chars().count() > MAX_TEXT_CHARS {
        return Err(BotRefusal::Unacceptable(
            "The provided description is too long (max. 4000 chars)",
        ));
    }
    Ok(Bot {
        id: BotId(0),
        name: new.name,
        url_hash: hex::encode(Sha1::digest(new.url.as_bytes())),
        url: new.url,
        description: new.description,
        secret: new.secret,
        state: new.state,
        features: new.features,
        error_count: 0,
        last_error_at: 0,
        last_error: String::new(),
    })
}

/// Whether a bot can be told there. There are no apps beside this server, so it is never `nextcloudapp:`.
/// Quirk: bot-apps.
fn is_address(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    text.chars().count() <= MAX_TEXT_CHARS
        && matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewBot {
        NewBot {
            name: "Kettle".to_owned(),
            secret: BotSecret("s".repeat(40)),
            url: "https://kettle.example/told".to_owned(),
            description: String::new(),
            state: BotState::Enabled,
            features: BotFeatures::USUAL,
        }
    }

    #[test]
    fn a_bot_is_known_by_the_hash_of_its_address() {
        let bot = checked(new()).unwrap();
        assert_eq!(bot.url_hash, hex::encode(Sha1::digest(new().url)));
        assert_eq!(actor(&bot).id, format!("bot-{}", bot.url_hash));
    }

    #[test]
    fn lengths_are_bounded() {
        let name = |name: String| checked(NewBot { name, ..new() }).is_ok();
        let secret = |secret: String| {
            let secret = BotSecret(secret);
            checked(NewBot { secret, ..new() }).is_ok()
        };
        let described = |description: String| {
            checked(NewBot {
                description,
                ..new()
            })
            .is_ok()
        };
        assert!(!name(String::new()) && name("n".repeat(64)) && !name("n".repeat(65)));
        assert!(!secret("s".repeat(39)) && secret("s".repeat(128)) && !secret("s".repeat(129)));
        assert!(described("é".repeat(4000)) && !described("é".repeat(4001)));
    }

    #[test]
    fn an_address_is_an_absolute_one_without_credentials() {
        let long = format!("https://kettle.example/{}", "a".repeat(4000));
        for (url, fits) in [
            ("http://kettle.example", true),
            ("https://kettle.example:8443/a?b=c", true),
            ("http://[::1]:8080/", true),
            ("nextcloudapp://kettle", false),
            ("ftp://kettle.example", false),
            ("https://me:tea@kettle.example", false),
            ("kettle.example", false),
            ("https://", false),
            ("", false),
            (long.as_str(), false),
        ] {
            let url = url.to_owned();
            assert_eq!(
                checked(NewBot {
                    url: url.clone(),
                    ..new()
                })
                .is_ok(),
                fits,
                "{url}"
            );
        }
    }
}
