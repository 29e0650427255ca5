//! Reading a chat: parameters, which rows in which order, status and headers, JSON and XML.
//! Source: chat.md 2.1 to 2.4; what waits is told in `story_waiting`.

use crate::support::{Actor, Answer, TestServer, chat, person};
use serde_json::json;

/// The conversation of the worked example: two system messages, then six messages.
struct Example {
    server: TestServer,
    alice: Actor,
    bob: Actor,
    room: String,
    /// The id of the first row, 487 in the example.
    first: i64,
}

impl Example {
    async fn start() -> Self {
        let server = TestServer::start().await;
        let (alice, bob, room) = server.tea().await;
        for text in ["one", "two", "three", "four", "five", "six"] {
            alice.posts(&room, text).await;
        }
        let history = alice.history(&room).await;
        let first = history[7]["id"].as_i64().unwrap();
        Self {
            server,
            alice,
            bob,
            room,
            first,
        }
    }

    /// An id of the example as it is here.
    fn id(&self, example: i64) -> i64 {
        example - 487 + self.first
    }

    /// Asserts a page, given in ids of the example, in both formats.
    async fn expect_page<const N: usize>(&self, query: &str, ids: [i64; N], last_given: i64) {
        let ids = ids.map(|id| self.id(id));
        let json = self.bob.reads(&self.room, query).await;
        assert_eq!(json.status, 200, "{}", json.text);
        assert_eq!(json.ids(), ids);
        assert_eq!(json.last_given(), Some(self.id(last_given)));
        assert!(json.common_read().is_some());
        let xml = self.bob.reading(&self.room, query).xml().send().await;
        assert_eq!(xml.status, 200, "{}", xml.text);
        assert_eq!(xml.xml_ids(), ids);
        assert_eq!(xml.last_given(), Some(self.id(last_given)));
        assert!(xml.common_read().is_some());
    }

    /// Asserts 304 in both formats.
    async fn expect_nothing(&self, query: &str) {
        let json = self.bob.reads(&self.room, query).await;
        json.expect_nothing_new();
        let xml = self.bob.reading(&self.room, query).xml().send().await;
        xml.expect_nothing_new();
    }

    /// History with these parameters.
    async fn history(&self, query: &str) -> Answer {
        let query = format!("lookIntoFuture=0&{query}");
        self.bob.reads(&self.room, &query).await
    }

    /// What came after, with these parameters, without waiting.
    async fn future(&self, query: &str) -> Answer {
        let query = format!("lookIntoFuture=1&timeout=0&{query}");
        self.bob.reads(&self.room, &query).await
    }
}

// The worked example of 2.3, row by row.

#[tokio::test]
async fn history_begins_with_the_newest_row() {
    let example = Example::start().await;
    let all = [494, 493, 492, 491, 490, 489, 488, 487];
    example.expect_page("lookIntoFuture=0", all, 487).await;
}

#[tokio::test]
async fn history_with_a_limit_has_the_newest_rows() {
    let example = Example::start().await;
    let query = "lookIntoFuture=0&limit=2";
    example.expect_page(query, [494, 493], 493).await;
}

#[tokio::test]
async fn history_with_an_offset_has_the_rows_before_it() {
    let example = Example::start().await;
    let offset = example.id(491);
    let query = format!("lookIntoFuture=0&lastKnownMessageId={offset}&limit=2");
    example.expect_page(&query, [490, 489], 489).await;
}

#[tokio::test]
async fn history_may_include_the_offset() {
    let example = Example::start().await;
    let offset = example.id(491);
    let query = format!("lookIntoFuture=0&lastKnownMessageId={offset}&limit=2&includeLastKnown=1");
    example.expect_page(&query, [491, 490], 490).await;
}

#[tokio::test]
async fn there_is_nothing_before_the_first_row() {
    let example = Example::start().await;
    let offset = example.id(487);
    let query = format!("lookIntoFuture=0&lastKnownMessageId={offset}");
    example.expect_nothing(&query).await;
}

#[tokio::test]
async fn the_future_has_the_rows_after_the_offset_oldest_first() {
    let example = Example::start().await;
    let offset = example.id(492);
    let query = format!("lookIntoFuture=1&lastKnownMessageId={offset}&timeout=0");
    example.expect_page(&query, [493, 494], 494).await;
}

#[tokio::test]
async fn the_future_may_include_the_offset() {
    let example = Example::start().await;
    let offset = example.id(492);
    let query =
        format!("lookIntoFuture=1&lastKnownMessageId={offset}&timeout=0&includeLastKnown=1");
    example.expect_page(&query, [492, 493, 494], 494).await;
}

