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
    /// Options that do not go together; the sentence that says which.
    Settings(&'static str),
    /// Another program listens where this option says.
    PortTaken(SocketAddr, &'static str),
    /// The address that this option says is not this machine's, or not this user's to take.
    Address(SocketAddr, &'static str, io::Error),
    Unwritable(PathBuf, String),
    /// Another process holds the lock.
    InUse(PathBuf),
    Damaged(PathBuf, String),
    /// Version of the database, and the newest that this program knows.
    Newer(PathBuf, usize, usize),
    /// A file of certificates or of a key, and what is wrong with it.
    Certificate(PathBuf, String),
    /// The operating system gave no thread.
    Thread(io::Error),
}

impl StartError {
    /// Distinct for each kind, so that scripts can tell; 1 is anything else, 2 bad usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) => 2,
            Self::PortTaken(..) | Self::Address(..) => 3,
            Self::Unwritable(..) => 4,
            Self::InUse(_) => 5,
            Self::Damaged(..) => 6,
            Self::Newer(..) => 7,
            Self::Certificate(..) => 8,
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

    pub fn listen(option: &'static str, address: SocketAddr, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::AddrInUse {
            Self::PortTaken(address, option)
        } else {
            Self::Address(address, option, error)
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(sentence) => f.write_str(sentence),
            Self::PortTaken(address, option) => write!(
                f,
                "Another program is listening on {address}: stop it, or choose another address with {option}."
            ),
            Self::Address(address, option, error) => {
                write!(f, "Cannot listen on {address} ({error}): choose another with {option}.")
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
            Self::Certificate(path, error) => write!(
                f,
                "{} cannot be used for TLS ({error}): name a PEM file that this user may read.",
                path.display()
            ),
            Self::Thread(error) => write!(f, "Cannot start a thread ({error})."),
        }
    }
}

impl std::error::Error for StartError {}
