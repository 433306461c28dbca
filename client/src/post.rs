//! One try.

use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Bytes of an answer that are read: 500 outcomes of at most 700.
const ANSWER_BYTES_MAX: u64 = 500 * 1024;

/// What the edge said.
pub(crate) struct Answer {
    pub status: u16,
    /// What `Retry-After` asked for.
    pub retry_after: Duration,
    pub body: Vec<u8>,
}

/// A connection to the edge, kept between tries.
pub(crate) struct Post {
    agent: Agent,
    url: String,
}

impl Post {
    pub fn to(endpoint: &str) -> Self {
        let certificates = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_WITHIN))
            .tls_config(certificates)
            .user_agent(concat!("tidemark-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Self { agent, url: format!("{}/api/v1/events", endpoint.trim_end_matches('/')) }
    }

    /// Sends a body.
    ///
    /// # Errors
    /// When no whole answer came.
    pub fn send(&self, body: &str) -> Result<Answer, ureq::Error> {
        let mut answer = self.agent.post(&self.url).header("content-type", "application/json").send(body)?;
        let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = Duration::from_secs(asked.unwrap_or_default());
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(Answer { status: answer.status().as_u16(), retry_after, body })
    }
}
