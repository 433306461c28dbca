//! A look at an alert: which of its buckets are counted now, what they say, and what is to be told.

use domain::alert::reading::{self, Kind};
use domain::alert::{self, Reading, Series, words};
use domain::delta::intake;
use domain::zone::Zone;
use rusqlite::Connection;
use wire::alert::{Alert, AlertDefinition, Channel, Interval, Judged, News, Standing};
use wire::site::Settings;

use super::payload::{self, About};
use crate::clock::now_ms;
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger::alert::Watched;
use crate::ledger::alert_entry::Entry;
use crate::ledger::delivery::Send;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::metrics::{self, Looked};
use crate::{outbox, questions};

/// How long what an edge was late with is waited for before buckets are looked at without it.
const PATIENCE_MS: u64 = 60 * 60 * 1000;

/// What is known of an alert's site.
#[derive(Clone, Debug)]
pub struct Site {
    /// The site.
    pub key: SiteKey,
    /// What it is called.
    pub name: String,
    /// How it is counted.
    pub settings: Settings,
    /// Whose clock its buckets are of.
    pub zone: Zone,
    /// Before when all is counted, Unix milliseconds.
    pub watermark_ms: u64,
    /// When the first of what is kept happened.
    pub first_ms: Option<u64>,
}

impl Site {
    /// Reads it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn read(connection: &Connection, key: SiteKey, now_ms: u64) -> Result<Self, LedgerError> {
        let settings = ledger::settings::read(connection, key)?;
        let heard_since_ms = now_ms.saturating_sub(intake::SILENCE_MAX_MS);
        let sealed_through_ms = ledger::mark::sealed_through(connection, key, heard_since_ms)?;
        let watermark_ms = intake::watermark_ms(sealed_through_ms, now_ms);
        Ok(Self {
            key,
            name: ledger::site::name(connection, key)?,
            zone: Zone::named(&settings.time_zone).unwrap_or_default(),
            first_ms: ledger::rollup::first(connection, key)?,
            // An edge that is hours behind does not silence an alert.
            watermark_ms: watermark_ms.max(now_ms.saturating_sub(PATIENCE_MS)),
            settings,
        })
    }
}

/// Buckets that are looked at after a pause, at most: what lies further back is news to nobody.
fn buckets_max(interval: Interval) -> u64 {
    match interval {
        Interval::Minute => 60,
        Interval::Hour => 48,
        Interval::Day => 7,
    }
}

/// Looks at an alert. Answers when to look again, Unix milliseconds.
///
/// # Errors
/// [`Refusal`] when it could not be looked at.
pub async fn look(service: &Shared, watched: Watched) -> Result<u64, Refusal> {
    let now_ms = now_ms();
    let read = move |connection: &Connection| {
        let alert = ledger::alert::find(connection, watched.site, watched.alert)?;
        Ok((alert, Site::read(connection, watched.site, now_ms)?))
    };
    let (alert, site) = service.lookups.read(read).await?;
    let Some(alert) = alert else { return Ok(now_ms) };
    let (definition, before) = (&alert.definition, alert.standing);
    let (from_ms, to_ms) = buckets(definition, &before, &site);
    let mut standing = before;
    let mut fault = None;
    if from_ms < to_ms {
        match series(service, &site, definition, from_ms, to_ms).await {
            Ok(series) => {
                let judged = series.since(from_ms).filter_map(|at| alert::judge(definition, &series, &site.zone, at));
                standing = judged.fold(standing, |standing, bucket| alert::step(definition, standing, bucket));
                metrics::alert_look(Looked::Answered);
            }
            // The question cannot be answered, now or ever: whoever made it is told.
            Err(refusal) if refusal.problem().status < 500 => {
                fault = Some(refusal.problem().detail);
                metrics::alert_look(Looked::Refused);
            }
            Err(refusal) => {
                metrics::alert_look(Looked::Failed);
                return Err(refusal);
            }
        }
    }
    let told = alert::due(definition, &standing, &site.zone, now_ms);
    let entry = match told {
        Some(told) => {
            standing = told.standing;
            Some(entry(service, &Alert { standing, ..alert.clone() }, &site, told.news, now_ms)?)
        }
        None => None,
    };
    let next_ms = reading::bucket_end(definition.interval, &site.zone, to_ms).saturating_add(intake::DELIVERY_MS);
    if standing != before || fault != alert.fault || entry.is_some() {
        let write = move |connection: &Connection, now_ms| {
            if ledger::alert::stand(connection, watched, &standing, fault.as_deref())?
                && let Some(entry) = &entry
            {
                ledger::alert_entry::add(connection, watched.alert, entry, now_ms)?;
            }
            Ok(())
        };
        service.writer.write(write).await?;
    }
    Ok(next_ms)
}

