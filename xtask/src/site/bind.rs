//! wasm-bindgen: from the compiled module to one that a browser loads, and its script.
//!
//! The result is kept under the hash of its input, so an unchanged module is not bound again.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::publish::hash;
use crate::say::say;

pub(super) struct Bound {
    pub(super) script: Vec<u8>,
    pub(super) wasm: Vec<u8>,
}

/// Binds `module`, keeping the result of this one input in the directory `kept`.
pub(super) fn bind(module: &Path, kept: &Path) -> Result<Bound> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let kept = kept.join(hash(&bytes));
    if !kept.is_dir() {
        generate(bytes, &kept)?;
    }
    Ok(Bound {
        script: fs::read(kept.join("hubbub.js"))?,
        wasm: fs::read(kept.join("hubbub_bg.wasm"))?,
    })
}

fn generate(module: Vec<u8>, kept: &Path) -> Result<()> {
    say("client: binding it to the browser");
    let parent = kept.parent().context("the kept directory has a parent")?;
    if parent.is_dir() {
        fs::remove_dir_all(parent)?;
    }
    // Complete or not there at all: an interrupted run must not leave half a result.
    let unfinished = parent.join("unfinished");
    Bindgen::new()
        .input_bytes("hubbub", module)
        .web(true)?
        .typescript(false)
        // The names would be the larger part of what travels besides code.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&unfinished)?;
    let files = fs::read_dir(&unfinished)?.count();
    ensure!(
        files == 2,
        "wasm-bindgen made more than a module and a script: some crate brings JavaScript snippets, which the site does not serve"
    );
    fs::rename(&unfinished, kept)?;
    Ok(())
}
