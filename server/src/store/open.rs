//! Opens the database file: makes it, brings its schema up to date, refuses what it cannot read.
//!
//! Called once at start, and by tests. Afterwards the file has an epoch and a lobby. It never
//! repairs: a damaged file is the owner's to restore, and starting empty would look like loss.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use shared::protocol::{Epoch, ROOMS_MAX, RoomId, RoomKind, RoomName};
use uuid::Uuid;

use super::folding::{Fold, Folding, fold};
use super::history::History;
use super::rooms;

/// The schema, one entry per version: `pragma user_version` counts how many of them were applied.
const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_changes.sql"),
    include_str!("migrations/0003_ops_by_time.sql"),
    include_str!("migrations/0004_people.sql"),
];

/// How long one connection waits for another's lock. Within one process only a checkpoint makes
/// anyone wait; somebody's `sqlite3` shell may hold it longer.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of one connection. The kernel caches the file anyway: this is only the top of
/// the trees, and idle memory is counted in megabytes.
const CACHE_KIB: i64 = 1_024;

/// A prepared statement costs about 2 KB; there are some forty questions in this crate.
const STATEMENTS_MAX: usize = 64;

/// The largest file that is checked whole at every start: some ten milliseconds.
const CHECK_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The one connection that writes, and what everyone may know about the database.
pub(crate) struct Store {
    pub(crate) writer: Connection,
    pub(crate) path: PathBuf,
    pub(crate) lobby: RoomId,
    /// Rooms there may be altogether.
    pub(crate) rooms_max: u64,
    history: History,
    pub(super) folding: Folding,
}

impl Store {
    /// The identity of this history.
    pub(crate) fn epoch(&self) -> Epoch {
        self.history.epoch
    }

    /// So many transactions are on disk, as [`count_commit`] said inside the last of them.
    pub(crate) fn mark(&self, commits: u64, now_ms: i64) {
        if let Err(error) = self.history.write(commits, now_ms) {
            tracing::debug!(%error, "the mark beside the database was not written");
        }
    }

    /// Folds the write-ahead log into the database and empties it, and with it what was erased and
    /// may still lie there. False if somebody reads just now: try again. Never waits for them.
    pub(crate) fn wipe(&self) -> rusqlite::Result<bool> {
        fold(&self.writer, Fold::Truncate).map(|folded| folded.is_done)
    }

    /// Starts to fold the write-ahead log in on a thread of its own, see [`Folding`].
    pub(crate) fn fold_beside(&mut self) {
        self.folding.start(&self.path);
    }

    /// To be called after every commit.
    pub(crate) fn fold_on(&mut self) {
        self.folding.go_on(&self.writer);
    }

    /// Ends what [`Store::fold_beside`] has started.
    pub(crate) fn fold_no_more(&mut self) {
        self.folding.stop();
    }
}

/// Why a database cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// Written by a newer version: its number, and the newest that this version knows.
    Newer { found: usize, known: usize },
    /// Not a database, or one with broken pages.
    Damaged(String),
    /// The disk refuses: missing rights, no space.
    Unwritable(String),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let unwritable = [
            Code::CannotOpen,
            Code::ReadOnly,
            Code::PermissionDenied,
            Code::DiskFull,
            Code::DatabaseBusy,
            Code::DatabaseLocked,
        ];
        match error.sqlite_error_code() {
            Some(code) if unwritable.contains(&code) => Self::Unwritable(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// Opens or makes the database at `path`. `now_ms` dates what a first start makes.
pub(crate) fn open(path: &Path, now_ms: i64) -> Result<Store, OpenError> {
    let mut writer = Connection::open(path)?;
    // FULL: with NORMAL a power cut loses commits that were already answered.
    writer.pragma_update(None, "journal_mode", "wal")?;
    writer.pragma_update(None, "synchronous", "full")?;
    // What is erased is overwritten, not only forgotten.
    writer.pragma_update(None, "secure_delete", "on")?;
    tune(&writer)?;
    migrate(&mut writer)?;
    check(&writer, path)?;
    let history = History::open(&writer, path.parent().unwrap_or(Path::new(".")), now_ms)?;
    let lobby = lobby(&mut writer, now_ms)?;
    let folding = Folding::of(&mut writer)?;
    let rooms_max = ROOMS_MAX;
    Ok(Store { writer, path: path.to_owned(), lobby, rooms_max, history, folding })
}

/// Another connection to the same database, which cannot write.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags)?;
    tune(&reader)?;
    Ok(reader)
}

/// Another connection, of another process, which changes what is in no log. It brings nothing up to
/// date: a server of this version has been here before, or it is not opened.
pub(crate) fn open_for_command(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<(Connection, i64)> {
        let db = Connection::open_with_flags(path, flags)?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "secure_delete", "on")?;
        tune(&db)?;
        let found = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok((db, found))
    };
    let (db, found) = open().map_err(|error| format!("Cannot open the database: {error}."))?;
    match usize::try_from(found).unwrap_or(usize::MAX).cmp(&MIGRATIONS.len()) {
        Ordering::Equal => Ok(db),
        Ordering::Greater => {
            Err("A newer Hubbub has written this database. Use that one.".to_owned())
        }
        Ordering::Less => Err("Start Hubbub once: that brings the database up to date.".to_owned()),
    }
}

