//! The avatar of a conversation: who sees it, what it shows, setting and removing it.
//! Source: conversations.md 3.18. What is drawn and what is accepted: `picture`.

use sha1::{Digest, Sha1};

use super::Chat;
use super::admission::{Caller, Members, Needs, Participation};
use super::emoji;
use super::error::Error;
use super::event::Event;
use super::one_to_one::{Pair, Partner};
use super::picture::draw::Size;
use super::picture::icon::Icon;
use super::picture::upload::Sent;
use super::picture::{Format, Picture, Theme, svg};
use super::posting::say;
use super::session::is_listed_for;
use super::transaction::{Act, View};
use super::user_avatar::Look;
use crate::model::{
    Actor, Avatar, PictureFormat, Room, RoomKind, SystemMessage, Token, User, UserId,
};
use crate::store::StoreError;

const PARTNER_ONLY: &str = "One-to-one rooms always need to show the other users avatar";
const NO_EMOJI: &str = "Invalid emoji character";
const NO_COLOUR: &str = "Invalid background color";

/// The path of a conversation's avatar on this server, with its version. Of a one-to-one, `partner` is the other one.
pub fn avatar_path(room: &Room, partner: Option<&Partner>) -> String {
    format!(
        "/ocs/v2.php/apps/spreed/api/v1/room/{}/avatar?v={}",
        room.token,
        avatar_version(room, partner)
    )
}

/// Changes with the avatar, so that clients load it anew; the same for both themes. Of a one-to-one, `partner` is the
/// other one, whose picture it shows.
pub fn avatar_version(room: &Room, partner: Option<&Partner>) -> String {
    match &room.avatar {
        Avatar::Emoji { version, .. } | Avatar::Picture { version, .. } => version.clone(),
        Avatar::Default => {
            let look;
            let what = match Face::of(room) {
                Face::Emoji { emoji, .. } => emoji,
                Face::Icon(icon) => icon.name(),
                Face::Partner | Face::Stored(_) => {
                    look = partner.map(Partner::look);
                    look.as_deref().unwrap_or("partner")
                }
            };
            hex::encode(&Sha1::digest(what.as_bytes())[..4])
        }
    }
}

/// An emoji as somebody wishes it. Errors: the words of the refusal.
pub fn chosen_emoji(text: &str, colour: Option<String>) -> Result<Avatar, &'static str> {
    if !emoji::is_one(text) {
        return Err(NO_EMOJI);
    }
    if !colour.as_deref().is_none_or(is_colour) {
        return Err(NO_COLOUR);
    }
    Ok(Avatar::emoji(text, colour))
}

/// Whether this is a colour as the API writes it: six hex digits.
pub fn is_colour(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An avatar as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    pub picture: Picture,
    /// Unix seconds.
    pub looked_at: i64,
}

/// What an avatar shows.
enum Face<'r> {
    Stored(PictureFormat),
    Emoji {
        emoji: &'r str,
        colour: Option<&'r str>,
    },
    /// Of a one-to-one the other one.
    Partner,
    Icon(Icon),
}

impl<'r> Face<'r> {
    fn of(room: &'r Room) -> Self {
        match &room.avatar {
            Avatar::Picture { format, .. } => Self::Stored(*format),
            Avatar::Emoji { emoji, colour, .. } => Self::Emoji {
                emoji,
                colour: colour.as_deref(),
            },
            Avatar::Default if room.kind == RoomKind::OneToOne => Self::Partner,
            Avatar::Default => match emoji::leading(&room.name) {
                Some(emoji) => Self::Emoji {
                    emoji,
                    colour: None,
                },
                None => Self::Icon(Icon::of(room)),
            },
        }
    }
}

