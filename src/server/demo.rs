//! `make run DEMO=1`: three accounts, two conversations with some history, and lines to try.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::chat::account::NewAccount;
use crate::chat::admission::{Caller, Members, Needs};
use crate::chat::message::{Draft, ReferenceId};
use crate::chat::room_creation::Wish;
use crate::chat::room_view::ListRooms;
use crate::chat::{AccountRefusal, Chat, Error};
use crate::model::{CookieKey, MessageId, RoomKind, Token, UserId};

const PEOPLE: [(&str, &str); 3] = [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol")];
const PASSWORD: &str = "demo";
const ROOM: &str = "Tea kitchen";
const HISTORY: [(&str, &str); 4] = [
    ("alice", "Good morning! The kettle is on."),
    ("bob", "Wonderful. Earl Grey for me, please."),
    ("carol", "@alice I am five minutes away, keep one warm."),
    ("alice", "@all there is cake, too."),
];
/// The conversation that guests come into, and its password.
const OPEN_ROOM: &str = "Open house";
const OPEN_ROOM_PASSWORD: &str = "biscuits";

/// A conversation to try something in, and its newest message.
struct Place {
    token: Token,
    last: MessageId,
}

/// Makes what is missing and prints lines: members wait and write, a guest comes in and is banned.
pub async fn prepare(chat: &Arc<Chat>, address: SocketAddr) -> Result<(), Error> {
    for line in lines(chat, address).await? {
        println!("{line}");
    }
    Ok(())
}

async fn lines(chat: &Arc<Chat>, address: SocketAddr) -> Result<Vec<String>, Error> {
    if make_accounts(chat).await? {
        make_conversations(chat, address).await?;
    }
    let alice = caller(chat, "alice", address).await?;
    let mut lines = vec![format!(
        "demo: there are the accounts alice, bob and carol (password {PASSWORD})"
    )];
    if let Some(place) = find(chat, &alice, ROOM, RoomKind::Group).await? {
        lines.extend(lines_of_members(address, &place));
    }
    if let Some(place) = find(chat, &alice, OPEN_ROOM, RoomKind::Public).await? {
        lines.extend(lines_of_a_guest(address, &place));
    }
    Ok(lines)
}

/// Whether all of them are new.
async fn make_accounts(chat: &Arc<Chat>) -> Result<bool, Error> {
    let mut are_new = true;
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
            Err(Error::Account(AccountRefusal::UserExists)) => are_new = false,
            Err(error) => return Err(error),
        }
    }
    Ok(are_new)
}

async fn make_conversations(chat: &Arc<Chat>, address: SocketAddr) -> Result<(), Error> {
    let alice = caller(chat, "alice", address).await?;
    let creator = alice.user.clone().ok_or(Error::NotLoggedIn)?;
    let closed = Wish {
        kind: RoomKind::Group.wire(),
        name: ROOM.to_owned(),
        participants: vec![(
            "users".to_owned(),
            vec!["bob".to_owned(), "carol".to_owned()],
        )],
        ..Wish::default()
    };
    let created = chat.create_room(&creator, closed).await?;
    for (author, text) in HISTORY {
        let author = caller(chat, author, address).await?;
        say(chat, &author, created.token(), text).await?;
    }
    let open = Wish {
        kind: RoomKind::Public.wire(),
        name: OPEN_ROOM.to_owned(),
        password: OPEN_ROOM_PASSWORD.to_owned(),
        ..Wish::default()
    };
    let created = chat.create_room(&creator, open).await?;
    say(chat, &alice, created.token(), "Come in, whoever you are.").await
}

async fn caller(chat: &Chat, id: &str, address: SocketAddr) -> Result<Caller, Error> {
    Ok(Caller {
        user: chat.user(&UserId(id.to_owned())).await?,
        grounds: None,
        cookie: CookieKey::random(),
        address: address.ip(),
    })
}

