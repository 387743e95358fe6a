//! Rebuilds the crate when the site changes, so that a new client with new names is embedded.

fn main() {
    println!("cargo::rerun-if-changed=../target/site");
    println!("cargo::rerun-if-changed=build.rs");
}
