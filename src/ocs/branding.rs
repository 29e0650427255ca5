//! Under which name and in which colours the server shows itself: what the operator chose, and what follows from it.
//!
//! It stands here because two façades need it: the capabilities announce it, the pages wear it. Source: server.md 3.4.

use std::sync::OnceLock;

use bytes::Bytes;
use sha1::{Digest, Sha1};

use crate::chat::picture::draw::badge;
use crate::model::Colour;

/// How a shape must stand out from what is behind it, by the web's rules.
const VISIBLE: f64 = 3.0;
/// Pixels of a side.
const ICON_SIDE: u32 = 512;
const FAVICON_SIDE: u8 = 32;

/// A picture that the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub content_type: &'static str,
    pub bytes: Bytes,
}

/// Name, slogan, colour and logo.
#[derive(Debug)]
pub struct Branding {
    pub name: String,
    pub slogan: String,
    pub colour: Colour,
    pub logo: Option<Logo>,
    icon: OnceLock<Bytes>,
    favicon: OnceLock<Bytes>,
}

impl Branding {
    /// What is worn if the operator chose nothing.
    pub const NAME: &'static str = "Chinwag";
    pub const COLOUR: Colour = Colour(0x00, 0x67, 0x9e);

    pub fn new(name: String, slogan: String, colour: Colour, logo: Option<Logo>) -> Self {
        Self {
            name,
            slogan,
            colour,
            logo,
            icon: OnceLock::new(),
            favicon: OnceLock::new(),
        }
    }

    /// White or black: what can be read on the colour.
    pub fn text_colour(&self) -> Colour {
        self.colour.text_on()
    }

    /// The colour of controls on white.
    pub fn colour_on_bright(&self) -> Colour {
        self.colour.standing_out(Colour::WHITE, VISIBLE)
    }

    /// The colour of controls on black.
    pub fn colour_on_dark(&self) -> Colour {
        self.colour.standing_out(Colour::BLACK, VISIBLE)
    }

    /// Eight hex digits that change when anything of it does.
    pub fn version(&self) -> String {
        let mut hash = Sha1::new();
        for text in [&self.name, &self.slogan, &self.colour.to_string()] {
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        if let Some(logo) = &self.logo {
            hash.update(&logo.bytes);
        }
        hex::encode(&hash.finalize()[..4])
    }

    /// A PNG of 512 pixels a side.
    pub fn icon(&self) -> Bytes {
        self.icon.get_or_init(|| self.badge(ICON_SIDE)).clone()
    }

    /// A Windows icon, which every browser knows, with one PNG in it.
    pub fn favicon(&self) -> Bytes {
        let made = self
            .favicon
            .get_or_init(|| icon_file(FAVICON_SIDE, &self.badge(u32::from(FAVICON_SIDE))));
        made.clone()
    }

    fn badge(&self, side: u32) -> Bytes {
        badge(self.name.chars().next().unwrap_or('C'), side, self.colour)
    }
}

impl Default for Branding {
    fn default() -> Self {
        Self::new(Self::NAME.to_owned(), String::new(), Self::COLOUR, None)
    }
}

/// One PNG as the only picture of an icon: a head of 6 bytes, an entry of 16, the PNG.
fn icon_file(side: u8, png: &[u8]) -> Bytes {
    let mut file = Vec::with_capacity(22 + png.len());
    file.extend([0, 0, 1, 0, 1, 0]);
    file.extend([side, side, 0, 0, 1, 0, 32, 0]);
    file.extend(u32::try_from(png.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(22_u32.to_le_bytes());
    file.extend_from_slice(png);
    file.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_colour(colour: &str) -> Branding {
        let colour = colour.parse().expect("a colour");
        Branding::new("Tea".to_owned(), String::new(), colour, None)
    }

    #[test]
    fn colours_that_follow_can_be_read() {
        for (colour, text, on_bright, on_dark) in [
            ("#00679e", "#ffffff", "#00679e", "#00679e"),
            ("#ffd700", "#000000", "#a58b00", "#ffd700"),
            ("#ffffff", "#000000", "#8c8c8c", "#ffffff"),
            ("#000000", "#ffffff", "#000000", "#666666"),
        ] {
            let branding = in_colour(colour);
            assert_eq!(branding.text_colour().to_string(), text, "{colour}");
            assert_eq!(
                branding.colour_on_bright().to_string(),
                on_bright,
                "{colour}"
            );
            assert_eq!(branding.colour_on_dark().to_string(), on_dark, "{colour}");
        }
    }

    #[test]
    fn the_version_changes_with_each_part() {
        let logo = |bytes: &'static [u8]| Logo {
            content_type: "image/png",
            bytes: bytes.into(),
        };
        let of = |name: &str, slogan: &str, logo| {
            let colour = Branding::COLOUR;
            Branding::new(name.to_owned(), slogan.to_owned(), colour, logo).version()
        };
        let all = [
            of("ab", "c", None),
            of("a", "bc", None),
            of("ab", "d", None),
            of("ab", "c", Some(logo(b"1"))),
            of("ab", "c", Some(logo(b"2"))),
            in_colour("#123456").version(),
        ];
        for version in &all {
            assert_eq!(version.len(), 8);
            assert_eq!(all.iter().filter(|other| *other == version).count(), 1);
        }
        assert_eq!(of("ab", "c", None), all[0]);
    }

    #[test]
    fn an_icon_file_holds_the_picture_that_its_head_names() {
        let file = in_colour("#123456").favicon();
        assert_eq!(file[..4], [0, 0, 1, 0]);
        let length = u32::from_le_bytes(file[14..18].try_into().unwrap());
        assert_eq!(length as usize, file.len() - 22);
        let picture = image::load_from_memory(&file[22..]).expect("a PNG");
        assert_eq!((picture.width(), picture.height()), (32, 32));
    }
}