async fn say(chat: &Arc<Chat>, author: &Caller, token: &Token, text: &str) -> Result<(), Error> {
    let at = chat
        .admit(author, token, Needs::of(Members::Participants))
        .await?;
    let draft = Draft {
        text: text.to_owned(),
        reply_to: MessageId::NONE,
        thread: MessageId::NONE,
        thread_title: String::new(),
        reference_id: ReferenceId::cut(""),
        silent: false,
        display_name: None,
    };
    chat.post_message(&at, draft).await?;
    Ok(())
}

/// One of alice's conversations; `None` if it was deleted, renamed or closed since the first start.
async fn find(
    chat: &Chat,
    alice: &Caller,
    name: &str,
    kind: RoomKind,
) -> Result<Option<Place>, Error> {
    if alice.user.is_none() {
        return Ok(None);
    }
    let all = ListRooms {
        modified_since: 0,
        with_last_message: false,
        include_status: false,
    };
    let (rooms, _) = chat.list_rooms(alice, all).await?;
    let room = rooms
        .into_iter()
        .find(|view| view.room.name == name && view.room.kind == kind);
    Ok(room.map(|view| Place {
        token: view.room.token.clone(),
        last: view.pulse.last_message,
    }))
}

fn lines_of_members(address: SocketAddr, place: &Place) -> [String; 4] {
    let chat = url(address, "v1/chat", place);
    [
        format!("demo: in \"{ROOM}\" one terminal waits:"),
        line(&format!(
            "-u bob:{PASSWORD} '{chat}?lookIntoFuture=1&lastKnownMessageId={}&timeout=60'",
            place.last.0
        )),
        "demo: another one writes:".to_owned(),
        line(&format!(
            "-u alice:{PASSWORD} --data-urlencode 'message=Hello Bob' '{chat}'"
        )),
    ]
}

/// In an order in which they can be typed.
fn lines_of_a_guest(address: SocketAddr, place: &Place) -> [String; 7] {
    let jar = "-b guest.jar -c guest.jar";
    let chat = url(address, "v1/chat", place);
    let room = url(address, "v4/room", place);
    let name = url(address, "v1/guest", place);
    let ban = url(address, "v1/ban", place);
    let newest = curl(&format!("{jar} '{chat}?lookIntoFuture=0&limit=1'"));
    let listed = curl(&format!("-u alice:{PASSWORD} '{room}/participants'"));
    [
        format!(
            "demo: a guest comes into \"{OPEN_ROOM}\" with its password, takes a name, writes and waits:"
        ),
        line(&format!(
            "{jar} -d password={OPEN_ROOM_PASSWORD} '{room}/participants/active'"
        )),
        line(&format!("{jar} -d displayName=Gus '{name}/name'")),
        line(&format!(
            "{jar} --data-urlencode 'message=Is there tea?' '{chat}'"
        )),
        line(&format!(
            "{jar} \"{chat}?lookIntoFuture=1&timeout=60&lastKnownMessageId=\
             $({newest} | grep -oE '\"id\":[0-9]+' | head -n 1 | tr -dc 0-9)\""
        )),
        "demo: alice bans the guest, whose wait ends with that, and who cannot come back:"
            .to_owned(),
        line(&format!(
            "-u alice:{PASSWORD} -d actorType=guests \
             -d actorId=$({listed} | grep -oE '[0-9a-f]{{40}}' | tail -n 1) '{ban}'"
        )),
    ]
}

fn url(address: SocketAddr, resource: &str, place: &Place) -> String {
    format!(
        "http://{address}/ocs/v2.php/apps/spreed/api/{resource}/{}",
        place.token
    )
}

fn curl(arguments: &str) -> String {
    format!("curl -s -H 'OCS-APIRequest: true' -H 'Accept: application/json' {arguments}")
}

fn line(arguments: &str) -> String {
    format!("  {}", curl(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::throwaway::{Throwaway, limits};

    #[tokio::test]
    async fn there_is_the_same_to_try_at_every_start() {
        let server = Throwaway::start(limits()).await.unwrap();

        let first = lines(&server.chat, server.address).await.unwrap();
        let again = lines(&server.chat, server.address).await.unwrap();

        let to_try = first.iter().filter(|line| line.starts_with("  curl"));
        assert_eq!(to_try.count(), 7);
        assert_eq!(again, first);
    }
}
