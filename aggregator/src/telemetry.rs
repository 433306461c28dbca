//! Traces: how long each part of a request took, sent to a collector by OTLP over HTTP when one is configured.
//!
//! | span | what |
//! |---|---|
//! | `request` | a request, from its head to the head of its answer |
//! | `read` | a read of the ledger, within its request |
//! | `group commit` | a transaction of the writer |
//! | `checkpoint` | what is hot merged into blocks, and those put in place |
//! | `seal`, `merge` | frames made segments, and those merged into larger ones |
//!
//! Spans are of the finest level and a target of their own: without a collector nobody listens there, and a span costs a
//! comparison. They carry routes, numbers and results; never a body, a token, an address or a visitor.

use std::env;

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::config::Config;

/// Target of all spans.
pub const SPANS: &str = "tidemark::span";

/// Name of this program in traces.
const SERVICE: &str = "tidemark";

/// Variables of the OpenTelemetry specification that name a collector.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Makes a span for the traces, as [`tracing::trace_span`] does.
macro_rules! span {
    ($($what:tt)*) => { tracing::trace_span!(target: $crate::telemetry::SPANS, $($what)*) };
}

pub(crate) use span;

/// Traces on their way. To be stopped at the end, so that the last ones arrive.
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Starts sending, where a collector is configured.
    ///
    /// # Errors
    /// When what is configured cannot be sent to.
    pub fn start(config: &Config) -> Result<Self> {
        let is_told = ENDPOINTS.iter().any(|name| env::var(name).is_ok_and(|endpoint| !endpoint.is_empty()));
        if config.otlp_endpoint.is_none() && !is_told {
            return Ok(Self(None));
        }
        // Fails where another part of the program chose the same before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        let exporter = match &config.otlp_endpoint {
            Some(endpoint) => exporter.with_endpoint(format!("{}/v1/traces", endpoint.origin())),
            None => exporter,
        };
        let exporter = exporter.build().context("otlp_endpoint")?;
        let resource = Resource::builder().with_service_name(SERVICE).build();
        Ok(Self(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// What takes the spans; none where nothing is sent.
    pub fn layer<S: tracing::Subscriber + for<'a> LookupSpan<'a>>(&self) -> Option<impl Layer<S> + use<S>> {
        let tracer = self.0.as_ref()?.tracer(SERVICE);
        let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false);
        Some(layer.with_filter(Targets::new().with_target(SPANS, LevelFilter::TRACE)))
    }

    /// Sends what waits, and no more.
    pub fn stop(self) {
        if let Some(Err(e)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!("the last traces were not sent: {e}");
        }
    }
}
