//! What an account says of its whereabouts, and what its clients report.
//!
//! A report is written only if it says something new or the written one is getting old: thousands of
//! clients that report every five minutes cost few writes. Source: server.md 12.

use super::Chat;
use super::account::Page;
use super::admission::Participation;
use super::emoji;
use super::error::Error;
use super::transaction::{Act, View};
use crate::model::{Availability, User, UserId, UserStatus};

/// Seconds after the newest written report during which somebody counts as there.
const THERE_SECS: i64 = 15 * 60;
// Quirk: status-reports.
/// Seconds after which a report is written again though it says the same. With a report every five
/// minutes that is every second one, well within `THERE_SECS`.
const REFRESH_SECS: i64 = 7 * 60;
/// Seconds for which it is not noted again that somebody's phone reads along.
const NOTED_SECS: i64 = 4 * 60;
/// Characters that a message may have.
const MAX_MESSAGE_CHARS: usize = 80;
/// Statuses that one answer lists.
const MAX_LISTED: i64 = 500;
/// Characters of a refused word that the refusal repeats.
const MAX_REPEATED_CHARS: usize = 64;
/// The message of who is in a call; nobody can choose it.
const CALL: Predefined = Predefined {
    id: "call",
    icon: "💬",
    message: "In a call",
    clear: None,
};

/// When a predefined message goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clear {
    /// After so many seconds.
    After(i64),
    EndOfDay,
}

/// A message that the server has ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predefined {
    pub id: &'static str,
    pub icon: &'static str,
    pub message: &'static str,
    pub clear: Option<Clear>,
}

/// The messages to choose from.
pub const PREDEFINED: [Predefined; 6] = [
    Predefined {
        id: "meeting",
        icon: "📅",
        message: "In a meeting",
        clear: Some(Clear::After(3600)),
    },
    Predefined {
        id: "commuting",
        icon: "🚌",
        message: "Commuting",
        clear: Some(Clear::After(1800)),
    },
    Predefined {
        id: "be-right-back",
        icon: "⏳",
        message: "Be right back",
        clear: Some(Clear::After(900)),
    },
    Predefined {
        id: "remote-work",
        icon: "🏡",
        message: "Working remotely",
        clear: Some(Clear::EndOfDay),
    },
    Predefined {
        id: "sick-leave",
        icon: "🤒",
        message: "Out sick",
        clear: Some(Clear::EndOfDay),
    },
    Predefined {
        id: "vacationing",
        icon: "🌴",
        message: "Vacationing",
        clear: None,
    },
];

/// Why a status is not there or not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusRefusal {
    #[error("No status for the current user")]
    NoneOfOneself,
    #[error("No status for the requested userId")]
    NoneOfOther,
    #[error("Status-type \"{0}\" is not supported")]
    UnknownType(String),
    #[error("Message-Id \"{0}\" is not supported")]
    UnknownMessage(String),
    #[error("ClearAt is in the past")]
    ClearAtPast,
    #[error("Status-Icon is longer than one character")]
    IconTooLong,
    #[error("Message is longer than supported length of 80 characters")]
    MessageTooLong,
    /// A client reports something else than being there or away.
    #[error("clients do not report this")]
    NotReported,
}

/// A message of one's own.
#[derive(Debug, Clone, Default)]
pub struct OwnMessage {
    pub icon: Option<String>,
    pub message: Option<String>,
    /// Unix seconds.
    pub clear_at: Option<i64>,
}

impl Chat {
    /// How the account is, as it sees itself. Errors: `NoneOfOneself`.
    pub async fn own_status(&self, user: &User) -> Result<UserStatus, Error> {
        let found = self.status(user.id.clone()).await?;
        Ok(found.ok_or(StatusRefusal::NoneOfOneself)?)
    }

    /// How an account is. Errors: `NoneOfOther` (disabled, too).
    pub async fn status_of(&self, user: &str) -> Result<UserStatus, Error> {
        let id = user.to_owned();
        self.read(move |view| {
            let user = view.user(&id)?.filter(|user| user.enabled);
            let user = user.ok_or(StatusRefusal::NoneOfOther)?;
            let found = current(view, &user.id)?;
            Ok(found.ok_or(StatusRefusal::NoneOfOther)?)
        })
        .await
    }

    async fn status(&self, user: UserId) -> Result<Option<UserStatus>, Error> {
        self.read(move |view| current(view, &user)).await
    }

