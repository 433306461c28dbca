//! Trackers of other products as they were published on npm, for the tests and for comparison: of each package the files
//! that browsers load, by their hashes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::command::{command, output, run};
use crate::paths::target_dir;

/// Umami's: npm's package of it is a whole server, of which one file is taken.
pub const UMAMI: Package = Package {
    name: "umami@2.10.0",
    files: &[(UMAMI_FILE, "eb8ec1e5fd41f1937b3a6a0df92be46f97ca8bfc3baacaa5f70159d5e0df50d1")],
};

/// Umami's tracker in its package.
pub const UMAMI_FILE: &str = "src/tracker/index.js";

/// PostHog's.
pub const POSTHOG: Package = Package {
    name: "posthog-js@1.449.2",
    files: &[
        (POSTHOG_FILE, "a7ac3611e9c334c70f034cf254c99a099d45add1f0d3be2fe248531d505e6b29"),
        (POSTHOG_FULL_FILE, "287aa98c0c5c660e2328345d3303bc44d6dc02abc35dd092578abd34b96f2373"),
    ],
};

/// What PostHog's snippet loads.
pub const POSTHOG_FILE: &str = "dist/array.js";
/// The same with all that it may load later.
pub const POSTHOG_FULL_FILE: &str = "dist/array.full.js";

/// Some files of a package.
#[derive(Clone, Copy)]
pub struct Package {
    /// Name and version: `umami@2.10.0`.
    pub name: &'static str,
    /// Paths in the package, with the SHA-256 of each.
    pub files: &'static [(&'static str, &'static str)],
}

impl Package {
    /// Where a file of the package is kept.
    ///
    /// # Errors
    /// Fails outside of the workspace.
    pub fn path(&self, file: &str) -> Result<PathBuf> {
        Ok(self.folder()?.join("package").join(file))
    }

    /// Fetches what is missing, or other than it was published.
    ///
    /// # Errors
    /// Fails when it cannot be fetched; the message says what to do.
    pub fn ensure(&self) -> Result<()> {
        let name = self.name;
        if self.is_there()? {
            return Ok(());
        }
        println!("setup: fetching {name} from npm");
        let folder = self.folder()?;
        fs::create_dir_all(&folder)?;
        let mut npm = command("npm")?;
        // Without a network it fails at once, instead of after minutes.
        npm.args([
            "pack",
            name,
            "--silent",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            "--pack-destination",
        ]);
        let packed = output(npm.arg(&folder), "npm pack")
            .with_context(|| format!("run `npm pack {name}` and see what it says"))?;
        let packed = folder.join(packed.trim());
        let mut tar = command("tar")?;
        tar.arg("-xzf").arg(&packed).arg("-C").arg(&folder);
        run(tar.args(self.files.iter().map(|(file, _)| format!("package/{file}"))), "unpack a tracker")?;
        fs::remove_file(packed)?;
        if self.is_there()? {
            return Ok(());
        }
        bail!("{name} is not what was published: remove {} and try again", folder.display())
    }

    /// Whether all files are there as they were published.
    ///
    /// # Errors
    /// Fails outside of the workspace.
    pub fn is_there(&self) -> Result<bool> {
        for (file, published) in self.files {
            let Ok(content) = fs::read(self.path(file)?) else { return Ok(false) };
            let hash: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
            if hash != *published {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(target_dir()?.join("trackers").join(self.name))
    }
}