/// From where to where an alert's buckets are counted and not looked at yet.
fn buckets(definition: &AlertDefinition, standing: &Standing, site: &Site) -> (u64, u64) {
    let to_ms = reading::bucket_start(definition.interval, &site.zone, site.watermark_ms);
    let length_ms = reading::length_ms(definition.interval);
    let back = |buckets: u64| {
        let back_ms = to_ms.saturating_sub(buckets * length_ms);
        // In the middle of a bucket, whatever its day's length.
        reading::bucket_start(definition.interval, &site.zone, back_ms.saturating_add(length_ms / 2))
    };
    let from_ms = if standing.through_ms == 0 { back(1) } else { standing.through_ms };
    (from_ms.max(back(buckets_max(definition.interval))), to_ms)
}

/// What is measured of the buckets between two instants, and of those that tell what is usual then.
///
/// # Errors
/// [`Refusal`] when a question cannot be answered.
pub async fn series(
    service: &Shared,
    site: &Site,
    definition: &AlertDefinition,
    from_ms: u64,
    to_ms: u64,
) -> Result<Series, Refusal> {
    let reading = Reading::of(&site.settings.site, definition, &site.zone, from_ms, to_ms);
    let (mut all, mut reached) = (Vec::new(), Vec::new());
    for (part, query) in &reading.queries {
        let answered = questions::answer(service, site.key, query).await?;
        let rows = &answered.told.rows;
        let points = reading::points(definition, &site.zone, *part, rows);
        match part {
            reading::Part::All => all.extend(points),
            reading::Part::Reached => reached.extend(points),
        }
    }
    let has_two = Kind::of(definition) == Kind::Share && !reached.is_empty();
    Ok(if has_two { Series::joined(all, &reached) } else { Series::new(all) })
}

/// What is to be told of an alert, to each of its channels.
///
/// # Errors
/// [`Refusal::Internal`] when the system gives no randomness.
pub fn entry(service: &Shared, alert: &Alert, site: &Site, news: News, now_ms: u64) -> Result<Entry, Refusal> {
    let judged: Option<Judged> = alert.standing.last;
    let text = words::line(news, &alert.name, &site.name, &alert.definition, &site.zone, judged.as_ref());
    let url = format!("{}/sites/{}/alerts", service.config.public_url().origin(), site.settings.site);
    let about = About { alert, site, news, judged, text: &text, url: &url, now_ms };
    let mut sends = Vec::new();
    for channel in &alert.channels {
        let payload = match channel {
            Channel::Webhook { .. } => payload::webhook(&about),
            Channel::Slack { .. } => payload::slack(&text, &url),
            Channel::Mail { .. } => payload::letter(&text, &url).into(),
        };
        sends.push(Send { id: outbox::id()?, label: label(channel), channel: channel.clone(), payload });
    }
    Ok(Entry { news, judged, text, sends })
}

/// How a channel is called where its address is not to be seen.
pub fn label(channel: &Channel) -> String {
    let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    match channel {
        Channel::Webhook { url, .. } => format!("webhook {}", host(url).unwrap_or_default()),
        Channel::Slack { url } => format!("slack {}", host(url).unwrap_or_default()),
        Channel::Mail { to } => format!("mail to {}", to.len()),
    }
}
