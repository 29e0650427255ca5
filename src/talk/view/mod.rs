//! Records as the reference's JSON: names, order and types of keys stand here and nowhere else.

pub mod ban;
pub mod bot;
pub mod invited;
pub mod message;
pub mod participant;
pub mod poll;
pub mod room;
pub mod status;
pub mod suggestion;
