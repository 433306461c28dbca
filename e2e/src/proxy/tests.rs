use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::http;

/// An aggregator that answers everything with `ok`, and says each time it was asked.
struct Upstream {
    port: u16,
    asked: mpsc::Receiver<()>,
}

fn upstream() -> Upstream {
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    let port = server.server_addr().to_ip().unwrap().port();
    let (asking, asked) = mpsc::channel();
    thread::spawn(move || {
        for request in server.incoming_requests() {
            if asking.send(()).is_err() {
                return;
            }
            let _ = request.respond(tiny_http::Response::from_string("ok"));
        }
    });
    Upstream { port, asked }
}

#[test]
fn each_fault_does_what_it_says() {
    let upstream = upstream();
    let proxy = Proxy::start(upstream.port).unwrap();
    let asked = || upstream.asked.try_iter().count();
    let answered = || http::get(&proxy.url()).is_ok_and(|answer| answer.text() == "ok");

    assert_eq!((answered(), asked()), (true, 1));
    proxy.set(Fault::DropRequests);
    assert_eq!((answered(), asked()), (false, 0));
    proxy.set(Fault::DropAnswers);
    assert_eq!((answered(), asked()), (false, 1));
    proxy.set(Fault::Cut);
    assert_eq!((answered(), asked()), (false, 0));
    let latency = Duration::from_millis(80);
    proxy.set(Fault::Latency(latency));
    let begun = Instant::now();
    assert_eq!((answered(), asked()), (true, 1));
    assert!(begun.elapsed() >= latency);
    let traffic = proxy.traffic();
    assert_eq!((traffic.requests_dropped, traffic.answers_dropped), (1, 1));
    assert!(traffic.connections_cut >= 1 && traffic.request_bytes > 0 && traffic.answer_bytes > 0);
}

#[test]
fn what_was_on_its_way_arrives_after_a_partition() {
    let upstream = upstream();
    let proxy = Proxy::start(upstream.port).unwrap();
    proxy.set(Fault::Partition);
    let url = proxy.url();
    let waiting = thread::spawn(move || http::get(&url).unwrap().text());
    assert!(upstream.asked.recv_timeout(Duration::from_millis(200)).is_err());
    proxy.set(Fault::None);
    assert_eq!(waiting.join().unwrap(), "ok");
}
