//! What worker and object, and objects among themselves, say to each other. All are of one deployment, so there is
//! one version.

use domain::accept::Accepted;
use domain::limit::AddressBlock;
use domain::rollup::PAGEVIEW;
use domain::route::Point;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use wire::Id128;
use wire::outcome::Outcome;
use wire::site::Settings;
use worker::js_sys::Uint8Array;
use worker::{Env, Method, Request, RequestInit};

use crate::shard::Name;

/// Path: [`Keep`], answered by [`Kept`].
pub const KEEP: &str = "/keep";
/// Path: [`AskSettings`], answered by [`SiteAnswer`]. Object 0 of a site keeps its settings for the workers.
pub const SETTINGS: &str = "/settings";
/// Path: [`AskKey`], answered by the key. Object 0 of a site draws the keys of all.
pub const KEY: &str = "/key";
/// Path: [`Claim`], answered by [`Claimed`].
pub const CLAIM: &str = "/claim";

/// Events of one site and shard, on their way to the object that keeps them.
#[derive(Serialize, Deserialize)]
pub struct Keep {
    /// The batch they came in, if its sender can recognise it.
    pub batch_id: Option<String>,
    /// Number of the site's objects by which it was decided that they belong here.
    pub shards: u16,
    /// Version of the settings that say so.
    pub settings_version: u64,
    /// When they arrived, Unix milliseconds.
    pub received_at_ms: u64,
    /// Who sent them; used for the visitor's id and forgotten.
    pub sender: Sender,
    /// Where they come from, for limits; used and forgotten.
    pub block: Option<AddressBlock>,
    /// The events.
    pub events: Vec<Incoming>,
    /// Outcomes of the batch's events that were not accepted: part of the answer to every retry.
    pub refused: Vec<Outcome>,
    /// How many of the site's events were not accepted, by outcome and reason. One object of the site is told.
    pub not_accepted: Vec<(String, String, u64)>,
}

/// An accepted event: what the object has to know of it, and the rest as bytes that it passes on.
#[derive(Serialize, Deserialize)]
pub struct Incoming {
    /// Its position in the request.
    pub index: usize,
    /// What decides which object keeps it.
    pub point: Point,
    /// What the sender knows it by; see [`Accepted::event_id`].
    pub event_id: Option<Id128>,
    /// The sender's own id of the browser or device.
    pub client_id: Option<String>,
    /// The sender's own id of the visit.
    pub session_id: Option<String>,
    /// Whether it is a page view.
    pub is_pageview: bool,
    /// Encoded [`wire::frame::RawEvent`], without ids.
    pub event: ByteBuf,
}

impl Incoming {
    /// An accepted event on its way.
    pub fn new(index: usize, point: Point, accepted: Accepted) -> worker::Result<Self> {
        let Accepted { client_id, session_id, event_id, event, .. } = accepted;
        let is_pageview = event.event_type == PAGEVIEW;
        let event = ByteBuf::from(encode(&event)?);
        Ok(Self { index, point, event_id, client_id, session_id, is_pageview, event })
    }
}

/// Who sent a request. Never stored, never logged.
#[derive(Clone, Serialize, Deserialize)]
pub enum Sender {
    /// Told apart by address and user agent.
    Known {
        /// The client's IP address.
        address: String,
        /// The client's user agent.
        user_agent: String,
    },
    /// Asked not to be told apart (Global Privacy Control, or Do Not Track where the site honours it).
    Private,
}

/// Answer to [`Keep`].
#[derive(Serialize, Deserialize)]
pub enum Kept {
    /// All of it is durable, now or since an earlier time.
    Durable {
        /// [`Keep::refused`] as it was when the batch was first seen, and what was found out here.
        refused: Vec<Outcome>,
        /// Version of the site's settings here.
        settings_version: u64,
    },
    /// There is no such site.
    UnknownSite,
    /// Nothing was kept: by newer settings, of this version, other objects keep these events.
    Moved(u64),
    /// Nothing was kept: too many at once.
    Limited {
        /// Whose limit it was.
        scope: String,
        /// Seconds until trying again makes sense.
        retry_after_s: u32,
    },
    /// Nothing was kept.
    Busy {
        /// Seconds until trying again makes sense.
        retry_after_s: u32,
    },
}

/// A worker asks how a site is counted.
#[derive(Serialize, Deserialize)]
pub struct AskSettings {
    /// It has heard of this version.
    pub at_least: u64,
}

/// Answer to [`AskSettings`].
#[derive(Serialize, Deserialize)]
pub enum SiteAnswer {
    /// The settings.
    Known(Box<Settings>),
    /// There is no such site.
    Unknown,
    /// Not known now.
    Busy,
}

/// Another object of the site asks for a visitor key.
#[derive(Serialize, Deserialize)]
pub struct AskKey {
    /// UTC day since 1970; 0 is the key that lasts.
    pub day: u64,
}

/// The object that keeps some events from now on asks the one that kept them by an earlier number of objects.
#[derive(Serialize, Deserialize)]
pub struct Claim {
    /// By these settings it keeps them now.
    pub settings: Settings,
    /// That earlier number.
    pub shards: u16,
    /// The batch they come in, if its sender can recognise it.
    pub batch_id: Option<String>,
    /// Ids of the events that senders know.
    pub event_ids: Vec<Id128>,
}

/// Answer to [`Claim`]. What was not seen will not be taken any more by the object that says so.
#[derive(Serialize, Deserialize)]
pub struct Claimed {
    /// What the sender of the batch was told, if it was taken: outcomes of events that are not accepted.
    pub batch: Option<Vec<Outcome>>,
    /// For each of the event ids, whether it was taken.
    pub has_event: Vec<bool>,
}

/// Asks an object.
pub async fn ask<T: Serialize, A: DeserializeOwned>(
    env: &Env,
    object: &Name,
    path: &str,
    what: &T,
) -> worker::Result<A> {
    let stub = env.durable_object("SITE_SHARD")?.get_by_name(&object.to_string())?;
    let request = post(&format!("https://shard{path}"), &encode(what)?)?;
    let mut response = stub.fetch_with_request(request).await?;
    if response.status_code() != 200 {
        let reason = response.text().await.unwrap_or_default();
        return Err(worker::Error::RustError(format!("{}: {reason}", response.status_code())));
    }
    decode(&response.bytes().await?)
}

/// Bytes of a message.
pub fn encode<T: Serialize + ?Sized>(message: &T) -> worker::Result<Vec<u8>> {
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
