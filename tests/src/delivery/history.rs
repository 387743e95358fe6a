//! Everything that happened in a story, in the order in which it did, as lines of JSON in a file.
//!
//! Written by the devices and the story while it goes on, read afterwards by `check`, which trusts
//! nothing else. The file stays under `target/delivery` for whoever wants to know.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use shared::protocol::{Command, Event, Frame, OpId, RoomId, Seq, UserId, View};

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    pub at_ms: u64,
    pub what: Happened,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Happened {
    /// Whose device this is.
    Owned {
        device: usize,
        user: UserId,
    },
    /// A person wants this; it is not on its way yet.
    Asked {
        device: usize,
        command: Command,
    },
    Opened {
        device: usize,
        connection: u64,
    },
    Sent {
        device: usize,
        connection: u64,
        command: Command,
    },
    Heard {
        device: usize,
        connection: u64,
        frame: Frame,
    },
    Closed {
        device: usize,
        connection: u64,
    },
    /// The page was closed and opened again.
    Reloaded {
        device: usize,
    },
    /// From here on this goes wrong…
    Fault {
        name: String,
    },
    /// …and here it has passed.
    Cleared {
        name: String,
    },
    /// An older database is in place: it knows these ops and no later ones.
    Rewound {
        ops: Vec<OpId>,
    },
    /// From here on the server may draw a new epoch, because it cannot know that nothing was lost.
    MayRewind,
    /// What a device has of a room in the end.
    Held {
        device: usize,
        room: RoomId,
        cursor: Seq,
        entries: Vec<HeldEntry>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub struct HeldEntry {
    pub event: Event,
    pub view: Option<View>,
}

pub struct History {
    pub path: PathBuf,
    file: Mutex<BufWriter<File>>,
    started: Instant,
    accepted: AtomicU64,
    gaps: AtomicU64,
    /// Ops on their way, by device; and how many of them lost their connection before the answer.
    open: Mutex<HashSet<(usize, OpId)>>,
    unknown: AtomicU64,
}

impl History {
    pub fn create(name: &str, seed: u64) -> Self {
        let directory = directory();
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("{name}-{seed}.jsonl"));
        let file = Mutex::new(BufWriter::new(File::create(&path).unwrap()));
        Self {
            path,
            file,
            started: Instant::now(),
            accepted: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            open: Mutex::default(),
            unknown: AtomicU64::new(0),
        }
    }

    pub fn note(&self, what: Happened) {
        self.follow_ops(&what);
        match &what {
            Happened::Heard { frame: Frame::Accepted { .. }, .. } => {
                self.accepted.fetch_add(1, Ordering::Relaxed);
            }
            Happened::Heard { frame: Frame::Gap { .. }, .. } => {
                self.gaps.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        let at_ms = self.started.elapsed().as_millis().try_into().unwrap();
        let mut file = self.file.lock().unwrap();
        serde_json::to_writer(&mut *file, &Line { at_ms, what }).unwrap();
        file.write_all(b"\n").unwrap();
    }

    /// How many acceptances were heard so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }

    /// How many ops ended in a broken connection so far, so that nobody knew what became of them.
    pub fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    fn follow_ops(&self, what: &Happened) {
        let mut open = self.open.lock().unwrap();
        match what {
            Happened::Sent { device, command, .. } => {
                open.extend(command.op().map(|op| (*device, op)));
            }
            Happened::Heard {
                device,
                frame:
                    Frame::Accepted { op, .. }
                    | Frame::RetryAfter { op, .. }
                    | Frame::Refused { op: Some(op), .. },
                ..
            } => {
                open.remove(&(*device, *op));
            }
            Happened::Closed { device, .. } => {
                let before = open.len();
                open.retain(|(of, _)| of != device);
                self.unknown.fetch_add((before - open.len()) as u64, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    pub fn flush(&self) {
        self.file.lock().unwrap().flush().unwrap();
    }
}

pub fn read(path: &Path) -> impl Iterator<Item = Happened> {
    let lines = BufReader::new(File::open(path).unwrap()).lines();
    lines.map(|line| {
        let line = line.unwrap();
        let line: Line = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        line.what
    })
}

/// `target/delivery`, beside the server under test.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/delivery")
}
