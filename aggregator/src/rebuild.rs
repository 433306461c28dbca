//! A site's rollups made anew from its raw events, a day at a time.
//!
//! Blocks hold the frames through the ledger's checkpoint; what is behind it is hot, and merged on top. So a day is made
//! of exactly the events that the blocks hold: those of hot frames are left out. It is put in place in one transaction,
//! after a look whether the log went on meanwhile.
//!
//! | since the reading began | then |
//! |---|---|
//! | nothing of the day was counted | the day is put in place |
//! | something of the day was | it is read anew; at last behind the lock, where nothing can be counted meanwhile |
//! | killed | the day is as it was, or as it is to be |

use std::ops::Range;
use std::time::{Duration, Instant};

use domain::rebuild::{Comparison, Field, Rebuild, Rebuilt, Rows, TooManyRows, by, compare};
use domain::rollup::Horizon;
use domain::window::{DAY_MS, Granularity, date_of};
use rusqlite::Connection;
use serde_json::{Value, json};
use wire::Id128;

use crate::clock::now_ms;
use crate::ledger::rebuild::Reach;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};
use crate::segments::{Segments, SegmentsError};

/// Times that a day is read beside the writer, before it is read behind the lock.
const TRIES: usize = 3;

/// Why a day was not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The events could not be read.
    #[error(transparent)]
    Segments(#[from] SegmentsError),
    /// There are too many rows.
    #[error(transparent)]
    TooManyRows(#[from] TooManyRows),
}

impl From<rusqlite::Error> for RebuildError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// What is rebuilt.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The site.
    pub site: SiteKey,
    /// Its tracking id.
    pub tracking_id: &'a str,
    /// Whether anything is written.
    pub writing: Writing,
    /// Whether a day may count fewer events than before.
    pub fewer: Fewer,
}

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Only compare.
    DryRun,
    /// Replace what differs.
    Replace,
}

/// Whether a day may count fewer events than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fewer {
    /// No: events that are not kept any more, or never were, stay counted.
    Refuse,
    /// Yes: they were erased.
    Accept,
}

/// What became of a day.
#[derive(Clone, Debug)]
pub struct Day {
    /// Start of it, Unix milliseconds.
    pub day_ms: u64,
    /// Events that its blocks counted.
    pub counted: u64,
    /// Events that are kept singly.
    pub kept: u64,
    /// What differs, over all lengths of windows that are kept.
    pub comparison: Comparison,
    /// What was done.
    pub done: Done,
    /// How long it took.
    pub took: Duration,
}

/// What was done about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing differed.
    Same,
    /// Its blocks were replaced.
    Replaced,
    /// They would be.
    WouldReplace,
    /// Not all of its events are kept, so it stays.
    Incomplete,
    /// It is over so long ago that no rollups of it are kept.
    TooOld,
}

impl Done {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Replaced => "replaced",
            Self::WouldReplace => "would_replace",
            Self::Incomplete => "incomplete",
            Self::TooOld => "too_old",
        }
    }
}

impl Day {
    /// As it stands in a record.
    pub fn to_json(&self) -> Value {
        let fields: serde_json::Map<String, Value> =
            self.comparison.fields.iter().map(|(field, rows)| (field.name().to_owned(), json!(rows))).collect();
        let first: Vec<String> = self.comparison.first.iter().map(ToString::to_string).collect();
        json!({
            "date": date_of(self.day_ms), "done": self.done.name(), "counted": self.counted, "kept": self.kept,
            "rows": self.comparison.rows, "differing": self.comparison.differing, "fields": fields, "first": first,
            "visits_only": self.comparison.fields.keys().all(|field: &Field| field.is_of_visits()),
            "took_ms": self.took.as_millis() as u64,
        })
    }
}

