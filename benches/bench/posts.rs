//! Durable posts per second, each connection sending its next post when the last one was answered. Beside it: how many rows
//! bare SQLite appends in transactions as large as there are connections, the most that group commit could reach.

use crate::api::{Account, text};
use crate::client::Head;
use crate::error::Error;
use crate::floor_sqlite::Store;
use crate::load::{Load, Script, Until, drive};
use crate::options::Scale;
use crate::stage::Stage;
use crate::table::{Table, aim, count, median, ratio};

const CONNECTIONS: [usize; 3] = [1, 16, 64];
const TEXT_BYTES: usize = 200;
const AIM_CONNECTIONS: usize = 64;
const AIM_PER_SECOND: f64 = 10_000.0;

/// Measures and prints the posts.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let stage = Stage::start()?;
    let mut store = Store::create()?;
    let mut table = Table::new(
        "Durable posts per second (floor: bare SQLite, one commit for as many rows as connections), medians",
        &[
            "connections",
            "ours",
            "floor",
            "ratio",
            "aim",
            "p50 ms",
            "p99 ms",
            "commit p50 ms",
            "p99 ms",
            "errors",
        ],
    );
    let mut first_error = None;
    for connections in CONNECTIONS {
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..scale.repetitions {
            let authors = (0..connections).map(|index| Author::new(&stage, index));
            ours.push(
                drive(
                    stage.server.address(),
                    authors.collect(),
                    Until::Elapsed(scale.posts_last),
                )
                .await?,
            );
            floor.push(store.append_for(
                scale.posts_last,
                connections,
                &text("floor", TEXT_BYTES),
            )?);
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
                AIM_CONNECTIONS => aim("≥ 10,000", rate >= AIM_PER_SECOND && errors == 0),
                _ => String::new(),
            },
            format!("{:.2}", of(&ours, |load| load.latency(0.5))),
            format!("{:.2}", of(&ours, |load| load.latency(0.99))),
            format!("{:.2}", of(&floor, |load| load.latency(0.5))),
            format!("{:.2}", of(&floor, |load| load.latency(0.99))),
            errors.to_string(),
        ]);
    }
    table.print();
    match first_error {
        None => Ok(()),
        Some(error) => Err(Error::Unexpected(format!(
            "not all posts were accepted; the first: {error}"
        ))),
    }
}

/// Posts the same text for ever.
pub struct Author {
    request: Vec<u8>,
}

impl Author {
    /// The author on connection number `index`.
    pub fn new(stage: &Stage, index: usize) -> Self {
        let account: &Account = stage.account(index);
        let request = account.post_message(&stage.token, &text(&account.name, TEXT_BYTES));
        Self { request }
    }
}

impl Script for Author {
    fn next(&mut self, request: &mut Vec<u8>) {
        request.clone_from(&self.request);
    }

    fn accepts(&mut self, head: &Head, _answer: &[u8]) -> bool {
        head.status == 201
    }
}
