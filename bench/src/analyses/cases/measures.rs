//! Experiments and attribution.

use anyhow::Result;
use domain::analysis::{Analysis, attribution, experiment};
use domain::window::DAY_MS;
use domain::zone::Zone;
use serde_json::json;

use super::{Case, circumstances};
use crate::events::BEGIN_MS;
use crate::query::data::DAYS;

const VARIANTS: [&str; 3] = ["a", "b", "c"];

/// Of an experiment: who saw one variant, who saw several; of each variant who saw it, who bought, and for how much.
pub fn experiment(told: &experiment::Told) -> Vec<u64> {
    let variants = told.metrics.iter().take(1).flat_map(|metric| &metric.variants);
    let revenue = told.metrics.iter().skip(1).flat_map(|metric| &metric.variants);
    let cents = |total: Option<f64>| (total.unwrap_or_default() * 100.0).round() as u64;
    let each = variants.zip(revenue).flat_map(|(one, paid)| [one.exposed, one.converted, cents(paid.total)]);
    [told.exposed, told.saw_several].into_iter().chain(each).collect()
}

/// Of attribution, of each channel by name: all conversions, those owed to it by the last visit, and thousandths of those
/// by all.
pub fn attribution(told: &attribution::Told) -> Vec<u64> {
    let mut rows: Vec<_> = told.rows.iter().collect();
    rows.sort_by(|one, other| one.value.cmp(&other.value));
    let thousandths = |by: f64| (by * 1e3).round() as u64;
    let row = |row: &&wire::analysis::AttributionRow| {
        let owed = |model: usize| row.credits.get(model).map_or(0.0, |credit| credit.conversions);
        [told.conversions, owed(1) as u64, thousandths(owed(0))]
    };
    rows.iter().flat_map(row).collect()
}

/// Variants by property over all days, with what was bought behind the first exposure.
///
/// # Errors
/// When it cannot be planned.
pub fn experiment_case(site: &str) -> Result<Case> {
    let (from_ms, to_ms) = (BEGIN_MS, BEGIN_MS + DAYS * DAY_MS);
    let text = |at_ms| Zone::default().text(at_ms);
    let query = json!({
        "tracking_id": site,
        "date_range": {"start": text(from_ms), "end": text(to_ms)},
        "property": "variant",
        "metrics": [
            {"name": "Purchase", "kind": "conversion", "event": {"event_type": "purchase"}},
            {"name": "Revenue", "kind": "revenue", "event": {"event_type": "purchase"}}
        ]
    });
    let (settings, around) = circumstances();
    let plan = experiment::plan(&serde_json::from_value(query)?, &settings, &around)?;
    let events = format!("site = '{site}' AND ms >= {from_ms} AND ms < {to_ms} AND visitor <> 0");
    let of_duckdb = |variant: &str| {
        let is = format!("NOT s AND v = '{variant}'");
        format!(
            "count(*) FILTER ({is}), count(r) FILTER ({is}), \
             CAST(coalesce(sum(r) FILTER ({is}), 0) // 10000 AS BIGINT)"
        )
    };
    let duckdb = format!(
        "WITH x AS (SELECT visitor, min(variant) AS v, min(ms) AS f, min(variant) <> max(variant) AS s FROM ev \
         WHERE {events} AND variant <> '' GROUP BY visitor), \
         d AS (SELECT x.visitor, sum(p.revenue_micros) AS r FROM x JOIN ev p ON x.visitor = p.visitor \
         WHERE NOT s AND p.site = '{site}' AND p.ms < {to_ms} AND p.event_type = 'purchase' AND p.ms >= f GROUP BY x.visitor) \
         SELECT count(*) FILTER (NOT s), count(*) FILTER (s), {} FROM x LEFT JOIN d USING (visitor)",
        VARIANTS.map(of_duckdb).join(", ")
    );
    let of_chdb = |variant: &str| {
        let is = format!("NOT s AND v = '{variant}'");
        format!("countIf({is}), countIf({is} AND c > 0), intDiv(sumIf(r, {is}), 10000)")
    };
    let chdb = format!(
        "SELECT countIf(NOT s), countIf(s), {} FROM (SELECT v, v <> w AS s, arrayCount(x -> x.1 >= f, ps) AS c, \
         arraySum(x -> if(x.1 >= f, x.2, 0), ps) AS r FROM (SELECT minIf(variant, variant <> '') AS v, \
         maxIf(variant, variant <> '') AS w, minIf(ms, variant <> '') AS f, \
         groupArrayIf((ms, revenue_micros), event_type = 'purchase') AS ps FROM ev \
         WHERE {events} AND (variant <> '' OR event_type = 'purchase') GROUP BY visitor HAVING v <> ''))",
        VARIANTS.map(of_chdb).join(", ")
    );
    let name = format!("variants by property, {DAYS} d");
    Ok(Case { name, analysis: Analysis::Experiment(plan), duckdb, chdb, numbers: 0 })
}

/// Conversions of the last 30 days by channel, looking back 30 days.
///
/// # Errors
/// When it cannot be planned.
pub fn attribution_case(site: &str) -> Result<Case> {
    let (from_ms, to_ms) = (BEGIN_MS + (DAYS - 30) * DAY_MS, BEGIN_MS + DAYS * DAY_MS);
    let text = |at_ms| Zone::default().text(at_ms);
    let query = json!({
        "tracking_id": site,
        "date_range": {"start": text(from_ms), "end": text(to_ms)},
        "conversion": {"event_type": "purchase"},
        "models": ["linear", "last"],
        "by": "channel",
        "lookback": "30d"
    });
    let (settings, around) = circumstances();
    let plan = attribution::plan(&serde_json::from_value(query)?, &settings, &around)?;
    let (start, lookback_ms) = (plan.ask.span.start, plan.fold.lookback_ms);
    // A session of these events is a visit: none has a pause of half an hour.
    let sql = |any: &str, rounded: &str| {
        format!(
            "WITH c AS (SELECT visitor, ms, row_number() OVER (ORDER BY visitor, ms) AS n FROM ev WHERE site = '{site}' \
             AND ms >= {from_ms} AND ms < {to_ms} AND event_type = 'purchase' AND visitor <> 0), \
             t AS (SELECT visitor, session, min(ms) AS begins, {any}(channel) AS channel FROM ev WHERE site = '{site}' \
             AND ms >= {start} AND ms < {to_ms} AND session <> 0 AND visitor IN (SELECT visitor FROM c) \
             GROUP BY visitor, session), \
             j AS (SELECT t.channel AS channel, count(*) OVER (PARTITION BY c.n) AS k, \
             row_number() OVER (PARTITION BY c.n ORDER BY t.begins DESC) AS r FROM c JOIN t ON c.visitor = t.visitor \
             WHERE t.begins <= c.ms AND t.begins + {lookback_ms} >= c.ms) \
             SELECT (SELECT count(*) FROM c), sum(CASE WHEN r = 1 THEN 1 ELSE 0 END), {rounded} FROM j \
             GROUP BY channel ORDER BY channel"
        )
    };
    let duckdb = sql("any_value", "CAST(round(sum(1.0::DOUBLE / k) * 1000) AS BIGINT)");
    let duckdb = duckdb.replace("sum(CASE WHEN r = 1 THEN 1 ELSE 0 END)", "count(*) FILTER (r = 1)");
    let chdb = sql("any", "toUInt64(round(sum(1.0 / k) * 1000))");
    let name = "attribution of 30 days by 30".to_owned();
    Ok(Case { name, analysis: Analysis::Attribution(plan), duckdb, chdb, numbers: 0 })
}
