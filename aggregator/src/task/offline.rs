//! Doing a task where no server runs: the command has the data folder meanwhile.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use wire::Id128;

use super::{Hands, work_once};
use crate::config::Config;
use crate::intake::Writer;
use crate::ledger::task::State;
use crate::ledger::{self, DataFolder};
use crate::segments::Segments;

/// Does what waits until a task is finished, with a writer as a server has one.
///
/// # Errors
/// When the ledger cannot be opened or a step fails; the tasks stay as they are then.
pub fn run_here(config: &Config, folder: &DataFolder, id: Id128) -> Result<()> {
    let file = folder.ledger_file();
    let connection = ledger::open(&file)?;
    let segments = Segments::open(folder, config)?;
    let (interval, sealed) = (Duration::from_secs(config.checkpoint_seconds), segments.lookup());
    let hot = Arc::new(ledger::rollup::replayed(&connection)?);
    let (writer, writing) =
        Writer::start(connection, file.clone(), Arc::clone(&hot), config.stable_after, interval, sealed, |_| ())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().context("no runtime")?;
    let writer = Arc::new(writer);
    let connection = super::connection(&file)?;
    ledger::task::take_up_again(&connection)?;
    let mut hands = Hands {
        connection,
        writer: Arc::clone(&writer),
        hot,
        segments,
        runtime: runtime.handle().clone(),
        changed: Box::new(|_| ()),
    };
    let result = until_done(&mut hands, id);
    writer.stop();
    ensure!(writing.join().is_ok(), "the writer failed");
    result
}

fn until_done(hands: &mut Hands, id: Id128) -> Result<()> {
    loop {
        let is_waiting = ledger::task::find(&hands.connection, id)?.is_some_and(|task| task.state == State::Waiting);
        if !is_waiting || !work_once(hands)? {
            return Ok(());
        }
    }
}
