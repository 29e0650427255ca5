//! Threads: begun with a title, answered, followed, read apart. Source: chat-extras.md 13.

use serde_json::{Value, json};

use crate::support::rooms::room_part;
use crate::support::threads::{begins, one, place, posts_into, renames};
use crate::support::{Actor, Answer, TestServer, chat, talk};

async fn recent(actor: &Actor, room: &str, query: &str) -> Answer {
    actor
        .get(&format!("{}/threads/recent{query}", chat(room)))
        .await
}

async fn follows(actor: &Actor, room: &str, message: i64, level: &str) -> Answer {
    let path = format!("{}/notify", one(room, message));
    actor.post(&path, &[("level", level)]).await
}

async fn followed(actor: &Actor, query: &str) -> Answer {
    actor
        .get(&talk(&format!("/api/v1/chat/subscribed-threads{query}")))
        .await
}

/// The titles in a list of threads.
fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.data();
    let threads = data.as_array().unwrap().iter();
    threads
        .map(|one| one["thread"]["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_title_begins_a_thread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;

    let fields = [("message", "which one?"), ("threadTitle", " Kettles ")];
    let answer = alice.sends(&room, &fields).await;

    assert_eq!(answer.status, 201);
    let root = answer.data();
    assert_eq!(place(&root), json!([root["id"], true, "Kettles", 0]));
    assert_eq!(root.get("silent"), None);
    let rows = bob.history(&room).await;
    assert_eq!(rows[0]["systemMessage"], "thread_created");
    assert_eq!(rows[0]["message"], "{actor} created thread {title}");
    let title = json!({
        "type": "highlight", "id": format!("thread/{}", root["id"]), "name": "Kettles"
    });
    assert_eq!(rows[0]["messageParameters"]["title"], title);
    assert_eq!(rows[0]["silent"], true);
    assert_eq!(rows[0]["parent"]["id"], root["id"]);
    assert_eq!(place(&rows[0]), json!([root["id"], true, "Kettles", 0]));
    assert_eq!(
        place(&rows[0]["parent"]),
        json!([root["id"], true, "Kettles", 0])
    );
    assert_eq!(bob.room(&room).await["lastMessage"]["id"], root["id"]);
    assert_eq!(bob.unread(&room).await[0], 1);
    let own = alice.history(&room).await;
    assert_eq!(own[0]["message"], "You created thread {title}");
}

#[tokio::test]
async fn a_message_without_thread_names_itself_and_an_answer_the_first_of_its_chain() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let first = alice.posts(&room, "milk?").await;
    let second = bob.replies(&room, first, "yes").await;
    alice.replies(&room, second, "good").await;

    let rows = alice.history(&room).await;

    for row in &rows[..3] {
        assert_eq!(place(row), json!([first, null, null, null]));
    }
    assert_eq!(rows[3]["threadId"], rows[3]["id"]);
}

#[tokio::test]
async fn answers_and_posts_belong_to_the_thread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let answer = bob.replies(&room, root, "the blue one").await;
    alice.replies(&room, answer, "why?").await;
    let loose = posts_into(&bob, &room, root, "it whistles").await;

    let rows = alice.history(&room).await;

    assert_eq!(rows[0]["id"], loose);
    assert_eq!(rows[0].get("parent"), None);
    assert_eq!(place(&rows[0]), json!([root, true, "Kettles", 3]));
    assert_eq!(place(&rows[1]), json!([root, true, "Kettles", 3]));
    let info = alice.get(&one(&room, root)).await.data();
    assert_eq!(info["thread"]["numReplies"], 3);
    assert_eq!(info["last"]["id"], loose);
}

#[tokio::test]
async fn what_is_about_a_message_of_a_thread_belongs_to_it_but_is_no_answer() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let answer = bob.replies(&room, root, "the blue one").await;
    let path = talk(&format!("/api/v1/reaction/{room}/{answer}"));
    assert_eq!(alice.post(&path, &[("reaction", "👍")]).await.status, 201);

    assert_eq!(
        place(&alice.newest(&room).await),
        json!([root, true, "Kettles", 1])
    );
}

#[tokio::test]
async fn a_shared_object_can_be_put_into_a_thread_and_elsewhere_if_there_is_none() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let share = async |thread: i64| {
        let thread = thread.to_string();
        let fields = [
            ("objectType", "highlight"),
            ("objectId", "1"),
            ("metaData", r#"{"name":"One"}"#),
            ("threadId", thread.as_str()),
        ];
        let answer = alice.post(&format!("{}/share", chat(&room)), &fields).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.data()
    };

    assert_eq!(share(root).await["threadId"], root);
    let elsewhere = share(999_999).await;
    assert_eq!(elsewhere["threadId"], elsewhere["id"]);
}

