//! What the authors of linked crates want handed out with their work: licences and notices, word for
//! word, each text once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::linked::{self, Linked};
use crate::workspace::Workspace;

/// How the files begin in which licences stand, in small letters.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// All of them as one text: which crates there are, then what they want said.
pub(super) fn of(workspace: &Workspace) -> Result<String> {
    let mut linked = linked::read(workspace)?;
    // Crates of this workspace come under its own licence.
    linked.retain(|_, found| found.checksum.is_some());
    let output = workspace.cargo("metadata --locked --all-features --format-version 1").output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let homes = homes(&serde_json::from_slice(&output.stdout)?);
    let mut notices: BTreeMap<Vec<String>, Notice> = BTreeMap::new();
    for key in linked.keys() {
        let home = homes.get(key).with_context(|| format!("{key} is nowhere on this machine"))?;
        for text in texts_in(home)? {
            // The same licence comes with many indentations.
            let words = text.split_whitespace().map(str::to_owned).collect();
            let notice = notices.entry(words).or_default();
            notice.text = text;
            notice.crates.insert(key);
        }
    }
    Ok(write(&linked, notices.values()))
}

/// A text, and the `name@version` of those who want it handed out.
#[derive(Default)]
struct Notice<'a> {
    text: String,
    crates: BTreeSet<&'a str>,
}

/// Where the sources of each `name@version` lie.
fn homes(metadata: &Value) -> BTreeMap<String, PathBuf> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|package| {
            let key = format!("{}@{}", package["name"].as_str()?, package["version"].as_str()?);
            Some((key, Path::new(package["manifest_path"].as_str()?).parent()?.to_owned()))
        })
        .collect()
}

fn texts_in(home: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(home)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if entry.file_type()?.is_file() && NAMES.iter().any(|begins| name.starts_with(begins)) {
            files.push(entry.path());
        }
    }
    files.sort();
    let text = |file: &PathBuf| -> Result<String> {
        let text = fs::read(file)?;
        Ok(String::from_utf8_lossy(&text).replace("\r\n", "\n").trim().to_owned())
    };
    files.iter().map(text).collect()
}

fn write<'a>(linked: &Linked, notices: impl Iterator<Item = &'a Notice<'a>>) -> String {
    let mut page = String::from("Hubbub has in it the work of others:\n\n");
    for (key, found) in linked {
        page += &format!("{key}: {}\n", found.licence.as_deref().unwrap_or("see below"));
    }
    for Notice { text, crates } in notices {
        let crates: Vec<&str> = crates.iter().copied().collect();
        page += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), crates.join(", "));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_is_named_and_what_it_wants_said_is_said_once() {
        let workspace = Workspace::read().unwrap();
        let notices = of(&workspace).unwrap();
        for key in linked::read(&workspace).unwrap().keys() {
            let is_named = notices.lines().any(|line| line.starts_with(&format!("{key}: ")));
            assert_eq!(is_named, !key.starts_with("hubbub"), "{key}");
        }
        let apache = "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION";
        let times = notices.matches(apache).count();
        // Some have another year or holder at its end.
        assert!((1..30).contains(&times), "{times} times the same licence");
        assert!(notices.contains("Permission is hereby granted, free of charge"));
    }
}
