//! The Talk façade: one file per resource, each with its routes, forms and handlers.
//!
//! It translates: form in, one call into `chat`, view out. It decides nothing.

mod chat;
mod chat_forms;
mod guest;
mod invitation;
mod mentions;
mod participants;
mod room;
mod room_settings;
mod settings;
mod view;

use crate::ocs::Routes;

/// All rows of Talk.
pub fn routes(r: &mut Routes) {
    chat::routes(r);
    mentions::routes(r);
    room::routes(r);
    room_settings::routes(r);
    participants::routes(r);
    guest::routes(r);
    invitation::routes(r);
    settings::routes(r);
}
