//! Size: what long lists and large conversations cost, who lists them and who only stands beside. Each figure has the same one
//! of a smaller size beside it, and lists also what bare SQLite needs for the same rows: one statement, no HTTP, no JSON.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection as Database, OpenFlags, named_params};
use serde_json::Value;

use crate::client::{BlockingConnection, Connection, Head};
use crate::crowd;
use crate::error::Error;
use crate::load::{Load, Script, Until, drive};
use crate::options::{RoomSizes, Scale};
use crate::process::Process;
use crate::stage::{call, create_room};
use crate::table::{Table, count, median, millis, quantile, ratio};
use crate::town::{Plan, Town, group};

/// Clients that list a crowd over and over while another one asks for little.
const LISTERS: usize = 4;

const ROOM_ROWS: &str = "
select r.*, a.*, m.*,
  (select count(*) from message u
   where u.key > (r.id << 40 | max(a.last_read_id, 0)) and u.key < (r.id + 1) << 40
     and u.verb in ('comment', 'object_shared')),
  (select c.last_read_id from attendee c
   where c.room_id = r.id and c.actor_type = 'users' and c.read_private = 0
   order by c.last_read_id limit 1)
from attendee a
join room r on r.id = a.room_id
left join message m on m.key = (r.id << 40 | r.last_message_id)
where a.actor_type = 'users' and a.actor_id = :which
order by r.id";

const MEMBER_ROWS: &str = "
select a.*
from attendee a
where a.room_id = (select id from room where token = :which)
order by a.id";

/// Measures and prints everything about size.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let sizes = &scale.rooms;
    let town = Town::build(&Plan {
        groups: sizes.groups(),
        rooms: sizes.rooms(),
        lists: sizes.lists.to_vec(),
    })
    .await?;
    let server = Process::start_ours_on(&town.directory)?;
    log_in(&server, &town)?;

    list_rooms(&server, &town, scale).await?;
    list_members(&server, &town, scale).await?;
    beside_few_and_many(&server, &town, sizes).await?;
    add_groups(&server, &town, scale).await?;
    ask_beside_lists(&server, &town, scale).await?;
    crowd::run(&server, &town, scale).await
}

/// Everybody calls once, so that no password is compared while something is timed.
fn log_in(server: &Process, town: &Town) -> Result<(), Error> {
    let mut connection = BlockingConnection::open(server.address())?;
    let accounts = town.lists.iter().map(|(_, account)| account);
    for account in accounts.chain([&town.mayor, &town.member]) {
        call(&mut connection, &account.rooms(), &[200])?;
    }
    Ok(())
}

async fn list_rooms(server: &Process, town: &Town, scale: &Scale) -> Result<(), Error> {
    let lists = town.lists.iter().map(|(size, account)| List {
        size: *size,
        // With the note to self, which the first list has made.
        entries: *size,
        request: account.rooms(),
        which: account.name.clone(),
    });
    let title = "The list of an account's conversations";
    time_lists(server, town, scale, title, ROOM_ROWS, lists.collect()).await
}

async fn list_members(server: &Process, town: &Town, scale: &Scale) -> Result<(), Error> {
    let lists = scale.rooms.listed.iter().map(|size| List {
        size: *size,
        // The owner, and the group itself.
        entries: size + 2,
        request: town.member.participants(town.token(*size)),
        which: town.token(*size).to_owned(),
    });
    let title = "The list of a conversation's members";
    time_lists(server, town, scale, title, MEMBER_ROWS, lists.collect()).await
}

/// A list of a certain size.
struct List {
    size: usize,
    /// How many entries its answer must have.
    entries: usize,
    request: Vec<u8>,
    /// What the floor's statement asks for.
    which: String,
}

