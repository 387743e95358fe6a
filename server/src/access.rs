//! What decides who is let in, as every request needs it, and how what is taken away reaches those who
//! are connected.
//!
//! Whatever takes something away writes it to the database with what it changes (`store::revocations`).
//! Here it is read, at once by whoever wrote it and every second for what others wrote: the command
//! line, or another server on this database. The shards then end the connections that it is about.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use rusqlite::Connection;
use shared::permission::Policy;

use crate::app::App;
use crate::store::revocations::{self, Revocation};
use crate::store::settings;

#[derive(Default)]
pub(crate) struct Access {
    known: RwLock<Known>,
    /// The newest revocation that the shards have been told of.
    newest: AtomicI64,
    /// Held while new ones are read and told: in their order, and each once.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    policy: Policy,
    banned: HashSet<IpAddr>,
}

impl Access {
    /// As the database has it, before anybody is let in.
    pub(crate) fn open(db: &Connection) -> rusqlite::Result<Self> {
        let known = RwLock::new(read(db)?);
        let newest = AtomicI64::new(revocations::newest(db)?);
        Ok(Self { known, newest, refreshing: tokio::sync::Mutex::default() })
    }

    pub(crate) fn policy(&self) -> Policy {
        self.known.read().unwrap_or_else(PoisonError::into_inner).policy
    }

    /// Whether nobody is let in from there.
    pub(crate) fn is_banned(&self, address: IpAddr) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).banned.contains(&address)
    }

    pub(crate) fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }
}

fn read(db: &Connection) -> rusqlite::Result<Known> {
    let policy = settings::policy(db)?;
    let banned = revocations::banned_addresses(db)?;
    Ok(Known { policy, banned: banned.iter().filter_map(|text| text.parse().ok()).collect() })
}

/// Looks whether something was taken away, and if so ends whose connections it is about.
pub(crate) async fn refresh(app: &App) {
    let _alone = app.access.refreshing.lock().await;
    let since = app.access.newest();
    let read = move |db: &Connection| {
        let revoked = revocations::after(db, since)?;
        if revoked.is_empty() { Ok(None) } else { Ok(Some((revoked, read(db)?))) }
    };
    // What could not be read is asked for again in a second.
    let Ok(Some((revoked, known))) = app.log.readers().read(read).await else { return };
    // Whoever comes from now on is judged by what holds now.
    *app.access.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    let newest = revoked.last().map_or(since, |last| last.id);
    if let Some(shards) = app.shards() {
        shards.revoke(&std::sync::Arc::<[Revocation]>::from(revoked));
    }
    app.access.newest.store(newest, Ordering::Release);
}
