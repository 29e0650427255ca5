//! Rich objects: the typed parameters that stand for `{placeholders}` in a message text.
//!
//! One constructor per kind of object; each fixes the exact keys and their order. Nothing here knows who is asking or
//! where names come from. The rules for objects that clients share are in `chat::rich`.
//! Source: spec messages.md, 3 and 5.4; chat.md, 4.3.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One typed parameter of a message: keys in the order they are sent, all values text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RichObject {
    /// Key and value, in wire order.
    pub fields: Vec<(Cow<'static, str>, String)>,
}

impl RichObject {
    /// An account of this server, as actor, as target or in a call summary.
    pub fn user(id: &str, name: &str) -> Self {
        Self::of([
            ("type", "user"),
            ("id", id),
            ("name", name),
            ("mention-id", id),
        ])
    }

    /// Stands for an account that no longer exists, and for bots acting in system messages.
    pub fn deleted_user() -> Self {
        Self::highlight("deleted_users", "Deleted user")
    }

    /// A guest as actor or target; `name` as messages.md 3.1 forms it.
    pub fn guest(actor_hex: &str, name: &str) -> Self {
        Self::prefixed_guest("guest", actor_hex, name)
    }

    /// An e-mail guest as actor or target; in a mention it is `mention_email`.
    pub fn email_guest(hash: &str, name: &str) -> Self {
        Self::prefixed_guest("email", hash, name)
    }

    /// A group in a system message; in a mention it is `mention_group`.
    pub fn group(gid: &str, name: &str) -> Self {
        let mention_id = format!("user-group/{gid}");
        Self::of([
            ("type", "group"),
            ("id", gid),
            ("name", name),
            ("mention-id", &mention_id),
        ])
    }

    /// A team that is unknown here; it has no name but its id.
    pub fn circle_unknown(id: &str) -> Self {
        Self::highlight(id, id)
    }

    /// Someone who dialled in.
    pub fn phone(id: &str, name: &str) -> Self {
        Self::highlight(id, name)
    }

    /// A poll; `name` is the question.
    pub fn poll(id: i64, name: &str) -> Self {
        Self::of([
            ("type", "talk-poll"),
            ("id", &id.to_string()),
            ("name", name),
        ])
    }

    /// An account of another server, as actor, as target and in a mention.
    ///
    /// `user` and `server` are the parts of `cloud_id`, which is given as typed in a mention.
    pub fn federated_user(user: &str, server: &str, name: &str, cloud_id: &str) -> Self {
        let mention_id = format!("federated_user/{cloud_id}");
        Self::of([
            ("type", "user"),
            ("id", user),
            ("name", name),
            ("server", server),
            ("mention-id", &mention_id),
        ])
    }

    /// A mentioned account; the id keeps the case in which it was typed.
    pub fn mention_user(id_as_typed: &str, name: &str) -> Self {
        Self::user(id_as_typed, name)
    }

    /// `@all`; `call_type` is `one2one`, `group` or `public`, `name` the room's name for the reader.
    pub fn mention_call(token: &str, name: &str, call_type: &str, icon_url: &str) -> Self {
        Self::of([
            ("type", "call"),
            ("id", token),
            ("name", name),
            ("call-type", call_type),
            ("icon-url", icon_url),
            ("mention-id", "all"),
        ])
    }

    /// A mentioned guest; `name` is the bare name or `Guest`, without the suffix of system messages.
    pub fn mention_guest(actor_hex: &str, name: &str) -> Self {
        Self::guest(actor_hex, name)
    }

    /// A mentioned e-mail guest.
    pub fn mention_email(hash: &str, name: &str) -> Self {
        let mention_id = format!("email/{hash}");
        Self::of([
            ("type", "email"),
            ("id", hash),
            ("name", name),
            ("mention-id", &mention_id),
        ])
    }

    /// A mentioned group; `name` is the group id if the group is unknown.
    pub fn mention_group(gid: &str, name: &str) -> Self {
        let mention_id = format!("group/{gid}");
        Self::of([
            ("type", "user-group"),
            ("id", gid),
            ("name", name),
            ("mention-id", &mention_id),
        ])
    }

    /// A mentioned team that is unknown here.
    pub fn mention_team_unknown(id: &str) -> Self {
        Self::highlight(id, id)
    }

    /// A text that clients emphasise and that leads nowhere.
    pub fn highlight(id: &str, name: &str) -> Self {
        Self::of([("type", "highlight"), ("id", id), ("name", name)])
    }

    /// A person or thing in a notification: type, id and name alone.
    pub fn plain(kind: &str, id: &str, name: &str) -> Self {
        Self::of([("type", kind), ("id", id), ("name", name)])
    }

    /// A group in a notification.
    pub fn user_group(gid: &str, name: &str) -> Self {
        Self::plain("user-group", gid, name)
    }

