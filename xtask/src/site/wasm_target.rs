//! The compiler's WebAssembly target: added through rustup when it is missing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::say::say;
use crate::workspace::succeed;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn ensure() -> Result<()> {
    if installed()? {
        return Ok(());
    }
    if Command::new("rustup").arg("--version").output().is_err() {
        bail!(
            "this Rust cannot compile to {TARGET} and there is no rustup to teach it: install Rust \
             through rustup, or the package of your system with Rust's library for that target \
             (on Debian: libstd-rust-dev-wasm32)"
        );
    }
    say(format!("client: adding the compiler's target {TARGET}"));
    succeed(Command::new("rustup").args(["target", "add", TARGET]))
}

/// Rust answers with a directory for any target that it knows; only an installed one has it.
fn installed() -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("cannot start rustc")?;
    let directory = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(directory.trim()).is_dir())
}
