//! What the whole server shares: opened once, handed to every request and connection.
//!
//! Each part guards itself; nothing here is held across an await.

use std::fs::{File, TryLockError};
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use frontend::Assets;
use shared::protocol::UserId;
use tokio::sync::watch;

use crate::access::Access;
use crate::assets;
use crate::chat::Recent;
use crate::config::Config;
use crate::error::StartError;
use crate::fanout::Fanout;
use crate::limits::Limits;
use crate::log::{Log, now_ms};
use crate::presence::Presence;
use crate::session::{Quiet, Shards};
use crate::store;

/// Shards at most: beyond it they would only wait for each other's cores and for the one writer.
const SHARDS_MAX: usize = 16;

pub struct App {
    pub(crate) config: Config,
    pub(crate) log: Log,
    pub(crate) fanout: Arc<Fanout>,
    pub(crate) assets: Assets,
    /// Turns true once, when the server stops: every connection says goodbye then.
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) recent: Recent,
    pub(crate) access: Access,
    shards: OnceLock<Shards>,
    /// Until the server runs.
    quiet: Mutex<Vec<Quiet>>,
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
        let mut store = store.map_err(|error| StartError::database(path.clone(), error))?;
        if !config.limits {
            store.rooms_max = u64::MAX;
        }
        let unreadable = |error: rusqlite::Error| StartError::database(path.clone(), error.into());
        let access = Access::open(&store.writer).map_err(unreadable)?;
        let quiet = (0..shards()).map(|_| Quiet::new());
        let quiet = quiet.collect::<std::io::Result<Vec<_>>>().map_err(StartError::Thread)?;
        let fanout = Arc::new(Fanout::new(quiet.iter().map(Quiet::port).collect()));
        let log = Log::start(store, fanout.clone()).map_err(StartError::Thread)?;
        Ok(Arc::new(Self {
            config,
            log,
            fanout,
            assets: assets::find(),
            stopping: watch::Sender::new(false),
            recent: Recent::default(),
            access,
            shards: OnceLock::new(),
            quiet: Mutex::new(quiet),
            presence: Mutex::default(),
            limits: Mutex::default(),
            _lock: lock,
        }))
    }

    /// Starts the threads that serve sockets, once, within tokio.
    pub(crate) fn start_shards(self: &Arc<Self>) -> std::io::Result<()> {
        let quiet = std::mem::take(&mut *self.quiet.lock().unwrap_or_else(PoisonError::into_inner));
        let shards = Shards::start(quiet, self)?;
        // A second call finds none to start.
        let _ = self.shards.set(shards);
        Ok(())
    }

    /// The threads that serve sockets; none before the server runs.
    pub(crate) fn shards(&self) -> Option<&Shards> {
        self.shards.get()
    }

    /// Commits what was asked and ends the log's thread. Blocks.
    pub(crate) fn close(&self) {
        self.log.close();
    }

    pub(crate) fn presence(&self) -> MutexGuard<'_, Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket comes, of this account if it is one's. Whether there is a place for it; then
    /// [`App::depart`] when it goes.
    pub(crate) fn arrive(&self, account: Option<UserId>, address: IpAddr) -> bool {
        if self.config.limits && !self.limits().enter(account, address) {
            return false;
        }
        self.fanout.connect();
        true
    }

    pub(crate) fn depart(&self, account: Option<UserId>, address: IpAddr) {
        if self.config.limits {
            self.limits().exit(account, address);
        }
        self.fanout.disconnect();
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One core is the log's; a machine with one has one shard all the same.
fn shards() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).clamp(1, SHARDS_MAX)
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
