//! `chinwag user …`: accounts without a running server, and what conversations say about it.
//! Source: conversations.md 8, messages.md 4.1.

use std::path::Path;

use crate::support::program::{Program, user_command};
use crate::support::rooms::cloud;
use crate::support::{Actor, talk};

/// Runs a command that must succeed; what it printed.
fn runs(data: &Path, arguments: &[&str], input: &str) -> String {
    let output = user_command(data, arguments, input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail; what it complained about.
fn fails(data: &Path, arguments: &[&str], input: &str) -> String {
    let output = user_command(data, arguments, input);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn with_alice() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let line = [
        "add",
        "alice",
        "--display-name",
        "Alice B",
        "--group",
        "tea",
    ];
    runs(data.path(), &line, "123456\n");
    data
}

#[tokio::test]
async fn an_added_user_logs_in() {
    let data = with_alice();

    let program = Program::start(data.path());

    let account = program.user("alice").get(&cloud("user")).await.data();
    assert_eq!(account["id"], "alice");
    assert_eq!(account["displayname"], "Alice B");
    assert_eq!(account["groups"], serde_json::json!(["tea"]));
}

#[tokio::test]
async fn an_added_administrator_may_administer() {
    let data = tempfile::tempdir().unwrap();
    runs(data.path(), &["add", "root", "--admin"], "123456\n");

    let program = Program::start(data.path());

    let list = program.user("root").get(&cloud("users")).await;
    assert_eq!(list.status, 200);
    assert_eq!(list.data()["users"][0], "root");
}

#[test]
fn users_are_listed_with_what_is_special() {
    let data = with_alice();
    runs(data.path(), &["add", "root", "--admin"], "123456\n");
    runs(data.path(), &["disable", "alice"], "");

    let printed = runs(data.path(), &["list"], "");

    assert_eq!(printed, "alice\tAlice B\tdisabled\nroot\troot\tadmin\n");
}

#[tokio::test]
async fn a_password_is_changed() {
    let data = with_alice();
    runs(data.path(), &["password", "alice"], "another\n");

    let program = Program::start(data.path());

    let old = program.user("alice").get(&cloud("user")).await;
    let new = Actor::at(program.address, "alice", "another")
        .get(&cloud("user"))
        .await;
    old.says(401, 997, "Unauthorised");
    assert_eq!(new.status, 200);
    assert_eq!(new.data()["id"], "alice");
}

#[tokio::test]
async fn a_disabled_user_stays_out_until_enabled() {
    let data = with_alice();
    runs(data.path(), &["disable", "alice"], "");
    let program = Program::start(data.path());
    let refused = program.user("alice").get(&cloud("user")).await;
    refused.says(401, 997, "Unauthorised");
    program.kill();

    runs(data.path(), &["enable", "alice"], "");
    let program = Program::start(data.path());

    let known = program.user("alice").get(&cloud("user")).await;
    assert_eq!(known.data()["id"], "alice");
}

#[tokio::test]
async fn an_app_password_is_printed_and_works() {
    let data = with_alice();
    let printed = runs(data.path(), &["app-password", "alice"], "");
    let secret = printed.trim_end();

    let program = Program::start(data.path());

    let device = Actor::at(program.address, "alice", secret);
    assert_eq!(device.get(&cloud("user")).await.data()["id"], "alice");
}

#[tokio::test]
async fn what_the_command_line_does_is_done_by_an_administrator() {
    let data = with_alice();
    runs(data.path(), &["add", "bob"], "123456\n");
    let program = Program::start(data.path());
    let alice = program.user("alice");
    let group = alice.creates_group("Tea").await;
    alice.adds(&group, "bob").await;
    let pair = alice
        .creates_room(&[("roomType", "1"), ("invite", "bob")])
        .await;
    program.kill();

    runs(data.path(), &["delete", "bob"], "");
    let program = Program::start(data.path());

    let alice = program.user("alice");
    let removed = alice.newest(&group).await;
    assert_eq!(removed["systemMessage"], "user_removed");
    assert_eq!(removed["message"], "An administrator removed {user}");
    assert_eq!(removed["actorType"], "guests");
    assert_eq!(removed["actorId"], "cli");
    assert_eq!(
        removed["messageParameters"]["actor"]["name"],
        "Administration"
    );
    let locked = alice.newest(&pair).await;
    assert_eq!(locked["systemMessage"], "read_only");
    assert_eq!(
        locked["message"],
        "An administrator locked the conversation"
    );
    assert_eq!(alice.room(&pair).await["type"], 5);
}

#[tokio::test]
async fn a_running_server_keeps_the_command_line_out() {
    let data = with_alice();
    let program = Program::start(data.path());

    let complaint = fails(data.path(), &["disable", "alice"], "");

    assert!(complaint.contains("the server is running"), "{complaint}");
    let known = program.user("alice").get(&talk("/api/v4/room")).await;
    assert_eq!(known.status, 200);
}

#[test]
fn what_cannot_be_done_is_said() {
    let data = with_alice();

    let twice = fails(data.path(), &["add", "alice"], "123456\n");
    let nobody = fails(data.path(), &["delete", "nobody"], "");
    let silent = fails(data.path(), &["password", "alice"], "\n");

    assert!(twice.contains("User already exists"), "{twice}");
    assert!(nobody.contains("User does not exist"), "{nobody}");
    assert!(silent.contains("no password was given"), "{silent}");
}
