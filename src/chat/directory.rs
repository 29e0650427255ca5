//! Finding people and groups to talk to. Bounded: a search looks at each account once at most, and lists few.
//! Source: server.md 10.

use super::Chat;
use super::account::is_email;
use super::allowance;
use super::error::Error;
use super::presence::Status;
use super::transaction::View;
use crate::model::{Actor, ActorKind, Attendee, Group, Token, User};

/// Matches of each kind that one answer lists at most.
const MAX_MATCHES: i64 = 500;
/// Characters beyond which nothing is named like that.
const MAX_SEARCH_CHARS: usize = 255;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// A part of an id, a name or an address; empty: everything.
    pub text: String,
    pub accounts: bool,
    pub groups: bool,
    pub addresses: bool,
    /// Of each kind; 0: as many as one answer lists.
    pub limit: i64,
    /// For a conversation: who may not use Talk is left out.
    pub for_talk: bool,
    /// The own account is found by its whole id.
    pub finds_oneself: bool,
    /// Who is in this conversation is left out, if the asker is.
    pub room: Option<Token>,
}

/// Somebody, or some group.
#[derive(Debug, Clone)]
pub enum Found {
    Account {
        user: Box<User>,
        status: Option<Status>,
    },
    Group(Group),
    /// Nobody in particular, but somebody can be invited there.
    Address(String),
}

impl Chat {
    /// Who is named like that: exact matches first, then by id.
    pub async fn find_people(&self, asker: &User, lookup: Lookup) -> Result<Vec<Found>, Error> {
        let is_name = !lookup.text.contains(char::is_control)
            && lookup.text.chars().nth(MAX_SEARCH_CHARS).is_none();
        if !is_name {
            return Ok(Vec::new());
        }
        let asker = asker.clone();
        self.read(move |view| find(view, &asker, &lookup)).await
    }
}

fn find(view: &View<'_>, asker: &User, lookup: &Lookup) -> Result<Vec<Found>, Error> {
    let members = Members::of(view, asker, lookup.room.as_ref())?;
    let (mut exact, mut others) = (Vec::new(), Vec::new());
    if lookup.accounts {
        for (user, is_exact) in accounts(view, asker, lookup)? {
            let is_left_out = (lookup.for_talk && !allowance::find(view, &user)?.talk)
                || members.have(view, &Actor::user(&user.id))?;
            if is_left_out {
                continue;
            }
            let status = Status::of(view, &user.id)?;
            let list = if is_exact { &mut exact } else { &mut others };
            list.push(Found::Account {
                user: Box::new(user),
                status,
            });
        }
    }
    if lookup.groups {
        for (group, is_exact) in groups(view, lookup)? {
            let actor = Actor {
                kind: ActorKind::Groups,
                id: group.id.clone(),
            };
            if members.have(view, &actor)? {
                continue;
            }
            let list = if is_exact { &mut exact } else { &mut others };
            list.push(Found::Group(group));
        }
    }
    let address = lookup.text.trim().to_lowercase();
    if lookup.addresses && is_email(&address) && !members.know_address(view, &address)? {
        exact.push(Found::Address(address));
    }
    exact.append(&mut others);
    Ok(exact)
}

/// Accounts that match and whether they do so exactly, those first.
fn accounts(view: &View<'_>, asker: &User, lookup: &Lookup) -> Result<Vec<(User, bool)>, Error> {
    let limit = limit(lookup);
    let whole_id = lookup.text.eq_ignore_ascii_case(asker.id.as_str());
    let shows = |user: &User| user.id != asker.id || (whole_id && lookup.finds_oneself);
    let mut found = Vec::new();
    if !lookup.text.is_empty() {
        for user in view.tx.users_named(&lookup.text, limit)? {
            found.push((user, true));
        }
    }
    // One more than is shown: one's own account may be among them.
    for user in view.tx.find_users(&lookup.text, limit.saturating_add(1))? {
        if !found.iter().any(|(known, _)| known.id == user.id) {
            found.push((user, false));
        }
    }
    found.retain(|(user, _)| shows(user));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn groups(view: &View<'_>, lookup: &Lookup) -> Result<Vec<(Group, bool)>, Error> {
    let limit = limit(lookup);
    let mut found: Vec<(Group, bool)> = Vec::new();
    if let Some(group) = view.tx.find_group(&lookup.text)? {
        found.push((group, true));
    }
    for group in view.tx.list_groups(&lookup.text, limit, 0)? {
        if !found.iter().any(|(known, _)| known.id == group.id) {
            let is_exact = group.id.eq_ignore_ascii_case(&lookup.text)
                || group.display_name.eq_ignore_ascii_case(&lookup.text);
            found.push((group, is_exact));
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn limit(lookup: &Lookup) -> i64 {
    match lookup.limit {
        limit if limit <= 0 => MAX_MATCHES,
        limit => limit.min(MAX_MATCHES),
    }
}

/// Who is in the conversation already, as far as the asker may know.
struct Members {
    own: Option<Attendee>,
}

impl Members {
    fn of(view: &View<'_>, asker: &User, room: Option<&Token>) -> Result<Self, Error> {
        let room = match room {
            Some(token) => view.tx.find_room(token)?,
            None => None,
        };
        let own = match room {
            Some(room) => view.tx.find_attendee(room.id, &Actor::user(&asker.id))?,
            None => None,
        };
        Ok(Self { own })
    }

    fn have(&self, view: &View<'_>, actor: &Actor) -> Result<bool, Error> {
        match &self.own {
            Some(own) => Ok(view.tx.find_attendee(own.room, actor)?.is_some()),
            None => Ok(false),
        }
    }

    /// Whether a guest was invited at this address, which is the business of moderators.
    fn know_address(&self, view: &View<'_>, address: &str) -> Result<bool, Error> {
        let Some(own) = self.own.as_ref().filter(|own| own.role.moderates()) else {
            return Ok(false);
        };
        let everybody = view.tx.attendees(own.room)?;
        Ok(everybody
            .iter()
            .any(|attendee| attendee.invited_address == address))
    }
}
