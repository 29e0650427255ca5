//! Plays many transcripts: finds the files, gives each a server of its own, and hands the results over in the files' order.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use tokio::task::JoinSet;

use super::part::Part;
use super::transcript::{self, LoadError, Step, Transcript};
use super::{Advance, BoxFuture, FreshServer, Guard, Target, Verdict, part, player};

/// How files are played.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Play all files against this server; `None`: each against a fresh one.
    pub base_url: Option<String>,
    /// Passwords of actors that do not have the usual one.
    pub passwords: HashMap<String, String>,
    /// Compare `canStartCall`.
    pub calls: bool,
}

/// What became of one file.
#[derive(Debug)]
pub struct Played {
    pub file: PathBuf,
    /// The part of the work that brings the last endpoint the file uses.
    pub part: Part,
    pub verdict: Verdict,
}

/// The transcripts among `paths`: files as they are given, directories searched for `*.jsonl`, sorted.
///
/// Errors: the path that cannot be read, in words.
pub fn find_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        let found = walk(path, &mut files);
        found.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(files)
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries: io::Result<Vec<PathBuf>> = std::fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut entries = entries?;
    entries.sort();
    for entry in entries {
        if entry.is_dir()
            || entry
                .extension()
                .is_some_and(|extension| extension == "jsonl")
        {
            walk(&entry, files)?;
        }
    }
    Ok(())
}

/// Play `files`, a few at a time if each has a server of its own. `done` sees every result, in the order of the files.
///
/// Errors: a fresh server could not be started: the reason.
pub async fn play_all(
    files: Vec<PathBuf>,
    options: &Options,
    fresh: impl Fn(Guard) -> BoxFuture<Result<FreshServer, String>>,
    mut done: impl FnMut(&Played),
) -> Result<Vec<Played>, String> {
    let at_once = match options.base_url {
        Some(_) => 1,
        None => available_parallelism().map_or(2, usize::from).clamp(1, 4),
    };
    let mut waiting = files.into_iter().enumerate();
    let mut running: JoinSet<(usize, Played)> = JoinSet::new();
    let mut finished: HashMap<usize, Played> = HashMap::new();
    let mut results: Vec<Played> = Vec::new();
    loop {
        while running.len() < at_once
            && let Some((index, file)) = waiting.next()
        {
            let transcript = transcript::load(&file).await;
            let guard = transcript.as_ref().map_or(Guard::Off, Guard::of);
            let server = Server::start(options, &fresh, guard).await?;
            running.spawn(async move { (index, play_file(file, transcript, server).await) });
        }
        let Some(joined) = running.join_next().await else {
            return Ok(results);
        };
        let (index, played) = joined.map_err(|error| format!("the player failed: {error}"))?;
        finished.insert(index, played);
        while let Some(played) = finished.remove(&results.len()) {
            done(&played);
            results.push(played);
        }
    }
}

async fn play_file(
    file: PathBuf,
    transcript: Result<Transcript, LoadError>,
    server: Server,
) -> Played {
    let (part, verdict) = match transcript {
        Err(error) => (Part::LeftOut, Verdict::Unreadable(error.to_string())),
        Ok(transcript) => {
            let exchanges = transcript.steps.iter().filter_map(|step| match step {
                Step::Exchange(exchange) => Some(exchange.as_ref()),
                _ => None,
            });
            (
                part::of_file(exchanges),
                player::play(&transcript, &server.target).await,
            )
        }
    };
    Played {
        file,
        part,
        verdict,
    }
}

/// A target, and what ends its server. It is ended also when a play is given up.
struct Server {
    target: Target,
    stop: Option<Box<dyn FnOnce() + Send>>,
}

impl Server {
    async fn start(
        options: &Options,
        fresh: &impl Fn(Guard) -> BoxFuture<Result<FreshServer, String>>,
        guard: Guard,
    ) -> Result<Server, String> {
        let target = |base_url: String, advance: Option<Advance>| Target {
            base_url,
            passwords: options.passwords.clone(),
            advance,
            calls: options.calls,
        };
        if let Some(base_url) = &options.base_url {
            return Ok(Server {
                target: target(base_url.clone(), None),
                stop: None,
            });
        }
        let server = fresh(guard).await?;
        Ok(Server {
            target: target(server.base_url, Some(server.advance)),
            stop: Some(server.stop),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::super::fake::Fake;
    use super::*;

    const RECORDING: &str = r#"{"id": "x"}
{"as": "admin", "method": "GET", "path": "/status.php", "status": 200, "answer": {"installed": true}}
"#;

    #[tokio::test]
    async fn files_are_found_and_played_in_their_order() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("b")).expect("a directory");
        for (name, text) in [
            ("b/2.jsonl", RECORDING),
            ("b/1.jsonl", "{}"),
            ("a.jsonl", RECORDING),
            ("c.md", ""),
        ] {
            fs::write(path(name), text).expect("a file");
        }
        let files = find_files(&[directory.path().to_owned()]).expect("readable");
        assert_eq!(
            files,
            [path("a.jsonl"), path("b/1.jsonl"), path("b/2.jsonl")]
        );
        let fresh = |_| -> BoxFuture<Result<FreshServer, String>> {
            Box::pin(async {
                let transcript = transcript::parse(RECORDING).expect("parses");
                let fake = Fake::start(&transcript, |_, _| {}).await;
                let base_url = fake.base_url.clone();
                Ok(FreshServer {
                    base_url,
                    advance: Arc::new(|_, _| Box::pin(std::future::ready(()))),
                    stop: Box::new(move || drop(fake)),
                })
            })
        };
        let mut seen = Vec::new();
        let options = Options::default();
        let played = play_all(files.clone(), &options, fresh, |played| {
            seen.push(played.file.clone())
        })
        .await;
        let verdicts: Vec<bool> = played
            .expect("plays")
            .iter()
            .map(|played| played.verdict == Verdict::Same)
            .collect();
        assert_eq!(seen, files);
        assert_eq!(verdicts, [true, false, true]);
    }

    #[tokio::test]
    async fn a_server_that_does_not_start_ends_it() {
        let fresh = |_| -> BoxFuture<Result<FreshServer, String>> {
            Box::pin(async { Err("no port".to_owned()) })
        };
        let played = play_all(
            vec![PathBuf::from("x.jsonl")],
            &Options::default(),
            fresh,
            |_| {},
        )
        .await;
        assert_eq!(played.err().as_deref(), Some("no port"));
    }

    #[test]
    fn a_path_that_is_not_there_is_named() {
        let found = find_files(&[PathBuf::from("nowhere.jsonl")]).expect_err("not there");
        assert!(found.starts_with("nowhere.jsonl: "), "{found}");
    }
}
