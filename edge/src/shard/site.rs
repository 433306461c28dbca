//! The site's settings: fetched from the aggregator, believed by their signature, kept for when it is away.

use std::rc::Rc;

use domain::limit::{LimitSettings, Rate, VISITOR_PAGEVIEW_RATE};
use wire::site::Settings;
use worker::Date;

use super::Shard;
use crate::courier;

/// How long settings are believed without asking.
const BELIEVED_MS: u64 = 60_000;

/// How long nothing is asked after a failure.
const PAUSE_MS: u64 = 2_000;

/// The site's settings; none while they were never fetched and cannot be now.
///
/// `at_least`: a version that somebody has heard of
pub async fn settings(shard: &Rc<Shard>, at_least: u64) -> Option<Rc<Settings>> {
    let now_ms = Date::now().as_millis();
    let known = shard.site.borrow().clone();
    let Some(known) = known.filter(|known| known.version >= at_least) else {
        refresh(shard).await;
        return shard.site.borrow().clone();
    };
    if now_ms.saturating_sub(shard.site_asked_at_ms.get()) > BELIEVED_MS {
        shard.site_asked_at_ms.set(now_ms);
        let shard = Rc::clone(shard);
        shard.clone().state.wait_until(async move { refresh(&shard).await });
    }
    Some(known)
}

/// Fetches the settings anew. What is known stays where that fails.
pub async fn refresh(shard: &Shard) {
    let _one_at_a_time = shard.asking_site.lock().await;
    let asked_at_ms = Date::now().as_millis();
    let is_pause = asked_at_ms < shard.site_pause_until_ms.get();
    if is_pause && shard.site.borrow().is_some() {
        return;
    }
    shard.site_asked_at_ms.set(asked_at_ms);
    let fetched = match courier::settings(&shard.settings, &shard.name.site).await {
        Ok(fetched) => fetched,
        Err(error) => {
            shard.site_pause_until_ms.set(asked_at_ms + PAUSE_MS);
            worker::console_error!("{}: no settings: {error}", shard.name);
            return;
        }
    };
    if shard.site.borrow().as_deref() == Some(&fetched) {
        return;
    }
    match shard.store.put_site(&fetched) {
        Ok(()) => drop(shard.site.replace(Some(Rc::new(fetched)))),
        Err(error) => worker::console_error!("{}: settings cannot be stored: {error}", shard.name),
    }
}

/// What one object lets through: its share of what the site may send.
pub fn limits(settings: &Settings) -> LimitSettings {
    // Visitors are spread evenly, but not exactly: a tenth more.
    let share = settings.rates.site_per_second.div_ceil(u32::from(settings.shards.max(1)));
    let share = if settings.shards > 1 { share.saturating_add(share.div_ceil(10)) } else { share };
    let of = |per_second: u32, seconds: u32| Rate { per_second, burst: per_second.saturating_mul(seconds).max(500) };
    LimitSettings {
        site: of(share, 10),
        visitor: of(settings.rates.visitor_per_second, 40),
        block: of(settings.rates.block_per_second, 10),
        visitor_pageviews: settings.filters_bots.then_some(VISITOR_PAGEVIEW_RATE),
    }
}
