-- What is true of the database as a whole. `epoch` is the identity of its history: 32 hex digits,
-- drawn when the file is made, changed only when history may have been rewound.
create table meta (
    key text primary key,
    value text not null
) strict, without rowid;

create table users (
    -- UUIDv4, 16 bytes.
    id blob primary key,
    -- As shown. A rename replaces it: names are read from here, never copied into events.
    name text not null,
    -- What the eye sees of the name (names.rs), so that no two people look alike.
    name_key text not null unique,
    created_at_ms integer not null
) strict, without rowid;

create table logins (
    -- SHA-256 of the cookie's token: who reads this file cannot sign in with it.
    token_hash blob primary key,
    user blob not null references users (id),
    created_at_ms integer not null
) strict, without rowid;

create table rooms (
    -- UUIDv7, 16 bytes.
    id blob primary key,
    -- 'lobby' (exactly one) or 'open'.
    kind text not null,
    -- Its address: /r/<name>.
    name text not null unique,
    topic text not null,
    -- The seq of the newest event. The next event takes head + 1 in the transaction that writes it.
    head integer not null,
    -- How many messages were ever posted: a room without any disappears with its last member.
    posts integer not null,
    created_at_ms integer not null
) strict, without rowid;

-- Who is in which room. Everyone who is in `users` has a row for the lobby; a guest who has not
-- said anything yet is in the lobby without one.
create table members (
    room blob not null references rooms (id) on delete cascade,
    user blob not null references users (id),
    -- The seq of the event that let them in.
    joined_seq integer not null,
    -- Up to where they have read, on any device. Only moves forward.
    read_seq integer not null,
    primary key (room, user)
) strict, without rowid;

create index members_by_user on members (user);

-- The logs. No foreign key to rooms: the few events of a room that disappeared stay, so that one
-- of its ops that is sent again still gets its first answer.
create table events (
    room blob not null,
    -- 1, 2, 3 ... per room, without holes.
    seq integer not null,
    author blob not null references users (id),
    at_ms integer not null,
    -- The intention that this event fulfils, UUID of 16 bytes; null where one intention wrote to
    -- several logs and this is not the first of them.
    op blob,
    -- The wire's `type`, beside the body so that counting messages parses nothing; 'erased' for a
    -- `posted` that was deleted.
    kind text not null,
    -- The event's own part as JSON, as it stands on the wire. A `renamed` also keeps `to`.
    body text not null,
    primary key (room, seq)
) strict, without rowid;

-- An op is one event for ever: not within a time window.
create unique index events_by_op on events (author, op) where op is not null;
