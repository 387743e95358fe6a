//! Times between sending and hearing, and their percentiles. Pure.

use serde_json::{Value, json};

/// Nanoseconds, in any order.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u64>);

impl Latencies {
    pub(crate) fn add(&mut self, ns: u64) {
        self.0.push(ns);
    }

    /// Count, percentiles and maximum, in microseconds.
    pub(crate) fn summary(mut self) -> Value {
        self.0.sort_unstable();
        let us = |permille: usize| percentile(&self.0, permille) as f64 / 1e3;
        json!({
            "count": self.0.len(),
            "p50_us": us(500),
            "p99_us": us(990),
            "p999_us": us(999),
            "max_us": us(1_000),
        })
    }
}

/// The smallest value that so many of a thousand do not exceed (nearest rank). 0 if there are none.
fn percentile(sorted: &[u64], permille: usize) -> u64 {
    let rank = (sorted.len() * permille).div_ceil(1_000).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let hundred: Vec<u64> = (1..=100).collect();
        let of = |permille| percentile(&hundred, permille);
        assert_eq!([of(0), of(500), of(990), of(999), of(1_000)], [1, 50, 99, 100, 100]);
        assert_eq!(percentile(&[7], 990), 7);
        assert_eq!(percentile(&[], 990), 0);
    }
}
