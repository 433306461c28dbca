//! Sends frames as edges do, at next to no cost: requests are written ahead, and answers are not parsed beyond what
//! must be known.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use domain::hash;
use domain::seal::{Sealed, Writer};
use domain::signature;
use e2e::key::EdgeKey;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, FrameResult, HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER,
    SIGNATURE_HEADER, TIMESTAMP_HEADER, WIRE_VERSION,
};
use wire::{Epoch, Id128};

/// A connection that asks one thing after the other.
pub struct Sender {
    stream: BufReader<TcpStream>,
}

/// Signs requests.
#[derive(Clone)]
pub struct Signer {
    key: EdgeKey,
    secret: Vec<u8>,
}

impl Signer {
    /// Signs with this key.
    ///
    /// # Errors
    /// When its secret is not hex.
    pub fn new(key: EdgeKey) -> Result<Self> {
        let secret = signature::from_hex(&key.secret).context("the key is not hex")?;
        Ok(Self { key, secret })
    }

    /// The whole request that posts a frame, valid for five minutes.
    pub fn frame(&self, sealed: &Sealed) -> Vec<u8> {
        self.request(FRAMES_PATH, &sealed.bytes, sealed.hash)
    }

    /// The whole request that posts `body`, valid for five minutes.
    pub fn request(&self, path: &str, body: &[u8], body_hash: Id128) -> Vec<u8> {
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let signature = signature::sign(&self.secret, path, now_ms, body_hash);
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/octet-stream\r\ncontent-length: {}\r\n\
             {KEY_ID_HEADER}: {}\r\n{TIMESTAMP_HEADER}: {now_ms}\r\n{HASH_HEADER}: {body_hash}\r\n{SIGNATURE_HEADER}: {signature}\r\n\r\n",
            body.len(),
            self.key.id
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }
}

impl Sender {
    /// Connects to a port on loopback.
    ///
    /// # Errors
    /// When nothing listens there.
    pub fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Opens the first epoch of an object.
    ///
    /// # Errors
    /// When it is not welcome.
    pub fn hello(&mut self, signer: &Signer, writer: &Writer) -> Result<()> {
        let hello = Hello {
            wire_version: WIRE_VERSION,
            edge_id: writer.edge_id,
            site: writer.site.clone(),
            shard: writer.shard,
            epoch: None,
        };
        let body = rmp_serde::to_vec_named(&hello)?;
        let (status, answer) = self.ask(&signer.request(HELLO_PATH, &body, hash::of_bytes(&body)))?;
        ensure!(status == 200, "hello: {status} {}", String::from_utf8_lossy(&answer));
        match serde_json::from_slice(&answer)? {
            HelloAnswer::Welcome { epoch: Epoch(1) } => Ok(()),
            other => bail!("hello: {other:?}"),
        }
    }

    /// Posts a frame until it is counted. Answers how often it was to be sent again later.
    ///
    /// # Errors
    /// When it is refused for good.
    pub fn frame(&mut self, request: &[u8]) -> Result<u32> {
        let mut later = 0;
        loop {
            let (status, answer) = self.ask(request)?;
            if status == 503 || status == 429 {
                later += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
                continue;
            }
            ensure!(status == 200, "frame: {status} {}", String::from_utf8_lossy(&answer));
            let acknowledgement: Acknowledgement = serde_json::from_slice(&answer)?;
            ensure!(acknowledgement.result == FrameResult::Applied, "frame: {acknowledgement:?}");
            return Ok(later);
        }
    }

    fn ask(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.get_mut().write_all(request)?;
        let (mut status, mut length) = (0, 0);
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line)? > 0, "the connection ended");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap_or_default().parse()?;
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}
