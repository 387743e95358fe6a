-- Messages that are not any more as they were posted. A message that nothing has happened to has
-- no row: its entry in the log is its only copy. Equal to a fold of the log, and written in the
-- transaction that writes the event.
create table messages (
    room blob not null,
    -- The seq of the post.
    seq integer not null,
    -- How it reads since its last edit. A deletion takes the row away.
    text text not null,
    primary key (room, seq)
) strict, without rowid;

-- What a deletion has to erase besides the post.
create index events_editing on events (room, json_extract(body, '$.target')) where kind = 'edited';

create table reactions (
    room blob not null,
    -- The seq of the post.
    seq integer not null,
    emoji text not null,
    user blob not null references users (id),
    -- The seq of the event that put it there.
    reacted_seq integer not null,
    -- The seq of the event that put the first of these emoji there: their order under a message.
    first_seq integer not null,
    primary key (room, seq, emoji, user)
) strict, without rowid;

-- Ops that found everything as they wanted it and wrote no event. They are remembered like the
-- others: the same op again gets the same answer, whatever has changed since.
create table answers (
    author blob not null references users (id),
    op blob not null,
    -- What they were answered with.
    room blob not null,
    seq integer not null,
    -- The event that they would have written, as in `events`.
    body text not null,
    primary key (author, op)
) strict, without rowid;

-- How many transactions have written to the logs. A copy of it stands outside of this file; a file
-- that is behind that copy has been put back in the place of a newer one.
insert into meta (key, value) values ('commits', '0');
