-- Version 3 to 4: who chose when to be told of a thread.

create index thread_member_level on thread_member (root_id, attendee_id, level) where level <> 0;
