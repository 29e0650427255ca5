//! Drawings as SVG: a square of 512 in one colour with an emoji, an icon or initials in the middle.
//!
//! Whatever comes from people is escaped here, and nothing refers to anything outside the drawing.

use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use super::Theme;
use crate::chat::emoji;

/// Where an emoji comes from on the usual systems.
const EMOJI_FONTS: &str = "'Noto Color Emoji','Apple Color Emoji','Segoe UI Emoji',sans-serif";
const TEXT_FONTS: &str = "'Noto Sans',Roboto,'Segoe UI',Helvetica,Arial,sans-serif";

/// Behind initials: as different as colours can be on which white text is readable.
const PALETTE: [&str; 12] = [
    "B3261E", "AD1457", "8E24AA", "5E35B1", "3949AB", "1565C0", "00687A", "00695C", "2E7D32",
    "5D6B00", "A34A00", "6D4C41",
];

/// An emoji on a colour of six hex digits; without one on a grey that follows the theme.
pub fn emoji(emoji: &str, colour: Option<&str>, theme: Theme) -> String {
    drawing(
        colour.unwrap_or(theme.grey()),
        &letters(emoji, 256, EMOJI_FONTS),
    )
}

/// The initials of a name on a colour that depends on the account's id only.
pub fn initials(name: &str, id: &str) -> String {
    drawing(colour_of(id), &letters(&initials_of(name), 205, TEXT_FONTS))
}

/// Shapes on a square of one colour, which is also their `currentColor`.
pub fn drawing(colour: &str, shapes: &str) -> String {
    let colour = escape(colour);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"512\" height=\"512\" viewBox=\"0 0 512 512\" \
         color=\"#{colour}\">\
         <rect width=\"512\" height=\"512\" fill=\"#{colour}\"/>{shapes}</svg>"
    )
}

/// A line of text in the middle. Some viewers know no `dominant-baseline`, so the baseline is computed.
fn letters(text: &str, size: u32, fonts: &str) -> String {
    let baseline = 256 + size * 36 / 100;
    let text = escape(text);
    format!(
        "<text x=\"256\" y=\"{baseline}\" font-size=\"{size}\" font-family=\"{fonts}\" \
         text-anchor=\"middle\" fill=\"#ffffff\">{text}</text>"
    )
}

/// The first character of the name and of what follows its first space; `?` if there is none.
fn initials_of(name: &str) -> String {
    let name = name.trim();
    let (first, rest) = name.split_once(' ').unwrap_or((name, ""));
    let both: String = [first, rest].into_iter().filter_map(initial).collect();
    if both.is_empty() {
        return "?".to_owned();
    }
    both
}

fn initial(text: &str) -> Option<String> {
    let text = text.trim_start();
    if let Some(emoji) = emoji::leading(text) {
        return Some(emoji.to_owned());
    }
    let first = text.chars().find(|sign| is_xml(*sign))?;
    Some(first.to_uppercase().collect())
}

fn colour_of(id: &str) -> &'static str {
    let digest = Sha1::digest(id.to_lowercase().as_bytes());
    PALETTE[usize::from(digest[0]) % PALETTE.len()]
}

/// Text that can stand in an element or an attribute; what XML cannot hold at all is left out.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars().filter(|sign| is_xml(*sign)) {
        match sign {
            '<' | '>' | '&' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "&#{};", u32::from(sign));
            }
            _ => safe.push(sign),
        }
    }
    safe
}

fn is_xml(sign: char) -> bool {
    !sign.is_control() && !matches!(sign, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::picture::icon::Icon;
    use quick_xml::events::Event;

    /// The text of a drawing; panics if it is not well formed.
    fn read(svg: &str) -> String {
        let mut reader = quick_xml::Reader::from_str(svg);
        let mut text = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Text(part) => text += &part.xml10_content(),
                Event::GeneralRef(part) => {
                    text.extend(part.resolve_char_ref().unwrap());
                }
                Event::Start(element) | Event::Empty(element) => {
                    element.attributes().for_each(|one| drop(one.unwrap()));
                }
                Event::Eof => return text,
                _ => {}
            }
        }
    }

    #[test]
    fn an_emoji_stands_on_its_colour_or_on_a_grey_of_the_theme() {
        let chosen = emoji("👩‍💻", Some("0082c9"), Theme::Dark);
        assert!(chosen.contains("fill=\"#0082c9\""), "{chosen}");
        assert_eq!(read(&chosen), "👩‍💻");
        assert!(emoji("👍", None, Theme::Light).contains("#6B6B6B"));
        assert!(emoji("👍", None, Theme::Dark).contains("#3B3B3B"));
    }

    #[test]
    fn initials_are_those_of_the_first_two_names() {
        for (name, expected) in [
            ("alice", "A"),
            ("Alice Bee", "AB"),
            ("alice bee cee", "AB"),
            ("  alice   bee ", "AB"),
            ("élodie ôre", "ÉÔ"),
            ("🫖 Tea", "🫖T"),
            ("<b> &c", "<&"),
            ("\u{1}\u{ffff}x", "X"),
            ("\u{1}", "?"),
            ("", "?"),
            (" ", "?"),
        ] {
            assert_eq!(read(&initials(name, "id")), expected, "{name:?}");
        }
    }

    #[test]
    fn a_colour_belongs_to_an_id_in_any_case() {
        assert_eq!(colour_of("Alice"), colour_of("alice"));
        let ids = ["alice", "bob", "carol", "dave", "erin", "frank"];
        assert!(ids.iter().any(|id| colour_of(id) != colour_of("alice")));
    }

    #[test]
    fn white_is_readable_on_every_colour() {
        for colour in PALETTE
            .into_iter()
            .chain([Theme::Light.grey(), Theme::Dark.grey()])
        {
            assert!(contrast_with_white(colour) >= 4.5, "{colour}");
        }
    }

    /// The contrast of the web's accessibility rules.
    fn contrast_with_white(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let luminance = 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
        1.05 / (luminance + 0.05)
    }

    #[test]
    fn every_icon_is_well_formed_and_follows_the_theme() {
        let all = [
            Icon::Changelog,
            Icon::File,
            Icon::Password,
            Icon::Mail,
            Icon::Phone,
            Icon::Event,
            Icon::Public,
            Icon::User,
            Icon::Group,
        ];
        for icon in all {
            let (light, dark) = (icon.draw(Theme::Light), icon.draw(Theme::Dark));
            assert_eq!(read(&light), "", "{icon:?}");
            assert_ne!(light, dark, "{icon:?}");
            let same = all.iter().filter(|other| other.draw(Theme::Light) == light);
            assert_eq!(same.count(), 1, "{icon:?}");
        }
    }

    #[test]
    fn what_people_write_cannot_leave_its_place() {
        let drawn = emoji("</text><script>", Some("\"/><x y=\""), Theme::Light);
        assert_eq!(read(&drawn), "</text><script>");
        assert!(
            !drawn.contains("<script") && !drawn.contains("<x"),
            "{drawn}"
        );
    }
}
