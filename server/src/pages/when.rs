//! Times as these pages say them. The server does not know where the reader is: it says UTC.

use shared::civil::{Civil, day_name};

/// `Today at 07:58`, `Saturday, 21 November at 09:14`.
pub(super) fn moment(at_ms: i64, now_ms: i64) -> String {
    let (then, now) = (Civil::new(at_ms, 0), Civil::new(now_ms, 0));
    format!("{} at {}", day_name(then.day, Some(now.day)), then.time())
}

/// The same, or `Never`.
pub(super) fn moment_or_never(at_ms: i64, now_ms: i64) -> String {
    if at_ms == 0 { "Never".to_owned() } else { moment(at_ms, now_ms) }
}

/// `Today`, `Saturday, 21 November`.
pub(super) fn day(at_ms: i64, now_ms: i64) -> String {
    day_name(Civil::new(at_ms, 0).day, Some(Civil::new(now_ms, 0).day))
}
