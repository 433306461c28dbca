//! Accepting connections: a bounded number, each with a bounded time to say what it wants and to take what it asked for.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::peer::Peer;
use crate::metrics;

/// Longest from the first to the last byte of a request's head, and that a connection may idle between requests.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);

/// Longest that a client may take nothing of what is sent to it; then its connection ends.
const STALL_TIME_MAX: Duration = Duration::from_secs(60);

/// Bytes that wait in the system for a client that takes them slowly. What is behind them waits here, where a live stream
/// can still be given something newer instead.
const UNSENT_BYTES_MAX: u32 = 16 * 1024;

/// Bytes of a request's head, and of answers that wait for a slow client besides: a usual head has 2 KB, one with long
/// cookies 8 KB.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Pause after a failed accept, which is mostly a want of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stopping` is done, then lets the requests under way finish within `stop_time_max`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    stopping: impl Future<Output = ()>,
    stop_time_max: Duration,
) {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let places = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut stopping = pin!(stopping);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stopping => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) => {
                tracing::warn!("a connection was not accepted: {e}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        prepare(&stream);
        let service = TowerToHyperService::new(router.clone().map_request(move |request| with_peer(request, peer)));
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let watched = graceful.watch(connection);
        let counted = metrics::connection();
        tokio::spawn(async move {
            // A connection that breaks is its client's affair.
            let _ = watched.await;
            drop((place, counted));
        });
    }
    drop(listener);
    if tokio::time::timeout(stop_time_max, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way");
    }
}

/// Sets what holds for every connection. A system that does not know one of these does without.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_user_timeout(Some(STALL_TIME_MAX));
    let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX);
}

fn with_peer<Body>(mut request: Request<Body>, peer: SocketAddr) -> Request<Body> {
    request.extensions_mut().insert(Peer(peer));
    request
}