impl Chat {
    /// The avatar, for members and for accounts that find the conversation in the list of open ones.
    ///
    /// Errors: `RoomNotFound`.
    pub async fn avatar_for(
        &self,
        caller: &Caller,
        token: &Token,
        theme: Theme,
    ) -> Result<Shown, Error> {
        if !self.is_listed(caller, token).await? {
            let needs = Needs::of(Members::Participants);
            self.admit(caller, token, needs).await?;
        }
        let (token, user) = (token.clone(), caller.user_id().cloned());
        let (seen, looked_at) = self
            .read(move |view| {
                let room = view.tx.find_room(&token)?.ok_or(Error::RoomNotFound)?;
                Ok((show(view, &room, user.as_ref(), theme)?, view.now))
            })
            .await?;
        let picture = match seen {
            Seen::Picture(picture) => picture,
            Seen::Person { id, name } => {
                let viewer = caller.user.as_deref();
                self.picture_of_person(viewer, &id, &name, theme).await?
            }
        };
        Ok(Shown { picture, looked_at })
    }

    async fn picture_of_person(
        &self,
        viewer: Option<&User>,
        id: &UserId,
        name: &str,
        theme: Theme,
    ) -> Result<Picture, Error> {
        let size = Size::Large;
        let look = Look { size, theme };
        let portrait = match self.portrait_of(viewer, id.as_str(), look, None).await? {
            Some(portrait) => portrait,
            None => self.portrait_of_name(name, look).await?,
        };
        Ok(Picture {
            format: Format::Stored(PictureFormat::Png),
            bytes: portrait.png.unwrap_or_default(),
        })
    }

    async fn is_listed(&self, caller: &Caller, token: &Token) -> Result<bool, Error> {
        let Some(user) = caller.user_id().cloned() else {
            return Ok(false);
        };
        let token = token.clone();
        self.read(move |view| {
            let room = view.tx.find_room(&token)?;
            Ok(room.is_some_and(|room| is_listed_for(&room, Some(&user))))
        })
        .await
    }

    /// Show an uploaded picture. Errors: `AvatarRefused`.
    pub async fn set_picture(&self, at: &Participation, sent: Sent) -> Result<(), Error> {
        // Before the work, and again when the room is as it will be changed.
        check_kind(at.room())?;
        let accepted = self.examiner.examine(sent).await?;
        self.change(at, move |act, room, actor| {
            check_kind(room)?;
            act.tx.put_picture(room.id, &accepted.bytes)?;
            show_as(act, room, Avatar::picture(accepted.format))?;
            say(act, room, actor, SystemMessage::AvatarSet)?;
            Ok(())
        })
        .await
    }

    /// Show an emoji on a colour. Errors: `AvatarRefused`.
    pub async fn set_emoji(
        &self,
        at: &Participation,
        emoji: String,
        colour: Option<String>,
    ) -> Result<(), Error> {
        self.change(at, move |act, room, actor| {
            check_kind(room)?;
            let avatar = chosen_emoji(&emoji, colour).map_err(Error::AvatarRefused)?;
            act.tx.delete_picture(room.id)?;
            show_as(act, room, avatar)?;
            say(act, room, actor, SystemMessage::AvatarSet)?;
            Ok(())
        })
        .await
    }

    /// Show what the kind of conversation shows. Nothing happens if it does already.
    pub async fn remove_avatar(&self, at: &Participation) -> Result<(), Error> {
        self.change(at, |act, room, actor: &Actor| {
            if !room.avatar.is_custom() {
                return Ok(());
            }
            act.tx.delete_picture(room.id)?;
            show_as(act, room, Avatar::Default)?;
            say(act, room, actor, SystemMessage::AvatarRemoved)?;
            Ok(())
        })
        .await
    }
}

fn check_kind(room: &Room) -> Result<(), Error> {
    if room.kind.is_one_to_one() {
        return Err(Error::AvatarRefused(PARTNER_ONLY));
    }
    Ok(())
}

fn show_as(act: &mut Act<'_>, room: &mut Room, avatar: Avatar) -> Result<(), Error> {
    room.avatar = avatar;
    act.tx.update_room(room)?;
    act.happened(Event::RoomChanged { room: room.id });
    Ok(())
}

