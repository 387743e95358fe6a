//! What the whole server shares: opened once, handed to every request and connection.
//!
//! Each part guards itself; nothing here is held across an await.

use std::fs::{DirBuilder, File, TryLockError};
use std::net::IpAddr;
use std::num::NonZero;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use frontend::Assets;
use shared::protocol::UserId;
use tokio::sync::watch;

use crate::access::Access;
use crate::assets;
use crate::auth;
use crate::auth::hasher::Hasher;
use crate::auth::passkey::Passkeys;
use crate::auth::steps::Steps;
use crate::chat::Recent;
use crate::config::Config;
use crate::error::StartError;
use crate::fanout::Fanout;
use crate::limits::Limits;
use crate::log::{Log, now_ms};
use crate::presence::Presence;
use crate::session::{Quiet, Shards};
use crate::store::{self, settings, users};

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
    pub(crate) hasher: Hasher,
    /// Who has given the right password and still owes a code.
    steps: Mutex<Steps>,
    passkeys: OnceLock<Passkeys>,
    /// Where we are reached: scheme, host and port. Known once the server listens.
    origin: OnceLock<String>,
    /// What the set-up link ends with, if nobody has used it when the server starts.
    setup_code: Option<String>,
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
        let setup_code = setup_code(&store.writer).map_err(unreadable)?;
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
            hasher: Hasher::new(beside_the_log()),
            steps: Mutex::default(),
            passkeys: OnceLock::new(),
            origin: OnceLock::new(),
            setup_code,
            shards: OnceLock::new(),
            quiet: Mutex::new(quiet),
            presence: Mutex::default(),
            limits: Mutex::default(),
            _lock: lock,
        }))
    }

    /// Where people reach us, as links say it: as configured, or else where we listen. Never what a
    /// request says, which anybody may write.
    pub(crate) fn origin(&self) -> &str {
        match &self.config.public_url {
            Some(url) => url.origin(),
            None => self.origin.get().map_or("", String::as_str),
        }
    }

    /// The link with which the owner sets the workspace up, if nobody has yet. `place` is where we
    /// listen, as an address for browsers.
    pub fn setup_link(&self, place: &str) -> Option<String> {
        // Once for each server.
        let _ = self.origin.set(place.to_owned());
        let code = self.setup_code.as_ref()?;
        Some(format!("{}/setup/{code}", self.origin()))
    }

    /// Passkeys belong to one origin: the configured one, or on one's own machine the first that
    /// somebody comes by. An address in digits has none.
    pub(crate) fn passkeys(&self, host: &str) -> Option<&Passkeys> {
        let origin = match &self.config.public_url {
            Some(url) => url.origin().to_owned(),
            None => format!("http://{host}"),
        };
        match self.passkeys.get() {
            Some(passkeys) => Some(passkeys),
            None => {
                let passkeys = Passkeys::at(&origin)?;
                Some(self.passkeys.get_or_init(|| passkeys))
            }
        }
    }

    /// What the owner has decided.
    pub fn config(&self) -> &Config {
        &self.config
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

    /// From where a person is connected just now.
    pub(crate) async fn addresses_of(&self, user: UserId) -> Vec<String> {
        match self.shards() {
            Some(shards) => shards.addresses_of(user).await,
            None => Vec::new(),
        }
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

    pub(crate) fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the set-up link ends with: drawn at the first start, and gone once it was used.
fn setup_code(db: &rusqlite::Connection) -> rusqlite::Result<Option<String>> {
    let code = settings::setup_code(db)?;
    if code.is_some() || users::an_owner(db)?.is_some() {
        return Ok(code);
    }
    let code = auth::token::code();
    settings::set_setup_code(db, &code)?;
    Ok(Some(code))
}

fn cores() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// One core is the log's; a machine with one has one for everything else all the same.
fn beside_the_log() -> NonZero<usize> {
    NonZero::new(cores().get() - 1).unwrap_or(NonZero::<usize>::MIN)
}

fn shards() -> usize {
    beside_the_log().get().min(SHARDS_MAX)
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn lock(data: &Path) -> Result<File, StartError> {
    let unwritable = |error: std::io::Error| StartError::Unwritable(data.into(), error.to_string());
    // What people write is for whoever runs this, and nobody else on the machine.
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700).create(data).map_err(unwritable)?;
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
