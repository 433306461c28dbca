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
/// What stands for the imports in the script.
const PLACE: &str = "IMPORTS";

/// Has the script `bindings` call the module's exports by the names in `table` (JSON), and give it what it imports. That is
/// wasm-bindgen's way to throw, which a core that cannot panic never goes: any function will do.
pub fn apply(bindings: &Path, table: &str) -> Result<()> {
    let names: Names = serde_json::from_str(table).context("wasm-opt's table of names is not understood")?;
    let exports: BTreeMap<&str, &str> = names.exports.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let mut imports = String::new();
    for (_, _, new) in &names.imports {
        write!(imports, "{new}: Date,")?;
    }
    let renamed = rename(&fs::read_to_string(bindings)?, &exports);
    fs::write(bindings, renamed.replace(PLACE, &format!("{{ {IMPORTS}: {{ {imports} }} }}")))?;
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
