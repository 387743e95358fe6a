//! Workload E: some clients never read. What is measured is whether the others notice, and whether
//! the server's memory grows: at a steady pace, and in a room full of large messages.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::paced::paced;
use crate::process::Processes;
use crate::saturated::saturated;

const PER_SECOND: f64 = 100.0;

/// What everyone else is sent many times over: the kernel's buffers of a socket that nobody reads
/// are full after some hundred of them.
const LARGE_BYTES: usize = 4_000;
const LARGE_IN_FLIGHT: u64 = 8;

/// Measures `people` who read, alone and then beside `stalled` who do not.
pub(crate) fn stalled(
    crowd: &mut Crowd,
    server: &Processes,
    people: usize,
    stalled: usize,
    time: Duration,
    bytes: usize,
) -> Result<Value> {
    let measure = |crowd: &mut Crowd| -> Result<(Value, Value, u64)> {
        let paced = paced(crowd, server, people, PER_SECOND, time, bytes)?;
        let large = saturated(crowd, server, people, LARGE_IN_FLIGHT, time, LARGE_BYTES)?;
        Ok((paced, large, server.rss_bytes()))
    };
    let (paced, large, rss) = measure(crowd)?;
    crowd.connect(stalled)?;
    for place in people..people + stalled {
        crowd.stall(place)?;
    }
    let (paced_beside, large_beside, rss_beside) = measure(crowd)?;
    Ok(json!({
        "paced_p99_us": paced["p99_us"],
        "paced_p99_us_beside": paced_beside["p99_us"],
        "large_p99_us": large["p99_us"],
        "large_p99_us_beside": large_beside["p99_us"],
        "rss_bytes": rss,
        "rss_bytes_beside": rss_beside,
        "rss_bytes_grown": rss_beside as f64 - rss as f64,
        "large_sent": large_beside["sent"],
    }))
}
