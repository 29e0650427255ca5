//! Who counts as mentioned by a message, and the flags that say so. Source: messages.md 6.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::error::Error;
use super::mention::{self, MentionKind};
use super::notice::Concerned;
use super::notice_level::{Levels, is_held_back};
use super::transaction::Act;
use crate::model::{
    Actor, ActorKind, Attendee, AttendeeId, Body, Message, NoticeKind, Room, UserId,
};

/// Sets `last_mention` and `last_direct_mention` of everybody whom `message` concerns; who they are.
pub fn flag_mentions(
    act: &mut Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    parent: Option<&Message>,
) -> Result<Vec<Concerned>, Error> {
    let (concerned, direct) = look(act, room, author, message, parent)?;
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
    let (concerned, _) = look(act, room, author, message, None)?;
    Ok(concerned.into_iter().map(|one| one.attendee.id).collect())
}

/// Whom `message` concerns, and who is meant by name, whether it concerns them or not.
fn look(
    act: &Act<'_>,
    room: &Room,
    author: &Actor,
    message: &Message,
    parent: Option<&Message>,
) -> Result<(Vec<Concerned>, BTreeSet<UserId>), Error> {
    let mut direct: BTreeSet<UserId> = BTreeSet::new();
    let Body::Text(text) = &message.body else {
        return Ok((Vec::new(), direct));
    };
    let found = mention::find(text);
    let replied_to = parent
        .filter(|parent| parent.actor.kind == ActorKind::Users)
        .filter(|parent| parent.actor != *author)
        .and_then(|parent| parent.actor.as_user());
    if found.is_empty() && replied_to.is_none() {
        return Ok((Vec::new(), direct));
    }

    // The strongest reason of each counts: an answer, then the name, then the group.
    let mut reasons: BTreeMap<UserId, (NoticeKind, String)> = BTreeMap::new();
    let mut everybody = false;
    if let Some(user) = replied_to {
        reasons.insert(user.clone(), (NoticeKind::Reply, String::new()));
        direct.insert(user);
    }
    for mention in found.iter().filter(|one| one.kind == MentionKind::User) {
        if mention.id == "all" {
            everybody = message.can_mention_all;
        } else if let Some(user) = act.view().user(&mention.id)? {
            reasons
                .entry(user.id.clone())
                .or_insert((NoticeKind::Mention, String::new()));
            direct.insert(user.id.clone());
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
    let mut concerned = Vec::new();
    if everybody {
        for attendee in act.tx.attendees(room.id)? {
            let reason = attendee.actor.as_user().and_then(|user| reasons.get(&user));
            let reason = reason.cloned();
            let (why, detail) = reason.unwrap_or((NoticeKind::AllMention, String::new()));
            concerned.extend(concern(act, &levels, author, attendee, why, detail));
        }
    } else {
        for (user, (why, detail)) in reasons {
            if let Some(attendee) = act.tx.find_attendee(room.id, &Actor::user(&user))? {
                concerned.extend(concern(act, &levels, author, attendee, why, detail));
            }
        }
    }
    Ok((concerned, direct))
}

/// One member, if they are to know of it.
fn concern(
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
