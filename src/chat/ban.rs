//! Bans: who may not enter a conversation, for how long moderators want. Source: conversations.md 4.12.
//!
//! Accounts are banned by id. People without account are known by what their browser remembers of its last visit,
//! and by their address; whoever tries to come back under a banned identity brings its address onto the list, too.

use super::Chat;
use super::admission::{Caller, Participation};
use super::error::{Error, Invalid};
use super::event::Event;
use super::membership;
use super::message::still_there;
use super::transaction::{Act, View};
use crate::model::{
    Actor, ActorKind, Attendee, Ban, BanTarget, BannedKind, Network, Room, RoomId, UserId,
};

/// Bytes that a note for moderators may have.
const MAX_NOTE_BYTES: usize = 4_000;
/// Bytes that the id of somebody banned may have; longer than any id there is.
const MAX_ID_BYTES: usize = 255;
// Quirk: bans-limit.
/// Bans that a conversation may have. A guest's place carries its networks, so they must be few.
const MAX_BANS: usize = 1_000;
/// The room above this is kept for moderators: addresses that come back add no more bans.
const MAX_BANS_WITH_AUTOMATIC: usize = 500;

/// A ban as a moderator asks for it.
#[derive(Debug, Clone)]
pub struct NewBan {
    pub kind: String,
    pub id: String,
    pub note: String,
}

impl Chat {
    /// Ban somebody, who need not be there nor exist; whoever is there is removed. Who is banned already stays so.
    ///
    /// Errors, in order: `room`, `bannedActor`, `internalNote`, `self`, `moderator`, `TooManyBans`.
    pub async fn ban(&self, at: &Participation, new: NewBan) -> Result<Ban, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, moderator) = still_there(act, &at)?;
            if !room.kind.is_managed() {
                return Err(Error::Invalid(Invalid::Room));
            }
            let mut banned = target(&new)?;
            if new.note.len() > MAX_NOTE_BYTES {
                return Err(Error::Invalid(Invalid::InternalNote));
            }
            let mut account_name = None;
            if banned.kind == BannedKind::Users
                && let Some(user) = act.tx.find_user(&banned.id)?
            {
                banned.id = user.id.0;
                account_name = Some(user.display_name);
            }
            let actor = as_actor(&banned);
            if actor.as_ref() == Some(&moderator.actor) {
                return Err(Error::Invalid(Invalid::Oneself));
            }
            let member = match &actor {
                Some(actor) => act.tx.find_attendee(room.id, actor)?,
                None => None,
            };
            if member
                .as_ref()
                .is_some_and(|member| member.role.moderates())
            {
                return Err(Error::Invalid(Invalid::Moderator));
            }
            if let Some(ban) = act.tx.find_ban(room.id, &banned)? {
                // Quirk: banned-again.
                return Ok(ban);
            }
            if act.tx.bans(room.id)?.len() >= MAX_BANS {
                return Err(Error::TooManyBans);
            }
            let member_name = member.as_ref().map(|member| member.display_name.clone());
            let name = member_name.into_iter().chain(account_name);
            let ban = Ban {
                id: 0,
                room: room.id,
                moderator: moderator.actor.clone(),
                moderator_name: moderator.display_name.clone(),
                banned_name: name
                    .into_iter()
                    .find(|name| !name.is_empty())
                    .unwrap_or_else(|| banned.id.clone()),
                banned,
                banned_at: act.now,
                note: new.note,
            };
            let ban = store(act, ban)?;
            if let Some(member) = member {
                membership::remove(act, &room, &moderator.actor, &member)?;
            }
            Ok(ban)
        })
        .await
    }

    /// All bans of the conversation, by id.
    pub async fn bans(&self, at: &Participation) -> Result<Vec<Ban>, Error> {
        let room = at.room().id;
        self.read(move |view| Ok(view.tx.bans(room)?)).await
    }

    /// Lift a ban. Nothing happens if there is no such ban.
    pub async fn unban(&self, at: &Participation, id: i64) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, _) = still_there(act, &at)?;
            act.tx.delete_ban(room.id, id)?;
            act.happened(Event::RoomChanged { room: room.id });
            Ok(())
        })
        .await
    }
}

