//! The session cookie: which browser this is, and which account it is logged in as. Signed, so the
//! server keeps no row for it. Source: ocs.md 4.5.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::chat::login::keyed_hash;
use crate::model::{CookieKey, LoginStamp, User, UserId, UserNumber};

/// The cookie's name.
pub const NAME: &str = "chinwag_session";
/// Seconds without a request after which the cookie is worth nothing.
const LIFETIME_SECS: i64 = 24 * 60 * 60;
/// Seconds after which a used cookie is given out anew.
const RENEWAL_SECS: i64 = 60 * 60;

const MAC: usize = 16;
const FIXED: usize = 16 + 8 + 8 + 8;

/// What a cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub key: CookieKey,
    /// The account, and its stamp when the cookie was given out.
    pub login: Option<(UserId, LoginStamp)>,
    pub issued_at: i64,
}

impl Session {
    /// For a browser that shows none yet.
    pub fn new(now: i64) -> Self {
        Self {
            key: CookieKey::random(),
            login: None,
            issued_at: now,
        }
    }

    /// For an account that has just proved itself; a new key, so that nobody can plant one.
    pub fn logged_in(user: &User, now: i64) -> Self {
        Self {
            login: Some((user.id.clone(), user.login_stamp())),
            ..Self::new(now)
        }
    }

    /// Reads the `Cookie` header. Forged, broken and expired ones count as none.
    pub fn read(header: &str, secret: &[u8; 32], now: i64) -> Option<Self> {
        let value = header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == NAME).then_some(value))?;
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (payload, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        let expected = keyed_hash(secret, &[payload]);
        if !bool::from(expected[..MAC].ct_eq(mac)) {
            return None;
        }
        let (fixed, user) = payload.split_at_checked(FIXED)?;
        let number = |from: usize| -> Option<i64> {
            let bytes = fixed.get(from..from + 8)?.try_into().ok()?;
            Some(i64::from_be_bytes(bytes))
        };
        let session = Self {
            key: CookieKey(fixed.get(..16)?.try_into().ok()?),
            issued_at: number(24)?,
            login: match user {
                [] => None,
                user => Some((
                    UserId(String::from_utf8(user.to_vec()).ok()?),
                    LoginStamp {
                        epoch: number(16)?,
                        number: UserNumber(number(32)?),
                    },
                )),
            },
        };
        (now < session.issued_at + LIFETIME_SECS).then_some(session)
    }

    /// The `Set-Cookie` header.
    pub fn write(&self, secret: &[u8; 32], secure: bool) -> String {
        let (user, epoch, number) = match &self.login {
            Some((user, stamp)) => (user.as_str(), stamp.epoch, stamp.number.0),
            None => ("", 0, 0),
        };
        let mut bytes = Vec::with_capacity(FIXED + user.len() + MAC);
        bytes.extend_from_slice(&self.key.0);
        bytes.extend_from_slice(&epoch.to_be_bytes());
        bytes.extend_from_slice(&self.issued_at.to_be_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(user.as_bytes());
        let mac = keyed_hash(secret, &[&bytes]);
        bytes.extend_from_slice(&mac[..MAC]);
        let value = URL_SAFE_NO_PAD.encode(bytes);
        let secure = if secure { "; Secure" } else { "" };
        format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }

    /// Whether it is time for a fresh one.
    pub fn is_ageing(&self, now: i64) -> bool {
        self.issued_at + RENEWAL_SECS <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_back_unless_forged_or_old() {
        let secret = [7; 32];
        let session = Session {
            login: Some((
                UserId("alice".into()),
                LoginStamp {
                    number: UserNumber(7),
                    epoch: 3,
                },
            )),
            ..Session::new(1000)
        };
        let header = session.write(&secret, false);
        let pair = header.split(';').next().unwrap();
        let cookie = format!("other=1; {pair}");
        assert_eq!(Session::read(&cookie, &secret, 2000), Some(session.clone()));
        assert_eq!(Session::read(&cookie, &[8; 32], 2000), None, "other key");
        assert_eq!(Session::read(&cookie, &secret, 1000 + LIFETIME_SECS), None);
        let mut forged = pair.to_owned();
        forged.replace_range(30..31, if &pair[30..31] == "A" { "B" } else { "A" });
        assert_eq!(Session::read(&forged, &secret, 2000), None, "forged");
        for broken in [
            "",
            "chinwag_session=",
            "chinwag_session=%%",
            "chinwag_session=AAAA",
        ] {
            assert_eq!(Session::read(broken, &secret, 2000), None, "{broken}");
        }
    }
}