async fn time_lists(
    server: &Process,
    town: &Town,
    scale: &Scale,
    title: &str,
    sql: &str,
    lists: Vec<List>,
) -> Result<(), Error> {
    let mut table = Table::new(
        &format!("{title}, one client (floor: bare SQLite reads the same rows, no JSON), medians"),
        &[
            "entries", "p50 ms", "growth", "p99 ms", "us each", "floor ms", "growth", "ratio",
            "KiB",
        ],
    );
    let floor = Floor::open(town.directory.path(), sql)?;
    let mut figures: Vec<Figures> = lists.iter().map(|_| Figures::default()).collect();
    for _ in 0..scale.repetitions {
        // In turn, so that a slow moment of the machine is one of all sizes.
        for (list, figures) in lists.iter().zip(&mut figures) {
            let asker = Asker::counting(list.request.clone(), list.entries);
            let until = Until::Elapsed(scale.lists_last);
            let load = sound(drive(server.address(), vec![asker], until).await?)?;
            figures.middle.push(load.latency(0.5));
            figures.late.push(load.latency(0.99));
            figures.floor.push(floor.median_of(scale, &list.which)?);
        }
    }
    let mut connection = BlockingConnection::open(server.address())?;
    let mut first = None;
    for (list, figures) in lists.iter().zip(&figures) {
        let (middle, floor) = (median(&figures.middle), median(&figures.floor));
        let (first_middle, first_floor) = *first.get_or_insert((middle, floor));
        let (head, _) = connection.exchange(&list.request)?;
        table.row(vec![
            count(list.size as f64),
            format!("{middle:.2}"),
            ratio(middle, first_middle),
            format!("{:.2}", median(&figures.late)),
            format!("{:.1}", middle * 1_000.0 / list.size as f64),
            format!("{floor:.2}"),
            ratio(floor, first_floor),
            ratio(middle, floor),
            count(head.body_bytes as f64 / 1_024.0),
        ]);
    }
    table.print();
    Ok(())
}

#[derive(Default)]
struct Figures {
    middle: Vec<f64>,
    late: Vec<f64>,
    floor: Vec<f64>,
}

/// One statement on the server's own file.
struct Floor {
    database: Database,
    sql: String,
}

impl Floor {
    fn open(directory: &Path, sql: &str) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self {
            database: Database::open_with_flags(directory.join("chinwag.db"), flags)?,
            sql: sql.to_string(),
        })
    }

    /// Milliseconds for all rows, in the middle of many times.
    fn median_of(&self, scale: &Scale, which: &str) -> Result<f64, Error> {
        let mut load = Load::begin();
        while load.running_for() < scale.lists_last / 2 {
            let started = Instant::now();
            let mut statement = self.database.prepare_cached(&self.sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query(named_params! { ":which": which })?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    black_box(row.get_ref(column)?);
                }
            }
            load.add(1, started.elapsed());
        }
        Ok(load.latency(0.5))
    }
}

/// What must not depend on how many are in the room: a page, a look for news, a post, and the way from a post to who waits.
async fn beside_few_and_many(
    server: &Process,
    town: &Town,
    sizes: &RoomSizes,
) -> Result<(), Error> {
    let rooms = [sizes.few, sizes.crowd];
    let mut found = [Vec::new(), Vec::new()];
    for (size, found) in rooms.iter().zip(&mut found) {
        *found = vec![Vec::new(); 4];
        // The first requests wake the room up.
        ask_once(server, town, town.token(*size), &mut vec![Vec::new(); 4]).await?;
    }
    for _ in 0..sizes.rounds {
        for (size, found) in rooms.iter().zip(&mut found) {
            ask_once(server, town, town.token(*size), found).await?;
        }
    }
    let mut table = Table::new(
        &format!(
            "One request in a small and in a large conversation, ms, median and p99 of {} in turn",
            sizes.rounds
        ),
        &[
            "members",
            "page",
            "p99",
            "look",
            "p99",
            "post",
            "p99",
            "post to waiter",
            "p99",
        ],
    );
    let medians = found.each_ref().map(|found| {
        let of = found.iter().map(|latencies| median(latencies));
        of.collect::<Vec<_>>()
    });
    for (size, found) in rooms.iter().zip(&found) {
        let cells = found.iter().flat_map(|latencies| {
            [median(latencies), quantile(latencies, 0.99)].map(|value| format!("{value:.2}"))
        });
        table.row([count(*size as f64)].into_iter().chain(cells).collect());
    }
    let [few, many] = &medians;
    let ratios = many.iter().zip(few);
    let ratios = ratios.flat_map(|(many, few)| [ratio(*many, *few), String::new()]);
    table.row(["ratio".to_string()].into_iter().chain(ratios).collect());
    table.print();
    Ok(())
}

