//! The other end of `delivery/shim.c`: builds it, and says what is to go wrong in the server.
//!
//! The library maps a file of numbers; writing one of them takes effect at once.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use super::history::directory;

const NUMBERS: usize = 32;

/// As in `shim.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The log of the database is about to be written to.
    BeforeWrite = 1,
    /// A transaction is written and not yet flushed.
    BeforeFlush,
    /// A transaction is on disk, and nobody has been told.
    AfterFlush,
    /// Its author has been told, and others perhaps not.
    AfterAccepted,
    /// In the middle of a frame of a replay.
    InReplay,
}

/// As in `shim.c`: the places of the numbers.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    KillAt,
    Countdown,
    /// Writes to the database fail for want of space: 1 is all of them, n every n-th.
    WritesFail,
    /// The same for flushes, with an input/output error.
    FlushesFail,
    /// What is added to the time of day.
    ClockMs,
    /// Whether a copy is kept of what each flush has put on disk.
    KeepFlushed,
    Writes = 16,
    Flushes,
    WritesFailed,
    FlushesFailed,
    ClockReads,
}

pub struct Shim {
    directory: TempDir,
    control: File,
}

impl Default for Shim {
    fn default() -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join("disk")).unwrap();
        let path = directory.path().join("control");
        fs::write(&path, [0; NUMBERS * 8]).unwrap();
        let control = File::options().read(true).write(true).open(path).unwrap();
        Self { directory, control }
    }
}

impl Shim {
    /// What the server needs in its environment.
    pub fn env(&self) -> Vec<(&'static str, PathBuf)> {
        let path = self.directory.path().to_owned();
        vec![("LD_PRELOAD", LIBRARY.clone()), ("HUBBUB_SHIM", path)]
    }

    pub fn set(&self, number: Number, value: i64) {
        self.control.write_all_at(&value.to_ne_bytes(), 8 * number as u64).unwrap();
    }

    pub fn get(&self, number: Number) -> i64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, 8 * number as u64).unwrap();
        i64::from_ne_bytes(bytes)
    }

    /// The server dies when it comes to this point for the `nth` time.
    pub fn kill_at(&self, point: Point, nth: i64) {
        self.set(Number::Countdown, nth);
        self.set(Number::KillAt, point as i64);
    }

    /// What a disk that has lost its power would have of the database: `hubbub.db`, and its log.
    pub fn disk(&self) -> PathBuf {
        self.directory.path().join("disk")
    }
}

/// Compiled once in a process, and put in place in one step: suites may run beside each other.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("delivery/shim.c");
    fs::create_dir_all(directory()).unwrap();
    let directory = directory().canonicalize().unwrap();
    let made = directory.join(format!("shim-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&made).arg(source);
    assert!(cc.status().expect("a C compiler").success(), "{cc:?} failed");
    let library = directory.join("shim.so");
    fs::rename(made, &library).unwrap();
    library
});
