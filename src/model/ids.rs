//! Ids as newtypes, and the only place that makes random ones.
//!
//! Message ids grow over the whole server and are never reused; so are the numbers of rooms,
//! attendees and accounts. Later dialects address records by these numbers.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;

/// A conversation's number. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId(pub i64);

/// A poll's number. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PollId(pub i64);

/// The number of one membership. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttendeeId(pub i64);

/// A message's number; it grows over the whole server. `-2` as a read marker: nothing read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub i64);

impl MessageId {
    /// The read marker "first message unread".
    pub const NOTHING_READ: Self = Self(-2);
    /// Below every id: "from the very beginning".
    pub const NONE: Self = Self(0);
    /// No id ever reaches this; the storage key keeps 40 bits for an id.
    pub const MAX: Self = Self((1 << 40) - 1);
}

/// An account's number, for later dialects. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserNumber(pub i64);

/// The number of an app password. Never reused: cookies name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppPasswordId(pub i64);

/// An account's name as it was created; compared without regard to ASCII case by the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub String);

impl UserId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address of a conversation in URLs: `[a-z0-9]{4,30}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    const LETTERS: &'static [u8] = b"abcdefghijkmnopqrstuvwxyz23456789";

    /// The token in a path, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (4..=30).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// A new one of 8 letters that cannot be misread; the store says whether it is taken.
    pub fn random() -> Self {
        Self(random_text(8, Self::LETTERS))
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public id of "this browser has this room open now": 255 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionId(pub String);

impl SessionId {
    const LETTERS: &'static [u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// A new one.
    pub fn random() -> Self {
        Self(random_text(255, Self::LETTERS))
    }
}

/// Which browser (cookie jar) a request came from: the secret part of the session cookie.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CookieKey(pub [u8; 16]);

impl CookieKey {
    /// A new one, for a visitor without a cookie.
    pub fn random() -> Self {
        Self(random_bytes())
    }

    /// As text for storage and look-up.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieKey(…)")
    }
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `N` bytes from the operating system.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// `length` characters drawn evenly from `letters` (at most 256 of them).
pub fn random_text(length: usize, letters: &[u8]) -> String {
    // Bytes at or above the largest multiple of the alphabet would favour its first letters.
    let limit = 256 - 256 % letters.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        for byte in random_bytes::<64>() {
            if usize::from(byte) < limit && text.len() < length {
                text.push(char::from(letters[usize::from(byte) % letters.len()]));
            }
        }
    }
    text
}

/// 16 letters and digits that nobody can guess.
pub fn random_nonce() -> String {
    random_text(16, ALPHANUMERIC)
}

/// An app password: 72 letters and digits.
pub fn random_app_password() -> String {
    random_text(72, ALPHANUMERIC)
}

/// One of the two secrets of a login flow: 128 letters and digits.
pub fn random_flow_token() -> String {
    random_text(128, ALPHANUMERIC)
}

/// What binds the pages of a login flow to one browser: 64 letters and digits.
pub fn random_state_token() -> String {
    random_text(64, ALPHANUMERIC)
}

/// What the link of an e-mail guest proves: 64 letters and digits.
pub fn random_access_token() -> String {
    random_text(64, ALPHANUMERIC)
}

/// What goes into a signature besides what is signed: 64 characters.
pub fn random_delivery() -> String {
    random_text(64, SessionId::LETTERS)
}

/// A password that a person can type once: 120 random bits in base64.
pub fn random_password() -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<15>())
}

/// A request's id for answers and logs: 20 letters and digits, the first 10 of them this process's.
///
/// It must be unlike any other, not secret, so it costs no call to the operating system.
pub fn next_request_id() -> String {
    static PROCESS: LazyLock<String> = LazyLock::new(|| random_text(10, ALPHANUMERIC));
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut id = String::with_capacity(20);
    id.push_str(&PROCESS);
    for _ in 0..10 {
        let letters = ALPHANUMERIC.len() as u64;
        id.push(char::from(ALPHANUMERIC[(number % letters) as usize]));
        number /= letters;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_pattern() {
        for (text, fits) in [
            ("abcd", true),
            ("abc", false),
            ("ABCDE", false),
            ("note-to-self", false),
            ("abcdefghijklmnopqrstuvwxyz0123", true),
            ("abcdefghijklmnopqrstuvwxyz01234", false),
        ] {
            assert_eq!(Token::parse(text).is_some(), fits, "{text}");
        }
        assert_eq!(Token::random().as_str().len(), 8);
        assert!(Token::parse(Token::random().as_str()).is_some());
    }

    #[test]
    fn a_session_id_is_long_and_unlike_another() {
        let (one, two) = (SessionId::random(), SessionId::random());
        assert_eq!(one.0.len(), 255);
        assert_ne!(one, two);
    }
}
