//! What has to end by itself: sessions nobody is behind any more, calls that last too long, rooms
//! whose time is over. Source: conversations.md 3.19, 4.4, 4.11.

use super::bot;
use super::call;
use super::crowd;
use super::error::Error;
use super::expiration;
use super::membership;
use super::notice;
use super::pin;
use super::policy::Policy;
use super::reminder;
use super::session::{self, pinged};
use super::transaction::{Act, View};
use super::user_status;
use super::web_session;
use super::{Chat, SESSION_TIMEOUT_SECS};
use crate::model::{Actor, ActorKind, Attendee, Permissions, Pulse, Role, Room, Session};

const DAY_SECS: i64 = 24 * 60 * 60;
// Quirk: silent-sessions.
/// Seconds after which a session goes that has not pinged, though nobody lists who is there: a
/// guest who only reads and writes does not ping.
const FORGOTTEN_SECS: i64 = DAY_SECS;
/// Seconds after which a browser's visit of a room is forgotten.
const VISIT_SECS: i64 = 90 * DAY_SECS;
/// Sessions that one transaction ends.
const BATCH: u32 = 200;

impl Chat {
    /// End what is over. To be called about once a minute. A step that fails does not keep the others.
    ///
    /// Errors: what the last failing step met; each is logged.
    pub async fn tidy(&self) -> Result<(), Error> {
        let steps = [
            ("sessions", self.repeat(end_forgotten_sessions).await),
            ("reminders", self.repeat(reminder::fire_due).await),
            ("crowds", self.repeat(crowd::tell_some).await),
            ("notices", self.repeat(notice::forget_oldest).await),
            ("pins", self.repeat(pin::unpin_due).await),
            ("scheduled", self.send_due().await.map(drop)),
            ("expired", self.repeat(expiration::delete_expired).await),
            ("calls", self.write(end_long_calls).await),
            ("rooms", self.write(delete_outlived_rooms).await),
            ("bots", self.write(bot::delivery::tidy).await),
            ("visits", self.write(forget_visits).await),
            ("statuses", self.write(user_status::tidy).await),
            ("ended", self.write(web_session::forget_ended).await),
        ];
        let mut outcome = Ok(());
        for (step, done) in steps {
            if let Err(error) = done {
                tracing::error!(step, %error, "what is over could not be ended");
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Runs one batch after the other until there is no more.
    async fn repeat(&self, batch: fn(&mut Act<'_>) -> Result<bool, Error>) -> Result<(), Error> {
        while self.write(batch).await? {}
        Ok(())
    }
}

fn forget_visits(act: &mut Act<'_>) -> Result<(), Error> {
    Ok(act.tx.delete_visits_before(act.now - VISIT_SECS)?)
}

/// Who in a room is to go because nobody is behind them any more.
#[derive(Debug, Default)]
pub struct Dead {
    pub sessions: Vec<Session>,
    /// Guests without a name, whom nobody will miss.
    pub guests: Vec<Attendee>,
}

impl Dead {
    /// The dead of a room: sessions of accounts and e-mail guests, and unnamed guests.
    pub fn find<'s>(
        view: &View<'_>,
        people: impl Iterator<Item = (&'s Attendee, &'s [Session])>,
    ) -> Self {
        let alive_since = view.now - SESSION_TIMEOUT_SECS;
        let is_dead = |session: &&Session| session.last_ping_at <= alive_since;
        let mut dead = Self::default();
        for (attendee, sessions) in people {
            match attendee.actor.kind {
                ActorKind::Guests => {
                    if is_nobody(attendee) && sessions.iter().all(|session| is_dead(&session)) {
                        dead.guests.push(attendee.clone());
                    }
                }
                _ => dead
                    .sessions
                    .extend(sessions.iter().filter(is_dead).cloned()),
            }
        }
        dead
    }

    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.guests.is_empty()
    }

    /// Ends them, as far as they are still dead.
    pub fn end(&self, act: &mut Act<'_>) -> Result<(), Error> {
        let alive_since = act.now - SESSION_TIMEOUT_SECS;
        for session in &self.sessions {
            end_session_before(act, session, alive_since)?;
        }
        for guest in &self.guests {
            let mut sessions = act.tx.sessions_of(guest.id)?.into_iter();
            let is_dead =
                sessions.all(|session| pinged(&act.view(), session).last_ping_at <= alive_since);
            let still = act.tx.find_attendee_by_id(guest.id)?;
            if let Some(guest) = still.filter(|guest| is_dead && is_nobody(guest)) {
                membership::unseat(act, &guest)?;
            }
        }
        Ok(())
    }
}

/// Whether this guest has neither a name nor anything that a moderator gave.
fn is_nobody(guest: &Attendee) -> bool {
    guest.role == Role::Guest
        && guest.display_name.is_empty()
        && guest.permissions.0 <= Permissions::CUSTOM.0
}

/// Ends a session if it is still there and has not pinged since. Whether it was.
fn end_session_before(act: &mut Act<'_>, session: &Session, since: i64) -> Result<bool, Error> {
    let Some(session) = act.tx.find_session_by_id(&session.id)? else {
        return Ok(false);
    };
    let session = pinged(&act.view(), session);
    if session.last_ping_at > since {
        return Ok(false);
    }
    match act.tx.find_attendee_by_id(session.attendee)? {
        Some(attendee) => session::end(act, &attendee, &session)?,
        None => act.tx.delete_session(session.row)?,
    }
    Ok(true)
}

/// Ends one batch; whether there may be more.
fn end_forgotten_sessions(act: &mut Act<'_>) -> Result<bool, Error> {
    let (timeout, forgotten) = (act.now - SESSION_TIMEOUT_SECS, act.now - FORGOTTEN_SECS);
    // Quirk: calls-of-dead-sessions.
    for room in act.tx.rooms_in_call()? {
        for session in act.tx.sessions_in_call(room.id)? {
            end_session_before(act, &session, timeout)?;
        }
    }
    let silent = act.tx.silent_sessions(forgotten, BATCH)?;
    let mut ended = 0;
    for session in &silent {
        ended += u32::from(end_session_before(act, session, forgotten)?);
    }
    Ok(ended == BATCH)
}

fn end_long_calls(act: &mut Act<'_>) -> Result<(), Error> {
    let Some(longest) = act.memory.policy().max_call_secs else {
        return Ok(());
    };
    for room in act.tx.rooms_in_call()? {
        let lasted = room.call_since.map(|since| act.now - since);
        if lasted.is_some_and(|lasted| lasted > longest) {
            call::end_for_all(act, room.id, &Actor::system())?;
        }
    }
    Ok(())
}

fn delete_outlived_rooms(act: &mut Act<'_>) -> Result<(), Error> {
    let policy = act.memory.policy();
    let kinds = [
        ("event", policy.retention_event_days),
        ("instant_meeting", policy.retention_meeting_days),
    ];
    for (object_type, days) in kinds {
        if days.is_none() {
            continue;
        }
        for (room, pulse) in act.tx.rooms_with_object(object_type)? {
            if is_outlived(&room, pulse, &policy, act.now) {
                membership::delete_room(act, &room)?;
            }
        }
    }
    Ok(())
}

/// Whether a room's time is over: nothing happened for long, and its event has ended as long ago.
fn is_outlived(room: &Room, pulse: Pulse, policy: &Policy, now: i64) -> bool {
    let days = match room.object_type.as_str() {
        "event" => policy.retention_event_days,
        "instant_meeting" => policy.retention_meeting_days,
        _ => None,
    };
    let Some(days) = days else {
        return false;
    };
    let since = now - days.saturating_mul(DAY_SECS);
    let end = room.object_id.split_once('#').map(|(_, end)| end);
    let end = end.and_then(|end| end.parse::<i64>().ok()).unwrap_or(0);
    pulse.last_activity_at < since && end < since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageId, RoomKind};

    fn room(object_type: &str, object_id: &str) -> Room {
        Room {
            object_type: object_type.to_owned(),
            object_id: object_id.to_owned(),
            ..Room::sample(RoomKind::Group, "Tea")
        }
    }

    #[test]
    fn a_room_outlives_its_time_only_where_administrators_say_so() {
        let settings = [
            ("app/spreed/retention_event_rooms", "28"),
            ("app/spreed/retention_instant_meetings", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (strict, lax) = (Policy::of(&settings, false), Policy::of(&[], false));
        let now = 100 * DAY_SECS;
        let day = |days: i64| now - days * DAY_SECS;
        let table = [
            ("event", format!("{}#{}", day(40), day(39)), 30, true),
            ("event", format!("{}#{}", day(40), day(39)), 20, false),
            ("event", format!("{}#{}", day(40), day(20)), 30, false),
            ("event", "no times".to_owned(), 30, true),
            ("instant_meeting", "x".to_owned(), 2, true),
            ("instant_meeting", "x".to_owned(), 0, false),
            ("", String::new(), 90, false),
            ("extended_conversation", "abcd".to_owned(), 90, false),
        ];
        for (object_type, object_id, quiet_days, outlived) in table {
            let room = room(object_type, &object_id);
            let pulse = Pulse {
                last_activity_at: day(quiet_days),
                last_message: MessageId(1),
            };
            assert_eq!(
                is_outlived(&room, pulse, &strict, now),
                outlived,
                "{object_type} {object_id} {quiet_days}"
            );
            assert!(!is_outlived(&room, pulse, &lax, now));
        }
    }
}
