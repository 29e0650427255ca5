//! What every store must do, told as tests that run against any of them.

mod credential;
mod thread;

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use super::{
    NewAttendee, NewMessage, NewRoom, Outcome, ReadJob, Reading, Store, StoreError, WriteJob,
    Writing,
};
use crate::model::bot::{Party, Place};
use crate::model::{
    Actor, Ballot, Ban, BanTarget, BannedKind, Body, Bot, BotEvent, BotEventKind, BotFeatures,
    BotId, BotSecret, BotState, DeliveryState, Listable, MessageId, NewUser, Poll, PollId,
    PollStatus, Role, RoomId, RoomKind, SystemMessage, Token, UserId,
};

/// Runs `work` on the store's writer and waits for its answer.
pub fn write<T: Send + 'static>(
    store: &dyn Store,
    work: impl FnOnce(&dyn Writing) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, answer) = mpsc::channel();
    store.write(Box::new(Job {
        work: Some(work),
        result: None,
        sender,
        log: None,
    }))?;
    answer.recv().map_err(|_| StoreError::Gone)?
}

/// Runs `work` on one of the store's readers and waits for its answer.
pub fn read<T: Send + 'static>(
    store: &dyn Store,
    work: impl FnOnce(&dyn Reading) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (sender, answer) = mpsc::channel();
    let job: ReadJob = Box::new(move |tx| {
        // A test that failed elsewhere needs no answer.
        let _ = sender.send(tx.and_then(work));
    });
    store.read(job)?;
    answer.recv().map_err(|_| StoreError::Gone)?
}

struct Job<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    sender: mpsc::Sender<Result<T, StoreError>>,
    log: Option<Arc<Mutex<Vec<&'static str>>>>,
}

impl<T, F> Job<T, F> {
    fn note(&self, step: &'static str) {
        if let Some(log) = &self.log {
            log.lock().unwrap().push(step);
        }
    }
}

impl<T: Send, F: FnOnce(&dyn Writing) -> Result<T, StoreError> + Send> WriteJob for Job<T, F> {
    fn run(&mut self, tx: &dyn Writing) -> Outcome {
        self.note("run");
        let result = self.work.take().unwrap()(tx);
        let outcome = if result.is_ok() {
            Outcome::Keep
        } else {
            Outcome::Undo
        };
        self.result = Some(result);
        outcome
    }

    fn committed(&mut self) {
        self.note("committed");
    }

    fn answer(&mut self, failure: Option<StoreError>) {
        self.note("answer");
        let result = match failure {
            Some(failure) => Err(failure),
            None => self.result.take().unwrap(),
        };
        let _ = self.sender.send(result);
    }

    fn wake(&mut self) {
        self.note("wake");
    }
}

fn user(id: &str) -> NewUser {
    NewUser {
        id: UserId(id.to_owned()),
        display_name: format!("{id} the first"),
        email: None,
        language: "en".to_owned(),
        password_hash: "secret".to_owned(),
    }
}

fn group_room(tx: &dyn Writing, name: &str) -> Result<RoomId, StoreError> {
    tx.insert_room(&NewRoom::plain(
        Token::random(),
        RoomKind::Group,
        name.to_owned(),
    ))
}

fn text(room: RoomId, text: &str) -> NewMessage {
    let alice = Actor::user(&UserId("alice".to_owned()));
    NewMessage {
        can_mention_all: true,
        ..NewMessage::text(room, alice, 1000, text.to_owned())
    }
}

/// All of the contract.
pub fn check(store: &dyn Store) {
    a_name_is_taken_in_any_case(store);
    a_refusing_job_leaves_nothing_behind(store);
    a_job_that_dies_is_answered_and_the_store_goes_on(store);
    the_steps_of_a_write_come_in_order(store);
    messages_stay_in_their_room_and_in_order(store);
    unread_counts_talk_only(store);
    ids_are_never_given_twice(store);
    credential::an_app_password_is_known_by_its_hash_and_never_numbered_twice(store);
    credential::an_ended_session_stays_ended_until_it_is_forgotten(store);
    markers_follow_their_rules(store);
    a_room_has_one_picture_and_takes_it_along(store);
    open_rooms_come_page_by_page(store);
    a_target_is_banned_once_in_each_room(store);
    what_bots_are_told_waits_in_line_for_each(store);
    a_voter_has_one_ballot_and_a_poll_takes_it_along(store);
    a_deleted_room_takes_everything_along(store);
    thread::a_room_knows_its_threads_and_its_newest_pin(store);
    thread::a_chain_is_read_from_both_ends(store);
}

