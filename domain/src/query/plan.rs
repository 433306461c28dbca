//! From a question to what must be read.

mod parts;

use std::fmt::Write;
use std::ops::Range;

use wire::query::{Dimension, Filters, Query};
use wire::site::{Settings, VisitorMode};

use self::parts::{dimensions, limit, metrics, order, sample};
use super::answer::takes_everything;
use super::compare::{compared, pairs};
use super::{Buckets, Condition, Conversion, Coverage, Period, Pieces, QueryError, Question};
use crate::accept;
use crate::behaviour::Terms;
use crate::rollup::Horizon;
use crate::window::DAY_MS;
use crate::zone::Zone;

/// What a plan must know besides the question and the site's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The time, Unix milliseconds.
    pub now_ms: u64,
    /// From when on windows of each length are kept.
    pub horizon: Horizon,
    /// From when on all single events are kept; none where they are not.
    pub events_from_ms: Option<u64>,
    /// When the first of what is kept happened; none where there is nothing.
    pub first_ms: Option<u64>,
}

impl Circumstances {
    /// Of a site without single events.
    pub fn at(now_ms: u64, settings: &Settings) -> Self {
        let horizon = Horizon::at(now_ms, settings.rollup_retention_days);
        Self { now_ms, horizon, events_from_ms: None, first_ms: None }
    }
}

/// What to read, and how to put it together.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The span of time.
    pub period: Period,
    /// Whose calendar dates and buckets are of.
    pub zone: Zone,
    /// What is asked about it.
    pub now: Sides<Ask>,
    /// What it is compared with.
    pub then: Option<Then>,
    /// Whether everything is answered in a row of its own.
    pub wants_totals: bool,
    /// Into which currency amounts are converted.
    pub conversion: Option<Conversion>,
}

/// What is asked about the span of a comparison.
#[derive(Clone, Debug)]
pub struct Then {
    /// The span.
    pub period: Period,
    /// What is asked about it.
    pub asks: Sides<Ask>,
    /// For each bucket of the question the one that it is compared with.
    pub pairs: Vec<Option<usize>>,
}

/// Something for the rows of an answer and for everything at once.
#[derive(Clone, Debug, Default)]
pub struct Sides<T> {
    /// For the rows.
    pub rows: T,
    /// For everything, where it is asked for.
    pub totals: Option<T>,
}

impl<T> Sides<T> {
    /// The same of something else.
    ///
    /// # Errors
    /// The first of `make`.
    pub fn try_map<U, E>(&self, mut make: impl FnMut(&T) -> Result<U, E>) -> Result<Sides<U>, E> {
        Ok(Sides { rows: make(&self.rows)?, totals: self.totals.as_ref().map(make).transpose()? })
    }
}

/// A question, and what answers it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The question.
    pub question: Question,
    /// What answers it.
    pub route: Route,
}

/// What answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a plan has four of them at most")]
pub enum Route {
    /// A rollup.
    Rollup {
        /// Which.
        coverage: Coverage,
        /// Which of its windows.
        pieces: Pieces,
    },
    /// Single events.
    Raw,
}

