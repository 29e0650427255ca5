//! Parameters: where they come from, which one wins, and what becomes of them.
//! Source: ocs.md 7.1 to 7.4.

use crate::support::rooms::{room, room_part};
use crate::support::{Actor, TestServer, chat, talk};
use serde_json::{Value, json};

const MULTIPART: &str = "multipart/form-data; boundary=B";

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

fn multipart(name: &str, value: &str) -> Vec<u8> {
    format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--B--\r\n")
        .into_bytes()
}

// Where they come from.

#[tokio::test]
async fn post_reads_multipart_forms() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let request = alice.request("POST", &chat(&token));
    let answer = request
        .body(MULTIPART, multipart("message", "in parts"))
        .send()
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["message"], "in parts");
}

#[tokio::test]
async fn put_reads_no_multipart_form() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let request = alice.request("PUT", &room(&token));
    let answer = request
        .body(MULTIPART, multipart("roomName", "in parts"))
        .send()
        .await;

    answer.refused(400, "roomName");
}

#[tokio::test]
async fn delete_reads_a_form() {
    let (server, alice) = alice().await;
    server.users(["bob"]).await;
    let token = alice.creates_group("Tea").await;
    alice.adds(&token, "bob").await;
    let bob = alice.attendee_of(&token, "bob").await;

    let path = room_part(&token, "attendees");
    let answer = alice.delete(&path, &[("attendeeId", &bob)]).await;

    answer.expect(200, json!(null));
    assert_eq!(alice.roles(&token).await, [("alice".to_owned(), 1)]);
}

#[tokio::test]
async fn even_get_reads_json() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    alice.posts(&token, "one").await;

    let request = alice.request("GET", &chat(&token));
    let body = json!({ "lookIntoFuture": 0, "limit": 1 });
    let answer = request.json(&body).send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.ids().len(), 1);
    assert_eq!(answer.data()[0]["message"], "one");
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let request = alice.request("POST", &chat(&token));
    let answer = request
        .body("text/plain", b"message=hello".to_vec())
        .send()
        .await;

    answer.refused(400, "message");
}

#[tokio::test]
async fn of_a_repeated_name_the_last_one_counts() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let fields = [("roomName", "First"), ("roomName", "Last")];
    let answer = alice.put(&room(&token), &fields).await;

    assert_eq!(answer.data()["name"], "Last");
}

#[tokio::test]
async fn brackets_build_lists() {
    let (server, alice) = alice().await;
    server.users(["bob", "carol"]).await;

    let token = alice
        .creates_room(&[
            ("roomName", "Tea"),
            ("participants[users][]", "bob"),
            ("participants[users][]", "carol"),
        ])
        .await;

    assert_eq!(
        alice.roles(&token).await,
        [
            ("alice".to_owned(), 1),
            ("bob".to_owned(), 3),
            ("carol".to_owned(), 3)
        ]
    );
}

#[tokio::test]
async fn names_are_case_sensitive() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice.put(&room(&token), &[("roomname", "Other")]).await;

    answer.refused(400, "roomName");
}

#[tokio::test]
async fn a_read_marker_below_its_range_is_refused_in_the_envelope() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let path = format!("{}/read", chat(&token));
    let answer = alice.post(&path, &[("lastReadMessage", "-3")]).await;

    answer.refused(400, "lastReadMessage");
}

#[tokio::test]
async fn who_is_not_in_the_room_is_refused_before_parameters_are_read() {
    let (server, alice) = alice().await;
    let [bob] = server.users(["bob"]).await;
    let token = alice.creates_group("Tea").await;

    let path = format!("{}/read", chat(&token));
    let answer = bob.post(&path, &[("lastReadMessage", "-3")]).await;

    answer.refused_with(404, json!([]));
}

// What becomes of them.

#[tokio::test]
async fn the_word_true_is_0_in_a_form_and_1_in_json() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    let path = room_part(&token, "read-only");

    let form = alice.put(&path, &[("state", "true")]).await;
    let body = json!({ "state": true });
    let json = alice.request("PUT", &path).json(&body).send().await;

    assert_eq!(form.data()["readOnly"], 0);
    assert_eq!(json.data()["readOnly"], 1);
}

#[tokio::test]
async fn numbers_are_read_as_far_as_they_go() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    let path = room_part(&token, "read-only");

    for text in ["1", "1.9", " 1", "1abc", "+1"] {
        assert_eq!(alice.put(&path, &[("state", "0")]).await.status, 200);
        let answer = alice.put(&path, &[("state", text)]).await;
        assert_eq!(answer.data()["readOnly"], 1, "{text}");
    }
}

#[tokio::test]
async fn a_number_beyond_all_bounds_is_the_largest() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice
        .put(
            &room_part(&token, "read-only"),
            &[("state", "99999999999999999999")],
        )
        .await;

    answer.refused(400, "value");
}

#[tokio::test]
async fn every_word_but_false_is_true() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    for (word, silent) in [
        ("no", json!(true)),
        ("False", json!(true)),
        ("1", json!(true)),
        ("false", Value::Null),
        ("0", Value::Null),
        ("", Value::Null),
    ] {
        let fields = [("message", "psst"), ("silent", word)];
        let answer = alice.post(&chat(&token), &fields).await;
        assert_eq!(answer.data()["silent"], silent, "{word}");
    }
}

#[tokio::test]
async fn a_number_is_no_text() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let request = alice.request("POST", &chat(&token));
    let answer = request.json(&json!({ "message": 5 })).send().await;

    answer.refused(400, "message");
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice.put(&room(&token), &[]).await;

    answer.refused(400, "roomName");
}

#[tokio::test]
async fn broken_json_counts_as_no_body() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    let request = alice.request("PUT", &room(&token));

    let broken = br#"{"roomName":"x""#.to_vec();
    let answer = request.body("application/json", broken).send().await;

    answer.refused(400, "roomName");
}

#[tokio::test]
async fn null_counts_as_absent() {
    let (_server, alice) = alice().await;

    let request = alice.request("POST", &talk("/api/v4/room"));
    let body = json!({ "roomType": null, "roomName": "Tea", "description": null });
    let answer = request.json(&body).send().await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["type"], 2);
    assert_eq!(answer.data()["description"], "");
}

#[tokio::test]
async fn the_body_wins_over_the_query() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let path = format!("{}?roomName=Query", room(&token));
    let answer = alice.put(&path, &[("roomName", "Body")]).await;

    assert_eq!(answer.data()["name"], "Body");
}

#[tokio::test]
async fn the_path_wins_over_the_body() {
    let (_server, alice) = alice().await;
    let tea = alice.creates_group("Tea").await;
    let coffee = alice.creates_group("Coffee").await;

    let request = alice.request("PUT", &room(&tea));
    let body = json!({ "token": coffee, "roomName": "Renamed" });
    request.json(&body).send().await;

    assert_eq!(alice.room(&tea).await["name"], "Renamed");
    assert_eq!(alice.room(&coffee).await["name"], "Coffee");
}

#[tokio::test]
async fn a_query_alone_is_enough() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice
        .put(&format!("{}?roomName=Query", room(&token)), &[])
        .await;

    assert_eq!(answer.data()["name"], "Query");
}
