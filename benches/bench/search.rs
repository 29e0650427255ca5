//! Search: the first page of five kinds of terms in conversations of growing length. The time may grow with the logarithm
//! of the length, no faster. Filling them is not timed.

use serde_json::Value;

use crate::api::Account;
use crate::client::Head;
use crate::error::Error;
use crate::history::Random;
use crate::load::{Load, Script, Until, drive};
use crate::options::Scale;
use crate::stage::Stage;
use crate::table::{Table, aim, count};

/// Connections that fill a conversation.
const WRITERS: usize = 64;
/// Searches for each term.
const SEARCHES: usize = 300;
/// Messages that one search takes into the index at least, while it is behind.
const INDEXED_BY_SEARCH: usize = 1_000;
const WORDS: u64 = 3_000;
const SYLLABLES: [&str; 16] = [
    "ta", "ki", "lo", "ren", "sum", "bi", "qua", "ver", "no", "mel", "dar", "pit", "os", "ung",
    "fra", "ste",
];
/// Stands in one message alone, in the middle of the conversation.
const RARE: &str = "zebra-fish";

/// Measures and prints the searches.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let common = word(0);
    // Each three characters of it are common, and nowhere do all stand together.
    let scattered = [word(0), word(2), word(1), word(3), word(0)].join("-");
    let terms = [
        ("rare", RARE, Some(1)),
        ("common", common.as_str(), Some(5)),
        ("none", "xyzzyx", Some(0)),
        ("scattered", scattered.as_str(), None),
        ("2 letters", "ki", Some(5)),
    ];
    let mut headings = vec!["messages".to_owned()];
    for (name, ..) in terms {
        headings.extend([format!("{name} p50 ms"), "p99".to_owned()]);
    }
    headings.push("aim".to_owned());
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut table = Table::new(
        "First page of a search, one connection, medians of all requests; rare, common and none grow with the logarithm at most",
        &headings,
    );
    let mut first: Option<(usize, Vec<f64>)> = None;
    for &messages in scale.search_messages {
        let stage = Stage::start()?;
        fill(&stage, messages).await?;
        let mut row = vec![count(messages as f64)];
        let mut medians = Vec::new();
        for (_, term, found) in terms {
            let load = search(&stage, term, found, SEARCHES).await?;
            if let Some(error) = load.first_error {
                return Err(Error::Unexpected(format!("a search for {term}: {error}")));
            }
            row.push(format!("{:.2}", load.latency(0.5)));
            row.push(format!("{:.2}", load.latency(0.99)));
            medians.push(load.latency(0.5));
        }
        let (fewest, shortest) = first.get_or_insert((messages, medians.clone()));
        let may_grow = (messages as f64).ln() / (*fewest as f64).ln();
        let grown = medians.iter().zip(shortest).take(3);
        let grown = grown.map(|(now, then)| now / *then).fold(0.0, f64::max);
        row.push(match *fewest == messages {
            true => String::new(),
            false => aim(&format!("{grown:.2} ≤ {may_grow:.2}"), grown <= may_grow),
        });
        table.row(row);
    }
    table.print();
    Ok(())
}

async fn fill(stage: &Stage, messages: usize) -> Result<(), Error> {
    for half in 0..2 {
        let authors = (0..WRITERS).map(|index| Author {
            account: stage.account(index).clone(),
            token: stage.token.clone(),
            random: Random::new((half * WRITERS + index) as u64),
        });
        let address = stage.server.address();
        let load = drive(address, authors.collect(), Until::Sent(messages / 2)).await?;
        if let Some(error) = load.first_error {
            return Err(Error::Unexpected(format!(
                "the conversation could not be filled: {error}"
            )));
        }
        if half == 0 {
            stage.post(RARE)?;
        }
    }
    // What is timed is the index, not what it does not know yet.
    search(stage, "xyzzyx", Some(0), messages / INDEXED_BY_SEARCH + 10).await?;
    Ok(())
}

async fn search(
    stage: &Stage,
    term: &str,
    found: Option<usize>,
    times: usize,
) -> Result<Load, Error> {
    let seeker = Seeker {
        request: stage.account(0).search(term),
        found,
    };
    drive(stage.server.address(), vec![seeker], Until::Sent(times)).await
}

/// A made-up word; low numbers have few syllables.
fn word(number: u64) -> String {
    let mut rest = number + 17;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES[(rest % 16) as usize]);
        rest /= 16;
    }
    word
}

/// Posts sentences of made-up words, of which some are frequent and most are not.
struct Author {
    account: Account,
    token: String,
    random: Random,
}

impl Script for Author {
    fn next(&mut self, request: &mut Vec<u8>) {
        let length = self.random.between(6, 25);
        let words: Vec<String> = (0..length)
            .map(|_| {
                let below = self.random.between(1, WORDS);
                let below = self.random.between(1, below);
                word(self.random.between(0, below - 1))
            })
            .collect();
        *request = self.account.post_message(&self.token, &words.join("-"));
    }

    fn accepts(&mut self, head: &Head, _answer: &[u8]) -> bool {
        head.status == 201
    }
}

/// Asks for the same first page for ever.
struct Seeker {
    request: Vec<u8>,
    /// Entries that it must have, if that is known.
    found: Option<usize>,
}

impl Script for Seeker {
    fn next(&mut self, request: &mut Vec<u8>) {
        request.clone_from(&self.request);
    }

    fn accepts(&mut self, head: &Head, answer: &[u8]) -> bool {
        let envelope: Value = serde_json::from_slice(head.body(answer)).unwrap_or_default();
        let entries = envelope["ocs"]["data"]["entries"].as_array().map(Vec::len);
        head.status == 200 && entries.is_some() && (self.found.is_none() || entries == self.found)
    }
}