#[tokio::test]
async fn there_is_nothing_after_the_last_row() {
    let example = Example::start().await;
    let offset = example.id(494);
    let query = format!("lookIntoFuture=1&lastKnownMessageId={offset}&timeout=0");
    example.expect_nothing(&query).await;
}

#[tokio::test]
async fn the_future_without_an_offset_begins_with_the_first_row() {
    let example = Example::start().await;
    let query = "lookIntoFuture=1&lastKnownMessageId=0&timeout=0&limit=2";
    example.expect_page(query, [487, 488], 488).await;
}

#[tokio::test]
async fn including_an_offset_that_is_the_last_row_never_waits() {
    let example = Example::start().await;
    let offset = example.id(494);
    let query =
        format!("lookIntoFuture=1&lastKnownMessageId={offset}&timeout=30&includeLastKnown=1");
    example.expect_page(&query, [494], 494).await;
}

#[tokio::test]
async fn a_client_pages_forward_with_what_was_last_given() {
    let example = Example::start().await;

    let mut read = Vec::new();
    let mut offset = 0;
    for _ in 0..4 {
        let query = format!("limit=2&lastKnownMessageId={offset}");
        let page = example.future(&query).await;
        offset = page.last_given().unwrap();
        read.extend(page.ids());
    }

    let all: Vec<i64> = (487..=494).map(|id| example.id(id)).collect();
    assert_eq!(read, all);
    let query = format!("lastKnownMessageId={offset}");
    example.future(&query).await.expect_nothing_new();
}

// Status and headers when no row is found.

#[tokio::test]
async fn history_without_a_row_tells_that_the_common_read_is_another() {
    let example = Example::start().await;
    let common = example.alice.reads(&example.room, "lookIntoFuture=0").await;
    let common = common.common_read();

    let answer = example
        .history("lastKnownMessageId=1&lastCommonReadId=99999")
        .await;

    assert_eq!(answer.common_read(), common);
    assert_eq!(answer.last_given(), None);
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn a_common_read_without_rows_is_an_empty_list_in_xml() {
    let example = Example::start().await;
    let query = "lookIntoFuture=0&lastKnownMessageId=1&lastCommonReadId=99999";

    let answer = example.bob.reading(&example.room, query).xml().send().await;

    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("\n <data/>\n"), "{}", answer.text);
    assert!(answer.common_read().is_some());
}

#[tokio::test]
async fn history_without_a_row_is_304_if_the_common_read_is_known() {
    let example = Example::start().await;
    let common = example.history("").await.common_read().unwrap();

    let query = format!("lookIntoFuture=0&lastKnownMessageId=1&lastCommonReadId={common}");
    example.expect_nothing(&query).await;
}

#[tokio::test]
async fn who_reads_privately_is_not_told_the_common_read() {
    let example = Example::start().await;
    example.bob.reads_privately().await;

    let query = "lookIntoFuture=0&lastKnownMessageId=1&lastCommonReadId=99999";
    example.expect_nothing(query).await;
}

#[tokio::test]
async fn nothing_new_through_v1_is_a_200_that_names_304() {
    let example = Example::start().await;
    let path = chat(&example.room).replace("v2.php", "v1.php");

    let answer = example
        .bob
        .get(&format!("{path}?lookIntoFuture=0&lastKnownMessageId=1"))
        .await;

    assert_eq!(answer.meta()["status"], "failure");
    assert_eq!(answer.meta()["statuscode"], 304);
    assert_eq!(answer.last_given(), None);
    answer.expect(200, json!(null));
}

// Parameters.

#[tokio::test]
async fn whether_to_look_into_the_future_must_be_said() {
    let example = Example::start().await;
    let answer = example.bob.reads(&example.room, "").await;
    answer.refused(400, "lookIntoFuture");
}

#[tokio::test]
async fn any_other_number_than_zero_looks_into_the_future() {
    let example = Example::start().await;
    let offset = example.id(492);
    let query = format!("lookIntoFuture=5&lastKnownMessageId={offset}&timeout=0");
    example.expect_page(&query, [493, 494], 494).await;
}

#[tokio::test]
async fn a_word_in_place_of_a_number_is_zero() {
    let example = Example::start().await;
    let offset = example.id(489);
    let query = format!("lookIntoFuture=true&lastKnownMessageId={offset}");
    example.expect_page(&query, [488, 487], 487).await;
}

#[tokio::test]
async fn a_page_has_100_rows_unless_asked_otherwise_and_never_more_than_200() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;
    for number in 0..202 {
        alice.posts(&room, &number.to_string()).await;
    }

    let rows = async |query: &str| alice.reads(&room, query).await.ids().len();
    assert_eq!(rows("lookIntoFuture=0").await, 100);
    assert_eq!(rows("lookIntoFuture=0&limit=150").await, 150);
    assert_eq!(rows("lookIntoFuture=0&limit=201").await, 200);
    assert_eq!(rows("lookIntoFuture=1&timeout=0&limit=5000").await, 200);
    assert_eq!(rows("lookIntoFuture=0&limit=0").await, 100);
    assert_eq!(rows("lookIntoFuture=0&limit=-1").await, 100);
    assert_eq!(rows("lookIntoFuture=0&limit=abc").await, 100);
}

