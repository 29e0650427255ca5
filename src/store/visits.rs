//! What browsers keep in rooms: the store's contract.

use super::StoreError;
use crate::model::{CookieKey, RoomId, Visit};

/// Reading visits.
pub trait VisitsRead {
    /// What this browser keeps in this room; empty if nothing.
    fn visit(&self, room: RoomId, cookie: CookieKey) -> Result<Visit, StoreError>;
}

/// Writing visits.
pub trait VisitsWrite {
    /// Sets all of it; `at` in unix seconds.
    fn set_visit(
        &self,
        room: RoomId,
        cookie: CookieKey,
        visit: &Visit,
        at: i64,
    ) -> Result<(), StoreError>;
    /// Forgets visits before `before` of browsers that have no session in the room.
    fn delete_visits_before(&self, before: i64) -> Result<(), StoreError>;
}
