//! The table of settings: for each its one name, its kind, how its text is read and how its value is shown.
//!
//! File, environment, command line, help and `config show` all go through this table, so that none of them can have a name
//! or a rule of its own. A value that was read from a file comes here as the text that one would type for it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use toml::Value;
use tracing::level_filters::LevelFilter;

use super::{Config, LogFormat, base_url, mail};
use crate::model::colour::NotAColour;
use crate::model::network::NotANetwork;
use crate::store::sqlite::Durability;

/// What may be written for a setting beyond its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// `--name` alone means `--name true`.
    Switch,
    /// A list in the file, else separated by commas.
    List,
    /// Has no option on the command line, where others could see it, and is never shown.
    Secret,
}

/// One setting.
pub(super) struct Setting {
    /// As in the file and, after `--`, on the command line.
    pub name: &'static str,
    pub kind: Kind,
    /// What the help calls the value.
    pub value: &'static str,
    pub help: &'static str,
    /// Errors: what the text must be, to be read after the text itself.
    pub set: fn(&mut Config, &str) -> Result<(), String>,
    /// `None`: not set. A secret says no more than that it is set.
    pub show: fn(&Config) -> Option<Value>,
}

impl Setting {
    /// The name in the environment: `CHINWAG_MAX_BODY_BYTES` for `max-body-bytes`.
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The name in the environment of what is called `name` elsewhere.
pub(super) fn variable(name: &str) -> String {
    format!("CHINWAG_{}", name.replace('-', "_").to_ascii_uppercase())
}

/// All settings, in the order in which they are shown.
pub(super) static SETTINGS: [Setting; 24] = [
    Setting {
        name: "listen",
        kind: Kind::Plain,
        value: "ADDR",
        help: "Address and port to listen on; port 0 takes a free one",
        set: |config, text| {
            config.listen = read(
                text,
                "must be an address and a port, such as 127.0.0.1:8080",
            )?;
            Ok(())
        },
        show: |config| Some(Value::String(config.listen.to_string())),
    },
    Setting {
        name: "data",
        kind: Kind::Plain,
        value: "DIR",
        help: "Directory of the database; made if it is missing",
        set: |config, text| {
            if text.is_empty() {
                return Err("must be a directory".to_owned());
            }
            config.data = text.into();
            Ok(())
        },
        show: |config| Some(Value::String(config.data.display().to_string())),
    },
    Setting {
        name: "base-url",
        kind: Kind::Plain,
        value: "URL",
        help: "Address of the server as clients see it [default: from each request]",
        set: |config, text| {
            config.base_url = Some(base_url::checked(text)?);
            Ok(())
        },
        show: |config| Some(Value::String(config.base_url.clone()?)),
    },
    Setting {
        name: "name",
        kind: Kind::Plain,
        value: "NAME",
        help: "Name under which the server shows itself",
        set: |config, text| {
            config.name = line(text, 1, MAX_NAME_CHARS)?;
            Ok(())
        },
        show: |config| Some(Value::String(config.name.clone())),
    },
    Setting {
        name: "slogan",
        kind: Kind::Plain,
        value: "TEXT",
        help: "What stands below the name",
        set: |config, text| {
            config.slogan = line(text, 0, MAX_SLOGAN_CHARS)?;
            Ok(())
        },
        show: |config| Some(Value::String(config.slogan.clone())),
    },
    Setting {
        name: "color",
        kind: Kind::Plain,
        value: "#RRGGBB",
        help: "Colour that clients and pages wear",
        set: |config, text| {
            config.color = text.parse().map_err(|NotAColour| NotAColour.to_string())?;
            Ok(())
        },
        show: |config| Some(Value::String(config.color.to_string())),
    },
    Setting {
        name: "logo",
        kind: Kind::Plain,
        value: "FILE",
        help: "PNG, JPEG or SVG that clients and pages show",
        set: |config, text| {
            if text.is_empty() {
                return Err("must not be empty".to_owned());
            }
            config.logo = Some(PathBuf::from(text));
            Ok(())
        },
        show: |config| Some(Value::String(config.logo.as_ref()?.display().to_string())),
    },
    Setting {
        name: "trusted-domains",
        kind: Kind::List,
        value: "HOST,…",
        help: "Further host names of this server, to which shared objects may link",
        set: |config, text| {
            config.trusted_domains = list(text, host)?;
            Ok(())
        },
        show: |config| Some(shown_list(&config.trusted_domains)),
    },
    Setting {
        name: "trusted-proxies",
        kind: Kind::List,
        value: "NETWORK,…",
        help: "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
        set: |config, text| {
            config.trusted_proxies = list(text, |item| {
                item.parse().map_err(|NotANetwork| NotANetwork.to_string())
            })?;
            Ok(())
        },
        show: |config| Some(shown_list(&config.trusted_proxies)),
    },
    Setting {
        name: "durability",
        kind: Kind::Plain,
        value: "LEVEL",
        help: "What acknowledged messages survive: full (a power cut), normal (a crash of the program), off (nothing)",
        set: |config, text| {
            config.durability = choose(&DURABILITIES, text)?;
            Ok(())
        },
        show: |config| Some(chosen(&DURABILITIES, config.durability)),
    },
    Setting {
        name: "readers",
        kind: Kind::Plain,
        value: "N",
        help: "Threads that read the database",
        set: |config, text| {
            config.readers = at_least_one(text)?;
            Ok(())
        },
        show: |config| Some(number(config.readers)),
    },
    Setting {
        name: "max-connections",
        kind: Kind::Plain,
        value: "N",
        help: "Connections that are served at the same time",
        set: |config, text| {
            config.max_connections = at_least_one(text)?;
            Ok(())
        },
        show: |config| Some(number(config.max_connections)),
    },
    Setting {
        name: "max-body-bytes",
        kind: Kind::Plain,
        value: "BYTES",
        help: "Size of the largest request body",
        set: |config, text| {
            config.max_body_bytes = at_least_one(text)?;
            Ok(())
        },
        show: |config| Some(number(config.max_body_bytes)),
    },
    Setting {
        name: "header-timeout-secs",
        kind: Kind::Plain,
        value: "SECS",
        help: "How long a client may take to send the head of a request",
        set: |config, text| {
            config.header_timeout_secs = at_least_one(text)?;
            Ok(())
        },
        show: |config| Some(number(config.header_timeout_secs)),
    },
    Setting {
        name: "brute-force-protection",
        kind: Kind::Switch,
        value: "BOOL",
        help: "Slow down and refuse addresses that guess passwords and tokens, and refuse who asks too often",
        set: |config, text| {
            config.brute_force_protection = switch(text)?;
            Ok(())
        },
        show: |config| Some(Value::Boolean(config.brute_force_protection)),
    },
    Setting {
        name: "delete-age-hours",
        kind: Kind::Plain,
        value: "HOURS",
        help: "How old a message may be when it is deleted, or `unlimited`",
        set: |config, text| {
            config.delete_age_hours = match text {
                "unlimited" => None,
                _ => Some(read(
                    text,
                    "must be a whole number of hours, or `unlimited`",
                )?),
            };
            Ok(())
        },
        show: |config| {
            Some(match config.delete_age_hours {
                Some(hours) => number(hours),
                None => Value::String("unlimited".to_owned()),
            })
        },
    },
    Setting {
        name: "calls",
        kind: Kind::Switch,
        value: "BOOL",
        help: "Calls without media: who is in one, and the messages about it",
        set: |config, text| {
            config.calls = switch(text)?;
            Ok(())
        },
        show: |config| Some(Value::Boolean(config.calls)),
    },
    Setting {
        name: "log-format",
        kind: Kind::Plain,
        value: "FORMAT",
        help: "How the log on standard error looks: text or json",
        set: |config, text| {
            config.log_format = choose(&LOG_FORMATS, text)?;
            Ok(())
        },
        show: |config| Some(chosen(&LOG_FORMATS, config.log_format)),
    },
    Setting {
        name: "log-level",
        kind: Kind::Plain,
        value: "LEVEL",
        help: "How much is logged: off, error, warn, info, debug or trace; RUST_LOG goes before it",
        set: |config, text| {
            config.log_level = choose(&LOG_LEVELS, text)?;
            Ok(())
        },
        show: |config| Some(chosen(&LOG_LEVELS, config.log_level)),
    },
    Setting {
        name: "smtp-url",
        kind: Kind::Secret,
        value: "URL",
        help: "Mail server for letters to e-mail guests",
        set: |config, text| {
            config.smtp_url = Some(mail::checked_url(text)?);
            Ok(())
        },
        show: |config| config.smtp_url.as_ref().map(|_| Value::from("set")),
    },
    Setting {
        name: "mail-from",
        kind: Kind::Plain,
        value: "ADDRESS",
        help: "Who letters are from, such as `Chat <chat@example.org>`",
        set: |config, text| {
            config.mail_from = Some(mail::checked_sender(text)?);
            Ok(())
        },
        show: |config| Some(Value::String(config.mail_from.clone()?)),
    },
    Setting {
        name: "bot-hosts",
        kind: Kind::List,
        value: "HOST,…",
        help: "Hosts of bots that may have an address that is not public",
        set: |config, text| {
            config.bot_hosts = list(text, host)?;
            Ok(())
        },
        show: |config| Some(shown_list(&config.bot_hosts)),
    },
    Setting {
        name: "admin-password",
        kind: Kind::Secret,
        value: "PASSWORD",
        help: "Password that `admin` gets at the first start",
        set: |config, text| {
            if text.is_empty() {
                return Err("must not be empty".to_owned());
            }
            config.admin_password = Some(text.to_owned());
            Ok(())
        },
        show: |config| config.admin_password.as_ref().map(|_| Value::from("set")),
    },
    Setting {
        name: "demo",
        kind: Kind::Switch,
        value: "BOOL",
        help: "Create alice, bob, carol and a conversation, and print curl lines to try",
        set: |config, text| {
            config.demo = switch(text)?;
            Ok(())
        },
        show: |config| Some(Value::Boolean(config.demo)),
    },
];

const MAX_NAME_CHARS: usize = 64;
const MAX_SLOGAN_CHARS: usize = 200;

const DURABILITIES: [(&str, Durability); 3] = [
    ("full", Durability::Full),
    ("normal", Durability::Normal),
    ("off", Durability::Off),
];

const LOG_FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

const LOG_LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

const SWITCH: [(&str, bool); 8] = [
    ("true", true),
    ("false", false),
    ("yes", true),
    ("no", false),
    ("on", true),
    ("off", false),
    ("1", true),
    ("0", false),
];

fn read<T: FromStr>(text: &str, demand: &str) -> Result<T, String> {
    text.parse().map_err(|_| demand.to_owned())
}

fn at_least_one<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, String> {
    let demand = "must be a whole number of at least 1";
    let number: T = read(text, demand)?;
    if number < T::from(1) {
        return Err(demand.to_owned());
    }
    Ok(number)
}

fn choose<T: Copy>(choices: &[(&str, T)], text: &str) -> Result<T, String> {
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*choice);
    }
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    Err(format!("must be one of {}", words.join(", ")))
}

