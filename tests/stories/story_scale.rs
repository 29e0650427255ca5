//! Large conversations: nothing is lost, and nothing is done by halves. How fast they are, the bench says.

use std::collections::HashSet;
use std::net::TcpStream;
use std::time::Duration;

use crate::support::rooms::room_part;
use crate::support::{Actor, TestServer, chat};
use chinwag::chat::{Error, membership};
use chinwag::model::{
    Actor as Who, Group, MessageId, NewUser, NoticeKind, NotificationLevel, Token, UserId,
};
use chinwag::store::Telling;
use serde_json::{Value, json};

/// A group of so many accounts that never log in, made without a request for each; their ids.
async fn crowd(server: &TestServer, id: &str, size: usize) -> HashSet<String> {
    let people: HashSet<String> = (0..size).map(|n| format!("{id}-{n:05}")).collect();
    let group = Group {
        id: id.to_owned(),
        display_name: id.to_owned(),
    };
    let members = people.clone();
    let made = server.chat().write(move |act| {
        act.tx.insert_group(&group)?;
        for id in members {
            let user = NewUser {
                display_name: format!("{id}-displayname"),
                id: UserId(id),
                email: None,
                language: "en".to_owned(),
                password_hash: String::new(),
            };
            let number = act.tx.insert_user(&user, act.now)?;
            act.tx.add_member(&group.id, number)?;
        }
        Ok(())
    });
    made.await.expect("a crowd");
    people
}

/// The rows of a conversation, newest first.
async fn whole_history(actor: &Actor, room: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let before = rows.last().map_or(0, |row| row["id"].as_i64().unwrap());
        let query = format!("lookIntoFuture=0&limit=200&lastKnownMessageId={before}");
        let page = actor.get(&format!("{}?{query}", chat(room))).await;
        match page.status {
            200 => rows.extend(page.data().as_array().unwrap().iter().cloned()),
            status => {
                assert_eq!(status, 304, "{}", page.text);
                return rows;
            }
        }
    }
}

/// The ids in a column of a list, each once.
fn column<'r>(
    rows: impl Iterator<Item = &'r Value>,
    pick: fn(&Value) -> &Value,
) -> HashSet<String> {
    rows.map(|row| pick(row).as_str().unwrap().to_owned())
        .collect()
}

async fn adds_group(alice: &Actor, room: &str, group: &str) {
    let fields = [("newParticipant", group), ("source", "groups")];
    let added = alice.post(&room_part(room, "participants"), &fields).await;
    added.expect(200, json!([]));
}

#[tokio::test]
async fn a_group_of_a_thousand_joins_with_one_request_and_a_message_for_each() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let people = crowd(&server, "town", 1_000).await;
    let room = alice.creates_group("Market").await;

    adds_group(&alice, &room, "town").await;

    let rows = whole_history(&alice, &room).await;
    let added = rows
        .iter()
        .filter(|row| row["systemMessage"] == "user_added");
    assert_eq!(added.clone().count(), 1_000);
    assert_eq!(
        column(added, |row| &row["messageParameters"]["user"]["id"]),
        people
    );
    let rest = rows
        .iter()
        .filter(|row| row["systemMessage"] != "user_added");
    let rest: Vec<_> = rest.map(|row| &row["systemMessage"]).collect();
    assert_eq!(rest, ["group_added", "conversation_created"]);
    let members = alice.participants(&room).await;
    assert_eq!(members.len(), 1_002);
}

#[tokio::test]
async fn a_group_that_joins_twice_is_there_once() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    crowd(&server, "town", 400).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;
    let before = whole_history(&alice, &room).await;

    adds_group(&alice, &room, "town").await;

    assert_eq!(alice.participants(&room).await.len(), 402);
    assert_eq!(whole_history(&alice, &room).await, before);
}

