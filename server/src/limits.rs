//! How fast one person may change things: a token bucket each, over all their connections.
//!
//! Pure: the time is an argument. `chat` asks before it appends. Who waits long enough is forgotten.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use shared::protocol::UserId;

/// What somebody may do at once after a pause.
const BURST: f64 = 10.0;

/// What somebody may do in the long run: faster than anyone types.
const PER_SECOND: f64 = 2.0;

/// People remembered at once. A bucket is full again after five seconds and then means nothing:
/// beyond this many the full ones are forgotten, and then, if all are in use, the rest too.
const BUCKETS_MAX: usize = 10_000;

#[derive(Default)]
pub(crate) struct Limits {
    buckets: HashMap<UserId, Bucket>,
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Limits {
    /// Takes one token, or says how long to wait for it.
    pub(crate) fn take(&mut self, person: UserId, now: Instant) -> Result<(), Duration> {
        if self.buckets.len() >= BUCKETS_MAX && !self.buckets.contains_key(&person) {
            self.buckets.retain(|_, bucket| bucket.tokens_at(now) < BURST);
            if self.buckets.len() >= BUCKETS_MAX {
                self.buckets.clear();
            }
        }
        let bucket = self.buckets.entry(person).or_insert(Bucket { tokens: BURST, filled_at: now });
        bucket.tokens = bucket.tokens_at(now);
        bucket.filled_at = now;
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / PER_SECOND));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

impl Bucket {
    fn tokens_at(&self, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(self.filled_at).as_secs_f64();
        (self.tokens + waited * PER_SECOND).min(BURST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn ten_at_once_then_two_each_second_and_nobody_else_waits() {
        let (alice, bob) = (person(1), person(2));
        let start = Instant::now();
        let mut limits = Limits::default();
        for _ in 0..10 {
            assert_eq!(limits.take(alice, start), Ok(()));
        }
        assert_eq!(limits.take(alice, start), Err(Duration::from_millis(500)));
        assert_eq!(limits.take(bob, start), Ok(()));
        let later = start + Duration::from_millis(1_000);
        assert_eq!(limits.take(alice, later), Ok(()));
        assert_eq!(limits.take(alice, later), Ok(()));
        assert!(limits.take(alice, later).is_err());
    }

    #[test]
    fn a_crowd_is_forgotten_when_it_rests() {
        let start = Instant::now();
        let mut limits = Limits::default();
        for number in 0..BUCKETS_MAX as u128 {
            assert_eq!(limits.take(person(number), start), Ok(()));
        }
        let later = start + Duration::from_secs(60);
        assert_eq!(limits.take(person(u128::MAX), later), Ok(()));
        assert_eq!(limits.buckets.len(), 1);
    }
}
