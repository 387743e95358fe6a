//! How near a server comes to the bare loop, at the same number of sockets and frames per write.
//!
//! The bare loop was measured at a few numbers of frames per write. What a write costs it in between
//! lies on a line; outside, a write is taken to cost what it costs at the end. Pure.

use super::figures::{Figures, Measurement};
use super::server::Server;

/// Frames per write and what such a write costs, in nanoseconds of CPU.
type Write = (f64, f64);

/// The bare loop's CPU for a delivery, divided by this one's: 1 is the limit itself.
pub(super) fn efficiency(figures: &Figures, of: &Measurement) -> Option<f64> {
    let frames = of.median("frames_per_write")?;
    let people = of.point.get("people")?;
    let bare = |there: &&Measurement| {
        there.server == Server::Bare && there.point.get("people") == Some(people)
    };
    let write = |there: &Measurement| -> Option<Write> {
        let frames = there.median("frames_per_write")?;
        Some((frames, there.median("cpu_ns_per_delivery")? * frames))
    };
    let mut writes: Vec<Write> = figures.all.iter().filter(bare).filter_map(write).collect();
    writes.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(write_cost(&writes, frames)? / frames / of.median("cpu_ns_per_delivery")?)
}

fn write_cost(writes: &[Write], frames: f64) -> Option<f64> {
    let above = writes.partition_point(|(at, _)| *at < frames);
    let (Some(low), Some(high)) = (above.checked_sub(1).map(|at| writes[at]), writes.get(above))
    else {
        return writes.get(above).or(writes.last()).map(|(_, ns)| *ns);
    };
    let part = (frames - low.0) / (high.0 - low.0);
    Some(low.1 + part * (high.1 - low.1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::figures::Point;

    #[test]
    fn a_write_between_two_measured_ones_lies_on_the_line() {
        let writes = [(1.0, 2_000.0), (8.0, 2_700.0), (64.0, 8_300.0)];
        assert_eq!(write_cost(&writes, 1.0), Some(2_000.0));
        assert_eq!(write_cost(&writes, 4.5), Some(2_350.0));
        assert_eq!(write_cost(&writes, 36.0), Some(5_500.0));
        assert_eq!(write_cost(&writes, 0.5), Some(2_000.0));
        assert_eq!(write_cost(&writes, 100.0), Some(8_300.0));
        assert_eq!(write_cost(&[], 1.0), None);
    }

    #[test]
    fn efficiency_compares_at_the_same_frames_per_write_and_people() {
        let mut figures = Figures::default();
        let point = |in_flight| Point::from([("people", 200), ("in_flight", in_flight)]);
        let round =
            |frames: f64, ns: f64| json!({ "frames_per_write": frames, "cpu_ns_per_delivery": ns });
        figures.add("A", Server::Bare, &point(1), &round(1.0, 2_000.0));
        figures.add("A", Server::Bare, &point(8), &round(8.0, 250.0));
        let elsewhere = Point::from([("people", 1_000)]);
        figures.add("B", Server::Bare, &elsewhere, &round(4.0, 9_000.0));
        figures.add("A", Server::Hubbub, &point(8), &round(4.0, 1_000.0));
        let hubbub = figures.find("A", Server::Hubbub, &point(8)).unwrap();
        assert_eq!(efficiency(&figures, hubbub), Some(0.5));
    }
}