/// Whom a request names. Errors: `bannedActor`.
fn target(new: &NewBan) -> Result<BanTarget, Error> {
    let refused = Error::Invalid(Invalid::BannedActor);
    let kind = match BannedKind::from_wire(&new.kind) {
        Some(kind) if !new.id.is_empty() && new.id.len() <= MAX_ID_BYTES => kind,
        _ => return Err(refused),
    };
    if kind == BannedKind::Ip && new.id.parse::<Network>().is_err() {
        return Err(refused);
    }
    Ok(BanTarget {
        kind,
        id: new.id.clone(),
    })
}

/// The member that a ban hits; an address is none.
fn as_actor(banned: &BanTarget) -> Option<Actor> {
    let kind = match banned.kind {
        BannedKind::Users => ActorKind::Users,
        BannedKind::Guests => ActorKind::Guests,
        BannedKind::Emails => ActorKind::Emails,
        BannedKind::Ip => return None,
    };
    let id = banned.id.clone();
    Some(Actor { kind, id })
}

fn store(act: &mut Act<'_>, ban: Ban) -> Result<Ban, Error> {
    let ban = act.tx.insert_ban(ban)?;
    // Guests who are there may be hit by an address: their places are looked at again.
    act.happened(Event::RoomChanged { room: ban.room });
    Ok(ban)
}

/// Whether this account is banned here.
pub fn is_banned(act: &Act<'_>, room: RoomId, user: &UserId) -> Result<bool, Error> {
    let target = BanTarget {
        kind: BannedKind::Users,
        id: user.0.clone(),
    };
    Ok(act.tx.find_ban(room, &target)?.is_some())
}

/// Whether the caller is not to enter. `true` is no error, since what it may have added has to stay: the address of a
/// browser under whose guest or e-mail guest there is a ban.
pub fn check_door(act: &mut Act<'_>, room: &Room, caller: &Caller) -> Result<bool, Error> {
    if !act.tx.has_bans(room.id)? {
        return Ok(false);
    }
    if let Some(user) = caller.user_id() {
        // An address says nothing about an account.
        return is_banned(act, room.id, user);
    }
    let bans = act.tx.bans(room.id)?;
    let visit = act.tx.visit(room.id, caller.cookie)?;
    let is_visitor = |ban: &&Ban| match ban.banned.kind {
        BannedKind::Guests => ban.banned.id == visit.guest_id,
        BannedKind::Emails => ban.banned.id == visit.email_id,
        BannedKind::Users | BannedKind::Ip => false,
    };
    let Some(ban) = bans.iter().find(is_visitor) else {
        let mut networks = bans.iter().filter_map(network);
        return Ok(networks.any(|network| network.contains(caller.address)));
    };
    let address = caller.address.to_canonical().to_string();
    let banned = BanTarget {
        kind: BannedKind::Ip,
        id: address.clone(),
    };
    let is_known = bans.iter().any(|ban| ban.banned == banned);
    if !is_known && bans.len() < MAX_BANS_WITH_AUTOMATIC {
        let ban = Ban {
            id: 0,
            banned,
            banned_name: address,
            ..ban.clone()
        };
        store(act, ban)?;
    }
    Ok(true)
}

fn network(ban: &Ban) -> Option<Network> {
    match ban.banned.kind {
        BannedKind::Ip => ban.banned.id.parse().ok(),
        _ => None,
    }
}

/// The networks from which this member may not act: none for accounts.
pub fn networks_against(
    view: &View<'_>,
    room: RoomId,
    attendee: &Attendee,
) -> Result<Box<[Network]>, Error> {
    if !attendee.is_guest() {
        return Ok(Box::default());
    }
    Ok(view.tx.bans(room)?.iter().filter_map(network).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_names_a_kind_and_an_id_that_fits_it() {
        let long = "x".repeat(MAX_ID_BYTES + 1);
        for (kind, id, fits) in [
            ("users", "bob", true),
            ("guests", "0123", true),
            ("emails", "0123", true),
            ("ip", "127.0.0.1", true),
            ("ip", "127.0.0.1/24", true),
            ("ip", "::1/64", true),
            ("ip", "127.0.0.1/33", false),
            ("ip", "localhost", false),
            ("ip", "", false),
            ("users", "", false),
            ("users", long.as_str(), false),
            ("groups", "tea", false),
            ("ranges", "127.0.0.1/24", false),
            ("", "bob", false),
        ] {
            let new = NewBan {
                kind: kind.to_owned(),
                id: id.to_owned(),
                note: String::new(),
            };
            assert_eq!(target(&new).is_ok(), fits, "{kind} {id}");
        }
    }
}
