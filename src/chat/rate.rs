//! How often one asker may ask for one thing. An account counts wherever it asks from; who has none counts by subnet.
//!
//! Not to be taken for `throttle`, which counts failures only. Source: ocs.md 8.2.

use std::collections::VecDeque;

use super::Chat;
use super::admission::Caller;
use super::tally::Tally;
use super::throttle::Subnet;
use crate::model::UserNumber;

/// Pairs of an asker and a thing that are remembered.
const REMEMBERED: usize = 20_000;

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub most: usize,
    pub secs: i64,
}

/// What one asker of each kind may do; `None`: as much as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    pub accounts: Option<Rate>,
    pub visitors: Option<Rate>,
}

impl Rates {
    /// Under what the caller is counted, and how far.
    fn of(&self, caller: &Caller) -> (Asker, Option<Rate>) {
        match &caller.user {
            Some(user) => (Asker::Account(user.number), self.accounts),
            None => (Asker::Visitor(Subnet::of(caller.address)), self.visitors),
        }
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asker {
    Account(UserNumber),
    Visitor(Subnet),
}

/// What was asked lately, by whom.
#[derive(Debug)]
pub struct Asked(Tally<(&'static str, Asker)>);

impl Default for Asked {
    fn default() -> Self {
        Self(Tally::new(REMEMBERED))
    }
}

impl Chat {
    /// Whether the caller may ask for `what` once more. That counts; being turned away does not.
    pub fn may_ask(&self, what: &'static str, caller: &Caller, rates: &Rates) -> bool {
        let (asker, rate) = rates.of(caller);
        let rate = rate.filter(|_| self.limits.brute_force_protection);
        rate.is_none_or(|rate| {
            let now = self.clock.now();
            let Asked(tally) = &self.asked;
            tally.count((what, asker), |moments| admit(moments, now, rate))
        })
    }
}

/// Notes one more, if it fits.
fn admit(moments: &mut VecDeque<i64>, now: i64, rate: Rate) -> bool {
    // What is "in the future" goes, too: a clock that was set back keeps nobody out.
    moments.retain(|at| now.saturating_sub(rate.secs) < *at && *at <= now);
    let fits = moments.len() < rate.most;
    if fits {
        moments.push_back(now);
    }
    fits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{CookieKey, User, UserId};

    fn caller(address: &str, account: Option<i64>) -> Caller {
        let user = account.map(|number| User {
            number: UserNumber(number),
            id: UserId(format!("user{number}")),
            display_name: String::new(),
            email: None,
            language: String::new(),
            locale: String::new(),
            timezone: String::new(),
            portrait: None,
            enabled: true,
            is_admin: false,
            credential_epoch: 0,
            read_private: false,
            typing_private: false,
            first_login_at: 0,
            last_login_at: 0,
        });
        Caller {
            user: user.map(Arc::new),
            grounds: None,
            cookie: CookieKey::random(),
            address: address.parse().expect("a literal address"),
        }
    }

    #[test]
    fn accounts_are_counted_wherever_they_are_and_visitors_by_where_they_are() {
        let rates = Rates {
            accounts: Some(Rate { most: 2, secs: 60 }),
            visitors: None,
        };
        let of = |address, account| rates.of(&caller(address, account));
        assert_eq!(of("192.0.2.1", Some(1)), of("192.0.2.2", Some(1)));
        assert_ne!(of("192.0.2.1", Some(1)), of("192.0.2.1", Some(2)));
        assert_eq!(of("192.0.2.1", Some(1)).1, rates.accounts);
        assert_eq!(of("192.0.2.1", None), of("192.0.2.1", None));
        assert_ne!(of("192.0.2.1", None), of("192.0.2.2", None));
        assert_eq!(of("2001:db8::1", None), of("2001:db8::2", None));
        assert_eq!(of("192.0.2.1", None).1, None);
    }

    #[test]
    fn so_many_fit_into_the_period_that_ends_now() {
        let rate = Rate { most: 3, secs: 60 };
        let mut moments = VecDeque::new();
        for (now, fits) in [
            (100, true),
            (110, true),
            (120, true),
            (120, false),
            (159, false),
            (160, true),
            (169, false),
            (170, true),
            (500, true),
            // The clock was set back.
            (200, true),
            (200, true),
            (200, true),
            (200, false),
        ] {
            assert_eq!(admit(&mut moments, now, rate), fits, "{now}");
            assert!(moments.len() <= 3);
        }
    }
}
