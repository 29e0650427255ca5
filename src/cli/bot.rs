//! `chinwag bot`: looks after bots in the database itself, while no server runs on it.
//!
//! The interface has no way to install a bot: a bot's secret is the administrator's to give. Rules: `chat::bot`.
//! Exit status as the reference's: 1 for what is not acceptable or unknown, 2 and 3 as each command says.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::offline::{self, CannotOpen};
use crate::chat::bot::{BotRefusal, NewBot};
use crate::chat::{Chat, Error};
use crate::config::Config;
use crate::model::{Bot, BotFeatures, BotId, BotSecret, BotState, Delivery, DeliveryState, Token};

const OFFLINE: &str = "\
These commands work on the data directory itself and refuse to while a server runs on it. What a bot is told because of
them, it is told when the server runs again.";

const EXIT_INSTALL: &str =
    "Exit status: 1 if something is not acceptable, 2 if the URL is taken, 3 if the secret is.";
const EXIT_SETUP: &str = "Exit status: 1 if the bot is unknown, 2 if a conversation is, 3 if it is set up there already.";

/// What can be done with bots.
#[derive(Debug, Subcommand)]
#[command(after_help = OFFLINE)]
pub enum BotCommand {
    /// Install a bot and print its number
    #[command(after_help = EXIT_INSTALL)]
    Install(InstallArgs),
    /// List all bots, or those of a conversation: number, name, state, features, failures, URL
    List {
        /// A conversation
        token: Option<String>,
    },
    /// Enable a bot for conversations
    #[command(after_help = EXIT_SETUP)]
    Setup {
        id: i64,
        #[arg(required = true)]
        tokens: Vec<String>,
    },
    /// Disable a bot for conversations
    #[command(after_help = EXIT_SETUP)]
    Remove {
        id: i64,
        #[arg(required = true)]
        tokens: Vec<String>,
    },
    /// Remove a bot from the server
    Uninstall { id: i64 },
    /// Switch a bot off (0), on (1), or on without moderators being able to enable it (2)
    State {
        id: i64,
        #[arg(value_parser = clap::value_parser!(i64).range(0..=2))]
        state: i64,
        /// What it takes part in from now on; may be repeated
        #[arg(long = "feature", value_name = "FEATURE")]
        features: Vec<Feature>,
    },
    /// Show what bots were told last, and why some of it did not arrive
    Log {
        /// One bot alone
        id: Option<i64>,
        /// How many deliveries
        #[arg(long, value_name = "N", default_value = "100")]
        limit: u32,
    },
}

/// The bot to install.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// The name that others see
    name: String,
    /// What the bot and the server sign with, 40 to 128 bytes; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    secret: String,
    /// Where the bot is told what happens
    url: String,
    #[arg(default_value = "")]
    description: String,
    /// Moderators cannot enable or disable it
    #[arg(long)]
    no_setup: bool,
    /// What it takes part in; may be repeated [default: webhook and response]
    #[arg(long = "feature", value_name = "FEATURE")]
    features: Vec<Feature>,
}

/// What a bot may take part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Feature {
    /// Is told of messages
    Webhook,
    /// May post and react
    Response,
    /// Of no use here: for apps of the same server
    Event,
    /// Is told of reactions
    Reaction,
    /// None of these
    None,
}