#[tokio::test]
async fn a_title_is_ignored_in_an_answer_and_in_a_thread_and_when_empty() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let first = alice.posts(&room, "milk?").await.to_string();
    let root = begins(&alice, &room, "Kettles", "which one?")
        .await
        .to_string();

    for fields in [
        [("replyTo", first.as_str()), ("threadTitle", "New")],
        [("threadId", root.as_str()), ("threadTitle", "New")],
        [("threadTitle", " \n"), ("silent", "false")],
    ] {
        let fields = [&[("message", "hi")], &fields[..]].concat();
        assert_eq!(alice.sends(&room, &fields).await.status, 201);
    }

    assert_eq!(titles(&recent(&alice, &room, "").await), ["Kettles"]);
}

#[tokio::test]
async fn a_long_title_is_cut() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let exact = "é".repeat(203);
    begins(&alice, &room, &exact, "fits").await;
    server.advance(1);
    let root = begins(&alice, &room, &"é".repeat(204), "does not").await;

    let cut = "é".repeat(200) + "…";
    assert_eq!(
        titles(&recent(&alice, &room, "").await),
        [cut.clone(), exact]
    );
    renames(&alice, &room, root, &"x".repeat(300)).await;
    let info = alice.get(&one(&room, root)).await.data();
    assert_eq!(info["thread"]["title"], "x".repeat(200) + "…");
}

#[tokio::test]
async fn one_cannot_post_into_a_thread_that_is_not_there() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let plain = alice.posts(&room, "milk?").await;
    let elsewhere = alice.creates_group("Coffee").await;
    let other = begins(&alice, &elsewhere, "Beans", "which?").await;

    for thread in [plain, other, 999_999, -1] {
        let fields = [("message", "hi"), ("threadId", &thread.to_string())];
        alice.sends(&room, &fields).await.refused(400, "reply-to");
    }
    let ignored = [
        ("message", "hi"),
        ("threadId", "999999"),
        ("replyTo", &plain.to_string()),
    ];
    assert_eq!(alice.sends(&room, &ignored).await.status, 201);
    assert_eq!(
        alice
            .sends(&room, &[("message", "hi"), ("threadId", "abc")])
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn an_empty_text_begins_nothing() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let fields = [("message", " "), ("threadTitle", "Kettles")];
    alice.sends(&room, &fields).await.refused(400, "message");

    recent(&alice, &room, "").await.expect(200, json!([]));
}

#[tokio::test]
async fn a_thread_shows_its_first_and_its_last_message() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let began = server.now();

    let fresh = bob.get(&one(&room, root)).await;
    assert_eq!(fresh.status, 200);
    let summary = json!({
        "id": root, "roomToken": room, "lastMessageId": 0, "numReplies": 0,
        "lastActivity": began, "title": "Kettles"
    });
    assert_eq!(fresh.data()["thread"], summary);
    assert_eq!(fresh.data()["attendee"], json!({ "notificationLevel": 0 }));
    assert_eq!(fresh.data()["first"]["message"], "which one?");
    assert_eq!(fresh.data()["last"], Value::Null);
    server.advance(5);
    let answer = bob.replies(&room, root, "the blue one").await;
    let info = alice.get(&one(&room, root)).await.data();
    let summary = json!({
        "id": root, "roomToken": room, "lastMessageId": answer, "numReplies": 1,
        "lastActivity": began + 5, "title": "Kettles"
    });
    assert_eq!(info["thread"], summary);
    assert_eq!(info["last"]["message"], "the blue one");
    assert_eq!(info["last"].get("parent"), None);
}

#[tokio::test]
async fn a_thread_that_is_not_there_is_not_found() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let plain = alice.posts(&room, "milk?").await;

    for thread in [plain, 0, 999_999, i64::MAX] {
        alice.get(&one(&room, thread)).await.refused(404, "thread");
        renames(&alice, &room, thread, "New")
            .await
            .refused(404, "thread");
    }
    let huge = format!("{}/threads/99999999999999999999", chat(&room));
    alice.get(&huge).await.refused(404, "thread");
    let word = format!("{}/threads/kettles", chat(&room));
    assert_eq!(alice.get(&word).await.meta()["statuscode"], 998);
}

