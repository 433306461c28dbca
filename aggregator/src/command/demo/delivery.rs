//! Frames on their way to the server: signed and posted as an edge does, a window of them at once, each until it is counted.

use std::future::Future;
use std::time::{Duration, Instant};

use ::demo::edge::Made;
use anyhow::{Context, Result, anyhow, bail, ensure};
use domain::delta::edge::WINDOW;
use domain::delta::intake::Mark;
use domain::seal::{Sealed, Writer};
use domain::{hash, signature};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::{Client, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Receiver;
use wire::frame::{
    Acknowledgement, FRAMES_PATH, FrameResult, HASH_HEADER, HELLO_PATH, Hello, HelloAnswer, KEY_ID_HEADER,
    SIGNATURE_HEADER, TIMESTAMP_HEADER, WIRE_VERSION,
};
use wire::problem::Problem;
use wire::{Epoch, Id128, Seq};

use crate::clock::now_ms;
use crate::config::EdgeKey;

/// How long a server may be too busy for one request, or away.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two tries.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Whoever posts to one server.
#[derive(Debug)]
pub struct Courier {
    client: Client,
    origin: String,
    key: EdgeKey,
}

impl Courier {
    /// Posts to the server at an origin, signed by a key that it knows.
    ///
    /// # Errors
    /// When the system has no room for a client.
    pub fn new(origin: &str, key: &EdgeKey) -> Result<Self> {
        // Fails where another part of the program chose the same before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { client: Client::builder().build()?, origin: origin.to_owned(), key: key.clone() })
    }

    /// Looks whether there is a server.
    ///
    /// # Errors
    /// When nothing answers.
    pub async fn probe(&self) -> Result<()> {
        let url = format!("{}/readyz", self.origin);
        let answer = self.client.get(&url).send().await;
        let answer = answer.with_context(|| {
            format!("no server answers at {}; `tidemark serve` starts one, --url names another", self.origin)
        })?;
        ensure!(answer.status().is_success(), "the server at {} is not ready: {}", self.origin, answer.status());
        Ok(())
    }

    /// Introduces an edge that has something from before it said hello. Answers where it stands.
    ///
    /// # Errors
    /// When it is not welcome.
    pub async fn hello(&self, writer: &Writer) -> Result<Mark> {
        let Writer { edge_id, site, shard, .. } = writer.clone();
        let hello = Hello { wire_version: WIRE_VERSION, edge_id, site, shard, epoch: Some(Epoch(0)) };
        let body = rmp_serde::to_vec_named(&hello)?;
        match self.ask(HELLO_PATH, &body, hash::of_bytes(&body)).await? {
            HelloAnswer::Welcome { epoch } => Ok(Mark { epoch, applied_through: Seq::default() }),
            HelloAnswer::UnknownSite { .. } => {
                bail!(
                    "the server at {} has no site {}: its ledger is not the one of these settings",
                    self.origin,
                    writer.site
                )
            }
        }
    }

    /// Posts everything that comes, in its order, and tells of how many events each was that is counted.
    ///
    /// # Errors
    /// When the server refuses a frame, or does not answer for [`PATIENCE`].
    pub async fn deliver(&self, coming: &mut Receiver<Made>, mut counted: impl FnMut(u64)) -> Result<()> {
        let coming = stream::poll_fn(|context| coming.poll_recv(context));
        let posted = coming.map(|made| async move { Ok::<_, anyhow::Error>((self.post(&made.sealed).await?, made)) });
        let mut posted = std::pin::pin!(posted.buffered(WINDOW));
        while let Some((mut answer, made)) = posted.try_next().await? {
            // It overtook the one before it, which is counted by now.
            while answer.result == FrameResult::Gap {
                answer = self.post(&made.sealed).await?;
            }
            match answer.result {
                FrameResult::Applied | FrameResult::Duplicate => counted(made.events),
                result => bail!(
                    "frame {} of {} events is not counted: {result:?} {}",
                    made.sealed.seq.0,
                    self.origin,
                    answer.detail.unwrap_or_default()
                ),
            }
        }
        Ok(())
    }

    fn post(&self, frame: &Sealed) -> impl Future<Output = Result<Acknowledgement>> {
        self.ask(FRAMES_PATH, &frame.bytes, frame.hash)
    }

    /// Asks until there is an answer that is none of "later".
    async fn ask<T: DeserializeOwned>(&self, path: &str, body: &[u8], body_hash: Id128) -> Result<T> {
        let begun = Instant::now();
        loop {
            let last = match self.send(path, body, body_hash).await {
                Ok(answer) if is_later(answer.status()) => anyhow!("it answers {}", answer.status()),
                Ok(answer) => return read(answer).await,
                Err(e) => anyhow!(e),
            };
            if begun.elapsed() > PATIENCE {
                return Err(last.context(format!("the server at {} takes nothing for {PATIENCE:?}", self.origin)));
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    fn send(&self, path: &str, body: &[u8], body_hash: Id128) -> impl Future<Output = reqwest::Result<Response>> {
        let now_ms = now_ms();
        let signature = signature::sign(&self.key.secret.0, path, now_ms, body_hash);
        self.client
            .post(format!("{}{path}", self.origin))
            .header("content-type", "application/octet-stream")
            .header(KEY_ID_HEADER, &self.key.id)
            .header(TIMESTAMP_HEADER, now_ms.to_string())
            .header(HASH_HEADER, body_hash.to_string())
            .header(SIGNATURE_HEADER, signature)
            .body(body.to_vec())
            .send()
    }
}

fn is_later(status: StatusCode) -> bool {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T> {
    let status = answer.status();
    let body = answer.bytes().await?;
    if status.is_success() {
        return Ok(serde_json::from_slice(&body)?);
    }
    let problem = serde_json::from_slice::<Problem>(&body).map(|problem| problem.detail);
    bail!("the server answers {status}: {}", problem.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned()))
}
