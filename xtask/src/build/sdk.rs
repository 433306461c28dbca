//! The tracking SDK, as small as it gets: see the sizes by `cargo xtask size`.
//!
//! 1. The crate is `no_std`; `core` and `alloc` are rebuilt for size, and a panic is a bare trap.
//! 2. wasm-bindgen writes `core_bg.js` (bare functions) and `core_bg.wasm`; wasm-opt shrinks that.
//! 3. Imports and exports get one-letter names, in the module and in the JavaScript alike:
//!    wasm-bindgen's own names carry hashes that do not compress.
//! 4. esbuild bundles `sdk-wasm/js/loader.js` with the result. The loader asks for the module by
//!    its content's hash, because the two only fit each other.

use std::fs;

use anyhow::{Context, Result};

use super::Outcome;
use super::bindings::{Shape, bind, bundle, bundler_version, empty};
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
        flags: "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none",
    }),
};

/// Builds `dist/sdk`.
pub fn build() -> Result<Outcome> {
    let module = compile(&RECIPE)?;
    let loader = paths::workspace_root()?.join("sdk-wasm/js/loader.js");
    let dist = paths::dist_dir()?.join("sdk");
    let (script, shipped) = (dist.join("tidemark.js"), dist.join("tidemark.wasm"));

    let mut stamp = Stamp::new("sdk")?;
    stamp.add_file(&module)?;
    stamp.add_file(&loader)?;
    stamp.add(&bundler_version()?);
    stamp.add(&optimizer_version()?);
    if stamp.is_current(&[script.clone(), shipped.clone()]) {
        return Ok(Outcome::UpToDate);
    }

    let staging = paths::staging_dir("sdk")?;
    bind(&module, &staging, "core", Shape::Bare)?;
    empty(&dist)?;
    let optimized = staging.join("optimized.wasm");
    optimize(&staging.join("core_bg.wasm"), &optimized, "-Oz", &["--converge"])?;
    let names = minify_names(&optimized, &shipped)?;
    write_core(&staging, &names)?;
    fs::copy(&loader, staging.join("loader.js")).context("sdk-wasm/js/loader.js cannot be copied")?;
    let hash = content_hash(&fs::read(&shipped)?);
    let define = format!("--define:MODULE_HASH=\"{hash}\"");
    bundle(&staging.join("loader.js"), &script, &["--format=iife", "--target=es2020", &define])?;
    add_siblings(&dist)?;
    stamp.keep()?;
    Ok(Outcome::Built)
}
