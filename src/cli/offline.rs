//! What the commands that work on the data directory itself have in common.

use std::sync::Arc;

use crate::chat::mail::LinksInLog;
use crate::chat::{Chat, Clock, Error};
use crate::config::Config;
use crate::server::{ServeError, open_chat};
use crate::store::StoreError;

/// Why such a command cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum CannotOpen {
    #[error("the server is running; use its API or stop it")]
    Running,
    #[error(transparent)]
    Domain(Error),
    #[error(transparent)]
    Other(ServeError),
}

impl From<ServeError> for CannotOpen {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Store(StoreError::InUse { .. }) => Self::Running,
            ServeError::Domain(error) => Self::Domain(error),
            other => Self::Other(other),
        }
    }
}

/// The domain over the configured directory; to be closed at the end.
pub async fn open(config: &Config) -> Result<Arc<Chat>, CannotOpen> {
    let chat = open_chat(
        &config.data,
        config.durability,
        config.readers,
        Clock::system(),
        config.limits(),
        Arc::new(LinksInLog),
    )
    .await?;
    if let Some(base_url) = &config.base_url {
        chat.set_address(base_url);
    }
    Ok(chat)
}
