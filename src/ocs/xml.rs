//! The XML writer: any serialisable value in the shape that the reference gives its arrays.
//!
//! Lists become `<element>` children; a key that is no XML name becomes `<element>` too, so that every value gives a
//! well-formed document. Knows nothing of the envelope. Rules: spec ocs.md, "XML".

use serde::Serialize;
use serde_json::{Number, Value};
use tracing::error;

use crate::ocs::json::php_float;

/// Appends `value` to `out` as the element `name`, indented by `indent` spaces and ended by a line feed.
///
/// Quirk: emoji-keys-in-xml. A key that is no XML name is dropped in favour of `<element>`.
/// A value whose own `Serialize` fails is logged and written like null.
pub fn write<T: Serialize + ?Sized>(name: &str, value: &T, indent: usize, out: &mut Vec<u8>) {
    // The detour through a tree costs little: clients in earnest ask for JSON.
    let value = serde_json::to_value(value).unwrap_or_else(|reason| {
        error!(%reason, "an answer could not be written as XML");
        Value::Null
    });
    write_element(name, &value, indent, out);
}

/// The name of list items and of entries without a usable key.
const ELEMENT: &str = "element";

/// PHP's significant digits when it turns a float into text.
const FLOAT_DIGITS: i32 = 14;

fn write_element(name: &str, value: &Value, indent: usize, out: &mut Vec<u8>) {
    let name = if is_name(name) { name } else { ELEMENT };
    out.resize(out.len() + indent, b' ');
    match value {
        Value::Null => write_tag("<", name, "/>", out),
        Value::Bool(true) => write_text(name, "1", out),
        Value::Bool(false) => write_text(name, "", out),
        Value::Number(number) => write_text(name, &number_text(number), out),
        Value::String(text) => write_text(name, text, out),
        Value::Array(items) => {
            write_children(name, items.iter().map(|item| (ELEMENT, item)), indent, out)
        }
        Value::Object(entries) => write_children(
            name,
            entries.iter().map(|(key, entry)| (key.as_str(), entry)),
            indent,
            out,
        ),
    }
    out.push(b'\n');
}

fn write_children<'a>(
    name: &str,
    children: impl ExactSizeIterator<Item = (&'a str, &'a Value)>,
    indent: usize,
    out: &mut Vec<u8>,
) {
    if children.len() == 0 {
        return write_tag("<", name, "/>", out);
    }
    write_tag("<", name, ">\n", out);
    for (key, child) in children {
        write_element(key, child, indent + 1, out);
    }
    out.resize(out.len() + indent, b' ');
    write_tag("</", name, ">", out);
}

/// An empty text keeps both its tags: only null and empty lists are self-closed.
fn write_text(name: &str, text: &str, out: &mut Vec<u8>) {
    write_tag("<", name, ">", out);
    escape(text, out);
    write_tag("</", name, ">", out);
}

fn write_tag(start: &str, name: &str, end: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(start.as_bytes());
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(end.as_bytes());
}

fn escape(text: &str, out: &mut Vec<u8>) {
    for character in text.chars() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            '\t' | '\n' => out.push(character as u8),
            // Quirk: characters-outside-xml. No document may hold these.
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => php_float(
            &format!("{float:.*e}", FLOAT_DIGITS as usize - 1),
            FLOAT_DIGITS,
            'E',
        ),
        _ => number.to_string(),
    }
}

/// Whether a key can name an element, by the rules of the reference.
fn is_name(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(is_name_start)
        && characters.all(|c| is_name_start(c) || c.is_ascii_digit() || c == '.' || c == '-')
}

fn is_name_start(character: char) -> bool {
    character.is_ascii_alphabetic()
        || character == '_'
        || character == ':'
        || is_xml_letter(character)
}

/// The letters of living scripts that parsers of every edition of XML take in a name. The whole table of the first
/// edition has two hundred ranges, and no key of ours needs it.
fn is_xml_letter(character: char) -> bool {
    matches!(character,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{131}' | '\u{14a}'..='\u{17e}' // Latin
        | '\u{3a3}'..='\u{3ce}' // Greek
        | '\u{40e}'..='\u{44f}' // Cyrillic
        | '\u{5d0}'..='\u{5ea}' // Hebrew
        | '\u{621}'..='\u{63a}' // Arabic
        | '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fa}' // Kana
        | '\u{4e00}'..='\u{9fa5}' // Han
        | '\u{ac00}'..='\u{d7a3}') // Hangul
}

#[cfg(test)]
mod tests {
    use quick_xml::events::Event;
    use serde_json::json;

    use super::*;

