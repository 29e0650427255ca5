//! The command line and how much is measured. Nothing else reads arguments; every size of a run stands in `Scale`.

use std::time::Duration;

use crate::error::Error;

/// What the command line offers.
pub const USAGE: &str = "\
usage: cargo bench --bench bench [-- [--quick] [--only fanout|posts|history|memory|rooms|mix|search]]
  --quick        smaller sizes and fewer rounds: does it run, not how fast
  --only TOPIC   one topic instead of all seven
environment: CHINWAG_BIN=path of the server, TMPDIR=where its data goes";

/// One table of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// One post to many waiters.
    Fanout,
    /// Durable posts per second.
    Posts,
    /// History pages per second.
    History,
    /// Memory and processor time of idle waiters.
    Memory,
    /// Long lists and large conversations.
    Rooms,
    /// Messages, reactions, edits and votes together.
    Mix,
    /// First pages of a search.
    Search,
}

impl Topic {
    const ALL: [Topic; 7] = [
        Topic::Fanout,
        Topic::Posts,
        Topic::History,
        Topic::Memory,
        Topic::Rooms,
        Topic::Mix,
        Topic::Search,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Fanout => "fanout",
            Topic::Posts => "posts",
            Topic::History => "history",
            Topic::Memory => "memory",
            Topic::Rooms => "rooms",
            Topic::Mix => "mix",
            Topic::Search => "search",
        }
    }
}

/// What this process is asked to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// The bench.
    Measure(Options),
    /// The bare hyper server; the bench starts itself so.
    ServeFloor { body_bytes: usize },
    /// `cargo test --all-targets` runs benches without an argument; minutes of load are not what it asks for.
    Nothing,
}

/// The wishes of who runs the bench.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    quick: bool,
    only: Option<Topic>,
}

impl Options {
    /// The sizes of this run.
    pub fn scale(&self) -> Scale {
        if self.quick {
            Scale::quick()
        } else {
            Scale::full()
        }
    }

    /// The topics of this run, in the order of the report.
    pub fn topics(&self) -> Vec<Topic> {
        match self.only {
            Some(topic) => vec![topic],
            None => Topic::ALL.to_vec(),
        }
    }
}

/// Every size of a run.
pub struct Scale {
    /// Waiters and counted rounds of the fan-out.
    pub fanout: &'static [(usize, usize)],
    /// Repetitions of each cell of posts and history; the table shows their median.
    pub repetitions: usize,
    /// How long one repetition of the posts lasts.
    pub posts_last: Duration,
    /// How long one repetition of the history lasts.
    pub history_lasts: Duration,
    /// Messages in the room whose history is read.
    pub history_messages: usize,
    /// Messages in the conversations that are searched, growing.
    pub search_messages: &'static [usize],
    /// Idle waiters, growing.
    pub idle_waiters: &'static [usize],
    /// How long idle waiters are watched.
    pub idle_lasts: Duration,
    /// How long one list is asked for over and over.
    pub lists_last: Duration,
    /// How large conversations are.
    pub rooms: RoomSizes,
}

/// How large what is listed is. Numbers of members are those of a group, without the conversation's owner.
pub struct RoomSizes {
    /// Conversations of an account.
    pub lists: [usize; 2],
    /// Members of a conversation that are listed.
    pub listed: [usize; 2],
    /// Members of the smallest conversation.
    pub few: usize,
    /// Members of the largest one.
    pub crowd: usize,
    /// Members of groups that join a conversation.
    pub added: [usize; 2],
    /// Requests of each kind in the smallest and the largest conversation.
    pub rounds: usize,
}

impl RoomSizes {
    /// Of all conversations that are to be there.
    pub fn rooms(&self) -> Vec<usize> {
        let mut rooms = vec![self.few, self.crowd];
        rooms.extend(self.listed);
        rooms
    }

