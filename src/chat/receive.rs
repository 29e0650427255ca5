//! Reading a room's messages: history, context, and waiting for what comes. Source: chat.md 2.
//!
//! A waiter registers, then looks, then waits: what is committed after the look wakes it, so no
//! message can be lost in between.

use std::sync::Arc;
use std::time::Duration;

use super::Chat;
use super::admission::Participation;
use super::clock::Deadline;
use super::error::Error;
use super::expiration;
use super::grounds::{Login, LoginWatch};
use super::resolved::{Content, Resolved, Resolver};
use super::transaction::View;
use crate::live::{Listen, LiveRoom, Shared, Woken};
use crate::model::{Message, MessageId, Room, SystemMessage, Token};

/// A message and the answers rendered from it.
pub type SharedRow = Arc<Shared<Arc<Resolved>>>;

/// Reading backwards.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// 0: from the newest on.
    pub last_known: MessageId,
    pub include_last_known: bool,
    pub limit: u32,
    /// Only rows of this chain; 0: all.
    pub thread: MessageId,
    /// What the caller believes everybody has read; 0: not interested.
    pub last_common_read: MessageId,
}

/// Reading forwards, and waiting if there is nothing yet.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    pub last_known: MessageId,
    pub include_last_known: bool,
    pub limit: u32,
    /// Only rows of this chain; 0: all.
    pub thread: MessageId,
    /// What the caller believes everybody has read; 0: not interested.
    pub last_common_read: MessageId,
    pub timeout: Duration,
    /// Whether the caller has read up to `last_known`.
    pub set_read_marker: bool,
}

/// What a reader gets.
#[derive(Debug)]
pub enum Poll {
    /// At least one row was found.
    Page(Page),
    /// No row, but everybody has read something else than the caller believed.
    CommonRead(MessageId),
    Nothing,
}

/// A page of rows.
#[derive(Debug)]
pub struct Page {
    /// What the caller may see of it, in the order asked for.
    pub rows: Vec<SharedRow>,
    /// The last row found, seen or not: the next offset.
    pub last_given: MessageId,
    /// What everybody has read; `None` for callers who keep their own marker private.
    pub common_read: Option<MessageId>,
}

/// How far to look for the row that says that a reader was removed.
const FAREWELL_ROWS: u32 = 200;

/// Somebody who waits.
struct Watch<'w> {
    at: &'w Participation,
    live: &'w LiveRoom<Arc<Resolved>>,
    ask: Wait,
    after: MessageId,
    login: LoginWatch<'w>,
    /// The place as found anew after something about it changed.
    readmitted: Option<Box<Participation>>,
}

impl Chat {
    /// Rows before `last_known`, newest first.
    pub async fn history(&self, at: &Participation, ask: History) -> Result<Poll, Error> {
        let room = Arc::clone(at.room());
        let live = self.memory.hub.room(room.id);
        let before = match ask.last_known {
            known if known <= MessageId::NONE => MessageId::MAX,
            known if ask.include_last_known => MessageId(known.0.saturating_add(1)),
            known => known,
        };
        let rows = self
            .read(move |view| {
                let rows = rows_before(view, &room, ask.thread, before, ask.limit)?;
                Resolver::new(view, &room)?.resolve_all(rows)
            })
            .await?;
        if rows.is_empty() {
            return self
                .changed_common_read(at, &live, ask.last_common_read)
                .await;
        }
        self.page(at, &live, rows.into_iter().map(share).collect())
            .await
            .map(Poll::Page)
    }

    /// The `limit` newest rows up to `around`, then the `limit` oldest after it; oldest first.
    ///
    /// Source: chat-extras.md 7.
    pub async fn context(
        &self,
        at: &Participation,
        around: MessageId,
        limit: u32,
        thread: MessageId,
    ) -> Result<Poll, Error> {
        if around <= MessageId::NONE {
            return Ok(Poll::Nothing);
        }
        let room = Arc::clone(at.room());
        let live = self.memory.hub.room(room.id);
        let rows = self
            .read(move |view| {
                let end = MessageId(around.0.saturating_add(1));
                let mut rows = rows_before(view, &room, thread, end, limit)?;
                rows.reverse();
                rows.extend(rows_after(view, &room, thread, around, limit)?);
                Resolver::new(view, &room)?.resolve_all(rows)
            })
            .await?;
        if rows.is_empty() {
            return Ok(Poll::Nothing);
        }
        self.page(at, &live, rows.into_iter().map(share).collect())
            .await
            .map(Poll::Page)
    }