/// What a reader sees in a conversation's place.
enum Seen {
    Picture(Picture),
    /// The picture of an account.
    Person {
        id: UserId,
        name: String,
    },
}

fn show(view: &View<'_>, room: &Room, user: Option<&UserId>, theme: Theme) -> Result<Seen, Error> {
    Ok(Seen::Picture(match Face::of(room) {
        Face::Stored(format) => {
            let bytes = view
                .tx
                .picture(room.id)?
                .ok_or_else(|| StoreError::Corrupt {
                    place: "room_picture",
                    value: format!("none of room {}", room.id.0),
                })?;
            Picture {
                format: Format::Stored(format),
                bytes: bytes.into(),
            }
        }
        Face::Emoji { emoji, colour } => Picture::svg(svg::emoji(emoji, colour, theme)),
        Face::Partner => match Pair::find(view, room)?.zip(user) {
            Some((pair, user)) => {
                let Partner { id, name, .. } = pair.other_than(user).clone();
                return Ok(Seen::Person { id, name });
            }
            None => Picture::svg(Icon::User.draw(theme)),
        },
        Face::Icon(icon) => Picture::svg(icon.draw(theme)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(kind: RoomKind, name: &str, object_type: &str) -> Room {
        Room {
            object_type: object_type.to_owned(),
            ..Room::sample(kind, name)
        }
    }

    #[test]
    fn each_kind_has_an_icon_and_a_version_of_its_own() {
        let mut versions = Vec::new();
        for (kind, object_type, icon) in [
            (RoomKind::Changelog, "", Icon::Changelog),
            (RoomKind::Group, "file", Icon::File),
            (RoomKind::Public, "share:password", Icon::Password),
            (RoomKind::Public, "emails", Icon::Mail),
            (RoomKind::Group, "phone", Icon::Phone),
            (RoomKind::Group, "event", Icon::Event),
            (RoomKind::Public, "", Icon::Public),
            (RoomKind::FormerOneToOne, "", Icon::User),
            (RoomKind::Group, "", Icon::Group),
        ] {
            let room = room(kind, "Tea", object_type);
            assert!(matches!(Face::of(&room), Face::Icon(found) if found == icon));
            versions.push(avatar_version(&room, None));
        }
        versions.push(avatar_version(&room(RoomKind::OneToOne, "", ""), None));
        versions.push(avatar_version(&room(RoomKind::Group, "🫖 Tea", ""), None));
        versions.push(avatar_version(&room(RoomKind::Group, "☕ Tea", ""), None));
        for version in &versions {
            assert!(version.len() == 8 && is_hex(version), "{version}");
            let same = versions.iter().filter(|other| *other == version);
            assert_eq!(same.count(), 1, "{version}");
        }
        let group = |name| avatar_version(&room(RoomKind::Group, name, ""), None);
        assert_eq!(group("Tea"), group("Coffee"));
    }

    fn is_hex(text: &str) -> bool {
        text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    #[test]
    fn an_emoji_needs_to_be_one_and_a_colour_six_digits() {
        for (text, colour, refusal) in [
            ("📝", None, None),
            ("📝", Some("0082c9"), None),
            ("📝", Some("0082C9"), None),
            ("", None, Some(NO_EMOJI)),
            ("📝📝", None, Some(NO_EMOJI)),
            ("a", Some("red"), Some(NO_EMOJI)),
            ("📝", Some(""), Some(NO_COLOUR)),
            ("📝", Some("red"), Some(NO_COLOUR)),
            ("📝", Some("#0082c"), Some(NO_COLOUR)),
            ("📝", Some("0082c9f"), Some(NO_COLOUR)),
            ("📝", Some("0082cé"), Some(NO_COLOUR)),
        ] {
            let chosen = chosen_emoji(text, colour.map(str::to_owned));
            assert_eq!(chosen.err(), refusal, "{text} {colour:?}");
        }
    }
}
