//! Finding open conversations without an invitation. Source: conversations.md 3.2.

use std::sync::Arc;

use super::Chat;
use super::avatar::avatar_version;
use super::call::CallView;
use super::error::Error;
use super::lobby;
use super::room_view::{RoomView, Seen};
use super::transaction::View;
use crate::model::{RoomId, User, UserId};

// Quirk: open-rooms-limit.
/// Conversations that one search finds at most. Whoever misses one searches for more of its name.
const MAX_FOUND: usize = 500;
/// Conversations that one search looks at, at most.
const MAX_LOOKED_AT: usize = 20_000;
/// Conversations that are read at once.
const PAGE: u32 = 500;

impl Chat {
    /// Open conversations to which the account does not belong yet, by id, whose name contains `term`, whatever the
    /// case. At most 500, of the first 20,000 open ones.
    pub async fn open_rooms(&self, user: &User, term: &str) -> Result<Vec<RoomView>, Error> {
        let term = term.to_lowercase();
        loop {
            let (user, term) = (user.id.clone(), term.clone());
            let (found, due) = self.read(move |view| search(view, &user, &term)).await?;
            if due.is_empty() {
                return Ok(found);
            }
            self.open_due_lobbies(due).await?;
        }
    }
}

/// What is found, and which lobbies among it must be opened first.
fn search(
    view: &View<'_>,
    user: &UserId,
    term: &str,
) -> Result<(Vec<RoomView>, Vec<RoomId>), Error> {
    let policy = view.memory.policy();
    let (mut found, mut due) = (Vec::new(), Vec::new());
    let (mut after, mut looked_at) = (RoomId(0), 0);
    while found.len() < MAX_FOUND && looked_at < MAX_LOOKED_AT {
        let page = view.tx.open_rooms(user, after, PAGE)?;
        let Some((last, _)) = page.last() else {
            break;
        };
        after = last.id;
        looked_at += page.len();
        let fitting = page
            .into_iter()
            .filter(|(room, _)| room.name.to_lowercase().contains(term));
        for (room, pulse) in fitting.take(MAX_FOUND - found.len()) {
            if lobby::is_due(&room, view.now) {
                due.push(room.id);
            }
            found.push(RoomView {
                status: None,
                name: room.name.clone(),
                avatar_version: avatar_version(&room, None),
                display_name: room.name.clone(),
                call: CallView::outside(&room, &policy),
                room: Arc::new(room),
                pulse,
                seen: Seen::Preview,
            });
        }
    }
    Ok((found, due))
}
