//! A data directory in which much has happened: thousands of accounts, their groups, many conversations. The domain itself
//! makes it, in this process and before the server starts: over HTTP, hashing the passwords alone would take minutes.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::task::JoinSet;

use chinwag::chat::account::NewAccount;
use chinwag::chat::admission::{Caller, Members, Needs};
use chinwag::chat::message::{Draft, ReferenceId};
use chinwag::chat::poll::{Asked, NewPoll};
use chinwag::chat::room_creation::Wish;
use chinwag::chat::{self, Chat, Clock};
use chinwag::model::{Actor, Ballot, CookieKey, MessageId, Token, UserId};
use chinwag::server::throwaway::{self, Letters};
use chinwag::store::sqlite::Durability;

use crate::api::Account;
use crate::error::Error;

/// Of all accounts.
pub const PASSWORD: &str = "Kettle-0n-The-St0ve";
/// Accounts that are being made at the same time.
const AT_ONCE: usize = 64;
/// Messages in a room of its own size: a full page and more, so that pages are alike.
const CHAT: usize = 120;
/// Members of the groups that a list has, its owner not counted.
const FRIENDS: usize = 5;

/// What there shall be.
pub struct Plan {
    /// Sizes of groups of accounts; the first accounts are in all of them.
    pub groups: Vec<usize>,
    /// Sizes of conversations; each must be one of the groups.
    pub rooms: Vec<usize>,
    /// For each number an account with as many conversations.
    pub lists: Vec<usize>,
}

/// A directory for a server to start on.
pub struct Town {
    pub directory: TempDir,
    /// The conversations of the plan, in its order: how many members they have besides `mayor`, and their token.
    pub rooms: Vec<(usize, String)>,
    /// In each of them one in which all members have voted.
    polls: Vec<u64>,
    /// Owns these conversations.
    pub mayor: Account,
    /// An ordinary member of all of them.
    pub member: Account,
    /// The accounts of the plan's lists, in its order: how many conversations they have.
    pub lists: Vec<(usize, Account)>,
}

/// The id of the group of this size.
pub fn group(size: usize) -> String {
    format!("crowd-{size}")
}

impl Town {
    /// Builds it.
    pub async fn build(plan: &Plan) -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let chat = open(directory.path()).await?;
        let built = settle(&chat, plan).await;
        chat.close().await;
        let (rooms, polls, lists) =
            built.map_err(|error| Error::Unexpected(format!("no town: {error}")))?;
        Ok(Self {
            directory,
            rooms,
            polls,
            mayor: Account::new("mayor", PASSWORD),
            member: Account::new(&person(0), PASSWORD),
            lists,
        })
    }

    /// The token of the conversation with so many members.
    pub fn token(&self, size: usize) -> &str {
        let found = self.rooms.iter().find(|(members, _)| *members == size);
        found.map_or("", |(_, token)| token)
    }

    /// The poll of the conversation with so many members.
    pub fn poll(&self, size: usize) -> u64 {
        let index = self.rooms.iter().position(|(members, _)| *members == size);
        index.map_or(0, |index| self.polls[index])
    }
}

type Built = (Vec<(usize, String)>, Vec<u64>, Vec<(usize, Account)>);

/// The domain over a directory, in this process.
pub async fn open(directory: &Path) -> Result<Arc<Chat>, Error> {
    let chat = chinwag::server::open_chat(
        directory,
        Durability::Off,
        2,
        Clock::system(),
        throwaway::limits(),
        Arc::new(Letters::default()),
    );
    chat.await
        .map_err(|error| Error::Unexpected(format!("no data directory: {error}")))
}

async fn settle(chat: &Arc<Chat>, plan: &Plan) -> Result<Built, chat::Error> {
    for size in &plan.groups {
        chat.create_group(&group(*size), "").await?;
    }
    let mayor = move_in(chat, "mayor".to_owned(), Vec::new()).await?;
    let population = plan.groups.iter().copied().max().unwrap_or(0);
    let mut moving = JoinSet::new();
    for number in 0..population {
        let groups = plan.groups.iter().filter(|size| number < **size);
        let groups = groups.map(|size| group(*size)).collect();
        let chat = Arc::clone(chat);
        moving.spawn(async move { move_in(&chat, person(number), groups).await.map(drop) });
        if moving.len() >= AT_ONCE {
            finish_one(&mut moving).await?;
        }
    }
    while !moving.is_empty() {
        finish_one(&mut moving).await?;
    }

    let mut rooms = Vec::new();
    let mut polls = Vec::new();
    for size in &plan.rooms {
        let invited = vec![("groups".to_owned(), vec![group(*size)])];
        let token = found(chat, &mayor, 2, &format!("room-{size}"), invited).await?;
        let author = caller(chat, &person(0)).await?;
        for _ in 0..CHAT {
            say(chat, &author, &token, "the kettle is on").await?;
        }
        polls.push(all_vote(chat, &author, &token, *size).await?);
        rooms.push((*size, token.as_str().to_owned()));
    }

    let mut lists = Vec::new();
    for size in &plan.lists {
        let name = format!("owner-{size}");
        let owner = move_in(chat, name.clone(), Vec::new()).await?;
        // The server adds one more, the note to self.
        for number in 0..size.saturating_sub(1) {
            fill_list(chat, &owner, &name, number, population).await?;
        }
        lists.push((*size, Account::new(&name, PASSWORD)));
    }
    Ok((rooms, polls, lists))
}