#[tokio::test]
async fn recent_threads_come_by_their_last_activity() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let one = begins(&alice, &room, "One", "1").await;
    begins(&alice, &room, "Two", "2").await;
    begins(&alice, &room, "Three", "3").await;
    assert_eq!(
        titles(&recent(&bob, &room, "").await),
        ["Three", "Two", "One"]
    );

    bob.replies(&room, one, "again").await;

    assert_eq!(
        titles(&recent(&bob, &room, "?limit=2").await),
        ["One", "Three"]
    );
    for odd in ["?limit=0", "?limit=-1", "?limit=9999", "?limit=x"] {
        assert_eq!(titles(&recent(&bob, &room, odd).await).len(), 3, "{odd}");
    }
}

#[tokio::test]
async fn the_one_who_began_it_and_moderators_give_another_title() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&bob, &room, "Kettles", "which one?").await;
    let last = bob.room(&room).await["lastMessage"]["id"].clone();

    let renamed = renames(&bob, &room, root, " Pots ").await;

    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(renamed.data()["thread"]["title"], "Pots");
    assert_eq!(renamed.data()["first"]["threadTitle"], "Pots");
    let row = alice.newest(&room).await;
    assert_eq!(row["systemMessage"], "thread_renamed");
    assert_eq!(row["message"], "{actor} renamed thread {title}");
    assert_eq!(row["messageParameters"]["title"]["name"], "Pots");
    assert_eq!(row["parent"]["id"], root);
    assert_eq!(alice.room(&room).await["lastMessage"]["id"], last);
    assert_eq!(renames(&alice, &room, root, "Pans").await.status, 200);
    let rows = alice.history(&room).await.len();
    assert_eq!(renames(&alice, &room, root, "Pans").await.status, 200);
    assert_eq!(alice.history(&room).await.len(), rows, "nothing changed");
}

#[tokio::test]
async fn nobody_else_gives_another_title_and_none_is_empty() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;

    renames(&bob, &room, root, "Pots")
        .await
        .refused(403, "permission");
    renames(&alice, &room, root, " ")
        .await
        .refused(400, "title");
    let missing = alice.put(&one(&room, root), &[]).await;
    missing.refused(400, "threadTitle");
    alice.locks(&room).await;
    renames(&alice, &room, root, "Pots")
        .await
        .expect_refusal(403);
}

#[tokio::test]
async fn who_begins_a_thread_follows_it_and_others_may() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let answer = alice.replies(&room, root, "anybody?").await;
    assert_eq!(titles(&followed(&alice, "").await), ["Kettles"]);
    assert_eq!(titles(&followed(&bob, "").await).len(), 0);

    let follows_it = follows(&bob, &room, answer, "1").await;

    assert_eq!(follows_it.status, 200, "{}", follows_it.text);
    assert_eq!(follows_it.data()["thread"]["id"], root);
    assert_eq!(follows_it.data()["attendee"]["notificationLevel"], 1);
    let seen = followed(&bob, "").await;
    assert_eq!(titles(&seen), ["Kettles"]);
    assert_eq!(seen.data()[0]["attendee"]["notificationLevel"], 1);
    assert_eq!(
        alice.get(&one(&room, root)).await.data()["attendee"]["notificationLevel"],
        0
    );
    follows(&bob, &room, root, "3").await;
    assert_eq!(titles(&followed(&bob, "").await).len(), 0, "never");
    assert_eq!(
        bob.get(&one(&room, root)).await.data()["attendee"]["notificationLevel"],
        3
    );
}

#[tokio::test]
async fn following_needs_a_level_and_a_thread() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let plain = alice.posts(&room, "milk?").await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;

    for level in ["4", "-1", "99999999999"] {
        follows(&alice, &room, root, level)
            .await
            .refused(400, "level");
    }
    let path = format!("{}/notify", one(&room, root));
    alice.post(&path, &[]).await.refused(400, "level");
    for message in [plain, 0, 999_999] {
        follows(&alice, &room, message, "1")
            .await
            .refused(404, "message");
    }
    follows(&alice, &room, 999_999, "7")
        .await
        .refused(400, "level");
}

