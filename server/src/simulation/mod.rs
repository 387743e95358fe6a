//! The log, the fan-out and the clients' engine in one thread, under an unreliable network and a
//! server that dies: everything from one seed, with a clock that only the simulation moves.
//!
//! [`world`] is what happens, [`device`] a client and its wire, [`check`] what must hold. The parts
//! are the real ones: `log::writer` on SQLite, `fanout`, `session::feed`, `shared::sync`. Only the
//! sockets, the threads and the waiting are not there.
//!
//! `HUBBUB_SEED=7` plays one world again. `HUBBUB_SIM_S` is how long to go on with fresh ones, and
//! `HUBBUB_SIM_SENDS` how many ops to have sent at least, for a night.

mod check;
mod device;
mod world;

use std::time::{Duration, Instant};

use world::World;

/// xorshift64*: <https://doi.org/10.18637/jss.v008.i14>, with Vigna's multiplier.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as usize % sides
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What happened in all worlds together. A simulation in which nothing went wrong proves nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    worlds: u64,
    sends: u64,
    accepted: u64,
    repeated: u64,
    refused: u64,
    gaps: u64,
    resets: u64,
    replayed: u64,
    lost_connections: u64,
    crashes: u64,
    restores: u64,
    reloads: u64,
    deletions: u64,
    fences: u64,
    /// Times that somebody heard that they are not in a private room any more.
    put_out: u64,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn after_any_faults_every_device_holds_the_log_and_every_op_is_there_once() {
    if let Some(seed) = number("HUBBUB_SEED") {
        let mut tally = Tally::default();
        World::play(seed, &mut tally);
        eprintln!("{tally:#?}");
        return;
    }
    let time = Duration::from_secs(number("HUBBUB_SIM_S").unwrap_or(10));
    let sends = number("HUBBUB_SIM_SENDS").unwrap_or_default();
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut seed = 0;
    while started.elapsed() < time || tally.sends < sends {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            World::play(seed, &mut tally);
        }));
        if let Err(panic) = played {
            eprintln!("HUBBUB_SEED={seed} plays this again");
            std::panic::resume_unwind(panic);
        }
        seed += 1;
    }
    eprintln!("{tally:#?}");
    let Tally { repeated, gaps, resets, replayed, lost_connections, crashes, restores, .. } = tally;
    let Tally { refused, reloads, deletions, fences, put_out, .. } = tally;
    let bad = [repeated, gaps, resets, replayed, lost_connections, crashes, restores];
    let bad = [&bad[..], &[refused, reloads, deletions, fences, put_out]].concat();
    assert!(bad.iter().all(|times| *times > 0), "the weather was too good");
}
