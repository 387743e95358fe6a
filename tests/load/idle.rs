//! Workload D: what a connection costs that says nothing: memory of the server's processes, and of
//! the kernel. Kernel figures hold both ends of every connection, the server's and the generator's.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::kernel;
use crate::process::Processes;

/// Connected before the first look, so that what a server makes once is not counted.
pub(crate) const WARM_UP: usize = 10;

/// Connects so many people and weighs them.
pub(crate) fn idle(crowd: &mut Crowd, server: &Processes, people: usize) -> Result<Value> {
    crowd.connect(WARM_UP)?;
    let before = Weight::now(server);
    let began = Instant::now();
    crowd.connect(people)?;
    let connect_s = began.elapsed().as_secs_f64();
    let after = Weight::now(server);
    let each = |after: u64, before: u64| (after as f64 - before as f64) / people as f64;
    Ok(json!({
        "connect_s": connect_s,
        "rss_bytes_per_connection": each(after.rss, before.rss),
        "pss_bytes_per_connection": each(after.pss, before.pss),
        "slab_bytes_per_connection": each(after.slab, before.slab),
        "socket_bytes_per_connection": each(after.socket, before.socket),
        "rss_bytes_before": before.rss,
        "rss_bytes_after": after.rss,
    }))
}

struct Weight {
    rss: u64,
    pss: u64,
    slab: u64,
    socket: u64,
}

impl Weight {
    fn now(server: &Processes) -> Self {
        Self {
            rss: server.rss_bytes(),
            pss: server.pss_bytes(),
            slab: kernel::slab_bytes(),
            socket: kernel::socket_bytes(),
        }
    }
}
