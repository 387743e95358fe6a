//! What a stretch of time cost: the server's CPU, its writes, and how busy the generator was.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::kernel;
use crate::process::{Cpu, Processes};

pub(crate) struct Span<'a> {
    server: &'a Processes,
    own: Processes,
    server_cpu: Cpu,
    own_cpu: Cpu,
    segments: u64,
    writes: u64,
    reads: u64,
    began: Instant,
}

impl<'a> Span<'a> {
    pub(crate) fn begin(server: &'a Processes, crowd: &Crowd) -> Result<Self> {
        let own = Processes::new(std::process::id());
        Ok(Self {
            server_cpu: server.cpu()?,
            own_cpu: own.cpu()?,
            segments: kernel::data_segments(),
            writes: crowd.tally.writes,
            reads: crowd.tally.reads,
            began: Instant::now(),
            server,
            own,
        })
    }

    /// Ends it. So many messages were sent in it, and so many frames delivered.
    pub(crate) fn end(self, crowd: &Crowd, sent: u64, delivered: u64) -> Result<Value> {
        let elapsed_s = self.began.elapsed().as_secs_f64();
        let cpu_ns = self.server.cpu()?.since(&self.server_cpu) as f64;
        let own_cpu_ns = self.own.cpu()?.since(&self.own_cpu) as f64;
        let reads = crowd.tally.reads - self.reads;
        // Somebody else's traffic on this machine would be in here, too.
        let segments = kernel::data_segments() - self.segments;
        let writes = segments.saturating_sub(crowd.tally.writes - self.writes);
        let delivered = delivered as f64;
        Ok(json!({
            "sent": sent,
            "delivered": delivered,
            "elapsed_s": elapsed_s,
            "messages_per_s": sent as f64 / elapsed_s,
            "server_cpu_s": cpu_ns / 1e9,
            "cpu_ns_per_delivery": cpu_ns / delivered,
            "cpu_ns_per_write": cpu_ns / writes as f64,
            "frames_per_write": delivered / writes as f64,
            "frames_per_read": delivered / reads as f64,
            "generator_busy": own_cpu_ns / 1e9 / elapsed_s,
        }))
    }
}
