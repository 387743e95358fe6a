//! A few connections that only read, beside the writer.
//!
//! WAL lets them read while the writer commits; each closure sees one state of the database. They
//! run on tokio's blocking threads, because a cold page is a disk access, and they never write.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::open::open_reader;

/// Reads at the same time. More would only queue at the same disk, and each costs a page cache.
const READERS_MAX: usize = 4;

/// The database could not answer. Logged here; whoever asked says "try again".
#[derive(Debug)]
pub(crate) struct ReadError;

#[derive(Clone)]
pub(crate) struct Readers {
    /// Idle connections. Held only to take or put back one, never while a question runs.
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    path: Arc<Path>,
}

impl Readers {
    /// Connections are opened when they are first needed, and then kept.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
            path: path.into(),
        }
    }

    /// Runs `ask` in one read transaction, off the async threads. Waits its turn.
    pub(crate) async fn read<T, F>(&self, ask: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| ReadError)?;
        let readers = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let answer = readers.ask(ask);
            drop(permit);
            answer
        });
        let answer = match asked.await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(panicked) => Err(panicked.to_string()),
        };
        answer.map_err(|error| {
            tracing::error!(%error, "the database did not answer");
            ReadError
        })
    }

    fn ask<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => open_reader(&self.path)?,
        };
        let transaction = reader.unchecked_transaction()?;
        let answer = ask(&transaction);
        // A connection that failed is not put back: the next one is opened afresh.
        let answer = answer?;
        transaction.finish()?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(answer)
    }
}
