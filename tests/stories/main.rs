//! The stories: black-box tests over real HTTP, one file per topic, in one program so that they are
//! linked once.

mod support;

mod story_account_changes;
mod story_accounts;
mod story_announced;
mod story_calls;
mod story_command_line;
mod story_context;
mod story_delete;
mod story_door;
mod story_durability;
mod story_email_guests;
mod story_gate;
mod story_groups;
mod story_guessing;
mod story_guest_chat;
mod story_joining;
mod story_lobby;
mod story_login;
mod story_mentioning;
mod story_mentions;
mod story_moderators;
mod story_ocs;
mod story_ocs_limits;
mod story_one_to_one;
mod story_one_to_one_chat;
mod story_parameters;
mod story_participants;
mod story_race;
mod story_read_marker;
mod story_receive;
mod story_reply;
mod story_room_creation;
mod story_room_settings;
mod story_rooms;
mod story_send;
mod story_share;
mod story_system_messages;
mod story_unread;
mod story_waiting;
