//! What an account may be called and what it may say about itself: the checks, without the store.
//!
//! Which key a caller may write depends on whose account it is; the rest on the value alone.
//! Source: server.md 5.4, 13.1.

use super::place::{is_language, is_timezone};
use crate::chat::AccountRefusal;

/// Bytes that a password may have.
const MAX_PASSWORD_BYTES: usize = 469;
/// Bytes that an account's id may have.
const MAX_LOGIN_BYTES: usize = 64;
/// Characters that an account's or group's name may have.
pub const MAX_NAME_CHARS: usize = 64;
/// Bytes that an address may have.
const MAX_EMAIL_BYTES: usize = 254;
/// Characters of a field of one line.
const MAX_LINE_CHARS: usize = 255;
/// Characters of a field that may be a whole text.
const MAX_TEXT_CHARS: usize = 2_000;

/// The field with the further addresses.
pub const ADDITIONAL_MAIL: &str = "additional_mail";
/// Further addresses that an account may have.
const MAX_ADDITIONAL_MAILS: usize = 10;

/// The fields that are kept by name, and what their values look like.
const FIELDS: [(&str, Shape); 14] = [
    ("phone", Shape::Phone),
    ("address", Shape::Line),
    ("website", Shape::Website),
    ("twitter", Shape::Handle),
    ("bluesky", Shape::Handle),
    ("fediverse", Shape::Handle),
    ("organisation", Shape::Line),
    ("role", Shape::Line),
    ("headline", Shape::Line),
    ("biography", Shape::Text),
    ("birthdate", Shape::Date),
    ("profile_enabled", Shape::Flag),
    ("pronouns", Shape::Line),
    ("first_day_of_week", Shape::Weekday),
];

/// Fields of other kinds whose audience can be chosen, too.
const MORE_SCOPED: [&str; 3] = ["avatar", "email", "displayname"];

/// The audiences of a field.
const SCOPES: [&str; 4] = ["v2-private", "v2-local", "v2-federated", "v2-published"];

/// One change of an account, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Empty: the id.
    DisplayName(String),
    Password(String),
    /// Lower case.
    Email(Option<String>),
    /// One address more, lower case.
    AddMail(String),
    Language(String),
    Locale(String),
    Timezone(String),
    /// The account that this one reports to; empty: none. Whether it exists is for the store to say.
    Manager(String),
    /// A value kept under its name.
    Field(String, String),
}

/// How the caller stands to the account that is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Editor {
    /// It is the caller's own.
    pub oneself: bool,
    pub is_admin: bool,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Line,
    Text,
    Phone,
    Website,
    Handle,
    Date,
    Flag,
    Weekday,
}

impl Edit {
    /// The change that `key` and `value` ask for.
    ///
    /// Errors: `FieldNotEditable`, `InvalidField`, `InvalidPassword`, `PasswordTooShort`.
    pub fn parse(key: &str, value: &str, editor: Editor) -> Result<Self, AccountRefusal> {
        let invalid = |name: &str| AccountRefusal::InvalidField(name.to_owned());
        match key {
            "displayname" | "display" => display_name(value).map(Self::DisplayName),
            "password" => {
                check_password(value)?;
                Ok(Self::Password(value.to_owned()))
            }
            "email" => email(value).map(Self::Email),
            ADDITIONAL_MAIL => match email(value) {
                Ok(Some(address)) => Ok(Self::AddMail(address)),
                Ok(None) | Err(_) => Err(invalid("additional mail")),
            },
            "language" if is_language(value) => Ok(Self::Language(value.to_owned())),
            "locale" if value.is_empty() || is_language(value) => {
                Ok(Self::Locale(value.to_owned()))
            }
            "timezone" if value.is_empty() || is_timezone(value) => {
                Ok(Self::Timezone(value.to_owned()))
            }
            "language" | "locale" | "timezone" => Err(invalid(key)),
            "manager" if editor.is_admin => Ok(Self::Manager(value.to_owned())),
            // There are no files, so a quota is kept and limits nothing.
            "quota" if editor.is_admin && value.chars().count() <= MAX_LINE_CHARS => {
                Ok(Self::Field(key.to_owned(), value.to_owned()))
            }
            "quota" if editor.is_admin => Err(invalid(key)),
            _ => match FIELDS.iter().find(|(name, _)| *name == key) {
                Some((_, shape)) if shape.fits(value) => {
                    Ok(Self::Field(key.to_owned(), value.to_owned()))
                }
                Some(_) => Err(invalid(&key.replace('_', " "))),
                None => scope(key, value, editor),
            },
        }
    }
}

