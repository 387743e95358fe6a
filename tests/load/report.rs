//! What goes to standard output: one JSON object a line, for `cargo xtask bench` to read.

use std::io::Write as _;

use anyhow::Result;
use serde_json::Value;

/// The fields of all of them in one object.
pub(crate) fn merged(objects: impl IntoIterator<Item = Value>) -> Value {
    let fields = objects.into_iter().filter_map(|object| match object {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(fields.flatten().collect())
}

pub(crate) fn print(object: &Value) -> Result<()> {
    say(&object.to_string())
}

/// A line that somebody waits for, so it is flushed.
pub(crate) fn say(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
