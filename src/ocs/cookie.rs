//! The session cookie: which browser this is, and which account it is logged in as. Signed, so the
//! server keeps no row for it. Rules: `chat::web_session`. Source: ocs.md 4.5.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::chat::login::{LoggedIn, keyed_hash};
use crate::chat::web_session::{IDLE_SECS, Login};
use crate::model::{CookieKey, Credential, LoginStamp, UserId, UserNumber};

/// The cookie's name.
pub const NAME: &str = "chinwag_session";
/// Over TLS: browsers take it only from this very host over TLS, so that no neighbour can plant one.
const SECURE_NAME: &str = "__Host-chinwag_session";
/// Seconds after which a used cookie is given out anew.
const RENEWAL_SECS: i64 = 60 * 60;

const MAC: usize = 16;
/// What is signed begins with this, so that nothing else that is signed can pass for a cookie.
const PURPOSE: &[u8] = b"session 2";
/// Key, epoch, issue, account, credential, login, confirmation.
const FIXED: usize = 16 + 6 * 8;
/// Between the account's id and the name that was typed; neither contains it.
const BETWEEN: char = '\n';

/// What a cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub key: CookieKey,
    pub login: Option<Login>,
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
    pub fn logged_in(proved: &LoggedIn, typed: &str, now: i64) -> Self {
        Self {
            login: Some(Login::begin(proved, typed, now)),
            ..Self::new(now)
        }
    }

    /// The same session after its password was typed once more.
    pub fn confirmed(mut self, now: i64) -> Self {
        if let Some(login) = &mut self.login {
            login.confirmed_at = now;
        }
        self.issued_at = now;
        self
    }

    /// Reads one line of the `Cookie` header: the first that is neither forged nor broken nor expired.
    ///
    /// Other sites of the domain put there what they like, bytes that are no text among it.
    pub fn read(line: &[u8], secret: &[u8; 32], secure: bool, now: i64) -> Option<Self> {
        let name = name_for(secure).as_bytes();
        line.split(|byte| *byte == b';').find_map(|pair| {
            let value = pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"=")?;
            Self::open(value, secret, now)
        })
    }

    /// What the cookie's value says.
    fn open(value: &[u8], secret: &[u8; 32], now: i64) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        let (payload, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC)?)?;
        let expected = keyed_hash(secret, &[PURPOSE, payload]);
        if !bool::from(expected[..MAC].ct_eq(mac)) {
            return None;
        }
        let (fixed, names) = payload.split_at_checked(FIXED)?;
        let number = |place: usize| -> Option<i64> {
            let from = 16 + 8 * place;
            let bytes = fixed.get(from..from + 8)?.try_into().ok()?;
            Some(i64::from_be_bytes(bytes))
        };
        let session = Self {
            key: CookieKey(fixed.get(..16)?.try_into().ok()?),
            issued_at: number(1)?,
            login: match std::str::from_utf8(names).ok()?.split_once(BETWEEN) {
                None => None,
                Some((user, typed)) => Some(Login {
                    user: UserId(user.to_owned()),
                    typed: typed.to_owned(),
                    stamp: LoginStamp {
                        epoch: number(0)?,
                        number: UserNumber(number(2)?),
                        by: Credential::from_wire(number(3)?),
                    },
                    began_at: number(4)?,
                    confirmed_at: number(5)?,
                }),
            },
        };
        (now < session.issued_at.saturating_add(IDLE_SECS)).then_some(session)
    }

    /// The `Set-Cookie` header.
    pub fn write(&self, secret: &[u8; 32], secure: bool) -> String {
        let mut bytes = Vec::with_capacity(FIXED + 64 + MAC);
        bytes.extend_from_slice(&self.key.0);
        let numbers = match &self.login {
            Some(login) => [
                login.stamp.epoch,
                self.issued_at,
                login.stamp.number.0,
                login.stamp.by.wire(),
                login.began_at,
                login.confirmed_at,
            ],
            None => [0, self.issued_at, 0, 0, 0, 0],
        };
        for number in numbers {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        if let Some(login) = &self.login {
            bytes.extend_from_slice(login.user.as_str().as_bytes());
            bytes.extend_from_slice(BETWEEN.to_string().as_bytes());
            bytes.extend_from_slice(login.typed.as_bytes());
        }
        let mac = keyed_hash(secret, &[PURPOSE, &bytes]);
        bytes.extend_from_slice(&mac[..MAC]);
        let value = URL_SAFE_NO_PAD.encode(bytes);
        let (name, secure) = (name_for(secure), if secure { "; Secure" } else { "" });
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }

    /// Whether it is time for a fresh one.
    pub fn is_ageing(&self, now: i64) -> bool {
        self.issued_at.saturating_add(RENEWAL_SECS) <= now
    }
}

fn name_for(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { NAME }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AppPasswordId;

    fn sample() -> Session {
        Session {
            login: Some(Login {
                user: UserId("alice".into()),
                typed: "alice@tea.example".into(),
                stamp: LoginStamp {
                    number: UserNumber(7),
                    epoch: 3,
                    by: Credential::App(AppPasswordId(9)),
                },
                began_at: 500,
                confirmed_at: 600,
            }),
            ..Session::new(1000)
        }
    }

    #[test]
    fn a_cookie_is_read_back_unless_forged_or_old() {
        let secret = [7; 32];
        let session = sample();
        let header = session.write(&secret, false);
        let pair = header.split(';').next().unwrap();
        let cookie = format!("other=1; {pair}");
        let read = |cookie: &str, now| Session::read(cookie.as_bytes(), &secret, false, now);
        assert_eq!(read(&cookie, 2000), Some(session.clone()));
        let other_key = Session::read(cookie.as_bytes(), &[8; 32], false, 2000);
        assert_eq!(other_key, None, "other key");
        assert_eq!(read(&cookie, 1000 + IDLE_SECS), None);
        let mut forged = pair.to_owned();
        forged.replace_range(30..31, if &pair[30..31] == "A" { "B" } else { "A" });
        assert_eq!(read(&forged, 2000), None, "forged");
        let both = format!("{forged}; {pair}");
        assert_eq!(read(&both, 2000), Some(session), "the one that is right");
        for broken in [
            "",
            "chinwag_session=",
            "chinwag_session=%%",
            "chinwag_session=AAAA",
        ] {
            assert_eq!(read(broken, 2000), None, "{broken}");
        }
    }

    #[test]
    fn a_visitors_cookie_names_nobody() {
        let session = Session::new(1000);
        let header = session.write(&[7; 32], false);
        let pair = header.split(';').next().unwrap();
        let read = Session::read(pair.as_bytes(), &[7; 32], false, 1001);
        assert_eq!(read, Some(session));
    }

    #[test]
    fn over_tls_only_a_cookie_of_this_host_counts() {
        let secret = [7; 32];
        let header = sample().write(&secret, true);
        assert!(header.starts_with("__Host-chinwag_session="), "{header}");
        assert!(header.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
        let pair = header.split(';').next().unwrap();
        assert_eq!(
            Session::read(pair.as_bytes(), &secret, true, 1001),
            Some(sample_with_key(&header))
        );
        let planted = pair.trim_start_matches("__Host-");
        assert_eq!(Session::read(planted.as_bytes(), &secret, true, 1001), None);
    }

    /// The sample under the key that a header carries; keys are random.
    fn sample_with_key(header: &str) -> Session {
        let value = header.split(['=', ';']).nth(1).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(value).unwrap();
        Session {
            key: CookieKey(bytes[..16].try_into().unwrap()),
            ..sample()
        }
    }
}
