//! Bots that fail, hang, send others elsewhere or talk too much: what is tried again and when, and what is given up.
//! Source: chat-extras.md 4.3.

use chinwag::model::BotState;
use serde_json::json;

use crate::support::TestServer;
use crate::support::program::{Program, bot_command};
use crate::support::webhook::{Conduct, SECRET, Webhook, bot};

fn row(event: &str, state: &str, attempts: i64, reason: &str) -> (String, String, i64, String) {
    (
        event.to_owned(),
        state.to_owned(),
        attempts,
        reason.to_owned(),
    )
}

#[tokio::test]
async fn a_failure_is_counted_and_tried_again_after_ten_seconds_and_a_minute() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    webhook.will(&[Conduct::Status(500), Conduct::Status(404)]);

    alice.posts(&room, "tea?").await;

    assert_eq!(webhook.next_words().await, "Create tea?");
    let seen = server.after_failures(1).await;
    assert_eq!(seen["last_error_message"], "UnexpectedStatusCode: 500");
    assert_eq!(seen["last_error_date"], server.now());
    server.advance(10);
    assert_eq!(webhook.next_words().await, "Create tea?");
    let seen = server.after_failures(2).await;
    assert_eq!(seen["last_error_message"], "UnexpectedStatusCode: 404");
    server.advance(60);
    assert_eq!(webhook.next_words().await, "Create tea?");
    server.until_all_are_told().await;
    assert_eq!(server.after_failures(2).await["state"], 1);
    let log = server.bot_log().await;
    assert_eq!(
        log,
        [row("Join", "Done", 1, ""), row("Create", "Done", 3, "")]
    );
}

#[tokio::test]
async fn what_follows_a_failure_keeps_its_order_at_first_and_then_goes_before() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    webhook.will(&[
        Conduct::Status(500),
        Conduct::Status(500),
        Conduct::Status(500),
    ]);

    alice.posts(&room, "1").await;
    assert_eq!(webhook.next_words().await, "Create 1");
    server.after_failures(1).await;
    alice.posts(&room, "2").await;
    server.advance(10);
    assert_eq!(webhook.next_words().await, "Create 1");
    server.after_failures(2).await;
    server.advance(60);
    assert_eq!(webhook.next_words().await, "Create 1");
    assert_eq!(webhook.next_words().await, "Create 2");
    server.advance(600);
    assert_eq!(webhook.next_words().await, "Create 1");
}

#[tokio::test]
async fn after_six_failures_a_delivery_is_given_up() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    webhook.will(&vec![Conduct::Status(503); 6]);

    alice.posts(&room, "tea?").await;

    for (number, pause) in [(1, 10), (2, 60), (3, 600), (4, 3600), (5, 21_600)] {
        assert_eq!(webhook.next_words().await, "Create tea?");
        server.after_failures(number).await;
        server.advance(pause);
    }
    webhook.next().await;
    server.after_failures(6).await;
    server.advance(7 * 24 * 3600);
    alice.posts(&room, "coffee?").await;
    assert_eq!(webhook.next_words().await, "Create coffee?");
    let log = server.bot_log().await;
    assert_eq!(
        log[1],
        row("Create", "GivenUp", 6, "UnexpectedStatusCode: 503")
    );
}

#[tokio::test]
async fn a_bot_that_hangs_is_left_after_five_seconds_and_delays_nobody() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    webhook.will(&[Conduct::Hang]);

    alice.posts(&room, "tea?").await;
    webhook.next().await;
    alice.posts(&room, "coffee?").await;
    assert_eq!(bob.newest(&room).await["message"], "coffee?");
    server.advance(5);

    let seen = server.after_failures(1).await;
    assert_eq!(seen["last_error_message"], "no answer within 5 seconds");
    server.advance(10);
    assert_eq!(webhook.next_words().await, "Create tea?");
    assert_eq!(webhook.next_words().await, "Create coffee?");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    let mut elsewhere = Webhook::start().await;
    webhook.will(&[Conduct::Redirect(elsewhere.url())]);

    alice.posts(&room, "tea?").await;

    let seen = server.after_failures(1).await;
    assert_eq!(seen["last_error_message"], "UnexpectedStatusCode: 307");
    elsewhere.knows_nothing_new();
    webhook.next().await;
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, _) = server.bot_in(&alice, &room).await;
    webhook.will(&[Conduct::Chatter]);

    alice.posts(&room, "tea?").await;
    alice.posts(&room, "coffee?").await;

    assert_eq!(webhook.next_words().await, "Create tea?");
    assert_eq!(webhook.next_words().await, "Create coffee?");
    assert_eq!(
        server.after_failures(0).await["last_error_message"],
        json!(null)
    );
}

#[tokio::test]
async fn this_machine_is_no_place_for_a_bot_unless_its_name_is_listed() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let mut webhook = Webhook::start().await;
    // The tests' server lists 127.0.0.1 alone.
    let url = format!("http://localhost:{}/", webhook.address.port());
    let id = server.installs(bot(&url, 3)).await;

    alice.enables(&room, id).await;

    let seen = server.after_failures(1).await;
    let reason = seen["last_error_message"].as_str().unwrap();
    let end = "is not a public address; list localhost in bot-hosts to allow it";
    assert!(reason.ends_with(end), "{reason}");
    webhook.knows_nothing_new();
}

#[tokio::test]
async fn a_bot_that_is_not_there_is_tried_again() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    // Bound and let go of: nobody listens.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let id = server.installs(bot(&url, 3)).await;

    alice.enables(&room, id).await;

    let seen = server.after_failures(1).await;
    let reason = seen["last_error_message"].as_str().unwrap();
    assert!(reason.starts_with("cannot connect: "), "{reason}");
}

