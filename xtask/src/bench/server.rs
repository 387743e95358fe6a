//! The servers that are compared, and one of them running.
//!
//! All print one line with their address when they accept. A server is killed when its owner lets go
//! of it, and its data with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::programs::{Cores, Programs};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Server {
    Hubbub,
    Bun,
    Node,
    Axum,
    /// Nothing but writes of ready frames: the limit.
    Bare,
}

const PORTS: std::ops::Range<u16> = 21_000..21_500;

impl Server {
    pub(super) const ALL: [Self; 5] = [Self::Hubbub, Self::Bun, Self::Bare, Self::Axum, Self::Node];
    /// Whom the bar is about.
    pub(super) const QUICK: [Self; 3] = [Self::Hubbub, Self::Bun, Self::Bare];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hubbub => "hubbub",
            Self::Bun => "bun",
            Self::Node => "node+ws",
            Self::Axum => "axum",
            Self::Bare => "bare loop",
        }
    }
}

pub(super) struct Running {
    pub(super) address: SocketAddr,
    /// From the start of the process to the line that says it accepts.
    pub(super) started_in: Duration,
    server: Server,
    batch: usize,
    child: Child,
    data: PathBuf,
}

impl Running {
    /// Starts it with no data. `batch` is the bare loop's: messages in a write.
    pub(super) fn start(programs: &Programs, server: Server, batch: usize) -> Result<Self> {
        let data = programs.scratch.join("data");
        let _ = fs::remove_dir_all(&data);
        Self::start_on(programs, server, batch, data, free_port()?)
    }

    fn start_on(
        programs: &Programs,
        server: Server,
        batch: usize,
        data: PathBuf,
        port: u16,
    ) -> Result<Self> {
        let mut command = match server {
            Server::Hubbub => {
                let mut hubbub = programs.on(Cores::Servers, &programs.hubbub);
                hubbub.args(["serve", "--limits", "off", "--listen", &format!("127.0.0.1:{port}")]);
                hubbub.arg("--data").arg(&data);
                hubbub
            }
            Server::Bun => {
                let mut bun = programs.on(Cores::Servers, &programs.bun());
                bun.arg(programs.peers.join("bun.js"));
                bun
            }
            Server::Node => {
                let mut node = programs.on(Cores::Servers, "node".as_ref());
                node.arg(programs.peers.join("ws.js")).current_dir(&programs.npm);
                node
            }
            Server::Axum => programs.on(Cores::Servers, &programs.axum),
            Server::Bare => {
                let mut bare = programs.on(Cores::Servers, &programs.load);
                bare.args(["bare", "--batch", &batch.to_string(), "--port", &port.to_string()]);
                bare
            }
        };
        command.env("PORT", port.to_string());
        let log = fs::File::create(programs.scratch.join(format!("{}.log", server.name())))?;
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map(Child)
            .with_context(|| format!("cannot start {}", server.name()))?;
        let address = ready(&mut child.0);
        let address = address.with_context(|| format!("{} did not start", server.name()))?;
        let started_in = began.elapsed();
        Ok(Self { address, started_in, server, batch, child, data })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Bytes in RAM of the process.
    pub(super) fn rss_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.context("no VmRSS")? * 1024)
    }

    /// `kill -9`, and the same again on the same data and port.
    pub(super) fn restart(mut self, programs: &Programs) -> Result<Self> {
        self.child.kill();
        let (server, batch, port) = (self.server, self.batch, self.address.port());
        let data = std::mem::take(&mut self.data);
        Self::start_on(programs, server, batch, data, port)
    }
}

/// A process that does not outlive its owner.
pub(super) struct Child(pub(super) process::Child);

impl Child {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill();
        // Empty: somebody else goes on with it.
        if !self.data.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.data);
        }
    }
}

/// A port that nobody has, below those that the kernel gives to outgoing connections: a client that
/// dials a server which is not there would sometimes reach itself.
fn free_port() -> Result<u16> {
    let mut ports = PORTS.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    ports.next().context("no port is free")
}

/// Waits for the line that says where it is. The pipe stays open in the child's hands.
fn ready(child: &mut process::Child) -> Result<SocketAddr> {
    let mut lines = BufReader::new(child.stdout.as_mut().context("its output is a pipe")?).lines();
    loop {
        let line = lines.next().context("it ended without a word")??;
        if let Some((_, address)) = line.split_once("ready: http://") {
            return Ok(address.trim_end_matches('/').parse()?);
        }
    }
}

/// Lets the programs have as many sockets as this user may.
#[cfg(unix)]
pub(super) fn raise_open_files() -> Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(maximum.unwrap_or(u64::MAX))
}

#[cfg(not(unix))]
pub(super) fn raise_open_files() -> Result<u64> {
    anyhow::bail!("the benchmark reads /proc: it needs Linux")
}
