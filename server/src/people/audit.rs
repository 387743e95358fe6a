//! Notes in the audit log what people do to each other and to the workspace: never what anybody wrote.

use std::net::IpAddr;

use rusqlite::Connection;

use super::Actor;
use crate::store::audit::{self, Deed};

/// Notes that another site's page tried to act in somebody's name. Whose, is not looked at.
pub(crate) fn note_foreign_origin(
    db: &Connection,
    address: IpAddr,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let address = address.to_string();
    audit::insert(db, None, Deed::ForeignOrigin, "", &address, now_ms)
}

impl Actor {
    /// Notes that they did this.
    pub(crate) fn note(&self, db: &Connection, deed: Deed, target: &str) -> rusqlite::Result<()> {
        audit::insert(db, self.id, deed, target, &self.address, self.now_ms)
    }
}
