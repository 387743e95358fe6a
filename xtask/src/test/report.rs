//! What each step of a test run came to.

use anyhow::{Result, bail};

use crate::say::say;

#[derive(Default)]
pub(super) struct Report {
    steps: Vec<(String, bool)>,
}

impl Report {
    /// Runs a step and notes how it ended; an error is said here, once.
    pub(super) fn step<T>(&mut self, name: &str, run: impl FnOnce() -> Result<T>) -> Option<T> {
        say(format!("test: {name}"));
        let outcome = run();
        if let Err(error) = &outcome {
            say(format!("test: {name} failed: {error:#}"));
        }
        self.steps.push((name.to_owned(), outcome.is_ok()));
        outcome.ok()
    }

    /// A suite that had no server to run against.
    pub(super) fn left_out(&mut self, suite: &str) {
        self.steps.push((format!("suite {suite}, left out: no server was built"), false));
    }

    /// The closing lines; an error when any step failed.
    pub(super) fn close(self) -> Result<()> {
        for (name, passed) in &self.steps {
            say(format!("{} {name}", if *passed { "passed" } else { "FAILED" }));
        }
        let failed = self.steps.iter().filter(|(_, passed)| !passed).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.steps.len());
        }
        Ok(())
    }
}
