//! `tidemark check`

use anyhow::{Context, Result};

use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger::{self, DataFolder};
use crate::segments::Segments;

/// Reads the whole ledger and every segment, beside a running server too, and prints what it holds.
pub(super) fn run(config: &Config) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let file = folder.ledger_file();
    let mut connection = ledger::open_reader(&file).with_context(|| format!("{}", file.display()))?;
    let instant = connection.transaction()?;
    let contents = ledger::check::contents(&instant, now_ms())?;
    let segments = Segments::open(&folder, config)?.check(&instant)?;
    let digest: String = contents.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("the ledger is whole; minutes, hours and days agree with the log; segments are as it says");
    println!(
        "frames   {}\nevents   {}\nrollups  {}\ncontent  {digest}",
        contents.frames, contents.events, contents.rollups
    );
    println!("segments {}\nsealed   {}", segments.segments, segments.events);
    Ok(())
}
