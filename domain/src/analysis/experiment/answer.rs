//! From a tally of people to what is told of an experiment.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use wire::analysis::{
    Bounds, Compared, DecideBy, ExperimentMetric, MetricKind, MetricResult, Sequential, Split, VariantPeople,
    VariantResult, Verdict,
};
use wire::limits::EXPERIMENT_VARIANTS_MAX;

use super::effect::{self, Effect, holm};
use super::measure::Measure;
use super::sequential::{self, AlwaysValid, PLANNED_USERS};
use super::{ALPHA, Done, ExperimentPlan, ExperimentTally, Exposed, power, split};
use crate::analysis::Names;

/// Fewest people of a variant that anything is said of.
const EXPOSED_MIN: u64 = 100;

/// Fewest people of a variant who did it, and who did not: below, normal distributions are none.
const CONVERTED_MIN: u64 = 5;

/// Fewest people of a variant who paid, before anything is said of means: what people pay is skewed.
const PAID_MIN: u64 = 30;

/// The value that is the control where nothing else says so.
const CONTROL: &str = "control";

/// Millionths of a currency's unit.
const MICROS: f64 = 1e6;

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Who saw one variant.
    pub exposed: u64,
    /// Who saw several.
    pub saw_several: u64,
    /// Who saw one that is not told apart.
    pub saw_others: u64,
    /// The variants, the control first.
    pub variants: Vec<VariantPeople>,
    /// Whether people came as they were meant to.
    pub split: Option<Split>,
    /// By metric.
    pub metrics: Vec<MetricResult>,
}

/// Why nothing is said of differences, whatever they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// People did not come as they were meant to.
    SplitIsBroken,
    /// It is to be decided once, and that is not now.
    TooEarly,
}

impl Silence {
    fn of(plan: &ExperimentPlan, split: Option<Split>, exposed: u64) -> Option<Self> {
        let is_once = plan.decide_by == DecideBy::PlannedEnd;
        if split.is_some_and(|split| split.is_broken) {
            Some(Self::SplitIsBroken)
        } else {
            (is_once && plan.planned_users.is_some_and(|planned| exposed < planned)).then_some(Self::TooEarly)
        }
    }

    fn verdict(self) -> Verdict {
        match self {
            Self::SplitIsBroken => Verdict::SplitIsBroken,
            Self::TooEarly => Verdict::TooEarly,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::SplitIsBroken => "the split is broken: people did not come to the variants as they were meant to",
            Self::TooEarly => "too early to say: fewer people came than are planned",
        }
    }
}

/// A variant, and who saw it.
type Seen = (String, f64, Exposed);

/// What is told of a tally.
pub fn answer(plan: &ExperimentPlan, tally: &ExperimentTally, names: &Names) -> Told {
    let (seen, beyond) = seen(plan, tally, names);
    let exposed: u64 = seen.iter().map(|(_, _, exposed)| exposed.users).sum();
    let weights: f64 = seen.iter().map(|(_, weight, _)| weight).sum();
    let people = |(at, (name, weight, of)): (usize, &Seen)| VariantPeople {
        name: name.clone(),
        is_control: at == 0,
        exposed: of.users,
        expected: exposed as f64 * weight / weights,
    };
    let variants: Vec<VariantPeople> = seen.iter().enumerate().map(people).collect();
    let came: Vec<f64> = variants.iter().map(|variant| variant.exposed as f64).collect();
    let expected: Vec<f64> = variants.iter().map(|variant| variant.expected).collect();
    let split = split::check(&came, &expected);
    let silence = Silence::of(plan, split, exposed);
    let metric = |(at, metric): (usize, &ExperimentMetric)| Metric { plan, names, metric, at }.told(&seen, silence);
    Told {
        exposed,
        saw_several: tally.several,
        saw_others: tally.others + beyond,
        metrics: plan.metrics.iter().enumerate().map(metric).collect(),
        variants,
        split,
    }
}