impl Plan {
    /// Everything that is to be read.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        let sides = std::iter::once(&self.now).chain(self.then.as_ref().map(|then| &then.asks));
        sides.flat_map(|side| std::iter::once(&side.rows).chain(&side.totals))
    }

    /// The spans of time whose data decides the answer, Unix milliseconds.
    pub fn spans(&self) -> impl Iterator<Item = Range<u64>> {
        self.asks().flat_map(|ask| {
            let mut spans = vec![ask.span()];
            ask.question.condition.people(&mut |test| spans.push(test.span.clone()));
            spans
        })
    }

    /// What distinct visitors are: `visitor_days` where ids of one person differ within the range, for they are renewed
    /// every UTC day.
    pub fn unique_users_unit(&self) -> &'static str {
        let Period { start_ms, end_ms } = self.period;
        let spans_days = start_ms / DAY_MS != end_ms.saturating_sub(1) / DAY_MS;
        match self.now.rows.question.visitors {
            VisitorMode::Cookieless if spans_days => "visitor_days",
            VisitorMode::Cookieless | VisitorMode::Persistent => "visitors",
        }
    }

    /// The plan as a text: equal where all that is read and all that is made of it is equal.
    pub fn key(&self) -> String {
        let mut key = format!("{} {} {:?}", self.zone.name(), self.wants_totals, self.conversion);
        for ask in self.asks() {
            let Question {
                site,
                start_ms,
                end_ms,
                buckets,
                by,
                metrics,
                condition,
                visitors,
                sample,
                order,
                offset,
                limit,
            } = &ask.question;
            let time = buckets.as_ref().map(|buckets| buckets.dimension);
            let windows = match &ask.route {
                Route::Rollup { coverage, pieces } => Some((coverage, &pieces.pieces)),
                Route::Raw => None,
            };
            // Writing to a text does not fail.
            let _ = write!(
                key,
                "\n{:?}",
                (
                    (site, start_ms, end_ms, time, by, metrics, condition),
                    (visitors, sample, order, offset, limit),
                    windows
                )
            );
        }
        key
    }
}

impl Ask {
    /// The span of time whose data decides the answer, Unix milliseconds. Visits are counted at their first minute; told
    /// by single events, they go on for a day behind the span, or began a day before it.
    fn span(&self) -> Range<u64> {
        let Question { start_ms, end_ms, by, metrics, condition, .. } = &self.question;
        match &self.route {
            Route::Rollup { pieces, .. } => {
                let first = pieces.pieces.first().map_or(*start_ms, |piece| piece.start_ms);
                let last = pieces.pieces.last().map_or(*end_ms, |piece| piece.end_ms);
                first.min(*start_ms)..last.max(*end_ms)
            }
            Route::Raw => {
                let of_pages = |one: &Dimension| matches!(one, Dimension::EntryPage | Dimension::ExitPage);
                let takes_visits = metrics.iter().any(|metric| metric.is_of_visits())
                    || by.iter().chain(&condition.dimensions()).any(of_pages);
                let around = if takes_visits { DAY_MS } else { 0 };
                start_ms.saturating_sub(around)..end_ms.saturating_add(around)
            }
        }
    }
}

impl Question {
    /// Names of the answer's columns: dimensions, then metrics.
    pub fn columns(&self) -> Vec<String> {
        let dimensions = self.buckets.as_ref().map(|buckets| buckets.dimension).into_iter().chain(self.by.clone());
        dimensions.map(|one| one.to_string()).chain(self.metrics.iter().map(|one| one.name().to_owned())).collect()
    }
}

/// The site that a question is about.
///
/// # Errors
/// [`QueryError`] when that cannot be a site's tracking id.
pub fn site(query: &Query) -> Result<String, QueryError> {
    accept::tracking_id(Some(&query.tracking_id)).map_err(|m| QueryError::new(&m.field, m.detail))
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &Query, settings: &Settings, around: &Circumstances) -> Result<Plan, QueryError> {
    let site = site(query)?;
    let zone = zone_of(query.time_zone.as_deref(), settings)?;
    let period = Period::of(&query.date_range, &zone, around.now_ms, around.first_ms, "date_range")?;
    let (time, by) = dimensions(&query.dimensions)?;
    let condition =
        |period| Condition::of_people(&query.filters, "filters", &Terms { site: &site, zone: &zone, period, around });
    let mut question = Question {
        site: site.clone(),
        start_ms: period.start_ms,
        end_ms: period.end_ms,
        buckets: time.map(|time| Buckets::covering(time, &zone, period)).transpose()?,
        by,
        metrics: metrics(query)?,
        condition: condition(period)?,
        visitors: settings.visitors,
        sample: sample(query.sample)?,
        order: Vec::new(),
        offset: query.offset,
        limit: limit(query.limit)?,
    };
    question.order = order(query, &question)?;
    let planner = Planner { query, settings, around };
    let then = query.compare.as_ref().map(|comparison| {
        let then = compared(period, comparison, &zone, around.now_ms, around.first_ms)?;
        let buckets = time.map(|time| Buckets::covering(time, &zone, then)).transpose()?;
        let pairs = match (&question.buckets, &buckets) {
            (Some(now), Some(earlier)) => pairs(now, earlier, &zone, (period, then)),
            _ => vec![Some(0)],
        };
        let (start_ms, end_ms, condition) = (then.start_ms, then.end_ms, condition(then)?);
        let asked = Question { start_ms, end_ms, buckets, condition, ..question.clone() };
        Ok(Then { period: then, asks: planner.sides(asked)?, pairs })
    });
    let then = then.transpose()?;
    let conversion = Conversion::of(query.currency.as_deref(), settings)?;
    let now = planner.sides(question)?;
    let plan = Plan { period, zone: zone.clone(), now, then, wants_totals: query.totals, conversion };
    plan.people()?;
    Ok(plan)
}

