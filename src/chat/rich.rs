//! Objects that clients share into a room: which are accepted, and in which form they are kept.
//!
//! Pure: the metadata arrives as pairs, in order; which hosts are ours is asked. There is no check that the object
//! exists or that the sharer may see it.
//! Source: spec chat.md, 4.2; messages.md, 7.

use crate::model::rich::SharedObject;

/// The longest stored text of a message, in characters.
const MAX_STORED_CHARS: usize = 32_000;

/// What a stored share consists of besides its values.
const STORED_FRAME: &str =
    r#"{"message":"object_shared","parameters":{"objectType":"","objectId":"","metaData":{}}}"#;

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetaValue {
    /// A text, the only kind that is accepted.
    Text(String),
    /// A number, a truth value, nothing, a list or a map.
    Other,
}

/// Why an object cannot be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RichError {
    /// `link` is not an absolute http(s) URL to a trusted host.
    Link,
    /// Unknown type, a required key is missing, or a key or value is not text.
    Object,
    /// Stored, it would be longer than a message may be.
    TooLong,
}

/// Check an object and bring it into the form in which it is stored.
///
/// `meta` has distinct keys; a key of digits only stands for the position in a list and is refused. `type`, `id` and
/// `icon-url` are overwritten. `icon_url` is kept as given and may be relative. `is_trusted_host` gets the host in
/// lower case, without port, an IPv6 address in its brackets.
///
/// Errors: in this order `Link`, `Object`, `TooLong`.
/// Source: spec chat.md, 4.2, steps 3 to 6 and 8.
pub fn shared_object(
    object_type: &str,
    object_id: &str,
    meta: Vec<(String, MetaValue)>,
    icon_url: &str,
    is_trusted_host: impl Fn(&str) -> bool,
) -> Result<SharedObject, RichError> {
    let mut meta = meta;
    overwrite(&mut meta, "type", object_type);
    overwrite(&mut meta, "id", object_id);
    overwrite(&mut meta, "icon-url", icon_url);

    if let Some((_, link)) = meta.iter().find(|(key, _)| key == "link") {
        let host = match link {
            MetaValue::Text(link) => host_of(link).ok_or(RichError::Link)?,
            MetaValue::Other => return Err(RichError::Link),
        };
        if !is_trusted_host(&host) {
            return Err(RichError::Link);
        }
    }

    let required = required_keys(object_type).ok_or(RichError::Object)?;
    let meta_data = meta
        .into_iter()
        .map(|pair| match pair {
            (key, MetaValue::Text(value)) if !is_position(&key) => Ok((key, value)),
            _ => Err(RichError::Object),
        })
        .collect::<Result<Vec<_>, _>>()?;
    for key in required {
        if !meta_data.iter().any(|(name, _)| name == key) {
            return Err(RichError::Object);
        }
    }
    if object_type == "geo-location" && !is_geo_uri(object_id) {
        return Err(RichError::Object);
    }

    let shared = SharedObject {
        object_type: object_type.to_owned(),
        object_id: object_id.to_owned(),
        meta_data,
    };
    if stored_chars(&shared) > MAX_STORED_CHARS {
        return Err(RichError::TooLong);
    }
    Ok(shared)
}

/// Whether `id` is a place on earth: `geo:latitude,longitude`, with optional altitude, `;crs=wgs84` and `;u=` precision.
pub fn is_geo_uri(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let after_coordinates = || {
        let rest = id.strip_prefix("geo:")?;
        let rest = strip_decimal(strip_sign(rest), 2)?.strip_prefix(',')?;
        strip_decimal(strip_sign(rest), 3)
    };
    let Some(mut rest) = after_coordinates() else {
        return false;
    };
    if let Some(altitude) = rest.strip_prefix(',') {
        match strip_decimal(strip_sign(altitude), usize::MAX) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest = rest.strip_prefix(";crs=wgs84").unwrap_or(rest);
    match rest.strip_prefix(";u=") {
        Some(precision) => strip_decimal(precision, usize::MAX) == Some(""),
        None => rest.is_empty(),
    }
}

fn overwrite(meta: &mut Vec<(String, MetaValue)>, key: &str, value: &str) {
    let value = MetaValue::Text(value.to_owned());
    match meta.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => meta.push((key.to_owned(), value)),
    }
}

fn is_position(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// The keys an object of this type must have; all have `type` and `id` here, which are always set.
fn required_keys(object_type: &str) -> Option<&'static [&'static str]> {
    let keys: &[&str] = match object_type {
        "addressbook"
        | "addressbook-contact"
        | "announcement"
        | "app"
        | "calendar"
        | "calendar-event"
        | "email"
        | "guest"
        | "highlight"
        | "open-graph"
        | "pending-federated-share"
        | "talk-poll"
        | "user"
        | "user-group" => &["name"],
        "call" => &["name", "call-type"],
        "circle" | "deck-board" | "forms-form" => &["name", "link"],
        "deck-card" => &["name", "boardname", "stackname", "link"],
        "file" => &["name", "path"],
        "geo-location" => &["name", "latitude", "longitude"],
        "systemtag" => &["name", "visibility", "assignable"],
        "talk-attachment" => &["name", "conversation"],
        _ => return None,
    };
    Some(keys)
}

