//! `tidemark backup`

use std::path::Path;

use anyhow::{Result, ensure};

use crate::config::Config;
use crate::ledger::{self, DataFolder};
use crate::segments::{Segments, backup};

/// Copies the ledger to a file and its segments to a folder beside that, and says what is in it.
pub(super) fn run(config: &Config, file: &Path) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let ledger_file = folder.ledger_file();
    ensure!(ledger_file.is_file(), "there is no ledger in {}", config.data_dir.display());
    let mut connection = ledger::open(&ledger_file)?;
    let segments = Segments::open(&folder, config)?;
    let copy = |ledger: &Path| segments.copy_listed(ledger, &backup::beside(file)).map_err(|e| e.to_string());
    let finished = ledger::backup::write(&mut connection, file, copy)?;
    println!("{} bytes, {} edges", finished.bytes, finished.edges);
    Ok(())
}
