//! The settings as command line options, made from the table of settings.
//!
//! Values stay text here: what is good is decided where all sources meet, so that each is refused in the same words.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, FromArgMatches};

use super::Config;
use super::setting::{Kind, SETTINGS, Setting};

/// The option that names the configuration file; the one name that is not a setting.
const CONFIG: &str = "config";

/// What commands beside the server take: they work on its data and write its log.
const OFFLINE: [&str; 3] = ["data", "log-format", "log-level"];

/// The options that were given, each under the name of its setting.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub(super) file: Option<PathBuf>,
    values: HashMap<&'static str, String>,
}

impl Flags {
    pub(super) fn text(&self, setting: &Setting) -> Option<String> {
        self.values.get(setting.name).cloned()
    }
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        let defaults = Config::default();
        SETTINGS
            .iter()
            .filter(|setting| setting.kind != Kind::Secret)
            .fold(command.arg(config_option()), |command, setting| {
                command.arg(option(setting, &defaults))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        // An option that the command does not have is like one that was not given.
        if let Ok(Some(file)) = matches.try_get_one::<PathBuf>(CONFIG) {
            self.file = Some(file.clone());
        }
        for setting in &SETTINGS {
            if let Ok(Some(text)) = matches.try_get_one::<String>(setting.name) {
                self.values.insert(setting.name, text.clone());
            }
        }
        Ok(())
    }
}

/// The few of `Flags` that make sense without a server. They may stand before or after the subcommand.
#[derive(Debug, Clone, Default)]
pub struct OfflineFlags(pub Flags);

impl clap::Args for OfflineFlags {
    fn augment_args(command: Command) -> Command {
        let defaults = Config::default();
        SETTINGS
            .iter()
            .filter(|setting| OFFLINE.contains(&setting.name))
            .fold(
                command.arg(config_option().global(true)),
                |command, setting| command.arg(option(setting, &defaults).global(true)),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OfflineFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Flags::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

fn config_option() -> Arg {
    Arg::new(CONFIG)
        .long(CONFIG)
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("Read settings from this TOML file")
}

fn option(setting: &'static Setting, defaults: &Config) -> Arg {
    let help = match (setting.show)(defaults) {
        Some(value) if setting.kind != Kind::List => {
            format!("{} [default: {}]", setting.help, plain(&value))
        }
        _ => setting.help.to_owned(),
    };
    let option = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help(help);
    match setting.kind {
        Kind::Switch => option.num_args(0..=1).default_missing_value("true"),
        Kind::Plain | Kind::List | Kind::Secret => option,
    }
}

/// A value as one types it: texts without quotes.
fn plain(value: &toml::Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Parser};

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        flags: Flags,
    }

    #[derive(Parser)]
    struct Offline {
        #[command(flatten)]
        flags: OfflineFlags,
        #[command(subcommand)]
        command: Sub,
    }

    #[derive(clap::Subcommand)]
    enum Sub {
        Add { name: String },
    }

    fn value<'a>(flags: &'a Flags, name: &str) -> Option<&'a str> {
        flags.values.get(name).map(String::as_str)
    }

    #[test]
    fn every_setting_but_a_secret_is_an_option() {
        let command = Flags::augment_args(Command::new("serve"));
        for setting in &SETTINGS {
            let found = command.get_arguments().any(|a| a.get_id() == setting.name);
            assert_eq!(found, setting.kind != Kind::Secret, "{}", setting.name);
        }
    }

    #[test]
    fn a_switch_may_stand_alone() {
        let table: [(&[&str], Option<&str>); 4] = [
            (&["serve"], None),
            (&["serve", "--demo"], Some("true")),
            (&["serve", "--demo", "--listen", "[::]:1"], Some("true")),
            (&["serve", "--demo", "false"], Some("false")),
        ];
        for (arguments, expected) in table {
            let cli = Cli::parse_from(arguments);
            assert_eq!(value(&cli.flags, "demo"), expected, "{arguments:?}");
        }
    }

    #[test]
    fn offline_options_may_stand_after_the_subcommand() {
        for arguments in [
            ["user", "--data", "there", "add", "alice"],
            ["user", "add", "--data", "there", "alice"],
            ["user", "add", "alice", "--data", "there"],
        ] {
            let cli = Offline::parse_from(arguments);
            let Sub::Add { name } = cli.command;
            assert_eq!(name, "alice");
            assert_eq!(value(&cli.flags.0, "data"), Some("there"), "{arguments:?}");
        }
        assert!(Offline::try_parse_from(["user", "--listen", "[::]:1", "add", "a"]).is_err());
    }
}
