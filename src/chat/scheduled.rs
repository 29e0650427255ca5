//! Messages to be sent later. Source: chat-extras.md 15.
//!
//! They wait in the store, so a restart loses none; each is taken away and posted in one
//! transaction, so none is sent twice. Whether its author may post is asked when it is sent.

use std::sync::Arc;

use super::admission::{Participation, Seat};
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::{Post, find_parent, post, still_there, trim};
use super::resolved::{Resolved, Resolver};
use super::thread::{self, Place, title_of};
use super::transaction::{Act, View};
use super::{Chat, MAX_MESSAGE_CHARS};
use crate::model::{Actor, ActorKind, Attendee, MessageId, Permissions, Role, Room};
use crate::store::Scheduled;

// Quirk: many-scheduled.
/// Messages that one member may have waiting in one conversation.
const MAX_WAITING: i64 = 100;
/// Seconds after which it is looked again whether a due message can be sent now.
const RETRY_SECS: i64 = 60;
/// Due messages that are looked up at once.
const BATCH: u32 = 200;

/// A message as somebody wants it to be sent later.
#[derive(Debug, Clone)]
pub struct Wish {
    pub text: String,
    /// Unix seconds.
    pub send_at: i64,
    pub reply_to: MessageId,
    pub thread: MessageId,
    pub thread_title: String,
    pub silent: bool,
}

/// What is to be different about a scheduled message.
#[derive(Debug, Clone)]
pub struct Change {
    pub text: String,
    /// Unix seconds.
    pub send_at: i64,
    pub silent: bool,
    /// `None`: as it is.
    pub thread_title: Option<String>,
}

/// A scheduled message as its author sees it.
#[derive(Debug, Clone)]
pub struct ScheduledView {
    pub scheduled: Scheduled,
    pub author: Actor,
    /// What it answers, unless that is gone.
    pub parent: Option<Arc<Resolved>>,
}

impl ScheduledView {
    fn look(
        view: &View<'_>,
        room: &Room,
        own: &Attendee,
        scheduled: Scheduled,
    ) -> Result<Self, Error> {
        let parent = view.tx.find_message(room.id, scheduled.reply_to)?;
        let parent = match parent.filter(|parent| !parent.is_expired(view.now)) {
            Some(parent) => Some(Resolver::new(view, room)?.resolve_alone(parent)?),
            None => None,
        };
        Ok(Self {
            scheduled,
            author: own.actor.clone(),
            parent,
        })
    }
}

impl Chat {
    /// What the caller wants to be sent here, soonest first.
    ///
    /// Errors: `NothingScheduled`.
    pub async fn scheduled(&self, at: &Participation) -> Result<Vec<ScheduledView>, Error> {
        let (room, own) = (Arc::clone(at.room()), at.attendee().clone());
        may_schedule(&own)?;
        self.read(move |view| {
            let all = view.tx.scheduled_of(own.id)?;
            all.into_iter()
                .map(|one| ScheduledView::look(view, &room, &own, one))
                .collect()
        })
        .await
    }

    /// Have a message sent later.
    ///
    /// Errors, in order: `NothingScheduled`, `send-at`, `EmptyMessage`, `ParentNotFound`,
    /// `MessageTooLong`, `TooManyScheduled`.
    pub async fn schedule(&self, at: &Participation, wish: Wish) -> Result<ScheduledView, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, own) = still_there(act, &at)?;
            may_schedule(&own)?;
            let text = acceptable(act, wish.send_at, &wish.text)?;
            let parent = find_parent(act, &room, wish.reply_to)?;
            let place =
                thread::place(act, &room, parent.as_ref(), wish.thread, &wish.thread_title)?;
            check_length(&text)?;
            if act.tx.count_scheduled(own.id)? >= MAX_WAITING {
                return Err(Error::TooManyScheduled);
            }
            let (thread, thread_title) = match (place, &parent) {
                (Place::Begins(title), _) => (MessageId::NONE, title),
                (Place::In(root), _) => (root, String::new()),
                (Place::Plain, Some(parent)) => {
                    let thread = act.tx.find_thread(room.id, parent.thread())?;
                    let root = thread.map_or(MessageId::NONE, |thread| thread.root);
                    (root, String::new())
                }
                (Place::Plain, None) => (MessageId::NONE, String::new()),
            };
            let mut scheduled = Scheduled {
                id: 0,
                room: room.id,
                attendee: own.id,
                text,
                reply_to: parent.map_or(MessageId::NONE, |parent| parent.id),
                thread,
                thread_title,
                silent: wish.silent,
                created_at: act.now,
                send_at: wish.send_at,
            };
            scheduled.id = act.tx.insert_scheduled(&scheduled)?;
            act.happened(Event::ScheduleChanged);
            act.tx.touch_attendee(own.id, act.now)?;
            ScheduledView::look(&act.view(), &room, &own, scheduled)
        })
        .await
    }

    /// Change a message that is to be sent later.
    ///
    /// Errors, in order: `NothingScheduled`, `send-at`, `EmptyMessage`, `MessageTooLong`,
    /// `MessageNotFound`, `thread-title`.
    pub async fn reschedule(
        &self,
        at: &Participation,
        id: i64,
        change: Change,
    ) -> Result<ScheduledView, Error> {
        let at = at.clone();
        self.write(move |act| {
            let (room, own) = still_there(act, &at)?;
            may_schedule(&own)?;
            let text = acceptable(act, change.send_at, &change.text)?;
            check_length(&text)?;
            let mut scheduled = own_scheduled(act, &own, id)?;
            if let Some(title) = change.thread_title {
                let title = title_of(&title).unwrap_or_default();
                // Quirk: scheduled-title. What begins a thread goes on doing so, and nothing else begins one now.
                if title.is_empty() != scheduled.thread_title.is_empty() {
                    return Err(Error::Invalid(Invalid::ThreadTitle));
                }
                scheduled.thread_title = title;
            }
            scheduled.text = text;
            scheduled.send_at = change.send_at;
            scheduled.silent = change.silent;
            act.tx.update_scheduled(&scheduled)?;
            act.happened(Event::ScheduleChanged);
            act.tx.touch_attendee(own.id, act.now)?;
            ScheduledView::look(&act.view(), &room, &own, scheduled)
        })
        .await
    }

    /// Have a message not sent after all.
    ///
    /// Errors, in order: `NothingScheduled`, `MessageNotFound`.
    pub async fn unschedule(&self, at: &Participation, id: i64) -> Result<(), Error> {
        let at = at.clone();
        self.write(move |act| {
            let (_, own) = still_there(act, &at)?;
            may_schedule(&own)?;
            let scheduled = own_scheduled(act, &own, id)?;
            act.tx.delete_scheduled(scheduled.id)?;
            Ok(act.tx.touch_attendee(own.id, act.now)?)
        })
        .await
    }

    /// Until a message is scheduled, or to another time.
    pub async fn schedule_changed(&self) {
        self.memory.schedule_changed.notified().await;
    }

    /// Send what is due. When to come again: unix seconds; `None`: nothing waits.
    pub async fn send_due(&self) -> Result<Option<i64>, Error> {
        loop {
            let now = self.clock.now();
            let due = self
                .read(move |view| Ok(view.tx.due_scheduled(now, BATCH)?))
                .await?;
            if due.is_empty() {
                return self.read(|view| Ok(view.tx.next_scheduled()?)).await;
            }
            for Scheduled { id, .. } in due {
                match self.write(move |act| send(act, id)).await {
                    Err(error @ Error::Store(_)) => return Err(error),
                    Err(refusal) => {
                        tracing::warn!(scheduled.id = id, %refusal, "a scheduled message cannot be sent yet");
                        self.write(move |act| {
                            Ok(act.tx.postpone_scheduled(id, act.now + RETRY_SECS)?)
                        })
                        .await?;
                    }
                    Ok(()) => {}
                }
            }
        }
    }
}

