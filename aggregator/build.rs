//! Says where the SDK and the dashboard to embed lie: `TIDEMARK_ASSETS_DIR`, or an empty folder.

use std::path::PathBuf;
use std::{env, fs, io};

const VARIABLE: &str = "TIDEMARK_ASSETS_DIR";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let folder = match env::var_os(VARIABLE) {
        Some(folder) => PathBuf::from(folder),
        None => {
            let empty = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("no-assets");
            for part in ["sdk", "dashboard"] {
                fs::create_dir_all(empty.join(part))?;
            }
            empty
        }
    };
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env={VARIABLE}={}", folder.display());
    Ok(())
}
