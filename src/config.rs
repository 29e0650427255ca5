//! What the operator may set: one struct, whose doc comments are the documentation.
//!
//! A setting has one name: `max-body-bytes` in the file, `CHINWAG_MAX_BODY_BYTES` in the environment, `--max-body-bytes` on the
//! command line. The command line goes before the environment, that before the file, that before the default. An empty
//! variable counts as not set. The file is named by `--config` or `CHINWAG_CONFIG`; a key in it that is no setting is an error.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tracing::level_filters::LevelFilter;

use crate::chat::Limits;
use crate::model::{Colour, Network};
use crate::ocs::branding::Branding;
use crate::store::sqlite::Durability;

mod base_url;
mod file;
mod flags;

mod mail;
mod setting;

pub use flags::{Flags, OfflineFlags};

use file::ConfigFile;
use setting::{Kind, SETTINGS, Setting};

/// Everything that is set; each field is a setting of the same name, with `-` for `_`.
///
/// No `Debug`: it may hold a password.
#[derive(Clone)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one. Default: `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The directory of the database, made if it is missing. A relative one starts where the program does. Default: `./data`.
    pub data: PathBuf,
    /// The server's address as clients see it, an absolute http(s) URL, with a path if the server is below one. Not set, links
    /// follow the host that each request names.
    pub base_url: Option<String>,
    /// The name under which the server shows itself. Default: `Chinwag`.
    pub name: String,
    /// What stands below the name. Default: nothing.
    pub slogan: String,
    /// The colour that clients and pages wear, as `#rrggbb`; the others follow from it. Default: `#00679e`.
    pub color: Colour,
    /// A PNG, JPEG or SVG of at most 2 MiB that clients and pages show. Not set, they show a drawing of ours.
    pub logo: Option<PathBuf>,
    /// Further host names of this server: a shared object may link to these and to the host of `base-url`. In lower case,
    /// without port, IPv6 addresses in brackets. A list in the file, else separated by commas. Default: none.
    pub trusted_domains: Vec<String>,
    /// Addresses and networks of the proxies in front of this server: what they say in `X-Forwarded-For` and
    /// `X-Forwarded-Proto` counts, what others say does not. A list in the file, else separated by commas. Default: none.
    pub trusted_proxies: Vec<Network>,
    /// What an acknowledged message survives: `full`, a power cut; `normal`, a crash of the program, but the last ones may go
    /// with a crash of the machine; `off`, nothing. Default: `full`.
    pub durability: Durability,
    /// Threads that read the database. Default: one for each core, at least 4.
    pub readers: u32,
    /// Connections that are served at the same time. A waiting client holds one. Default: 20000.
    pub max_connections: usize,
    /// Size of the largest request body, in bytes. Default: 25165824, that is 24 MiB: room for a picture of 20 MiB.
    pub max_body_bytes: usize,
    /// How long a client may take to send the head of a request, in seconds. Default: 10.
    pub header_timeout_secs: u64,
    /// Slow down and at last refuse addresses that guess passwords and tokens, and refuse who asks too often. Off is for tests only. Default: `true`.
    pub brute_force_protection: bool,
    /// How old a message may be when its author or a moderator deletes it, in hours; `None` is written `unlimited`. Default: 6.
    pub delete_age_hours: Option<u32>,
    /// Calls without media: who is in one, and the messages about it. Off, clients hide their call buttons. Administrators may
    /// decide otherwise (`start_calls`). Default: `false`.
    pub calls: bool,
    /// How the log on standard error looks: `text` or `json`, one object a line. Default: `text`.
    pub log_format: LogFormat,
    /// How much is logged: `off`, `error`, `warn`, `info`, `debug` or `trace`. `RUST_LOG`, where it is set, goes before it.
    /// Default: `info`.
    pub log_level: LevelFilter,
    /// The mail server that takes letters to e-mail guests: `smtps://user:password@host` (TLS from the beginning, port 465) or
    /// `smtp://…` (port 587), which must change to TLS before the password is sent, and does so if it can without one. Not
    /// set, no letters are sent: moderators and the log get the links. Needs `mail-from` and `base-url`. File and environment
    /// only.
    pub smtp_url: Option<String>,
    /// Who letters are from: `Chat <chat@example.org>`.
    pub mail_from: Option<String>,
    /// Hosts of bots that may have an address that is not public: on this machine, in its networks. Named as in the bot's URL,
    /// without port. A list in the file, else separated by commas. Default: none.
    pub bot_hosts: Vec<String>,
    /// The password that `admin` gets when the first start creates it; not set, one is generated and printed once. File and
    /// environment only: others can read a command line.
    pub admin_password: Option<String>,
    /// Create the users alice, bob and carol and a conversation with some history if they are not there, and print curl
    /// lines to paste into other terminals: members wait and write, a guest comes in. Default: `false`.
    pub demo: bool,
}

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: one line for each event.
    Text,
    /// For programs: one JSON object for each event.
    Json,
}

