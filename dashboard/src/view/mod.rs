//! What a site's page shows, and its form in the URL. Everything that a person chose and that is worth a link or a step back
//! is in here; how panels are folded is not.
//!
//! ```text
//! ?v=1&period=7d&date=2026-02-01&compare=year&match=date&by=hour&metric=visits&tz=UTC&f=is,page,/blog,/news&f=contains,source,goog
//!     &details=page
//! ```
//!
//! What is as it is without a choice is left out. `v` is the form's version: another one will be told by it. What else a page
//! says of itself stays as it is.

pub mod carried;
pub mod filter;
pub mod period;

use wire::query::{Comparison, ComparisonPeriod, DateRange, Dimension, Metric, Query};

use crate::day::Day;
use crate::metric::Kpi;
use filter::Condition;
use period::Period;

/// Rows of a series: a day of minutes.
const BUCKETS_MAX: usize = 1_500;

/// What the numbers are compared with in the chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compared {
    /// Nothing. The key figures still say how they changed from the days before.
    #[default]
    Nothing,
    /// As many days right before.
    Previous,
    /// The same days a year before.
    Year,
    /// Days of one's own.
    Between(Day, Day),
}

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The span of time.
    pub period: Period,
    /// What the chart compares it with.
    pub compared: Compared,
    /// Whether the days compared with are those of the same dates, and not of the same weekdays.
    pub by_date: bool,
    /// Buckets of the chart, where somebody chose.
    pub interval: Option<Dimension>,
    /// The figure in the chart.
    pub metric: Option<Kpi>,
    /// Which events.
    pub conditions: Vec<Condition>,
    /// The time zone by which days begin, where that is not to be the site's.
    pub zone: Option<String>,
    /// The ranking that is open in full.
    pub details: Option<Dimension>,
    /// What a page says besides, by names of its own: escaped, as the URL has it.
    pub own: Vec<(String, String)>,
}

impl View {
    /// Reads a query string, without its question mark.
    pub fn parse(query: &str, unescape: impl Fn(&str) -> String + Copy) -> Self {
        let mut view = Self::default();
        let (mut period, mut date) = (None, None);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "f" => view.conditions.extend(Condition::parse(value, unescape)),
                "period" => period = Some(unescape(value)),
                "date" => date = Some(unescape(value)),
                "compare" => view.compared = Compared::parse(&unescape(value)),
                "match" => view.by_date = value == "date",
                "by" => view.interval = Dimension::named(value).filter(|dimension| dimension.is_time()),
                "details" => {
                    view.details = Dimension::named(&unescape(value)).filter(|dimension| !dimension.is_time());
                }
                "metric" => view.metric = Kpi::named(value),
                "tz" => view.zone = Some(unescape(value)),
                "" | "v" => {}
                name => view.own.push((name.to_owned(), value.to_owned())),
            }
        }
        view.period = Period::parse(period.as_deref(), date.as_deref());
        view
    }

    /// The query string with its question mark, or nothing where all is as without a choice.
    pub fn to_url(&self, escape: impl Fn(&str) -> String + Copy) -> String {
        let mut pairs = Vec::new();
        if self.period != Period::default() {
            let (period, date) = self.period.tokens();
            pairs.push(format!("period={period}"));
            pairs.extend(date.map(|date| format!("date={date}")));
        }
        pairs.extend(self.compared.token().map(|token| format!("compare={token}")));
        if self.by_date {
            pairs.push("match=date".to_owned());
        }
        pairs.extend(self.interval.map(|interval| format!("by={}", interval.name())));
        pairs.extend(self.metric.map(|metric| format!("metric={}", metric.name())));
        pairs.extend(self.zone.as_ref().map(|zone| format!("tz={}", escape(zone))));
        pairs.extend(self.conditions.iter().map(|condition| format!("f={}", condition.to_url(escape))));
        pairs.extend(self.details.map(|dimension| format!("details={}", escape(&dimension.to_string()))));
        pairs.extend(self.own.iter().map(|(name, value)| format!("{name}={value}")));
        if pairs.is_empty() { String::new() } else { format!("?v=1&{}", pairs.join("&")) }
    }

    /// The same with a condition: one about the same dimension it replaces.
    #[must_use]
    pub fn with(&self, condition: Condition) -> Self {
        let mut view = Self { details: None, ..self.clone() };
        match view.conditions.iter_mut().find(|present| present.dimension == condition.dimension) {
            Some(present) => *present = condition,
            None => view.conditions.push(condition),
        }
        view
    }

    /// The same without a condition.
    #[must_use]
    pub fn without(&self, at: usize) -> Self {
        let mut view = self.clone();
        if at < view.conditions.len() {
            view.conditions.remove(at);
        }
        view
    }

    /// What other pages of the site take over of it.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self { interval: None, metric: None, details: None, own: Vec::new(), ..self.clone() }
    }

    /// The same over another span, by the buckets that suit it.
    #[must_use]
    pub fn over(&self, period: Period) -> Self {
        Self { period, interval: None, ..self.clone() }
    }

    /// The buckets of the chart.
    pub fn interval(&self, today: Day) -> Dimension {
        let chosen = self.interval.filter(|chosen| self.period.intervals(today).contains(chosen));
        chosen.unwrap_or_else(|| self.period.interval(today))
    }

    /// The key figures that tell most about what is shown.
    pub fn kpis(&self) -> &'static [Kpi] {
        let about = |dimension| self.conditions.iter().any(|condition| condition.dimension == dimension);
        if about(Dimension::Goal) {
            &Kpi::OF_GOALS
        } else if about(Dimension::EventType) {
            &Kpi::OF_EVENTS
        } else {
            &Kpi::OF_VISITS
        }
    }

    /// The figure in the chart.
    pub fn kpi(&self) -> Kpi {
        let shown = self.kpis();
        let first = shown.first().copied().unwrap_or(Kpi::Visitors);
        self.metric.filter(|metric| shown.contains(metric)).unwrap_or(first)
    }

    /// A question about what is shown.
    pub fn query(&self, tracking_id: &str, metrics: Vec<Metric>) -> Query {
        Query {
            filters: filter::all(&self.conditions),
            time_zone: self.zone.clone(),
            ..Query::new(tracking_id, self.period.span(), metrics)
        }
    }

    /// The question behind the key figures. They are compared even where the chart is not.
    pub fn totals(&self, tracking_id: &str) -> Query {
        let compared = match self.compared {
            Compared::Nothing => Compared::Previous,
            compared => compared,
        };
        Query { compare: self.comparison(compared), ..self.query(tracking_id, self.metrics()) }
    }

    /// The question behind the chart.
    pub fn series(&self, tracking_id: &str, today: Day) -> Query {
        Query {
            dimensions: vec![self.interval(today)],
            limit: Some(BUCKETS_MAX),
            compare: self.comparison(self.compared),
            ..self.query(tracking_id, self.metrics())
        }
    }

    fn metrics(&self) -> Vec<Metric> {
        self.kpis().iter().map(|kpi| kpi.metric()).collect()
    }

    fn comparison(&self, compared: Compared) -> Option<Comparison> {
        if self.period == Period::Named(wire::query::Preset::All) {
            return None;
        }
        let (period, date_range) = match compared {
            Compared::Nothing => return None,
            Compared::Previous => (ComparisonPeriod::Previous, None),
            Compared::Year => (ComparisonPeriod::Year, None),
            Compared::Between(first, last) => {
                let range = DateRange { start: first.to_string(), end: last.to_string() };
                (ComparisonPeriod::Custom, Some(range.into()))
            }
        };
        let is_own = date_range.is_some();
        Some(Comparison { period, date_range, match_weekday: !self.by_date && !is_own, same_hours: !is_own })
    }
}

