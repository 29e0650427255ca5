//! The JSON writer: serde_json with the escapes and number forms of the reference, so that bytes can be compared.
//!
//! Also the two shapes of maps that JSON clients see: `ListIfEmpty` and `OrderedMap`. Knows nothing of the envelope.
//! Rules: spec ocs.md, "JSON encoding rules".

use std::borrow::Cow;
use std::io;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::ser::Formatter;

use super::shape::{map_of, map_or_empty_list};

/// Appends `value` to `out` as JSON with the reference's escapes.
///
/// Errors: only what the value's own `Serialize` refuses, or a map key that is neither text, number nor truth value; `out`
/// then ends in the middle of the value.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Escapes))
}

/// A map that becomes an empty list `[]` when it has no entries, as most maps of the reference do.
#[derive(Debug, Clone, PartialEq)]
pub struct ListIfEmpty<M>(pub M);

impl<K: AsRef<str>, V: Serialize> Serialize for ListIfEmpty<&[(K, V)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [] => serializer.serialize_seq(Some(0))?.end(),
            entries => OrderedMap(entries).serialize(serializer),
        }
    }
}

impl<K: AsRef<str>, V: Serialize> Serialize for ListIfEmpty<Vec<(K, V)>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ListIfEmpty(self.0.as_slice()).serialize(serializer)
    }
}

/// A map written in the given order; without entries it stays a map, `{}`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderedMap<'a, K, V>(pub &'a [(K, V)]);

impl<K: AsRef<str>, V: Serialize> Serialize for OrderedMap<'_, K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key.as_ref(), value)?;
        }
        map.end()
    }
}

impl<V: JsonSchema, K> JsonSchema for OrderedMap<'_, K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_of::<V>(generator)
    }
}

impl<K, V: JsonSchema> JsonSchema for ListIfEmpty<Vec<(K, V)>> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("List_if_empty_of_{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        map_or_empty_list::<V>(generator)
    }
}

/// Lays out a float the way PHP does: plain digits, or `1.0e+20` once there are more than `digits` before the point.
///
/// `scientific` is Rust's `{:e}` form, already rounded as wanted; `mark` is the letter before the exponent.
pub(crate) fn php_float(scientific: &str, digits: i32, mark: char) -> String {
    let (sign, unsigned) = match scientific.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", scientific),
    };
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let all: String = mantissa.chars().filter(|c| *c != '.').collect();
    let (first, rest) = match all.trim_end_matches('0') {
        "" => ("0", ""),
        significant => significant.split_at(1),
    };
    if exponent < -4 || digits <= exponent {
        let rest = if rest.is_empty() { "0" } else { rest };
        return format!("{sign}{first}.{rest}{mark}{exponent:+}");
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{first}{rest}");
    }
    let before = exponent as usize;
    match rest.split_at_checked(before) {
        Some((whole, "")) => format!("{sign}{first}{whole}"),
        Some((whole, fraction)) => format!("{sign}{first}{whole}.{fraction}"),
        None => format!("{sign}{first}{rest:0<before$}"),
    }
}

/// PHP's limit of digits before the point when it writes JSON.
const JSON_FLOAT_DIGITS: i32 = 17;

struct Escapes;

impl Formatter for Escapes {
    // serde_json has already taken out quotes, backslashes and control characters.
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = first_to_escape(rest.as_bytes()) {
            let (plain, escaped) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut characters = escaped.chars();
            match characters.next() {
                Some('/') => writer.write_all(b"\\/")?,
                Some('<') => writer.write_all(b"\\u003C")?,
                Some('>') => writer.write_all(b"\\u003E")?,
                Some(character) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        writer.write_all(&unicode_escape(*unit))?;
                    }
                }
                None => {}
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        writer.write_all(php_float(&format!("{value:e}"), JSON_FLOAT_DIGITS, 'e').as_bytes())
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(php_float(&format!("{value:e}"), JSON_FLOAT_DIGITS, 'e').as_bytes())
    }
}

/// Where the first byte stands that cannot be copied: `/`, `<`, `>` or the start of a non-ASCII character.
fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    // Whole blocks first: without an early exit inside, the compiler makes vector instructions of the test.
    let (blocks, _) = bytes.as_chunks::<16>();
    let is_clean = |block: &&[u8; 16]| {
        !block
            .iter()
            .fold(false, |found, byte| found | must_escape(*byte))
    };
    let clean = 16 * blocks.iter().take_while(is_clean).count();
    let at = bytes[clean..].iter().position(|byte| must_escape(*byte))?;
    Some(clean + at)
}