    /// Of all groups that are to be there.
    pub fn groups(&self) -> Vec<usize> {
        let mut groups = self.rooms();
        groups.extend(self.added);
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

impl Scale {
    fn full() -> Self {
        Self {
            fanout: &[(1, 20), (100, 20), (1_000, 20), (5_000, 15)],
            repetitions: 3,
            posts_last: Duration::from_secs(3),
            history_lasts: Duration::from_secs(2),
            history_messages: 20_000,
            search_messages: &[10_000, 100_000, 1_000_000],
            idle_waiters: &[1_000, 5_000],
            idle_lasts: Duration::from_secs(5),
            lists_last: Duration::from_secs(2),
            rooms: RoomSizes {
                lists: [50, 500],
                listed: [500, 5_000],
                few: 10,
                crowd: 10_000,
                added: [100, 1_000],
                rounds: 40,
            },
        }
    }

    /// Stays below the usual limit of 1,024 open files.
    fn quick() -> Self {
        Self {
            fanout: &[(1, 5), (100, 5), (400, 5)],
            repetitions: 1,
            posts_last: Duration::from_secs(1),
            history_lasts: Duration::from_secs(1),
            history_messages: 2_000,
            search_messages: &[1_000, 10_000],
            idle_waiters: &[200, 800],
            idle_lasts: Duration::from_secs(2),
            lists_last: Duration::from_millis(400),
            rooms: RoomSizes {
                lists: [5, 50],
                listed: [50, 500],
                few: 10,
                crowd: 1_000,
                added: [10, 100],
                rounds: 5,
            },
        }
    }

    /// Open files that this process needs at most for `topics`; the servers need fewer each.
    pub fn open_files(&self, topics: &[Topic]) -> usize {
        const OTHERS: usize = 150;
        let of_topic = |topic: &Topic| match topic {
            // Both servers have their waiters at the same time.
            Topic::Fanout => self.fanout.iter().map(|(waiters, _)| 2 * waiters).max(),
            Topic::Memory => self.idle_waiters.iter().copied().max(),
            Topic::Posts | Topic::History | Topic::Rooms | Topic::Mix | Topic::Search => None,
        };
        topics.iter().filter_map(of_topic).max().unwrap_or(0) + OTHERS
    }
}

/// Reads the arguments after the program's name.
///
/// Errors: `Usage` for an unknown word or a missing value.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, Error> {
    let mut arguments = arguments.peekable();
    if arguments.peek().is_none() {
        return Ok(Command::Nothing);
    }
    let mut options = Options::default();
    let mut floor = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo says so to every bench.
            "--bench" => {}
            "--quick" => options.quick = true,
            "--only" => options.only = Some(topic(arguments.next())?),
            "--floor-server" => floor = floor.or(Some(0)),
            "--body-bytes" => floor = Some(number(arguments.next())?),
            other => return Err(Error::Usage(format!("unknown argument {other}\n{USAGE}"))),
        }
    }
    Ok(match floor {
        Some(body_bytes) => Command::ServeFloor { body_bytes },
        None => Command::Measure(options),
    })
}

fn topic(word: Option<String>) -> Result<Topic, Error> {
    let word = word.unwrap_or_default();
    Topic::ALL
        .into_iter()
        .find(|topic| topic.name() == word)
        .ok_or_else(|| Error::Usage(format!("no topic {word:?}\n{USAGE}")))
}

fn number(word: Option<String>) -> Result<usize, Error> {
    word.unwrap_or_default()
        .parse()
        .map_err(|_| Error::Usage(format!("--body-bytes needs a number\n{USAGE}")))
}

// The tests name what they use in full: a bench without harness is compiled with `cfg(test)` but without its tests.
#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_read() {
        let parsed = |line: &str| super::parse(line.split_whitespace().map(String::from)).ok();
        let measure = |quick, only| Some(super::Command::Measure(super::Options { quick, only }));
        assert_eq!(parsed(""), Some(super::Command::Nothing));
        assert_eq!(parsed("--bench"), measure(false, None));
        assert_eq!(parsed("--quick --bench"), measure(true, None));
        assert_eq!(
            parsed("--only memory"),
            measure(false, Some(super::Topic::Memory))
        );
        assert_eq!(
            parsed("--floor-server --body-bytes 612"),
            Some(super::Command::ServeFloor { body_bytes: 612 })
        );
        for wrong in [
            "--only",
            "--only tea",
            "--fast",
            "--floor-server --body-bytes many",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_quick_run_fits_the_usual_limit_of_open_files() {
        assert!(super::Scale::quick().open_files(&super::Topic::ALL) < 1_024);
        assert_eq!(super::Scale::full().open_files(&[super::Topic::Posts]), 150);
    }
}
