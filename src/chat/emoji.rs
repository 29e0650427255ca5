//! What counts as one emoji: one character as people see it, with something in it that Unicode calls
//! an emoji. Text-style ones, keycaps, flags and joined sequences count; letters and digits do not.
//! Source: chat-extras.md, "Emoji validity".

use unicode_properties::UnicodeEmoji;
use unicode_segmentation::UnicodeSegmentation;

/// The longest sequence that Unicode recommends has 35 bytes; marks could be piled up without end.
const MAX_BYTES: usize = 64;
const KEYCAP: char = '\u{20e3}';

/// Whether the text is exactly one emoji.
pub fn is_one(text: &str) -> bool {
    text.len() <= MAX_BYTES && leading(text) == Some(text)
}

/// The emoji with which the text begins.
pub fn leading(text: &str) -> Option<&str> {
    let first = text.graphemes(true).next()?;
    // Unicode counts digits, `#` and `*` as emoji, since keycaps are made of them.
    let is_emoji = first.chars().any(|sign| {
        let of_its_own = !sign.is_ascii() && sign.is_emoji_char();
        of_its_own || sign == KEYCAP && first.starts_with(|key: char| key.is_emoji_char())
    });
    (is_emoji && first.len() <= MAX_BYTES).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_of_any_kind_counts() {
        for text in [
            "👍",
            "❤",
            "❤️",
            "☺",
            "©",
            "📝",
            "5️⃣",
            "5⃣",
            "#️⃣",
            "🇩🇪",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "🏴‍☠️",
            "👍🏿",
            "👩‍💻",
            "👩‍👩‍👧‍👦",
            "👩🏽‍❤️‍💋‍👩🏽",
            "🫩",
        ] {
            assert!(is_one(text), "{text}");
            let name = format!("{text} Tea");
            assert_eq!(leading(&name), Some(text), "{name}");
        }
    }

    #[test]
    fn anything_else_does_not() {
        let piled_up = format!("👍{}", "\u{301}".repeat(64));
        for text in [
            "",
            " ",
            "a",
            "é",
            "É",
            "中",
            "5",
            "#",
            "*",
            "5\u{301}",
            "5\u{fe0f}",
            "ab",
            "a\u{20e3}",
            "👍👎",
            "👍👍",
            " 👍",
            "👍 ",
            "👍a",
            "a👍",
            "🇩🇪🇫🇷",
            "🇩🇪🇫",
            "\u{200d}",
            "\u{fe0f}",
            "<",
            "\0",
            &piled_up,
        ] {
            assert!(!is_one(text), "{text:?}");
        }
    }

    #[test]
    fn a_name_without_an_emoji_at_its_beginning_has_none() {
        for name in ["", "Tea 🫖", "5 o'clock", "# Tea", " 🫖"] {
            assert_eq!(leading(name), None, "{name}");
        }
        assert_eq!(leading("🫖☕ Tea"), Some("🫖"));
    }
}
