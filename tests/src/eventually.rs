//! Waiting for a condition that nothing announces: asked again and again, up to a deadline.

use std::time::Duration;

use tokio::time::{Instant, interval};

/// How long anything may take. Generous, for a busy machine, and longer than the five seconds in
/// which somebody who comes back was never away: only a failing test waits this long.
pub const DEADLINE: Duration = Duration::from_secs(20);

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Asks until there is an answer, and gives it back. Panics with `what` at the deadline.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut poll = interval(POLL_INTERVAL);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "waited in vain: {what}");
        poll.tick().await;
    }
}
