//! The edge worker: an ES module and its WebAssembly, as workerd and wrangler load them.
//!
//! The SDK's files are inside (`edge/build.rs`). The library is rebuilt with unwinding, so a panic becomes the 500 of one request instead of a
//! new instance that has forgotten every Durable Object. `edge/entry.js` is the worker's entry.

use std::fs;

use anyhow::{Context, Result};

use super::bindings::{Shape, bind, bundle, bundler_version};
use super::stamp::Stamp;
use super::wasm::{Library, Recipe, compile, optimize, optimizer_version};
use super::{Effort, Outcome, sdk};
use crate::paths;

const RECIPE: Recipe<'static> = Recipe {
    package: "tidemark-edge",
    profile: "edge",
    module: "tidemark_edge",
    library: Some(Library { parts: "std,panic_unwind", features: None, flags: "-Cpanic=unwind" }),
    features: &[],
    options: &[],
};

/// Builds `dist/edge`, and before it the SDK, which it serves.
pub fn build(effort: Effort) -> Result<Outcome> {
    sdk::build()?;
    let module = compile(&RECIPE)?;
    let entry = paths::workspace_root()?.join("edge/entry.js");
    let dist = paths::dist_dir()?.join("edge");
    let (script, shipped) = (dist.join("index.js"), dist.join("index_bg.wasm"));

    let mut stamp = Stamp::new("edge")?;
    stamp.add_file(&module)?;
    stamp.add_file(&entry)?;
    stamp.add(&bundler_version()?);
    stamp.add(&optimizer_version()?);
    stamp.add(if effort == Effort::Fast { "fast" } else { "full" });
    if stamp.is_current(&[script.clone(), shipped.clone()]) {
        return Ok(Outcome::UpToDate);
    }

    let staging = paths::staging_dir("edge")?;
    bind(&module, &staging, "index", Shape::Worker)?;
    fs::copy(&entry, staging.join("entry.js")).context("edge/entry.js cannot be copied")?;
    fs::create_dir_all(&dist)?;
    let bound = staging.join("index_bg.wasm");
    match effort {
        Effort::Full => optimize(&bound, &shipped, "-O", &["--enable-exception-handling"])?,
        Effort::Fast => fs::copy(&bound, &shipped).map(|_| ())?,
    }
    let bundled = staging.join("bundled.js");
    bundle(
        &staging.join("entry.js"),
        &bundled,
        &["--format=esm", "--target=esnext", "--external:./index_bg.wasm", "--external:cloudflare:*"],
    )?;
    // workerd gives the compiled module to a plain import; the proposed source-phase import, which
    // wasm-bindgen writes, is not there yet.
    let text = fs::read_to_string(&bundled)?.replace("import source ", "import ");
    fs::write(&script, text)?;
    stamp.keep()?;
    Ok(Outcome::Built)
}
