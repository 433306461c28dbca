//! What the threads found, put together.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use domain::query::{Counted, Found, Group, Question};
use domain::rollup::VisitSums;
use domain::sketch::Sketch;
use domain::window::DAY_MS;
use hashbrown::HashMap;
use wire::query::Dimension;

use super::groups::{Grouper, Interner, Key, NONE};
use super::pages::VisitPages;
use super::parts::{self, Part};
use super::task::{Counts, Task};
use super::uniques::{self, Mapped, Sketches};
use super::visits::{self, Piece, Wanted};
use super::worker::{Worker, both};
use super::{ScanError, Sources, check, filter, spare};
use crate::store::Budget;

/// How far before and behind a range visits are followed.
const AROUND_MS: u64 = DAY_MS;

/// Threads of one scan at most.
const THREADS_MAX: usize = 64;

/// Answers a question from single events. Of visits, engaged time and conversions are counted only where a metric asked for
/// needs them.
///
/// # Errors
/// [`ScanError`] when the budget is spent, nobody waits any more, or a source cannot be read.
pub fn aggregate(sources: &Sources<'_>, question: &Question, budget: &Budget) -> Result<Found, ScanError> {
    check(budget)?;
    let counts = Counts::of(&question.metrics);
    let range = question.start_ms..question.end_ms;
    let around = range.start.saturating_sub(AROUND_MS)..range.end.saturating_add(AROUND_MS);
    let condition = filter::as_counted(&question.condition);
    let by_pages = question.by.iter().copied().chain(condition.dimensions()).any(is_of_pages);
    let sampled = question.sample.filter(|share| *share < 1.0);
    // A share of 2^64, cut to whole visitors.
    let visitors_end = sampled.map(|share| (share.max(0.0) * 2.0_f64.powi(64)) as u64);
    let mut task = Task { question, condition, counts, span: range, visitors_end, pages: None, budget };
    let pages = if by_pages { Some(visit_pages(sources, &task, &around)?) } else { None };
    task.pages = pages.as_ref();
    if counts.visits.is_some() {
        task.span = around;
    }
    let parts = parts::parts(sources, &task.span, question, budget.threads)?;
    let workers = work(&task, &parts)?;
    let mut found = together(&task, workers)?;
    found.sampled = sampled;
    Ok(found)
}

fn is_of_pages(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::EntryPage | Dimension::ExitPage)
}

/// First and last pages of all visits around the range.
fn visit_pages(sources: &Sources<'_>, task: &Task<'_>, around: &Range<u64>) -> Result<VisitPages, ScanError> {
    let wanted = Wanted { pages: true, ..Wanted::default() };
    let counts = Counts { pageviews: false, visitors: false, revenue: false, visits: Some(wanted) };
    let nothing = Question { by: Vec::new(), buckets: None, start_ms: 0, end_ms: 0, ..task.question.clone() };
    let task = Task {
        question: &nothing,
        condition: task.condition.clone(),
        counts,
        span: around.clone(),
        visitors_end: task.visitors_end,
        pages: None,
        budget: task.budget,
    };
    let parts = parts::parts(sources, around, &nothing, task.budget.threads)?;
    let mut pages = Interner::default();
    let mut pieces = Vec::new();
    for mut worker in work(&task, &parts)? {
        visits::renumbered(&mut worker.waiting, worker.pages.texts(), &mut |page| pages.number(page));
        pieces.append(&mut worker.waiting);
    }
    Ok(VisitPages::of(&visits::join(pieces), pages.texts().clone()))
}

