//! Whom to talk to: suggestions while somebody types. Rules: `chat::directory`. Source: server.md 10.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::chat::directory::{Found, Lookup};
use crate::chat::presence;
use crate::http::form::{BadField, Fields, Value};
use crate::model::{Token, User};
use crate::ocs::{Cx, Failure, Form, Reply, Routes, logged_in};

const DEFAULT_LIMIT: i64 = 10;
/// What clients call accounts, groups and addresses.
const ACCOUNTS: i64 = 0;
const GROUPS: i64 = 1;
const ADDRESSES: i64 = 4;

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/core/autocomplete/get", logged_in(), suggest)
        .shows::<Vec<Suggestion<'static>>>();
}

/// `sorter` is not looked at.
impl Form for Lookup {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        let kinds = match fields.get("shareTypes") {
            None => vec![ACCOUNTS],
            Some(Value::List(_) | Value::Map(_)) => fields.ints("shareTypes")?,
            // The reference fails; one kind cannot be misunderstood.
            Some(one) => vec![one.to_int()],
        };
        let item_type = fields.optional_text("itemType")?;
        let item = fields.optional_text("itemId")?;
        Ok(Self {
            text: fields.text("search")?,
            accounts: kinds.contains(&ACCOUNTS),
            groups: kinds.contains(&GROUPS),
            addresses: kinds.contains(&ADDRESSES),
            limit: fields.int_or("limit", DEFAULT_LIMIT),
            for_talk: item_type.as_deref() == Some("call"),
            finds_oneself: item_type.is_none(),
            room: item.and_then(|item| Token::parse(&item)),
        })
    }
}

/// Whom to talk to.
///
/// Shape: a list of suggestions, exact matches first.
async fn suggest(cx: Cx, user: Arc<User>, form: Lookup) -> Result<Reply, Failure> {
    let found = cx.chat().find_people(&user, form).await?;
    let all: Vec<_> = found.iter().map(Suggestion::new).collect();
    Ok(Reply::ok(&cx, &all))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Suggestion<'f> {
    id: &'f str,
    label: &'f str,
    icon: &'static str,
    source: &'static str,
    status: Status<'f>,
    subline: &'static str,
    share_with_display_name_unique: &'f str,
}

impl<'f> Suggestion<'f> {
    fn new(found: &'f Found) -> Self {
        match found {
            Found::Account { user, status } => Self {
                id: user.id.as_str(),
                label: &user.display_name,
                icon: "icon-user",
                source: "users",
                status: Status(status.as_ref()),
                subline: "",
                share_with_display_name_unique: user.email.as_deref().unwrap_or(user.id.as_str()),
            },
            Found::Group(group) => Self::other("groups", &group.id, &group.display_name),
            Found::Address(address) => Self::other("emails", address, address),
        }
    }

    fn other(source: &'static str, id: &'f str, label: &'f str) -> Self {
        Self {
            id,
            label,
            icon: "",
            source,
            status: Status(None),
            subline: "",
            share_with_display_name_unique: "",
        }
    }
}

/// An object, or an empty text for nothing.
struct Status<'s>(Option<&'s presence::Status>);

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SuggestedStatus")]
struct Known<'s> {
    status: &'static str,
    message: Option<&'s str>,
    icon: Option<&'s str>,
    clear_at: Option<i64>,
}

impl JsonSchema for Status<'_> {
    fn schema_name() -> Cow<'static, str> {
        "SuggestedStatusIfAny".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let known = generator.subschema_for::<Known<'_>>();
        json_schema!({ "anyOf": [known, { "type": "string", "maxLength": 0 }] })
    }
}

impl Serialize for Status<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => serializer.serialize_str(""),
            Some(status) => Known {
                status: status.availability.wire(),
                message: status.message.as_deref(),
                icon: status.icon.as_deref(),
                clear_at: status.clear_at,
            }
            .serialize(serializer),
        }
    }
}