fn chosen<T: PartialEq>(choices: &[(&str, T)], value: T) -> Value {
    let word = choices.iter().find(|(_, choice)| *choice == value);
    Value::from(word.map_or("", |(word, _)| word))
}

fn switch(text: &str) -> Result<bool, String> {
    choose(&SWITCH, text).map_err(|_| "must be true or false".to_owned())
}

fn number(number: impl TryInto<i64>) -> Value {
    Value::Integer(number.try_into().unwrap_or(i64::MAX))
}

fn list<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(read).collect()
}

fn shown_list(items: &[impl ToString]) -> Value {
    Value::Array(items.iter().map(|i| Value::String(i.to_string())).collect())
}

/// One line of so many characters, without the space around it.
fn line(text: &str, least: usize, most: usize) -> Result<String, String> {
    let text = text.trim();
    let fits = (least..=most).contains(&text.chars().count());
    if !fits || text.contains(char::is_control) {
        return Err(format!("must be one line of {least} to {most} characters"));
    }
    Ok(text.to_owned())
}

/// The form in which hosts of links are compared: lower case, no port, IPv6 addresses in brackets.
fn host(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Ok(IpAddr::V6(address)) = bare.unwrap_or(text).parse() {
        return Ok(format!("[{address}]"));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_name) {
        return Err("must be host names, without scheme, port and path".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, text: &str) -> Result<String, String> {
        let setting = SETTINGS.iter().find(|s| s.name == name).unwrap();
        let mut config = Config::default();
        (setting.set)(&mut config, text)?;
        Ok((setting.show)(&config).unwrap().to_string())
    }

    #[test]
    fn good_values_are_taken() {
        let table = [
            ("listen", "[::1]:0", r#""[::1]:0""#),
            ("data", "a b", r#""a b""#),
            (
                "base-url",
                "https://chat.example/",
                r#""https://chat.example""#,
            ),
            (
                "trusted-domains",
                " Chat.Example, ::1 ,",
                r#"["chat.example", "[::1]"]"#,
            ),
            ("name", " Tea Room ", r#""Tea Room""#),
            ("slogan", "", r#""""#),
            ("color", "#ABCDEF", r##""#abcdef""##),
            ("logo", "tea.svg", r#""tea.svg""#),
            ("trusted-domains", "", "[]"),
            (
                "trusted-proxies",
                "10.0.0.0/8,::1",
                r#"["10.0.0.0/8", "::1"]"#,
            ),
            ("durability", "off", r#""off""#),
            ("readers", "7", "7"),
            ("max-connections", "1", "1"),
            ("max-body-bytes", "1024", "1024"),
            ("header-timeout-secs", "3", "3"),
            ("brute-force-protection", "no", "false"),
            ("delete-age-hours", "0", "0"),
            ("delete-age-hours", "unlimited", r#""unlimited""#),
            ("calls", "on", "true"),
            ("log-format", "json", r#""json""#),
            ("log-level", "trace", r#""trace""#),
            ("smtp-url", "smtps://me:tea@mail.example", r#""set""#),
            ("mail-from", "chat@tea.example", r#""chat@tea.example""#),
            (
                "bot-hosts",
                "Bot.Example,127.0.0.1",
                r#"["bot.example", "127.0.0.1"]"#,
            ),
            ("admin-password", "tea", r#""set""#),
            ("demo", "1", "true"),
        ];
        for (name, text, expected) in table {
            assert_eq!(set(name, text).as_deref(), Ok(expected), "{name} {text}");
        }
    }

    #[test]
    fn bad_values_are_refused() {
        let table = [
            ("listen", "8080"),
            ("listen", "localhost:8080"),
            ("data", ""),
            ("base-url", "chat.example"),
            ("name", ""),
            ("name", "a\nb"),
            ("slogan", "a\u{7}"),
            ("color", "blue"),
            ("color", "00679e"),
            ("logo", ""),
            ("trusted-domains", "https://chat.example"),
            ("trusted-domains", "chat.example:443"),
            ("trusted-proxies", "10.0.0.0/8,proxy"),
            ("durability", "Full"),
            ("readers", "0"),
            ("readers", "-1"),
            ("max-connections", "many"),
            ("max-body-bytes", "16M"),
            ("header-timeout-secs", "1.5"),
            ("brute-force-protection", "maybe"),
            ("delete-age-hours", "-1"),
            ("delete-age-hours", "never"),
            ("calls", "perhaps"),
            ("log-format", "xml"),
            ("log-level", "loud"),
            ("smtp-url", "mail.example"),
            ("mail-from", "Chat"),
            ("admin-password", ""),
            ("demo", ""),
        ];
        for (name, text) in table {
            let refusal = set(name, text).expect_err(name);
            assert!(refusal.starts_with("must "), "{name} {text}: {refusal}");
        }
    }

    #[test]
    fn a_name_in_the_environment_is_the_name_in_capitals() {
        let variables = SETTINGS.iter().map(Setting::variable);
        assert!(
            variables
                .into_iter()
                .any(|name| name == "CHINWAG_MAX_BODY_BYTES")
        );
    }
}
