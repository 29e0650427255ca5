//! One long conversation of made-up sentences, in a data directory that a server can start on. The domain itself writes it,
//! many messages in each transaction: over HTTP, a million of them would take an hour.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;

use chinwag::chat::{self, Chat, Error as Refusal};
use chinwag::model::{Actor, Token, UserId};
use chinwag::store::NewMessage;

use crate::api::Account;
use crate::error::Error;
use crate::history::Random;
use crate::prose::Prose;
use crate::town::{PASSWORD, caller, found, move_in, open, say};

/// Who wrote everything, and searches for it.
const WRITER: &str = "writer";
/// Messages that one transaction stores.
const STORED: usize = 5_000;
/// Messages that one transaction takes into the index, as on a running server.
const INDEXED: u32 = 500;

/// The conversation, which grows.
pub struct Archive {
    /// For a server to start on.
    pub directory: TempDir,
    token: Token,
    messages: usize,
    prose: Prose,
    random: Random,
}

impl Archive {
    /// An empty one.
    pub async fn create() -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let chat = open(directory.path()).await?;
        let created = async {
            let writer = move_in(&chat, WRITER.to_owned(), Vec::new()).await?;
            found(&chat, &writer, 2, "archive", Vec::new()).await
        };
        let token = created.await;
        chat.close().await;
        Ok(Self {
            directory,
            token: token.map_err(failed)?,
            messages: 0,
            prose: Prose::learn(),
            random: Random::new(0),
        })
    }

    /// The only account.
    pub fn account() -> Account {
        Account::new(WRITER, PASSWORD)
    }

    /// Adds messages until there are `messages`, all of them in the index; `rare` stands alone in the one in their middle.
    pub async fn grow(&mut self, messages: usize, rare: &str) -> Result<(), Error> {
        let chat = open(self.directory.path()).await?;
        let grown = self.write(&chat, messages, rare).await;
        chat.close().await;
        grown.map_err(failed)
    }

    /// A copy of everything as it is now.
    pub fn copy(&self) -> Result<TempDir, Error> {
        let copy = tempfile::tempdir()?;
        for file in fs::read_dir(self.directory.path())? {
            let file = file?;
            fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
        Ok(copy)
    }

    async fn write(
        &mut self,
        chat: &Arc<Chat>,
        messages: usize,
        rare: &str,
    ) -> Result<(), chat::Error> {
        while self.messages + 1 < messages {
            let next = (self.messages + STORED).min(messages - 1);
            let texts = (self.messages..next).map(|number| match number == messages / 2 {
                true => rare.to_owned(),
                false => self.prose.sentence(&mut self.random),
            });
            store(chat, &self.token, texts.collect()).await?;
            self.messages = next;
        }
        // The last one is posted, so that the conversation knows how far it goes.
        let writer = caller(chat, WRITER).await?;
        say(chat, &writer, &self.token, "that is all").await?;
        self.messages += 1;
        while chat.write(|act| Ok(act.tx.index_texts(INDEXED)?)).await? {}
        Ok(())
    }
}

fn failed(refusal: Refusal) -> Error {
    Error::Unexpected(format!("no archive: {refusal}"))
}

async fn store(chat: &Chat, token: &Token, texts: Vec<String>) -> Result<(), chat::Error> {
    let token = token.clone();
    let storing = chat.write(move |act| {
        let room = act.tx.find_room(&token)?.ok_or(Refusal::RoomNotFound)?.id;
        for text in texts {
            let writer = Actor::user(&UserId(WRITER.to_owned()));
            let message = NewMessage::text(room, writer, act.now, text);
            act.tx.insert_message(&message)?;
        }
        Ok(())
    });
    storing.await
}