/// Lets threads take the parts one by one.
fn work(task: &Task<'_>, parts: &[Part<'_>]) -> Result<Vec<Worker>, ScanError> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let run = || {
        let mut worker = Worker::new(task.question);
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = worker.take(task, part) {
                next.store(parts.len(), Ordering::Relaxed);
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                break;
            }
        }
        spare::clear();
        worker
    };
    let threads = task.budget.threads.clamp(1, THREADS_MAX).min(parts.len().max(1));
    let workers: Option<Vec<Worker>> = thread::scope(|scope| {
        // This thread is one of them.
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut workers = vec![run()];
        for other in others {
            workers.push(other.join().ok()?);
        }
        Some(workers)
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => workers.ok_or(ScanError::Thread),
    }
}

/// What all threads found, under common numbers.
struct Together {
    interners: Vec<Interner>,
    groups: Grouper,
    counted: Vec<Counted>,
}

impl Together {
    /// A thread's key under common numbers.
    fn key(&mut self, key: &Key, numbers: &[Vec<u32>], named: &[bool]) -> Key {
        let mut common = *key;
        for ((part, numbers), named) in common.iter_mut().skip(1).zip(numbers).zip(named) {
            *part = if *named { numbers.get(*part as usize).copied().unwrap_or(NONE) } else { 0 };
        }
        common
    }

    fn group(&mut self, key: Key) -> u32 {
        let group = self.groups.number(key);
        self.counted.resize_with(self.groups.len(), Counted::default);
        group
    }

    fn at(&mut self, group: u32) -> Option<&mut Counted> {
        self.counted.get_mut(group as usize)
    }
}

fn together(task: &Task<'_>, mut workers: Vec<Worker>) -> Result<Found, ScanError> {
    let question = task.question;
    let mut all = Together {
        interners: question.by.iter().map(|_| Interner::default()).collect(),
        groups: Grouper::default(),
        counted: Vec::new(),
    };
    let is_own: Vec<bool> = question.by.iter().map(|dimension| super::groups::is_of_event(*dimension)).collect();
    let is_start: Vec<bool> = is_own.iter().map(|own| !own).collect();
    let every: Vec<bool> = is_own.iter().map(|_| true).collect();
    let (mut waiting, mut starts, mut owns) = (Vec::new(), Grouper::default(), Grouper::default());
    let mut maps = Vec::with_capacity(workers.len());
    let mut rows_read = 0;
    for worker in &mut workers {
        let numbers: Vec<Vec<u32>> = worker
            .interners
            .iter()
            .zip(&mut all.interners)
            .map(|(of, to)| of.texts().iter().map(|text| to.number(text)).collect())
            .collect();
        let mut map = Vec::with_capacity(worker.groups.len());
        for (at, key) in worker.groups.keys().iter().enumerate() {
            let key = all.key(key, &numbers, &every);
            let group = all.group(key);
            map.push(group);
            let Some(counted) = all.at(group) else { continue };
            if let Some(sums) = worker.sums.get(at) {
                counted.events += sums.events;
                counted.pageviews += sums.pageviews;
            }
            counted.visitors += worker.visitors.counted.get(at).copied().unwrap_or_default();
            counted.visits.add(worker.visits.get(at).unwrap_or(&VisitSums::default()), 1);
        }
        for ((group, currency), paid) in worker.revenue.drain() {
            let Some(counted) = map.get(group as usize).and_then(|group| all.at(*group)) else { continue };
            if paid.orders > 0 {
                *counted.orders.entry(currency.clone()).or_default() += paid.orders;
            }
            add(&mut counted.revenue, currency, paid.micros);
        }
        let mut common = |keys: &Grouper, named: &[bool], to: &mut Grouper| -> Vec<u32> {
            keys.keys().iter().map(|key| to.number(all.key(key, &numbers, named))).collect()
        };
        let start_map = common(&worker.starts, &is_start, &mut starts);
        let own_map = common(&worker.owns, &is_own, &mut owns);
        waiting.extend(worker.waiting.drain(..).map(|mut piece| {
            piece.start = start_map.get(piece.start as usize).copied().unwrap_or(NONE);
            for own in &mut piece.own {
                *own = own_map.get(*own as usize).copied().unwrap_or(NONE);
            }
            piece
        }));
        rows_read += worker.rows_read;
        maps.push(map);
    }
    count_waiting(question, &mut all, waiting, (&starts, &owns));
    check(task.budget)?;
    let visitors_error = count_visitors(task, &mut all, &workers, &maps)?;
    Ok(Found { groups: answer(&all), rows_read, sampled: None, visitors_error })
}

