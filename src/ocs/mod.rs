//! The OCS convention: envelope, formats, credentials, the order of checks. Knows no endpoint.
//!
//! `service` takes a request through the checks of ocs.md section 2 to a row of the route table.

pub mod about;
pub mod branding;
pub mod capability;
pub mod client;
pub mod cookie;
pub mod credentials;
pub mod cx;
pub mod envelope;
pub mod failure;
pub mod format;
pub mod gate;
pub mod json;
pub mod openapi;
pub mod reply;
pub mod request_token;
pub mod routes;
pub mod service;
pub mod shape;
pub mod xml;

pub use cx::Cx;
pub use failure::Failure;
pub use gate::{
    Authenticated, LoggedInModerator, Member, Moderator, Participant, admin, anyone, authenticated,
    bot, logged_in, logged_in_moderator, manager, member, moderator, participant, special_right,
};
pub use reply::Reply;
pub use routes::{Form, Routes};
