//! The value of a parameter: how JSON becomes one, and PHP's conversions to integers and truth values.
//!
//! Rules: spec ocs.md, "Type casting".

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How many values one JSON body may have. A value takes many times the memory of its text, so that a limit on the
/// body's size alone would be no limit.
const MAX_JSON_VALUES: usize = 100_000;

/// A parameter's value. Forms and queries give only `Text`, `List` and `Map`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The value of a JSON text; `None` if it is malformed, has more than 100,000 values or more than 127 levels.
    pub fn from_json(text: &[u8]) -> Option<Value> {
        let left = Cell::new(MAX_JSON_VALUES);
        let mut json = serde_json::Deserializer::from_slice(text);
        let value = JsonReader { left: &left }.deserialize(&mut json).ok()?;
        json.end().ok()?;
        Some(value)
    }

    /// The integer that PHP makes of the value: it always makes one.
    pub fn to_int(&self) -> i64 {
        match self {
            Value::Null => 0,
            Value::Bool(flag) => i64::from(*flag),
            Value::Int(int) => *int,
            Value::Float(float) => *float as i64,
            Value::Text(text) => int_of_text(text),
            Value::List(items) => i64::from(!items.is_empty()),
            Value::Map(entries) => i64::from(!entries.is_empty()),
        }
    }

    /// The truth of the value.
    ///
    /// Quirk: text-as-bool. The exact text `false` is false, but `False`, `no` and `off` are true.
    pub fn to_flag(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Int(int) => *int != 0,
            Value::Float(float) => *float != 0.0,
            Value::Text(text) => !matches!(text.as_str(), "" | "0" | "false"),
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) => !entries.is_empty(),
        }
    }
}

/// The longest number at the start of a text, cut to an integer; 0 if there is none.
fn int_of_text(text: &str) -> i64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let sign = usize::from(text.starts_with(['+', '-']));
    let whole = sign + digits_at(text, sign);
    let mut end = whole;
    if text[end..].starts_with('.') {
        end += 1 + digits_at(text, end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let exponent_sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let digits = digits_at(text, end + 1 + exponent_sign);
        if digits > 0 {
            end += 1 + exponent_sign + digits;
        }
    }
    if end == whole {
        // Exact up to the last digit, which a float is not.
        let limit = if text.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        };
        return if whole == sign {
            0
        } else {
            text[..whole].parse().unwrap_or(limit)
        };
    }
    text[..end].parse().map_or(0, |float: f64| float as i64)
}