#[tokio::test]
async fn an_act_that_fails_after_a_thousand_have_joined_leaves_nothing() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    crowd(&server, "town", 1_000).await;
    let room = alice.creates_group("Market").await;
    let before = (alice.participants(&room).await, alice.room(&room).await);
    let history = whole_history(&alice, &room).await;

    let token = Token::parse(&room).unwrap();
    let failed = server
        .chat()
        .write(move |act| {
            let room = act.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
            let group = act.tx.find_group("town")?.ok_or(Error::RoomNotFound)?;
            let actor = Who::user(&UserId("alice".to_owned()));
            membership::add_group(act, &room, &actor, &group)?;
            assert_eq!(act.tx.attendees(room.id)?.len(), 1_002);
            Err::<(), _>(Error::OwnerProtected)
        })
        .await;

    assert!(matches!(failed, Err(Error::OwnerProtected)));
    assert_eq!(alice.participants(&room).await, before.0);
    assert_eq!(alice.room(&room).await, before.1);
    assert_eq!(whole_history(&alice, &room).await, history);
}

#[tokio::test]
async fn ten_thousand_members_are_listed_completely() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let mut people = crowd(&server, "town", 10_000).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;

    let members = alice.participants(&room).await;

    assert_eq!(members.len(), 10_002);
    people.extend(["alice".to_owned(), "town".to_owned()]);
    assert_eq!(column(members.iter(), |row| &row["actorId"]), people);
    let ids: Vec<_> = members
        .iter()
        .map(|row| row["attendeeId"].as_i64())
        .collect();
    assert!(ids.is_sorted(), "in the order of joining");
}

