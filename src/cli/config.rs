//! `chinwag config show`: what is in force, and where each value is from.

use std::io::Write as _;
use std::process::ExitCode;

use crate::config::{Config, Flags, InForce};

/// What can be done with the settings.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting as `name = value  # where it is from`; passwords only as (set)
    #[command(after_help = super::SETTINGS)]
    Show(Flags),
}

/// Run the command.
pub(super) fn run(command: ConfigCommand) -> ExitCode {
    let ConfigCommand::Show(flags) = command;
    let in_force = match Config::in_force(flags, super::variable) {
        Ok(in_force) => in_force,
        Err(error) => return super::cannot_begin(error),
    };
    match std::io::stdout().write_all(listing(&in_force).as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads it any more.
        Err(_) => ExitCode::FAILURE,
    }
}

fn listing(in_force: &[InForce]) -> String {
    let line = |row: &InForce| format!("{} = {}  # {}\n", row.name, row.value, row.place);
    in_force.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_line_and_a_password_is_hidden() {
        let env = |name: &str| match name {
            "CHINWAG_ADMIN_PASSWORD" => Some("kettle".to_owned()),
            "CHINWAG_READERS" => Some("3".to_owned()),
            _ => None,
        };
        let in_force = Config::in_force(Flags::default(), env).unwrap();
        let expected = "\
listen = \"127.0.0.1:8080\"  # default
data = \"./data\"  # default
base-url = (not set)  # default
name = \"Chinwag\"  # default
slogan = \"\"  # default
color = \"#00679e\"  # default
logo = (not set)  # default
trusted-domains = []  # default
trusted-proxies = []  # default
durability = \"full\"  # default
readers = 3  # CHINWAG_READERS
max-connections = 20000  # default
max-body-bytes = 25165824  # default
header-timeout-secs = 10  # default
brute-force-protection = true  # default
delete-age-hours = 6  # default
calls = false  # default
log-format = \"text\"  # default
log-level = \"info\"  # default
smtp-url = (not set)  # default
mail-from = (not set)  # default
bot-hosts = []  # default
admin-password = (set)  # CHINWAG_ADMIN_PASSWORD
demo = false  # default
";
        assert_eq!(listing(&in_force), expected);
    }
}