    /// A conversation in a notification: by its number, not its token.
    pub fn call_in_notice(room: i64, name: &str, call_type: &str, icon_url: &str) -> Self {
        Self::of([
            ("type", "call"),
            ("id", &room.to_string()),
            ("name", name),
            ("call-type", call_type),
            ("icon-url", icon_url),
        ])
    }

    /// The value of `key`, if the object has it.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    fn prefixed_guest(prefix: &str, id: &str, name: &str) -> Self {
        let id = format!("{prefix}/{id}");
        Self::of([
            ("type", "guest"),
            ("id", &id),
            ("name", name),
            ("mention-id", &id),
        ])
    }

    fn of<const N: usize>(fields: [(&'static str, &str); N]) -> Self {
        let own = |(key, value): (&'static str, &str)| (Cow::Borrowed(key), value.to_owned());
        Self {
            fields: fields.into_iter().map(own).collect(),
        }
    }
}

/// A rich object that somebody shared into a room, as it is stored.
///
/// Shape: `{"objectType":…,"objectId":…,"metaData":{…}}`, the metadata in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedObject {
    /// One of the types of messages.md 7.
    pub object_type: String,
    /// The sharer's id for it; may be empty.
    pub object_id: String,
    /// All fields of the object, `type` and `id` included.
    #[serde(with = "entries")]
    pub meta_data: Vec<(String, String)>,
}

impl SharedObject {
    /// The `object` parameter of the message that shares it.
    pub fn to_rich(&self) -> RichObject {
        let own = |(key, value): &(String, String)| (Cow::Owned(key.clone()), value.clone());
        RichObject {
            fields: self.meta_data.iter().map(own).collect(),
        }
    }
}

/// Key and value pairs as one map, in order.
mod entries {
    use std::fmt;

    use serde::de::{MapAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(
        pairs: &[(String, String)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, String)>, D::Error> {
        deserializer.deserialize_map(Pairs)
    }

    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, String)>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a map of texts")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_has_its_exact_keys_in_order() {
        let table = [
            (
                RichObject::user("bob", "Bob"),
                "type=user id=bob name=Bob mention-id=bob",
            ),
            (
                RichObject::deleted_user(),
                "type=highlight id=deleted_users name=Deleted user",
            ),
            (
                RichObject::guest("0a", "Ann (guest)"),
                "type=guest id=guest/0a name=Ann (guest) mention-id=guest/0a",
            ),
            (
                RichObject::email_guest("0b", "Guest"),
                "type=guest id=email/0b name=Guest mention-id=email/0b",
            ),
            (
                RichObject::group("g1", "G"),
                "type=group id=g1 name=G mention-id=user-group/g1",
            ),
            (
                RichObject::circle_unknown("c1"),
                "type=highlight id=c1 name=c1",
            ),
            (
                RichObject::phone("p1", "Unknown number"),
                "type=highlight id=p1 name=Unknown number",
            ),
            (RichObject::poll(7, "Tea?"), "type=talk-poll id=7 name=Tea?"),
            (
                RichObject::federated_user("bob", "far.example", "Bob", "bob@far.example"),
                "type=user id=bob name=Bob server=far.example mention-id=federated_user/bob@far.example",
            ),
            (
                RichObject::mention_user("BOB", "Bob"),
                "type=user id=BOB name=Bob mention-id=BOB",
            ),
            (
                RichObject::mention_call("tok", "Tea", "group", "https://h/a?v=1"),
                "type=call id=tok name=Tea call-type=group icon-url=https://h/a?v=1 mention-id=all",
            ),
            (
                RichObject::mention_guest("0a", "Guest"),
                "type=guest id=guest/0a name=Guest mention-id=guest/0a",
            ),
            (
                RichObject::mention_email("0b", "Eve"),
                "type=email id=0b name=Eve mention-id=email/0b",
            ),
            (
                RichObject::mention_group("g1", "G"),
                "type=user-group id=g1 name=G mention-id=group/g1",
            ),
            (
                RichObject::mention_team_unknown("t1"),
                "type=highlight id=t1 name=t1",
            ),
            (
                RichObject::highlight("thread/9", "Tea"),
                "type=highlight id=thread/9 name=Tea",
            ),
        ];
        for (object, expected) in table {
            let words: Vec<_> = object
                .fields
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            assert_eq!(words.join(" "), expected);
        }
    }

    #[test]
    fn a_shared_object_is_shown_with_its_metadata_in_order() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let shared = SharedObject {
            object_type: "call".into(),
            object_id: "tok".into(),
            meta_data: vec![pair("name", "Tea"), pair("type", "call"), pair("id", "tok")],
        };
        let object = shared.to_rich();
        assert_eq!(object.fields[0].0, "name");
        assert_eq!(object.get("id"), Some("tok"));
        assert_eq!(object.get("link"), None);
    }
}
