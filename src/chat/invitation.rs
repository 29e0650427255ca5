//! E-mail guests: inviting an address, sending the letter again, and opening its link.
//!
//! Somebody who is invited is a member from then on; the link makes a browser that member's.
//! Source: conversations.md 3.14, 4.2, 4.5, 4.13.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::account::is_email;
use super::address_list::{self, Unreadable};
use super::admission::{Caller, Participation};
use super::conversation::PASSWORD_NEEDED;
use super::error::{Error, Invalid};
use super::event::Event;
use super::mail::{Invitation, Places};
use super::message::still_there;
use super::participant::MAX_GUEST_NAME_CHARS;
use super::posting::say;
use super::room_view::Seen;
use super::session::is_accessible;
use super::throttle::Action;
use super::transaction::Act;
use super::{Chat, membership};
use crate::model::ids::random_access_token;
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, Role, Room, RoomKind, SystemMessage, Token,
};

/// Bytes that an address may have. Nothing else is checked where a moderator adds one by hand.
const MAX_ADDRESS_BYTES: usize = 255;

// Quirk: many-addresses.
/// Addresses that one act may invite.
pub const MAX_AT_ONCE: usize = address_list::MAX_ROWS;

/// How adding somebody ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// An account or a group.
    Member,
    /// An address, or it was invited before.
    Guest {
        /// Of the conversation, which may have been opened to guests.
        kind: RoomKind,
        /// Where no letter reaches anybody: the link to hand over.
        link: Option<String>,
    },
}

/// Somebody to invite, with what their letter needs.
pub struct Invitee {
    pub invitation: Invitation,
    pub is_new: bool,
}

/// A list of addresses as it comes.
pub struct Import {
    /// `None`: nothing was uploaded.
    pub file: Option<Vec<u8>>,
    /// Only count.
    pub test_run: bool,
    /// What links begin with.
    pub base_url: String,
}

/// How inviting a list ended, or would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    pub invites: usize,
    /// In the list twice, or invited before.
    pub duplicates: usize,
    /// Lines whose address or name is not acceptable; the first is 1.
    pub invalid_lines: Vec<u64>,
    /// Of the conversation now.
    pub kind: RoomKind,
}

/// Why a list of addresses is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFlaw {
    NoFile,
    NoText,
    NoEmailColumn,
    NoNameColumn,
    TooManyRows,
    NoRows,
    BadRows,
}

impl ImportFlaw {
    /// The word and the explanation that clients read.
    pub fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::NoFile => ("file", "Uploading the file failed"),
            Self::NoText => ("file", "The file is not a list of addresses"),
            Self::NoEmailColumn => ("header-email", "No column is called email"),
            Self::NoNameColumn => ("header-name", "No column is called name"),
            Self::TooManyRows => ("rows", "The list has more than 1000 rows"),
            Self::NoRows => ("rows", "The list has no rows"),
            Self::BadRows => ("rows", "Some rows are not valid"),
        }
    }
}

/// A list that is not taken; what it would have come to, if that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .flaw.wire().1)]
pub struct ImportRefusal {
    pub flaw: ImportFlaw,
    pub report: Option<ImportReport>,
}

impl From<ImportRefusal> for Error {
    fn from(refusal: ImportRefusal) -> Self {
        Self::ImportRefused(Box::new(refusal))
    }
}

/// What somebody sees who follows the link of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doorway {
    /// `None`: for members and invited ones only.
    pub name: Option<String>,
    /// The address whose invitation this browser has opened.
    pub invited_address: Option<String>,
    /// It has one, and this browser has not shown that it knows it.
    pub needs_password: bool,
}

/// An address as it is stored and compared.
pub fn normal(address: &str) -> String {
    address.trim().to_lowercase()
}

/// The e-mail guest behind a normal address.
pub fn actor_of(address: &str) -> Actor {
    Actor::email(hex::encode(Sha256::digest(address.as_bytes())))
}

