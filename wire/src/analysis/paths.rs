//! Paths: what people do next, or did before, step by step.

use serde::{Deserialize, Serialize};

use super::{AnalysisMeta, EventPattern, Length, Unit};
use crate::answer::Instants;
use crate::filter::{FilterValues, Filters};
use crate::span::Span;

/// Body of `POST /api/v1/paths`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathsQuery {
    /// The site.
    pub tracking_id: String,
    /// When the ways begin, or end where `direction` is `previous`.
    pub date_range: Span,
    /// Where they begin or end: the first of these events, or the last. Default: any event.
    #[serde(default)]
    pub from: EventPattern,
    /// Which way to look.
    #[serde(default)]
    pub direction: Direction,
    /// Steps to follow, at most [`crate::limits::PATH_DEPTH_MAX`]. Default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Whose events are looked at together. Default: visits.
    #[serde(default = "sessions")]
    pub unit: Unit,
    /// How far from its beginning, or end, a way is followed. Default `1d`.
    #[serde(default = "a_day")]
    pub window: Length,
    /// What is a step, and what it is called.
    #[serde(default)]
    pub nodes: Nodes,
    /// Pages that are one step under one name, the first that matches; at most [`crate::limits::PATH_GROUPS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<NodeGroup>,
    /// What the same step again counts as.
    #[serde(default)]
    pub repeats: Repeats,
    /// Steps that are told apart in each column, at most [`crate::limits::PATH_NODES_MAX`]. Default 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only events for which this holds.
    #[serde(default, skip_serializing_if = "Filters::is_empty")]
    pub filters: Filters,
    /// IANA name of the zone that dates are of. Default: the site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

fn sessions() -> Unit {
    Unit::Sessions
}

fn a_day() -> Length {
    Length::of_seconds(86_400).unwrap_or_default()
}

/// Which way to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// At what comes next.
    #[default]
    Next,
    /// At what came before.
    Previous,
}

/// What is a step, and what it is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nodes {
    /// Page views by path, all other events by type, but those that the script sends to measure: nobody does them.
    #[default]
    Events,
    /// Page views alone, by path.
    Pages,
}

/// Pages that are one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeGroup {
    /// What it is called.
    pub name: String,
    /// Patterns of paths, as [`super::EventFilters::page_path`].
    pub page_path: FilterValues,
}

/// What the same step again counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// As one with the one before.
    #[default]
    Join,
    /// As another step.
    Keep,
}

/// Answer of `POST /api/v1/paths`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathsAnswer {
    /// The span, as it was understood.
    pub date_range: Instants,
    /// Ways that were followed, one a unit.
    pub total: u64,
    /// Steps by their distance from where the ways begin or end, which is the first column. Most frequent first; the last
    /// may be `(other)`.
    pub columns: Vec<Vec<PathNode>>,
    /// Between the steps of one column and the next, most frequent first.
    pub links: Vec<Vec<PathLink>>,
    /// How the numbers came about.
    pub meta: AnalysisMeta,
}

/// A step of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathNode {
    /// Its name: a path, an event type, or a group's.
    pub name: String,
    /// Ways that have it here.
    pub users: u64,
    /// Of these, ways that end with it.
    pub ended: u64,
}

/// From a step of one column to one of the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathLink {
    /// Position in its column.
    pub from: usize,
    /// Position in the next.
    pub to: usize,
    /// Ways.
    pub users: u64,
}
