//! Traces reach a collector, when there is one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use crate::edge::{Edge, now_ms};
use crate::server::{DEADLINE, Server, bearer};
use crate::visits::{Random, event};

/// A collector that takes traces by OTLP over HTTP in protobuf, and fails on anything else.
struct Collector {
    url: String,
    received: Receiver<Result<Vec<u8>, String>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || take(stream, &sender));
            }
        });
        Self { url, received }
    }

    /// All that came until the server ended.
    fn bodies(&self) -> Vec<Vec<u8>> {
        let mut bodies = vec![self.received.recv_timeout(DEADLINE).expect("no traces came").unwrap()];
        bodies.extend(self.received.try_iter().map(|received| received.unwrap()));
        bodies
    }
}

fn take(mut stream: TcpStream, sender: &Sender<Result<Vec<u8>, String>>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            match stream.read(&mut piece) {
                Ok(count) if count > 0 => bytes.extend_from_slice(&piece[..count]),
                _ => return,
            }
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
        let is_expected =
            head.starts_with("post /v1/traces http/1.1\r\n") && head.contains("content-type: application/x-protobuf");
        let Some(length) = length.filter(|_| is_expected) else {
            let _ = sender.send(Err(head));
            return;
        };
        while bytes.len() < end + 4 + length {
            let count = stream.read(&mut piece).unwrap();
            bytes.extend_from_slice(&piece[..count]);
        }
        let rest = bytes.split_off(end + 4 + length);
        let _ = sender.send(Ok(bytes[end + 4..].to_vec()));
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        bytes = rest;
    }
}

fn holds(bodies: &[Vec<u8>], text: &str) -> bool {
    bodies.iter().any(|body| body.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn work(mut server: Server) -> String {
    let token = server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &[event(&mut Random(1), now_ms(), 5)]);
    let authorization = bearer(&token);
    assert_eq!(server.get("/api/v1/realtime?tracking_id=UA-1", &[("authorization", &authorization)]).status, 200);
    assert_eq!(server.terminate(), 0);
    token
}

#[test]
fn a_collector_gets_spans_of_requests_commits_and_reads() {
    for variable in ["TIDEMARK_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        let collector = Collector::start();
        let token = work(Server::start_with(tempfile::tempdir().unwrap(), &[(variable, &collector.url)]));
        let bodies = collector.bodies();
        let expected = ["tidemark", "request", "group commit", "read", "/api/v1/realtime", "/edge/v1/frames"];
        for text in expected {
            assert!(holds(&bodies, text), "{variable}: no {text}");
        }
        assert!(!holds(&bodies, &token) && !holds(&bodies, "UA-1") && !holds(&bodies, "127.0.0.1"));
    }
}

#[test]
fn a_server_without_a_collector_sends_nothing_and_one_that_is_away_harms_nothing() {
    let collector = Collector::start();
    work(Server::start());
    assert!(collector.received.try_recv().is_err());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    work(Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_OTLP_ENDPOINT", &format!("http://{gone}"))]));
}
