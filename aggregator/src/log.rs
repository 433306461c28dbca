//! The log: lines on standard error. Never a body, a token or an address.

use anyhow::{Context, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::config::{Config, LogFormat};
use crate::telemetry::Traces;

/// Starts logging for the rest of the process, and tracing where that is configured.
///
/// # Errors
/// When the filter cannot be read, or traces cannot be sent.
pub fn start(config: &Config) -> Result<Traces> {
    let filter = EnvFilter::try_new(&config.log_filter).context("log_filter")?;
    // A line that finds no room is lost. To complain about it on standard error would fail too, and end the thread.
    let log = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let log = match config.log_format {
        LogFormat::Text => log.with_ansi(false).boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let traces = Traces::start(config)?;
    registry().with(log.with_filter(filter)).with(traces.layer()).init();
    Ok(traces)
}
