//! An edge object: says hello, seals events, signs and sends.

use domain::rollup::Caps;
use domain::seal::{Folding, Sealed, Writer, seal};
use domain::{hash, signature};
use wire::frame::{
    Acknowledgement, FRAMES_PATH, FrameResult, HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER, OutcomeRow,
    RawEvent, SIGNATURE_HEADER, TIMESTAMP_HEADER,
};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::server::{Answer, KEY, KEY_ID, Server};

pub struct Edge {
    pub writer: Writer,
    pub next: Seq,
}

/// What a request is signed with.
pub struct Signing<'a> {
    pub key_id: &'a str,
    pub key: &'a [u8],
    pub timestamp_ms: u64,
    pub hash: Id128,
}

pub fn now_ms() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64
}

pub fn signing(body: &[u8]) -> Signing<'static> {
    Signing { key_id: KEY_ID, key: &KEY, timestamp_ms: now_ms(), hash: hash::of_bytes(body) }
}

pub fn post_signed(server: &Server, path: &str, signing: &Signing<'_>, body: &[u8]) -> Answer {
    try_post_signed(server, path, signing, body).unwrap()
}

fn try_post_signed(server: &Server, path: &str, signing: &Signing<'_>, body: &[u8]) -> Result<Answer, ureq::Error> {
    let signature = signature::sign(signing.key, path, signing.timestamp_ms, signing.hash);
    let (timestamp, hash) = (signing.timestamp_ms.to_string(), signing.hash.to_string());
    let headers = [
        (KEY_ID_HEADER, signing.key_id),
        (TIMESTAMP_HEADER, &timestamp),
        (HASH_HEADER, &hash),
        (SIGNATURE_HEADER, &signature),
    ];
    server.try_send("POST", path, &headers, body)
}

/// Sends a frame to a server that may be gone.
pub fn try_send(server: &Server, bytes: &[u8]) -> Result<Acknowledgement, ureq::Error> {
    Ok(try_post_signed(server, FRAMES_PATH, &signing(bytes), bytes)?.json())
}

/// Sends a frame; answers the HTTP status and the acknowledgement.
pub fn send(server: &Server, bytes: &[u8]) -> (u16, Acknowledgement) {
    let answer = post_signed(server, FRAMES_PATH, &signing(bytes), bytes);
    (answer.status, answer.json())
}

pub fn hello(server: &Server, edge: u8, site: &str, epoch: Option<u64>) -> HelloAnswer {
    let hello =
        Hello { wire_version: 1, edge_id: Id128([edge; 16]), site: site.to_owned(), shard: 0, epoch: epoch.map(Epoch) };
    let body = rmp_serde::to_vec_named(&hello).unwrap();
    let answer = post_signed(server, HELLO_PATH, &signing(&body), &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

impl Edge {
    /// An edge that has said hello.
    pub fn join(server: &Server, edge: u8, site: &str) -> Self {
        let HelloAnswer::Welcome { epoch, .. } = hello(server, edge, site, None) else { panic!("no site {site}") };
        Self::at(edge, site, epoch)
    }

    pub fn at(edge: u8, site: &str, epoch: Epoch) -> Self {
        let writer = Writer { edge_id: Id128([edge; 16]), epoch, site: site.to_owned(), shard: 0 };
        Self { writer, next: Seq(1) }
    }

    pub fn seal(&mut self, events: &[RawEvent]) -> Vec<Sealed> {
        self.seal_with(events, &[])
    }

    pub fn seal_with(&mut self, events: &[RawEvent], outcomes: &[OutcomeRow]) -> Vec<Sealed> {
        let settings = Settings::default();
        let folding = Folding { events, changes: &[], outcomes, settings: &settings, sealed_through_ms: now_ms() };
        let sealed = seal(&folding, &self.writer, self.next, &mut Caps::default()).unwrap();
        self.next = sealed.last().map_or(self.next, |last| last.seq.next());
        sealed
    }

    /// Seals and sends; every frame must be counted.
    pub fn deliver(&mut self, server: &Server, events: &[RawEvent]) {
        for frame in self.seal(events) {
            let (status, acknowledgement) = send(server, &frame.bytes);
            assert_eq!((status, acknowledgement.result), (200, FrameResult::Applied), "{acknowledgement:?}");
            assert_eq!(acknowledgement.applied_through, frame.seq);
        }
    }
}