fn must_escape(byte: u8) -> bool {
    byte == b'/' || byte == b'<' || byte == b'>' || byte >= 0x80
}

fn unicode_escape(unit: u16) -> [u8; 6] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 0xf)];
    [b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        write(value, &mut out).expect("the value serialises");
        String::from_utf8(out).expect("the writer emits ASCII")
    }

    #[test]
    fn text_is_escaped_like_the_reference() {
        let table = [
            ("", r#""""#),
            ("plain", r#""plain""#),
            ("/", r#""\/""#),
            ("http://a/b", r#""http:\/\/a\/b""#),
            ("<b>", r#""\u003Cb\u003E""#),
            ("&'", r#""&'""#),
            ("\"\\", r#""\"\\""#),
            ("é", r#""\u00e9""#),
            ("\u{2028}", r#""\u2028""#),
            ("\u{80}\u{ffff}", r#""\u0080\uffff""#),
            ("👍", r#""\ud83d\udc4d""#),
            ("\u{10ffff}", r#""\udbff\udfff""#),
            ("a👍b/ü", r#""a\ud83d\udc4db\/\u00fc""#),
            ("\u{8}\u{c}\n\r\t", r#""\b\f\n\r\t""#),
            ("\u{0}\u{7}\u{1f}", r#""\u0000\u0007\u001f""#),
            ("\u{7f}", "\"\u{7f}\""),
        ];
        for (text, json) in table {
            assert_eq!(written(text), json, "{text:?}");
        }
    }

    #[test]
    fn the_place_of_a_character_in_a_long_text_does_not_matter() {
        for length in 0..70 {
            for (character, escaped) in [
                ("/", "\\/"),
                ("<", "\\u003C"),
                ("é", "\\u00e9"),
                ("\"", "\\\""),
            ] {
                for at in 0..=length {
                    let (before, after) = ("x".repeat(at), "y".repeat(length - at));
                    assert_eq!(
                        written(&format!("{before}{character}{after}")),
                        format!("\"{before}{escaped}{after}\"")
                    );
                }
            }
        }
    }

    #[test]
    fn keys_are_escaped_like_values() {
        assert_eq!(
            written(&json!({"a/b": 1, "👍": {"<": []}})),
            r#"{"a\/b":1,"\ud83d\udc4d":{"\u003C":[]}}"#
        );
    }

    #[test]
    fn floats_have_the_form_of_the_reference() {
        let table = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-12.0, "-12"),
            (100.0, "100"),
            (0.5, "0.5"),
            (1.25, "1.25"),
            (120.5, "120.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.0001, "0.0001"),
            (0.00012, "0.00012"),
            (0.00001, "1.0e-5"),
            (1e16, "10000000000000000"),
            (1e17, "1.0e+17"),
            (1.5e300, "1.5e+300"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (value, json) in table {
            assert_eq!(written(&value), json, "{value:?}");
        }
        assert_eq!(written(&0.1_f32), "0.1");
        assert_eq!(written(&3.0_f32), "3");
    }

    #[test]
    fn nothing_stands_between_tokens() {
        assert_eq!(
            written(&json!([1, -2, u64::MAX, true, null, {"a": [], "b": {}}])),
            r#"[1,-2,18446744073709551615,true,null,{"a":[],"b":{}}]"#
        );
    }

    #[test]
    fn whatever_is_written_reads_back_the_same() {
        let value = json!({"a/<>&'\"\\": ["é👍\u{7f}\u{1}\u{2028}\u{fffe}", 0.1, 1e-7, 123456.789, -1], "": {"": null}});
        let read: serde_json::Value =
            serde_json::from_str(&written(&value)).expect("the writer emits JSON");
        assert_eq!(read, value);
    }

    #[test]
    fn an_empty_map_is_a_list_only_if_asked() {
        let none: [(&str, i32); 0] = [];
        let two = [("b", 1), ("a/", 2)];
        assert_eq!(written(&ListIfEmpty(&none[..])), "[]");
        assert_eq!(written(&ListIfEmpty(Vec::<(String, i32)>::new())), "[]");
        assert_eq!(written(&OrderedMap(&none)), "{}");
        assert_eq!(written(&ListIfEmpty(&two[..])), r#"{"b":1,"a\/":2}"#);
        assert_eq!(written(&ListIfEmpty(two.to_vec())), r#"{"b":1,"a\/":2}"#);
        assert_eq!(written(&OrderedMap(&two)), r#"{"b":1,"a\/":2}"#);
    }
}
