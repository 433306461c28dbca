//! `tidemark serve`: start, run, stop.
//!
//! On SIGTERM or SIGINT the server accepts no more, ends its live streams, answers what is under way, writes
//! what waits, and exits with status 0, all within [`STOP_TIME_MAX`].

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::http;
use crate::intake::Writer;
use crate::ledger::readers::Readers;
use crate::ledger::{self, DataFolder};
use crate::live::Live;
use crate::service::{LOOKUP_TIME_MAX, LOOKUPS_AT_ONCE, QUERIES_AT_ONCE, QUERY_TIME_MAX, Service};

/// Longest that requests under way may take once the server stops. The writer then has two more seconds of the ten that
/// process managers usually grant.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(7);

/// Threads for reads and for decoding frames.
const BLOCKING_THREADS_MAX: usize = 32;

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start: the data folder is in use, the ledger cannot be opened, the address is taken.
pub fn serve(config: Config) -> Result<()> {
    let folder = DataFolder::prepare(&config.data_dir)?;
    let _occupied = folder.occupy()?;
    let file = folder.ledger_file();
    let connection = ledger::open(&file)?;
    if let Some(bytes_max) = config.ledger_bytes_max {
        ledger::set_bytes_max(&connection, bytes_max)?;
    }
    let lookups = Readers::open(&file, LOOKUPS_AT_ONCE, LOOKUP_TIME_MAX)?;
    let queries = Readers::open(&file, QUERIES_AT_ONCE, QUERY_TIME_MAX)?;
    let hot = Arc::new(ledger::rollup::replayed(&connection)?);
    let live = Arc::new(Live::new(Arc::clone(&lookups), Arc::clone(&hot), config.live_clients_max));
    let told = Arc::clone(&live);
    let interval = Duration::from_secs(config.checkpoint_seconds.max(1));
    let changed = move |site| told.changed(site);
    let (writer, writing) = Writer::start(connection, file, Arc::clone(&hot), config.stable_after, interval, changed)?;
    let (stop, is_stopping) = watch::channel(false);
    if config.edge_keys.is_empty() {
        tracing::warn!("no edge_keys are configured: no frames will be taken");
    }
    let service = Arc::new(Service { config, writer, hot, lookups, queries, live, is_stopping });

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()
        .context("no runtime")?;
    let running = Arc::clone(&service);
    let result = runtime.block_on(async move { run(running, stop).await });
    service.writer.stop();
    let is_written = writing.join().is_ok();
    runtime.shutdown_background();
    anyhow::ensure!(is_written, "the writer failed");
    tracing::info!("stopped");
    result
}

async fn run(service: Arc<Service>, stop: watch::Sender<bool>) -> Result<()> {
    let listen = service.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = listener.local_addr()?;
    tracing::info!(%address, public_url = service.config.public_url().origin(), "listening");
    let connections_max = service.config.connections_max;
    let router = http::router(Arc::clone(&service));
    let stopping = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        let _ = stop.send(true);
    };
    http::connections::serve(listener, router, connections_max, stopping, STOP_TIME_MAX).await;
    Ok(())
}
