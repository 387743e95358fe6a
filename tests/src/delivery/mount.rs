//! A file system of its own, where the machine lets one be mounted: small, or made of one file.
//!
//! Where it does not (in most containers, and for whoever is not root), the story that wants it says
//! so and leaves that part out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub struct Mount {
    directory: TempDir,
}

impl Mount {
    /// Memory of this size.
    pub fn small(megabytes: u32) -> Option<Self> {
        Self::attach(&["-t", "tmpfs", "-o", &format!("size={megabytes}m")], Path::new("tmpfs"))
    }

    /// A new disk in a file. What has not been flushed reaches it after ten minutes only.
    pub fn disk(image: &Path, megabytes: u64) -> Option<Self> {
        std::fs::File::create(image).ok()?.set_len(megabytes << 20).ok()?;
        quietly(Command::new("mkfs.ext4").arg("-q").arg(image))?;
        Self::image(image)
    }

    /// A disk that was made by [`Mount::disk`].
    pub fn image(image: &Path) -> Option<Self> {
        Self::attach(&["-o", "loop,commit=600"], image)
    }

    fn attach(options: &[&str], what: &Path) -> Option<Self> {
        let directory = TempDir::new().ok()?;
        quietly(Command::new("mount").args(options).arg(what).arg(directory.path()))?;
        Some(Self { directory })
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: what still has a file open in it must not keep the mount for ever.
        let _ = quietly(Command::new("umount").arg("-l").arg(self.directory.path()));
    }
}

fn quietly(command: &mut Command) -> Option<()> {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then_some(())
}
