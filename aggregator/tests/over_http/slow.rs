//! A client that takes what it is sent slowly.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::net::TcpStream;

use socket2::{Domain, Socket, Type};
use wire::frame::RawEvent;

use crate::edge::{Edge, now_ms};
use crate::server::{DEADLINE, Server, bearer};
use crate::visits::{Random, event};

/// Messages that come while the client takes nothing.
const MISSED: u64 = 16;

/// Events with names so long that a message has 15 KB: more come than there is room for on the way.
fn long_names() -> Vec<RawEvent> {
    let mut random = Random(1);
    let long = |n: usize, name: &str| format!("/{name}{n}/{}", "x".repeat(480));
    let made = (0..20).map(|n| {
        let (path, source) = (long(n, "page"), long(n, "source"));
        RawEvent { path, source, ..event(&mut random, now_ms(), 100) }
    });
    made.collect()
}

/// A connection for which the system here keeps as little as it may.
fn connect(server: &Server) -> TcpStream {
    let address: SocketAddr = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn versions(text: &str) -> Vec<u64> {
    let ids = text.split("id: ").skip(1).filter_map(|rest| rest.split_once('.'));
    ids.map(|(version, _)| version.parse().unwrap()).collect()
}

#[test]
fn a_slow_client_skips_to_the_newest() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let mut edge = Edge::join(&server, 1, "UA-1");
    let mut slow = connect(&server);
    write!(slow, "GET /api/v1/live?tracking_id=UA-1 HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\r\n")
        .unwrap();
    let quick = server.stream("/api/v1/live?tracking_id=UA-1", &[("authorization", &authorization)]);
    for version in 1..=MISSED {
        edge.deliver(&server, &long_names());
        // The next comes when the quick client has seen this one.
        let seen = format!("id: {version}.");
        while !quick.recv_timeout(DEADLINE).expect("a line").starts_with(&seen) {}
    }
    let mut text = String::new();
    let mut piece = [0; 64 * 1024];
    while versions(&text).last() != Some(&MISSED) {
        let count = slow.read(&mut piece).unwrap();
        assert!(count > 0, "the stream ended");
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    let seen = versions(&text);
    assert!(seen.is_sorted() && seen.len() < MISSED as usize / 2 + 4, "{seen:?}");
}
