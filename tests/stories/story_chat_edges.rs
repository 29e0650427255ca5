//! Edges of editing, reacting, notifications and reminders. Source: chat.md 5.2, chat-extras.md 1, 2,
//! 5 and 10, server.md 11.

use serde_json::{Value, json};

use crate::support::{Actor, TestServer, chat, talk};
use chinwag::model::{Actor as Who, MessageId, Notice, NoticeKind, RoomId, UserId};

const NOTIFICATIONS: &str = "/ocs/v2.php/apps/notifications/api/v2/notifications";

async fn told(actor: &Actor) -> Vec<String> {
    let answer = actor.get(NOTIFICATIONS).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.data();
    let told = told.as_array().expect("a list").iter();
    told.map(|one| one["subject"].as_str().unwrap().to_owned())
        .collect()
}

async fn reacts(actor: &Actor, token: &str, message: i64, emoji: &str) {
    let path = talk(&format!("/api/v1/reaction/{token}/{message}"));
    let answer = actor.post(&path, &[("reaction", emoji)]).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

/// What is kept for an account, whether it is shown or not.
async fn kept(server: &TestServer, user: &str) -> usize {
    let user = UserId(user.to_owned());
    let kept = server
        .chat()
        .read(move |view| Ok(view.tx.notices_of(&user, u32::MAX)?));
    kept.await.expect("notices").len()
}

#[tokio::test]
async fn of_a_deleted_message_neither_reactions_nor_edits_are_shown() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let id = bob.posts(&token, "Scones?").await;
    let path = format!("{}/{id}", chat(&token));
    let edited = bob.put(&path, &[("message", "Scones!")]).await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    reacts(&alice, &token, id, "👍").await;
    let shows = |row: &Value| {
        let edit = row["lastEditTimestamp"].clone();
        (row["reactions"].clone(), row["reactionsSelf"].clone(), edit)
    };
    let rows = alice.history(&token).await;
    let before = rows.iter().find(|row| row["id"] == id).expect("a row");
    assert_eq!(
        shows(before),
        (json!({ "👍": 1 }), json!(["👍"]), json!(server.now()))
    );

    let deleted = bob.delete(&path, &[]).await;

    let nothing = (json!({}), Value::Null, Value::Null);
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    assert_eq!(shows(&deleted.data()["parent"]), nothing);
    let rows = alice.history(&token).await;
    let after = rows.iter().find(|row| row["id"] == id).expect("a row");
    assert_eq!(after["deleted"], true);
    assert_eq!(shows(after), nothing);
    let reaction = rows.iter().find(|row| row["systemMessage"] == "reaction");
    assert_eq!(shows(&reaction.expect("a row")["parent"]), nothing);
}

#[tokio::test]
async fn a_message_shows_the_twenty_emojis_most_used_on_it() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let id = alice.posts(&token, "Scones?").await;
    let faces: Vec<String> = ('😀'..).take(25).map(String::from).collect();
    for face in faces.iter().rev() {
        reacts(&alice, &token, id, face).await;
    }
    for rare in [3, 24] {
        reacts(&bob, &token, id, &faces[rare]).await;
    }

    let page = bob.get(&format!("{}?lookIntoFuture=0", chat(&token))).await;

    let often = [3, 24].map(|one| (one, 2));
    let seldom = (0..19).filter(|one| *one != 3).map(|one| (one, 1));
    let twenty = often.into_iter().chain(seldom).map(|(one, count)| {
        let units = faces[one].encode_utf16();
        let escaped: String = units.map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{escaped}\":{count}")
    });
    let twenty: Vec<String> = twenty.collect();
    assert_eq!(twenty.len(), 20);
    let expected = format!("\"reactions\":{{{}}}", twenty.join(","));
    assert!(page.text.contains(&expected), "{expected}\n{}", page.text);
    let rows = page.data();
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id).expect("a row");
    assert_eq!(row["reactionsSelf"], json!([faces[24], faces[3]]));
    let path = talk(&format!("/api/v1/reaction/{token}/{id}"));
    let all = bob.get(&path).await.data();
    assert_eq!(
        all.as_object().unwrap().len(),
        25,
        "asked for, all are told"
    );
}

