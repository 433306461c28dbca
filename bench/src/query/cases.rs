//! The questions, and how each is asked of a peer.

use domain::query::{Buckets, Condition, Counted, Question, Test};
use domain::window::DAY_MS;
use wire::query::{Dimension, Metric, PropertyName};
use wire::site::VisitorMode;

use super::data::DAYS;
use crate::events::BEGIN_MS;

/// A question, and the same in SQL.
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The question.
    pub question: Question,
    /// What stands for it in SQL, without order and limit.
    pub sql: String,
    /// What of a group is compared, by the columns of numbers of the SQL.
    pub told: fn(&Counted) -> Vec<f64>,
}

const UNIQUES: [Metric; 2] = [Metric::Events, Metric::UniqueUsers];

/// What is measured, of one site.
pub fn cases(site: &str) -> Vec<Case> {
    let filtered = || {
        Condition::All(vec![
            is(Dimension::Country, "DE"),
            is(Dimension::Device, "mobile"),
            is(Dimension::UtmSource, "newsletter"),
        ])
    };
    let variant = PropertyName::new("variant").map(Dimension::Property);
    let mut cases = Vec::new();
    for days in [30, DAYS] {
        let asked = |metrics: &[Metric], by: &[Dimension], condition| asked(site, days, metrics, by, condition);
        let range = |around: u64| {
            let (from, to) = (BEGIN_MS + (DAYS - days) * DAY_MS, BEGIN_MS + DAYS * DAY_MS);
            format!("site = '{site}' AND ms >= {} AND ms < {}", from - around, to + around)
        };
        let mut add = |name: &str, question: Question, sql: String, told| {
            cases.push(Case { name: format!("{name}, {days} d"), question, sql, told });
        };
        let (events, everything) = (range(0), Condition::All(Vec::new()));
        let views = "count(*) FILTER (WHERE event_type = 'pageview') AS n, count(DISTINCT visitor) AS u";
        let pages = [Metric::Pageviews, Metric::UniqueUsers];
        let of_pages: fn(&Counted) -> Vec<f64> = |counted| vec![counted.pageviews as f64, counted.visitors as f64];
        let of_events: fn(&Counted) -> Vec<f64> = |counted| vec![counted.events as f64, counted.visitors as f64];
        add(
            "top pages with uniques",
            asked(&pages, &[Dimension::Page], everything.clone()),
            format!("SELECT path, {views} FROM ev WHERE {events} AND path <> '' GROUP BY path"),
            of_pages,
        );
        add(
            "filtered top pages",
            asked(&pages, &[Dimension::Page], filtered()),
            format!(
                "SELECT path, {views} FROM ev WHERE {events} AND path <> '' AND country = 'DE' AND device = 'mobile' \
                 AND utm_source = 'newsletter' GROUP BY path"
            ),
            of_pages,
        );
        let numbers = "count(*) AS n, count(DISTINCT visitor) AS u";
        add(
            "three dimensions",
            asked(&UNIQUES, &[Dimension::Country, Dimension::Device, Dimension::Source], everything.clone()),
            format!(
                "SELECT country, device, source, {numbers} FROM ev WHERE {events} AND country <> '' AND device <> '' \
                 AND source <> '' GROUP BY country, device, source"
            ),
            of_events,
        );
        let mut by_day = asked(&[Metric::Visits, Metric::BounceRate, Metric::VisitDuration], &[], everything.clone());
        by_day.buckets = Some(days_of(&by_day));
        let (start, end) = (by_day.start_ms, by_day.end_ms);
        add(
            "sessions by day",
            by_day,
            format!(
                "SELECT CAST(d AS VARCHAR) AS d, count(*) AS n, sum(CASE WHEN v = 1 THEN 1 ELSE 0 END) AS b, sum(l) AS t \
                 FROM (SELECT min(day) AS d, min(ms) AS f, max(ms) - min(ms) AS l, \
                 count(*) FILTER (WHERE event_type = 'pageview') AS v FROM ev WHERE {} GROUP BY session) AS s \
                 WHERE f >= {start} AND f < {end} GROUP BY d",
                range(DAY_MS)
            ),
            |counted| {
                let visits = &counted.visits;
                [visits.visits, visits.bounces, visits.visit_ms].map(|sum| sum as f64).to_vec()
            },
        );
        add(
            "custom property",
            asked(&UNIQUES, variant.as_slice(), everything),
            format!("SELECT variant, {numbers} FROM ev WHERE {events} AND variant <> '' GROUP BY variant"),
            of_events,
        );
        add(
            "filtered breakdown",
            asked(
                &UNIQUES,
                &[Dimension::Source],
                Condition::Test(Dimension::Page, Test::Contains(vec!["/blog/".to_owned()])),
            ),
            format!(
                "SELECT source, {numbers} FROM ev WHERE {events} AND path LIKE '%/blog/%' AND source <> '' GROUP BY source"
            ),
            of_events,
        );
    }
    cases
}

fn is(dimension: Dimension, value: &str) -> Condition {
    Condition::Test(dimension, Test::Is([value.to_owned()].into()))
}

/// Of the last days.
fn asked(site: &str, days: u64, metrics: &[Metric], by: &[Dimension], condition: Condition) -> Question {
    Question {
        site: site.to_owned(),
        start_ms: BEGIN_MS + (DAYS - days) * DAY_MS,
        end_ms: BEGIN_MS + DAYS * DAY_MS,
        buckets: None,
        by: by.to_vec(),
        metrics: metrics.to_vec(),
        condition,
        visitors: VisitorMode::Persistent,
        sample: None,
        order: Vec::new(),
        offset: 0,
        limit: 100,
    }
}

fn days_of(question: &Question) -> Buckets {
    let starts: Vec<u64> = (question.start_ms..question.end_ms).step_by(DAY_MS as usize).collect();
    let labels = starts.iter().map(u64::to_string).collect();
    Buckets { dimension: Dimension::Date, starts, labels }
}
