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

use crate::alerts;
use crate::config::Config;
use crate::digests;
use crate::http;
use crate::http::read_limits::ReadLimits;
use crate::intake::{Writer, spawn};
use crate::ledger::readers::Readers;
use crate::ledger::{self, DataFolder};
use crate::live::Live;
use crate::open_files;
use crate::outbox;
use crate::people::People;
use crate::questions::Questions;
use crate::segments::{Keeper, Segments, SegmentsError, Store};
use crate::service::{LOOKUP_TIME_MAX, LOOKUPS_AT_ONCE, QUERIES_AT_ONCE, QUERY_TIME_MAX, Service};
use crate::setup;
use crate::task::{self, Hands};

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
    let setup_link = setup::link(&connection, &config)?;
    if let Some(bytes_max) = config.ledger_bytes_max {
        ledger::set_bytes_max(&connection, bytes_max)?;
    }
    let lookups = Readers::open(&file, LOOKUPS_AT_ONCE, LOOKUP_TIME_MAX)?;
    let queries = Readers::open(&file, QUERIES_AT_ONCE, QUERY_TIME_MAX)?;
    let hot = Arc::new(ledger::rollup::replayed(&connection)?);
    let (streams, streams_of_site) = (config.live_clients_max, config.live_clients_per_site_max);
    let live = Arc::new(Live::new(Arc::clone(&lookups), Arc::clone(&hot), streams, streams_of_site));
    let told = Arc::clone(&live);
    let segments = Segments::open(&folder, &config)?;
    match segments.claim(&connection) {
        Err(e @ SegmentsError::Owned { .. }) => return Err(e.into()),
        Err(SegmentsError::NoBucket(_)) => segments.do_without_bucket(&connection)?,
        // Nothing is left to it before it is known.
        Err(e) => tracing::warn!("whose the bucket is will be asked later: {e}"),
        Ok(()) => {}
    }
    let (interval, sealed) = (Duration::from_secs(config.checkpoint_seconds.max(1)), segments.lookup());
    let changed = move |site| told.changed(site);
    let (erased, told_too) = (Arc::clone(&hot), Arc::clone(&live));
    segments.tell(Box::new(move |site, version| {
        erased.changed(site, version);
        told_too.changed(site);
    }));
    let (writer, writing) =
        Writer::start(connection, file.clone(), Arc::clone(&hot), config.stable_after, interval, sealed, changed)?;
    let keeper = Keeper::start(Arc::clone(&segments))?;
    let (stop, is_stopping) = watch::channel(false);
    if config.edge_keys.is_empty() {
        tracing::warn!("no edge_keys are configured: no frames will be taken");
    }
    let read_limits = ReadLimits::new(config.read_rates);
    let (writer, store) = (Arc::new(writer), Store(segments));
    let questions = Questions::new(Some(Arc::new(store.clone())));
    let service = Arc::new(Service {
        config,
        writer,
        hot,
        lookups,
        queries,
        questions,
        store,
        people: People::default(),
        live,
        read_limits,
        is_stopping,
    });

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()
        .context("no runtime")?;
    let seen = Arc::clone(&service.live);
    let mut hands = Hands {
        connection: task::connection(&file)?,
        writer: Arc::clone(&service.writer),
        hot: Arc::clone(&service.hot),
        segments: Arc::clone(&service.store.0),
        runtime: runtime.handle().clone(),
        changed: Box::new(move |site| seen.changed(site)),
    };
    let until = service.is_stopping.clone();
    spawn("tasks", move || task::work(&mut hands, || *until.borrow()))?;
    let running = Arc::clone(&service);
    let result = runtime.block_on(async move { run(running, stop, setup_link).await });
    keeper.stop();
    service.writer.stop();
    let is_written = writing.join().is_ok();
    runtime.shutdown_background();
    anyhow::ensure!(is_written, "the writer failed");
    tracing::info!("stopped");
    result
}

async fn run(service: Arc<Service>, stop: watch::Sender<bool>, setup_link: Option<String>) -> Result<()> {
    let connections_max = open_files::raise(service.config.connections_max);
    let listen = service.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let address = listener.local_addr()?;
    if let Some(link) = setup_link {
        println!("Nobody owns this installation yet. To become its owner, open within {} hours:\n{link}", setup::HOURS);
    }
    tracing::info!(%address, public_url = service.config.public_url().origin(), "listening");
    let told = Arc::clone(&service);
    tokio::spawn(async move {
        let all = async { tokio::join!(alerts::watch(&told), digests::watch(&told), outbox::send(&told)) };
        tokio::select! {
            _ = all => {}
            () = Arc::clone(&told).stopped() => {}
        }
    });
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
