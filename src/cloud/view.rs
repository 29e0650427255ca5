//! Accounts and groups as JSON, to the last key and in the reference's order. Source: server.md 5.1, 13.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::chat::account::AccountDetails;
use crate::chat::group::GroupSize;
use crate::model::User;
use crate::ocs::json::ListIfEmpty;
use crate::ocs::shape::Object;

/// Everybody, also on other servers.
const FEDERATED: &str = "v2-federated";
/// Everybody on this server.
const LOCAL: &str = "v2-local";
/// No limit, where the reference has a number of bytes.
const UNLIMITED: i64 = -3;

/// The fields that are just texts: what they are before they are set, and for whom.
const TEXTS: [(&str, &str, &str); 12] = [
    ("phone", "", LOCAL),
    ("address", "", LOCAL),
    ("website", "", LOCAL),
    ("twitter", "", LOCAL),
    ("bluesky", "", LOCAL),
    ("fediverse", "", LOCAL),
    ("organisation", "", LOCAL),
    ("role", "", LOCAL),
    ("headline", "", LOCAL),
    ("biography", "", LOCAL),
    // A text, not a truth value.
    ("profile_enabled", "1", LOCAL),
    ("pronouns", "", FEDERATED),
];

/// How the reader stands to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// It is shown as the reader's own, with the audience of each field.
    pub oneself: bool,
    pub is_admin: bool,
}

/// One account.
pub struct Account<'a> {
    pub details: &'a AccountDetails,
    pub reader: Reader,
}

/// `{"users": {id: account, …}}`; without any, the map is an empty list.
#[derive(serde::Serialize, JsonSchema)]
pub struct Accounts<'a> {
    users: ListIfEmpty<Vec<(&'a str, Account<'a>)>>,
}

/// `{"users": [id, …]}`.
#[derive(serde::Serialize, JsonSchema)]
pub struct UserIds<'a> {
    users: Vec<&'a str>,
}

/// `{"groups": [id, …]}`.
#[derive(serde::Serialize, JsonSchema)]
pub struct GroupIds<'a> {
    pub groups: Vec<&'a str>,
}

/// `{"groups": [{…}, …]}`.
#[derive(serde::Serialize, JsonSchema)]
pub struct Groups<'a> {
    groups: Vec<GroupDetails<'a>>,
}

#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GroupDetails<'a> {
    id: &'a str,
    #[serde(rename = "displayname")]
    display_name: &'a str,
    #[serde(rename = "usercount")]
    user_count: usize,
    disabled: usize,
    can_add: bool,
    can_remove: bool,
}

/// There are no files; negative numbers mean "no limit".
#[derive(serde::Serialize, JsonSchema)]
struct Quota {
    free: i64,
    used: i64,
    total: i64,
    relative: i64,
    quota: i64,
}

#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BackendCapabilities {
    set_display_name: bool,
    set_password: bool,
}

impl<'a> Accounts<'a> {
    /// For an administrator or a member of their group. The reader's own account is shown like others.
    pub fn new(all: &'a [AccountDetails], reader: &User) -> Self {
        let reader = Reader {
            oneself: false,
            is_admin: reader.is_admin,
        };
        let entry = |details: &'a AccountDetails| {
            let id = details.user.id.as_str();
            (id, Account { details, reader })
        };
        Self {
            users: ListIfEmpty(all.iter().map(entry).collect()),
        }
    }
}

impl<'a> UserIds<'a> {
    pub fn new(users: &'a [User]) -> Self {
        Self {
            users: users.iter().map(|user| user.id.as_str()).collect(),
        }
    }
}

impl<'a> Groups<'a> {
    pub fn new(all: &'a [GroupSize]) -> Self {
        let entry = |size: &'a GroupSize| GroupDetails {
            id: &size.group.id,
            display_name: &size.group.display_name,
            user_count: size.members,
            disabled: size.disabled,
            can_add: true,
            can_remove: true,
        };
        Self {
            groups: all.iter().map(entry).collect(),
        }
    }
}

