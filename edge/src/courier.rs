//! Carries hellos and frames to the aggregator, signed, with a deadline.

use std::time::Duration;

use domain::seal::Sealed;
use domain::{hash, signature};
use futures_util::future::{Either, select};
use serde::de::DeserializeOwned;
use wire::Id128;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER, SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
};
use wire::site::{self, SETTINGS_PATH};
use worker::{AbortController, Date, Delay, Fetch, Method, Request, Response};

use crate::message;
use crate::settings::Settings;

/// How long an answer may take. A group commit takes milliseconds; behind this, the aggregator is away.
const DEADLINE: Duration = Duration::from_secs(10);

/// Statuses whose body is an acknowledgement: counted or not, forked, rejected.
const ANSWERS: [u16; 3] = [200, 409, 422];

/// Why there is no answer. All of these may heal by themselves.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// No answer in time.
    #[error("the aggregator did not answer within {} s", DEADLINE.as_secs())]
    Timeout,
    /// An answer that is no acknowledgement: busy, or the key is not known there.
    #[error("the aggregator answered {0}: {1}")]
    Status(u16, String),
    /// No connection, or an answer that cannot be read.
    #[error("{0}")]
    Runtime(#[from] worker::Error),
}

/// Asks for an epoch.
pub async fn hello(settings: &Settings, hello: &Hello) -> Result<HelloAnswer, CourierError> {
    let body = message::encode(hello)?;
    send(settings, HELLO_PATH, &body, hash::of_bytes(&body)).await
}

/// Sends a sealed frame. The hash is the one taken at sealing, so a frame damaged since is refused.
pub async fn deliver(settings: &Settings, frame: &Sealed) -> Result<Acknowledgement, CourierError> {
    send(settings, FRAMES_PATH, &frame.bytes, frame.hash).await
}

/// Fetches a site's settings, and believes them if whoever signed them has this deployment's key.
pub async fn settings(settings: &Settings, site: &str) -> Result<site::Settings, CourierError> {
    let path = format!("{SETTINGS_PATH}?site={site}");
    let request = Request::new(&format!("{}{path}", settings.aggregator_url), Method::Get)?;
    within_deadline(signed(settings, request, &path, hash::of_bytes(&[]))?, async |mut response| {
        let status = response.status_code();
        let text = |name: &str| response.headers().get(name).ok().flatten().unwrap_or_default();
        let (at_ms, signature) = (text(TIMESTAMP_HEADER), text(SIGNATURE_HEADER));
        let body = response.bytes().await?;
        if status != 200 {
            return Err(refused(status, &String::from_utf8_lossy(&body)));
        }
        let (at_ms, body_hash) = (at_ms.parse().unwrap_or_default(), hash::of_bytes(&body));
        signature::verify(&settings.key, &path, at_ms, body_hash, &signature, Date::now().as_millis())
            .map_err(|e| refused(status, &format!("settings: {e}")))?;
        let read: site::Settings = serde_json::from_slice(&body).map_err(|e| CourierError::Runtime(e.into()))?;
        if read.site == site { Ok(read) } else { Err(refused(status, "settings of another site")) }
    })
    .await
}

async fn send<T: DeserializeOwned>(
    settings: &Settings,
    path: &str,
    body: &[u8],
    body_hash: Id128,
) -> Result<T, CourierError> {
    let mut request = message::post(&format!("{}{path}", settings.aggregator_url), body)?;
    request.headers_mut()?.set("content-type", "application/msgpack")?;
    within_deadline(signed(settings, request, path, body_hash)?, async |mut response| read(&mut response).await).await
}

fn signed(settings: &Settings, mut request: Request, path: &str, body_hash: Id128) -> worker::Result<Request> {
    let now_ms = Date::now().as_millis();
    let headers = request.headers_mut()?;
    headers.set(KEY_ID_HEADER, &settings.key_id)?;
    headers.set(TIMESTAMP_HEADER, &now_ms.to_string())?;
    headers.set(HASH_HEADER, &body_hash.to_string())?;
    headers.set(SIGNATURE_HEADER, &signature::sign(&settings.key, path, now_ms, body_hash))?;
    Ok(request)
}

async fn within_deadline<T>(
    request: Request,
    read: impl AsyncFnOnce(Response) -> Result<T, CourierError>,
) -> Result<T, CourierError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let exchange = Box::pin(async {
        let response = Fetch::Request(request).send_with_signal(&signal).await?;
        read(response).await
    });
    match select(exchange, Delay::from(DEADLINE)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            abort.abort();
            Err(CourierError::Timeout)
        }
    }
}

async fn read<T: DeserializeOwned>(response: &mut Response) -> Result<T, CourierError> {
    let status = response.status_code();
    let body = response.text().await?;
    if ANSWERS.contains(&status) {
        return serde_json::from_str(&body).map_err(|e| CourierError::Runtime(e.into()));
    }
    Err(refused(status, &body))
}

fn refused(status: u16, body: &str) -> CourierError {
    CourierError::Status(status, domain::page::cut(body, 200).to_owned())
}
