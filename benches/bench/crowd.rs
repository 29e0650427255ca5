//! What is done for a whole crowd at once, and what posts in another conversation wait for it: everybody in a conversation is
//! told, and somebody votes where thousands have voted.

use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::error::Error;
use crate::load::{Until, drive};
use crate::options::Scale;
use crate::process::Process;
use crate::rooms::{Asker, sound};
use crate::table::{Table, count, median, millis, quantile, ratio};
use crate::town::Town;

/// How long others post around each request, in all.
const AROUND: Duration = Duration::from_millis(400);
/// Nobody who posts elsewhere may wait longer for it.
const AIM_MS: f64 = 20.0;

/// Measures and prints.
pub async fn run(server: &Process, town: &Town, scale: &Scale) -> Result<(), Error> {
    let sizes = [scale.rooms.few, scale.rooms.crowd];
    let all = "the-kettle-is-on,-@all";
    let told = sizes.map(|size| (size, town.mayor.post_message(town.token(size), all)));
    compare(server, town, scale, "Everybody is told (@all)", told, 201).await?;
    let votes = sizes.map(|size| {
        let poll = town.poll(size);
        (size, town.member.vote(town.token(size), poll, 0))
    });
    compare(
        server,
        town,
        scale,
        "A vote where all have voted",
        votes,
        200,
    )
    .await
}

async fn compare(
    server: &Process,
    town: &Town,
    scale: &Scale,
    title: &str,
    requests: [(usize, Vec<u8>); 2],
    expected: u16,
) -> Result<(), Error> {
    let mut table = Table::new(
        &format!(
            "{title}: ms, and the longest post in another conversation meanwhile, median and longest of all rounds"
        ),
        &[
            "members",
            "took p50",
            "ratio",
            "longest",
            "longest post p50",
            "of all",
            "aim",
        ],
    );
    let mut first = None;
    for (size, request) in &requests {
        let (mut took, mut waited) = (Vec::new(), Vec::new());
        for _ in 0..scale.rooms.rounds / 4 {
            let (lasted, longest) = one(server, town, scale, request, expected).await?;
            took.push(lasted);
            waited.push(longest);
        }
        let middle = median(&took);
        let usual = median(&waited);
        table.row(vec![
            count(*size as f64),
            format!("{middle:.2}"),
            ratio(middle, *first.get_or_insert(middle)),
            format!("{:.2}", quantile(&took, 1.0)),
            format!("{usual:.2}"),
            format!("{:.2}", quantile(&waited, 1.0)),
            crate::table::aim(&format!("≤ {AIM_MS:.0}"), usual <= AIM_MS),
        ]);
    }
    table.print();
    Ok(())
}

/// How long the request took, and the longest post of somebody who posts in another conversation without a pause.
async fn one(
    server: &Process,
    town: &Town,
    scale: &Scale,
    request: &[u8],
    expected: u16,
) -> Result<(f64, f64), Error> {
    let elsewhere = town.token(scale.rooms.listed[0]);
    let poster = Asker::new(town.member.post_message(elsewhere, "meanwhile"), 201);
    let asking = async {
        let mut connection = Connection::open(server.address()).await?;
        // In the midst of the posts.
        tokio::time::sleep(AROUND / 4).await;
        let started = Instant::now();
        connection.send(request).await?;
        let head = connection.receive().await?;
        match head.status == expected {
            true => Ok(millis(started.elapsed())),
            false => Err(Error::Unexpected(format!(
                "it was answered {}",
                head.status
            ))),
        }
    };
    let posting = drive(server.address(), vec![poster], Until::Elapsed(AROUND));
    let (took, posted) = tokio::join!(asking, posting);
    Ok((took?, sound(posted?)?.latency(1.0)))
}
