//! Where a device wants to be told by push.

use super::ids::AppPasswordId;

/// A device, known by the app password with which it registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushDevice {
    pub app_password: AppPasswordId,
    /// What its push service calls it, hashed; 128 hex digits.
    pub token_hash: String,
    /// Its RSA key, PEM.
    pub key: String,
    /// The service that would be told.
    pub proxy: String,
}
