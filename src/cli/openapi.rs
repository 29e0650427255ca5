//! `chinwag openapi`: prints what `/openapi.json` serves, without a server.

use std::io::Write as _;
use std::process::ExitCode;

use crate::server::openapi::document;

/// Whoever asks without a server can tell the address better.
const BASE_URL: &str = "http://localhost:8080";

/// Print it.
pub fn run() -> ExitCode {
    let text = document().text_for(BASE_URL);
    // Whoever reads it may have seen enough.
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