impl Account<'_> {
    /// The audience of a field, which only its owner sees.
    fn scope<M: SerializeMap>(
        &self,
        map: &mut M,
        name: &str,
        default: &str,
    ) -> Result<(), M::Error> {
        if !self.reader.oneself {
            return Ok(());
        }
        let key = format!("{name}Scope");
        map.serialize_entry(&key, self.details.field(&key).unwrap_or(default))
    }
}

impl JsonSchema for Account<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Account".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let texts: Vec<&str> = TEXTS.iter().map(|(name, ..)| *name).collect();
        let scoped = ["avatar", "email", "displayname"].iter().chain(&texts);
        let scopes: Vec<String> = scoped.map(|name| format!("{name}Scope")).collect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        Object::new(generator)
            .sometimes::<bool>(&["enabled"])
            .sometimes::<String>(&["storageLocation"])
            .always::<String>(&["id"])
            .always::<i64>(&["firstLoginTimestamp", "lastLoginTimestamp", "lastLogin"])
            .always::<String>(&["backend", "manager", "displayname", "display-name"])
            .always::<[(); 0]>(&["subadmin"])
            .always::<Vec<String>>(&["additional_mail"])
            .sometimes::<Vec<String>>(&["additional_mailScope"])
            .always::<Quota>(&["quota"])
            .always::<Option<String>>(&["email"])
            .always::<String>(&texts)
            .sometimes::<String>(&scopes)
            .always::<Vec<String>>(&["groups"])
            .always::<String>(&["language", "locale", "timezone"])
            .always::<()>(&["notify_email"])
            .always::<BackendCapabilities>(&["backendCapabilities"])
            .done()
    }
}