    /// Rows after `last_known`, oldest first; waits for the first one if there is none.
    ///
    /// Errors while waiting: `LoginOver` when what the caller logged in with has ended, `RoomNotFound`
    /// when they are no longer in the room, `LobbyActive` when it closes over them. Source: chat.md 2.8.
    pub async fn wait(self: &Arc<Self>, at: &Participation, ask: Wait) -> Result<Poll, Error> {
        let live = self.memory.hub.room(at.room().id);
        let deadline = self.clock.deadline(ask.timeout.min(self.limits.max_wait));
        if ask.set_read_marker {
            self.poll_moves_marker(at, &live, ask.last_known).await?;
            self.write_pending_soon();
        }
        let after = match ask.last_known.max(MessageId::NONE) {
            known if ask.include_last_known => MessageId(known.0 - 1),
            known => known,
        };
        let watch = Watch {
            at,
            live: &live,
            ask,
            after,
            login: LoginWatch::of(&at.caller),
            readmitted: None,
        };
        self.wait_in(watch, deadline).await
    }

    /// How many requests wait in a room at the moment.
    ///
    /// Errors: `RoomNotFound`.
    pub async fn waiting_in(&self, token: &Token) -> Result<usize, Error> {
        let token = token.clone();
        let room = self
            .read(move |view| view.tx.find_room(&token)?.ok_or(Error::RoomNotFound))
            .await?;
        let live = self.memory.hub.awake(room.id);
        Ok(live.map_or(0, |live| live.waiting()))
    }

    async fn wait_in(&self, mut watch: Watch<'_>, deadline: Deadline) -> Result<Poll, Error> {
        // Quirk: common-read-while-waiting.
        let listen = match watch.ask.last_common_read {
            MessageId::NONE => Listen::No,
            _ => Listen::Yes,
        };
        loop {
            // Whoever finds something needs no ticket. Whoever does not takes one and looks again:
            // what is committed between a look and its ticket would be lost otherwise.
            if let Some(found) = self.look(&mut watch).await? {
                return Ok(found);
            }
            let ticket = watch.live.ticket(listen).or(watch.login.listen(self));
            if let Some(found) = self.look(&mut watch).await? {
                return Ok(found);
            }
            if self.memory.hub.is_closing() || self.clock.has_passed(deadline) {
                return Ok(Poll::Nothing);
            }
            if ticket.until(self.clock.until(deadline)).await == Woken::No {
                return Ok(Poll::Nothing);
            }
        }
    }

    /// What there is for a reader right now, if anything.
    async fn look(&self, watch: &mut Watch<'_>) -> Result<Option<Poll>, Error> {
        let (live, after, limit) = (watch.live, watch.after, watch.ask.limit);
        // Quirk: login-over-while-waiting.
        if watch.login.look(self).await? == Login::Unclear {
            return Ok(Some(Poll::Nothing));
        }
        let current = watch.readmitted.as_deref().unwrap_or(watch.at);
        // Quirk: lobby-while-waiting. The gate is asked again as soon as something about the room has changed.
        match self.readmit(current).await {
            Ok(None) => {}
            Ok(Some(anew)) => watch.readmitted = Some(Box::new(anew)),
            // Quirk: removed-from-thread.
            Err(Error::RoomNotFound) if watch.ask.thread == MessageId::NONE => {
                return self.farewell(watch.at, live, after, limit).await.map(Some);
            }
            Err(refusal) => return Err(refusal),
        }
        let at = watch.readmitted.as_deref().unwrap_or(watch.at);
        let thread = watch.ask.thread;
        let rows = match thread {
            MessageId::NONE => self.rows_after(at.room(), live, after, limit).await?,
            root => {
                let (rows, seen) = self
                    .chain_after(at.room(), live, root, after, limit)
                    .await?;
                watch.after = seen;
                rows
            }
        };
        if !rows.is_empty() {
            return self
                .page(at, live, rows)
                .await
                .map(|page| Some(Poll::Page(page)));
        }
        let believed = watch.ask.last_common_read;
        match self.changed_common_read(at, live, believed).await? {
            Poll::Nothing => Ok(None),
            changed => Ok(Some(changed)),
        }
    }

    /// The last answer to somebody who was removed while waiting: what came up to the row that
    /// says so, and nothing after it.
    async fn farewell(
        &self,
        at: &Participation,
        live: &LiveRoom<Arc<Resolved>>,
        after: MessageId,
        limit: u32,
    ) -> Result<Poll, Error> {
        let user = at.caller.user_id().ok_or(Error::RoomNotFound)?;
        // More than the caller asked for: whether they were removed may be said after that.
        let mut rows = self
            .rows_after(at.room(), live, after, FAREWELL_ROWS)
            .await?;
        let removal = rows.iter().position(|row| {
            matches!(
                &row.record.content,
                Content::System { message: SystemMessage::UserRemoved { user: gone }, .. }
                    if gone == user.as_str()
            )
        });
        // Quirk: deleted-while-waiting.
        let removal = removal.ok_or(Error::RoomNotFound)?;
        // Quirk: removed-while-waiting.
        rows.truncate((limit as usize).min(removal + 1));
        let last_given = rows.last().map_or(after, |row| row.id);
        let now = self.clock.now();
        expiration::hide(&mut rows, now);
        Ok(Poll::Page(Page {
            rows,
            last_given,
            // Quirk: removed-reader-common-read.
            // No longer a member: what everybody has read is none of their business.
            common_read: None,
        }))
    }

