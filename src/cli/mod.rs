//! The command line: what may be typed, and which file does it. One file for each command.
//!
//! Nothing is decided here beyond that. Exit status: 0 if all went well, 1 if the work failed, 2 if it could not begin.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Flags, OfflineFlags};
use crate::server::throwaway;

mod app_password;
pub mod bot;
mod config;
pub mod conformance;
mod logging;
mod offline;
mod openapi;
pub mod replay;
mod serve;
pub mod user;

/// What `--help` of a command with settings adds.
const SETTINGS: &str = "\
Every setting has one name. --max-body-bytes on the command line is CHINWAG_MAX_BODY_BYTES in the environment and
max-body-bytes in the TOML file that --config or CHINWAG_CONFIG names. The command line goes before the environment, that
before the file, that before the default. `chinwag config show` prints what is in force.

The password that `admin` gets at the first start is no option, since others can read a command line: it is
CHINWAG_ADMIN_PASSWORD, or admin-password in the file. Without it, one is generated and printed once.";

/// A chat server that Nextcloud Talk's clients, bots and bridges can use.
#[derive(Parser)]
#[command(name = "chinwag", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT
    #[command(after_help = SETTINGS)]
    Serve(Flags),
    /// Look at the settings
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Add, list, change and delete users
    User(UserArgs),
    /// List, create, revoke and wipe the app passwords of a user
    AppPassword(AppPasswordArgs),
    /// Install bots, enable them for conversations, and see what they were told
    Bot(BotArgs),
    /// Print what the server answers, as OpenAPI
    Openapi,
    /// Play recorded conversations against a server and compare its answers
    Replay(replay::ReplayArgs),
    /// For developers: play all recorded conversations and print the score
    Conformance(conformance::ConformanceArgs),
}

#[derive(clap::Args)]
struct UserArgs {
    #[command(flatten)]
    flags: OfflineFlags,
    #[command(subcommand)]
    command: user::UserCommand,
}

#[derive(clap::Args)]
struct AppPasswordArgs {
    #[command(flatten)]
    flags: OfflineFlags,
    #[command(subcommand)]
    command: app_password::AppPasswordCommand,
}

#[derive(clap::Args)]
struct BotArgs {
    #[command(flatten)]
    flags: OfflineFlags,
    #[command(subcommand)]
    command: bot::BotCommand,
}

/// Do what was typed.
pub fn run(cli: Cli) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(dispatch(cli.command)),
        Err(error) => {
            eprintln!("chinwag: cannot start threads: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command) -> ExitCode {
    match command {
        Command::Serve(flags) => serve::run(flags).await,
        Command::Config(command) => config::run(command),
        Command::User(args) => match prepare(args.flags.0) {
            Ok(config) => user::run(args.command, config).await,
            Err(status) => status,
        },
        Command::AppPassword(args) => match prepare(args.flags.0) {
            Ok(config) => app_password::run(args.command, config).await,
            Err(status) => status,
        },
        Command::Bot(args) => match prepare(args.flags.0) {
            Ok(config) => bot::run(args.command, config).await,
            Err(status) => status,
        },
        Command::Openapi => openapi::run(),
        Command::Replay(args) => replay::run(args, throwaway::fresh).await,
        Command::Conformance(args) => conformance::run(args, throwaway::fresh).await,
    }
}

/// Loads the settings and starts the log; a refusal is printed.
fn prepare(flags: Flags) -> Result<Config, ExitCode> {
    let config = Config::load(flags, variable).map_err(cannot_begin)?;
    let filter = variable(logging::FILTER).filter(|text| !text.is_empty());
    logging::start(&config, filter.as_deref()).map_err(cannot_begin)?;
    Ok(config)
}

/// A variable of the environment. One that is no UTF-8 is taken as far as it goes, rather than passed over.
fn variable(name: &str) -> Option<String> {
    let text = std::env::var_os(name)?;
    Some(text.to_string_lossy().into_owned())
}

fn cannot_begin(error: impl std::error::Error) -> ExitCode {
    eprintln!("chinwag: {error}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_lines_are_understood() {
        let table: [&[&str]; 9] = [
            &["chinwag", "serve"],
            &[
                "chinwag", "serve", "--listen", "[::]:80", "--data", "d", "--config", "f",
            ],
            &["chinwag", "serve", "--demo"],
            &["chinwag", "config", "show", "--readers", "4"],
            &["chinwag", "user", "list", "--data", "d"],
            &["chinwag", "app-password", "list", "alice", "--data", "d"],
            &["chinwag", "replay", "fixtures"],
            &[
                "chinwag",
                "bot",
                "install",
                "Kettle",
                "-",
                "http://tea.example",
            ],
            &[
                "chinwag", "bot", "setup", "1", "abcd", "efgh", "--data", "d",
            ],
        ];
        for line in table {
            assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
        }
    }

    #[test]
    fn a_password_is_no_option() {
        assert!(Cli::try_parse_from(["chinwag", "serve", "--admin-password", "x"]).is_err());
    }
}
