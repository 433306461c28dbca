//! Random questions to the scan engine and to DuckDB, over the same Parquet files. Every number must be the same. And an
//! answer that is written as Parquet must be read as it was meant.

#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "made up from lists that stand beside it")]
#[path = "../../events/src/scan/tests/random.rs"]
mod random;
mod sql;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use domain::query::{Counted, Question};
use domain::window::DAY_MS;
use events::scan::{Blob, Footers, Sources, aggregate};
use events::segment::Segment;
use events::store::Budget;
use events::write;
use serde_json::Value;
use wire::frame::RawEvent;
use wire::query::Metric;

use self::random::{DECLARED, Random};
use crate::query::peer::{Peer, Rows};

/// Questions about one set of files.
const QUESTIONS_OF_WORLD: u64 = 10;

/// Visits in one set of files.
const VISITS: usize = 600;

/// What is asked.
#[derive(clap::Args)]
pub struct Arguments {
    /// A Python that has DuckDB.
    #[arg(long)]
    python: PathBuf,
    /// Questions.
    #[arg(long, default_value_t = 500)]
    questions: u64,
    /// The first seed: another one is other questions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Segments and their bytes.
type Stored = Vec<(Segment, Arc<dyn Blob>)>;

type Groups = BTreeMap<(usize, Vec<String>), Counted>;

/// Asks both.
///
/// # Errors
/// When they differ; the seed and the SQL are told.
pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut peer = Peer::start(&arguments.python, "duckdb", folder.path())?;
    table::check(&mut peer, folder.path())?;
    let (mut asked, mut groups, mut seed) = (0, 0, arguments.seed);
    while asked < arguments.questions {
        let questions = QUESTIONS_OF_WORLD.min(arguments.questions - asked);
        groups += world(&mut peer, folder.path(), seed, questions).with_context(|| format!("seed {seed}"))?;
        (asked, seed) = (asked + questions, seed + 1);
    }
    println!("{asked} questions, {groups} groups: the scan engine and DuckDB say the same.");
    Ok(())
}

fn world(peer: &mut Peer, folder: &Path, seed: u64, questions: u64) -> Result<usize> {
    let mut random = Random(seed);
    let events = random::events(&mut random, VISITS);
    let mut files: BTreeMap<(u64, u64), Vec<RawEvent>> = BTreeMap::new();
    let per_day = 1 + random.below(2);
    for event in events {
        files.entry((event.at_ms / DAY_MS, random.below(per_day))).or_default().push(event);
    }
    let (mut stored, mut paths): (Stored, Vec<String>) = (Vec::new(), Vec::new());
    for (number, events) in files.into_values().enumerate() {
        let (bytes, written) = write::to_bytes(events, &[DECLARED.to_owned()])?;
        let path = folder.join(format!("{seed}-{number}.parquet"));
        std::fs::write(&path, &bytes)?;
        paths.push(format!("'{}'", path.display()));
        let segment = Segment {
            path: path.to_string_lossy().into_owned(),
            day_ms: written.first_ms - written.first_ms % DAY_MS,
            events: written.events,
            bytes: written.bytes,
            first_ms: written.first_ms,
            last_ms: written.last_ms,
            id_checksum: written.id_checksum,
            level: 0,
        };
        stored.push((segment, Arc::new(Bytes::from(bytes))));
    }
    let paths = format!("[{}]", paths.join(", "));
    let mut groups = 0;
    for number in 0..questions {
        let question = random::question(&mut random);
        groups += compare(peer, &stored, &paths, &question).with_context(|| format!("question {number}"))?;
    }
    Ok(groups)
}