fn scope(key: &str, value: &str, editor: Editor) -> Result<Edit, AccountRefusal> {
    let field = key.strip_suffix("Scope").unwrap_or_default();
    let is_scoped = MORE_SCOPED.contains(&field)
        || (field != "first_day_of_week" && FIELDS.iter().any(|(name, _)| *name == field));
    if !is_scoped || !editor.oneself {
        return Err(AccountRefusal::FieldNotEditable);
    }
    if !SCOPES.contains(&value) {
        return Err(AccountRefusal::InvalidField(key.to_owned()));
    }
    Ok(Edit::Field(key.to_owned(), value.to_owned()))
}

impl Shape {
    /// Whether a value has this shape; an empty one always has.
    fn fits(self, value: &str) -> bool {
        let max = match self {
            Self::Text => MAX_TEXT_CHARS,
            _ => MAX_LINE_CHARS,
        };
        if value.is_empty() {
            return true;
        }
        if value.chars().count() > max {
            return false;
        }
        match self {
            Self::Line => !value.contains(char::is_control),
            Self::Text => true,
            Self::Phone => {
                value.contains(|c: char| c.is_ascii_digit())
                    && value
                        .chars()
                        .all(|c| c.is_ascii_digit() || " +-/().".contains(c))
            }
            // Clients make a link of it, so it must not be a script.
            Self::Website => ["https://", "http://"].iter().any(|scheme| {
                value
                    .strip_prefix(scheme)
                    .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
            }),
            Self::Handle => value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "@._-:".contains(c)),
            Self::Date => is_date(value),
            Self::Flag => matches!(value, "0" | "1"),
            Self::Weekday => matches!(value, "0" | "1" | "2" | "3" | "4" | "5" | "6"),
        }
    }
}

/// The further addresses of an account, as they are kept: one on each line.
pub fn additional_mails(kept: &str) -> impl Iterator<Item = &str> {
    kept.lines().filter(|address| !address.is_empty())
}

/// One more among the further addresses. Errors: `InvalidField` (there already, or too many).
pub fn with_mail(kept: &str, address: &str) -> Result<String, AccountRefusal> {
    let mut all: Vec<&str> = additional_mails(kept).collect();
    if all.contains(&address) || MAX_ADDITIONAL_MAILS <= all.len() {
        return Err(AccountRefusal::InvalidField("additional mail".to_owned()));
    }
    all.push(address);
    Ok(all.join("\n"))
}

/// One less; `None` if it was not there.
pub fn without_mail(kept: &str, address: &str) -> Option<String> {
    let left: Vec<&str> = additional_mails(kept)
        .filter(|known| !known.eq_ignore_ascii_case(address))
        .collect();
    (left.len() < additional_mails(kept).count()).then(|| left.join("\n"))
}

/// Whether a new account may have this id.
///
/// Errors: `InvalidLogin` with the sentence that says why.
pub fn check_login(id: &str) -> Result<(), AccountRefusal> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || " _.@-'".contains(c);
    let refusal = if id.trim().is_empty() {
        "A valid Login must be provided"
    } else if !id.chars().all(is_allowed) {
        "Only the following characters are allowed in an Login: \
         \"a-z\", \"A-Z\", \"0-9\", spaces and \"_.@-'\""
    } else if id.trim() != id {
        "Login contains whitespace at the beginning or at the end"
    } else if matches!(id, "." | "..") {
        "Login must not consist of dots only"
    } else if id.len() > MAX_LOGIN_BYTES {
        "Username is too long"
    } else {
        return Ok(());
    };
    Err(AccountRefusal::InvalidLogin(refusal))
}

