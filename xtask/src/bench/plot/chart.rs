//! A chart as SVG: panels side by side over one vertical axis, lines that carry their names.
//!
//! Colours come from a style inside the file that knows light and dark; there is no background, so
//! that it lies on the reader's own. Pure: text out.

use std::fmt::Write as _;

use super::scale::{Scale, short};

pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    pub(super) panels: Vec<Panel>,
}

pub(super) struct Panel {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Line {
    pub(super) name: &'static str,
    /// Its colour: a class of [`STYLE`].
    pub(super) class: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

/// As wide as the text of a README.
const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 340.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 52.0;
const LEFT: f64 = 52.0;
/// Beside each panel, for the names of its lines.
const NAMES: f64 = 76.0;
const NAME_HEIGHT: f64 = 15.0;

const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#59636e}\
.title{font-size:15px;font-weight:600;fill:#1f2328}.panel{font-weight:600}\
.grid{stroke:#d1d9e0;stroke-width:1}\
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\
.hubbub{--c:#0969da}.bun{--c:#bc4c00}.node{--c:#8250df}.axum{--c:#1a7f37}.bare{--c:#818b98}\
.line,.dot{stroke:var(--c)}.dot{fill:var(--c)}.name{fill:var(--c);font-weight:600}\
.hubbub.line{stroke-width:3.5}.bare.line{stroke-dasharray:2 5}\
@media(prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.grid{stroke:#3d444d}\
.hubbub{--c:#4493f8}.bun{--c:#f0883e}.node{--c:#ab7df8}.axum{--c:#3fb950}.bare{--c:#9198a1}\
.name{fill:var(--c)}}";

impl Chart {
    /// `None` if there is nothing to draw.
    pub(super) fn svg(&self) -> Option<String> {
        let count = self.panels.len() as f64;
        let width = (WIDTH - LEFT) / count;
        let values = |of: fn(&(f64, f64)) -> f64| {
            let lines = self.panels.iter().flat_map(|panel| &panel.lines);
            lines.flat_map(|line| &line.points).map(of)
        };
        let y = Scale::around(values(|point| point.1), HEIGHT - BOTTOM, TOP)?;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-label=\"{}\">\n<style>{STYLE}</style>\n",
            self.title
        );
        text(&mut svg, "title", "start", 0.0, 18.0, &self.title);
        text(&mut svg, "", "start", 0.0, 38.0, self.y);
        for (nth, panel) in self.panels.iter().enumerate() {
            let left = LEFT + nth as f64 * width;
            let right = left + width - NAMES;
            let x = Scale::around(values(|point| point.0), left, right)?;
            for tick in y.ticks() {
                rule(&mut svg, (left, y.at(tick)), (right, y.at(tick)));
                if nth == 0 {
                    text(&mut svg, "", "end", left - 8.0, y.at(tick) + 4.0, &short(tick));
                }
            }
            for tick in x.ticks() {
                let bottom = HEIGHT - BOTTOM;
                rule(&mut svg, (x.at(tick), bottom), (x.at(tick), bottom + 4.0));
                text(&mut svg, "", "middle", x.at(tick), bottom + 18.0, &short(tick));
            }
            let middle = f64::midpoint(left, right);
            text(&mut svg, "", "middle", middle, HEIGHT - 12.0, self.x);
            text(&mut svg, "panel", "start", left, TOP - 12.0, &panel.title);
            panel.draw(&mut svg, x, y);
        }
        svg.push_str("</svg>\n");
        Some(svg)
    }
}

impl Panel {
    fn draw(&self, svg: &mut String, x: Scale, y: Scale) {
        let place = |point: &(f64, f64)| (x.at(point.0), y.at(point.1));
        for line in &self.lines {
            let points = line.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}"));
            let points = points.collect::<Vec<_>>().join(" ");
            let class = line.class;
            let _ = writeln!(svg, "<polyline class=\"{class} line\" points=\"{points}\"/>");
            for (x, y) in line.points.iter().map(place) {
                let _ = writeln!(
                    svg,
                    "<circle class=\"{class} dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"
                );
            }
        }
        let ends = self.lines.iter().filter_map(|line| line.points.last().map(place));
        let heights = apart(&ends.clone().map(|(_, y)| y).collect::<Vec<_>>());
        for ((line, end), height) in self.lines.iter().zip(ends).zip(heights) {
            let class = format!("{} name", line.class);
            text(svg, &class, "start", end.0 + 8.0, height + 4.0, line.name);
        }
    }
}

/// The same heights, moved as little as needed for a name to fit at each.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut moved = heights.to_vec();
    // Neighbours that are too near push each other away, half each, until all have room.
    for _ in 0..heights.len() * heights.len() {
        for pair in order.windows(2) {
            let missing = NAME_HEIGHT - (moved[pair[1]] - moved[pair[0]]);
            if missing > 0.0 {
                moved[pair[0]] -= missing / 2.0;
                moved[pair[1]] += missing / 2.0;
            }
        }
    }
    moved
}

fn text(svg: &mut String, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
    );
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        svg,
        "<line class=\"grid\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_near_lines_do_not_cover_each_other() {
        let moved = apart(&[100.0, 101.0, 200.0, 99.0]);
        assert!(moved[3] < moved[0] && moved[0] < moved[1] && moved[1] < moved[2]);
        for (low, high) in [(moved[3], moved[0]), (moved[0], moved[1])] {
            assert!(high - low > NAME_HEIGHT - 0.5, "{moved:?}");
        }
        assert!((moved[2] - 200.0).abs() < 1e-9);
    }

    #[test]
    fn a_chart_holds_its_lines_and_nothing_makes_none() {
        let line = Line { name: "bun", class: "bun", points: vec![(32.0, 100.0), (200.0, 90.0)] };
        let panel = Panel { title: "8 < 9".into(), lines: vec![line] };
        let chart = Chart { title: "CPU".into(), x: "people", y: "ns", panels: vec![panel] };
        let svg = chart.svg().unwrap();
        assert!(svg.contains("<polyline class=\"bun line\"") && svg.contains("8 &lt; 9"));
        assert!(Chart { panels: Vec::new(), ..chart }.svg().is_none());
    }
}