#[tokio::test]
async fn a_negative_offset_is_no_offset() {
    let example = Example::start().await;
    let query = "lookIntoFuture=0&lastKnownMessageId=-5&limit=1";
    example.expect_page(query, [494], 494).await;
    let query = "lookIntoFuture=1&timeout=0&lastKnownMessageId=-5&limit=1";
    example.expect_page(query, [487], 487).await;
}

#[tokio::test]
async fn a_timeout_of_zero_or_less_does_not_wait() {
    let example = Example::start().await;
    let last = example.id(494);
    for timeout in ["0", "-1", "never"] {
        let query = format!("lookIntoFuture=1&lastKnownMessageId={last}&timeout={timeout}");
        example.expect_nothing(&query).await;
    }
}

#[tokio::test]
async fn parameters_may_come_in_a_form_of_json() {
    let example = Example::start().await;

    let answer = example
        .bob
        .request("GET", &chat(&example.room))
        .json(&json!({ "lookIntoFuture": 0, "limit": 1, "lastKnownMessageId": null }))
        .send()
        .await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.ids(), [example.id(494)]);
}

#[tokio::test]
async fn polling_keeps_the_session_of_a_phone_alive() {
    let example = Example::start().await;
    example.bob.joins(&example.room).await;
    example.server.advance(50);

    let reading = example
        .bob
        .reading(&example.room, "lookIntoFuture=0&limit=1");
    let phone = "Mozilla/5.0 (Android) Nextcloud-Talk v21.0.0";
    let answer = reading.header("user-agent", phone).send().await;

    assert_eq!(answer.status, 200);
    let room = example.bob.room(&example.room).await;
    assert_eq!(room["lastPing"], example.server.now());
}

#[tokio::test]
async fn polling_without_status_update_leaves_the_session_alone() {
    let example = Example::start().await;
    example.bob.joins(&example.room).await;
    let joined_at = example.server.now();
    example.server.advance(50);

    let query = "lookIntoFuture=0&limit=1&noStatusUpdate=1";
    let phone = "Mozilla/5.0 (Android) Nextcloud-Talk v21.0.0";
    let reading = example.bob.reading(&example.room, query);
    let answer = reading.header("user-agent", phone).send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(example.bob.room(&example.room).await["lastPing"], joined_at);
}

// Offsets that are no rows.

#[tokio::test]
async fn an_offset_need_not_exist() {
    let example = Example::start().await;
    let beyond = format!(
        "lookIntoFuture=0&lastKnownMessageId={}&limit=1",
        example.id(100_494)
    );
    example.expect_page(&beyond, [494], 494).await;
    let beyond = format!(
        "lookIntoFuture=1&timeout=0&lastKnownMessageId={}",
        example.id(100_494)
    );
    example.expect_nothing(&beyond).await;
    let huge = "lookIntoFuture=0&lastKnownMessageId=9223372036854775807&limit=1&includeLastKnown=1";
    example.expect_page(huge, [494], 494).await;
}

#[tokio::test]
async fn an_offset_may_be_a_message_of_another_conversation() {
    let example = Example::start().await;
    let elsewhere = example.alice.creates_group("Coffee").await;
    let offset = example.alice.posts(&elsewhere, "black").await;
    let later = example.alice.posts(&example.room, "seven").await;

    let answer = example
        .future(&format!("lastKnownMessageId={offset}"))
        .await;

    assert_eq!(answer.ids(), [later]);
}

#[tokio::test]
async fn an_offset_may_be_a_deleted_message() {
    let example = Example::start().await;
    let offset = example.id(494);
    let deleted = example.alice.deletes_message(&example.room, offset).await;
    assert_eq!(deleted.status, 200);

    let answer = example
        .future(&format!("lastKnownMessageId={offset}"))
        .await;

    assert_eq!(answer.column("systemMessage"), ["message_deleted"]);
}

// Which rows are shown.

/// A conversation whose messages live for an hour; Alice's.
async fn fleeting(alice: &Actor) -> String {
    let fields = [
        ("roomType", "2"),
        ("roomName", "Fog"),
        ("messageExpiration", "3600"),
    ];
    alice.creates_room(&fields).await
}

#[tokio::test]
async fn a_message_says_when_it_expires() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = fleeting(&alice).await;
    alice.posts(&room, "soon gone").await;

    let newest = alice.history(&room).await[0].clone();

    assert_eq!(newest["expirationTimestamp"], server.now() + 3600);
}

