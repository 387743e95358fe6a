//! `cargo xtask test`: what must hold before a change lands, from formatting to real browsers.
//!
//! Every step runs, whatever became of the ones before it; the last lines say what passed and
//! what failed. Only what needs a server that did not build is left out, and counts as failed.

mod report;

mod setup;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::prove;
use crate::say::say;
use crate::site;
use crate::workspace::{Workspace, succeed};
use report::Report;

/// Suites that drive a browser, and so need it set up.
const IN_BROWSER: [&str; 1] = ["browser"];

/// Suites that need a certificate authority.
const WITH_AUTHORITY: [&str; 1] = ["tls"];

/// Suites that wait for deadlines most of the time: all their tests run at once.
const PATIENT: [&str; 2] = ["abuse", "tls"];

/// More than a patient suite has tests.
const PATIENT_THREADS: &str = "64";

/// The frontend's features exclude each other, so each is looked at alone: `ssr` with the
/// server that uses it, the other two where they run. `--release` shares what was built.
const LINTS: [(&str, &str); 4] = [
    ("format", "fmt --all --check"),
    (
        "clippy: workspace",
        "clippy --release --workspace --exclude hubbub-frontend --all-targets -- -D warnings",
    ),
    (
        "clippy: client, hydrate",
        "clippy --profile wasm-release -p hubbub-frontend --lib --target wasm32-unknown-unknown --no-default-features --features hydrate -- -D warnings",
    ),
    (
        "clippy: client, csr",
        "clippy --profile wasm-release -p hubbub-frontend --lib --target wasm32-unknown-unknown --no-default-features --features csr -- -D warnings",
    ),
];

const UNIT_TESTS: [(&str, &str); 3] = [
    (
        "unit tests: server, client, shared",
        "test --release -p hubbub -p hubbub-frontend -p hubbub-shared --features hubbub-frontend/ssr",
    ),
    ("unit tests: xtask", "test --release -p xtask"),
    ("unit tests: load generator", "test --release -p hubbub-tests --bin load"),
];

/// What `deny.toml` says of the crates in Cargo.lock; it also says why not their advisories.
const DENY: [&str; 5] = ["--locked", "check", "licenses", "bans", "sources"];

/// How long the server's simulation goes on; alone, `cargo test` gives it less.
const SIMULATION_S: &str = "60";

/// Runs everything, or only one suite with the builds it needs.
pub(crate) fn test(workspace: &Workspace, only: Option<&str>) -> Result<()> {
    let suites = chosen(workspace, only)?;
    let mut report = Report::default();
    let server = build(workspace, &mut report);
    if only.is_none() {
        let kosoku = report.step("set up kosoku", || setup::kosoku(workspace));
        for (name, words) in LINTS.into_iter().chain(UNIT_TESTS) {
            let mut command = workspace.cargo(words);
            command.env("HUBBUB_SIM_S", SIMULATION_S);
            command.envs(kosoku.iter().map(|kosoku| ("HUBBUB_KOSOKU", kosoku)));
            report.step(name, || succeed(&mut command));
        }
        report.step("licences, bans and sources", || {
            let mut cargo_deny = Command::new(setup::cargo_deny(workspace)?);
            succeed(cargo_deny.current_dir(&workspace.root).args(DENY))
        });
    }
    if suites.contains(&"delivery") {
        report.step("planted bugs still apply", || prove::still_apply(workspace));
    }
    match server {
        Some(server) => run(workspace, &suites, &server, &mut report),
        None => suites.iter().for_each(|suite| report.left_out(suite)),
    }
    report.close()
}

fn chosen<'a>(workspace: &'a Workspace, only: Option<&str>) -> Result<Vec<&'a str>> {
    let all = workspace.suites.iter().map(String::as_str);
    let chosen: Vec<_> = all.filter(|suite| only.is_none_or(|only| only == *suite)).collect();
    if let Some(only) = only {
        ensure!(
            !chosen.is_empty(),
            "there is no suite `{only}`; there are: {}",
            workspace.suites.join(", ")
        );
    }
    Ok(chosen)
}

/// The client, then the server with it inside.
fn build(workspace: &Workspace, report: &mut Report) -> Option<PathBuf> {
    let sizes = report.step("build the client", || site::build(workspace))?;
    report.step("client under its size", || sizes.within_budget());
    report.step("build the server", || {
        let built = workspace.build_server("release")?;
        // A target directory may serve several clones, and the next build would be tested instead.
        let server = workspace.made(&built.file_name().unwrap_or_default().to_string_lossy());
        fs::copy(built, &server)?;
        Ok(server)
    })
}

fn run(workspace: &Workspace, suites: &[&str], server: &Path, report: &mut Report) {
    let drives_browser = suites.iter().any(|suite| IN_BROWSER.contains(suite));
    let axe = drives_browser
        .then(|| report.step("set up the browser", || setup::browser(workspace)))
        .flatten();
    if suites.iter().any(|suite| WITH_AUTHORITY.contains(suite)) {
        report.step("set up Pebble", setup::pebble);
    }
    for suite in suites {
        report.step(&format!("suite {suite}"), || {
            let mut command =
                workspace.cargo(&format!("test --release -p hubbub-tests --test {suite}"));
            command.env("HUBBUB_BIN", server);
            if PATIENT.contains(suite) {
                command.env("RUST_TEST_THREADS", PATIENT_THREADS);
            }
            command.envs(axe.iter().map(|axe| ("HUBBUB_AXE", axe)));
            succeed(&mut command)
        });
    }
    if suites.is_empty() {
        say("test: the package hubbub-tests has no suites yet");
    }
}
