//! Each answer that a story gets is held against the description of the interface: is its status in it, and has its
//! data the shape that is told there? So the description cannot drift from what is served.

use std::sync::LazyLock;

use chinwag::server::openapi::document;
use serde_json::{Map, Value};

use super::Answer;

/// Answers beyond this length are lists of what shorter ones have, too.
const LONGEST: usize = 200_000;

/// Method, path in pieces, what is described.
type Described = (String, Vec<String>, &'static Value);

static OPERATIONS: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let paths = document().value()["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let pieces: Vec<String> = path.split('/').map(str::to_owned).collect();
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| {
            (method.to_ascii_uppercase(), pieces.clone(), operation)
        })
    });
    operations.collect()
});

/// Panics if the answer is not described.
pub fn check(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/index.php").unwrap_or(path);
    let Some(operation) = described(method, path) else {
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let status = answer.status.to_string();
    let responses = &operation["responses"];
    if answer.status < 400 && answer.status != 303 {
        assert!(
            !responses[&status].is_null(),
            "{method} {target}: {status} is not described"
        );
    }
    if !kind.starts_with("application/json") || LONGEST < answer.text.len() {
        return;
    }
    let response = match &responses[&status] {
        Value::Null => &responses["default"],
        response => response,
    };
    let schema = &resolved(response)["content"]["application/json"]["schema"];
    let Ok(value) = serde_json::from_str(&answer.text) else {
        return;
    };
    let value: Value = value;
    // What is refused before the interface is reached has no envelope.
    if schema.is_null() || (400 <= answer.status && value["ocs"].is_null()) {
        return;
    }
    if let Err(why) = fits(schema, &value) {
        panic!(
            "{method} {target}, {status}: not as described: {why}\n{}",
            answer.text
        );
    }
}

fn described(method: &str, path: &str) -> Option<&'static Value> {
    let pieces: Vec<&str> = path.split('/').collect();
    let is_name = |piece: &str| piece.starts_with('{');
    let fitting = OPERATIONS.iter().filter(|(known, pattern, _)| {
        known == method
            && pattern.len() == pieces.len()
            && pattern
                .iter()
                .zip(&pieces)
                .all(|(known, piece)| is_name(known) || known == piece)
    });
    // What is spelled out goes before names.
    let found = fitting.min_by_key(|(_, pattern, _)| {
        pattern
            .iter()
            .map(|piece| is_name(piece))
            .collect::<Vec<_>>()
    });
    found.map(|(_, _, operation)| *operation)
}

fn resolved(value: &Value) -> &Value {
    let Some(reference) = value["$ref"].as_str() else {
        return value;
    };
    let pointer = reference.trim_start_matches('#');
    document().value().pointer(pointer).expect("a reference")
}

/// Whether a value has a shape, else why not. Knows what our description uses; what it does not know, it refuses.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(rules) = resolved(schema) else {
        return match schema {
            Value::Bool(true) => Ok(()),
            _ => Err(format!("{value} where nothing may be")),
        };
    };
    for (rule, wanted) in rules {
        let holds = match rule.as_str() {
            "title"
            | "description"
            | "default"
            | "format"
            | "required"
            | "additionalProperties" => true,
            "type" => has_type(wanted, value),
            "const" => value == wanted,
            "enum" => list(wanted).contains(value),
            "maxItems" => value
                .as_array()
                .is_none_or(|all| all.len() as u64 <= wanted.as_u64().unwrap()),
            "minItems" => value
                .as_array()
                .is_none_or(|all| wanted.as_u64().unwrap() <= all.len() as u64),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| wanted.as_f64().unwrap() <= number),
            "maxLength" => value
                .as_str()
                .is_none_or(|text| text.len() as u64 <= wanted.as_u64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| number <= wanted.as_f64().unwrap()),
            "anyOf" => {
                let failures: Vec<_> = list(wanted)
                    .iter()
                    .filter_map(|one| fits(one, value).err())
                    .collect();
                if failures.len() == list(wanted).len() {
                    return Err(failures.join("; and "));
                }
                true
            }
            "oneOf" => {
                list(wanted)
                    .iter()
                    .filter(|one| fits(one, value).is_ok())
                    .count()
                    == 1
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    fits(wanted, item)?;
                }
                true
            }
            "properties" => {
                if let Value::Object(members) = value {
                    fits_object(rules, members)?;
                }
                true
            }
            rule => panic!("the description has a rule that the stories do not know: {rule}"),
        };
        if !holds {
            return Err(format!("{value} is not {rule} {wanted}"));
        }
    }
    if !rules.contains_key("properties")
        && let (Value::Object(members), Some(shape)) = (value, rules.get("additionalProperties"))
    {
        for member in members.values() {
            fits(shape, member)?;
        }
    }
    Ok(())
}

fn fits_object(rules: &Map<String, Value>, members: &Map<String, Value>) -> Result<(), String> {
    let properties = rules["properties"].as_object().expect("properties");
    for name in rules.get("required").map(list).into_iter().flatten() {
        let name = name.as_str().unwrap();
        if !members.contains_key(name) {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, member) in members {
        let shape = properties.get(name).or(rules.get("additionalProperties"));
        let shape = shape.unwrap_or(&Value::Bool(true));
        fits(shape, member).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match wanted {
        Value::Array(several) => several.iter().any(is),
        one => is(one),
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}
