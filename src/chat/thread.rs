//! Threads: chains of answers with a title, and who follows them. Source: chat-extras.md 13.
//!
//! A thread is named by the message that began it. What answers any message of the chain belongs to
//! it, and so does what is posted into it without answering anything. A room without threads is
//! never searched for any.

use std::borrow::Cow;
use std::sync::Arc;

use super::Chat;
use super::admission::{Participation, Seat};
use super::edit::say_about;
use super::error::{Error, Invalid};
use super::event::Event;
use super::message::{still_there, trim};
use super::posting::{Entry, append};
use super::resolved::{Resolved, Resolver};
use super::transaction::{Act, View};
use crate::model::{
    Actor, Attendee, Message, MessageId, NotificationLevel, Room, SystemMessage, User,
};
use crate::store::{NewMessage, Thread};

/// Characters that a title may have before it is cut.
const TITLE_CHARS: usize = 203;
/// Characters that are left of a cut one.
const CUT_CHARS: usize = 200;

/// Where a message stands besides what it answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// Nowhere, or where the message stands that it answers.
    #[default]
    Plain,
    /// In the thread that this message began.
    In(MessageId),
    /// It begins a thread with this title.
    Begins(String),
}

/// A thread as one member has it.
#[derive(Debug, Clone)]
pub struct ThreadView {
    pub thread: Thread,
    pub room: Arc<Room>,
    /// `Default` also for those who do not follow it.
    pub level: NotificationLevel,
    /// The message that began it, unless it is gone.
    pub first: Option<Arc<Resolved>>,
    /// The newest answer, unless there is none or it is gone.
    pub last: Option<Arc<Resolved>>,
}

impl ThreadView {
    fn look(
        view: &View<'_>,
        room: &Arc<Room>,
        own: &Attendee,
        thread: Thread,
    ) -> Result<Self, Error> {
        let mut resolver = Resolver::new(view, room)?;
        let mut shown = |id: MessageId| -> Result<Option<Arc<Resolved>>, Error> {
            let row = view.tx.find_message(thread.room, id)?;
            match row.filter(|row| !row.is_expired(view.now)) {
                Some(row) => resolver.resolve_alone(row).map(Some),
                None => Ok(None),
            }
        };
        let (first, last) = (shown(thread.root)?, shown(thread.last_message)?);
        let level = view.tx.thread_level(own.id, thread.root)?;
        Ok(Self {
            room: Arc::clone(room),
            level: level.unwrap_or(NotificationLevel::Default),
            first,
            last,
            thread,
        })
    }

    // Quirk: thread-lasts.
    /// Whether anything is left of it.
    fn has_rows(&self) -> bool {
        self.first.is_some() || self.last.is_some()
    }
}

impl Chat {
    /// The threads of a room, most recently active first.
    pub async fn recent_threads(
        &self,
        at: &Participation,
        limit: u32,
    ) -> Result<Vec<ThreadView>, Error> {
        let (room, own) = (Arc::clone(at.room()), at.attendee().clone());
        self.read(move |view| {
            let mut views = Vec::new();
            for thread in view.tx.recent_threads(room.id, limit)? {
                views.push(ThreadView::look(view, &room, &own, thread)?);
            }
            views.retain(ThreadView::has_rows);
            Ok(views)
        })
        .await
    }

    /// One thread.
    ///
    /// Errors: `ThreadNotFound`.
    pub async fn thread(&self, at: &Participation, root: MessageId) -> Result<ThreadView, Error> {
        let (room, own) = (Arc::clone(at.room()), at.attendee().clone());
        self.read(move |view| {
            let thread = view.tx.find_thread(room.id, root)?;
            let thread = thread.ok_or(Error::ThreadNotFound)?;
            let seen = ThreadView::look(view, &room, &own, thread)?;
            Some(seen)
                .filter(ThreadView::has_rows)
                .ok_or(Error::ThreadNotFound)
        })
        .await
    }