impl Serialize for Account<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EMPTY: [(); 0] = [];
        let user = &self.details.user;
        let mut map = serializer.serialize_map(None)?;
        if self.reader.oneself || self.reader.is_admin {
            map.serialize_entry("enabled", &user.enabled)?;
        }
        if self.reader.is_admin {
            map.serialize_entry("storageLocation", "")?;
        }
        map.serialize_entry("id", user.id.as_str())?;
        map.serialize_entry("firstLoginTimestamp", &user.first_login_at)?;
        map.serialize_entry("lastLoginTimestamp", &user.last_login_at)?;
        // This one in milliseconds.
        map.serialize_entry("lastLogin", &user.last_login_at.saturating_mul(1000))?;
        map.serialize_entry("backend", "Database")?;
        map.serialize_entry("subadmin", &EMPTY)?;
        map.serialize_entry(
            "quota",
            &Quota {
                free: UNLIMITED,
                used: 0,
                total: UNLIMITED,
                relative: 0,
                quota: UNLIMITED,
            },
        )?;
        map.serialize_entry("manager", self.details.field("manager").unwrap_or_default())?;
        self.scope(&mut map, "avatar", FEDERATED)?;
        map.serialize_entry("email", &user.email)?;
        self.scope(&mut map, "email", FEDERATED)?;
        let mails = self.details.additional_mails();
        map.serialize_entry("additional_mail", &mails)?;
        if self.reader.oneself {
            let scopes: Vec<&str> = mails.iter().map(|_| LOCAL).collect();
            map.serialize_entry("additional_mailScope", &scopes)?;
        }
        map.serialize_entry("displayname", &user.display_name)?;
        map.serialize_entry("display-name", &user.display_name)?;
        self.scope(&mut map, "displayname", FEDERATED)?;
        for (name, default, scope) in TEXTS {
            map.serialize_entry(name, self.details.field(name).unwrap_or(default))?;
            self.scope(&mut map, name, scope)?;
        }
        map.serialize_entry("groups", &self.details.groups)?;
        map.serialize_entry("language", &user.language)?;
        map.serialize_entry("locale", &user.locale)?;
        map.serialize_entry("timezone", &user.timezone)?;
        map.serialize_entry("notify_email", &())?;
        map.serialize_entry(
            "backendCapabilities",
            &BackendCapabilities {
                set_display_name: true,
                set_password: true,
            },
        )?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{UserId, UserNumber};

    /// The recorded account of server.md 5.1, its quota apart.
    const RECORDED: &str = r#"{"enabled":true,"id":"participant1","firstLoginTimestamp":1795260916,"lastLoginTimestamp":1795261075,"lastLogin":1795261075000,"backend":"Database","subadmin":[],"quota":{"free":-3,"used":0,"total":-3,"relative":0,"quota":-3},"manager":"","avatarScope":"v2-federated","email":null,"emailScope":"v2-federated","additional_mail":[],"additional_mailScope":[],"displayname":"participant1-displayname","display-name":"participant1-displayname","displaynameScope":"v2-federated","phone":"","phoneScope":"v2-local","address":"","addressScope":"v2-local","website":"","websiteScope":"v2-local","twitter":"","twitterScope":"v2-local","bluesky":"","blueskyScope":"v2-local","fediverse":"","fediverseScope":"v2-local","organisation":"","organisationScope":"v2-local","role":"","roleScope":"v2-local","headline":"","headlineScope":"v2-local","biography":"","biographyScope":"v2-local","profile_enabled":"1","profile_enabledScope":"v2-local","pronouns":"","pronounsScope":"v2-federated","groups":[],"language":"en","locale":"","timezone":"","notify_email":null,"backendCapabilities":{"setDisplayName":true,"setPassword":true}}"#;

    fn participant() -> AccountDetails {
        AccountDetails {
            user: User {
                number: UserNumber(1),
                id: UserId("participant1".to_owned()),
                display_name: "participant1-displayname".to_owned(),
                email: None,
                language: "en".to_owned(),
                locale: String::new(),
                timezone: String::new(),
                portrait: None,
                enabled: true,
                is_admin: false,
                credential_epoch: 0,
                read_private: false,
                typing_private: false,
                first_login_at: 1_795_260_916,
                last_login_at: 1_795_261_075,
            },
            fields: Vec::new(),
            groups: Vec::new(),
        }
    }

    fn written(details: &AccountDetails, oneself: bool, is_admin: bool) -> String {
        let reader = Reader { oneself, is_admin };
        serde_json::to_string(&Account { details, reader }).expect("plain data")
    }

    #[test]
    fn the_own_account_is_the_recorded_one_in_the_recorded_order() {
        assert_eq!(written(&participant(), true, false), RECORDED);
    }

    #[test]
    fn who_reads_decides_what_is_there() {
        for (oneself, is_admin, enabled, storage, scopes) in [
            (true, false, true, false, true),
            (true, true, true, true, true),
            (false, true, true, true, false),
            (false, false, false, false, false),
        ] {
            let text = written(&participant(), oneself, is_admin);
            assert_eq!(text.contains("\"enabled\""), enabled);
            assert_eq!(
                text.contains("\"enabled\":true,\"storageLocation\""),
                storage
            );
            assert_eq!(text.contains("Scope"), scopes);
        }
    }

    #[test]
    fn what_was_set_stands_in_place_of_the_default() {
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let details = AccountDetails {
            fields: vec![
                set("website", "https://tea.example"),
                set("websiteScope", "v2-private"),
                set("profile_enabled", "0"),
                set("additional_mail", "a@tea.example\nb@tea.example"),
            ],
            groups: vec!["tea".to_owned()],
            ..participant()
        };
        let account: Value = serde_json::from_str(&written(&details, true, false)).expect("JSON");
        assert_eq!(account["website"], json!("https://tea.example"));
        assert_eq!(account["websiteScope"], json!("v2-private"));
        assert_eq!(account["profile_enabled"], json!("0"));
        let mails = json!(["a@tea.example", "b@tea.example"]);
        assert_eq!(account["additional_mail"], mails);
        let scopes = account["additional_mailScope"].as_array().expect("a list");
        assert_eq!(scopes.len(), 2);
        assert_eq!(account["groups"], json!(["tea"]));
    }

    #[test]
    fn nobody_is_an_empty_list_and_somebody_a_map() {
        let reader = participant().user;
        let nobody = serde_json::to_value(Accounts::new(&[], &reader)).expect("plain data");
        assert_eq!(nobody, json!({ "users": [] }));
        let one = [participant()];
        let somebody = serde_json::to_value(Accounts::new(&one, &reader)).expect("plain data");
        assert_eq!(
            somebody["users"]["participant1"]["id"],
            json!("participant1")
        );
    }
}
