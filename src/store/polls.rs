//! Polls: the store's contract.

use super::StoreError;
use crate::model::{Actor, Ballot, Poll, PollId, RoomId, User};

/// Reading polls.
pub trait PollsRead {
    fn find_poll(&self, room: RoomId, id: PollId) -> Result<Option<Poll>, StoreError>;
    /// The drafts of a room, by id.
    fn poll_drafts(&self, room: RoomId) -> Result<Vec<Poll>, StoreError>;
    /// Who chose what.
    fn ballots(&self, poll: PollId) -> Result<Vec<Ballot>, StoreError>;
}

/// Writing polls.
pub trait PollsWrite {
    /// The poll with its id.
    fn insert_poll(&self, poll: Poll) -> Result<Poll, StoreError>;
    /// Everything but room and author.
    fn update_poll(&self, poll: &Poll) -> Result<(), StoreError>;
    /// With its ballots.
    fn delete_poll(&self, id: PollId) -> Result<(), StoreError>;
    /// All polls of a room, with their ballots.
    fn delete_polls(&self, room: RoomId) -> Result<(), StoreError>;
    /// Replaces what the voter chose before.
    fn put_ballot(&self, poll: PollId, ballot: &Ballot) -> Result<(), StoreError>;
    /// Nothing happens if there is none.
    fn delete_ballot(&self, poll: PollId, voter: &Actor) -> Result<(), StoreError>;
    /// Their polls and ballots show the new name.
    fn rename_in_polls(&self, actor: &Actor, name: &str) -> Result<(), StoreError>;
    /// Takes an account's name off its polls and ballots, which go on to count.
    fn forget_in_polls(&self, user: &User) -> Result<(), StoreError>;
}
