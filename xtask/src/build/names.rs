//! The SDK's short names: wasm-opt renames the module's imports and exports, and the JavaScript
//! that wasm-bindgen wrote has to follow.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// wasm-opt's table of what it renamed.
#[derive(Deserialize)]
struct Names {
    /// Old and new name.
    exports: Vec<(String, String)>,
    /// Module, old and new name.
    imports: Vec<(String, String, String)>,
}

/// The one module that all imports come from after renaming.
const IMPORTS: &str = "a";
/// The export that initialises wasm-bindgen's tables, in a module that has any.
const START: &str = "__wbindgen_start";
/// The export that is the module's memory.
const MEMORY: &str = "memory";

/// Rewrites `core_bg.js` in `folder` to the names in `table` (JSON), and writes `core.js`: `link(response)` makes the module
/// of its file's response, which has to end before the functions in `core_bg.js` are called, and answers its memory.
pub fn write_core(folder: &Path, table: &str) -> Result<()> {
    let names: Names = serde_json::from_str(table).context("wasm-opt's table of names is not understood")?;
    let exports: BTreeMap<&str, &str> = names.exports.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let bindings = folder.join("core_bg.js");
    let renamed = rename(&fs::read_to_string(&bindings)?, &exports);
    fs::write(&bindings, renamed)?;
    let memory = exports.get(MEMORY).context("the module exports no memory")?;
    fs::write(folder.join("core.js"), core(&names, exports.get(START).copied(), memory)?)?;
    Ok(())
}

/// Replaces `wasm.OLD` by `wasm.NEW`.
fn rename(text: &str, exports: &BTreeMap<&str, &str>) -> String {
    let mut parts = text.split("wasm.");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        result.push_str("wasm.");
        result.push_str(exports.get(name).copied().unwrap_or(name));
        result.push_str(rest);
    }
    result
}

/// `bindings` is only ever used as `bindings.name`: as a value it would cost esbuild's namespace object.
fn core(names: &Names, start: Option<&str>, memory: &str) -> Result<String> {
    let mut text = String::from("import * as bindings from \"./core_bg.js\";\n");
    writeln!(text, "const imports = {{ {IMPORTS}: {{")?;
    for (_, old, new) in &names.imports {
        writeln!(text, "  {new}: bindings.{old},")?;
    }
    text.push_str("} };\n");
    text.push_str("export const link = async (response) => {\n");
    text.push_str("  const { exports } = (await WebAssembly.instantiateStreaming(response, imports)).instance;\n");
    text.push_str("  bindings.__wbg_set_wasm(exports);\n");
    if let Some(start) = start {
        writeln!(text, "  exports.{start}();")?;
    }
    writeln!(text, "  return exports.{memory};")?;
    text.push_str("};\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::rename;

    #[test]
    fn renames_whole_names_only() {
        let names = BTreeMap::from([("malloc", "A"), ("malloc_2", "B")]);
        assert_eq!(
            rename("f(wasm.malloc, wasm.malloc_2(1), wasm.other); wasm = 1; malloc()", &names),
            "f(wasm.A, wasm.B(1), wasm.other); wasm = 1; malloc()"
        );
    }
}