    fn written<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        write("x", value, 0, &mut out);
        String::from_utf8(out).expect("the writer emits UTF-8")
    }

    #[test]
    fn every_kind_of_value_has_the_form_of_the_reference() {
        let table = [
            (json!(true), "<x>1</x>\n"),
            (json!(false), "<x></x>\n"),
            (json!(null), "<x/>\n"),
            (json!(""), "<x></x>\n"),
            (json!([]), "<x/>\n"),
            (json!({}), "<x/>\n"),
            (json!(-7), "<x>-7</x>\n"),
            (json!(u64::MAX), "<x>18446744073709551615</x>\n"),
            (json!("a"), "<x>a</x>\n"),
            (
                json!([1, [2, []]]),
                "<x>\n <element>1</element>\n <element>\n  <element>2</element>\n  <element/>\n </element>\n</x>\n",
            ),
            (
                json!({"b": {"c": []}, "a": 1}),
                "<x>\n <b>\n  <c/>\n </b>\n <a>1</a>\n</x>\n",
            ),
            (
                json!({"t": true, "f": false, "n": null, "e": "", "l": []}),
                "<x>\n <t>1</t>\n <f></f>\n <n/>\n <e></e>\n <l/>\n</x>\n",
            ),
        ];
        for (value, xml) in table {
            assert_eq!(written(&value), xml, "{value}");
        }
    }

    #[test]
    fn floats_have_the_form_of_php() {
        let table = [
            (0.0, "0"),
            (1.0, "1"),
            (-3.5, "-3.5"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.33333333333333"),
            (123456.789, "123456.789"),
            (1e13, "10000000000000"),
            (1e15, "1.0E+15"),
            (1e20, "1.0E+20"),
            (1.5e-7, "1.5E-7"),
            (0.0001, "0.0001"),
        ];
        for (value, text) in table {
            assert_eq!(written(&value), format!("<x>{text}</x>\n"), "{value:?}");
        }
    }

    #[test]
    fn text_is_escaped_and_what_xml_forbids_is_dropped() {
        let table = [
            ("a<b>&\"q\" / é 👍", "a&lt;b&gt;&amp;&quot;q&quot; / é 👍"),
            ("it's", "it's"),
            ("a\r\n\tb", "a&#13;\n\tb"),
            ("\u{0}\u{1}\u{8}\u{b}\u{c}\u{e}\u{1f}", ""),
            ("a\u{fffe}b\u{ffff}c", "abc"),
            (
                "\u{7f}\u{85}\u{fffd}\u{1fffe}",
                "\u{7f}\u{85}\u{fffd}\u{1fffe}",
            ),
        ];
        for (text, xml) in table {
            assert_eq!(written(text), format!("<x>{xml}</x>\n"), "{text:?}");
        }
    }

    #[test]
    fn a_key_that_is_no_name_becomes_element() {
        let table = [
            ("userId", "userId"),
            ("_a", "_a"),
            (":a", ":a"),
            ("a-b.c:d_1", "a-b.c:d_1"),
            ("élan", "élan"),
            ("日本", "日本"),
            ("", ELEMENT),
            ("12", ELEMENT),
            ("1.5", ELEMENT),
            ("-1", ELEMENT),
            ("1a", ELEMENT),
            (".a", ELEMENT),
            ("a b", ELEMENT),
            ("@attributes", ELEMENT),
            ("a@b", ELEMENT),
            ("$comment", ELEMENT),
            ("👍", ELEMENT),
            ("ª", ELEMENT),
            ("aª", ELEMENT),
            ("\u{132}", ELEMENT),
            ("\u{20000}", ELEMENT),
            ("×", ELEMENT),
            ("https://a/b", ELEMENT),
            ("a>", ELEMENT),
            ("a\u{0}", ELEMENT),
        ];
        for (key, name) in table {
            assert_eq!(
                written(&json!({ key: 1 })),
                format!("<x>\n <{name}>1</{name}>\n</x>\n"),
                "{key:?}"
            );
        }
        let mut out = Vec::new();
        write("no name", &1, 2, &mut out);
        assert_eq!(out, b"  <element>1</element>\n");
    }

    #[test]
    fn typed_values_look_like_their_maps_and_lists() {
        #[derive(Serialize)]
        struct Shape {
            kind: Kind,
            maybe: Option<i32>,
            pair: (i32, &'static str),
            numbered: std::collections::BTreeMap<i32, bool>,
        }
        #[derive(Serialize)]
        enum Kind {
            Round,
        }
        let value = Shape {
            kind: Kind::Round,
            maybe: None,
            pair: (1, "b"),
            numbered: [(3, true)].into(),
        };
        let xml = "<x>\n <kind>Round</kind>\n <maybe/>\n <pair>\n  <element>1</element>\n  <element>b</element>\n </pair>\n \
                   <numbered>\n  <element>1</element>\n </numbered>\n</x>\n";
        assert_eq!(written(&value), xml);
    }

    #[test]
    fn every_character_gives_a_well_formed_document() {
        for character in ('\0'..=char::MAX)
            .step_by(101)
            .chain('\0'..='\u{2ff}')
            .chain('\u{fff0}'..='\u{ffff}')
        {
            let document = written(
                &json!({ character.to_string(): character.to_string(), "a]]>": [format!("-->{character}]]>")] }),
            );
            assert!(!document.contains(
                |c| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
            ));
            let mut reader = quick_xml::Reader::from_str(&document);
            loop {
                match reader.read_event() {
                    Ok(Event::Eof) => break,
                    Ok(_) => {}
                    Err(reason) => panic!("{character:?}: {reason}\n{document}"),
                }
            }
        }
    }
}
