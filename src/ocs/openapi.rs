//! The description of the interface as OpenAPI 3.1, made from the rows themselves: what is not in a route table is not
//! in it, and what a row reads or answers is what its form and its views say.
//!
//! Knows no endpoint; the rows are given to it.

use std::collections::{BTreeMap, HashMap};

use hyper::{Method, StatusCode};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::about::{About, Body, Told};
use super::cookie;
use super::failure::Data;
use super::gate::Access;
use crate::chat::rate::{Rate, Rates};

mod parameters;

/// One row with what is around it.
pub struct Operation<'r> {
    pub method: &'r Method,
    /// From the root of the server.
    pub path: String,
    pub about: &'r About,
    pub place: Place,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Below an OCS base, in the envelope. Bots sign what they send.
    Ocs { access: Access, by_bot: bool },
    /// Among the pages, without an envelope; some are only for pages of ours and for clients.
    Page { from_page: bool },
}

/// The whole description.
pub struct Document {
    value: Value,
    /// Without the server's address and what follows it.
    text: String,
    hash: String,
}

impl Document {
    /// Of all rows. The order does not matter.
    pub fn of<'r>(operations: impl Iterator<Item = Operation<'r>>) -> Self {
        let mut operations: Vec<_> = operations.collect();
        let order = |operation: &Operation<'_>| {
            (operation.path.clone(), operation.method.as_str().to_owned())
        };
        operations.sort_by_key(order);
        let mut writer = Writer::new();
        let mut paths: Map<String, Value> = Map::new();
        for operation in &operations {
            let written = writer.operation(operation);
            let path = paths
                .entry(parameters::template(&operation.path))
                .or_insert_with(|| json!({}));
            path[operation.method.as_str().to_ascii_lowercase()] = written;
        }
        let mut value = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Chinwag",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "What this server answers to Nextcloud Talk's clients, bots and bridges. Everything below \
                    /ocs/v2.php is below /ocs/v1.php, too, where the HTTP status is 200 and the envelope tells what happened.",
            },
            "paths": paths,
            "components": writer.components(),
        });
        close_objects(&mut value["paths"]);
        close_objects(&mut value["components"]);
        let mut text = value.to_string();
        // The server's address comes here.
        text.pop();
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        Self { value, text, hash }
    }

    /// Everything but the server's address.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The text for clients of the server at `base_url`.
    pub fn text_for(&self, base_url: &str) -> String {
        let servers = json!([{ "url": base_url }]);
        format!("{},\"servers\":{servers}}}", self.text)
    }

    /// What tells this description from others.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

struct Writer {
    generator: SchemaGenerator,
    names: HashMap<String, usize>,
}

