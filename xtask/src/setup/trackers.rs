//! Umami's published tracker, for the tests: npm's package of Umami is a whole server, of which one file is taken.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::command::{command, output, run};
use crate::paths::target_dir;

const PACKAGE: &str = "umami@2.10.0";

/// The file in the package.
const TRACKER: &str = "package/src/tracker/index.js";

/// SHA-256 of the file.
const TRACKER_HASH: &str = "eb8ec1e5fd41f1937b3a6a0df92be46f97ca8bfc3baacaa5f70159d5e0df50d1";

/// Umami's tracker, as it was published.
///
/// # Errors
/// Fails outside of the workspace.
pub fn umami() -> Result<PathBuf> {
    Ok(folder()?.join(TRACKER))
}

fn folder() -> Result<PathBuf> {
    Ok(target_dir()?.join("trackers").join(PACKAGE))
}

/// Fetches the tracker when it is missing, or other than it was published.
///
/// # Errors
/// Fails when it cannot be fetched; the message says what to do.
pub fn ensure() -> Result<()> {
    if is_there()? {
        return Ok(());
    }
    println!("setup: fetching Umami's tracker from npm ({PACKAGE}, 1 MB), which the tests run against the edge");
    let folder = folder()?;
    fs::create_dir_all(&folder)?;
    let mut npm = command("npm")?;
    npm.args(["pack", PACKAGE, "--silent", "--pack-destination"]).arg(&folder);
    let packed =
        output(&mut npm, "npm pack").with_context(|| format!("run `npm pack {PACKAGE}` and see what it says"))?;
    let packed = folder.join(packed.trim());
    run(command("tar")?.arg("-xzf").arg(&packed).arg("-C").arg(&folder).arg(TRACKER), "unpack Umami's tracker")?;
    fs::remove_file(packed)?;
    if is_there()? {
        return Ok(());
    }
    bail!("{TRACKER} of {PACKAGE} is not the file that was published: remove {} and try again", folder.display())
}

fn is_there() -> Result<bool> {
    let Ok(content) = fs::read(umami()?) else { return Ok(false) };
    let hash: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(hash == TRACKER_HASH)
}
