//! Whom a message means, and the flags that say so. Source: messages.md 6.
//!
//! Who is meant is a question that can be asked of one account at a time: of a crowd not all are asked at once (`crowd`).

use std::collections::{BTreeMap, BTreeSet};

use super::crowd::{self, Crowd};
use super::error::Error;
use super::mention::{self, Found, MentionKind};
use super::notice::Concerned;
use super::notice_level::{Levels, is_held_back};
use super::transaction::Act;
use crate::model::{Actor, ActorKind, Attendee, Body, Message, NoticeKind, Room, UserId};

/// Why somebody is meant, and the group that was mentioned, if it was one.
type Reason = (NoticeKind, String);

/// Whom a text means.
#[derive(Debug, Default)]
pub struct Meant {
    /// Accounts that can be listed, each with the strongest reason: an answer, then the name, then the group.
    listed: BTreeMap<UserId, Reason>,
    /// Who is meant by name or answered.
    direct: BTreeSet<UserId>,
    /// Groups of the room that have too many members to be listed, in the order of the text.
    groups: Vec<String>,
    everybody: bool,
    /// Groups, large or not, or everybody.
    more_than_people: bool,
}

impl Meant {
    /// By `message`, which answers `parent`.
    pub fn by(
        act: &Act<'_>,
        room: &Room,
        author: &Actor,
        message: &Message,
        parent: Option<&Message>,
    ) -> Result<Self, Error> {
        let mut meant = Self::default();
        let Body::Text(text) = &message.body else {
            return Ok(meant);
        };
        let replied_to = parent
            .filter(|parent| parent.actor != *author)
            .and_then(|parent| parent.actor.as_user());
        if let Some(user) = replied_to {
            meant.add_direct(user, NoticeKind::Reply);
        }
        let found = mention::find(text);
        for mention in found.iter().filter(|one| one.kind == MentionKind::User) {
            if mention.id == "all" {
                meant.everybody = message.can_mention_all;
                meant.more_than_people |= meant.everybody;
            } else if let Some(user) = act.view().user(&mention.id)? {
                meant.add_direct(user.id.clone(), NoticeKind::Mention);
            }
        }
        meant.add_groups(act, room, &found)?;
        Ok(meant)
    }

    fn add_direct(&mut self, user: UserId, why: NoticeKind) {
        let reason = (why, String::new());
        self.listed.entry(user.clone()).or_insert(reason);
        self.direct.insert(user);
    }

    fn add_groups(&mut self, act: &Act<'_>, room: &Room, found: &[Found]) -> Result<(), Error> {
        let mut size = 0;
        for mention in found.iter().filter(|one| one.kind == MentionKind::Group) {
            let collective = Actor::group(&mention.id);
            let is_new = !self.groups.contains(&mention.id);
            if is_new && act.tx.find_attendee(room.id, &collective)?.is_some() {
                size += act.tx.group_size(&mention.id)?;
                self.groups.push(mention.id.clone());
                self.more_than_people = true;
            }
        }
        if size > crowd::AT_ONCE {
            return Ok(());
        }
        for group in std::mem::take(&mut self.groups) {
            for member in act.tx.members_of(&group)? {
                let reason = (NoticeKind::GroupMention, group.clone());
                self.listed.entry(member.id).or_insert(reason);
            }
        }
        Ok(())
    }

    /// More than the accounts that are listed.
    pub fn is_crowd(&self) -> bool {
        self.everybody || !self.groups.is_empty()
    }

    /// Whether anybody is meant without being named or answered.
    pub fn is_more_than_people(&self) -> bool {
        self.more_than_people
    }

    /// Whether this account is meant by name or answered: it was told together with the text.
    pub fn is_direct(&self, user: &UserId) -> bool {
        self.direct.contains(user)
    }

    /// Why this account is meant.
    pub fn why(&self, act: &Act<'_>, user: &UserId) -> Result<Option<Reason>, Error> {
        if let Some(reason) = self.listed.get(user) {
            return Ok(Some(reason.clone()));
        }
        for group in &self.groups {
            if act.tx.is_in_group(group, user)? {
                return Ok(Some((NoticeKind::GroupMention, group.clone())));
            }
        }
        let everybody = (NoticeKind::AllMention, String::new());
        Ok(self.everybody.then_some(everybody))
    }

