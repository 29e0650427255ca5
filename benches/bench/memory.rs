//! What idle waiters cost: resident memory per waiter, and processor time while nothing happens.

use crate::error::Error;
use crate::options::Scale;
use crate::process::Process;
use crate::stage::Stage;
use crate::table::{Table, aim, count, millis, ratio};
use crate::waiters::Waiters;

const AIM_WAITERS: usize = 5_000;
const AIM_KIB: f64 = 14.0;
/// Less than this in five seconds is no processor time: two steps of the kernel's clock.
const NO_MILLIS: f64 = 20.0;

/// Measures and prints memory and idle time.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let stage = Stage::start()?;
    let body_bytes = stage.answer_bytes(stage.newest - 1)?;
    let ours = watch(&stage, &stage.server, scale).await?;
    let floor_server = Process::start_floor(body_bytes)?;
    let floor = watch(&stage, &floor_server, scale).await?;

    let mut memory = Table::new(
        "Resident memory per idle waiter, KiB",
        &[
            "waiters",
            "ours",
            "floor",
            "ratio",
            "aim",
            "whole MiB ours",
            "floor",
        ],
    );
    let mut processor = Table::new(
        &format!(
            "Processor time of idle waiters, milliseconds in {} s",
            scale.idle_lasts.as_secs()
        ),
        &["waiters", "ours", "floor", "aim"],
    );
    for (ours, floor) in ours.iter().zip(&floor) {
        let with_aim = ours.waiters == AIM_WAITERS;
        let name = count(ours.waiters as f64);
        memory.row(vec![
            name.clone(),
            format!("{:.1}", ours.kib_each),
            format!("{:.1}", floor.kib_each),
            ratio(ours.kib_each, floor.kib_each),
            if with_aim {
                aim("≤ 14", ours.kib_each <= AIM_KIB)
            } else {
                String::new()
            },
            format!("{:.1}", ours.kib_whole / 1_024.0),
            format!("{:.1}", floor.kib_whole / 1_024.0),
        ]);
        processor.row(vec![
            name,
            format!("{:.0}", ours.busy_millis),
            format!("{:.0}", floor.busy_millis),
            if with_aim {
                aim("none", ours.busy_millis < NO_MILLIS)
            } else {
                String::new()
            },
        ]);
    }
    memory.print();
    processor.print();
    Ok(())
}

/// A server with so many idle waiters.
struct Idle {
    waiters: usize,
    kib_whole: f64,
    kib_each: f64,
    busy_millis: f64,
}

async fn watch(stage: &Stage, server: &Process, scale: &Scale) -> Result<Vec<Idle>, Error> {
    server.settle().await?;
    let empty = server.memory_kib()?;
    let polls = stage
        .accounts
        .iter()
        .map(|account| account.poll(&stage.token));
    let mut waiters = Waiters::new(server.address(), polls.collect(), stage.newest);
    let mut found = Vec::new();
    for &count in scale.idle_waiters {
        waiters.grow(count).await?;
        server.settle().await?;
        let kib_whole = server.memory_kib()?;
        let before = server.processor_time()?;
        tokio::time::sleep(scale.idle_lasts).await;
        let busy = server.processor_time()?.saturating_sub(before);
        let kib_each = (kib_whole - empty) / count as f64;
        found.push(Idle {
            waiters: count,
            kib_whole,
            kib_each,
            busy_millis: millis(busy),
        });
    }
    // An idle waiter that was answered or lost would not be idle.
    waiters.all_asking().await?;
    Ok(found)
}
