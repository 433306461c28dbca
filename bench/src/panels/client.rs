//! A connection that asks questions one after the other, as a dashboard does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Head of each request, up to its length.
fn head(token: &str) -> String {
    format!(
        "POST /api/v1/query HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: "
    )
}

/// A connection under one token.
pub struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

/// An answer, and how long until all of it was there.
pub struct Answered {
    /// From the request's first byte to the answer's last.
    pub took: Duration,
    /// The answer.
    pub body: Vec<u8>,
}

impl Answered {
    /// The answer, understood.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Client {
    /// Connects to a port on loopback.
    ///
    /// # Errors
    /// When nothing listens there.
    pub fn connect(port: u16, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), head: head(token) })
    }

    /// Asks and reads the whole answer.
    ///
    /// # Errors
    /// When the connection fails or the question is refused.
    pub fn ask(&mut self, query: &Value) -> Result<Answered> {
        let query = query.to_string();
        let request = format!("{}{}\r\n\r\n{query}", self.head, query.len());
        let since = Instant::now();
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (String::new(), None);
        let mut line = String::new();
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line)? > 0, "the server closed the connection");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            match text.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = Some(value.trim().parse::<usize>()?);
                }
                None => text.clone_into(&mut status),
                Some(_) => {}
            }
        }
        let mut body = vec![0; length.context("an answer without length")?];
        self.stream.read_exact(&mut body)?;
        let took = since.elapsed();
        ensure!(status.contains(" 200 "), "{status}: {} to {query}", String::from_utf8_lossy(&body));
        Ok(Answered { took, body })
    }
}