/// The host of an absolute http(s) URL, in lower case. User info is refused: it makes a foreign host look like ours.
fn host_of(url: &str) -> Option<String> {
    // Readers of URLs disagree about these, so nobody can tell where such a link leads.
    if url
        .bytes()
        .any(|byte| byte.is_ascii_control() || matches!(byte, b' ' | b'\\'))
    {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let length = bracketed.find(']')? + 2;
            authority.split_at(length)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    (is_port && is_host(host)).then(|| host.to_ascii_lowercase())
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

fn strip_sign(text: &str) -> &str {
    text.strip_prefix('-').unwrap_or(text)
}

/// What follows a decimal number without sign, of at most `max_digits` before the point.
fn strip_decimal(text: &str, max_digits: usize) -> Option<&str> {
    let (digits, rest) = split_digits(text);
    if digits == 0 || digits > max_digits {
        return None;
    }
    match rest.strip_prefix('.').map(split_digits) {
        None => Some(rest),
        Some((0, _)) => None,
        Some((_, rest)) => Some(rest),
    }
}

fn split_digits(text: &str) -> (usize, &str) {
    let digits = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    (digits, &text[digits..])
}

/// The length of the text in which the share is stored.
fn stored_chars(shared: &SharedObject) -> usize {
    // Four quotes, a colon and the comma to the next pair; the last pair has none.
    let pairs: usize = shared
        .meta_data
        .iter()
        .map(|(key, value)| 6 + escaped_chars(key) + escaped_chars(value))
        .sum();
    STORED_FRAME.len()
        + escaped_chars(&shared.object_type)
        + escaped_chars(&shared.object_id)
        + pairs.saturating_sub(1)
}

/// The length of `text` between quotes, where some characters need an escape.
fn escaped_chars(text: &str) -> usize {
    text.chars()
        .map(|character| match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..='\u{1f}' => 6,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &str, value: &str) -> (String, MetaValue) {
        (key.to_owned(), MetaValue::Text(value.to_owned()))
    }

    fn share(
        object_type: &str,
        object_id: &str,
        meta: Vec<(String, MetaValue)>,
    ) -> Result<SharedObject, RichError> {
        shared_object(object_type, object_id, meta, "/avatar?v=1", |host| {
            ["chat.example", "[2001:db8::1]"].contains(&host)
        })
    }

    #[test]
    fn own_keys_replace_those_of_the_client_where_they_stood() {
        let meta = vec![
            text("id", "theirs"),
            text("name", "Room"),
            text("call-type", "group"),
            text("more", "kept"),
        ];
        let shared = share("call", "R4nd0m", meta).expect("it is complete");
        let pairs: Vec<_> = shared
            .meta_data
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            pairs.join(" "),
            "id=R4nd0m name=Room call-type=group more=kept type=call icon-url=/avatar?v=1"
        );
        assert_eq!(
            (&*shared.object_type, &*shared.object_id),
            ("call", "R4nd0m")
        );
    }

    #[test]
    fn every_type_needs_its_keys() {
        let table = [
            ("addressbook", "name"),
            ("addressbook-contact", "name"),
            ("announcement", "name"),
            ("app", "name"),
            ("calendar", "name"),
            ("calendar-event", "name"),
            ("call", "name call-type"),
            ("circle", "name link"),
            ("deck-board", "name link"),
            ("deck-card", "name boardname stackname link"),
            ("email", "name"),
            ("file", "name path"),
            ("forms-form", "name link"),
            ("geo-location", "name latitude longitude"),
            ("guest", "name"),
            ("highlight", "name"),
            ("open-graph", "name"),
            ("pending-federated-share", "name"),
            ("systemtag", "name visibility assignable"),
            ("talk-attachment", "name conversation"),
            ("talk-poll", "name"),
            ("user", "name"),
            ("user-group", "name"),
        ];
        for (object_type, keys) in table {
            let complete: Vec<_> = keys
                .split(' ')
                .map(|key| text(key, "https://chat.example"))
                .collect();
            let id = "geo:1,2";
            assert!(
                share(object_type, id, complete.clone()).is_ok(),
                "{object_type}"
            );
            for missing in 0..complete.len() {
                let mut meta = complete.clone();
                meta.remove(missing);
                assert_eq!(share(object_type, id, meta), Err(RichError::Object));
            }
        }
    }

    #[test]
    fn objects_that_are_refused() {
        let name = || text("name", "N");
        let list = vec![("0".to_owned(), MetaValue::Text("name".to_owned()))];
        let table = [
            ("foo", vec![name()]),
            ("group", vec![name()]),
            ("call", vec![text("call-type", "group")]),
            ("call", vec![]),
            ("highlight", list),
            ("highlight", vec![name(), text("17", "x")]),
            ("highlight", vec![("name".to_owned(), MetaValue::Other)]),
            (
                "highlight",
                vec![name(), ("x".to_owned(), MetaValue::Other)],
            ),
        ];
        for (object_type, meta) in table {
            assert_eq!(
                share(object_type, "1", meta.clone()),
                Err(RichError::Object),
                "{object_type} {meta:?}"
            );
        }
        let overwritten = vec![name(), ("id".to_owned(), MetaValue::Other)];
        assert!(share("highlight", "", overwritten).is_ok());
    }

    #[test]
    fn links_must_lead_to_a_trusted_host() {
        let table = [
            ("https://chat.example/f/1", true),
            ("http://chat.example", true),
            ("HTTPS://Chat.Example:8443/x?y#z", true),
            ("https://chat.example?x=@y", true),
            ("https://chat.example:/x", true),
            ("https://[2001:DB8::1]:443/x", true),
            ("https://other.example/", false),
            ("https://chat.example.other.example/", false),
            ("https://chat.example@other.example/", false),
            ("https://user@chat.example/", false),
            ("https://other.example\\@chat.example/", false),
            ("https://chat.example:80a/", false),
            ("https://chat.example:123456/", false),
            ("https://[2001:db8::1/", false),
            ("https://[]/", false),
            ("https:///x", false),
            ("https://", false),
            ("https:chat.example", false),
            ("ftp://chat.example/", false),
            ("javascript://chat.example/%0aalert(1)", false),
            ("//chat.example/", false),
            ("/f/1", false),
            (" https://chat.example/", false),
            ("https://chat.example/\nx", false),
            ("", false),
        ];
        for (link, accepted) in table {
            let outcome = share(
                "highlight",
                "1",
                vec![text("name", "N"), text("link", link)],
            );
            let expected = if accepted {
                None
            } else {
                Some(RichError::Link)
            };
            assert_eq!(outcome.err(), expected, "{link}");
        }
        let number = ("link".to_owned(), MetaValue::Other);
        assert_eq!(share("foo", "1", vec![number]), Err(RichError::Link));
    }

    #[test]
    fn places_on_earth() {
        let table = [
            ("geo:52.5450511,13.3741463", true),
            ("geo:-1,-180", true),
            ("GEO:1,2", true),
            ("geo:1,2,3", true),
            ("geo:1.5,2.5,-3333.5", true),
            ("geo:1,2;crs=wgs84", true),
            ("geo:1,2;CRS=WGS84;u=35", true),
            ("geo:1,2,3;u=0.5", true),
            ("geo:123,2", false),
            ("geo:1,1234", false),
            ("geo:1.,2", false),
            ("geo:1", false),
            ("geo:1,", false),
            ("geo:,2", false),
            ("geo:1,2,", false),
            ("geo:1,2;u=-1", false),
            ("geo:1,2;u=", false),
            ("geo:1,2;u=1;crs=wgs84", false),
            ("geo:1,2;crs=other", false),
            ("geo:1,2 ", false),
            ("geo:1,2\n", false),
            ("geo:+1,2", false),
            ("geo:١,2", false),
            ("1,2", false),
            ("", false),
        ];
        for (id, expected) in table {
            assert_eq!(is_geo_uri(id), expected, "{id}");
            let meta = vec![
                text("name", "N"),
                text("latitude", "1"),
                text("longitude", "2"),
            ];
            assert_eq!(share("geo-location", id, meta).is_ok(), expected, "{id}");
        }
    }

    #[test]
    fn the_stored_text_has_the_length_limit_of_messages() {
        let frame = concat!(
            r#"{"message":"object_shared","parameters":{"objectType":"app","objectId":"1","metaData":"#,
            r#"{"name":"","type":"app","id":"1","icon-url":"/avatar?v=1"}}}"#
        );
        let room = MAX_STORED_CHARS - frame.len();
        let named = |name: String| share("app", "1", vec![text("name", &name)]);
        assert!(named("é".repeat(room)).is_ok());
        assert_eq!(named("é".repeat(room + 1)), Err(RichError::TooLong));
        assert!(named("\"".repeat(room / 2)).is_ok());
        assert_eq!(named("\n".repeat(room / 2 + 1)), Err(RichError::TooLong));
        assert_eq!(named("\u{1}".repeat(room / 6 + 1)), Err(RichError::TooLong));
    }
}
