//! One look at a site.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use domain::realtime;

use crate::clock::now_ms;
use crate::ledger::hot::Hot;
use crate::ledger::readers::{ReadError, Readers};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};

/// Name of a stream's events; their data is [`wire::realtime::Realtime`], their id a [`Moment`].
const EVENT: &str = "realtime";

/// All that the numbers of a look depend on. Travels as `version.minute`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Version of the site's data.
    pub version: u64,
    /// Start of the running minute, Unix milliseconds.
    pub minute_ms: u64,
}

/// A site at one moment.
#[derive(Clone)]
pub struct Look {
    /// The moment.
    pub moment: Moment,
    /// [`wire::realtime::Realtime`] as JSON.
    pub json: Bytes,
    /// The same as a message of a stream.
    pub message: Bytes,
    /// When it was taken.
    pub taken: Instant,
    /// Changes of the site that it knows of.
    pub(super) change: u64,
}

impl Look {
    /// Whether all that it knew of is still so.
    pub(super) fn is_of(&self, change: u64, now_ms: u64) -> bool {
        self.change == change && self.moment.minute_ms == realtime::minute(now_ms)
    }
}

/// Looks at a site.
pub(super) async fn take(
    readers: &Arc<Readers>,
    hot: &Arc<Hot>,
    site: SiteKey,
    tracking_id: &str,
    change: u64,
) -> Result<Look, ReadError> {
    let (taken, now_ms) = (Instant::now(), now_ms());
    let tracking_id = tracking_id.to_owned();
    let hot = Arc::clone(hot);
    let (version, json) = readers
        .read(move |connection| {
            let hot = hot.view(site);
            let version = hot.version;
            let (since, active_since) = (realtime::since(now_ms), realtime::active_since(now_ms));
            let rows = ledger::rollup::recent(connection, &hot, site, since, active_since)?;
            let rows = rows.iter().map(|row| (row.start_ms, row.dimension, row.value.as_str(), &row.rollup));
            let realtime = realtime::realtime(&tracking_id, now_ms, version, rows);
            let json = serde_json::to_string(&realtime).map_err(|e| LedgerError::Damaged(e.to_string()))?;
            Ok((version, json))
        })
        .await?;
    let moment = Moment { version, minute_ms: realtime::minute(now_ms) };
    // JSON of a value has no line breaks, so it is one line of data.
    let message = format!("event: {EVENT}\nid: {moment}\ndata: {json}\n\n").into();
    Ok(Look { moment, json: json.into(), message, taken, change })
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.version, self.minute_ms)
    }
}

/// A text that is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMoment;

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let (version, minute_ms) = text.trim().split_once('.').ok_or(NoMoment)?;
        let number = |text: &str| text.parse().map_err(|_| NoMoment);
        Ok(Self { version: number(version)?, minute_ms: number(minute_ms)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        let moment = Moment { version: 17, minute_ms: 1_770_028_200_000 };
        assert_eq!(moment.to_string().parse(), Ok(moment));
        for text in ["", "17", "17.", ".1", "17.x", "-1.2", "1.2.3"] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