fn digits_at(text: &str, start: usize) -> usize {
    text.as_bytes()[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// Builds a `Value` while it counts down how many are left.
#[derive(Clone, Copy)]
struct JsonReader<'a> {
    left: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for JsonReader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        let left = self
            .left
            .get()
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom("too many values"))?;
        self.left.set(left);
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonReader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    // Integers beyond 64 bits are floats, as in PHP.
    fn visit_u64<E>(self, int: u64) -> Result<Value, E> {
        Ok(i64::try_from(int).map_or(Value::Float(int as f64), Value::Int))
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value, E> {
        Ok(Value::Float(float))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    // The last of equal keys wins, in the place of the first.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut known = HashMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(self)?;
            match known.entry(key) {
                Entry::Occupied(slot) => {
                    let at: usize = *slot.get();
                    entries[at].1 = value;
                }
                Entry::Vacant(slot) => {
                    entries.push((slot.key().clone(), value));
                    slot.insert(entries.len() - 1);
                }
            }
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        Value::from_json(text.as_bytes()).expect("the test's own JSON")
    }

    #[test]
    fn texts_become_integers_as_in_php() {
        let table = [
            ("1", 1),
            ("1.9", 1),
            (" 1", 1),
            ("\t\n\r\u{b}\u{c} 1", 1),
            ("\u{a0}1", 0),
            ("abc", 0),
            ("", 0),
            (" ", 0),
            ("true", 0),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("9007199254740993", 9007199254740993),
            ("+7", 7),
            ("-7", -7),
            ("- 7", 0),
            ("--7", 0),
            ("-", 0),
            ("+", 0),
            (".", 0),
            ("-.", 0),
            ("7.", 7),
            (".9", 0),
            ("-1.9", -1),
            ("1e3", 1000),
            ("1.5E+2x", 150),
            ("150e-2", 1),
            ("1e", 1),
            ("1e+", 1),
            ("1ee2", 1),
            ("1.e2", 100),
            ("e3", 0),
            (".e3", 0),
            ("1e1000", i64::MAX),
            ("-1e1000", i64::MIN),
            ("1e-1000", 0),
            ("12abc", 12),
            ("12é", 12),
            ("é12", 0),
            ("0x1A", 0),
            ("1 2", 1),
            ("1,5", 1),
            ("inf", 0),
            ("NAN", 0),
            ("007", 7),
        ];
        for (text, int) in table {
            assert_eq!(Value::Text(text.to_owned()).to_int(), int, "{text:?}");
        }
    }

    #[test]
    fn json_becomes_integers_as_in_php() {
        let table = [
            ("1", 1),
            ("1.9", 1),
            ("-1.9", -1),
            ("1e30", i64::MAX),
            ("-1e30", i64::MIN),
            ("9223372036854775808", i64::MAX),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
            ("true", 1),
            ("false", 0),
            ("null", 0),
            ("[]", 0),
            ("[1]", 1),
            ("[0,0]", 1),
            ("{}", 0),
            (r#"{"a":0}"#, 1),
            (r#""true""#, 0),
            (r#""5""#, 5),
        ];
        for (text, int) in table {
            assert_eq!(json(text).to_int(), int, "{text}");
        }
    }

    #[test]
    fn only_false_nothing_and_zero_are_untrue() {
        let table = [
            (r#""true""#, true),
            (r#""1""#, true),
            (r#""no""#, true),
            (r#""off""#, true),
            (r#""False""#, true),
            (r#""FALSE""#, true),
            (r#""0.0""#, true),
            (r#"" ""#, true),
            (r#""false""#, false),
            (r#""0""#, false),
            (r#""""#, false),
            ("true", true),
            ("false", false),
            ("0", false),
            ("0.0", false),
            ("-0.0", false),
            ("2", true),
            ("-1", true),
            ("0.1", true),
            ("[]", false),
            ("[0]", true),
            ("{}", false),
            (r#"{"a":null}"#, true),
            ("null", false),
        ];
        for (text, flag) in table {
            assert_eq!(json(text).to_flag(), flag, "{text}");
        }
    }

    #[test]
    fn json_keeps_its_order_and_the_last_of_equal_keys() {
        let text = |text: &str| Value::Text(text.to_owned());
        let expected = Value::Map(vec![
            (
                "b".to_owned(),
                Value::List(vec![text("é👍"), Value::Null, Value::Int(-1)]),
            ),
            ("a".to_owned(), Value::Float(0.5)),
        ]);
        assert_eq!(
            json(r#"{"b":1,"a":0.5,"b":["é\ud83d\udc4d",null,-1]}"#),
            expected
        );
    }

    #[test]
    fn malformed_or_boundless_json_is_nothing() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep_maps = r#"{"a":"#.repeat(10_000);
        let many = format!("[{}0]", "0,".repeat(MAX_JSON_VALUES));
        let table = [
            "",
            "{",
            r#"{"a":"x""#,
            "{}x",
            "{'a':1}",
            "nul",
            "[1,]",
            r#""\ud83d""#,
            "\u{feff}{}",
            &deep,
            &deep_maps,
            &many,
        ];
        for text in table {
            assert_eq!(Value::from_json(text.as_bytes()), None, "{:.40}", text);
        }
        assert_eq!(Value::from_json(b"\"\xff\""), None);
    }
}
