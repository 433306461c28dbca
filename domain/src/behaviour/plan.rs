//! From what a filter says of people to what is read.

use std::sync::Arc;

use wire::analysis::Unit;
use wire::behaviour::{Behaviour, Did, Edge, InFunnel, StepOutcome, Sum, Summed};
use wire::limits::BEHAVIOUR_TIMES_MAX;
use wire::span::Span;

use super::{Act, Fact, Furthest, PersonTest, SumTest, Telling};
use crate::analysis::{condition, funnel};
use crate::query::{Circumstances, Condition, Period, QueryError};
use crate::rollup::Horizon;
use crate::zone::Zone;

/// By what filters are understood that say what people did.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The site.
    pub site: &'a str,
    /// Whose calendar dates are of.
    pub zone: &'a Zone,
    /// The range of the question.
    pub period: Period,
    /// When it is asked, and what is kept.
    pub around: &'a Circumstances,
}

/// What is needed to check filters that are to be kept: whatever they say of time is as good as at any other.
#[derive(Debug)]
pub struct Kept {
    zone: Zone,
    around: Circumstances,
}

/// A day long after 1970, for spans that end today: 2100-01-01.
const SOME_DAY_MS: u64 = 4_102_444_800_000;

impl Default for Kept {
    fn default() -> Self {
        let horizon = Horizon { minute_from_ms: 0, hour_from_ms: 0, day_from_ms: 0 };
        let around = Circumstances { now_ms: SOME_DAY_MS, horizon, events_from_ms: Some(0), first_ms: None };
        Self { zone: Zone::default(), around }
    }
}

impl Kept {
    /// The terms of filters that nobody asks by yet.
    pub fn terms(&self) -> Terms<'_> {
        let period = Period { start_ms: SOME_DAY_MS, end_ms: SOME_DAY_MS + 1 };
        Terms { site: "", zone: &self.zone, period, around: &self.around }
    }
}

impl Terms<'_> {
    /// When something is done: as it is said, or else the range of the question; checked to be kept.
    fn within(&self, within: Option<&Span>, field: &str) -> Result<Period, QueryError> {
        let field = format!("{field}.within");
        let Circumstances { now_ms, first_ms, .. } = *self.around;
        let period = match within {
            None => self.period,
            Some(span) => Period::of(span, self.zone, now_ms, first_ms, &field)?,
        };
        let kept_ms = self.kept_from(&field)?;
        // Of a site that is younger, nothing is missing.
        let needed_ms = first_ms.map_or(period.start_ms, |first_ms| period.start_ms.max(first_ms));
        if needed_ms < kept_ms {
            let from = self.zone.text(kept_ms);
            return Err(QueryError::new(&field, format!("must begin where single events are kept: from {from} on")));
        }
        Ok(period)
    }

    fn kept_from(&self, field: &str) -> Result<u64, QueryError> {
        let told = "what people did is told by single events alone, and this site keeps none";
        self.around.events_from_ms.ok_or_else(|| QueryError::new(field, told))
    }
}

/// What a filter says of people, as a condition.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub(crate) fn plan(behaviour: &Behaviour, field: &str, terms: &Terms<'_>) -> Result<Condition, QueryError> {
    match behaviour {
        Behaviour::Did(done) => did(done, field, terms),
        Behaviour::FirstDid(edge) => {
            let (range, condition) = edge_of(edge, field, terms)?;
            let from_ms = terms.kept_from(field)?.min(range.start_ms);
            let fact = Fact::First(range.start_ms..range.end_ms);
            Ok(test(terms, from_ms..range.end_ms, Act::Told(Box::new(Telling { condition, fact }))))
        }
        Behaviour::LastDid(edge) => {
            let (range, condition) = edge_of(edge, field, terms)?;
            let fact = Fact::Last(range.start_ms..range.end_ms);
            Ok(test(terms, range.start_ms..u64::MAX, Act::Told(Box::new(Telling { condition, fact }))))
        }
        Behaviour::Funnel(of) => in_funnel(of, field, terms),
    }
}

fn test(terms: &Terms<'_>, span: std::ops::Range<u64>, act: Act) -> Condition {
    Condition::Behaved(Arc::new(PersonTest::new(terms.site, span, act)))
}

fn edge_of(edge: &Edge, field: &str, terms: &Terms<'_>) -> Result<(Period, Condition), QueryError> {
    Ok((terms.within(edge.within.as_ref(), field)?, condition(&edge.pattern(), field)?))
}

