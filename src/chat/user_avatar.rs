//! The avatar of a person: who sees which, setting and removing one's own. Source: server.md 9.
//!
//! What is drawn and what is accepted: `picture`. The avatar of a conversation: `avatar`.

use bytes::Bytes;
use sha1::{Digest, Sha1};

use super::Chat;
use super::error::Error;
use super::event::Event;
use super::picture::Theme;
use super::picture::draw::Size;
use super::picture::face::Face;
use super::picture::upload::{self, Sent};
use super::transaction::View;
use crate::model::avatar::new_version;
use crate::model::{User, UserId};
use crate::store::PortraitInfo;

/// Grows when the drawings look different, so that clients load them anew.
const STYLE: u32 = 1;

/// How a picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub size: Size,
    pub theme: Theme,
}

/// The picture of a person, a PNG.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// `None`: the asker has it already.
    pub png: Option<Bytes>,
    /// Another one for each picture.
    pub tag: String,
    /// Somebody uploaded it, at this time in Unix seconds; else it is drawn.
    pub set_at: Option<i64>,
    /// Unix seconds.
    pub looked_at: i64,
}

/// What stands for an account.
enum Stored {
    Nobody,
    Face(Face),
    Uploaded(PortraitInfo, Option<Bytes>),
}

impl Chat {
    /// The picture of an account; `None` if there is no such account. `known` is the tag that the asker has.
    pub async fn portrait_of(
        &self,
        viewer: Option<&User>,
        id: &str,
        look: Look,
        known: Option<&str>,
    ) -> Result<Option<Portrait>, Error> {
        let (id, viewer) = (id.to_owned(), viewer.map(|user| user.id.clone()));
        let known = known.map(str::to_owned);
        let stored = self
            .read(move |view| stored(view, &id, viewer.as_ref(), look.size, known.as_deref()))
            .await?;
        let (info, png) = match stored {
            Stored::Nobody => return Ok(None),
            Stored::Face(face) => return self.drawn(face, look).await.map(Some),
            Stored::Uploaded(info, png) => (info, png),
        };
        Ok(Some(Portrait {
            png,
            tag: tag_of(&info, look.size),
            set_at: Some(info.set_at),
            looked_at: self.clock().now(),
        }))
    }

    /// What is drawn for a name.
    pub async fn portrait_of_name(&self, name: &str, look: Look) -> Result<Portrait, Error> {
        self.drawn(Face::of(name), look).await
    }

    async fn drawn(&self, face: Face, look: Look) -> Result<Portrait, Error> {
        let what = format!("{STYLE} {face:?} {look:?}");
        Ok(Portrait {
            png: Some(self.artist.draw(face, look.size, look.theme).await?),
            tag: digest(&what),
            set_at: None,
            looked_at: self.clock().now(),
        })
    }

    /// Show an uploaded picture. Errors: `AvatarRefused`, `PictureUnreadable`.
    pub async fn set_portrait(&self, user: &User, sent: Sent) -> Result<(), Error> {
        let portrait = self.examiner.portray(sent).await.map_err(in_own_words)?;
        let id = user.id.clone();
        self.write(move |act| {
            // It may be gone meanwhile.
            let user = act.tx.find_user(id.as_str())?.ok_or(Error::NotLoggedIn)?;
            let info = PortraitInfo {
                version: new_version(),
                set_at: act.now,
            };
            let (small, large) = (&portrait.small, &portrait.large);
            act.tx.put_portrait(user.number, &info, small, large)?;
            act.happened(Event::PortraitChanged { user: user.id });
            Ok(())
        })
        .await
    }

    /// Show what is drawn. Nothing happens if it is shown already.
    pub async fn remove_portrait(&self, user: &User) -> Result<(), Error> {
        let (number, id) = (user.number, user.id.clone());
        self.write(move |act| {
            act.tx.delete_portrait(number)?;
            act.happened(Event::PortraitChanged { user: id });
            Ok(())
        })
        .await
    }
}

fn stored(
    view: &View<'_>,
    id: &str,
    viewer: Option<&UserId>,
    size: Size,
    known: Option<&str>,
) -> Result<Stored, Error> {
    let Some(user) = view.user(id)? else {
        return Ok(Stored::Nobody);
    };
    let face = Stored::Face(Face::of(&user.display_name));
    let Some(info) = view.tx.portrait_info(user.number)? else {
        return Ok(face);
    };
    if viewer != Some(&user.id) && is_private(view, &user)? {
        return Ok(face);
    }
    if known == Some(tag_of(&info, size).as_str()) {
        return Ok(Stored::Uploaded(info, None));
    }
    let png = match size {
        Size::Small => view.tx.small_portrait(user.number)?,
        Size::Large => view.tx.large_portrait(user.number)?,
    };
    Ok(match png {
        Some(png) => Stored::Uploaded(info, Some(png.into())),
        None => face,
    })
}

/// Changes with the picture that others see of an account with this name, which is `portrait` or drawn.
pub(super) fn look_of(portrait: Option<&str>, name: &str) -> String {
    match portrait {
        Some(version) => version.to_owned(),
        None => format!("{STYLE} {:?}", Face::of(name)),
    }
}

/// Whether the account keeps its picture to itself.
pub(super) fn is_private(view: &View<'_>, user: &User) -> Result<bool, Error> {
    let fields = view.tx.user_fields(user.number)?;
    let mut scopes = fields.iter().filter(|(name, _)| name == "avatarScope");
    Ok(scopes.any(|(_, scope)| scope == "v2-private"))
}

fn tag_of(info: &PortraitInfo, size: Size) -> String {
    digest(&format!("{} {}", info.version, size.side()))
}

fn digest(text: &str) -> String {
    hex::encode(&Sha1::digest(text.as_bytes())[..16])
}

/// Here the refusal of a broken file has a shape of its own.
fn in_own_words(error: Error) -> Error {
    match error {
        Error::AvatarRefused(reason) if upload::is_about_content(reason) => {
            Error::PictureUnreadable(reason)
        }
        error => error,
    }
}
