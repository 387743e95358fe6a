//! Tells a database that goes on from one that was put back: whether clients' cursors still mean
//! what they meant.
//!
//! Beside the database lies a small file, the mark: the epoch, how many transactions had written to
//! the logs, and when that was noted. It is written after every commit and never waited for. At a
//! start the history may have been rewound, and gets a new epoch, if the database has fewer
//! transactions than the mark (an older database was put in its place), if the mark is another
//! history's or is not there, or if it was not the server who wrote the file last (the whole
//! directory was put back): a file system's `ctime` is no program's to set. What is rewound below
//! the file system (a virtual machine's snapshot) can only be seen by cursors beyond the head.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rusqlite::Connection;
use shared::protocol::Epoch;
use uuid::Uuid;

use super::OpenError;

/// Beside the database.
const MARK: &str = "mark";

/// Between noting the time and the file system doing the same. Its clock ticks every few
/// milliseconds; a busy machine may stop a process for longer.
const CTIME_WITHIN_MS: i64 = 2_000;

pub(super) struct History {
    pub(super) epoch: Epoch,
    mark: File,
}

impl History {
    /// Reads the epoch, or draws a new one for a new or a rewound history.
    pub(super) fn open(db: &Connection, directory: &Path, now_ms: i64) -> Result<Self, OpenError> {
        let path = directory.join(MARK);
        let kept: Option<Epoch> = value(db, "epoch")?;
        let commits: u64 = value(db, "commits")?.unwrap_or_default();
        let goes_on = match kept {
            Some(epoch) if commits > 0 => Mark::read(&path).is_some_and(|mark| {
                mark.epoch == epoch && mark.commits <= commits && mark.is_untouched
            }),
            Some(_) => true,
            None => false,
        };
        let epoch = match kept.filter(|_| goes_on) {
            Some(epoch) => epoch,
            None => {
                if kept.is_some() {
                    tracing::warn!(
                        "the database may be a restored one: clients load their rooms anew"
                    );
                }
                Epoch(Uuid::new_v4())
            }
        };
        db.execute(
            "insert into meta (key, value) values ('epoch', ?1)
             on conflict (key) do update set value = excluded.value",
            [epoch.0.simple().to_string()],
        )?;
        let unwritable = |error: io::Error| OpenError::Unwritable(error.to_string());
        let mark = File::options().create(true).truncate(false).write(true).open(&path);
        let history = Self { epoch, mark: mark.map_err(unwritable)? };
        history.write(commits, now_ms).map_err(unwritable)?;
        history.mark.sync_all().map_err(unwritable)?;
        Ok(history)
    }

    /// Notes that so many transactions are on disk. Lost with a power cut, which hurts nobody: a
    /// mark may be behind its database, only never ahead.
    pub(super) fn write(&self, commits: u64, now_ms: i64) -> io::Result<()> {
        let Self { epoch: Epoch(epoch), mark } = self;
        // One write of a fixed length: there is never half a line.
        let line = format!("{} {commits:020} {now_ms:020}\n", epoch.simple());
        mark.write_all_at(line.as_bytes(), 0)
    }
}

/// One more transaction has written to the logs. How many that makes.
pub(crate) fn count_commit(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "update meta set value = cast(cast(value as integer) + 1 as text)
         where key = 'commits' returning cast(value as integer)",
    )?
    .query_row([], |row| super::seq(row, 0))
}

struct Mark {
    epoch: Epoch,
    commits: u64,
    /// Whether the file was last changed when it says so.
    is_untouched: bool,
}

impl Mark {
    /// `None` if it is not there, or not whole.
    fn read(path: &Path) -> Option<Self> {
        let line = fs::read_to_string(path).ok()?;
        let about = fs::metadata(path).ok()?;
        let mut words = line.split_whitespace();
        let epoch = words.next()?.parse().ok()?;
        let commits = words.next()?.parse().ok()?;
        let written_ms: i64 = words.next()?.parse().ok()?;
        let changed_ms = about.ctime() * 1_000 + about.ctime_nsec() / 1_000_000;
        let is_untouched = (changed_ms - written_ms).abs() <= CTIME_WITHIN_MS;
        Some(Self { epoch, commits, is_untouched })
    }
}

fn value<T: std::str::FromStr>(db: &Connection, key: &str) -> Result<Option<T>, OpenError> {
    let mut ask = db.prepare("select value from meta where key = ?1")?;
    let mut rows = ask.query([key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let text: String = row.get(0)?;
    let broken = |_| OpenError::Damaged(format!("its {key} makes no sense"));
    text.parse().map(Some).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::super::testing::store;
    use super::*;

    fn commit(store: &super::super::Store, times: u64) {
        for _ in 0..times {
            store.mark(count_commit(&store.writer).unwrap(), crate::log::now_ms());
        }
    }

    #[test]
    fn a_server_that_was_killed_goes_on_in_the_same_history() {
        let dir = tempfile::tempdir().unwrap();
        let first = store(&dir);
        commit(&first, 3);
        let epoch = first.epoch();
        drop(first);
        let again = store(&dir);
        // Killed between the commit and the mark.
        count_commit(&again.writer).unwrap();
        drop(again);
        assert_eq!(store(&dir).epoch(), epoch);
    }

    #[test]
    fn an_older_database_in_place_of_the_newer_is_another_history() {
        let dir = tempfile::tempdir().unwrap();
        let (database, backup) = (dir.path().join("hubbub.db"), dir.path().join("backup"));
        let first = store(&dir);
        commit(&first, 3);
        let epoch = first.epoch();
        drop(first);
        fs::copy(&database, &backup).unwrap();
        let second = store(&dir);
        assert_eq!(second.epoch(), epoch);
        commit(&second, 1);
        drop(second);
        fs::copy(&backup, &database).unwrap();
        let restored = store(&dir);
        assert_ne!(restored.epoch(), epoch);
        commit(&restored, 1);
        let epoch = restored.epoch();
        drop(restored);
        assert_eq!(store(&dir).epoch(), epoch, "once");
    }

    #[test]
    fn a_directory_that_was_put_back_whole_is_another_history() {
        let dir = tempfile::tempdir().unwrap();
        let first = store(&dir);
        commit(&first, 3);
        let epoch = first.epoch();
        drop(first);
        let mark = fs::read_to_string(dir.path().join(MARK)).unwrap();
        let old = mark.replace(&mark[54..74], "00000001700000000000");
        fs::write(dir.path().join(MARK), old).unwrap();
        assert_ne!(store(&dir).epoch(), epoch);
        fs::remove_file(dir.path().join(MARK)).unwrap();
        assert_ne!(store(&dir).epoch(), epoch);
    }
}
