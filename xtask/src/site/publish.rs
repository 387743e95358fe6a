//! Files of the site: named by their content, compressed once, and none of an earlier build.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::say::say;

/// The site's directory, and which of its files belong there.
pub(super) struct Site {
    directory: PathBuf,
    current: HashSet<PathBuf>,
}

/// Bytes of one file, and of what travels.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) raw: u64,
    pub(super) brotli: u64,
}

impl Site {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, current: HashSet::new() }
    }

    /// Writes `pkg/<stem>.<hash>.<extension>` with its `.br` and `.gz`.
    pub(super) fn publish(&mut self, stem: &str, extension: &str, content: &[u8]) -> Result<Size> {
        let name = format!("pkg/{stem}.{}.{extension}", hash(content));
        let plain = self.keep(&name);
        let brotli = self.keep(format!("{name}.br"));
        let gzip = self.keep(format!("{name}.gz"));
        // The plain file is written last, so where it stands the other two are complete.
        if !holds(&plain, content) {
            say(format!("client: compressing {name}"));
            write(&brotli, &brotli_of(content)?)?;
            write(&gzip, &gzip_of(content)?)?;
            write(&plain, content)?;
        }
        Ok(Size { raw: content.len() as u64, brotli: fs::metadata(&brotli)?.len() })
    }

    /// Copies the files of `public` to the site's root.
    pub(super) fn copy_all(&mut self, public: &Path) -> Result<()> {
        for file in files_in(public)? {
            let path = self.keep(file.strip_prefix(public)?);
            let content = fs::read(&file)?;
            if !holds(&path, &content) {
                write(&path, &content)?;
            }
        }
        Ok(())
    }

    /// Ends the build: whatever it did not name is of an earlier one.
    pub(super) fn remove_the_rest(self) -> Result<()> {
        for file in files_in(&self.directory)? {
            if !self.current.contains(&file) {
                fs::remove_file(&file)?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, name: impl AsRef<Path>) -> PathBuf {
        let path = self.directory.join(name);
        self.current.insert(path.clone());
        path
    }
}

/// The first 16 hex digits of SHA-256: enough that a changed file never keeps its address.
pub(super) fn hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn holds(path: &Path, content: &[u8]) -> bool {
    fs::read(path).is_ok_and(|present| present == content)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let directory = path.parent().context("a file of the site lies in it")?;
    fs::create_dir_all(directory)?;
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// All files below a directory, in any order.
fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory)
            .with_context(|| format!("cannot read {}", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            let list = if entry.file_type()?.is_dir() { &mut directories } else { &mut files };
            list.push(entry.path());
        }
    }
    Ok(files)
}

fn brotli_of(content: &[u8]) -> Result<Vec<u8>> {
    let best = BrotliEncoderParams {
        quality: 11,
        size_hint: content.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &best)?;
    Ok(compressed)
}

fn gzip_of(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_changed_file_gets_a_new_address_and_the_old_one_goes() {
        let directory =
            std::env::temp_dir().join(format!("hubbub-xtask-site-{}", std::process::id()));
        for script in ["first", "second"] {
            let mut site = Site::new(directory.clone());
            site.publish("hubbub", "js", script.as_bytes()).unwrap();
            site.publish("hubbub", "css", b"a{}").unwrap();
            site.remove_the_rest().unwrap();
        }
        let mut names: Vec<_> = files_in(&directory)
            .unwrap()
            .iter()
            .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        let style = format!("hubbub.{}.css", hash(b"a{}"));
        let script = format!("hubbub.{}.js", hash(b"second"));
        let mut expected: Vec<_> = [style, script]
            .iter()
            .flat_map(|name| ["", ".br", ".gz"].map(|end| format!("{name}{end}")))
            .collect();
        expected.sort();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(names, expected);
    }

    #[test]
    fn both_compressions_give_the_content_back() {
        let content = b"let them talk, let them talk, let them talk".as_slice();
        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut &brotli_of(content).unwrap()[..], &mut from_brotli).unwrap();
        let mut from_gzip = Vec::new();
        flate2::read::GzDecoder::new(&gzip_of(content).unwrap()[..])
            .read_to_end(&mut from_gzip)
            .unwrap();
        assert_eq!((from_brotli.as_slice(), from_gzip.as_slice()), (content, content));
    }
}
