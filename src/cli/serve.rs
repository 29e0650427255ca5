//! `chinwag serve`: runs the server until it is told to stop.
//!
//! What serving means is in `server`; here are the settings, the log and the two signals.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Flags;
use crate::server;

/// Run the command; it returns when the server has stopped.
pub(super) async fn run(flags: Flags) -> ExitCode {
    let config = match super::prepare(flags) {
        Ok(config) => config,
        Err(status) => return status,
    };
    // Listened for before the server starts, so that a signal meanwhile is not lost.
    let stop = match stop_signal() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("chinwag serve: cannot listen for signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    match server::run(config, stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag serve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A future that ends at the first SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "asked to stop");
    })
}
