//! Why a request has no other answer than an error.

use wire::problem::Problem;

/// Why a request was not answered with its events' outcomes.
pub enum Failure {
    /// The request is at fault.
    Refused(Problem),
    /// Try again.
    Busy {
        /// Seconds until then.
        retry_after_s: u32,
    },
    /// Too many events at once.
    Limited {
        /// Whose limit it was: `site`, `visitor`, `address_block`.
        scope: String,
        /// Seconds until as many can be taken.
        retry_after_s: u32,
    },
    /// The runtime failed.
    Runtime(worker::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Self::Runtime(error)
    }
}