/// Makes the owner of an address a guest of the room, which is opened to guests if it was not. Nothing happens if they
/// are already.
///
/// Errors: `new-participant` (empty or too long), `PasswordRefused` (nothing public without a password).
pub fn invite(
    act: &mut Act<'_>,
    room: &mut Room,
    inviter: &Attendee,
    address: &str,
    name: &str,
) -> Result<Invitee, Error> {
    let address = normal(address);
    // Quirk: invited-address.
    if address.is_empty() || MAX_ADDRESS_BYTES < address.len() {
        return Err(Error::Invalid(Invalid::NewParticipant));
    }
    let actor = actor_of(&address);
    if let Some(guest) = act.tx.find_attendee(room.id, &actor)? {
        return Ok(Invitee {
            invitation: invitation(room, inviter, &guest),
            is_new: false,
        });
    }
    // Quirk: banned-address.
    open_to_guests(act, room, &inviter.actor)?;
    let mut guest = membership::seat_other(act, room, actor, Role::Guest, name)?;
    guest.invited_address = address;
    guest.access_token = random_access_token();
    membership::update(act, &guest)?;
    Ok(Invitee {
        invitation: invitation(room, inviter, &guest),
        is_new: true,
    })
}

impl Chat {
    /// Write to somebody who was not invited before; the link if no letter will bring it.
    pub(super) fn send_first(
        &self,
        places: Places,
        invitee: &Invitee,
        base_url: &str,
    ) -> Option<String> {
        if invitee.is_new {
            let invitations = std::slice::from_ref(&invitee.invitation);
            self.post_office.invite(places, invitations, base_url);
        }
        // Quirk: invitation-link.
        (!self.post_office.delivers()).then(|| invitee.invitation.link(base_url))
    }

    /// Write again to one e-mail guest, or with `None` to all. Other members get no letters.
    ///
    /// Errors: `TargetNotFound`.
    pub async fn resend_invitations(
        &self,
        at: &Participation,
        target: Option<AttendeeId>,
        base_url: &str,
    ) -> Result<(), Error> {
        let at = at.clone();
        let invitations = self
            .read(move |view| {
                let room = view.tx.find_room_by_id(at.room().id)?;
                let room = room.ok_or(Error::RoomNotFound)?;
                let mut guests = view.tx.attendees(room.id)?;
                if let Some(target) = target {
                    guests.retain(|guest| guest.id == target);
                    if guests.is_empty() {
                        return Err(Error::TargetNotFound);
                    }
                }
                let guests = guests.iter();
                let guests = guests.filter(|guest| guest.actor.kind == ActorKind::Emails);
                Ok(guests
                    .map(|guest| invitation(&room, at.attendee(), guest))
                    .collect::<Vec<_>>())
            })
            .await?;
        let places = self.post_office.reserve(invitations.len())?;
        self.post_office.invite(places, &invitations, base_url);
        Ok(())
    }

    /// Invite a whole list, or find out what inviting it would come to. One bad line, and nobody is invited.
    ///
    /// Errors, in order: `room` (of a kind that has no guests), `ImportRefused`.
    pub async fn import_addresses(
        &self,
        at: &Participation,
        import: Import,
    ) -> Result<ImportReport, Error> {
        if !at.room().kind.is_managed() {
            return Err(Error::Invalid(Invalid::Room));
        }
        let flaw = |flaw| ImportRefusal { flaw, report: None };
        let file = import.file.ok_or(flaw(ImportFlaw::NoFile))?;
        let rows = address_list::read(&file).map_err(|why| {
            flaw(match why {
                Unreadable::NoText => ImportFlaw::NoText,
                Unreadable::NoEmailColumn => ImportFlaw::NoEmailColumn,
                Unreadable::NoNameColumn => ImportFlaw::NoNameColumn,
                Unreadable::TooManyRows => ImportFlaw::TooManyRows,
            })
        })?;
        let letters = if import.test_run { 0 } else { rows.len() };
        let places = self.post_office.reserve(letters)?;
        let (at, test_run) = (at.clone(), import.test_run);
        let (report, invitations) = self
            .write(move |act| {
                let (mut room, inviter) = still_there(act, &at)?;
                if !room.kind.is_managed() {
                    return Err(Error::Invalid(Invalid::Room));
                }
                let sorted = sort_rows(act, &room, rows)?;
                let mut report = ImportReport {
                    invites: sorted.new.len(),
                    duplicates: sorted.duplicates,
                    invalid_lines: sorted.invalid_lines,
                    kind: room.kind,
                };
                // Quirk: import-answers.
                let flaw = match (&report.invalid_lines[..], report.invites, report.duplicates) {
                    ([], 0, 0) => Some(ImportFlaw::NoRows),
                    ([], ..) => None,
                    _ => Some(ImportFlaw::BadRows),
                };
                if let Some(flaw) = flaw {
                    let report = Some(report);
                    return Err(ImportRefusal { flaw, report }.into());
                }
                let mut invitations = Vec::new();
                if !test_run {
                    for row in &sorted.new {
                        let invitee = invite(act, &mut room, &inviter, &row.address, &row.name)?;
                        invitations.push(invitee.invitation);
                    }
                    report.kind = room.kind;
                }
                Ok((report, invitations))
            })
            .await?;
        self.post_office
            .invite(places, &invitations, &import.base_url);
        Ok(report)
    }

