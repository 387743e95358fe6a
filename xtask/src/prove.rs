//! `cargo xtask prove`: whether the delivery suite would notice.
//!
//! Each patch under `tests/delivery/planted` puts one bug into a copy of the tree. The server built
//! from it has to fail the suite: first the story that the patch names, with a few fixed seeds, then
//! all of them. Before that the server as it is has to pass. A bug that survives is an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::say::say;
use crate::site;
use crate::workspace::{Workspace, succeed};

/// Plans that a bug's own story is played with. One of them nearly always is enough; what depends on
/// how two threads meet may need another.
const SEEDS: [u64; 3] = [1, 2, 3];

/// A bug, and where it lies.
struct Planted {
    name: String,
    /// What it does, in a sentence.
    what: String,
    /// The beginning of the name of the story that should notice.
    story: String,
    patch: PathBuf,
}

/// What became of it.
struct Caught {
    story: String,
    seconds: f64,
}

/// Proves all of them, or one.
pub(crate) fn prove(workspace: &Workspace, only: Option<&str>) -> Result<()> {
    let mut bugs = planted(workspace)?;
    bugs.retain(|bug| only.is_none_or(|only| only == bug.name));
    ensure!(!bugs.is_empty(), "there is no such bug under tests/delivery/planted");
    // Any client will do: no story opens a page in a browser.
    if !workspace.site().is_dir() {
        site::build(workspace)?;
    }
    let sound = workspace.build_server("release")?;
    let sound_copy = workspace.made("hubbub");
    fs::copy(sound, &sound_copy)?;
    say("prove: the server as it is");
    if let Some(story) =
        failing(workspace, &sound_copy, SEEDS[0], "", &workspace.made("prove.log"))?
    {
        bail!("the suite fails without any planted bug: {story}");
    }
    let tree = Tree::copy(workspace)?;
    let mut lines = Vec::new();
    let mut survivors = Vec::new();
    for bug in &bugs {
        say(format!("prove: {}", bug.name));
        let server = tree.build_with(workspace, bug)?;
        let outcome = catch(workspace, bug, &server)?;
        let (story, seconds) = match &outcome {
            Some(caught) => (format!("`{}`", caught.story), format!("{:.0}", caught.seconds)),
            None => ("**nobody**".into(), "–".into()),
        };
        survivors.extend(outcome.is_none().then_some(&*bug.name));
        lines.push(format!("| {} | {} | {story} | {seconds} |", bug.name, bug.what));
        say(lines.last().map_or("", String::as_str));
    }
    let head = "| planted bug | what it does | caught by | seconds |\n|---|---|---|---|\n";
    let table = format!("{head}{}\n", lines.join("\n"));
    fs::write(workspace.made("prove.md"), &table)?;
    say(format!("prove: the table is in target/prove.md\n{table}"));
    ensure!(survivors.is_empty(), "nobody noticed: {}", survivors.join(", "));
    Ok(())
}

/// Whether every patch still fits the sources.
pub(crate) fn still_apply(workspace: &Workspace) -> Result<()> {
    for bug in planted(workspace)? {
        let mut git = Command::new("git");
        git.current_dir(&workspace.root).args(["apply", "--check"]).arg(&bug.patch);
        succeed(&mut git)?;
    }
    Ok(())
}

fn planted(workspace: &Workspace) -> Result<Vec<Planted>> {
    let directory = workspace.root.join("tests/delivery/planted");
    let mut bugs = Vec::new();
    for file in fs::read_dir(directory)? {
        let patch = file?.path();
        let text = fs::read_to_string(&patch)?;
        let mut lines = text.lines();
        let what = lines.next().unwrap_or_default().to_owned();
        let story = lines.next().and_then(|line| line.strip_prefix("story: "));
        let story = story.with_context(|| format!("{} names no story", patch.display()))?.into();
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        bugs.push(Planted { name, what, story, patch });
    }
    bugs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bugs)
}

fn catch(workspace: &Workspace, bug: &Planted, server: &Path) -> Result<Option<Caught>> {
    let started = Instant::now();
    let log = workspace.made(&format!("prove/{}.log", bug.name));
    let own = SEEDS.iter().map(|seed| (*seed, &*bug.story));
    for (seed, story) in own.chain([(SEEDS[0], "")]) {
        if let Some(story) = failing(workspace, server, seed, story, &log)? {
            return Ok(Some(Caught { story, seconds: started.elapsed().as_secs_f64() }));
        }
    }
    Ok(None)
}

/// Plays the stories whose names have this in them. The first that failed, if any did.
fn failing(
    workspace: &Workspace,
    server: &Path,
    seed: u64,
    story: &str,
    log: &Path,
) -> Result<Option<String>> {
    let mut command = workspace.cargo("test --release -p hubbub-tests --test delivery --");
    command.args((!story.is_empty()).then_some(story));
    command.env("HUBBUB_BIN", server).env("HUBBUB_SEED", seed.to_string());
    let output = command.output().context("cannot start cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    fs::write(log, [&output.stderr[..], &output.stdout[..]].concat())?;
    if output.status.success() {
        ensure!(
            text.contains(" 0 failed") && !text.contains("running 0 tests"),
            "no story {story}"
        );
        return Ok(None);
    }
    let failed =
        |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let failed = text.lines().find_map(failed);
    Ok(Some(failed.with_context(|| format!("the suite broke down: {}", log.display()))?))
}

/// A copy of the tracked files, in which bugs are planted and taken out again. One copy for all, so
/// that only what a bug touches is built anew.
struct Tree {
    root: PathBuf,
}

impl Tree {
    fn copy(workspace: &Workspace) -> Result<Self> {
        let root = workspace.made("prove/tree");
        let mut git = Command::new("git");
        let output = git.current_dir(&workspace.root).args(["ls-files", "-z"]).output()?;
        ensure!(output.status.success(), "prove works in a clone: git cannot list its files");
        for file in output.stdout.split(|byte| *byte == 0).filter(|file| !file.is_empty()) {
            let file = str::from_utf8(file)?;
            // Cargo reads the settings of the directories above as well, and would have them twice.
            if !file.starts_with(".cargo/") && workspace.root.join(file).is_file() {
                refresh(&workspace.root.join(file), &root.join(file))?;
            }
        }
        mirror(&workspace.site(), &root.join("target/site"))?;
        Ok(Self { root })
    }

    /// The server with this bug in it.
    fn build_with(&self, workspace: &Workspace, bug: &Planted) -> Result<PathBuf> {
        let apply = |how: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&workspace.root).arg("apply").args(how);
            git.arg("--directory=target/prove/tree").arg(&bug.patch);
            succeed(&mut git)
        };
        apply(&[])?;
        let mut build = workspace.cargo("build --release -p hubbub");
        let built = succeed(build.current_dir(&self.root));
        apply(&["-R"])?;
        built?;
        let server = workspace.made(&format!("prove/{}", bug.name));
        fs::copy(workspace.compiled("release/hubbub"), &server)?;
        Ok(server)
    }
}

fn mirror(from: &Path, to: &Path) -> Result<()> {
    for file in fs::read_dir(from)? {
        let file = file?;
        let to = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            mirror(&file.path(), &to)?
        } else {
            refresh(&file.path(), &to)?
        }
    }
    Ok(())
}

/// Copies what differs: an older time of change is what keeps cargo from building it anew.
fn refresh(from: &Path, to: &Path) -> Result<()> {
    let wanted = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
    fs::write(to, wanted).with_context(|| to.display().to_string())
}
