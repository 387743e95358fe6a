-- People with accounts, and what protects them. Before, everyone was a guest.

-- 'guest', 'member', 'admin' or 'owner'.
alter table users add column role text not null default 'guest';
-- 'active'; 'deactivated' (cannot sign in, keeps everything); 'banned'; 'deleted' (a row without a
-- person: only what they wrote, if they left it).
alter table users add column standing text not null default 'active';
-- What one signs in with and is mentioned by; null for guests. Small letters, digits, dots.
alter table users add column handle text;
alter table users add column email text;
-- Argon2id as a PHC string; null for who has none (guests, people with passkeys only).
alter table users add column password_hash text;
-- The secret of two-step codes; null while they are off.
alter table users add column totp_secret blob;
-- The time step of the last code that was used: none is taken twice.
alter table users add column totp_step integer;
create unique index users_by_handle on users (handle) where handle is not null;
create unique index users_by_email on users (email) where email is not null;

-- When the login was last seen (to some minutes), with what and from where.
alter table logins add column used_at_ms integer not null default 0;
alter table logins add column device text not null default '';
alter table logins add column address text not null default '';
-- When somebody signed out there, or was signed out. The row stays, so that whoever comes with the
-- cookie is told so, instead of being taken for a new guest.
alter table logins add column ended_at_ms integer;
create index logins_by_user on logins (user);

create table passkeys (
    -- The credential's id as the authenticator gave it.
    id blob primary key,
    user blob not null references users (id) on delete cascade,
    name text not null,
    -- The public key and counters, as JSON of webauthn-rs.
    credential text not null,
    created_at_ms integer not null,
    used_at_ms integer not null
) strict, without rowid;
create index passkeys_by_user on passkeys (user);

-- For who has lost what makes two-step codes. Each works once.
create table backup_codes (
    user blob not null references users (id) on delete cascade,
    code_hash blob not null,
    primary key (user, code_hash)
) strict, without rowid;

-- What programs sign in with.
create table tokens (
    -- SHA-256 of the token, which was shown once.
    token_hash blob primary key,
    user blob not null references users (id) on delete cascade,
    name text not null,
    -- 'read' or 'write'.
    scope text not null,
    created_at_ms integer not null,
    used_at_ms integer
) strict, without rowid;
create index tokens_by_user on tokens (user);

create table invitations (
    -- What the link ends with. It is kept as it is, so that the link can be copied again: whoever
    -- reads this file could join by it, and reads everything else as well.
    code text primary key,
    label text not null,
    made_by blob not null references users (id),
    role text not null,
    uses_max integer not null,
    uses integer not null default 0,
    created_at_ms integer not null,
    ends_at_ms integer not null,
    -- When somebody ended it early.
    ended_at_ms integer
) strict, without rowid;

-- Links with which one gives oneself a new password, once.
create table resets (
    code_hash blob primary key,
    user blob not null references users (id) on delete cascade,
    made_by blob references users (id),
    ends_at_ms integer not null
) strict, without rowid;

create table banned_addresses (
    address text primary key,
    made_by blob references users (id),
    created_at_ms integer not null
) strict, without rowid;

-- What was taken away, in the order in which it was: every process on this database ends the
-- connections that it is about. One of the first three says whose: all of a user's, all of a login's
-- or token's, all from an address; all of them null means everyone's.
create table revocations (
    id integer primary key autoincrement,
    user blob,
    login blob,
    address text,
    -- Whether the client is to come back at once, because only what it may do has changed.
    returns integer not null,
    at_ms integer not null
) strict;

-- Who did what to whom, when and from where. Never what somebody wrote.
create table audit (
    id integer primary key autoincrement,
    at_ms integer not null,
    -- Null for the command line.
    actor blob,
    -- Such as 'role.changed', see people/audit.rs.
    what text not null,
    -- The person, room or address that it was done to, as people call it.
    target text not null,
    address text not null
) strict;

create table reports (
    id integer primary key autoincrement,
    room blob not null,
    seq integer not null,
    reporter blob not null references users (id),
    reason text not null,
    at_ms integer not null,
    -- When somebody decided.
    closed_at_ms integer
) strict;

-- Rooms get kinds 'private' and 'direct', and rules.
alter table rooms add column made_by blob;
alter table rooms add column read_only integer not null default 0;
-- Seconds between two messages of one person; 0 for none.
alter table rooms add column slow_s integer not null default 0;
-- Messages older than so many days are erased; 0 keeps them.
alter table rooms add column keep_days integer not null default 0;
-- The sorted ids of a direct room's people: the same people meet in the same room.
alter table rooms add column people_key blob;
create unique index rooms_by_people on rooms (people_key) where people_key is not null;
update rooms set made_by = (select author from events e where e.room = rooms.id and e.seq = 1);

-- Where somebody is named inside an event: few of all, and all to be found when they go.
create index events_naming on events (kind)
    where kind in ('renamed', 'created', 'added', 'removed', 'purged');
create index answers_naming on answers (op)
    where json_extract(body, '$.type') in ('created', 'added', 'removed', 'purged');

-- The workspace as its owner wants it; in `meta` under these keys once it is set up:
-- 'workspace' (its name), 'policy' (JSON of shared::permission::Policy), 'setup' (the code of the
-- set-up link, until it was used).
