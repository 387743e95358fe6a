//! Workload A: a room that is always talking. So many messages are in flight, never more or fewer.
//!
//! A message is finished when every sample has it; then the next goes out, by the next of sixteen
//! senders. What is measured is the server's CPU for one message to one person.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::crowd::{Crowd, STALL_MAX};
use crate::process::Processes;
use crate::report::merged;
use crate::span::Span;
use crate::talk::Talk;

const SENDERS: usize = 16;
const SAMPLES: usize = 8;

/// Enough for caches, allocators and just-in-time compilers to have seen everything.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures among the first `people` of the crowd.
pub(crate) fn saturated(
    crowd: &mut Crowd,
    server: &Processes,
    people: usize,
    in_flight: u64,
    time: Duration,
    bytes: usize,
) -> Result<Value> {
    let mut warm_up = Talk::begin(crowd, people, SENDERS, SAMPLES, bytes);
    talk_for(&mut warm_up, in_flight, WARM_UP)?;
    warm_up.close()?;

    let span = Span::begin(server, crowd)?;
    let mut talk = Talk::begin(crowd, people, SENDERS, SAMPLES, bytes);
    talk_for(&mut talk, in_flight, time)?;
    talk.drain()?;
    let (sent, delivered) = (talk.sent(), talk.deliveries());
    let cost = span.end(talk.crowd(), sent, delivered)?;
    let latency = talk.close()?.summary();
    Ok(merged([json!({ "in_flight": in_flight }), cost, latency]))
}

fn talk_for(talk: &mut Talk<'_>, in_flight: u64, time: Duration) -> Result<()> {
    let until = Instant::now() + time;
    loop {
        // The bare loop waits for whole batches, so none is begun that will not be ended.
        while talk.in_flight() < in_flight
            && (Instant::now() < until || !talk.sent().is_multiple_of(in_flight))
        {
            talk.say();
        }
        talk.flush()?;
        if talk.in_flight() == 0 {
            return Ok(());
        }
        if !talk.turn(STALL_MAX)? {
            return talk.drain();
        }
    }
}