#[tokio::test]
async fn reading_settles_nothing_for_others() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    for member in [&bob, &carol] {
        member.joins(&token).await;
    }
    alice.posts(&token, "Scones, @all?").await;
    let mention = "alice-displayname mentioned everyone in conversation Tea";

    let read = bob.post(&format!("{}/read", chat(&token)), &[]).await;

    assert_eq!(read.status, 200, "{}", read.text);
    assert_eq!(told(&bob).await, Vec::<String>::new());
    assert_eq!(kept(&server, "bob").await, 0);
    assert_eq!(told(&carol).await, [mention]);
}

#[tokio::test]
async fn an_edit_tells_all_who_are_mentioned_only_now_and_them_once() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&token, "carol").await;
    for member in [&bob, &carol] {
        member.joins(&token).await;
    }
    let id = alice.posts(&token, "Scones, @bob?").await;
    let path = format!("{}/{id}", chat(&token));
    let named = "alice-displayname mentioned you in conversation Tea";
    let all = "alice-displayname mentioned everyone in conversation Tea";

    alice.put(&path, &[("message", "Scones, @all?")]).await;
    assert_eq!(told(&bob).await, [named], "told before");
    assert_eq!(told(&carol).await, [all]);
    alice.put(&path, &[("message", "Scones, @carol?")]).await;
    assert_eq!(told(&bob).await, Vec::<String>::new());
    assert_eq!(told(&carol).await, [all], "told before");
}

#[tokio::test]
async fn of_many_notices_an_account_keeps_the_newest() {
    let server = TestServer::start().await;
    let (_alice, _bob, token) = server.tea().await;
    let room = room_id(&server, &token).await;
    let tells = async |user: &'static str, count: i64| {
        let told = server.chat().write(move |act| {
            for message in 1..=count {
                act.tx.insert_notice(&Notice {
                    id: 0,
                    user: UserId(user.to_owned()),
                    room,
                    message: MessageId(message),
                    kind: NoticeKind::Chat,
                    actor: Some(Who::user(&UserId("alice".to_owned()))),
                    detail: String::new(),
                    at: act.now,
                })?;
            }
            Ok(())
        });
        told.await.expect("told");
    };
    server.lets_pass(60).await;

    tells("bob", 1_100).await;
    tells("alice", 499).await;
    server.lets_pass(60).await;

    assert_eq!(kept(&server, "bob").await, 500);
    assert_eq!(kept(&server, "alice").await, 499);
    let bob = UserId("bob".to_owned());
    let newest = server
        .chat()
        .read(move |view| Ok(view.tx.notices_of(&bob, 1)?));
    assert_eq!(newest.await.expect("one")[0].message, MessageId(1_100));
    tells("nobody", 1).await;
    tells("alice", 2).await;
    server.lets_pass(60).await;
    assert_eq!(kept(&server, "alice").await, 500);
}

async fn room_id(server: &TestServer, token: &str) -> RoomId {
    let token = chinwag::model::Token::parse(token).expect("a token");
    let room = server
        .chat()
        .read(move |view| Ok(view.tx.find_room(&token)?));
    room.await.expect("read").expect("a room").id
}

#[tokio::test]
async fn of_what_is_gone_nobody_is_reminded() {
    let server = TestServer::start().await;
    let (alice, bob, token) = server.tea().await;
    bob.joins(&token).await;
    let id = alice.posts(&token, "Scones?").await;
    let path = format!("{}/{id}/reminder", chat(&token));
    let at = (server.now() + 60).to_string();
    let set = bob.post(&path, &[("timestamp", &at)]).await;
    assert_eq!(set.status, 201, "{}", set.text);
    let cleared = alice.delete(&chat(&token), &[]).await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);

    server.lets_pass(61).await;

    assert_eq!(kept(&server, "bob").await, 0);
    let upcoming = bob.get(&talk("/api/v1/chat/upcoming-reminders")).await;
    upcoming.expect(200, json!([]));
}