    /// This browser is the e-mail guest's whose address and secret it shows. An account stays itself.
    ///
    /// Errors: `RoomNotFound`, `InvitationVoid`.
    pub async fn open_invitation(
        &self,
        caller: &Caller,
        token: &Token,
        address: &str,
        access_token: String,
    ) -> Result<(), Error> {
        let (asker, token, actor) = (caller.clone(), token.clone(), actor_of(&normal(address)));
        let opened = self
            .write(move |act| {
                let room = reachable(act, &asker, &token)?;
                let guest = act.tx.find_attendee(room.id, &actor)?;
                let guest = guest.filter(|guest| proves(&access_token, &guest.access_token));
                let guest = guest.ok_or(Error::InvitationVoid)?;
                if asker.user.is_none() {
                    let mut visit = act.tx.visit(room.id, asker.cookie)?;
                    visit.email_id = guest.actor.id;
                    act.tx.set_visit(room.id, asker.cookie, &visit, act.now)?;
                }
                Ok(())
            })
            .await;
        self.note_guess(caller, opened)
    }

    /// This browser knows the room's password, and need not show it again to join.
    ///
    /// Errors: `RoomNotFound`, `WrongRoomPassword`.
    pub async fn type_room_password(
        &self,
        caller: &Caller,
        token: &Token,
        password: String,
    ) -> Result<(), Error> {
        let typed = self.compare_room_password(caller, token, password).await;
        self.note_guess(caller, typed)
    }

    async fn compare_room_password(
        &self,
        caller: &Caller,
        token: &Token,
        password: String,
    ) -> Result<(), Error> {
        let (asker, path) = (caller.clone(), token.clone());
        let hash = self
            .read(move |view| {
                let room = view.tx.find_room(&path)?.ok_or(Error::RoomNotFound)?;
                if !is_accessible(view, &room, asker.user_id())? {
                    return Err(Error::RoomNotFound);
                }
                Ok(room.password_hash)
            })
            .await?;
        if hash.is_empty() {
            return Ok(());
        }
        if !self.hasher.matches(&password, &hash).await? {
            return Err(Error::WrongRoomPassword);
        }
        let (asker, token) = (caller.clone(), token.clone());
        self.write(move |act| {
            let room = reachable(act, &asker, &token)?;
            // A password that was changed in between was not the one compared.
            if room.password_hash != hash {
                return Err(Error::WrongRoomPassword);
            }
            let mut visit = act.tx.visit(room.id, asker.cookie)?;
            visit.password_hash = hash;
            Ok(act.tx.set_visit(room.id, asker.cookie, &visit, act.now)?)
        })
        .await
    }

    /// What the caller sees at the door.
    ///
    /// Errors: `RoomNotFound`.
    pub async fn doorway(&self, caller: &Caller, token: &Token) -> Result<Doorway, Error> {
        let seen = self.room_for(caller, token).await?;
        let (room, cookie) = (seen.room.id, caller.cookie);
        let is_visitor = caller.user.is_none();
        let (visit, guest) = self
            .read(move |view| {
                let visit = view.tx.visit(room, cookie)?;
                let guest = match visit.email_id.as_str() {
                    id if is_visitor && !id.is_empty() => {
                        view.tx.find_attendee(room, &Actor::email(id))?
                    }
                    _ => None,
                };
                Ok((visit, guest))
            })
            .await?;
        let room = &seen.room;
        Ok(Doorway {
            needs_password: room.kind == RoomKind::Public
                && !room.password_hash.is_empty()
                && visit.password_hash != room.password_hash
                && guest.is_none()
                && !matches!(seen.seen, Seen::Member(_)),
            name: match (&seen.seen, &guest) {
                (Seen::Skeleton, None) => None,
                (Seen::Skeleton, Some(_)) => Some(room.name.clone()),
                (Seen::Member(_) | Seen::Preview, _) => Some(seen.display_name),
            },
            invited_address: guest.map(|guest| guest.invited_address),
        })
    }

