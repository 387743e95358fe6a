//! Workload B: one publisher speaks at a steady pace. What is measured is how long it takes until
//! people hear it, and what one message to one person costs a server that is mostly at rest.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::process::Processes;
use crate::report::merged;
use crate::span::Span;
use crate::talk::Talk;

/// More than where throughput is measured: a percentile wants many values.
const SAMPLES: usize = 64;

const WARM_UP: Duration = Duration::from_millis(500);

/// Measures among the first `people` of the crowd.
pub(crate) fn paced(
    crowd: &mut Crowd,
    server: &Processes,
    people: usize,
    per_second: f64,
    time: Duration,
    bytes: usize,
) -> Result<Value> {
    let mut warm_up = Talk::begin(crowd, people, 1, SAMPLES, bytes);
    talk_for(&mut warm_up, per_second, WARM_UP)?;
    warm_up.close()?;

    let span = Span::begin(server, crowd)?;
    let mut talk = Talk::begin(crowd, people, 1, SAMPLES, bytes);
    talk_for(&mut talk, per_second, time)?;
    talk.drain()?;
    let (sent, delivered) = (talk.sent(), talk.deliveries());
    let cost = span.end(talk.crowd(), sent, delivered)?;
    let latency = talk.close()?.summary();
    Ok(merged([json!({ "per_second": per_second }), cost, latency]))
}

fn talk_for(talk: &mut Talk<'_>, per_second: f64, time: Duration) -> Result<()> {
    let began = Instant::now();
    for nth in 0.. {
        let due = began + Duration::from_secs_f64(f64::from(nth) / per_second);
        if due >= began + time {
            break;
        }
        loop {
            let wait = due.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                break;
            }
            talk.turn(wait)?;
        }
        talk.say();
        talk.flush()?;
    }
    Ok(())
}
