//! The server's own key, with which it proves to a push service who it is. Made when the first device registers.
//!
//! Two crates: `rsa` makes the key and reads those of devices, since `ring` does neither; `ring` signs, in constant time.
//! So the advisory about the timing of `rsa` (RUSTSEC-2023-0071) does not apply: its private operations are never used.

use std::sync::Arc;

use ring::signature::{RSA_PKCS1_SHA512, RsaKeyPair};
use rsa::pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha512};

use crate::chat::Chat;
use crate::chat::error::Error;
use crate::model::ids::random_bytes;
use crate::store::StoreError;

const BITS: usize = 2048;
/// The setting that holds the key, as hex of its PKCS #8.
const SETTING: &str = "push-key";

/// The key once it is known. Locked while it is made, so that it is made once.
pub type PushKeys = tokio::sync::Mutex<Option<Arc<PushKey>>>;

/// A key pair.
pub struct PushKey {
    pair: RsaKeyPair,
    public_pem: String,
}

impl PushKey {
    /// `None`: not the PKCS #8 of an RSA key.
    fn read(pkcs8: &[u8]) -> Option<Self> {
        use rsa::pkcs8::DecodePrivateKey;
        let public = RsaPrivateKey::from_pkcs8_der(pkcs8).ok()?.to_public_key();
        Some(Self {
            pair: RsaKeyPair::from_pkcs8(pkcs8).ok()?,
            public_pem: public.to_public_key_pem(LineEnding::LF).ok()?,
        })
    }

    /// The public half, as PEM.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// The signature of a text.
    pub fn sign(&self, text: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA512, &random, text, &mut signature)
            .map_err(|_| corrupt())?;
        Ok(signature)
    }
}

impl Chat {
    /// The server's key; making it takes a part of a second, once in the life of the server.
    pub(super) async fn push_key(&self) -> Result<Arc<PushKey>, Error> {
        let mut known = self.push_key.lock().await;
        if let Some(key) = &*known {
            return Ok(Arc::clone(key));
        }
        let stored = self.read(|view| Ok(view.tx.setting(SETTING)?)).await?;
        let stored = match stored {
            Some(stored) => stored,
            None => {
                let made = tokio::task::spawn_blocking(make).await;
                let made = made.ok().flatten().ok_or(StoreError::Gone)?;
                let kept = made.clone();
                self.write(move |act| Ok(act.tx.set_setting(SETTING, &kept)?))
                    .await?;
                made
            }
        };
        let pkcs8 = hex::decode(stored).map_err(|_| corrupt())?;
        let key = Arc::new(PushKey::read(&pkcs8).ok_or_else(corrupt)?);
        *known = Some(Arc::clone(&key));
        Ok(key)
    }
}

/// SHA-512.
pub fn digest(text: &[u8]) -> [u8; 64] {
    Sha512::digest(text).into()
}

/// Whether this is the PEM of a public RSA key of 2048 bits.
pub fn is_public_key(pem: &str) -> bool {
    RsaPublicKey::from_public_key_pem(pem).is_ok_and(|key| key.size() == BITS / 8)
}

fn make() -> Option<String> {
    let key = RsaPrivateKey::new(&mut Random, BITS).ok()?;
    let pkcs8 = key.to_pkcs8_der().ok()?;
    Some(hex::encode(pkcs8.as_bytes()))
}

fn corrupt() -> Error {
    let value = "no key".to_owned();
    let place = "setting.push-key";
    StoreError::Corrupt { place, value }.into()
}

/// The one source of randomness, as `rsa` wants it.
struct Random;

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(random_bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(random_bytes())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let random: [u8; 32] = random_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Random {}

#[cfg(test)]
mod tests {
    use rsa::pkcs1v15::Pkcs1v15Sign;

    use super::*;

    /// What stands before a SHA-512 in what is signed (RFC 8017, 9.2).
    const SHA512_PREFIX: [u8; 19] = [
        0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
        0x05, 0x00, 0x04, 0x40,
    ];

    #[test]
    fn the_published_key_verifies_what_the_server_signs() {
        let made = make().expect("a key can be made");
        let key = PushKey::read(&hex::decode(made).unwrap()).expect("it is read back");
        assert!(is_public_key(key.public_pem()), "{}", key.public_pem());
        assert!([450, 451].contains(&key.public_pem().len()));

        let public = RsaPublicKey::from_public_key_pem(key.public_pem()).unwrap();
        let signature = key.sign(b"a device").unwrap();
        let scheme = || Pkcs1v15Sign {
            hash_len: Some(64),
            prefix: Box::new(SHA512_PREFIX),
        };
        let verifies = |text: &[u8]| {
            let digest = digest(text);
            public.verify(scheme(), &digest, &signature).is_ok()
        };
        assert!(verifies(b"a device"));
        assert!(!verifies(b"another device"));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        ] {
            assert!(!is_public_key(text), "{text}");
        }
        assert!(PushKey::read(b"no key").is_none());
    }
}