#[tokio::test]
async fn a_long_list_of_conversations_is_complete_and_says_the_same_as_each_alone() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let mut tokens = HashSet::new();
    for number in 0..320 {
        tokens.insert(alice.creates_group(&format!("Room {number}")).await);
    }

    let list = alice.get(&crate::support::talk("/api/v4/room")).await;

    assert_eq!(list.status, 200);
    assert!(list.header("x-nextcloud-talk-modified-before").is_some());
    let rooms = list.data().as_array().unwrap().clone();
    let groups: Vec<_> = rooms.iter().filter(|room| room["type"] == 2).collect();
    assert_eq!(
        column(groups.iter().copied(), |room| &room["token"]),
        tokens
    );
    let last = groups.last().unwrap();
    assert_eq!(**last, alice.room(last["token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn clients_that_come_all_at_once_are_let_in_without_knocking_twice() {
    let server = TestServer::start().await;
    // The server has this thread, too, and accepts nobody until they all have come. A second is what
    // it takes until a system knocks again.
    for _ in 0..3_000 {
        let knocked = TcpStream::connect_timeout(&server.address(), Duration::from_millis(900));
        knocked.expect("a place in the backlog");
    }
    let answer = server.guest().get("/ocs/v2.php/cloud/capabilities").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    server.stop().await;
}

/// The accounts that are told something of a message, each as often as it is told, sorted, and why.
async fn told_of(server: &TestServer, room: &str, message: i64) -> Vec<(String, &'static str)> {
    let mut told = told_in_turn(server, room, message).await;
    told.sort();
    told
}

/// The same in the order in which they were told.
async fn told_in_turn(
    server: &TestServer,
    room: &str,
    message: i64,
) -> Vec<(String, &'static str)> {
    let token = Token::parse(room).unwrap();
    let looking = server.chat().read(move |view| {
        let room = view.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
        Ok(view.tx.notices_about(room.id, MessageId(message))?)
    });
    let notices = looking.await.unwrap().into_iter();
    notices.map(|one| (one.user.0, one.kind.wire())).collect()
}

/// How many were told before this account.
async fn told_before(server: &TestServer, room: &str, message: i64, account: &str) -> usize {
    let told = told_in_turn(server, room, message).await;
    let mut ids = told.iter().map(|(id, _)| id);
    ids.position(|id| id == account).expect("told")
}

/// As after a crash in the midst of telling of a message: those after the account `after` are left.
async fn is_left(server: &TestServer, room: &str, message: i64, after: &str) {
    leaves(server, room, message, NoticeKind::AllMention, after, &[]).await;
}

async fn leaves(
    server: &TestServer,
    room: &str,
    message: i64,
    kind: NoticeKind,
    after: &str,
    except: &[&str],
) {
    let (token, after) = (Token::parse(room).unwrap(), after.to_owned());
    let except = except.iter().map(|id| (*id).to_owned()).collect();
    let leaving = server.chat().write(move |act| {
        let room = act.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?.id;
        act.tx.delete_notices_about(room, MessageId(message))?;
        act.tx.insert_telling(&Telling {
            id: 0,
            room,
            message: MessageId(message),
            kind,
            actor: Who::user(&UserId("alice".to_owned())),
            except,
            after,
            up_to: act.tx.newest_attendee()?,
            at: act.now,
        })?;
        Ok(())
    });
    leaving.await.unwrap();
}

fn all_of(people: HashSet<String>, why: NoticeKind) -> Vec<(String, &'static str)> {
    let mut all: Vec<_> = people.into_iter().map(|id| (id, why.wire())).collect();
    all.sort();
    all
}

#[tokio::test]
async fn everybody_in_a_crowd_is_told_once_and_for_the_best_reason() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let people = crowd(&server, "town", 1_200).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;

    let id = alice
        .posts(&room, "@all, and @town-01100 above all: kettle's on")
        .await;

    let mut expected = all_of(people, NoticeKind::AllMention);
    expected[1_100].1 = NoticeKind::Mention.wire();
    assert_eq!(told_of(&server, &room, id).await, expected);
    // Who comes later has not been meant.
    adds_group(&alice, &room, "admin").await;
    server.lets_pass(60).await;
    assert_eq!(told_of(&server, &room, id).await, expected);
    server.stop().await;
}

#[tokio::test]
async fn a_mention_in_silence_flags_a_crowd_and_tells_nobody() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    crowd(&server, "town", 1_200).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;

    let fields = [("message", "@all: kettle's on"), ("silent", "true")];
    let posted = alice.post(&chat(&room), &fields).await;

    assert_eq!(posted.status, 201, "{}", posted.text);
    let id = posted.data()["id"].as_i64().unwrap();
    assert_eq!(told_of(&server, &room, id).await, []);
    let token = Token::parse(&room).unwrap();
    let counting = server.chat().read(move |view| {
        let room = view.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
        let mut flagged = 0;
        for member in view.tx.accounts_after(room.id, "", 2_000)? {
            let marks = view.tx.marks(member.id)?;
            flagged += usize::from(marks.last_mention == MessageId(id));
        }
        Ok(flagged)
    });
    assert_eq!(counting.await.unwrap(), 1_200);
    server.stop().await;
}

#[tokio::test]
async fn who_was_left_by_a_crash_is_told_by_the_next_upkeep() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let people = crowd(&server, "town", 1_200).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;
    let id = alice.posts(&room, "@all: kettle's on").await;
    is_left(&server, &room, id, "town-00399").await;

    server.lets_pass(60).await;

    let left = people.into_iter().filter(|id| id.as_str() > "town-00399");
    let expected = all_of(left.collect(), NoticeKind::AllMention);
    assert_eq!(expected.len(), 800);
    assert_eq!(told_of(&server, &room, id).await, expected);
    server.lets_pass(60).await;
    assert_eq!(told_of(&server, &room, id).await, expected, "nobody twice");
    server.stop().await;
}

#[tokio::test]
async fn of_a_message_that_means_nobody_any_more_nobody_else_is_told() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    crowd(&server, "town", 600).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;
    let edited = alice.posts(&room, "@all: kettle's on").await;
    let deleted = alice.posts(&room, "@all: it really is").await;
    let path = format!("{}/{edited}", chat(&room));
    let answer = alice.put(&path, &[("message", "kettle's on")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(alice.deletes_message(&room, deleted).await.status, 200);
    is_left(&server, &room, edited, "").await;
    is_left(&server, &room, deleted, "").await;

    server.lets_pass(60).await;

    assert_eq!(told_of(&server, &room, edited).await, []);
    assert_eq!(told_of(&server, &room, deleted).await, []);
    server.stop().await;
}

/// Alice's conversation with the group `town`, which is a crowd, and `club`.
async fn market() -> (TestServer, Actor, String, HashSet<String>, HashSet<String>) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let town = crowd(&server, "town", 1_200).await;
    let club = crowd(&server, "club", 300).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;
    adds_group(&alice, &room, "club").await;
    (server, alice, room, town, club)
}

