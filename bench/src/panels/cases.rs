//! The panels of a dashboard and other questions, and how each is asked of a peer.

use domain::window::DAY_MS;
use domain::zone::Zone;
use serde_json::{Value, json};

use super::stored::{DAYS, site};

/// What the answer must come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Counters.
    Rollup,
    /// Single events.
    Raw,
}

/// A question, and the same in SQL.
pub struct Case {
    /// What it is called.
    pub name: String,
    /// Days it is about, the last of which is the last that has events.
    pub days: u64,
    /// What answers it.
    pub source: Source,
    /// Names of the dimensions; rows are told apart by their values, those of days by their order.
    pub by: Vec<&'static str>,
    /// Metrics that must be as the SQL tells, by its columns behind the dimensions.
    pub exact: Vec<&'static str>,
    /// What stands for it in SQL: dimensions, counters, distinct visitors.
    pub sql: String,
    /// What peers are timed with where it is not that: less is asked of them than of the server.
    pub timed: Option<String>,
    question: Value,
    begin_ms: u64,
}

impl Case {
    /// The question, in a form that was not asked before for each `number`: the range ends that many days later, of which
    /// there is nothing, or more rows are asked for than there are.
    pub fn query(&self, number: u64) -> Value {
        let mut query = self.question.clone();
        let later = if self.is_series() { 0 } else { number };
        let first = self.begin_ms + (DAYS - self.days) * DAY_MS;
        let last = self.begin_ms + (DAYS - 1 + later) * DAY_MS;
        if let Some(query) = query.as_object_mut() {
            query.insert("date_range".to_owned(), json!({"start": date(first), "end": date(last)}));
            if self.is_series() {
                query.insert("limit".to_owned(), json!(1000 + number));
            }
        }
        query
    }

    /// The question for all rows.
    pub fn whole(&self) -> Value {
        let mut query = self.query(0);
        if let Some(query) = query.as_object_mut() {
            query.insert("limit".to_owned(), json!(wire::limits::QUERY_LIMIT_MAX));
        }
        query
    }

    /// Whether it is by days.
    pub fn is_series(&self) -> bool {
        self.by == ["date"]
    }

    /// The SQL that a panel takes.
    pub fn panel_sql(&self) -> String {
        let sql = self.timed.as_ref().unwrap_or(&self.sql);
        let order = if self.by.is_empty() || self.is_series() { "" } else { " ORDER BY n DESC LIMIT 100" };
        format!("{sql}{order}")
    }
}

/// A UTC day, `2026-02-02`.
fn date(at_ms: u64) -> String {
    Zone::default().text(at_ms).chars().take(10).collect()
}

/// Builds the questions of one range.
struct Range {
    begin_ms: u64,
    days: u64,
}

impl Range {
    /// SQL of the events within the range, with so much around it.
    fn sql(&self, around_ms: u64) -> String {
        let (from, to) = (self.begin_ms + (DAYS - self.days) * DAY_MS, self.begin_ms + DAYS * DAY_MS);
        format!("site = '{}' AND ms >= {} AND ms < {}", site(0), from - around_ms, to + around_ms)
    }

