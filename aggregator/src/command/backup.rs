//! `tidemark backup`

use std::path::Path;

use anyhow::{Result, ensure};

use crate::config::Config;
use crate::ledger::{self, DataFolder};

/// Copies the ledger to a file and says what is in it.
pub(super) fn run(config: &Config, file: &Path) -> Result<()> {
    let ledger_file = DataFolder::prepare(&config.data_dir)?.ledger_file();
    ensure!(ledger_file.is_file(), "there is no ledger in {}", config.data_dir.display());
    let finished = ledger::backup::write(&mut ledger::open(&ledger_file)?, file)?;
    println!("{} bytes, {} edges", finished.bytes, finished.edges);
    Ok(())
}
