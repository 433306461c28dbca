//! The compressed siblings that are served instead of a file: `.br` and `.gz`.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Brotli's best quality: assets are compressed once and sent many times.
const BROTLI_QUALITY: u32 = 11;
/// Brotli's largest ordinary window (4 MiB), above every asset's size.
const BROTLI_WINDOW_BITS: u32 = 22;
/// Size of the buffers, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// What is worth compressing, by extension.
const COMPRESSED: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// `content` in brotli.
pub fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut result = Vec::new();
    let mut writer = CompressorWriter::new(&mut result, BUFFER_BYTES, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
    writer.write_all(content)?;
    writer.flush()?;
    drop(writer);
    Ok(result)
}

/// `content` in gzip.
pub fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(content)?;
    Ok(writer.finish()?)
}

/// Writes the siblings of every compressible file in `folder` and below.
pub fn add_siblings(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            add_siblings(&path)?;
        } else if path.extension().and_then(|end| end.to_str()).is_some_and(|end| COMPRESSED.contains(&end)) {
            let content = fs::read(&path)?;
            fs::write(sibling(&path, ".br"), brotli(&content)?)?;
            fs::write(sibling(&path, ".gz"), gzip(&content)?)?;
        }
    }
    Ok(())
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
