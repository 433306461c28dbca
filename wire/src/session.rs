//! What somebody who reads may see: sites.

use serde::{Deserialize, Serialize};

/// A site as its readers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// What the tracking snippet carries, e.g. `UA-123456-1`.
    pub tracking_id: String,
    /// Name for people, usually the domain.
    pub name: String,
}

/// Answer of `GET /api/v1/sites`: the sites this caller may read, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sites {
    /// The sites.
    pub sites: Vec<Site>,
    /// Origin of the edge that takes their events, where the aggregator was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_url: Option<String>,
}