async fn edits(alice: &Actor, room: &str, id: i64, text: &str) {
    let path = format!("{}/{id}", chat(room));
    let answer = alice.put(&path, &[("message", text)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Has these accounts told of all in the room.
async fn are_told_of_all(server: &TestServer, room: &str, people: &[&str]) {
    let token = Token::parse(room).unwrap();
    let people: Vec<_> = people.iter().map(|id| UserId((*id).to_owned())).collect();
    let choosing = server.chat().write(move |act| {
        let room = act.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
        for user in people {
            let found = act.tx.find_attendee(room.id, &Who::user(&user))?;
            let mut attendee = found.ok_or(Error::RoomNotFound)?;
            attendee.notification_level = NotificationLevel::Always;
            act.tx.update_attendee(&attendee)?;
        }
        Ok(())
    });
    choosing.await.unwrap();
}

#[tokio::test]
async fn a_large_group_is_told_once_and_nobody_besides() {
    let (server, alice, room, town, _) = market().await;
    let eager = ["club-00001", "town-00002", "town-01101"];
    are_told_of_all(&server, &room, &eager).await;

    let text = "@\"group/town\", and @town-01100 above all, not @\"group/admin\"";
    let id = alice.posts(&room, text).await;

    let mut expected = all_of(town, NoticeKind::GroupMention);
    expected[1_100].1 = NoticeKind::Mention.wire();
    expected.insert(0, ("club-00001".to_owned(), NoticeKind::Chat.wire()));
    assert_eq!(told_of(&server, &room, id).await, expected);
    // In the first transaction: of the first 500 members, one is Alice and 300 are of the club.
    let named = told_before(&server, &room, id, "town-01100").await;
    assert_eq!(named, 199);
    let club = alice.posts(&room, "@\"group/club\": kettle's on").await;
    let told = told_of(&server, &room, club).await;
    let mentions = told.iter().filter(|(_, why)| *why == "group_mention");
    assert_eq!(mentions.count(), 300);
    assert_eq!(told.len(), 302, "two are told of all");
    server.stop().await;
}

#[tokio::test]
async fn who_is_in_two_groups_or_in_one_and_everybody_is_told_for_the_first_reason() {
    let (server, alice, room, town, club) = market().await;

    let both = alice.posts(&room, "@\"group/club\" @\"group/town\"").await;
    let all = alice.posts(&room, "@all, and @\"group/town\"").await;

    let mut expected = all_of(town, NoticeKind::GroupMention);
    let of_club = all_of(club.clone(), NoticeKind::GroupMention);
    expected.splice(0..0, of_club);
    assert_eq!(told_of(&server, &room, both).await, expected);
    let of_club = all_of(club, NoticeKind::AllMention);
    expected.splice(..300, of_club);
    assert_eq!(told_of(&server, &room, all).await, expected);
    server.stop().await;
}

#[tokio::test]
async fn an_edit_that_says_all_tells_a_crowd_but_who_was_meant_before() {
    let (server, alice, room, town, club) = market().await;
    let eager = ["club-00001", "town-01101", "town-01102"];
    are_told_of_all(&server, &room, &eager).await;
    let text = "@town-00001 @town-01100: kettle's on";
    let id = alice.posts(&room, text).await;
    let people = || town.union(&club).cloned().collect();
    let mut expected = all_of(people(), NoticeKind::AllMention);
    expected[301].1 = NoticeKind::Mention.wire();
    expected[1_400].1 = NoticeKind::Mention.wire();
    expected[1_401].1 = NoticeKind::Mention.wire();

    let text = format!("@town-01101 {text}");
    edits(&alice, &room, id, &format!("@all: {text}")).await;

    assert_eq!(told_of(&server, &room, id).await, expected);
    // In the first transaction: two were told before, and of the first 500 one is Alice and one of those two.
    let named = told_before(&server, &room, id, "town-01101").await;
    assert_eq!(named, 2 + 498);
    // A misprint brings nobody anything, and takes nothing away.
    edits(&alice, &room, id, &format!("@all! {text}")).await;
    server.lets_pass(60).await;
    assert_eq!(told_of(&server, &room, id).await, expected);
    edits(&alice, &room, id, "@town-01100: kettle's on").await;
    let left = [("town-01100".to_owned(), NoticeKind::Mention.wire())];
    assert_eq!(told_of(&server, &room, id).await, left);
    server.stop().await;
}

#[tokio::test]
async fn who_dismissed_what_a_mention_told_is_told_nothing_by_an_edit_that_says_all() {
    let (server, alice, room, town, club) = market().await;
    let id = alice.posts(&room, "@\"group/town\": kettle's on").await;
    let token = Token::parse(&room).unwrap();
    let dismissing = server.chat().write(move |act| {
        let room = act.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
        Ok(act.tx.delete_notices_about(room.id, MessageId(id))?)
    });
    dismissing.await.unwrap();

    edits(&alice, &room, id, "@\"group/town\" and @all").await;

    let expected = all_of(club, NoticeKind::AllMention);
    assert_eq!(told_of(&server, &room, id).await, expected);
    edits(&alice, &room, id, "kettle's on").await;
    assert_eq!(told_of(&server, &room, id).await, []);
    edits(&alice, &room, id, "@\"group/town\": kettle's on").await;
    let expected = all_of(town, NoticeKind::GroupMention);
    assert_eq!(told_of(&server, &room, id).await, expected);
    server.stop().await;
}

#[tokio::test]
async fn who_was_left_by_a_crash_is_told_of_groups_and_edits_too() {
    let (server, alice, room, town, club) = market().await;
    let group = alice.posts(&room, "@\"group/town\": kettle's on").await;
    let edited = alice.posts(&room, "@all: kettle's on, @town-01000").await;
    let (of_group, of_all) = (NoticeKind::GroupMention, NoticeKind::AllMention);
    leaves(&server, &room, group, of_group, "town-00399", &[]).await;
    let except = ["town-00500", "town-01100"];
    leaves(&server, &room, edited, of_all, "club-00099", &except).await;

    server.lets_pass(60).await;

    let left = |after: &str, people: &HashSet<String>| {
        let left = people.iter().filter(|id| id.as_str() > after);
        left.cloned().collect::<HashSet<_>>()
    };
    let expected = all_of(left("town-00399", &town), of_group);
    assert_eq!(told_of(&server, &room, group).await, expected);
    let mut rest = left("club-00099", &town.union(&club).cloned().collect());
    // The last one was named, and so told at once.
    for id in ["town-00500", "town-01100", "town-01000"] {
        rest.remove(id);
    }
    assert_eq!(told_of(&server, &room, edited).await, all_of(rest, of_all));
    server.stop().await;
}

#[tokio::test]
async fn a_call_rings_for_a_whole_crowd_but_for_whom_it_shall_not() {
    let server = TestServer::with_calls().await;
    let [alice] = server.users(["alice"]).await;
    let mut people = crowd(&server, "town", 1_200).await;
    let room = alice.creates_group("Market").await;
    adds_group(&alice, &room, "town").await;
    alice.joins(&room).await;

    let quiet = ["town-00003", "town-01100"];
    let fields = quiet.map(|id| ("silentFor[]", id));
    let called = alice.calls(&room, &fields).await;

    assert_eq!(called.status, 200, "{}", called.text);
    people.retain(|id| !quiet.contains(&id.as_str()));
    let expected = all_of(people, NoticeKind::Call);
    assert_eq!(told_of(&server, &room, 0).await, expected);
    server.stop().await;
}
