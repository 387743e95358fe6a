//! `cargo xtask`: what a person types to run, test and hand out Hubbub.
//!
//! It builds the WebAssembly client itself, through wasm-bindgen as a library, so that a
//! machine with Rust and a C compiler needs nothing else. It never edits tracked files.

mod workspace;

mod site;

mod run;

mod test;

mod prove;

mod bench;

mod dist;

mod say;

use std::ffi::OsString;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs and tests Hubbub",
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build client and server, then serve on http://127.0.0.1:8080
    Run {
        /// Passed on to `hubbub serve`, as in `cargo xtask run -- --listen 127.0.0.1:9000`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        serve: Vec<OsString>,
    },
    /// Check formatting and lints, run every test; or one suite of `tests/`
    Test {
        /// A suite: the name of a test binary of `tests/`, for example `plain`
        suite: Option<String>,
    },
    /// Plant bugs in copies of the server: the delivery suite has to notice every one
    Prove {
        /// One of them: the name of a file of `tests/delivery/planted`, without `.patch`
        bug: Option<String>,
    },
    /// Measure speed and memory beside other servers
    Bench(bench::Options),
    /// Make the one file to hand out: `dist/hubbub`
    Dist,
    /// Build only the client, into `target/site`, which plain `cargo build` puts into the server
    Site,
}

fn main() -> Result<()> {
    let task = Arguments::parse().task;
    let workspace = Workspace::read()?;
    match task {
        Task::Run { serve } => run::run(&workspace, &serve),
        Task::Test { suite } => test::test(&workspace, suite.as_deref()),
        Task::Prove { bug } => prove::prove(&workspace, bug.as_deref()),
        Task::Bench(options) => bench::bench(&workspace, &options),
        Task::Dist => dist::dist(&workspace),
        Task::Site => site::build(&workspace)?.within_budget(),
    }
}
