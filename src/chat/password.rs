//! Passwords: argon2id on a small pool, so that guesses cannot eat all cores.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::error::Error;
use crate::store::StoreError;

/// Passwords worked on at the same time; each takes about 20 ms and 19 MiB.
const AT_ONCE: usize = 2;
/// Passwords that may wait; beyond that the store is "too busy".
const WAITING: usize = 256;

/// How expensive a guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// The present advice: 19 MiB, two passes.
    Full,
    /// Next to nothing, for throw-away servers of tests and replays.
    Trifling,
}

/// Hashes and compares passwords off the async threads.
pub struct Hasher {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    cost: Cost,
}

impl Hasher {
    pub fn new(cost: Cost) -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            cost,
        }
    }

    /// A PHC string to store.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        self.work(move |argon2| {
            let hash = argon2.hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(failed)
        })
        .await?
    }

    /// Whether `password` belongs to the PHC string. An unreadable string matches nothing, and
    /// takes as long.
    pub async fn matches(&self, password: &str, phc: &str) -> Result<bool, Error> {
        let (password, phc) = (password.to_owned(), phc.to_owned());
        self.work(move |argon2| {
            match argon2::password_hash::phc::PasswordHash::new(&phc) {
                Ok(hash) => argon2.verify_password(password.as_bytes(), &hash).is_ok(),
                Err(_) => {
                    // Somebody who guesses must not learn from the time that there is no account.
                    let _ = argon2.hash_password(password.as_bytes());
                    false
                }
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self
            .waiting
            .clone()
            .try_acquire_owned()
            .map_err(|_| StoreError::Busy)?;
        let turn = self
            .at_once
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Gone)?;
        let argon2 = argon2(self.cost)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = job(argon2);
            drop(turn);
            result
        });
        done.await.map_err(|_| StoreError::Gone.into())
    }
}

fn argon2(cost: Cost) -> Result<Argon2<'static>, Error> {
    let params = match cost {
        Cost::Full => Params::new(19_456, 2, 1, None),
        Cost::Trifling => Params::new(8, 1, 1, None),
    };
    Ok(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        params.map_err(failed)?,
    ))
}

fn failed(error: impl std::fmt::Display) -> Error {
    StoreError::Database(format!("password hashing: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = Hasher::new(Cost::Trifling);
        let hash = hasher.hash("tea").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(hasher.matches("tea", &hash).await.unwrap());
        assert!(!hasher.matches("Tea", &hash).await.unwrap());
        assert!(!hasher.matches("tea", "").await.unwrap());
    }
}