    /// Rows after `after` from the room's tail; from the store only if they are older than that.
    async fn rows_after(
        &self,
        room: &Arc<Room>,
        live: &LiveRoom<Arc<Resolved>>,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<SharedRow>, Error> {
        if let Some(rows) = live.tail().after(after, limit as usize) {
            return Ok(rows);
        }
        let room = Arc::clone(room);
        let (rows, newest) = self
            .read(move |view| {
                let newest = view.tx.newest_message(room.id)?;
                let rows = view.tx.messages_after(room.id, after, limit)?;
                let rows = Resolver::new(view, &room)?.resolve_all(rows)?;
                Ok((rows, newest))
            })
            .await?;
        live.tail().begin_after(newest);
        Ok(rows.into_iter().map(share).collect())
    }

    /// The same for one chain, and how far everything was looked at: what follows need not be
    /// looked for below that.
    async fn chain_after(
        &self,
        room: &Arc<Room>,
        live: &LiveRoom<Arc<Resolved>>,
        root: MessageId,
        after: MessageId,
        limit: u32,
    ) -> Result<(Vec<SharedRow>, MessageId), Error> {
        if let Some(mut rows) = live.tail().after(after, usize::MAX) {
            let seen = rows.last().map_or(after, |row| row.id);
            rows.retain(|row| row.record.message.thread() == root);
            rows.truncate(limit as usize);
            return Ok((rows, seen));
        }
        let room = Arc::clone(room);
        let (rows, newest) = self
            .read(move |view| {
                let newest = view.tx.newest_message(room.id)?;
                let rows = rows_after(view, &room, root, after, limit)?;
                let rows = Resolver::new(view, &room)?.resolve_all(rows)?;
                Ok((rows, newest))
            })
            .await?;
        live.tail().begin_after(newest);
        let rows = rows.into_iter().map(share).collect();
        Ok((rows, after.max(newest)))
    }

    /// The visible part of the rows found.
    async fn page(
        &self,
        at: &Participation,
        live: &LiveRoom<Arc<Resolved>>,
        mut rows: Vec<SharedRow>,
    ) -> Result<Page, Error> {
        let last_given = rows.last().map_or(MessageId::NONE, |row| row.id);
        let now = self.clock.now();
        expiration::hide(&mut rows, now);
        Ok(Page {
            rows,
            last_given,
            common_read: self.common_read_shown(at, live).await?,
        })
    }

    async fn changed_common_read(
        &self,
        at: &Participation,
        live: &LiveRoom<Arc<Resolved>>,
        believed: MessageId,
    ) -> Result<Poll, Error> {
        if believed == MessageId::NONE {
            return Ok(Poll::Nothing);
        }
        Ok(match self.common_read_shown(at, live).await? {
            Some(current) if current != believed => Poll::CommonRead(current),
            _ => Poll::Nothing,
        })
    }

    /// Polling says: I have read up to `known`. Only ever forward, and never beyond the newest row.
    async fn poll_moves_marker(
        &self,
        at: &Participation,
        live: &LiveRoom<Arc<Resolved>>,
        known: MessageId,
    ) -> Result<(), Error> {
        if known <= MessageId::NONE {
            return Ok(());
        }
        let newest = live.tail().newest();
        let newest = match newest {
            Some(newest) => newest,
            None => {
                let room = at.room().id;
                let newest = self
                    .read(move |view| Ok(view.tx.newest_message(room)?))
                    .await?;
                live.tail().begin_after(newest);
                newest
            }
        };
        // Quirk: offset-moves-marker.
        self.raise_marker(at.attendee(), known.min(newest));
        Ok(())
    }
}

/// Rows below `before`, newest first: of a chain, or with 0 of the room.
fn rows_before(
    view: &View<'_>,
    room: &Room,
    chain: MessageId,
    before: MessageId,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    Ok(match chain {
        MessageId::NONE => view.tx.messages_before(room.id, before, limit)?,
        root => view.tx.chain_before(room.id, root, before, limit)?,
    })
}

/// Rows above `after`, oldest first: of a chain, or with 0 of the room.
fn rows_after(
    view: &View<'_>,
    room: &Room,
    chain: MessageId,
    after: MessageId,
    limit: u32,
) -> Result<Vec<Message>, Error> {
    Ok(match chain {
        MessageId::NONE => view.tx.messages_after(room.id, after, limit)?,
        root => view.tx.chain_after(room.id, root, after, limit)?,
    })
}

pub(super) fn share(row: Arc<Resolved>) -> SharedRow {
    Arc::new(Shared::new(row.message.id, row))
}
