//! The bar: what Hubbub is meant to reach, and whether it did here and now. Pure.
//!
//! Judged by medians of the run that has just ended. What was not measured is said to be so.

use super::figures::{Figures, Measurement, Point};
use super::limit;
use super::server::Server;
use super::table::number;

/// Idle memory of the process, and of a connection.
const IDLE_RSS_MB_MAX: f64 = 15.0;
const CONNECTION_BYTES_MAX: f64 = 1024.0;

const START_MS_MAX: f64 = 100.0;
const POSTS_PER_S_MIN: f64 = 20_000.0;
const CROWD_P99_MS_MAX: f64 = 100.0;
const RESTART_S_MAX: f64 = 10.0;

/// How near to the bare loop at the same number of sockets and frames per write.
const EFFICIENCY_MIN: f64 = 0.85;

/// CPU against Bun's: less, and much less where frames are many.
const TO_BUN_MAX: f64 = 1.0;
const TO_BUN_MAX_FULL: f64 = 0.7;

/// How much worse those who read may be off beside those who do not, and what counts as no growth:
/// an allocator takes its memory in steps of about so much.
const BESIDE_STALLED_MAX: f64 = 2.0;
const GROWN_MB_MAX: f64 = 4.0;

const MB: f64 = 1024.0 * 1024.0;

/// One line of the bar.
pub(super) struct Verdict {
    what: String,
    bar: String,
    /// What was found, and whether it is enough. `None`: not measured.
    found: Option<(String, bool)>,
}

impl Verdict {
    /// Whether it was measured.
    pub(super) fn is_known(&self) -> bool {
        self.found.is_some()
    }

    pub(super) fn line(&self) -> String {
        let Self { what, bar, found } = self;
        match found {
            Some((found, true)) => format!("met     {what}: {found} (bar: {bar})"),
            Some((found, false)) => format!("MISSED  {what}: {found} (bar: {bar})"),
            None => format!("–       {what}: not measured (bar: {bar})"),
        }
    }

    fn at_most(what: impl Into<String>, found: Option<f64>, max: f64, unit: &str) -> Self {
        let found = found.map(|found| (format!("{}{unit}", number(found)), found <= max));
        Self { what: what.into(), bar: format!("≤ {}{unit}", number(max)), found }
    }

    fn at_least(what: impl Into<String>, found: Option<f64>, min: f64, unit: &str) -> Self {
        let found = found.map(|found| (format!("{}{unit}", number(found)), found >= min));
        Self { what: what.into(), bar: format!("≥ {}{unit}", number(min)), found }
    }
}

pub(super) fn verdicts(figures: &Figures) -> Vec<Verdict> {
    let hubbub = |workload: &str, point: &[(&'static str, u64)]| {
        figures.find(workload, Server::Hubbub, &point.iter().copied().collect())
    };
    let median = |of: Option<&Measurement>, figure: &str| of?.median(figure);
    let mut all = Vec::new();
    for people in [200, 1_000] {
        for in_flight in [1, 8, 64] {
            let point = Point::from([("people", people), ("in_flight", in_flight)]);
            let cpu = |server| figures.find("A", server, &point)?.median("cpu_ns_per_delivery");
            let ratio = cpu(Server::Hubbub).zip(cpu(Server::Bun)).map(|(own, bun)| own / bun);
            let is_full = (people, in_flight) == (1_000, 64);
            let max = if is_full { TO_BUN_MAX_FULL } else { TO_BUN_MAX };
            let where_ = format!("{people} people, {in_flight} in flight");
            all.push(Verdict::at_most(format!("CPU ÷ Bun's, {where_}"), ratio, max, ""));
            let near = hubbub("A", &[("people", people), ("in_flight", in_flight)]);
            let near = near.and_then(|near| limit::efficiency(figures, near));
            let what = format!("of the bare loop, {where_}");
            all.push(Verdict::at_least(what, near, EFFICIENCY_MIN, ""));
        }
    }
    let paced = hubbub("B", &[("people", 1_000), ("per_second", 100)]);
    let near = paced.and_then(|paced| limit::efficiency(figures, paced));
    let what = "of the bare loop, 1,000 people at 100 msg/s";
    all.push(Verdict::at_least(what, near, EFFICIENCY_MIN, ""));

    let idle = median(hubbub("D", &[("people", 10_000)]), "rss_bytes_per_connection");
    all.push(Verdict::at_most(
        "memory of an idle connection",
        idle,
        CONNECTION_BYTES_MAX,
        " bytes",
    ));
    let posts = median(hubbub("G", &[("people", 64), ("in_flight", 64)]), "posts_per_s");
    all.push(Verdict::at_least("durable posts", posts, POSTS_PER_S_MIN, " per second"));
    let start = hubbub("S", &[]);
    let rss = median(start, "idle_rss_bytes").map(|bytes| bytes / MB);
    all.push(Verdict::at_most("idle memory", rss, IDLE_RSS_MB_MAX, " MB"));
    let first = median(start, "first_start_ms");
    all.push(Verdict::at_most("cold start to accepting", first, START_MS_MAX, " ms"));

    let crowd = median(hubbub("B", &[("people", 10_000), ("per_second", 5)]), "p99_us");
    let crowd = crowd.map(|us| us / 1e3);
    all.push(Verdict::at_most("post to all of 10,000, p99", crowd, CROWD_P99_MS_MAX, " ms"));

    let stalled = hubbub("E", &[("people", 990), ("stalled", 10)]);
    for (load, what) in [("paced", "at 100 msg/s"), ("large", "saturated with 4 KB")] {
        let without = median(stalled, &format!("{load}_p99_us"));
        let beside = median(stalled, &format!("{load}_p99_us_beside"));
        let ratio = beside.zip(without).map(|(beside, without)| beside / without);
        let what = format!("p99 beside 1 % who never read, {what}");
        all.push(Verdict::at_most(what, ratio, BESIDE_STALLED_MAX, "×"));
    }
    let grown = median(stalled, "rss_bytes_grown").map(|bytes| bytes / MB);
    all.push(Verdict::at_most("memory grown by those", grown, GROWN_MB_MAX, " MB"));

    for (v1, protocol) in [(1, "hubbub.v1, resumed"), (0, "plain")] {
        let heard = median(hubbub("F", &[("people", 10_000), ("v1", v1)]), "heard_s");
        let what = format!("10,000 back after a kill ({protocol})");
        all.push(Verdict::at_most(what, heard, RESTART_S_MAX, " s"));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bar_is_met_missed_or_not_measured() {
        let mut figures = Figures::default();
        let point = Point::from([("people", 200), ("in_flight", 8)]);
        for (server, ns) in [(Server::Hubbub, 300.0), (Server::Bun, 600.0)] {
            figures.add("A", server, &point, &json!({ "cpu_ns_per_delivery": ns }));
        }
        let posts = Point::from([("people", 64), ("in_flight", 64)]);
        figures.add("G", Server::Hubbub, &posts, &json!({ "posts_per_s": 12_000.0 }));
        let lines: Vec<String> = verdicts(&figures).iter().map(Verdict::line).collect();
        let has = |wanted: &str| lines.iter().any(|line| line == wanted);
        assert!(
            has("met     CPU ÷ Bun's, 200 people, 8 in flight: 0.50 (bar: ≤ 1.00)"),
            "{lines:#?}"
        );
        assert!(has("MISSED  durable posts: 12,000 per second (bar: ≥ 20,000 per second)"));
        assert!(has("–       idle memory: not measured (bar: ≤ 15.0 MB)"));
    }
}
