//! Folds the write-ahead log into the database beside the writer, so that no commit waits for it.
//!
//! SQLite would do it inside whichever commit makes the log long. Here a thread with a connection of
//! its own copies the pages while the writer goes on; what was written meanwhile, a few pages, the
//! writer folds in between two commits, and the log begins at its start again. That keeps the log
//! short, except while somebody reads one state of the database for very long.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::open::{BUSY_TIMEOUT, open_beside};

/// Pages of 4 KB in the log before it is folded in. The more, the more often a page that changes
/// all the time is written once instead of twice; a start after a crash reads them all.
const FOLD_PAGES: usize = 2_000;

/// So many the writer folds in itself: less work than a commit.
const REST_PAGES: usize = 256;

/// Where disk and thread do not keep up, this part of the log: better a little more at once than a
/// log that grows.
const REST_PART: usize = 8;

/// From here on the writer waits for those who read, which is what keeps the log from beginning
/// again.
const PAGES_MAX: usize = 16_000;

/// How long. Most questions take less than a millisecond.
const READERS_WAIT: Duration = Duration::from_millis(20);

pub(super) struct Folding {
    /// In the log after the last commit.
    pages: Arc<AtomicUsize>,
    /// What they were when they were last looked at.
    before: usize,
    /// It is time to fold when there are as many.
    next: usize,
    /// What the thread left over when it was last at it.
    rest: usize,
    beside: Option<Beside>,
}

