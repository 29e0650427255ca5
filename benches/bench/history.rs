//! History: pages of 100 messages at random places of one long conversation. Beside it: the same pages by a bare SQLite
//! range scan in one thread, without JSON.

use serde_json::Value;

use crate::api::{Account, text};
use crate::client::Head;
use crate::error::Error;
use crate::floor_sqlite::Store;
use crate::load::{Load, Script, Until, drive};
use crate::options::Scale;
use crate::posts::Author;
use crate::stage::Stage;
use crate::table::{Table, aim, count, median, ratio};

const CONNECTIONS: [usize; 3] = [1, 8, 16];
const PAGE: u64 = 100;
const TEXT_BYTES: usize = 200;
/// Connections that fill the conversation before.
const WRITERS: usize = 64;
/// One page of so many is read as JSON and counted.
const CHECKED: usize = 200;
const AIM_PER_SECOND: f64 = 3_000.0;

/// Measures and prints the history.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let stage = Stage::start()?;
    let ids = fill(&stage, scale.history_messages).await?;
    let store = fill_floor(scale.history_messages)?;
    let floor_ids = Ids {
        oldest: 1,
        newest: scale.history_messages as u64,
    };

    let mut table = Table::new(
        &format!(
            "History pages of {PAGE} per second, random places among {} messages (floor: bare SQLite, one thread, no JSON), medians",
            count(scale.history_messages as f64)
        ),
        &[
            "connections",
            "ours",
            "floor",
            "ratio",
            "aim",
            "p50 ms",
            "p99 ms",
            "floor p50 ms",
            "p99 ms",
            "errors",
        ],
    );
    let mut first_error = None;
    for connections in CONNECTIONS {
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for repetition in 0..scale.repetitions {
            let readers = (0..connections).map(|index| Reader::new(&stage, index, ids));
            ours.push(
                drive(
                    stage.server.address(),
                    readers.collect(),
                    Until::Elapsed(scale.history_lasts),
                )
                .await?,
            );
            floor.push(scan(&store, floor_ids, repetition as u64, scale)?);
        }
        let errors: usize = ours.iter().map(|load| load.errors).sum();
        first_error = first_error.or_else(|| ours.iter().find_map(|load| load.first_error.clone()));
        let of = |loads: &[Load], figure: fn(&Load) -> f64| {
            median(&loads.iter().map(figure).collect::<Vec<_>>())
        };
        let (rate, floor_rate) = (of(&ours, Load::per_second), of(&floor, Load::per_second));
        table.row(vec![
            connections.to_string(),
            count(rate),
            count(floor_rate),
            ratio(rate, floor_rate),
            match connections {
                1 => String::new(),
                _ => aim("≥ 3,000", rate >= AIM_PER_SECOND && errors == 0),
            },
            format!("{:.2}", of(&ours, |load| load.latency(0.5))),
            format!("{:.2}", of(&ours, |load| load.latency(0.99))),
            format!("{:.3}", of(&floor, |load| load.latency(0.5))),
            format!("{:.3}", of(&floor, |load| load.latency(0.99))),
            errors.to_string(),
        ]);
    }
    table.print();
    match first_error {
        None => Ok(()),
        Some(error) => Err(Error::Unexpected(format!(
            "not all pages were right; the first: {error}"
        ))),
    }
}

/// The ids of a conversation: nothing else was posted between them.
#[derive(Clone, Copy)]
struct Ids {
    oldest: u64,
    newest: u64,
}

impl Ids {
    /// An id with a full page before it.
    fn with_full_page_before(self, random: &mut Random) -> u64 {
        random.between(self.oldest + PAGE, self.newest + 1)
    }
}

async fn fill(stage: &Stage, messages: usize) -> Result<Ids, Error> {
    let oldest = stage.post("the-first-one")?;
    let authors = (0..WRITERS).map(|index| Author::new(stage, index));
    // The first and the last one are posted alone, for their ids.
    let load = drive(
        stage.server.address(),
        authors.collect(),
        Until::Sent(messages - 2),
    )
    .await?;
    if let Some(error) = load.first_error {
        return Err(Error::Unexpected(format!(
            "the conversation could not be filled: {error}"
        )));
    }
    let ids = Ids {
        oldest,
        newest: stage.post("the-last-one")?,
    };
    // Ids may have gaps; the page before the newest message must be full all the same.
    match stage.page_length(ids.newest)? {
        100 => Ok(ids),
        other => Err(Error::Unexpected(format!(
            "a page holds {other} messages instead of {PAGE}"
        ))),
    }
}

fn fill_floor(messages: usize) -> Result<Store, Error> {
    let mut store = Store::create()?;
    store.append(messages, &text("floor", TEXT_BYTES))?;
    Ok(store)
}

fn scan(store: &Store, ids: Ids, seed: u64, scale: &Scale) -> Result<Load, Error> {
    let mut random = Random::new(seed);
    let mut load = Load::begin();
    while load.running_for() < scale.history_lasts {
        let started = std::time::Instant::now();
        let rows = store.page(ids.with_full_page_before(&mut random))?;
        if rows as u64 != PAGE {
            return Err(Error::Unexpected(format!(
                "a page of the floor holds {rows} messages"
            )));
        }
        load.add(1, started.elapsed());
    }
    Ok(load.end())
}

/// Reads pages at random places for ever.
struct Reader {
    account: Account,
    token: String,
    ids: Ids,
    random: Random,
    pages: usize,
}

impl Reader {
    fn new(stage: &Stage, index: usize, ids: Ids) -> Self {
        let account = stage.account(index).clone();
        Self {
            account,
            token: stage.token.clone(),
            ids,
            random: Random::new(index as u64),
            pages: 0,
        }
    }
}

impl Script for Reader {
    fn next(&mut self, request: &mut Vec<u8>) {
        let before = self.ids.with_full_page_before(&mut self.random);
        *request = self.account.history(&self.token, before);
    }

    fn accepts(&mut self, head: &Head, answer: &[u8]) -> bool {
        self.pages += 1;
        let counted = || {
            let envelope: Value = serde_json::from_slice(head.body(answer)).unwrap_or_default();
            envelope["ocs"]["data"].as_array().map_or(0, Vec::len) as u64
        };
        head.status == 200
            && head.last_given.is_some()
            && (self.pages % CHECKED != 1 || counted() == PAGE)
    }
}

/// Numbers that look random and are the same in each run (xorshift64*).
pub struct Random(u64);

impl Random {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number from `low` up to and including `high`; `low` if there is none.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        low + drawn % (high.saturating_sub(low) + 1)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn random_places_have_a_full_page_before_them() {
        let ids = super::Ids {
            oldest: 7,
            newest: 400,
        };
        let mut random = super::Random::new(3);
        let drawn: Vec<u64> = (0..10_000)
            .map(|_| ids.with_full_page_before(&mut random))
            .collect();
        assert_eq!(drawn.iter().min(), Some(&107));
        assert_eq!(drawn.iter().max(), Some(&401));
    }
}
