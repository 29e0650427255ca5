//! Drawings as SVG: a square of 512 in one colour with an emoji or an icon in the middle.
//!
//! Whatever comes from people is escaped here, and nothing refers to anything outside the drawing.

use std::fmt::Write as _;

use super::Theme;

/// Where an emoji comes from on the usual systems.
const EMOJI_FONTS: &str = "'Noto Color Emoji','Apple Color Emoji','Segoe UI Emoji',sans-serif";

/// An emoji on a colour of six hex digits; without one on a grey that follows the theme.
pub fn emoji(emoji: &str, colour: Option<&str>, theme: Theme) -> String {
    drawing(
        colour.unwrap_or(theme.grey()),
        &letters(emoji, 256, EMOJI_FONTS),
    )
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
    use crate::model::Colour;
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
    fn white_is_readable_on_the_greys() {
        for grey in [Theme::Light.grey(), Theme::Dark.grey()] {
            let colour: Colour = format!("#{grey}").parse().unwrap();
            assert!(colour.contrast(Colour::WHITE) >= 4.5, "{colour}");
        }
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