    /// Give a thread another title.
    ///
    /// Errors, in order: `title`, `ThreadNotFound`, `NotYourMessage`.
    pub async fn rename_thread(
        &self,
        at: &Participation,
        root: MessageId,
        title: String,
    ) -> Result<ThreadView, Error> {
        let title = title_of(&title).ok_or(Error::Invalid(Invalid::Title))?;
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let thread = act.tx.find_thread(room.id, root)?;
            let mut thread = thread.ok_or(Error::ThreadNotFound)?;
            let first = act.tx.find_message(room.id, root)?;
            let is_own = first
                .as_ref()
                .is_some_and(|row| row.actor == attendee.actor);
            if !is_own && !attendee.role.moderates() {
                return Err(Error::NotYourMessage);
            }
            if thread.title != title {
                act.tx.rename_thread(room.id, root, &title)?;
                act.happened(Event::RowsChanged { room: room.id });
                thread.title.clone_from(&title);
                let renamed = SystemMessage::ThreadRenamed {
                    thread: root.0,
                    title,
                };
                match &first {
                    Some(first) => say_about(act, &room, &attendee, first, renamed)?,
                    None => append(act, &room, Entry::system(&attendee.actor, renamed))?,
                };
            }
            ThreadView::look(&act.view(), &Arc::new(room), &attendee, thread)
        })
        .await
    }

    /// Follow the thread of a message, and choose when to be told: 0 default, 1 always, 2 mentions, 3 never.
    ///
    /// Errors, in order: `level`, `MessageNotFound`.
    pub async fn follow_thread(
        &self,
        at: &Participation,
        message: MessageId,
        level: i64,
    ) -> Result<ThreadView, Error> {
        let level = NotificationLevel::from_wire(level).ok_or(Error::Invalid(Invalid::Level))?;
        let at = at.clone();
        self.write(move |act| {
            let (room, attendee) = still_there(act, &at)?;
            let row = act.tx.find_message(room.id, message)?;
            let row = row.ok_or(Error::MessageNotFound)?;
            let thread = act.tx.find_thread(room.id, row.thread())?;
            let thread = thread.ok_or(Error::MessageNotFound)?;
            // Quirk: thread-levels.
            act.tx.set_thread_level(attendee.id, thread.root, level)?;
            ThreadView::look(&act.view(), &Arc::new(room), &attendee, thread)
        })
        .await
    }

    /// The threads that an account follows in all its conversations, most recently active first.
    /// What a lobby hides is left out, so a page may have less than `limit`.
    pub async fn followed_threads(
        &self,
        user: &User,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<ThreadView>, Error> {
        let user = user.id.clone();
        self.read(move |view| {
            let policy = view.memory.policy();
            let mut views = Vec::new();
            for thread in view.tx.followed_threads(&user, offset, limit)? {
                let room = view.tx.find_room_by_id(thread.room)?;
                let own = view.tx.find_attendee(thread.room, &Actor::user(&user))?;
                let (Some(room), Some(own)) = (room.map(Arc::new), own) else {
                    continue;
                };
                let seat = Seat::new(Arc::clone(&room), own, &policy);
                if !seat.waits_in_lobby() {
                    views.push(ThreadView::look(view, &room, &seat.attendee, thread)?);
                }
            }
            views.retain(ThreadView::has_rows);
            Ok(views)
        })
        .await
    }
}

/// A title as it is stored; `None` if nothing is left of it.
pub fn title_of(text: &str) -> Option<String> {
    let text = trim(text);
    if text.is_empty() {
        return None;
    }
    if text.chars().count() <= TITLE_CHARS {
        return Some(text.to_owned());
    }
    let cut: String = text.chars().take(CUT_CHARS).collect();
    Some(cut + "…")
}

/// Where a message is to stand that answers `parent`, or else is meant for `thread`, or else bears a title.
///
/// Errors: `ParentNotFound` for an unknown thread.
pub fn place(
    act: &Act<'_>,
    room: &Room,
    parent: Option<&Message>,
    thread: MessageId,
    title: &str,
) -> Result<Place, Error> {
    if parent.is_some() {
        return Ok(Place::Plain);
    }
    if thread != MessageId::NONE {
        let found = act.tx.find_thread(room.id, thread)?;
        return found
            .map(|thread| Place::In(thread.root))
            .ok_or(Error::ParentNotFound);
    }
    Ok(title_of(title).map_or(Place::Plain, Place::Begins))
}

/// A row was stored: begins its thread, or counts it in the one where it stands. The room as it is then.
pub fn settle<'r>(
    act: &mut Act<'_>,
    room: &'r Room,
    id: MessageId,
    row: &NewMessage,
    place: Place,
) -> Result<Cow<'r, Room>, Error> {
    if let Place::Begins(title) = place {
        act.tx.insert_thread(&Thread {
            room: room.id,
            root: id,
            title,
            replies: 0,
            last_message: MessageId::NONE,
            last_activity_at: act.now,
        })?;
        if !room.has_threads {
            act.happened(Event::RoomChanged { room: room.id });
        }
        return Ok(Cow::Owned(Room {
            has_threads: true,
            ..room.clone()
        }));
    }
    if let Some(root) = row
        .topmost
        .filter(|_| room.has_threads && row.body.is_chat())
    {
        act.tx.grow_thread(room.id, root, id, act.now)?;
    }
    Ok(Cow::Borrowed(room))
}

/// After a message that began a thread: its author follows it, and a silent row says so.
pub fn announce(
    act: &mut Act<'_>,
    room: &Room,
    author: &Attendee,
    first: &Message,
    title: String,
) -> Result<(), Error> {
    act.tx
        .set_thread_level(author.id, first.id, NotificationLevel::Default)?;
    let created = SystemMessage::ThreadCreated {
        thread: first.id.0,
        title,
    };
    let entry = Entry {
        parent: Some(first),
        silent: true,
        ..Entry::system(&author.actor, created)
    };
    let room = Room {
        has_threads: true,
        ..room.clone()
    };
    append(act, &room, entry)?;
    Ok(())
}

/// The history is gone, and all threads with it.
pub fn cleared(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    if room.has_threads {
        act.tx.delete_threads(room.id)?;
        act.happened(Event::RoomChanged { room: room.id });
    }
    Ok(())
}

/// Rows of a room were purged; threads go with their last one.
pub fn purged(act: &mut Act<'_>, room: &Room) -> Result<(), Error> {
    if room.has_threads {
        act.tx.delete_empty_threads(room.id)?;
        act.happened(Event::RoomChanged { room: room.id });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_trimmed_and_cut() {
        let cases = [
            ("  Tea \n".to_owned(), Some("Tea".to_owned())),
            (" \t".to_owned(), None),
            (String::new(), None),
            ("é".repeat(203), Some("é".repeat(203))),
            ("é".repeat(204), Some("é".repeat(200) + "…")),
        ];
        for (sent, stored) in cases {
            assert_eq!(title_of(&sent), stored, "{sent}");
        }
    }
}
