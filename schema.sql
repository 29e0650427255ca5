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
create index user_name on user (lower(display_name));
-- Everything by which people look for each other, in one place: looking through it reads no accounts.
create index user_search on user (id_key || char(10) || lower(display_name) || char(10) || coalesce(email, ''))
  where enabled = 1;

-- What an account says about itself, and its personal settings of this server.
create table user_field (
  user_number integer not null references user (number) on delete cascade,
  name text not null,
  value text not null,
  primary key (user_number, name)
) strict, without rowid;
-- Telephone books ask whose number something is.
create index user_field_phone on user_field (value) where name = 'phone';

-- A revocable second password. Random and long, so a plain SHA-256 of it is enough. Its number is never
-- used again: cookies name it.
create table app_password (
  id integer primary key autoincrement,
  user_number integer not null references user (number) on delete cascade,
  name text not null,
  secret_hash blob not null unique,
  created_at integer not null,
  -- 0: never
  last_used_at integer not null default 0,
  -- the device that uses it is to forget everything
  wipe integer not null default 0 check (wipe in (0, 1)),
  -- the name that was typed when it was made: it logs in under that one even if the address changes
  login_name text not null default ''
) strict;
create index app_password_user on app_password (user_number);

-- Web sessions that were ended before their cookies ran out.
create table ended_session (
  cookie_key text primary key,
  ended_at integer not null
) strict, without rowid;
create index ended_session_ended on ended_session (ended_at);

-- What somebody says of their own whereabouts, and what their clients report.
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

-- Uploaded pictures of accounts in the two sizes in which they are served.
create table user_picture (
  user_number integer primary key references user (number) on delete cascade,
  -- new for each upload
  version text not null,
  set_at integer not null,
  small blob not null,
  large blob not null
) strict;

-- Where devices want to be told by push; bound to the app password that registered them.
create table push_device (
  app_password_id integer primary key references app_password (id) on delete cascade,
  token_hash text not null,
  device_key text not null,
  proxy_url text not null,
  created_at integer not null
) strict;

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
  -- empty, `emoji:<version>:<colour or nothing>:<emoji>`, `png:<version>` or `jpeg:<version>`
  avatar text not null default '',
  last_message_id integer not null default 0,
  last_activity_at integer not null default 0,
  -- the running call: since when, and every flag that anybody had in it
  call_started_at integer,
  call_flag integer not null default 0,
  -- whether there are threads, and the newest of the pinned messages (0: none): rooms without pay nothing
  has_threads integer not null default 0 check (has_threads in (0, 1)),
  last_pin_id integer not null default 0
) strict;
-- Finding the one-to-one of two accounts, and the note to self of one.
create index room_name_of_pair on room (name) where kind = 1;
create unique index room_note_to_self on room (object_id) where kind = 6;
-- Conversations that anybody may find and join; those that go when their time is over.
create index room_open on room (id) where listable > 0;
create index room_event on room (object_type) where object_type in ('event', 'instant_meeting');
create index room_in_call on room (id) where call_started_at is not null;

-- Uploaded pictures of conversations, apart from the rows that every request reads.
create table room_picture (
  room_id integer primary key references room (id) on delete cascade,
  image blob not null
) strict;

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
  -- 0: never
  last_joined_call_at integer not null default 0,
  -- what an e-mail guest's link proves; empty for all others
  access_token text not null default '',
  -- the pinned message whose banner this member has closed
  hidden_pin_id integer not null default 0,
  unique (room_id, actor_type, actor_id)
) strict;
create index attendee_actor on attendee (actor_type, actor_id);
-- The common read marker of a room without reading all its members.
create index attendee_common_read on attendee (room_id, last_read_id)
  where actor_type = 'users' and read_private = 0;

-- Who wants to be told of every message.
create index attendee_told_all on attendee (room_id) where notification_level = 1;

