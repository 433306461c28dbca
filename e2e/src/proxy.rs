//! A network between edge and aggregator that can be broken: a TCP proxy on loopback with faults.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

mod pump;

/// Connections at once. The edge keeps one or two; beyond this, new ones are closed.
const CONNECTIONS_MAX: usize = 64;

/// What the network does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Everything arrives.
    #[default]
    None,
    /// Requests are swallowed and their connection closed.
    DropRequests,
    /// Requests arrive, answers do not: the aggregator commits, the edge does not learn of it.
    DropAnswers,
    /// Every connection is closed at once, and none is made.
    Cut,
    /// Nothing moves, nothing is closed: connections are open and silent. What was on its way arrives afterwards.
    Partition,
    /// Everything arrives, each piece this much later.
    Latency(Duration),
}

/// What passed and what did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes towards the aggregator, headers included.
    pub request_bytes: u64,
    /// Bytes towards the edge, headers included.
    pub answer_bytes: u64,
    /// Requests swallowed.
    pub requests_dropped: u64,
    /// Answers swallowed.
    pub answers_dropped: u64,
    /// Connections closed by [`Fault::Cut`].
    pub connections_cut: u64,
}

#[derive(Default)]
struct Network {
    fault: Mutex<Fault>,
    stopping: AtomicBool,
    connections: AtomicUsize,
    request_bytes: AtomicU64,
    answer_bytes: AtomicU64,
    requests_dropped: AtomicU64,
    answers_dropped: AtomicU64,
    connections_cut: AtomicU64,
}

impl Network {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// A running proxy; it ends when it is dropped.
pub struct Proxy {
    network: Arc<Network>,
    port: u16,
    listener: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port and connects to `upstream_port` for each connection it takes.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(upstream_port: u16) -> Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port for the proxy")?;
        let port = socket.local_addr()?.port();
        let network = Arc::new(Network::default());
        let shared = Arc::clone(&network);
        let listener = thread::spawn(move || listen(&socket, upstream_port, &shared));
        Ok(Self { network, port, listener: Some(listener) })
    }

    /// Origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Does this to what passes from now on.
    pub fn set(&self, fault: Fault) {
        *self.network.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Switches between `fault` and none, `times` times, each for as long as `next` says; ends without fault.
    pub fn flap(&self, fault: Fault, times: u32, mut next: impl FnMut() -> Duration) {
        for _ in 0..times {
            for state in [fault, Fault::None] {
                self.set(state);
                thread::sleep(next());
            }
        }
    }

    /// What passed so far.
    pub fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            request_bytes: read(&self.network.request_bytes),
            answer_bytes: read(&self.network.answer_bytes),
            requests_dropped: read(&self.network.requests_dropped),
            answers_dropped: read(&self.network.answers_dropped),
            connections_cut: read(&self.network.connections_cut),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.network.stopping.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn listen(socket: &TcpListener, upstream_port: u16, network: &Arc<Network>) {
    for connection in socket.incoming() {
        if network.is_stopping() {
            return;
        }
        if network.fault() == Fault::Cut {
            network.connections_cut.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        if network.connections.load(Ordering::Relaxed) < CONNECTIONS_MAX {
            // Without an aggregator the connection is closed, as if it had been refused.
            let _ = connection.and_then(|edge| join(edge, upstream_port, network));
        }
    }
}

/// Joins the two ends by a thread for each direction.
fn join(edge: TcpStream, upstream_port: u16, network: &Arc<Network>) -> io::Result<()> {
    let aggregator = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream_port))?;
    let answers = pump::Pump::new(&aggregator, &edge, pump::Direction::Answers, network)?;
    let requests = pump::Pump::new(&edge, &aggregator, pump::Direction::Requests, network)?;
    network.connections.fetch_add(1, Ordering::Relaxed);
    let counted = Arc::clone(network);
    thread::spawn(move || {
        let answers = thread::spawn(move || answers.run());
        requests.run();
        let _ = answers.join();
        counted.connections.fetch_sub(1, Ordering::Relaxed);
    });
    Ok(())
}

#[cfg(test)]
mod tests;
