//! What was measured: figures by workload, server and point, with the value of every round. Pure,
//! apart from writing its JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::Server;

/// Where on its axes a measurement lies: `people`, `in_flight`, `per_second`, `rooms`.
///
/// All are whole, and so they are kept: equal points have to be found again.
pub(crate) type Point = BTreeMap<&'static str, u64>;

pub(crate) struct Measurement {
    pub(super) workload: &'static str,
    pub(super) server: Server,
    pub(super) point: Point,
    /// By figure; one value for each round.
    pub(super) values: BTreeMap<String, Vec<f64>>,
}

#[derive(Default)]
pub(crate) struct Figures {
    pub(super) all: Vec<Measurement>,
}

/// The middle of some values, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(super) min: f64,
    pub(super) median: f64,
    pub(super) max: f64,
}

impl Spread {
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self { min, median, max })
    }
}

impl Figures {
    /// Adds a round: an object of numbers.
    pub(super) fn add(
        &mut self,
        workload: &'static str,
        server: Server,
        point: &Point,
        round: &Value,
    ) {
        let found = self.all.iter().position(|there| {
            there.workload == workload && there.server == server && there.point == *point
        });
        let at = found.unwrap_or_else(|| {
            let (point, values) = (point.clone(), BTreeMap::new());
            self.all.push(Measurement { workload, server, point, values });
            self.all.len() - 1
        });
        for (figure, value) in round.as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64() {
                self.all[at].values.entry(figure.clone()).or_default().push(value);
            }
        }
    }

    pub(super) fn of(&self, workload: &str) -> impl Iterator<Item = &Measurement> {
        self.all.iter().filter(move |measurement| measurement.workload == workload)
    }

    pub(super) fn find(
        &self,
        workload: &str,
        server: Server,
        point: &Point,
    ) -> Option<&Measurement> {
        self.of(workload).find(|there| there.server == server && there.point == *point)
    }

    pub(super) fn json(&self) -> Value {
        let measurement = |measurement: &Measurement| {
            json!({
                "workload": measurement.workload,
                "server": measurement.server.name(),
                "parameters": measurement.point,
                "values": measurement.values,
            })
        };
        self.all.iter().map(measurement).collect()
    }
}

impl Measurement {
    pub(super) fn spread(&self, figure: &str) -> Option<Spread> {
        Spread::of(self.values.get(figure)?)
    }

    pub(super) fn median(&self, figure: &str) -> Option<f64> {
        self.spread(figure).map(|spread| spread.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_what_is_no_number_does_not_count() {
        let spread = |values: &[f64]| Spread::of(values);
        let of = |min, median, max| Some(Spread { min, median, max });
        assert_eq!(spread(&[3.0, 1.0, 2.0]), of(1.0, 2.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]), of(1.0, 2.5, 4.0));
        assert_eq!(spread(&[f64::NAN, 5.0, f64::INFINITY]), of(5.0, 5.0, 5.0));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn rounds_of_one_point_come_together() {
        let mut figures = Figures::default();
        let point = |people| Point::from([("people", people)]);
        for (people, ns) in [(200, 1.0), (1_000, 5.0), (200, 3.0)] {
            figures.add("A", Server::Bun, &point(people), &json!({ "ns": ns, "note": "text" }));
        }
        let found = figures.find("A", Server::Bun, &point(200)).unwrap();
        assert_eq!(found.values["ns"], [1.0, 3.0]);
        assert_eq!(found.median("ns"), Some(2.0));
        assert!(figures.find("A", Server::Hubbub, &point(200)).is_none());
    }
}
