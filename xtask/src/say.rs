//! The one place that prints: a line at a time, with the seconds since the start.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::Instant;

/// Set by the first line, which comes before any work.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[expect(clippy::print_stdout, reason = "a build tool talks to whoever typed the command")]
pub(crate) fn say(line: impl Display) {
    println!("{:>7.1} s  {line}", START.elapsed().as_secs_f64());
}

/// A size for people: `12.3 KB` (1 KB is 1024 bytes).
pub(crate) fn kilobytes(bytes: u64) -> String {
    let tenths = bytes * 10 / 1024;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}
