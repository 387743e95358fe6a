//! How long to wait before the next attempt to connect: full jitter, 0.5 s to 30 s, and already
//! the first attempt somewhere in the first two seconds.
//!
//! Full jitter spreads a crowd that lost its server in the same moment evenly over the wait:
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>.

const BASE_MS: u64 = 500;
const FIRST_CEILING_MS: u64 = 2_000;
const CEILING_MS: u64 = 30_000;

#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait before the next attempt, in milliseconds. `luck` is uniform in `0.0..1.0`.
    pub fn next_ms(&mut self, luck: f64) -> u64 {
        let ceiling = FIRST_CEILING_MS.saturating_mul(1 << self.failures.min(16)).min(CEILING_MS);
        self.failures = self.failures.saturating_add(1);
        BASE_MS + ((ceiling - BASE_MS) as f64 * luck.clamp(0.0, 1.0)) as u64
    }

    /// The server has answered.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_thirty_seconds_and_start_again_after_success() {
        let mut backoff = Backoff::default();
        let longest: Vec<u64> = (0..6).map(|_| backoff.next_ms(1.0)).collect();
        assert_eq!(longest, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff.next_ms(0.0), 500);
        backoff.reset();
        assert_eq!(backoff.next_ms(0.5), 1_250);
        assert_eq!(backoff.next_ms(0.5), 2_250);
    }
}