    fn case(&self, name: &str, by: &[(&'static str, &str)], exact: &[&'static str], filter: Filter<'_>) -> Case {
        let count = |metric: &&str| match *metric {
            "pageviews" => "count(*) FILTER (WHERE event_type = 'pageview')",
            _ => "count(*)",
        };
        let columns: Vec<&str> = by.iter().map(|(_, column)| *column).collect();
        let mut told = columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
        let names = ["n", "m"];
        told.extend(exact.iter().zip(names).map(|(metric, name)| format!("{} AS {name}", count(metric))));
        told.push("count(DISTINCT CASE WHEN visitor <> 0 THEN visitor END) AS u".to_owned());
        let mut sql = format!("SELECT {} FROM ev WHERE {}", told.join(", "), self.sql(0));
        let is_day = |column: &str| column == "day";
        for column in columns.iter().filter(|column| !is_day(column)) {
            sql.push_str(&format!(" AND {column} <> ''"));
        }
        if let Some((_, _, condition)) = filter {
            sql.push_str(&format!(" AND {condition}"));
        }
        if !columns.is_empty() {
            sql.push_str(&format!(" GROUP BY {}", columns.join(", ")));
        }
        if columns.iter().any(|column| is_day(column)) {
            sql.push_str(" ORDER BY day");
        }
        let by: Vec<&'static str> = by.iter().map(|(name, _)| *name).collect();
        let metrics: Vec<&str> = exact.iter().copied().chain(["unique_users"]).collect();
        let mut question = json!({"tracking_id": site(0), "metrics": metrics, "dimensions": by, "limit": 100});
        if let (Some((dimension, value, _)), Some(question)) = (filter, question.as_object_mut()) {
            question.insert("filters".to_owned(), json!(["is", dimension, [value]]));
        }
        Case {
            name: format!("{name}, {} d", self.days),
            days: self.days,
            source: Source::Rollup,
            by,
            exact: exact.to_vec(),
            sql,
            timed: None,
            question,
            begin_ms: self.begin_ms,
        }
    }

    /// All that stands above the chart. A visitor's visits bear one name in these events, so pauses part them; peers are
    /// timed as if names did.
    fn top_stats(&self) -> Case {
        let mut case = self.case("top stats", &[], &["events", "pageviews"], None);
        let range = self.sql(0);
        let (start, end) = (self.begin_ms + (DAYS - self.days) * DAY_MS, self.begin_ms + DAYS * DAY_MS);
        let counted = "count(*) AS n, count(*) FILTER (WHERE event_type = 'pageview') AS m, \
                       count(DISTINCT CASE WHEN visitor <> 0 THEN visitor END) AS u";
        let told = "count(*) AS s, 100.0 * sum(CASE WHEN v = 1 THEN 1 ELSE 0 END) / count(*) AS b, \
                    avg(l) / 1000.0 AS t";
        let view = "CASE WHEN event_type = 'pageview' THEN 1 ELSE 0 END";
        let events = format!("ev WHERE {} AND session <> 0", self.sql(DAY_MS));
        let before =
            "coalesce(max(ms) OVER (PARTITION BY session ORDER BY ms ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING), 0)";
        let begun = format!("SELECT session, ms, {view} AS pv, {before} AS p FROM {events}");
        let numbered = format!(
            "SELECT session, ms, pv, sum(CASE WHEN ms - p > 1800000 THEN 1 ELSE 0 END) OVER (PARTITION BY session \
             ORDER BY ms ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS k FROM ({begun}) AS q"
        );
        let all = |visits: String| {
            format!(
                "SELECT x.n, x.m, y.s, y.b, y.t, x.u FROM (SELECT {counted} FROM ev WHERE {range}) AS x, \
                 (SELECT {told} FROM ({visits}) AS w WHERE f >= {start} AND f < {end}) AS y"
            )
        };
        case.sql = all(format!(
            "SELECT min(ms) AS f, max(ms) - min(ms) AS l, sum(pv) AS v FROM ({numbered}) AS r GROUP BY session, k"
        ));
        case.timed = Some(all(format!(
            "SELECT min(ms) AS f, max(ms) - min(ms) AS l, sum({view}) AS v FROM {events} GROUP BY session"
        )));
        case.exact = vec!["events", "pageviews", "visits", "bounce_rate", "visit_duration"];
        let metrics: Vec<&str> = case.exact.iter().copied().chain(["unique_users"]).collect();
        if let Some(question) = case.question.as_object_mut() {
            question.insert("metrics".to_owned(), json!(metrics));
        }
        case
    }
}

/// A dimension, the one value that passes, and the same in SQL.
type Filter<'a> = Option<(&'a str, &'a str, &'a str)>;

/// What a dashboard shows of a range.
pub fn panels(begin_ms: u64, days: u64) -> Vec<Case> {
    let range = Range { begin_ms, days };
    let views = ["pageviews"];
    let events = ["events"];
    vec![
        range.top_stats(),
        range.case("daily series", &[("date", "day")], &views, None),
        range.case("top pages", &[("page", "path")], &views, None),
        range.case("sources", &[("source", "source")], &events, None),
        range.case("countries", &[("country", "country")], &events, None),
        range.case("devices", &[("device", "device")], &events, None),
        range.case("pages of a source", &[("page", "path")], &views, Some(("source", "Google", "source = 'Google'"))),
        range.case("property variant", &[("property:variant", "variant")], &events, None),
    ]
}

/// What no counter tells.
pub fn raw(begin_ms: u64, days: u64) -> Vec<Case> {
    let range = Range { begin_ms, days };
    let three = [("country", "country"), ("device", "device"), ("source", "source")];
    let cases = [
        range.case("three dimensions", &three, &["events"], None),
        range.case("undeclared pair", &[("browser", "browser"), ("language", "language")], &["events"], None),
    ];
    cases.into_iter().map(|case| Case { source: Source::Raw, ..case }).collect()
}
