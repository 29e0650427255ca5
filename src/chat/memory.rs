//! What the domain keeps at hand, and the one place where events of a commit arrive:
//! first memory is brought up to date, then callers are answered, then waiters are woken.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::live::{Bells, Full, Hub, Mailboxes, Memo, Pending, Seen, Shared, Tail, Versions};
use crate::model::{
    AppPassword, AppPasswordId, CookieKey, RoomId, Token, User, UserId, UserNumber,
};

use super::admission::Seat;
use super::allowance::Allowance;
use super::event::{Event, Who};
use super::policy::Policy;
use super::preference::Preferences;
use super::resolved::Resolved;

/// Everything here can be lost.
pub struct Memory {
    pub hub: Hub<Arc<Resolved>>,
    pub pending: Pending,
    /// Those who listen to who comes and goes, and to what others signal them.
    pub people: Hub<()>,
    pub mailboxes: Mailboxes,
    /// Those who wait listen to what ends their logins.
    pub logins: Bells,
    /// The one who tells bots listens to this.
    pub bots_told: Notify,
    /// When the next scheduled message is due may have changed.
    pub schedule_changed: Notify,
    address: OnceLock<String>,
    versions: Versions,
    policy: RwLock<Arc<Policy>>,
    seats: Memo<(Token, Who), Arc<Seat>>,
    users: Memo<String, Arc<User>>,
    app_passwords: Memo<AppPasswordId, Arc<AppPassword>>,
    /// Whether the sessions of browsers were ended.
    ended_cookies: Memo<CookieKey, bool>,
    preferences: Memo<UserId, Arc<Preferences>>,
    /// When an account's desktop client asked what is told.
    pub desktops: Seen<UserId>,
    /// Whose phones read along, as far as that was noted in their status.
    pub phones: Seen<UserId>,
    /// Rooms about which an account is told nothing.
    no_notices: Memo<(RoomId, UserId), ()>,
    /// The newest notice whose account has been freed of its oldest ones; -1: nobody looked yet.
    pub notices_trimmed: AtomicI64,
    /// Only of accounts that ask while administrators restrict somebody.
    allowances: Memo<String, Allowance>,
}

impl Default for Memory {
    fn default() -> Self {
        const MINUTES: Duration = Duration::from_secs(10 * 60);
        Self {
            hub: Hub::default(),
            pending: Pending::default(),
            people: Hub::default(),
            mailboxes: Mailboxes::default(),
            logins: Bells::default(),
            bots_told: Notify::new(),
            schedule_changed: Notify::new(),
            address: OnceLock::new(),
            versions: Versions::default(),
            policy: RwLock::new(Arc::new(Policy::of(&[], false))),
            seats: Memo::new(100_000, MINUTES),
            users: Memo::new(100_000, MINUTES),
            app_passwords: Memo::new(100_000, MINUTES),
            ended_cookies: Memo::new(100_000, MINUTES),
            preferences: Memo::new(100_000, MINUTES),
            allowances: Memo::new(100_000, MINUTES),
            desktops: Seen::new(100_000, MINUTES),
            phones: Seen::new(100_000, MINUTES),
            notices_trimmed: AtomicI64::new(-1),
            no_notices: Memo::new(100_000, MINUTES),
        }
    }
}

/// A row was posted into a thread: the row that began it, if it is here, with the new count of answers.
fn first_of_thread(
    tail: &Tail<Arc<Resolved>>,
    row: &Resolved,
) -> Option<Arc<Shared<Arc<Resolved>>>> {
    let thread = row.thread.as_ref()?;
    let first = tail.get(thread.root)?;
    let changed = Resolved {
        thread: Some(Arc::clone(thread)),
        ..(*first.record).clone()
    };
    Some(Arc::new(Shared::new(thread.root, Arc::new(changed))))
}

