//! Counts attempts per client subnet and action: wrong passwords, guessed room tokens, mentions by guests.
//!
//! Kept in memory and bounded: the pair whose last attempt is oldest makes room. What is lost by a restart only makes
//! a guesser's life easier for half an hour. Time is given by the caller; nothing here sleeps or refuses.
//! Source: spec ocs.md, 8.1; chat.md, 3.4.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

const DELAY_WINDOW_SECS: i64 = 12 * HOUR;
const DELAY_UNIT_MS: u64 = 100;
const DELAY_MAX_MS: u64 = 25_000;

const BLOCK_WINDOW_SECS: i64 = 30 * MINUTE;
const BLOCK_ABOVE: usize = 10;

/// The longest window that anyone asks for: the day of a guest's mentions.
const KEPT_SECS: i64 = 24 * HOUR;
/// More than any limit counts to.
const KEPT_ATTEMPTS: usize = 64;

/// What is counted; each action has its own counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A wrong account password.
    Login,
    /// An unknown room token.
    RoomToken,
    /// A wrong room password.
    RoomPassword,
    /// A wrong signature of a bot.
    Bot,
    /// A guest's message with a mention.
    GuestMention,
}

/// The attempts of the last day, by client subnet (IPv4 /32, IPv6 /56) and action.
#[derive(Debug)]
pub struct Throttle {
    capacity: usize,
    // Sections are short and never wait, so a blocking mutex is right also below async code.
    attempts: Mutex<Attempts>,
}

#[derive(Debug, Default)]
struct Attempts {
    by_source: HashMap<Source, Counter>,
    /// Sources by the turn of their last attempt: the first entry is the one to evict.
    by_age: BTreeMap<u64, Source>,
    turn: u64,
}

#[derive(Debug)]
struct Counter {
    last_turn: u64,
    times: VecDeque<i64>,
}

type Source = (Action, Subnet);

/// What is counted as one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subnet {
    V4([u8; 4]),
    V6([u8; 7]),
}

impl Throttle {
    /// An empty count that remembers at most `capacity` pairs of subnet and action.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            attempts: Mutex::default(),
        }
    }

    /// Count one attempt.
    pub fn record(&self, action: Action, client: IpAddr, now_secs: i64) {
        let source = (action, Subnet::of(client));
        let mut guard = self.lock();
        let attempts = &mut *guard;
        attempts.turn += 1;
        let turn = attempts.turn;

        let counter = attempts.by_source.entry(source).or_insert(Counter {
            last_turn: turn,
            times: VecDeque::new(),
        });
        attempts.by_age.remove(&counter.last_turn);
        attempts.by_age.insert(turn, source);
        counter.last_turn = turn;
        counter
            .times
            .retain(|time| is_within(*time, now_secs, KEPT_SECS));
        if counter.times.len() >= KEPT_ATTEMPTS {
            counter.times.pop_front();
        }
        counter.times.push_back(now_secs);

        while attempts.by_source.len() > self.capacity {
            match attempts.by_age.pop_first() {
                Some((_, oldest)) => attempts.by_source.remove(&oldest),
                None => break,
            };
        }
    }

    /// How long the next attempt has to wait: nothing, or 100 ms · 2ⁿ after n attempts in 12 hours, at most 25 s.
    ///
    /// Units: milliseconds.
    pub fn delay_ms(&self, action: Action, client: IpAddr, now_secs: i64) -> u64 {
        match self.count_within(action, client, now_secs, DELAY_WINDOW_SECS) {
            0 => 0,
            // From 2⁸ on it is the maximum; the bound keeps the shift in range.
            count => DELAY_MAX_MS.min(DELAY_UNIT_MS << count.min(8)),
        }
    }

    /// Whether the next attempt is refused at once: more than 10 in 30 minutes.
    pub fn is_blocked(&self, action: Action, client: IpAddr, now_secs: i64) -> bool {
        self.count_within(action, client, now_secs, BLOCK_WINDOW_SECS) > BLOCK_ABOVE
    }

    /// The number of attempts in the last `window_secs` (at most a day); counts to 64 and no further.
    pub fn count_within(
        &self,
        action: Action,
        client: IpAddr,
        now_secs: i64,
        window_secs: i64,
    ) -> usize {
        let attempts = self.lock();
        match attempts.by_source.get(&(action, Subnet::of(client))) {
            Some(counter) => counter
                .times
                .iter()
                .filter(|time| is_within(**time, now_secs, window_secs))
                .count(),
            None => 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        // A panic elsewhere leaves at worst one attempt uncounted.
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subnet {
    /// The subnet of an address: the address itself, or 56 bits of IPv6.
    pub fn of(client: IpAddr) -> Self {
        match client.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g])
            }
        }
    }
}