    /// How everybody is who has a status of their own.
    pub async fn list_statuses(&self, page: Page) -> Result<Vec<UserStatus>, Error> {
        self.read(move |view| {
            let limit = page.limit.unwrap_or(MAX_LISTED).clamp(0, MAX_LISTED);
            let stored = view.tx.list_statuses(limit, page.offset.max(0))?;
            let now = view.now;
            let shown = stored.into_iter().map(|status| {
                let in_call = view.tx.is_in_call(&status.user)?;
                Ok(seen(Some(status), in_call, now))
            });
            let shown: Result<Vec<_>, Error> = shown.collect();
            Ok(shown?.into_iter().flatten().collect())
        })
        .await
    }

    /// Say whether one can be reached. Errors: `UnknownType`.
    pub async fn set_availability(&self, user: &User, word: &str) -> Result<UserStatus, Error> {
        let availability = Availability::from_wire(word)
            .ok_or_else(|| StatusRefusal::UnknownType(beginning(word)))?;
        self.change_status(user, move |status, now| {
            status.availability = availability;
            status.chosen = true;
            status.reported_at = now;
        })
        .await
    }

    /// Choose one of the server's messages. Errors, in order: `UnknownMessage`, `ClearAtPast`.
    pub async fn set_predefined_status(
        &self,
        user: &User,
        id: &str,
        clear_at: Option<i64>,
    ) -> Result<UserStatus, Error> {
        let chosen = predefined(id).ok_or_else(|| StatusRefusal::UnknownMessage(beginning(id)))?;
        self.check_clear_at(clear_at)?;
        self.change_status(user, move |status, _| {
            status.clear_message();
            status.predefined = Some(chosen.id.to_owned());
            status.clear_at = clear_at;
        })
        .await
    }

    /// Set a message of one's own; an empty one takes away what was there.
    ///
    /// Errors, in order: `IconTooLong`, `MessageTooLong`, `ClearAtPast`.
    pub async fn set_status_message(
        &self,
        user: &User,
        own: OwnMessage,
    ) -> Result<UserStatus, Error> {
        let icon = own.icon.filter(|icon| !icon.is_empty());
        let message = own.message.filter(|message| !message.is_empty());
        if icon.as_deref().is_some_and(|icon| !emoji::is_one(icon)) {
            return Err(StatusRefusal::IconTooLong.into());
        }
        let is_long = |message: &String| message.chars().nth(MAX_MESSAGE_CHARS).is_some();
        if message.as_ref().is_some_and(is_long) {
            return Err(StatusRefusal::MessageTooLong.into());
        }
        // Nothing at all: some clients send 0 with it.
        let is_empty = icon.is_none() && message.is_none();
        let clear_at = own.clear_at.filter(|at| !is_empty || *at != 0);
        self.check_clear_at(clear_at)?;
        self.change_status(user, move |status, _| {
            status.clear_message();
            if !is_empty {
                status.icon = icon;
                status.message = message;
                status.clear_at = clear_at;
            }
        })
        .await
    }

    /// Take away one's message.
    pub async fn clear_status_message(&self, user: &User) -> Result<(), Error> {
        let user = user.id.clone();
        self.write(move |act| {
            if let Some(mut status) = act.tx.find_status(&user)? {
                status.clear_message();
                act.tx.put_status(&status)?;
            }
            Ok(())
        })
        .await
    }

    /// A client says that the account is there, or away from it. `None`: the account chose otherwise.
    ///
    /// Errors: `NotReported`.
    pub async fn report_status(
        &self,
        user: &User,
        word: &str,
    ) -> Result<Option<UserStatus>, Error> {
        let reported = Availability::from_wire(word)
            .filter(|availability| availability.is_reported())
            .ok_or(StatusRefusal::NotReported)?;
        let id = user.id.clone();
        let looked = self
            .read(move |view| {
                let stored = view.tx.find_status(&id)?;
                match report(stored, &id, reported, view.now) {
                    Reported::News(_) => Ok(None),
                    Reported::Known => Ok(Some(current(view, &id)?)),
                    Reported::Overruled => Ok(Some(None)),
                }
            })
            .await?;
        if let Some(known) = looked {
            return Ok(known);
        }
        let id = user.id.clone();
        self.write(move |act| {
            match report(act.tx.find_status(&id)?, &id, reported, act.now) {
                Reported::News(status) => act.tx.put_status(&status)?,
                Reported::Known => {}
                Reported::Overruled => return Ok(None),
            }
            current(&act.view(), &id)
        })
        .await
    }