    /// Counts what looks like a guess at rooms or at what lets one in.
    fn note_guess(&self, caller: &Caller, result: Result<(), Error>) -> Result<(), Error> {
        match &result {
            Err(Error::RoomNotFound) => self.note_failure(Action::RoomToken, caller.address),
            Err(Error::WrongRoomPassword | Error::InvitationVoid) => {
                self.note_failure(Action::RoomPassword, caller.address);
            }
            _ => {}
        }
        result
    }
}

fn invitation(room: &Room, inviter: &Attendee, guest: &Attendee) -> Invitation {
    let inviter = match inviter.display_name.as_str() {
        "" => inviter.actor.id.clone(),
        name => name.to_owned(),
    };
    Invitation {
        token: room.token.clone(),
        room_name: room.name.clone(),
        inviter,
        address: guest.invited_address.clone(),
        access_token: guest.access_token.clone(),
    }
}

fn open_to_guests(act: &mut Act<'_>, room: &mut Room, actor: &Actor) -> Result<(), Error> {
    if room.kind == RoomKind::Public {
        return Ok(());
    }
    if act.memory.policy().force_passwords && room.password_hash.is_empty() {
        // Quirk: invite-needs-password.
        return Err(Error::PasswordRefused(PASSWORD_NEEDED));
    }
    room.kind = RoomKind::Public;
    act.tx.update_room(room)?;
    act.happened(Event::RoomChanged { room: room.id });
    say(act, room, actor, SystemMessage::GuestsAllowed)?;
    Ok(())
}

/// A room that the caller may know of.
fn reachable(act: &Act<'_>, caller: &Caller, token: &Token) -> Result<Room, Error> {
    let room = act.tx.find_room(token)?.ok_or(Error::RoomNotFound)?;
    // Quirk: door-of-private-rooms.
    if !is_accessible(&act.view(), &room, caller.user_id())? {
        return Err(Error::RoomNotFound);
    }
    Ok(room)
}

/// Whether a secret is the right one; the time that it takes does not tell how much of it is.
fn proves(shown: &str, secret: &str) -> bool {
    !secret.is_empty() && bool::from(shown.as_bytes().ct_eq(secret.as_bytes()))
}

/// A list, looked through.
#[derive(Default)]
struct Sorted {
    new: Vec<address_list::Row>,
    duplicates: usize,
    invalid_lines: Vec<u64>,
}

fn sort_rows(act: &Act<'_>, room: &Room, rows: Vec<address_list::Row>) -> Result<Sorted, Error> {
    let mut sorted = Sorted::default();
    let mut known = HashSet::new();
    for mut row in rows {
        row.address = normal(&row.address);
        if !is_email(&row.address) || MAX_GUEST_NAME_CHARS < row.name.chars().count() {
            sorted.invalid_lines.push(row.line);
            continue;
        }
        let is_guest = || act.tx.find_attendee(room.id, &actor_of(&row.address));
        if !known.insert(row.address.clone()) || is_guest()?.is_some() {
            sorted.duplicates += 1;
        } else {
            sorted.new.push(row);
        }
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gives_one_actor_whatever_its_case() {
        for address in ["test@example.tld", " Test@Example.TLD\n"] {
            assert_eq!(
                actor_of(&normal(address)).id,
                "09b7175a6523f5b6b2e65e7160ff6971e6f678ba15c1dd617137f148b4beb56e"
            );
        }
    }

    #[test]
    fn only_the_whole_secret_proves_anything() {
        for (shown, secret, expected) in [
            ("abc", "abc", true),
            ("ab", "abc", false),
            ("abd", "abc", false),
            ("", "", false),
        ] {
            assert_eq!(proves(shown, secret), expected, "{shown} {secret}");
        }
    }
}
