//! Funnels that are kept of a site.

use wire::limits::FUNNELS_MAX;

use super::kept::Kind;

/// Funnels, each a `wire::analysis::FunnelDefinition`.
pub const FUNNELS: Kind =
    Kind { what: "funnel", table: "funnels", number: "funnel", text: "definition", most: FUNNELS_MAX };
