//! What the kernel says of the server's processes: CPU and memory.
//!
//! Reads `/proc` and nothing else. A server is the process that was named and all below it.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

/// Linux reports `utime` and `stime` in hundredths of a second.
const TICK_NS: u64 = 10_000_000;

pub(crate) struct Processes {
    root: u32,
}

/// CPU time so far.
pub(crate) struct Cpu {
    /// Exact, but forgetful: a thread that ends takes its time with it.
    threads_ns: HashMap<u32, u64>,
    /// Of hundredths of seconds, and complete.
    ticks_ns: u64,
}

impl Cpu {
    /// What was used from `before` until this.
    pub(crate) fn since(&self, before: &Self) -> u64 {
        if before.threads_ns.keys().any(|thread| !self.threads_ns.contains_key(thread)) {
            return self.ticks_ns.saturating_sub(before.ticks_ns);
        }
        let used = |(thread, ns): (&u32, &u64)| ns - before.threads_ns.get(thread).unwrap_or(&0);
        self.threads_ns.iter().map(used).sum()
    }
}

impl Processes {
    pub(crate) fn new(root: u32) -> Self {
        Self { root }
    }

    pub(crate) fn cpu(&self) -> Result<Cpu> {
        let (mut threads_ns, mut ticks_ns) = (HashMap::new(), 0);
        for process in self.all() {
            ticks_ns += ticks(process)? * TICK_NS;
            for thread in threads(process)? {
                // A thread may end between the listing and this.
                let stat = fs::read_to_string(format!("/proc/{process}/task/{thread}/schedstat"));
                let ns = stat.ok().and_then(|stat| stat.split(' ').next()?.parse().ok());
                threads_ns.insert(thread, ns.unwrap_or(0));
            }
        }
        Ok(Cpu { threads_ns, ticks_ns })
    }

    /// Bytes in RAM, counting shared pages in full.
    pub(crate) fn rss_bytes(&self) -> u64 {
        self.sum("status", "VmRSS:")
    }

    /// Bytes in RAM, counting shared pages in part.
    pub(crate) fn pss_bytes(&self) -> u64 {
        self.sum("smaps_rollup", "Pss:")
    }

    fn sum(&self, file: &str, key: &str) -> u64 {
        let of = |process: u32| {
            let text = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
            kib(&text, key).unwrap_or(0) * 1024
        };
        self.all().into_iter().map(of).sum()
    }

    /// The process and all below it.
    fn all(&self) -> Vec<u32> {
        let mut all = vec![self.root];
        let mut next = 0;
        while let Some(process) = all.get(next).copied() {
            for thread in threads(process).unwrap_or_default() {
                let path = format!("/proc/{process}/task/{thread}/children");
                let children = fs::read_to_string(path).unwrap_or_default();
                all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            }
            next += 1;
        }
        all
    }
}

/// The figure behind this key in a file of lines such as `VmRSS:  123 kB`.
pub(crate) fn kib(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

fn threads(process: u32) -> Result<Vec<u32>> {
    let tasks = fs::read_dir(format!("/proc/{process}/task"));
    let tasks = tasks.with_context(|| format!("process {process} is not there"))?;
    let name = |task: std::io::Result<fs::DirEntry>| task.ok()?.file_name().to_str()?.parse().ok();
    Ok(tasks.filter_map(name).collect())
}

fn ticks(process: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may have spaces in it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let field = |at: usize| fields.split_whitespace().nth(at).and_then(|f| f.parse::<u64>().ok());
    let (user, system) = (field(11), field(12));
    user.zip(system).map(|(user, system)| user + system).context("no times in stat")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(threads: &[(u32, u64)], ticks_ns: u64) -> Cpu {
        Cpu { threads_ns: threads.iter().copied().collect(), ticks_ns }
    }

    #[test]
    fn threads_are_exact_until_one_of_them_ends() {
        let before = cpu(&[(1, 100), (2, 50)], 1_000);
        assert_eq!(cpu(&[(1, 130), (2, 50), (3, 7)], 5_000).since(&before), 37);
        assert_eq!(cpu(&[(1, 130)], 5_000).since(&before), 4_000);
    }

    #[test]
    fn figures_are_found_by_their_key() {
        assert_eq!(kib("Name: x\nVmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234));
        assert_eq!(kib("Name: x\n", "VmRSS:"), None);
    }
}
