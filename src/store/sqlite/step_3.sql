-- Version 3 to 4: logging in as clients do, whereabouts, pictures of accounts, push, threads.

alter table app_password add column last_used_at integer not null default 0;
alter table app_password add column wipe integer not null default 0 check (wipe in (0, 1));
alter table app_password add column login_name text not null default '';

create index user_name on user (lower(display_name));
create index user_search on user (id_key || char(10) || lower(display_name) || char(10) || coalesce(email, ''))
  where enabled = 1;

create index user_field_phone on user_field (value) where name = 'phone';

create table ended_session (
  cookie_key text primary key,
  ended_at integer not null
) strict, without rowid;

create index ended_session_ended on ended_session (ended_at);

create table user_status (
  user_number integer primary key references user (number) on delete cascade,
  -- online, away, dnd, busy, invisible or offline
  availability text not null,
  -- whether they chose it, or a client reported it
  chosen integer not null default 0 check (chosen in (0, 1)),
  -- the newest report of a client
  reported_at integer not null default 0,
  icon text,
  message text,
  -- one of the server's own messages
  predefined_id text,
  -- when icon and message go
  clear_at integer,
  changed_at integer not null
) strict;
create index user_status_clear on user_status (clear_at) where clear_at is not null;

create table user_picture (
  user_number integer primary key references user (number) on delete cascade,
  -- new for each upload
  version text not null,
  set_at integer not null,
  small blob not null,
  large blob not null
) strict;

create table push_device (
  app_password_id integer primary key references app_password (id) on delete cascade,
  token_hash text not null,
  device_key text not null,
  proxy_url text not null,
  created_at integer not null
) strict;

-- Who chose when to be told of a thread.

create index thread_member_level on thread_member (root_id, attendee_id, level) where level <> 0;

-- What the rest of a crowd is still to be told. Each batch of them moves `after_id` on.
create table telling (
  id integer primary key,
  room_id integer not null references room (id) on delete cascade,
  message_id integer not null default 0,
  kind text not null,
  actor_type text not null,
  actor_id text not null,
  -- a JSON list of accounts that are not told
  except_ids text not null,
  -- the account that was looked at last
  after_id text not null,
  -- members who came later are not told
  up_to integer not null,
  created_at integer not null
) strict;