impl Compared {
    fn parse(token: &str) -> Self {
        match token {
            "previous" => Self::Previous,
            "year" => Self::Year,
            _ => match token.split_once('~').map(|(first, last)| (Day::parse(first), Day::parse(last))) {
                Some((Some(first), Some(last))) if first <= last => Self::Between(first, last),
                _ => Self::Nothing,
            },
        }
    }

    fn token(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Previous => Some("previous".to_owned()),
            Self::Year => Some("year".to_owned()),
            Self::Between(first, last) => Some(format!("{first}~{last}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_goes_into_a_url_and_comes_back() {
        for url in [
            "",
            "?v=1&period=day",
            "?v=1&period=custom&date=2026-02-01~2026-02-03&compare=year&match=date&by=week&metric=visits",
            "?v=1&compare=2025-02-01~2025-02-03&tz=Europe/Berlin&f=is,page,/blog,/news&f=contains,source,goog&details=entry_page",
            "?v=1&period=7d&step=event,signup&step=page,/a%2Cb&view=table",
        ] {
            let view = View::parse(url.trim_start_matches('?'), str::to_owned);
            assert_eq!(view.to_url(str::to_owned), url);
        }
    }

    #[test]
    fn what_cannot_be_read_is_as_if_it_were_not_there() {
        let view = View::parse("period=9d&compare=moon&by=page&metric=luck&f=is,page&f=&x&=", str::to_owned);
        assert_eq!(view, View::default());
    }

    #[test]
    fn a_condition_takes_the_place_of_one_about_the_same() {
        let view = View::default()
            .with(Condition::is(Dimension::Page, "/a".to_owned()))
            .with(Condition::is(Dimension::Source, "Google".to_owned()))
            .with(Condition::is(Dimension::Page, "/b".to_owned()));
        assert_eq!(view.to_url(str::to_owned), "?v=1&f=is,page,/b&f=is,source,Google");
        assert_eq!(view.without(0).to_url(str::to_owned), "?v=1&f=is,source,Google");
        assert_eq!(view.without(7), view);
    }
}
