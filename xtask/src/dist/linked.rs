//! Which crates are linked into the server and into the client, and which needs which.
//!
//! Cargo itself is asked, for each half as it is built: `cargo metadata` would mix in the features
//! that tests and tools turn on. What only runs while compiling, macros and build scripts, is left
//! out. The checksums are those of `Cargo.lock`. Used by [`super::bill`] and
//! [`super::notices`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::site;
use crate::workspace::Workspace;

/// The package of the server: it needs all the rest.
pub(super) const SERVER: &str = "hubbub";

/// Crates by `name@version`.
pub(super) type Linked = BTreeMap<String, Crate>;

#[derive(Default)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    /// As its author wrote it, in SPDX's words.
    pub(super) licence: Option<String>,
    /// Of the file that the registry gives out, as SHA-256; crates of this workspace have none.
    pub(super) checksum: Option<String>,
    /// `server`, `client`, or both.
    pub(super) halves: BTreeSet<&'static str>,
    /// The crates that it calls, by `name@version`.
    pub(super) needs: BTreeSet<String>,
}

pub(super) fn read(workspace: &Workspace) -> Result<Linked> {
    let mut linked = Linked::new();
    let halves = [("server", format!("-p {SERVER}")), ("client", site::CLIENT.to_owned())];
    for (half, package) in halves {
        // The names of crates and licences hold no tab.
        let tree = format!(
            "tree --locked {package} --edges normal,no-proc-macro --prefix depth --format \t{{l}}\t{{p}}"
        );
        let output = workspace.cargo(&tree).output().context("cannot start cargo")?;
        ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        add(&mut linked, half, str::from_utf8(&output.stdout)?)?;
    }
    let mut checksums = checksums(&fs::read_to_string(workspace.root.join("Cargo.lock"))?);
    for (key, found) in &mut linked {
        found.checksum = checksums.remove(key);
    }
    Ok(linked)
}

/// Takes in what `cargo tree` prints: a crate a line, after how deep it lies below the first. What
/// a crate needs is told where it is named first, and left out where it comes again.
fn add(linked: &mut Linked, half: &'static str, tree: &str) -> Result<()> {
    let mut path: Vec<String> = Vec::new();
    for line in tree.lines() {
        let mut parts = line.split('\t');
        let (depth, licence, package) = (parts.next(), parts.next(), parts.next());
        let depth: usize = depth.unwrap_or_default().parse().context(line.to_owned())?;
        let mut words = package.unwrap_or_default().split(' ');
        let name = words.next().unwrap_or_default();
        let version = words.next().and_then(|word| word.strip_prefix('v'));
        let version = version.with_context(|| format!("cargo tree names no version: {line}"))?;
        let key = format!("{name}@{version}");

        path.truncate(depth);
        if let Some(parent) = path.last().and_then(|parent| linked.get_mut(parent)) {
            parent.needs.insert(key.clone());
        }
        path.push(key.clone());

        let found = linked.entry(key).or_default();
        found.name = name.to_owned();
        found.version = version.to_owned();
        // Before SPDX there was a stroke for "or".
        let licence = licence.filter(|licence| !licence.is_empty());
        found.licence = licence.map(|licence| licence.replace('/', " OR "));
        found.halves.insert(half);
    }
    Ok(())
}

/// What `Cargo.lock` tells of crates that come from a registry. Cargo writes one key a line.
fn checksums(lock: &str) -> BTreeMap<String, String> {
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            let value = |key: &str| {
                let mut lines = package.lines();
                lines.find_map(|line| line.strip_prefix(key)?.strip_suffix('"'))
            };
            let checksum = value("checksum = \"")?;
            let key = format!("{}@{}", value("name = \"")?, value("version = \"")?);
            Some((key, checksum.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_tells_who_needs_whom() {
        let mut linked = Linked::new();
        let server = "0\tMIT\tchat v1.0.0 (/src/chat)\n1\tMIT/Apache-2.0\tlog v0.4.1\n\
                      2\tZlib\ttiny v2.0.0+c\n1\t\tbare v0.1.0\n2\tMIT/Apache-2.0\tlog v0.4.1 (*)\n";
        add(&mut linked, "server", server).unwrap();
        add(&mut linked, "client", "0\tZlib\ttiny v2.0.0+c\n").unwrap();
        let needs = |key: &str| linked[key].needs.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(needs("chat@1.0.0"), ["bare@0.1.0", "log@0.4.1"]);
        assert_eq!(needs("log@0.4.1"), ["tiny@2.0.0+c"]);
        assert_eq!(needs("bare@0.1.0"), ["log@0.4.1"]);
        assert_eq!(linked["log@0.4.1"].licence.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(linked["bare@0.1.0"].licence, None);
        assert!(linked["tiny@2.0.0+c"].halves.iter().eq(&["client", "server"]));
        assert!(linked["log@0.4.1"].halves.iter().eq(&["server"]));
    }

    #[test]
    fn only_what_the_registry_gave_out_has_a_checksum() {
        let lock = "version = 4\n\n[[package]]\nname = \"log\"\nversion = \"0.4.1\"\n\
                    source = \"registry\"\nchecksum = \"c0ffee\"\ndependencies = [\n \"tiny\",\n]\n\n\
                    [[package]]\nname = \"chat\"\nversion = \"1.0.0\"\n";
        let expected = BTreeMap::from([("log@0.4.1".to_owned(), "c0ffee".to_owned())]);
        assert_eq!(checksums(lock), expected);
    }

    #[test]
    fn each_half_is_what_is_linked_and_no_more() {
        let linked = read(&Workspace::read().unwrap()).unwrap();
        let halves = |name: &str| -> Vec<_> {
            let found = linked.values().filter(|found| found.name == name);
            found.flat_map(|found| found.halves.iter().copied()).collect()
        };
        assert_eq!(halves("hubbub"), ["server"]);
        assert_eq!(halves("rusqlite"), ["server"]);
        assert_eq!(halves("gloo-timers"), ["client"]);
        assert_eq!(halves("hubbub-frontend"), ["client", "server"]);
        // A macro, a build script's, the tests', and this tool's.
        for absent in ["serde_derive", "cc", "thirtyfour", "lightningcss"] {
            assert!(halves(absent).is_empty(), "{absent} is not linked");
        }
    }
}
