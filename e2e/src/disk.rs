//! A small disk of one's own, to fill up: tmpfs.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Bytes that the filling is written in; what is left is smaller than a page of a database.
const PIECE_BYTES: usize = 1024;

/// A mounted disk; unmounted when dropped. Whoever works on it must have ended by then.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one of so many mebibytes.
    ///
    /// # Errors
    /// Says what is missing where this user may not mount.
    pub fn mount(mebibytes: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=0700"), "tidemark-test"]);
        let output = mount.arg(folder.path()).output().context("there is no `mount`")?;
        if !output.status.success() {
            bail!("mounting a tmpfs needs root: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(Self { folder })
    }

    /// Makes `place` a way to a folder on this disk.
    ///
    /// # Errors
    /// When there is something already.
    pub fn carry(&self, place: &Path) -> Result<()> {
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let folder = self.folder.path().join("data");
        fs::create_dir_all(&folder)?;
        Ok(symlink(folder, place)?)
    }

    /// Writes until nothing fits any more. Answers how many bytes that took.
    pub fn fill(&self) -> u64 {
        let mut bytes = 0;
        if let Ok(mut file) = File::options().create(true).append(true).open(self.filling()) {
            while file.write_all(&[0; PIECE_BYTES]).is_ok() {
                bytes += PIECE_BYTES as u64;
            }
        }
        bytes
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When it was not full.
    pub fn clear(&self) -> Result<()> {
        fs::remove_file(self.filling()).context("the disk was not filled")
    }

    fn filling(&self) -> PathBuf {
        self.folder.path().join("filling")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A failure leaves a mount behind, which the next start of the machine removes.
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}
