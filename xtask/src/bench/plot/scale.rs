//! A logarithmic axis: where a value lies in pixels, and where lines are worth drawing. Pure.

#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Values at the ends: powers of ten, or two or five times one.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Pixels at the ends. Downwards if the second is smaller.
    from: f64,
    to: f64,
}

impl Scale {
    /// The narrowest scale with round ends that holds all of the values.
    pub(super) fn around(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let sound = values.filter(|value| value.is_finite() && *value > 0.0);
        let ends = sound.fold(None, |ends: Option<(f64, f64)>, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let (low, high) = ends?;
        let low = round_numbers(low / 10.0, low).last().copied()?;
        let high = round_numbers(high, high * 10.0).into_iter().find(|end| *end > low)?;
        Some(Self { low, high, from, to })
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let part = (value / self.low).log10() / (self.high / self.low).log10();
        self.from + part * (self.to - self.from)
    }

    /// Powers of ten; with two and five times them where there are few.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let all = round_numbers(self.low, self.high);
        if all.len() <= 7 {
            return all;
        }
        let is_power = |value: &f64| (value.log10() - value.log10().round()).abs() < 1e-6;
        all.into_iter().filter(is_power).collect()
    }
}

/// 1, 2 and 5 times powers of ten from one value to another, both included.
fn round_numbers(low: f64, high: f64) -> Vec<f64> {
    const SLACK: f64 = 1e-9;
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    let all = (first..=last).flat_map(|power| [1.0, 2.0, 5.0].map(|x| x * 10_f64.powi(power)));
    all.filter(|x| *x >= low * (1.0 - SLACK) && *x <= high * (1.0 + SLACK)).collect()
}

/// `850`, `1.5k`, `20k`, `3M`.
pub(super) fn short(value: f64) -> String {
    let (value, unit) = match value {
        1e6.. => (value / 1e6, "M"),
        1e3.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let rounded = (value * 10.0).round() / 10.0;
    format!("{rounded}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_round_and_hold_every_value() {
        let scale = Scale::around([32.0, 1_000.0, f64::NAN, 0.0].into_iter(), 0.0, 100.0).unwrap();
        assert!((scale.low - 20.0).abs() < 1e-9 && (scale.high - 1_000.0).abs() < 1e-9);
        assert!((scale.at(20.0) - 0.0).abs() < 1e-9 && (scale.at(1_000.0) - 100.0).abs() < 1e-9);
        let middle = (20.0_f64 * 1_000.0).sqrt();
        assert!((scale.at(middle) - 50.0).abs() < 1e-9);
        assert!(Scale::around([].into_iter(), 0.0, 1.0).is_none());
        let one = Scale::around([100.0].into_iter(), 0.0, 1.0).unwrap();
        assert!(one.low < one.high);
    }

    #[test]
    fn ticks_are_few() {
        let scale = |low, high| Scale::around([low, high].into_iter(), 0.0, 1.0).unwrap();
        let close = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-6)
        };
        assert!(close(&scale(30.0, 900.0).ticks(), &[20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0]));
        assert!(close(&scale(1.0, 10_000.0).ticks(), &[1.0, 10.0, 100.0, 1_000.0, 10_000.0]));
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [850.0, 1_500.0, 20_000.0, 3e6, 0.2].map(short),
            ["850", "1.5k", "20k", "3M", "0.2"]
        );
    }
}
