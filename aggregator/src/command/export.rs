//! `tidemark export`

use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;

use anyhow::Result;
use wire::frame::RawEvent;

use crate::config::Config;
use crate::ledger::{self, DataFolder};
use crate::segments::Segments;

/// Prints a site's events, one JSON object a line. A reader that has enough may go.
pub(super) fn run(config: &Config, tracking_id: &str) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    super::site_named(&ledger::open(&folder.ledger_file())?, tracking_id)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut result = Ok(());
    Segments::open(&folder, config)?.each_event(tracking_id, |event| {
        result = print(&mut out, &event);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match result.and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn print(out: &mut impl Write, event: &RawEvent) -> io::Result<()> {
    serde_json::to_writer(&mut *out, event)?;
    out.write_all(b"\n")
}
