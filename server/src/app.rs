//! What the whole server shares: opened once, handed to every request and connection.
//!
//! Each part guards itself; nothing here is held across an await.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use frontend::Assets;
use tokio::sync::watch;

use crate::assets;
use crate::config::Config;
use crate::error::StartError;
use crate::fanout::Fanout;
use crate::limits::Limits;
use crate::log::{Log, now_ms};
use crate::presence::Presence;
use crate::store;

pub struct App {
    pub(crate) config: Config,
    pub(crate) log: Log,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) assets: Assets,
    /// Turns true once, when the server stops: every connection says goodbye then.
    pub(crate) stopping: watch::Sender<bool>,
    presence: Mutex<Presence>,
    limits: Mutex<Limits>,
    /// Locked as long as it is open: no second process writes to this directory.
    _lock: File,
}

impl App {
    /// Opens the data directory and starts the log's thread.
    pub fn open(config: Config) -> Result<Arc<Self>, StartError> {
        let lock = lock(&config.data)?;
        let path = config.data.join("hubbub.db");
        let store = store::open(&path, now_ms());
        let store = store.map_err(|error| StartError::database(path, error))?;
        let fanout = Arc::new(Fanout::default());
        let log = Log::start(store, fanout.clone()).map_err(StartError::Thread)?;
        Ok(Arc::new(Self {
            config,
            log,
            fanout,
            assets: assets::find(),
            stopping: watch::Sender::new(false),
            presence: Mutex::default(),
            limits: Mutex::default(),
            _lock: lock,
        }))
    }

    /// Commits what was asked and ends the log's thread. Blocks.
    pub(crate) fn close(&self) {
        self.log.close();
    }

    pub(crate) fn presence(&self) -> MutexGuard<'_, Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn lock(data: &Path) -> Result<File, StartError> {
    let unwritable = |error: std::io::Error| StartError::Unwritable(data.into(), error.to_string());
    std::fs::create_dir_all(data).map_err(unwritable)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(data.into())),
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}
