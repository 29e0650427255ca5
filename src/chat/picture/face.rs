//! What stands for somebody without a picture: their initials in a colour that follows from the name, or the outline
//! of a person where the name begins with nothing that can be drawn. Source: server.md 9.3.

use ab_glyph::{Font, FontRef};
use md5::{Digest, Md5};

use super::Theme;
use super::draw::font;
use crate::chat::emoji;
use crate::model::Colour;

/// Between these the colours lie: six steps from each to the next, and from the last to the first.
const CORNERS: [Colour; 3] = [
    Colour(182, 70, 157),
    Colour(221, 203, 85),
    Colour(0, 130, 201),
];
const STEPS: u8 = 6;
/// How many colours there are.
const COLOURS: u8 = 18;
/// How much of the colour is behind the letters.
const TINT: f64 = 0.1;
/// By how much letters stand out at least, as the web's rules ask of large ones.
const READABLE: f64 = 3.0;

/// What is drawn for a name. There are few of them, however many names there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Face {
    /// One or two letters that can be drawn; none: the outline of a person.
    letters: Option<(char, Option<char>)>,
    /// Which of the colours.
    colour: u8,
}

impl Face {
    /// What is drawn for this name.
    pub fn of(name: &str) -> Self {
        Self {
            letters: letters_of(name),
            colour: colour_number(name),
        }
    }

    /// As text; empty for the outline of a person.
    pub fn text(&self) -> String {
        let Some((first, second)) = self.letters else {
            return String::new();
        };
        [Some(first), second].into_iter().flatten().collect()
    }

    /// The colour behind, and the colour of what is drawn.
    ///
    /// Quirk: avatar-contrast. The reference draws yellow on nearly white.
    pub fn colours(&self, theme: Theme) -> (Colour, Colour) {
        let colour = numbered(self.colour);
        let ground = match theme {
            Theme::Light => Colour::WHITE,
            Theme::Dark => Colour::BLACK,
        };
        let behind = ground.towards(colour, TINT);
        (behind, colour.standing_out(behind, READABLE))
    }
}

/// The first letter of the name, and of what follows its first space.
fn letters_of(name: &str) -> Option<(char, Option<char>)> {
    let name = name.trim_matches(is_unseen);
    if name.is_empty() {
        return Some(('?', None));
    }
    let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
    Some((letter(first)?, letter(rest)))
}

/// The capital with which a text begins, if it can be drawn.
fn letter(text: &str) -> Option<char> {
    let text = text.trim_start_matches(is_unseen);
    if emoji::leading(text).is_some() {
        return None;
    }
    let first = text.chars().next()?;
    let capital = first.to_uppercase().next().unwrap_or(first);
    [capital, first].into_iter().find(|sign| is_drawable(*sign))
}

fn is_drawable(sign: char) -> bool {
    font().is_some_and(|font: &FontRef<'_>| font.glyph_id(sign).0 != 0)
}

/// Spaces, and what has no shape of its own: control characters, joiners, directions.
fn is_unseen(sign: char) -> bool {
    sign.is_whitespace()
        || sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}')
}

/// Which colour a name has, in any case.
fn colour_number(name: &str) -> u8 {
    let digest = Md5::digest(name.to_lowercase().as_bytes());
    let digits = digest
        .iter()
        .map(|byte| u32::from(byte >> 4) + u32::from(byte & 15));
    // Less than the number of colours.
    (digits.sum::<u32>() % u32::from(COLOURS)) as u8
}

fn numbered(number: u8) -> Colour {
    let corner = usize::from(number / STEPS);
    let (from, to) = (
        CORNERS[corner % CORNERS.len()],
        CORNERS[(corner + 1) % CORNERS.len()],
    );
    from.towards(to, f64::from(number % STEPS) / f64::from(STEPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_two_words() {
        for (name, text) in [
            ("alice", "A"),
            ("Alice Bee", "AB"),
            ("alice bee cee", "AB"),
            ("  alice   bee ", "AB"),
            ("élodie ôre", "ÉÔ"),
            ("ωμέγα", "Ω"),
            ("юрий жуков", "ЮЖ"),
            ("ßen", "S"),
            ("ǆ", "Ǆ"),
            ("42", "4"),
            ("<b> &c", "<&"),
            ("\u{202e}evil", "E"),
            ("\u{1}\u{ffff}x", "X"),
            ("", "?"),
            (" \u{200b}", "?"),
            // What cannot be drawn is a person, or left out beside what can.
            ("山田", ""),
            ("🫖 Tea", ""),
            ("\u{e000}", ""),
            ("Anna 山田", "A"),
            ("Tea 🫖", "T"),
        ] {
            assert_eq!(Face::of(name).text(), text, "{name:?}");
        }
    }

    #[test]
    fn a_colour_belongs_to_a_name_in_any_case() {
        assert_eq!(Face::of("Alice"), Face::of("ALICE"));
        // The digits of 6384e2b2184bcbf58eccf10ca7a6563c make 250.
        assert_eq!(colour_number("Alice"), 250 % 18);
        let all: std::collections::HashSet<u8> =
            (0..500).map(|n| colour_number(&n.to_string())).collect();
        assert_eq!(all.len(), usize::from(COLOURS));
    }

    #[test]
    fn the_colours_go_in_steps_from_corner_to_corner() {
        for (number, colour) in [
            (0, Colour(182, 70, 157)),
            (1, Colour(188, 92, 145)),
            (6, Colour(221, 203, 85)),
            (12, Colour(0, 130, 201)),
            (17, Colour(151, 80, 164)),
        ] {
            assert_eq!(numbered(number), colour, "{number}");
        }
    }

    #[test]
    fn every_letter_can_be_read_in_both_themes() {
        for colour in 0..COLOURS {
            for theme in [Theme::Light, Theme::Dark] {
                let face = Face {
                    letters: None,
                    colour,
                };
                let (behind, drawn) = face.colours(theme);
                assert!(behind.contrast(drawn) >= READABLE, "{colour} {theme:?}");
            }
        }
    }
}
