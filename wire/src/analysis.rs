//! Questions about people: what they did one after the other, whether they came back, and which ways they took.

mod attribution;
mod experiment;
mod funnel;
mod length;
mod lifecycle;
mod paths;
mod pattern;
mod retention;

pub use attribution::{
    AttributedBy, AttributionAnswer, AttributionModel, AttributionPath, AttributionQuery, AttributionRow, Credit,
    PathLength, WhichConversions,
};
pub use experiment::{
    Bounds, Compared, DecideBy, Experiment, ExperimentAnswer, ExperimentDefinition, ExperimentMetric, ExperimentQuery,
    Experiments, MetricKind, MetricResult, NewExperiment, Sequential, Split, Variant, VariantPeople, VariantResult,
    Verdict,
};
pub use funnel::{
    Attempts, Exclusion, Funnel, FunnelAnswer, FunnelDefinition, FunnelGroup, FunnelPoint, FunnelQuery, FunnelSegment,
    FunnelStep, Funnels, NewFunnel, NextAction, StepOrder, Times, ToldStep,
};
pub use length::Length;
pub use lifecycle::{LifecycleAnswer, LifecycleBucket, LifecycleGroup, LifecycleQuery, Lives, Stickiness};
pub use paths::{Direction, NodeGroup, Nodes, PathLink, PathNode, PathsAnswer, PathsQuery, Repeats};
pub use pattern::{EventFilters, EventPattern};
pub use retention::{Cohort, FirstIn, Interval, RetentionAnswer, RetentionGroup, RetentionQuery, Returned, Returning};

use serde::{Deserialize, Serialize};

/// Whose events are looked at together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Visitors.
    #[default]
    Users,
    /// Visits: without a pause of more than 30 minutes.
    Sessions,
}

/// How an answer about people came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnalysisMeta {
    /// Names this answer in the server's log.
    pub query_id: String,
    /// Time taken on the server.
    pub execution_time_ms: f64,
    /// Single events read.
    pub rows_read: u64,
    /// Time zone of dates and buckets.
    pub time_zone: String,
    /// What one person is: `visitors`; `visitor_days` where ids are renewed every UTC day, so that nothing is known
    /// across days; `visits`.
    pub unit: String,
}

#[cfg(test)]
mod tests;
