//! A conversation in which everything happens once, and how its readers are told.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

use super::{Actor, TestServer, chat, person};

/// Alice's public conversation "Tea" with Bob, Carol and a guest, or the one of Alice and Bob alone.
pub struct Scene {
    pub server: TestServer,
    pub alice: Actor,
    pub bob: Actor,
    pub carol: Actor,
    pub guest: Actor,
    pub token: String,
}

impl Scene {
    /// The public one.
    pub async fn tea() -> Self {
        let server = TestServer::with_calls().await;
        let [alice, bob, carol] = server.users(["alice", "bob", "carol"]).await;
        let token = alice.creates_public("Tea").await;
        alice.adds(&token, "bob").await;
        alice.adds(&token, "carol").await;
        let guest = server.guest_in(&token).await;
        Self {
            server,
            alice,
            bob,
            carol,
            guest,
            token,
        }
    }

    /// The same people, in the conversation of two.
    pub async fn of_two() -> Self {
        let tea = Self::tea().await;
        let token = tea.alice.turns_to("bob").await;
        Self { token, ..tea }
    }

    /// Who reads, in the order of a case's readings.
    pub fn readers(&self) -> [&Actor; 4] {
        [&self.alice, &self.bob, &self.carol, &self.guest]
    }

    /// Somebody or something as a parameter of a message.
    pub async fn object(&self, name: &str) -> Value {
        match name {
            "guest" => {
                let seen = self.guest.room(&self.token).await;
                guest(seen["actorId"].as_str().unwrap(), "Guest")
            }
            "system" => guest("system", "System"),
            "drinkers" => json!({
                "type": "group", "id": "drinkers", "name": "drinkers",
                "mention-id": "user-group/drinkers",
            }),
            account => person(account),
        }
    }
}

/// A guest as a parameter of a message.
fn guest(id: &str, name: &str) -> Value {
    let id = format!("guest/{id}");
    json!({ "type": "guest", "id": id, "name": name, "mention-id": id })
}

impl Actor {
    /// The history as XML: the texts of the messages by id. It must be a document without a fault.
    pub async fn xml_texts(&self, token: &str) -> BTreeMap<i64, String> {
        let path = format!("{}?lookIntoFuture=0&limit=200", chat(token));
        let answer = self.request("GET", &path).xml().send().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let leaves = xml_leaves(&answer.text);
        let of_rows = |name: &str| {
            let path = format!("ocs/data/element/{name}");
            let found = leaves.iter().filter(move |(at, _)| *at == path);
            found.map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        let (ids, texts) = (of_rows("id"), of_rows("message"));
        assert_eq!(ids.len(), texts.len());
        let ids = ids.iter().map(|id| id.parse().expect("a number"));
        ids.zip(texts).collect()
    }
}

/// The text of every element of a document, with the path to it; a document that is not well-formed panics.
fn xml_leaves(document: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut leaves = Vec::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                path.push(tag.name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(reference) => text.push(match reference.resolve_char_ref() {
                Ok(Some(character)) => character,
                _ => match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("&{other}; is no entity"),
                },
            }),
            Event::End(_) => {
                leaves.push((path.join("/"), std::mem::take(&mut text)));
                path.pop();
            }
            Event::Empty(_) | Event::Decl(_) => {}
            Event::Eof => break,
            other => panic!("{other:?} has no place here"),
        }
    }
    assert!(path.is_empty(), "the document ends within {path:?}");
    leaves
}
