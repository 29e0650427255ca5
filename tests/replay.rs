//! Our own recorded conversations: each in `fixtures/` is played against a fresh server, and every answer must be the
//! recorded one.
//!
//! `fixtures/README.md` says which file covers what. `tests/replay/` has what needs other settings than those of `fresh`.

use std::fs;
use std::path::{Path, PathBuf};

use chinwag::chat::Limits;
use chinwag::replay::runner::{self, Options};
use chinwag::replay::{Difference, Target, Verdict, parse, play, report};
use chinwag::server::throwaway::{self, Throwaway};

/// How many conversations there are at least.
const AT_LEAST: usize = 24;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// With calls, as the recordings' server had them.
fn limits() -> Limits {
    Limits {
        calls: true,
        ..throwaway::limits()
    }
}

/// Play `text` against `server`.
async fn play_on(server: &Throwaway, text: &str) -> Verdict {
    let transcript = parse(text).expect("a transcript");
    let target = Target {
        base_url: server.base_url(),
        passwords: Default::default(),
        advance: Some(server.advance()),
        calls: true,
    };
    play(&transcript, &target).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_conversation_is_answered_as_it_was() {
    let files = runner::find_files(&[in_repository("fixtures")]).expect("the directory is there");
    assert!(files.len() >= AT_LEAST, "only {} files", files.len());
    let options = Options {
        calls: true,
        ..Options::default()
    };
    let played = runner::play_all(files, &options, throwaway::fresh, |_| {})
        .await
        .expect("servers start");
    let others: Vec<String> = played
        .iter()
        .filter(|played| played.verdict != Verdict::Same)
        .map(|played| report::entry(&played.file, &played.verdict))
        .collect();
    assert!(others.is_empty(), "\n{}", others.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_has_its_age_limit_where_one_is_set() {
    let file = in_repository("tests/replay/delete-age.jsonl");
    let text = fs::read_to_string(&file).expect("the file is there");
    // Six hours: the default, which transcripts of newer servers do without.
    let server = Throwaway::start(limits()).await.expect("a server starts");
    let verdict = play_on(&server, &text).await;
    server.stop().await;
    assert_eq!(
        verdict,
        Verdict::Same,
        "\n{}",
        report::entry(&file, &verdict)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoiled_recording_is_found_at_its_line() {
    let text = fs::read_to_string(in_repository("fixtures/tea.jsonl")).expect("the file is there");
    let spoils = [
        (
            r#""message": "Sugar?""#,
            r#""message": "Honey?""#,
            "$.ocs.data.message",
        ),
        (
            r#""X-Chat-Last-Given": "7""#,
            r#""X-Chat-Last-Given": "6""#,
            "header X-Chat-Last-Given",
        ),
        (r#""status": 304"#, r#""status": 200"#, "status"),
        (r#""isReplyable": true, "#, "", "$.ocs.data"),
    ];
    for (recorded, spoiled, place) in spoils {
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains(recorded));
        let at = at.unwrap_or_else(|| panic!("{recorded} is nowhere"));
        let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        lines[at] = lines[at].replacen(recorded, spoiled, 1);

        let server = Throwaway::start(limits()).await.expect("a server starts");
        let verdict = play_on(&server, &lines.join("\n")).await;
        server.stop().await;

        let Verdict::Differs(Difference {
            line, at: found, ..
        }) = verdict
        else {
            panic!("{spoiled}: {verdict:?}");
        };
        assert_eq!((line, found.as_str()), (at + 1, place), "{spoiled}");
    }
}