fn a_name_is_taken_in_any_case(store: &dyn Store) {
    write(store, |tx| tx.insert_user(&user("Alice"), 1)).unwrap();
    let again = write(store, |tx| tx.insert_user(&user("aLICE"), 1));
    assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
    let found = read(store, |tx| tx.find_user("ALICE")).unwrap().unwrap();
    assert_eq!(found.id.as_str(), "Alice", "the case of creation is kept");
    assert!(!found.is_admin);
}

fn a_refusing_job_leaves_nothing_behind(store: &dyn Store) {
    let refused: Result<(), _> = write(store, |tx| {
        tx.insert_user(&user("ghost"), 1)?;
        Err(StoreError::Taken)
    });
    assert!(refused.is_err());
    assert!(read(store, |tx| tx.find_user("ghost")).unwrap().is_none());
}

fn a_job_that_dies_is_answered_and_the_store_goes_on(store: &dyn Store) {
    let died: Result<(), _> = write(store, |tx| {
        tx.insert_user(&user("ghost"), 1)?;
        panic!("a bug in a rule");
    });
    assert!(matches!(died, Err(StoreError::Gone)), "{died:?}");
    assert!(read(store, |tx| tx.find_user("ghost")).unwrap().is_none());
    let died: Result<(), _> = read(store, |_| panic!("a bug in a look-up"));
    assert!(died.is_err());
    assert!(read(store, |tx| tx.find_user("alice")).unwrap().is_some());
}

fn the_steps_of_a_write_come_in_order(store: &dyn Store) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (sender, answer) = mpsc::channel();
    let job = Job {
        work: Some(|tx: &dyn Writing| tx.set_setting("a", "b")),
        result: None,
        sender,
        log: Some(Arc::clone(&log)),
    };
    store.write(Box::new(job)).unwrap();
    answer.recv().unwrap().unwrap();
    // The next job begins after the last step of this one.
    write(store, |tx| tx.set_setting("a", "c")).unwrap();
    assert_eq!(*log.lock().unwrap(), ["run", "committed", "answer", "wake"]);
}

fn messages_stay_in_their_room_and_in_order(store: &dyn Store) {
    let (one, ids) = write(store, |tx| {
        let (one, two) = (group_room(tx, "one")?, group_room(tx, "two")?);
        let mut ids = Vec::new();
        for number in 0..5 {
            ids.push(tx.insert_message(&text(one, &number.to_string()))?);
            tx.insert_message(&text(two, "elsewhere"))?;
        }
        Ok((one, ids))
    })
    .unwrap();
    let list = |messages: Vec<crate::model::Message>| -> Vec<MessageId> {
        messages.iter().map(|message| message.id).collect()
    };
    let after = read(store, move |tx| tx.messages_after(one, MessageId(-2), 3)).unwrap();
    assert_eq!(list(after), ids[..3]);
    let first = ids[1];
    let after = read(store, move |tx| tx.messages_after(one, first, 9)).unwrap();
    assert_eq!(list(after), ids[2..]);
    let before = read(store, move |tx| tx.messages_before(one, MessageId::MAX, 2)).unwrap();
    assert_eq!(list(before), [ids[4], ids[3]]);
    let newest = read(store, move |tx| tx.newest_message(one)).unwrap();
    assert_eq!(newest, ids[4]);
    let wanted = ids[2];
    let room = read(store, move |tx| tx.room_of_message(wanted)).unwrap();
    assert_eq!(room, Some(one));
}

