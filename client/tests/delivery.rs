//! The client against an edge that does as the test says. What the real one counts is `e2e/tests/servers.rs`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tidemark_client::{Client, Event, QUEUE_EVENTS_MAX, Refused, SettingsError, Status};
use tiny_http::{Header, Response, Server};

const SITE: &str = "UA-123456-1";
const SOON: Duration = Duration::from_secs(10);

/// An edge that answers as it is told, one answer a request. Without more of them it is silent.
struct Edge {
    url: String,
    batches: Receiver<Value>,
    answers: Sender<(u16, &'static str, &'static str)>,
}

fn edge() -> Edge {
    let server = Server::http("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.server_addr().to_ip().unwrap());
    let (told, batches) = channel();
    let (answers, next) = channel::<(u16, &str, &str)>();
    thread::spawn(move || {
        for mut request in server.incoming_requests() {
            assert_eq!(request.url(), "/api/v1/events");
            let mut body = String::new();
            request.as_reader().read_to_string(&mut body).unwrap();
            let _ = told.send(serde_json::from_str(&body).unwrap());
            let Ok((status, retry_after, body)) = next.recv() else { return };
            let mut response = Response::from_string(body).with_status_code(status);
            if !retry_after.is_empty() {
                response.add_header(Header::from_bytes("retry-after", retry_after).unwrap());
            }
            let _ = request.respond(response);
        }
    });
    Edge { url, batches, answers }
}

fn event(n: u32) -> Event {
    Event::new("order").client("customer-17").property("n", n)
}

fn batch(edge: &Edge) -> Value {
    edge.batches.recv_timeout(SOON).expect("a batch")
}

#[test]
fn a_batch_is_sent_again_as_it_was_until_it_is_answered() {
    let edge = edge();
    let client = Client::new(&edge.url, SITE).unwrap();
    let receipts: Vec<_> = (0..20).map(|n| client.send(event(n)).unwrap()).collect();
    edge.answers.send((503, "1", "")).unwrap();
    let mut first = batch(&edge);
    let begun = Instant::now();
    edge.answers.send((429, "", "")).unwrap();
    let mut second = batch(&edge);
    assert!(begun.elapsed() >= Duration::from_secs(1), "`Retry-After` was not waited for");
    edge.answers.send((204, "", "")).unwrap();
    let mut third = batch(&edge);
    let sent_at: Vec<f64> =
        [&mut first, &mut second, &mut third].map(|b| b["sent_at_ms"].take().as_f64().unwrap()).to_vec();
    assert!(sent_at.is_sorted() && sent_at[0] < sent_at[2], "{sent_at:?}");
    assert_eq!((&first, &second), (&second, &third));
    assert_eq!(first["batch_id"].as_str().unwrap().len(), 32);
    assert_eq!(first["events"].as_array().unwrap().len(), 20);
    assert_eq!(first["events"][7]["custom_properties"]["n"], 7.0);
    for receipt in receipts {
        assert_eq!(receipt.wait(SOON).unwrap().status, Status::Accepted);
    }
    // The next batch has an id of its own.
    client.send(event(20)).unwrap();
    edge.answers.send((204, "", "")).unwrap();
    assert_eq!(client.flush(SOON), 0);
    assert_ne!(batch(&edge)["batch_id"], first["batch_id"]);
}

#[test]
fn what_is_wrong_comes_back_by_field_and_limit() {
    let edge = edge();
    let client = Client::new(&edge.url, SITE).unwrap();
    let (good, bad) = (client.send(event(1)).unwrap(), client.send(event(2)).unwrap());
    let told = r#"{"accepted":1,"outcomes":[{"index":0,"status":"accepted"},{"index":1,"status":"rejected","field":"page.url","detail":"is longer than 2048 bytes"}]}"#;
    edge.answers.send((200, "", told)).unwrap();
    assert_eq!(client.flush(SOON), 0);
    assert_eq!(good.wait(SOON).unwrap().status, Status::Accepted);
    let bad = bad.wait(SOON).unwrap();
    assert_eq!((bad.status, bad.field.as_deref()), (Status::Rejected, Some("page.url")));
    assert_eq!(bad.detail.as_deref(), Some("is longer than 2048 bytes"));

    // Not an edge: where it leads to is not followed.
    let lost = client.send(event(3)).unwrap();
    edge.answers.send((301, "", "<html>")).unwrap();
    assert_eq!(client.flush(SOON), 0);
    assert_eq!(lost.wait(SOON).unwrap().detail.as_deref(), Some("the edge answered 301"));

    assert!(matches!(Client::new("edge.example", SITE), Err(SettingsError::Endpoint)));
    assert!(matches!(Client::new(&edge.url, "a b"), Err(SettingsError::Site)));
    assert_eq!(client.send(Event::new("order")).unwrap_err(), Refused::NoClient);
    let large = event(3).property("text", "x".repeat(1_100_000));
    assert!(matches!(client.send(large), Err(Refused::TooLarge(1_100_000..))));
}

#[test]
fn what_waits_is_bounded_and_what_is_dropped_has_a_time_limit() {
    let edge = edge();
    let client = Client::new(&edge.url, SITE).unwrap();
    // 20 leave at once, and their answer does not come.
    let first = client.send(event(0)).unwrap();
    (1..20).for_each(|n| drop(client.send(event(n)).unwrap()));
    batch(&edge);
    let mut waiting: Vec<_> = (0..QUEUE_EVENTS_MAX).map(|n| client.send(event(n as u32)).unwrap()).collect();
    let full = client.send(event(0)).unwrap_err();
    assert!(matches!(full, Refused::QueueFull { events: QUEUE_EVENTS_MAX, .. }), "{full}");
    assert!(full.to_string().contains("at most 10000"), "{full}");

    let begun = Instant::now();
    assert_eq!(client.close(Duration::from_millis(300)), QUEUE_EVENTS_MAX + 20);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(waiting.pop().unwrap().wait(SOON).unwrap().status, Status::Unsent);
    assert_eq!(first.wait(Duration::ZERO), None, "its answer may come still");
}

#[test]
fn dropping_it_sends_what_waits_in_batches_of_500() {
    let edge = edge();
    let client = Client::new(&edge.url, SITE).unwrap();
    for n in 0..1200 {
        client.send(event(n)).unwrap();
    }
    // What left at once, 20 or a few more, is answered now: until then nothing else leaves.
    for _ in 0..4 {
        edge.answers.send((204, "", "")).unwrap();
    }
    drop(client);
    let sizes: Vec<usize> = edge.batches.try_iter().map(|b| b["events"].as_array().unwrap().len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 1200);
    let between = sizes.get(1..sizes.len() - 1).unwrap();
    assert!(sizes.len() <= 4 && between.iter().all(|size| *size == 500), "{sizes:?}");
}

#[test]
fn whoever_waits_in_vain_is_told_why() {
    let check = |endpoint: &str, words: &str| {
        let client = Client::new(endpoint, SITE).unwrap();
        let receipt = client.send(event(0)).unwrap();
        assert_eq!(client.close(Duration::from_millis(500)), 1);
        let outcome = receipt.wait(SOON).unwrap_or_else(|| panic!("{endpoint}: nothing is told"));
        let detail = outcome.detail.unwrap();
        assert!(outcome.status == Status::Unsent && detail.contains(words), "{detail}");
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    check(&format!("http://{closed}"), "refused");
    // What it speaks is no TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    thread::spawn(move || {
        listener.incoming().for_each(|caller| drop(caller.unwrap().write_all(b"HTTP/1.1 400 \r\n\r\n")))
    });
    check(&format!("https://{plain}"), "corrupt message");
    let edge = edge();
    edge.answers.send((503, "5", "")).unwrap();
    check(&edge.url, "answered 503");
}

/// Whoever waits makes one try come sooner, not all of them.
#[test]
fn an_edge_that_is_away_is_not_pressed() {
    let edge = edge();
    (0..1000).for_each(|_| edge.answers.send((503, "", "")).unwrap());
    let client = Client::new(&edge.url, SITE).unwrap();
    client.send(event(0)).unwrap();
    assert_eq!(client.flush(Duration::from_millis(1500)), 1);
    let tries = edge.batches.try_iter().count();
    assert!((2..10).contains(&tries), "{tries} tries in 1.5 s");
    client.close(Duration::ZERO);
}