impl Writer {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .for_serialize()
            .with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            });
        Self {
            generator: settings.into_generator(),
            names: HashMap::new(),
        }
    }

    fn operation(&mut self, operation: &Operation<'_>) -> Value {
        let (module, function) = operation.about.name();
        let mut written = json!({
            "operationId": self.unique(&format!("{module}.{function}")),
            "tags": [words(module)],
            "summary": capitalized(&words(function)),
        });
        parameters::describe(operation, &mut written);
        written["responses"] = self.responses(operation);
        written["security"] = security(operation);
        written
    }

    /// Some handlers serve several rows.
    fn unique(&mut self, name: &str) -> String {
        let count = self.names.entry(name.to_owned()).or_default();
        *count += 1;
        match count {
            1 => name.to_owned(),
            count => format!("{name}.{count}"),
        }
    }

    fn responses(&mut self, operation: &Operation<'_>) -> Value {
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        let is_page = matches!(operation.place, Place::Page { .. });
        for told in &operation.about.answers {
            let answer = self.answer(told, is_page);
            let status = told.status.to_string();
            match all.get_mut(&status) {
                Some(known) => unite(known, answer),
                None => {
                    all.insert(status, answer);
                }
            }
        }
        if let Place::Ocs { access, .. } = operation.place {
            if access != Access::Anyone {
                all.insert("401".to_owned(), refused("Not logged in"));
            }
            for (status, whom) in &operation.about.refuses {
                all.entry(status.to_string())
                    .or_insert_with(|| refused(whom));
            }
            refuse_foreign_pages(&mut all);
            if let Some(when) = too_often(&operation.about.rates) {
                all.insert("429".to_owned(), json!({ "description": when }));
            }
            all.insert(
                "default".to_owned(),
                json!({ "$ref": "#/components/responses/Refused" }),
            );
        } else {
            all.insert("default".to_owned(), json!({ "description": "Refused" }));
        }
        Value::Object(all.into_iter().collect())
    }

    fn answer(&mut self, told: &Told, is_page: bool) -> Value {
        let reason = StatusCode::from_u16(told.status).ok();
        let reason = reason.and_then(|status| status.canonical_reason());
        let mut answer = json!({ "description": reason.unwrap_or("An answer") });
        match told.body {
            Body::Nothing => {}
            Body::File(types) => {
                let types = types.iter().map(|kind| ((*kind).to_owned(), json!({})));
                answer["content"] = Value::Object(types.collect());
            }
            Body::Data(shape) => {
                let shape = shape(&mut self.generator).to_value();
                let shape = if is_page { shape } else { enveloped(shape) };
                answer["content"] = match is_page {
                    true => json!({ "application/json": { "schema": shape } }),
                    false => in_both_formats(shape),
                };
            }
        }
        answer
    }

    fn components(mut self) -> Value {
        let refusal = self.generator.subschema_for::<Data>().to_value();
        let mut schemas = self.generator.take_definitions(true);
        schemas.insert("Meta".to_owned(), meta());
        schemas.insert("Refusal".to_owned(), enveloped(refusal));
        json!({
            "schemas": schemas,
            "responses": { "Refused": refused("Refused; the envelope tells why") },
            "parameters": parameters::shared(),
            "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic", "description": "Name and password, or a password of an app" },
                "bearer": { "type": "http", "scheme": "bearer", "description": "A password of an app" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": cookie::NAME },
            },
        })
    }
}

/// The same status with one thing or another.
fn unite(known: &mut Value, other: Value) {
    let pointer = "/content/application~1json/schema/properties/ocs/properties/data";
    let Some(one) = known.pointer_mut(pointer) else {
        return;
    };
    let Some(other) = other.pointer(pointer) else {
        return;
    };
    match one.get_mut("anyOf").and_then(Value::as_array_mut) {
        Some(several) => several.push(other.clone()),
        None => *one = json!({ "anyOf": [one.take(), other] }),
    }
}

fn refused(whom: &str) -> Value {
    json!({
        "description": whom,
        "content": as_refusal(json!({ "$ref": "#/components/schemas/Refusal" })),
    })
}

/// What refuses before a handler runs calls its XML by another name.
fn as_refusal(shape: Value) -> Value {
    let mut content = in_both_formats(shape);
    content["text/xml"] = json!({});
    content
}

/// The same in XML is not described any further.
fn in_both_formats(shape: Value) -> Value {
    json!({ "application/json": { "schema": shape }, "application/xml": {} })
}

/// Without the header that shows that no foreign page sent the request, the answer has no envelope.
fn refuse_foreign_pages(all: &mut BTreeMap<String, Value>) {
    let csrf = json!({
        "type": "object",
        "required": ["message"],
        "properties": { "message": { "type": "string" } },
    });
    let others = all
        .get("412")
        .and_then(|known| known["description"].as_str());
    let whom = match others {
        Some(whom) => format!("{whom}; or without OCS-APIRequest"),
        None => "Without OCS-APIRequest".to_owned(),
    };
    let shape = json!({ "anyOf": [{ "$ref": "#/components/schemas/Refusal" }, csrf] });
    let answer = json!({ "description": whom, "content": as_refusal(shape) });
    all.insert("412".to_owned(), answer);
}

