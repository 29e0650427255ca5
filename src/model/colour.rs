//! A colour of three parts, and how well it can be read on another one.

use std::fmt;
use std::str::FromStr;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

/// The text is no colour of the form `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour of six hex digits, such as #00679e")]
pub struct NotAColour;

impl Colour {
    pub const WHITE: Self = Self(255, 255, 255);
    pub const BLACK: Self = Self(0, 0, 0);

    /// This colour with so much of `other` in it, from 0 to 1; parts are cut, not rounded.
    pub fn towards(self, other: Self, share: f64) -> Self {
        let mix = |from: u8, to: u8| {
            let (from, to) = (f64::from(from), f64::from(to));
            // Between two bytes.
            (from + (to - from) * share.clamp(0.0, 1.0)) as u8
        };
        Self(
            mix(self.0, other.0),
            mix(self.1, other.1),
            mix(self.2, other.2),
        )
    }

    /// How this one stands out against another, by the web's rules: from 1 (not at all) to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// White or black, whichever can be read better on this colour.
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// This colour, moved away from `ground` just as far as it takes to stand out by `wanted`.
    pub fn standing_out(self, ground: Self, wanted: f64) -> Self {
        const STEPS: u32 = 20;
        let away = ground.text_on();
        let steps = (0..=STEPS).map(|step| self.towards(away, f64::from(step) / f64::from(STEPS)));
        let mut steps = steps.skip_while(|colour| colour.contrast(ground) < wanted);
        steps.next().unwrap_or(away)
    }

    fn luminance(self) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAColour);
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| NotAColour);
        Ok(Self(part(0)?, part(2)?, part(4)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_a_hash_and_six_hex_digits() {
        for (text, shown) in [
            ("#00679e", Some("#00679e")),
            ("#ABCDEF", Some("#abcdef")),
            ("00679e", None),
            ("#0067", None),
            ("#00679e0", None),
            ("#00679g", None),
            ("#+1+1+1", None),
            ("#0067é", None),
            ("", None),
        ] {
            let read: Option<Colour> = text.parse().ok();
            let read = read.map(|colour| colour.to_string());
            assert_eq!(read.as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn text_is_white_or_black_whichever_is_read_better() {
        for (ground, text) in [
            (Colour::BLACK, Colour::WHITE),
            (Colour::WHITE, Colour::BLACK),
            (Colour(0, 0x67, 0x9e), Colour::WHITE),
            (Colour(0xff, 0xd7, 0), Colour::BLACK),
        ] {
            assert_eq!(ground.text_on(), text, "{ground}");
        }
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 0.001);
    }

    #[test]
    fn what_stands_out_already_stays_and_what_does_not_moves_as_far_as_needed() {
        let blue = Colour(0, 0x67, 0x9e);
        assert_eq!(blue.standing_out(Colour::WHITE, 3.0), blue);
        assert_eq!(blue.standing_out(Colour::BLACK, 3.0), blue);
        for ground in [Colour::WHITE, Colour::BLACK] {
            for colour in [Colour::WHITE, Colour::BLACK, Colour(221, 203, 85)] {
                let moved = colour.standing_out(ground, 3.0);
                assert!(moved.contrast(ground) >= 3.0, "{colour} on {ground}");
            }
        }
    }
}
