//! Searching finds what a plain look at each text would find, however its needles and texts are made, in a few
//! conversations and in many, where the index knows them and where it does not yet.
//! Source: chat-extras.md 11.

use chinwag::chat::Error;
use chinwag::model::{Actor as Who, Token, UserId};
use chinwag::store::NewMessage;

use crate::support::{Actor, TestServer};

/// Messages found by one request, at most.
const LIMIT: usize = 100;

/// Texts that often share their parts, the same in each run.
struct Babble(u64);

impl Babble {
    fn number(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn text(&mut self, longest: usize) -> String {
        const PARTS: [&str; 12] = [
            "tea", "t", "ea", "Kettle", "on the ", "ß", "日本", "\"", "ÄÖ", "aa", "\n", "stove",
        ];
        let parts = 1 + self.number(longest);
        let parts = (0..parts).map(|_| PARTS[self.number(PARTS.len())]);
        parts.collect()
    }
}

/// Puts texts of alice into a conversation, without a request for each; their ids.
async fn was_said(server: &TestServer, room: &str, texts: Vec<String>) -> Vec<i64> {
    let token = Token::parse(room).expect("a token");
    let saying = server.chat().write(move |act| {
        let room = act.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?.id;
        let mut ids = Vec::new();
        for text in texts {
            let alice = Who::user(&UserId("alice".to_owned()));
            let message = NewMessage::text(room, alice, act.now, text);
            let id = act.tx.insert_message(&message)?;
            ids.push(id.0);
        }
        Ok(ids)
    });
    saying.await.expect("messages")
}

async fn is_indexed(server: &TestServer) {
    let indexing = server.chat().write(|act| {
        while act.tx.index_texts(100)? {}
        Ok(())
    });
    indexing.await.expect("an index");
}

async fn finds(actor: &Actor, term: &str) -> Vec<i64> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("term", term), ("limit", &LIMIT.to_string())]);
    let query = query.finish();
    let path = format!("/ocs/v2.php/search/providers/talk-message/search?{query}");
    let answer = actor.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer.data();
    let entries = data["entries"].as_array().expect("entries").iter();
    let ids = entries.map(|entry| {
        let id = entry["attributes"]["messageId"].as_str().expect("an id");
        id.parse().expect("a number")
    });
    ids.collect()
}

/// Everything is said in three parts; of the last one the index knows nothing.
async fn all_is_found_in(rooms: usize, texts: usize, seed: u64) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    let mut babble = Babble(seed);
    let mut tokens = Vec::new();
    for number in 0..rooms {
        tokens.push(alice.creates_group(&format!("Tea {number}")).await);
    }
    let mut written: Vec<(i64, String)> = Vec::new();
    for part in 0..3 {
        for room in &tokens {
            let texts: Vec<String> = (0..texts).map(|_| babble.text(25)).collect();
            let ids = was_said(&server, room, texts.clone()).await;
            written.extend(ids.into_iter().zip(texts));
            written.push((alice.posts(room, "tea?").await, "tea?".to_owned()));
        }
        if part < 2 {
            is_indexed(&server).await;
        }
    }
    written.sort();
    written.reverse();
    let mut lengths = [0; 3];
    for round in 0..150 {
        let term = babble.text(1 + round % 8);
        let folded = term.to_lowercase();
        let fitting = written
            .iter()
            .filter(|(_, text)| text.to_lowercase().contains(&folded) && !term.trim().is_empty());
        let expected: Vec<i64> = fitting.map(|(id, _)| *id).take(LIMIT).collect();
        assert_eq!(finds(&alice, &term).await, expected, "{term:?}");
        lengths[usize::from(!expected.is_empty()) + usize::from(expected.len() == LIMIT)] += 1;
    }
    assert!(
        lengths.iter().all(|count| *count > 10),
        "none, some, a full page: {lengths:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn in_a_few_conversations_all_is_found() {
    all_is_found_in(2, 300, 7).await;
}

#[tokio::test]
async fn in_many_conversations_all_is_found() {
    all_is_found_in(12, 50, 11).await;
}