#[tokio::test]
async fn expired_rows_count_for_the_limit_but_are_not_shown() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = fleeting(&alice).await;
    let gone = alice.posts(&room, "soon gone").await;
    server.advance(3601);
    let fresh = alice.posts(&room, "fresh").await;

    let answer = alice.reads(&room, "lookIntoFuture=0&limit=2").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.ids(), [fresh]);
    assert_eq!(answer.last_given(), Some(gone));
}

#[tokio::test]
async fn a_page_of_expired_rows_is_an_empty_200() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = fleeting(&alice).await;
    let gone = alice.posts(&room, "soon gone").await;
    server.advance(3601);

    let answer = alice.reads(&room, "lookIntoFuture=0&limit=1").await;

    assert_eq!(answer.last_given(), Some(gone));
    assert!(answer.common_read().is_some());
    answer.expect(200, json!([]));
}

#[tokio::test]
async fn who_comes_later_reads_the_whole_history() {
    let example = Example::start().await;
    let [carol] = example.server.users(["carol"]).await;
    example.alice.adds(&example.room, "carol").await;

    let history = carol.history(&example.room).await;

    assert_eq!(history.len(), 9);
    assert_eq!(history[8]["id"], example.first);
}

#[tokio::test]
async fn guests_read_what_was_written_before_they_came() {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let room = alice.creates_public("Fair").await;
    let before = alice.posts(&room, "before").await;
    let guest = server.guest_in(&room).await;

    let history = guest.history(&room).await;

    assert_eq!(history[0]["id"], before);
    assert_eq!(history.len(), 2);
}

#[tokio::test]
async fn technical_messages_are_returned() {
    let example = Example::start().await;
    let target = example.id(494);
    example.alice.deletes_message(&example.room, target).await;

    let newest = example.bob.history(&example.room).await[0].clone();

    assert_eq!(newest["systemMessage"], "message_deleted");
    assert_eq!(newest["message"], "{actor} deleted a message");
    assert_eq!(newest["parent"]["id"], target);
}

// The first answer, whole.

#[tokio::test]
async fn a_system_message_has_every_field_in_order() {
    let server = TestServer::start().await;
    let (alice, _, room) = server.tea().await;

    let newest = alice.history(&room).await[0].clone();

    let expected = json!({
        "id": newest["id"],
        "token": room,
        "actorType": "users",
        "actorId": "alice",
        "actorDisplayName": "alice-displayname",
        "timestamp": server.now(),
        "message": "You added {user}",
        "messageParameters": { "actor": person("alice"), "user": person("bob") },
        "systemMessage": "user_added",
        "messageType": "system",
        "isReplyable": false,
        "referenceId": "",
        "reactions": {},
        "expirationTimestamp": 0,
        "markdown": false,
        "threadId": newest["id"]
    });
    // As text: the order of the keys counts.
    assert_eq!(newest.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_message_has_every_field_in_xml() {
    let example = Example::start().await;
    let query = "lookIntoFuture=0&limit=1";

    let answer = example.bob.reading(&example.room, query).xml().send().await;

    let (id, room, now) = (example.id(494), &example.room, example.server.now());
    let expected = format!(
        r#"<?xml version="1.0"?>
<ocs>
 <meta>
  <status>ok</status>
  <statuscode>200</statuscode>
  <message>OK</message>
 </meta>
 <data>
  <element>
   <id>{id}</id>
   <token>{room}</token>
   <actorType>users</actorType>
   <actorId>alice</actorId>
   <actorDisplayName>alice-displayname</actorDisplayName>
   <timestamp>{now}</timestamp>
   <message>six</message>
   <messageParameters/>
   <systemMessage></systemMessage>
   <messageType>comment</messageType>
   <isReplyable>1</isReplyable>
   <referenceId></referenceId>
   <reactions/>
   <expirationTimestamp>0</expirationTimestamp>
   <markdown>1</markdown>
   <threadId>{id}</threadId>
  </element>
 </data>
</ocs>
"#
    );
    assert_eq!(answer.text, expected);
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("application/xml; charset=utf-8"));
}

#[tokio::test]
async fn everybody_reads_a_system_message_in_their_own_words() {
    let server = TestServer::start().await;
    let (alice, bob, room) = server.tea().await;
    let [carol] = server.users(["carol"]).await;
    alice.adds(&room, "carol").await;

    let added = async |reader: &Actor| reader.history(&room).await[1]["message"].clone();
    assert_eq!(added(&alice).await, "You added {user}");
    assert_eq!(added(&bob).await, "{actor} added you");
    assert_eq!(added(&carol).await, "{actor} added {user}");
}
