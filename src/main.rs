//! The binary: reads the command line and hands it over.

use std::process::ExitCode;

use clap::Parser as _;

use chinwag::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
