-- The whole current database. An empty file gets this; an older one gets the missing steps of
-- src/store/sqlite/migration.rs; a newer one is refused.
--
-- Times are UTC seconds in columns ending in _at. Booleans are 0 or 1. Closed sets are the numbers and
-- words that clients know (src/model has the enums).

-- One value per name: the server's secrets and what an administrator has set.
create table setting (
  name text primary key,
  value text not null
) strict, without rowid;

-- Accounts. `number` is never reused; `id_key` is the id in lower case, by which it is looked up.
create table user (
  number integer primary key autoincrement,
  id text not null,
  id_key text not null unique,
  display_name text not null,
  email text,
  language text not null default 'en',
  locale text not null default '',
  timezone text not null default '',
  password_hash text not null,
  enabled integer not null default 1 check (enabled in (0, 1)),
  -- grows when remembered logins must end
  credential_epoch integer not null default 0,
  read_private integer not null default 0 check (read_private in (0, 1)),
  typing_private integer not null default 0 check (typing_private in (0, 1)),
  created_at integer not null,
  first_login_at integer not null default 0,
  last_login_at integer not null default 0
) strict;
create index user_email on user (email) where email is not null;

-- What an account says about itself, and its personal settings of this server.
create table user_field (
  user_number integer not null references user (number) on delete cascade,
  name text not null,
  value text not null,
  primary key (user_number, name)
) strict, without rowid;

-- A revocable second password. Random and long, so a plain SHA-256 of it is enough.
create table app_password (
  id integer primary key autoincrement,
  user_number integer not null references user (number) on delete cascade,
  name text not null,
  secret_hash blob not null unique,
  created_at integer not null
) strict;
create index app_password_user on app_password (user_number);

-- Groups of accounts. The group `admin` administers the server.
create table user_group (
  id text primary key,
  display_name text not null
) strict, without rowid;

create table group_member (
  group_id text not null references user_group (id) on delete cascade,
  user_number integer not null references user (number) on delete cascade,
  primary key (group_id, user_number)
) strict, without rowid;
create index group_member_user on group_member (user_number);

-- Conversations. `last_message_id` and `last_activity_at` move with each message that counts.
create table room (
  id integer primary key autoincrement,
  token text not null unique,
  kind integer not null check (kind between 1 and 6),
  -- of a one-to-one: the JSON list of its two accounts, sorted
  name text not null,
  description text not null default '',
  password_hash text not null default '',
  read_only integer not null default 0 check (read_only in (0, 1)),
  listable integer not null default 0 check (listable between 0 and 2),
  lobby integer not null default 0 check (lobby in (0, 1)),
  lobby_timer_at integer,
  message_expiration_secs integer not null default 0 check (message_expiration_secs >= 0),
  mentions_by_moderators_only integer not null default 0 check (mentions_by_moderators_only in (0, 1)),
  default_permissions integer not null default 0,
  object_type text not null default '',
  object_id text not null default '',
  avatar text not null default '',
  last_message_id integer not null default 0,
  last_activity_at integer not null default 0
) strict;
-- Finding the one-to-one of two accounts, and the note to self of one.
create index room_name_of_pair on room (name) where kind = 1;
create unique index room_note_to_self on room (object_id) where kind = 6;

-- Memberships. The markers stand here, too: they belong to the member.
create table attendee (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  actor_type text not null,
  actor_id text not null,
  role integer not null check (role between 1 and 6),
  display_name text not null default '',
  permissions integer not null default 0,
  favorite integer not null default 0 check (favorite in (0, 1)),
  archived integer not null default 0 check (archived in (0, 1)),
  important integer not null default 0 check (important in (0, 1)),
  sensitive integer not null default 0 check (sensitive in (0, 1)),
  notification_level integer not null default 0 check (notification_level between 0 and 3),
  notify_calls integer not null default 1 check (notify_calls in (0, 1)),
  read_private integer not null default 0 check (read_private in (0, 1)),
  invited_address text not null default '',
  activity_at integer not null default 0,
  last_read_id integer not null,
  last_mention_id integer not null default 0,
  last_direct_mention_id integer not null default 0,
  unique (room_id, actor_type, actor_id)
) strict;
create index attendee_actor on attendee (actor_type, actor_id);
-- The common read marker of a room without reading all its members.
create index attendee_common_read on attendee (room_id, last_read_id)
  where actor_type = 'users' and read_private = 0;

-- "This browser has this room open now." Guests are known by nothing else.
create table session (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  attendee_id integer not null references attendee (id) on delete cascade,
  session_id text not null unique,
  cookie_key text not null,
  last_ping_at integer not null,
  active integer not null default 1 check (active in (0, 1)),
  unique (room_id, cookie_key)
) strict;
create index session_attendee on session (attendee_id);

-- Messages, clustered by conversation: key = room id << 40 | message id. History and waiting are one
-- range of one b-tree. Measured best of three layouts; not WITHOUT ROWID, whose long rows overflow.
create table message (
  key integer primary key,
  actor_type text not null,
  actor_id text not null,
  verb text not null,
  -- the text, or JSON for all other verbs
  body text not null,
  created_at integer not null,
  parent_id integer,
  topmost_id integer,
  reference_id text not null default '',
  expires_at integer,
  silent integer not null default 0 check (silent in (0, 1)),
  can_mention_all integer not null default 0 check (can_mention_all in (0, 1))
) strict;
-- Unread counters and "mark as unread" read this, not the rows.
create index message_chat on message (key) where verb in ('comment', 'object_shared');

-- Message id → conversation, for dialects that name no conversation. Only ever grows, also when a
-- conversation goes, so that its largest id is the server's newest.
create table message_room (
  id integer primary key,
  room_id integer not null
) strict;

-- Each author's newest text in a conversation: suggestions name recent speakers first.
create table author (
  room_id integer not null references room (id) on delete cascade,
  actor_type text not null,
  actor_id text not null,
  last_comment_id integer not null,
  primary key (room_id, actor_type, actor_id)
) strict, without rowid;
