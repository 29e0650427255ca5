//! What `cargo bench` runs: figures of the real server with a floor beside each, by the same client in the same run.
//!
//! The server is the release binary as a child process (`CHINWAG_BIN`, else `target/release/chinwag`). The floor of the
//! waiting topics is this program started again as a bare hyper server; the floor of the storing topics is bare SQLite.
//! A floor does the least that the protocol or the disk demands. It is never slowed down to look better beside it.

#[path = "bench/api.rs"]
mod api;
#[path = "bench/archive.rs"]
mod archive;
#[path = "bench/client.rs"]
mod client;
#[path = "bench/crowd.rs"]
mod crowd;
#[path = "bench/error.rs"]
mod error;
#[path = "bench/fanout.rs"]
mod fanout;
#[path = "bench/floor_http.rs"]
mod floor_http;
#[path = "bench/floor_sqlite.rs"]
mod floor_sqlite;
#[path = "bench/history.rs"]
mod history;
#[path = "bench/load.rs"]
mod load;
#[path = "bench/machine.rs"]
mod machine;
#[path = "bench/memory.rs"]
mod memory;
#[path = "bench/mix.rs"]
mod mix;
#[path = "bench/options.rs"]
mod options;
#[path = "bench/posts.rs"]
mod posts;
#[path = "bench/process.rs"]
mod process;
#[path = "bench/prose.rs"]
mod prose;
#[path = "bench/rooms.rs"]
mod rooms;
#[path = "bench/search.rs"]
mod search;
#[path = "bench/stage.rs"]
mod stage;
#[path = "bench/table.rs"]
mod table;
#[path = "bench/town.rs"]
mod town;
#[path = "bench/waiters.rs"]
mod waiters;

use std::process::ExitCode;

use tokio::task::LocalSet;

use error::Error;
use options::{Command, Options, Scale, Topic};

fn main() -> ExitCode {
    let outcome = match options::parse(std::env::args().skip(1)) {
        Ok(Command::ServeFloor { body_bytes }) => floor_http::serve(body_bytes),
        Ok(Command::Measure(options)) => measure(&options),
        Ok(Command::Nothing) => {
            println!(
                "nothing measured: pass --bench, as `cargo bench` does\n{}",
                options::USAGE
            );
            Ok(())
        }
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the wished topics one after the other; one that fails does not stop the others.
fn measure(options: &Options) -> Result<(), Error> {
    let scale = options.scale();
    let topics = options.topics();
    machine::require_open_files(scale.open_files(&topics))?;
    machine::print_summary();

    // One thread: the client takes as little as possible from the server on the same cores.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut failed = Vec::new();
    for topic in topics {
        let measured = LocalSet::new().block_on(&runtime, run(topic, &scale));
        if let Err(error) = measured {
            eprintln!("bench: {}: {error}", topic.name());
            failed.push(topic.name());
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Error::Unexpected(format!("failed: {}", failed.join(", ")))),
    }
}

async fn run(topic: Topic, scale: &Scale) -> Result<(), Error> {
    match topic {
        Topic::Fanout => fanout::run(scale).await,
        Topic::Posts => posts::run(scale).await,
        Topic::History => history::run(scale).await,
        Topic::Memory => memory::run(scale).await,
        Topic::Rooms => rooms::run(scale).await,
        Topic::Mix => mix::run(scale).await,
        Topic::Search => search::run(scale).await,
    }
}
