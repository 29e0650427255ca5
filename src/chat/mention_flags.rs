//! Who counts as mentioned by a message, and the flags that say so. Source: messages.md 6.

use std::collections::BTreeSet;

use super::admission::effective;
use super::error::Error;
use super::mention::{self, MentionKind};
use super::transaction::Act;
use crate::model::{
    Actor, ActorKind, Attendee, Body, Message, NotificationLevel, Permissions, Room, UserId,
};

/// Sets `last_mention` and `last_direct_mention` of everybody whom `message` concerns.
pub fn flag_mentions(
    act: &mut Act<'_>,
    room: &Room,
    author: &Attendee,
    message: &Message,
    parent: Option<&Message>,
) -> Result<(), Error> {
    let Body::Text(text) = &message.body else {
        return Ok(());
    };
    let found = mention::find(text);
    let replied_to = parent
        .filter(|parent| parent.actor.kind == ActorKind::Users)
        .filter(|parent| parent.actor != author.actor);
    if found.is_empty() && replied_to.is_none() {
        return Ok(());
    }

    // By name: typed as a mention, or the author of what is answered.
    let mut direct: BTreeSet<UserId> = BTreeSet::new();
    let mut mentioned: BTreeSet<UserId> = BTreeSet::new();
    let mut everybody = false;
    for mention in &found {
        match mention.kind {
            MentionKind::User if mention.id == "all" => everybody = message.can_mention_all,
            MentionKind::User => {
                if let Some(user) = act.view().user(&mention.id)? {
                    direct.insert(user.id.clone());
                }
            }
            MentionKind::Group => {
                let collective = Actor::group(&mention.id);
                if act.tx.find_attendee(room.id, &collective)?.is_some() {
                    for member in act.tx.members_of(&mention.id)? {
                        mentioned.insert(member.id);
                    }
                }
            }
            MentionKind::Call
            | MentionKind::Guest
            | MentionKind::Email
            | MentionKind::Team
            | MentionKind::FederatedUser => {}
        }
    }
    if let Some(user) = replied_to.and_then(|parent| parent.actor.as_user()) {
        direct.insert(user);
    }
    mentioned.extend(direct.iter().cloned());

    let mut anybody = false;
    if everybody {
        for attendee in act.tx.attendees(room.id)? {
            anybody |= flag(act, room, author, message, Some(attendee))?;
        }
    } else {
        for user in &mentioned {
            let attendee = act.tx.find_attendee(room.id, &Actor::user(user))?;
            anybody |= flag(act, room, author, message, attendee)?;
        }
    }
    // Quirk: direct-needs-somebody.
    if anybody {
        for user in &direct {
            if let Some(attendee) = act.tx.find_attendee(room.id, &Actor::user(user))? {
                act.tx.raise_last_direct_mention(attendee.id, message.id)?;
            }
        }
    }
    Ok(())
}

/// Flags one member, if they are to know of it.
fn flag(
    act: &Act<'_>,
    room: &Room,
    author: &Attendee,
    message: &Message,
    attendee: Option<Attendee>,
) -> Result<bool, Error> {
    let Some(attendee) = attendee else {
        return Ok(false);
    };
    let policy = act.memory.policy();
    let held_back =
        room.lobby && !effective(room, &attendee, &policy).allows(Permissions::LOBBY_IGNORE);
    let concerned = attendee.actor.kind == ActorKind::Users
        && attendee.id != author.id
        && attendee.notification_level != NotificationLevel::Never
        && !held_back;
    if concerned {
        act.tx.raise_last_mention(attendee.id, message.id)?;
    }
    Ok(concerned)
}
