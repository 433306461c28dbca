//! One connection that asks and waits, at hardly any cost: what is measured is the edge, and both share the machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Bytes of an answer that are read: an acknowledgement has a few hundred, a problem document a thousand.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What a common browser calls itself; the edge reads it.
const USER_AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// A connection to a port on loopback, kept between requests and made anew where the answer says so.
pub struct Connection {
    port: u16,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// A connection that is made at its first request.
    pub fn new(port: u16) -> Self {
        Self { port, stream: None, buffer: Vec::new() }
    }

    /// `GET`; answers the status.
    ///
    /// # Errors
    /// When there is no answer, or none that can be read.
    pub fn get(&mut self, path: &str) -> Result<u16> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", self.port);
        self.exchange(head.as_bytes(), &[])
    }

    /// `POST`; answers the status.
    ///
    /// # Errors
    /// When there is no answer, or none that can be read.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Result<u16> {
        let (port, length) = (self.port, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nuser-agent: {USER_AGENT}\r\ncontent-length: {length}\r\n\r\n"
        );
        self.exchange(head.as_bytes(), body)
    }

    fn exchange(&mut self, head: &[u8], body: &[u8]) -> Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.port)?,
        };
        self.buffer.clear();
        self.buffer.extend_from_slice(head);
        self.buffer.extend_from_slice(body);
        stream.write_all(&self.buffer)?;
        self.buffer.clear();
        loop {
            if let Some(answer) = parse(&self.buffer)? {
                if answer.keeps_connection {
                    self.stream = Some(stream);
                }
                return Ok(answer.status);
            }
            let mut piece = [0; 2048];
            let count = stream.read(&mut piece).context("no answer")?;
            if count == 0 || self.buffer.len() > ANSWER_BYTES_MAX {
                bail!("an answer ended early: {:?}", String::from_utf8_lossy(&self.buffer));
            }
            self.buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }
}

fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    keeps_connection: bool,
}

/// The answer, once it is whole. One of unknown length is not waited for: its connection goes.
fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?.to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without status")?;
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let closes = field("connection:") == Some("close");
    let length = match field("content-length:") {
        Some(length) => length.parse().context("an answer of unreadable length")?,
        None if status == 204 => 0,
        None => return Ok(Some(Answer { status, keeps_connection: false })),
    };
    let whole = bytes.len() >= end + 4 + length;
    Ok(whole.then_some(Answer { status, keeps_connection: !closes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expect: Option<(u16, bool)>) {
        let expect = expect.map(|(status, keeps_connection)| Answer { status, keeps_connection });
        assert_eq!(parse(bytes.as_bytes()).unwrap(), expect, "{bytes:?}");
    }

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        check("HTTP/1.1 204 No Content\r\n", None);
        check("HTTP/1.1 204 No Content\r\n\r\n", Some((204, true)));
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", None);
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", Some((200, true)));
        check("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Some((200, false)));
        check("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n", Some((503, false)));
        assert!(parse(b"what\r\n\r\n").is_err());
    }
}
