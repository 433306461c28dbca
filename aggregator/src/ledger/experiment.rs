//! Experiments that are kept of a site.

use wire::analysis::{Experiment, ExperimentDefinition};
use wire::limits::EXPERIMENTS_MAX;

use super::kept::{Kept, Kind};

/// Experiments, each an [`ExperimentDefinition`].
pub const EXPERIMENTS: Kind =
    Kind { what: "experiment", table: "experiments", number: "experiment", text: "definition", most: EXPERIMENTS_MAX };

impl From<Kept<ExperimentDefinition>> for Experiment {
    fn from(Kept { number, name, content, created_at_ms, changed_at_ms }: Kept<ExperimentDefinition>) -> Self {
        Self { experiment: number, name, definition: content, created_at_ms, changed_at_ms }
    }
}