fn compare(peer: &mut Peer, stored: &[(Segment, Arc<dyn Blob>)], paths: &str, question: &Question) -> Result<usize> {
    let budget = Budget {
        bytes_max: 64 << 20,
        until: Instant::now() + Duration::from_secs(60),
        is_given_up: AtomicBool::new(false),
        threads: 2,
    };
    let found = aggregate(&Sources { segments: stored, tail: &[], footers: &Footers::default() }, question, &budget)?;
    ensure!(found.visitors_error == 0.0, "visitors were estimated");
    let ours: Groups = found.groups.into_iter().map(|group| ((group.bucket, group.values), group.counted)).collect();
    let statements = sql::statements(question, paths);
    let theirs = theirs(peer, question, &statements)?;
    if ours != theirs {
        let differs: Vec<_> =
            ours.keys().chain(theirs.keys()).filter(|key| ours.get(*key) != theirs.get(*key)).collect();
        let Some(key) = differs.first() else { bail!("the groups differ") };
        bail!(
            "{} groups differ; {key:?} is {:?}, DuckDB says {:?}\n{question:#?}\n{}\n{}",
            differs.len(),
            ours.get(*key),
            theirs.get(*key),
            statements.events,
            statements.visits
        );
    }
    Ok(ours.len())
}

fn theirs(peer: &mut Peer, question: &Question, statements: &sql::Statements) -> Result<Groups> {
    let asks = |of: &[Metric]| question.metrics.iter().any(|metric| of.contains(metric));
    let asked = |is_asked: bool, number: i64| if is_asked { number } else { 0 };
    let mut groups = Groups::new();
    for (key, numbers) in rows(peer, question, &statements.events)? {
        let [events, views, visitors] = numbers_of(&numbers)?;
        let counted = groups.entry(key).or_default();
        counted.events = events as u64;
        counted.pageviews = asked(asks(&[Metric::Pageviews, Metric::ViewsPerVisit]), views) as u64;
        counted.visitors = asked(asks(&[Metric::UniqueUsers]), visitors) as u64;
    }
    if asks(&[Metric::Revenue]) {
        for (key, cells) in rows(peer, question, &statements.revenue)? {
            let [currency, sum, orders] = cells.as_slice() else { bail!("not a sum of a currency: {cells:?}") };
            let currency = currency.as_str().unwrap_or_default().to_owned();
            let (orders, counted) = (number(orders)? as u64, groups.entry(key).or_default());
            counted.revenue.insert(currency.clone(), number(sum)?);
            if orders > 0 {
                counted.orders.insert(currency, orders);
            }
        }
    }
    if question.metrics.iter().any(|metric| metric.is_of_visits()) {
        let is_of_goals = asks(&[Metric::Conversions, Metric::ConversionRate, Metric::Quality]);
        for (key, numbers) in rows(peer, question, &statements.visits)? {
            let [count, bounces, length, engaged, converted, quality] = numbers_of(&numbers)?;
            let visits = &mut groups.entry(key).or_default().visits;
            (visits.visits, visits.bounces, visits.visit_ms) = (count, bounces, length);
            visits.engaged_ms = asked(asks(&[Metric::EngagedTime]), engaged);
            visits.converted = asked(is_of_goals, converted);
            // Where goals are not looked at, a score is without them; nobody reads it.
            visits.quality = quality - asked(!is_of_goals, 30 * converted);
        }
    }
    Ok(groups)
}

type Keyed = ((usize, Vec<String>), Vec<Value>);

/// Rows of bucket, values, and what is behind them.
fn rows(peer: &mut Peer, question: &Question, sql: &str) -> Result<Vec<Keyed>> {
    let keyed = |mut row: Vec<Value>| {
        let rest = row.split_off(1 + question.by.len());
        let bucket = row.first().and_then(Value::as_u64).context("a bucket is no number")? as usize;
        let texts = row.iter().skip(1).map(|value| value.as_str().unwrap_or_default().to_owned());
        Ok(((bucket, texts.collect()), rest))
    };
    peer.query(sql, Rows::All)?.data.into_iter().map(keyed).collect()
}

fn numbers_of<const N: usize>(cells: &[Value]) -> Result<[i64; N]> {
    let numbers: Vec<i64> = cells.iter().map(number).collect::<Result<_>>()?;
    numbers.try_into().map_err(|cells| anyhow::anyhow!("{cells:?} are not {N} numbers"))
}

/// Sums of 128 bits come as text.
fn number(cell: &Value) -> Result<i64> {
    let number = cell.as_i64().or_else(|| cell.as_f64().map(|number| number as i64));
    number.or_else(|| cell.as_str()?.parse().ok()).with_context(|| format!("{cell} is no number"))
}