/// The variants with their weights, the control first, and who saw one beyond those that are told apart.
fn seen(plan: &ExperimentPlan, tally: &ExperimentTally, names: &Names) -> (Vec<Seen>, u64) {
    let mut by_name: BTreeMap<&str, Exposed> = BTreeMap::new();
    for (variant, exposed) in &tally.variants {
        by_name.entry(names.group(*variant)).or_default().add(exposed);
    }
    let mut seen: Vec<Seen> = if plan.variants.is_empty() {
        by_name.into_iter().map(|(name, exposed)| (name.to_owned(), 1.0, exposed)).collect()
    } else {
        let named = plan.variants.iter();
        named.map(|one| (one.name.clone(), one.weight, by_name.remove(one.name.as_str()).unwrap_or_default())).collect()
    };
    let control = plan.control.as_deref().unwrap_or(CONTROL);
    let mut beyond = 0;
    if seen.len() > EXPERIMENT_VARIANTS_MAX {
        seen.sort_by_key(|(name, _, exposed)| (name != control, Reverse(exposed.users)));
        beyond = seen.iter().skip(EXPERIMENT_VARIANTS_MAX).map(|(_, _, exposed)| exposed.users).sum();
        seen.truncate(EXPERIMENT_VARIANTS_MAX);
        seen.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    }
    if let Some(at) = seen.iter().position(|(name, ..)| name == control) {
        seen.get_mut(..=at).into_iter().for_each(|ahead| ahead.rotate_right(1));
    }
    (seen, beyond)
}

/// A metric, and where it stands.
struct Metric<'a> {
    plan: &'a ExperimentPlan,
    names: &'a Names,
    metric: &'a ExperimentMetric,
    at: usize,
}

impl Metric<'_> {
    fn told(&self, seen: &[Seen], silence: Option<Silence>) -> MetricResult {
        let none = Done::default();
        let done = |exposed: &Exposed| exposed.metrics.get(self.at).unwrap_or(&none).clone();
        let all: Vec<Done> = seen.iter().map(|(_, _, exposed)| done(exposed)).collect();
        let currencies = self.currencies(&all);
        let currency = match self.metric.kind {
            MetricKind::Conversion => None,
            MetricKind::Revenue => {
                self.metric.currency.clone().or_else(|| currencies.first().map(|(code, _)| code.clone()))
            }
        };
        let variant =
            |((name, _, exposed), done): (&Seen, &Done)| self.variant(name, exposed.users, done, currency.as_deref());
        let mut variants: Vec<(VariantResult, Measure)> = seen.iter().zip(&all).map(variant).collect();
        let measures: Vec<Measure> = variants.iter().map(|(_, measure)| *measure).collect();
        if let Some((control, others)) = measures.split_first() {
            let is_enough: Vec<bool> = variants.iter().map(|(told, _)| self.is_enough(told)).collect();
            let compared = self.compared(control, others, &is_enough, silence);
            for ((told, _), compared) in variants.iter_mut().skip(1).zip(compared) {
                told.compared = Some(compared);
            }
        }
        let variants: Vec<VariantResult> = variants.into_iter().map(|(told, _)| told).collect();
        let (verdict, words) = verdict(&variants, silence);
        let mut codes: Vec<String> = currencies.into_iter().map(|(code, _)| code).collect();
        codes.sort_unstable();
        let codes = if self.metric.kind == MetricKind::Revenue { codes } else { Vec::new() };
        let (name, kind) = (self.metric.name.clone(), self.metric.kind);
        MetricResult { name, kind, currency, currencies: codes, verdict, words, variants }
    }

    /// What was paid in, that of most people first.
    fn currencies(&self, all: &[Done]) -> Vec<(String, u64)> {
        let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
        for (currency, money) in all.iter().flat_map(|done| &done.money) {
            *by_code.entry(self.names.currency(*currency)).or_default() += money.users;
        }
        let mut ranked: Vec<(String, u64)> =
            by_code.into_iter().map(|(code, users)| (code.to_owned(), users)).collect();
        ranked.sort_by_key(|(_, users)| Reverse(*users));
        ranked
    }

    fn variant(&self, name: &str, exposed: u64, done: &Done, currency: Option<&str>) -> (VariantResult, Measure) {
        let mut told = VariantResult {
            name: name.to_owned(),
            exposed,
            converted: done.users,
            mean: 0.0,
            interval: Bounds::default(),
            variance: 0.0,
            total: None,
            compared: None,
        };
        let measure = match self.metric.kind {
            MetricKind::Conversion => Measure::Share { some: done.users as f64, of: exposed as f64 },
            MetricKind::Revenue => {
                let mut money = super::Money::default();
                let ours = done.money.iter().filter(|(code, _)| Some(self.names.currency(**code)) == currency);
                ours.for_each(|(_, more)| money.add(more));
                told.converted = money.users;
                let sum = money.sum as f64 / MICROS;
                told.total = Some(sum);
                Measure::of_sums(exposed as f64, sum, money.squares as f64 / (MICROS * MICROS))
            }
        };
        let scale = self.scale();
        told.mean = measure.mean() * scale;
        told.interval = scaled(measure.interval(), scale);
        told.variance = measure.variance();
        (told, measure)
    }

    /// Of shares in percent.
    fn scale(&self) -> f64 {
        if self.metric.kind == MetricKind::Conversion { 100.0 } else { 1.0 }
    }

    /// Whether there is enough of a variant for anything to be said.
    fn is_enough(&self, told: &VariantResult) -> bool {
        let did = match self.metric.kind {
            MetricKind::Conversion => {
                told.converted.min(told.exposed - told.converted.min(told.exposed)) >= CONVERTED_MIN
            }
            MetricKind::Revenue => told.converted >= PAID_MIN,
        };
        told.exposed >= EXPOSED_MIN && did
    }

    fn compared(
        &self,
        control: &Measure,
        others: &[Measure],
        is_enough: &[bool],
        silence: Option<Silence>,
    ) -> Vec<Compared> {
        let planned_users = self.plan.planned_users.unwrap_or(PLANNED_USERS);
        let effects: Vec<(Effect, AlwaysValid)> = others
            .iter()
            .map(|one| (effect::compare(control, one), sequential::compare(control, one, planned_users)))
            .collect();
        let plain = holm(&effects.iter().map(|(effect, _)| effect.p_value).collect::<Vec<_>>());
        let always = holm(&effects.iter().map(|(_, always)| always.p_value).collect::<Vec<_>>());
        let (scale, sought) = (self.scale(), self.plan.effect_sought / 100.0);
        let of_control = is_enough.first().copied().unwrap_or_default();
        let one = |(at, (one, is_enough)): (usize, (&Measure, &bool))| {
            let (effect, always_valid) = effects.get(at)?;
            let (plain, always) = (plain.get(at)?, always.get(at)?);
            let p_value = match self.plan.decide_by {
                DecideBy::Sequential => *always,
                DecideBy::PlannedEnd => *plain,
            };
            let verdict = match silence {
                Some(silence) => silence.verdict(),
                None if !of_control || !is_enough => Verdict::NotEnoughData,
                None if p_value >= ALPHA => Verdict::NoClearDifference,
                None if effect.difference > 0.0 => Verdict::Better,
                None => Verdict::Worse,
            };
            Some(Compared {
                verdict,
                effect: effect.difference * scale,
                interval: scaled(effect.interval, scale),
                relative: effect.relative.map(|part| part * 100.0),
                relative_interval: effect.relative_interval.map(|bounds| scaled(bounds, 100.0)),
                p_value: effect.p_value,
                p_value_holm: *plain,
                sequential: Sequential {
                    interval: scaled(always_valid.interval, scale),
                    p_value: always_valid.p_value,
                    p_value_holm: *always,
                },
                power: power::power(control, one.of(), sought) * 100.0,
                detectable: power::detectable(control, one.of()).map(|part| part * 100.0),
                users_needed: power::users_needed(control, sought),
            })
        };
        others.iter().zip(is_enough.iter().skip(1)).enumerate().filter_map(one).collect()
    }
}

