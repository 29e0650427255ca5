-- Version 1 to 2: calls, bans, pictures of conversations, e-mail guests.

alter table room add column call_started_at integer;
alter table room add column call_flag integer not null default 0;
update room
set avatar = 'emoji:' || lower(hex(randomblob(8))) || ':' || substr(avatar, instr(avatar, ':') + 1)
  || ':' || substr(avatar, 1, instr(avatar, ':') - 1)
where avatar <> '';
create index room_open on room (id) where listable > 0;
create index room_event on room (object_type) where object_type in ('event', 'instant_meeting');
create index room_in_call on room (id) where call_started_at is not null;

create table room_picture (
  room_id integer primary key references room (id) on delete cascade,
  image blob not null
) strict;

alter table attendee add column last_joined_call_at integer not null default 0;
alter table attendee add column access_token text not null default '';

alter table session add column in_call integer not null default 0;
create index session_in_call on session (room_id) where in_call <> 0;
create index session_last_ping on session (last_ping_at);

create table visit (
  room_id integer not null references room (id) on delete cascade,
  cookie_key text not null,
  guest_id text not null default '',
  email_id text not null default '',
  password_hash text not null default '',
  visited_at integer not null,
  primary key (room_id, cookie_key)
) strict, without rowid;
create index visit_visited on visit (visited_at);

create table ban (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  moderator_type text not null,
  moderator_id text not null,
  moderator_name text not null,
  banned_type text not null,
  banned_id text not null,
  banned_name text not null,
  banned_at integer not null,
  note text not null default '',
  unique (room_id, banned_type, banned_id)
) strict;
create index ban_banned on ban (banned_type, banned_id);