/// Whether an account may have this password.
///
/// Errors: `InvalidPassword` (too long), `PasswordTooShort`.
pub fn check_password(password: &str) -> Result<(), AccountRefusal> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(AccountRefusal::InvalidPassword);
    }
    // Quirk: empty-password. The reference would set it.
    if password.is_empty() {
        return Err(AccountRefusal::PasswordTooShort);
    }
    Ok(())
}

/// A display name without the space around it; empty stands for the id.
///
/// Errors: `InvalidField`.
pub fn display_name(name: &str) -> Result<String, AccountRefusal> {
    let name = name.trim();
    if name.chars().count() > MAX_NAME_CHARS || name.contains(char::is_control) {
        return Err(AccountRefusal::InvalidField("displayname".to_owned()));
    }
    Ok(name.to_owned())
}

/// An address in lower case; `None` for an empty one.
///
/// Errors: `InvalidField`.
pub fn email(address: &str) -> Result<Option<String>, AccountRefusal> {
    let address = address.trim().to_lowercase();
    match address.as_str() {
        "" => Ok(None),
        _ if is_email(&address) => Ok(Some(address)),
        _ => Err(AccountRefusal::InvalidField("email".to_owned())),
    }
}

/// A language as accounts have it; empty: English.
///
/// Errors: `InvalidField`.
pub fn language(code: &str) -> Result<String, AccountRefusal> {
    match code {
        "" => Ok("en".to_owned()),
        _ if is_language(code) => Ok(code.to_owned()),
        _ => Err(AccountRefusal::InvalidField("language".to_owned())),
    }
}

