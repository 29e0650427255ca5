//! A conversation as people have it: of 20 acts 14 are messages, 4 reactions, one is an edit and one a vote. Beside it the same
//! connections sending messages only.

use crate::api::{Account, text};
use crate::client::{BlockingConnection, Head};
use crate::error::Error;
use crate::load::{Load, Script, Until, drive};
use crate::options::Scale;
use crate::posts::Author;
use crate::stage::{Stage, call};
use crate::table::{Table, aim, count, median, ratio};

const CONNECTIONS: usize = 64;
const TEXT_BYTES: usize = 200;
const AIM: f64 = 0.6;
/// One round: `m`essage, `r`eaction to the last message, `e`dit of it, `v`ote.
const ROUND: &[u8; 20] = b"mmrmmmrmemmrmmvmmrmm";

/// Measures and prints the mix.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let stage = Stage::start()?;
    let poll = begin_poll(&stage)?;
    let (mut mixed, mut pure) = (Vec::new(), Vec::new());
    let until = Until::Elapsed(scale.posts_last);
    for _ in 0..scale.repetitions {
        let address = stage.server.address();
        let people = (0..CONNECTIONS).map(|index| Person::new(&stage, index, poll));
        mixed.push(drive(address, people.collect(), until).await?);
        let authors = (0..CONNECTIONS).map(|index| Author::new(&stage, index));
        pure.push(drive(address, authors.collect(), until).await?);
    }
    let errors: usize = mixed.iter().map(|load| load.errors).sum();
    let rate = |loads: &[Load]| median(&loads.iter().map(Load::per_second).collect::<Vec<_>>());
    let (mixed_rate, pure_rate) = (rate(&mixed), rate(&pure));
    let mut table = Table::new(
        "Acts per second at 64 connections: 70 % messages, 20 % reactions, 5 % edits, 5 % votes (beside: messages only), medians",
        &["mix", "messages only", "ratio", "aim", "errors"],
    );
    table.row(vec![
        count(mixed_rate),
        count(pure_rate),
        ratio(mixed_rate, pure_rate),
        aim("≥ 0.6", mixed_rate >= AIM * pure_rate && errors == 0),
        errors.to_string(),
    ]);
    table.print();
    match mixed.iter().find_map(|load| load.first_error.clone()) {
        None => Ok(()),
        Some(error) => Err(Error::Unexpected(format!(
            "not all acts were accepted; the first: {error}"
        ))),
    }
}

/// A public poll in the stage's conversation; its id.
fn begin_poll(stage: &Stage) -> Result<u64, Error> {
    let mut connection = BlockingConnection::open(stage.server.address())?;
    let request = stage.account(0).create_poll(&stage.token);
    let poll = call(&mut connection, &request, &[201])?;
    poll["id"]
        .as_u64()
        .ok_or_else(|| Error::Unexpected(format!("no id in the new poll: {poll}")))
}

/// Somebody who does one thing after the other.
struct Person {
    account: Account,
    token: String,
    poll: u64,
    acts: usize,
    /// The last own message.
    last: u64,
}

impl Person {
    /// The person on connection number `index`.
    fn new(stage: &Stage, index: usize, poll: u64) -> Self {
        Self {
            account: stage.account(index).clone(),
            token: stage.token.clone(),
            poll,
            acts: 0,
            last: 0,
        }
    }
}

impl Script for Person {
    fn next(&mut self, request: &mut Vec<u8>) {
        let act = ROUND[self.acts % ROUND.len()];
        let marker = format!("{}x{}", self.account.name, self.acts);
        *request = match act {
            b'r' => self.account.react(&self.token, self.last),
            b'e' => {
                let edited = text(&marker, TEXT_BYTES);
                self.account.edit_message(&self.token, self.last, &edited)
            }
            b'v' => {
                let option = self.acts / ROUND.len() % 2;
                self.account.vote(&self.token, self.poll, option)
            }
            _ => {
                let said = text(&marker, TEXT_BYTES);
                self.account.post_message(&self.token, &said)
            }
        };
    }

    fn accepts(&mut self, head: &Head, answer: &[u8]) -> bool {
        let act = ROUND[self.acts % ROUND.len()];
        self.acts += 1;
        if act == b'm'
            && let Some(id) = first_id(head.body(answer))
        {
            self.last = id;
        }
        head.status == if matches!(act, b'm' | b'r') { 201 } else { 200 }
    }
}

/// The number after the first `"id":`, which is the message's own.
fn first_id(body: &[u8]) -> Option<u64> {
    const KEY: &[u8] = b"\"id\":";
    let at = body.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let digits = body[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|byte| char::from(*byte)).collect();
    digits.parse().ok()
}