/// Why there is no configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {reason}", file.display())]
    Unreadable { file: PathBuf, reason: String },
    #[error("{} is no TOML: {reason}", file.display())]
    NotToml { file: PathBuf, reason: String },
    /// A key of the file that is no setting; mostly a slip of the pen.
    #[error("{}: unknown setting `{key}`", file.display())]
    UnknownKey { file: PathBuf, key: String },
    /// `place` is where the value was read. The value of a secret is not in `reason`.
    #[error("{place}: {reason}")]
    BadValue { place: String, reason: String },
}

/// One setting as `config show` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub name: &'static str,
    /// As the file would have it; `(not set)`; or `(set)` for a secret.
    pub value: String,
    /// `default`, the file, the variable or the option.
    pub place: String,
}

/// Where a value was read.
enum Source<'a> {
    Default,
    File(&'a Path),
    Environment,
    Flag,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data: PathBuf::from("./data"),
            base_url: None,
            name: Branding::NAME.to_owned(),
            slogan: String::new(),
            color: Branding::COLOUR,
            logo: None,
            trusted_domains: Vec::new(),
            trusted_proxies: Vec::new(),
            durability: Durability::Full,
            // More than cores: a long list must not hold up the short looks of others.
            readers: u32::try_from(cores).unwrap_or(u32::MAX).max(4),
            max_connections: 20_000,
            max_body_bytes: 24 * 1024 * 1024,
            header_timeout_secs: 10,
            brute_force_protection: true,
            delete_age_hours: Some(6),
            calls: false,
            log_format: LogFormat::Text,
            log_level: LevelFilter::INFO,
            smtp_url: None,
            mail_from: None,
            bot_hosts: Vec::new(),
            admin_password: None,
            demo: false,
        }
    }
}

impl Config {
    /// Bring command line, environment, file and defaults together.
    ///
    /// Errors: a file that cannot be read, a key that is no setting, and a bad value, even where another source goes before it.
    pub fn load(flags: Flags, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::load_and_tell(flags, env).map(|(config, _)| config)
    }