/// Whether this can be somebody's address.
pub fn is_email(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let has_spaces = address.contains(|c: char| c.is_whitespace() || c.is_control());
    let labels_fit = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    address.len() <= MAX_EMAIL_BYTES
        && !has_spaces
        && !local.is_empty()
        && !local.contains(['@', '<', '>', '"', ',', ';', '(', ')'])
        && labels_fit
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SELF: Editor = Editor {
        oneself: true,
        is_admin: false,
    };
    const ADMIN: Editor = Editor {
        oneself: false,
        is_admin: true,
    };

    #[test]
    fn a_login_has_its_rules() {
        let long = "a".repeat(65);
        let characters = "Only the following characters";
        for (id, refusal) in [
            ("alice", None),
            ("Bob O'Neil@example.org_-.", None),
            ("...", None),
            ("", Some("A valid Login")),
            ("   ", Some("A valid Login")),
            ("jürgen", Some(characters)),
            ("a/b", Some(characters)),
            ("a\"b", Some(characters)),
            (" alice", Some("Login contains whitespace")),
            ("alice ", Some("Login contains whitespace")),
            (".", Some("Login must not consist of dots")),
            ("..", Some("Login must not consist of dots")),
            (long.as_str(), Some("Username is too long")),
        ] {
            let refused = check_login(id).err().map(|refusal| refusal.to_string());
            match (refusal, &refused) {
                (None, None) => {}
                (Some(start), Some(text)) if text.starts_with(start) => {}
                _ => panic!("{id:?}: {refused:?}"),
            }
        }
    }

    #[test]
    fn a_password_is_neither_empty_nor_endless() {
        let at_most = "ä".repeat(234) + "a";
        for (password, refusal) in [
            ("x", None),
            (at_most.as_str(), None),
            ("", Some(AccountRefusal::PasswordTooShort)),
            (&"a".repeat(470), Some(AccountRefusal::InvalidPassword)),
        ] {
            assert_eq!(check_password(password).err(), refusal, "{password}");
        }
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        for (address, kept) in [
            ("", Some(None)),
            ("Foo@Example.ORG", Some(Some("foo@example.org"))),
            ("a@localhost", Some(Some("a@localhost"))),
            ("a@@b", None),
            ("a@", None),
            ("@b", None),
            ("nobody", None),
            ("a b@c.de", None),
            ("a@b..c", None),
            ("a@-b.de", None),
            ("<a@b.de", None),
        ] {
            let expected = kept.map(|kept| kept.map(str::to_owned));
            assert_eq!(email(address).ok(), expected, "{address}");
        }
    }

    #[test]
    fn each_field_takes_only_what_it_is_for() {
        let long = "x".repeat(256);
        for (key, value, fits) in [
            ("phone", "+49 (711) 123-45", true),
            ("phone", "call me", false),
            ("phone", "", true),
            ("address", "1 Tea Road", true),
            ("address", long.as_str(), false),
            ("biography", long.as_str(), true),
            ("website", "https://example.org/a", true),
            ("website", "javascript:alert(1)", false),
            ("website", "https://", false),
            ("twitter", "@tea", true),
            ("twitter", "two words", false),
            ("fediverse", "@tea@example.org", true),
            ("birthdate", "1980-02-29", true),
            ("birthdate", "1981-02-29", false),
            ("profile_enabled", "1", true),
            ("profile_enabled", "yes", false),
            ("first_day_of_week", "6", true),
            ("first_day_of_week", "7", false),
            ("language", "de_DE", true),
            ("language", "", false),
            ("language", "german!", false),
            ("language", "xx", false),
            ("locale", "", true),
            ("locale", "x", false),
            ("locale", "zz", false),
            ("timezone", "America/Argentina/Buenos_Aires", true),
            ("timezone", "../etc", false),
            ("timezone", "Mars/Olympus_Mons", false),
            ("displayname", "", true),
            ("displayname", &"ä".repeat(65), false),
            ("websiteScope", "v2-local", true),
            ("websiteScope", "everybody", false),
            ("avatarScope", "v2-private", true),
        ] {
            match Edit::parse(key, value, SELF) {
                Ok(_) => assert!(fits, "{key}={value}"),
                Err(AccountRefusal::InvalidField(_)) => assert!(!fits, "{key}={value}"),
                Err(other) => panic!("{key}={value}: {other:?}"),
            }
        }
    }

    #[test]
    fn further_addresses_are_kept_once_each_and_not_without_end() {
        let one = with_mail("", "a@b.de").unwrap();
        let two = with_mail(&one, "c@d.de").unwrap();
        assert_eq!(two, "a@b.de\nc@d.de");
        assert!(with_mail(&two, "a@b.de").is_err(), "there already");
        assert_eq!(without_mail(&two, "A@B.de").as_deref(), Some("c@d.de"));
        assert_eq!(without_mail(&two, "x@y.de"), None);
        let many: Vec<String> = (0..10).map(|n| format!("{n}@b.de")).collect();
        assert!(with_mail(&many.join("\n"), "a@b.de").is_err(), "too many");
    }

    #[test]
    fn some_keys_are_for_some_callers() {
        let refused = Err(AccountRefusal::FieldNotEditable);
        for (key, value, oneself, admin) in [
            ("quota", "1 GB", false, true),
            ("manager", "alice", false, true),
            ("websiteScope", "v2-local", true, false),
            ("first_day_of_weekScope", "v2-local", false, false),
            ("Scope", "v2-local", false, false),
            ("id", "mallory", false, false),
            ("", "", false, false),
        ] {
            let parsed = Edit::parse(key, value, SELF);
            assert_eq!(parsed != refused, oneself, "{key} by oneself");
            let parsed = Edit::parse(key, value, ADMIN);
            assert_eq!(parsed != refused, admin, "{key} by an administrator");
        }
    }

    #[test]
    fn the_refusal_names_the_field_in_words() {
        let refusal = Edit::parse("first_day_of_week", "x", SELF).unwrap_err();
        assert_eq!(refusal.to_string(), "Invalid first day of week");
        let refusal = Edit::parse("timezone", "?", SELF).unwrap_err();
        assert_eq!(refusal.to_string(), "Invalid timezone");
    }
}
