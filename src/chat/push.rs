//! Where devices want to be told by push. They are kept, and the server proves who it is; nothing is delivered,
//! and the service that a device names is never contacted. Source: server.md 11.6.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::Chat;
use super::admission::Caller;
use super::error::Error;
use super::login::keyed_hash;
use crate::model::{AppPasswordId, PushDevice, UserId};

pub mod key;

/// Hex digits of a SHA-512.
const TOKEN_HASH_CHARS: usize = 128;
/// Characters of an RSA key of 2048 bits as PEM, with or without the last line break.
const DEVICE_KEY_CHARS: [usize; 2] = [450, 451];
/// Bytes that the address of a service may have.
const MAX_PROXY_BYTES: usize = 256;

/// Why a device cannot register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushRefusal {
    #[error("the hash of the token is not valid")]
    TokenHash,
    #[error("the device's key is not valid")]
    DeviceKey,
    #[error("the address of the service is not valid")]
    Proxy,
    /// Only an app password is a device.
    #[error("not logged in by an app password")]
    NoAppPassword,
}

impl PushRefusal {
    /// The word that clients read.
    pub fn wire(self) -> &'static str {
        match self {
            Self::TokenHash => "INVALID_PUSHTOKEN_HASH",
            Self::DeviceKey => "INVALID_DEVICE_KEY",
            Self::Proxy => "INVALID_PROXY_SERVER",
            Self::NoAppPassword => "INVALID_SESSION_TOKEN",
        }
    }
}

/// What a device says of itself.
#[derive(Debug, Clone)]
pub struct Registration {
    pub token_hash: String,
    pub key: String,
    pub proxy: String,
}

/// With what a device can prove to its service that this server told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The same was registered before.
    pub known: bool,
    /// The server's key, PEM.
    pub public_key: String,
    /// SHA-512 of what is signed, base64.
    pub device_identifier: String,
    /// RSA with PKCS #1 v1.5 padding, base64.
    pub signature: String,
}

impl Chat {
    /// Keep where the device wants to be told, in place of what it said before.
    ///
    /// Errors, in order: `TokenHash`, `DeviceKey`, `Proxy`, `NoAppPassword`.
    pub async fn register_device(
        &self,
        caller: &Caller,
        said: Registration,
    ) -> Result<Registered, Error> {
        check(&said)?;
        let (user, id) = device_of(caller)?;
        let key = self.push_key().await?;
        let signed = self.identity(&user, id);
        let device = PushDevice {
            app_password: id,
            token_hash: said.token_hash,
            key: said.key,
            proxy: said.proxy,
        };
        let known = self
            .write(move |act| {
                let known = act.tx.find_device(id)?.as_ref() == Some(&device);
                if !known {
                    act.tx.put_device(&device, act.now)?;
                }
                Ok(known)
            })
            .await?;
        Ok(Registered {
            known,
            public_key: key.public_pem().to_owned(),
            device_identifier: STANDARD.encode(key::digest(&signed)),
            signature: STANDARD.encode(key.sign(&signed)?),
        })
    }

    /// Forget where the device wants to be told; whether it had said so.
    ///
    /// Errors: `NoAppPassword`.
    pub async fn unregister_device(&self, caller: &Caller) -> Result<bool, Error> {
        let (_, id) = device_of(caller)?;
        self.write(move |act| {
            let was_there = act.tx.find_device(id)?.is_some();
            if was_there {
                act.tx.delete_device(id)?;
            }
            Ok(was_there)
        })
        .await
    }

    /// What names a device among those of all servers.
    fn identity(&self, user: &UserId, id: AppPasswordId) -> Vec<u8> {
        let server = hex::encode(keyed_hash(self.secret(), &[b"push"]));
        format!("{server}/{}/{}", id.0, user.as_str()).into_bytes()
    }
}

fn device_of(caller: &Caller) -> Result<(UserId, AppPasswordId), Error> {
    let user = caller.user_id().ok_or(Error::NotLoggedIn)?;
    let id = caller.app_password().ok_or(PushRefusal::NoAppPassword)?;
    Ok((user.clone(), id))
}

fn check(said: &Registration) -> Result<(), PushRefusal> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if said.token_hash.len() != TOKEN_HASH_CHARS || !said.token_hash.bytes().all(is_hex) {
        return Err(PushRefusal::TokenHash);
    }
    if !DEVICE_KEY_CHARS.contains(&said.key.len()) || !key::is_public_key(&said.key) {
        return Err(PushRefusal::DeviceKey);
    }
    if !is_proxy(&said.proxy) {
        return Err(PushRefusal::Proxy);
    }
    Ok(())
}

/// An `https` address with a path, without credentials, query and fragment.
fn is_proxy(text: &str) -> bool {
    let has_path = text
        .strip_prefix("https://")
        .is_some_and(|rest| rest.contains('/'));
    let Some(url) = Url::parse(text).ok().filter(|_| has_path) else {
        return false;
    };
    text.len() <= MAX_PROXY_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_an_https_address_with_a_path() {
        let long = format!("https://push.example/{}", "a".repeat(236));
        let longest = &long[..256];
        for (address, fits) in [
            ("https://push-notifications.nextcloud.com/", true),
            ("https://push.example:8443/a/b", true),
            (longest, true),
            (long.as_str(), false),
            ("https://push.example", false),
            ("http://push.example/", false),
            ("HTTPS://push.example/", false),
            ("https:///", false),
            ("https://alice:secret@push.example/", false),
            ("https://push.example/?a=b", false),
            ("https://push.example/#a", false),
            ("https://push.example/\r\nX: y", false),
            ("https://pu sh.example/", false),
            ("javascript:https://a/", false),
            ("", false),
        ] {
            assert_eq!(is_proxy(address), fits, "{address}");
        }
    }

    #[test]
    fn what_is_looked_at_first_is_refused_first() {
        let mut said = Registration {
            token_hash: "a".repeat(127),
            key: "x".repeat(450),
            proxy: "nowhere".to_owned(),
        };
        assert_eq!(check(&said), Err(PushRefusal::TokenHash));
        said.token_hash = "A".repeat(128);
        assert_eq!(check(&said), Err(PushRefusal::TokenHash));
        said.token_hash = "0123456789abcdef".repeat(8);
        assert_eq!(check(&said), Err(PushRefusal::DeviceKey));
    }
}
