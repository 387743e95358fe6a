//! Why the server could not start: one sentence for the owner and one exit code each.
//!
//! Errors of single requests and connections are answered where they arise (`pages`, `session`);
//! what the database says is logged in `store` and `log`. `anyhow` is `main`'s alone.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::OpenError;

#[derive(Debug)]
pub enum StartError {
    PortTaken(SocketAddr),
    /// The address is not this machine's, or not this user's to take.
    Address(SocketAddr, io::Error),
    Unwritable(PathBuf, String),
    /// Another process holds the lock.
    InUse(PathBuf),
    Damaged(PathBuf, String),
    /// Version of the database, and the newest that this program knows.
    Newer(PathBuf, usize, usize),
    /// The operating system gave no thread.
    Thread(io::Error),
}

impl StartError {
    /// Distinct for each kind, so that scripts can tell; 1 and 2 are anything else and bad usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::PortTaken(_) | Self::Address(..) => 3,
            Self::Unwritable(..) => 4,
            Self::InUse(_) => 5,
            Self::Damaged(..) => 6,
            Self::Newer(..) => 7,
            Self::Thread(_) => 1,
        }
    }

    pub(crate) fn database(path: PathBuf, error: OpenError) -> Self {
        match error {
            OpenError::Newer { found, known } => Self::Newer(path, found, known),
            OpenError::Damaged(why) => Self::Damaged(path, why),
            OpenError::Unwritable(why) => Self::Unwritable(path, why),
        }
    }

    pub fn listen(address: SocketAddr, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AddrInUse {
            Self::PortTaken(address)
        } else {
            Self::Address(address, error)
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken(address) => write!(
                f,
                "Another program is listening on {address}: stop it, or choose another address with --listen."
            ),
            Self::Address(address, error) => {
                write!(f, "Cannot listen on {address} ({error}): choose another with --listen.")
            }
            Self::Unwritable(path, error) => write!(
                f,
                "Cannot write to {} ({error}): give this user the right to, free some space, or choose another directory with --data.",
                path.display()
            ),
            Self::InUse(path) => write!(
                f,
                "Another Hubbub is running on {}: stop it, or choose another directory with --data.",
                path.display()
            ),
            Self::Damaged(path, error) => write!(
                f,
                "The database {} is damaged ({error}): put a backup in its place, or move it away to start empty.",
                path.display()
            ),
            Self::Newer(path, found, known) => write!(
                f,
                "The database {} was written by a newer Hubbub (version {found}; this one knows {known}): start the newer one.",
                path.display()
            ),
            Self::Thread(error) => write!(f, "Cannot start a thread ({error})."),
        }
    }
}

impl std::error::Error for StartError {}
