//! What bots say: signed with their secret, without an account or a place in the conversation.
//! Source: chat-extras.md 4.4.

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;

use super::replay::Mac;
use super::{BotRefusal, active, actor};
use crate::chat::error::Error;
use crate::chat::mention_flags::flag_mentions;
use crate::chat::message::{ReferenceId, trim};
use crate::chat::posting::{Entry, append};
use crate::chat::reaction::{self, Reacted};
use crate::chat::throttle::Action;
use crate::chat::transaction::{Act, View};
use crate::chat::{Chat, MAX_MESSAGE_CHARS, notice, one_to_one};
use crate::model::{Body, Bot, BotFeatures, BotId, BotSecret, MessageId, Room, Token};

/// Characters that the random part of a signature has at least.
const MIN_RANDOM_CHARS: usize = 32;
/// A text of more bytes is too long, white space and all; its signature is not even looked at.
const MAX_SIGNED_BYTES: usize = 1024 * 1024;

/// How a request proves to come from a bot.
#[derive(Debug, Clone)]
pub struct Signed {
    pub random: String,
    /// Hex, in any case.
    pub signature: String,
}

/// Where a bot wants to say something.
#[derive(Debug, Clone)]
pub struct Whence {
    pub token: Token,
    pub address: IpAddr,
    /// `None`: there is no signature.
    pub signed: Option<Signed>,
}

/// A message of a bot.
#[derive(Debug, Clone)]
pub struct BotMessage {
    pub text: String,
    /// 0: not a reply.
    pub reply_to: MessageId,
    pub reference_id: ReferenceId,
    pub silent: bool,
}

/// A bot whose signature fitted.
struct Signer {
    token: Token,
    bot: BotId,
}

impl Chat {
    /// Post a message as the bot that signed it.
    ///
    /// Errors, in order: `NothingSaid`, `Unsigned`, `Forged`, `ParentNotFound`, `TooLong`.
    pub async fn post_as_bot(&self, whence: &Whence, message: BotMessage) -> Result<(), Error> {
        if trim(&message.text).is_empty() {
            return Err(BotRefusal::NothingSaid.into());
        }
        let signer = self.signer(whence, &message.text).await?;
        self.write(move |act| {
            let (room, bot) = still_active(act, &signer)?;
            let parent = match message.reply_to {
                MessageId::NONE => None,
                id => {
                    let parent = act.tx.find_message(room.id, id)?;
                    Some(parent.ok_or(BotRefusal::ParentNotFound)?)
                }
            };
            let text = trim(&message.text);
            if text.chars().count() > MAX_MESSAGE_CHARS {
                return Err(BotRefusal::TooLong.into());
            }
            one_to_one::refill(act, &room)?;
            let author = actor(&bot);
            let entry = Entry {
                parent: parent.as_ref(),
                reference_id: message.reference_id.into_text(),
                silent: message.silent,
                can_mention_all: !room.mentions_by_moderators_only,
                ..Entry::of(&author, Body::Text(text.to_owned()))
            };
            let row = append(act, &room, entry)?;
            let flagged = flag_mentions(act, &room, &author, &row.message, parent.as_ref())?;
            notice::of_message(act, &room, &author, &row.message, &flagged)
        })
        .await
    }

    /// React to a message as the bot that signed the emoji.
    ///
    /// Errors, in order: `Unsigned`, `Forged`, `ReactionNotFound`, `NotReactable`.
    pub async fn react_as_bot(
        &self,
        whence: &Whence,
        id: MessageId,
        emoji: String,
    ) -> Result<Reacted, Error> {
        let signer = self.signer(whence, &emoji).await?;
        self.write(move |act| {
            let (room, bot) = still_active(act, &signer)?;
            reaction::add(act, &room, &actor(&bot), id, &emoji)
        })
        .await
    }

    /// Take a reaction back as the bot that signed the emoji.
    ///
    /// Errors, in order: `Unsigned`, `Forged`, `ReactionNotFound`.
    pub async fn take_reaction_back_as_bot(
        &self,
        whence: &Whence,
        id: MessageId,
        emoji: String,
    ) -> Result<(), Error> {
        let signer = self.signer(whence, &emoji).await?;
        self.write(move |act| {
            let (room, bot) = still_active(act, &signer)?;
            match reaction::remove(act, &room, &actor(&bot), id, &emoji) {
                Err(Error::NotReactable) => Err(Error::ReactionNotFound),
                other => other,
            }
        })
        .await
    }

    /// The bot that signed `text`.
    async fn signer(&self, whence: &Whence, text: &str) -> Result<Signer, Error> {
        let signed = whence.signed.as_ref().filter(|signed| {
            !signed.signature.is_empty() && signed.random.chars().count() >= MIN_RANDOM_CHARS
        });
        let signed = signed.ok_or(BotRefusal::Unsigned)?.clone();
        if text.len() > MAX_SIGNED_BYTES {
            return Err(BotRefusal::TooLong.into());
        }
        let (token, text) = (whence.token.clone(), text.to_owned());
        // Not in the transaction that writes: others must not wait for somebody's guesses.
        let found = self
            .read(move |view| find_signer(view, &token, &signed, &text))
            .await?;
        let Some((bot, mac)) = found else {
            self.note_failure(Action::Bot, whence.address);
            return Err(BotRefusal::Forged.into());
        };
        if !self.replays.claim(mac, self.clock.now()) {
            // Not counted as a guess: mostly a bot that tries again what it believes to be lost.
            return Err(BotRefusal::Forged.into());
        }
        Ok(Signer {
            token: whence.token.clone(),
            bot,
        })
    }
}

/// Compares the signature with that of each bot that may answer, in the same time whether one fits.
fn find_signer(
    view: &View<'_>,
    token: &Token,
    signed: &Signed,
    text: &str,
) -> Result<Option<(BotId, Mac)>, Error> {
    let Some(room) = view.tx.find_room(token)? else {
        return Ok(None);
    };
    let Ok(Ok(given)) = hex::decode(&signed.signature).map(Mac::try_from) else {
        return Ok(None);
    };
    let mut found = None;
    for bot in active(view, room.id, BotFeatures::RESPONSE)? {
        let expected = sign(&bot.secret, &signed.random, text.as_bytes());
        if bool::from(subtle::ConstantTimeEq::ct_eq(&expected[..], &given[..])) {
            found = Some((bot.id, given));
        }
    }
    Ok(found)
}

/// HMAC-SHA256 over a random text and what it goes with.
pub fn sign(secret: &BotSecret, random: &str, text: &[u8]) -> Mac {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(random.as_bytes());
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// The room and the bot as they are inside the transaction: the signature was looked at before it.
fn still_active(act: &Act<'_>, signer: &Signer) -> Result<(Room, Bot), Error> {
    let room = act.tx.find_room(&signer.token)?.ok_or(BotRefusal::Forged)?;
    let mut bots = active(&act.view(), room.id, BotFeatures::RESPONSE)?.into_iter();
    let bot = bots.find(|bot| bot.id == signer.bot);
    Ok((room, bot.ok_or(BotRefusal::Forged)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_recorded_algorithm() {
        // RFC 4231, test case 2, its data cut in two.
        let mac = sign(
            &BotSecret("Jefe".to_owned()),
            "what do ya want ",
            b"for nothing?",
        );
        assert_eq!(
            hex::encode(mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
