//! What a row reads, as OpenAPI says it: from the path its pattern, all else from what its form asked a probe.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::{Operation, Place};
use crate::http::form::probe::{Asked, Default, Kind, asked_by};
use crate::http::router::NUMBERS;

/// Headers with which bots sign.
const BOT_HEADERS: [&str; 2] = [
    "X-Nextcloud-Talk-Bot-Random",
    "X-Nextcloud-Talk-Bot-Signature",
];

/// The path in OpenAPI's words.
pub fn template(path: &str) -> String {
    path.replace("{*", "{")
}

/// Parameters that many rows share.
pub fn shared() -> Value {
    json!({
        "OcsApiRequest": {
            "name": "OCS-APIRequest",
            "in": "header",
            "required": true,
            "description": "Shows that no foreign page sent the request",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "Format": {
            "name": "format",
            "in": "query",
            "required": true,
            "description": "Without it and without Accept: application/json, the answer is XML",
            "schema": { "type": "string", "enum": ["json"] },
        },
    })
}

/// Writes `parameters` and `requestBody` of a row.
pub fn describe(operation: &Operation<'_>, written: &mut Value) {
    let in_path = names_in(&operation.path);
    let mut parameters: Vec<Value> = in_path.iter().map(|name| of_path(name)).collect();
    match operation.place {
        Place::Ocs { by_bot, .. } => {
            parameters.push(json!({ "$ref": "#/components/parameters/OcsApiRequest" }));
            parameters.push(json!({ "$ref": "#/components/parameters/Format" }));
            if by_bot {
                parameters.extend(BOT_HEADERS.map(header));
            }
        }
        Place::Page { from_page: true } => {
            parameters.push(json!({ "$ref": "#/components/parameters/OcsApiRequest" }));
        }
        Place::Page { from_page: false } => {}
    }
    let mut asked = asked_by(operation.about.reads).fields;
    asked.retain(|asked| !in_path.contains(&asked.name));
    // One file is read; others are only looked for, to refuse them.
    let mut has_file = false;
    asked.retain(|asked| asked.kind != Kind::Upload || !std::mem::replace(&mut has_file, true));
    if matches!(*operation.method, Method::POST | Method::PUT) {
        if !asked.is_empty() {
            written["requestBody"] = body(operation.method, &asked);
        }
    } else {
        parameters.extend(asked.iter().map(of_query));
    }
    written["parameters"] = Value::Array(parameters);
}

fn names_in(path: &str) -> Vec<String> {
    let parts = path.split('{').skip(1);
    let names = parts.filter_map(|part| part.split_once('}'));
    names
        .map(|(name, _)| name.trim_start_matches('*').to_owned())
        .collect()
}

fn of_path(name: &str) -> Value {
    let schema = match name {
        "token" => json!({ "type": "string", "pattern": "^[a-z0-9]{4,30}$" }),
        _ if NUMBERS.contains(&name) => json!({ "type": "integer", "minimum": 0 }),
        _ => json!({ "type": "string", "minLength": 1 }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn of_query(asked: &Asked) -> Value {
    let (name, _) = spelled(asked);
    json!({
        "name": name,
        "in": "query",
        "required": asked.required,
        "schema": schema(asked),
    })
}

fn header(name: &str) -> Value {
    json!({ "name": name, "in": "header", "required": false, "schema": { "type": "string" } })
}

fn body(method: &Method, asked: &[Asked]) -> Value {
    let mut content = Map::new();
    if *method == Method::POST && asked.iter().any(|asked| asked.kind == Kind::Upload) {
        let whole = json!({ "schema": object(asked, |asked| spelled(asked).0) });
        content.insert("multipart/form-data".to_owned(), whole);
    } else {
        let whole = json!({ "schema": object(asked, |asked| asked.name.clone()) });
        content.insert("application/json".to_owned(), whole);
        // Maps and what a form looks at itself are better sent as JSON.
        if asked.iter().all(|asked| spelled(asked).1) {
            let whole = json!({ "schema": object(asked, |asked| spelled(asked).0) });
            content.insert("application/x-www-form-urlencoded".to_owned(), whole);
        }
    }
    json!({ "required": asked.iter().any(|asked| asked.required), "content": content })
}

fn object(asked: &[Asked], name: impl Fn(&Asked) -> String) -> Value {
    let properties = asked.iter().map(|asked| (name(asked), schema(asked)));
    let properties: Map<String, Value> = properties.collect();
    let required = asked.iter().filter(|asked| asked.required).map(&name);
    let required: Vec<String> = required.collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        // What is not known is passed over.
        "additionalProperties": true,
    })
}

/// The name in a form or query, and whether it can be sent so at all.
fn spelled(asked: &Asked) -> (String, bool) {
    match asked.kind {
        Kind::Texts | Kind::Ints => (format!("{}[]", asked.name), true),
        Kind::Map | Kind::MapOfTexts | Kind::Any => (asked.name.clone(), false),
        Kind::Text | Kind::Int | Kind::Flag | Kind::Upload => (asked.name.clone(), true),
    }
}

fn schema(asked: &Asked) -> Value {
    let mut schema = match asked.kind {
        Kind::Any => {
            let takes = asked.takes.iter().map(|kind| of_kind(*kind));
            json!({ "anyOf": takes.collect::<Vec<_>>() })
        }
        kind => of_kind(kind),
    };
    let default = match &asked.default {
        Default::None => return schema,
        Default::Text(text) => Value::from(text.as_str()),
        Default::Int(number) => Value::from(*number),
        Default::Flag(flag) => Value::from(*flag),
    };
    schema["default"] = default;
    schema
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Any => json!({}),
        Kind::Text => json!({ "type": "string" }),
        Kind::Int => json!({ "type": "integer" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Ints => json!({ "type": "array", "items": { "type": "integer" } }),
        Kind::Map => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::MapOfTexts => json!({
            "type": "object",
            "additionalProperties": { "type": "array", "items": { "type": "string" } },
        }),
        Kind::Upload => json!({ "type": "string", "format": "binary" }),
    }
}
