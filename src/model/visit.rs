//! What a browser without login keeps in a room after it has closed it.

/// As whom a browser was here, and what it has proved. Empty where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visit {
    /// The guest that joined last; a ban finds it again.
    pub guest_id: String,
    /// The e-mail guest whose invitation was opened.
    pub email_id: String,
    /// Hash of the room's password that was typed; void once the room has another.
    pub password_hash: String,
}
