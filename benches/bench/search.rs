//! Search: the first page of several kinds of terms in conversations of growing length. The time may grow with the logarithm
//! of the length, no faster. All servers run at the same time and are asked in turn, so that other work on the machine hits
//! all lengths.

use serde_json::Value;

use crate::api::Account;
use crate::archive::Archive;
use crate::client::{BlockingConnection, Head};
use crate::error::Error;
use crate::history::Random;
use crate::load::{Load, Script, Until, drive};
use crate::options::Scale;
use crate::process::Process;
use crate::prose::Prose;
use crate::stage::call;
use crate::table::{Table, aim, count, median, quantile, ratio};

/// Turns, and searches of each term in each of them.
const TURNS: usize = 10;
const SEARCHES: usize = 20;
/// A first page that takes no longer, however long the conversation, is quick in any case.
const SMALL_MS: f64 = 1.0;

/// Characters of hard terms, and how many of each length.
const SCATTERED: [usize; 5] = [4, 5, 6, 8, 24];
const EACH: usize = 3;

/// A kind of term, and how many entries its first page must have, if that is known.
struct Kind {
    name: &'static str,
    term: String,
    found: Option<usize>,
    /// Whether its time may grow with the logarithm at most.
    has_aim: bool,
}

/// Measures and prints the searches.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let sizes = scale.search_messages;
    let mut archive = Archive::create().await?;
    let mut directories = Vec::new();
    for (index, &messages) in sizes.iter().enumerate() {
        // The same word in each would not be rare in the last one.
        let rare = format!("zebra-fish-{index}");
        archive.grow(messages, &rare).await?;
        directories.push(archive.copy()?);
        eprint!(".");
    }
    eprintln!();
    let servers = directories.iter().map(Process::start_ours_on);
    let servers = servers.collect::<Result<Vec<Process>, Error>>()?;
    for server in &servers {
        let mut connection = BlockingConnection::open(server.address())?;
        // So that no password is compared while something is timed.
        call(&mut connection, &Archive::account().rooms(), &[200])?;
    }

    let mut headings = vec!["term".to_owned()];
    headings.extend(
        sizes
            .iter()
            .map(|size| format!("{} p50 ms", count(*size as f64))),
    );
    headings.extend(["growth", "aim", "p99 first", "p99 last"].map(str::to_owned));
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let title = "First page of a search in a conversation of so many messages, one client, medians";
    let mut table = Table::new(title, &headings);
    let may_grow = match sizes {
        [first, .., last] => (*last as f64).ln() / (*first as f64).ln(),
        _ => 1.0,
    };
    for kind in kinds() {
        table.row(row(&kind, &servers, may_grow).await?);
    }
    table.print();
    Ok(())
}

fn kinds() -> Vec<Kind> {
    let kind = |name, term: &str, found, has_aim| Kind {
        name,
        term: term.to_owned(),
        found,
        has_aim,
    };
    let prose = Prose::learn();
    let (word, pair) = prose.frequent();
    let mut kinds = vec![
        kind("common", word, Some(5), true),
        kind("two words", &pair, Some(5), true),
        // In the middle of the conversation.
        kind("rare", "zebra-fish-", Some(1), true),
        kind("absent", "xyzzyx", Some(0), true),
    ];
    // Each three characters in a row of these are frequent, and nowhere, or nearly so, do all stand together.
    let mut random = Random::new(0);
    for characters in SCATTERED {
        let pieces = (0..EACH).filter_map(|_| prose.scattered(characters, &mut random));
        kinds.extend(pieces.map(|piece| kind("scattered", &piece, None, true)));
    }
    kinds.push(kind("2 letters", "in", Some(5), false));
    kinds
}

async fn row(kind: &Kind, servers: &[Process], may_grow: f64) -> Result<Vec<String>, Error> {
    let mut times: Vec<Vec<f64>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..TURNS {
        for (index, (server, times)) in servers.iter().zip(&mut times).enumerate() {
            let term = match kind.name {
                "rare" => format!("{}{index}", kind.term),
                _ => kind.term.clone(),
            };
            let load = search(server, &Archive::account(), &term, kind.found).await?;
            if let Some(error) = load.first_error {
                return Err(Error::Unexpected(format!("a search for {term}: {error}")));
            }
            times.extend(load.latencies());
        }
    }
    let medians: Vec<f64> = times.iter().map(|times| median(times)).collect();
    let (first, last) = match medians.as_slice() {
        [first, .., last] => (*first, *last),
        _ => (1.0, 1.0),
    };
    let late = |times: Option<&Vec<f64>>| {
        let late = times.map_or(0.0, |times| quantile(times, 0.99));
        format!("{late:.2}")
    };
    let mut row = vec![format!("{} {:?}", kind.name, kind.term)];
    row.extend(medians.iter().map(|median| format!("{median:.2}")));
    row.push(ratio(last, first));
    row.push(match kind.has_aim {
        // Below that it is the machine's other work that grows.
        true => aim(
            &format!("≤ {may_grow:.2} or {SMALL_MS:.0} ms"),
            last <= may_grow * first || last <= SMALL_MS,
        ),
        false => String::new(),
    });
    row.extend([late(times.first()), late(times.last())]);
    Ok(row)
}

async fn search(
    server: &Process,
    account: &Account,
    term: &str,
    found: Option<usize>,
) -> Result<Load, Error> {
    let seeker = Seeker {
        request: account.search(term),
        found,
    };
    drive(server.address(), vec![seeker], Until::Sent(SEARCHES)).await
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
