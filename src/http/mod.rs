//! hyper's edge: requests in, answers out. Knows no Talk.

pub mod date;
pub mod form;
mod multipart;
pub mod request;
pub mod router;