/// Attempts "from the future" (the clock was set back) count: they happened.
fn is_within(time: i64, now_secs: i64, window_secs: i64) -> bool {
    time > now_secs.saturating_sub(window_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    fn after(attempts: usize) -> Throttle {
        let throttle = Throttle::new(100);
        for _ in 0..attempts {
            throttle.record(Action::Login, ip("192.0.2.1"), NOW);
        }
        throttle
    }

    #[test]
    fn the_delay_doubles_with_every_attempt_up_to_25_seconds() {
        let table = [
            (0, 0),
            (1, 200),
            (2, 400),
            (3, 800),
            (7, 12_800),
            (8, 25_000),
            (9, 25_000),
            (500, 25_000),
        ];
        for (attempts, delay) in table {
            let throttle = after(attempts);
            assert_eq!(
                throttle.delay_ms(Action::Login, ip("192.0.2.1"), NOW),
                delay,
                "{attempts}"
            );
        }
    }

    #[test]
    fn the_eleventh_attempt_within_half_an_hour_blocks_until_it_ages_out() {
        let client = ip("192.0.2.1");
        assert!(!after(10).is_blocked(Action::Login, client, NOW));
        let throttle = after(11);
        assert!(throttle.is_blocked(Action::Login, client, NOW));
        assert!(throttle.is_blocked(Action::Login, client, NOW + 1799));
        assert!(!throttle.is_blocked(Action::Login, client, NOW + 1800));
        assert_eq!(throttle.delay_ms(Action::Login, client, NOW + 1800), 25_000);
        assert_eq!(throttle.delay_ms(Action::Login, client, NOW + 12 * HOUR), 0);
    }

    #[test]
    fn actions_and_subnets_are_counted_apart() {
        let throttle = Throttle::new(100);
        throttle.record(Action::Login, ip("192.0.2.1"), NOW);
        throttle.record(Action::Login, ip("2001:db8:0:1ff::1"), NOW);
        let table = [
            (Action::Login, "192.0.2.1", 1),
            (Action::Login, "::ffff:192.0.2.1", 1),
            (Action::Login, "192.0.2.2", 0),
            (Action::RoomToken, "192.0.2.1", 0),
            (Action::Login, "2001:db8:0:1ff::1", 1),
            (Action::Login, "2001:db8:0:100:9::9", 1),
            (Action::Login, "2001:db8:0:200::1", 0),
        ];
        for (action, client, count) in table {
            assert_eq!(
                throttle.count_within(action, ip(client), NOW, HOUR),
                count,
                "{action:?} {client}"
            );
        }
    }

    #[test]
    fn fifty_mentions_of_a_day_can_be_counted() {
        let throttle = Throttle::new(1);
        let client = ip("192.0.2.1");
        for minute in 0..50 {
            throttle.record(Action::GuestMention, client, NOW + minute * MINUTE);
        }
        let day = 24 * HOUR;
        let count = |now| throttle.count_within(Action::GuestMention, client, now, day);
        assert_eq!(count(NOW + 49 * MINUTE), 50);
        assert_eq!(count(NOW + day), 49);
        throttle.record(Action::GuestMention, client, NOW + 3 * day);
        assert_eq!(count(NOW + 3 * day), 1);
    }

    #[test]
    fn no_more_than_the_capacity_is_remembered_and_the_oldest_goes() {
        let throttle = Throttle::new(2);
        let (a, b, c) = (ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3"));
        for client in [a, b, a, c] {
            throttle.record(Action::Login, client, NOW);
        }
        let count = |client| throttle.count_within(Action::Login, client, NOW, HOUR);
        assert_eq!((count(a), count(b), count(c)), (2, 0, 1));
        assert_eq!(throttle.lock().by_age.len(), 2);
        assert_eq!(throttle.lock().by_source.len(), 2);
    }

    #[test]
    fn one_key_keeps_a_bounded_number_of_times() {
        let throttle = after(1000);
        assert_eq!(
            throttle.count_within(Action::Login, ip("192.0.2.1"), NOW, HOUR),
            KEPT_ATTEMPTS
        );
    }
}
