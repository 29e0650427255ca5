//! Who counts as mentioned by a message, and the flags that say so. Source: messages.md 6.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::crowd::{self, Crowd};
use super::error::Error;
use super::mention::{self, Found, MentionKind};
use super::notice::Concerned;
use super::notice_level::{Levels, is_held_back};
use super::transaction::Act;
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, Body, Message, NoticeKind, Room, UserId,
};

/// Whether a message means everybody in its room.
pub fn mentions_all(message: &Message) -> bool {
    let Body::Text(text) = &message.body else {
        return false;
    };
    let is_all = |mention: &Found| mention.kind == MentionKind::User && mention.id == "all";
    message.can_mention_all && mention::find(text).iter().any(is_all)
}

/// When everybody is mentioned, who is told in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Everybody {
    AtOnce,
    /// Those with a reason of their own, and the first of a crowd; the others batch by batch.
    InBatches,
}

/// Sets `last_mention` and `last_direct_mention` of everybody whom `message` concerns; who they are.
pub fn flag_mentions(
    act: &mut Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    parent: Option<&Message>,
    everybody_is_told: Everybody,
) -> Result<Vec<Concerned>, Error> {
    let Looked {
        concerned,
        direct,
        left_after,
    } = look(act, room, author, message, parent, everybody_is_told)?;
    if let Some(after) = left_after {
        let crowd = Crowd::about(message, NoticeKind::AllMention, author);
        crowd::leave(act, crowd, after)?;
    }
    for one in &concerned {
        act.tx.raise_last_mention(one.attendee.id, message.id)?;
    }
    // Quirk: direct-needs-somebody.
    if !concerned.is_empty() {
        for user in &direct {
            if let Some(attendee) = act.tx.find_attendee(room.id, &Actor::user(user))? {
                act.tx.raise_last_direct_mention(attendee.id, message.id)?;
            }
        }
    }
    Ok(concerned)
}

/// Whom the text of `message` mentions, as `author` would.
pub fn mentioned_in(
    act: &Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
) -> Result<HashSet<AttendeeId>, Error> {
    let looked = look(act, room, author, message, None, Everybody::AtOnce)?;
    Ok(looked
        .concerned
        .into_iter()
        .map(|one| one.attendee.id)
        .collect())
}

#[derive(Default)]
struct Looked {
    concerned: Vec<Concerned>,
    /// Who is meant by name, whether it concerns them or not.
    direct: BTreeSet<UserId>,
    /// The last account of those in a crowd who were looked at.
    left_after: Option<String>,
}

/// Whom `message` concerns.
fn look(
    act: &Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    parent: Option<&Message>,
    everybody_is_told: Everybody,
) -> Result<Looked, Error> {
    let mut looked = Looked::default();
    let Body::Text(text) = &message.body else {
        return Ok(looked);
    };
    let found = mention::find(text);
    let replied_to = parent
        .filter(|parent| parent.actor.kind == ActorKind::Users)
        .filter(|parent| parent.actor != *author)
        .and_then(|parent| parent.actor.as_user());
    if found.is_empty() && replied_to.is_none() {
        return Ok(looked);
    }

    // The strongest reason of each counts: an answer, then the name, then the group.
    let mut reasons: BTreeMap<UserId, (NoticeKind, String)> = BTreeMap::new();
    let mut everybody = false;
    if let Some(user) = replied_to {
        reasons.insert(user.clone(), (NoticeKind::Reply, String::new()));
        looked.direct.insert(user);
    }
    for mention in found.iter().filter(|one| one.kind == MentionKind::User) {
        if mention.id == "all" {
            everybody = message.can_mention_all;
        } else if let Some(user) = act.view().user(&mention.id)? {
            reasons
                .entry(user.id.clone())
                .or_insert((NoticeKind::Mention, String::new()));
            looked.direct.insert(user.id.clone());
        }
    }
    for mention in found.iter().filter(|one| one.kind == MentionKind::Group) {
        let collective = Actor::group(&mention.id);
        if act.tx.find_attendee(room.id, &collective)?.is_some() {
            for member in act.tx.members_of(&mention.id)? {
                reasons
                    .entry(member.id)
                    .or_insert((NoticeKind::GroupMention, mention.id.clone()));
            }
        }
    }

    let levels = Levels::of(act, room, message)?;
    if everybody {
        let attendees = match everybody_is_told {
            Everybody::AtOnce => act.tx.attendees(room.id)?,
            Everybody::InBatches => {
                let first = crowd::first(act, room.id, reasons.keys())?;
                looked.left_after = first.left_after;
                first.members
            }
        };
        for attendee in attendees {
            let reason = attendee.actor.as_user().and_then(|user| reasons.get(&user));
            let reason = reason.cloned();
            let (why, detail) = reason.unwrap_or((NoticeKind::AllMention, String::new()));
            let one = concern(act, &levels, author, attendee, why, detail);
            looked.concerned.extend(one);
        }
    } else {
        for (user, (why, detail)) in reasons {
            if let Some(attendee) = act.tx.find_attendee(room.id, &Actor::user(&user))? {
                let one = concern(act, &levels, author, attendee, why, detail);
                looked.concerned.extend(one);
            }
        }
    }
    Ok(looked)
}

/// One member, if they are to know of it.
pub fn concern(
    act: &Act<'_>,
    levels: &Levels<'_>,
    author: &Actor,
    attendee: Attendee,
    why: NoticeKind,
    detail: String,
) -> Option<Concerned> {
    let is_concerned = attendee.actor.kind == ActorKind::Users
        && attendee.actor != *author
        && levels.wants_mentions(&attendee)
        && !is_held_back(act, levels.room(), &attendee);
    is_concerned.then_some(Concerned {
        attendee,
        why,
        detail,
    })
}