/// Counts the visits that several parts have pieces of.
fn count_waiting(question: &Question, all: &mut Together, waiting: Vec<Piece>, (starts, owns): (&Grouper, &Grouper)) {
    let range = question.start_ms..question.end_ms;
    let mut groups: HashMap<(u32, u32), u32> = HashMap::new();
    for visit in visits::join(waiting) {
        let Some(start) = starts.keys().get(visit.start as usize) else { continue };
        if !visit.passes || !range.contains(&visit.first_ms) {
            continue;
        }
        let sums = visit.sums();
        let of_visit = if visit.own.is_empty() { &[NONE][..] } else { &visit.own };
        for own in of_visit {
            let key = both(start, owns.keys().get(*own as usize));
            let group = *groups.entry((visit.start, *own)).or_insert_with(|| all.group(key));
            if let Some(counted) = all.at(group) {
                counted.visits.add(&sums, 1);
            }
        }
    }
}

/// Counts distinct visitors; answers their error.
fn count_visitors(
    task: &Task<'_>,
    all: &mut Together,
    workers: &[Worker],
    maps: &[Vec<u32>],
) -> Result<f64, ScanError> {
    let pairs = || workers.iter().zip(maps);
    if pairs().all(|(worker, _)| worker.sketches.is_none()) {
        let seen: Vec<Mapped<'_>> =
            pairs().flat_map(|(worker, map)| worker.seen.iter().map(|seen| (seen, map.as_slice()))).collect();
        if !seen.is_empty() {
            let counts = uniques::count(&seen, all.counted.len(), task.budget.threads).ok_or(ScanError::Thread)?;
            all.counted.iter_mut().zip(counts).for_each(|(counted, count)| counted.visitors += count);
        }
        return Ok(0.0);
    }
    let (mut error, mut merged): (f64, BTreeMap<u32, Sketch>) = (0.0, BTreeMap::new());
    let mut take = |sketches: &Sketches, map: &[u32]| {
        error = error.max(sketches.error());
        for (sketch, group) in sketches.of.iter().zip(map) {
            merged.entry(*group).and_modify(|all| all.merge(sketch)).or_insert_with(|| sketch.clone());
        }
    };
    for (worker, map) in pairs() {
        if let Some(sketches) = &worker.sketches {
            take(sketches, map);
        }
        if let (false, Some(mut sketches)) = (worker.seen.is_empty(), Sketches::new(1, usize::MAX)) {
            worker.seen.iter().for_each(|seen| sketches.take(seen));
            take(&sketches, map);
        }
    }
    for (group, sketch) in merged {
        if let Some(counted) = all.at(group) {
            counted.visitors += sketch.count();
        }
    }
    Ok(error)
}

fn answer(all: &Together) -> Vec<Group> {
    let of = |(key, counted): (&Key, &Counted)| {
        let [bucket, values @ ..] = key;
        let values =
            all.interners.iter().zip(values).map(|(texts, number)| texts.texts().get(*number as usize).to_owned());
        Group { bucket: *bucket as usize, values: values.collect(), counted: counted.clone() }
    };
    let has_any = |(_, counted): &(&Key, &Counted)| counted.events > 0 || counted.visits != VisitSums::default();
    all.groups.keys().iter().zip(&all.counted).filter(has_any).map(of).collect()
}

fn add(revenue: &mut BTreeMap<String, i64>, currency: String, micros: i64) {
    let sum = revenue.entry(currency).or_default();
    *sum = sum.saturating_add(micros);
}