fn unread_counts_talk_only(store: &dyn Store) {
    let (room, first, second) = write(store, |tx| {
        let room = group_room(tx, "count")?;
        let mut system = text(room, "");
        system.body = Body::System(SystemMessage::ConversationCreated);
        tx.insert_message(&system)?;
        let first = tx.insert_message(&text(room, "one"))?;
        let second = tx.insert_message(&text(room, "two"))?;
        tx.insert_message(&system)?;
        Ok((room, first, second))
    })
    .unwrap();
    for (marker, expected) in [
        (MessageId::NOTHING_READ, 2),
        (first, 1),
        (second, 0),
        (MessageId(i64::MAX), 0),
    ] {
        let unread = read(store, move |tx| tx.count_unread(room, marker)).unwrap();
        assert_eq!(unread, expected, "{marker:?}");
    }
    let earlier = read(store, move |tx| tx.chat_message_before(room, second)).unwrap();
    assert_eq!(earlier, Some(first));
}

fn ids_are_never_given_twice(store: &dyn Store) {
    let (room, last) = write(store, |tx| {
        let room = group_room(tx, "short-lived")?;
        let last = tx.insert_message(&text(room, "last words"))?;
        Ok((room, last))
    })
    .unwrap();
    let (next_room, next) = write(store, move |tx| {
        tx.delete_room(room)?;
        let room = group_room(tx, "successor")?;
        Ok((room, tx.insert_message(&text(room, "first words"))?))
    })
    .unwrap();
    assert!(last < next, "{last:?} {next:?}");
    assert!(room < next_room);
}

fn markers_follow_their_rules(store: &dyn Store) {
    let (room, alice) = write(store, |tx| {
        let room = group_room(tx, "markers")?;
        let seat = |id: &str, read_private, last_read| NewAttendee {
            room,
            actor: Actor::user(&UserId(id.to_owned())),
            role: Role::User,
            display_name: id.to_owned(),
            read_private,
            favorite: false,
            last_read: MessageId(last_read),
        };
        let alice = tx.insert_attendee(&seat("alice", false, 7))?;
        tx.insert_attendee(&seat("bob", true, 1))?;
        let taken = tx.insert_attendee(&seat("alice", false, 7));
        assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
        Ok((room, alice))
    })
    .unwrap();
    let common = |store| read(store, move |tx| tx.common_read(room)).unwrap();
    assert_eq!(common(store), MessageId(7), "private readers do not count");
    write(store, move |tx| tx.raise_last_read(alice, MessageId(5))).unwrap();
    assert_eq!(common(store), MessageId(7), "raising never goes back");
    write(store, move |tx| tx.set_last_read(alice, MessageId(-2))).unwrap();
    assert_eq!(common(store), MessageId(-2));
}

fn a_room_has_one_picture_and_takes_it_along(store: &dyn Store) {
    let (tea, other) = write(store, |tx| {
        let (tea, other) = (group_room(tx, "tea")?, group_room(tx, "other")?);
        tx.put_picture(tea, b"first")?;
        tx.put_picture(tea, b"second")?;
        tx.put_picture(other, b"other")?;
        Ok((tea, other))
    })
    .unwrap();
    let both = |store| read(store, move |tx| Ok((tx.picture(tea)?, tx.picture(other)?))).unwrap();
    let kept = Some(b"other".to_vec());
    assert_eq!(both(store), (Some(b"second".to_vec()), kept.clone()));
    write(store, move |tx| tx.delete_picture(tea)).unwrap();
    assert_eq!(both(store), (None, kept));
    write(store, move |tx| tx.delete_room(other)).unwrap();
    assert_eq!(both(store), (None, None));
}

fn open_rooms_come_page_by_page(store: &dyn Store) {
    let dora = UserId("dora".to_owned());
    let open = {
        let dora = Actor::user(&dora);
        write(store, move |tx| {
            let mut open = Vec::new();
            for name in ["one", "two", "three", "joined"] {
                let mut room = NewRoom::plain(Token::random(), RoomKind::Group, name.to_owned());
                room.listable = Listable::Users;
                open.push(tx.insert_room(&room)?);
                group_room(tx, "closed")?;
            }
            tx.insert_attendee(&NewAttendee {
                room: open[3],
                actor: dora,
                role: Role::User,
                display_name: String::new(),
                read_private: false,
                favorite: false,
                last_read: MessageId::NONE,
            })?;
            Ok(open)
        })
        .unwrap()
    };
    let page = |after, limit| {
        let dora = dora.clone();
        let found = read(store, move |tx| tx.open_rooms(&dora, after, limit)).unwrap();
        let ids: Vec<RoomId> = found.into_iter().map(|(room, _)| room.id).collect();
        ids
    };
    assert_eq!(page(RoomId(0), 2), open[..2]);
    assert_eq!(page(open[1], 2), open[2..3]);
    assert_eq!(page(open[2], 2), []);
}

