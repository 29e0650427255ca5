//! Letters: what they say, and the trait behind which they leave. Knows no SMTP.
//!
//! Whoever wants to write reserves places in the queue first, so that a full one refuses before anything is stored.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use crate::model::Token;
use crate::store::StoreError;

/// Letters that may be on their way at the same time.
pub const MAX_LETTERS: usize = 2000;

/// What of an address may stand in a link as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where letters go.
pub trait Mailer: Send + Sync {
    /// Whether letters reach their readers; if not, moderators hand the links over themselves.
    fn delivers(&self) -> bool;
    /// Takes a letter on its way and returns at once.
    fn post(&self, letter: Letter);
}

/// A letter with its place in the queue, which is free again once the letter is gone.
#[derive(Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The secret that the text is about. Only for those who cannot send the letter.
    pub link: String,
    _place: OwnedSemaphorePermit,
}

/// No way to send letters: the operator finds the links in the log.
pub struct LinksInLog;

impl Mailer for LinksInLog {
    fn delivers(&self) -> bool {
        false
    }

    fn post(&self, letter: Letter) {
        tracing::info!(
            to = letter.to,
            link = letter.link,
            "an invitation to be handed over, since no mail server is set"
        );
    }
}

/// Somebody is invited, or invited again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub token: Token,
    pub room_name: String,
    /// The name of who invites.
    pub inviter: String,
    pub address: String,
    pub access_token: String,
}

impl Invitation {
    /// What lets its reader in, on the server at `base_url` (without a slash at the end).
    pub fn link(&self, base_url: &str) -> String {
        let address = utf8_percent_encode(&self.address, ESCAPED);
        format!(
            "{base_url}/call/{}?email={address}&access={}",
            self.token, self.access_token
        )
    }

    fn subject(&self) -> String {
        format!("Invitation to \"{}\"", one_line(&self.room_name))
    }

    fn text(&self, link: &str) -> String {
        format!(
            "Hello,\n\n\
             {} invites you to the conversation \"{}\".\n\n\
             To take part, open this link:\n\n\
             {link}\n\n\
             The link is meant for you alone: whoever has it comes in as you.\n\
             If you do not know what this is about, ignore this letter.\n",
            one_line(&self.inviter),
            one_line(&self.room_name),
        )
    }
}

/// Names are chosen by people: a line break in one must not begin a line of the letter.
fn one_line(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Takes letters from the domain to a mailer, a bounded number at a time.
pub struct PostOffice {
    mailer: Arc<dyn Mailer>,
    places: Arc<Semaphore>,
}

/// Places in the queue for letters that are still to be written.
pub struct Places(OwnedSemaphorePermit);

impl PostOffice {
    /// In front of this mailer.
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self {
            mailer,
            places: Arc::new(Semaphore::new(MAX_LETTERS)),
        }
    }

    /// Whether letters reach their readers.
    pub fn delivers(&self) -> bool {
        self.mailer.delivers()
    }

    /// Places for so many letters. Those that are not used are free again when the value goes.
    ///
    /// Errors: `Store(Busy)` if there are not so many at present.
    pub fn reserve(&self, letters: usize) -> Result<Places, Error> {
        let count = u32::try_from(letters).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.places).try_acquire_many_owned(count);
        Ok(Places(permit.map_err(|_| StoreError::Busy)?))
    }

    /// Write to everybody who is invited.
    pub fn invite(&self, mut places: Places, invitations: &[Invitation], base_url: &str) {
        for invitation in invitations {
            let Some(place) = places.0.split(1) else {
                // More than were reserved for; a moderator can still send them again.
                tracing::warn!("an invitation was not sent: too many at once");
                return;
            };
            let link = invitation.link(base_url);
            self.mailer.post(Letter {
                to: invitation.address.clone(),
                subject: invitation.subject(),
                text: invitation.text(&link),
                link,
                _place: place,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<Letter>>);

    impl Mailer for Kept {
        fn delivers(&self) -> bool {
            true
        }

        fn post(&self, letter: Letter) {
            self.0.lock().unwrap().push(letter);
        }
    }

    fn invitation(address: &str, room_name: &str) -> Invitation {
        Invitation {
            token: Token::parse("tea23456").unwrap(),
            room_name: room_name.to_owned(),
            inviter: "Alice".to_owned(),
            address: address.to_owned(),
            access_token: "abc".to_owned(),
        }
    }

    #[test]
    fn a_link_names_room_address_and_secret() {
        for (address, expected) in [
            ("ann@tea.example", "ann%40tea.example"),
            ("ann+tea@tea.example", "ann%2Btea%40tea.example"),
            ("a&access=b#@x", "a%26access%3Db%23%40x"),
            ("jürgen@tea.example", "j%C3%BCrgen%40tea.example"),
        ] {
            assert_eq!(
                invitation(address, "Tea").link("https://chat.example/talk"),
                format!("https://chat.example/talk/call/tea23456?email={expected}&access=abc")
            );
        }
    }

    #[test]
    fn a_letter_says_who_invites_where_to_and_how_to_come() {
        let kept = Arc::new(Kept::default());
        let office = PostOffice::new(kept.clone());
        let places = office.reserve(1).unwrap();
        let ann = invitation("ann@tea.example", "Tea\r\nBcc: all@tea.example");

        office.invite(places, &[ann], "https://chat.example");

        let letters = kept.0.lock().unwrap();
        assert_eq!(letters[0].to, "ann@tea.example");
        assert_eq!(
            letters[0].subject,
            "Invitation to \"Tea  Bcc: all@tea.example\""
        );
        assert_eq!(
            letters[0].text,
            "Hello,\n\nAlice invites you to the conversation \"Tea  Bcc: all@tea.example\".\n\n\
             To take part, open this link:\n\n\
             https://chat.example/call/tea23456?email=ann%40tea.example&access=abc\n\n\
             The link is meant for you alone: whoever has it comes in as you.\n\
             If you do not know what this is about, ignore this letter.\n"
        );
    }

    #[test]
    fn a_place_is_taken_until_its_letter_is_gone() {
        let kept = Arc::new(Kept::default());
        let office = PostOffice::new(kept.clone());
        let places = office.reserve(MAX_LETTERS).unwrap();
        assert!(matches!(
            office.reserve(1),
            Err(Error::Store(StoreError::Busy))
        ));

        office.invite(places, &[invitation("ann@tea.example", "Tea")], "");

        assert!(office.reserve(MAX_LETTERS).is_err(), "one is on its way");
        assert!(
            office.reserve(MAX_LETTERS - 1).is_ok(),
            "unused ones are free"
        );
        kept.0.lock().unwrap().clear();
        assert!(office.reserve(MAX_LETTERS).is_ok());
    }
}