/// The thread.
struct Beside {
    /// Room for one: it is asked or it is not.
    asks: SyncSender<()>,
    /// Up to here the log is folded in since the thread was last asked; 0 while it is at it.
    folded: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

/// How far a fold goes.
#[derive(Clone, Copy)]
pub(super) enum Fold {
    /// As far as nobody is in the way.
    Passive,
    /// All of it, so that the log begins again. Waits for readers.
    Restart,
    /// All of it, and nothing is left in the file.
    Truncate,
}

impl Folding {
    /// From here on no commit of this connection folds.
    pub(super) fn of(writer: &mut Connection) -> rusqlite::Result<Self> {
        let pages = Arc::new(AtomicUsize::new(0));
        let counted = pages.clone();
        // In the place of SQLite's own hook, which folds.
        writer.wal_hook(Some(move |_: &mut Wal, pages| {
            counted.store(usize::try_from(pages).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, before: 0, next: FOLD_PAGES, rest: usize::MAX, beside: None })
    }

    /// Starts the thread. Without one the writer folds by itself.
    pub(super) fn start(&mut self, path: &Path) {
        let (asks, asked) = sync_channel(1);
        let folded = Arc::new(AtomicUsize::new(0));
        let (path, told) = (path.to_owned(), folded.clone());
        let run = move || fold_when_asked(&path, &asked, &told);
        match Builder::new().name("log-folder".into()).spawn(run) {
            Ok(thread) => self.beside = Some(Beside { asks, folded, thread }),
            Err(error) => tracing::warn!(%error, "the writer folds its log in by itself"),
        }
    }

    /// Ends the thread and waits for it.
    pub(super) fn stop(&mut self) {
        if let Some(Beside { asks, thread, .. }) = self.beside.take() {
            drop(asks);
            // It ends by itself, or has ended by a panic: the writer can do without.
            let _ = thread.join();
        }
    }

    /// Between two commits. What fails (the disk is full) is tried again when there is more.
    pub(super) fn go_on(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if let Some(how) = self.falls_to_the_writer(pages)
            && let Err(error) = fold(writer, how)
        {
            tracing::debug!(%error, "the write-ahead log was not folded in");
        }
    }

    fn falls_to_the_writer(&mut self, pages: usize) -> Option<Fold> {
        if pages < std::mem::replace(&mut self.before, pages) {
            self.next = FOLD_PAGES;
        }
        if pages >= self.next {
            self.next = pages + FOLD_PAGES;
            self.rest = usize::MAX;
            return self.ask();
        }
        let rest = pages.saturating_sub(self.beside.as_ref()?.folded()?);
        let rest_before = std::mem::replace(&mut self.rest, rest);
        if pages >= PAGES_MAX {
            Some(Fold::Restart)
        } else if rest <= REST_PAGES.max(pages / REST_PART) {
            Some(Fold::Passive)
        } else if rest <= rest_before / 2 {
            // Much was written meanwhile, and less will be the next time. Behind a reader it is not
            // less.
            self.ask()
        } else {
            None
        }
    }

    /// Asks the thread. Without one the writer has to.
    fn ask(&self) -> Option<Fold> {
        let is_asked = self.beside.as_ref().is_some_and(Beside::ask);
        (!is_asked).then_some(Fold::Passive)
    }
}

impl Beside {
    /// False if the thread is not there.
    fn ask(&self) -> bool {
        self.folded.store(0, Ordering::Relaxed);
        !matches!(self.asks.try_send(()), Err(TrySendError::Disconnected(())))
    }

    /// Up to where it has folded since it was asked. Told once.
    fn folded(&self) -> Option<usize> {
        Some(self.folded.swap(0, Ordering::Relaxed)).filter(|folded| *folded > 0)
    }
}

fn fold_when_asked(path: &Path, asked: &Receiver<()>, folded: &AtomicUsize) {
    for () in asked {
        // Opened each time: what it costs is nothing beside the fold, and nothing is held idle.
        match open_beside(path).and_then(|db| fold(&db, Fold::Passive)) {
            Ok(pages) => folded.store(pages.folded, Ordering::Relaxed),
            Err(error) => tracing::debug!(%error, "the write-ahead log was not folded in"),
        }
    }
}

/// What a fold has done.
pub(super) struct Folded {
    /// Pages of the log that are in the database now.
    folded: usize,
    /// Whether as much was done as was asked for.
    pub(super) is_done: bool,
}

pub(super) fn fold(db: &Connection, how: Fold) -> rusqlite::Result<Folded> {
    let (ask, wait) = match how {
        Fold::Passive => ("pragma wal_checkpoint(passive)", Duration::ZERO),
        Fold::Restart => ("pragma wal_checkpoint(restart)", READERS_WAIT),
        Fold::Truncate => ("pragma wal_checkpoint(truncate)", Duration::ZERO),
    };
    db.busy_timeout(wait)?;
    let folded = db.query_row(ask, [], |row| {
        let (is_busy, folded): (bool, i64) = (row.get(0)?, row.get(2)?);
        Ok(Folded { folded: usize::try_from(folded).unwrap_or_default(), is_done: !is_busy })
    });
    db.busy_timeout(BUSY_TIMEOUT)?;
    folded
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::open::open_reader;
    use super::super::testing::store_in_memory_speed;
    use super::super::{Store, testing};
    use super::*;

    fn write(store: &mut Store) -> usize {
        let sql = "insert into meta (key, value) values ('page', ?1)
                   on conflict do update set value = excluded.value";
        // What is overwritten by the same is not written.
        let text = uuid::Uuid::new_v4().to_string().repeat(3_000);
        store.writer.execute(sql, [text]).unwrap();
        store.fold_on();
        store.folding.before
    }

    /// Writes until the log is longer, or begins again.
    fn write_until(store: &mut Store, what: &str, is_so: impl Fn(usize, usize) -> bool) -> usize {
        let (start, mut before) = (Instant::now(), 0);
        loop {
            let pages = write(store);
            if is_so(before, pages) {
                return before;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{what}: {pages} pages");
            before = pages;
        }
    }

    fn begins_again(before: usize, pages: usize) -> bool {
        pages < before
    }

    #[test]
    fn the_log_begins_again_and_again_with_a_thread_and_without() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store_in_memory_speed(&dir);
        let longest = write_until(&mut store, "alone", begins_again);
        assert!((FOLD_PAGES..FOLD_PAGES + REST_PAGES).contains(&longest), "{longest}");
        store.fold_beside();
        for _ in 0..3 {
            // What the thread says late may be of the log before: then it begins again early.
            let longest = write_until(&mut store, "beside", begins_again);
            assert!(longest < PAGES_MAX + FOLD_PAGES, "{longest}");
        }
        store.fold_no_more();
        assert_eq!(store.wipe(), Ok(true));
        drop(store);
        let kept: String = testing::store(&dir)
            .writer
            .query_row("select value from meta where key = 'page'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept.len(), 36 * 3_000);
    }

    #[test]
    fn behind_somebody_who_reads_for_long_the_log_waits_and_then_begins_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store_in_memory_speed(&dir);
        store.fold_beside();
        write(&mut store);
        let reader = open_reader(&store.path).unwrap();
        let reading = reader.unchecked_transaction().unwrap();
        let _: i64 = reading.query_row("select count(*) from meta", [], |row| row.get(0)).unwrap();
        write_until(&mut store, "behind a reader", |_, pages| pages > PAGES_MAX + FOLD_PAGES);
        reading.finish().unwrap();
        write_until(&mut store, "without the reader", begins_again);
        store.fold_no_more();
    }
}