/// One of each request, timed.
async fn ask_once(
    server: &Process,
    town: &Town,
    token: &str,
    found: &mut [Vec<f64>],
) -> Result<(), Error> {
    let mut connection = BlockingConnection::open(server.address())?;
    let mut timed = |request: &[u8], expected: u16| {
        let (head, timing) = connection.exchange(request)?;
        match head.status == expected {
            true => Ok((head, timing, connection.answer().to_vec())),
            false => Err(Error::Unexpected(format!("answered {}", head.status))),
        }
    };
    let took =
        |timing: crate::client::Timing| millis(timing.answered.duration_since(timing.started));
    let (_, page, _) = timed(&town.member.history(token, 0), 200)?;
    let (head, post, answer) = timed(&town.member.post_message(token, "one-more"), 201)?;
    let envelope: Value = serde_json::from_slice(head.body(&answer))?;
    let newest = envelope["ocs"]["data"]["id"].as_u64().unwrap_or(0);
    let (_, look, _) = timed(&town.member.look(token, newest), 304)?;

    let mut request = Vec::new();
    let poll = town.mayor.poll(token);
    poll.write(&mut request, newest, crate::api::ReadMarker::Keep);
    let mut waiter = Connection::open(server.address()).await?;
    waiter.send(&request).await?;
    server.settle().await?;
    let (_, posted, _) = timed(&town.member.post_message(token, "wake-up"), 201)?;
    let head = waiter.receive().await?;
    let woken = millis(posted.started.elapsed());
    if head.status != 200 {
        return Err(Error::Unexpected(format!("a waiter got {}", head.status)));
    }
    for (latencies, value) in found
        .iter_mut()
        .zip([took(page), took(look), took(post), woken])
    {
        latencies.push(value);
    }
    Ok(())
}

/// A group joins a conversation in one transaction; others who post elsewhere have to wait for it.
async fn add_groups(server: &Process, town: &Town, scale: &Scale) -> Result<(), Error> {
    let mut table = Table::new(
        "A group joins a conversation, and what posts in another one wait for it, ms, medians (longest: of all)",
        &[
            "accounts",
            "took",
            "growth",
            "us each",
            "idle post p50",
            "idle longest",
            "longest meanwhile",
        ],
    );
    let elsewhere = town.token(scale.rooms.few);
    let poster = || Asker::new(town.member.post_message(elsewhere, "meanwhile"), 201);
    let mut first = None;
    for size in scale.rooms.added {
        let (mut took, mut middle) = (Vec::new(), Vec::new());
        let (mut idle_longest, mut longest) = (0.0_f64, 0.0_f64);
        for _ in 0..scale.repetitions {
            let until = Until::Elapsed(scale.lists_last / 2);
            let idle = sound(drive(server.address(), vec![poster()], until).await?)?;
            middle.push(idle.latency(0.5));
            idle_longest = idle_longest.max(idle.latency(1.0));

            let token = create_room(server.address(), &town.mayor)?;
            let request = town.mayor.add_group(&token, &group(size));
            let adding = async {
                let mut connection = Connection::open(server.address()).await?;
                // In the midst of the posts.
                tokio::time::sleep(scale.lists_last / 4).await;
                let started = Instant::now();
                connection.send(&request).await?;
                let head = connection.receive().await?;
                Ok::<_, Error>((head.status, millis(started.elapsed())))
            };
            let posting = drive(
                server.address(),
                vec![poster()],
                Until::Elapsed(scale.lists_last),
            );
            let (added, posted) = tokio::join!(adding, posting);
            let (status, lasted) = added?;
            if status != 200 {
                return Err(Error::Unexpected(format!(
                    "adding a group was answered {status}"
                )));
            }
            took.push(lasted);
            longest = longest.max(sound(posted?)?.latency(1.0));
        }
        let took = median(&took);
        table.row(vec![
            count(size as f64),
            format!("{took:.1}"),
            ratio(took, *first.get_or_insert(took)),
            format!("{:.0}", took * 1_000.0 / size as f64),
            format!("{:.2}", median(&middle)),
            format!("{idle_longest:.1}"),
            format!("{longest:.1}"),
        ]);
    }
    table.print();
    Ok(())
}

