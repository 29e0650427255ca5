//! One post to many waiters: the time from just before the post is written to the last waiter's complete answer, and to the
//! post's own 201. Ours and the bare hyper server have their waiters at the same time and take turns round by round, so that
//! other work on the machine hits both.

use crate::api::{Account, ReadMarker, text};
use crate::client::BlockingConnection;
use crate::error::Error;
use crate::floor_http::MARKER;
use crate::options::Scale;
use crate::process::Process;
use crate::stage::Stage;
use crate::table::{Table, aim, count, median, millis, quantile, ratio};
use crate::waiters::{Afterwards, Waiters};

/// Makes an answer of about 600 bytes.
const TEXT_BYTES: usize = 120;
/// The aim for the last of 1,000 waiters, as a multiple of the floor.
const AIM: f64 = 1.5;
const AIM_WAITERS: usize = 1_000;

/// What the clients do in a cell, and how the table calls it.
const MANNERS: [(&str, Afterwards); 3] = [
    ("stay away", Afterwards::StayAway),
    ("poll again", Afterwards::PollAgain(ReadMarker::Keep)),
    (
        "poll again, mark read",
        Afterwards::PollAgain(ReadMarker::Move),
    ),
];

/// Measures and prints the fan-out.
pub async fn run(scale: &Scale) -> Result<(), Error> {
    let stage = Stage::start()?;
    let newest = stage.post(&text("measure", TEXT_BYTES))?;
    let body_bytes = stage.answer_bytes(stage.newest)?;
    let floor_server = Process::start_floor(body_bytes)?;
    let mut ours = Side::new(&stage, &stage.server, newest, None)?;
    // The floor gets the very requests that ours gets.
    let mut floor = Side::new(&stage, &floor_server, newest, Some(MARKER))?;

    let mut answers = Table::new(
        &format!(
            "Fan-out of one post ({body_bytes}-byte answers): milliseconds to the last waiter's complete answer, medians"
        ),
        &[
            "waiters, then",
            "ours",
            "floor",
            "ratio",
            "aim",
            "worst ours",
            "worst floor",
        ],
    );
    let mut posts = Table::new(
        "Fan-out: milliseconds to the post's own 201, and the server's processor time per answer in microseconds, medians",
        &[
            "waiters, then",
            "201 ours",
            "floor",
            "ratio",
            "CPU ours",
            "floor",
            "ratio",
        ],
    );
    let measured = async {
        for &(waiters, rounds) in scale.fanout {
            for (manner, afterwards) in MANNERS {
                let (of_ours, of_floor) =
                    compare(&mut ours, &mut floor, waiters, rounds, afterwards).await?;
                let name = format!("{} {manner}", count(waiters as f64));
                let with_aim =
                    waiters == AIM_WAITERS && afterwards != Afterwards::PollAgain(ReadMarker::Move);
                answers.row(of_ours.answers_row(&of_floor, &name, with_aim));
                posts.row(of_ours.posts_row(&of_floor, &name));
                // A run takes minutes; dots show that it lives.
                eprint!(".");
            }
        }
        Ok(())
    };
    let outcome = measured.await;
    eprintln!();
    // What was measured before a failure is worth seeing.
    answers.print();
    posts.print();
    outcome
}

/// A server with its waiters and the one who posts.
struct Side<'a> {
    server: &'a Process,
    waiters: Waiters,
    poster: Option<BlockingConnection>,
    author: Account,
    token: String,
    /// Posts so far: no two have the same marker.
    posted: usize,
    /// The floor gives everybody the same bytes in each round.
    fixed_marker: Option<&'static str>,
}

/// What the rounds of one cell took.
#[derive(Default)]
struct Rounds {
    /// Milliseconds to the last complete answer.
    last_answer: Vec<f64>,
    /// Milliseconds to the post's own answer.
    created: Vec<f64>,
    /// Microseconds of the server's processor time per waiter.
    processor: Vec<f64>,
}

impl<'a> Side<'a> {
    fn new(
        stage: &Stage,
        server: &'a Process,
        known: u64,
        fixed_marker: Option<&'static str>,
    ) -> Result<Self, Error> {
        let polls = stage
            .accounts
            .iter()
            .map(|account| account.poll(&stage.token));
        Ok(Self {
            server,
            waiters: Waiters::new(server.address(), polls.collect(), known),
            poster: Some(BlockingConnection::open(server.address())?),
            author: stage.account(0).clone(),
            token: stage.token.clone(),
            posted: 0,
            fixed_marker,
        })
    }