-- "This browser has this room open now." Guests are known by nothing else.
create table session (
  id integer primary key autoincrement,
  room_id integer not null references room (id) on delete cascade,
  attendee_id integer not null references attendee (id) on delete cascade,
  session_id text not null unique,
  cookie_key text not null,
  last_ping_at integer not null,
  active integer not null default 1 check (active in (0, 1)),
  -- 0: not in the call; else bits: 1 in it, 2 audio, 4 video, 8 telephone
  in_call integer not null default 0,
  unique (room_id, cookie_key)
) strict;
create index session_attendee on session (attendee_id);
create index session_in_call on session (room_id) where in_call <> 0;
create index session_last_ping on session (last_ping_at);

-- What a browser without login keeps in a room after it has closed it: as whom it was here (a ban
-- finds it again), whose invitation it opened, and which password it has typed.
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

-- Who may not enter a conversation. `banned_type` is users, guests, emails or ip; of an ip the id is
-- an address or a network.
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
  can_mention_all integer not null default 0 check (can_mention_all in (0, 1)),
  edited_at integer,
  editor_type text,
  editor_id text,
  -- how many there are, so that rows without any cost nothing
  reactions integer not null default 0
) strict;
-- Unread counters and "mark as unread" read this, not the rows.
create index message_chat on message (key) where verb in ('comment', 'object_shared');
create index message_reaction on message (parent_id, key) where verb = 'reaction';
create index message_expiring on message (expires_at) where expires_at is not null;
-- Shared objects by the kinds that clients list them in.
create index message_shared on message (
  case json_extract(body, '$.parameters.objectType')
    when 'geo-location' then 'location'
    when 'deck-card' then 'deckcard'
    when 'talk-poll' then 'poll'
    else 'other'
  end,
  key
) where verb = 'object_shared';
-- The answers of a chain, or of a thread.
create index message_thread on message (topmost_id, key) where topmost_id is not null;

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

-- Polls. `status`: 0 open, 1 closed, 2 draft; `options` is a JSON list of texts.
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

-- What an account wants to be reminded of.
create table reminder (
  user_number integer not null references user (number) on delete cascade,
  room_id integer not null references room (id) on delete cascade,
  message_id integer not null,
  remind_at integer not null,
  primary key (user_number, room_id, message_id)
) strict, without rowid;
create index reminder_due on reminder (remind_at);
create index reminder_message on reminder (room_id, message_id);

-- What an account is told. Texts are made when it is read: `kind` and the ids say about what.
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

-- Threads by the message that began them.
create table thread (
  room_id integer not null references room (id) on delete cascade,
  root_id integer not null,
  title text not null,
  replies integer not null default 0,
  -- the newest answer; 0: none yet
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
create index thread_member_level on thread_member (root_id, attendee_id, level) where level <> 0;

-- Pinned messages; `number` grows with each pin of the room, so that the newest is known.
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

-- Messages to be sent later.
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
  -- when to try next; later than send_at while it cannot be sent
  try_at integer not null
) strict;
create index scheduled_message_due on scheduled_message (try_at);
create index scheduled_message_attendee on scheduled_message (attendee_id);

-- Bots: programs elsewhere that are told what happens, and answer. Signed with `secret`.
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

-- In which conversations a bot works.
create table bot_room (
  bot_id integer not null references bot (id) on delete cascade,
  room_id integer not null references room (id) on delete cascade,
  primary key (bot_id, room_id)
) strict, without rowid;
create index bot_room_room on bot_room (room_id);

-- What bots are still to be told, and what became of it. `state`: 0 waits in line, 1 done (without its body),
-- 2 given up, 3 stepped out of line after some failures, to be tried again by itself.
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

-- Which three characters in a row stand in texts and shared objects, in lower case, and hashes of longer
-- pieces; rowid is the message's key with the bits of its id inverted, so that the newest comes first. It
-- says where to look, not what is there: it may be behind, and each find is compared with the row itself.
-- That is why it can do without positions, which would triple its size.
create virtual table message_text using fts5 (
  body, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- Keys, from `first` to `last`, of which the index says what is no longer so.
create table message_text_stale (
  first integer primary key,
  last integer not null
) strict;
