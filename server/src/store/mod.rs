//! SQL and nothing else: the database file, its schema, and one query file per noun.
//!
//! Every function here is a question or a change, whole, on a connection that the caller holds. It
//! decides nothing: who may do what is the log's and chat's affair. Only `log` writes; everyone else
//! asks through [`Readers`]. No function here awaits, except [`Readers::read`].

mod folding;
mod history;
mod open;
mod readers;

pub(crate) mod audit;
pub(crate) mod events;
pub(crate) mod invitations;
pub(crate) mod logins;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod passkeys;
pub(crate) mod reports;
pub(crate) mod revocations;
pub(crate) mod rooms;
pub(crate) mod settings;
pub(crate) mod users;

pub(crate) use history::count_commit;
pub(crate) use open::{OpenError, Store, open, open_for_command};
pub(crate) use readers::{ReadError, Readers};

use rusqlite::{Connection, Row};
use uuid::Uuid;

/// A number that changes when another connection, this process's or not, has written to the file.
/// True of the state that the transaction sees.
pub(crate) fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("pragma data_version")?.query_row([], |row| row.get(0))
}

/// A UUID column: 16 bytes. Anything else means that the file was written by something else.
fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(Uuid::from_bytes(bytes))
}

/// A seq column. SQLite knows no unsigned numbers; a seq stays below 2^53.
fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let seq: i64 = row.get(column)?;
    Ok(seq.unsigned_abs())
}

/// A seq as SQLite takes it. What a client made up beyond 2^63 is beyond every head as well.
fn sql_seq(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod testing {
    //! A store in a directory of its own.

    use super::*;

    /// The same, without waiting for the disk: for tests in which no power is cut.
    pub(crate) fn store_in_memory_speed(dir: &tempfile::TempDir) -> Store {
        let store = store(dir);
        store.writer.pragma_update(None, "synchronous", "off").unwrap();
        store
    }

    pub(crate) fn store(dir: &tempfile::TempDir) -> Store {
        open(&dir.path().join("hubbub.db"), crate::log::now_ms()).unwrap()
    }
}
