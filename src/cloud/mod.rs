//! The cloud façade: the part of a Nextcloud server around Talk that clients and administrators need.
//!
//! It translates: form in, one call into `chat`, view out. It decides nothing.

mod app_config;
mod app_password;
mod autocomplete;
mod capabilities;
mod group;
mod page;
mod preferences;
mod profile;
mod reference;
mod server;
mod user;
mod user_status;
mod view;

use crate::ocs::Routes;

/// All rows of the server around Talk.
pub fn routes(r: &mut Routes) {
    app_config::routes(r);
    autocomplete::routes(r);
    app_password::routes(r);
    capabilities::routes(r);
    preferences::routes(r);
    user::routes(r);
    user_status::routes(r);
    group::routes(r);
    profile::routes(r);
    reference::routes(r);
    server::routes(r);
}
