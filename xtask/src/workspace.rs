//! Where things lie, and how to call cargo and other programs from here.
//!
//! Cargo's own target directory may be anywhere (`CARGO_TARGET_DIR`); what Hubbub's tools
//! make themselves lies under the workspace's `target/`, where the server looks for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Test binaries of the package `hubbub-tests`.
    pub(crate) suites: Vec<String>,
    cargo_target: PathBuf,
}

impl Workspace {
    pub(crate) fn read() -> Result<Self> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let path = |key: &str| {
            let path = metadata[key].as_str();
            path.map(PathBuf::from).with_context(|| format!("cargo metadata names no {key}"))
        };
        Ok(Self {
            root: path("workspace_root")?,
            cargo_target: path("target_directory")?,
            suites: suites(&metadata),
        })
    }

    /// The compiled client, put into the server at compile time.
    pub(crate) fn site(&self) -> PathBuf {
        self.made("site")
    }

    /// A file or directory that these tools make.
    pub(crate) fn made(&self, name: &str) -> PathBuf {
        self.root.join("target").join(name)
    }

    /// What cargo makes, for instance `release/hubbub`.
    pub(crate) fn compiled(&self, path: &str) -> PathBuf {
        self.cargo_target.join(path)
    }

    /// A call of cargo with these words.
    pub(crate) fn cargo(&self, words: &str) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root).args(words.split(' '));
        command
    }

    /// Builds the server and answers where it is.
    ///
    /// The site is compiled into it, so [`crate::site::build`] comes first.
    pub(crate) fn build_server(&self, profile: &str) -> Result<PathBuf> {
        succeed(&mut self.cargo(&format!("build --profile {profile} -p hubbub")))?;
        let name = format!("hubbub{}", std::env::consts::EXE_SUFFIX);
        Ok(self.compiled(profile).join(name))
    }
}

/// Runs a command to its end; one that fails is an error that names it.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    if !status.success() {
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let name = Path::new(&program).file_name().unwrap_or_default().display();
        bail!("`{name} {}` failed ({status})", words.join(" "));
    }
    Ok(())
}

/// The cargo that runs this tool, so that the toolchain is the same all the way down.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn suites(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["name"] == "hubbub-tests")
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| target["kind"][0] == "test")
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect()
}