fn a_target_is_banned_once_in_each_room(store: &dyn Store) {
    let ban = |room, id: &str| Ban {
        id: 0,
        room,
        moderator: Actor::guest("ff"),
        moderator_name: String::new(),
        banned: BanTarget {
            kind: BannedKind::Users,
            id: id.to_owned(),
        },
        banned_name: id.to_owned(),
        banned_at: 1000,
        note: "rude".to_owned(),
    };
    let (room, stored) = write(store, move |tx| {
        let (room, other) = (group_room(tx, "bans")?, group_room(tx, "other")?);
        let stored = tx.insert_ban(ban(room, "eve"))?;
        tx.insert_ban(ban(other, "eve"))?;
        let taken = tx.insert_ban(ban(room, "eve"));
        assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
        // A number of another room means nothing.
        tx.delete_ban(other, stored.id)?;
        tx.rename_in_bans("eve", "Eve")?;
        Ok((room, stored))
    })
    .unwrap();
    let renamed = Ban {
        banned_name: "Eve".to_owned(),
        ..stored.clone()
    };
    assert_eq!(read(store, move |tx| tx.bans(room)).unwrap(), [renamed]);
    let left = write(store, move |tx| {
        tx.delete_ban(room, stored.id)?;
        Ok((tx.has_bans(room)?, tx.find_ban(room, &stored.banned)?))
    });
    assert_eq!(left.unwrap(), (false, None));
}

fn what_bots_are_told_waits_in_line_for_each(store: &dyn Store) {
    let bot = |number: &str| Bot {
        id: BotId(0),
        name: "Kettle".to_owned(),
        url: format!("http://bot.example/{number}"),
        url_hash: number.to_owned(),
        description: String::new(),
        secret: BotSecret(number.to_owned()),
        state: BotState::Enabled,
        features: BotFeatures::USUAL,
        error_count: 0,
        last_error_at: 0,
        last_error: String::new(),
    };
    let event = |name: &str| BotEvent {
        kind: BotEventKind::Join,
        actor: Party {
            kind: "Application",
            id: "bots/bot-1".to_owned(),
            name: name.to_owned(),
        },
        target: Place {
            token: "abcd".to_owned(),
            name: "Tea".to_owned(),
        },
    };
    let (room, one, two) = write(store, move |tx| {
        let room = group_room(tx, "bots")?;
        let (one, two) = (tx.insert_bot(bot("1"))?, tx.insert_bot(bot("2"))?);
        let taken = tx.insert_bot(bot("1"));
        assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
        tx.enable_bot(two.id, room)?;
        let again = tx.enable_bot(two.id, room);
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        tx.queue_delivery(&[one.id, two.id], &event("first"), 1000)?;
        tx.queue_delivery(&[two.id], &event("second"), 1001)?;
        tx.queue_delivery(&[two.id], &event("third"), 1002)?;
        let first = tx.next_in_line(two.id)?.unwrap();
        assert!(first.body.contains("first"), "{}", first.body);
        tx.settle_delivery(first.id, DeliveryState::Done, 1, 1003, "")?;
        let second = tx.next_in_line(two.id)?.unwrap();
        tx.settle_delivery(second.id, DeliveryState::Aside, 3, 2000, "busy")?;
        Ok((room, one.id, two))
    })
    .unwrap();
    assert_eq!(
        read(store, move |tx| tx.bots_in(room)).unwrap(),
        std::slice::from_ref(&two)
    );
    let two = two.id;
    let (line, aside, other) = read(store, move |tx| {
        Ok((
            tx.next_in_line(two)?,
            tx.next_aside(two)?,
            tx.next_in_line(one)?,
        ))
    })
    .unwrap();
    assert!(line.unwrap().body.contains("third"));
    assert_eq!(aside.unwrap().next_attempt_at, 2000);
    assert!(other.unwrap().body.contains("first"));
    let states = write(store, move |tx| {
        tx.give_up_deliveries(two, 1, "too much")?;
        tx.forget_deliveries(two, 1001, 10)?;
        let log = tx.delivery_log(Some(two), 10)?.into_iter();
        Ok(log.map(|one| (one.state, one.reason)).collect::<Vec<_>>())
    });
    let expected = [
        (DeliveryState::InLine, String::new()),
        (DeliveryState::GivenUp, "too much".to_owned()),
    ];
    assert_eq!(states.unwrap(), expected);
    let left = write(store, move |tx| {
        tx.delete_bot(two)?;
        Ok((tx.delivery_log(None, 10)?.len(), tx.bots_in(room)?.len()))
    });
    assert_eq!(left.unwrap(), (1, 0));
}

