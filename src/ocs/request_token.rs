//! Request tokens: what a page of ours can send and a page of somebody else's cannot. Source: ocs.md 5; server.md 6.3.
//!
//! Derived from the session's key, so nothing is kept. Each issue is masked anew, so that a compressed answer does not
//! give the token away bit by bit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::chat::login::keyed_hash;
use crate::model::CookieKey;
use crate::model::ids::random_bytes;

const PURPOSE: &[u8] = b"request token";

/// A token for pages of this session.
pub fn issue(secret: &[u8; 32], session: CookieKey) -> String {
    let mask: [u8; 32] = random_bytes();
    let masked = xor(&of(secret, session), &mask);
    format!("{}:{}", STANDARD.encode(masked), STANDARD.encode(mask))
}

/// Whether a token was issued for this session, under whatever mask.
pub fn is_valid(token: &str, secret: &[u8; 32], session: CookieKey) -> bool {
    // In a query that was not encoded a plus is a space.
    let token = token.replace(' ', "+");
    let decode = |text: &str| -> Option<[u8; 32]> { STANDARD.decode(text).ok()?.try_into().ok() };
    let parts = token.split_once(':');
    let Some((masked, mask)) = parts.and_then(|(a, b)| decode(a).zip(decode(b))) else {
        return false;
    };
    xor(&masked, &mask).ct_eq(&of(secret, session)).into()
}

fn of(secret: &[u8; 32], session: CookieKey) -> [u8; 32] {
    keyed_hash(secret, &[PURPOSE, &session.0])
}

fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|place| one[place] ^ other[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_session_alone_under_any_mask() {
        let (secret, mine, other) = ([7; 32], CookieKey([1; 16]), CookieKey([2; 16]));
        let (first, second) = (issue(&secret, mine), issue(&secret, mine));
        assert_ne!(first, second);
        assert!(is_valid(&first, &secret, mine));
        assert!(is_valid(&second, &secret, mine));
        assert!(is_valid(&first.replace('+', " "), &secret, mine));
        assert!(!is_valid(&first, &secret, other));
        assert!(!is_valid(&first, &[8; 32], mine));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let (secret, session) = ([7; 32], CookieKey([1; 16]));
        let zero = STANDARD.encode([0; 32]);
        for text in ["", ":", "x", &zero, &format!("{zero}:{zero}"), "AAAA:AAAA"] {
            assert!(!is_valid(text, &secret, session), "{text}");
        }
    }
}
