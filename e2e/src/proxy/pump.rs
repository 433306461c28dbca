//! One direction of one connection: bytes in, the fault of the moment, bytes out.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::{Fault, Network};

/// Bytes moved at once.
const PIECE_BYTES: usize = 64 * 1024;

/// How often a silent connection looks whether the network has changed.
const LOOK: Duration = Duration::from_millis(10);

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From edge to aggregator.
    Requests,
    /// From aggregator to edge.
    Answers,
}

/// One direction of one connection.
pub struct Pump {
    from: TcpStream,
    to: TcpStream,
    direction: Direction,
    network: Arc<Network>,
}

impl Pump {
    /// Moves bytes from one end to the other.
    ///
    /// # Errors
    /// When the system refuses another handle.
    pub fn new(from: &TcpStream, to: &TcpStream, direction: Direction, network: &Arc<Network>) -> io::Result<Self> {
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        from.set_read_timeout(Some(LOOK))?;
        to.set_nodelay(true)?;
        Ok(Self { from, to, direction, network: Arc::clone(network) })
    }

    /// Moves bytes until an end or a fault closes the connection; then closes it both ways.
    pub fn run(mut self) {
        let mut piece = vec![0; PIECE_BYTES];
        // An error of either end means the same as its end: the connection is over.
        while let Ok(Step::GoOn) = self.step(&mut piece) {}
        for end in [&self.from, &self.to] {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn step(&mut self, piece: &mut [u8]) -> io::Result<Step> {
        if self.network.is_stopping() {
            return Ok(Step::Close);
        }
        match self.network.fault() {
            Fault::Cut => {
                self.network.connections_cut.fetch_add(1, Ordering::Relaxed);
                return Ok(Step::Close);
            }
            Fault::Partition => {
                thread::sleep(LOOK);
                return Ok(Step::GoOn);
            }
            _ => {}
        }
        match self.from.read(piece) {
            Ok(0) => Ok(Step::Close),
            Ok(count) => self.pass(piece.get(..count).unwrap_or_default()),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(Step::GoOn),
            Err(e) => Err(e),
        }
    }

    /// Does to a piece what the network does now, which may not be what it did when the wait for it began.
    fn pass(&mut self, piece: &[u8]) -> io::Result<Step> {
        while self.network.fault() == Fault::Partition && !self.network.is_stopping() {
            thread::sleep(LOOK);
        }
        match (self.network.fault(), self.direction) {
            (Fault::DropRequests, Direction::Requests) => {
                self.network.requests_dropped.fetch_add(1, Ordering::Relaxed);
                return Ok(Step::Close);
            }
            (Fault::DropAnswers, Direction::Answers) => {
                self.network.answers_dropped.fetch_add(1, Ordering::Relaxed);
                return Ok(Step::Close);
            }
            (Fault::Latency(latency), _) => thread::sleep(latency),
            _ => {}
        }
        self.to.write_all(piece)?;
        let counter = match self.direction {
            Direction::Requests => &self.network.request_bytes,
            Direction::Answers => &self.network.answer_bytes,
        };
        counter.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok(Step::GoOn)
    }
}

/// Whether the connection stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    GoOn,
    Close,
}
