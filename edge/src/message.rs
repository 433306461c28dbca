//! What worker and object say to each other. Both are of one deployment, so there is one version.

use domain::accept::Accepted;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wire::outcome::Outcome;
use worker::js_sys::Uint8Array;
use worker::{Method, Request, RequestInit};

/// Accepted events of one site and shard, on their way to the object that keeps them.
#[derive(Serialize, Deserialize)]
pub struct Keep {
    /// The batch they came in, if its sender can recognise it.
    pub batch_id: Option<String>,
    /// When they arrived, Unix milliseconds.
    pub received_at_ms: u64,
    /// Who sent them; used for the visitor's id and forgotten.
    pub sender: Sender,
    /// The events.
    pub events: Vec<Accepted>,
    /// Outcomes of the batch's events that were not accepted: part of the answer to every retry.
    pub refused: Vec<Outcome>,
}

/// Who sent a request. Never stored, never logged.
#[derive(Serialize, Deserialize)]
pub enum Sender {
    /// Told apart by address and user agent.
    Known {
        /// The client's IP address.
        address: String,
        /// The client's user agent.
        user_agent: String,
    },
    /// Asked not to be told apart (Global Privacy Control).
    Private,
}

/// Answer to [`Keep`].
#[derive(Serialize, Deserialize)]
pub enum Kept {
    /// All of it is durable, now or since an earlier time.
    Durable {
        /// [`Keep::refused`] as it was when the batch was first seen.
        refused: Vec<Outcome>,
    },
    /// There is no such site.
    UnknownSite,
    /// Nothing was kept.
    Busy {
        /// Seconds until trying again makes sense.
        retry_after_s: u32,
    },
}

/// Bytes of a message.
pub fn encode<T: Serialize>(message: &T) -> worker::Result<Vec<u8>> {
    rmp_serde::to_vec_named(message).map_err(|e| worker::Error::RustError(e.to_string()))
}

/// The message of `bytes`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> worker::Result<T> {
    rmp_serde::from_slice(bytes).map_err(|e| worker::Error::RustError(e.to_string()))
}

/// A `POST` of `bytes`.
pub fn post(url: &str, bytes: &[u8]) -> worker::Result<Request> {
    let body = Uint8Array::from(bytes);
    Request::new_with_init(url, RequestInit::new().with_method(Method::Post).with_body(Some(body.into())))
}
