//! Compiling a crate to WebAssembly, and wasm-opt.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, output, run};
use crate::paths;
use crate::setup::packages;

const TARGET: &str = "wasm32-unknown-unknown";

/// The features that browsers and workerd share and that the compiler uses. Named one by one:
/// binaryen's `--all-features` also emits encodings that engines do not read yet.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What drops out of a shipped module.
const STRIP: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/// How one crate is compiled.
pub struct Recipe<'a> {
    /// The package's name.
    pub package: &'a str,
    /// The cargo profile, which also names the folder.
    pub profile: &'a str,
    /// The module's file name without `.wasm`.
    pub module: &'a str,
    /// Parts of the library to rebuild and its features (`-Zbuild-std…`), with the flags for it;
    /// nothing for the library as installed.
    pub library: Option<Library<'a>>,
    /// Features of the crate beside those it always has.
    pub features: &'a [&'a str],
    /// What rustc is told for this crate alone.
    pub options: &'a [&'a str],
}

/// A rebuilt standard library. It needs the unstable options of the stable compiler, which are
/// allowed for this one command.
pub struct Library<'a> {
    /// `-Zbuild-std=…`.
    pub parts: &'a str,
    /// `-Zbuild-std-features=…`, or nothing.
    pub features: Option<&'a str>,
    /// `RUSTFLAGS`.
    pub flags: &'a str,
}

/// Compiles and returns the module's path.
pub fn compile(recipe: &Recipe<'_>) -> Result<PathBuf> {
    let mut cargo = cargo()?;
    cargo.args(["rustc", "--target", TARGET, "--package", recipe.package, "--profile", recipe.profile]);
    if !recipe.features.is_empty() {
        cargo.arg(format!("--features={}", recipe.features.join(",")));
    }
    if let Some(library) = &recipe.library {
        cargo.arg(format!("-Zbuild-std={}", library.parts));
        if let Some(features) = library.features {
            cargo.arg(format!("-Zbuild-std-features={features}"));
        }
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", library.flags);
    }
    // The macro of wasm-bindgen reads this when it expands: futures from js-sys, as `worker` expects.
    cargo.env("WASM_BINDGEN_USE_JS_SYS", "1");
    // The worker has the SDK inside.
    cargo.env("TIDEMARK_ASSETS_DIR", paths::dist_dir()?);
    cargo.arg("--").args(recipe.options);
    run(&mut cargo, "cargo rustc")?;
    let folder = paths::target_dir()?.join(TARGET).join(recipe.profile);
    Ok(folder.join(recipe.module).with_extension("wasm"))
}

/// The version of wasm-opt, for a step's fingerprint.
pub fn optimizer_version() -> Result<String> {
    let manifest = packages::node_modules()?.join("binaryen/package.json");
    fs::read_to_string(&manifest).with_context(|| format!("{} cannot be read", manifest.display()))
}

/// Runs wasm-opt at a level such as `-Oz`; `extra` are further options.
pub fn optimize(input: &Path, result: &Path, level: &str, extra: &[&str]) -> Result<()> {
    let mut command = packages::wasm_opt()?;
    command.arg(level).args(STRIP).args(extra);
    run(files(&mut command, input, result), "wasm-opt")
}

/// Gives imports and exports short names and returns wasm-opt's table of them (JSON).
pub fn minify_names(input: &Path, result: &Path) -> Result<String> {
    let mut command = packages::wasm_opt()?;
    command.arg("--minify-imports-and-exports-and-modules");
    output(files(&mut command, input, result), "wasm-opt")
}

fn files<'a>(command: &'a mut Command, input: &Path, result: &Path) -> &'a mut Command {
    command.args(FEATURES).arg(input).arg("-o").arg(result)
}