    /// The member's phone waits for messages: their account is there. Nearly always this costs a look at memory.
    pub async fn reads_along(&self, at: &Participation) -> Result<(), Error> {
        let Some(user) = &at.caller.user else {
            return Ok(());
        };
        let now = self.clock.now();
        if self.memory.phones.within(&user.id, now, NOTED_SECS) {
            return Ok(());
        }
        self.memory.phones.note(user.id.clone(), now);
        let reported = self.report_status(user, Availability::Online.wire()).await;
        reported.map(drop)
    }

    fn check_clear_at(&self, clear_at: Option<i64>) -> Result<(), StatusRefusal> {
        match clear_at {
            Some(at) if at < self.clock.now() => Err(StatusRefusal::ClearAtPast),
            Some(_) | None => Ok(()),
        }
    }

    /// What is stored after the change; a predefined message without its words.
    async fn change_status(
        &self,
        user: &User,
        change: impl FnOnce(&mut UserStatus, i64) + Send + 'static,
    ) -> Result<UserStatus, Error> {
        let user = user.id.clone();
        self.write(move |act| {
            let stored = act.tx.find_status(&user)?;
            let stored = stored.unwrap_or_else(|| UserStatus::unknown(&user));
            let mut status = as_of(stored, act.now);
            change(&mut status, act.now);
            status.changed_at = act.now;
            act.tx.put_status(&status)?;
            Ok(status)
        })
        .await
    }
}

/// How an account is now, with the words of its message; `None` if nothing is known.
pub(super) fn current(view: &View<'_>, user: &UserId) -> Result<Option<UserStatus>, Error> {
    let stored = view.tx.find_status(user)?;
    let in_call = view.tx.is_in_call(user)?;
    let stored = match (stored, in_call) {
        (None, true) => Some(UserStatus::unknown(user)),
        (stored, _) => stored,
    };
    Ok(seen(stored, in_call, view.now))
}

/// Forgets the messages whose time is over.
pub(super) fn tidy(act: &mut Act<'_>) -> Result<(), Error> {
    Ok(act.tx.clear_status_messages(act.now)?)
}

/// The predefined message of this name.
fn predefined(id: &str) -> Option<Predefined> {
    PREDEFINED.into_iter().find(|known| known.id == id)
}

/// What is stored, as it is seen at `now`, with words.
fn seen(stored: Option<UserStatus>, in_call: bool, now: i64) -> Option<UserStatus> {
    let mut status = as_of(stored?, now);
    if in_call && status.availability != Availability::Invisible {
        if status.availability != Availability::Dnd {
            status.availability = Availability::Away;
        }
        status.chosen = true;
        status.clear_message();
        status.predefined = Some(CALL.id.to_owned());
        status.icon = Some(CALL.icon.to_owned());
        status.message = Some(CALL.message.to_owned());
    } else if let Some(known) = status.predefined.as_deref().and_then(predefined) {
        status.icon = Some(known.icon.to_owned());
        status.message = Some(known.message.to_owned());
    }
    Some(status)
}

/// What is stored, without what is over at `now`.
fn as_of(mut status: UserStatus, now: i64) -> UserStatus {
    if status.clear_at.is_some_and(|at| at <= now) {
        status.clear_message();
    }
    if !lasts(&status) && status.reported_at <= now - THERE_SECS {
        status.availability = Availability::Offline;
        status.chosen = false;
    }
    status
}

/// Whether it stays whatever clients report.
fn lasts(status: &UserStatus) -> bool {
    use Availability as A;
    let by_kind = match status.availability {
        A::Away | A::Dnd | A::Busy | A::Invisible => true,
        A::Online | A::Offline => false,
    };
    status.chosen && by_kind
}

/// What a report comes to.
#[derive(Debug, PartialEq, Eq)]
enum Reported {
    /// To be written.
    News(Box<UserStatus>),
    Known,
    /// The account chose something that lasts.
    Overruled,
}

fn report(stored: Option<UserStatus>, user: &UserId, reported: Availability, now: i64) -> Reported {
    let mut status = stored.unwrap_or_else(|| UserStatus::unknown(user));
    if lasts(&status) {
        return Reported::Overruled;
    }
    let is_same = status.availability == reported;
    if is_same && status.reported_at > now - REFRESH_SECS {
        return Reported::Known;
    }
    status.availability = reported;
    status.chosen &= is_same;
    status.reported_at = now;
    Reported::News(Box::new(status))
}

