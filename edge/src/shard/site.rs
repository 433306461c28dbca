//! The site's settings: fetched from the aggregator, believed by their signature, kept for when it is away.

use std::rc::Rc;

use domain::limit::{LimitSettings, Rate, VISITOR_PAGEVIEW_RATE};
use wire::site::{Settings, VisitorMode};
use worker::Date;

use super::{Name, Shard};
use crate::courier;
use crate::message::{self, AskSettings, SETTINGS, SiteAnswer};

/// How long settings are believed without asking.
const BELIEVED_MS: u64 = 60_000;

/// How long nothing is asked after a failure.
const PAUSE_MS: u64 = 2_000;

/// The site's settings; none while they were never fetched and cannot be now.
///
/// `at_least`: a version that somebody has heard of
pub async fn settings(shard: &Rc<Shard>, at_least: u64) -> Option<Rc<Settings>> {
    if !knows(shard, at_least) {
        learn(shard, at_least).await;
    } else if Date::now().as_millis().saturating_sub(shard.site_asked_at_ms.get()) > BELIEVED_MS {
        shard.site_asked_at_ms.set(Date::now().as_millis());
        let shard = Rc::clone(shard);
        shard.clone().state.wait_until(async move { refresh(&shard).await });
    }
    shard.site.borrow().clone()
}

/// Fetches the settings anew. What is known stays where that fails.
pub async fn refresh(shard: &Shard) {
    let _one_at_a_time = shard.asking_site.lock().await;
    fetch(shard).await;
}

/// Fetches the settings anew if that was not done lately.
pub async fn refresh_if_old(shard: &Shard) {
    if Date::now().as_millis().saturating_sub(shard.site_asked_at_ms.get()) > BELIEVED_MS {
        refresh(shard).await;
    }
}

/// Believes what another object of the site believes, if that is newer.
pub fn adopt(shard: &Shard, settings: &Settings) -> worker::Result<()> {
    if knows(shard, settings.version) {
        return Ok(());
    }
    believe(shard, settings.clone())
}

fn knows(shard: &Shard, at_least: u64) -> bool {
    shard.site.borrow().as_ref().is_some_and(|site| site.version >= at_least)
}

/// Asks for a version that somebody has heard of: the aggregator, and while that is away the object that told workers.
async fn learn(shard: &Shard, at_least: u64) {
    let _one_at_a_time = shard.asking_site.lock().await;
    if knows(shard, at_least) {
        return;
    }
    fetch(shard).await;
    if knows(shard, at_least) || shard.name.shard == 0 {
        return;
    }
    let root = Name { shard: 0, ..shard.name.clone() };
    let told = match message::ask(&shard.env, &root, SETTINGS, &AskSettings { at_least }).await {
        Ok(SiteAnswer::Known(settings)) => adopt(shard, &settings),
        Ok(SiteAnswer::Unknown | SiteAnswer::Busy) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        worker::console_error!("{}: no settings from {root}: {error}", shard.name);
    }
}

async fn fetch(shard: &Shard) {
    let asked_at_ms = Date::now().as_millis();
    let before = shard.site.borrow().clone();
    if asked_at_ms < shard.site_pause_until_ms.get() && before.is_some() {
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
    // What was adopted meanwhile is newer. Else an older version is that of a ledger that was set back.
    let is_overtaken = *shard.site.borrow() != before && knows(shard, fetched.version);
    if is_overtaken || before.as_deref() == Some(&fetched) {
        return;
    }
    if let Err(error) = believe(shard, fetched) {
        worker::console_error!("{}: settings cannot be stored: {error}", shard.name);
    }
}

fn believe(shard: &Shard, settings: Settings) -> worker::Result<()> {
    // Object 0 draws it; the others ask for it anew, for it may have drawn another meanwhile.
    let keeps_lasting_key = settings.visitors == VisitorMode::Persistent && shard.name.shard == 0;
    shard.store.put_site(&settings, keeps_lasting_key)?;
    shard.site.replace(Some(Rc::new(settings)));
    Ok(())
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