fn a_voter_has_one_ballot_and_a_poll_takes_it_along(store: &dyn Store) {
    let poll = |room| Poll {
        id: PollId(0),
        room,
        author: Actor::user(&UserId("paula".to_owned())),
        author_name: "Paula".to_owned(),
        question: "Tea?".to_owned(),
        options: vec!["yes \"please\"".to_owned(), " ".to_owned()],
        status: PollStatus::Draft,
        hidden: true,
        max_votes: 1,
        closing: None,
    };
    let ballot = |options: &[usize]| Ballot {
        voter: Actor::user(&UserId("paula".to_owned())),
        voter_name: "Paula".to_owned(),
        options: options.to_vec(),
    };
    let (room, stored) = write(store, move |tx| {
        let (room, other) = (group_room(tx, "polls")?, group_room(tx, "other")?);
        let stored = tx.insert_poll(poll(room))?;
        assert_eq!(tx.find_poll(room, stored.id)?, Some(stored.clone()));
        assert_eq!(tx.find_poll(other, stored.id)?, None);
        assert_eq!(tx.poll_drafts(room)?[0].id, stored.id);
        let open = Poll {
            status: PollStatus::Closed,
            closing: Some(MessageId(7)),
            options: vec!["no".to_owned()],
            ..stored
        };
        tx.update_poll(&open)?;
        assert_eq!(tx.find_poll(room, open.id)?, Some(open.clone()));
        assert_eq!(tx.poll_drafts(room)?, []);
        tx.put_ballot(open.id, &ballot(&[0]))?;
        tx.put_ballot(open.id, &ballot(&[1, 0]))?;
        assert_eq!(tx.ballots(open.id)?, [ballot(&[1, 0])]);
        tx.insert_user(&user("paula"), 1)?;
        Ok((room, open))
    })
    .unwrap();
    let left = write(store, move |tx| {
        let paula = tx.find_user("paula")?.expect("she was made");
        tx.rename_in_polls(&stored.author, "Paula B")?;
        let renamed = tx.ballots(stored.id)?;
        assert_eq!(renamed[0].voter_name, "Paula B");
        tx.forget_in_polls(&paula)?;
        tx.delete_ballot(stored.id, &stored.author)?;
        let forgotten = tx.ballots(stored.id)?;
        assert_eq!(forgotten.len(), 1, "it is nobody's any more");
        assert_eq!(forgotten[0].voter_name, "");
        tx.delete_polls(room)?;
        Ok((tx.find_poll(room, stored.id)?, tx.ballots(stored.id)?))
    });
    assert_eq!(left.unwrap(), (None, Vec::new()));
}

fn a_deleted_room_takes_everything_along(store: &dyn Store) {
    let (room, message, attendee) = write(store, |tx| {
        let room = group_room(tx, "doomed")?;
        let message = tx.insert_message(&text(room, "gone soon"))?;
        let attendee = tx.insert_attendee(&NewAttendee {
            room,
            actor: Actor::guest("ff"),
            role: Role::Guest,
            display_name: String::new(),
            read_private: false,
            favorite: false,
            last_read: message,
        })?;
        tx.delete_room(room)?;
        Ok((room, message, attendee))
    })
    .unwrap();
    let left = read(store, move |tx| {
        Ok((
            tx.find_room_by_id(room)?.is_some(),
            tx.find_message(room, message)?.is_some(),
            tx.find_attendee_by_id(attendee)?.is_some(),
        ))
    })
    .unwrap();
    assert_eq!(left, (false, false, false));
}
