//! The pictures of the README, drawn from what was measured: CPU by room size, latency by load,
//! memory by connections. Written to `docs/bench`, and only those for which there is enough.

mod scale;

mod chart;

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;

use super::figures::{Figures, Measurement};
use super::server::Server;
use crate::say::say;
use crate::workspace::Workspace;
use chart::{Chart, Line, Panel};

const MB: f64 = 1024.0 * 1024.0;

pub(super) fn draw(workspace: &Workspace, figures: &Figures) -> Result<()> {
    let charts =
        [("cpu", cpu(figures)), ("latency", latency(figures)), ("memory", memory(figures))];
    let directory = workspace.root.join("docs/bench");
    for (name, chart) in charts {
        // A line of one point shows no way.
        let is_line = |line: &Line| line.points.len() > 1;
        let has_lines = chart.panels.iter().any(|panel| panel.lines.iter().any(is_line));
        if let Some(svg) = chart.svg().filter(|_| has_lines) {
            fs::create_dir_all(&directory)?;
            let file = directory.join(format!("{name}.svg"));
            fs::write(&file, svg)?;
            say(format!("bench: drawn {}", file.display()));
        }
    }
    Ok(())
}

fn cpu(figures: &Figures) -> Chart {
    let panel = |in_flight| Panel {
        title: match in_flight {
            1 => "1 message in flight".into(),
            more => format!("{more} messages in flight"),
        },
        lines: lines(figures, "A", |of| {
            (of.point.get("in_flight") == Some(&in_flight)).then_some(())?;
            Some((*of.point.get("people")? as f64, of.median("cpu_ns_per_delivery")?))
        }),
    };
    Chart {
        title: "Server CPU for one message to one person".into(),
        x: "people in the room",
        y: "nanoseconds",
        panels: at(figures, "in_flight").into_iter().map(panel).collect(),
    }
}

fn latency(figures: &Figures) -> Chart {
    let panel = |people| Panel {
        title: format!("{people} people"),
        lines: lines(figures, "A", |of| {
            (of.point.get("people") == Some(&people)).then_some(())?;
            let per_s = of.median("messages_per_s")? * (people as f64 - 1.0);
            Some((per_s, of.median("p99_us")? / 1e3))
        }),
    };
    Chart {
        title: "Latency under load: 1, 8 and 64 messages in flight".into(),
        x: "deliveries per second",
        y: "p99, milliseconds",
        panels: at(figures, "people")
            .into_iter()
            .filter(|people| *people >= 200)
            .map(panel)
            .collect(),
    }
}

fn memory(figures: &Figures) -> Chart {
    let lines = lines(figures, "D", |of| {
        Some((*of.point.get("people")? as f64, of.median("rss_bytes_after")? / MB))
    });
    Chart {
        title: "Memory of the server's processes by idle connections".into(),
        x: "connections",
        y: "megabytes (RSS)",
        panels: vec![Panel { title: String::new(), lines }],
    }
}

/// The places of workload A on this axis.
fn at(figures: &Figures, axis: &str) -> BTreeSet<u64> {
    figures.of("A").filter_map(|there| there.point.get(axis).copied()).collect()
}

/// A line for each server, through its points in the order of what was asked of it.
fn lines(
    figures: &Figures,
    workload: &str,
    place: impl Fn(&Measurement) -> Option<(f64, f64)>,
) -> Vec<Line> {
    let line = |server: Server| {
        let own = figures.of(workload).filter(|there| there.server == server);
        let mut own: Vec<&Measurement> = own.collect();
        own.sort_by_key(|there| (there.point.get("people"), there.point.get("in_flight")));
        let points: Vec<(f64, f64)> = own.into_iter().filter_map(&place).collect();
        let class = match server {
            Server::Hubbub => "hubbub",
            Server::Bun => "bun",
            Server::Node => "node",
            Server::Axum => "axum",
            Server::Bare => "bare",
        };
        Line { name: server.name(), class, points }
    };
    // Hubbub last: on top.
    Server::ALL.into_iter().rev().map(line).filter(|line| !line.points.is_empty()).collect()
}
