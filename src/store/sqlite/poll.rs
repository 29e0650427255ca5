//! SQL of polls.

use rusqlite::{Row, named_params};

use super::tx::{Tx, known};
use crate::model::{Actor, ActorKind, Ballot, MessageId, Poll, PollId, PollStatus, RoomId, User};
use crate::store::{PollsRead, PollsWrite, StoreError};

/// The columns that `read_poll` reads, in its order.
macro_rules! select_poll {
    ($rest:literal) => {
        concat!(
            "select id, room_id, author_type, author_id, author_name, question, options, status, hidden,
               max_votes, closing_id
             from poll ",
            $rest
        )
    };
}

fn read_poll(row: &Row<'_>) -> Result<Poll, StoreError> {
    let kind: String = row.get(2)?;
    let options: String = row.get(6)?;
    let status: i64 = row.get(7)?;
    Ok(Poll {
        id: PollId(row.get(0)?),
        room: RoomId(row.get(1)?),
        author: Actor {
            kind: known("poll.author_type", ActorKind::from_wire(&kind), &kind)?,
            id: row.get(3)?,
        },
        author_name: row.get(4)?,
        question: row.get(5)?,
        options: known(
            "poll.options",
            serde_json::from_str(&options).ok(),
            &options,
        )?,
        status: known("poll.status", PollStatus::from_wire(status), status)?,
        hidden: row.get(8)?,
        max_votes: row.get(9)?,
        closing: Some(MessageId(row.get(10)?)).filter(|id| *id != MessageId::NONE),
    })
}

fn read_ballot(row: &Row<'_>) -> Result<Ballot, StoreError> {
    let kind: String = row.get(0)?;
    let options: String = row.get(3)?;
    Ok(Ballot {
        voter: Actor {
            kind: known("poll_vote.voter_type", ActorKind::from_wire(&kind), &kind)?,
            id: row.get(1)?,
        },
        voter_name: row.get(2)?,
        options: known(
            "poll_vote.options",
            serde_json::from_str(&options).ok(),
            &options,
        )?,
    })
}

fn list<T: serde::Serialize>(entries: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(entries).map_err(|error| StoreError::Database(error.to_string()))
}

impl PollsRead for Tx<'_> {
    fn find_poll(&self, room: RoomId, id: PollId) -> Result<Option<Poll>, StoreError> {
        self.find(
            select_poll!("where id = :id and room_id = :room"),
            named_params! { ":id": id.0, ":room": room.0 },
            read_poll,
        )
    }

    fn poll_drafts(&self, room: RoomId) -> Result<Vec<Poll>, StoreError> {
        self.list(
            select_poll!("where room_id = :room and status = 2 order by id"),
            named_params! { ":room": room.0 },
            read_poll,
        )
    }

    fn ballots(&self, poll: PollId) -> Result<Vec<Ballot>, StoreError> {
        self.list(
            "select voter_type, voter_id, voter_name, options
             from poll_vote
             where poll_id = :poll
             order by voter_type, voter_id",
            named_params! { ":poll": poll.0 },
            read_ballot,
        )
    }
}

impl PollsWrite for Tx<'_> {
    fn insert_poll(&self, poll: Poll) -> Result<Poll, StoreError> {
        self.execute(
            "insert into poll (room_id, author_type, author_id, author_name, question, options, status, hidden,
               max_votes, closing_id)
             values (:room, :author_type, :author_id, :author_name, :question, :options, :status, :hidden,
               :max_votes, :closing)",
            named_params! {
                ":room": poll.room.0,
                ":author_type": poll.author.kind.wire(),
                ":author_id": poll.author.id,
                ":author_name": poll.author_name,
                ":question": poll.question,
                ":options": list(&poll.options)?,
                ":status": poll.status.wire(),
                ":hidden": poll.hidden,
                ":max_votes": poll.max_votes,
                ":closing": poll.closing.unwrap_or(MessageId::NONE).0,
            },
        )?;
        Ok(Poll {
            id: PollId(self.0.last_insert_rowid()),
            ..poll
        })
    }

    fn update_poll(&self, poll: &Poll) -> Result<(), StoreError> {
        self.execute(
            "update poll
             set question = :question, options = :options, status = :status, hidden = :hidden,
               max_votes = :max_votes, closing_id = :closing
             where id = :id",
            named_params! {
                ":id": poll.id.0,
                ":question": poll.question,
                ":options": list(&poll.options)?,
                ":status": poll.status.wire(),
                ":hidden": poll.hidden,
                ":max_votes": poll.max_votes,
                ":closing": poll.closing.unwrap_or(MessageId::NONE).0,
            },
        )
    }

    fn delete_poll(&self, id: PollId) -> Result<(), StoreError> {
        self.execute(
            "delete from poll where id = :id",
            named_params! { ":id": id.0 },
        )
    }

    fn delete_polls(&self, room: RoomId) -> Result<(), StoreError> {
        self.execute(
            "delete from poll where room_id = :room",
            named_params! { ":room": room.0 },
        )
    }

    fn put_ballot(&self, poll: PollId, ballot: &Ballot) -> Result<(), StoreError> {
        self.execute(
            "insert into poll_vote (poll_id, voter_type, voter_id, voter_name, options)
             values (:poll, :type, :id, :name, :options)
             on conflict (poll_id, voter_type, voter_id)
               do update set voter_name = :name, options = :options",
            named_params! {
                ":poll": poll.0,
                ":type": ballot.voter.kind.wire(),
                ":id": ballot.voter.id,
                ":name": ballot.voter_name,
                ":options": list(&ballot.options)?,
            },
        )
    }

    fn delete_ballot(&self, poll: PollId, voter: &Actor) -> Result<(), StoreError> {
        self.execute(
            "delete from poll_vote
             where poll_id = :poll and voter_type = :type and voter_id = :id",
            named_params! { ":poll": poll.0, ":type": voter.kind.wire(), ":id": voter.id },
        )
    }

    fn rename_in_polls(&self, actor: &Actor, name: &str) -> Result<(), StoreError> {
        let params = named_params! { ":type": actor.kind.wire(), ":id": actor.id, ":name": name };
        self.execute(
            "update poll set author_name = :name where author_type = :type and author_id = :id",
            params,
        )?;
        self.execute(
            "update poll_vote set voter_name = :name where voter_type = :type and voter_id = :id",
            params,
        )
    }

    fn forget_in_polls(&self, user: &User) -> Result<(), StoreError> {
        let params = named_params! { ":id": user.id.as_str(), ":number": user.number.0 };
        self.execute(
            "update poll
             set author_id = '/' || :number, author_name = ''
             where author_type = 'users' and author_id = :id",
            params,
        )?;
        self.execute(
            "update poll_vote
             set voter_id = '/' || :number, voter_name = ''
             where voter_type = 'users' and voter_id = :id",
            params,
        )
    }
}
