//! One client: reads its stream as a browser does, and notes what it sees and when.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::histogram::Shared;
use super::site::Site;

/// Bytes of a message that are waited for at most.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// What all clients have seen.
#[derive(Default)]
pub struct Seen {
    /// From a frame's acknowledgement until a client has its events.
    pub lag: Shared,
    /// From a frame's oldest event until a client has it.
    pub visible: Shared,
    following: AtomicUsize,
    bytes: AtomicU64,
    messages: AtomicU64,
}

impl Seen {
    /// Clients that have a first message.
    pub fn following(&self) -> usize {
        self.following.load(Ordering::Relaxed)
    }

    /// Bytes received.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Messages received, beats left out.
    pub fn messages(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }
}

/// Follows a site until it is stopped.
///
/// # Errors
/// When the stream is refused, ends, or is not understood.
pub async fn follow(port: u16, site: Arc<Site>, seen: Arc<Seen>, opening: Arc<Semaphore>) -> Result<()> {
    let place = opening.acquire().await?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.context("connecting")?;
    let head = format!(
        "GET /api/v1/live?tracking_id={} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\n\r\n",
        site.name, site.token
    );
    stream.write_all(head.as_bytes()).await?;
    let mut place = Some(place);
    let mut buffer = Vec::new();
    let mut known = None;
    loop {
        let count = stream.read_buf(&mut buffer).await?;
        ensure!(count > 0, "the stream ended: {}", String::from_utf8_lossy(&buffer));
        seen.bytes.fetch_add(count as u64, Ordering::Relaxed);
        // A message ends with an empty line, and its chunk behind that.
        while let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\n\n\r\n") {
            let message: Vec<u8> = buffer.drain(..end + 4).collect();
            let message = std::str::from_utf8(&message)?;
            if message.starts_with("HTTP/1.1") {
                ensure!(message.starts_with("HTTP/1.1 200"), "refused: {message}");
            }
            let Some((id, data)) = parse(message) else { continue };
            seen.messages.fetch_add(1, Ordering::Relaxed);
            let events = site.events_of(id, data);
            known = Some(match known {
                Some(known) => site.see(known, events, &seen),
                None => {
                    drop(place.take());
                    seen.following.fetch_add(1, Ordering::Relaxed);
                    site.join(events)
                }
            });
        }
        if buffer.len() > MESSAGE_BYTES_MAX {
            bail!("a message of more than {MESSAGE_BYTES_MAX} bytes");
        }
    }
}

/// Id and data of a message; none of a beat.
fn parse(message: &str) -> Option<(&str, &str)> {
    let line = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
    Some((line("id: ")?, line("data: ")?))
}