fn beginning(text: &str) -> String {
    text.chars().take(MAX_REPEATED_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Availability as A;

    const NOW: i64 = 1_000_000;

    fn status(availability: Availability, chosen: bool, reported_at: i64) -> UserStatus {
        UserStatus {
            availability,
            chosen,
            reported_at,
            ..UserStatus::unknown(&UserId("alice".to_owned()))
        }
    }

    #[test]
    fn what_is_not_reported_for_long_is_over() {
        for (availability, chosen, age, expected) in [
            (A::Online, false, 0, A::Online),
            (A::Online, false, THERE_SECS - 1, A::Online),
            (A::Online, false, THERE_SECS, A::Offline),
            (A::Away, false, THERE_SECS, A::Offline),
            (A::Online, true, THERE_SECS, A::Offline),
            (A::Away, true, THERE_SECS, A::Away),
            (A::Dnd, true, 1 << 30, A::Dnd),
            (A::Busy, true, 1 << 30, A::Busy),
            (A::Invisible, true, 1 << 30, A::Invisible),
            (A::Offline, true, 0, A::Offline),
        ] {
            let shown = as_of(status(availability, chosen, NOW - age), NOW);
            assert_eq!(shown.availability, expected, "{availability:?} {age}");
        }
    }

    #[test]
    fn a_report_is_written_if_it_is_news_or_the_last_one_is_old() {
        let user = UserId("alice".to_owned());
        for (stored, reported, written) in [
            (None, A::Online, Some(true)),
            (Some((A::Online, false, 0)), A::Online, Some(false)),
            (
                Some((A::Online, false, REFRESH_SECS)),
                A::Online,
                Some(true),
            ),
            (Some((A::Online, false, 0)), A::Away, Some(true)),
            (Some((A::Offline, true, 0)), A::Online, Some(true)),
            (Some((A::Online, true, 0)), A::Online, Some(false)),
            (Some((A::Away, true, 0)), A::Online, None),
            (Some((A::Dnd, true, REFRESH_SECS)), A::Online, None),
            (Some((A::Busy, true, 0)), A::Away, None),
            (Some((A::Invisible, true, 0)), A::Online, None),
        ] {
            let before = stored.map(|(kind, chosen, age)| status(kind, chosen, NOW - age));
            let outcome = match report(before, &user, reported, NOW) {
                Reported::News(news) => {
                    assert_eq!((news.availability, news.reported_at), (reported, NOW));
                    Some(true)
                }
                Reported::Known => Some(false),
                Reported::Overruled => None,
            };
            assert_eq!(outcome, written, "{stored:?} {reported:?}");
        }
    }

    #[test]
    fn a_call_covers_what_was_there_but_who_is_invisible_stays_so() {
        for (stored, expected, message) in [
            (A::Online, A::Away, Some("In a call")),
            (A::Offline, A::Away, Some("In a call")),
            (A::Busy, A::Away, Some("In a call")),
            (A::Dnd, A::Dnd, Some("In a call")),
            (A::Invisible, A::Invisible, Some("mine")),
        ] {
            let stored = UserStatus {
                message: Some("mine".to_owned()),
                clear_at: Some(NOW + 5),
                ..status(stored, true, NOW)
            };
            let shown = seen(Some(stored), true, NOW).expect("something is known");
            assert_eq!(shown.availability, expected);
            assert_eq!(shown.message.as_deref(), message);
            assert_eq!(shown.clear_at.is_none(), message != Some("mine"));
        }
    }

    #[test]
    fn a_message_goes_when_its_time_is_over() {
        for (clear_at, there) in [(None, true), (Some(NOW + 1), true), (Some(NOW), false)] {
            let stored = UserStatus {
                predefined: Some("meeting".to_owned()),
                clear_at,
                ..status(A::Online, true, NOW)
            };
            let shown = seen(Some(stored), false, NOW).expect("something is known");
            let expected = there.then_some("In a meeting");
            assert_eq!(shown.message.as_deref(), expected, "{clear_at:?}");
            assert_eq!(shown.predefined.is_some(), there, "{clear_at:?}");
        }
    }

    #[test]
    fn nobody_can_choose_to_be_in_a_call() {
        assert!(predefined(CALL.id).is_none());
        assert!(predefined("vacationing").is_some());
    }
}