/// Rebuilds the day that begins at `day_ms`.
///
/// # Errors
/// [`RebuildError`]; the day is as it was then.
pub fn day(
    connection: &mut Connection,
    segments: &Segments,
    wanted: Wanted<'_>,
    day_ms: u64,
) -> Result<Day, RebuildError> {
    let begun = Instant::now();
    let span = day_ms..day_ms + DAY_MS;
    for _ in 0..TRIES {
        let (reach, hot) = {
            let instant = connection.transaction()?;
            let reach = ledger::rebuild::reach(&instant, wanted.site)?;
            (reach, ledger::rebuild::hot_events(&instant, wanted.site, reach)?)
        };
        let rebuilt = read(connection, segments, wanted, &span, |id| hot.contains(&id))?;
        let transaction = begin(connection)?;
        if went_on(&transaction, wanted.site, &span, reach)? {
            continue;
        }
        let (day, news) = put(&transaction, wanted, &span, &rebuilt, begun)?;
        if news {
            transaction.commit()?;
        }
        return Ok(day);
    }
    let settings = ledger::settings::read(connection, wanted.site)?;
    let transaction = begin(connection)?;
    let reach = ledger::rebuild::reach(&transaction, wanted.site)?;
    let hot = ledger::rebuild::hot_events(&transaction, wanted.site, reach)?;
    let rebuilt = fold(segments, wanted, &span, &settings, |id| hot.contains(&id))?;
    let (day, news) = put(&transaction, wanted, &span, &rebuilt, begun)?;
    if news {
        transaction.commit()?;
    }
    Ok(day)
}

fn went_on(connection: &Connection, site: SiteKey, span: &Range<u64>, then: Reach) -> Result<bool, LedgerError> {
    let now = ledger::rebuild::reach(connection, site)?;
    // What was hot and is in the blocks now was left out.
    Ok(ledger::rebuild::is_touched(connection, site, span, then.blocks, now.blocks.min(now.log))?
        || ledger::rebuild::is_touched(connection, site, span, then.log, now.log)?)
}

fn read(
    connection: &Connection,
    segments: &Segments,
    wanted: Wanted<'_>,
    span: &Range<u64>,
    is_hot: impl Fn(Id128) -> bool,
) -> Result<Rebuilt, RebuildError> {
    let settings = ledger::settings::read(connection, wanted.site)?;
    fold(segments, wanted, span, &settings, is_hot)
}

fn fold(
    segments: &Segments,
    wanted: Wanted<'_>,
    span: &Range<u64>,
    settings: &wire::site::Settings,
    is_hot: impl Fn(Id128) -> bool,
) -> Result<Rebuilt, RebuildError> {
    let mut rebuild = Rebuild::new(span.clone(), settings);
    let reads = rebuild.reads();
    let view = segments.view(wanted.tracking_id, &reads)?;
    let mut result = Ok(());
    segments.each_ordered(&view, &reads, |event| {
        if result.is_ok() && !is_hot(event.id) {
            result = rebuild.add(event);
        }
        Ok(())
    })?;
    result?;
    Ok(rebuild.finish()?)
}

/// Compares, and puts in place what differs. Answers whether anything was written.
fn put(
    connection: &Connection,
    wanted: Wanted<'_>,
    span: &Range<u64>,
    rebuilt: &Rebuilt,
    begun: Instant,
) -> Result<(Day, bool), LedgerError> {
    let retention_days = ledger::settings::read(connection, wanted.site)?.rollup_retention_days;
    let horizon = Horizon::at(now_ms(), retention_days);
    // What is compared and replaced are blocks alone. Undone with the transaction where nothing is replaced.
    ledger::absorb::all(connection, Some(wanted.site), now_ms())?;
    let counted = ledger::rebuild::day_events(connection, wanted.site, span)?;
    let mut comparison = Comparison::default();
    for granularity in Granularity::ALL.into_iter().filter(|granularity| span.start >= horizon.of(*granularity)) {
        let stored: Rows = ledger::rebuild::rows(connection, wanted.site, granularity, span)?;
        comparison.add(compare(&stored, &by(granularity, &rebuilt.rows)));
    }
    let done = if span.start < horizon.day_from_ms {
        Done::TooOld
    } else if rebuilt.events < counted && wanted.fewer == Fewer::Refuse {
        Done::Incomplete
    } else if comparison.differing == 0 {
        Done::Same
    } else if wanted.writing == Writing::DryRun {
        Done::WouldReplace
    } else {
        ledger::rebuild::replace(connection, wanted.site, span, &rebuilt.rows, horizon)?;
        ledger::rebuild::note_fewer(connection, wanted.site, counted, rebuilt.events)?;
        ledger::site::advance_version(connection, wanted.site)?;
        Done::Replaced
    };
    let kept = rebuilt.events;
    let day = Day { day_ms: span.start, counted, kept, comparison, done, took: begun.elapsed() };
    Ok((day, done == Done::Replaced))
}
