//! The description of the interface: `/openapi.json` for programs, `/docs` for people. Both are made from one document;
//! the page is rendered here, without scripts.

use std::sync::LazyLock;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH,
};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::cx::{PageCx, Shown};
use super::html::escape;
use super::table::Table;
use crate::chat::Error;
use crate::ocs::service::{Answer, bare};

/// Where programs find the description.
pub const DESCRIPTION: &str = "/openapi.json";

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.5rem 0 .3rem}h3{font-size:1rem;margin:.6rem 0 0}\
details{border-top:1px solid #8886}details details{border:0}\
summary{padding:.5rem 0;cursor:pointer}\
ul{margin:0;padding-left:1.2rem}\
code{font-size:.9em}\
.m{font-weight:bold;display:inline-block;min-width:4rem}";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none';style-src 'sha256-{hash}';base-uri 'none';frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 fits into a header")
});

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::GET, DESCRIPTION, openapi)
        .sends(&["application/json"])
        .unchanged();
    pages
        .public(Method::GET, "/docs", docs)
        .sends(&["text/html"])
        .unchanged();
}

/// The description for programs. Shape: an OpenAPI document; 304 for who has it.
async fn openapi(cx: PageCx) -> Result<Shown, Error> {
    let document = (cx.document)();
    let base_url = cx.base_url.as_bytes();
    // The same rows are described differently for those who reach the server at another address.
    let tag = hex::encode(Sha256::digest(
        [document.hash().as_bytes(), base_url].concat(),
    ));
    let text = || document.text_for(&cx.base_url);
    Ok(cached(&cx, &tag, "application/json", text).into())
}

/// The description for people. Shape: an HTML page; 304 for who has it.
async fn docs(cx: PageCx) -> Result<Shown, Error> {
    static PAGE: OnceLock<String> = OnceLock::new();
    let document = (cx.document)();
    let page = || PAGE.get_or_init(|| page_of(document.value())).to_owned();
    let mut answer = cached(&cx, document.hash(), "text/html; charset=UTF-8", page);
    answer
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    Ok(answer.into())
}

fn cached(
    cx: &PageCx,
    hash: &str,
    content_type: &'static str,
    text: impl FnOnce() -> String,
) -> Answer {
    let tag = format!("\"{}\"", hash.get(..32).unwrap_or(hash));
    let known = cx.request.header(IF_NONE_MATCH).map(str::trim);
    let mut answer = if known == Some(tag.as_str()) {
        bare(StatusCode::NOT_MODIFIED)
    } else {
        let mut answer = bare(StatusCode::OK);
        *answer.body_mut() = text().into();
        let content_type = HeaderValue::from_static(content_type);
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
        answer
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    answer
}

fn page_of(document: &Value) -> String {
    let info = &document["info"];
    let (title, version) = (text(&info["title"]), text(&info["version"]));
    let mut tags: Vec<(String, Vec<String>)> = Vec::new();
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            let tag = text(&operation["tags"][0]);
            let written = operation_of(document, path, method, operation);
            match tags.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, operations)) => operations.push(written),
                None => tags.push((tag, vec![written])),
            }
        }
    }
    tags.sort();
    let sections = tags
        .iter()
        .map(|(tag, operations)| format!("<h2 id=\"{tag}\">{tag}</h2>{}", operations.concat()));
    let index = tags
        .iter()
        .map(|(tag, _)| format!("<a href=\"#{tag}\">{tag}</a>"));
    let index = index.collect::<Vec<_>>().join(", ");
    let schemas = entries(&document["components"]["schemas"]).map(|(name, schema)| {
        let name = escape(name);
        let what = description(schema);
        let shape = notation(schema);
        format!("<details id=\"schema-{name}\"><summary>{name}</summary>{what}{shape}</details>")
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} {version}</title>\
         <style>{STYLE}</style></head><body><main><h1>{title} {version}</h1><p>{about}</p>\
         <p>The same for programs: <a href=\"openapi.json\">openapi.json</a>.</p>\
         <nav>{index}</nav>{sections}<h2>Shapes</h2>{schemas}</main></body></html>\n",
        about = text(&info["description"]),
        sections = sections.collect::<String>(),
        schemas = schemas.collect::<String>(),
    )
}

