//! Chinwag: a chat server that Nextcloud Talk's clients, bots and bridges can use.
//!
//! In reading order: the records, the store, what wakes waiters, the domain, the HTTP edge, the
//! dialects, the server around them, the command line. An arrow may only go down:
//! `cli → server → talk, cloud, pages → ocs, http → chat → store, live → model`.

pub mod model;

pub mod store;

pub mod live;

pub mod chat;

pub mod http;
pub mod ocs;

pub mod cloud;
pub mod pages;
pub mod talk;

pub mod server;

pub mod replay;

pub mod cli;
pub mod config;
