//! `chinwag conformance`: the score of all recorded conversations, by area and by part of the work.
//!
//! It plays what `replay` plays, and can write its tables into a document, between two marks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::replay::progress;
use crate::replay::part::Part;
use crate::replay::report::{self, Summary};
use crate::replay::runner::{self, Options, Played};
use crate::replay::{BoxFuture, FreshServer, Guard, Verdict};

/// The last part that is built: what differs up to it is named.
const BUILT: Part = Part::Clients;

const BEGIN: &str = "<!-- conformance:begin -->";
const END: &str = "<!-- conformance:end -->";

/// Recordings that no server can match when they are played, and why.
const CANNOT_MATCH: [(&str, &str); 8] = [
    (
        "chat-2/bots/0207",
        "its bots were installed by hand, and their signatures need a secret that is not recorded",
    ),
    (
        "chat-2/bots/0272",
        "its bots were installed by hand, and their signatures need a secret that is not recorded",
    ),
    (
        "chat-1/notifications/0367",
        "uses teams, which are made outside of this API",
    ),
    (
        "chat-1/notifications/0394",
        "uses teams, which are made outside of this API",
    ),
    (
        "chat-1/notifications/0410",
        "uses teams, which are made outside of this API",
    ),
    (
        "chat-1/notifications/0425",
        "uses teams, which are made outside of this API",
    ),
    (
        "chat-2/mentions/0094",
        "uses teams, which are made outside of this API",
    ),
    (
        "chat-1/edit-message/0030",
        "its messages were aged without a line that says so",
    ),
];

