//! Counts attempts per client subnet and action: wrong passwords, guessed room tokens, mentions by guests.
//!
//! Kept in memory and bounded: the pair whose last attempt is oldest makes room. What is lost by a restart only makes
//! a guesser's life easier for half an hour. Time is given by the caller; nothing here sleeps or refuses.
//! Source: spec ocs.md, 8.1; chat.md, 3.4.

use std::net::IpAddr;

use super::tally::Tally;

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
pub struct Throttle(Tally<Source>);

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
        Self(Tally::new(capacity))
    }

    /// Count one attempt.
    pub fn record(&self, action: Action, client: IpAddr, now_secs: i64) {
        self.0.count((action, Subnet::of(client)), |times| {
            times.retain(|time| is_within(*time, now_secs, KEPT_SECS));
            if times.len() >= KEPT_ATTEMPTS {
                times.pop_front();
            }
            times.push_back(now_secs);
        });
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
        let source = (action, Subnet::of(client));
        let is_wanted = |time| is_within(time, now_secs, window_secs);
        self.0.how_many(&source, is_wanted)
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
    fn one_key_keeps_a_bounded_number_of_times() {
        let throttle = after(1000);
        assert_eq!(
            throttle.count_within(Action::Login, ip("192.0.2.1"), NOW, HOUR),
            KEPT_ATTEMPTS
        );
    }
}
