//! The npm package `@tidemark/web`: `packages/web/src/` as it is, and the SDK's own scripts in one file, for `./inline`.
//!
//! In that file nothing is loaded: the scripts of `sdk-wasm/js/` are left as they are, and what they take from the page to find
//! one another is replaced by what `packages/web/inline/host.js` has in its place ([`STAND_INS`]). Each begins to run when it
//! is asked for, and not when the package is imported.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::Outcome;
use super::bindings::{bundle, bundler_version, empty};
use super::stamp::Stamp;
use crate::paths;

/// What the scripts say, and what stands in for it. `fetch` is replaced too, by its name.
const STAND_INS: [(&str, &str); 6] = [
    ("document.currentScript", "host"),
    ("document.createElement", "createElement"),
    ("document.head.append", "append"),
    ("PAGE", "[\"inline:page\"]"),
    ("MODULE", "[\"inline:core\"]"),
    ("PLAIN", "[\"inline:plain\"]"),
];

#[derive(Deserialize)]
struct Manifest {
    version: String,
}

/// Builds `dist/packages/web` from the built SDK.
pub fn build() -> Result<Outcome> {
    let root = paths::workspace_root()?;
    let sources = root.join("packages/web");
    let sdk = paths::staging_dir("sdk")?;
    let dist = paths::dist_dir()?.join("packages/web");
    let module = sdk.join("core.wasm");
    if !module.is_file() {
        bail!("there is no built sdk: run `cargo xtask build --only sdk` first");
    }

    let mut stamp = Stamp::new("packages")?;
    for file in files(&sources)?.iter().chain(&files(&sdk)?) {
        stamp.add_file(file)?;
    }
    stamp.add(&bundler_version()?);
    if stamp.is_current(&[dist.join("dist/sdk.js")]) {
        return Ok(Outcome::UpToDate);
    }

    let manifest = sources.join("package.json");
    let text = fs::read_to_string(&manifest).with_context(|| format!("{} cannot be read", manifest.display()))?;
    let Manifest { version } = serde_json::from_str(&text).context("packages/web/package.json is not understood")?;
    if version != env!("CARGO_PKG_VERSION") {
        bail!("packages/web/package.json says version {version}, Cargo.toml {}", env!("CARGO_PKG_VERSION"));
    }

    let staging = paths::staging_dir("packages")?;
    empty(&staging)?;
    copy(&sdk, &staging)?;
    copy(&sources.join("inline"), &staging.join("inline"))?;
    empty(&dist)?;
    copy(&sources.join("src"), &dist.join("dist"))?;
    for file in ["package.json", "README.md"] {
        fs::copy(sources.join(file), dist.join(file))
            .with_context(|| format!("packages/web/{file} cannot be copied"))?;
    }
    fs::copy(root.join("LICENSE"), dist.join("LICENSE")).context("LICENSE cannot be copied")?;
    inline(&staging.join("inline"), &dist.join("dist/sdk.js"))?;
    stamp.keep()?;
    Ok(Outcome::Built)
}

fn inline(folder: &Path, result: &Path) -> Result<()> {
    expect_names(folder.parent().unwrap_or(folder))?;
    let version = format!("--define:VERSION=\"{}\"", env!("CARGO_PKG_VERSION"));
    let host = format!("--inject:{}", folder.join("host.js").display());
    let mut options = vec!["--format=esm", "--target=es2022", "--loader:.wasm=base64", &version, &host];
    let defines: Vec<String> = STAND_INS.iter().map(|(name, value)| format!("--define:{name}={value}")).collect();
    options.extend(defines.iter().map(String::as_str));
    bundle(&folder.join("start.js"), result, &options)
}

/// Fails where the scripts have changed, and would run as if they were files of their own.
fn expect_names(sdk: &Path) -> Result<()> {
    let mut text = fs::read_to_string(sdk.join("loader.js"))?;
    for file in files(&sdk.join("page"))? {
        text.push_str(&fs::read_to_string(file)?);
    }
    match STAND_INS.iter().find(|(name, _)| !text.contains(name)) {
        Some((name, _)) => bail!("sdk-wasm/js says no {name}: packages/web/inline has to follow"),
        None => Ok(()),
    }
}

/// Copies a folder's files, and those below.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        fs::copy(&file, copy).with_context(|| format!("{} cannot be copied", file.display()))?;
    }
    Ok(())
}

/// The files in a folder and below, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