/// Play all recorded conversations below a directory and print the score.
#[derive(Debug, clap::Args)]
pub struct ConformanceArgs {
    /// Directory with the recordings; its folders are the areas
    directory: PathBuf,
    /// Also write the tables into this document, between its two conformance marks
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Run the command. `fresh` starts a server for one transcript.
///
/// A low score is no failure: the exit status is 2 if a file cannot be read or written, else 0.
pub async fn run(
    args: ConformanceArgs,
    fresh: impl Fn(Guard) -> BoxFuture<Result<FreshServer, String>>,
) -> ExitCode {
    match score(args, fresh).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(unreadable) => {
            eprintln!("chinwag conformance: {unreadable} files cannot be read");
            ExitCode::from(2)
        }
        Err(reason) => {
            eprintln!("chinwag conformance: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Plays, prints and writes; how many files were unreadable.
async fn score(
    args: ConformanceArgs,
    fresh: impl Fn(Guard) -> BoxFuture<Result<FreshServer, String>>,
) -> Result<usize, String> {
    let files = runner::find_files(std::slice::from_ref(&args.directory))?;
    let options = Options {
        // The recordings' server had calls on, as the fresh ones do.
        calls: true,
        ..Options::default()
    };
    let bar = progress(files.len());
    let played = runner::play_all(files, &options, fresh, |_| bar.inc(1)).await;
    bar.finish_and_clear();
    let score = Score::of(&args.directory, &played?);
    println!("{}", score.text());
    if let Some(document) = &args.write {
        let failed = |error: std::io::Error| format!("{}: {error}", document.display());
        let text = std::fs::read_to_string(document).map_err(failed)?;
        let written = replaced(&text, &score.markdown())
            .map_err(|reason| format!("{}: {reason}", document.display()))?;
        std::fs::write(document, written).map_err(failed)?;
    }
    Ok(score.all.unreadable)
}

/// The results, counted.
struct Score {
    all: Summary,
    areas: BTreeMap<String, Summary>,
    parts: BTreeMap<Part, Summary>,
    /// Files of the built parts that are not the same, with a few words about it.
    misses: Vec<(String, String)>,
}

impl Score {
    fn of(directory: &Path, results: &[Played]) -> Score {
        let mut score = Score {
            all: Summary::default(),
            areas: BTreeMap::new(),
            parts: BTreeMap::new(),
            misses: Vec::new(),
        };
        for played in results {
            let name = name(directory, &played.file);
            let area = name.split_once('/').map_or("", |(area, _)| area);
            score.all.add(&played.verdict);
            score
                .areas
                .entry(area.to_owned())
                .or_default()
                .add(&played.verdict);
            score
                .parts
                .entry(played.part)
                .or_default()
                .add(&played.verdict);
            if played.part <= BUILT
                && let Some(words) = miss(&name, &played.verdict)
            {
                score.misses.push((name, words));
            }
        }
        score
    }

    /// The rows of both tables: title, and name with its counts.
    fn tables(&self) -> [(&'static str, Vec<(&str, Summary)>); 2] {
        let areas = self
            .areas
            .iter()
            .map(|(area, summary)| (area.as_str(), *summary));
        let parts = Part::ALL
            .iter()
            .filter_map(|part| Some((part.name(), *self.parts.get(part)?)));
        [("Area", areas.collect()), ("Part", parts.collect())]
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (title, rows) in self.tables() {
            let _ = writeln!(text, "{title:<20} {:>6} {:>6}", "same", "of");
            for (name, summary) in rows {
                let _ = writeln!(
                    text,
                    "{name:<20} {:>6} {:>6}",
                    summary.same,
                    summary.total()
                );
            }
            text.push('\n');
        }
        text.push_str(&self.all.line());
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        for (title, rows) in self.tables() {
            let _ = writeln!(
                text,
                "| {title} | same | recordings |\n| --- | ---: | ---: |"
            );
            for (name, summary) in rows {
                let _ = writeln!(text, "| {name} | {} | {} |", summary.same, summary.total());
            }
            let _ = writeln!(
                text,
                "| **all** | {} | {} |\n",
                self.all.same,
                self.all.total()
            );
        }
        match self.misses.is_empty() {
            true => text.push_str("No recording of the parts built so far differs.\n"),
            false => text.push_str(
                "Recordings of the parts built so far that differ, and where they do first:\n\n",
            ),
        }
        for (file, words) in &self.misses {
            let _ = writeln!(text, "* `{file}`: {words}");
        }
        text
    }
}

/// The name of a recording: its path below the directory, without its ending.
fn name(directory: &Path, file: &Path) -> String {
    let below = file
        .strip_prefix(directory)
        .unwrap_or(file)
        .with_extension("");
    let folders: Vec<_> = below
        .iter()
        .map(|folder| folder.to_string_lossy())
        .collect();
    folders.join("/")
}

fn miss(name: &str, verdict: &Verdict) -> Option<String> {
    let words = match verdict {
        Verdict::Same => return None,
        Verdict::Unreadable(reason) => format!("unreadable, {reason}"),
        Verdict::Differs(difference) => report::brief(difference),
    };
    let reason = CANNOT_MATCH.iter().find(|(known, _)| *known == name);
    Some(match reason {
        Some((_, reason)) => format!("{words}; cannot match: {reason}"),
        None => words,
    })
}

/// `document` with `tables` between its marks.
fn replaced(document: &str, tables: &str) -> Result<String, &'static str> {
    let (before, rest) = document
        .split_once(BEGIN)
        .ok_or("the mark `conformance:begin` is missing")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("the mark `conformance:end` is missing")?;
    Ok(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::Difference;

    fn played(file: &str, part: Part, same: bool) -> Played {
        let difference = Difference {
            line: 3,
            actor: None,
            method: "GET".to_owned(),
            path: "/status.php".to_owned(),
            at: "status".to_owned(),
            expected: "200".to_owned(),
            got: "404".to_owned(),
        };
        let verdict = if same {
            Verdict::Same
        } else {
            Verdict::Differs(difference)
        };
        Played {
            file: PathBuf::from(format!("recordings/{file}")),
            part,
            verdict,
        }
    }

    #[test]
    fn results_are_counted_by_area_and_part() {
        let results = [
            played("chat-1/a/0001.jsonl", Part::Main, true),
            played("chat-1/b/0002.jsonl", Part::Main, false),
            played("callapi/c/0003.jsonl", Part::Conversations, false),
        ];
        let score = Score::of(Path::new("recordings"), &results);
        let expected = "\
| Area | same | recordings |
| --- | ---: | ---: |
| callapi | 0 | 1 |
| chat-1 | 1 | 2 |
| **all** | 1 | 3 |

| Part | same | recordings |
| --- | ---: | ---: |
| 01 main job | 1 | 2 |
| 02 conversations | 0 | 1 |
| **all** | 1 | 3 |

Recordings of the parts built so far that differ, and where they do first:

* `chat-1/b/0002`: GET /status.php (line 3): status: expected 200, got 404
* `callapi/c/0003`: GET /status.php (line 3): status: expected 200, got 404
";
        assert_eq!(score.markdown(), expected);
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = format!("# Title\n\n{BEGIN}\nold\n{END}\nrest\n");
        let written = replaced(&document, "new\n").expect("has both marks");
        assert_eq!(
            written,
            format!("# Title\n\n{BEGIN}\n\nnew\n\n{END}\nrest\n")
        );
        assert!(replaced("nothing", "new").is_err());
    }
}