/// What a version stands for.
#[derive(Hash)]
enum Key<'k> {
    Room(RoomId),
    Seat(RoomId, &'k Who),
    /// Lower case.
    User(&'k str),
    AppPassword(AppPasswordId),
    Cookie(CookieKey),
    Logins(UserNumber),
    Markers(RoomId),
    People(RoomId),
    /// Lower case.
    Notices(&'k str),
    Policy,
    Groups,
}

impl Memory {
    /// Take this before a transaction whose answers are to be remembered.
    pub fn stamp(&self) -> u64 {
        self.versions.stamp()
    }

    /// The server's address for those who do not ask it for anything, without a slash at its end.
    pub fn address(&self) -> &str {
        self.address
            .get()
            .map_or("http://localhost", String::as_str)
    }

    /// Says the address once and for all.
    pub fn set_address(&self, address: &str) {
        let address = address.trim_end_matches('/').to_owned();
        // Whoever comes second says the same.
        let _ = self.address.set(address);
    }

    /// What administrators decided.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The seat, if nothing about it changed since it was read.
    pub fn seat(&self, token: &Token, who: &Who) -> Option<Arc<Seat>> {
        let key = (token.clone(), who.clone());
        let found = self
            .seats
            .get(&key, |stamp, seat| self.seat_is_current(seat, who, stamp));
        found.map(|(_, seat)| seat)
    }

    /// Whether neither the room nor the caller's place in it changed after `stamp`.
    pub fn seat_is_current(&self, seat: &Seat, who: &Who, stamp: u64) -> bool {
        let room = seat.room.id;
        self.versions.unchanged_since(Key::Room(room), stamp)
            && self.versions.unchanged_since(Key::Seat(room, who), stamp)
            && self.versions.unchanged_since(Key::Policy, stamp)
    }

    pub fn remember_seat(&self, token: Token, who: Who, stamp: u64, seat: Arc<Seat>) {
        self.seats.put((token, who), stamp, seat);
    }

    /// The account with this name in lower case.
    pub fn user(&self, key: &str) -> Option<Arc<User>> {
        let is_current =
            |stamp, _: &Arc<User>| self.versions.unchanged_since(Key::User(key), stamp);
        let found = self.users.get(&key.to_owned(), is_current);
        found.map(|(_, user)| user)
    }

    pub fn remember_user(&self, stamp: u64, user: Arc<User>) {
        self.users
            .put(user.id.as_str().to_ascii_lowercase(), stamp, user);
    }

    /// The app password with this number.
    pub fn app_password(&self, id: AppPasswordId) -> Option<Arc<AppPassword>> {
        let is_current = |stamp, _: &Arc<AppPassword>| {
            self.versions.unchanged_since(Key::AppPassword(id), stamp)
        };
        let found = self.app_passwords.get(&id, is_current);
        found.map(|(_, password)| password)
    }

    pub fn remember_app_password(&self, stamp: u64, password: Arc<AppPassword>) {
        self.app_passwords.put(password.id, stamp, password);
    }

    /// Whether this browser's session was ended, if that is known.
    pub fn is_cookie_ended(&self, cookie: CookieKey) -> Option<bool> {
        let is_current =
            |stamp, _: &bool| self.versions.unchanged_since(Key::Cookie(cookie), stamp);
        let found = self.ended_cookies.get(&cookie, is_current);
        found.map(|(_, ended)| ended)
    }

    pub fn remember_cookie_ended(&self, stamp: u64, cookie: CookieKey, ended: bool) {
        self.ended_cookies.put(cookie, stamp, ended);
    }

    /// Whether nothing that logins of this account may rest on ended after `stamp`.
    pub fn logins_unchanged_since(&self, user: UserNumber, stamp: u64) -> bool {
        self.versions.unchanged_since(Key::Logins(user), stamp)
    }

    /// The account's settings of Talk.
    pub fn preferences(&self, user: &UserId) -> Option<Arc<Preferences>> {
        let key = user.as_str().to_ascii_lowercase();
        let is_current =
            |stamp, _: &Arc<Preferences>| self.versions.unchanged_since(Key::User(&key), stamp);
        let found = self.preferences.get(user, is_current);
        found.map(|(_, preferences)| preferences)
    }

    pub fn remember_preferences(&self, stamp: u64, user: &UserId, preferences: Arc<Preferences>) {
        self.preferences.put(user.clone(), stamp, preferences);
    }

    /// What the account may do, if neither its groups nor what administrators decided changed.
    pub fn allowance(&self, user: &UserId) -> Option<Allowance> {
        let key = user.as_str().to_ascii_lowercase();
        let is_current = |stamp, _: &Allowance| {
            self.versions.unchanged_since(Key::User(&key), stamp)
                && self.versions.unchanged_since(Key::Groups, stamp)
                && self.versions.unchanged_since(Key::Policy, stamp)
        };
        let found = self.allowances.get(&key, is_current);
        found.map(|(_, allowance)| allowance)
    }

    pub fn remember_allowance(&self, stamp: u64, user: &UserId, allowance: Allowance) {
        let key = user.as_str().to_ascii_lowercase();
        self.allowances.put(key, stamp, allowance);
    }

    /// Whether it is known that the account is told nothing about the room.
    pub fn has_no_notices(&self, room: RoomId, user: &UserId) -> bool {
        let key = user.as_str().to_ascii_lowercase();
        let is_current = |stamp, (): &()| self.versions.unchanged_since(Key::Notices(&key), stamp);
        self.no_notices
            .get(&(room, user.clone()), is_current)
            .is_some()
    }

    pub fn remember_no_notices(&self, stamp: u64, room: RoomId, user: UserId) {
        self.no_notices.put((room, user), stamp, ());
    }

    /// Whether no marker of a sleeping room moved after `stamp`.
    pub fn markers_unchanged_since(&self, room: RoomId, stamp: u64) -> bool {
        self.versions.unchanged_since(Key::Markers(room), stamp)
    }

    /// Whether nobody came, went or changed what they do in the call after `stamp`.
    pub fn people_unchanged_since(&self, room: RoomId, stamp: u64) -> bool {
        self.versions.unchanged_since(Key::People(room), stamp)
    }

    /// Puts a signal into a session's box and wakes its owner. Nothing of it is stored.
    pub fn deliver(&self, room: RoomId, session: i64, signal: String) -> Result<(), Full> {
        self.mailboxes.put(session, signal)?;
        self.people.wake(room);
        Ok(())
    }

    /// Step 1 after a commit: bring memory up to date.
    pub fn apply(&self, events: &[Event]) {
        for event in events {
            match event {
                Event::Posted { room, row } => {
                    if let Some(live) = self.hub.awake(*room) {
                        let id = row.message.id;
                        let mut tail = live.tail();
                        if let Some(first) = first_of_thread(&tail, row) {
                            tail.replace(first);
                        }
                        tail.push(Arc::new(Shared::new(id, Arc::clone(row))));
                    }
                }
                Event::RowsChanged { room } => {
                    if let Some(live) = self.hub.awake(*room) {
                        live.tail().forget();
                    }
                }
                Event::MarkerSet { room, attendee, to } => {
                    self.pending.forget_marker(*attendee);
                    self.move_markers(*room, |markers| markers.move_to(*attendee, *to));
                }
                Event::MarkerCounts {
                    room,
                    attendee,
                    marker,
                } => self.move_markers(*room, |markers| markers.set(*attendee, *marker)),
                Event::MarkerGone { room, attendee } => {
                    self.move_markers(*room, |markers| markers.remove(*attendee));
                }
                Event::MarkersReset { room } => {
                    self.versions.bump(Key::Markers(*room));
                    if let Some(live) = self.hub.awake(*room) {
                        *live.common_read() = None;
                    }
                }
                Event::SeatChanged { room, who } => self.versions.bump(Key::Seat(*room, who)),
                Event::RoomChanged { room } => self.versions.bump(Key::Room(*room)),
                Event::PeopleChanged { room } => self.versions.bump(Key::People(*room)),
                Event::Noticed { user } => {
                    let key = user.as_str().to_ascii_lowercase();
                    self.versions.bump(Key::Notices(&key));
                }
                Event::RoomGone { room } => {
                    self.versions.bump(Key::Room(*room));
                    self.versions.bump(Key::People(*room));
                    if let Some(live) = self.hub.forget(*room) {
                        live.tail().forget();
                        live.wake();
                    }
                }
                Event::BotsTold | Event::LeftToTell | Event::ScheduleChanged => {}
                Event::AccountChanged { user } => self.forget_account(user),
                // Unlike a name, it stands in no record of a tail.
                Event::PortraitChanged { user } => self.forget_user(user),
                Event::AppPasswordChanged { id } => self.versions.bump(Key::AppPassword(*id)),
                Event::CookieEnded { cookie } => self.versions.bump(Key::Cookie(*cookie)),
                Event::LoginEnded { user } => self.versions.bump(Key::Logins(*user)),
                Event::PolicyChanged(policy) => {
                    *self.policy.write().unwrap_or_else(PoisonError::into_inner) =
                        Arc::clone(policy);
                    self.versions.bump(Key::Policy);
                }
                Event::NamesChanged => {
                    self.versions.bump(Key::Groups);
                    self.forget_tails();
                }
            }
        }
    }

    /// Step 3 after a commit: wake whoever waits for this.
    pub fn wake(&self, events: &[Event]) {
        for event in events {
            match event {
                Event::Posted { room, .. }
                | Event::RoomChanged { room }
                | Event::SeatChanged { room, .. } => self.hub.wake(*room),
                Event::PeopleChanged { room } | Event::RoomGone { room } => self.people.wake(*room),
                Event::BotsTold => self.bots_told.notify_one(),
                Event::ScheduleChanged => self.schedule_changed.notify_one(),
                Event::LoginEnded { user } => self.logins.ring(*user),
                Event::RowsChanged { .. }
                | Event::MarkerSet { .. }
                | Event::MarkerCounts { .. }
                | Event::MarkerGone { .. }
                | Event::MarkersReset { .. }
                | Event::Noticed { .. }
                | Event::LeftToTell
                | Event::AccountChanged { .. }
                | Event::PortraitChanged { .. }
                | Event::AppPasswordChanged { .. }
                | Event::CookieEnded { .. }
                | Event::PolicyChanged(_)
                | Event::NamesChanged => {}
            }
        }
    }

    /// Moves markers of a room; wakes those who listen, if what everybody has read changed.
    pub fn move_markers(&self, room: RoomId, change: impl FnOnce(&mut crate::live::CommonRead)) {
        let Some(live) = self.hub.awake(room) else {
            self.versions.bump(Key::Markers(room));
            return;
        };
        let moved = {
            let mut common_read = live.common_read();
            match common_read.as_mut() {
                Some(markers) => {
                    let before = markers.lowest();
                    change(markers);
                    markers.lowest() != before
                }
                None => {
                    // Under the lock: whoever is loading them sees that they read too early.
                    self.versions.bump(Key::Markers(room));
                    false
                }
            }
        };
        if moved {
            live.wake_common_read();
        }
    }

    fn forget_account(&self, user: &UserId) {
        self.forget_user(user);
        self.forget_tails();
    }

    fn forget_user(&self, user: &UserId) {
        let key = user.as_str().to_ascii_lowercase();
        self.versions.bump(Key::User(&key));
    }

    /// Records in the tails carry names.
    fn forget_tails(&self) {
        for live in self.hub.all_awake() {
            live.tail().forget();
        }
    }
}