    /// What is in force and where each value is from, for `config show`.
    pub fn in_force(
        flags: Flags,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<InForce>, ConfigError> {
        Self::load_and_tell(flags, env).map(|(_, in_force)| in_force)
    }

    fn load_and_tell(
        flags: Flags,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, Vec<InForce>), ConfigError> {
        let env = |name: &str| env(name).filter(|text| !text.is_empty());
        let path = match &flags.file {
            Some(path) => Some(path.clone()),
            None => env(&setting::variable("config")).map(PathBuf::from),
        };
        let file = path.as_deref().map(ConfigFile::read).transpose()?;

        let mut config = Self::default();
        let mut in_force = Vec::with_capacity(SETTINGS.len());
        for setting in &SETTINGS {
            let mut source = Source::Default;
            if let Some(file) = &file
                && let Some(text) = file.text(setting)?
            {
                source = Source::File(file.path());
                config.set(setting, &source, &text)?;
            }
            if let Some(text) = env(&setting.variable()) {
                source = Source::Environment;
                config.set(setting, &source, &text)?;
            }
            if let Some(text) = flags.text(setting) {
                source = Source::Flag;
                config.set(setting, &source, &text)?;
            }
            in_force.push(config.shown(setting, &source));
        }
        Ok((config, in_force))
    }

    fn set(&mut self, setting: &Setting, source: &Source, text: &str) -> Result<(), ConfigError> {
        (setting.set)(self, text).map_err(|demand| ConfigError::BadValue {
            place: match source {
                Source::File(path) => format!("{}: {}", path.display(), setting.name),
                Source::Default | Source::Environment | Source::Flag => source.place(setting),
            },
            reason: match setting.kind {
                Kind::Secret => format!("the value {demand}"),
                Kind::Plain | Kind::Switch | Kind::List => format!("`{text}` {demand}"),
            },
        })
    }

    fn shown(&self, setting: &Setting, source: &Source) -> InForce {
        InForce {
            name: setting.name,
            value: match (setting.show)(self) {
                None => "(not set)".to_owned(),
                Some(_) if setting.kind == Kind::Secret => "(set)".to_owned(),
                Some(value) => value.to_string(),
            },
            place: source.place(setting),
        }
    }

    /// The part of it that the domain has to keep.
    pub fn limits(&self) -> Limits {
        Limits {
            delete_age_secs: self.delete_age_hours.map(|hours| i64::from(hours) * 3600),
            calls: self.calls,
            brute_force_protection: self.brute_force_protection,
            // Half of those who read, so that nobody else waits for searches.
            searches: (self.readers as usize / 2).max(1),
            ..Limits::default()
        }
    }
}

impl Source<'_> {
    fn place(&self, setting: &Setting) -> String {
        match self {
            Source::Default => "default".to_owned(),
            Source::File(path) => path.display().to_string(),
            Source::Environment => setting.variable(),
            Source::Flag => format!("--{}", setting.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    fn flags(arguments: &[&str]) -> Flags {
        let command = Flags::augment_args(Command::new("chinwag").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).unwrap();
        Flags::from_arg_matches(&matches).unwrap()
    }

    fn env(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, text)| (*text).to_owned())
        }
    }

    /// A file of its own for each `name`; it goes when the value is dropped.
    struct TestFile(PathBuf);

    impl TestFile {
        fn new(name: &str, text: &str) -> Self {
            let file = format!("chinwag-{}-{name}.toml", std::process::id());
            let path = std::env::temp_dir().join(file);
            std::fs::write(&path, text).unwrap();
            Self(path)
        }

        fn flag(&self) -> Flags {
            flags(&["--config", self.0.to_str().unwrap()])
        }
    }

    impl Drop for TestFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn refusal(flags: Flags, variables: &[(&str, &str)]) -> String {
        Config::load(flags, env(variables))
            .err()
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_nearer_source_wins() {
        let file = TestFile::new("nearer", "readers = 3");
        let path = file.0.to_str().unwrap();
        // file, environment, flag → value, place
        let table = [
            (false, None, None, None, "default"),
            (true, None, None, Some(3), path),
            (false, Some("4"), None, Some(4), "CHINWAG_READERS"),
            (true, Some("4"), None, Some(4), "CHINWAG_READERS"),
            (true, Some(""), None, Some(3), path),
            (false, None, Some("5"), Some(5), "--readers"),
            (true, None, Some("5"), Some(5), "--readers"),
            (true, Some("4"), Some("5"), Some(5), "--readers"),
        ];
        for (with_file, variable, flag, expected, place) in table {
            let mut arguments = Vec::new();
            if with_file {
                arguments.extend(["--config", path]);
            }
            if let Some(flag) = flag {
                arguments.extend(["--readers", flag]);
            }
            let variables: Vec<_> = variable
                .map(|v| ("CHINWAG_READERS", v))
                .into_iter()
                .collect();
            let config = Config::load(flags(&arguments), env(&variables)).unwrap();
            let in_force = Config::in_force(flags(&arguments), env(&variables)).unwrap();
            let row = in_force.iter().find(|row| row.name == "readers").unwrap();
            assert_eq!(
                config.readers,
                expected.unwrap_or(Config::default().readers)
            );
            assert_eq!(row.place, place);
        }
    }