#[tokio::test]
async fn a_bot_that_speaks_no_tls_is_not_told_over_tls() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let mut webhook = Webhook::start().await;
    let url = format!("https://{}/", webhook.address);
    let id = server.installs(bot(&url, 3)).await;

    alice.enables(&room, id).await;

    let seen = server.after_failures(1).await;
    let reason = seen["last_error_message"].as_str().unwrap();
    assert!(reason.starts_with("no TLS: "), "{reason}");
    webhook.knows_nothing_new();
}

#[tokio::test]
async fn what_waits_for_a_bot_that_is_switched_off_is_given_up() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (mut webhook, id) = server.bot_in(&alice, &room).await;
    webhook.will(&[Conduct::Status(500)]);
    alice.posts(&room, "tea?").await;
    webhook.next().await;
    server.after_failures(1).await;

    server.sets_bot_state(id, BotState::Disabled, None).await;
    server.sets_bot_state(id, BotState::Enabled, None).await;
    server.advance(10);
    alice.posts(&room, "coffee?").await;

    assert_eq!(webhook.next_words().await, "Create coffee?");
    let log = server.bot_log().await;
    assert_eq!(log[1], row("Create", "GivenUp", 1, "the bot was disabled"));
}

#[tokio::test]
async fn the_log_goes_back_a_week() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    let (_webhook, _) = server.bot_in(&alice, &room).await;
    server.until_all_are_told().await;

    server.lets_pass(7 * 24 * 3600).await;
    assert_eq!(server.bot_log().await.len(), 1);
    server.lets_pass(60).await;

    assert_eq!(server.bot_log().await, []);
}

// The program itself.

#[tokio::test]
async fn what_was_not_delivered_before_a_kill_is_delivered_afterwards() {
    let data = tempfile::tempdir().unwrap();
    let mut webhook = Webhook::start().await;
    let program = Program::start_with_bots(data.path());
    let alice = program.makes_user("alice").await;
    let room = alice.creates_group("Tea").await;
    program.kill();
    let run = |arguments: &[&str]| bot_command(data.path(), arguments, SECRET);

    let installed = run(&["install", "Kettle", "-", &webhook.url(), "boils"]);
    assert_eq!((installed.0, installed.1.as_str()), (0, "1\n"));
    assert_eq!(run(&["setup", "1", &room]).0, 0);
    webhook.will(&[Conduct::Hang]);
    let program = Program::start_with_bots(data.path());
    assert_eq!(webhook.next_words().await, "Join");
    program.kill();
    let program = Program::start_with_bots(data.path());

    assert_eq!(webhook.next_words().await, "Join");
    program.user("alice").posts(&room, "tea?").await;
    assert_eq!(webhook.next_words().await, "Create tea?");
}

#[tokio::test]
async fn the_command_line_looks_after_bots() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let alice = program.makes_user("alice").await;
    let room = alice.creates_group("Tea").await;
    let run = |arguments: &[&str]| bot_command(data.path(), arguments, SECRET);
    let busy = run(&["list"]);
    program.kill();
    let (url, other) = ("https://kettle.example/told", "https://toaster.example");
    let secret = "t".repeat(40);

    assert_eq!(busy.0, 1);
    assert!(busy.2.contains("the server is running"), "{}", busy.2);
    assert_eq!(run(&["install", "Kettle", SECRET, url]).0, 0);
    assert_eq!(run(&["install", "Kettle", &secret, url]).0, 2);
    assert_eq!(run(&["install", "Kettle", SECRET, other]).0, 3);
    let short = run(&["install", "Kettle", "short", other]);
    assert_eq!(short.0, 1);
    let text = "The provided secret is too short (min. 40 chars, max. 128 chars)";
    assert!(short.2.contains(text), "{}", short.2);
    let none = [
        "install",
        "Toaster",
        &secret,
        other,
        "",
        "--no-setup",
        "--feature",
        "none",
    ];
    assert_eq!(run(&none).0, 0);
    assert_eq!(run(&["setup", "9", &room]).0, 1);
    assert_eq!(run(&["setup", "1", "unknown"]).0, 2);
    assert_eq!(run(&["setup", "1", &room]).0, 0);
    assert_eq!(run(&["setup", "1", &room]).0, 3);
    let kettle = format!("1\tKettle\tenabled\twebhook,response\t0 failures\t{url}\n");
    let toaster = format!("2\tToaster\tno-setup\tnone\t0 failures\t{other}\n");
    assert_eq!(run(&["list"]).1, format!("{kettle}{toaster}"));
    assert_eq!(run(&["list", &room]).1, kettle);
    let log = run(&["log"]).1;
    assert!(log.ends_with("\tbot 1\tJoin\twaits\t0 attempts\n"), "{log}");
    assert_eq!(run(&["remove", "1", &room]).0, 0);
    assert_eq!(run(&["list", &room]).1, "");
    assert_eq!(run(&["state", "1", "0", "--feature", "reaction"]).0, 0);
    assert!(
        run(&["list"])
            .1
            .starts_with("1\tKettle\tdisabled\treaction\t")
    );
    let log = run(&["log", "1", "--limit", "1"]).1;
    assert!(
        log.ends_with("\tLeave\tgiven up\t0 attempts\tthe bot was disabled\n"),
        "{log}"
    );
    assert_eq!(run(&["state", "9", "1"]).0, 1);
    assert_eq!(run(&["state", "1", "3"]).0, 2);
    assert_eq!(run(&["uninstall", "1"]).0, 0);
    assert_eq!(run(&["uninstall", "1"]).0, 1);
    assert_eq!(run(&["list"]).1, toaster);
    assert_eq!(run(&["log"]).1, "");
}
