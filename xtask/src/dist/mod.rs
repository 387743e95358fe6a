//! `cargo xtask dist`: the one file, with the site inside, the bill of what is in it, and what those
//! want said who wrote it.

mod linked;

mod bill;

mod notices;

use std::fs;

use anyhow::Result;

use crate::say::{kilobytes, say};
use crate::site;
use crate::workspace::Workspace;

pub(crate) fn dist(workspace: &Workspace) -> Result<()> {
    site::build(workspace)?.within_budget()?;
    say("server: compiling for handing out; this takes longer than `run`");
    let server = workspace.build_server("dist")?;
    let directory = workspace.root.join("dist");
    fs::create_dir_all(&directory)?;
    let file = directory.join(server.file_name().unwrap_or_default());
    let size = fs::copy(&server, &file)?;
    say(format!("dist: {} ({})", file.display(), kilobytes(size)));
    let bill = directory.join("hubbub.cdx.json");
    fs::write(&bill, bill::of(workspace, &file)?)?;
    say(format!("dist: {}", bill.display()));
    let notices = directory.join("THIRD-PARTY.txt");
    fs::write(&notices, notices::of(workspace)?)?;
    say(format!("dist: {}", notices.display()));
    Ok(())
}
