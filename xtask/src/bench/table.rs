//! Tables for people: one for each workload, aligned, median first and the spread behind it. Pure.

use super::figures::{Figures, Measurement, Point, Spread};
use super::limit;
use super::server::Server;

/// A workload's title and what its table shows.
struct Shown {
    workload: &'static str,
    title: &'static str,
    columns: &'static [Column],
    /// The figure by which servers are compared. Empty: they are not.
    compared: &'static str,
}

/// A figure, its heading, and what to divide it by.
struct Column(&'static str, &'static str, f64);

/// The axes of all workloads, in the order in which people think of them.
const AXES: [&str; 6] = ["rooms", "people", "stalled", "in_flight", "per_second", "v1"];

const US_TO_MS: f64 = 1e3;
const KB: f64 = 1024.0;
const MB: f64 = 1024.0 * 1024.0;

const SHOWN: [Shown; 8] = [
    Shown {
        workload: "A",
        title: "A: a saturated room, 16 senders",
        columns: &[
            Column("cpu_ns_per_delivery", "ns CPU per delivery", 1.0),
            Column("frames_per_write", "frames/write", 1.0),
            Column("messages_per_s", "messages/s", 1.0),
            Column("p50_us", "p50 ms", US_TO_MS),
            Column("p99_us", "p99 ms", US_TO_MS),
        ],
        compared: "cpu_ns_per_delivery",
    },
    Shown {
        workload: "B",
        title: "B: one publisher at a steady pace",
        columns: &[
            Column("cpu_ns_per_delivery", "ns CPU per delivery", 1.0),
            Column("frames_per_write", "frames/write", 1.0),
            Column("p50_us", "p50 ms", US_TO_MS),
            Column("p99_us", "p99 ms", US_TO_MS),
            Column("p999_us", "p99.9 ms", US_TO_MS),
        ],
        compared: "cpu_ns_per_delivery",
    },
    Shown {
        workload: "C",
        title: "C: rooms of ten",
        columns: &[
            Column("cpu_ns_per_delivery", "ns CPU per delivery", 1.0),
            Column("p50_us", "p50 ms", US_TO_MS),
            Column("p99_us", "p99 ms", US_TO_MS),
            Column("enter_s", "all entered s", 1.0),
        ],
        compared: "cpu_ns_per_delivery",
    },
    Shown {
        workload: "D",
        title: "D: connections that say nothing (slab and buffers: both ends together)",
        columns: &[
            Column("rss_bytes_per_connection", "RSS KB each", KB),
            Column("slab_bytes_per_connection", "kernel slab KB each", KB),
            Column("socket_bytes_per_connection", "buffers KB each", KB),
            Column("rss_bytes_after", "RSS MB", MB),
            Column("connect_s", "connected in s", 1.0),
            Column("p99_us", "p99 ms at 5 msg/s", US_TO_MS),
        ],
        compared: "rss_bytes_per_connection",
    },
    Shown {
        workload: "E",
        title: "E: ten of a thousand never read; the others' latency without and with them",
        columns: &[
            Column("paced_p99_us", "100/s p99 ms", US_TO_MS),
            Column("paced_p99_us_beside", "with", US_TO_MS),
            Column("large_p99_us", "4 KB, 8 in flight p99 ms", US_TO_MS),
            Column("large_p99_us_beside", "with", US_TO_MS),
            Column("rss_bytes_grown", "RSS grown MB", MB),
        ],
        compared: "",
    },
    Shown {
        workload: "F",
        title: "F: killed and started again while everyone reconnects",
        columns: &[
            Column("back_s", "all back s", 1.0),
            Column("heard_s", "all hear a new message s", 1.0),
            Column("missed", "events missed and resumed", 1.0),
        ],
        compared: "heard_s",
    },
    Shown {
        workload: "G",
        title: "G: posts to disk, answered after the flush",
        columns: &[
            Column("posts_per_s", "posts/s", 1.0),
            Column("p50_us", "p50 ms", US_TO_MS),
            Column("p99_us", "p99 ms", US_TO_MS),
            Column("cpu_us_per_post", "µs CPU per post", 1.0),
            Column("drained_s", "last answer after s", 1.0),
        ],
        compared: "",
    },
    Shown {
        workload: "S",
        title: "S: from the start of the process to accepting",
        columns: &[
            Column("first_start_ms", "first start ms", 1.0),
            Column("start_ms", "on its data ms", 1.0),
            Column("idle_rss_bytes", "idle RSS MB", MB),
        ],
        compared: "first_start_ms",
    },
];

