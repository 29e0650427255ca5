//! The log: text or JSON on standard error, as much as the settings say.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// The variable that goes before `log-level`; it may name modules: `chinwag::store=debug,info`.
pub(super) const FILTER: &str = "RUST_LOG";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoggingError {
    #[error("RUST_LOG: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("there is a log already")]
    Started,
}

/// Start the log, once for the life of the program.
///
/// Errors: `filter` cannot be understood.
pub(super) fn start(config: &Config, filter: Option<&str>) -> Result<(), LoggingError> {
    let filter = chosen(config.log_level, filter)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|_| LoggingError::Started)
}

fn chosen(level: LevelFilter, filter: Option<&str>) -> Result<EnvFilter, LoggingError> {
    match filter {
        Some(filter) => Ok(EnvFilter::builder().parse(filter)?),
        None => Ok(EnvFilter::default().add_directive(level.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_goes_before_the_setting() {
        let table = [
            (LevelFilter::INFO, None, "info"),
            (LevelFilter::OFF, None, "off"),
            (LevelFilter::INFO, Some("debug"), "debug"),
            (
                LevelFilter::INFO,
                Some("chinwag::store=trace"),
                "chinwag::store=trace",
            ),
        ];
        for (level, filter, expected) in table {
            let chosen = chosen(level, filter).unwrap();
            assert_eq!(chosen.to_string(), expected);
        }
        assert!(chosen(LevelFilter::INFO, Some("chinwag=loud")).is_err());
    }
}
