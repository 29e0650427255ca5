//! The picture of a conversation: none of its own, an emoji, or an uploaded image.

use super::ids::random_text;

/// What a conversation shows as its picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Avatar {
    /// What its kind shows.
    #[default]
    Default,
    /// An emoji on a colour of six hex digits; `None`: a grey that follows the theme.
    Emoji {
        emoji: String,
        colour: Option<String>,
        version: String,
    },
    /// Stored beside the room.
    Picture {
        format: PictureFormat,
        version: String,
    },
}

/// What an uploaded image may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    Png,
    Jpeg,
}

impl Avatar {
    /// An emoji with a version of its own.
    pub fn emoji(emoji: impl Into<String>, colour: Option<String>) -> Self {
        Self::Emoji {
            emoji: emoji.into(),
            colour,
            version: new_version(),
        }
    }

    /// A picture with a version of its own.
    pub fn picture(format: PictureFormat) -> Self {
        Self::Picture {
            format,
            version: new_version(),
        }
    }

    /// Whether somebody chose it.
    pub fn is_custom(&self) -> bool {
        *self != Self::Default
    }

    /// As the database has it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Default => String::new(),
            Self::Emoji {
                emoji,
                colour,
                version,
            } => {
                let colour = colour.as_deref().unwrap_or_default();
                format!("emoji:{version}:{colour}:{emoji}")
            }
            Self::Picture {
                format: PictureFormat::Png,
                version,
            } => format!("png:{version}"),
            Self::Picture {
                format: PictureFormat::Jpeg,
                version,
            } => format!("jpeg:{version}"),
        }
    }

    /// The avatar that `to_text` wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Default);
        }
        let (kind, rest) = text.split_once(':')?;
        let picture = |format| Self::Picture {
            format,
            version: rest.to_owned(),
        };
        match kind {
            "png" => Some(picture(PictureFormat::Png)),
            "jpeg" => Some(picture(PictureFormat::Jpeg)),
            "emoji" => {
                let mut parts = rest.splitn(3, ':');
                let (version, colour, emoji) = (parts.next()?, parts.next()?, parts.next()?);
                Some(Self::Emoji {
                    emoji: emoji.to_owned(),
                    colour: Some(colour.to_owned()).filter(|colour| !colour.is_empty()),
                    version: version.to_owned(),
                })
            }
            _ => None,
        }
    }
}

/// 16 letters and digits, new for each picture, so that clients load it anew.
pub fn new_version() -> String {
    random_text(16, b"abcdefghijklmnopqrstuvwxyz0123456789")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_is_read_as_it_was_written() {
        for avatar in [
            Avatar::Default,
            Avatar::emoji("📝", Some("0082c9".to_owned())),
            Avatar::emoji("👩‍👩‍👧", None),
            Avatar::picture(PictureFormat::Png),
            Avatar::picture(PictureFormat::Jpeg),
        ] {
            assert_eq!(Avatar::from_text(&avatar.to_text()), Some(avatar));
        }
        assert_eq!(Avatar::from_text("gif:1"), None);
    }
}
