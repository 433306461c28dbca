//! The tracking SDK, as small as it gets: see the sizes by `cargo xtask size`.
//!
//! 1. The crate is `no_std`; `core` and `alloc` are rebuilt for size, and a panic is a bare trap.
//! 2. wasm-bindgen writes `core_bg.js` (bare functions) and `core_bg.wasm`; wasm-opt shrinks that.
//! 3. Imports and exports get one-letter names, in the module and in the JavaScript alike:
//!    wasm-bindgen's own names carry hashes that do not compress.
//! 4. esbuild bundles three scripts from `sdk-wasm/js/`, the last one first, for each names the next by content, and terser
//!    takes another twentieth off them:
//!
//! | file | what | loaded |
//! |---|---|---|
//! | `tidemark.js` | the loader | by the page, under this name |
//! | `page.HASH.js` | hooks and glue | by the loader, when the browser is idle |
//! | `core.HASH.wasm` | the core | by the hooks |
//! | `plain.HASH.js` | the core in JavaScript | by the hooks, where WebAssembly cannot be had |

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use super::Outcome;
use super::bindings::{Shape, bind, bundle, bundler_version, empty, shrink, shrinker_version};
use super::compress::add_siblings;
use super::names::write_core;
use super::stamp::{Stamp, content_hash};
use super::wasm::{Library, Recipe, compile, minify_names, optimize, optimizer_version};
use crate::paths;

const RECIPE: Recipe<'static> = Recipe {
    package: "tidemark-sdk",
    profile: "sdk",
    module: "tidemark_sdk",
    library: Some(Library {
        parts: "core,alloc,panic_abort",
        features: Some("optimize_for_size"),
        // A small stack: what is held lies behind it, and shorter addresses are shorter code.
        flags: "-Zunstable-options -Cpanic=immediate-abort -Ctarget-feature=-reference-types -Zlocation-detail=none \
                -Zinline-mir=yes -Clink-arg=-zstack-size=16384",
    }),
    features: &[],
    options: &[],
};

/// Builds `dist/sdk`.
pub fn build() -> Result<Outcome> {
    let module = compile(&RECIPE)?;
    let sources = paths::workspace_root()?.join("sdk-wasm/js");
    let dist = paths::dist_dir()?.join("sdk");

    let mut stamp = Stamp::new("sdk")?;
    stamp.add_file(&module)?;
    for file in scripts(&sources)? {
        stamp.add_file(&file)?;
    }
    stamp.add(&bundler_version()?);
    stamp.add(&shrinker_version()?);
    stamp.add(&optimizer_version()?);
    if stamp.is_current(&[dist.join("tidemark.js")]) {
        return Ok(Outcome::UpToDate);
    }

    let staging = paths::staging_dir("sdk")?;
    bind(&module, &staging, "core", Shape::Bare)?;
    empty(&dist)?;
    let (optimized, core) = (staging.join("optimized.wasm"), staging.join("core.wasm"));
    optimize(&staging.join("core_bg.wasm"), &optimized, "-Oz", &["--converge", "--low-memory-unused"])?;
    let table = minify_names(&optimized, &core)?;
    for file in scripts(&sources)? {
        let copy = staging.join(file.strip_prefix(&sources)?);
        fs::create_dir_all(copy.parent().unwrap_or(&staging))?;
        fs::copy(&file, copy).with_context(|| format!("{} cannot be copied", file.display()))?;
    }

    write_core(&staging, &table)?;
    // For the test that holds both cores against each other.
    bundle(&staging.join("wasm-core.js"), &staging.join("wasm-core.min.js"), &["--format=esm"])?;
    shrink(&staging.join("wasm-core.min.js"))?;

    let core = publish(&core, "core", &dist)?;
    script(&staging.join("plain.js"), &staging.join("plain.min.js"), &[])?;
    let plain = publish(&staging.join("plain.min.js"), "plain", &dist)?;
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let page = staging.join("page.min.js");
    script(&staging.join("page/main.js"), &page, &[("MODULE", &core), ("PLAIN", &plain), ("VERSION", &version)])?;
    let page = publish(&page, "page", &dist)?;
    script(&staging.join("loader.js"), &dist.join("tidemark.js"), &[("PAGE", &page), ("VERSION", &version)])?;
    add_siblings(&dist)?;
    stamp.keep()?;
    Ok(Outcome::Built)
}

/// Bundles a script that runs as soon as it is loaded, and fails in silence; `constants` are expressions by name.
fn script(entry: &Path, result: &Path, constants: &[(&str, &str)]) -> Result<()> {
    let defines: Vec<String> = constants.iter().map(|(name, value)| format!("--define:{name}={value}")).collect();
    let options = ["--format=iife", "--target=es2022", "--banner:js=try{", "--footer:js=}catch{}"]
        .into_iter()
        .chain(defines.iter().map(String::as_str));
    bundle(entry, result, &options.collect::<Vec<_>>())?;
    shrink(result)
}

/// Copies a file to `dist` under a name that carries its content's hash. Answers how scripts name it: `["NAME","sha256-…"]`.
fn publish(file: &Path, name: &str, dist: &Path) -> Result<String> {
    let content = fs::read(file)?;
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    let hashed = format!("{name}.{}.{ending}", content_hash(&content));
    fs::write(dist.join(&hashed), &content)?;
    Ok(format!("[\"{hashed}\",\"sha256-{}\"]", BASE64_STANDARD.encode(Sha256::digest(&content))))
}

/// The scripts in a folder and below, sorted.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(scripts(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "js") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