fn operation_of(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let mut parts = String::new();
    let parameters = operation["parameters"].as_array();
    let parameters = parameters.into_iter().flatten();
    let lines: String = parameters
        .map(|parameter| {
            let parameter = resolved(document, parameter);
            let place = text(&parameter["in"]);
            let is_required = parameter["required"] == Value::Bool(true);
            field(
                &text(&parameter["name"]),
                is_required,
                &parameter["schema"],
                &format!(" in the {place}"),
            )
        })
        .collect();
    parts.push_str(&format!("<h3>Parameters</h3><ul>{lines}</ul>"));
    for (kind, content) in entries(&operation["requestBody"]["content"]) {
        let shape = notation(&content["schema"]);
        parts.push_str(&format!(
            "<details><summary>Body as <code>{}</code></summary>{shape}</details>",
            escape(kind)
        ));
    }
    parts.push_str("<h3>Answers</h3>");
    for (status, answer) in entries(&operation["responses"]) {
        let answer = resolved(document, answer);
        let schema = &answer["content"]["application/json"]["schema"];
        let data = &schema["properties"]["ocs"]["properties"]["data"];
        let shape = match (data, schema) {
            (Value::Null, Value::Null) => entries(&answer["content"])
                .map(|(kind, _)| format!(" <code>{}</code>", escape(kind)))
                .collect(),
            (Value::Null, schema) => notation(schema),
            (data, _) => notation(data),
        };
        parts.push_str(&format!(
            "<details><summary>{}: {}</summary>{shape}</details>",
            escape(status),
            text(&answer["description"])
        ));
    }
    format!(
        "<details><summary><span class=\"m\">{}</span> <code>{}</code><br>{}</summary>{parts}</details>",
        escape(&method.to_ascii_uppercase()),
        escape(path),
        text(&operation["summary"])
    )
}

/// A shape in a few words.
fn notation(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(several) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let several: Vec<_> = several.iter().map(notation).collect();
        return several.join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(code).collect();
        return values.join(" or ");
    }
    if !schema["const"].is_null() {
        return code(&schema["const"]);
    }
    match schema["type"].as_str() {
        Some("array") if schema["maxItems"] == 0 => "nothing, as an empty list".to_owned(),
        Some("array") if !schema["items"].is_null() => {
            format!("list of {}", notation(&schema["items"]))
        }
        Some("object") => object(schema),
        Some(kind) => escape(kind),
        None => match schema["type"].as_array() {
            Some(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(text).collect();
                kinds.join(" or ")
            }
            None => "anything".to_owned(),
        },
    }
}

fn object(schema: &Value) -> String {
    let required = schema["required"].as_array();
    let is_required = |name: &str| {
        required.is_some_and(|all| all.iter().any(|known| known.as_str() == Some(name)))
    };
    let lines: String = entries(&schema["properties"])
        .map(|(name, shape)| field(&escape(name), is_required(name), shape, ""))
        .collect();
    match &schema["additionalProperties"] {
        Value::Object(shape) if lines.is_empty() => {
            format!("map to {}", notation(&Value::Object(shape.clone())))
        }
        _ => format!("<ul>{lines}</ul>"),
    }
}

/// One line of a list; `name` is HTML.
fn field(name: &str, is_required: bool, shape: &Value, place: &str) -> String {
    let optional = if is_required { "" } else { ", not always" };
    let default = match &shape["default"] {
        Value::Null => String::new(),
        default => format!(", else {}", code(default)),
    };
    format!(
        "<li><code>{name}</code>{place}{optional}: {}{default}</li>",
        notation(shape)
    )
}

fn description(schema: &Value) -> String {
    match schema["description"].as_str() {
        Some(about) => format!("<p>{}</p>", escape(about)),
        None => String::new(),
    }
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let reference = value["$ref"].as_str();
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn code(value: &Value) -> String {
    format!("<code>{}</code>", escape(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shape_is_told_in_a_few_words() {
        for (schema, words) in [
            (json!({ "type": "string" }), "string"),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/Tea" } }),
                "list of <a href=\"#schema-Tea\">Tea</a>",
            ),
            (
                json!({ "type": "object", "additionalProperties": { "type": "integer" } }),
                "map to integer",
            ),
            (
                json!({ "type": "object", "properties": { "<b>": { "enum": ["a\""] } } }),
                "<ul><li><code>&lt;b&gt;</code>, not always: <code>&quot;a\\&quot;&quot;</code></li></ul>",
            ),
            (json!(true), "anything"),
        ] {
            assert_eq!(notation(&schema), words);
        }
    }
}