async fn finish_one(moving: &mut JoinSet<Result<(), chat::Error>>) -> Result<(), chat::Error> {
    match moving.join_next().await {
        Some(Ok(moved)) => moved,
        // A task that died has said so.
        Some(Err(_)) | None => Err(chat::Error::NotLoggedIn),
    }
}

/// Every second conversation is a one-to-one; all have unread messages, some a mention.
async fn fill_list(
    chat: &Arc<Chat>,
    owner: &Caller,
    name: &str,
    number: usize,
    population: usize,
) -> Result<(), chat::Error> {
    let neighbour = |offset: usize| person((number + offset) % population);
    let token = if number.is_multiple_of(2) {
        let user = owner.user.as_ref().ok_or(chat::Error::NotLoggedIn)?;
        let wish = Wish {
            kind: 1,
            invite: neighbour(0),
            ..Wish::default()
        };
        let token = chat.create_room(user, wish).await?.token().clone();
        // The other one is there with the first message.
        say(chat, owner, &token, "come in").await?;
        token
    } else {
        let friends = (0..FRIENDS).map(neighbour).collect();
        let invited = vec![("users".to_owned(), friends)];
        found(chat, owner, 2, &format!("group-{number}"), invited).await?
    };
    let author = caller(chat, &neighbour(0)).await?;
    for _ in 0..number % 8 {
        say(chat, &author, &token, "the kettle is on").await?;
    }
    let last = match number % 4 {
        1 => format!("the kettle is on, @\"{name}\""),
        _ => "there is cake, too".to_owned(),
    };
    say(chat, &author, &token, &last).await
}

fn person(number: usize) -> String {
    format!("person-{number:05}")
}

/// Makes an account.
pub async fn move_in(chat: &Chat, id: String, groups: Vec<String>) -> Result<Caller, chat::Error> {
    let account = NewAccount {
        id: id.clone(),
        password: PASSWORD.to_owned(),
        display_name: format!("{id} of the town"),
        email: String::new(),
        language: String::new(),
        groups,
    };
    chat.create_user(account).await?;
    caller(chat, &id).await
}

/// The account in a browser of its own.
pub async fn caller(chat: &Chat, id: &str) -> Result<Caller, chat::Error> {
    Ok(Caller {
        user: chat.user(&UserId(id.to_owned())).await?,
        grounds: None,
        cookie: CookieKey::random(),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    })
}

/// Makes a conversation; its token.
pub async fn found(
    chat: &Arc<Chat>,
    owner: &Caller,
    kind: i64,
    name: &str,
    participants: Vec<(String, Vec<String>)>,
) -> Result<Token, chat::Error> {
    let user = owner.user.as_ref().ok_or(chat::Error::NotLoggedIn)?;
    let wish = Wish {
        kind,
        name: name.to_owned(),
        participants,
        ..Wish::default()
    };
    Ok(chat.create_room(user, wish).await?.token().clone())
}

/// A poll in which so many have voted; its id.
async fn all_vote(
    chat: &Arc<Chat>,
    author: &Caller,
    token: &Token,
    voters: usize,
) -> Result<u64, chat::Error> {
    let needs = Needs::of(Members::Participants);
    let at = chat.admit(author, token, needs).await?;
    let new = NewPoll {
        question: "Tea?".to_owned(),
        options: Some(vec!["yes".to_owned(), "no".to_owned()]),
        result_mode: 0,
        max_votes: 1,
    };
    let poll = chat.create_poll(&at, new, Asked::Now).await?.sheet.poll.id;
    let voting = chat.write(move |act| {
        for number in 0..voters {
            let ballot = Ballot {
                voter: Actor::user(&UserId(person(number))),
                voter_name: format!("{} of the town", person(number)),
                options: vec![number % 2],
            };
            act.tx.put_ballot(poll, &ballot)?;
        }
        Ok(())
    });
    voting.await?;
    Ok(poll.0.unsigned_abs())
}

/// Posts a message.
pub async fn say(
    chat: &Arc<Chat>,
    author: &Caller,
    token: &Token,
    text: &str,
) -> Result<(), chat::Error> {
    let needs = Needs::of(Members::Participants);
    let at = chat.admit(author, token, needs).await?;
    let draft = Draft {
        text: text.to_owned(),
        reply_to: MessageId::NONE,
        thread: MessageId::NONE,
        thread_title: String::new(),
        reference_id: ReferenceId::cut(""),
        silent: false,
        display_name: None,
    };
    chat.post_message(&at, draft).await.map(drop)
}
