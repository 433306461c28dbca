//! Splitting a module at the functions that say so (`#[wasm_split(NAME)]`): what only they need is loaded when one is called.
//!
//! The splitter reads the linker's relocations, so it runs before wasm-bindgen, on a module linked with [`LINK_ARGS`].

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

/// What the linker must be told.
pub const LINK_ARGS: &str = "-Clink-args=--emit-relocs";

/// The script that loads the parts, beside wasm-bindgen's, which imports it.
pub const LOADER: &str = "split.js";

/// How the splitter has a part fetched: once for each part, which is most of the script.
const FETCHED: (&str, &str) = (
    "() => {\n    const src = fetch(new URL(",
    ", import.meta.url));\n    src.catch(() => {});\n    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}\n",
);

/// The same, once for all.
const FETCH: &str = "const fetched = (file) => () => {\n    const src = fetch(new URL(file, import.meta.url));\n    src.catch(() => {});\n    return async (imports) => WebAssembly.instantiateStreaming(src, imports);\n};\n";

/// A module in parts.
pub struct Parts {
    /// What is loaded first, for wasm-bindgen.
    pub main: PathBuf,
    /// What is loaded later, by the names that [`LOADER`] has for them.
    pub later: Vec<PathBuf>,
}

/// Splits `module` into an emptied `folder`. `script` is what wasm-bindgen will write, as [`LOADER`] imports it.
pub fn split(module: &Path, folder: &Path, script: &str) -> Result<Parts> {
    super::bindings::empty(folder)?;
    let input = fs::read(module).with_context(|| format!("{} cannot be read", module.display()))?;
    let main = folder.join("main.wasm");
    let link_name = format!("./{LOADER}");
    let mut options = Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = script;
    options.link_name = &link_name;
    let parts = transform(options).map_err(|error| anyhow!("{} cannot be split: {error:#}", module.display()))?;
    shorten(&folder.join(LOADER))?;
    Ok(Parts { main, later: parts.split_modules })
}

/// Says in the script how parts are fetched once, and not for each.
fn shorten(loader: &Path) -> Result<()> {
    let script = fs::read_to_string(loader)?;
    if !script.contains(FETCHED.0) || !script.contains(FETCHED.1) {
        bail!("the splitter has parts fetched in another way than this build knows");
    }
    let short = script.replace(FETCHED.0, "fetched(").replace(FETCHED.1, ")");
    // The loaders of the parts are the last of the script; what they call has to stand before.
    let (imports, rest) = short.split_once('\n').context("the splitter's script is one line")?;
    fs::write(loader, format!("{imports}\n{FETCH}{rest}"))?;
    Ok(())
}
