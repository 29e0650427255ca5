//! The Talk façade: one file per resource, each with its routes, forms and handlers.
//!
//! It translates: form in, one call into `chat`, view out. It decides nothing.

mod avatar;
mod ban;
mod bot;
mod call;
mod chat;
mod chat_forms;
mod guest;
mod invitation;
mod left_out;
mod mentions;
mod notification;
mod participants;
mod permissions;
mod personal;
mod pin;
mod poll;
mod push;
mod reaction;
mod reminder;
mod room;
mod room_settings;
mod scheduled;
mod search;
mod settings;
mod shared_item;
mod signaling;
mod thread;
mod user_avatar;
mod view;

use crate::ocs::Routes;

/// All rows of Talk.
pub fn routes(r: &mut Routes) {
    chat::routes(r);
    mentions::routes(r);
    reaction::routes(r);
    poll::routes(r);
    shared_item::routes(r);
    reminder::routes(r);
    thread::routes(r);
    pin::routes(r);
    scheduled::routes(r);
    notification::routes(r);
    push::routes(r);
    search::routes(r);
    room::routes(r);
    room_settings::routes(r);
    avatar::routes(r);
    participants::routes(r);
    permissions::routes(r);
    guest::routes(r);
    invitation::routes(r);
    settings::routes(r);
    ban::routes(r);
    bot::routes(r);
    personal::routes(r);
    user_avatar::routes(r);
    left_out::routes(r);
    call::routes(r);
    signaling::routes(r);
}
