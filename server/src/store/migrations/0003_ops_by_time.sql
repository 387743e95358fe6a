-- An op is one event for ever: not within a time window. Clients' ops begin with the time, so new
-- ones stand side by side at the end; behind their authors each would be on a page of its own, and
-- a batch of posts would write that many pages.
drop index events_by_op;
create unique index events_by_op on events (op, author) where op is not null;
