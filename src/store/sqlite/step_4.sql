-- Version 4 to 5: the index of texts knows more, newest first; the server fills it anew, step by step.

drop table message_text;

create virtual table message_text using fts5 (
  body, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);

delete from message_text_stale;
delete from setting where name in ('search/indexed_up_to', 'search/runs_from');
