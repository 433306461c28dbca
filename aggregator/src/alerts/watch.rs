//! Which alert is looked at when.

use std::collections::HashMap;
use std::time::Duration;

use domain::window::MINUTE_MS;
use futures_util::StreamExt;
use futures_util::stream;

use super::look;
use crate::clock::now_ms;
use crate::http::Shared;
use crate::ledger;
use crate::ledger::alert::Watched;

/// Between two looks at which alerts are due.
const EVERY: Duration = Duration::from_secs(1);

/// Alerts that are looked at at once: half of the reads that the ledger has for questions, so that people are answered
/// meanwhile.
const AT_ONCE: usize = 2;

/// Longest between two looks at one alert: quiet hours end, and cool-downs.
const AGAIN_AFTER_MS: u64 = MINUTE_MS;

/// Between two looks at one that could not be looked at.
const AGAIN_AFTER_FAULT_MS: u64 = MINUTE_MS;

/// Looks at each alert as its buckets are counted.
pub async fn watch(service: &Shared) {
    // When each is due again, Unix milliseconds: at most as many as there are alerts.
    let mut due: HashMap<Watched, u64> = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        let watched = match service.lookups.read(ledger::alert::watched).await {
            Ok(watched) => watched,
            Err(e) => {
                tracing::warn!("alerts are looked at later: {e}");
                continue;
            }
        };
        let now_ms = now_ms();
        due = watched.iter().map(|one| (*one, due.get(one).copied().unwrap_or_default())).collect();
        let now = watched.into_iter().filter(|one| due.get(one).is_none_or(|at_ms| *at_ms <= now_ms));
        let looks = now.map(|one| async move { (one, look::look(service, one).await) });
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut again = Vec::new();
        while let Some((one, looked)) = looks.next().await {
            again.push((one, looked));
        }
        drop(looks);
        for (one, looked) in again {
            let next_ms = match looked {
                Ok(next_ms) => next_ms.min(now_ms.saturating_add(AGAIN_AFTER_MS)),
                Err(refusal) => {
                    let problem = refusal.problem();
                    tracing::warn!(alert = one.alert, "an alert is looked at later: {}", problem.detail);
                    now_ms.saturating_add(AGAIN_AFTER_FAULT_MS)
                }
            };
            due.insert(one, next_ms);
        }
    }
}
