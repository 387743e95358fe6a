//! `cargo xtask run`: from sources to a server that answers.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::say::say;
use crate::site;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, serve: &[OsString]) -> Result<()> {
    site::build(workspace)?.within_budget()?;
    say("server: compiling");
    let server = workspace.build_server("release")?;
    say("server: starting `hubbub serve`");
    become_server(Command::new(server).arg("serve").args(serve))
}

/// Signals go straight to the server: Ctrl-C must reach it, and nobody stands in between.
#[cfg(unix)]
fn become_server(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_server(command: &mut Command) -> Result<()> {
    crate::workspace::succeed(command)
}