    /// One post; nothing else happens on the server before and after.
    async fn round(&mut self, rounds: &mut Rounds) -> Result<(), Error> {
        self.posted += 1;
        let marker = format!("round-{:05}", self.posted);
        self.waiters.all_asking().await?;
        // The server closes what is idle for long, as this is while thousands come.
        self.poster = Some(BlockingConnection::open(self.server.address())?);
        self.server.settle().await?;
        let spent_before = self.server.live_threads_time()?;

        // A thread of its own: the 201 is not read late because the clients' thread is busy with other answers.
        let Some(mut poster) = self.poster.take() else {
            return Err(Error::Unexpected(
                "the posting connection broke".to_string(),
            ));
        };
        let request = self
            .author
            .post_message(&self.token, &text(&marker, TEXT_BYTES));
        let posting = tokio::task::spawn_blocking(move || {
            let exchanged = poster.exchange(&request);
            exchanged.map(|exchanged| (poster, exchanged))
        });
        let posted = async {
            let posted = posting.await;
            posted.map_err(|error| Error::Unexpected(format!("posting failed: {error}")))?
        };
        // A post that failed is told at once: nobody will be answered.
        let (last_answer, (poster, (head, timing))) =
            tokio::try_join!(self.waiters.last_answer(), posted)?;
        if head.status != 201 {
            return Err(Error::Unexpected(format!(
                "the post was answered {}",
                head.status
            )));
        }
        self.poster = Some(poster);

        self.server.settle().await?;
        let spent = self
            .server
            .live_threads_time()?
            .saturating_sub(spent_before);
        self.waiters
            .check_answers(self.fixed_marker.unwrap_or(&marker))?;
        rounds
            .last_answer
            .push(millis(last_answer - timing.started));
        rounds
            .created
            .push(millis(timing.answered - timing.started));
        rounds
            .processor
            .push(millis(spent) * 1_000.0 / self.waiters.len() as f64);
        Ok(())
    }
}

async fn compare<'a>(
    ours: &mut Side<'a>,
    floor: &mut Side<'a>,
    waiters: usize,
    rounds: usize,
    afterwards: Afterwards,
) -> Result<(Rounds, Rounds), Error> {
    // All come before anybody is answered: a server closes connections that ask nothing for long, as who stays away does.
    for side in [&mut *ours, &mut *floor] {
        side.waiters.set_afterwards(afterwards);
        side.waiters.grow(waiters).await?;
    }
    for side in [&mut *ours, &mut *floor] {
        // Not counted: new connections, and polls still written in the manner of the cell before.
        side.round(&mut Rounds::default()).await?;
    }
    let (mut of_ours, mut of_floor) = (Rounds::default(), Rounds::default());
    for _ in 0..rounds {
        ours.round(&mut of_ours).await?;
        floor.round(&mut of_floor).await?;
    }
    Ok((of_ours, of_floor))
}

impl Rounds {
    fn answers_row(&self, floor: &Rounds, name: &str, with_aim: bool) -> Vec<String> {
        let (ours, at_best) = (median(&self.last_answer), median(&floor.last_answer));
        let aim = match with_aim {
            true => aim("≤ 1.5", ours <= AIM * at_best),
            false => String::new(),
        };
        let figures = [
            quantile(&self.last_answer, 1.0),
            quantile(&floor.last_answer, 1.0),
        ];
        let [worst_ours, worst_floor] = figures.map(|figure| format!("{figure:.2}"));
        let (ours_cell, floor_cell) = (format!("{ours:.2}"), format!("{at_best:.2}"));
        vec![
            name.to_string(),
            ours_cell,
            floor_cell,
            ratio(ours, at_best),
            aim,
            worst_ours,
            worst_floor,
        ]
    }

    fn posts_row(&self, floor: &Rounds, name: &str) -> Vec<String> {
        let mut row = vec![name.to_string()];
        for (ours, floor) in [
            (&self.created, &floor.created),
            (&self.processor, &floor.processor),
        ] {
            let (ours, floor) = (median(ours), median(floor));
            row.extend([
                format!("{ours:.2}"),
                format!("{floor:.2}"),
                ratio(ours, floor),
            ]);
        }
        row
    }
}