#[tokio::test]
async fn followed_threads_come_from_all_conversations_in_pages() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let other = alice.creates_group("Coffee").await;
    begins(&alice, &room, "Kettles", "1").await;
    begins(&alice, &other, "Beans", "2").await;
    begins(&alice, &room, "Cups", "3").await;

    assert_eq!(
        titles(&followed(&alice, "").await),
        ["Cups", "Beans", "Kettles"]
    );
    assert_eq!(
        titles(&followed(&alice, "?limit=1&offset=1").await),
        ["Beans"]
    );
    assert_eq!(titles(&followed(&alice, "?offset=-4").await).len(), 3);
    assert_eq!(
        titles(&followed(&alice, "?offset=99999999999").await).len(),
        0
    );
    assert_eq!(titles(&followed(&bob, "").await).len(), 0);
    server
        .guest()
        .get(&talk("/api/v1/chat/subscribed-threads"))
        .await
        .says(401, 997, "Current user is not logged in");
}

#[tokio::test]
async fn who_left_follows_nothing_there_and_whom_the_lobby_holds_sees_nothing() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&bob, &room, "Kettles", "which one?").await;

    alice.closes_lobby(&room).await;

    followed(&bob, "").await.expect(200, json!([]));
    recent(&bob, &room, "").await.expect_refusal(412);
    bob.get(&one(&room, root)).await.expect_refusal(412);
    follows(&bob, &room, root, "1").await.expect_refusal(412);
    renames(&bob, &room, root, "New").await.expect_refusal(412);
    let open = [("state", "0")];
    alice.sets(&room, "webinar/lobby", &open).await;
    assert_eq!(titles(&followed(&bob, "").await), ["Kettles"]);
    bob.leaves_for_good(&room).await;
    followed(&bob, "").await.expect(200, json!([]));
    recent(&bob, &room, "").await.expect_refusal(404);
}

#[tokio::test]
async fn guests_take_part_in_threads() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Tea").await;
    let guest = server.guest_in(&room).await;
    let root = begins(&guest, &room, "Kettles", "which one?").await;

    assert_eq!(titles(&recent(&guest, &room, "").await), ["Kettles"]);
    assert_eq!(renames(&guest, &room, root, "Pots").await.status, 200);
    assert_eq!(follows(&guest, &room, root, "2").await.status, 200);
    posts_into(&guest, &room, root, "well?").await;
    let info = guest.get(&one(&room, root)).await.data();
    assert_eq!(info["attendee"]["notificationLevel"], 2);
    assert_eq!(info["first"]["actorType"], "guests");
    let stranger = server.guest();
    recent(&stranger, &room, "").await.expect_refusal(404);
}

#[tokio::test]
async fn a_deleted_first_message_leaves_the_thread() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    assert_eq!(alice.deletes_message(&room, root).await.status, 200);

    let info = bob.get(&one(&room, root)).await.data();
    assert_eq!(info["first"]["messageType"], "comment_deleted");
    posts_into(&bob, &room, root, "anyway").await;
}

#[tokio::test]
async fn a_cleared_history_has_no_threads() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;

    assert_eq!(alice.delete(&chat(&room), &[]).await.status, 200);

    recent(&bob, &room, "").await.expect(200, json!([]));
    followed(&alice, "").await.expect(200, json!([]));
    alice.get(&one(&room, root)).await.refused(404, "thread");
    let fields = [("message", "hi"), ("threadId", &root.to_string())];
    alice.sends(&room, &fields).await.refused(400, "reply-to");
}

#[tokio::test]
async fn an_expired_thread_is_gone_and_lives_while_an_answer_does() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    expire(&alice, &room, "100").await;
    let root = begins(&alice, &room, "Kettles", "which one?").await;
    let alone = begins(&alice, &room, "Cups", "which ones?").await;
    server.advance(60);
    let answer = bob.replies(&room, root, "the blue one").await;

    server.advance(50);

    let info = bob.get(&one(&room, root)).await.data();
    assert_eq!(info["first"], Value::Null);
    assert_eq!(info["last"]["id"], answer);
    bob.get(&one(&room, alone)).await.refused(404, "thread");
    assert_eq!(titles(&recent(&bob, &room, "").await), ["Kettles"]);
    server.lets_pass(1).await;
    assert_eq!(titles(&recent(&bob, &room, "").await), ["Kettles"]);
    bob.get(&one(&room, alone)).await.refused(404, "thread");
    server.advance(60);
    recent(&bob, &room, "").await.expect(200, json!([]));
    followed(&alice, "").await.expect(200, json!([]));
    server.lets_pass(1).await;
    let fields = [("message", "hi"), ("threadId", &root.to_string())];
    alice.sends(&room, &fields).await.refused(400, "reply-to");
}

/// What is said here from now on goes after some seconds.
async fn expire(actor: &Actor, room: &str, seconds: &str) {
    let path = room_part(room, "message-expiration");
    let answer = actor.post(&path, &[("seconds", seconds)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