impl Feature {
    const NAMED: [(BotFeatures, &'static str); 4] = [
        (BotFeatures::WEBHOOK, "webhook"),
        (BotFeatures::RESPONSE, "response"),
        (BotFeatures::EVENT, "event"),
        (BotFeatures::REACTION, "reaction"),
    ];

    fn bits(self) -> BotFeatures {
        match self {
            Self::Webhook => BotFeatures::WEBHOOK,
            Self::Response => BotFeatures::RESPONSE,
            Self::Event => BotFeatures::EVENT,
            Self::Reaction => BotFeatures::REACTION,
            Self::None => BotFeatures::NONE,
        }
    }

    /// All together; `None` if none was named.
    fn all(named: &[Self]) -> Option<BotFeatures> {
        let bits = named.iter().map(|feature| feature.bits());
        bits.reduce(BotFeatures::and)
    }
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Open(#[from] CannotOpen),
    #[error("cannot read the secret: {0}")]
    Input(#[from] std::io::Error),
    #[error(transparent)]
    Domain(#[from] Error),
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::Domain(Error::Bot(BotRefusal::UrlTaken | BotRefusal::RoomNotFound)) => 2,
            Self::Domain(Error::Bot(BotRefusal::SecretTaken | BotRefusal::AlreadySetUp)) => 3,
            Self::Open(_) | Self::Input(_) | Self::Domain(_) => 1,
        }
    }
}

/// Do it, and say on standard error what went wrong.
pub async fn run(command: BotCommand, config: Config) -> ExitCode {
    match obey(command, &config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("chinwag: {failure}");
            ExitCode::from(failure.status())
        }
    }
}

async fn obey(mut command: BotCommand, config: &Config) -> Result<(), Failure> {
    if let BotCommand::Install(args) = &mut command
        && args.secret == "-"
    {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        args.secret = line.trim_end_matches(['\r', '\n']).to_owned();
    }
    let chat = offline::open(config).await?;
    let result = work(&chat, command).await;
    chat.close().await;
    Ok(result?)
}

async fn work(chat: &Chat, command: BotCommand) -> Result<(), Error> {
    match command {
        BotCommand::Install(args) => {
            let bot = chat.install_bot(wanted(args)).await?;
            println!("{}", bot.id.0);
        }
        BotCommand::List { token } => {
            let bots = match token {
                Some(token) => chat.bots_of(&parse(&token)?).await?,
                None => chat.bots().await?,
            };
            for bot in bots {
                println!("{}", line(&bot));
            }
        }
        BotCommand::Setup { id, tokens } => {
            for token in tokens {
                chat.set_bot_up(BotId(id), &parse(&token)?).await?;
            }
        }
        BotCommand::Remove { id, tokens } => {
            for token in tokens {
                chat.remove_bot(BotId(id), &parse(&token)?).await?;
            }
        }
        BotCommand::Uninstall { id } => chat.uninstall_bot(BotId(id)).await?,
        BotCommand::State {
            id,
            state,
            features,
        } => {
            let state = BotState::from_wire(state).unwrap_or(BotState::Disabled);
            chat.set_bot_state(BotId(id), state, Feature::all(&features))
                .await?;
        }
        BotCommand::Log { id, limit } => {
            for delivery in chat.bot_log(id.map(BotId), limit).await? {
                println!("{}", log_line(&delivery));
            }
        }
    }
    Ok(())
}

fn wanted(args: InstallArgs) -> NewBot {
    NewBot {
        name: args.name,
        secret: BotSecret(args.secret),
        url: args.url,
        description: args.description,
        state: match args.no_setup {
            true => BotState::NoSetup,
            false => BotState::Enabled,
        },
        features: Feature::all(&args.features).unwrap_or(BotFeatures::USUAL),
    }
}

fn parse(token: &str) -> Result<Token, Error> {
    Ok(Token::parse(token).ok_or(BotRefusal::RoomNotFound)?)
}

fn line(bot: &Bot) -> String {
    let state = match bot.state {
        BotState::Disabled => "disabled",
        BotState::Enabled => "enabled",
        BotState::NoSetup => "no-setup",
    };
    let features = Feature::NAMED.into_iter();
    let features = features.filter(|(feature, _)| bot.features.has(*feature));
    let features: Vec<_> = features.map(|(_, name)| name).collect();
    let features = match features.is_empty() {
        true => "none".to_owned(),
        false => features.join(","),
    };
    let failures = match (bot.error_count, bot.last_error.as_str()) {
        (0, _) => "0 failures".to_owned(),
        (count, last) => format!(
            "{count} failures, last at {}: {last}",
            time(bot.last_error_at)
        ),
    };
    let (id, name, url) = (bot.id.0, &bot.name, &bot.url);
    printable(&format!(
        "{id}\t{name}\t{state}\t{features}\t{failures}\t{url}"
    ))
}

fn log_line(delivery: &Delivery) -> String {
    let time = time(delivery.created_at);
    let state = match delivery.state {
        DeliveryState::InLine | DeliveryState::Aside => "waits",
        DeliveryState::Done => "done",
        DeliveryState::GivenUp => "given up",
    };
    let (bot, event, attempts) = (delivery.bot.0, &delivery.event, delivery.attempts);
    let reason = &delivery.reason;
    let line = format!("{time}\tbot {bot}\t{event}\t{state}\t{attempts} attempts\t{reason}");
    printable(line.trim_end())
}

/// UTC, as in ISO 8601.
fn time(at: i64) -> String {
    let time = chrono::DateTime::from_timestamp(at, 0);
    time.map_or_else(String::new, |time| {
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Reasons come from elsewhere, and must not move a terminal's cursor.
fn printable(line: &str) -> String {
    line.replace(|c: char| c.is_control() && c != '\t', " ")
}
