//! `cargo xtask bench`: how fast Hubbub is, beside others, on this machine and now.
//!
//! Servers take turns at every point of every workload, for some rounds; the generator is a program
//! of `tests/load` on a core of its own. Prints a table for each workload and what became of the
//! bar. Slow is no error; a message that is lost, doubled or out of order is.

mod programs;
mod server;

mod plan;

mod figures;
mod limit;

mod table;

mod bar;

mod plot;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::say::say;
use crate::workspace::Workspace;
use figures::{Figures, Point};
use plan::{Plan, Run};
use programs::{Cores, Programs};
use server::{Child, Running, Server};

/// The workloads, by the letters of the bar; S is starting.
const ALL: [&str; 8] = ["S", "A", "B", "C", "D", "E", "F", "G"];
const QUICK: [&str; 5] = ["S", "A", "B", "D", "G"];

/// A median needs three.
const ROUNDS: usize = 3;

/// A message's text.
const PAYLOAD_BYTES: u64 = 100;

#[derive(Args)]
pub(crate) struct Options {
    /// One round of the most telling points, against Bun and the bare loop: two minutes
    #[arg(long)]
    quick: bool,
    /// How often everything is measured
    #[arg(long)]
    rounds: Option<usize>,
    /// A to G, or S for starting: A saturated room, B paced room, C many rooms, D idle
    /// connections, E people who never read, F restart, G posts to disk. All, unless named
    workload: Vec<String>,
}

pub(crate) fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    let workloads = chosen(options)?;
    let files_max = server::raise_open_files()?;
    let wanted: &[Server] = if options.quick { &Server::QUICK } else { &Server::ALL };
    let programs = Programs::build(workspace, wanted)?;
    let servers = programs.servers.clone();
    let plan = Plan { quick: options.quick, servers, files_max };
    let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { ROUNDS });

    let machine = machine(&programs, files_max);
    say(format!("bench: {machine}"));
    let load_before = programs::load_average()?;
    let mut figures = Figures::default();
    let mut wrong = Vec::new();
    for workload in &workloads {
        for round in 1..=rounds {
            say(format!("bench: {workload}, round {round} of {rounds}"));
            if let Err(errors) = measure(&programs, &plan, workload, &mut figures) {
                wrong.extend(errors);
            }
        }
        if let Some(table) = table::table(&figures, workload) {
            say(format!("{table}\n"));
        }
    }
    let load_after = programs::load_average()?;
    say(format!(
        "bench: load average {load_before:.1} before and {load_after:.1} after, what was measured \
         included; over loopback the receiver's side of a delivery is done inside the sender's \
         write, and is in the server's CPU"
    ));
    keep(workspace, &figures, &machine, [load_before, load_after])?;
    // A picture of half the points would go into the repository.
    if !options.quick {
        plot::draw(workspace, &figures)?;
    }
    let all = bar::verdicts(&figures);
    for verdict in all.iter().filter(|verdict| options.workload.is_empty() || verdict.is_known()) {
        say(format!("bench: {}", verdict.line()));
    }
    ensure!(wrong.is_empty(), "something was lost, doubled or out of order:\n{}", wrong.join("\n"));
    Ok(())
}

fn chosen(options: &Options) -> Result<Vec<&'static str>> {
    if options.workload.is_empty() {
        return Ok(if options.quick { QUICK.to_vec() } else { ALL.to_vec() });
    }
    let named = |workload: &String| {
        ALL.into_iter().find(|letter| letter.eq_ignore_ascii_case(workload)).ok_or_else(|| {
            anyhow::anyhow!("there is no workload {workload}; there are {}", ALL.join(", "))
        })
    };
    options.workload.iter().map(named).collect()
}

/// One round of one workload. What went wrong is told at the end: the others are still measured.
fn measure(
    programs: &Programs,
    plan: &Plan,
    workload: &'static str,
    figures: &mut Figures,
) -> Result<(), Vec<String>> {
    let mut wrong = Vec::new();
    let mut note = |server: Server, result: Result<()>| {
        if let Err(error) = result {
            let line = format!("{workload}, {}: {error:#}", server.name());
            say(format!("bench: WRONG: {line}"));
            wrong.push(line);
        }
    };
    if workload == "S" {
        for server in &plan.servers {
            note(*server, start(programs, *server, figures));
        }
    }
    for run in plan.of(workload) {
        note(run.server, take(programs, &run, figures));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Starts the server, lets the generator at it, and takes down what it found.
fn take(programs: &Programs, run: &Run, figures: &mut Figures) -> Result<()> {
    let mut running = Running::start(programs, run.server, run.batch)?;
    let mut load = programs.on(Cores::Generator, &programs.load);
    load.args(run.words.split(' '));
    load.args(["--bytes", &PAYLOAD_BYTES.to_string()]);
    load.args(["--server", &running.address.to_string(), "--pid", &running.pid().to_string()]);
    let load = load.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut load = Child(load);
    let mut lines: Vec<Value> = Vec::new();
    for line in BufReader::new(load.0.stdout.take().context("its output is a pipe")?).lines() {
        match &*line? {
            "restart" => running = running.restart(programs)?,
            line => lines.push(serde_json::from_str(line)?),
        }
    }
    ensure!(load.0.wait()?.success(), "the generator found something wrong: see above");
    ensure!(lines.len() == run.points.len(), "{} lines of figures", lines.len());
    for (point, line) in run.points.iter().zip(&lines) {
        figures.add(run.workload, run.server, point, line);
    }
    Ok(())
}

/// Workload S: a first start, what it holds at rest, and a start on what the first has left.
fn start(programs: &Programs, server: Server, figures: &mut Figures) -> Result<()> {
    let running = Running::start(programs, server, 1)?;
    let first_start_ms = running.started_in.as_secs_f64() * 1e3;
    let idle_rss_bytes = running.rss_bytes()?;
    let again = running.restart(programs)?;
    let start_ms = again.started_in.as_secs_f64() * 1e3;
    let round = json!({
        "first_start_ms": first_start_ms, "start_ms": start_ms, "idle_rss_bytes": idle_rss_bytes,
    });
    figures.add("S", server, &Point::new(), &round);
    Ok(())
}

/// What is measured with what.
fn machine(programs: &Programs, files_max: u64) -> String {
    let versions = programs.versions().into_iter();
    let versions = versions.map(|(what, version)| format!("{what}: {version}"));
    let versions = versions.collect::<Vec<_>>().join(", ");
    format!("{versions}, payload: {PAYLOAD_BYTES} bytes, open files: {files_max}")
}

fn keep(workspace: &Workspace, figures: &Figures, machine: &str, load: [f64; 2]) -> Result<()> {
    let file = workspace.made("bench/bench.json");
    let kept = json!({
        "machine": machine, "load_average": load, "measurements": figures.json(),
    });
    fs::write(&file, serde_json::to_string_pretty(&kept)?)?;
    say(format!("bench: all values are in {}", file.display()));
    Ok(())
}
