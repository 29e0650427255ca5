//! The binary itself, stopped in every way: what was acknowledged is there afterwards, once and in
//! order; who waits is answered; what was set stays. The program runs as a child process.

use std::process::{Command, Stdio};

use crate::support::program::Program;
use crate::support::rooms::{cloud, room_part};
use crate::support::{Actor, chat};
use serde_json::json;

/// Posts `NAME 0`, `NAME 1` … until the server is gone; the acknowledged ids and texts.
async fn posts_until_the_end(actor: Actor, token: String, name: &str) -> Vec<(i64, String)> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let text = format!("{name} {number}");
        let request = actor.request("POST", &chat(&token));
        let Some(answer) = request.form(&[("message", &text)]).try_send().await else {
            break;
        };
        assert_eq!(answer.status, 201, "{}", answer.text);
        acknowledged.push((answer.data()["id"].as_i64().unwrap(), text));
    }
    acknowledged
}

/// All comments of a room, oldest first, page by page.
async fn everything(actor: &Actor, token: &str) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    let mut before = 0;
    loop {
        let path = format!(
            "{}?lookIntoFuture=0&limit=200&lastKnownMessageId={before}",
            chat(token)
        );
        let answer = actor.get(&path).await;
        if answer.status == 304 {
            all.reverse();
            return all;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        for row in answer.data().as_array().unwrap() {
            before = row["id"].as_i64().unwrap();
            if row["messageType"] == "comment" {
                all.push((before, row["message"].as_str().unwrap().to_owned()));
            }
        }
    }
}

/// Waits until somebody has posted that often.
async fn until_posted(actor: &Actor, token: &str, count: usize) {
    while everything(actor, token).await.len() < count {}
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_once_and_in_order() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let token = alice.creates_group("Tea").await;
    let writers = ["one", "two", "three", "four"].map(|name| {
        let writing = posts_until_the_end(alice.elsewhere(), token.clone(), name);
        tokio::spawn(writing)
    });
    until_posted(&alice, &token, 40).await;

    program.kill();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.push(writer.await.unwrap());
    }
    let program = Program::start(data.path());

    let stored = everything(&program.user("alice"), &token).await;
    for own in &acknowledged {
        assert!(!own.is_empty());
        let found: Vec<_> = stored
            .iter()
            .filter(|row| own.contains(row))
            .cloned()
            .collect();
        assert_eq!(found, *own, "each once, in the order of acknowledgement");
    }
    let unanswered = stored.len() - acknowledged.iter().map(Vec::len).sum::<usize>();
    assert!(
        unanswered <= 4,
        "at most the one that each writer had on its way"
    );
    let texts: std::collections::BTreeSet<_> = stored.iter().map(|(_, text)| text).collect();
    assert_eq!(texts.len(), stored.len(), "nothing twice");
}

#[tokio::test]
async fn after_a_kill_posting_goes_on_with_higher_ids() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let token = alice.creates_group("Tea").await;
    let before = alice.posts(&token, "before").await;

    program.kill();
    let program = Program::start(data.path());

    let after = program.user("alice").posts(&token, "after").await;
    assert!(before < after);
}

#[tokio::test]
async fn sigterm_answers_who_waits_with_304_and_ends_well() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let bob = program.makes_user("bob").await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let last = alice.posts(&token, "good night").await;
    let waiting = bob.waits_in(&token, last);
    // Waiting begins with moving the marker, which can be seen.
    while bob.room(&token).await["lastReadMessage"] != last {}

    let status = tokio::task::spawn_blocking(move || program.stop_with("TERM"))
        .await
        .unwrap();

    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, 304);
    assert_eq!(answer.text, "");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn sigint_ends_it_well_too() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());

    let status = tokio::task::spawn_blocking(move || program.stop_with("INT"))
        .await
        .unwrap();

    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn accounts_rooms_and_markers_outlive_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let bob = program.makes_user("bob").await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let first = alice.posts(&token, "one").await;
    alice.posts(&token, "two").await;
    // Polling moves the marker to what is known, in memory first.
    assert_eq!(bob.waits_in(&token, first).await.unwrap().status, 200);
    let before = bob.room(&token).await;
    assert_eq!(before["lastReadMessage"], first);
    assert_eq!(before["unreadMessages"], 1);

    let ended = tokio::task::spawn_blocking(move || program.stop_with("TERM"))
        .await
        .unwrap();
    assert_eq!(ended.code(), Some(0));
    let program = Program::start(data.path());

    assert_eq!(program.user("bob").room(&token).await, before);
    let everybody = program.user("alice").participants(&token).await;
    assert_eq!(everybody.len(), 2);
}

