-- Version 2 to 3: edits, reactions, polls, reminders, notifications, threads, pins, scheduled
-- messages, bots, search.

alter table message add column edited_at integer;
alter table message add column editor_type text;
alter table message add column editor_id text;
alter table message add column reactions integer not null default 0;
create index message_reaction on message (parent_id, key) where verb = 'reaction';
create index message_expiring on message (expires_at) where expires_at is not null;
create index message_shared on message (
  case json_extract(body, '$.parameters.objectType')
    when 'geo-location' then 'location'
    when 'deck-card' then 'deckcard'
    when 'talk-poll' then 'poll'
    else 'other'
  end,
  key
) where verb = 'object_shared';
create index message_thread on message (topmost_id, key) where topmost_id is not null;

alter table room add column has_threads integer not null default 0 check (has_threads in (0, 1));
alter table room add column last_pin_id integer not null default 0;

create index attendee_told_all on attendee (room_id) where notification_level = 1;

create table poll (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  author_type text not null,
  author_id text not null,
  author_name text not null,
  question text not null,
  options text not null,
  status integer not null check (status between 0 and 2),
  hidden integer not null check (hidden in (0, 1)),
  max_votes integer not null check (max_votes >= 0),
  -- the system message that says that it was closed; 0: none
  closing_id integer not null default 0
) strict;
create index poll_room on poll (room_id, status);
create index poll_author on poll (author_type, author_id);

-- What somebody voted for: a JSON list of the options' numbers. Of a deleted account the id is `/`
-- and its number, which no account can be called.
create table poll_vote (
  poll_id integer not null references poll (id) on delete cascade,
  voter_type text not null,
  voter_id text not null,
  voter_name text not null,
  options text not null,
  primary key (poll_id, voter_type, voter_id)
) strict, without rowid;
create index poll_vote_voter on poll_vote (voter_type, voter_id);

create table reminder (
  user_number integer not null references user (number) on delete cascade,
  room_id integer not null references room (id) on delete cascade,
  message_id integer not null,
  remind_at integer not null,
  primary key (user_number, room_id, message_id)
) strict, without rowid;
create index reminder_due on reminder (remind_at);
create index reminder_message on reminder (room_id, message_id);

create table notification (
  id integer primary key autoincrement,
  user_number integer not null references user (number) on delete cascade,
  room_id integer not null references room (id) on delete cascade,
  message_id integer not null default 0,
  kind text not null,
  actor_type text not null default '',
  actor_id text not null default '',
  detail text not null default '',
  created_at integer not null
) strict;
create index notification_user on notification (user_number, id);
create index notification_room on notification (room_id, user_number, kind, message_id);

create table thread (
  room_id integer not null references room (id) on delete cascade,
  root_id integer not null,
  title text not null,
  replies integer not null default 0,
  last_message_id integer not null default 0,
  last_activity_at integer not null,
  primary key (room_id, root_id)
) strict, without rowid;
create index thread_activity on thread (room_id, last_activity_at);

create table thread_member (
  attendee_id integer not null references attendee (id) on delete cascade,
  root_id integer not null,
  level integer not null default 0 check (level between 0 and 3),
  primary key (attendee_id, root_id)
) strict, without rowid;

create table pin (
  room_id integer not null references room (id) on delete cascade,
  message_id integer not null,
  pinner_type text not null,
  pinner_id text not null,
  pinned_at integer not null,
  pinned_until integer,
  number integer not null,
  primary key (room_id, message_id)
) strict, without rowid;
create index pin_number on pin (room_id, number);
create index pin_until on pin (pinned_until) where pinned_until is not null;
alter table attendee add column hidden_pin_id integer not null default 0;

create table scheduled_message (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  attendee_id integer not null references attendee (id) on delete cascade,
  body text not null,
  parent_id integer not null default 0,
  thread_id integer not null default 0,
  thread_title text not null default '',
  silent integer not null default 0 check (silent in (0, 1)),
  created_at integer not null,
  send_at integer not null,
  try_at integer not null
) strict;
create index scheduled_message_due on scheduled_message (try_at);
create index scheduled_message_attendee on scheduled_message (attendee_id);

create table bot (
  id integer primary key autoincrement,
  name text not null,
  url text not null unique,
  url_hash text not null unique,
  description text not null default '',
  secret text not null unique,
  state integer not null check (state between 0 and 2),
  features integer not null,
  error_count integer not null default 0,
  last_error_at integer not null default 0,
  last_error text not null default ''
) strict;

create table bot_room (
  bot_id integer not null references bot (id) on delete cascade,
  room_id integer not null references room (id) on delete cascade,
  primary key (bot_id, room_id)
) strict, without rowid;
create index bot_room_room on bot_room (room_id);

create table bot_delivery (
  id integer primary key autoincrement,
  bot_id integer not null references bot (id) on delete cascade,
  event text not null,
  body text not null,
  state integer not null default 0 check (state between 0 and 3),
  attempts integer not null default 0,
  next_attempt_at integer not null,
  created_at integer not null,
  reason text not null default ''
) strict;
create index bot_delivery_turn on bot_delivery (bot_id, id) where state = 0;
create index bot_delivery_aside on bot_delivery (bot_id, next_attempt_at) where state = 3;
create index bot_delivery_bot on bot_delivery (bot_id, id);

create virtual table message_text using fts5 (
  body, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

create table message_text_stale (
  first integer primary key,
  last integer not null
) strict;