struct Planner<'a> {
    query: &'a Query,
    settings: &'a Settings,
    around: &'a Circumstances,
}

impl Planner<'_> {
    fn sides(&self, rows: Question) -> Result<Sides<Ask>, QueryError> {
        let wants_totals = self.query.totals || takes_everything(&rows.metrics);
        let totals = wants_totals.then(|| Question {
            buckets: None,
            by: Vec::new(),
            order: Vec::new(),
            offset: 0,
            limit: 1,
            ..rows.clone()
        });
        Ok(Sides { rows: self.ask(rows)?, totals: totals.map(|totals| self.ask(totals)).transpose()? })
    }

    fn ask(&self, question: Question) -> Result<Ask, QueryError> {
        let route = self.route(&question)?;
        Ok(Ask { question, route })
    }

    /// A rollup where one tells it exactly, else single events, else a rollup that tells it roughly.
    fn route(&self, question: &Question) -> Result<Route, QueryError> {
        let Question { start_ms, end_ms, .. } = *question;
        let field = |dimension: Dimension| match &self.query.filters {
            Filters::All(_) => format!("filters.{dimension}"),
            Filters::Expression(_) => "filters".to_owned(),
        };
        let Question { by, condition, metrics, buckets, .. } = question;
        let period = Period { start_ms, end_ms };
        let of_events = if condition.is_of_people() {
            Err(QueryError::new("filters", "what people did is told by single events alone"))
        } else {
            Ok(())
        };
        let rollup =
            of_events.and_then(|()| Coverage::of(by, condition, metrics, self.settings, field)).and_then(|coverage| {
                let pieces = Pieces::of(period, buckets.as_ref(), &self.around.horizon)?;
                Ok((coverage, pieces))
            });
        let has_events = self.around.events_from_ms.is_some_and(|from_ms| from_ms <= start_ms);
        match rollup {
            Ok((coverage, pieces)) if pieces.rounded_to.is_none() || !has_events => {
                Ok(Route::Rollup { coverage, pieces })
            }
            Ok(_) => Ok(Route::Raw),
            Err(_) if has_events => Ok(Route::Raw),
            Err(e) => Err(QueryError { detail: format!("{}; {}", e.detail, self.why_no_events()), ..e }),
        }
    }

    fn why_no_events(&self) -> String {
        match self.around.events_from_ms {
            Some(from_ms) => {
                format!("single events, which tell it, are kept from {} on", Zone::default().text(from_ms))
            }
            None if self.settings.keeps_events => "single events, which would tell it, are not there".to_owned(),
            None => "single events would tell it, but this site keeps none".to_owned(),
        }
    }
}

/// The zone that dates and buckets of time are of: this one, or the site's.
///
/// # Errors
/// [`QueryError`] when there is no such zone.
pub fn zone_of(name: Option<&str>, settings: &Settings) -> Result<Zone, QueryError> {
    match name {
        Some(name) => Zone::named(name)
            .ok_or_else(|| QueryError::new("time_zone", "must be the name of an IANA time zone (Europe/Berlin)")),
        None => Ok(Zone::named(&settings.time_zone).unwrap_or_default()),
    }
}
