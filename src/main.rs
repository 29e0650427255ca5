//! The binary: reads the command line and hands it over.

use std::process::ExitCode;

use clap::Parser as _;

use chinwag::cli::{self, Cli};

/// Thousands of small requests at once are what the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