/// A small request, alone and beside clients that list a crowd in a loop.
async fn ask_beside_lists(server: &Process, town: &Town, scale: &Scale) -> Result<(), Error> {
    let mut table = Table::new(
        &format!(
            "One client asks for one conversation while {LISTERS} list members in a loop, ms, medians"
        ),
        &[
            "meanwhile",
            "p50 ms",
            "p99 ms",
            "longest",
            "lists/s",
            "entries/s",
        ],
    );
    let few = town.token(scale.rooms.few);
    // Of somebody who has read all: counting what is unread takes its time, too.
    let small = || Asker::new(town.member.room(few), 200);
    for listed in [None, Some(scale.rooms.few), Some(scale.rooms.crowd)] {
        let (mut middle, mut late, mut longest, mut lists) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..scale.repetitions {
            let until = Until::Elapsed(scale.lists_last);
            let listers = listed.map_or(0, |_| LISTERS);
            let request = town.member.participants(town.token(listed.unwrap_or(0)));
            let listers = (0..listers)
                .map(|_| Asker::new(request.clone(), 200))
                .collect();
            let (listing, asking) = tokio::join!(
                drive(server.address(), listers, until),
                drive(server.address(), vec![small()], until)
            );
            let (listing, asking) = (sound(listing?)?, sound(asking?)?);
            middle.push(asking.latency(0.5));
            late.push(asking.latency(0.99));
            longest.push(asking.latency(1.0));
            lists.push(listing.per_second());
        }
        let (name, entries) = match listed {
            None => ("nobody lists".to_string(), 0.0),
            Some(size) => (
                format!("lists of {}", count(size as f64)),
                (size + 2) as f64,
            ),
        };
        let lists = median(&lists);
        table.row(vec![
            name,
            format!("{:.2}", median(&middle)),
            format!("{:.2}", median(&late)),
            format!("{:.2}", median(&longest)),
            if listed.is_some() {
                count(lists)
            } else {
                String::new()
            },
            if listed.is_some() {
                count(lists * entries)
            } else {
                String::new()
            },
        ]);
    }
    table.print();
    Ok(())
}

/// Sends the same request for ever.
pub struct Asker {
    request: Vec<u8>,
    status: u16,
    /// Entries that the first answer must have.
    entries: Option<usize>,
}

impl Asker {
    /// Each answer must have this status.
    pub fn new(request: Vec<u8>, status: u16) -> Self {
        Self {
            request,
            status,
            entries: None,
        }
    }

    fn counting(request: Vec<u8>, entries: usize) -> Self {
        Self {
            entries: Some(entries),
            ..Self::new(request, 200)
        }
    }
}

impl Script for Asker {
    fn next(&mut self, request: &mut Vec<u8>) {
        request.clone_from(&self.request);
    }

    fn accepts(&mut self, head: &Head, answer: &[u8]) -> bool {
        let complete = self.entries.take().is_none_or(|entries| {
            let envelope: Value = serde_json::from_slice(head.body(answer)).unwrap_or_default();
            envelope["ocs"]["data"].as_array().map(Vec::len) == Some(entries)
        });
        head.status == self.status && complete
    }
}

/// The load, if each answer was the right one.
pub fn sound(load: Load) -> Result<Load, Error> {
    match &load.first_error {
        None => Ok(load),
        Some(error) => Err(Error::Unexpected(format!("a request went wrong: {error}"))),
    }
}