fn did(did: &Did, field: &str, terms: &Terms<'_>) -> Result<Condition, QueryError> {
    let range = terms.within(did.within.as_ref(), field)?;
    let condition = condition(&did.pattern(), field)?;
    let (at_least, at_most) = (did.at_least.unwrap_or(1), did.at_most.unwrap_or(u64::MAX));
    for (name, times) in [("at_least", did.at_least), ("at_most", did.at_most)] {
        if times.is_some_and(|times| times > BEHAVIOUR_TIMES_MAX) {
            let detail = format!("must be at most {BEHAVIOUR_TIMES_MAX}");
            return Err(QueryError::new(&format!("{field}.{name}"), detail));
        }
    }
    if at_most < at_least {
        let detail = format!("must not be below at_least, which is {at_least}; whoever never did is meant by \"not\"");
        return Err(QueryError::new(&format!("{field}.at_most"), detail));
    }
    let sum = did.sum.as_ref().map(|sum| self::sum(sum, &format!("{field}.sum"))).transpose()?;
    let means_nobody = at_least == 0 && sum.as_ref().is_none_or(|sum| sum.micros.contains(&0));
    let fact = Fact::Times { count: at_least..=at_most, sum, is_true: !means_nobody };
    let some = test(terms, range.start_ms..range.end_ms, Act::Told(Box::new(Telling { condition, fact })));
    // Nothing is found of those who did nothing: where they are meant, the others are told apart.
    Ok(if means_nobody { Condition::Not(Box::new(some)) } else { some })
}

fn sum(sum: &Sum, field: &str) -> Result<SumTest, QueryError> {
    let bad = |name: &str, detail: &str| Err(QueryError::new(&format!("{field}.{name}"), detail));
    let currency = match (sum.of, &sum.currency) {
        (Summed::Revenue, None) => {
            return bad("currency", "is required: amounts in several currencies are not added");
        }
        (Summed::Revenue, Some(code)) if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            return bad("currency", "must be an ISO 4217 code such as EUR");
        }
        (Summed::Property(_), Some(_)) => return bad("currency", "is for revenue alone: properties have none"),
        (_, code) => code.clone().unwrap_or_default(),
    };
    let micros = |amount: Option<wire::behaviour::Amount>| amount.map(|amount| i128::from(amount.micros));
    let (least, most) = match (micros(sum.at_least), micros(sum.at_most)) {
        (None, None) => return bad("at_least", "or at_most is required"),
        (Some(least), Some(most)) if most < least => return bad("at_most", "must not be below at_least"),
        (least, most) => (least.unwrap_or(i128::MIN), most.unwrap_or(i128::MAX)),
    };
    Ok(SumTest { of: sum.of, currency, micros: least..=most })
}

fn in_funnel(of: &InFunnel, field: &str, terms: &Terms<'_>) -> Result<Condition, QueryError> {
    let definition = match (&of.funnel, &of.funnel_id) {
        (Some(definition), None) => definition,
        (None, Some(_)) => {
            return Err(QueryError::new(&format!("{field}.funnel_id"), "names a funnel that is not written out"));
        }
        _ => return Err(QueryError::new(field, "takes either funnel_id or funnel")),
    };
    if definition.unit != Unit::Users {
        let detail = "is a funnel of sessions, which says nothing of people: its unit must be users";
        return Err(QueryError::new(&format!("{field}.funnel"), detail));
    }
    let range = terms.within(of.within.as_ref(), field)?;
    let entries = range.start_ms..range.end_ms;
    let (ask, fold) = funnel::of_people(definition, terms.site, entries)
        .map_err(|e| QueryError { field: format!("{field}.funnel.{}", e.field), ..e })?;
    let last = match of.outcome {
        StepOutcome::Reached => fold.steps,
        StepOutcome::Dropped => fold.steps - 1,
    };
    if !(1..=last).contains(&of.step) {
        let detail = format!("must be 1 to {last}, of the {} steps that the funnel has", fold.steps);
        return Err(QueryError::new(&format!("{field}.step"), detail));
    }
    let span = ask.span.clone();
    let furthest = Furthest { ask, fold, step: of.step, outcome: of.outcome };
    Ok(test(terms, span, Act::Funnel(Box::new(furthest))))
}
