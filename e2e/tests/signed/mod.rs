//! Speaks to an aggregator as an edge does: signed.

use domain::{hash, signature};
use e2e::http::{self, Agent, Answer};
use e2e::key::EdgeKey;
use wire::frame::{
    HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, WIRE_VERSION,
};
use wire::{Epoch, Id128};

/// A line to one aggregator.
pub struct Line {
    url: String,
    key_id: String,
    key: Vec<u8>,
    agent: Agent,
}

impl Line {
    pub fn to(url: String, key: &EdgeKey) -> Self {
        let secret = signature::from_hex(&key.secret).unwrap();
        Self { url, key_id: key.id.clone(), key: secret, agent: http::agent() }
    }

    pub fn post(&self, path: &str, hash: Id128, body: &[u8]) -> Answer {
        let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let signed = signature::sign(&self.key, path, now_ms, hash);
        let (timestamp, hash) = (now_ms.to_string(), hash.to_string());
        let headers = [
            (KEY_ID_HEADER, self.key_id.as_str()),
            (TIMESTAMP_HEADER, &timestamp),
            (HASH_HEADER, &hash),
            (SIGNATURE_HEADER, &signed),
        ];
        http::post_by(&self.agent, &format!("{}{path}", self.url), &headers, body).unwrap()
    }

    /// The first hello of an edge.
    pub fn join(&self, edge_id: Id128, site: &str) {
        let hello = Hello { wire_version: WIRE_VERSION, edge_id, site: site.to_owned(), shard: 0, epoch: None };
        let body = rmp_serde::to_vec_named(&hello).unwrap();
        let answer: HelloAnswer = self.post(HELLO_PATH, hash::of_bytes(&body), &body).json().unwrap();
        assert_eq!(answer, HelloAnswer::Welcome { epoch: Epoch(1) });
    }
}
