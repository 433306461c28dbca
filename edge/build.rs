//! Writes the table of the SDK's files, whatever they are called: those of `sdk/` in `TIDEMARK_ASSETS_DIR`, or none.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

const VARIABLE: &str = "TIDEMARK_ASSETS_DIR";

/// Bytes of a content's hash that name it, as in the names that `xtask` gives: 64 bits, for no one gains by a collision.
const TAG_BYTES: usize = 8;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("&[\n");
    if let Some(folder) = env::var_os(VARIABLE).map(|assets| PathBuf::from(assets).join("sdk")) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> =
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file() && !is_sibling(file)) {
            row(&mut table, file)?;
        }
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("sdk_files.rs"), table)
}

/// Whether it is another file, compressed.
fn is_sibling(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "br" || ending == "gz") && file.with_extension("").is_file()
}

fn row(table: &mut String, file: &Path) -> io::Result<()> {
    let name = file.file_name().and_then(|name| name.to_str()).ok_or(io::ErrorKind::InvalidFilename)?;
    let hash = Sha256::digest(fs::read(file)?);
    let tag = hash.iter().take(TAG_BYTES).fold(String::new(), |mut tag, byte| {
        // Writing to a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
        tag
    });
    let bytes = |file: &Path| format!("include_bytes!({:?})", file.display().to_string());
    let sibling = |ending: &str| {
        let sibling = file.with_file_name(format!("{name}.{ending}"));
        if sibling.is_file() { format!("Some({})", bytes(&sibling)) } else { "None".to_owned() }
    };
    let (plain, brotli, gzip) = (bytes(file), sibling("br"), sibling("gz"));
    let _ =
        writeln!(table, "    File {{ name: {name:?}, tag: {tag:?}, plain: {plain}, brotli: {brotli}, gzip: {gzip} }},");
    Ok(())
}
