//! `tidemark export`

use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;

use anyhow::Result;
use rusqlite::Connection;
use wire::frame::Frame;

use super::site_named;
use crate::ledger;

/// Prints a site's events, one JSON object a line. A reader that has enough may go.
pub(super) fn run(connection: &Connection, tracking_id: &str) -> Result<()> {
    let site = site_named(connection, tracking_id)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut result = Ok(());
    ledger::frame::each(connection, site, |frame| {
        result = print(&mut out, &frame);
        if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match result.and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn print(out: &mut impl Write, frame: &Frame) -> io::Result<()> {
    for event in &frame.events {
        serde_json::to_writer(&mut *out, event)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
