//! `tidemark restore`

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

use crate::config::Config;
use crate::ledger::{self, DataFolder};
use crate::segments::{Segments, backup};

/// Makes a data folder from a backup and says what is in it.
pub(super) fn run(config: &Config, file: &Path) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let _occupied = folder.occupy()?;
    let also = |ledger: &Connection| -> Result<(), String> {
        backup::bring(file, &folder.segments()).map_err(|e| format!("segments: {e}"))?;
        let segments = Segments::open(&folder, config).map_err(|e| e.to_string())?;
        segments.check(ledger).map(|_| ()).map_err(|e| e.to_string())
    };
    let contents = ledger::restore::restore(file, &folder, also)?;
    println!("restored into {}\nframes   {}\nevents   {}", config.data_dir.display(), contents.frames, contents.events);
    Ok(())
}