/// Only members with an account, and only those who stay.
fn may_schedule(own: &Attendee) -> Result<(), Error> {
    if own.actor.kind != ActorKind::Users || own.role == Role::SelfJoined {
        return Err(Error::NothingScheduled);
    }
    Ok(())
}

/// The text without white space around it, to be sent in the future.
fn acceptable(act: &Act<'_>, send_at: i64, text: &str) -> Result<String, Error> {
    if send_at <= act.now {
        return Err(Error::Invalid(Invalid::SendAt));
    }
    let text = trim(text);
    if text.is_empty() {
        return Err(Error::EmptyMessage);
    }
    Ok(text.to_owned())
}

fn check_length(text: &str) -> Result<(), Error> {
    if text.chars().count() > MAX_MESSAGE_CHARS {
        return Err(Error::MessageTooLong {
            max: MAX_MESSAGE_CHARS,
        });
    }
    Ok(())
}

fn own_scheduled(act: &Act<'_>, own: &Attendee, id: i64) -> Result<Scheduled, Error> {
    let found = act.tx.find_scheduled(id)?;
    found
        .filter(|scheduled| scheduled.attendee == own.id)
        .ok_or(Error::MessageNotFound)
}

/// Sends one message if it is still to be sent and its author may post now; else it waits on.
fn send(act: &mut Act<'_>, id: i64) -> Result<(), Error> {
    let due = act.tx.find_scheduled(id)?;
    let Some(scheduled) = due.filter(|one| one.send_at <= act.now) else {
        return Ok(());
    };
    // They go with the membership and with the room, so both are there.
    let author = act.tx.find_attendee_by_id(scheduled.attendee)?;
    let room = act.tx.find_room_by_id(scheduled.room)?;
    let (Some(author), Some(room)) = (author, room) else {
        return Ok(act.tx.delete_scheduled(id)?);
    };
    // Quirk: scheduled-without-right.
    if !may_post(act, &room, &author)? {
        return Ok(act.tx.postpone_scheduled(id, act.now + RETRY_SECS)?);
    }
    act.tx.delete_scheduled(id)?;
    act.tx.touch_attendee(author.id, act.now)?;
    let parent = unless_gone(find_parent(act, &room, scheduled.reply_to))?.flatten();
    let place = thread::place(
        act,
        &room,
        parent.as_ref(),
        scheduled.thread,
        &scheduled.thread_title,
    );
    let message = Post {
        text: scheduled.text,
        place: unless_gone(place)?.unwrap_or_default(),
        parent,
        reference_id: String::new(),
        silent: scheduled.silent,
    };
    post(act, &room, &author, message)?;
    Ok(())
}

/// Quirk: scheduled-without-parent.
fn unless_gone<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(Error::ParentNotFound) => Ok(None),
        found => found.map(Some),
    }
}

fn may_post(act: &Act<'_>, room: &Room, author: &Attendee) -> Result<bool, Error> {
    let user = act.view().user(&author.actor.id)?;
    let is_enabled = user.is_some_and(|user| user.enabled);
    let seat = Seat::new(Arc::new(room.clone()), author.clone(), &act.memory.policy());
    let is_let_in = !seat.waits_in_lobby() && seat.permissions.allows(Permissions::CHAT);
    Ok(is_enabled && !room.refuses_writing() && is_let_in && may_schedule(author).is_ok())
}

#[cfg(test)]
mod tests;