/// When somebody asks too often, in words. The answer has no body.
fn too_often(rates: &Rates) -> Option<String> {
    let said = |rate: Rate, whom| format!("{} requests in {} seconds {whom}", rate.most, rate.secs);
    let accounts = rates.accounts.map(|rate| said(rate, "of an account"));
    let visitors = rates
        .visitors
        .map(|rate| said(rate, "of an address without login"));
    let said: Vec<_> = accounts.into_iter().chain(visitors).collect();
    (!said.is_empty()).then(|| format!("After {}", said.join(", or ")))
}

fn enveloped(data: Value) -> Value {
    json!({
        "type": "object",
        "required": ["ocs"],
        "properties": {
            "ocs": {
                "type": "object",
                "required": ["meta", "data"],
                "properties": { "meta": { "$ref": "#/components/schemas/Meta" }, "data": data },
            },
        },
    })
}

fn meta() -> Value {
    json!({
        "type": "object",
        "required": ["status", "statuscode", "message"],
        "properties": {
            "status": { "type": "string", "enum": ["ok", "failure"] },
            "statuscode": { "type": "integer" },
            "message": { "type": "string" },
        },
    })
}

fn security(operation: &Operation<'_>) -> Value {
    let mut ways = vec![
        json!({ "basic": [] }),
        json!({ "bearer": [] }),
        json!({ "cookie": [] }),
    ];
    let is_open = match operation.place {
        Place::Ocs { access, .. } => access == Access::Anyone,
        Place::Page { .. } => true,
    };
    if is_open {
        ways.insert(0, json!({}));
    }
    Value::Array(ways)
}

/// An object has the keys that are named, and no others.
fn close_objects(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_object = members.get("type") == Some(&json!("object"));
            if is_object && members.get("properties").is_some_and(Value::is_object) {
                members
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
            members.values_mut().for_each(close_objects);
        }
        Value::Array(items) => items.iter_mut().for_each(close_objects),
        _ => {}
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::form::Fields;

    fn document(about: &About) -> Value {
        let operation = |method| Operation {
            method,
            path: "/ocs/v2.php/tea/{token}/{*rest}".to_owned(),
            about,
            place: Place::Ocs {
                access: Access::LoggedIn,
                by_bot: false,
            },
        };
        let all = [operation(&Method::GET), operation(&Method::POST)];
        let document = Document::of(all.into_iter());
        serde_json::from_str(&document.text_for("https://tea.example")).expect("JSON")
    }

    #[test]
    fn a_row_is_described_by_what_it_reads_and_answers() {
        let mut about = About::new("chinwag::talk::tea_cup::fill_up", |fields: &Fields| {
            fields.text("token")?;
            fields.int("sugar")?;
            fields.flag_or("milk", true);
            Ok(())
        });
        about.shows::<Vec<i64>>().answers::<()>(200).creates::<()>();
        about.refuses.push((404, "No tea"));
        let document = document(&about);
        assert_eq!(document["servers"][0]["url"], "https://tea.example");
        let path = &document["paths"]["/ocs/v2.php/tea/{token}/{rest}"];
        let (get, post) = (&path["get"], &path["post"]);
        assert_eq!(get["operationId"], "tea_cup.fill_up");
        assert_eq!(post["operationId"], "tea_cup.fill_up.2");
        assert_eq!(get["summary"], "Fill up");
        assert_eq!(get["tags"], json!(["tea cup"]));
        let body = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["required"], json!(["sugar"]));
        assert_eq!(body["properties"]["milk"]["default"], json!(true));
        for name in ["token", "sugar", "milk"] {
            let parameters = get["parameters"].as_array().expect("a list");
            assert!(
                parameters.iter().any(|known| known["name"] == name),
                "{name}"
            );
        }
        let data = |status: &str| {
            let schema = &post["responses"][status]["content"]["application/json"]["schema"];
            schema["properties"]["ocs"]["properties"]["data"].clone()
        };
        assert_eq!(data("200")["anyOf"][1], json!({ "type": "null" }));
        assert_eq!(data("201"), json!({ "type": "null" }));
        assert_eq!(post["responses"]["404"]["description"], "No tea");
        assert_eq!(post["responses"]["401"]["description"], "Not logged in");
    }
}