    /// Whether everybody whom `other` means without listing them is meant here, too.
    fn covers_crowd_of(&self, other: &Self) -> bool {
        let has = |group| self.groups.contains(group);
        self.everybody || (!other.everybody && other.groups.iter().all(has))
    }

    /// Those who are meant, unless it is everybody: then it is those with a reason of their own.
    fn accounts(&self, act: &Act<'_>, room: &Room) -> Result<Vec<String>, Error> {
        let mut accounts: Vec<_> = self.listed.keys().map(|user| user.0.clone()).collect();
        for group in &self.groups {
            for member in act.tx.members_of(group)? {
                let actor = Actor::user(&member.id);
                if act.tx.find_attendee(room.id, &actor)?.is_some() {
                    accounts.push(member.id.0);
                }
            }
        }
        Ok(accounts)
    }
}

/// Whom a message means, and who of them is told in the same transaction.
#[derive(Debug, Default)]
pub struct Flagged {
    pub meant: Meant,
    /// Those with a reason of their own, and the first of a crowd.
    pub concerned: Vec<Concerned>,
}

/// Sets `last_mention` and `last_direct_mention` of everybody whom `message` concerns, of a crowd batch by batch.
pub fn flag_mentions(
    act: &mut Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    parent: Option<&Message>,
) -> Result<Flagged, Error> {
    let meant = Meant::by(act, room, author, message, parent)?;
    flag(act, room, author, message, meant, &Meant::default())
}

/// The same after an edit, for whom the text did not mean `before`.
pub fn flag_edit(
    act: &mut Act<'_>,
    room: &Room,
    editor: &Actor,
    message: &Message,
    before: &Meant,
) -> Result<Flagged, Error> {
    let meant = Meant::by(act, room, editor, message, None)?;
    flag(act, room, editor, message, meant, before)
}

fn flag(
    act: &mut Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    meant: Meant,
    before: &Meant,
) -> Result<Flagged, Error> {
    if meant.listed.is_empty() && !meant.is_crowd() {
        return Ok(Flagged::default());
    }
    let mut members = Vec::new();
    if meant.is_crowd() && !before.covers_crowd_of(&meant) {
        let first = crowd::first(act, room.id, meant.listed.keys())?;
        if let Some(after) = first.left_after {
            let kind = match meant.everybody {
                true => NoticeKind::AllMention,
                false => NoticeKind::GroupMention,
            };
            let crowd = Crowd {
                except: before.accounts(act, room)?,
                ..Crowd::about(message, kind, author)
            };
            crowd::leave(act, crowd, after)?;
        }
        members = first.members;
    } else {
        for user in meant.listed.keys() {
            members.extend(act.tx.find_attendee(room.id, &Actor::user(user))?);
        }
    }
    let mut concerned = Vec::new();
    let levels = Levels::of(act, room, message)?;
    for member in members {
        concerned.extend(concern(act, &levels, author, member, &meant)?);
    }
    for one in &concerned {
        act.tx.raise_last_mention(one.attendee.id, message.id)?;
    }
    // Quirk: direct-needs-somebody.
    if !concerned.is_empty() {
        for user in &meant.direct {
            if let Some(attendee) = act.tx.find_attendee(room.id, &Actor::user(user))? {
                act.tx.raise_last_direct_mention(attendee.id, message.id)?;
            }
        }
    }
    Ok(Flagged { meant, concerned })
}

/// One member, if they are meant and to know of it.
pub fn concern(
    act: &Act<'_>,
    levels: &Levels<'_>,
    author: &Actor,
    attendee: Attendee,
    meant: &Meant,
) -> Result<Option<Concerned>, Error> {
    let is_to_know = attendee.actor.kind == ActorKind::Users
        && attendee.actor != *author
        && levels.wants_mentions(&attendee)
        && !is_held_back(act, levels.room(), &attendee);
    let user = attendee.actor.as_user().filter(|_| is_to_know);
    let reason = match user {
        Some(user) => meant.why(act, &user)?,
        None => None,
    };
    Ok(reason.map(|(why, detail)| Concerned {
        attendee,
        why,
        detail,
    }))
}
