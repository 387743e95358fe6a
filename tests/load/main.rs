//! `load`: people, as many as fit into one process, who talk to a chat server and measure it.
//!
//! Started by `cargo xtask bench`, one workload at a time. It has no WebSocket library: every cycle
//! that it spends is one that it cannot load the server with. Each result is a line of JSON; it ends
//! with 1 if anybody heard too little, too much, something else or in another order.

mod frame;
mod payload;
mod upgrade;
mod v1;

mod connection;
mod crowd;
mod talk;

mod kernel;
mod latency;
mod process;
mod report;
mod span;

mod bare;
mod idle;
mod paced;
mod posts;
mod restart;
mod rooms;
mod saturated;
mod stalled;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crowd::Crowd;
use process::Processes;
use report::{merged, print};

/// What the plain protocol calls a message.
const CHAT: frame::Kind = *b"ch";

#[derive(Parser)]
#[command(about = "The benchmark's load generator: `cargo xtask bench` starts it")]
struct Arguments {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Subcommand)]
enum Workload {
    /// A: a room with so many messages in flight, one measurement for each number given
    Saturated {
        #[command(flatten)]
        on: On,
        #[arg(long, value_delimiter = ',')]
        in_flight: Vec<u64>,
    },
    /// B: one publisher at a steady pace
    Paced {
        #[command(flatten)]
        on: On,
        #[arg(long)]
        per_second: f64,
    },
    /// C: many rooms of so many people, who speak at a steady pace altogether
    Rooms {
        #[command(flatten)]
        on: On,
        #[arg(long)]
        rooms: usize,
        #[arg(long)]
        per_second: f64,
    },
    /// D: memory of connections that say nothing; then one publisher at a slow pace, if given
    Idle {
        #[command(flatten)]
        on: On,
        #[arg(long)]
        per_second: Option<f64>,
    },
    /// E: so many clients more never read
    Stalled {
        #[command(flatten)]
        on: On,
        #[arg(long)]
        stalled: usize,
    },
    /// F: everyone reconnects while the server is started again, which is asked for by a line
    Restart {
        #[command(flatten)]
        on: On,
        /// As clients of `hubbub.v1`, who resume
        #[arg(long)]
        v1: bool,
    },
    /// G: posts to disk, so many in flight on each connection
    Posts {
        #[command(flatten)]
        on: On,
        #[arg(long)]
        in_flight: u64,
    },
    /// A server that only writes
    Bare {
        /// Messages in a write
        #[arg(long, default_value_t = 1)]
        batch: usize,
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
}

/// The server that is measured, and how.
#[derive(Args)]
struct On {
    #[arg(long)]
    server: SocketAddr,
    /// The server's process; those below it count as well
    #[arg(long)]
    pid: u32,
    #[arg(long)]
    people: usize,
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Length of a message's text
    #[arg(long, default_value_t = 100)]
    bytes: usize,
}

impl On {
    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    fn processes(&self) -> Processes {
        Processes::new(self.pid)
    }

    /// Nobody yet.
    fn crowd(&self) -> Result<Crowd> {
        Crowd::new(self.server, CHAT)
    }

    /// Everybody connected.
    fn gathered(&self) -> Result<Crowd> {
        let mut crowd = self.crowd()?;
        crowd.connect(self.people)?;
        Ok(crowd)
    }
}

fn main() -> Result<()> {
    match Arguments::parse().workload {
        Workload::Saturated { on, in_flight } => {
            let (mut crowd, server) = (on.gathered()?, on.processes());
            for in_flight in in_flight {
                let (people, bytes) = (on.people, on.bytes);
                let time = on.time();
                print(&saturated::saturated(&mut crowd, &server, people, in_flight, time, bytes)?)?;
            }
            Ok(())
        }
        Workload::Paced { on, per_second } => {
            let (mut crowd, server) = (on.gathered()?, on.processes());
            let (people, bytes) = (on.people, on.bytes);
            print(&paced::paced(&mut crowd, &server, people, per_second, on.time(), bytes)?)
        }
        Workload::Rooms { on, rooms, per_second } => {
            let (mut crowd, server) = (on.crowd()?, on.processes());
            crowd.connect(rooms * on.people)?;
            let (people, bytes) = (on.people, on.bytes);
            print(&rooms::rooms(&mut crowd, &server, rooms, people, per_second, on.time(), bytes)?)
        }
        Workload::Stalled { on, stalled } => {
            let (mut crowd, server) = (on.gathered()?, on.processes());
            let (people, bytes) = (on.people, on.bytes);
            print(&stalled::stalled(&mut crowd, &server, people, stalled, on.time(), bytes)?)
        }
        Workload::Restart { on, v1 } => {
            let mut crowd = on.crowd()?;
            let restart = if v1 { restart::v1 } else { restart::plain };
            print(&restart(&mut crowd, on.people, on.bytes)?)
        }
        Workload::Posts { on, in_flight } => {
            let (mut crowd, server) = (on.crowd()?, on.processes());
            let (people, time) = (on.people, on.time());
            print(&posts::posts(&mut crowd, &server, people, in_flight, time, on.bytes)?)
        }
        Workload::Idle { on, per_second } => {
            let (mut crowd, server) = (on.crowd()?, on.processes());
            let weight = idle::idle(&mut crowd, &server, on.people)?;
            let people = idle::WARM_UP + on.people;
            let paced = match per_second {
                Some(pace) => paced::paced(&mut crowd, &server, people, pace, on.time(), on.bytes)?,
                None => json!({}),
            };
            print(&merged([weight, paced]))
        }
        Workload::Bare { batch, port } => bare::serve(batch, port),
    }
}
