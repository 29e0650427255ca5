//! The binary: reads the command line and hands it over.

use std::process::ExitCode;

use clap::Parser as _;

use chinwag::cli::{self, Cli};

/// Thousands of small requests at once are what the system's allocator is slow and wasteful at.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
