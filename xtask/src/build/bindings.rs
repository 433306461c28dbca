//! wasm-bindgen, esbuild and terser: from a compiled module to JavaScript.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{command, run};
use crate::setup::packages;

/// The shape of the JavaScript that wasm-bindgen writes.
#[derive(Clone, Copy)]
pub enum Shape {
    /// `NAME_bg.js`: bare functions, instantiated by ourselves.
    Bare,
    /// `NAME.js`: imports the module as a source and can be instantiated anew.
    Worker,
    /// `NAME.js`: fetches and instantiates the module in a page. Parts that are loaded later find what they share by its name.
    Page,
}

/// Writes `NAME.js`/`NAME_bg.js` and `NAME_bg.wasm` into an emptied `folder`.
pub fn bind(module: &Path, folder: &Path, name: &str, shape: Shape) -> Result<()> {
    empty(folder)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    match shape {
        Shape::Bare => bindgen.bundler(true)?,
        Shape::Worker => bindgen.module(true)?.reset_state_function(true).force_enable_abort_handler(true),
        Shape::Page => bindgen.web(true)?.keep_lld_exports(true),
    };
    bindgen.generate(folder).with_context(|| format!("wasm-bindgen failed on {}", module.display()))
}

/// Makes `folder` an empty folder.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}

/// Bundles and minifies `entry` into `result`; `options` say for whom.
pub fn bundle(entry: &Path, result: &Path, options: &[&str]) -> Result<()> {
    let mut esbuild = command(packages::esbuild()?)?;
    esbuild.arg(entry).arg(format!("--outfile={}", result.display()));
    esbuild.args(["--bundle", "--minify", "--log-level=warning", "--legal-comments=none"]);
    run(esbuild.args(options), "esbuild")
}

/// Makes a bundle smaller in place, by what esbuild leaves: it looks at each statement alone.
pub fn shrink(file: &Path) -> Result<()> {
    let mut terser = packages::terser()?;
    // Not `toplevel`: it would take what a script wraps in a function for the page's to see.
    terser.arg(file).args(["--ecma", "2022", "--compress", "passes=4,unsafe_arrows", "--mangle", "--output"]).arg(file);
    run(&mut terser, "terser")
}

/// The version of esbuild, for a step's fingerprint. (That of wasm-bindgen stands in the module.)
pub fn bundler_version() -> Result<String> {
    version_of("esbuild")
}

/// The version of terser, for a step's fingerprint.
pub fn shrinker_version() -> Result<String> {
    version_of("terser")
}

fn version_of(package: &str) -> Result<String> {
    let manifest = packages::node_modules()?.join(package).join("package.json");
    fs::read_to_string(&manifest).with_context(|| format!("{} cannot be read", manifest.display()))
}