/// The table of a workload, if anything was measured of it.
pub(super) fn table(figures: &Figures, workload: &str) -> Option<String> {
    let shown = SHOWN.iter().find(|shown| shown.workload == workload)?;
    let mut measured: Vec<&Measurement> = figures.of(workload).collect();
    // A stable sort: servers stay in the order of the round.
    measured.sort_by_key(|measurement| order(&measurement.point));
    let first = measured.first()?;
    // Elsewhere the bare loop is not at the same work.
    let with_limit = ["A", "B"].contains(&workload)
        && figures.of(workload).any(|there| limit::efficiency(figures, there).is_some());
    let compares = !shown.compared.is_empty() && measured.iter().any(|m| m.server == Server::Bun);
    let mut head: Vec<String> = axes(first).map(|(axis, _)| axis.replace('_', " ")).collect();
    head.push("server".into());
    head.extend(shown.columns.iter().map(|Column(_, heading, _)| (*heading).to_owned()));
    head.extend(compares.then(|| "÷ bun".into()));
    head.extend(with_limit.then(|| "% of bare".into()));
    let mut rows = vec![head];
    for measurement in measured {
        let mut row: Vec<String> = axes(measurement).map(|(_, at)| at.to_string()).collect();
        row.push(measurement.server.name().into());
        row.extend(shown.columns.iter().map(|Column(figure, _, unit)| {
            measurement.spread(figure).map_or("–".into(), |spread| cell(spread, *unit))
        }));
        let ratio = || {
            let bun = figures.find(workload, Server::Bun, &measurement.point)?;
            Some(measurement.median(shown.compared)? / bun.median(shown.compared)?)
        };
        row.extend(compares.then(|| ratio().map_or("–".into(), |ratio| format!("{ratio:.2}"))));
        let near = |part: f64| format!("{:.0}", part * 100.0);
        let efficiency = || limit::efficiency(figures, measurement).map_or("–".into(), near);
        row.extend(with_limit.then(efficiency));
        rows.push(row);
    }
    Some(format!("{}\n{}", shown.title, aligned(&rows)))
}

/// Where a measurement lies, in the order of [`AXES`].
fn axes(measurement: &Measurement) -> impl Iterator<Item = (&'static str, u64)> {
    AXES.into_iter().filter_map(|axis| Some((axis, *measurement.point.get(axis)?)))
}

fn order(point: &Point) -> [Option<u64>; AXES.len()] {
    AXES.map(|axis| point.get(axis).copied())
}

/// `12.3 (11.8–14.1)`; one round has no spread.
fn cell(spread: Spread, unit: f64) -> String {
    let Spread { min, median, max } = spread;
    let show = |value: f64| number(value / unit);
    if min.total_cmp(&max).is_eq() {
        return show(median);
    }
    format!("{} ({}–{})", show(median), show(min), show(max))
}

/// Three digits or a little more: none of these figures is known better.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    let text = format!("{size:.decimals$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let dot = if part.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{dot}{part}")
}

/// A table in Markdown that reads well as text, too.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:>width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule: String = widths.iter().map(|width| format!("{}:|", "-".repeat(width + 1))).collect();
    let (head, body) = rows.split_at(1);
    let body: String = body.iter().map(line).collect();
    format!("{}|{rule}\n{body}", line(&head[0]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_the_digits_that_are_known() {
        let numbers = [0.123, 5.0, 12.34, 1_234.5, 1_234_567.8, -157.2].map(number);
        assert_eq!(numbers, ["0.12", "5.00", "12.3", "1,234", "1,234,568", "-157"]);
    }

    #[test]
    fn a_row_shows_median_spread_and_its_ratio_to_bun() {
        let mut figures = Figures::default();
        let point = Point::from([("people", 200), ("in_flight", 8)]);
        for (server, values) in [(Server::Hubbub, [300.0, 330.0, 270.0]), (Server::Bun, [600.0; 3])]
        {
            for ns in values {
                figures.add("A", server, &point, &json!({ "cpu_ns_per_delivery": ns }));
            }
        }
        let table = table(&figures, "A").unwrap();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 5, "{table}");
        assert!(rows[3].contains("hubbub | ") && rows[3].contains("300 (270–330)"), "{table}");
        assert!(rows[3].ends_with(" 0.50 |") && rows[4].ends_with(" 1.00 |"), "{table}");
    }
}
