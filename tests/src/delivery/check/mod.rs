//! Reads what happened and what is left of it, and decides whether it was right.
//!
//! [`wire`] holds every connection to the contract, frame by frame; [`told`] compares what people
//! asked for and were told with the log; [`log`] is the database by itself; [`held`] what the devices
//! have in the end. [`Tally`] counts what went wrong on the way: a story in which nothing did proves
//! nothing, and fails.

mod tally;

mod log;

mod told;

mod wire;

mod held;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::history::{self, Happened};
use log::Log;
pub use tally::Tally;
use told::Told;
use wire::Wire;

/// Everything. Panics with the first thing that is not as it was promised.
pub fn all(history: &Path, database: &Path) -> Tally {
    let log = Log::read(database);
    let (mut tally, mut told) = (Tally::default(), Told::default());
    let mut wire = Wire::new(log.erased_by(&asked_texts(history)));
    let mut held = Vec::new();
    let mut times = Times::default();
    for happened in history::read(history) {
        let is_stale = times.note(&happened);
        tally.note(&happened);
        if !is_stale {
            told.note(&happened);
            wire.note(&happened);
        }
        if let Happened::Held { .. } = happened {
            held.push(happened);
        }
    }
    tally.replayed = wire.replayed;
    log.is_sound();
    log.views_are_its_fold();
    told.agrees_with(&log);
    wire.cursors_agree_with(&log);
    held::agrees_with(&held, &told.owners, &log);
    tally.was_bad();
    tally
}

/// The texts that must be nowhere any more.
pub fn erased(history: &Path, database: &Path) -> BTreeSet<String> {
    let erased = Log::read(database).erased_by(&asked_texts(history));
    erased.into_values().flatten().collect()
}

/// What was to be said, by op: each text's token.
fn asked_texts(history: &Path) -> HashMap<shared::protocol::OpId, String> {
    use shared::protocol::Command::{Edit, Post};
    let texts = history::read(history).filter_map(|happened| match happened {
        Happened::Asked { command: Post { op, text, .. } | Edit { op, text, .. }, .. } => {
            let token = super::plan::tokens(text.as_bytes()).next()?.to_owned();
            Some((op, token))
        }
        _ => None,
    });
    texts.collect()
}

/// Which connections began before an older database was put in place: what still comes out of
/// them is of a time that has never been.
#[derive(Default)]
struct Times {
    rewound: u64,
    opened: HashMap<usize, u64>,
}

impl Times {
    /// Whether this was heard from the time before.
    fn note(&mut self, happened: &Happened) -> bool {
        match happened {
            Happened::Rewound { .. } => self.rewound += 1,
            Happened::Opened { device, .. } => {
                self.opened.insert(*device, self.rewound);
            }
            Happened::Heard { device, .. } => {
                return self.opened.get(device).copied().unwrap_or(self.rewound) < self.rewound;
            }
            _ => {}
        }
        false
    }
}
