//! Those who guess passwords and tokens are slowed down and then refused. Source: ocs.md 8.1.

use crate::support::rooms::{cloud, room, room_part};
use crate::support::{Actor, Answer, Request, TestServer, chat};
use chinwag::server::throwaway;
use serde_json::json;

const DELAY: &str = "x-nextcloud-bruteforce-throttled";
const TOO_MANY: &str = "Reached maximum delay";

async fn guarded() -> TestServer {
    let mut limits = throwaway::limits();
    limits.brute_force_protection = true;
    TestServer::start_with(limits).await
}

async fn asks_for_room(server: &TestServer, actor: &Actor, token: &str) -> Answer {
    server
        .answer_in_time(actor.request("GET", &room(token)))
        .await
}

async fn tries_password(server: &TestServer, password: &str) -> Answer {
    let actor = server.actor(Some(("alice", password)));
    server
        .answer_in_time(actor.request("GET", &cloud("user")))
        .await
}

async fn guesses_passwords(server: &TestServer, times: usize) {
    for _ in 0..times {
        let answer = tries_password(server, "wrong").await;
        answer.says(401, 997, "Unauthorised");
    }
}

async fn guesses_tokens(server: &TestServer, times: usize) {
    for _ in 0..times {
        let answer = asks_for_room(server, &server.guest(), "abcd2345").await;
        answer.refused_with(404, json!([]));
    }
}

#[tokio::test]
async fn the_first_guess_costs_its_own_time() {
    let server = guarded().await;

    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    answer.refused_with(404, json!([]));
    assert_eq!(answer.header(DELAY), Some("200ms"));
}

#[tokio::test]
async fn each_guess_waits_for_those_before_it_and_for_itself() {
    let server = guarded().await;
    guesses_tokens(&server, 1).await;

    let second = asks_for_room(&server, &server.guest(), "abcd2345").await;
    let third = asks_for_room(&server, &server.guest(), "abcd2345").await;

    assert_eq!(second.header(DELAY), Some("600ms"));
    assert_eq!(third.header(DELAY), Some("1200ms"));
}

#[tokio::test]
async fn a_token_that_exists_costs_nobody_time() {
    let server = guarded().await;
    let [alice] = server.users(["alice"]).await;
    let token = alice.creates_public("Tea").await;

    let answer = asks_for_room(&server, &server.guest(), &token).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["token"], token.as_str());
    assert_eq!(answer.header(DELAY), None);
}

#[tokio::test]
async fn the_delay_is_waited_for() {
    let server = guarded().await;
    guesses_tokens(&server, 8).await;
    let before = server.now();

    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    assert_eq!(answer.header(DELAY), Some("25000ms"));
    assert!(before + 25 <= server.now());
}

#[tokio::test]
async fn more_than_ten_guessed_tokens_are_429() {
    let server = guarded().await;
    guesses_tokens(&server, 11).await;

    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    answer.says(429, 429, TOO_MANY);
}

#[tokio::test]
async fn more_than_ten_wrong_passwords_are_429() {
    let server = guarded().await;
    let [_alice] = server.users(["alice"]).await;
    guesses_passwords(&server, 11).await;

    let answer = tries_password(&server, "wrong").await;

    answer.says(429, 429, TOO_MANY);
}

#[tokio::test]
async fn a_right_password_after_too_many_wrong_ones_is_429_too() {
    let server = guarded().await;
    let [_alice] = server.users(["alice"]).await;
    guesses_passwords(&server, 11).await;

    let answer = tries_password(&server, "123456").await;

    answer.says(429, 429, TOO_MANY);
}

