//! `tidemark restore`

use std::path::Path;

use anyhow::Result;

use crate::config::Config;
use crate::ledger::{self, DataFolder};

/// Makes a data folder from a backup and says what is in it.
pub(super) fn run(config: &Config, file: &Path) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let _occupied = folder.occupy()?;
    let contents = ledger::restore::restore(file, &folder)?;
    println!("restored into {}\nframes   {}\nevents   {}", config.data_dir.display(), contents.frames, contents.events);
    Ok(())
}
