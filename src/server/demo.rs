//! `make run DEMO=1`: three accounts and a conversation with some history, and two lines to try.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::chat::account::NewAccount;
use crate::chat::admission::{Caller, Members, Needs};
use crate::chat::message::{Draft, ReferenceId};
use crate::chat::room_creation::Wish;
use crate::chat::{AccountRefusal, Chat, Error};
use crate::model::{CookieKey, MessageId, Token, UserId};

const PEOPLE: [(&str, &str); 3] = [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol")];
const PASSWORD: &str = "demo";
const ROOM: &str = "Tea kitchen";
const HISTORY: [(&str, &str); 4] = [
    ("alice", "Good morning! The kettle is on."),
    ("bob", "Wonderful. Earl Grey for me, please."),
    ("carol", "@alice I am five minutes away, keep one warm."),
    ("alice", "@all there is cake, too."),
];

/// Makes what is missing and prints two lines: one waits, one writes.
pub async fn prepare(chat: &Arc<Chat>, address: SocketAddr) -> Result<(), Error> {
    let mut is_new = true;
    for (id, name) in PEOPLE {
        let account = NewAccount {
            id: id.to_owned(),
            password: PASSWORD.to_owned(),
            display_name: name.to_owned(),
            email: String::new(),
            language: String::new(),
            groups: Vec::new(),
        };
        match chat.create_user(account).await {
            Ok(_) => {}
            Err(Error::Account(AccountRefusal::UserExists)) => is_new = false,
            Err(error) => return Err(error),
        }
    }
    if !is_new {
        println!("demo: the accounts alice, bob and carol are there already");
        return Ok(());
    }
    let alice = caller(chat, "alice", address).await?;
    let creator = alice.user.clone().ok_or(Error::NotLoggedIn)?;
    let wish = Wish {
        kind: 2,
        name: ROOM.to_owned(),
        participants: vec![(
            "users".to_owned(),
            vec!["bob".to_owned(), "carol".to_owned()],
        )],
        ..Wish::default()
    };
    let created = chat.create_room(&creator, wish).await?;
    let token = created.token();
    let mut last = MessageId::NONE;
    for (author, text) in HISTORY {
        let author = caller(chat, author, address).await?;
        last = say(chat, &author, token, text).await?;
    }
    print_lines(address, token, last);
    Ok(())
}

async fn caller(chat: &Chat, id: &str, address: SocketAddr) -> Result<Caller, Error> {
    Ok(Caller {
        user: chat.user(&UserId(id.to_owned())).await?,
        cookie: CookieKey::random(),
        address: address.ip(),
    })
}

async fn say(
    chat: &Arc<Chat>,
    author: &Caller,
    token: &Token,
    text: &str,
) -> Result<MessageId, Error> {
    let at = chat
        .admit(author, token, Needs::of(Members::Participants))
        .await?;
    let draft = Draft {
        text: text.to_owned(),
        reply_to: MessageId::NONE,
        reference_id: ReferenceId::cut(""),
        silent: false,
        display_name: None,
    };
    Ok(chat.post_message(&at, draft).await?.message.id)
}

fn print_lines(address: SocketAddr, token: &Token, last: MessageId) {
    let url = format!("http://{address}/ocs/v2.php/apps/spreed/api/v1/chat/{token}");
    println!("demo: alice, bob and carol (password {PASSWORD}) share the conversation \"{ROOM}\"");
    println!("demo: one terminal waits:");
    println!(
        "  curl -s -u bob:{PASSWORD} -H 'OCS-APIRequest: true' -H 'Accept: application/json' \
         '{url}?lookIntoFuture=1&lastKnownMessageId={}&timeout=60'",
        last.0
    );
    println!("demo: another one writes:");
    println!(
        "  curl -s -u alice:{PASSWORD} -H 'OCS-APIRequest: true' -H 'Accept: application/json' \
         --data-urlencode 'message=Hello Bob' '{url}'"
    );
}