/// The answers to requests that are all sent before the first is answered.
async fn all_at_once(server: &TestServer, requests: Vec<Request>) -> Vec<Answer> {
    let started: Vec<_> = requests.into_iter().map(Request::start).collect();
    while !started.iter().all(|answer| answer.is_finished()) {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        server.advance(1);
    }
    let mut answers = Vec::new();
    for answer in started {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn guesses_at_the_same_time_are_counted_as_well() {
    let server = guarded().await;
    let [_alice] = server.users(["alice"]).await;
    let guesses = (0..150).map(|number| {
        let guess = format!("wrong {number}");
        let guesser = server.actor(Some(("alice", &guess)));
        guesser.request("GET", &cloud("user"))
    });
    let answers = all_at_once(&server, guesses.collect()).await;

    let compared = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert!((11..=14).contains(&compared), "{compared}");
    assert_eq!(compared + refused, answers.len());
    let right = tries_password(&server, "123456").await;
    right.says(429, 429, TOO_MANY);
}

#[tokio::test]
async fn an_office_logs_in_at_once() {
    let server = guarded().await;
    let names: Vec<String> = (0..50).map(|number| format!("clerk{number}")).collect();
    for name in &names {
        let fields = [("userid", name.as_str()), ("password", "123456")];
        let made = server.admin().post(&cloud("users"), &fields).await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let logins = names.iter().map(|name| {
        let clerk = server.actor(Some((name, "123456")));
        clerk.request("GET", &cloud("user"))
    });

    let answers = all_at_once(&server, logins.collect()).await;

    for (answer, name) in answers.iter().zip(&names) {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.data()["id"], name.as_str());
    }
}

#[tokio::test]
async fn too_many_guesses_through_v1_are_200_with_429() {
    let server = guarded().await;
    let [_alice] = server.users(["alice"]).await;
    guesses_passwords(&server, 11).await;

    let stranger = server.actor(Some(("alice", "wrong")));
    let request = stranger.request("GET", "/ocs/v1.php/cloud/user");
    let answer = server.answer_in_time(request).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.meta()["statuscode"], 429);
    assert_eq!(answer.meta()["message"], TOO_MANY);
}

#[tokio::test]
async fn after_half_an_hour_there_is_only_a_delay() {
    let server = guarded().await;
    guesses_tokens(&server, 11).await;

    server.advance(31 * 60);
    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    answer.refused_with(404, json!([]));
    assert_eq!(answer.header(DELAY), Some("25000ms"));
}

#[tokio::test]
async fn after_half_a_day_everything_is_forgotten() {
    let server = guarded().await;
    guesses_tokens(&server, 11).await;

    server.advance(12 * 60 * 60 + 1);
    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    answer.refused_with(404, json!([]));
    assert_eq!(answer.header(DELAY), Some("200ms"), "as the first one");
}

#[tokio::test]
async fn a_success_forgives_no_wrong_password() {
    let server = guarded().await;
    let [_alice] = server.users(["alice"]).await;
    guesses_passwords(&server, 10).await;
    let right = tries_password(&server, "123456").await;
    assert_eq!(right.status, 200);

    guesses_passwords(&server, 1).await;
    let answer = tries_password(&server, "wrong").await;

    answer.says(429, 429, TOO_MANY);
}

#[tokio::test]
async fn a_remembered_login_is_not_slowed_down() {
    let server = guarded().await;
    let [alice] = server.users(["alice"]).await;
    assert_eq!(alice.get(&cloud("user")).await.status, 200);
    guesses_passwords(&server, 11).await;

    let request = alice.elsewhere().request("GET", &cloud("user"));
    let answer = server.answer_in_time(request).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["id"], "alice");
}

#[tokio::test]
async fn wrong_passwords_of_a_room_are_counted() {
    let server = guarded().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", "sesame"),
    ];
    let token = alice.creates_room(&fields).await;
    let path = room_part(&token, "participants/active");
    let guest = server.guest();
    let tries = |password: &'static str| {
        let request = guest.request("POST", &path);
        server.answer_in_time(request.form(&[("password", password)]))
    };

    let first = tries("wrong").await;
    let second = tries("wrong again").await;
    let right = tries("sesame").await;

    first.refused(403, "password");
    assert_eq!(first.header(DELAY), Some("200ms"));
    second.refused(403, "password");
    assert_eq!(second.header(DELAY), Some("600ms"));
    assert_eq!(right.status, 200);
    assert_eq!(right.header(DELAY), Some("400ms"));
}

#[tokio::test]
async fn more_than_ten_wrong_passwords_of_a_room_are_429() {
    let server = guarded().await;
    let [alice] = server.users(["alice"]).await;
    let fields = [
        ("roomType", "3"),
        ("roomName", "Tea"),
        ("password", "sesame"),
    ];
    let token = alice.creates_room(&fields).await;
    let path = room_part(&token, "participants/active");
    for _ in 0..11 {
        let request = server.guest().request("POST", &path);
        let wrong = request.form(&[("password", "wrong")]);
        server.answer_in_time(wrong).await.refused(403, "password");
    }

    let request = server.guest().request("POST", &path);
    let right = request.form(&[("password", "sesame")]);
    let answer = server.answer_in_time(right).await;

    answer.says(429, 429, TOO_MANY);
}

#[tokio::test]
async fn guesses_at_an_unknown_room_by_joining_are_counted() {
    let server = guarded().await;
    let path = room_part("abcd2345", "participants/active");
    let request = server.guest().request("POST", &path);

    let first = server.answer_in_time(request).await;
    let second = asks_for_room(&server, &server.guest(), "abcd2345").await;

    first.refused_with(404, json!(null));
    assert_eq!(first.header(DELAY), Some("200ms"));
    assert_eq!(second.header(DELAY), Some("600ms"));
}

#[tokio::test]
async fn guesses_at_an_unknown_room_by_reading_it_are_counted() {
    let server = guarded().await;
    let path = chat("abcd2345") + "?lookIntoFuture=0";
    let request = server.guest().request("GET", &path);

    let first = server.answer_in_time(request).await;
    let second = asks_for_room(&server, &server.guest(), "abcd2345").await;

    first.refused_with(404, json!([]));
    assert_eq!(first.header(DELAY), Some("200ms"));
    assert_eq!(second.header(DELAY), Some("600ms"));
}

#[tokio::test]
async fn a_guesser_of_tokens_may_still_read_capabilities() {
    let server = guarded().await;
    guesses_tokens(&server, 11).await;

    let request = server.guest().request("GET", &cloud("capabilities"));
    let answer = server.answer_in_time(request).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["version"]["major"], 32);
}

#[tokio::test]
async fn without_protection_nobody_is_slowed_down() {
    let server = TestServer::start().await;
    for _ in 0..12 {
        server.guest().get(&room("abcd2345")).await;
    }

    let answer = asks_for_room(&server, &server.guest(), "abcd2345").await;

    answer.refused_with(404, json!([]));
    assert_eq!(answer.header(DELAY), None);
}