    #[test]
    fn every_kind_of_value_can_stand_in_the_file() {
        let file = TestFile::new(
            "kinds",
            r#"
            listen = "[::1]:0"
            data = "there"
            base-url = "https://Chat.example/talk/"
            trusted-domains = ["old.example", "older.example"]
            trusted-proxies = ["10.0.0.0/8"]
            durability = "off"
            max-body-bytes = 1_024
            brute-force-protection = false
            delete-age-hours = "unlimited"
            log-format = "json"
            admin-password = "kettle"
            "#,
        );
        let config = Config::load(file.flag(), env(&[])).unwrap();
        assert_eq!(config.listen, "[::1]:0".parse().unwrap());
        assert_eq!(config.data, PathBuf::from("there"));
        let base_url = config.base_url.as_deref();
        assert_eq!(base_url, Some("https://chat.example/talk"));
        assert_eq!(config.trusted_domains, ["old.example", "older.example"]);
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(config.durability, Durability::Off);
        assert_eq!(config.max_body_bytes, 1024);
        assert_eq!(config.limits().delete_age_secs, None);
        assert!(!config.limits().brute_force_protection);
        assert_eq!(config.log_format, LogFormat::Json);
        assert_eq!(config.admin_password.as_deref(), Some("kettle"));
    }

    #[test]
    fn the_file_may_be_named_in_the_environment() {
        let file = TestFile::new("named", "delete-age-hours = 2");
        let path = file.0.to_str().unwrap();
        let config = Config::load(Flags::default(), env(&[("CHINWAG_CONFIG", path)])).unwrap();
        assert_eq!(config.limits().delete_age_secs, Some(7200));
    }

    #[test]
    fn a_key_that_is_no_setting_is_refused_by_name() {
        for key in ["max_body_bytes", "colour", "config"] {
            let file = TestFile::new(&format!("unknown-{key}"), &format!("{key} = 1"));
            let expected = format!("{}: unknown setting `{key}`", file.0.display());
            assert_eq!(refusal(file.flag(), &[]), expected);
        }
    }

    #[test]
    fn a_bad_value_says_where_it_stands() {
        let file = TestFile::new("bad", "readers = \"many\"");
        let demand = "`many` must be a whole number of at least 1";
        assert_eq!(
            refusal(file.flag(), &[("CHINWAG_READERS", "2")]),
            format!("{}: readers: {demand}", file.0.display()),
            "even where the environment goes before it"
        );
        assert_eq!(
            refusal(Flags::default(), &[("CHINWAG_READERS", "many")]),
            format!("CHINWAG_READERS: {demand}")
        );
        assert_eq!(
            refusal(flags(&["--readers", "many"]), &[]),
            format!("--readers: {demand}")
        );
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let missing = refusal(flags(&["--config", "no/such/file.toml"]), &[]);
        assert!(
            missing.starts_with("cannot read no/such/file.toml: "),
            "{missing}"
        );
        let broken = TestFile::new("broken", "readers 3");
        let expected = format!("{} is no TOML: ", broken.0.display());
        assert!(refusal(broken.flag(), &[]).starts_with(&expected));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let variables = [("CHINWAG_ADMIN_PASSWORD", "kettle")];
        let in_force = Config::in_force(Flags::default(), env(&variables)).unwrap();
        assert!(!format!("{in_force:?}").contains("kettle"));
        let row = in_force.iter().find(|row| row.name == "admin-password");
        let expected = InForce {
            name: "admin-password",
            value: "(set)".to_owned(),
            place: "CHINWAG_ADMIN_PASSWORD".to_owned(),
        };
        assert_eq!(row, Some(&expected));
    }

    #[test]
    fn a_secret_in_a_wrong_shape_is_not_shown_either() {
        let file = TestFile::new("shape", "admin-password = 4711");
        let refusal = refusal(file.flag(), &[]);
        assert!(refusal.ends_with("must be a text in quotes"), "{refusal}");
    }
}