#[tokio::test]
async fn cookies_and_guests_outlive_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let token = alice.creates_public("Tea").await;
    let guest = Actor::nobody_at(program.address);
    let joined = guest.joins(&token).await.data();

    let ended = tokio::task::spawn_blocking(move || program.stop_with("TERM"))
        .await
        .unwrap();
    assert_eq!(ended.code(), Some(0));
    let program = Program::start(data.path());

    let again = guest.moved_to(program.address).room(&token).await;
    assert_eq!(again["actorId"], joined["actorId"]);
    assert_eq!(again["sessionId"], joined["sessionId"]);
    let known = alice.by_cookie_alone().moved_to(program.address);
    assert_eq!(known.get(&cloud("user")).await.data()["id"], "alice");
}

#[tokio::test]
async fn what_administrators_decided_outlives_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let token = alice.creates_group("Tea").await;
    let key =
        "/ocs/v2.php/apps/provisioning_api/api/v1/config/apps/spreed/default_group_notification";
    let set = program.admin().post(key, &[("value", "3")]).await;
    set.expect(200, json!([]));

    program.kill();
    let program = Program::start(data.path());

    let seen = program.user("alice").room(&token).await;
    assert_eq!(seen["notificationLevel"], 3);
    let stored = program.admin().get(key).await;
    stored.expect(200, json!({ "data": "3" }));
}

#[tokio::test]
async fn the_first_start_makes_an_admin_with_the_password_it_stop_with() {
    let data = tempfile::tempdir().unwrap();

    let program = Program::start(data.path());

    let answer = program.admin().get(&cloud("users")).await;
    answer.expect(200, json!({ "users": ["admin"] }));
    let told = program
        .greeting
        .iter()
        .any(|line| line.contains("password"));
    assert!(!told, "{:?}", program.greeting);
    program.kill();
}

#[tokio::test]
async fn the_first_start_prints_a_password_once_if_it_is_told_none() {
    let data = tempfile::tempdir().unwrap();

    let program = Program::start_with(data.path(), None);

    let line = program
        .greeting
        .iter()
        .find(|line| line.contains("password"));
    let password = line.unwrap().split(' ').next_back().unwrap().to_owned();
    let admin = Actor::at(program.address, "admin", &password);
    admin
        .get(&cloud("users"))
        .await
        .expect(200, json!({ "users": ["admin"] }));
    program.kill();
    let program = Program::start_with(data.path(), None);
    let told = program
        .greeting
        .iter()
        .any(|line| line.contains("password"));
    assert!(!told, "{:?}", program.greeting);
    let admin = Actor::at(program.address, "admin", &password);
    assert_eq!(admin.get(&cloud("user")).await.data()["id"], "admin");
    program.kill();
}

#[tokio::test]
async fn a_second_program_does_not_get_at_the_same_data() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());

    let second = Command::new(env!("CARGO_BIN_EXE_chinwag"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();

    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use"));
    program.kill();
}

#[tokio::test]
async fn a_group_removed_before_a_kill_stays_removed() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    program.makes_user("bob").await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let attendee = alice.attendee_of(&token, "bob").await;
    let path = room_part(&token, "attendees");
    alice
        .delete(&path, &[("attendeeId", &attendee)])
        .await
        .expect(200, json!(null));

    program.kill();
    let program = Program::start(data.path());

    let everybody = program.user("alice").participants(&token).await;
    assert_eq!(everybody.len(), 1);
    assert_eq!(everybody[0]["actorId"], "alice");
    program.kill();
}