/// Another connection, which folds the write-ahead log in and writes nothing else.
pub(super) fn open_beside(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside = Connection::open_with_flags(path, flags)?;
    // What a fold flushes depends on it: the log before the database, and the database at last.
    beside.pragma_update(None, "synchronous", "full")?;
    tune(&beside)?;
    Ok(beside)
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

fn migrate(writer: &mut Connection) -> Result<(), OpenError> {
    let found: i64 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > MIGRATIONS.len() {
        return Err(OpenError::Newer { found, known: MIGRATIONS.len() });
    }
    for (version, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = writer.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Looks at every page of a file that is read in a moment. Of a larger one the pages are looked at
/// when they are needed: a start must not take minutes.
fn check(writer: &Connection, path: &Path) -> Result<(), OpenError> {
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    if bytes > CHECK_BYTES_MAX {
        return Ok(());
    }
    let found: String = writer.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(OpenError::Damaged(found)) }
}

fn lobby(writer: &mut Connection, now_ms: i64) -> Result<RoomId, OpenError> {
    let lobby = writer
        .query_row("select id from rooms where kind = 'lobby'", [], |row| super::uuid(row, 0))
        .optional()?;
    if let Some(lobby) = lobby {
        return Ok(RoomId(lobby));
    }
    let lobby = RoomId(Uuid::now_v7());
    let name = RoomName::parse(RoomName::LOBBY)
        .ok_or_else(|| OpenError::Damaged("the lobby has no name".into()))?;
    let lobby_room = rooms::NewRoom {
        id: lobby,
        kind: RoomKind::Lobby,
        name: &name,
        topic: "",
        made_by: None,
        people_key: None,
    };
    rooms::insert(writer, &lobby_room, now_ms)?;
    Ok(lobby)
}

#[cfg(test)]
mod tests {
    use super::super::testing::store;
    use super::*;

    #[test]
    fn a_database_opened_again_is_the_same_history() {
        let dir = tempfile::tempdir().unwrap();
        let first = store(&dir);
        let (epoch, lobby) = (first.epoch(), first.lobby);
        drop(first);
        let again = store(&dir);
        assert_eq!((again.epoch(), again.lobby), (epoch, lobby));
    }

    #[test]
    fn what_was_erased_is_wiped_when_nobody_reads_and_nobody_waits_for_that() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        let log = || std::fs::metadata(dir.path().join("hubbub.db-wal")).unwrap().len();
        let reader = open_reader(&store.path).unwrap();
        let reading = reader.unchecked_transaction().unwrap();
        let _: i64 = reading.query_row("select count(*) from users", [], |row| row.get(0)).unwrap();
        store.writer.execute("insert into meta (key, value) values ('a', 'b')", []).unwrap();
        assert_eq!(store.wipe(), Ok(false));
        assert!(log() > 0);
        reading.finish().unwrap();
        assert_eq!((store.wipe(), log()), (Ok(true), 0));
    }

    #[test]
    fn a_newer_and_a_damaged_database_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let newer = store(&dir);
        newer.writer.pragma_update(None, "user_version", 99).unwrap();
        drop(newer);
        let path = dir.path().join("hubbub.db");
        assert!(matches!(open(&path, 0), Err(OpenError::Newer { found: 99, .. })));

        let path = dir.path().join("letter.db");
        std::fs::write(&path, "Dear Mara, this is not a database. ".repeat(200)).unwrap();
        assert!(matches!(open(&path, 0), Err(OpenError::Damaged(_))));

        let torn = tempfile::tempdir().unwrap();
        drop(store(&torn));
        let path = torn.path().join("hubbub.db");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4_096..].fill(0xaa);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(open(&path, 0), Err(OpenError::Damaged(_))));
    }
}
