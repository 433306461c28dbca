//! All that the overview shows, as files: each ranking in full, the chart, the key figures.

use leptos::prelude::*;
use wire::limits::QUERY_LIMIT_MAX;
use wire::query::{Dimension, Metric, PropertyName, Query};

use super::archive::zip;
use crate::api::{self, Failure};
use crate::audience::Audience;
use crate::dialogs::columns;
use crate::download;
use crate::kept::Kept;
use crate::pages::dimensions;
use crate::shown::Shown;

/// What is not answered is named in this file.
const LEFT_OUT: &str = "left out.txt";

/// Hands the browser a zip of CSV files.
///
/// # Errors
/// [`Failure`] when the server cannot be reached, or lets nobody in any more.
pub async fn download(kept: Kept, shown: Shown) -> Result<(), Failure> {
    let tracking_id = kept.tracking_id.get_value();
    let (view, today) = untrack(|| (shown.view(), shown.today()));
    let mut questions = vec![
        ("figures.csv".to_owned(), Query { compare: None, ..view.totals(&tracking_id) }),
        ("chart.csv".to_owned(), Query { compare: None, ..view.series(&tracking_id, today) }),
    ];
    // Who came by a link is not told what is declared.
    let declared = if kept.audience == Audience::Person { api::properties(&tracking_id).await? } else { Vec::new() };
    let properties = declared.iter().filter_map(|name| PropertyName::new(name)).map(Dimension::Property);
    questions.extend(dimensions().chain(properties).map(|dimension| {
        let metrics: Vec<Metric> = columns(dimension).iter().map(|kpi| kpi.metric()).collect();
        let query = view.query(&tracking_id, metrics);
        let name = dimension.to_string().replace(|c: char| !c.is_alphanumeric() && c != '-', "_");
        (format!("{name}.csv"), Query { dimensions: vec![dimension], limit: Some(QUERY_LIMIT_MAX), ..query })
    }));
    let (mut files, mut left_out) = (Vec::new(), String::new());
    for (name, query) in questions {
        match api::csv(&query).await {
            Ok(text) => files.push((name, text)),
            // Some rankings cannot be told under some filters; the others can.
            Err(Failure::Problem(problem)) if problem.status == 400 => {
                left_out += &format!("{name}: {}\n", problem.detail)
            }
            Err(failure) => return Err(failure),
        }
    }
    if !left_out.is_empty() {
        files.push((LEFT_OUT.to_owned(), left_out));
    }
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
    let at_s = (js_sys::Date::now() / 1000.0) as i64;
    let bytes = zip(&files, at_s).ok_or(Failure::Unreachable)?;
    let (period, date) = view.period.tokens();
    let period = date.map_or_else(|| period.to_owned(), |date| format!("{period} {date}"));
    download::save_bytes(&format!("{tracking_id} {period}.zip"), "application/zip", &bytes);
    Ok(())
}
