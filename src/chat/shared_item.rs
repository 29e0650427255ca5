//! What was shared into a room, by kind. Source: chat-extras.md 8.
//!
//! Deleted and expired messages are no items. Without files there are only shared objects.

use std::sync::Arc;

use super::Chat;
use super::admission::Participation;
use super::error::Error;
use super::resolved::{Resolved, Resolver};
use crate::model::{MessageId, SharedKind};

/// Items of one kind, newest first.
pub type SharedItems = Vec<Arc<Resolved>>;

impl Chat {
    /// The newest items of a kind below `before`, at most `limit`; `MessageId::NONE`: from the newest on.
    pub async fn shared_items(
        &self,
        at: &Participation,
        kind: SharedKind,
        before: MessageId,
        limit: u32,
    ) -> Result<SharedItems, Error> {
        let room = Arc::clone(at.room());
        let before = match before <= MessageId::NONE {
            true => MessageId::MAX,
            false => before,
        };
        self.read(move |view| {
            let rows = view
                .tx
                .shared_before(room.id, kind, before, view.now, limit)?;
            let mut resolver = Resolver::new(view, &room)?;
            rows.into_iter()
                .map(|row| resolver.resolve_alone(row))
                .collect()
        })
        .await
    }

    /// The newest items of each kind.
    pub async fn shared_overview(
        &self,
        at: &Participation,
        limit: u32,
    ) -> Result<Vec<(SharedKind, SharedItems)>, Error> {
        let room = Arc::clone(at.room());
        self.read(move |view| {
            let mut resolver = Resolver::new(view, &room)?;
            let mut all = Vec::new();
            for kind in SharedKind::ALL {
                let before = MessageId::MAX;
                let rows = view
                    .tx
                    .shared_before(room.id, kind, before, view.now, limit)?;
                let items: Result<_, _> = rows
                    .into_iter()
                    .map(|row| resolver.resolve_alone(row))
                    .collect();
                all.push((kind, items?));
            }
            Ok(all)
        })
        .await
    }
}
