//! The bill of materials: every crate inside the file that is handed out, in CycloneDX 1.6 (ECMA-424).
//!
//! The same commit and the same file give the same bill: it has no random number, and its time is
//! the commit's. It names crates; the C code that one brings (SQLite) goes by the crate's name.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::linked::{self, Crate, Linked, SERVER};
use crate::workspace::Workspace;

/// The bill of `file`, the server, as the text of a JSON file.
pub(super) fn of(workspace: &Workspace, file: &Path) -> Result<String> {
    let digest = Sha256::digest(fs::read(file)?);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let bill = write(linked::read(workspace)?, &digest, commit_time(workspace).as_deref())?;
    Ok(format!("{bill:#}\n"))
}

fn write(mut linked: Linked, digest: &str, time: Option<&str>) -> Result<Value> {
    let dependencies: Vec<_> =
        linked.iter().map(|(key, found)| json!({ "ref": key, "dependsOn": found.needs })).collect();
    let server = linked.keys().find(|key| key.split('@').next() == Some(SERVER)).cloned();
    let server = server.context("the server is not in its own tree")?;
    let server = linked.remove_entry(&server).context("the server is in its own tree")?;
    let mut product = component(&server.0, &server.1);
    product["type"] = json!("application");
    product["hashes"] = json!([sha256(digest)]);
    let mut metadata = json!({
        "lifecycles": [{ "phase": "build" }],
        "tools": { "components": [{ "type": "application", "name": "cargo xtask dist" }] },
        "component": product,
    });
    if let Some(time) = time {
        metadata["timestamp"] = json!(time);
    }
    let components: Vec<_> = linked.iter().map(|(key, found)| component(key, found)).collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    }))
}

fn component(key: &str, found: &Crate) -> Value {
    let halves = found.halves.iter();
    let halves: Vec<_> =
        halves.map(|half| json!({ "name": "hubbub:linked-into", "value": half })).collect();
    let mut component = json!({
        "type": "library",
        "bom-ref": key,
        "name": found.name,
        "version": found.version,
        "properties": halves,
    });
    if let Some(licence) = &found.licence {
        component["licenses"] = json!([{ "expression": licence, "acknowledgement": "declared" }]);
    }
    // Under the name of a crate of this workspace the registry may have another one.
    if let Some(checksum) = &found.checksum {
        component["purl"] = json!(purl(found));
        component["hashes"] = json!([sha256(checksum)]);
    }
    component
}

/// Where a crate of the registry is found. What stands after a plus in a version would be read as
/// a blank.
fn purl(found: &Crate) -> String {
    format!("pkg:cargo/{}@{}", found.name, found.version.replace('+', "%2B"))
}

fn sha256(digest: &str) -> Value {
    json!({ "alg": "SHA-256", "content": digest })
}

/// When the commit was made from which this is built; nothing outside a clone.
fn commit_time(workspace: &Workspace) -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).env("TZ", "UTC0");
    git.args(["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn strings<'a>(values: &'a Value, key: &str) -> Vec<&'a str> {
        values.as_array().unwrap().iter().map(|value| value[key].as_str().unwrap()).collect()
    }

    #[test]
    fn the_bill_of_this_workspace_is_whole() {
        let workspace = Workspace::read().unwrap();
        let write = || {
            let linked = linked::read(&workspace).unwrap();
            write(linked, &"0".repeat(64), Some("2026-11-25T12:00:00Z")).unwrap()
        };
        let bill = write();
        assert_eq!(bill.to_string(), write().to_string(), "another run, another bill");
        assert_eq!(
            (&bill["bomFormat"], &bill["specVersion"]),
            (&json!("CycloneDX"), &json!("1.6"))
        );

        let product = &bill["metadata"]["component"];
        assert_eq!((&product["name"], &product["type"]), (&json!("hubbub"), &json!("application")));
        for component in bill["components"].as_array().unwrap() {
            let name = component["name"].as_str().unwrap();
            let expression = component["licenses"][0]["expression"].as_str().unwrap();
            assert!(!expression.contains('/'), "{name}: {expression}");
            if name.starts_with("hubbub-") {
                assert!(component["purl"].is_null() && component["hashes"].is_null());
                continue;
            }
            let version = component["version"].as_str().unwrap().replace('+', "%2B");
            assert_eq!(component["purl"], format!("pkg:cargo/{name}@{version}"));
            let digest = component["hashes"][0]["content"].as_str().unwrap();
            assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }

        // Every name is given once, and everything is reached from the product.
        let mut names = strings(&bill["components"], "bom-ref");
        let product = product["bom-ref"].as_str().unwrap();
        names.push(product);
        let all: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(all.len(), names.len());
        let dependencies = bill["dependencies"].as_array().unwrap();
        assert!(strings(&bill["dependencies"], "ref").into_iter().eq(all.iter().copied()));
        let mut reached = BTreeSet::from([product]);
        let mut next = vec![product];
        while let Some(name) = next.pop() {
            let entry = dependencies.iter().find(|entry| entry["ref"] == name).unwrap();
            let needs = entry["dependsOn"].as_array().unwrap().iter();
            next.extend(
                needs.map(|need| need.as_str().unwrap()).filter(|need| reached.insert(need)),
            );
        }
        assert_eq!(reached, all);
    }

    #[test]
    fn a_version_is_written_so_that_it_can_be_read_back() {
        let found =
            Crate { name: "wasi".into(), version: "0.11.1+preview1".into(), ..Crate::default() };
        assert_eq!(purl(&found), "pkg:cargo/wasi@0.11.1%2Bpreview1");
    }
}
