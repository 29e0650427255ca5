//! The TOML file: a flat table whose keys are names of settings.
//!
//! It gives each value as the text that one would type for it; whether that text is good is the setting's affair.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::ConfigError;
use super::setting::{Kind, SETTINGS, Setting};

/// A file whose keys are all known.
pub(super) struct ConfigFile {
    path: PathBuf,
    table: Table,
}

impl ConfigFile {
    /// Errors: `Unreadable`, `NotToml`, `UnknownKey`.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            file: path.to_owned(),
            reason: error.to_string(),
        })?;
        let table: Table = text
            .parse()
            .map_err(|error| not_toml(path, &text, &error))?;
        let is_known = |key: &str| SETTINGS.iter().any(|setting| setting.name == key);
        match table.keys().find(|key| !is_known(key)) {
            Some(key) => Err(ConfigError::UnknownKey {
                file: path.to_owned(),
                key: key.clone(),
            }),
            None => Ok(Self {
                path: path.to_owned(),
                table,
            }),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of `setting` as text, if the file has it.
    ///
    /// Errors: `BadValue` for a type of TOML that the setting cannot have.
    pub fn text(&self, setting: &Setting) -> Result<Option<String>, ConfigError> {
        let Some(value) = self.table.get(setting.name) else {
            return Ok(None);
        };
        let (text, demand) = match setting.kind {
            Kind::Secret => (
                value.as_str().map(str::to_owned),
                "must be a text in quotes",
            ),
            Kind::List => (list(value), "must be a list of texts"),
            Kind::Plain | Kind::Switch => (scalar(value), "must be one text, number or switch"),
        };
        match text {
            Some(text) => Ok(Some(text)),
            None => Err(ConfigError::BadValue {
                place: format!("{}: {}", self.path.display(), setting.name),
                reason: format!("the value {demand}"),
            }),
        }
    }
}

/// Says the line instead of showing it: a line of this file may hold a password.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    ConfigError::NotToml {
        file: path.to_owned(),
        reason: format!("line {line}: {}", error.message()),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(switch) => Some(switch.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn list(value: &Value) -> Option<String> {
    let items: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
    Some(items?.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(toml: &str, name: &str) -> Result<Option<String>, ConfigError> {
        let file = ConfigFile {
            path: PathBuf::from("chinwag.toml"),
            table: toml.parse().unwrap(),
        };
        file.text(SETTINGS.iter().find(|s| s.name == name).unwrap())
    }

    #[test]
    fn values_become_the_text_that_one_would_type() {
        let table = [
            ("", "readers", None),
            ("readers = 3", "readers", Some("3")),
            ("readers = '3'", "readers", Some("3")),
            ("demo = true", "demo", Some("true")),
            ("trusted-domains = []", "trusted-domains", Some("")),
            (
                "trusted-domains = ['a', 'b']",
                "trusted-domains",
                Some("a,b"),
            ),
            ("admin-password = 'x'", "admin-password", Some("x")),
        ];
        for (toml, name, expected) in table {
            assert_eq!(text(toml, name), Ok(expected.map(str::to_owned)), "{toml}");
        }
    }

    #[test]
    fn types_that_a_setting_cannot_have_are_refused() {
        let table = [
            (
                "readers = [3]",
                "readers",
                "the value must be one text, number or switch",
            ),
            (
                "[listen]\nport = 1",
                "listen",
                "the value must be one text, number or switch",
            ),
            (
                "data = 2026-01-01",
                "data",
                "the value must be one text, number or switch",
            ),
            (
                "trusted-domains = 'a,b'",
                "trusted-domains",
                "the value must be a list of texts",
            ),
            (
                "trusted-proxies = [1]",
                "trusted-proxies",
                "the value must be a list of texts",
            ),
            (
                "admin-password = 1",
                "admin-password",
                "the value must be a text in quotes",
            ),
        ];
        for (toml, name, reason) in table {
            let expected = ConfigError::BadValue {
                place: format!("chinwag.toml: {name}"),
                reason: reason.to_owned(),
            };
            assert_eq!(text(toml, name), Err(expected), "{toml}");
        }
    }

    #[test]
    fn a_broken_line_is_counted_but_not_shown() {
        let text = "readers = 3\nadmin-password = \"kettle\nlisten = 1\n";
        let error = text.parse::<Table>().unwrap_err();
        let shown = not_toml(Path::new("chinwag.toml"), text, &error).to_string();
        assert!(
            shown.starts_with("chinwag.toml is no TOML: line 2: "),
            "{shown}"
        );
        assert!(!shown.contains("kettle"));
    }
}
