//! What waits in the outbox is sent: at least once, with growing pauses, for a day.

use std::sync::Arc;
use std::time::Duration;

use domain::window::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use futures_util::stream::{self, StreamExt};
use reqwest::redirect::Policy;
use reqwest::{Client, header};
use wire::alert::Channel;

use super::mail::Postman;
use super::signature;
use super::target::{self, Guarded};
use crate::clock::now_ms;
use crate::config::{Alerts, Config};
use crate::http::Shared;
use crate::ledger;
use crate::ledger::delivery::Waiting;
use crate::metrics::{self, Sent};

/// Between two looks at what waits, while nothing does.
const EVERY: Duration = Duration::from_millis(500);

/// Deliveries that are under way at once: a receiver that does not answer holds up no more than that, for [`TIME_MAX`].
const AT_ONCE: usize = 16;

/// Longest that one try takes, and that a connection takes.
const TIME_MAX: Duration = Duration::from_secs(10);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read: enough to say what was wrong.
const ANSWER_BYTES_MAX: usize = 512;

/// Bytes of a fault that are kept.
const FAULT_BYTES_MAX: usize = 300;

/// Pauses before the second try, the third and so on; the last one again and again until a day has passed.
const PAUSES_MS: [u64; 9] = [
    SECOND_MS,
    5 * SECOND_MS,
    30 * SECOND_MS,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    4 * HOUR_MS,
];

/// Name under which requests are made.
const AGENT: &str = concat!("Tidemark/", env!("CARGO_PKG_VERSION"), " (webhooks)");

/// Why a try failed.
#[derive(Debug)]
pub struct Failure {
    /// In words.
    pub fault: String,
    /// Whether another try may do better.
    pub is_passing: bool,
}

/// Whoever sends.
struct Courier {
    client: Client,
    rules: Arc<Alerts>,
    postman: Option<Postman>,
}

/// Sends what waits, until the server stops.
pub async fn send(service: &Shared) {
    // Fails where another part of the program chose the same before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let courier = match Courier::new(&service.config) {
        Ok(courier) => courier,
        Err(e) => {
            tracing::error!("nothing is sent: {e}");
            return;
        }
    };
    loop {
        let now_ms = now_ms();
        let due = service.lookups.read(move |connection| ledger::delivery::due(connection, now_ms, AT_ONCE)).await;
        let due = due.unwrap_or_else(|e| {
            tracing::warn!("what waits is sent later: {e}");
            Vec::new()
        });
        let is_idle = due.is_empty();
        stream::iter(due).for_each_concurrent(AT_ONCE, |waiting| one(service, &courier, waiting)).await;
        if is_idle {
            tokio::time::sleep(EVERY).await;
        }
    }
}

/// Tries one delivery and notes what came of it.
async fn one(service: &Shared, courier: &Courier, waiting: Waiting) {
    let tried = courier.deliver(&waiting).await;
    let now_ms = now_ms();
    let (next_at_ms, fault) = match tried {
        Ok(()) => (None, None),
        Err(failure) => {
            let next_at_ms = next_at(&waiting, now_ms).filter(|_| failure.is_passing);
            (next_at_ms, Some(domain::page::cut(&failure.fault, FAULT_BYTES_MAX).to_owned()))
        }
    };
    metrics::delivery(match (next_at_ms, &fault) {
        (_, None) => Sent::Delivered,
        (Some(_), _) => Sent::Again,
        (None, _) => Sent::GivenUp,
    });
    let id = waiting.id.clone();
    let write = move |connection: &_, _| ledger::delivery::tried(connection, &id, next_at_ms, fault.as_deref());
    if let Err(e) = service.writer.write(write).await {
        // It is sent again: the receiver knows it by its id.
        tracing::warn!(delivery = waiting.id, "what came of a delivery was not noted: {e}");
        tokio::time::sleep(EVERY).await;
    }
}

/// When the next try is; none once a day has passed.
fn next_at(waiting: &Waiting, now_ms: u64) -> Option<u64> {
    let at = usize::try_from(waiting.tries).unwrap_or(usize::MAX);
    let pause_ms = PAUSES_MS.get(at).or(PAUSES_MS.last())?;
    let next_ms = now_ms.saturating_add(*pause_ms);
    (next_ms.saturating_sub(waiting.made_at_ms) <= DAY_MS).then_some(next_ms)
}

impl Courier {
    fn new(config: &Config) -> anyhow::Result<Self> {
        let rules = Arc::new(config.alerts.clone());
        let client = Client::builder()
            .user_agent(AGENT)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Guarded(Arc::clone(&rules))))
            .connect_timeout(CONNECT_TIME_MAX)
            .timeout(TIME_MAX)
            // What was looked at is what is spoken to: no connection is kept for a name that may mean another by then.
            .pool_max_idle_per_host(0)
            .build()?;
        let postman = config.mail.as_ref().map(Postman::new).transpose()?;
        Ok(Self { client, rules, postman })
    }

    async fn deliver(&self, waiting: &Waiting) -> Result<(), Failure> {
        match &waiting.channel {
            Channel::Webhook { url, secret } => {
                let key = secret
                    .as_deref()
                    .and_then(signature::key)
                    .ok_or_else(|| lasting("there is no key to sign with"))?;
                self.post(url, waiting, Some(&key)).await
            }
            Channel::Slack { url } => self.post(url, waiting, None).await,
            Channel::Mail { to } => match &self.postman {
                Some(postman) => postman.send(to, waiting).await,
                None => Err(lasting("the server's settings name no mail server")),
            },
        }
    }

    async fn post(&self, url: &str, waiting: &Waiting, key: Option<&[u8]>) -> Result<(), Failure> {
        let url = target::checked(url, &self.rules).map_err(|e| lasting(&format!("the address {e}")))?;
        let body = waiting.payload.to_string().into_bytes();
        let mut request = self.client.post(url).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            let at_s = now_ms() / SECOND_MS;
            let signature =
                signature::signature(key, &waiting.id, at_s, &body).ok_or_else(|| lasting("the key does not sign"))?;
            request = request
                .header("webhook-id", &waiting.id)
                .header("webhook-timestamp", at_s)
                .header("webhook-signature", signature);
        }
        let mut answer = request.body(body).send().await.map_err(|e| failed(&e))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            said.extend_from_slice(chunk.get(..chunk.len().min(ANSWER_BYTES_MAX)).unwrap_or_default());
            if said.len() >= ANSWER_BYTES_MAX {
                break;
            }
        }
        let said: String = String::from_utf8_lossy(&said).chars().filter(|one| !one.is_control()).take(200).collect();
        // By Standard Webhooks, 410 says that nobody is there any more.
        Err(Failure { fault: format!("answered {status} {said}").trim().to_owned(), is_passing: status != 410 })
    }
}

/// A fault that another try does not mend.
pub fn lasting(fault: &str) -> Failure {
    Failure { fault: fault.to_owned(), is_passing: false }
}

/// A request without an answer, with what was at the bottom of it.
fn failed(error: &reqwest::Error) -> Failure {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        if source.downcast_ref::<target::TargetError>().is_some() {
            return lasting(&format!("the address {source}"));
        }
        deepest = source;
    }
    Failure { fault: format!("no answer: {deepest}"), is_passing: true }
}
