//! A question as SQL for DuckDB, over the Parquet files as they stand.

use domain::query::{Condition, Question, Test};
use domain::rollup;
use domain::visit::PAUSE_MAX_MS;
use domain::window::DAY_MS;
use wire::frame::{PART, RollupDimension};
use wire::query::Dimension;

use super::random::DECLARED;

/// The two queries that a question becomes: of events and of visits. Each answers bucket, values, and what is counted.
pub struct Statements {
    /// Bucket, values, events, page views, visitors.
    pub events: String,
    /// Bucket, values, currency, sum, orders.
    pub revenue: String,
    /// Bucket, values, visits, bounces, length, time in view, converted, quality.
    pub visits: String,
}

/// Writes a question down.
pub fn statements(question: &Question, files: &str) -> Statements {
    let (start, end) = (question.start_ms, question.end_ms);
    let share =
        question.sample.map_or("TRUE".to_owned(), |share| format!("visitor < {}", (share * 2.0_f64.powi(64)) as u64));
    // Visits by session and pause; of each what is asked of it, and of its first event and pages.
    let firsts: Vec<String> = question
        .by
        .iter()
        .enumerate()
        .filter(|(_, dimension)| is_of_first(**dimension))
        .map(|(at, dimension)| format!("arg_min({}, (t, id)) AS first{at}", of_event(*dimension)))
        .chain(["1 AS one".to_owned()])
        .collect();
    let with = format!(
        "WITH e AS (SELECT *, CAST(epoch_ms(\"at\") AS BIGINT) AS t FROM read_parquet({files}, union_by_name = true)),
        a AS (SELECT * FROM e WHERE t >= {} AND t < {} AND {share}),
        g AS (SELECT *, coalesce(t - lag(t) OVER (PARTITION BY session, session_low ORDER BY t, id) > {PAUSE_MAX_MS}, false) AS begins FROM a),
        n AS (SELECT *, sum(begins::INT) OVER (PARTITION BY session, session_low ORDER BY t, id) AS nth FROM g),
        v AS (SELECT session, session_low, nth, min(t) AS f, max(t) - min(t) AS l,
            count(*) FILTER (WHERE event_type = 'pageview') AS views, sum(engaged_ms) AS engaged, bool_or(goals <> '')::INT AS converted,
            coalesce(arg_min(path, (t, id)) FILTER (WHERE event_type = 'pageview'), '') AS entry,
            coalesce(arg_max(path, (t, id)) FILTER (WHERE event_type = 'pageview'), '') AS exit, {}
            FROM n WHERE session <> 0 GROUP BY session, session_low, nth),
        j AS (SELECT n.*, v.* EXCLUDE (session, session_low, nth) FROM n LEFT JOIN v USING (session, session_low, nth)),
        p AS (SELECT * FROM j WHERE t >= {start} AND t < {end} AND {})",
        start - DAY_MS,
        end + DAY_MS,
        firsts.join(", "),
        condition(&question.condition)
    );
    let names: Vec<String> = (0..question.by.len()).map(|at| format!("d{at}")).collect();
    let all = |first: bool| {
        let of = |(at, dimension): (usize, &Dimension)| match dimension {
            Dimension::Goal => format!("unnest(string_split(goals, '{PART}')) AS d{at}"),
            dimension if first && is_of_first(*dimension) => format!("first{at} AS d{at}"),
            dimension => format!("{} AS d{at}", of_event(*dimension)),
        };
        let columns: Vec<String> = question.by.iter().enumerate().map(of).collect();
        if columns.is_empty() { String::new() } else { format!(", {}", columns.join(", ")) }
    };
    let has_values: Vec<String> = names.iter().map(|name| format!("{name} <> ''")).chain(["TRUE".to_owned()]).collect();
    let has_values = has_values.join(" AND ");
    let keys: Vec<String> = ["b".to_owned()].into_iter().chain(names.iter().cloned()).collect();
    let keys = keys.join(", ");
    let (by_time, by_begin) = (bucket(question, "t"), bucket(question, "f"));
    Statements {
        events: format!(
            "{with} SELECT {keys}, count(*), count(*) FILTER (WHERE event_type = 'pageview'),
            count(DISTINCT visitor) FILTER (WHERE visitor <> 0)
            FROM (SELECT {by_time} AS b, event_type, visitor{} FROM p) WHERE {has_values} GROUP BY {keys}",
            all(false)
        ),
        revenue: format!(
            "{with} SELECT {keys}, currency, CAST(sum(revenue_micros) AS BIGINT), count(*) FILTER (WHERE revenue_micros > 0)
            FROM (SELECT {by_time} AS b, currency, revenue_micros{} FROM p) WHERE {has_values} AND currency <> ''
            GROUP BY {keys}, currency",
            all(false)
        ),
        visits: format!(
            "{with} SELECT {keys}, count(*), sum((views = 1)::INT), sum(l), sum(engaged), sum(converted),
            sum(least(30 * l // 600000, 30) + least(10 * views, 40) + 30 * converted)
            FROM (SELECT DISTINCT {by_begin} AS b, session, session_low, nth, f, l, views, engaged, converted{}
                FROM p WHERE session <> 0 AND f >= {start} AND f < {end})
            WHERE {has_values} GROUP BY {keys}",
            all(true)
        ),
    }
}

/// Whether a visit is counted under its first event's value.
fn is_of_first(dimension: Dimension) -> bool {
    RollupDimension::of(dimension).is_some_and(rollup::is_of_visit)
}

/// An event's value. Of goals, all of them.
fn of_event(dimension: Dimension) -> String {
    match dimension {
        Dimension::Page => "path".to_owned(),
        Dimension::Goal => "goals".to_owned(),
        Dimension::EntryPage => "coalesce(entry, '')".to_owned(),
        Dimension::ExitPage => "coalesce(exit, '')".to_owned(),
        Dimension::City => "CASE WHEN city = '' OR country = '' THEN city ELSE city || ', ' || country END".to_owned(),
        // What the tail has no column of stands in none of the files then.
        Dimension::Property(name) if name.as_str() == DECLARED => format!("\"property:{DECLARED}\""),
        Dimension::Property(name) => format!(
            "CASE WHEN properties = '' THEN '' WHEN json_type(properties, '$.{name}') = 'DOUBLE'
            THEN CAST(CAST(json_extract(properties, '$.{name}') AS DOUBLE)::BIGINT AS VARCHAR)
            ELSE coalesce(json_extract_string(properties, '$.{name}'), '') END",
            name = name.as_str()
        ),
        dimension => dimension.name().to_owned(),
    }
}

fn bucket(question: &Question, time: &str) -> String {
    let Some(buckets) = &question.buckets else { return "0".to_owned() };
    let starts: Vec<String> = buckets.starts.iter().map(u64::to_string).collect();
    format!("len(list_filter([{}], lambda s: s <= {time})) - 1", starts.join(", "))
}

fn condition(of: &Condition) -> String {
    let joined = |many: &[Condition], with: &str, none: &str| {
        let parts: Vec<String> = many.iter().map(condition).collect();
        if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(with)) }
    };
    match of {
        Condition::Test(Dimension::Goal, of) => {
            format!("len(list_filter(string_split(goals, '{PART}'), lambda x: {})) > 0", test(of, "x"))
        }
        Condition::Test(dimension, of) => test(of, &of_event(*dimension)),
        Condition::All(many) => joined(many, " AND ", "TRUE"),
        Condition::Any(many) => joined(many, " OR ", "FALSE"),
        Condition::Not(one) => format!("(NOT {})", condition(one)),
        // No question here asks for people.
        Condition::Behaved(_) | Condition::Among(_) => "FALSE".to_owned(),
    }
}

fn test(of: &Test, value: &str) -> String {
    let (parts, none): (Vec<String>, _) = match of {
        Test::Is(values) => (values.iter().map(|text| format!("({value}) = {}", quoted(text))).collect(), "FALSE"),
        Test::Contains(parts) => {
            (parts.iter().map(|part| format!("contains(lower({value}), {})", quoted(part))).collect(), "FALSE")
        }
        Test::Matches(patterns) => {
            let matches = |pattern: &regex::Regex| format!("regexp_matches({value}, {})", quoted(pattern.as_str()));
            (patterns.iter().map(matches).collect(), "FALSE")
        }
    };
    if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(" OR ")) }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
