//! Everything that the benchmark starts: built or installed, and pinned to its cores.
//!
//! The generator has the last core to itself and the servers share the others, so that a busy
//! generator never costs the server anything. What cannot be had is said in a line and left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use serde_json::Value;

use super::server::Server;
use crate::say::say;
use crate::site;
use crate::workspace::{Workspace, succeed};

/// The versions against which the bar was set; npm brings the program of the one and the code of
/// the other.
const NPM: [&str; 2] = ["bun@1.4", "ws@8"];

pub(crate) struct Programs {
    pub(super) hubbub: PathBuf,
    pub(super) load: PathBuf,
    pub(super) axum: PathBuf,
    /// Sources of the peers, and where npm has put what they need.
    pub(super) peers: PathBuf,
    pub(super) npm: PathBuf,
    /// Where databases and logs of a run lie.
    pub(super) scratch: PathBuf,
    /// Who takes part.
    pub(super) servers: Vec<Server>,
    cores: usize,
    can_pin: bool,
}

/// Which cores a program may have.
#[derive(Clone, Copy)]
pub(super) enum Cores {
    Servers,
    Generator,
}

impl Programs {
    pub(super) fn build(workspace: &Workspace, wanted: &[Server]) -> Result<Self> {
        if !workspace.site().is_dir() {
            site::build(workspace)?;
        }
        say("bench: building the server, the generator and the peers");
        let hubbub = workspace.build_server("release")?;
        succeed(&mut workspace.cargo("build --release -p hubbub-tests --bins"))?;
        let scratch = workspace.made("bench");
        fs::create_dir_all(&scratch)?;
        // A target directory may serve several clones, and the next build would be measured instead.
        let keep = |built: PathBuf| -> Result<PathBuf> {
            let kept = scratch.join(built.file_name().unwrap_or_default());
            fs::copy(built, &kept)?;
            Ok(kept)
        };
        let mut programs = Self {
            hubbub: keep(hubbub)?,
            load: keep(workspace.compiled("release/load"))?,
            axum: keep(workspace.compiled("release/peer-axum"))?,
            peers: workspace.root.join("tests/peers"),
            npm: workspace.made("npm-bench"),
            scratch,
            servers: wanted.to_vec(),
            cores: available_parallelism()?.get(),
            can_pin: Command::new("taskset").arg("--version").output().is_ok(),
        };
        if !programs.is_pinned() {
            say("bench: nothing is pinned: there is one core, or no `taskset` (util-linux)");
        }
        programs.find_peers();
        Ok(programs)
    }

    pub(super) fn is_pinned(&self) -> bool {
        self.can_pin && self.cores > 1
    }

    /// A call of this program on these cores.
    pub(super) fn on(&self, cores: Cores, program: &Path) -> Command {
        if !self.is_pinned() {
            return Command::new(program);
        }
        let last = self.cores - 1;
        let cores = match cores {
            Cores::Servers => format!("0-{}", last - 1),
            Cores::Generator => last.to_string(),
        };
        let mut taskset = Command::new("taskset");
        taskset.args(["-c", &cores]).arg(program);
        taskset
    }

    pub(super) fn bun(&self) -> PathBuf {
        self.npm.join("node_modules/.bin/bun")
    }

    /// Leaves out who is not to be had.
    fn find_peers(&mut self) {
        let of_npm = |server: &Server| matches!(server, Server::Bun | Server::Node);
        if self.servers.iter().any(of_npm)
            && let Err(error) = self.install()
        {
            say(format!("bench: npm brings no peers: {error:#}"));
        }
        let (bun, ws) = (version(&self.bun()), self.ws_version());
        let node = version(Path::new("node")).filter(|_| ws.is_some());
        self.servers.retain(|server| {
            let is_there = match server {
                Server::Bun => bun.is_some(),
                Server::Node => node.is_some(),
                _ => true,
            };
            if !is_there {
                say(format!("bench: {} cannot be had here and is left out", server.name()));
            }
            is_there
        });
    }

    fn install(&self) -> Result<()> {
        if self.bun().exists() && self.ws_version().is_some() {
            return Ok(());
        }
        say("bench: installing Bun and ws through npm");
        fs::create_dir_all(&self.npm)?;
        fs::write(self.npm.join("package.json"), "{\"private\":true}\n")?;
        let mut npm = Command::new("npm");
        npm.current_dir(&self.npm).args(["install", "--no-audit", "--no-fund", "--silent"]);
        succeed(npm.args(NPM))
    }

    fn ws_version(&self) -> Option<String> {
        let package = fs::read_to_string(self.npm.join("node_modules/ws/package.json")).ok()?;
        let package: Value = serde_json::from_str(&package).ok()?;
        package["version"].as_str().map(str::to_owned)
    }

    /// What was measured with what: printed above the tables and kept beside the figures.
    pub(super) fn versions(&self) -> Vec<(&'static str, String)> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let found = |version: Option<String>| version.unwrap_or_else(|| "none".into());
        vec![
            ("hubbub", found(version(&self.hubbub))),
            ("rustc", found(version(Path::new("rustc")))),
            ("bun", found(version(&self.bun()))),
            ("node", found(version(Path::new("node")))),
            ("ws", found(self.ws_version())),
            ("kernel", read("/proc/sys/kernel/osrelease")),
            ("cores", self.cores.to_string()),
            ("pinned", if self.is_pinned() { "yes" } else { "no" }.into()),
        ]
    }
}

/// The load average over one minute.
pub(super) fn load_average() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg")?;
    text.split(' ').next().and_then(|load| load.parse().ok()).context("no load average")
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.trim().to_owned())
}