/// What follows for all variants together, and in words.
fn verdict(variants: &[VariantResult], silence: Option<Silence>) -> (Verdict, String) {
    let compared = || variants.iter().filter_map(|told| Some((told, told.compared.as_ref()?)));
    let has = |verdict: Verdict| compared().any(|(_, compared)| compared.verdict == verdict);
    let control = variants.first().map_or("", |told| told.name.as_str());
    if let Some(silence) = silence {
        return (silence.verdict(), silence.words().to_owned());
    }
    let best = compared().filter(|(_, compared)| compared.verdict == Verdict::Better);
    if let Some((best, _)) = best.max_by(|(one, _), (other, _)| one.mean.total_cmp(&other.mean)) {
        return (Verdict::Better, format!("{} is better than {control}", best.name));
    }
    if has(Verdict::NoClearDifference) {
        return (Verdict::NoClearDifference, "no clear difference".to_owned());
    }
    let worse: Vec<&str> = compared()
        .filter(|(_, compared)| compared.verdict == Verdict::Worse)
        .map(|(told, _)| told.name.as_str())
        .collect();
    if !worse.is_empty() && !has(Verdict::NotEnoughData) {
        let are = if worse.len() == 1 { "is" } else { "are" };
        return (Verdict::Worse, format!("{} {are} worse than {control}", worse.join(", ")));
    }
    (Verdict::NotEnoughData, "not enough data".to_owned())
}

fn scaled(bounds: Bounds, by: f64) -> Bounds {
    // What has no bound stays a number, for JSON has no infinity.
    let one = |bound: f64| (bound * by).clamp(f64::MIN, f64::MAX);
    Bounds { low: one(bounds.low), high: one(bounds.high) }
}
