//! The client as the browser gets it: WebAssembly, its script, the stylesheets, public files.
//!
//! `build` leaves `target/site` holding exactly what the present sources make: `pkg/` with
//! the content's hash in every name and a `.br` and `.gz` beside it, and the files of
//! `frontend/public/`. Nothing is done twice for inputs that did not change.

mod wasm_target;

mod bind;

mod style;

mod publish;

mod size;

use anyhow::Result;

use crate::say::say;
use crate::workspace::{Workspace, succeed};
use publish::Site;
use size::Sizes;

/// What the client consists of; the features must be those of cargo-leptos in Cargo.toml.
pub(crate) const CLIENT: &str =
    "-p hubbub-frontend --target wasm32-unknown-unknown --no-default-features --features hydrate";
const COMPILED: &str = "wasm32-unknown-unknown/wasm-release/frontend.wasm";

/// Builds the site. Whether it is small enough is asked of the answer.
pub(crate) fn build(workspace: &Workspace) -> Result<Sizes> {
    wasm_target::ensure()?;
    say("client: compiling to WebAssembly");
    succeed(&mut workspace.cargo(&format!("build {CLIENT} --lib --profile wasm-release")))?;
    let bound = bind::bind(&workspace.compiled(COMPILED), &workspace.made("bound"))?;
    let style = style::bundle(&workspace.root.join("style/main.css"))?;
    let pages = style::bundle(&workspace.root.join("style/pages.css"))?;

    let mut site = Site::new(workspace.site());
    let sizes = Sizes {
        script: site.publish("hubbub", "js", &bound.script)?,
        wasm: site.publish("hubbub", "wasm", &bound.wasm)?,
        style: site.publish("hubbub", "css", style.as_bytes())?,
        pages: site.publish("pages", "css", pages.as_bytes())?,
    };
    site.copy_all(&workspace.root.join("frontend/public"))?;
    site.remove_the_rest()?;
    sizes.print();
    Ok(sizes)
}
