//! `chinwag replay`: plays recorded conversations and tells what is answered differently.
//!
//! The rules of it are in `replay`; here are the arguments, the progress and the exit status.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::replay::report::{self, Summary};
use crate::replay::runner::{self, Options, Played};
use crate::replay::{BoxFuture, FreshServer, Guard};

/// From so many files on, a terminal gets a progress bar.
const MANY_FILES: usize = 20;

const RULES: &str = "\
What is sent:
  Requests go out one after the other, with `OCS-APIRequest: true`, `Accept: application/json` and a User-Agent of the player's
  own; headers of the recording come on top. Every actor has cookies of its own. `admin` has the password `admin`, everybody
  else `123456`; visitors (null) and names that begin with `guest` send none. --user sets others.

What is bound:
  Ids that the server chose are bound when an answer first shows them: tokens, sessions, guests, and the numbers of rooms,
  messages, attendees, polls, bans and notifications, each in a name space of its own. From then on they are replaced in
  requests, and nothing else is accepted in their place. Message ids must keep their order. 0, -1 and -2 are values.

What is compared:
  The status, the body to its last key, and every header that was recorded; other headers may come, except X-Chat-*.
  Keys that later versions added may come as well. Texts are compared with their tokens, guests and sessions replaced, times by their
  distance from the first one, as exactly as the recording or the play lasted, and 5 seconds more.
  Lists of rooms, participants, callers, votes and sessions have no order: entries are matched before they are compared, by
  token, actor or looks. Suggestions of equal rank may change places.
  Not compared: X-Nextcloud-Talk-Hash, X-Request-Id, versions of avatars, hosts in links, texts of notifications about the
  server itself, rooms that the reference makes by itself (changelog, sample), most of the capabilities, and without --calls
  also `canStartCall`.

Time:
  Without --base-url every file has a fresh server, whose clock follows the recording's and ends polls that wait in vain.
  With it, the server should be empty but for the user `admin`, once for each file.

Waiting:
  A recording may leave an exchange in the background: the key `background` gives it a name, and a later line
  {\"await\": NAME} waits for its answer and compares it there.

Exit status: 0 if all is the same, 1 if anything differs, 2 if a file cannot be read or no server be had.";

/// Play recorded conversations against a server and compare its answers.
#[derive(Debug, clap::Args)]
#[command(after_long_help = RULES)]
pub struct ReplayArgs {
    /// Transcripts, or directories that are searched for *.jsonl
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Play against this server (http:// only) instead of a fresh one for each file
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Password of an actor who does not have the usual one
    #[arg(long = "user", value_name = "NAME:PASSWORD", value_parser = user)]
    users: Vec<(String, String)>,
    /// Compare `canStartCall` too: the server has calls on
    #[arg(long)]
    calls: bool,
}

/// Run the command. `fresh` starts a server for one transcript.
pub async fn run(
    args: ReplayArgs,
    fresh: impl Fn(Guard) -> BoxFuture<Result<FreshServer, String>>,
) -> ExitCode {
    let options = Options {
        base_url: args.base_url,
        passwords: args.users.into_iter().collect(),
        calls: args.calls,
    };
    let files = match runner::find_files(&args.files) {
        Ok(files) => files,
        Err(reason) => {
            eprintln!("chinwag replay: {reason}");
            return ExitCode::from(2);
        }
    };
    let bar = progress(files.len());
    let mut summary = Summary::default();
    let report = |played: &Played| {
        summary.add(&played.verdict);
        bar.suspend(|| println!("{}", report::entry(&played.file, &played.verdict)));
        bar.inc(1);
    };
    let played = runner::play_all(files, &options, fresh, report).await;
    bar.finish_and_clear();
    if let Err(reason) = played {
        eprintln!("chinwag replay: {reason}");
        return ExitCode::from(2);
    }
    println!("{}", summary.line());
    match summary {
        Summary {
            unreadable: 1.., ..
        } => ExitCode::from(2),
        Summary { differing: 1.., .. } => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    }
}

/// A bar on standard error, if somebody sees it and it takes a while.
pub(super) fn progress(files: usize) -> ProgressBar {
    if files <= MANY_FILES || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files as u64);
    match ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn user(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, password)) if !name.is_empty() => Ok((name.to_owned(), password.to_owned())),
        _ => Err("it must look like NAME:PASSWORD".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ReplayArgs,
    }

    #[test]
    fn arguments_are_read() {
        let cli = Cli::parse_from(["replay", "a.jsonl", "--user", "bob:a:b", "--calls"]);
        assert_eq!(cli.args.files, [PathBuf::from("a.jsonl")]);
        assert_eq!(cli.args.users, [("bob".to_owned(), "a:b".to_owned())]);
        assert!(cli.args.calls);
        assert!(Cli::try_parse_from(["replay", "a.jsonl", "--user", "bob"]).is_err());
        assert!(Cli::try_parse_from(["replay"]).is_err());
    }
}
